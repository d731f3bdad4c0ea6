"""Leçon 06 : la distance de Fréchet entre deux gaussiennes, comparée à la racine de matrice de SciPy."""

from collections.abc import Callable

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_frechet(mean_a: Tensor, cov_a: Tensor, mean_b: Tensor, cov_b: Tensor) -> Tensor:
    """‖m_a − m_b‖² + tr(C_a + C_b − 2 (C_a C_b)^½), par SciPy."""
    a, b = cov_a.numpy(), cov_b.numpy()
    cross = scipy.linalg.sqrtm(a @ b).real
    gap = mean_a.numpy() - mean_b.numpy()
    return torch.tensor(gap @ gap + np.trace(a + b - 2 * cross))


def _laws(seed: int) -> tuple[Tensor, Tensor]:
    """Une moyenne (3,) et une covariance (3, 3), quelconques."""
    draws = np.random.default_rng(seed).normal(size=(3, 4))
    return torch.tensor(draws[:, 0]), torch.tensor(np.abs(draws) @ np.abs(draws).T / 4)


def _frechet_cases() -> tuple[Case, ...]:
    one = torch.ones(1, 1, dtype=torch.float64)
    origin = 0 * one[0]
    flat = torch.diag(torch.tensor([4.0, 1.0], dtype=torch.float64))
    level = torch.zeros(2, dtype=torch.float64)
    mean, covariance = _laws(1)
    return (
        Case("deux lois d'une dimension, de variance 1, de moyennes 0 et 3", (origin, one, 3 * one[0], one)),
        Case("deux lois d'une dimension, de moyenne 0, de variances 4 et 1", (origin, 4 * one, origin, one)),
        Case(
            "deux lois du plan, de variances (4, 1) et (1, 9), de moyennes (0, 0) et (3, 4)",
            (level, flat, torch.tensor([3.0, 4.0], dtype=torch.float64), torch.diag(torch.tensor([1.0, 9.0])).double()),
        ),
        Case("deux fois la même loi, à trois dimensions", (mean, covariance, mean, covariance)),
        Case("deux lois quelconques, à trois dimensions", (mean, covariance, *_laws(2))),
    )


def root(matrix: Tensor) -> Tensor:
    """La racine d'une matrice symétrique positive."""
    values, axes = torch.linalg.eigh(matrix)
    return axes * values.clamp_min(0).sqrt() @ axes.T


def cross(a: Tensor, b: Tensor) -> Tensor:
    """La trace de la racine du produit, par les valeurs propres du produit."""
    return torch.linalg.eigvals(a @ b).real.clamp_min(0).sqrt().sum()


def square_gap(a: Tensor, b: Tensor) -> Tensor:
    """Le terme des moyennes."""
    return (a - b).square().sum()


def spread_gap(a: Tensor, b: Tensor) -> Tensor:
    """Le terme des covariances."""
    return a.trace() + b.trace() - 2 * cross(a, b)


def _slip(
    *,
    gap: Callable[[Tensor, Tensor], Tensor | float] = square_gap,
    spread: Callable[[Tensor, Tensor], Tensor | float] = spread_gap,
    last: Callable[[Tensor], Tensor] = lambda whole: whole,
) -> Callable:
    """Une réponse fausse : son écart des moyennes, celui des covariances, et ce qu'elle fait du tout."""

    def answer(mean_a: Tensor, cov_a: Tensor, mean_b: Tensor, cov_b: Tensor) -> Tensor:
        return last(gap(mean_a, mean_b) + spread(cov_a, cov_b))

    return answer


COMMON = (  # ce que l'on se trompe à faire de deux lois comme de deux nuages
    ("la norme de l'écart des moyennes n'est pas mise au carré.", {"gap": lambda a, b: (a - b).norm()}),
    (
        "la racine est prise nombre par nombre : c'est la racine de la matrice entière qu'il faut.",
        {"spread": lambda a, b: a.trace() + b.trace() - 2 * (a @ b).sqrt().trace()},
    ),
    (
        "la racine de chaque covariance est prise à part : leur produit n'est pas la racine du produit.",
        {"spread": lambda a, b: a.trace() + b.trace() - 2 * (root(a) @ root(b)).trace()},
    ),
    (
        "la racine est oubliée : c'est le produit des covariances qui est retranché.",
        {"spread": lambda a, b: a.trace() + b.trace() - 2 * (a @ b).trace()},
    ),
    (
        "la racine du tout est prise : par usage, ce nombre reste au carré.",
        {"last": lambda whole: whole.clamp_min(0).sqrt()},
    ),
)

FRECHET = Exercise(
    signature="frechet_distance(mean_a, cov_a, mean_b, cov_b)",
    cases=_frechet_cases(),
    reference=reference_frechet,
    mistakes=(
        *(Mistake(diagnosis, _slip(**slip)) for diagnosis, slip in COMMON),
        Mistake(
            "le produit des covariances est pris nombre par nombre : les corrélations sont ignorées.",
            _slip(spread=lambda a, b: a.trace() + b.trace() - 2 * (a * b).sqrt().trace()),
        ),
        Mistake(
            "l'écart des moyennes est moyenné sur les dimensions : elles s'additionnent.",
            _slip(gap=lambda a, b: (a - b).square().mean()),
        ),
        Mistake(
            "le facteur 2 est oublié : deux lois égales ne sont plus à distance nulle.",
            _slip(spread=lambda a, b: a.trace() + b.trace() - cross(a, b)),
        ),
        Mistake(
            "le terme croisé est ajouté, et non retranché : deux lois égales seraient très loin.",
            _slip(spread=lambda a, b: a.trace() + b.trace() + 2 * cross(a, b)),
        ),
        Mistake(
            "le terme croisé manque : deux lois égales ne sont plus à distance nulle.",
            _slip(spread=lambda a, b: a.trace() + b.trace()),
        ),
        Mistake(
            "tous les nombres de la matrice sont additionnés : la trace ne prend que sa diagonale.",
            _slip(spread=lambda a, b: (a + b - 2 * root(a) @ root(root(a) @ b @ root(a)) @ root(a).inverse()).sum()),
        ),
        Mistake(
            "la trace est oubliée : c'est encore une matrice.",
            _slip(spread=lambda a, b: a + b - 2 * root(a) @ root(root(a) @ b @ root(a)) @ root(a).inverse()),
        ),
        Mistake(
            "la racine porte sur la somme des covariances, et non sur leur produit.",
            _slip(spread=lambda a, b: a.trace() + b.trace() - 2 * root(a + b).trace()),
        ),
        Mistake(
            "les écarts types remplacent les variances : la trace est celle des covariances.",
            _slip(spread=lambda a, b: root(a).trace() + root(b).trace() - 2 * cross(root(a), root(b))),
        ),
        Mistake(
            "les covariances sont oubliées : deux lois de même moyenne seraient confondues.",
            _slip(spread=lambda a, b: 0.0 * a.trace()),
        ),
        Mistake("les moyennes sont oubliées : deux lois décalées seraient confondues.", _slip(gap=lambda a, b: 0.0)),
        Mistake(
            "c'est l'écart des covariances au carré : une variance n'est pas dans la même unité qu'une distance.",
            _slip(spread=lambda a, b: (a - b).square().sum()),
        ),
    ),
    verified=(
        "9 pour un décalage de 3, 1 pour des écarts types de 2 et de 1",
        "nulle pour deux lois égales",
        "égale à la racine de matrice de SciPy, pour deux lois quelconques",
    ),
)
