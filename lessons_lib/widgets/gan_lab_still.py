"""L'image fixe du laboratoire des GAN : le plan, les courbes, les comptes."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from lessons_lib.plots import PALETTE, figure
from lessons_lib.widgets import gan_lab_frame as frame
from lessons_lib.widgets.gan_lab_session import ToySession

SCALE = LinearSegmentedColormap.from_list("faux_vrai", ["#F3D3E3", "#FFFFFF", "#CBE5E8"])


def draw_lab(session: ToySession, facts: dict, title: str) -> Figure:
    """Une figure : à gauche les points sur la carte de la critique, à droite les pertes et la distance."""
    drawing, _ = figure(7.2, 3.6)
    drawing.clear()
    steps = f"{session.updates['generator']} pas du générateur"
    drawing.suptitle(f"{title} : {session.law.label}, {steps}", x=0.02, ha="left", fontsize=10.5)
    left, right = drawing.add_gridspec(1, 2, width_ratios=[1.1, 1])
    _draw_plane(drawing.add_subplot(left), session, facts)
    above, below = right.subgridspec(2, 1)
    losses, distance = drawing.add_subplot(above), drawing.add_subplot(below)
    for name, label, style in (("critic", "critique", "-"), ("generator", "générateur", "--")):
        colour = PALETTE["critic" if name == "critic" else "generated"]
        losses.plot(*frame.curve(session.curves[name]).T, style, color=colour, linewidth=1.3, label=label)
    losses.set_title("Les pertes", fontsize=9)
    losses.legend(fontsize=7, loc="upper right")
    distance.plot(*frame.curve(session.curves["distance"]).T, "-", color="#333333", marker=".", linewidth=1.3)
    distance.set_ylim(bottom=0)
    distance.set_title("La distance de Wasserstein", fontsize=9)
    distance.set_xlabel("pas du générateur", fontsize=8)
    for axes in (losses, distance):
        axes.tick_params(labelsize=7)
    return drawing


def _draw_plane(axes, session: ToySession, facts: dict) -> None:
    limit = session.law.limit
    values, (low, high) = frame.heat(session, limit)
    extent = (-limit, limit, -limit, limit)
    axes.imshow(values, origin="lower", extent=extent, cmap=SCALE, vmin=low, vmax=high + 1e-9, interpolation="bilinear")
    if np.ptp(values) > 1e-6:
        axes.contour(values, 7, extent=extent, colors=PALETTE["critic"], linewidths=0.5, alpha=0.6)
    axes.scatter(*frame.reals(session).T, s=5, color=PALETTE["real"], label="vrais")
    axes.scatter(*frame.fakes(session).T, s=9, marker="x", linewidths=0.7, color=PALETTE["generated"], label="faux")
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    axes.grid(False)
    axes.tick_params(labelsize=7)
    axes.legend(fontsize=7, loc="upper right", markerscale=1.5)
    what = "tronçons" if session.law.curved else "modes"
    good = f"{100 * facts['good']:.0f} % de bons échantillons"
    axes.set_title(f"{facts['modes']} {what} couverts sur {facts['total']}, {good}", fontsize=9)
