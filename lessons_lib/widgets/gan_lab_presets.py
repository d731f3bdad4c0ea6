"""Les situations du laboratoire : des réglages qui échouent toujours de la même façon, une tâche, un objectif.

Trouvées par l'expérience sur dix graines ; ``benchmarks/gan.py`` et les tests les gardent. Leçons 04 à 06.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lessons_lib.widgets.knobs import Knob

LOSSES = {
    "minimax": ("Minimax", 1),
    "non_saturating": ("Non saturante", 1),
    "least_squares": ("LSGAN, moindres carrés", 1),
    "wgan": ("WGAN, poids écrêtés", 5),
    "wgan_gp": ("WGAN-GP, pénalité", 5),
}
"""Perte -> son nom, et les pas critiques de son article, que choisir la perte règle aussi."""

OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSProp", "sgd": "Descente simple (SGD)"}

_RATES = (*(float(f"{m}e{e}") for e in range(-5, -1) for m in (1, 2, 3, 5)), 0.1)
KNOBS = (
    Knob("critic_learning_rate", "Pas d'apprentissage, critique", _RATES),
    Knob("learning_rate", "Pas d'apprentissage, générateur", _RATES),
    Knob("critic_steps", "Pas critiques par cycle", tuple(range(1, 11))),
    Knob("clip", "Borne de l'écrêtage", (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)),
    Knob("penalty_weight", "Lambda, poids de la pénalité", (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)),
)


@dataclass(frozen=True)
class Preset:
    """Une situation. label : son nom. settings : ce qui diffère des réglages par défaut. task : ce que l'on demande.
    aim : l'objectif, en une phrase. reached(facts) : vrai si l'objectif est atteint, voir ``ToySession.facts``."""

    label: str
    task: str
    aim: str = ""
    settings: Mapping = field(default_factory=dict)
    reached: Callable[[dict], bool] = lambda facts: False


def _covers(modes: int, good: float) -> Callable[[dict], bool]:
    return lambda facts: facts["modes"] >= modes and facts["good"] >= good


PRESETS = {
    "libre": Preset(
        "Partie libre",
        "Le générateur (croix roses) doit imiter la loi (ronds bleu-vert). Lancez, mettez en pause, changez un réglage "
        "à la fois, et prédisez l'effet avant de regarder.",
    ),
    "effondrement": Preset(
        "Effondrement",
        "Lancez. Le discriminateur apprend bien plus vite qu'un générateur étroit : en quelques secondes, tous les "
        "faux points sont sur un mode ou deux, et s'y trouvent bien. Lisez-vous cet oubli dans les pertes ? "
        "Et dans la distance ?",
        "Objectif : couvrir au moins 6 modes, sans recommencer.",
        {"generator_width": 16, "critic_learning_rate": 3e-3, "learning_rate": 5e-4, "critic_steps": 2},
        _covers(6, 0.02),
    ),
    "oscillation": Preset(
        "Oscillation",
        "Lancez. Le générateur apprend cinq fois plus vite que le discriminateur : il fuit d'un bord à l'autre, et le "
        "discriminateur le poursuit. Les pertes oscillent, sans dire que rien n'est appris. Qui faut-il ralentir ?",
        "Objectif : couvrir 8 modes.",
        {"critic_learning_rate": 1e-3, "learning_rate": 5e-3},
        _covers(8, 0.03),
    ),
    "gradient_eteint": Preset(
        "Gradient qui s'éteint",
        "Lancez. Le discriminateur ne se trompe plus, et avec la perte minimax les flèches disparaissent : le "
        "générateur ne reçoit plus rien. Changez la perte et regardez les flèches revenir. Toutes les pertes "
        "ramènent-elles tous les modes ?",
        "Objectif : couvrir 8 modes, sans recommencer.",
        {"loss": "minimax", "critic_learning_rate": 3e-3, "learning_rate": 1e-4, "critic_steps": 5},
        _covers(8, 0.01),
    ),
    "critique_ecretee": Preset(
        "Critique trop écrêtée",
        "Lancez. Des poids ramenés entre −0,01 et 0,01 ne font qu'une critique presque plate : les flèches sont "
        "invisibles, et les points s'étalent sans voir les modes. Relevez la borne, pas à pas, jusqu'à 0,5 : que "
        "devient le gradient reçu ? Puis passez au WGAN-GP.",
        "Objectif : obtenir au moins 15 % de bons échantillons.",
        {"loss": "wgan", "critic_steps": 5, "clip": 0.01},
        _covers(8, 0.15),
    ),
    "reparez": Preset(
        "Réparez-le",
        "Ce GAN ne trouve pas les modes. Lancez, diagnostiquez avec les calques et les courbes, puis réparez-le en "
        "changeant le moins de réglages possible. Un seul menu suffit.",
        "Objectif : couvrir 8 modes avec au moins 15 % de bons échantillons, sans recommencer.",
        {"critic_learning_rate": 1e-3, "learning_rate": 3e-3},
        _covers(8, 0.15),
    ),
}
