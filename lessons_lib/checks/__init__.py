"""Les vérifications des exercices : `verifier("kl", kl)` dit ce qui est juste, ou nomme l'erreur commise."""

from lessons_lib.checks.exercise import CheckFailed, Exercise, examine
from lessons_lib.checks.lesson_00 import PIXELS
from lessons_lib.checks.lesson_01 import RECONSTRUCTION
from lessons_lib.checks.lesson_02 import KL, REPARAMETERIZATION
from lessons_lib.checks.lesson_03 import ATTRIBUTE, SLERP
from lessons_lib.checks.lesson_04 import DISCRIMINATOR_LOSS, GENERATOR_LOSS
from lessons_lib.checks.lesson_04_game import PLAY
from lessons_lib.checks.lesson_05 import CRITIC_LOSS, WASSERSTEIN_1D
from lessons_lib.checks.lesson_06 import MIX, PENALTY
from lessons_lib.checks.lesson_06_critic import SCHEDULE, STAGE

__all__ = ["EXERCISES", "CheckFailed", "verifier"]

EXERCISES: dict[str, Exercise] = {
    "vers_pixels": PIXELS,
    "reconstruction": RECONSTRUCTION,
    "reparametrisation": REPARAMETERIZATION,
    "kl": KL,
    "slerp": SLERP,
    "vecteur_attribut": ATTRIBUTE,
    "perte_discriminateur": DISCRIMINATOR_LOSS,
    "perte_generateur": GENERATOR_LOSS,
    "tour_de_jeu": PLAY,
    "wasserstein_1d": WASSERSTEIN_1D,
    "perte_critique": CRITIC_LOSS,
    "melange": MIX,
    "penalite": PENALTY,
    "calendrier": SCHEDULE,
    "etage_critique": STAGE,
}


def verifier(name: str, *objects) -> None:
    """Vérifie la réponse à l'exercice `name` et affiche « ✔ » avec ce qui a été contrôlé.

    `objects` : ce que l'exercice demande d'écrire, le plus souvent une fonction.
    Lève `CheckFailed`, dont le message (« ✘ », essayé, attendu, obtenu, erreur reconnue) s'affiche seul dans
    un notebook ; `ValueError` si l'exercice n'existe pas ou si l'appel est mal formé. Une réponse encore vide
    laisse passer son `NotImplementedError`.
    """
    if name not in EXERCISES:
        known = ", ".join(f"« {known} »" for known in EXERCISES)
        raise ValueError(f"Aucun exercice « {name} ». Les exercices sont : {known}.")
    if len(objects) != 1 or not callable(objects[0]):
        function = EXERCISES[name].signature.partition("(")[0]
        raise ValueError(
            f"Donnez votre fonction elle-même, sans l'appeler : verifier({name!r}, {function}).".replace("'", '"')
        )
    print(examine(EXERCISES[name], objects[0]))
