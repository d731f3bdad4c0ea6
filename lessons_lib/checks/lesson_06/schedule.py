"""Leçon 06 : le calendrier des pas critiques."""

import operator
from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake

COUNTS, INTEGERS = torch.tensor(0), torch.tensor(1)


def measure_schedule(function: Callable, indices: Tensor, total: Tensor, what: Tensor) -> Tensor:
    """Le nombre de pas critiques à chacun de ces pas, ou vrai si `range` les accepte tous."""
    counts = [function(int(index), int(total)) for index in indices]
    if any(count is None for count in counts):
        return None
    if what == INTEGERS:
        return torch.tensor(all(_is_integer(count) for count in counts))
    return torch.tensor([float(count) for count in counts])


def _is_integer(count: object) -> bool:
    try:
        operator.index(count)
    except TypeError:
        return False
    return True


def reference_schedule(indices: Tensor, total: Tensor, what: Tensor) -> Tensor:
    """5 dans la première moitié, 10 dans la seconde ; des entiers."""
    return torch.tensor(True) if what == INTEGERS else torch.where(2 * indices >= total, 10.0, 5.0)


SCHEDULE = Exercise(
    signature="critic_steps(index, total)",
    cases=(
        Case("aux pas 0, 1, 98 et 99, sur 100", (torch.tensor([0, 1, 98, 99]), torch.tensor(100), COUNTS)),
        Case("aux pas 49, 50 et 51, sur 100", (torch.tensor([49, 50, 51]), torch.tensor(100), COUNTS)),
        Case("aux pas 0 à 6, sur 7", (torch.arange(7), torch.tensor(7), COUNTS)),
        Case("les nombres rendus sont-ils des entiers ?", (torch.arange(7), torch.tensor(7), INTEGERS)),
    ),
    reference=reference_schedule,
    measure=measure_schedule,
    mistakes=(
        Mistake("le nombre ne change jamais : il doit doubler à la moitié.", lambda index, total: 5),
        Mistake("le nombre vaut 10 dès le début.", lambda index, total: 10),
        Mistake(
            "les nombres sont bons, mais ce sont des réels : `range` veut un entier.",
            lambda index, total: 5.0 * (1 + (2 * index >= total)),
        ),
        Mistake(
            "les deux moitiés sont échangées.",
            lambda index, total: 5 * (1 + (2 * index < total)),
        ),
        Mistake(
            "le changement vient un pas trop tard : à la moitié, on est déjà à 10.",
            lambda index, total: 5 * (1 + (2 * index > total)),
        ),
        Mistake(
            "le numéro du pas est comparé à un demi : il faut la part de l'entraînement.",
            lambda index, total: 5 * (1 + (index >= 0.5)),
        ),
        Mistake(
            "le nombre croît peu à peu ; il doit doubler d'un coup.",
            lambda index, total: 5 + 5 * index / total,
        ),
        Mistake(
            "le nombre est divisé par deux à la moitié ; il doit doubler.",
            lambda index, total: 5 / (1 + (2 * index >= total)),
        ),
    ),
    verified=(
        "5 pas critiques dans la première moitié, 10 dans la seconde",
        "le changement tombe au bon pas, pour un total pair ou impair",
    ),
)
