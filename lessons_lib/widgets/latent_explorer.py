"""L'explorateur latent : un curseur par dimension de z, l'image à côté (leçons 01 et 02)."""

import html
import threading
from collections.abc import Mapping, Sequence
from functools import partial

import ipywidgets as widgets
import torch
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.images import grid, to_jpeg
from lessons_lib.plots import figure
from lessons_lib.widgets.panel import ROW, Panel, captioned, heading
from lessons_lib.widgets.pictures import Decode, PictureSource
from lessons_lib.widgets.still import INK, draw_picture

STILL_ROWS, STILL_VALUES = 4, 7
SLIDER_WIDTH = "290px"


def truncated_normal(uniform: Tensor, threshold: float) -> Tensor:
    """Des nombres uniformes dans ]0, 1[ -> la loi normale N(0, 1) restreinte à [-threshold, threshold].

    C'est la loi que l'on obtient en retirant chaque coordonnée qui sort de l'intervalle (Marchesi, «
    Megapixel Size Image Creation using Generative Adversarial Networks », 2017 ; Brock et al., « Large Scale
    GAN Training for High Fidelity Natural Image Synthesis », 2019, §3.1). L'inverse de la fonction de
    répartition la donne sans rejet, et fait varier continûment un même tirage avec le seuil. Lève ValueError
    si le seuil n'est pas positif.
    """
    if not threshold > 0:
        raise ValueError(f"Le seuil de troncature doit être positif ; reçu {threshold}.")
    below = torch.special.ndtr(torch.tensor(-float(threshold), dtype=torch.float64))
    z = torch.special.ndtri(below + uniform.double() * (1 - 2 * below))
    return z.clamp(-threshold, threshold).to(uniform.dtype)


class LatentExplorer(Panel):
    """Un curseur par dimension latente, la plus informative d'abord, et l'image décodée à côté.

    decode : une fonction z (1, latent) -> image (1, 3, H, W) dans [-1, 1], sur n'importe quel matériel, ou un
        dictionnaire nom -> fonction (les images côte à côte, pour le même z).
    z : (latent,) ou (1, latent), le code de départ ; « Retour à l'image » y revient.
    importance : une valeur par dimension (KL en nats, ou variance) ; les curseurs vont de la plus grande à la
        plus petite. Les dimensions sans curseur gardent la valeur de z.
    shown : nombre de curseurs au départ ; le lecteur le change.
    limit : les curseurs vont de -limit à limit, et plus loin s'il le faut pour montrer z.
    original : (3, H, W), l'image dont z est le code, montrée à côté.
    size : côté des images à l'écran, en pixels, ramené à un multiple entier des leurs.
    generator : le générateur de hasard des tirages.

    « Nouveau tirage » tire z selon N(0, I) tronquée à ±troncature (voir :func:`truncated_normal`) ; bouger la
    troncature rejoue ce même tirage, ou en fait un s'il n'y en a pas.

    Lève ValueError si z ou importance n'ont pas la bonne forme, ou si le décodeur ne rend pas une image.
    """

    alternative = "Explorateur latent : l'image décodée, et ce que change chaque dimension de z."

    def __init__(
        self,
        decode: Decode | Mapping[str, Decode],
        z: Tensor,
        *,
        importance: Sequence[float] | Tensor | None = None,
        shown: int = 8,
        limit: float = 3.0,
        original: Tensor | None = None,
        size: int = 256,
        generator: torch.Generator | None = None,
        title: str = "Un curseur par dimension de z",
    ):
        self._sliders: dict[int, widgets.FloatSlider] = {}
        start = torch.as_tensor(z).detach()
        if start.ndim == 1:
            start = start.unsqueeze(0)
        if start.ndim != 2 or start.shape[0] != 1:
            raise ValueError(f"z doit être un seul code, (latent,) ou (1, latent) ; reçu {tuple(start.shape)}.")
        self.source = PictureSource(decode, start)
        self.latent, self.limit, self.original, self.title = start.shape[1], float(limit), original, title
        self.importance = _scores(importance, self.latent)
        self.order = list(range(self.latent))
        if self.importance is not None:
            self.order.sort(key=lambda dimension: -self.importance[dimension])
        self._start = start.float().cpu()
        self._z = self._start.clone()
        self._uniform, self._generator = None, generator
        self._lock, self._quiet = threading.RLock(), False
        self._scales = self.source.scales(size)
        super().__init__(self._build(max(1, min(shown, self.latent)), size))
        self._show_sliders()
        self._redraw()

    def __repr__(self) -> str:
        return f"LatentExplorer({self.latent} dimensions, {self._count.value} curseurs)"

    @property
    def z(self) -> Tensor:
        """Le code montré, (1, latent) ; on peut l'affecter."""
        return self._z.clone()

    @z.setter
    def z(self, value: Tensor) -> None:
        with self._lock:
            self._z = torch.as_tensor(value).detach().float().cpu().reshape(1, self.latent).clone()
            self._quiet = True
            try:
                for dimension, slider in self._sliders.items():
                    self._place(slider, float(self._z[0, dimension]))
            finally:
                self._quiet = False
            self._redraw()

    def draw(self, _button=None) -> None:
        """« Nouveau tirage » : z selon N(0, I) tronquée."""
        with self._lock:
            self._uniform = torch.rand(1, self.latent, generator=self._generator, dtype=torch.float64)
            self._truncate()

    def reset(self, _button=None) -> None:
        """« Retour à l'image » : z revient au code de départ."""
        with self._lock:
            self._uniform = None
            self.z = self._start

    def close(self) -> None:
        """Ferme l'explorateur et toutes ses commandes, même les curseurs qui ne sont plus montrés."""
        for slider in self._sliders.values():
            slider.close()
        super().close()

    def still(self) -> Figure:
        """L'image décodée, et une rangée d'images par dimension : ce que fait son curseur."""
        names, rows = list(self.source.decoders), self.order[:STILL_ROWS]
        drawing, _ = figure(7.2, 1.0 + 0.75 * max(2, len(rows) * len(names)))
        drawing.clear()
        drawing.suptitle(self.title, x=0.02, ha="left", fontsize=11)
        left, right = drawing.add_gridspec(1, 2, width_ratios=[1, 2.6])
        shown = self.source.images(self._z)
        boxes = left.subgridspec(len(names), 1)
        lines = right.subgridspec(len(rows) * len(names), 1)
        for k, name in enumerate(names):
            draw_picture(drawing.add_subplot(boxes[k]), shown[name], name or "Image décodée")
            for r, dimension in enumerate(rows):
                axes = drawing.add_subplot(lines[k * len(rows) + r])
                draw_picture(axes, grid(self._traverse(name, dimension), columns=STILL_VALUES, padding=1))
                axes.text(
                    -0.02,
                    0.5,
                    f"z[{dimension}]",
                    transform=axes.transAxes,
                    ha="right",
                    va="center",
                    color=INK,
                )
        return drawing

    def _traverse(self, name: str, dimension: int) -> Tensor:
        images = []
        for value in torch.linspace(-self.limit, self.limit, STILL_VALUES):
            z = self.z
            z[0, dimension] = value
            images.append(self.source.images(z)[name])
        return torch.stack(images)

    def _build(self, shown: int, size: int) -> list[widgets.Widget]:
        self._views = [widgets.Image(format="jpeg") for _ in self.source.decoders]
        names = [name or "Image décodée" for name in self.source.decoders]
        pictures = [captioned(view, name) for view, name in zip(self._views, names, strict=True)]
        if self.original is not None:
            scale = max(1, size // max(self.original.shape[1:]))
            view = widgets.Image(format="jpeg", value=to_jpeg(self.original, 92, scale))
            pictures.insert(0, captioned(view, "Image de départ"))
        self._column = widgets.VBox()
        self._message = widgets.HTML()
        draw = widgets.Button(description="Nouveau tirage", tooltip="Tire z selon la loi normale tronquée")
        back = widgets.Button(description="Retour à l'image", tooltip="Revient au code de départ")
        draw.on_click(self.draw)
        back.on_click(self.reset)
        self._truncation = widgets.FloatSlider(
            value=self.limit, min=0.1, max=self.limit, step=0.1, readout_format=".1f",
            description="Troncature", tooltip="Aucune coordonnée tirée ne dépasse ce seuil, en écarts types",
        )  # fmt: skip
        self._truncation.observe(self._truncate, names="value")
        self._count = widgets.BoundedIntText(
            value=shown, min=1, max=self.latent, description="Curseurs", layout={"width": "150px"},
            tooltip=f"Nombre de curseurs, de 1 à {self.latent} ; les autres dimensions gardent leur valeur",
        )  # fmt: skip
        self._count.observe(self._show_sliders, names="value")
        note = ", de la plus à la moins informative (entre parenthèses, leur importance)" if self.importance else ""
        head = widgets.HTML(f"<b>Dimensions de z</b>{note}", layout={"width": SLIDER_WIDTH})
        body = widgets.HBox([*pictures, widgets.VBox([head, self._column])], layout=ROW)
        tools = widgets.HBox([draw, back, self._truncation, self._count], layout=ROW)
        return [heading(self.title), body, tools, self._message]

    def _show_sliders(self, _change=None) -> None:
        with self._lock:
            wanted = self.order[: self._count.value]
            for dimension in wanted:
                if dimension not in self._sliders:
                    self._sliders[dimension] = self._slider(dimension)
            self._column.children = [self._sliders[dimension] for dimension in wanted]

    def _slider(self, dimension: int) -> widgets.FloatSlider:
        label = f"z[{dimension}]"
        if self.importance is not None:
            label += f" ({self.importance[dimension]:.2f})".replace(".", ",")
        slider = widgets.FloatSlider(
            min=-self.limit, max=self.limit, step=0.01, readout_format=".2f", continuous_update=True,
            description=label, tooltip=f"Dimension {dimension} de z",
            style={"description_width": "90px"}, layout={"width": SLIDER_WIDTH},
        )  # fmt: skip
        self._place(slider, float(self._z[0, dimension]))
        slider.observe(partial(self._slide, dimension), names="value")
        return slider

    @staticmethod
    def _place(slider: widgets.FloatSlider, value: float) -> None:
        slider.max, slider.min = max(slider.max, value), min(slider.min, value)
        slider.value = value

    def _slide(self, dimension: int, change) -> None:
        with self._lock:
            if not self._quiet:
                self._z[0, dimension] = change["new"]
                self._redraw()

    def _truncate(self, _change=None) -> None:
        with self._lock:
            if self._uniform is None:
                self.draw()
            else:
                self.z = truncated_normal(self._uniform, self._truncation.value)

    def _redraw(self) -> None:
        try:
            pictures = self.source.jpegs(self._z, self._scales)
        except Exception as error:  # le décodeur est du code quelconque : le lecteur doit savoir pourquoi rien ne bouge
            text = f"L'image n'a pas pu être décodée ({type(error).__name__}) : {error}"
            self._message.value = f'<b role="alert">{html.escape(text)}</b>'
            return
        self._message.value = ""
        for view, picture in zip(self._views, pictures, strict=True):
            view.value = picture


def _scores(importance, latent: int) -> list[float] | None:
    if importance is None:
        return None
    scores = torch.as_tensor(importance).detach().float().cpu().flatten().tolist()
    if len(scores) != latent:
        raise ValueError(f"importance doit donner une valeur par dimension : {latent} attendues, {len(scores)} reçues.")
    return scores
