"""Leçon 08 : la part de ce que la critique a appris par cœur. Référence : la bibliothèque `statistics`."""

import statistics
from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_overfit(known: Tensor, new: Tensor, fake: Tensor) -> Tensor:
    """(moyenne des apprises − moyenne des inconnues) / (moyenne des apprises − moyenne des fausses)."""
    a, b, c = (statistics.fmean(scores.double().tolist()) for scores in (known, new, fake))
    return torch.tensor((a - b) / (a - c), dtype=torch.float64)


def _overfit_cases() -> tuple[Case, ...]:
    random = torch.Generator().manual_seed(8)
    known, new, fake = (torch.randn(n, generator=random) + shift for n, shift in ((7, 3.0), (5, 1.2), (9, -1.0)))
    t = torch.tensor
    return (
        Case("apprises notées 4, inconnues 4, fausses 0", (t([4.0]), t([4.0]), t([0.0]))),
        Case("apprises notées 4, inconnues 0, fausses 0", (t([4.0, 4.0]), t([0.0, 0.0]), t([0.0, 0.0]))),
        Case("apprises notées 5, inconnues 4, fausses 1", (t([5.0, 5.0]), t([4.0, 4.0]), t([1.0, 1.0]))),
        Case("7 apprises, 5 inconnues, 9 fausses, aux notes dispersées", (known, new, fake)),
        Case("des notes toutes négatives", (known - 10, new - 10, fake - 10)),
        Case("des inconnues mieux notées que les apprises", (new, known, fake)),
    )


def _rate(combine: Callable[[Tensor, Tensor, Tensor], Tensor], reduce: Callable = torch.mean) -> Callable:
    """Une réponse fausse : ce qu'elle fait des trois résumés."""
    return lambda known, new, fake: combine(reduce(known), reduce(new), reduce(fake))


OVERFIT = Exercise(
    signature="overfit(known, new, fake)",
    cases=_overfit_cases(),
    reference=reference_overfit,
    mistakes=(
        Mistake("le rapport est inversé : l'écart des apprises aux fausses sert d'unité.",
                _rate(lambda a, b, c: (a - c) / (a - b))),
        Mistake("les notes sont additionnées : trois groupes de tailles différentes ne se comparent qu'en moyenne.",
                _rate(lambda a, b, c: (a - b) / (a - c), torch.sum)),
        Mistake("une valeur absolue fait passer des inconnues mieux notées que les apprises pour un surapprentissage.",
                _rate(lambda a, b, c: (a - b).abs() / (a - c))),
        Mistake("le signe est changé : une critique qui apprend par cœur doit donner un nombre positif.",
                _rate(lambda a, b, c: (b - a) / (a - c))),
        Mistake("c'est la part de ce qui n'est pas appris par cœur : le numérateur part des apprises.",
                _rate(lambda a, b, c: (b - c) / (a - c))),
        Mistake("l'écart qui sert d'unité part des inconnues : il doit partir des apprises.",
                _rate(lambda a, b, c: (a - b) / (b - c))),
        Mistake("l'écart n'est rapporté à rien : des notes n'ont pas d'échelle.",
                _rate(lambda a, b, c: a - b)),
        Mistake("l'écart est rapporté à la note des apprises : déplacer toutes les notes ne doit rien changer.",
                _rate(lambda a, b, c: (a - b) / a)),
        Mistake("c'est la médiane qui résume les notes, et non la moyenne.",
                _rate(lambda a, b, c: (a - b) / (a - c), torch.median)),
        Mistake("le résultat est coupé entre 0 et 1 : un nombre négatif dit aussi quelque chose.",
                _rate(lambda a, b, c: ((a - b) / (a - c)).clamp(0, 1))),
        Mistake("les apprises et les inconnues sont échangées.",
                _rate(lambda a, b, c: (b - a) / (b - c))),
        Mistake("le résultat est en pour cent : 1, et non 100, veut dire « tout par cœur ».",
                _rate(lambda a, b, c: 100 * (a - b) / (a - c))),
    ),
    verified=(
        "0 quand les inconnues sont notées comme les apprises, 1 quand elles le sont comme les fausses",
        "ni l'échelle des notes, ni leur place, ni la taille des groupes ne compte",
        "un nombre négatif reste négatif",
    ),
)  # fmt: skip
