"""Ce qu'est un exercice de programmation, et comment une réponse y est examinée.

Une erreur connue est elle-même une fonction, fausse d'une façon précise. La réponse qui se comporte
comme elle dans tous les essais commet cette erreur : le diagnostic ne lit jamais le code écrit.
"""

import copy
import numbers
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lessons_lib.checks.report import RECOGNISED, Report, is_gap, refusal, stopped

WHOLE = 8
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5, "equal_nan": True}
RANDOM = "deux appels avec les mêmes arguments diffèrent : le hasard doit venir des arguments."
NOT_A_NUMBER = "un calcul n'a pas de valeur : 0 / 0, logarithme ou racine d'un nombre négatif, infini moins infini."
CUT = "Restez en opérations de torch, sans `.item()`, `.detach()`, `torch.tensor(…)` ni NumPy."
NOT_FINITE = (
    "n'est pas fini : un seul pas perdrait tous les poids. Cherchez un infini dans un calcul intermédiaire, même dans "
    "la branche que `torch.where` écarte."
)


@dataclass(frozen=True)
class Case:
    """Un essai : ce que l'on essaie, en français, et les arguments donnés à la fonction."""

    said: str
    arguments: tuple


@dataclass(frozen=True)
class Mistake:
    """Une erreur connue : la phrase qui la nomme et une fonction qui la commet."""

    diagnosis: str
    wrong: Callable


class Unexpected(Exception):
    """La fonction rend autre chose que ce qu'un exercice attend ; le message dit quoi."""


def two_numbers(result: object) -> Tensor | None:
    """Les deux nombres rendus, en un tenseur (2,) ; None si rien n'est rendu. Lève `Unexpected` comme `pair`."""
    found = pair(result)
    return None if found is None else torch.stack([torch.as_tensor(value).double() for value in found])


def pair(result: object) -> tuple | None:
    """Les deux valeurs rendues, même dans un tenseur ou un tableau (2,) ; None si rien n'est rendu.

    Lève `Unexpected` pour tout le reste.
    """
    if isinstance(result, tuple | list) and len(result) != 2:
        raise Unexpected(f"une suite de longueur {len(result)}")
    if isinstance(result, tuple | list) or getattr(result, "shape", None) == (2,):
        return tuple(result)
    if result is None:
        return None
    raise Unexpected(type(result).__name__)


@dataclass(frozen=True)
class Exercise:
    """Un exercice : sa signature, ses essais, une référence indépendante, ses erreurs connues.

    `verified` : ce qu'une réponse juste a démontré, affiché après « ✔ ». `differentiable` : les numéros des
    arguments que le gradient doit atteindre, toujours fini ; sans eux, un nombre ou un tableau NumPy vaut un tenseur.
    `measure(function, *arguments)` : ce que l'on compare à la référence quand ce n'est pas ce que la fonction rend,
    par exemple une propriété d'un tirage. `returns` : ce que la fonction doit rendre, au masculin, si elle rend autre
    chose qu'un tenseur.
    """

    signature: str
    cases: tuple[Case, ...]
    reference: Callable[..., Tensor]
    mistakes: tuple[Mistake, ...]
    verified: tuple[str, ...]
    differentiable: tuple[int, ...] = ()
    measure: Callable[..., Tensor] | None = None
    returns: str = "un tenseur"

    def run(self, function: Callable, case: Case) -> Tensor:
        """Ce que la fonction rend dans cet essai, ou ce que l'on en mesure ; les arguments sont des copies."""
        arguments = [a.clone() if hasattr(a, "clone") else copy.deepcopy(a) for a in case.arguments]
        result = function(*arguments) if self.measure is None else self.measure(function, *arguments)
        loose = not self.differentiable and isinstance(result, numbers.Number | np.ndarray)
        return torch.as_tensor(result) if loose else result

    def examine(self, function: Callable, trying: Callable[[str], None] = lambda said: None) -> Report:
        """Le rapport d'une réussite ; lève `CheckFailed` sinon, et laisse passer `NotImplementedError`.

        `trying` reçoit chaque essai avant qu'il ne commence.
        """
        for number, case in enumerate(self.cases):
            trying(case.said)
            result = _call(self, function, case)
            if not agree(result, self.reference(*case.arguments)):
                again = [_attempt(self, function, case) for case in self.cases]
                steady = again[number] is not None and agree(result, again[number])
                raise _refusal(self, case, result, diagnose(self, again) if steady else RANDOM)
        spoilt = _spoilt_gradients(self, function)
        if spoilt:
            raise refusal(self.signature, *spoilt)
        return Report(self.signature, passed=True, facts=self.verified)


def agree(result: Tensor, expected: Tensor) -> bool:
    """Vrai si forme, nature (uint8, réels) et, aux arrondis près, valeurs sont égales."""
    if result.shape != expected.shape or not _same_kind(result, expected):
        return False
    return torch.allclose(_numbers_of(result), _numbers_of(expected), **TOLERANCE)


def _numbers_of(values: Tensor) -> Tensor:
    """Les valeurs en double précision, sur le processeur, d'où qu'elles viennent."""
    return values.detach().to("cpu", torch.float64)


def _same_kind(a: Tensor, b: Tensor) -> bool:
    return a.dtype == b.dtype or (_is_number(a) and (b.is_floating_point() or b.dtype == torch.int64))


def _is_number(values: Tensor) -> bool:
    """Vrai pour des réels et des entiers ordinaires ; faux pour des pixels, des booléens, des complexes."""
    return values.is_floating_point() or values.dtype in (torch.int64, torch.int32, torch.int16)


def diagnose(exercise: Exercise, results: list[Tensor | None]) -> str | None:
    """La phrase de la première erreur connue qui donne ces résultats, essai par essai ; None si aucune."""
    for mistake in exercise.mistakes:
        pairs = zip(results, exercise.cases, strict=True)
        if all(r is not None and agree(r, exercise.run(mistake.wrong, case)) for r, case in pairs):
            return mistake.diagnosis
    return None


def _call(exercise: Exercise, function: Callable, case: Case) -> Tensor:
    tried = ("essayé", case.said)
    try:
        result = exercise.run(function, case)
    except Unexpected as other:
        raise refusal(exercise.signature, tried, ("obtenu", f"{other} ; {exercise.returns} est attendu.")) from None
    except (Exception, SystemExit) as error:
        if is_gap(error):
            raise
        raise refusal(exercise.signature, tried, *stopped(function, error)) from None
    if result is None:
        raise refusal(exercise.signature, tried, ("obtenu", "rien ; il manque `return`."))
    if not isinstance(result, Tensor) or result.is_meta:
        kind = "un tenseur sans valeurs" if isinstance(result, Tensor) else type(result).__name__
        raise refusal(exercise.signature, tried, ("obtenu", f"{kind} ; {exercise.returns} est attendu."))
    return result


def _spoilt_gradients(exercise: Exercise, function: Callable) -> list[tuple[str, str]]:
    """Les lignes d'un refus si le gradient d'un essai n'est pas fini, ou si celui du dernier n'atteint pas tout."""
    if not exercise.differentiable:
        return []
    names = exercise.signature.partition("(")[2].rstrip(")").split(", ")
    wanted = [names[i] for i in exercise.differentiable]
    for case in exercise.cases:
        try:
            gradients = dict(zip(wanted, _gradients(exercise, function, case), strict=True))
        except Exception as error:
            blocked = f"Les valeurs sont justes, mais le gradient ne peut pas les traverser ({type(error).__name__})."
            return [("", f"{blocked} {CUT}")]
        wild = [name for name, gradient in gradients.items() if gradient is not None and not gradient.isfinite().all()]
        if wild:
            said = f"Les valeurs sont justes, mais leur gradient par rapport à {' et à '.join(wild)} {NOT_FINITE}"
            return [("essayé", case.said), ("", said)]
    missing = " ni ".join(name for name, gradient in gradients.items() if gradient is None)
    return [("", f"Les valeurs sont justes, mais le gradient n'atteint pas {missing}. {CUT}")] if missing else []


def _gradients(exercise: Exercise, function: Callable, case: Case) -> list[Tensor | None]:
    """Le gradient de la somme du résultat, pour chaque argument qu'il doit atteindre ; None s'il ne l'atteint pas."""
    leaves = [a.clone().requires_grad_() if isinstance(a, Tensor) else a for a in case.arguments]
    result = function(*(a.clone() if isinstance(a, Tensor) else a for a in leaves))
    if not result.requires_grad:
        return [None] * len(exercise.differentiable)
    return torch.autograd.grad(result.sum(), [leaves[i] for i in exercise.differentiable], allow_unused=True)


def _attempt(exercise: Exercise, function: Callable, case: Case) -> Tensor | None:
    try:
        result = exercise.run(function, case)
    except (Exception, SystemExit):
        return None
    return result if isinstance(result, Tensor) else None


def _refusal(exercise: Exercise, case: Case, result: Tensor, diagnosis: str | None) -> Exception:
    expected = exercise.reference(*case.arguments)
    wanted, got = _describe(expected, result)
    rows = [("essayé", case.said), ("attendu", wanted), ("obtenu", got)]
    if diagnosis:
        rows.append((RECOGNISED, diagnosis))
    elif _numbers_of(result).isnan().any() and not _numbers_of(expected).isnan().any():
        rows.append(("", NOT_A_NUMBER))
    return refusal(exercise.signature, *rows)


def _describe(expected: Tensor, result: Tensor) -> tuple[str, str]:
    if expected.shape != result.shape:
        return f"un tenseur de forme {tuple(expected.shape)}", f"un tenseur de forme {tuple(result.shape)}"
    if not _same_kind(result, expected):
        return f"des {expected.dtype}", f"des {result.dtype}"
    if expected.numel() <= WHOLE:
        return _numbers(expected), _numbers(result)
    close = torch.isclose(_numbers_of(result), _numbers_of(expected), **TOLERANCE)
    index = tuple((~close).nonzero()[0].tolist())
    place = f"à l'indice {list(index)}"
    return f"{_numbers(expected[index])} {place}", f"{_numbers(result[index])} {place}"


def _numbers(values: Tensor) -> str:
    if values.dim() == 0:
        return f"{values.item():.4g}" if values.is_floating_point() else str(values.item())
    return "[" + ", ".join(_numbers(v) for v in values) + "]"
