"""Les figures du cours : une palette, un style, des images montrées à des multiples entiers de leurs pixels.

Chaque figure est affichée comme une image légère, avec un texte de remplacement pour qui ne la voit pas.
Aucune fonction n'utilise ``matplotlib.pyplot`` : les figures sont sûres depuis un rappel de widget.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import style as matplotlib_style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from lessons_lib.images import to_array

PALETTE = {"real": "#00798C", "generated": "#D1478C", "critic": "#6A4C93", "prior": "#7A7A7A", "accent": "#E08E00"}
LARGEST_FIGURE = 32_000  # octets ; un notebook de quinze figures doit tenir dans 400 ko
MOST_FLAT_COLOURS = 4000  # au-delà, la figure contient une photographie, que 64 couleurs abîmeraient
DOTS_PER_INCH = 110
SCREEN_DOTS_PER_INCH = 92

matplotlib_style.use(Path(__file__).with_name("cours.mplstyle"))


def figure(width: float = 7.0, height: float = 3.2, rows: int = 1, columns: int = 1, **options):
    """Rend (figure, axes), comme ``pyplot.subplots`` mais sans état global ; width et height en pouces."""
    drawing = Figure(figsize=(width, height))
    FigureCanvasAgg(drawing)
    return drawing, drawing.subplots(rows, columns, **options)


def figure_png(drawing: Figure) -> bytes:
    """La figure en PNG, en 64 couleurs au plus."""
    return _png(_pixels(drawing))


def show(drawing: Figure, alt: str) -> None:
    """Affiche une figure matplotlib dans le notebook ; ``alt`` la décrit à qui ne la voit pas."""
    pixels = _pixels(drawing)
    _display(pixels, alt, width=round(pixels.width * SCREEN_DOTS_PER_INCH / DOTS_PER_INCH))


def image_grid(
    images: Tensor,
    alt: str,
    *,
    columns: int = 8,
    scale: int = 2,
    labels: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    title: str | None = None,
) -> None:
    """Affiche un lot d'images en grille, sans lissage.

    images : (N, 3, H, W) dans [-1, 1]. scale : agrandissement, entier. labels : une légende par image.
    rows : une légende par ligne, à gauche ; le nombre de colonnes s'en déduit. title : une phrase au-dessus.
    """
    _display(_contact_sheet(images, columns, scale, labels, rows, title), alt)


def curves(history, alt: str, names: Sequence[str] | None = None, title: str | None = None) -> None:
    """Affiche les courbes d'une histoire d'entraînement (voir :class:`lessons_lib.observers.History`)."""
    show(curves_figure(history, names, title), alt)


FRENCH_NAMES = {
    "loss": "perte",
    "reconstruction": "reconstruction",
    "kl": "divergence KL",
    "critic": "critique",
    "generator": "générateur",
    "gap": "écart des scores",
    "penalty": "pénalité",
}
_COLOURS = {"critic": "critic", "generator": "generated", "gap": "real", "penalty": "prior"}
_DECIMALS = {"critic": 2, "generator": 2, "gap": 2, "penalty": 2}


def curves_figure(history, names: Sequence[str] | None = None, title: str | None = None) -> Figure:
    """La figure des pertes en fonction du pas : un cadre par perte, la valeur brute en clair, la moyenne en foncé."""
    names = list(names or history.losses)
    drawing, axes = figure(2.9 * len(names) + 0.4, 2.4, 1, len(names), squeeze=False)
    for ax, name, usual in zip(axes[0], names, PALETTE, strict=False):
        color = PALETTE[_COLOURS.get(name, usual)]
        values = np.asarray(history.losses[name])
        smooth = _moving_average(values, max(1, len(values) // 25))
        ax.plot(history.index, values, color=color, alpha=0.25, linewidth=0.8, linestyle="-")
        ax.plot(history.index, smooth, color=color, linestyle="-")
        last = f"{smooth[-1]:.{_DECIMALS.get(name, 1)}f}".replace(".", ",").replace("-", "−")
        ax.set_title(f"{FRENCH_NAMES.get(name, name)} : {last} à la fin", fontsize=9.5)
        low, high = np.percentile(smooth, [0, 98])
        ax.set_ylim(low - 0.05 * (high - low) - 1e-9, high + 0.1 * (high - low) + 1e-9)
        ax.set_xlabel("pas")
    units = {"kl": "nats par image", "loss": "norme au carré par image", "critic": "moyenne sur le lot"}
    axes[0][0].set_ylabel(next((unit for name, unit in units.items() if name in history.losses), ""))
    if title:
        drawing.suptitle(title, x=0.01, ha="left", fontsize=11)
    return drawing


def _moving_average(values: np.ndarray, window: int) -> np.ndarray:
    """Moyenne des ``window`` dernières valeurs, plus courte au début."""
    total = np.cumsum(np.insert(values, 0, 0.0))
    end = np.arange(1, len(values) + 1)
    start = np.maximum(end - window, 0)
    return (total[end] - total[start]) / (end - start)


def _contact_sheet(images, columns, scale, labels, rows, title) -> Image.Image:
    pictures = to_array(images)
    count, height, width = pictures.shape[:3]
    columns = -(-count // len(rows)) if rows else min(columns, count)
    if labels is not None and len(labels) != count:
        raise ValueError(f"{len(labels)} légendes pour {count} images : donnez-en une par image.")
    font = ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), 12)
    gap, title_height = 4, 24 if title else 0
    label_height = 3 + 14 * max(1 + label.count("\n") for label in labels) if labels else 0
    left = max(round(font.getlength(line)) for row in rows for line in row.split("\n")) + 10 if rows else 0
    cell_width, cell_height = width * scale + gap, height * scale + gap + label_height
    lines = -(-count // columns)
    heading = font.font_variant(size=14)
    sheet_width = max(left + columns * cell_width - gap, round(heading.getlength(title or "")))
    size = (sheet_width, title_height + lines * cell_height - gap)
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    if title:
        pen.text((0, 2), title, font=heading, fill="#222222")
    for i, picture in enumerate(pictures):
        x, y = left + i % columns * cell_width, title_height + i // columns * cell_height
        pixels = Image.fromarray(picture).resize((width * scale, height * scale), Image.Resampling.NEAREST)
        sheet.paste(pixels, (x, y + label_height))
        if labels:
            pen.text((x + 1, y + 1), labels[i], font=font, fill="#333333")
    for line, row in enumerate(rows or ()):
        y = title_height + line * cell_height + label_height + height * scale // 2
        pen.text((0, y), row, font=font, fill="#333333", anchor="lm")
    return sheet


def _pixels(drawing: Figure) -> Image.Image:
    drawing.set_dpi(DOTS_PER_INCH)
    canvas = FigureCanvasAgg(drawing)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def _png(pixels: Image.Image) -> bytes:
    buffer = io.BytesIO()
    pixels.quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _jpeg(pixels: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    pixels.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def _display(pixels: Image.Image, alt: str, width: int | None = None) -> None:
    """PNG pour un dessin (texte net) s'il est léger, sinon JPEG de la meilleure qualité qui tient dans la limite."""
    from IPython.display import Image as Picture
    from IPython.display import display

    flat_colours = pixels.getcolors(MOST_FLAT_COLOURS) is not None
    data, kind = (_png(pixels) if flat_colours else None), "png"
    for quality in (62, 54, 46, 38):
        if data is not None and len(data) <= LARGEST_FIGURE:
            break
        data, kind = _jpeg(pixels, quality), "jpeg"
    display(Picture(data=data, format=kind, alt=alt, width=width))
