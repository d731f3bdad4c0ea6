"""La distance de Fréchet entre deux lois gaussiennes, ajustées à deux échantillons, et ce qu'elle serait sans biais."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lessons_lib.metrics.energy import _check_samples


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """‖m_a − m_b‖² + tr(C_a + C_b − 2 (C_a C_b)^½).

    a, b : (N, D) et (M, D). Sur peu d'images, le biais dépasse souvent l'écart cherché : gardez D bien au-dessous de N,
    et ne la citez jamais seule, car des copies des images d'entraînement y sont parfaites.
    Source : Dowson et Landau 1982 ; Heusel et al., « GANs Trained by a Two Time-Scale Update Rule », 2017, équation 6.
    """
    _check_samples(a, b)
    a, b = a.double(), b.double()
    cov_a, cov_b = torch.atleast_2d(torch.cov(a.T)), torch.atleast_2d(torch.cov(b.T))
    root = square_root(cov_a)
    # (C_a C_b)^½ et (C_a^½ C_b C_a^½)^½ ont la même trace, et la seconde est symétrique.
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp_min(0).sqrt().sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross).item()


@dataclass(frozen=True)
class Extrapolation:
    """La distance de Fréchet à chaque taille, et ce que la droite annonce pour une infinité d'images.

    sizes : nombres d'images N. means : distance moyenne à chaque N. value, error : ordonnée à l'origine de la droite en
    1/N, et son erreur type. slope : sa pente.
    """

    sizes: tuple[int, ...]
    means: tuple[float, ...]
    value: float
    error: float
    slope: float


def frechet_at_infinity(
    fake: Tensor, real: Tensor, sizes: Sequence[int] = (), repeats: int = 12, seed: int = 0
) -> Extrapolation:
    """La distance de Fréchet débarrassée de son biais, par une droite en 1/N (FID∞).

    fake : (N, D), real : (M, D), les deux mêmes nombres de points à chaque essai, car le biais vient des deux côtés.
    sizes : au moins deux nombres d'images ; par défaut six, du tiers à la totalité. Le biais est en 1/N au premier
    ordre ; sur des échantillons à peine plus grands que D, la droite ne suffit plus : gardez N au-dessus de 3 D.
    Source : Chong et Forsyth, « Effectively Unbiased FID and Inception Score and Where to Find Them », 2020.
    """
    most = min(len(fake), len(real))
    sizes = tuple(sizes) or tuple(round(most / (1 + i * 2 / 5)) for i in range(6))[::-1]
    if len(set(sizes)) < 2 or min(sizes) < 2 or max(sizes) > most:
        raise ValueError(f"Au moins deux tailles, de 2 à {most} images, sont attendues ; reçu {sizes}.")
    random = torch.Generator().manual_seed(seed)
    values = torch.tensor(
        [[frechet_distance(_part(fake, n, random), _part(real, n, random)) for n in sizes] for _ in range(repeats)],
        dtype=torch.float64,
    )
    lines = torch.stack([torch.ones(len(sizes)), 1 / torch.tensor(sizes)], dim=1).double()
    fits = torch.linalg.lstsq(lines.expand(repeats, -1, -1), values[..., None]).solution[..., 0]
    value, slope = fits.mean(dim=0).tolist()
    # Les essais se recoupent d'autant plus que N approche du total : l'erreur est celle d'un seul essai.
    return Extrapolation(sizes, tuple(values.mean(dim=0).tolist()), value, fits[:, 0].std().item(), slope)


def _part(points: Tensor, count: int, random: torch.Generator) -> Tensor:
    return points[torch.randperm(len(points), generator=random)[:count]]


def square_root(covariance: Tensor) -> Tensor:
    """La racine carrée d'une matrice symétrique positive (D, D) : symétrique, et de carré ``covariance``."""
    values, axes = torch.linalg.eigh(covariance)
    return axes * values.clamp_min(0).sqrt() @ axes.T
