"""Les exercices de la leçon 04."""

from lessons_lib.checks.lesson_04.curves import CURVES
from lessons_lib.checks.lesson_04.detach import DETACH
from lessons_lib.checks.lesson_04.game import PLAY
from lessons_lib.checks.lesson_04.losses import DISCRIMINATOR_LOSS, GENERATOR_LOSS
from lessons_lib.checks.lesson_04.modes import COUNT
from lessons_lib.checks.lesson_04.optimum import OPTIMUM

EXERCISES = {
    "perte_discriminateur": DISCRIMINATOR_LOSS,
    "discriminateur_optimal": OPTIMUM,
    "perte_generateur": GENERATOR_LOSS,
    "tour_de_jeu": PLAY,
    "a_detacher": DETACH,
    "compter_modes": COUNT,
    "lecture_courbes_gan": CURVES,
}
