"""Les exercices de la leçon 06."""

from lessons_lib.checks.lesson_06.average import AVERAGE
from lessons_lib.checks.lesson_06.frechet import FRECHET
from lessons_lib.checks.lesson_06.mix import MIX
from lessons_lib.checks.lesson_06.penalty import PENALTY
from lessons_lib.checks.lesson_06.schedule import SCHEDULE
from lessons_lib.checks.lesson_06.scores import SCORES
from lessons_lib.checks.lesson_06.slope import SLOPE
from lessons_lib.checks.lesson_06.stage import STAGE
from lessons_lib.checks.lesson_06.tutorial import TUTORIAL

EXERCISES = {
    "melange": MIX,
    "notes": SCORES,
    "gradient": SLOPE,
    "penalite": PENALTY,
    "etage_critique": STAGE,
    "calendrier": SCHEDULE,
    "lecture_tutoriel": TUTORIAL,
    "moyenne_mobile": AVERAGE,
    "frechet": FRECHET,
}
