"""La correction d'une réponse de quiz : juste ou fausse, et pourquoi, sans montrer la bonne."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lessons_lib.widgets.quiz_questions import Item, Question

SIGNS = {True: "Juste.", False: "Ce n'est pas cela."}


@dataclass(frozen=True)
class Detail:
    """Une option ou une étape commentée. place : son rang parmi celles que l'on montre, à partir de 0.

    right : l'option est juste. chosen : elle était cochée (None pour une étape ou une réponse montrée). why :
    l'explication.
    """

    place: int
    right: bool
    chosen: bool | None
    why: str


@dataclass(frozen=True)
class Verdict:
    """Ce que le noyau répond. passed : vrai, faux, ou None si la réponse ne se lit pas (ce n'est pas un essai).

    summary : une phrase. why : l'explication qui la suit. details : les options ou les étapes commentées ; dans le bon
    ordre pour des étapes. revealed : la réponse a été montrée à la demande.
    """

    passed: bool | None
    summary: str
    why: str = ""
    details: tuple[Detail, ...] = ()
    revealed: bool = False


def grade(question: Question, answer: object) -> Verdict:
    """Corrige une réponse.

    answer : le rang de l'option (« choix »), les rangs des options cochées (« plusieurs »), un nombre ou son texte
    (« nombre »), les rangs des étapes dans l'ordre proposé (« ordre ») ; les rangs sont ceux de ``question.shown``,
    à partir de 0. Lève ValueError si la réponse n'est pas de la bonne sorte.
    """
    graders = {"choix": _choice, "plusieurs": _several, "nombre": _number, "ordre": _order}
    return graders[question.kind](question, answer)


def reveal(question: Question) -> Verdict:
    """La bonne réponse et toutes les explications, sans que la question soit réussie."""
    if question.kind == "nombre":
        unit = f" {question.unit}" if question.unit else ""
        return Verdict(False, f"La réponse est {decimal(question.answer)}{unit}.", question.why, revealed=True)
    if question.kind == "ordre":
        return Verdict(False, "Les étapes sont remises dans l'ordre.", question.why, _steps(question), revealed=True)
    return Verdict(False, "Les options justes sont marquées ✔.", "", _all_options(question, None), revealed=True)


def right_answer(question: Question) -> object:
    """La réponse que :func:`grade` accepte, dans la forme qu'elle attend."""
    shown = question.shown
    if question.kind == "nombre":
        return question.answer
    if question.kind == "ordre":
        return [shown.index(step) for step in question.items]
    right = [place for place, option in enumerate(shown) if option.right]
    return right[0] if question.kind == "choix" else right


def decimal(value: float) -> str:
    """Un nombre à la française : virgule, et vrai signe moins."""
    return f"{value:.10g}".replace(".", ",").replace("-", "−")


def parse(text: object, unit: str = "") -> float | None:
    """Le nombre qu'un texte écrit, avec une virgule ou un point, et l'unité ou non ; None si ce n'en est pas un."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text) if math.isfinite(text) else None
    if not isinstance(text, str):
        return None
    plain = text.strip()
    if unit and plain.casefold().endswith(unit.casefold()):
        plain = plain[: -len(unit)]
    plain = re.sub(r"\s", "", plain).replace("−", "-").replace(",", ".")
    return float(plain) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", plain, re.ASCII | re.I) else None


def _choice(question: Question, answer: object) -> Verdict:
    if answer is None:
        return Verdict(None, "Choisissez d'abord une option.")
    (place,) = _places(question, [answer])
    option = question.shown[place]
    details = _all_options(question, [place]) if option.right else (_detail(place, option, True),)
    return Verdict(option.right, SIGNS[option.right], details=details)


def _several(question: Question, answer: object) -> Verdict:
    chosen = _places(question, answer)
    if not chosen:
        return Verdict(None, "Cochez d'abord au moins une option.")
    shown = question.shown
    good = sum(option.right == (place in chosen) for place, option in enumerate(shown))
    count = f"Options bien jugées : {good} sur {len(shown)}."
    if good == len(shown):
        return Verdict(True, f"{SIGNS[True]} {count}", details=_all_options(question, chosen))
    wrong = tuple(_detail(place, shown[place], True) for place in chosen if not shown[place].right)
    missing = "" if wrong else " Ce que vous avez coché est juste, mais incomplet."
    return Verdict(False, f"{SIGNS[False]} {count}{missing}", details=wrong)


def _number(question: Question, answer: object) -> Verdict:
    value = parse(answer, question.unit)
    if value is None:
        said = str(answer).strip()
        if not said or answer is None:
            return Verdict(None, "Écrivez d'abord un nombre.")
        return Verdict(None, f"« {said[:40]} » n'est pas un nombre. Écrivez-le en chiffres, par exemple 0,5 ou 0.5.")
    slack = question.tolerance + 1e-9 * max(1.0, abs(question.answer))
    if abs(value - question.answer) <= slack:
        return Verdict(True, SIGNS[True], question.why)
    near = min(question.traps, key=lambda trap: abs(trap.value - value), default=None)
    trapped = near is not None and abs(near.value - value) <= slack
    return Verdict(False, SIGNS[False], near.why if trapped else question.otherwise)


def _order(question: Question, answer: object) -> Verdict:
    places = _places(question, answer)
    if len(places) != len(question.items):
        raise ValueError(f"{len(places)} étapes sont données : il en faut {len(question.items)}, chacune une fois.")
    placed = [question.shown[place] for place in places]
    total = len(placed)
    good = next((rank for rank in range(total) if placed[rank] != question.items[rank]), total)
    if good == total:
        return Verdict(True, f"{SIGNS[True]} Les {total} étapes sont à leur place.", question.why, _steps(question))
    count = {0: "La première étape n'est pas à sa place.", 1: "La première étape est bien placée, pas la suivante."}
    many = f"Les {good} premières étapes sont bien placées, pas la suivante."
    return Verdict(False, f"{SIGNS[False]} {count.get(good, many)}", question.otherwise)


def _places(question: Question, answer: object) -> list[int]:
    """Les rangs donnés, dans leur ordre. Lève ValueError s'ils ne désignent pas ce qui est montré, chacun une fois."""
    total = len(question.shown)
    given = list(answer) if isinstance(answer, Sequence) and not isinstance(answer, str) else None
    if given is None or any(type(place) is not int or not 0 <= place < total for place in given):
        raise ValueError(f"Réponse {answer!r} : des rangs entiers de 0 à {total - 1} sont attendus.")
    if len(set(given)) < len(given):
        raise ValueError(f"Réponse {answer!r} : un rang est donné deux fois.")
    return given


def _detail(place: int, item: Item, chosen: bool | None) -> Detail:
    return Detail(place, item.right, chosen, item.why)


def _all_options(question: Question, chosen: Sequence[int] | None) -> tuple[Detail, ...]:
    return tuple(_detail(place, option, chosen and place in chosen) for place, option in enumerate(question.shown))


def _steps(question: Question) -> tuple[Detail, ...]:
    return tuple(_detail(question.shown.index(step), step, None) for step in question.items)
