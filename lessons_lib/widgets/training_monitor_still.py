"""L'image fixe du moniteur d'entraînement : les derniers tirages et les courbes."""

from matplotlib.figure import Figure

from lessons_lib.plots import PALETTE, figure
from lessons_lib.widgets.monitor_curves import Curve, curves_of
from lessons_lib.widgets.still import draw_picture


def draw_monitor(view) -> Figure:
    """view : un TrainingMonitor."""
    curves = curves_of(view.history)
    drawing, _ = figure(7.2, 3.4)
    drawing.clear()
    drawing.suptitle(f"{view.title} : {view.progress}", x=0.02, ha="left", fontsize=10.5)
    left, right = drawing.add_gridspec(1, 2, width_ratios=[1, 1.35])
    _draw_samples(drawing.add_subplot(left), view.samples)
    rows = max(1, -(-len(curves) // 2))
    _draw_curves(drawing, right.subgridspec(rows, min(2, max(1, len(curves)))), curves, view.marks)
    return drawing


def _draw_samples(axes, samples) -> None:
    if samples.last.ndim == 4:
        draw_picture(axes, samples.sheet(), samples.caption)
        return
    if samples.real is not None:
        axes.scatter(*samples.real.T, s=4, color=PALETTE["real"])
    axes.scatter(*samples.last.T, s=6, marker="x", color=PALETTE["generated"])
    axes.set_aspect("equal")
    axes.set_title(samples.caption, fontsize=9)


def _draw_curves(drawing: Figure, grid, curves: list[Curve], marks) -> None:
    """Un cadre par courbe, dans les cases d'une grille ; un trait pointillé à chaque pas où un réglage a changé."""
    for place, curve in zip(grid, curves, strict=False):
        axes = drawing.add_subplot(place)
        colour = PALETTE[curve.colour]
        axes.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(curve.x, curve.mean, color=colour, linestyle="-", linewidth=1.4)
        for step, _ in marks:
            axes.axvline(step, color=PALETTE["prior"], linestyle=":", linewidth=1)
        axes.set_ylim(*curve.bounds)
        axes.set_title(curve.label, fontsize=8, loc="left")
        axes.tick_params(labelsize=7.5)
        axes.set_xlabel("pas", fontsize=8)
