"""Ce qui entoure une boucle d'entraînement : progression, courbes, enregistrement, points de reprise.

Chaque observateur prend des pas et rend les mêmes pas, comme dans itertools ; ils s'emboîtent :

    history = record(live_curves(progress(checkpoint(train_vae(model, images, config), "vae.safetensors"))))
"""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lessons_lib.training import Step, Training


@dataclass(repr=False)
class History:
    """Ce qui a été enregistré : une valeur par pas et par perte.

    index : numéros des pas. seconds : temps d'entraînement cumulé, en secondes. losses : {nom: valeurs}.
    interrupted : vrai si l'entraînement a été arrêté avant la fin.
    """

    index: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    losses: dict[str, list[float]] = field(default_factory=dict)
    interrupted: bool = False

    def __repr__(self) -> str:
        state = ", interrompue" if self.interrupted else ""
        return f"Histoire de {len(self.index)} pas{state} ; pertes : {', '.join(self.losses)}"

    def add(self, step: Step) -> None:
        self.index.append(step.index)
        self.seconds.append((self.seconds[-1] if self.seconds else 0.0) + step.seconds)
        for name, value in step.losses.items():
            self.losses.setdefault(name, []).append(value)


def record(steps: Iterable[Step]) -> History:
    """Déroule l'entraînement et rend son histoire. Kernel > Interrompre l'arrête sans rien perdre."""
    history = History()
    try:
        for step in steps:
            history.add(step)
    except KeyboardInterrupt:
        history.interrupted = True
        last = history.index[-1] if history.index else 0
        print(f"Entraînement interrompu au pas {last} : le modèle et l'histoire sont conservés.")
    return history


def progress(steps: Iterable[Step], description: str = "Entraînement") -> Iterator[Step]:
    """Une barre de progression (tqdm) avec la ou les pertes et le temps restant."""
    from tqdm.auto import tqdm

    bar = None
    last_shown = 0.0
    try:
        for step in steps:
            if bar is None:
                bar = tqdm(total=step.total, initial=step.index - 1, desc=description, unit=" pas")
            bar.update()
            if (now := time.perf_counter()) - last_shown > 0.25 or step.index == step.total:
                last_shown = now
                bar.set_postfix_str(_shown_losses(step), refresh=False)
            yield step
    finally:
        if bar is not None:
            bar.close()


def _shown_losses(step: Step) -> str:
    if "loss" in step.losses:
        return f"perte {step.losses['loss']:.1f}"
    return f"critique {step.losses['critic']:.2f}, générateur {step.losses['generator']:.2f}"


def live_curves(steps: Iterable[Step], share: float = 0.03, most_per_second: float = 4.0) -> Iterator[Step]:
    """Des courbes qui se dessinent pendant l'entraînement, sous la cellule.

    share : part du temps d'entraînement que le dessin peut prendre. most_per_second : cadence maximale, en Hz.
    Hors d'un notebook, les pas passent sans dessin.
    """
    screen = _curves_screen()
    if screen is None:
        yield from steps
        return
    history = History()
    next_draw = 0.0
    try:
        for step in steps:
            history.add(step)
            if (start := time.perf_counter()) >= next_draw and len(history.index) > 1:
                screen(history)
                spent = time.perf_counter() - start
                next_draw = start + max(1 / most_per_second, spent / share)
            yield step
    finally:
        if len(history.index) > 1:
            screen(history)


def _curves_screen():
    """Affiche une image vide et rend la fonction qui y dessine une histoire ; None hors d'un notebook."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    import ipywidgets

    from lessons_lib.plots import curves_figure, figure_png

    class LiveCurves(ipywidgets.Image):
        def __repr__(self) -> str:
            return "Courbes d'entraînement"

    image = LiveCurves(format="png", layout=ipywidgets.Layout(max_width="100%"))
    display(image)

    def draw(history: History) -> None:
        image.value = figure_png(curves_figure(history))

    return draw


def checkpoint(steps: Training, path: str | os.PathLike, every: int = 100) -> Iterator[Step]:
    """Écrit un point de reprise tous les ``every`` pas et à la sortie ; s'il en existe un, l'entraînement y reprend.

    steps : l'entraînement lui-même, avant tout autre observateur. path : fichier .safetensors.
    Lève TypeError si ``steps`` est déjà enveloppé, ValueError si le fichier vient d'un autre entraînement.
    """
    if not isinstance(steps, Training):
        raise TypeError(
            "checkpoint se place tout contre l'entraînement, sous les autres observateurs : "
            "progress(checkpoint(train_vae(…), chemin))."
        )
    if every < 1:
        raise ValueError(f"every vaut {every} : un nombre de pas d'au moins 1 est attendu.")
    if Path(path).exists():
        steps.state.load(path)
    return _checkpointed(steps, path, every)


def _checkpointed(steps: Training, path: str | os.PathLike, every: int) -> Iterator[Step]:
    saved = steps.state.index
    sound = True
    try:
        for step in steps:
            if step.index % every == 0:
                steps.state.save(path)
                saved = step.index
            yield step
    except Exception:
        sound = False
        raise
    finally:
        if sound and steps.state.index > saved:
            steps.state.save(path)
