"""Les vérifications des exercices : `verifier("kl", kl)` dit ce qui est juste, ou nomme l'erreur commise."""

import dataclasses
from collections.abc import Callable

from IPython.display import display

from lessons_lib.checks import (
    lesson_00,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
)
from lessons_lib.checks.exercise import Exercise
from lessons_lib.checks.reading import Reading
from lessons_lib.checks.report import CheckFailed, Report, is_gap, refusal
from lessons_lib.checks.sandbox import TooSlow, confined

__all__ = ["EXERCISES", "CheckFailed", "examine", "verifier"]

LESSONS = (lesson_00, lesson_01, lesson_02, lesson_03, lesson_04, lesson_05, lesson_06, lesson_07, lesson_08)
EXERCISES: dict[str, Exercise | Reading] = {
    name: exercise for lesson in LESSONS for name, exercise in lesson.EXERCISES.items()
}


def verifier(name: str, *objects) -> None:
    """Vérifie la réponse à l'exercice `name` et affiche « ✔ » avec ce qui a été contrôlé, en moins de 2 s.

    `objects` : ce que l'exercice demande d'écrire, une fonction. Elle est exécutée à l'écart (`checks.sandbox`) :
    ni ses impressions, ni ses tirages, ni ses réglages ne changent quoi que ce soit dans le notebook.

    Lève `CheckFailed`, dont le rapport (« ✘ », essayé, attendu, obtenu, erreur reconnue) s'affiche seul dans
    un notebook ; `ValueError` si l'exercice n'existe pas ou si l'appel est mal formé. Une réponse encore vide
    laisse passer son `NotImplementedError`.
    """
    if name not in EXERCISES:
        known = ", ".join(f"« {known} »" for known in EXERCISES)
        raise ValueError(f"Aucun exercice « {name} ». Les exercices sont : {known}.")
    if len(objects) != 1 or not callable(objects[0]):
        call = f'verifier("{name}", {EXERCISES[name].signature.partition("(")[0]})'
        raise ValueError(f"Donnez votre fonction elle-même, sans l'appeler : {call}.")
    display(examine(EXERCISES[name], objects[0]))


def examine(exercise: Exercise | Reading, function: Callable) -> Report:
    """Le rapport d'une réussite. Lève `CheckFailed`, avec le sien, si la réponse est fausse ou n'en finit pas."""
    tried = ["appel de votre fonction"]
    try:
        report, printed = confined(lambda: _verdict(exercise, function, tried.append))
    except TooSlow:
        said = "La fonction n'a pas répondu à temps : une boucle ne s'arrête-t-elle jamais ?"
        raise refusal(exercise.signature, ("essayé", tried[-1]), ("", said)) from None
    report = dataclasses.replace(report, printed=printed)
    if not report.passed:
        raise CheckFailed(report)
    return report


def _verdict(exercise: Exercise | Reading, function: Callable, trying: Callable[[str], None]) -> Report:
    try:
        return exercise.examine(function, trying)
    except CheckFailed as refused:
        return refused.report
    except Exception as error:
        if is_gap(error):
            raise
        said = f"Cette réponse n'a pas pu être examinée ({type(error).__name__} : {error})."
        return refusal(exercise.signature, ("", said)).report
