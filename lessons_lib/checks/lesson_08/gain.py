"""Leçon 08 : un gain mesuré sur plusieurs graines, et son erreur type. Référence : SciPy."""

from collections.abc import Callable

import scipy.stats
import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake, two_numbers


def measure_gain(function: Callable, without: Tensor, augmented: Tensor) -> Tensor:
    """Les deux nombres rendus, dans un tenseur (2,)."""
    return two_numbers(function(without, augmented))


def reference_gain(without: Tensor, augmented: Tensor) -> Tensor:
    """La moyenne des différences, et leur erreur type."""
    differences = (augmented.double() - without.double()).numpy()
    return torch.tensor([differences.mean(), scipy.stats.sem(differences)])


def _gain_cases() -> tuple[Case, ...]:
    t, random = torch.tensor, torch.Generator().manual_seed(8)
    before = 0.5 + 0.3 * torch.rand(6, generator=random)
    after = before + 0.04 + 0.05 * torch.randn(6, generator=random)
    return (
        Case("trois graines, qui gagnent chacune 0,1", (t([0.5, 0.7, 0.6]), t([0.6, 0.8, 0.7]))),
        Case("deux graines : l'une gagne 0,1, l'autre 0,3", (t([0.5, 0.5]), t([0.6, 0.8]))),
        Case("quatre graines, dont deux perdent", (t([0.8, 0.5, 0.6, 0.7]), t([0.7, 0.9, 0.5, 0.8]))),
        Case("six graines", (before, after)),
    )


def _paired(spread: Callable[[Tensor], Tensor], centre: Callable[[Tensor], Tensor] = torch.mean) -> Callable:
    """Une réponse fausse : ce qu'elle tire des différences par graine."""
    return lambda before, after: (centre(after - before), spread(after - before))


def _error(d: Tensor, correction: int = 1) -> Tensor:
    return d.std(correction=correction) / len(d) ** 0.5


def _relative(before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
    return _paired(_error)(torch.zeros_like(before), (after - before) / before)


GAIN = Exercise(
    signature="gain(without, augmented)",
    cases=_gain_cases(),
    reference=reference_gain,
    measure=measure_gain,
    returns="un couple de nombres",
    mistakes=(
        Mistake(
            "l'erreur est celle de deux groupes indépendants : la chance des graines y compte, les paires l'effacent.",
            lambda a, b: (b.mean() - a.mean(), (a.var() / len(a) + b.var() / len(b)) ** 0.5),
        ),
        Mistake("c'est l'écart type des différences : la moyenne de plusieurs graines est plus sûre qu'une seule.",
                _paired(torch.std)),
        Mistake("l'écart type est divisé par le nombre de graines, et non par sa racine.",
                _paired(lambda d: d.std() / len(d))),
        Mistake("l'écart type divise par N : avec si peu de graines, il est trop petit. Il faut N − 1.",
                _paired(lambda d: _error(d, 0))),
        Mistake("l'écart type est divisé deux fois pour N − 1 : une fois suffit.",
                _paired(lambda d: d.std() / (len(d) - 1) ** 0.5)),
        Mistake("c'est une variance : il manque une racine.", _paired(lambda d: d.var() / len(d))),
        Mistake("le gain est rapporté à l'exactitude de départ : un écart en points est demandé.", _relative),
        Mistake("le signe est changé : un gain est positif quand l'augmentation aide.",
                lambda a, b: _paired(_error)(b, a)),
        Mistake("les deux nombres sont échangés : l'écart moyen d'abord, son erreur ensuite.",
                lambda a, b: _paired(_error)(a, b)[::-1]),
        Mistake("les valeurs absolues font d'une perte un gain.",
                lambda a, b: _paired(_error)(0 * a, (b - a).abs())),
        Mistake("les exactitudes sont triées : les paires de même graine sont défaites.",
                lambda a, b: _paired(_error)(a.sort().values, b.sort().values)),
        Mistake("l'erreur est celle des exactitudes augmentées seules : il faut celle des différences.",
                lambda a, b: (b.mean() - a.mean(), _error(b))),
        Mistake("l'erreur est doublée, comme pour un intervalle : une erreur type est demandée.",
                _paired(lambda d: 1.96 * _error(d))),
        Mistake("c'est le gain de la meilleure graine : un écart moyen est demandé.", _paired(_error, torch.max)),
        Mistake("les gains sont additionnés : il manque la division par leur nombre.", _paired(_error, torch.sum)),
    ),
    verified=(
        "l'écart moyen, graine par graine",
        "son erreur type, avec N − 1 et une racine de N",
        "des graines inégales mais des gains égaux : une erreur nulle",
    ),
)  # fmt: skip
