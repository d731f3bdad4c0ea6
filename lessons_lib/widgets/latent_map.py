"""La carte latente : un plan de l'espace latent sous la souris (leçons 01 et 02).

Bouger le pointeur décode sur-le-champ, un clic épingle, sortir de la carte revient à l'image épinglée. La
page est écrite dans ``latent_map.js`` ; elle demande ses images par messages, une seule à la fois.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import anywidget
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.images import to_jpeg
from lessons_lib.widgets.latent_map_still import draw_map
from lessons_lib.widgets.latent_plane import clouds_of, colours_of, plane_of, square_limits
from lessons_lib.widgets.pictures import Decode, PictureSource
from lessons_lib.widgets.still import Still

HERE = Path(__file__).parent


class LatentMap(Still, anywidget.AnyWidget):
    """Une carte à deux dimensions de l'espace latent, décodée sous la souris, le doigt ou les flèches.

    decoders : une fonction z (1, latent) -> image (1, 3, H, W) dans [-1, 1], ou un dictionnaire nom ->
        fonction : toutes reçoivent le même z, leurs images sont côte à côte.
    points : (N, latent), les codes des images du jeu de données ; ou un dictionnaire nom de décodeur ->
        codes : une carte par nom, toutes aux mêmes échelles et liées par le même curseur.
    posterior : (mu, logvar), chacun (N, latent) : les codes sont alors mu, et choisir une image montre
        l'ellipse de q(z|x) à 1 et 2 écarts types. Ou un dictionnaire nom de décodeur -> (mu, logvar).
    images : (N, 3, H, W) dans [-1, 1], les images encodées, dans l'ordre des codes : l'image choisie est
        montrée à côté de l'image décodée.
    colour_by : nom du facteur -> N valeurs. Du texte donne des couleurs et des formes (7 catégories au plus),
        des nombres une échelle de couleurs ; un menu choisit le facteur.
    palette : catégorie -> couleur (#rrggbb), pour les catégories qui ont la leur.
    embed : (origin (latent,), directions (2, latent)) : la place (a, b) de la carte est
        z = origin + a·d1 + b·d2. Par défaut l'espace latent a deux dimensions et la carte est l'espace
        lui-même. Les codes sont projetés sur le plan par moindres carrés.
    axes : les noms des deux axes. start : la place (a, b) montrée d'abord.
    limits : (gauche, droite, bas, haut) ; par défaut un carré qui contient 99 % des codes et la loi a priori.
    prior : dessine les cercles de la loi a priori N(0, I) ; par défaut, seulement sans ``embed``.
    title : la phrase au-dessus. side : côté des images sur la page, en pixels, ramené à un multiple entier
        des leurs. patience : secondes d'attente d'une réponse du noyau avant de le dire.
    seed : graine de « Retirer epsilon », tiré dans la page par z = mu + sigma·epsilon (Kingma et Welling,
        « Auto-Encoding Variational Bayes », 2014, équation 4 ; leçon 02).

    Lève ValueError, avant tout affichage, si les formes ne s'accordent pas ou si un décodeur ne rend pas une
    image.
    """

    _esm = HERE / "latent_map.js"
    _css = HERE / "latent_map.css"
    _scene = traitlets.Dict().tag(sync=True)
    alternative = "Carte latente : chaque point est une image encodée, chaque place se décode en une image."

    def __init__(
        self,
        decoders: Decode | Mapping[str, Decode],
        points: Tensor | Mapping[str, Tensor] | None = None,
        *,
        posterior: tuple[Tensor, Tensor] | Mapping[str, tuple[Tensor, Tensor]] | None = None,
        images: Tensor | None = None,
        colour_by: Mapping[str, Sequence] | None = None,
        palette: Mapping[str, str] | None = None,
        embed: tuple[Tensor, Tensor] | None = None,
        axes: tuple[str, str] = ("z[0]", "z[1]"),
        limits: tuple[float, float, float, float] | None = None,
        start: tuple[float, float] = (0.0, 0.0),
        prior: bool | None = None,
        title: str = "L'espace latent sous la souris",
        side: int | None = None,
        patience: float = 4.0,
        seed: int = 0,
    ):
        self.clouds, self.sigmas = clouds_of(points, posterior)
        self.origin, self.directions = plane_of(embed, self.clouds)
        self.inverse = np.linalg.pinv(self.directions).T  # (2, latent)
        self.images = images
        self.source = PictureSource(decoders, self._latent(start))
        self.prior = embed is None if prior is None else prior
        self.limits = square_limits(self._places()) if limits is None else tuple(float(edge) for edge in limits)
        self.axes, self.start, self.title = tuple(axes), tuple(float(value) for value in start), title
        self.colours, self.palette = colours_of(colour_by or {}), dict(palette or {})
        self._check(limits)
        side = side or (256 if len(self.clouds) < 2 and len(self.source.decoders) == 1 and images is None else 192)
        super().__init__(_scene=self._describe(side, patience, seed))
        self.on_msg(self._answer)

    def __repr__(self) -> str:
        count = max((len(cloud) for cloud in self.clouds.values()), default=0)
        names = " et ".join(name for name in self.source.decoders if name)
        return f"LatentMap({count} points{f', décodeurs : {names}' if names else ''})"

    def still(self) -> Figure:
        """Les cartes et les images décodées en quelques places, en une figure."""
        return draw_map(self)

    def decode_at(self, place: tuple[float, float]) -> dict[str, Tensor]:
        """place : (a, b) sur la carte -> nom du décodeur -> image (3, H, W) dans [-1, 1]."""
        return self.source.images(self._latent(place))

    def places(self, name: str = "") -> np.ndarray:
        """Les places (N, 2) des codes d'un nuage sur la carte."""
        return (self.clouds[name] - self.origin) @ self.inverse.T

    def _places(self) -> np.ndarray:
        return np.concatenate([np.zeros((0, 2)), *(self.places(name) for name in self.clouds)])

    def _latent(self, place: tuple[float, float]) -> Tensor:
        return torch.from_numpy(self.origin + np.asarray(place) @ self.directions).float().unsqueeze(0)

    def _answer(self, _widget, question: dict, _buffers) -> None:
        """Répond à la page : une image JPEG par décodeur, ou l'image d'origine, ou ce qui l'a empêché."""
        reply, buffers = {"request": question.get("request")}, []
        try:
            if question.get("ask") == "original":
                buffers = [to_jpeg(self.images[question["index"]], quality=92)]
            else:
                buffers = self.source.jpegs(torch.tensor([question["z"]], dtype=torch.float32))
        except Exception as error:  # le décodeur est du code quelconque : la page doit savoir, pas attendre
            reply["error"] = f"L'image n'a pas pu être décodée ({type(error).__name__}) : {error}"
        self.send(reply, buffers)

    def _check(self, limits) -> None:
        counts = {len(cloud) for cloud in self.clouds.values()} | {len(values) for _, values in self.colours}
        if self.images is not None:
            counts.add(len(self.images))
        if len(counts) > 1:
            raise ValueError(
                "points, posterior, images et colour_by doivent décrire les mêmes images, dans le même ordre ; "
                f"reçu {', '.join(str(count) for count in sorted(counts))} éléments."
            )
        unknown = set(self.clouds) - set(self.source.decoders) - {""}
        if unknown:
            raise ValueError(
                f"Des codes sont donnés pour {', '.join(sorted(unknown))}, qui n'est pas un décodeur. "
                f"Décodeurs : {', '.join(self.source.decoders)}."
            )
        if limits is not None and not (limits[0] < limits[1] and limits[2] < limits[3]):
            raise ValueError(f"limits doit être (gauche, droite, bas, haut), croissants ; reçu {limits}.")

    def _describe(self, side: int, patience: float, seed: int) -> dict:
        """Ce que la page doit savoir pour dessiner ; les tableaux y sont des octets float32."""
        maps = [
            {
                "name": name,
                "codes": _bytes(cloud),
                "sigma": _bytes(self.sigmas[name]) if name in self.sigmas else None,
            }
            for name, cloud in self.clouds.items()
        ]
        return {
            "title": self.title, "axes": list(self.axes), "limits": list(self.limits),
            "start": list(self.start), "prior": self.prior, "side": side, "patience": patience, "seed": seed,
            "plane": {name: getattr(self, name).tolist() for name in ("origin", "directions", "inverse")},
            "maps": maps or [{"name": "", "codes": b"", "sigma": None}],
            "pictures": [{"name": n, "height": h, "width": w} for n, (h, w) in self.source.sizes.items()],
            "first": self.source.jpegs(self._latent(self.start)),
            "originals": [self.images.shape[-1], self.images.shape[-2]] if self.images is not None else None,
            "colours": [_colour_scene(name, values, self.palette) for name, values in self.colours],
        }  # fmt: skip


def _colour_scene(name: str, values: np.ndarray, palette: dict[str, str]) -> dict:
    if values.dtype.kind == "U":
        labels, codes = np.unique(values, return_inverse=True)
        chosen = [palette.get(label) for label in labels.tolist()]
        return {"name": name, "labels": labels.tolist(), "codes": codes.astype(np.uint8).tobytes(), "chosen": chosen}
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    return {"name": name, "low": low, "high": high, "values": _bytes(values)}


def _bytes(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array, dtype=np.float32).tobytes()
