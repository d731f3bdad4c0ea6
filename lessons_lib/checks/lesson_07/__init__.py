"""Les exercices de la leçon 07."""

from lessons_lib.checks.lesson_07.balls import BALLS
from lessons_lib.checks.lesson_07.clouds import CLOUDS
from lessons_lib.checks.lesson_07.infinity import INFINITY
from lessons_lib.checks.lesson_07.overlap import OVERLAP
from lessons_lib.checks.lesson_07.readings import PREDICTIONS, TABLE
from lessons_lib.checks.lesson_07.suspects import SUSPECTS
from lessons_lib.checks.lesson_07.truncation import TRUNCATION

EXERCISES = {
    "nuages": CLOUDS,
    "predire_mesures": PREDICTIONS,
    "infini": INFINITY,
    "boules": BALLS,
    "precision_rappel": OVERLAP,
    "troncature": TRUNCATION,
    "suspectes": SUSPECTS,
    "lecture_tableau": TABLE,
}
