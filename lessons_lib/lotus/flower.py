"""La fleur éclairée et projetée : triangles dans l'ordre où on les peint, et leur image dans l'eau."""

import math
from dataclasses import dataclass

import numpy as np

from lessons_lib.lotus import geometry
from lessons_lib.lotus.geometry import smoothstep
from lessons_lib.lotus.heart import heart_triangles

_STEM = 0.22

# Par variété : couleur de la base, du corps et de la pointe des pétales.
_PETALS = {
    "white": ((0.95, 0.92, 0.55), (1.00, 0.99, 0.94), (1.00, 0.95, 0.95)),
    "pink": ((1.00, 0.92, 0.78), (0.98, 0.68, 0.80), (0.90, 0.28, 0.55)),
    "crimson": ((0.96, 0.60, 0.55), (0.86, 0.14, 0.34), (0.64, 0.02, 0.20)),
    "yellow": ((0.84, 0.78, 0.30), (1.00, 0.87, 0.36), (1.00, 0.95, 0.70)),
    "blue": ((0.95, 0.93, 1.00), (0.62, 0.63, 0.97), (0.36, 0.30, 0.86)),
}
_SEPAL = np.array([0.55, 0.66, 0.34])
_STALK = np.array([0.30, 0.48, 0.20])
_WARM = np.array([1.05, 1.00, 0.86])


@dataclass(frozen=True)
class Flower:
    """Fleur projetée, en fractions d'image (y vers le haut) : triangles (T, 3, 2) et couleurs (T, 3, 3), ceux
    de son image dans l'eau, pied de la tige (x, y), rayon relatif vu de dessus."""

    points: np.ndarray
    colours: np.ndarray
    mirror_points: np.ndarray
    mirror_colours: np.ndarray
    foot: tuple[float, float]
    spread: float


def flower_triangles(factors, light, fine=False):
    """Construit, éclaire et projette la fleur de `factors` -> `Flower` (`fine` : maillage serré)."""
    view = math.radians(factors.tilt)
    eye = np.array([0.0, -math.cos(view), math.sin(view)])
    scale = _scale(factors)
    mesh = geometry.petals(factors.openness, factors.petals, factors.rings, along=10 if fine else 6)
    flat, colours, rank = _petal_triangles(mesh, factors, light, eye)
    heart, heart_colours = heart_triangles(factors.openness, light, fine)
    flat = np.concatenate([flat, _project(heart, eye)]) * scale
    colours = np.concatenate([colours, heart_colours])
    order = np.argsort(np.concatenate([rank, 0.2 * (heart @ eye).mean(1)]), kind="stable")
    corners = flat.reshape(-1, 2)
    centre = np.array([factors.x, factors.y]) - 0.5 * (corners.min(0) + corners.max(0))
    foot = (centre[0], centre[1] - _STEM * scale * math.cos(view))
    stalk, stalk_colours = _stalk(light, view)

    below = np.array([0.0, -math.cos(view), -math.sin(view)])
    mirror, mirror_colours, mirror_rank = _petal_triangles(mesh.every_other(), factors, light, below)
    mirror = mirror * [1.0, -1.0] - [0.0, 2 * _STEM * math.cos(view)]
    mirror_order = np.argsort(mirror_rank, kind="stable")
    return Flower(
        np.concatenate([stalk * scale, flat[order]]) + centre,
        np.concatenate([stalk_colours, colours[order]]),
        mirror[mirror_order] * scale + centre,
        mirror_colours[mirror_order] * 0.85,
        foot,
        float(np.abs(mesh.points[..., 0]).max()),
    )


def _scale(factors):
    """Rayon de la fleur épanouie en largeurs d'image ; un bouton est vu de plus près."""
    return 0.485 * factors.size * (1.0 + 0.35 * (1.0 - smoothstep(0.0, 0.7, factors.openness)))


def _project(points, eye):
    """Projection orthographique (…, 3) -> (…, 2), l'œil étant dans la direction `eye`."""
    return np.stack([points[..., 0], points[..., 2] * -eye[1] + points[..., 1] * eye[2]], -1)


def _petal_triangles(mesh, factors, light, eye):
    """Pétales vus de `eye` : triangles (T, 3, 2) en rayons de fleur, couleurs (T, 3, 3), rangs (T,)."""
    count = len(mesh.points)
    faces = geometry.grid_triangles(len(mesh.u), len(mesh.v))
    flat = _project(mesh.points, eye).reshape(count, -1, 2)[:, faces]
    colours = _petal_colours(mesh, factors, light, eye).reshape(count, -1, 3)[:, faces]
    rank = _painting_rank(flat, mesh.ring, mesh.points.mean((1, 2)) @ eye)
    return flat.reshape(-1, 3, 2), colours.reshape(-1, 3, 3), rank.ravel()


def _painting_rank(flat, ring, near):
    """Rang (P, F) des triangles (P, F, 3, 2) : les premiers peints sont recouverts par les suivants.

    Les couronnes sont des coupes emboîtées. Un rayon qui touche d'abord la face intérieure d'un pétale a déjà
    traversé ce que sa couronne contient : ces faces se peignent en premier, de la couronne extérieure à
    l'intérieure ; puis le cœur (rang proche de 0) ; puis les faces extérieures visibles, dans l'ordre
    inverse. Dans une couronne, le pétale le plus lointain d'abord (`near` (P,), proximité).
    """
    edge = flat[:, :, 1:] - flat[:, :, :1]
    inner_face = edge[:, :, 0, 0] * edge[:, :, 1, 1] < edge[:, :, 0, 1] * edge[:, :, 1, 0]
    rings_first = (20.0 - ring)[:, None]
    return np.where(inner_face, -rings_first, rings_first) + 0.2 * near[:, None]


def _petal_colours(mesh, factors, light, eye):
    """Couleurs (P, U, V, 3) : dégradé de la base à la pointe, lumière diffuse, transparence, occlusion."""
    inside, outside = _petal_paint(factors.variety, mesh.u, mesh.v)
    facing = mesh.normals @ eye
    seen_inside = smoothstep(-0.12, 0.12, facing) * smoothstep(0.0, 0.25, factors.openness)
    front = seen_inside[..., None]
    albedo = (outside + (inside - outside) * front) * (1.0 + 0.05 * mesh.shade)[:, None, None, None]
    towards = np.where(facing > 0, 1.0, -1.0)
    incidence = (mesh.normals @ light.direction) * towards
    halfway = light.direction + eye
    halfway /= math.sqrt(halfway @ halfway)
    gloss = 0.12 * np.maximum((mesh.normals @ halfway) * towards, 0.0) ** 14
    direct = np.maximum(incidence + 0.45, 0.0) * (0.66 / 1.45)
    through = 0.60 * np.maximum(-incidence, 0.0)

    hollow = (1.0 - smoothstep(-0.1, 0.62, mesh.u))[:, None] * (0.50 + 0.18 * mesh.depth)[:, None, None]
    under = (0.30 * (1.0 - smoothstep(0.0, 0.7, mesh.u)))[:, None]
    occlusion = ((1.0 - seen_inside * hollow) * (1.0 - (1.0 - seen_inside) * under))[..., None]
    occlusion = occlusion / (1.0 - 0.85 * albedo * (1.0 - occlusion))
    lit = 1.12 * light.shade + light.sun * direct[..., None]
    glow = albedo * np.sqrt(albedo) * (through[..., None] * (light.sun * _WARM))
    return occlusion * (albedo * lit + glow) + gloss[..., None] * light.sun


def _petal_paint(variety, u, v):
    """Albédos (U, V, 3) des faces intérieure et extérieure : base claire, pointe et bords colorés."""
    base, body, tip = (np.array(colour) for colour in _PETALS[variety])
    u, edge = u[:, None, None], np.abs(v)[None, :, None]
    inside = base + (body - base) * smoothstep(0.0, 0.52, u)
    inside = inside + (tip - inside) * np.clip(0.85 * smoothstep(0.45, 1.0, u) + 0.30 * edge**3 * u, 0.0, 1.0)
    rib = np.exp(-((edge / 0.2) ** 2)) * smoothstep(0.1, 0.5, u)
    inside = inside + 0.22 * rib * (base - inside)
    outside = 0.35 * base + 0.65 * body
    outside = outside + 0.6 * (1.0 - smoothstep(0.0, 0.30, u)) * (_SEPAL - outside)
    blush = smoothstep(0.40, 1.0, u) + 0.75 * edge**2 * smoothstep(0.1, 0.5, u)
    outside = outside + (tip - outside) * np.clip(blush, 0.0, 1.0)
    return inside, outside * (1.0 - 0.13 * edge**4)


def _stalk(light, view):
    """Tige vue de face, du pied à la fleur : triangles (T, 3, 2) en rayons de fleur, couleurs."""
    x = np.array([-0.055, 0.0, 0.055])
    low = -_STEM * math.cos(view)
    grid = np.stack([np.stack([x, np.full(3, low)], 1), np.stack([x, np.zeros(3)], 1)])
    faces = geometry.grid_triangles(2, 3)
    side = np.array([0.75, 1.05, 0.75]) + 0.25 * light.direction[0] * np.array([-1, 0, 1])
    tint = _STALK * side[:, None] * (light.shade + 0.5 * light.sun)
    return grid.reshape(-1, 2)[faces], np.stack([0.8 * tint, 0.6 * tint]).reshape(-1, 3)[faces]
