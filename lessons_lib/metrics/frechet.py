"""La distance de Fréchet entre deux lois gaussiennes, ajustées à deux échantillons de caractéristiques."""

import torch
from torch import Tensor


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """‖m_a − m_b‖² + tr(C_a + C_b − 2 (C_a C_b)^½).

    a, b : (N, D) et (M, D). Sur peu d'images, le biais dépasse souvent l'écart cherché : gardez D bien au-dessous de N,
    et ne la citez jamais seule, car des copies des images d'entraînement y sont parfaites.
    Source : Dowson et Landau 1982 ; Heusel et al., « GANs Trained by a Two Time-Scale Update Rule », 2017, équation 6.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(
            "Deux échantillons (N, D) et (M, D) d'au moins deux points sont attendus ; reçu "
            f"{tuple(a.shape)} et {tuple(b.shape)}."
        )
    a, b = a.double(), b.double()
    cov_a, cov_b = torch.atleast_2d(torch.cov(a.T)), torch.atleast_2d(torch.cov(b.T))
    root = _square_root(cov_a)
    # (C_a C_b)^½ et (C_a^½ C_b C_a^½)^½ ont la même trace, et la seconde est symétrique.
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp_min(0).sqrt().sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross).item()


def _square_root(covariance: Tensor) -> Tensor:
    values, axes = torch.linalg.eigh(covariance)
    return axes * values.clamp_min(0).sqrt() @ axes.T
