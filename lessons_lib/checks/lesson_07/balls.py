"""Leçon 07 : le rayon de chaque boule, la distance au k-ième voisin, comparé à l'arbre de SciPy."""

from collections.abc import Callable

import torch
from scipy.spatial import KDTree
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_balls(points: Tensor, k: int) -> Tensor:
    """La distance de chaque point à son k-ième voisin, par scipy.spatial.KDTree."""
    return torch.tensor(KDTree(points.numpy()).query(points.numpy(), k=[k + 1])[0][:, 0])


def _balls_cases() -> tuple[Case, ...]:
    on_a_line = torch.tensor([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [7.0, 0.0]], dtype=torch.float64)
    cloud = torch.randn((15, 3), generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    return (
        Case("quatre points d'une droite, en 0, 1, 3 et 7, k = 1", (on_a_line, 1)),
        Case("les mêmes points, k = 2", (on_a_line, 2)),
        Case("15 points à trois dimensions, k = 3", (cloud, 3)),
    )


def distances(a: Tensor, b: Tensor, p: float = 2.0) -> Tensor:
    """La distance de chaque point de a, une ligne, à chaque point de b, une colonne."""
    return (a[:, None] - b).norm(p=p, dim=2)


def sorted_distances(points: Tensor, p: float = 2.0) -> Tensor:
    """Chaque ligne : les distances d'un point à tous, lui compris, de la plus petite à la plus grande."""
    return distances(points, points, p).sort(dim=1).values


def _among(choose: Callable[[Tensor, int], Tensor], p: float = 2.0) -> Callable:
    return lambda points, k: choose(sorted_distances(points, p), k)


BALLS = Exercise(
    signature="radii(points, k)",
    cases=_balls_cases(),
    reference=reference_balls,
    mistakes=(
        Mistake(
            "chaque point est compté comme son propre voisin : à distance nulle, il prend la première place.",
            _among(lambda d, k: d[:, k - 1]),
        ),
        Mistake("la boule va un voisin trop loin.", _among(lambda d, k: d[:, k + 1])),
        Mistake("la boule s'arrête toujours au premier voisin : `k` est ignoré.", _among(lambda d, k: d[:, 1])),
        Mistake("la boule va jusqu'au point le plus éloigné : elle contient tout.", _among(lambda d, k: d[:, -1])),
        Mistake(
            "le k-ième est compté à partir du plus éloigné.",
            _among(lambda d, k: d[:, -k]),
        ),
        Mistake("le rayon est au carré : la racine manque.", _among(lambda d, k: d[:, k].square())),
        Mistake(
            "toutes les boules ont le même rayon, la moyenne : là où les points sont rares, elles sont trop petites.",
            _among(lambda d, k: d[:, k].mean().expand(len(d))),
        ),
        Mistake("un seul rayon est rendu : il en faut un par point.", _among(lambda d, k: d[:, k].mean())),
        Mistake(
            "c'est la distance moyenne aux k voisins : le rayon est celle du k-ième.",
            _among(lambda d, k: d[:, 1 : k + 1].mean(dim=1)),
        ),
        Mistake(
            "c'est la somme des distances aux k voisins : le rayon est celle du k-ième.",
            _among(lambda d, k: d[:, 1 : k + 1].sum(dim=1)),
        ),
        Mistake(
            "la distance additionne les écarts : il faut la distance ordinaire, celle de Pythagore.",
            _among(lambda d, k: d[:, k], p=1.0),
        ),
        Mistake(
            "la distance ne garde que le plus grand écart : il faut la distance ordinaire, celle de Pythagore.",
            _among(lambda d, k: d[:, k], p=torch.inf),
        ),
        Mistake(
            "les distances aux k voisins sont toutes rendues : seule celle du k-ième sert.",
            _among(lambda d, k: d[:, 1 : k + 1]),
        ),
        Mistake(
            "c'est la distance au centre du nuage, et non à un voisin.",
            lambda points, k: (points - points.mean(dim=0)).norm(dim=1),
        ),
    ),
    verified=(
        "un rayon par point, et aucun point n'est son propre voisin",
        "égale à la recherche de voisins de SciPy, pour k = 1, 2 et 3",
    ),
)
