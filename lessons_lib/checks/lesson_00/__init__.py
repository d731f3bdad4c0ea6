"""Les exercices de la leçon 00."""

from lessons_lib.checks.lesson_00.pixels import PIXELS

EXERCISES = {
    "vers_pixels": PIXELS,
}
