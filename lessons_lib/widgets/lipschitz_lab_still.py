"""L'image fixe de LipschitzLab : la courbe de chaque critique sur l'optimale, et l'histogramme de ses pentes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lessons_lib.laws import GRID
from lessons_lib.plots import PALETTE, figure
from lessons_lib.widgets.lipschitz_critics import KINDS, SHOWN, CriticRun

LINE = GRID[SHOWN]


def draw_critics(runs: Sequence[CriticRun], title: str) -> Figure:
    """runs : les critiques entraînées. Rend une figure de deux lignes et d'une colonne par critique."""
    drawing, axes = figure(8.8, 4.6, 2, len(runs), height_ratios=[1.6, 1], squeeze=False)
    drawing.suptitle(title, x=0.01, ha="left", fontsize=11)
    for run, (above, below) in zip(runs, axes.T, strict=True):
        _draw_curve(above, run)
        _draw_slopes(below, run)
    axes[1, 0].set_ylabel("part de la masse")
    return drawing


def _draw_curve(ax, run: CriticRun) -> None:
    pair = run.pair
    low, high = pair.optimal.min(), pair.optimal.max()
    margin = 0.35 * (high - low)
    for density, colour in ((pair.p, "real"), (pair.q, "generated")):
        height = low - margin + density / density.max() * 0.7 * margin
        ax.fill_between(LINE, low - margin, height, color=PALETTE[colour], alpha=0.35, linewidth=0)
    ax.plot(LINE, pair.optimal, color=PALETTE["prior"], linestyle="--", linewidth=2.4, label="optimale")
    ax.plot(LINE, run.curve, color=PALETTE["critic"], linestyle="-")
    if run.verdict != "proche de 1":
        ax.plot(LINE, run.curve / run.median, color=PALETTE["critic"], linestyle=":", linewidth=1.2)
    ax.set(ylim=(low - margin, high + margin), xlim=(LINE[0], LINE[-1]), yticks=[])
    name = f"{KINDS[run.kind]} : pente {run.verdict}"
    ax.set_title(name, fontsize=9.5, color="#2E6F31" if run.verdict == "proche de 1" else "#A3262A")


def _draw_slopes(ax, run: CriticRun) -> None:
    slopes = np.abs(run.slope).clip(1e-5, 9.9e4)
    ax.hist(slopes, np.logspace(-5, 5, 51), weights=run.pair.moving, color=PALETTE["critic"])
    ax.axvline(1, color=PALETTE["prior"], linestyle="--", linewidth=1.2)
    ax.set_xscale("log")
    ax.set(xlim=(1e-5, 1e5), xlabel="|pente| là où la masse passe", xticks=[1e-4, 1e-2, 1, 1e2, 1e4])
