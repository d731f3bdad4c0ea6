"""Les feuilles de lotus : disques fendus, légèrement creux, aux nervures rayonnantes."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from lessons_lib.lotus.geometry import grid_triangles
from lessons_lib.lotus.water import elevation, flower_shade

_NOTCH = 0.20


@dataclass(frozen=True)
class Leaves:
    """Feuilles projetées, en fractions d'image : triangles (T, 3, 2), couleurs (T, 3, 3), et l'ellipse de
    chacune (N, 4) x, y, demi-axes, pour l'ombre qu'elle porte sur l'eau."""

    points: np.ndarray
    colours: np.ndarray
    ellipses: np.ndarray


@cache
def _disc(fine):
    """Une feuille : angles depuis la fente (A,), rayons (R, 1), nervure ou non (A,), triangles (T, 3)."""
    spokes = 36 if fine else 22
    radii = np.array([0.0, 0.15, 0.4, 0.75, 0.96, 1.0] if fine else [0.0, 0.3, 0.75, 1.0])
    angle = np.linspace(_NOTCH, 2 * math.pi - _NOTCH, spokes + 1)
    vein = 0.5 + 0.5 * np.cos(np.arange(spokes + 1) * math.pi * (22 / spokes))
    faces = grid_triangles(len(radii), spokes + 1)
    centre = faces < spokes + 1
    return angle, radii[:, None], vein, faces[centre.sum(1) < 2]


def places(factors):
    """Feuilles de la plus lointaine à la plus proche : (N, 6) x, y relatifs au pied dans le plan de l'eau,
    rayon, orientation de la fente, nuance, creux. Une feuille de plus ne déplace pas les autres."""
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([11, factors.pads_seed])))
    start = generator.uniform(0.0, 2 * math.pi)
    draws = generator.uniform(size=(6, 5))[: factors.pads]
    rank = np.arange(factors.pads)
    turn = start + 2.4 * rank + 0.5 * (draws[:, 0] - 0.5)
    away = 0.30 + 0.24 * draws[:, 1]
    table = np.stack(
        [
            1.05 * away * np.cos(turn),
            away * np.sin(turn) - 0.04,
            0.20 + 0.11 * draws[:, 2],
            2 * math.pi * draws[:, 3],
            draws[:, 4],
            0.5 + 0.5 * draws[:, 0],
        ],
        1,
    )
    return table[np.argsort(-table[:, 1])]


def leaf_triangles(factors, light, flower, fine=False):
    """Feuilles de `factors`, éclairées, ombrées par la fleur et projetées -> `Leaves`."""
    angle, radius, vein, faces = _disc(fine)
    table = places(factors)
    if not len(table):
        return Leaves(np.empty((0, 3, 2)), np.empty((0, 3, 3)), np.empty((0, 4)))
    x, y, size, turn, tint, bowl = table.T[:, :, None, None]
    view = elevation(factors.tilt)
    flat = math.sin(view)
    theta = angle + turn
    height = size * radius**2 * (0.11 * bowl + 0.03 * np.sin(3 * theta + 6 * tint))
    sx = flower.foot[0] + x + size * radius * np.cos(theta)
    sy = flower.foot[1] + (y + size * radius * np.sin(theta)) * flat + height * math.cos(view)
    colour = _colour(theta, radius, vein, tint, bowl, light)
    colour *= flower_shade(factors, light, flower, sx, sy)[..., None]
    points = np.stack([sx, sy], -1).reshape(len(table), -1, 2)[:, faces]
    ellipses = np.stack(
        [flower.foot[0] + table[:, 0], flower.foot[1] + table[:, 1] * flat, table[:, 2], table[:, 2] * flat],
        1,
    )
    colours = colour.reshape(len(table), -1, 3)[:, faces]
    return Leaves(points.reshape(-1, 3, 2), colours.reshape(-1, 3, 3), ellipses)


def _colour(theta, radius, vein, tint, bowl, light):
    """Couleurs (N, R, A, 3) des feuilles : vert moyen, cœur et nervures clairs, bord ourlé, ciel."""
    leaf = np.array([0.16, 0.47, 0.24]) + tint[..., None] * np.array([0.12, 0.06, -0.06])
    pale = np.array([0.50, 0.70, 0.36])
    ridge = vein * (0.42 - 0.30 * radius) * (radius < 0.97)
    ridge = ridge + 0.55 * np.exp(-((radius / 0.16) ** 2)) + 0.30 * (radius > 0.97)
    albedo = leaf + (pale - leaf) * ridge[..., None]
    lean = -0.30 * bowl * radius * (np.cos(theta) * light.direction[0] + np.sin(theta) * light.direction[1])
    lit = np.clip(0.82 * light.direction[2] + lean + 0.15, 0.0, 1.2)[..., None]
    sheen = 0.17 * radius * np.maximum(0.25 + np.sin(theta), 0.0)
    return albedo * (1.25 * light.shade + 0.6 * lit * light.sun) + sheen[..., None] * light.sky
