"""L'image fixe qui double chaque explorateur, pour lire le cahier sur papier ou sur un hébergeur de code."""

import base64
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from lessons_lib.images import to_array

STILL_BYTES = 22_000  # trois images fixes doivent laisser de la place aux figures d'un cahier de 400 ko
DOTS_PER_INCH = 96
INK = "#333333"


class Still:
    """À hériter avant une classe d'ipywidgets : ajoute une image JPEG à côté de la vue vivante.

    Jupyter montre la vue vivante quand il le peut, l'image fixe sinon. La classe définit ``still() ->
    Figure`` et ``alternative``, le texte de remplacement de l'image.
    """

    alternative: str

    def still(self) -> Figure:
        """La figure à montrer quand aucun noyau ne répond."""
        raise NotImplementedError(f"{type(self).__name__} doit définir still()")

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        picture = base64.b64encode(figure_jpeg(self.still())).decode("ascii")
        return (
            {**data, "text/plain": repr(self), "image/jpeg": picture},
            {**metadata, "image/jpeg": {"alt": self.alternative}},
        )


def figure_jpeg(drawing: Figure, most_bytes: int = STILL_BYTES) -> bytes:
    """La figure en JPEG, dans la meilleure qualité qui tient en ``most_bytes`` octets."""
    drawing.set_dpi(DOTS_PER_INCH)
    canvas = FigureCanvasAgg(drawing)
    canvas.draw()
    pixels = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    for quality in (68, 52, 38, 24):
        out = io.BytesIO()
        pixels.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= most_bytes:
            break
    return out.getvalue()


def draw_picture(axes, image, title: str = "") -> None:
    """Pose une image (3, H, W) dans [-1, 1] dans un cadre sans graduations, sans la flouter."""
    axes.imshow(to_array(image), interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(title, fontsize=9, color=INK)
