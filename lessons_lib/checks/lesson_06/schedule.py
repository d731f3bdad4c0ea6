"""Leçon 06 : le calendrier des pas critiques."""

from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def measure_schedule(function: Callable, indices: Tensor, total: Tensor) -> Tensor:
    """Le nombre de pas critiques à chacun de ces pas."""
    counts = [function(int(index), int(total)) for index in indices]
    return counts[0] if counts[0] is None else torch.tensor([float(count) for count in counts])


def reference_schedule(indices: Tensor, total: Tensor) -> Tensor:
    """5 dans la première moitié, 10 dans la seconde."""
    return torch.where(2 * indices >= total, 10.0, 5.0)


SCHEDULE = Exercise(
    signature="critic_steps(index, total)",
    differentiable=(),
    cases=(
        Case("aux pas 0, 1, 98 et 99, sur 100", (torch.tensor([0, 1, 98, 99]), torch.tensor(100))),
        Case("aux pas 49, 50 et 51, sur 100", (torch.tensor([49, 50, 51]), torch.tensor(100))),
        Case("aux pas 0 à 6, sur 7", (torch.arange(7), torch.tensor(7))),
    ),
    reference=reference_schedule,
    measure=measure_schedule,
    mistakes=(
        Mistake("le nombre ne change jamais : il doit doubler à la moitié.", lambda index, total: 5),
        Mistake("le nombre vaut 10 dès le début.", lambda index, total: 10),
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
