"""Se déplacer dans un espace latent : interpoler, parcourir, et trouver les directions qui ont un sens.

Partout, un code est un tenseur (latent,), un lot de codes (N, latent). Une direction est un vecteur de norme 1 :
avancer de 1 le long d'une direction, c'est avancer d'un écart type de la loi a priori N(0, I).
Enseigné dans la leçon 03.
"""

from lessons_lib.latent.directions import (
    Directions,
    code_directions,
    principal_directions,
    regression_directions,
)
from lessons_lib.latent.factor_reader import FactorReader
from lessons_lib.latent.interpolation import angle, attribute_vector, lerp, slerp, traversal

__all__ = [
    "Directions",
    "FactorReader",
    "angle",
    "attribute_vector",
    "code_directions",
    "lerp",
    "principal_directions",
    "regression_directions",
    "slerp",
    "traversal",
]
