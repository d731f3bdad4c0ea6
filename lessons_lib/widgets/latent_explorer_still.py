"""L'image fixe de l'explorateur latent : l'image décodée, et ce que fait chaque curseur."""

import textwrap

import torch
from matplotlib.figure import Figure

from lessons_lib.images import grid
from lessons_lib.plots import figure
from lessons_lib.widgets.still import INK, draw_picture

ROWS, VALUES = 4, 7
LONGEST_NAME = 16  # caractères ; un nom plus long passe à la ligne


def draw_explorer(view) -> Figure:
    """view : un LatentExplorer. Une image par décodeur à gauche, une rangée d'images par curseur à droite."""
    names, ranks = list(view.source.decoders), view.axes.order[:ROWS]
    drawing, _ = figure(7.2, 1.0 + 0.75 * max(2, len(ranks) * len(names)))
    drawing.clear()
    drawing.suptitle(view.title, x=0.02, ha="left", fontsize=11)
    left, right = drawing.add_gridspec(1, 2, width_ratios=[1, 2.6])
    boxes = left.subgridspec(len(names), 1)
    lines = right.subgridspec(len(ranks) * len(names), 1)
    shown = view.source.images(view.values)
    rows = [
        [view.images_at(rank, value) for value in torch.linspace(-view.limit, view.limit, VALUES)] for rank in ranks
    ]
    for k, name in enumerate(names):
        draw_picture(drawing.add_subplot(boxes[k]), shown[name], name or "Image décodée")
        for r, rank in enumerate(ranks):
            axes = drawing.add_subplot(lines[k * len(ranks) + r])
            draw_picture(axes, grid(torch.stack([images[name] for images in rows[r]]), columns=VALUES, padding=1))
            label = textwrap.fill(view.axes.names[rank], LONGEST_NAME)
            axes.text(-0.02, 0.5, label, transform=axes.transAxes, ha="right", va="center", color=INK, fontsize=9)
    return drawing
