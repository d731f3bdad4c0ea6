"""La lumière selon l'heure : direction du soleil, couleurs du soleil, de l'ombre et du ciel."""

import math
from dataclasses import dataclass

import numpy as np

_HOURS = np.array([5.0, 7.0, 9.5, 12.5, 16.0, 18.3, 20.0])
_SUN = np.array(
    [
        [1.00, 0.60, 0.58],
        [1.06, 0.80, 0.62],
        [1.04, 0.98, 0.88],
        [1.05, 1.04, 1.00],
        [1.07, 0.95, 0.76],
        [1.12, 0.80, 0.46],
        [0.92, 0.60, 0.70],
    ]
)
_SHADE = np.array(
    [
        [0.50, 0.44, 0.60],
        [0.50, 0.50, 0.56],
        [0.48, 0.54, 0.58],
        [0.50, 0.55, 0.58],
        [0.50, 0.52, 0.52],
        [0.54, 0.46, 0.46],
        [0.50, 0.42, 0.66],
    ]
)
_SKY = np.array(
    [
        [1.00, 0.66, 0.68],
        [1.00, 0.84, 0.70],
        [0.78, 0.90, 0.95],
        [0.76, 0.91, 1.00],
        [0.88, 0.90, 0.84],
        [1.00, 0.72, 0.38],
        [0.62, 0.42, 0.78],
    ]
)


@dataclass(frozen=True)
class Light:
    """Lumière d'une scène : `direction` (3,) unitaire vers le soleil (x à droite, y au loin, z en haut) ;
    `sun`, `shade`, `sky` (3,) couleurs RVB, 1 étant la pleine lumière."""

    direction: np.ndarray
    sun: np.ndarray
    shade: np.ndarray
    sky: np.ndarray


def light_at(hour):
    """Lumière à l'heure donnée (5 à 20 h) : soleil à gauche à l'aube, haut à midi, à droite le soir."""
    day = (hour - 5.0) / 15.0
    height = math.radians(22.0 + 44.0 * math.sin(math.pi * day))
    side = -math.cos(math.pi * day)
    direction = np.array([0.9 * side * math.cos(height), -0.45 * math.cos(height) - 0.15, math.sin(height)])
    before = min(int(np.searchsorted(_HOURS, hour, "right")), len(_HOURS) - 1) - 1
    part = (hour - _HOURS[before]) / (_HOURS[before + 1] - _HOURS[before])
    sun, shade, sky = (table[before] + part * (table[before + 1] - table[before]) for table in (_SUN, _SHADE, _SKY))
    return Light(direction / np.linalg.norm(direction), sun, shade, sky)


def tone(colour):
    """Courbe de rendu : linéaire dans les tons moyens, épaule douce vers 1 (aucune couleur brûlée)."""
    bounded = np.maximum(colour, 0.0)
    return bounded / (1.0 + bounded**6) ** (1.0 / 6.0)
