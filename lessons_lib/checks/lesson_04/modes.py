"""Leçon 04 : compter les modes couverts, comparé à une recherche de voisins de SciPy."""

import math

import torch
from scipy.spatial import cKDTree
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_count(points: Tensor, centres: Tensor, sigma: float) -> Tensor:
    """Le nombre de centres qui ont au moins un point à trois sigma ou moins."""
    neighbours = cKDTree(points.double().numpy()).query_ball_point(centres.double().numpy(), 3 * sigma)
    return torch.tensor(sum(1 for found in neighbours if found))


def _cases() -> tuple[Case, ...]:
    pair = torch.tensor([[0.0, 0.0], [10.0, 0.0]])
    three = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    generator = torch.Generator().manual_seed(4)
    turns = 2 * math.pi * torch.arange(8) / 8
    ring = 2 * torch.stack([turns.cos(), turns.sin()], dim=1)
    cloud = ring[torch.arange(200) % 5] + 0.05 * torch.randn(200, 2, generator=generator)
    strays = ring[5:] + torch.tensor([[0.24, 0.0], [0.0, -0.3], [0.2, 0.2]])  # tout près, mais hors des cercles
    return (
        Case("sigma 1, deux modes ; un point sur le premier", (pair[:1].clone(), pair, 1.0)),
        Case(
            "sigma 1, deux modes ; cinq points à 1,6 du premier", (torch.tensor([[1.6, 0.0]]).repeat(5, 1), pair, 1.0)
        ),
        Case("sigma 1, deux modes ; un point à 2,5 du second", (torch.tensor([[10.0, 2.5]]), pair, 1.0)),
        Case("sigma 1, deux modes ; un point à 4 du premier", (torch.tensor([[0.0, 4.0]]), pair, 1.0)),
        Case(
            "sigma 1, deux modes ; un point sur le premier, un autre à 5 de lui",
            (torch.tensor([[0.0, 0.0], [0.0, 5.0]]), pair, 1.0),
        ),
        Case(
            "sigma 1, trois modes ; un point au premier, un à (2,5 ; 2,5) du deuxième, un à (1,8 ; 1,8) du troisième",
            (three + torch.tensor([[0.0, 0.0], [2.5, 2.5], [1.8, 1.8]]), three, 1.0),
        ),
        Case(
            "sigma 0,5, trois modes ; un point à 1,2 du premier, un à 1,6 du deuxième",
            (torch.tensor([[1.2, 0.0], [10.0, 1.6]]), three, 0.5),
        ),
        Case("huit gaussiennes, sigma 0,05 ; 203 points", (torch.cat([cloud, strays]), ring, 0.05)),
    )


def _distances(points: Tensor, centres: Tensor) -> Tensor:
    return torch.cdist(points, centres)  # (N, K)


def _covered(points: Tensor, centres: Tensor, radius: float) -> Tensor:
    return (_distances(points, centres) < radius).any(dim=0)


COUNT = Exercise(
    signature="count_modes(points, centres, sigma)",
    cases=_cases(),
    reference=reference_count,
    mistakes=(
        Mistake(
            "ce sont les bons points que l'on compte ; un mode couvert par mille points compte une fois.",
            lambda points, centres, sigma: (_distances(points, centres) < 3 * sigma).sum(),
        ),
        Mistake(
            "chaque point est donné au mode le plus proche, même de très loin : il manque le rayon.",
            lambda points, centres, sigma: torch.tensor(
                len(_distances(points, centres).argmin(dim=1).unique()),
            ),
        ),
        Mistake(
            "la distance est restée au carré : ce n'est plus une longueur que l'on compare à trois sigma.",
            lambda points, centres, sigma: (_distances(points, centres) ** 2 < 3 * sigma).any(dim=0).sum(),
        ),
        Mistake(
            "le rayon est d'un seul sigma ; la règle de la leçon est plus large.",
            lambda points, centres, sigma: _covered(points, centres, sigma).sum(),
        ),
        Mistake(
            "le rayon est de deux sigma ; la règle de la leçon est plus large.",
            lambda points, centres, sigma: _covered(points, centres, 2 * sigma).sum(),
        ),
        Mistake(
            "le rayon est pris sur la variance ; sigma est déjà un écart type, une longueur.",
            lambda points, centres, sigma: _covered(points, centres, 3 * sigma**2).sum(),
        ),
        Mistake(
            "sigma est ignoré : le rayon ne suit pas la largeur des modes.",
            lambda points, centres, sigma: _covered(points, centres, 3.0).sum(),
        ),
        Mistake(
            "chaque axe est comparé seul : le cercle devient un carré, dont les coins sont trop loin.",
            lambda points, centres, sigma: ((points[:, None] - centres).abs() < 3 * sigma).all(dim=2).any(dim=0).sum(),
        ),
        Mistake(
            "les écarts des deux axes s'additionnent : le cercle devient un losange, trop étroit en diagonale.",
            lambda points, centres, sigma: ((points[:, None] - centres).abs().sum(dim=2) < 3 * sigma).any(dim=0).sum(),
        ),
        Mistake(
            "un mode n'est compté que si tous les points y tombent ; un seul suffit.",
            lambda points, centres, sigma: (_distances(points, centres) < 3 * sigma).all(dim=0).sum(),
        ),
        Mistake(
            "c'est la distance moyenne des points au mode que l'on compare ; un seul point proche suffit.",
            lambda points, centres, sigma: (_distances(points, centres).mean(dim=0) < 3 * sigma).sum(),
        ),
        Mistake(
            "l'inégalité est à l'envers : un point loin d'un mode ne le couvre pas.",
            lambda points, centres, sigma: (_distances(points, centres) > 3 * sigma).any(dim=0).sum(),
        ),
        Mistake(
            "ce sont les modes manqués que l'on compte, et non les modes couverts.",
            lambda points, centres, sigma: (~_covered(points, centres, 3 * sigma)).sum(),
        ),
        Mistake(
            "une réponse par mode est rendue ; il reste à les compter.",
            lambda points, centres, sigma: _covered(points, centres, 3 * sigma),
        ),
        Mistake(
            "c'est la part des modes couverts ; la question demande leur nombre.",
            lambda points, centres, sigma: _covered(points, centres, 3 * sigma).float().mean(),
        ),
        Mistake(
            "c'est la part des bons points, l'autre compte de la leçon.",
            lambda points, centres, sigma: (_distances(points, centres) < 3 * sigma).any(dim=1).float().mean(),
        ),
        Mistake(
            "c'est le nombre de modes de la loi ; les points n'y jouent aucun rôle.",
            lambda points, centres, sigma: torch.tensor(len(centres)),
        ),
    ),
    verified=(
        "un mode compte une fois, qu'il ait un point ou mille",
        "un point à plus de trois sigma ne couvre rien, même en diagonale",
        "égal au compte de SciPy sur huit gaussiennes",
    ),
)
