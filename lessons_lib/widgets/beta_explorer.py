"""L'explorateur de bêta : une famille de VAE, un curseur pour le prix du nat (leçon 03)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import ipywidgets as widgets
import torch
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.images import grid, to_jpeg
from lessons_lib.latent import traversal
from lessons_lib.losses import kl_to_standard_normal, squared_error
from lessons_lib.models import VAE
from lessons_lib.plots import PALETTE, figure, figure_png
from lessons_lib.widgets.panel import ROW, Panel, captioned, heading
from lessons_lib.widgets.still import draw_picture

ALIVE = 0.05  # nat ; en dessous, une dimension est dite éteinte, comme dans les fiches du zoo
SWEPT = 2.0  # le balayage d'une dimension va de -SWEPT à SWEPT


@dataclass(frozen=True)
class _Measured:
    """Ce qu'un VAE fait des images : codes, KL par dimension, rangs par KL décroissante, reconstructions, erreur."""

    mu: Tensor
    kl: Tensor
    order: list[int]
    rebuilt: Tensor
    error: float

    @property
    def alive(self) -> int:
        return int((self.kl > ALIVE).sum())


class BetaExplorer(Panel):
    """Un curseur bêta : les reconstructions, la KL de chaque dimension, et ce que chacune change à l'image.

    vaes : valeur de bêta -> VAE entraîné avec elle, tous de même taille et de mêmes dimensions, en mode évaluation.
    images : (N, 3, size, size) dans [-1, 1], des images jamais vues ; les ``shown`` premières sont montrées, toutes
        servent à la mesure. beta : la valeur de départ, par défaut la plus petite. scale : agrandissement, entier.

    Les dimensions sont rangées par KL décroissante : le curseur « Dimension » balaie celle de ce rang, de −2 à 2,
    dans le code de la première image. Une dimension de moins de 0,05 nat est dite éteinte.
    Source : Higgins et al., « beta-VAE », 2017. Leçon 03.

    Lève ValueError pour une famille vide, des modèles de tailles différentes, ou un bêta qui n'est pas de la famille.
    """

    alternative = "Explorateur de bêta : images, reconstructions, balayage d'une dimension, et KL de chaque dimension."

    def __init__(
        self,
        vaes: Mapping[float, VAE],
        images: Tensor,
        *,
        shown: int = 5,
        beta: float | None = None,
        scale: int = 3,
        title: str = "Le prix du nat, et les dimensions qui survivent",
    ):
        shapes = {(model.size, model.latent) for model in vaes.values()}
        if len(shapes) != 1:
            raise ValueError(
                f"La famille compte {len(vaes)} VAE de {len(shapes)} sortes : il en faut un au moins, tous de même "
                "taille d'image et de mêmes dimensions latentes."
            )
        self.vaes = dict(sorted(vaes.items()))
        beta = min(self.vaes) if beta is None else beta
        if beta not in self.vaes:
            known = ", ".join(f"{value:g}" for value in self.vaes)
            raise ValueError(f"Aucun VAE de la famille n'a bêta = {beta:g}. Valeurs : {known}.")
        self.images, self.shown, self.scale, self.title = images, shown, scale, title
        self._measured = {value: _measure(model, images, shown) for value, model in self.vaes.items()}
        self._highest = 1.08 * max(float(measured.kl.max()) for measured in self._measured.values())
        self._lock = threading.RLock()
        super().__init__(self._build(beta))
        self._redraw()

    def __repr__(self) -> str:
        return f"BetaExplorer({len(self.vaes)} VAE, {self.latent} dimensions)"

    @property
    def latent(self) -> int:
        return next(iter(self.vaes.values())).latent

    @property
    def beta(self) -> float:
        """Le bêta montré ; on peut l'affecter."""
        return self._beta.value

    @beta.setter
    def beta(self, value: float) -> None:
        self._beta.value = value

    def alive(self) -> dict[float, int]:
        """Le nombre de dimensions vivantes de chaque VAE : bêta -> nombre."""
        return {beta: measured.alive for beta, measured in self._measured.items()}

    def still(self) -> Figure:
        """Les barres, les reconstructions et le balayage du bêta montré."""
        drawing, (left, right) = figure(6.2, 2.5, 1, 2, width_ratios=[1.1, 1])
        drawing.suptitle(f"{self.title} : β = {self.beta:g}", x=0.01, ha="left", fontsize=11)
        self._draw_bars(left)
        rows = torch.cat([self.images[: self.shown], self._measured[self.beta].rebuilt, self._sweep()])
        draw_picture(right, grid(rows, columns=self.shown, padding=1), "Images, reconstructions, balayage")
        return drawing

    def _build(self, beta: float) -> list[widgets.Widget]:
        style, layout = {"description_width": "90px"}, {"width": "420px", "max_width": "100%"}
        self._beta = widgets.SelectionSlider(
            options=[(f"{value:g}", value) for value in self.vaes], value=beta, description="bêta",
            tooltip="Le poids de la divergence KL dans la perte", style=style, layout=layout,
        )  # fmt: skip
        self._rank = widgets.IntSlider(
            value=1, min=1, max=self.latent, description="Dimension", style=style, layout=layout,
            tooltip="Rang de la dimension balayée : 1 pour celle de plus grande KL",
        )  # fmt: skip
        self._beta.observe(self._redraw, names="value")
        self._rank.observe(self._redraw, names="value")
        self._bars = widgets.Image(format="png")
        self._rebuilt, self._swept = widgets.Image(format="jpeg"), widgets.Image(format="jpeg")
        images = widgets.Image(format="jpeg", value=self._strip(self.images[: self.shown]))
        pictures = [
            captioned(images, "Images jamais vues"),
            captioned(self._rebuilt, "Leurs reconstructions"),
            captioned(self._swept, "La dimension choisie, de −2 à 2"),
        ]
        body = widgets.HBox([widgets.VBox([self._bars]), widgets.VBox(pictures)], layout=ROW)
        return [heading(self.title), self._beta, self._rank, body]

    def _redraw(self, _change=None) -> None:
        with self._lock:
            drawing, ax = figure(4.6, 2.9)
            self._draw_bars(ax)
            self._bars.value = figure_png(drawing)
            self._rebuilt.value = self._strip(self._measured[self.beta].rebuilt)
            self._swept.value = self._strip(self._sweep())

    def _draw_bars(self, ax) -> None:
        measured = self._measured[self.beta]
        heights = measured.kl[measured.order].tolist()
        colours = [PALETTE["real" if height > ALIVE else "prior"] for height in heights]
        ranks = range(1, self.latent + 1)
        ax.bar(ranks, [max(height, 0.012 * self._highest) for height in heights], color=colours)
        ax.plot(self._rank.value, -0.05 * self._highest, "^", color=PALETTE["generated"], clip_on=False)
        ax.set(xlabel="dimension, de la plus à la moins utile", ylabel="KL (nats)", xticks=list(ranks))
        ax.set_ylim(-0.09 * self._highest, self._highest)
        alive = f"{measured.alive} vivante{'s' * (measured.alive > 1)} sur {self.latent}"
        total = f"{float(measured.kl.sum()):.1f} nats · erreur {measured.error:.0f}".replace(".", ",")
        ax.set_title(f"{alive} · {total}", fontsize=9.5)

    @torch.inference_mode()
    def _sweep(self) -> Tensor:
        """(shown, 3, size, size) : la première image, quand la dimension choisie va de −2 à 2."""
        measured = self._measured[self.beta]
        z, dimension = measured.mu[0].clone(), measured.order[self._rank.value - 1]
        z[dimension] = 0.0
        axis = torch.eye(self.latent)[dimension]
        return self.vaes[self.beta].decode(traversal(z, axis, torch.linspace(-SWEPT, SWEPT, self.shown)))

    def _strip(self, images: Tensor) -> bytes:
        return to_jpeg(grid(images, columns=max(len(images), 1), padding=1), 92, self.scale)


@torch.inference_mode()
def _measure(model: VAE, images: Tensor, shown: int) -> _Measured:
    mu, logvar = model.encode(images)
    kl = kl_to_standard_normal(mu, logvar, per_dimension=True)
    rebuilt = model.decode(mu)
    order = kl.argsort(descending=True).tolist()
    return _Measured(mu, kl, order, rebuilt[:shown], float(squared_error(rebuilt, images)))
