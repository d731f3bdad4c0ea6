"""Le rendu : des facteurs à l'image.

Les surfaces deviennent des triangles triés par profondeur, coloriés à leurs sommets et remplis avec
anticrénelage par Agg, le moteur de tracé de matplotlib, deux fois plus grands que l'image puis réduits.
"""

import numpy as np

from lessons_lib.images import from_array
from lessons_lib.lotus import pads, water
from lessons_lib.lotus.flower import flower_triangles
from lessons_lib.lotus.light import light_at, tone

_FINE_FROM = 80


def render(factors, size=64):
    """Dessine un lotus : `Factors` -> (3, size, size) float32 dans [-1, 1].

    `size` : côté de l'image en pixels, de 16 à 512. Lève `ValueError` hors de ces bornes.
    """
    return from_array(render_pixels(factors, check_size(size)))


def check_size(size):
    """Rend `size` en entier, ou lève `ValueError` si ce n'est pas un côté d'image permis."""
    if isinstance(size, (bool, str)) or not np.isscalar(size) or size not in range(16, 513):
        raise ValueError(f"Le côté de l'image doit être un entier de 16 à 512 pixels ; reçu : {size!r}.")
    return int(size)


def render_pixels(factors, size):
    """Même image que `render`, en octets : (size, size, 3) uint8."""
    fine = size > _FINE_FROM
    light = light_at(factors.hour)
    flower = flower_triangles(factors, light, fine)
    leaves = pads.leaf_triangles(factors, light, flower, fine)
    colour, slope = water.surface(factors, light, flower.foot, size)
    mirrored = _paint(np.zeros((size, size, 4), np.uint8), flower.mirror_points, flower.mirror_colours)
    colour = water.with_reflection(colour, mirrored, slope, flower.foot)
    colour *= water.shade(factors, light, flower, leaves.ellipses, size)[:, :, None]
    canvas = np.full((size, size, 4), 255, np.uint8)
    canvas[..., :3] = np.clip(255.0 * colour + 0.5, 0.0, 255.0)
    painted = _paint(
        canvas.repeat(2, 0).repeat(2, 1),
        np.concatenate([leaves.points, flower.points]),
        np.concatenate([leaves.colours, flower.colours]),
    )
    return _halved(painted)


def _paint(canvas, points, colours):
    """Remplit des triangles (T, 3, 2), du premier au dernier, sur un canevas (S, S, 4) uint8."""
    from matplotlib.backends.backend_agg import RendererAgg  # seulement si l'on dessine : le cache s'en passe
    from matplotlib.transforms import IdentityTransform

    side = len(canvas)
    renderer = RendererAgg(side, side, 72)
    buffer = np.asarray(renderer.buffer_rgba())
    buffer[...] = canvas
    opaque = np.ones((*colours.shape[:2], 4))
    opaque[..., :3] = tone(colours)
    renderer.draw_gouraud_triangles(renderer.new_gc(), points * side, opaque, IdentityTransform())
    return buffer


def _halved(canvas):
    """Moyenne par carrés de 2 x 2 pixels : (2S, 2S, 4) uint8 -> (S, S, 3) uint8."""
    wide = canvas[..., :3].astype(np.uint16)
    rows = wide[0::2] + wide[1::2]
    return ((rows[:, 0::2] + rows[:, 1::2] + 2) >> 2).astype(np.uint8)
