"""Les courbes d'un entraînement résumées pour la page et pour l'image fixe : quelques centaines de points, pas plus."""

from dataclasses import dataclass

import numpy as np

from lessons_lib.plots import FRENCH_NAMES
from lessons_lib.widgets.knobs import in_french

MOST_POINTS = 200
COLOURS = {
    "loss": "real",
    "reconstruction": "generated",
    "kl": "critic",
    "critic": "critic",
    "generator": "generated",
    "gap": "real",
    "penalty": "prior",
}


@dataclass(frozen=True)
class Curve:
    """Une perte, résumée. x : numéros de pas ; mean, low, high : la moyenne et les extrêmes autour de chacun ;
    bounds : l'intervalle à montrer, sans les premiers pas qui écraseraient le reste.
    """

    name: str
    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    bounds: tuple[float, float]

    @property
    def label(self) -> str:
        """Son nom et sa dernière valeur, en français."""
        return f"{FRENCH_NAMES.get(self.name, self.name)} : {number(self.mean[-1])}"

    @property
    def colour(self) -> str:
        return COLOURS.get(self.name, "prior")

    def describe(self) -> dict:
        """Ce que la page doit savoir pour la dessiner ; les tableaux y sont des octets float32."""
        arrays = {name: getattr(self, name).astype(np.float32).tobytes() for name in ("x", "mean", "low", "high")}
        return {"label": self.label, "colour": self.colour, "bounds": list(self.bounds), **arrays}


def curves_of(history) -> list[Curve]:
    """Les courbes d'une histoire (voir :class:`lessons_lib.observers.History`), dans l'ordre de ses pertes."""
    index = np.asarray(history.index, dtype=float)
    return [_curve(name, index, np.asarray(values)) for name, values in history.losses.items() if len(values)]


def _curve(name: str, index: np.ndarray, values: np.ndarray) -> Curve:
    index, values = index[-len(values) :], values[-len(index) :]
    starts = np.unique(np.linspace(0, len(values), MOST_POINTS, endpoint=False).astype(int))
    counts = np.diff(np.append(starts, len(values)))
    mean = np.add.reduceat(values, starts) / counts
    finite = mean[np.isfinite(mean)]
    low, high = np.percentile(finite, [2, 98]) if len(finite) else (0.0, 1.0)
    margin = 0.12 * (high - low) or 0.1 * abs(high) or 0.1
    x = np.add.reduceat(index, starts) / counts
    extremes = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    return Curve(name, x, mean, *extremes, (float(low - margin), float(high + margin)))


def number(value: float) -> str:
    """Trois chiffres significatifs, en français : 12,3 ; 1 290 ; −2,5·10⁻⁴."""
    text = f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 1000 else in_french(float(f"{value:.3g}"))
    return text.replace("-", "−")
