"""Des lois du plan dont tout est connu : on y voit un GAN réussir, échouer, oublier des modes, et on le compte.

Chaque loi est faite de traits, épaissis par un bruit normal d'écart type sigma ; un trait réduit à un point est une
gaussienne. Une loi dessinée par l'apprenant est donc une loi comme les autres. Enseignées dans les leçons 04 à 06.

Sources : Metz et al., « Unrolled Generative Adversarial Networks », 2017 (huit gaussiennes, rayon 2) ; Srivastava et
al., « VEEGAN », 2017, section 4.1 (anneau et grille de gaussiennes, comptes des modes et des bons échantillons) ; Lin
et al., « PacGAN », 2018, section 4.1 (grille de 25, sigma 0,05).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

GOOD_SIGMAS = 3.0  # VEEGAN, section 4.1 : un bon échantillon est à moins de trois écarts types d'un mode
SAMPLES = 2500  # VEEGAN, section 4.1 : nombre d'échantillons sur lequel les deux comptes sont faits
PART_LENGTH = 1.5  # longueur d'un tronçon, en unités du plan, quand on compte ce qu'une courbe a de couvert


@dataclass(frozen=True)
class Toy:
    """Une loi du plan.

    label : son nom, en français. strokes : ses traits, chacun une suite de sommets (x, y). sigma : l'écart type du
    bruit, en unités du plan. Un trait est tiré d'autant plus souvent qu'il est long ; un point compte pour 6 sigma.
    Lève ValueError s'il n'y a aucun trait, si un sommet n'est pas un couple de nombres finis, ou si sigma est nul.
    """

    label: str
    strokes: tuple[tuple[tuple[float, float], ...], ...]
    sigma: float = 0.05

    def __post_init__(self):
        if not self.strokes or not all(len(stroke) for stroke in self.strokes):
            raise ValueError("La loi ne contient aucun trait : donnez au moins un trait d'un point, comme [[(0, 0)]].")
        for place in (place for stroke in self.strokes for place in stroke):
            if len(place) != 2 or not all(math.isfinite(value) for value in place):
                raise ValueError(f"Le sommet {place} n'est pas un couple (x, y) de nombres finis.")
        if not self.sigma > 0:
            raise ValueError(f"sigma vaut {self.sigma} : un écart type strictement positif est attendu. Essayez 0.05.")

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n points de la loi : (n, 2), float32."""
        start, end, cumulated = self._edges
        chosen = torch.searchsorted(cumulated, torch.rand(n, generator=generator) * cumulated[-1])
        along = torch.rand(n, 1, generator=generator)
        return torch.lerp(start[chosen], end[chosen], along) + self.sigma * torch.randn(n, 2, generator=generator)

    @property
    def curved(self) -> bool:
        """Vrai si la loi suit des courbes : on compte alors des tronçons, et non des modes."""
        return any(len(stroke) > 1 for stroke in self.strokes)

    @cached_property
    def modes(self) -> Tensor:
        """Le centre de chaque mode, ou le milieu de chaque tronçon de 1,5 unité : (K, 2)."""
        return torch.cat([_along(stroke, _parts(stroke)) for stroke in self.strokes])

    @cached_property
    def skeleton(self) -> tuple[Tensor, Tensor]:
        """Les points du support sans bruit, un par sigma environ, (S, 2), et le rang du mode de chacun, (S,)."""
        places, owners, first = [], [], 0
        for stroke in self.strokes:
            parts, count = _parts(stroke), max(1, math.ceil(_length(stroke) / self.sigma))
            places.append(_along(stroke, count))
            owners.append(first + torch.arange(count) * parts // count)
            first += parts
        return torch.cat(places), torch.cat(owners)

    @property
    def limit(self) -> float:
        """Le demi-côté d'un carré centré sur l'origine qui contient la loi avec une marge."""
        return 1.3 * max(0.5, float(self.skeleton[0].abs().max()) + self.sigma)

    @cached_property
    def _edges(self) -> tuple[Tensor, Tensor, Tensor]:
        pairs = [pair for s in self.strokes for pair in (pairwise(s) if len(s) > 1 else [(s[0], s[0])])]
        start, end = (torch.tensor([pair[side] for pair in pairs], dtype=torch.float32) for side in (0, 1))
        length = (end - start).norm(dim=1)
        return start, end, torch.where(length > 0, length, 6 * self.sigma).cumsum(0)


def drawn(strokes: Sequence[Sequence[Sequence[float]]], sigma: float = 0.05, label: str = "Votre dessin") -> Toy:
    """La loi dessinée par l'apprenant. strokes : une liste de traits, chacun une liste de sommets [x, y]."""
    return Toy(label, tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in strokes), sigma)


def sample(name: str | Toy, n: int, *, generator: torch.Generator | None = None) -> Tensor:
    """n points de la loi nommée (voir :data:`TOYS`) ou donnée : (n, 2), float32."""
    return toy(name).sample(n, generator)


def toy(name: str | Toy) -> Toy:
    """La loi de ce nom. Lève ValueError si aucune ne le porte."""
    if isinstance(name, Toy):
        return name
    if name not in TOYS:
        raise ValueError(f"Aucune loi ne s'appelle « {name} ». Choisissez parmi : {', '.join(TOYS)}.")
    return TOYS[name]


def good_share(points: Tensor, law: str | Toy) -> float:
    """La part des points, de 0 à 1, à moins de trois sigma d'un mode (ou de la courbe).

    points : (N, 2). Un tirage de la vraie loi n'atteint pas 1 : 1 − exp(−4,5) = 0,989 pour des gaussiennes.
    Source : Srivastava et al. 2017, section 4.1.
    """
    distance, _ = _nearest(points, toy(law))
    return float((distance <= GOOD_SIGMAS * toy(law).sigma).double().mean())


def modes_covered(points: Tensor, law: str | Toy) -> int:
    """Le nombre de modes (ou de tronçons de courbe) qui ont au moins un bon échantillon plus près d'eux que des autres.

    points : (N, 2), 2 500 selon l'usage. Sources : Srivastava et al. 2017 et Lin et al. 2018, section 4.1.
    """
    law = toy(law)
    distance, owner = _nearest(points, law)
    return len(owner[distance <= GOOD_SIGMAS * law.sigma].unique())


def transport_distance(a: Tensor, b: Tensor) -> float:
    """La distance de Wasserstein d'ordre 1, exacte, entre deux nuages de points de même poids chacun.

    a : (N, 2), b : (M, 2). Résolue comme un programme linéaire : environ 20 ms pour 250 points, 500 ms pour 1 000.
    Deux tirages d'une même loi ne sont pas à distance nulle. Source : Flamary et al., « POT: Python Optimal
    Transport », 2021. Enseignée dans la leçon 05.
    """
    import ot  # deux secondes à importer : seulement si l'on mesure

    for points in (a, b):
        _check_points(points)
    a, b = (points.detach().cpu().double().numpy() for points in (a, b))
    cost = np.linalg.norm(a[:, None] - b[None], axis=-1)
    return float(ot.emd2(np.full(len(a), 1 / len(a)), np.full(len(b), 1 / len(b)), cost, numItermax=1_000_000))


def _nearest(points: Tensor, law: Toy) -> tuple[Tensor, Tensor]:
    """La distance de chaque point au support, (N,), et le rang du mode le plus proche, (N,)."""
    _check_points(points)
    places, owners = law.skeleton
    distance, index = torch.cdist(points.detach().cpu().float(), places).min(dim=1)
    return distance, owners[index]


def _check_points(points: Tensor) -> None:
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"Des points du plan sont attendus, de forme (N, 2) ; reçu {tuple(points.shape)}.")


def _length(stroke) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(stroke))


def _parts(stroke) -> int:
    return max(1, round(_length(stroke) / PART_LENGTH))


def _along(stroke, count: int) -> Tensor:
    """Les milieux de count morceaux égaux d'un trait : (count, 2)."""
    vertices = np.array(stroke, dtype=float)
    travelled = np.insert(np.cumsum(np.linalg.norm(np.diff(vertices, axis=0), axis=1)), 0, 0.0)
    at = (np.arange(count) + 0.5) / count * travelled[-1]
    return torch.from_numpy(np.stack([np.interp(at, travelled, axis) for axis in vertices.T], axis=1)).float()


def _arc(radius: float, start: float, end: float, centre=(0.0, 0.0), grow: float = 0.0, steps: int = 96) -> tuple:
    """Un arc de cercle, ou une spirale si le rayon grandit de ``grow`` ; start, end : en tours."""
    turns = [(k / steps, 2 * math.pi * (start + (end - start) * k / steps)) for k in range(steps + 1)]
    return tuple(
        (centre[0] + (radius + grow * k) * math.cos(t), centre[1] + (radius + grow * k) * math.sin(t)) for k, t in turns
    )


TOYS = {
    "huit_gaussiennes": Toy("8 gaussiennes", tuple((place,) for place in _arc(2.0, 0, 1, steps=8)[:8])),
    "vingt_cinq_gaussiennes": Toy(
        "25 gaussiennes", tuple(((x, y),) for x in (-4.0, -2.0, 0.0, 2.0, 4.0) for y in (-4.0, -2.0, 0.0, 2.0, 4.0))
    ),
    "anneau": Toy("Anneau", (_arc(2.0, 0, 1),)),
    "rouleau": Toy("Rouleau suisse", (_arc(0.4, 0.25, 1.75, grow=2.0),)),
    "deux_lunes": Toy("Deux lunes", (_arc(1.4, 0, 0.5, (-0.7, -0.35)), _arc(1.4, 0.5, 1, (0.7, 0.35)))),
    "deux_segments": Toy("Deux segments", (((-1.0, -1.5), (-1.0, 1.5)), ((1.0, -1.5), (1.0, 1.5)))),
}
