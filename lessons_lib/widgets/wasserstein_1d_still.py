"""L'image fixe de Wasserstein1D : les lois, la critique optimale, le plan, trois mesures quand une loi glisse."""

import math
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from lessons_lib.laws import CENTRES, GRID, STEP, Law
from lessons_lib.plots import PALETTE, figure
from lessons_lib.transport import (
    jensen_shannon,
    kantorovich_potential_1d,
    kl,
    quantiles_1d,
    wasserstein_1d_densities,
)
from lessons_lib.widgets.still import INK

SHOWN = 6.2
TICKS = (-4, 0, 4)
THREADS = 24
OFFSETS = np.linspace(*CENTRES, 33)


def draw_two_laws(real: Law, generated: Law, values: dict[str, float], title: str) -> Figure:
    """values : voir Wasserstein1D.values. Rend une figure de six cadres."""
    drawing, axes = figure(8.8, 4.9, 2, 3)
    drawing.suptitle(title, x=0.01, ha="left", fontsize=11)
    p, q = real.density(), generated.density()
    levels = (np.arange(THREADS) + 0.5) / THREADS
    start, end = quantiles_1d(p, GRID, levels), quantiles_1d(q, GRID, levels)
    _draw_laws(axes[0, 0], p, q, start, end)
    _draw_critic(axes[0, 1], p, q, values["wasserstein"])
    _draw_plan(axes[0, 2], start, end)
    slid = [replace(generated, centre=centre).density() for centre in OFFSETS]
    measures = {
        "Jensen-Shannon": ("jensen_shannon", [jensen_shannon(p, other, STEP) for other in slid]),
        "KL(réel ‖ généré)": ("kl", [kl(p, other, STEP) for other in slid]),
        "Wasserstein-1": ("wasserstein", [wasserstein_1d_densities(p, other, GRID) for other in slid]),
    }
    for ax, (label, (name, curve)) in zip(axes[1], measures.items(), strict=True):
        _draw_measure(ax, label, np.array(curve), generated.centre, values[name])
    return drawing


def _draw_laws(ax, p, q, start, end) -> None:
    top = max(p.max(), q.max())
    for density, colour, dash, label in ((p, "real", "-", "réelle"), (q, "generated", "--", "générée")):
        ax.fill_between(GRID, density, color=PALETTE[colour], alpha=0.2, linewidth=0)
        ax.plot(GRID, density, color=PALETTE[colour], linestyle=dash)
        peak = GRID[density.argmax()]
        ax.text(peak, 1.05 * top, label, color=PALETTE[colour], fontsize=9, fontweight="bold", ha="center")
    for a, b in zip(start, end, strict=True):
        ax.plot([a, b], [0, -0.4 * top], color=PALETTE["accent"], linestyle="-", linewidth=0.7)
    ax.set(xlim=(-SHOWN, SHOWN), ylim=(-0.45 * top, 1.25 * top), yticks=[], xticks=TICKS)
    ax.set_title("La masse à déplacer", fontsize=9.5)
    ax.grid(False)


def _draw_critic(ax, p, q, distance: float) -> None:
    f = kantorovich_potential_1d(p, q, GRID)
    shown = np.abs(GRID) <= SHOWN
    ax.plot(GRID[shown], f[shown], color=PALETTE["critic"], linestyle="-")
    ax.set_title(f"La critique optimale creuse {_decimal(distance)}", fontsize=9.5)
    ax.set(xlim=(-SHOWN, SHOWN), xticks=TICKS, ylabel="f(x)")


def _draw_plan(ax, start, end) -> None:
    ax.plot([-SHOWN, SHOWN], [-SHOWN, SHOWN], color=PALETTE["prior"], linestyle="--", linewidth=1)
    ax.vlines(start, start, end, color=PALETTE["accent"], alpha=0.35, linewidth=0.8)
    ax.plot(start, end, "o", color=PALETTE["accent"], markersize=3)
    ax.set(xlim=(-SHOWN, SHOWN), ylim=(-SHOWN, SHOWN), xticks=TICKS, yticks=TICKS)
    ax.set(xlabel="départ (réel)", ylabel="arrivée (généré)")
    ax.set_title("Le plan de transport", fontsize=9.5)
    ax.set_aspect("equal")


def _draw_measure(ax, label: str, curve: np.ndarray, centre: float, value: float) -> None:
    finite = np.where(np.isfinite(curve), curve, np.nan)
    known = finite[np.isfinite(finite)]
    ax.plot(OFFSETS, finite, color=INK, linestyle="-", marker="." if len(known) < 3 else "")
    for left, right, blank in zip(OFFSETS[:-1], OFFSETS[1:], ~np.isfinite(curve), strict=False):
        if blank:
            ax.axvspan(left, right, color="#A3262A", alpha=0.08, linewidth=0)
    if math.isfinite(value):
        ax.plot(centre, value, "o", color=PALETTE["generated"], markersize=6)
    if label == "Jensen-Shannon":
        ax.axhline(math.log(2), color=PALETTE["prior"], linestyle="--", linewidth=1)
        ax.text(CENTRES[1], 0.93 * math.log(2), "log 2", ha="right", va="top", fontsize=8, color=PALETTE["prior"])
    ax.set_title(f"{label} : {_decimal(value)}", fontsize=9.5)
    ax.set(xlim=CENTRES, ylim=(0, 1.12 * max(known.max(initial=0.5), 0.5)), xlabel="centre de la loi générée")


def _decimal(value: float) -> str:
    return f"{value:.2f}".replace(".", ",") if math.isfinite(value) else "infinie"
