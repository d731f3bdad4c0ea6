"""Ce qu'est un exercice, et comment une réponse y est examinée.

Une erreur connue est elle-même une fonction, fausse d'une façon précise. La réponse qui se comporte
comme elle dans tous les essais commet cette erreur : le diagnostic ne lit jamais le code écrit.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

WHOLE = 8
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}
RANDOM = "deux appels avec les mêmes arguments diffèrent : le hasard doit venir des arguments."


@dataclass(frozen=True)
class Case:
    """Un essai : ce que l'on essaie, en français, et les tenseurs donnés à la fonction."""

    said: str
    arguments: tuple[Tensor, ...]


@dataclass(frozen=True)
class Mistake:
    """Une erreur connue : la phrase qui la nomme et une fonction qui la commet."""

    diagnosis: str
    wrong: Callable[..., Tensor]


@dataclass(frozen=True)
class Exercise:
    """Un exercice : sa signature, ses essais, une référence indépendante, ses erreurs connues.

    `verified` : ce qu'une réponse juste a démontré, affiché après « ✔ ». `differentiable` : les numéros des
    arguments que le gradient doit atteindre. `measure(function, *arguments)` : ce que l'on compare à la référence
    quand ce n'est pas ce que la fonction rend, par exemple une propriété d'un tirage.
    """

    signature: str
    cases: tuple[Case, ...]
    reference: Callable[..., Tensor]
    mistakes: tuple[Mistake, ...]
    verified: tuple[str, ...]
    differentiable: tuple[int, ...]
    measure: Callable[..., Tensor] | None = None

    def run(self, function: Callable, case: Case) -> Tensor:
        """Ce que la fonction rend dans cet essai, ou ce que l'on en mesure ; les arguments sont des copies."""
        arguments = [a.clone() for a in case.arguments]
        return function(*arguments) if self.measure is None else self.measure(function, *arguments)


class CheckFailed(AssertionError):
    """Une réponse fausse. Dans un notebook, seul son message s'affiche, sans trace d'appels."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


def examine(exercise: Exercise, function: Callable[..., Tensor]) -> str:
    """Le texte d'une réussite ; lève `CheckFailed` sinon, et laisse passer `NotImplementedError`."""
    for number, case in enumerate(exercise.cases):
        result = _call(exercise, function, case)
        if not agree(result, exercise.reference(*case.arguments)):
            again = [_attempt(exercise, function, case) for case in exercise.cases]
            steady = again[number] is not None and agree(result, again[number])
            raise CheckFailed(_report(exercise, case, result, diagnose(exercise, again) if steady else RANDOM))
    cut = _cut_gradients(exercise, function)
    if cut:
        raise CheckFailed(
            f"✘ {exercise.signature}\n   Les valeurs sont justes, mais le gradient n'atteint pas {cut}. "
            "Restez en opérations de torch, sans `.item()`, `.detach()`, `torch.tensor(…)` ni NumPy."
        )
    return "\n".join([f"✔ {exercise.signature}", *(f"   · {fact}" for fact in exercise.verified)])


def agree(result: Tensor, expected: Tensor) -> bool:
    """Vrai si forme, nature (uint8, réels) et, aux arrondis près, valeurs sont égales."""
    if result.shape != expected.shape or not _same_kind(result, expected):
        return False
    return torch.allclose(result.double(), expected.double(), **TOLERANCE)


def _same_kind(a: Tensor, b: Tensor) -> bool:
    return a.dtype == b.dtype or (a.is_floating_point() and b.is_floating_point())


def diagnose(exercise: Exercise, results: list[Tensor | None]) -> str | None:
    """La phrase de la première erreur connue qui donne ces résultats, essai par essai ; None si aucune."""
    for mistake in exercise.mistakes:
        pairs = zip(results, exercise.cases, strict=True)
        if all(r is not None and agree(r, exercise.run(mistake.wrong, case)) for r, case in pairs):
            return mistake.diagnosis
    return None


def _call(exercise: Exercise, function: Callable, case: Case) -> Tensor:
    opening = f"✘ {exercise.signature}\n   essayé  : {case.said}\n"
    try:
        result = exercise.run(function, case)
    except NotImplementedError:
        raise
    except Exception as error:
        stop = f"   La fonction s'est arrêtée sur {type(error).__name__} : {error}"
        raise CheckFailed(opening + stop + _place(function, error)) from None
    if result is None:
        raise CheckFailed(f"{opening}   obtenu  : rien ; il manque `return`.")
    if not isinstance(result, Tensor):
        raise CheckFailed(f"{opening}   obtenu  : {type(result).__name__} ; un tenseur est attendu.")
    return result


def _cut_gradients(exercise: Exercise, function: Callable) -> str:
    if not exercise.differentiable:
        return ""
    leaves = [a.clone().requires_grad_() for a in exercise.cases[-1].arguments]
    result = function(*(leaf.clone() for leaf in leaves))
    wanted = [leaves[i] for i in exercise.differentiable]
    names = exercise.signature.partition("(")[2].rstrip(")").split(", ")
    if not result.requires_grad:
        return " ni ".join(names[i] for i in exercise.differentiable)
    gradients = torch.autograd.grad(result.sum(), wanted, allow_unused=True)
    missing = [i for i, g in zip(exercise.differentiable, gradients, strict=True) if g is None]
    return " ni ".join(names[i] for i in missing)


def _attempt(exercise: Exercise, function: Callable, case: Case) -> Tensor | None:
    try:
        result = exercise.run(function, case)
    except Exception:
        return None
    return result if isinstance(result, Tensor) else None


def _place(function: Callable, error: Exception) -> str:
    code = getattr(function, "__code__", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    return f"\n   à la ligne : {frames[-1].line}" if frames and frames[-1].line else ""


def _report(exercise: Exercise, case: Case, result: Tensor, diagnosis: str | None) -> str:
    wanted, got = _describe(exercise.reference(*case.arguments), result)
    lines = [f"✘ {exercise.signature}", f"   essayé  : {case.said}"]
    lines += [f"   attendu : {wanted}", f"   obtenu  : {got}"]
    return "\n".join(lines + [f"   Erreur reconnue : {diagnosis}"] * bool(diagnosis))


def _describe(expected: Tensor, result: Tensor) -> tuple[str, str]:
    if expected.shape != result.shape:
        return (
            f"un tenseur de forme {tuple(expected.shape)}",
            f"un tenseur de forme {tuple(result.shape)}",
        )
    if not _same_kind(expected, result):
        return f"des {expected.dtype}", f"des {result.dtype}"
    if expected.numel() <= WHOLE:
        return _numbers(expected), _numbers(result)
    close = torch.isclose(result.double(), expected.double(), **TOLERANCE)
    index = tuple((~close).nonzero()[0].tolist())
    place = f"à l'indice {list(index)}"
    return f"{_numbers(expected[index])} {place}", f"{_numbers(result[index])} {place}"


def _numbers(values: Tensor) -> str:
    if values.dim() == 0:
        return f"{values.item():.4g}" if values.is_floating_point() else str(values.item())
    return "[" + ", ".join(_numbers(v) for v in values) + "]"
