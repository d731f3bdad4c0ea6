"""Précision et rappel d'un générateur, par les boules des plus proches voisins."""

import torch
from torch import Tensor

from lessons_lib.metrics.energy import _check_samples


def precision_recall(real: Tensor, fake: Tensor, k: int = 3) -> tuple[float, float]:
    """(précision, rappel) entre deux échantillons de caractéristiques, (N, D) et (M, D).

    Une boule autour de chaque point atteint son k-ième voisin du même échantillon ; leur réunion tient lieu de la loi.
    Précision : part des fausses images dans les boules des vraies. Rappel : part des vraies dans celles des fausses ;
    un générateur qui n'a retenu que quelques images en a peu. Prenez autant de vraies images que de fausses.
    Lève ValueError si un échantillon n'a pas plus de k points.
    Source : Kynkäänniemi et al., « Improved Precision and Recall Metric for Assessing Generative Models », 2019.
    """
    _check_neighbours(real, fake, k)
    _check_samples(real, fake)
    distances = torch.cdist(real, fake)
    precision = (distances <= radii(real, k)[:, None]).any(dim=0)
    recall = (distances <= radii(fake, k)[None, :]).any(dim=1)
    return precision.float().mean().item(), recall.float().mean().item()


def radii(points: Tensor, k: int) -> Tensor:
    """La distance de chaque point à son k-ième voisin ; lui-même est le premier des k + 1 plus proches."""
    return torch.cdist(points, points).kthvalue(k + 1, dim=1).values


def _check_neighbours(real: Tensor, fake: Tensor, k: int) -> None:
    if k < 1 or min(len(real), len(fake)) <= k:
        raise ValueError(f"k vaut {k} : chaque échantillon doit compter plus de k points, et k valoir au moins 1.")
