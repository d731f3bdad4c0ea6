"""Leçon 07 : les images suspectes, comparées à une recherche de voisins de SciPy."""

from collections.abc import Callable

import torch
from scipy.spatial import KDTree
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake
from lessons_lib.checks.lesson_07.balls import distances, sorted_distances


def reference_suspects(fake: Tensor, train: Tensor, held_out: Tensor) -> Tensor:
    """Vrai sous la distance que 95 % des vraies inconnues dépassent, par scipy.spatial.KDTree."""
    tree = KDTree(train.numpy())
    limit = torch.tensor(tree.query(held_out.numpy())[0]).quantile(0.05)
    return torch.tensor(tree.query(fake.numpy())[0]) < limit


def _suspects_cases() -> tuple[Case, ...]:
    """Aucune fausse image n'est là où deux définitions du quantile se contrediraient."""
    angles = torch.arange(101, dtype=torch.float64)
    ring = torch.stack([angles.cos(), angles.sin()], dim=1)
    origin = torch.zeros((1, 2), dtype=torch.float64)
    held_out = ring * (1 + angles / 10)[:, None]  # à 1,0, 1,1… jusqu'à 11 du seul point appris
    simple = torch.tensor([[0.2, 0.0], [0.0, 1.25], [3.0, 0.0], [0.0, 8.0]], dtype=torch.float64)
    draws = torch.Generator().manual_seed(7)
    train, unknown, other = (torch.randn((n, 3), generator=draws, dtype=torch.float64) for n in (40, 101, 60))
    copies = train[:30] + 0.12 * torch.randn((30, 3), generator=draws, dtype=torch.float64)
    fake = torch.cat([copies, other])
    apart, known = (_nearest(part, train) for part in (fake, unknown))
    low, high = known.sort().values[[3, 7]]
    fake = fake[(apart < low) | (apart > high)]
    return (
        Case(
            "une image apprise en (0, 0) ; 101 inconnues à 1,0, 1,1… 11 d'elle ; fausses à 0,2, 1,25, 3 et 8",
            (simple, origin, held_out),
        ),
        Case("40 images apprises, 101 inconnues, des copies et des images neuves mêlées", (fake, train, unknown)),
        Case("les mêmes, sans aucune copie", (fake[-40:], train, unknown)),
    )


def _nearest(a: Tensor, b: Tensor) -> Tensor:
    return distances(a, b).amin(dim=1)


def _others(a: Tensor) -> Tensor:
    """La distance de chaque point au plus proche des autres ; nulle s'il est seul."""
    return sorted_distances(a)[:, min(1, len(a) - 1)]


def _below(
    own: Callable = lambda fake, train, held_out: _nearest(fake, train),
    limit: Callable = lambda fake, train, held_out: _nearest(held_out, train).quantile(0.05),
) -> Callable:
    """Une réponse fausse : les distances qu'elle compare, et son seuil."""
    return lambda *points: own(*points) < limit(*points)


def _limit_by(reduce: Callable[[Tensor], Tensor]) -> Callable:
    return _below(limit=lambda fake, train, held_out: reduce(_nearest(held_out, train)))


def _all_by(reduce: Callable[[Tensor], Tensor]) -> Callable:
    """La même distance, autre que la plus petite, pour les fausses et pour les inconnues."""
    return _below(
        lambda fake, train, held_out: reduce(distances(fake, train)),
        lambda fake, train, held_out: reduce(distances(held_out, train)).quantile(0.05),
    )


RIGHT_ONE = _below()

SUSPECTS = Exercise(
    signature="suspects(fake, train, held_out)",
    cases=_suspects_cases(),
    reference=reference_suspects,
    mistakes=(
        Mistake(
            "le seuil est pris sur les fausses images : il y aurait toujours 5 % de suspectes, même sans copie.",
            _below(limit=lambda fake, train, held_out: _nearest(fake, train).quantile(0.05)),
        ),
        Mistake(
            "le seuil est à l'autre bout : presque toutes les vraies inconnues seraient suspectes.",
            _limit_by(lambda d: d.quantile(0.95)),
        ),
        Mistake("le seuil est la médiane : la moitié des vraies inconnues serait suspecte.", _limit_by(torch.median)),
        Mistake(
            "le seuil est la moyenne : la moitié des vraies inconnues, à peu près, serait suspecte.",
            _limit_by(torch.mean),
        ),
        Mistake(
            "le seuil est la plus petite distance des vraies inconnues : aucune n'a le droit de le franchir.",
            _limit_by(torch.min),
        ),
        Mistake(
            "c'est la distance moyenne aux images apprises : une copie n'est proche que d'une seule.",
            _all_by(lambda d: d.mean(dim=1)),
        ),
        Mistake(
            "c'est la distance moyenne pour les fausses, et la plus petite pour les inconnues.",
            _below(lambda fake, train, held_out: distances(fake, train).mean(dim=1)),
        ),
        Mistake("c'est la distance à l'image apprise la plus éloignée.", _all_by(lambda d: d.amax(dim=1))),
        Mistake(
            "le sens est renversé : ce sont les images éloignées qui sont marquées.",
            lambda *points: ~RIGHT_ONE(*points),
        ),
        Mistake(
            "les fausses sont comparées aux inconnues : on ne copie que ce que l'on a appris.",
            _below(lambda fake, train, held_out: _nearest(fake, held_out)),
        ),
        Mistake(
            "le seuil vient des inconnues entre elles : il faut leur distance aux images apprises.",
            _below(limit=lambda fake, train, held_out: _others(held_out).quantile(0.05)),
        ),
        Mistake(
            "le seuil vient des images apprises entre elles : il faut de vraies images inconnues.",
            _below(limit=lambda fake, train, held_out: _others(train).quantile(0.05)),
        ),
        Mistake(
            "le minimum porte sur le mauvais côté : il faut une distance par fausse image, et non par image apprise.",
            lambda fake, train, held_out: distances(fake, train).amin(dim=0) < _nearest(held_out, train).quantile(0.05),
        ),
        Mistake(
            "c'est le nombre des suspectes : rendez un booléen par image.",
            lambda *points: RIGHT_ONE(*points).sum(),
        ),
        Mistake(
            "c'est la part des suspectes : rendez un booléen par image.",
            lambda *points: RIGHT_ONE(*points).double().mean(),
        ),
        Mistake(
            "ce sont les numéros des suspectes : rendez un booléen par image.",
            lambda *points: RIGHT_ONE(*points).nonzero().flatten(),
        ),
        Mistake(
            "ce sont les distances, et non le verdict : il reste à les comparer au seuil.",
            lambda fake, train, held_out: _nearest(fake, train),
        ),
    ),
    verified=(
        "chaque fausse image est comparée à la plus proche des images apprises",
        "le seuil vient de vraies images inconnues, dont 5 % au plus le franchissent",
    ),
)
