"""Leçon 07 : la droite en 1/N et son ordonnée à l'origine, comparées à NumPy."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_infinity(sizes: Tensor, values: Tensor) -> Tensor:
    """La valeur en 0 de la droite des moindres carrés en 1/N, par numpy.polyfit."""
    return torch.tensor(np.polyfit(1 / sizes.numpy(), values.numpy(), 1)[1])


def _infinity_cases() -> tuple[Case, ...]:
    def pair(sizes: list, values: list) -> tuple[Tensor, Tensor]:
        return torch.tensor(sizes, dtype=torch.float64), torch.tensor(values, dtype=torch.float64)

    return (
        Case("12 pour 10 images, 7 pour 20 images", pair([10, 20], [12, 7])),
        Case("deux valeurs égales : 3 pour 50 images, 3 pour 100", pair([50, 100], [3, 3])),
        Case(
            "quatre tailles, de 100 à 400, presque sur une droite en 1/N", pair([100, 150, 200, 400], [25, 18, 16, 9])
        ),
        Case("cinq tailles, dans le désordre", pair([200, 50, 400, 25, 100], [9.0, 20.5, 6.0, 39.0, 11.0])),
    )


def _line(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """L'ordonnée à l'origine et la pente de la droite des moindres carrés."""
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return y.mean() - slope * x.mean(), slope


def _by(place: Callable[[Tensor], Tensor], part: int = 0) -> Callable:
    return lambda sizes, values: _line(place(sizes), values)[part]


def _two(order: Callable[[Tensor], Tensor]) -> Callable:
    """La droite par deux points seulement."""

    def answer(sizes: Tensor, values: Tensor) -> Tensor:
        rows = order(sizes)
        return _line(1 / sizes[rows], values[rows])[0]

    return answer


def _axes_exchanged(sizes: Tensor, values: Tensor) -> Tensor:
    origin, slope = _line(values, 1 / sizes)
    return -origin / slope if slope else values.mean()


INFINITY = Exercise(
    signature="at_infinity(sizes, values)",
    cases=_infinity_cases(),
    reference=reference_infinity,
    mistakes=(
        Mistake(
            "la droite est tracée contre N : son origine est à zéro image, et non à une infinité.",
            _by(lambda n: n),
        ),
        Mistake("c'est la pente qui est rendue : elle dit la force du biais.", _by(lambda n: 1 / n, part=1)),
        Mistake("c'est la pente d'une droite contre N : deux fautes.", _by(lambda n: n, part=1)),
        Mistake("la droite est tracée contre la racine de 1/N : le biais décroît plus vite.", _by(lambda n: n.rsqrt())),
        Mistake("la droite est tracée contre le carré de 1/N : le biais décroît moins vite.", _by(lambda n: n**-2)),
        Mistake(
            "la droite est tracée contre le logarithme de N : à l'infini, elle n'aurait pas de valeur.",
            _by(lambda n: n.log()),
        ),
        Mistake(
            "c'est la dernière valeur de la liste : elle porte encore son biais.", lambda sizes, values: values[-1]
        ),
        Mistake(
            "c'est la valeur de la plus grande taille : elle porte encore son biais.",
            lambda sizes, values: values[sizes.argmax()],
        ),
        Mistake(
            "c'est la moyenne des valeurs : le biais des petites tailles y reste.", lambda sizes, values: values.mean()
        ),
        Mistake(
            "la droite ne passe que par la plus petite et la plus grande taille : toutes les valeurs comptent.",
            _two(lambda n: torch.stack([n.argmin(), n.argmax()])),
        ),
        Mistake(
            "la droite ne passe que par les deux plus grandes tailles : toutes les valeurs comptent.",
            _two(lambda n: n.argsort()[-2:]),
        ),
        Mistake(
            "la droite ne passe que par le premier et le dernier point de la liste : toutes les valeurs comptent.",
            _two(lambda n: torch.tensor([0, len(n) - 1])),
        ),
        Mistake(
            "la droite est forcée de passer par zéro : son ordonnée à l'origine est justement ce que l'on cherche.",
            lambda sizes, values: (values / sizes).sum() / (sizes**-2.0).sum(),
        ),
        Mistake(
            "les axes sont échangés : c'est 1/N que vous expliquez par la distance, et non l'inverse.",
            _axes_exchanged,
        ),
    ),
    verified=(
        "2 pour 12 à dix images et 7 à vingt",
        "aucun biais quand la valeur ne dépend pas du nombre d'images",
        "égale à la droite de NumPy, quel que soit l'ordre des tailles",
    ),
)
