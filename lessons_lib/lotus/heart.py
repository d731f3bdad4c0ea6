"""Le cœur de la fleur : réceptacle à sommet plat percé de graines, et sa frange d'étamines dorées."""

import math
from functools import cache

import numpy as np

from lessons_lib.lotus.geometry import grid_triangles, smoothstep

_POD = np.array([[0.50, 0.62, 0.20], [0.80, 0.82, 0.32], [0.93, 0.88, 0.42]])
_SEED = np.array([0.45, 0.42, 0.14])
_STAMEN = np.array([[0.92, 0.62, 0.10], [1.00, 0.84, 0.30], [1.00, 0.90, 0.50]])
_GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))


def heart_triangles(openness, light, fine):
    """Triangles (T, 3, 3), en rayons de fleur, et couleurs (T, 3, 3) ; aucun tant que le bouton est fermé."""
    if openness < 0.2:
        return np.empty((0, 3, 3)), np.empty((0, 3, 3))
    bloom = float(smoothstep(0.2, 0.75, openness))
    pod, pod_albedo = _seed_pod(fine)
    stamens, stamen_albedo = _stamens(0.25 + 0.85 * bloom, 70 if fine else 48)
    shape = np.concatenate([pod, stamens]) * (0.66 + 0.34 * bloom)
    albedo = np.concatenate([pod_albedo, stamen_albedo])
    normal = np.cross(shape[:, 1] - shape[:, 0], shape[:, 2] - shape[:, 0])
    length = np.sqrt(np.einsum("ti,ti->t", normal, normal))
    lit = 0.55 + 0.45 * np.abs(normal @ light.direction) / np.maximum(length, 1e-9)
    return shape, albedo * (light.shade + 0.62 * light.sun * lit[:, None, None])


@cache
def _seed_pod(fine):
    """Réceptacle : tronc de cône évasé, dessus plat, sept graines -> triangles et albédos (T, 3, 3)."""
    sides = 16 if fine else 10
    turn = np.linspace(0.0, 2 * math.pi, sides + 1)
    rings = [(0.07, 0.04, 0), (0.18, 0.37, 1), (0.17, 0.395, 2), (0.0, 0.395, 2)]
    grid = np.array([[(r * math.cos(a), r * math.sin(a), z) for a in turn] for r, z, _ in rings])
    tint = np.repeat(_POD[[kind for _, _, kind in rings]][:, None], sides + 1, 1)
    faces = grid_triangles(len(rings), sides + 1)
    hexagon = np.arange(6) * math.pi / 3
    corners = 0.028 * np.stack([np.cos(hexagon), np.sin(hexagon), 0 * hexagon], 1)
    places = [(0.0, 0.0, 0.403)] + [(0.105 * math.cos(a + 0.3), 0.105 * math.sin(a + 0.3), 0.403) for a in hexagon]
    seeds = np.array(places)[:, None] + corners
    fan = np.array(
        [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 5]] if fine else [[0, 1, 3], [1, 2, 3], [0, 3, 4], [0, 4, 5]]
    )
    dots = seeds[:, fan].reshape(-1, 3, 3)
    return (
        np.concatenate([grid.reshape(-1, 3)[faces], dots]),
        np.concatenate([tint.reshape(-1, 3)[faces], np.broadcast_to(_SEED, dots.shape)]),
    )


@cache
def _fringe(count):
    """Directions des étamines : vers l'extérieur (N, 3), de côté (N, 3), irrégularités (N, 2)."""
    turn = np.arange(count) * _GOLDEN_ANGLE
    outward = np.stack([np.cos(turn), np.sin(turn), 0 * turn], 1)
    aside = np.stack([-np.sin(turn), np.cos(turn), 0 * turn], 1)
    return outward, aside, np.random.Generator(np.random.Philox(7)).uniform(-1.0, 1.0, (count, 2))


def _stamens(spread, count):
    """Filets évasés de `spread` radians autour du réceptacle, anthère au bout -> triangles, albédos."""
    outward, aside, wobble = _fringe(count)
    lean = spread * (0.80 + 0.30 * wobble[:, :1])
    long = 0.36 + 0.05 * wobble[:, 1:]
    axis = np.sin(lean) * outward + np.cos(lean) * np.array([0.0, 0.0, 1.0])
    foot = 0.10 * outward + np.array([0.0, 0.0, 0.10])
    tip = foot + long * axis
    thickness = math.sqrt(70 / count) * aside
    filament = np.stack([foot - 0.018 * thickness, foot + 0.018 * thickness, tip], 1)
    left, right = tip + 0.026 * thickness, tip - 0.026 * thickness
    below, above = tip - 0.03 * axis, tip + 0.06 * axis
    anthers = [np.stack([below, left, above], 1), np.stack([below, above, right], 1)]
    albedo = np.empty((3 * count, 3, 3))
    albedo[:count] = _STAMEN[[0, 0, 1]]
    albedo[count:] = _STAMEN[2]
    return np.concatenate([filament, *anthers]), albedo
