"""Temps de réponse des vérifications d'exercices : toutes les erreurs connues, puis une boucle sans fin."""

import statistics
import time
from collections.abc import Callable, Iterator

from benchmarks import Mesure
from lessons_lib.checks import EXERCISES, CheckFailed, examine
from lessons_lib.checks.exercise import Exercise
from lessons_lib.checks.reading import Reading

MOST_SECONDS = 2.0
REPEATS = 5


def seconds_to_refuse(exercise: Exercise | Reading, answer: Callable) -> float:
    """Secondes entre l'appel et le refus, diagnostic compris. AssertionError si la réponse est acceptée."""
    start = time.perf_counter()
    try:
        examine(exercise, answer)
    except CheckFailed:
        return time.perf_counter() - start
    raise AssertionError(f"{exercise.signature} : une réponse fausse a été acceptée")


def endless(*arguments) -> None:
    """Une réponse qui n'en finit pas."""
    while True:
        pass


def mesures() -> Iterator[Mesure]:
    """La médiane de toutes les erreurs connues, la plus lente (chacune : médiane de 5), et la boucle sans fin."""
    known = [(exercise, mistake.wrong) for exercise in EXERCISES.values() for mistake in exercise.mistakes]
    times = [statistics.median(seconds_to_refuse(*one) for _ in range(REPEATS)) for one in known]
    loops = [seconds_to_refuse(exercise, endless) for exercise in EXERCISES.values()]
    yield Mesure("verifications : erreurs connues", len(known), "erreurs")
    yield Mesure("verifications : refus, médiane", round(1000 * statistics.median(times), 1), "ms")
    for name, seconds in (("refus le plus lent", max(times)), ("boucle sans fin, la plus lente", max(loops))):
        yield Mesure(f"verifications : {name}", round(seconds, 2), "s", f"< {MOST_SECONDS:g}", seconds < MOST_SECONDS)
