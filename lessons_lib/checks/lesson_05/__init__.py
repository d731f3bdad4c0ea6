"""Les exercices de la leçon 05."""

from lessons_lib.checks.lesson_05.clipping import CLIPPING
from lessons_lib.checks.lesson_05.plan import PLAN_COST
from lessons_lib.checks.lesson_05.readings import LOOP, PREDICTION
from lessons_lib.checks.lesson_05.step import CRITIC_STEP
from lessons_lib.checks.lesson_05.wasserstein import CRITIC_LOSS, WASSERSTEIN_1D

EXERCISES = {
    "cout_du_plan": PLAN_COST,
    "wasserstein_1d": WASSERSTEIN_1D,
    "prediction_distances": PREDICTION,
    "perte_critique": CRITIC_LOSS,
    "ecretage": CLIPPING,
    "pas_critique": CRITIC_STEP,
    "lecture_boucle": LOOP,
}
