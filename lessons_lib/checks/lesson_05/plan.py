"""Leçon 05 : ce que coûte un plan de transport, comparé à SciPy et à NumPy."""

import numpy as np
import torch
from scipy.spatial.distance import cdist
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_cost(plan: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """La somme des masses fois les trajets : les distances par SciPy, la contraction par NumPy."""
    trips = cdist(x.numpy()[:, None], y.numpy()[:, None])
    return torch.tensor(np.tensordot(plan.numpy().astype(float), trips))


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(5)
    plan = torch.rand(4, 4, generator=generator)
    x, y = 5 * torch.randn(2, 4, generator=generator)
    return (
        Case("toute la masse va de 1 à 4", (torch.ones(1, 1), torch.tensor([1.0]), torch.tensor([4.0]))),
        Case(
            "une moitié de 0 à 1, un quart de 10 à 1, un quart de 10 à 4",
            (torch.tensor([[0.5, 0.0], [0.25, 0.25]]), torch.tensor([0.0, 10.0]), torch.tensor([1.0, 4.0])),
        ),
        Case(
            "trois briques d'un tiers : de 0 à 2, de 1 à 1, de 2 à 0",
            (torch.eye(3) / 3, torch.tensor([0.0, 1.0, 2.0]), torch.tensor([2.0, 1.0, 0.0])),
        ),
        Case("un plan quelconque entre quatre déblais et quatre remblais", (plan / plan.sum(), x, y)),
    )


PLAN_COST = Exercise(
    signature="transport_cost(plan, x, y)",
    cases=_cases(),
    reference=reference_cost,
    mistakes=(
        Mistake(
            "les distances sont mises au carré : un trajet deux fois plus long coûterait quatre fois plus.",
            lambda plan, x, y: (plan * _trips(x, y).square()).sum(),
        ),
        Mistake(
            "une racine de la moyenne des carrés : c'est le coût d'ordre 2, et non la longueur moyenne d'un trajet.",
            lambda plan, x, y: (plan * _trips(x, y).square()).sum().sqrt(),
        ),
        Mistake(
            "le plan n'est pas employé : toutes les distances sont additionnées, même là où rien ne passe.",
            lambda plan, x, y: _trips(x, y).sum(),
        ),
        Mistake(
            "le plan n'est pas employé : c'est la moyenne de toutes les distances, même là où rien ne passe.",
            lambda plan, x, y: _trips(x, y).mean(),
        ),
        Mistake(
            "une case pleine compte pour une brique entière ; un trajet doit compter selon la masse qui le fait.",
            lambda plan, x, y: ((plan > 0) * _trips(x, y)).sum(),
        ),
        Mistake(
            "une moyenne sur toutes les cases : les masses font déjà une moyenne, puisqu'elles totalisent 1.",
            lambda plan, x, y: (plan * _trips(x, y)).mean(),
        ),
        Mistake(
            "le total est divisé par le nombre de déblais : les masses totalisent déjà 1.",
            lambda plan, x, y: (plan * _trips(x, y)).sum() / len(x),
        ),
        Mistake(
            "le plan est lu à l'envers : une ligne est un déblai de x, une colonne un remblai de y.",
            lambda plan, x, y: (plan * _trips(y, x)).sum(),
        ),
        Mistake(
            "la distance n'est pas prise en valeur absolue : un trajet vers la droite en rembourse un vers la gauche.",
            lambda plan, x, y: (plan * (x[:, None] - y)).sum(),
        ),
        Mistake(
            "la distance n'est pas prise en valeur absolue : un trajet vers la gauche en rembourse un vers la droite.",
            lambda plan, x, y: (plan * (y - x[:, None])).sum(),
        ),
        Mistake(
            "la valeur absolue vient après le total : des trajets contraires se sont déjà effacés.",
            lambda plan, x, y: (plan * (x[:, None] - y)).sum().abs(),
        ),
        Mistake(
            "seule la diagonale du plan est lue : un déblai peut se partager entre plusieurs remblais.",
            lambda plan, x, y: (plan.diagonal() * (x - y).abs()).sum(),
        ),
        Mistake(
            "les masses d'une colonne multiplient un seul trajet : x et y se soustraient ici numéro à numéro.",
            lambda plan, x, y: (plan * (x - y).abs()).sum(),
        ),
        Mistake(
            "seul le plus long trajet est gardé ; tous comptent, chacun selon sa masse.",
            lambda plan, x, y: ((plan > 0) * _trips(x, y)).max(),
        ),
        Mistake(
            "un produit de matrices mêle les trajets ; chaque masse ne multiplie que la distance de sa propre case.",
            lambda plan, x, y: (plan @ _trips(x, y)).sum(),
        ),
        Mistake(
            "un coût par case est rendu ; il reste à les additionner.",
            lambda plan, x, y: plan * _trips(x, y),
        ),
        Mistake(
            "un coût par déblai est rendu ; il reste à additionner les déblais.",
            lambda plan, x, y: (plan * _trips(x, y)).sum(dim=1),
        ),
        Mistake(
            "un coût par remblai est rendu ; il reste à additionner les remblais.",
            lambda plan, x, y: (plan * _trips(x, y)).sum(dim=0),
        ),
    ),
    verified=(
        "une masse qui se partage paie chacun de ses trajets",
        "deux trajets contraires s'ajoutent, sans se rembourser",
        "égal à la contraction du plan et des distances par SciPy et NumPy",
    ),
)


def _trips(x: Tensor, y: Tensor) -> Tensor:
    return (x[:, None] - y).abs()
