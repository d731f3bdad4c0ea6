"""Le moniteur d'entraînement : images à z fixé, courbes, pause, et des curseurs qui agissent sur le pas suivant.

La page est écrite dans ``training_monitor.js``. Elle envoie des commandes, que le noyau traite pendant que la cellule
tourne (voir :mod:`lessons_lib.widgets.busy_kernel`) ; la boucle les lit entre deux pas.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import anywidget
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.observers import History
from lessons_lib.training import Step
from lessons_lib.widgets.busy_kernel import answer_while_busy
from lessons_lib.widgets.knobs import LABELS, in_french, knobs_of, speed_in_french
from lessons_lib.widgets.monitor_curves import curves_of
from lessons_lib.widgets.pausable import PausableLoop
from lessons_lib.widgets.sampling import FixedSamples
from lessons_lib.widgets.still import Still
from lessons_lib.widgets.training_monitor_still import draw_monitor

HERE = Path(__file__).parent
MOST_PER_SECOND = 4.0

STATUS = {
    "ready": "Prêt",
    "running": "En cours",
    "paused": "En pause",
    "finished": "Terminé",
    "stopped": "Arrêté",
    "interrupted": "Interrompu",
    "failed": "Échec",
}


class TrainingMonitor(Still, anywidget.AnyWidget):
    """Suit un entraînement et permet d'agir dessus pendant qu'il tourne.

    S'emploie comme un observateur, ``for step in TrainingMonitor(training)`` ou ``record(TrainingMonitor(training))``,
    ou d'une seule ligne : ``history = TrainingMonitor(training).run()``. Il s'affiche de lui-même au premier pas, sauf
    si une cellule l'a déjà montré. Hors d'un notebook, les pas passent sans dessin. Kernel > Interrompre laisse tout
    utilisable : parcourir de nouveau le moniteur continue l'entraînement.

    steps : un :class:`lessons_lib.training.Training`, ou un observateur qui l'enveloppe. training : l'entraînement
    enveloppé, sur qui les curseurs agissent ; par défaut ``steps``.
    sample, count, real, seed : voir :class:`lessons_lib.widgets.sampling.FixedSamples`.
    controls : les réglages qui ont un curseur, parmi ``training.config.LIVE`` ; par défaut les plus courants.
    share : part du temps que le dessin peut prendre. title : la phrase au-dessus.

    Lève ValueError, avant tout pas, si l'on ne sait pas d'où tirer des images ou si un réglage ne peut pas changer.
    """

    _esm = HERE / "training_monitor.js"
    _css = HERE / "training_monitor.css"
    _scene = traitlets.Dict().tag(sync=True)
    _state = traitlets.Dict().tag(sync=True)
    _picture = traitlets.Bytes(b"").tag(sync=True)
    alternative = "Moniteur d'entraînement : des tirages à z fixé, et les pertes en fonction du pas."

    def __init__(
        self,
        steps: Iterable[Step],
        *,
        training=None,
        sample: Callable[[], Tensor] | None = None,
        count: int | None = None,
        real: Tensor | None = None,
        controls: Sequence[str] | None = None,
        share: float = 0.05,
        seed: int = 0,
        title: str = "L'entraînement, pas à pas",
    ):
        self.training, self.title = (steps if training is None else training), title
        self.samples = FixedSamples(self.training, sample, count, seed, real)
        self.knobs = {knob.name: knob for knob in knobs_of(getattr(self.training, "config", None), controls)}
        self.marks: list[tuple[int, str]] = []
        self._share, self._next_curves, self._next_picture = share, 0.0, 0.0
        self._displays, self._handle, self._pictures_problem = 0, None, ""
        total = len(self.training) if hasattr(self.training, "__len__") else 0
        self.loop = PausableLoop(steps, total, self._notice)
        super().__init__(_scene=self._describe(), _state=self._report(), _picture=self.samples.encoded())
        answer_while_busy(self)
        self.on_msg(self._obey)

    def __repr__(self) -> str:
        return f"TrainingMonitor({self.loop.total} pas)"

    @property
    def history(self) -> History:
        """Les pertes des pas accomplis, voir :class:`lessons_lib.observers.History`."""
        return self.loop.history

    def __len__(self) -> int:
        return self.loop.total

    def __iter__(self) -> Iterator[Step]:
        self._display()
        return iter(self.loop)

    def run(self) -> History:
        """Déroule l'entraînement jusqu'au bout, ou jusqu'à ce qu'on l'arrête, et rend son histoire."""
        try:
            for _ in self:
                pass
        except KeyboardInterrupt:
            self.history.interrupted = True
            print(f"Entraînement interrompu au pas {self.loop.index} : le modèle et l'histoire sont conservés.")
        return self.history

    def start(self) -> None:
        """Déroule l'entraînement dans un fil à lui : la cellule rend la main, et les boutons répondent partout."""
        self._display()
        self.loop.start()

    def wait(self, seconds: float | None = None) -> None:
        """Attend la fin de ce que :meth:`start` a lancé, au plus ``seconds`` ; lève ce qui l'a fait échouer."""
        self.loop.wait(seconds)

    def pause(self) -> None:
        """Suspend l'entraînement après le pas en cours."""
        self.loop.pause()

    def resume(self) -> None:
        """Reprend après une pause."""
        self.loop.resume()

    def stop(self) -> None:
        """Termine la boucle après le pas en cours, en pause ou non."""
        self.loop.stop()

    def change(self, **settings) -> None:
        """Change des réglages dès le pas suivant ; erreurs de :meth:`lessons_lib.training.Training.change`."""
        self.training.change(**settings)
        step = self.loop.index + 1
        for name, value in settings.items():
            label = LABELS.get(name, name)
            self.marks = [mark for mark in self.marks if mark[0] != step or not mark[1].startswith(label)]
            self.marks.append((step, f"{label} : {in_french(value)}"))

    def still(self) -> Figure:
        """Les derniers tirages et les courbes."""
        return draw_monitor(self)

    @property
    def progress(self) -> str:
        """« En cours, pas 120 sur 400 »."""
        total = f" sur {self.loop.total}" if self.loop.total else ""
        return f"{STATUS[self.loop.status]}, pas {self.loop.index}{total}"

    def _repr_mimebundle_(self, **kwargs):
        self._displays += 1
        return super()._repr_mimebundle_(**kwargs)

    def _display(self) -> None:
        """S'affiche sous la cellule en cours, sauf hors d'un noyau, ou si une cellule montre déjà le moniteur."""
        if (shell := _kernel_shell()) is None or (self._displays and self._handle is None):
            return
        from IPython.display import display

        self._handle = display(self, display_id=True)
        shell.events.register("post_run_cell", self._after_cell)

    def _after_cell(self, *_result) -> None:
        """La cellule est finie : un parcours abandonné se referme, et l'image fixe gardée devient la dernière."""
        _kernel_shell().events.unregister("post_run_cell", self._after_cell)
        self.loop.leave()

    def _notice(self) -> None:
        """Après chaque pas et à chaque changement d'état : redessine s'il est temps."""
        now = time.perf_counter()
        moving = self.loop.status == "running" and self.loop.index
        if not self._displays or (moving and now < self._next_curves):
            return
        picture = self._picture
        if not moving or now >= self._next_picture:
            picture = self._refreshed(picture)
            self._next_picture = now + (time.perf_counter() - now) / self._share
        start = time.perf_counter()
        with self.hold_sync():
            self._state, self._picture = self._report(), picture
        self._next_curves = now + max(1 / MOST_PER_SECOND, (time.perf_counter() - start) / self._share)
        if self._handle is not None and not self.loop.running:
            self._handle.update(self)

    def _refreshed(self, picture: bytes) -> bytes:
        try:
            self._pictures_problem = ""
            return self.samples.refresh()
        except Exception as error:  # sample est du code quelconque : ce qui l'arrête n'arrête pas l'entraînement
            self._pictures_problem = f"Les images n'ont pas pu être tirées ({type(error).__name__}) : {error}"
            return picture

    def _obey(self, _widget, command: dict, _buffers) -> None:
        """Exécute une commande de la page, et lui dit qu'elle est entendue."""
        reply = {"heard": command.get("id")}
        ask = command.get("ask")
        try:
            if ask == "change":
                knob = self.knobs[command["name"]]
                self.change(**{knob.name: knob.values[command["position"]]})
            elif ask in ("pause", "resume", "stop") and self.loop.running:
                getattr(self, ask)()
        except Exception as error:  # la page doit savoir, pas attendre
            reply["error"] = str(error)
        self.send(reply)

    def _describe(self) -> dict:
        """Ce qui ne change pas : titre, curseurs, taille des images ou vrais points."""
        drawn, points = self.samples.last, self.samples.real
        return {
            "title": self.title,
            "caption": self.samples.caption,
            "knobs": [knob.describe() for knob in self.knobs.values()],
            "kind": "points" if drawn.ndim == 2 else "images",
            "real": None if points is None else points.numpy().tobytes(),
        }

    def _report(self) -> dict:
        """Ce qui change à chaque dessin."""
        loop, config = self.loop, getattr(self.training, "config", None)
        hidden = ["penalty_weight"] if self.history.losses and "penalty" not in self.history.losses else []
        return {
            "status": loop.status,
            "progress": self.progress,
            "index": loop.index,
            "total": loop.total,
            "speed": speed_in_french(loop.rate, loop.total - loop.index if loop.running else 0),
            "problem": loop.problem or self._pictures_problem,
            "curves": [curve.describe() for curve in curves_of(self.history)],
            "marks": [list(mark) for mark in self.marks],
            "positions": {name: knob.nearest(getattr(config, name)) for name, knob in self.knobs.items()},
            "hidden": hidden,
        }


def _kernel_shell():
    """L'interpréteur du notebook, ou None hors d'un noyau."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    return shell if hasattr(shell, "kernel") else None
