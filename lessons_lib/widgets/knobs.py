"""Les réglages que l'on change pendant un entraînement, un curseur sur des valeurs rondes, et comment les lire."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

LABELS = {
    "learning_rate": "Pas d'apprentissage",
    "critic_learning_rate": "Pas d'apprentissage de la critique",
    "penalty_weight": "Lambda, poids de la pénalité",
    "critic_steps": "Pas critiques par pas du générateur",
    "clip": "Borne de l'écrêtage des poids",
    "beta": "Bêta, poids de la divergence KL",
    "noise": "Bruit ajouté à l'entrée",
}
"""Réglage -> son nom en français."""

DEFAULTS = ("learning_rate", "critic_learning_rate", "penalty_weight", "critic_steps", "beta")
MOST_CRITIC_STEPS = 10


@dataclass(frozen=True)
class Knob:
    """Un curseur : name, le réglage ; label, son nom ; values, ses valeurs, dans l'ordre où le curseur les parcourt."""

    name: str
    label: str
    values: tuple

    def nearest(self, value) -> int:
        """Le rang de la valeur, ou de la plus proche."""
        if value in self.values:
            return self.values.index(value)
        numbers = [number if isinstance(number, (int, float)) else -math.inf for number in self.values]
        return min(range(len(numbers)), key=lambda rank: abs(numbers[rank] - value))

    def describe(self) -> dict:
        """Ce que la page doit savoir pour dessiner le curseur."""
        return {"name": self.name, "label": self.label, "texts": [in_french(value) for value in self.values]}


def knobs_of(config, names: Sequence[str] | None = None) -> list[Knob]:
    """Les curseurs d'une configuration d'entraînement ; ``names`` les choisit, sinon les plus courants.

    Lève ValueError pour un réglage qui ne peut pas changer en route.
    """
    live = getattr(config, "LIVE", ())
    unknown = [name for name in names or () if name not in live]
    if unknown:
        raise ValueError(f"« {unknown[0]} » ne peut pas changer en route. Réglages possibles : {', '.join(live)}.")
    chosen = [name for name in (DEFAULTS if names is None else names) if name in live]
    return [
        Knob(name, LABELS.get(name, name), _values(name, getattr(config, name)))
        for name in chosen
        if getattr(config, name) is not None
    ]


def in_french(value) -> str:
    """Un réglage tel qu'on le lit : 0,002 ; 5·10⁻⁵ ; un calendrier de pas critiques, « 5 puis 10 »."""
    if isinstance(value, (tuple, list)):
        return " puis ".join(str(count) for _, count in value)
    if value and abs(value) < 1e-3:
        exponent = math.floor(math.log10(abs(value)) + 1e-9)
        mantissa = f"{value / 10**exponent:.3g}".replace(".", ",")
        power = "10⁻" + str(-exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return power if mantissa == "1" else f"{mantissa}·{power}"
    return f"{value:g}".replace(".", ",")


def speed_in_french(rate: float, left: int) -> str:
    """« 12,3 pas par seconde, reste 1 min 20 s »."""
    if not rate:
        return ""
    each = f"{rate:.3g} pas par seconde" if rate >= 1 else f"{1 / rate:.3g} s par pas"
    hours, rest = divmod(round(left / rate), 3600)
    minutes, seconds = divmod(rest, 60)
    wait = f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return each.replace(".", ",") + (f", reste {wait}" if left else "")


def _values(name: str, value) -> tuple:
    """Des valeurs rondes autour de celle de départ, qui en fait partie."""
    if name == "critic_steps":
        if isinstance(value, int):
            return tuple(range(1, max(MOST_CRITIC_STEPS, value) + 1))
        return (value, *range(1, MOST_CRITIC_STEPS + 1))
    if name in ("learning_rate", "critic_learning_rate"):
        return _around(value, (1, 1.5, 2, 3, 5, 7), 2, 1)
    centre = value or {"penalty_weight": 10.0, "beta": 1.0, "noise": 0.1}[name]
    return (*(() if name == "clip" else (0.0,)), *_around(centre, (1, 2, 5), 2, 2))


def _around(value: float, mantissas: Sequence[float], below: int, above: int) -> tuple[float, ...]:
    """Les nombres ronds de value / 10^below à value · 10^above, et value."""
    decades = range(math.floor(math.log10(value)) - below, math.ceil(math.log10(value)) + above + 1)
    rounds = sorted({float(f"{m}e{decade}") for decade in decades for m in mantissas})
    low, high = value * 10.0**-below * 0.999, value * 10.0**above * 1.001
    kept = [number for number in rounds if low <= number <= high and not math.isclose(number, value)]
    kept.insert(bisect_left(kept, value), value)
    return tuple(kept)
