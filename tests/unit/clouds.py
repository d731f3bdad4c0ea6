"""Des nuages de points, et la distance de Fréchet recalculée par scipy."""

import numpy as np
import scipy.linalg
import torch


def cloud(count, dimensions=3, seed=0, shift=0.0, scale=1.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return shift + scale * torch.randn(count, dimensions, generator=generator, dtype=dtype)


def frechet_by_scipy(a, b):
    """Entre deux tableaux (N, D) et (M, D)."""
    root = scipy.linalg.sqrtm(np.cov(a.T) @ np.cov(b.T)).real
    gap = a.mean(0) - b.mean(0)
    return gap @ gap + np.trace(np.cov(a.T) + np.cov(b.T) - 2 * root)
