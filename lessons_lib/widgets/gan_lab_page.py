"""Ce que le laboratoire des GAN échange avec sa page : des commandes reçues, des images envoyées.

Au plus trois images sont en route : au-delà, on attend que la page dise les avoir reçues, et la dernière l'emporte. La
page n'accuse réception que d'une image sur deux, car chaque message fait redessiner à JupyterLab l'état du noyau. Tout
se passe dans le fil de la partie (:mod:`lessons_lib.widgets.gan_lab_loop`).
"""

import math
import time

from lessons_lib.toys import TOYS
from lessons_lib.widgets import gan_lab_frame as frame
from lessons_lib.widgets.gan_lab_loop import LOST_SECONDS
from lessons_lib.widgets.gan_lab_presets import KNOBS, LOSSES, OPTIMIZERS, PRESETS
from lessons_lib.widgets.gan_lab_session import DRAWN
from lessons_lib.widgets.knobs import in_french

MOST_PER_SECOND = 30.0
MOST_ON_THE_WAY = 3
DRAW_LIMIT = 2.7  # demi-côté du plan où l'apprenant dessine
SIDES = {"critique": "critic", "generateur": "generator", "deux": "both"}


class LabPage:
    """La page d'un laboratoire ``lab`` (:class:`lessons_lib.widgets.gan_lab.GANLab`), vue du fil de la partie.

    reached : vrai dès que l'objectif de la situation a été atteint.
    """

    def __init__(self, lab):
        self.lab, self.reached = lab, False
        self._wanted: set[str] | None = None  # les calques montrés ; None tant qu'aucune page ne s'est annoncée
        self._again, self._sent = False, None
        self._number, self._received, self._heard, self._sent_at, self._seen_at = 0, 0, 0, 0.0, 0.0

    def obey(self, message: dict) -> None:
        """Exécute une commande de la page ; une erreur y est montrée."""
        self._seen_at = time.perf_counter()
        ask, loop = message.get("ask"), self.lab._loop
        if ask == "shown":
            self._wanted = set(message["layers"])
            if message["frame"] is None:  # une page neuve, ou d'autres calques
                self._again, self._received = True, self._number
            else:
                self._received = max(self._received, message["frame"])
            return
        try:
            loop.problem = ""
            if ask in SIDES:
                loop.single(SIDES[ask])
            elif ask in ("play", "pause"):
                getattr(loop, ask)()
            elif ask == "slow":
                loop.slow, loop.stage = bool(message["slow"]), None
            elif ask in ("change", "choose", "preset", "restart"):
                getattr(self.lab, ask)(**message.get("settings", {}))
        except Exception as error:  # la page doit savoir, pas attendre
            loop.problem = str(error)
        self._heard = max(self._heard, message.get("id", 0))

    def show(self) -> bool:
        """Envoie une image s'il y a du nouveau et que la page suit. Faux si la page ne donne plus signe de vie."""
        if self._wanted is None:
            return True
        now, loop = time.perf_counter(), self.lab._loop
        early = loop.playing and now - self._sent_at < 1 / MOST_PER_SECOND
        signature = self._signature()
        room = self._number - self._received < MOST_ON_THE_WAY or not loop.playing  # un arrêt n'attend pas
        if room and not early and (self._again or signature != self._sent):
            self._again, self._sent, self._sent_at = False, signature, now
            self.lab.send(*self._picture())
        return now - self._seen_at < LOST_SECONDS

    def _signature(self) -> tuple:
        loop = self.lab._loop
        session = loop.session
        moves = (*session.updates.values(), len(session.gestures))
        return id(session), *moves, loop.playing, loop.slow, loop.stage, loop.problem, self._heard, id(loop.facts)

    def _picture(self) -> tuple[dict, list[bytes]]:
        loop, preset = self.lab._loop, PRESETS[self.lab.preset_name]
        session, settings = loop.session, loop.session.settings
        self._number += 1
        self.reached = self.reached or preset.reached(loop.facts)
        limit = DRAW_LIMIT if settings.law == DRAWN else session.law.limit
        header, buffers = frame.packed(session, limit, self._wanted)
        content = {
            "frame": self._number, "heard": self._heard, "playing": loop.playing, "slow": loop.slow,
            "stage": loop.stage, "problem": loop.problem, "rate": loop.rate, "limit": limit,
            "updates": session.updates, "curved": session.law.curved, "strokes": settings.strokes,
            "preset": self.lab.preset_name, "reached": self.reached,
            "facts": {name: value if math.isfinite(value) else None for name, value in loop.facts.items()},
            "law": settings.law, "loss": settings.loss, "optimizer": settings.optimizer,
            "knobs": {knob.name: _position(knob, getattr(settings, knob.name)) for knob in KNOBS},
        }  # fmt: skip
        return header | content, buffers


def describe(title: str) -> dict:
    """Ce que la page doit savoir une fois pour toutes."""
    return {
        "title": title,
        "laws": [[name, law.label] for name, law in TOYS.items()] + [[DRAWN, "Dessiner la vôtre"]],
        "losses": [[name, label] for name, (label, _) in LOSSES.items()],
        "optimizers": [list(pair) for pair in OPTIMIZERS.items()],
        "knobs": [knob.describe() | {"values": list(knob.values)} for knob in KNOBS],
        "layers": [list(pair) for pair in frame.LAYERS.items()],
        "presets": [[name, preset.label, preset.task, preset.aim] for name, preset in PRESETS.items()],
        "heat_side": frame.HEAT_SIDE,
        "manifold_side": frame.MANIFOLD_SIDE,
        "draw_limit": DRAW_LIMIT,
    }


def _position(knob, value) -> dict:
    return {"position": knob.nearest(value), "text": in_french(value)}
