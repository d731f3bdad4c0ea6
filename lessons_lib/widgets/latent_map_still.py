"""L'image fixe de la carte latente : le nuage, et ce que chaque décodeur fait de quatre mêmes places."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from lessons_lib.plots import PALETTE, figure
from lessons_lib.widgets.still import draw_picture

CATEGORY_COLOURS = (
    *(PALETTE[name] for name in ("real", "generated", "critic", "accent")),
    "#3E8E41",
    "#2B2B2B",
    "#8F5B34",
)
CATEGORY_MARKERS = "os^DvP*"
SCALE = LinearSegmentedColormap.from_list("lotus", ["#F0C649", "#58B27A", PALETTE["real"], "#47286E"])


def draw_map(view) -> Figure:
    """view : une LatentMap. Rend une figure d'une carte (ou d'une par nuage) et des images décodées."""
    names = list(view.clouds) or [""]
    places = _numbered_places(view)
    linked = len(names) > 1
    decoded = [view.decode_at(place) for place in places]
    drawing, _ = figure(3.7 * len(names) if linked else 6.8, 5.6 if linked else 4.0)
    drawing.clear()
    drawing.suptitle(view.title, x=0.02, ha="left", fontsize=11)
    if linked:
        outer = drawing.add_gridspec(2, len(names), height_ratios=[3, 1])
        for column, name in enumerate(names):
            _draw_cloud(drawing.add_subplot(outer[0, column]), view, name, places)
            strip = outer[1, column].subgridspec(1, len(places))
            _draw_pictures(drawing, strip, [images[name] for images in decoded])
    else:
        outer = drawing.add_gridspec(1, 1 + len(view.source.decoders))
        _draw_cloud(drawing.add_subplot(outer[0, 0]), view, names[0], places)
        for column, name in enumerate(view.source.decoders, start=1):
            block = outer[0, column].subgridspec(2, 2)
            _draw_pictures(drawing, block, [images[name] for images in decoded])
    handles, labels = drawing.axes[0].get_legend_handles_labels()
    if handles:
        labels[0] = f"{view.colours[0][0]} : {labels[0]}"
        drawing.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8, markerscale=1.6)
    return drawing


def _numbered_places(view) -> list[tuple[float, float]]:
    a0, a1, b0, b1 = view.limits
    if view.prior:
        return [(-1, 1), (1, 1), (-1, -1), (1, -1)]
    return [(a0 + u * (a1 - a0), b0 + v * (b1 - b0)) for v in (0.7, 0.3) for u in (0.3, 0.7)]


def _draw_cloud(axes, view, name: str, places) -> None:
    axes.set_aspect("equal")
    axes.set(xlim=view.limits[:2], ylim=view.limits[2:], xlabel=view.axes[0], ylabel=view.axes[1])
    axes.set_title(name, fontsize=10, loc="left")
    if name in view.clouds:
        _scatter(axes, view.places(name), view.colours[0] if view.colours else None, view.palette)
    if view.prior:
        for radius in (1, 2, 3):
            axes.add_patch(Circle((0, 0), radius, fill=False, color=PALETTE["prior"], linestyle="--", linewidth=1))
    for number, (a, b) in enumerate(places, start=1):
        axes.text(
            a, b, str(number), ha="center", va="center", fontsize=9, fontweight="bold", color="white",
            zorder=5,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": PALETTE["generated"], "edgecolor": "white"},
        )  # fmt: skip


def _scatter(axes, places: np.ndarray, colour, palette: dict[str, str]) -> None:
    size = 5 if len(places) > 1500 else 12
    style = {"s": size, "linewidths": 0.2, "edgecolors": "white"}
    if colour is None:
        axes.scatter(*places.T, color=PALETTE["real"], **style)
        return
    name, values = colour
    if values.dtype.kind == "U":
        for k, label in enumerate(np.unique(values)):
            marker = {"color": palette.get(label, CATEGORY_COLOURS[k]), "marker": CATEGORY_MARKERS[k], "label": label}
            axes.scatter(*places[values == label].T, **marker, **style)
    else:
        cloud = axes.scatter(*places.T, c=values, cmap=SCALE, **style)
        axes.figure.colorbar(cloud, ax=axes, label=name, shrink=0.75, pad=0.02)


def _draw_pictures(drawing, grid, images) -> None:
    for number, image in enumerate(images, start=1):
        draw_picture(drawing.add_subplot(grid[number - 1]), image, str(number))
