"""Ce que le cours mesure : un module par sujet, dont `mesures()` produit des `Mesure`."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Mesure:
    """Une grandeur mesurée : nom, valeur, unité, cible (« < 6 », ou None), cible tenue ou non."""

    nom: str
    valeur: float | int | str
    unite: str
    cible: str | float | None = None
    tenu: bool | None = None
