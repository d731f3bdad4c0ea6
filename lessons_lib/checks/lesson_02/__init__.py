"""Les exercices de la leçon 02."""

from lessons_lib.checks.lesson_02.elbo import ELBO
from lessons_lib.checks.lesson_02.free_bits import FREE_BITS
from lessons_lib.checks.lesson_02.readings import PASSAGE, PREDICTION
from lessons_lib.checks.lesson_02.vae import KL, REPARAMETERIZATION

EXERCISES = {
    "reparametrisation": REPARAMETERIZATION,
    "kl": KL,
    "elbo": ELBO,
    "bits_gratuits": FREE_BITS,
    "lecture_prediction": PREDICTION,
    "lecture_passage": PASSAGE,
}
