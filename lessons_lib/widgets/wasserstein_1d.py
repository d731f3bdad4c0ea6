"""Deux lois sur une droite, que l'on écarte et que l'on déforme : trois façons de mesurer leur distance (leçon 05).

La page (``wasserstein_1d.js``) calcule tout à chaque geste ; le noyau ne donne que les valeurs de SciPy et de POT.
"""

import math
from dataclasses import asdict
from pathlib import Path

import anywidget
import traitlets
from matplotlib.figure import Figure
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, wasserstein_distance

from lessons_lib.laws import BUMP, CENTRES, GRID, SHAPES, STEP, WIDTHS, Law
from lessons_lib.transport import jensen_shannon, kl, wasserstein_1d_densities
from lessons_lib.widgets.still import Still
from lessons_lib.widgets.wasserstein_1d_still import draw_two_laws

HERE = Path(__file__).parent
LEFT, RIGHT = Law("segment", -2.0, 0.8), Law("segment", 2.0, 0.8)  # deux lois qui ne se recouvrent pas


class Wasserstein1D(Still, anywidget.AnyWidget):
    """Deux lois sur la droite, la réelle et la générée, et ce que chaque mesure dit de leur écart.

    real, generated : les deux :class:`lessons_lib.laws.Law` de départ ; on les lit et on les remplace ensuite par les
    attributs du même nom. title : la phrase au-dessus.

    Sur la page : les deux lois (tirer, flèches ou curseurs), les chemins de la masse, la critique optimale, le plan de
    transport, puis Jensen-Shannon, KL et Wasserstein-1 quand la loi générée glisse. « Descendre la pente » déplace la
    loi générée comme le ferait un générateur.

    Sources : Arjovsky, Chintala et Bottou, « Wasserstein GAN », 2017, figure 1 et exemple 1 ; et celles de
    :mod:`lessons_lib.transport`.
    """

    _esm = HERE / "wasserstein_1d.js"
    _css = HERE / "wasserstein_1d.css"
    _scene = traitlets.Dict().tag(sync=True)
    _state = traitlets.Dict().tag(sync=True)
    alternative = (
        "Deux lois sur une droite, le plan de transport de l'une vers l'autre, la critique optimale, et trois mesures "
        "de leur écart quand la loi générée glisse : Jensen-Shannon plafonne, Wasserstein-1 croît en ligne droite."
    )

    def __init__(
        self,
        real: Law = LEFT,
        generated: Law = RIGHT,
        *,
        title: str = "Deux lois sur une droite : trois façons de mesurer leur écart",
    ):
        self.title = title
        scene = {
            "title": title,
            "grid": {"low": float(GRID[0]), "step": STEP, "count": len(GRID), "bump": BUMP},
            "shapes": [{"name": name, "label": label, "width": WIDTHS[name]} for name, label in SHAPES.items()],
            "centres": CENTRES,
            "labels": {"real": "réelle", "generated": "générée"},
        }
        super().__init__(_scene=scene, _state={"real": asdict(real), "generated": asdict(generated)})
        self.on_msg(self._verify)

    def __repr__(self) -> str:
        return f"Wasserstein1D(réelle : {_name(self.real)} ; générée : {_name(self.generated)})"

    @property
    def real(self) -> Law:
        """La loi réelle, telle qu'elle est sur la page."""
        return Law(**self._state["real"])

    @real.setter
    def real(self, law: Law) -> None:
        self._state = self._state | {"real": asdict(law)}

    @property
    def generated(self) -> Law:
        """La loi générée, telle qu'elle est sur la page."""
        return Law(**self._state["generated"])

    @generated.setter
    def generated(self, law: Law) -> None:
        self._state = self._state | {"generated": asdict(law)}

    @property
    def values(self) -> dict[str, float]:
        """Les mesures des lois montrées : "jensen_shannon", "kl", "kl_reverse" (nats), "wasserstein" (unités)."""
        p, q = self.real.density(), self.generated.density()
        return {
            "jensen_shannon": jensen_shannon(p, q, STEP),
            "kl": kl(p, q, STEP),
            "kl_reverse": kl(q, p, STEP),
            "wasserstein": wasserstein_1d_densities(p, q, GRID),
        }

    @property
    def exact(self) -> dict[str, float]:
        """Les mêmes par SciPy, "jensen_shannon", "kl" et "wasserstein" ; et par POT, "wasserstein_pot"."""
        return _exact(self.real, self.generated)

    def still(self) -> Figure:
        """Les lois, le plan, la critique et les trois courbes, en une figure."""
        return draw_two_laws(self.real, self.generated, self.values, self.title)

    def _verify(self, _widget, question: dict, _buffers) -> None:
        """Répond à la page par les valeurs de SciPy et de POT ; JSON ne sait pas écrire l'infini, qui devient None."""
        state = question["state"]
        exact = _exact(Law(**state["real"]), Law(**state["generated"]))
        self.send({"state": state} | {name: value if math.isfinite(value) else None for name, value in exact.items()})


def _exact(real: Law, generated: Law) -> dict[str, float]:
    import ot  # deux secondes à importer : seulement si l'on vérifie

    p, q = real.density(), generated.density()
    return {
        "jensen_shannon": float(jensenshannon(p, q) ** 2),
        "kl": float(entropy(p, q)),
        "wasserstein": float(wasserstein_distance(GRID, GRID, p, q)),
        "wasserstein_pot": float(ot.emd2_1d(GRID, GRID, p / p.sum(), q / q.sum(), metric="euclidean")),
    }


def _name(law: Law) -> str:
    return f"{SHAPES[law.shape].lower()} en {law.centre:g}"
