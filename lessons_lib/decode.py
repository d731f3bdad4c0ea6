"""D'un fichier à une image Pillow RGB, droite, opaque et carrée. Les intervalles de valeurs sont l'affaire de
`images`.

Tout ce qu'un appareil photo, un téléphone ou un logiciel de dessin écrit sous les noms JPEG, PNG, WebP, BMP,
GIF et TIFF arrive ici, y compris les fichiers abîmés : une lecture réussit entièrement ou lève
`UnreadableImage` avec une raison en français.
"""

import contextlib
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF")
MAX_PIXELS = 120_000_000  # 360 Mo une fois décodée ; les téléphones de 108 mégapixels passent
CROPS = ("centre", "smart")

_FINER = 2  # un JPEG est décodé au moins deux fois plus finement que demandé, puis réduit par un filtre de Lanczos
_PROXY = 48  # côté court, en pixels, de la miniature sur laquelle le cadrage « smart » se décide
_NEAR_TIE = 0.99


class UnreadableImage(ValueError):
    """Un fichier n'a pas pu être lu comme une image ; `path` le nomme, `reason` dit pourquoi, en français."""

    def __init__(self, path: Path, reason: str):
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"L'image « {self.path} » ne peut pas être lue : {self.reason}."


def open_image(path: str | Path, short_side: int | None = None) -> Image.Image:
    """Lit un fichier et renvoie une image Pillow en mode RGB, à sa taille d'origine.

    La rotation EXIF est appliquée ; palette, gris, 1 bit et CMJN sont convertis ; la transparence est posée
    sur du blanc ; les gris de 16 bits sont ramenés à 8 ; d'une animation ou d'un fichier de plusieurs pages,
    on garde la première image. Les profils de couleur (ICC) sont ignorés.

    `short_side`, en pixels : permet de décoder un grand JPEG à la moitié, au quart ou au huitième de sa
    taille, tant que son côté court n'en devient pas plus petit que cela (plus de dix fois plus rapide pour
    une photographie).

    Erreurs : `FileNotFoundError` si le fichier n'existe pas, `UnreadableImage` s'il ne peut pas être lu.
    """
    path = Path(path).expanduser()
    try:
        if not path.is_file():
            raise FileNotFoundError
        if path.stat().st_size == 0:
            raise UnreadableImage(path, "le fichier est vide (0 octet)")
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.filterwarnings("ignore", module=r"PIL\.")
            with Image.open(file, formats=FORMATS) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                if short_side is not None:
                    image.draft(None, (short_side, short_side))
                image.load()
                with contextlib.suppress(Exception):  # un bloc EXIF abîmé ne prive pas de l'image
                    ImageOps.exif_transpose(image, in_place=True)
                return _to_rgb(image)
    except FileNotFoundError:
        raise FileNotFoundError(f"Le fichier « {path} » n'existe pas. Vérifiez son nom et son dossier.") from None
    except UnreadableImage:
        raise
    except Exception as error:  # sur un fichier abîmé, Pillow lève une dizaine de types selon le format
        raise UnreadableImage(path, _reason(error)) from error


def square(image: Image.Image, size: int, crop: str = "centre") -> Image.Image:
    """Découpe un carré dans une image RGB et l'amène à `size` pixels de côté (filtre de Lanczos).

    `crop` : `"centre"`, ou `"smart"` (voir `crop_box`). Une image plus petite que `size` est agrandie.
    """
    check_square(size, crop)
    box = crop_box(image, crop)
    return image.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def read_square(path: str | Path, size: int, crop: str = "centre") -> Image.Image:
    """Lit un fichier et en renvoie un carré RGB de `size` pixels : `open_image`, puis `square`."""
    check_square(size, crop)
    return square(open_image(path, short_side=_FINER * size), size, crop)


def check_square(size: int, crop: str) -> None:
    """Refuse (`ValueError`) une taille qui n'est pas un entier positif ou un cadrage inconnu."""
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f"size vaut {size!r} : c'est un nombre entier de pixels qui est attendu, par exemple 64.")
    if crop not in CROPS:
        raise ValueError(f"crop vaut {crop!r} : les cadrages connus sont « centre » et « smart ».")


def crop_box(image: Image.Image, crop: str = "centre") -> tuple[int, int, int, int]:
    """Renvoie le plus grand carré retenu dans l'image : (gauche, haut, droite, bas), en pixels.

    `"centre"` : le carré du milieu. `"smart"` : celui, le long du grand côté, où il y a le plus à voir. La
    saillance d'un pixel est la somme de deux termes, chacun divisé par sa moyenne sur l'image : la norme du
    gradient de la luminance (les contours), et la distance de la couleur à la couleur moyenne de l'image
    (Achanta et coll., « Frequency-tuned Salient Region Detection », CVPR 2009, équation 1, prise ici en RGB).
    Un carré vaut la somme de ses saillances, pondérée par une arche de sinus qui préfère un sujet au milieu
    du carré. Parmi ceux qui valent à 1 % près le meilleur, on garde le plus proche du centre de l'image.
    """
    width, height = image.size
    side = min(width, height)
    spare = max(width, height) - side
    start = spare // 2
    if crop == "smart" and spare > 0:
        start = round(spare * _salient_place(image))
    return (start, 0, start + side, side) if width >= height else (0, start, side, start + side)


def _salient_place(image: Image.Image) -> float:
    """Place du carré le plus saillant le long du grand côté : de 0 (début) à 1 (fin)."""
    scale = min(1.0, _PROXY / min(image.size))
    proxy = image.resize(
        [max(1, round(scale * n)) for n in image.size],
        Image.Resampling.BOX,
        reducing_gap=2.0,
    )
    colours = np.asarray(proxy, dtype=np.float32)  # (H, W, 3)
    grey = colours.mean(axis=2)
    edges = np.hypot(
        np.diff(grey, axis=0, prepend=grey[:1]),
        np.diff(grey, axis=1, prepend=grey[:, :1]),
    )
    contrast = np.linalg.norm(colours - colours.mean(axis=(0, 1)), axis=2)
    energy = sum(term / term.mean() for term in (edges, contrast) if term.mean() > 0) + np.zeros_like(grey)
    profile = energy.sum(axis=int(np.argmin(energy.shape)))
    side = min(energy.shape)
    bell = np.sin(np.pi * (np.arange(side) + 0.5) / side)
    windows = np.convolve(profile, bell, mode="valid")
    if len(windows) == 1:
        return 0.5
    places = np.linspace(0.0, 1.0, len(windows))
    candidates = places[windows >= _NEAR_TIE * windows.max()]
    return float(candidates[np.argmin(np.abs(candidates - 0.5))])


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_eight_bits(image)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> np.ndarray:
    """Ramène à 8 bits des gris de 16 bits (÷ 257), de 0 à 1 (× 255), ou étirés du minimum au maximum."""
    values = np.asarray(image).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    if image.mode == "F" and low >= 0 and high <= 1:
        values = values * 255
    elif image.mode != "F" and low >= 0 and high <= 65535:
        values = values / 257
    elif np.isfinite(high - low):
        values = (values - low) * (255 / max(high - low, 1e-12))
    else:
        raise ValueError("valeurs non finies")
    return np.rint(values).astype(np.uint8)


def _reason(error: Exception) -> str:
    match error:
        case Image.DecompressionBombError():
            return f"elle dépasse {MAX_PIXELS // 1_000_000} millions de pixels ; réduisez-la avant de l'employer"
        case UnidentifiedImageError():
            return "le contenu n'est pas une image JPEG, PNG, WebP, BMP, GIF ou TIFF, ou son début est abîmé"
        case PermissionError():
            return "le système en refuse la lecture"
        case MemoryError():
            return "la mémoire ne suffit pas pour la décoder"
        case _:
            return "le fichier est tronqué ou abîmé"
