"""L'eau calme : dégradé, reflet du ciel, rides concentriques, ombre douce et reflet brisé de la fleur.

Une image est ici un tableau (S, S, 3) de flottants entre 0 et 1, la première ligne en haut ; une distance se
compte en largeurs d'image. Tout est lisse et déterminé par les facteurs : rien n'est du bruit.
"""

import colorsys
import math
from functools import cache

import numpy as np

from lessons_lib.lotus.geometry import smoothstep


@cache
def pixel_centres(size):
    """Coordonnées (S,) des centres de pixels : x de gauche à droite, y de haut en bas (1 vers 0)."""
    x = (np.arange(size) + 0.5) / size
    return x, x[::-1].copy()


def elevation(tilt):
    """Angle (radians) sous lequel on voit l'eau : plus plongeant que la fleur, portée au-dessus d'elle."""
    return math.radians(20.0 + 0.72 * tilt)


def surface(factors, light, foot, size):
    """Couleur de l'eau (S, S, 3) et pente des rides (S, S), autour du pied de la tige `foot` (x, y)."""
    x, y = pixel_centres(size)
    flat = math.sin(elevation(factors.tilt))
    away = (y - foot[1])[:, None]
    far = away / flat * (1.0 + 0.8 * (1.0 - flat) * np.maximum(away, 0.0))
    across = (x - foot[0])[None, :]
    distance = np.sqrt(across**2 + far**2 + 1e-4)
    rings = np.sin(2 * math.pi * (6.5 * distance - 0.2)) * np.exp(-2.2 * distance)
    swell = np.sin(2 * math.pi * (3.1 * far + 0.35 * np.sin(2.2 * math.pi * across + 1.0)))
    slope = 0.75 * rings + (0.45 - 0.25 * smoothstep(0.3, 1.0, y)[:, None]) * swell

    hue = factors.water / 360.0
    lit = light.shade + 0.62 * light.sun
    deep = np.array(colorsys.hsv_to_rgb(hue, 0.76, 0.26)) * lit
    clear = np.array(colorsys.hsv_to_rgb(hue, 0.60, 0.60)) * lit
    low_sun = 1.0 - light.direction[2]
    rise = smoothstep(-0.1, 1.05, y)[:, None]
    grazing = (1.0 - flat) ** 0.7
    mirror = rise * (0.10 + 0.44 * grazing) * (0.9 + 0.9 * low_sun)
    mirror = mirror + (0.05 + 0.05 * grazing) * slope
    sun_x = 0.5 + 0.42 * np.sign(light.direction[0]) * abs(light.direction[0]) ** 0.7
    glow = np.exp(-(((x - sun_x) / 0.34) ** 2))[None, :] * np.exp(-(((y - 1.0) / 0.42) ** 2))[:, None]
    body = (deep + (clear - deep) * rise[:, :, None]) * (1.12 - 0.5 * low_sun)
    colour = body + (0.76 * light.sky + 0.20 * clear - body) * np.clip(mirror, 0.0, 0.9)[:, :, None]
    return colour + ((0.14 + 0.40 * low_sun) * glow * (1.0 + 0.35 * slope))[:, :, None] * light.sun, slope


def with_reflection(colour, mirrored, slope, foot):
    """Ajoute à l'eau (S, S, 3) l'image renversée de la fleur (S, S, 4) uint8 : déplacée par les rides, floue,
    affaiblie loin du pied de la tige."""
    size = len(colour)
    layer = mirrored.astype(np.float32) / 255.0
    layer[..., :3] *= layer[..., 3:]
    below = np.maximum(foot[1] - pixel_centres(size)[1], 0.0)[:, None]
    columns = np.clip(np.arange(size) + slope * (0.010 + 0.05 * below) * size, 0, size - 1.001)
    left = columns.astype(np.intp)
    part = (columns - left).astype(np.float32)[:, :, None]
    rows = np.arange(size)[:, None]
    layer = layer[rows, left] * (1.0 - part) + layer[rows, left + 1] * part
    reach = max(1, size // 64)
    for _ in range(2):
        layer[reach:-reach] = 0.5 * layer[reach:-reach] + 0.25 * (layer[: -2 * reach] + layer[2 * reach :])
    layer[:, reach:-reach] = 0.5 * layer[:, reach:-reach] + 0.25 * (layer[:, : -2 * reach] + layer[:, 2 * reach :])
    layer *= (0.62 * np.exp(-1.3 * below) * (1.0 + 0.22 * slope))[:, :, None]
    return colour * (1.0 - layer[..., 3:]) + layer[..., :3]


def shade(factors, light, flower, ellipses, size):
    """Ombre de la fleur et des feuilles sur l'eau : facteur (S, S) entre 0 et 1."""
    x, y = pixel_centres(size)
    bright = flower_shade(factors, light, flower, x[None, :], y[:, None])
    for cx, cy, wide, high in ellipses:
        across = (x - cx + 0.03 * light.direction[0]) / (1.10 * wide)
        away = (y - cy + 0.025) / (1.10 * high)
        bright *= 1.0 - 0.45 * smoothstep(1.25, 0.75, across[None, :] ** 2 + away[:, None] ** 2)
    return bright


def flower_shade(factors, light, flower, x, y):
    """Ombre douce de la fleur sur l'eau et les feuilles, aux points (x, y) : facteur entre 0 et 1."""
    flat = math.sin(elevation(factors.tilt))
    wide = 0.5 * factors.size * flower.spread
    drop = 0.10 * factors.size / light.direction[2]
    across = (x - flower.foot[0] + drop * light.direction[0]) / wide
    away = (y - flower.foot[1] + drop * light.direction[1] * flat) / (wide * flat)
    return 1.0 - 0.52 * np.exp(-0.9 * (across**2 + away**2) ** 1.3)
