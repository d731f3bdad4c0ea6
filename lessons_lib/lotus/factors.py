"""Les facteurs d'un lotus : ce que l'on choisit avant de dessiner.

Chaque image du jardin synthétique est celle d'un vecteur de facteurs, tous nommés, chacun dans son unité.
Un modèle génératif reçoit les seules images ; les facteurs restent là pour vérifier ce qu'il a compris.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType

import numpy as np

VARIETIES = MappingProxyType({"white": "blanc", "pink": "rose", "crimson": "carmin", "yellow": "jaune", "blue": "bleu"})
"""Les cinq variétés : identifiant -> nom français."""


VARIETY_COLOURS = MappingProxyType(
    {"blanc": "#9AA3AD", "rose": "#E36FA6", "carmin": "#A3122F", "jaune": "#D9A300", "bleu": "#5A5FCF"}
)
"""Nom français -> couleur (#rrggbb) de ses points sur un dessin à fond clair ou sombre."""


@dataclass(frozen=True)
class FactorRange:
    """Domaine d'un facteur numérique.

    `low`, `high` : bornes permises, dans l'unité `unit` ; `drawn` : bornes du tirage au hasard, plus serrées
    quand les valeurs extrêmes sont permises mais rarement belles ; `label` : nom français ; `whole` : vrai
    pour un facteur entier.
    """

    low: float
    high: float
    drawn: tuple[float, float]
    unit: str
    label: str
    whole: bool = False


FACTOR_RANGES = MappingProxyType(
    {
        "openness": FactorRange(0.0, 1.0, (0.0, 1.0), "", "Ouverture (bouton → pleine fleur)"),
        "tilt": FactorRange(0.0, 90.0, (8.0, 68.0), "°", "Inclinaison de la vue (profil → dessus)"),
        "petals": FactorRange(5, 10, (6, 8), "pétales", "Pétales par couronne", whole=True),
        "rings": FactorRange(1, 4, (2, 4), "couronnes", "Couronnes de pétales", whole=True),
        "size": FactorRange(0.3, 1.0, (0.66, 0.94), "largeur d'image", "Largeur de la fleur épanouie"),
        "x": FactorRange(0.0, 1.0, (0.42, 0.58), "largeur d'image", "Position horizontale"),
        "y": FactorRange(0.0, 1.0, (0.5, 0.6), "hauteur d'image", "Position verticale (depuis le bas)"),
        "hour": FactorRange(5.0, 20.0, (5.0, 20.0), "h", "Heure du jour"),
        "water": FactorRange(120.0, 280.0, (150.0, 240.0), "°", "Teinte de l'eau"),
        "pads": FactorRange(0, 6, (0, 5), "feuilles", "Nombre de feuilles", whole=True),
        "pads_seed": FactorRange(0, 9999, (0, 9999), "", "Disposition des feuilles", whole=True),
    }
)
"""Domaines des facteurs numériques, dans l'ordre des curseurs ; le seul autre facteur est `variety`."""

SIMPLE_GARDEN = MappingProxyType(
    {
        "tilt": 38.0,
        "petals": 8,
        "rings": 3,
        "size": 0.86,
        "x": 0.5,
        "y": 0.54,
        "hour": 9.0,
        "water": 192.0,
        "pads": 3,
        "pads_seed": 4,
    }
)
"""Jardin simple : seules la variété et l'ouverture changent : de quoi remplir une carte latente à deux axes."""


CALM_GARDEN = MappingProxyType({"x": 0.5, "y": 0.54, "pads": 3, "pads_seed": 4})
"""Jardin calme : tout varie sauf la place de la fleur et celle des feuilles, que 32 dimensions retiendraient mal."""


@dataclass(frozen=True)
class Factors:
    """Facteurs d'une image de lotus (immuable ; `dataclasses.replace` en change un).

    variety : clé de `VARIETIES` ; openness : 0 (bouton) à 1 (pleine fleur) ; tilt : degrés, 0 de profil à
    90 de dessus ; petals : pétales par couronne ; rings : couronnes ; size : largeur de la fleur épanouie
    rapportée à celle de l'image ; x, y : centre de la fleur, en fractions de l'image depuis le coin en bas à
    gauche ; hour : heure du jour, 5 à 20 h ; water : teinte de l'eau, en degrés du cercle chromatique ;
    pads : nombre de feuilles ; pads_seed : numéro de leur disposition.

    Lève `ValueError` (variété inconnue, valeur hors de `FACTOR_RANGES`) ou `TypeError` (pas un nombre).
    """

    variety: str = "pink"
    openness: float = 0.85
    tilt: float = 38.0
    petals: int = 8
    rings: int = 3
    size: float = 0.86
    x: float = 0.5
    y: float = 0.54
    hour: float = 9.0
    water: float = 192.0
    pads: int = 3
    pads_seed: int = 4

    def __post_init__(self):
        for name in (field.name for field in fields(self)):
            object.__setattr__(self, name, _checked(name, getattr(self, name)))

    @classmethod
    def from_row(cls, row):
        """Facteurs d'une ligne du tableau `SyntheticLotus.factors` (enregistrement numpy)."""
        return cls(**{name: row[name].item() for name in row.dtype.names})

    def to_row(self):
        """Enregistrement numpy de type `FACTORS_DTYPE`."""
        return np.array(tuple(asdict(self).values()), dtype=FACTORS_DTYPE)[()]


FACTORS_DTYPE = np.dtype(
    [("variety", "U8")] + [(name, "i4" if span.whole else "f8") for name, span in FACTOR_RANGES.items()]
)
"""Une colonne nommée par facteur, dans l'ordre des champs de `Factors`."""


def _checked(name, value):
    """Valeur d'un facteur, vérifiée et ramenée à son type (str, int ou float)."""
    if name == "variety":
        if not isinstance(value, str) or value not in VARIETIES:
            raise ValueError(f"Variété inconnue : {value!r}. Choisissez parmi {', '.join(VARIETIES)}.")
        return str(value)
    span = FACTOR_RANGES[name]
    if isinstance(value, (bool, str)) or not np.isscalar(value):
        raise TypeError(f"Le facteur « {name} » doit être un nombre ; reçu : {value!r}.")
    number = float(value)
    if not (math.isfinite(number) and span.low <= number <= span.high):
        raise ValueError(
            f"Le facteur « {name} » ({span.label}) doit être compris entre {span.low:g} et {span.high:g}"
            f"{' ' + span.unit if span.unit else ''} ; reçu : {value!r}."
        )
    if span.whole and number != int(number):
        raise ValueError(f"Le facteur « {name} » ({span.label}) doit être un entier ; reçu : {value!r}.")
    return int(number) if span.whole else number


def check_fixed(fixed):
    """Vérifie un dictionnaire `fixed` (voir `sample_factors`) et le rend sous forme canonique, triée.

    Chaque valeur devient `("constant", v)`, `("range", low, high)` ou `("choice", v1, v2, …)`.
    """
    if fixed is None:
        return {}
    if not isinstance(fixed, Mapping):
        raise TypeError(f"« fixed » doit être un dictionnaire facteur -> valeur ; reçu : {type(fixed).__name__}.")
    known = ["variety", *FACTOR_RANGES]
    unknown = sorted(set(fixed) - set(known))
    if unknown:
        raise ValueError(
            f"Facteur inconnu dans « fixed » : {', '.join(map(str, unknown))}. Facteurs possibles : {', '.join(known)}."
        )
    return {name: _canonical(name, fixed[name]) for name in known if name in fixed}


def _canonical(name, value):
    if not isinstance(value, (tuple, list)):
        return ("constant", _checked(name, value))
    values = [_checked(name, item) for item in value]
    if not values:
        raise ValueError(f"« fixed » ne laisse aucun choix au facteur « {name} » : donnez au moins une valeur.")
    if name == "variety" or len(values) != 2:
        return ("choice", *values)
    low, high = values
    if low > high:
        raise ValueError(f"Intervalle à l'envers pour « {name} » : ({low:g}, {high:g}). Écrivez ({high:g}, {low:g}).")
    return ("range", low, high)


def sample_factors(seed, index, fixed=None):
    """Tire les facteurs de l'image `index` du jardin `seed`.

    Ne dépend que de `(seed, index, fixed)` : un générateur Philox par image. `fixed`, facultatif, associe à un
    facteur une constante, un intervalle `(bas, haut)` (exactement deux nombres) ou un choix de valeurs (un
    autre nombre de valeurs) ; pour `variety`, un tuple est toujours un choix. Fixer un facteur ne change pas
    le tirage des autres.

    Lève `ValueError` ou `TypeError` si `fixed` nomme un facteur inconnu ou une valeur hors de son domaine.
    """
    return draw_factors(seed, index, check_fixed(fixed))


def draw_factors(seed, index, rules):
    """`sample_factors`, avec des règles déjà vérifiées par `check_fixed`."""
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, index])))
    uniform = generator.random(1 + len(FACTOR_RANGES))
    values = {"variety": _drawn(uniform[0], rules.get("variety", ("choice", *VARIETIES)))}
    for u, (name, span) in zip(uniform[1:], FACTOR_RANGES.items(), strict=True):
        values[name] = _drawn(u, rules.get(name, ("range", *span.drawn)), span.whole)
    return Factors(**values)


def _drawn(u, rule, whole=False):
    """Valeur d'une règle canonique pour u dans [0, 1[."""
    kind, *values = rule
    if kind == "constant":
        return values[0]
    if kind == "choice":
        return values[int(u * len(values))]
    low, high = values
    return low + int(u * (high - low + 1)) if whole else low + u * (high - low)
