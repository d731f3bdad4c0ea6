"""La distance d'énergie entre deux échantillons, sans biais, et son incertitude.

Sources : Székely et Rizzo, « Energy statistics: A class of statistics based on distances », 2013 ; Shao et Wu, « A
General Theory for Jackknife Variance Estimation », 1989.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor


def energy_distance(a: Tensor, b: Tensor) -> float:
    """2 E‖A − B‖ − E‖A − A'‖ − E‖B − B'‖, nulle si et seulement si les deux lois sont les mêmes.

    a : (N, D), b : (M, D), avec N et M d'au moins 2. Une image n'est jamais comparée à elle-même : l'estimation est
    sans biais, et tombe donc parfois un peu au-dessous de zéro pour deux échantillons de la même loi.
    Lève ValueError si les deux échantillons ne vont pas ensemble. Source : Székely et Rizzo 2013.
    """
    _check_samples(a, b)
    return (2 * torch.cdist(a, b).mean() - _spread(a) - _spread(b)).item()


def _check_samples(a: Tensor, b: Tensor, least: int = 2) -> None:
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < least:
        raise ValueError(
            f"Deux échantillons (N, D) et (M, D) d'au moins {least} point{'s' * (least > 1)} sont attendus ; reçu "
            f"{tuple(a.shape)} et {tuple(b.shape)}."
        )


def _spread(a: Tensor) -> Tensor:
    return torch.cdist(a, a).sum() / (len(a) * (len(a) - 1))


def uncertainty(statistic: Callable[[Tensor], float], sample: Tensor, *, repeats: int = 100, seed: int = 0) -> float:
    """L'erreur type d'une statistique d'un échantillon (N, …), en le rejouant amputé d'un quart, tiré au sort.

    Un bootstrap tirerait des images en double, qui passeraient pour des copies ; ici chaque tirage est sans remise
    (jackknife à d supprimés, Shao et Wu 1989). Lève ValueError s'il y a moins de 4 images.
    """
    n = len(sample)
    removed = max(1, n // 4)
    if n - removed < 2:
        raise ValueError(f"L'échantillon compte {n} image(s) : il en faut au moins 4.")
    random = torch.Generator().manual_seed(seed)
    values = [statistic(sample[torch.randperm(n, generator=random)[removed:]]) for _ in range(repeats)]
    return torch.tensor(values).std().item() * math.sqrt((n - removed) / removed)
