"""Les exercices de la leçon 03."""

from lessons_lib.checks.lesson_03.analogy import ANALOGY
from lessons_lib.checks.lesson_03.arc import SLERP
from lessons_lib.checks.lesson_03.attribute import ATTRIBUTE
from lessons_lib.checks.lesson_03.beta import BETA
from lessons_lib.checks.lesson_03.dimensions import ACTIVE
from lessons_lib.checks.lesson_03.shell import NORM

EXERCISES = {
    "norme_attendue": NORM,
    "slerp": SLERP,
    "vecteur_attribut": ATTRIBUTE,
    "arithmetique": ANALOGY,
    "dimensions_actives": ACTIVE,
    "lecture_beta": BETA,
}
