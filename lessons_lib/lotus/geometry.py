"""Géométrie d'une fleur de lotus : pétales, réceptacle, étamines et tige, en trois dimensions.

Repère : x à droite, y vers le lointain, z en haut, l'axe de la fleur sur z ; l'unité est le rayon de la fleur
épanouie. Un pétale est une surface (u de la base à la pointe, v d'un bord à l'autre).
"""

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

BASE_RADIUS = 0.07


@dataclass(frozen=True)
class Petals:
    """Les P pétales d'une fleur, sur une grille (U, V).

    points (P, U, V, 3) ; normals (P, U, V, 3) unitaires, vers la face intérieure ; u (U,) de 0 à 1, v (V,) de
    -1 à 1 ; ring (P,) couronne, 0 étant l'extérieure ; depth (P,) profondeur, de 0 dehors à 1 près du
    cœur ; shade (P,) nuance propre à chaque pétale.
    """

    points: np.ndarray
    normals: np.ndarray
    u: np.ndarray
    v: np.ndarray
    ring: np.ndarray
    depth: np.ndarray
    shade: np.ndarray

    def every_other(self):
        """Les mêmes pétales sur une grille deux fois moins serrée."""
        sparse = (slice(None), slice(None, None, 2), slice(None, None, 2))
        return replace(self, points=self.points[sparse], normals=self.normals[sparse], u=self.u[::2], v=self.v[::2])


def smoothstep(low, high, value):
    """Passage doux de 0 à 1 entre `low` et `high` (polynôme d'Hermite)."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


@cache
def _jitter():
    """Petites irrégularités, toujours les mêmes : (couronne, pétale, grandeur), entre -1 et 1."""
    return np.random.Generator(np.random.Philox(20)).uniform(-1.0, 1.0, (4, 10, 6))


@cache
def _grid(along, across):
    """Abscisses u (plus serrées vers la pointe), v, et largeur relative du pétale w(u)."""
    t = np.linspace(0.0, 1.0, along + 1)
    u = 0.45 * t + 0.55 * (1.0 - (1.0 - t) ** 1.7)
    fine = np.linspace(0.0, 1.0, 200)
    return u, np.linspace(-1.0, 1.0, across + 1), _outline(u) / _outline(fine).max()


def _outline(u):
    """Demi-largeur d'un pétale obovale et pointu, à un facteur près : base étroite, épaule vers u = 0,6."""
    return (u + 0.07) ** 0.85 * (1.0 - u**2.4) ** 1.08


def petals(openness, per_ring, rings, along=6, across=4):
    """Pétales d'une fleur : `rings` couronnes de `per_ring` pétales en quinconce -> `Petals`."""
    u, v, width = _grid(along, across)
    ring = np.repeat(np.arange(rings), per_ring)
    rank = np.tile(np.arange(per_ring), rings)
    wobble = _jitter()[ring, rank]
    inner = ring / max(rings - 1, 2)
    azimuth = 2 * math.pi * (rank + 0.5 * (ring % 2) + 0.10 * wobble[:, 0]) / per_ring - math.pi / 2
    late = 0.21 * ring / max(rings - 1, 1)
    awake = np.clip((openness - late) / (1.0 - late), 0.0, 1.0)
    closing = ((1.0 - awake) ** (1.45 + 0.15 * wobble[:, 1]))[:, None]
    folded = closing ** (0.75 + 1.1 * u)
    length = (1.04 - (0.06 + 0.20 * openness) * inner) * (1.0 + 0.05 * wobble[:, 2])
    half_width = 0.30 * (8.0 / per_ring) ** 0.5 * (1.0 - 0.16 * inner) * (1.0 + 0.05 * wobble[:, 3])

    bud = np.radians(112.0 * np.exp(-u / 0.25) - 31.0)
    wide = 78.0 - 46.0 * inner + 6.0 * wobble[:, 4]
    rise = (52.0 - 26.0 * inner)[:, None]
    bloom = np.radians(wide[:, None] + 18.0 - rise * u + 22.0 * smoothstep(0.70, 1.0, u))
    angle = bloom + folded * (bud - bloom)
    middle = 0.5 * (angle[:, 1:] + angle[:, :-1])
    step = np.diff(u) * length[:, None]
    start = np.zeros((len(ring), 1))
    spread = 1.0 + closing * (0.12 - 0.22 * inner[:, None])
    r = spread * (BASE_RADIUS * length[:, None] + np.concatenate([start, np.cumsum(np.sin(middle) * step, 1)], 1))
    z = (
        0.06 * inner[:, None]
        + 0.65 * late[:, None] * closing
        + np.concatenate([start, np.cumsum(np.cos(middle) * step, 1)], 1)
    )

    lateral = half_width[:, None] * ((1.0 + 0.22 * closing**2) * width + 0.5 * closing * (1.0 - u) ** 4)
    open_radius = half_width * (0.95 - 0.25 * inner)
    bend = (1.0 / np.maximum(r, 0.04)) * closing + (1.0 / open_radius)[:, None] * (1.0 - closing)
    arc = np.minimum(lateral * bend, 1.5)
    radius = np.where(arc > 0, lateral / np.maximum(arc, 1e-6), 0.0)
    theta = arc[:, :, None] * v
    side = radius[:, :, None] * np.sin(theta)
    inward = radius[:, :, None] * (1.0 - np.cos(theta)) + 0.035 * v * (lateral / half_width[:, None])[:, :, None]
    profile_r = r[:, :, None] - inward * np.cos(angle)[:, :, None]
    height = z[:, :, None] + inward * np.sin(angle)[:, :, None]
    cos_a, sin_a = np.cos(azimuth)[:, None, None], np.sin(azimuth)[:, None, None]
    points = np.stack([profile_r * cos_a - side * sin_a, profile_r * sin_a + side * cos_a, height], -1)
    return Petals(points, _normals(points), u, v, ring, inner, wobble[:, 5])


def _normals(points):
    """Normales unitaires d'une grille (P, U, V, 3), par différences finies."""
    along = np.empty_like(points)
    along[:, 1:-1] = points[:, 2:] - points[:, :-2]
    along[:, 0], along[:, -1] = points[:, 1] - points[:, 0], points[:, -2] - points[:, -3]
    across = np.empty_like(points)
    across[:, :, 1:-1] = points[:, :, 2:] - points[:, :, :-2]
    across[:, :, 0], across[:, :, -1] = points[:, :, 1] - points[:, :, 0], points[:, :, -1] - points[:, :, -2]
    across[:, -1] = across[:, -2]
    normals = np.cross(along, across)
    return normals / np.sqrt(np.einsum("...i,...i->...", normals, normals) + 1e-12)[..., None]


@cache
def grid_triangles(rows, columns):
    """Indices (2·(rows-1)·(columns-1), 3) des triangles d'une grille de rows x columns sommets."""
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    first = np.stack([corner, corner + 1, corner + columns], 1)
    second = np.stack([corner + 1, corner + columns + 1, corner + columns], 1)
    return np.stack([first, second], 1).reshape(-1, 3)
