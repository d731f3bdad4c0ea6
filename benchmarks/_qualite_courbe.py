"""La course vue par le lecteur de facteurs : distance de Fréchet des lotus, et les courbes distance contre temps.

Ce réseau n'a appris que des fleurs de synthèse : il ne juge qu'elles. Les images sont comparées à mille vraies ; comme
elles sont peu nombreuses, la distance est biaisée, et d'autant de vraies images en donnent le plancher.
"""

import statistics

from matplotlib.figure import Figure
from torch import Tensor

from benchmarks._qualite_course import RECIPES, SAMPLES, SIZE
from lessons_lib.lotus import SyntheticLotus
from lessons_lib.metrics import frechet_distance
from lessons_lib.metrics.features import LotusFeatures, features_of
from lessons_lib.plots import PALETTE, figure

REFERENCE = 1000
STYLES = {
    "article": {"color": PALETTE["prior"], "marker": "o", "linestyle": ":"},
    "recommandee": {"color": PALETTE["real"], "marker": "s", "linestyle": "-"},
    "rivale": {"color": PALETTE["generated"], "marker": "^", "linestyle": "--"},
}
Curve = dict[tuple[str, int], list[float]]  # (recette, secondes) -> une distance par graine


class LotusFrechet:
    """La distance de Fréchet d'images (N, 3, 64, 64) à mille fleurs de synthèse ; floor : celle de vraies images."""

    def __init__(self):
        self.network = LotusFeatures()
        self.real = features_of(SyntheticLotus(REFERENCE, SIZE, seed=1000).images, self.network)
        self.floor = self(SyntheticLotus(SAMPLES, SIZE, seed=5000).images)

    def __call__(self, images: Tensor) -> float:
        return frechet_distance(features_of(images, self.network), self.real)


def draw(curves: dict[str, Curve], floors: dict[str, float]) -> Figure:
    """Une colonne par distance : sa moyenne sur les graines, de la plus petite à la plus grande en clair."""
    drawing, axes = figure(4.6 * len(curves) + 0.4, 3.4, 1, len(curves), squeeze=False)
    for ax, (title, curve) in zip(axes[0], curves.items(), strict=True):
        for name, style in STYLES.items():
            marks = sorted(mark for recipe, mark in curve if recipe == name)
            runs = [curve[name, mark] for mark in marks]
            ax.plot(marks, [statistics.mean(run) for run in runs], label=RECIPES[name].title, **style)
            ax.fill_between(
                marks, [min(run) for run in runs], [max(run) for run in runs], color=style["color"], alpha=0.2
            )
        if title in floors:
            ax.axhline(floors[title], color="#333333", linewidth=1, linestyle="-")
            ax.text(1, floors[title], "vraies images", transform=ax.get_yaxis_transform(), ha="right", va="bottom")
        ax.set_xscale("log")
        ax.set_xticks([30, 60, 120, 600], ["30 s", "1 min", "2 min", "10 min"])
        ax.minorticks_off()
        ax.set_ylim(bottom=0)
        ax.set_title(title)
        ax.set_xlabel("temps d'entraînement, deux cœurs")
    axes[0][0].legend()
    return drawing
