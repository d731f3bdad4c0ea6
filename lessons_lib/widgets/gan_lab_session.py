"""L'état d'une partie du laboratoire : deux petits réseaux, une loi, des réglages, et le journal des gestes.

La partie ne sait rien de la page ni des fils d'exécution. Même graine et même journal donnent le même état, au bit près
sur une même machine : le journal suffit donc à l'enregistrer. Elle entraîne par les fonctions de
:mod:`lessons_lib.training`, celles des leçons 04 à 06.
"""

import dataclasses
import math
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor, nn

from lessons_lib.losses import LOSSES, clip_weights, gradient_penalty
from lessons_lib.models import ToyCritic, ToyGenerator
from lessons_lib.toys import SAMPLES, Toy, drawn, good_share, modes_covered, toy, transport_distance
from lessons_lib.training import critic_step, generator_step

BATCH = 128
TRANSPORT_POINTS = 200  # la distance exacte demande environ 10 ms pour 200 points
CURVE_POINTS = 400
DRAWN = "dessin"

KINDS = {"minimax": "minimax", "non_saturating": "non_saturating", "least_squares": "least_squares"}
KINDS |= {"wgan": "wasserstein", "wgan_gp": "wasserstein"}
"""Perte du laboratoire -> nom dans :data:`lessons_lib.losses.LOSSES`."""

OPTIMIZERS = {
    "adam": partial(torch.optim.Adam, betas=(0.5, 0.999)),
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}


@dataclass(frozen=True)
class LabSettings:
    """Les réglages d'une partie.

    law : une loi de :data:`lessons_lib.toys.TOYS`, ou « dessin » avec ``strokes``, une liste de traits. loss :
    « minimax », « non_saturating », « least_squares », « wgan » (écrêté) ou « wgan_gp ». learning_rate,
    critic_learning_rate : pas d'apprentissage du générateur, de la critique. optimizer : « adam », « rmsprop » ou
    « sgd ». critic_steps : pas critiques par pas du générateur. clip : borne de l'écrêtage. penalty_weight : lambda.
    generator_width, critic_width : neurones par couche cachée (il y en a deux). seed : graine des poids et des tirages.
    Lève ValueError pour un réglage qui ne convient pas. Les réglages de ``LIVE`` changent en route.
    """

    law: str = "huit_gaussiennes"
    strokes: tuple = ()
    loss: str = "non_saturating"
    learning_rate: float = 1e-3
    critic_learning_rate: float = 1e-3
    optimizer: str = "adam"
    critic_steps: int = 1
    clip: float = 0.1
    penalty_weight: float = 1.0
    generator_width: int = 64
    critic_width: int = 64
    seed: int = 0

    LIVE: ClassVar[tuple[str, ...]] = (
        "loss", "learning_rate", "critic_learning_rate", "optimizer", "critic_steps", "clip", "penalty_weight",
    )  # fmt: skip

    def __post_init__(self):
        for name, known in (("loss", KINDS), ("optimizer", OPTIMIZERS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} vaut « {getattr(self, name)} ». Choisissez parmi : {', '.join(known)}.")
        for name in ("learning_rate", "critic_learning_rate", "clip"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(f"{name} vaut {getattr(self, name)} : un nombre strictement positif est attendu.")
        if not (math.isfinite(self.penalty_weight) and self.penalty_weight >= 0):
            raise ValueError(f"penalty_weight vaut {self.penalty_weight} : un nombre positif ou nul est attendu.")
        for name in ("critic_steps", "generator_width", "critic_width"):
            if not (isinstance(getattr(self, name), int) and 1 <= getattr(self, name) <= 512):
                raise ValueError(f"{name} vaut {getattr(self, name)} : un entier de 1 à 512 est attendu.")
        object.__setattr__(self, "strokes", tuple(tuple(map(tuple, stroke)) for stroke in self.strokes))
        self.toy  # noqa: B018

    @property
    def toy(self) -> Toy:
        """La loi à imiter."""
        return drawn(self.strokes) if self.law == DRAWN else toy(self.law)


class LabDiverged(RuntimeError):
    """Une perte n'est plus un nombre : la partie ne peut que recommencer."""


class Curve:
    """Une courbe sans fin en moins de 400 points : quand elle déborde, ses points sont moyennés deux par deux."""

    def __init__(self):
        self.places, self.values, self._stride, self._pending = [], [], 1, []

    def add(self, place: float, value: float) -> None:
        self._pending.append((place, value))
        if len(self._pending) == self._stride:
            self.places.append(place)
            self.values.append(sum(value for _, value in self._pending) / self._stride)
            self._pending = []
        if len(self.places) == CURVE_POINTS:
            self.places = self.places[1::2]
            self.values = [(a + b) / 2 for a, b in zip(self.values[::2], self.values[1::2], strict=True)]
            self._stride *= 2


class ToySession:
    """Une partie : ``advance()`` fait la mise à jour suivante, ``change()`` un réglage ; tout est écrit au journal."""

    def __init__(self, settings: LabSettings):
        self.start = self.settings = settings
        self.law = settings.toy
        weights = torch.Generator().manual_seed(settings.seed)
        self._draws = torch.Generator().manual_seed(settings.seed + 1)
        self.generator = _network(ToyGenerator, weights, settings.generator_width)
        self.critic = _network(ToyCritic, weights, settings.critic_width)
        self._new_optimizers()
        self.gestures: list[list] = []
        self.curves = {name: Curve() for name in ("critic", "generator", "distance")}
        self.updates = {"critic": 0, "generator": 0}
        self._phase, self._losses = 0, {}

    @property
    def next_side(self) -> str:
        """Qui corrige ses poids au prochain ``advance()`` : « critic » ou « generator »."""
        return "critic" if self._phase < self.settings.critic_steps else "generator"

    def advance(self) -> str:
        """Fait la mise à jour suivante du cycle (les pas critiques, puis le générateur) et rend qui l'a faite."""
        side = self.next_side
        self._note("advance")
        self._phase = self._phase + 1 if side == "critic" else 0
        self._update(side)
        return side

    def single(self, side: str) -> None:
        """Fait un pas de « critic » ou de « generator » seul, hors du cycle."""
        self._note(side)
        self._update(side)

    def change(self, **settings) -> None:
        """Change des réglages pour la suite ; ValueError s'ils ne conviennent pas ou ne changent pas en route."""
        fixed = [name for name in settings if name not in LabSettings.LIVE]
        if fixed:
            raise ValueError(
                f"« {fixed[0]} » ne change pas en route. Réglages possibles : {', '.join(LabSettings.LIVE)}."
            )
        before, self.settings = self.settings, dataclasses.replace(self.settings, **settings)
        self.gestures.append(["change", settings])
        if self.settings.optimizer != before.optimizer:
            self._new_optimizers()
        for optimizer, rate in zip(self._optimizers.values(), self._rates(), strict=True):
            optimizer.param_groups[0]["lr"] = rate

    def sample(self, n: int, seed: int = 12345) -> Tensor:
        """n points du générateur, toujours les mêmes z : (n, 2)."""
        with torch.no_grad():
            return self.generator(_normal(n, seed))

    def facts(self) -> dict[str, float]:
        """modes, total : modes couverts et modes de la loi ; good : part des bons échantillons, sur 2 500 ; distance :
        distance de Wasserstein exacte entre 200 vrais et 200 faux points ; pull : médiane de la norme du gradient que
        reçoit un faux point. Ne change rien à la partie."""
        fakes = self.sample(SAMPLES)
        return {
            "modes": modes_covered(fakes, self.law),
            "total": len(self.law.modes),
            "good": good_share(fakes, self.law),
            "distance": self.distance(),
            "pull": float(self.pull(self.sample(BATCH)).norm(dim=1).median()),
        }

    def distance(self) -> float:
        """La distance de Wasserstein exacte entre 200 vrais points et 200 faux, tirés une fois pour toutes."""
        real = self.law.sample(TRANSPORT_POINTS, torch.Generator().manual_seed(54321))
        fakes = self.sample(TRANSPORT_POINTS)
        return transport_distance(real, fakes) if fakes.isfinite().all() else math.nan

    def pull(self, points: Tensor) -> Tensor:
        """Où la perte du générateur pousse chaque faux point, −∂perte/∂x : (N, 2), en perte par unité du plan."""
        points = points.detach().requires_grad_(True)
        scores = self.critic(points)
        loss = len(points) * self._loss.generator(scores)  # la perte est une moyenne ; ici, la part de chaque point
        return -torch.autograd.grad(loss, points)[0]

    def state(self) -> dict:
        """Tout ce qu'il faut pour rejouer la partie, en JSON."""
        gestures = [[kind, dict(what) if kind == "change" else what] for kind, what in self.gestures]
        return {"version": 1, "start": dataclasses.asdict(self.start), "gestures": gestures}

    @classmethod
    def replayed(cls, state: dict) -> "ToySession":
        """Rejoue une partie rendue par :meth:`state`, geste après geste."""
        session = cls(LabSettings(**state["start"]))
        for kind, what in state["gestures"]:
            if kind == "change":
                session.change(**what)
            else:
                for _ in range(what):
                    session.advance() if kind == "advance" else session.single(kind)
        return session

    def _update(self, side: str) -> None:
        z = torch.randn(BATCH, self.generator.latent, generator=self._draws)
        if side == "critic":
            real, weight = self.law.sample(BATCH, self._draws), self.settings.penalty_weight
            penalty = None
            if self.settings.loss == "wgan_gp":

                def penalty(*networks_and_points):
                    return weight * gradient_penalty(*networks_and_points, generator=self._draws)

            optimizer = self._optimizers["critic"]
            parts = critic_step(self.critic, self.generator, optimizer, real, z, self._loss, penalty=penalty)
            if self.settings.loss == "wgan":
                clip_weights(self.critic, self.settings.clip)
        else:
            parts = generator_step(self.generator, self.critic, self._optimizers["generator"], z, self._loss)
        self.updates[side] += 1
        value = float(parts[side])
        if not math.isfinite(value):
            raise LabDiverged("La perte n'est plus un nombre : recommencez, avec un pas d'apprentissage plus petit.")
        self._losses[side] = value
        if side == "generator":
            for name, loss in self._losses.items():
                self.curves[name].add(self.updates["generator"], loss)

    @property
    def _loss(self):
        return LOSSES[KINDS[self.settings.loss]]

    def _rates(self) -> tuple[float, float]:
        return self.settings.critic_learning_rate, self.settings.learning_rate

    def _new_optimizers(self) -> None:
        make = OPTIMIZERS[self.settings.optimizer]
        pairs = zip((self.critic, self.generator), self._rates(), strict=True)
        networks = [make(network.parameters(), lr=rate) for network, rate in pairs]
        self._optimizers = dict(zip(("critic", "generator"), networks, strict=True))

    def _note(self, kind: str) -> None:
        if self.gestures and self.gestures[-1][0] == kind:
            self.gestures[-1][1] += 1
        else:
            self.gestures.append([kind, 1])


def _network(kind: type[nn.Module], generator: torch.Generator, width: int) -> nn.Module:
    """Un réseau dont les poids viennent de ``generator`` seul : le hasard de l'apprenant n'est pas touché."""
    with torch.device("meta"):
        network = kind(hidden=width, layers=2)
    network.to_empty(device="cpu")
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Linear):
                bound = 1 / math.sqrt(layer.in_features)
                for weight in (layer.weight, layer.bias):
                    weight.uniform_(-bound, bound, generator=generator)
    return network


def _normal(n: int, seed: int) -> Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))
