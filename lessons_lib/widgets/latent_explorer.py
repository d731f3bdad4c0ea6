"""L'explorateur latent : un curseur par dimension de z ou par direction nommée, l'image à côté (leçons 01 à 06)."""

import html
import threading
from collections.abc import Mapping, Sequence
from functools import partial

import ipywidgets as widgets
import torch
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.images import to_jpeg
from lessons_lib.latent import Directions
from lessons_lib.widgets.latent_axes import Dimensions, NamedDirections
from lessons_lib.widgets.latent_explorer_still import draw_explorer
from lessons_lib.widgets.panel import ROW, Panel, captioned, heading
from lessons_lib.widgets.pictures import Decode, PictureSource

SLIDER_WIDTH = 200  # pixels, sans l'étiquette


class LatentExplorer(Panel):
    """Un curseur par dimension latente ou par direction nommée, et l'image décodée à côté.

    decode : une fonction z (1, latent) -> image (1, 3, H, W) dans [-1, 1], sur n'importe quel matériel, ou un
        dictionnaire nom -> fonction (les images côte à côte).
    z : (latent,) ou (1, latent), le code de départ ; « Retour au départ » y revient. Avec ``directions``, aussi un
        dictionnaire nom de décodeur -> code, quand les décodeurs n'ont pas le même espace latent.
    directions : des directions nommées, par exemple celles de :func:`lessons_lib.latent.principal_directions` ou
        :func:`lessons_lib.latent.regression_directions` : chaque curseur avance le long de l'une d'elles à partir
        de z, en écarts types. Ou un dictionnaire nom -> vecteur (latent,) ; ou nom de décodeur -> directions, de
        mêmes noms : un curseur « ouverture » ouvre alors la fleur du VAE et celle du GAN.
    importance : sans directions, une valeur par dimension (KL en nats, ou variance) ; les curseurs vont de la plus
        grande à la plus petite. Les dimensions sans curseur gardent la valeur de z.
    shown : nombre de curseurs au départ ; le lecteur le change.
    limit : les curseurs vont de -limit à limit, et plus loin s'il le faut pour montrer z.
    original : (3, H, W), l'image dont z est le code, montrée à côté.
    size : côté des images à l'écran, en pixels, ramené à un multiple entier des leurs ; par défaut 256, ou 192 s'il y
        a plusieurs décodeurs.
    generator : le générateur de hasard des tirages.

    « Nouveau tirage » tire z selon N(0, I) tronquée à ±troncature (voir
    :func:`lessons_lib.widgets.latent_axes.truncated_normal`) ; bouger la troncature rejoue ce même tirage, ou en fait
    un s'il n'y en a pas. Avec ``directions``, un tirage change le code de départ et laisse les curseurs en place.

    Lève ValueError si z, importance ou directions n'ont pas la bonne forme, ou si le décodeur ne rend pas une image.
    """

    alternative = "Explorateur latent : l'image décodée, et ce que change chaque curseur."

    def __init__(
        self,
        decode: Decode | Mapping[str, Decode],
        z: Tensor | Mapping[str, Tensor],
        *,
        directions: Directions | Mapping[str, Tensor] | Mapping[str, Directions] | None = None,
        importance: Sequence[float] | Tensor | None = None,
        shown: int = 8,
        limit: float = 3.0,
        original: Tensor | None = None,
        size: int | None = None,
        generator: torch.Generator | None = None,
        title: str | None = None,
    ):
        self._sliders: dict[int, widgets.FloatSlider] = {}
        names = list(decode) if isinstance(decode, Mapping) else [""]
        self.axes = Dimensions(z, importance) if directions is None else NamedDirections(names, z, directions)
        self._values = self.axes.start.clone()
        self.source = PictureSource(decode, self._values, self.axes.code)
        self.limit, self.original, self.title = float(limit), original, title or self.axes.title
        self._uniforms, self._generator = None, generator
        self._lock, self._quiet = threading.RLock(), False
        size = size or (256 if len(names) == 1 else 192)
        self._scales = self.source.scales(size)
        super().__init__(self._build(max(1, min(shown, len(self.axes.names))), size))
        self._show_sliders()
        self._redraw()

    def __repr__(self) -> str:
        return f"LatentExplorer({len(self.axes.names)} {self.axes.kind}, {self._count.value} curseurs)"

    @property
    def values(self) -> Tensor:
        """Les valeurs des curseurs, montrés ou non : (1, nombre de dimensions ou de directions)."""
        return self._values.clone()

    @property
    def z(self) -> Tensor | dict[str, Tensor]:
        """Le code montré, (1, latent), ou un par décodeur avec ``directions`` ; on peut l'affecter."""
        return self.axes.codes(self._values)

    @z.setter
    def z(self, value: Tensor | Mapping[str, Tensor]) -> None:
        with self._lock:
            self._move_to(self.axes.placed(value))

    def draw(self, _button=None) -> None:
        """« Nouveau tirage » : z selon N(0, I) tronquée."""
        with self._lock:
            self._uniforms = self.axes.uniforms(self._generator)
            self._truncate()

    def reset(self, _button=None) -> None:
        """« Retour au départ » : z revient au code de départ, et les curseurs avec lui."""
        with self._lock:
            self._uniforms = None
            self._move_to(self.axes.restored())

    def close(self) -> None:
        """Ferme l'explorateur et toutes ses commandes, même les curseurs qui ne sont plus montrés."""
        for slider in self._sliders.values():
            slider.close()
        super().close()

    def still(self) -> Figure:
        """L'image décodée, et une rangée d'images par curseur : ce qu'il fait."""
        return draw_explorer(self)

    def images_at(self, rank: int, value: float) -> dict[str, Tensor]:
        """Les images si le curseur de rang ``rank`` valait ``value``, les autres restant où ils sont."""
        values = self.values
        values[0, rank] = value
        return self.source.images(values)

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
        back = widgets.Button(
            description="Retour au départ" if self.original is None else "Retour à l'image",
            tooltip="Revient au code de départ",
        )
        draw.on_click(self.draw)
        back.on_click(self.reset)
        self._truncation = widgets.FloatSlider(
            value=self.limit, min=0.1, max=self.limit, step=0.1, readout_format=".1f",
            description="Troncature", tooltip="Aucune coordonnée tirée ne dépasse ce seuil, en écarts types",
        )  # fmt: skip
        self._truncation.observe(self._truncate, names="value")
        self._count = widgets.BoundedIntText(
            value=shown, min=1, max=len(self.axes.names), description="Curseurs", layout={"width": "150px"},
            tooltip=f"Nombre de curseurs, de 1 à {len(self.axes.names)} ; les autres gardent leur valeur",
        )  # fmt: skip
        self._count.observe(self._show_sliders, names="value")
        head = widgets.HTML(self.axes.heading, layout={"width": f"{SLIDER_WIDTH + self.axes.label_width}px"})
        body = widgets.HBox([*pictures, widgets.VBox([head, self._column])], layout=ROW)
        tools = widgets.HBox([draw, back, self._truncation, self._count], layout=ROW)
        return [heading(self.title), body, tools, self._message]

    def _show_sliders(self, _change=None) -> None:
        with self._lock:
            wanted = self.axes.order[: self._count.value]
            for rank in wanted:
                if rank not in self._sliders:
                    self._sliders[rank] = self._slider(rank)
            self._column.children = [self._sliders[rank] for rank in wanted]

    def _slider(self, rank: int) -> widgets.FloatSlider:
        slider = widgets.FloatSlider(
            min=-self.limit, max=self.limit, step=0.01, readout_format=".2f", continuous_update=True,
            description=self.axes.names[rank] + self.axes.notes[rank], tooltip=self.axes.tooltips[rank],
            style={"description_width": f"{self.axes.label_width}px"},
            layout={"width": f"{SLIDER_WIDTH + self.axes.label_width}px"},
        )  # fmt: skip
        self._place(slider, float(self._values[0, rank]))
        slider.observe(partial(self._slide, rank), names="value")
        return slider

    def _move_to(self, values: Tensor) -> None:
        """Place tous les curseurs, puis décode une seule fois."""
        self._values = values
        self._quiet = True
        try:
            for rank, slider in self._sliders.items():
                self._place(slider, float(values[0, rank]))
        finally:
            self._quiet = False
        self._redraw()

    @staticmethod
    def _place(slider: widgets.FloatSlider, value: float) -> None:
        slider.max, slider.min = max(slider.max, value), min(slider.min, value)
        slider.value = value

    def _slide(self, rank: int, change) -> None:
        with self._lock:
            if not self._quiet:
                self._values[0, rank] = change["new"]
                self._redraw()

    def _truncate(self, _change=None) -> None:
        with self._lock:
            if self._uniforms is None:
                self.draw()
            else:
                self._move_to(self.axes.redrawn(self._uniforms, self._truncation.value, self._values))

    def _redraw(self) -> None:
        try:
            pictures = self.source.jpegs(self._values, self._scales)
        except Exception as error:  # le décodeur est du code quelconque : le lecteur doit savoir pourquoi rien ne bouge
            text = f"L'image n'a pas pu être décodée ({type(error).__name__}) : {error}"
            self._message.value = f'<b role="alert">{html.escape(text)}</b>'
            return
        self._message.value = ""
        for view, picture in zip(self._views, pictures, strict=True):
            view.value = picture
