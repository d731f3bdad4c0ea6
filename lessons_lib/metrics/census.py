"""Le recensement : ce que montrent des fleurs engendrées, compté avec des mots."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from lessons_lib.lotus.factors import FACTOR_RANGES, VARIETIES
from lessons_lib.models.factors import FactorNetwork

STAGES = {"bouton fermé": (-np.inf, 0.25), "fleur entrouverte": (0.25, 0.7), "fleur ouverte": (0.7, np.inf)}
VIEWS = {"de profil": (-np.inf, 24.0), "de trois quarts": (24.0, 52.0), "de dessus": (52.0, np.inf)}
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Census:
    """varieties, stages, views : nom français -> nombre de fleurs, zéros compris. factors : les facteurs lus, par
    image.

    missing : ce que moins de 2 % des fleurs montrent, alors que le jardin le montre.
    """

    count: int
    varieties: dict[str, int]
    stages: dict[str, int]
    views: dict[str, int]
    factors: dict[str, np.ndarray]

    @property
    def missing(self) -> list[str]:
        return [
            name
            for counts in (self.varieties, self.stages, self.views)
            for name, count in counts.items()
            if count < LEAST_SHARE * self.count
        ]

    def histogram(self, name: str, bins: int = 12) -> tuple[np.ndarray, np.ndarray]:
        """(parts, bords) d'un facteur numérique, sur l'intervalle où le jardin le tire ; ce qui en sort va au bord."""
        low, high = FACTOR_RANGES[name].drawn
        counts, edges = np.histogram(np.clip(self.factors[name], low, high), bins=bins, range=(low, high))
        return counts / self.count, edges

    def __str__(self) -> str:
        present = sum(count >= LEAST_SHARE * self.count for count in self.varieties.values())
        plural = "s" * (present > 1)
        lines = [f"{present} variété{plural} sur {len(self.varieties)} : {_listed(self.varieties)}"]
        for counts in (self.stages, self.views):
            lines.append(_listed(counts))
        return "\n".join(lines)


def census(images: Tensor, network: FactorNetwork | None = None) -> Census:
    """Recense des images (N, 3, H, W) dans [-1, 1], lues par le réseau du zoo ou par ``network``.

    Le réseau répond toujours, même devant une tache : un recensement ne dit rien de la qualité.
    """
    if images.ndim != 4 or not len(images):
        raise ValueError(f"Des images (N, 3, H, W) sont attendues ; reçu {tuple(images.shape)}.")
    if network is None:
        from lessons_lib import zoo

        network = zoo.load("factors_64")
    factors = network.read(images)
    read = Counter(factors["variety"].tolist())
    varieties = {french: read[name] for name, french in VARIETIES.items()}
    groups = [
        {word: int(((low <= factors[name]) & (factors[name] < high)).sum()) for word, (low, high) in words.items()}
        for name, words in (("openness", STAGES), ("tilt", VIEWS))
    ]
    return Census(len(images), varieties, *groups, factors)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" if count else f"{_none(name)} {name}" for name, count in counts.items())


def _none(name: str) -> str:
    return "aucune" if name.startswith(("fleur", "de ")) else "aucun"
