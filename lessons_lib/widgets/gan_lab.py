"""Le laboratoire des GAN : deux réseaux jouent sous les yeux du lecteur, dans le plan (leçons 04 à 06).

La page est écrite dans ``gan_lab.js``. L'entraînement a son propre fil (:mod:`lessons_lib.widgets.gan_lab_loop`) ; il
n'envoie une image que si la page suit (:mod:`lessons_lib.widgets.gan_lab_page`).

Source des gestes : Kahng et al., « GAN Lab: Understanding Complex Deep Generative Models using Interactive Visual
Experimentation », 2019.
"""

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import anywidget
import traitlets
from matplotlib.figure import Figure

from lessons_lib.widgets.busy_kernel import answer_while_busy
from lessons_lib.widgets.gan_lab_loop import LabLoop
from lessons_lib.widgets.gan_lab_page import SIDES, LabPage, describe
from lessons_lib.widgets.gan_lab_presets import LOSSES, PRESETS
from lessons_lib.widgets.gan_lab_session import DRAWN, LabSettings, ToySession
from lessons_lib.widgets.gan_lab_still import draw_lab
from lessons_lib.widgets.still import Still

HERE = Path(__file__).parent


class GANLab(Still, anywidget.AnyWidget):
    """Un GAN dans le plan, que l'on lance, ralentit, arrête et règle pendant qu'il tourne.

    preset : l'une de :data:`lessons_lib.widgets.gan_lab_presets.PRESETS` (« libre », « effondrement », « oscillation »,
    « gradient_eteint », « critique_ecretee », « reparez »). title : la phrase au-dessus. settings : des réglages de
    :class:`lessons_lib.widgets.gan_lab_session.LabSettings`, qui l'emportent sur ceux de la situation.

    Tout ce que fait la page se fait aussi d'une cellule : ``run``, ``step``, ``change``, ``choose``, ``preset``,
    ``restart``, ``facts``, ``state``, ``restore``. Même graine et mêmes gestes donnent le même état.
    Lève ValueError pour un réglage ou un nom qui ne convient pas.
    """

    _esm = HERE / "gan_lab.js"
    _css = HERE / "gan_lab.css"
    _scene = traitlets.Dict().tag(sync=True)
    _loop: LabLoop | None = None
    alternative = (
        "Laboratoire des GAN : les vrais points, les faux, la réponse de la critique en fond, et les courbes des "
        "pertes et de la distance de Wasserstein."
    )

    def __init__(self, preset: str = "libre", *, title: str = "Le laboratoire des GAN", **settings):
        self.title, self.preset_name = title, preset
        self._page = LabPage(self)
        self._loop = LabLoop(ToySession(_settings(preset, settings)), self._page.show)
        super().__init__(_scene=describe(title))
        answer_while_busy(self)
        self.on_msg(lambda _widget, message, _buffers: self._loop.post(lambda: self._page.obey(message)))

    def __repr__(self) -> str:
        return f"GANLab({PRESETS[self.preset_name].label} : {self.session.law.label}, {LOSSES[self.settings.loss][0]})"

    @property
    def session(self) -> ToySession:
        """La partie en cours : ``generator``, ``critic``, ``law``, ``settings``, ``updates``."""
        return self._loop.session

    @property
    def settings(self) -> LabSettings:
        """Les réglages en vigueur."""
        return self.session.settings

    @property
    def playing(self) -> bool:
        """Vrai pendant que la partie avance seule."""
        return self._loop.playing

    def run(self, steps: int) -> dict[str, float]:
        """Fait ``steps`` pas du générateur, avec leurs pas critiques, attend, et rend ``facts()``.

        Lève RuntimeError si une perte cesse d'être un nombre.
        """
        if steps < 1:
            raise ValueError(f"steps vaut {steps} : au moins un pas est attendu.")
        self._loop.call(lambda: self._loop.play(steps))
        self._loop.wait()
        if self._loop.problem:
            raise RuntimeError(self._loop.problem)
        return self.facts()

    def play(self) -> None:
        """Lance la partie sans attendre ; elle avance jusqu'à ``pause()``."""
        self._loop.call(self._loop.play)

    def pause(self) -> None:
        """Arrête après la mise à jour en cours."""
        self._loop.call(self._loop.pause)

    def step(self, side: str = "deux") -> dict[str, float]:
        """Un pas de la « critique », du « generateur », ou des « deux » (un cycle entier) ; rend ``facts()``."""
        if side not in SIDES:
            raise ValueError(f"Le côté « {side} » n'existe pas. Choisissez parmi : {', '.join(SIDES)}.")
        self._loop.call(lambda: self._loop.single(SIDES[side]))
        return self.facts()

    def change(self, **settings) -> None:
        """Change des réglages en route, par exemple ``change(loss="wgan_gp")``.

        Choisir une perte règle aussi les pas critiques à ceux de son article (5 pour un WGAN, 1 sinon), à moins de les
        donner. Erreurs de :meth:`ToySession.change`.
        """
        settings = _with_critic_steps(settings)
        self._loop.call(lambda: self.session.change(**settings))

    def choose(self, law: str | None = None, *, strokes: Sequence = (), **settings) -> None:
        """Recommence avec une autre loi (un nom de :data:`lessons_lib.toys.TOYS`, ou des traits dessinés) ou une autre
        graine, une autre largeur ; les réglages en vigueur sont gardés."""
        law = (DRAWN if len(strokes) else self.settings.law) if law is None else law
        strokes = strokes if len(strokes) or law != DRAWN else self.settings.strokes
        _check_names(settings)
        self._use(dataclasses.replace(self.settings, **_with_critic_steps(settings), law=law, strokes=strokes))

    def preset(self, name: str, **settings) -> None:
        """Recommence dans une situation de :data:`PRESETS` ; ``settings`` l'emporte sur ses réglages."""
        chosen = _settings(name, settings)
        self.preset_name = name
        self._use(chosen)

    def restart(self) -> None:
        """Recommence la partie, avec les réglages en vigueur et la même graine."""
        self._use(self.settings)

    def facts(self) -> dict[str, float]:
        """Les comptes de la partie, voir :meth:`ToySession.facts`."""
        return self._loop.call(self.session.facts)

    def verdict(self) -> str:
        """Les comptes en une phrase."""
        facts = self.facts()
        what = "tronçons" if self.session.law.curved else "modes"
        return (
            f"{facts['modes']} {what} couverts sur {facts['total']}, {facts['good']:.0%} de bons échantillons".replace(
                "%", "\u00a0%"
            )
        )

    def state(self) -> dict:
        """La partie en JSON : réglages de départ, graine et journal des gestes."""
        return self._loop.call(lambda: self.session.state() | {"preset": self.preset_name})

    def restore(self, state: Mapping | str | os.PathLike) -> None:
        """Rejoue une partie rendue par :meth:`state` ou écrite par :meth:`save` ; dure ce qu'elle avait duré.

        Lève ValueError si ce n'en est pas une.
        """
        if not isinstance(state, Mapping):
            state = json.loads(Path(state).read_text(encoding="utf-8"))
        try:
            session = self._loop.call(lambda: ToySession.replayed(state))
            preset = state.get("preset", "libre")
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(
                f"Cet état n'est pas celui d'une partie du laboratoire ({error}). Donnez ce que rend state()."
            ) from error
        self.preset_name = preset if preset in PRESETS else "libre"
        self._use(session)

    def save(self, path: str | os.PathLike) -> None:
        """Écrit :meth:`state` dans un fichier JSON neuf. Lève FileExistsError s'il existe déjà."""
        text = json.dumps(self.state(), ensure_ascii=False)
        try:
            with Path(path).open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise FileExistsError(f"{path} existe déjà et n'a pas été touché : donnez un autre nom.") from None

    def still(self) -> Figure:
        """La partie telle qu'elle est, en une figure."""
        return self._loop.call(lambda: draw_lab(self.session, self._loop.facts, self.title))

    def close(self) -> None:
        """Arrête le fil et ferme le laboratoire."""
        if self._loop is not None:
            self._loop.close()
        super().close()

    def _use(self, start: LabSettings | ToySession) -> None:
        session = start if isinstance(start, ToySession) else ToySession(start)
        self._loop.call(lambda: self._replace(session))

    def _replace(self, session: ToySession) -> None:
        self._loop.pause()
        self._loop.use(session)
        self._page.reached = False


def _settings(preset: str, settings: Mapping) -> LabSettings:
    if preset not in PRESETS:
        raise ValueError(f"La situation « {preset} » n'existe pas. Choisissez parmi : {', '.join(PRESETS)}.")
    _check_names(settings)
    return LabSettings(**PRESETS[preset].settings | _with_critic_steps(settings))


def _check_names(settings: Mapping) -> None:
    known = [field.name for field in dataclasses.fields(LabSettings)]
    unknown = [name for name in settings if name not in known]
    if unknown:
        raise ValueError(f"« {unknown[0]} » n'est pas un réglage. Choisissez parmi : {', '.join(known)}.")


def _with_critic_steps(settings: Mapping) -> dict:
    """Choisir une perte règle aussi les pas critiques, à moins de les donner."""
    loss = settings.get("loss")
    return ({"critic_steps": LOSSES[loss][1]} if loss in LOSSES else {}) | dict(settings)
