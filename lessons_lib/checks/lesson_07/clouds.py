"""Leçon 07 : la distance de Fréchet entre deux nuages de points, comparée à NumPy et à la racine de SciPy."""

from collections.abc import Callable

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake
from lessons_lib.checks.lesson_06.frechet import COMMON, cross, spread_gap, square_gap


def reference_clouds(a: Tensor, b: Tensor) -> Tensor:
    """‖m_a − m_b‖² + tr(C_a + C_b − 2 (C_a C_b)^½), par NumPy et SciPy."""
    one, other = a.numpy(), b.numpy()
    cov_a, cov_b = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    gap = one.mean(axis=0) - other.mean(axis=0)
    return torch.tensor(gap @ gap + np.trace(cov_a + cov_b - 2 * scipy.linalg.sqrtm(cov_a @ cov_b).real))


def _clouds_cases() -> tuple[Case, ...]:
    draws = np.random.default_rng(7)
    a = torch.tensor(draws.normal(size=(12, 3)) @ np.abs(draws.normal(size=(3, 3))) + 0.5)
    b = torch.tensor(draws.normal(size=(9, 3)) @ np.abs(draws.normal(size=(3, 3))) - 0.5)
    square = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
    move = torch.tensor([3.0, 4.0], dtype=torch.float64)
    return (
        Case("les quatre coins d'un carré, et les mêmes décalés de (3, 4)", (square, square + move)),
        Case("les quatre coins d'un carré, et ceux d'un carré deux fois plus grand", (square, 2 * square)),
        Case("deux fois le même nuage de 12 points, à trois dimensions", (a, a)),
        Case("12 points et 9 points, à trois dimensions", (a, b)),
        Case("deux nuages loin de l'origine, à trois dimensions", (a + 5, b + 4)),
    )


def _slip(
    *,
    gap: Callable = square_gap,
    spread: Callable = spread_gap,
    cov: Callable[[Tensor], Tensor] = lambda x: x.T.cov(),
    last: Callable[[Tensor], Tensor] = lambda whole: whole,
) -> Callable:
    """Une réponse fausse : son écart des moyennes, ses covariances, leur écart, et ce qu'elle fait du tout."""
    return lambda a, b: last(gap(a.mean(dim=0), b.mean(dim=0)) + spread(cov(a), cov(b)))


CLOUDS = Exercise(
    signature="cloud_distance(a, b)",
    cases=_clouds_cases(),
    reference=reference_clouds,
    mistakes=(
        Mistake(
            "les covariances sont oubliées : un nuage effondré au bon endroit serait parfait.",
            _slip(spread=lambda a, b: 0.0 * a.trace()),
        ),
        Mistake("les moyennes sont oubliées : deux nuages décalés seraient confondus.", _slip(gap=lambda a, b: 0.0)),
        *(Mistake(diagnosis, _slip(**slip)) for diagnosis, slip in COMMON),
        Mistake(
            "l'écart des moyennes est moyenné sur les dimensions : leurs carrés s'additionnent.",
            _slip(gap=lambda a, b: (a - b).square().mean()),
        ),
        Mistake(
            "seules les diagonales sont comparées : les corrélations entre caractéristiques sont ignorées.",
            _slip(spread=lambda a, b: (a.diagonal().sqrt() - b.diagonal().sqrt()).square().sum()),
        ),
        Mistake(
            "la covariance est divisée par le nombre de points : il faut un de moins, car la moyenne vient d'eux.",
            _slip(cov=lambda x: x.T.cov(correction=0)),
        ),
        Mistake(
            "la covariance n'est pas centrée : la moyenne du nuage n'a pas été retirée.",
            _slip(cov=lambda x: x.T @ x / (len(x) - 1)),
        ),
        Mistake(
            "la covariance n'est pas centrée, et elle est divisée par le nombre de points : deux fautes.",
            _slip(cov=lambda x: x.T @ x / len(x)),
        ),
        Mistake(
            "la covariance n'est pas divisée : elle grandirait avec le nombre de points.",
            _slip(cov=lambda x: x.T.cov() * (len(x) - 1)),
        ),
        Mistake(
            "ce sont les corrélations : elles ne disent plus rien de l'étalement de chaque caractéristique.",
            _slip(cov=lambda x: x.T.corrcoef()),
        ),
        Mistake(
            "le facteur 2 est oublié : deux nuages égaux ne sont plus à distance nulle.",
            _slip(spread=lambda a, b: a.trace() + b.trace() - cross(a, b)),
        ),
        Mistake(
            "le terme croisé est ajouté, et non retranché.",
            _slip(spread=lambda a, b: a.trace() + b.trace() + 2 * cross(a, b)),
        ),
        Mistake(
            "le terme croisé manque : deux nuages égaux ne sont plus à distance nulle.",
            _slip(spread=lambda a, b: a.trace() + b.trace()),
        ),
        Mistake(
            "c'est l'écart des covariances, nombre par nombre, au carré : l'unité n'est plus celle d'une distance.",
            _slip(spread=lambda a, b: (a - b).square().sum()),
        ),
    ),
    verified=(
        "25 pour un décalage de (3, 4), et la bonne valeur pour un nuage deux fois plus étalé",
        "nulle pour deux nuages égaux",
        "égale à la racine de matrice de SciPy, pour deux nuages de tailles différentes",
    ),
)
