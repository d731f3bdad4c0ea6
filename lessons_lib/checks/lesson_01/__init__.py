"""Les exercices de la leçon 01."""

from lessons_lib.checks.lesson_01.acp import PCA
from lessons_lib.checks.lesson_01.curves import CURVES
from lessons_lib.checks.lesson_01.reconstruction import RECONSTRUCTION
from lessons_lib.checks.lesson_01.size import SIZE
from lessons_lib.checks.lesson_01.step import STEP

EXERCISES = {
    "taille_du_code": SIZE,
    "reconstruction": RECONSTRUCTION,
    "acp": PCA,
    "pas_d_entrainement": STEP,
    "lecture_courbes": CURVES,
}
