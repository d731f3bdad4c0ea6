"""Les exercices de la leçon 08."""

from lessons_lib.checks.lesson_08.doubles import SPLIT
from lessons_lib.checks.lesson_08.gain import GAIN
from lessons_lib.checks.lesson_08.losses import LOSSES
from lessons_lib.checks.lesson_08.mirror import MIRROR
from lessons_lib.checks.lesson_08.overfit import OVERFIT
from lessons_lib.checks.lesson_08.protocol import PROTOCOL
from lessons_lib.checks.lesson_08.shift import SHIFT

EXERCISES = {
    "miroir": MIRROR,
    "decalage": SHIFT,
    "pertes_augmentees": LOSSES,
    "surapprentissage": OVERFIT,
    "doubles": SPLIT,
    "lecture_protocole": PROTOCOL,
    "gain": GAIN,
}
