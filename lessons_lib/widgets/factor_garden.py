"""Le jardin de curseurs : une commande par facteur du lotus synthétique (leçon 00)."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import ipywidgets as widgets
from matplotlib.figure import Figure

from lessons_lib.images import to_jpeg
from lessons_lib.lotus import FACTOR_RANGES, VARIETIES, Factors, render, sample_factors
from lessons_lib.plots import figure
from lessons_lib.widgets.panel import ROW, Panel, heading
from lessons_lib.widgets.still import INK, draw_picture


class FactorGarden(Panel):
    """Une commande par facteur ; la fleur est redessinée à chaque mouvement.

    factors : la fleur de départ. names : les facteurs à montrer, dans l'ordre (tous par défaut) ; les autres
    gardent leur valeur. size : côté de l'image en pixels ; side : son côté à l'écran, ramené à un multiple
    entier de size. seed : graine de « Au hasard », qui tire les facteurs montrés et laisse les autres.

    Lève ValueError si un nom n'est pas celui d'un facteur.
    """

    alternative = "Jardin de curseurs : une fleur de lotus synthétique et ses facteurs."

    def __init__(
        self,
        factors: Factors | None = None,
        *,
        names: Sequence[str] | None = None,
        size: int = 128,
        side: int = 384,
        seed: int = 0,
        title: str = "Un jardin de curseurs",
    ):
        known = ["variety", *FACTOR_RANGES]
        names = known if names is None else list(names)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(f"Facteur inconnu : {', '.join(unknown)}. Facteurs possibles : {', '.join(known)}.")
        self._factors, self.title = factors or Factors(), title
        self._size, self._scale, self._seed, self._draws = size, max(1, side // size), seed, 0
        self._lock, self._quiet = threading.RLock(), False
        self._controls = {name: _control(name, getattr(self._factors, name)) for name in names}
        for name, control in self._controls.items():
            control.observe(partial(self._change, name), names="value")
        self._view = widgets.Image(format="jpeg")
        random = widgets.Button(description="Au hasard", tooltip="Tire tous les facteurs montrés")
        random.on_click(self.draw)
        column = widgets.VBox([*self._controls.values(), random], layout={"margin": "0 0 0 14px"})
        super().__init__([heading(title), widgets.HBox([self._view, column], layout=ROW)])
        self._redraw()

    def __repr__(self) -> str:
        return f"FactorGarden({len(self._controls)} facteurs)"

    @property
    def factors(self) -> Factors:
        """Les facteurs de la fleur montrée ; on peut les affecter."""
        return self._factors

    @factors.setter
    def factors(self, value: Factors) -> None:
        with self._lock:
            self._factors, self._quiet = value, True
            try:
                for name, control in self._controls.items():
                    control.value = getattr(value, name)
            finally:
                self._quiet = False
            self._redraw()

    def draw(self, _button=None) -> None:
        """« Au hasard » : tire les facteurs montrés."""
        with self._lock:
            drawn = sample_factors(self._seed, self._draws)
            self._draws += 1
            self.factors = replace(self._factors, **{name: getattr(drawn, name) for name in self._controls})

    def still(self) -> Figure:
        """La fleur, et la valeur de chaque facteur montré."""
        drawing, (left, right) = figure(6.4, 3.3, 1, 2)
        draw_picture(left, render(self._factors, self._size), self.title)
        lines = [f"{control.description} : {_written(control)}" for control in self._controls.values()]
        right.set_axis_off()
        right.text(0, 0.97, "\n".join(lines), va="top", fontsize=8.5, linespacing=1.7, color=INK)
        return drawing

    def _change(self, name: str, change) -> None:
        with self._lock:
            if not self._quiet:
                self._factors = replace(self._factors, **{name: change["new"]})
                self._redraw()

    def _redraw(self) -> None:
        self._view.value = to_jpeg(render(self._factors, self._size), 92, self._scale)


def _control(name: str, value) -> widgets.Widget:
    style, layout = {"description_width": "190px"}, {"width": "425px", "max_width": "100%"}
    if name == "variety":
        options = [(french, key) for key, french in VARIETIES.items()]
        return widgets.Dropdown(options=options, value=value, description="Variété", style=style, layout=layout)
    span = FACTOR_RANGES[name]
    common = {"value": value, "min": span.low, "max": span.high, "continuous_update": True}
    bounds = f", de {span.low:g} à {span.high:g} {span.unit}".replace(".", ",").rstrip()
    common |= {"description": _label(span), "tooltip": span.label + bounds, "style": style, "layout": layout}
    if span.whole:
        return widgets.IntSlider(**common)
    fine = span.high - span.low <= 1
    return widgets.FloatSlider(**common, step=0.01 if fine else 0.5, readout_format=".2f" if fine else ".1f")


def _label(span) -> str:
    """Le nom du facteur sans sa parenthèse (l'infobulle la dit), et son unité si c'est un symbole."""
    name = span.label.partition(" (")[0]
    return f"{name} ({span.unit})" if span.unit in ("°", "h") else name


def _written(control: widgets.Widget) -> str:
    if isinstance(control, widgets.Dropdown):
        return control.label
    return f"{control.value:g}".replace(".", ",")
