"""Densité et couverture : la précision et le rappel, rendus moins sensibles à un point égaré."""

import torch
from torch import Tensor

from lessons_lib.metrics.energy import _check_samples
from lessons_lib.metrics.precision_recall import radii


def density_coverage(real: Tensor, fake: Tensor, k: int = 5) -> tuple[float, float]:
    """(densité, couverture) entre deux échantillons de caractéristiques, (N, D) et (M, D).

    Chaque vraie image a une boule, jusqu'à sa k-ième voisine. Densité : nombre moyen de boules où tombe une fausse
    image, divisé par k ; environ 1 pour deux échantillons de la même loi, et plus si les fausses se serrent là où les
    vraies sont denses. Couverture : part des boules où tombe au moins une fausse image. Lève ValueError si ``real``
    n'a pas plus de k points. Source : Naeem, Oh, Uh, Choi et Yoo, « Reliable Fidelity and Diversity Metrics for
    Generative Models », 2020, équations 4 et 5.
    """
    if k < 1 or len(real) <= k or not len(fake):
        raise ValueError(f"k vaut {k} : il faut plus de k vraies images, au moins une fausse, et k d'au moins 1.")
    _check_samples(real, fake, least=1)
    inside = torch.cdist(real, fake) < radii(real, k)[:, None]
    return inside.sum(dim=0).float().mean().item() / k, inside.any(dim=1).float().mean().item()
