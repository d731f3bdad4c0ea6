"""Des fichiers aux tenseurs, et des tenseurs aux pixels : le seul endroit où les intervalles de valeurs sont
convertis.

Partout dans le cours, une image est un tenseur float32 de forme (3, H, W), un lot (N, 3, H, W), à valeurs
dans [-1, 1] : -1 est le noir, 1 le blanc, et c'est l'intervalle que rend la tangente hyperbolique à la sortie
des décodeurs. Un pixel d'écran ou de fichier est un entier de 0 à 255. On passe de l'un à l'autre par x = p /
127,5 - 1.
"""

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lessons_lib.decode import UnreadableImage, open_image, read_square

__all__ = [
    "UnreadableImage",
    "enlarge",
    "from_array",
    "from_uint8",
    "grid",
    "load",
    "load_pixels",
    "open_image",
    "to_array",
    "to_jpeg",
    "to_png",
    "to_uint8",
]


def to_uint8(images: Tensor) -> Tensor:
    """Convertit des images (…, 3, H, W) de [-1, 1] en pixels uint8 de 0 à 255, de même forme.

    Ce qui sort de [-1, 1] est ramené au bord, puis arrondi à l'entier le plus proche.

    Erreurs : `TypeError` si ce n'est pas un tenseur à virgule flottante, `ValueError` si la forme n'est pas
    celle d'images ou si une valeur n'est pas un nombre (NaN).
    """
    _check_tensor(images, floating=True)
    values = images.detach().to(torch.float32)
    if values.isnan().any():
        raise ValueError(
            "Les images contiennent des valeurs NaN (qui ne sont pas des nombres). L'entraînement a sans "
            "doute divergé : reprenez à un point de sauvegarde antérieur, ou diminuez le pas "
            "d'apprentissage."
        )
    return ((values.clamp(-1, 1) + 1) * 127.5).round_().to(torch.uint8)


def from_uint8(pixels: Tensor) -> Tensor:
    """Convertit des pixels uint8 (…, 3, H, W) en images float32 de même forme, dans [-1, 1].

    C'est l'inverse de `to_uint8`.

    Erreurs : `TypeError` si ce n'est pas un tenseur uint8, `ValueError` si la forme n'est pas celle d'images.
    """
    _check_tensor(pixels, floating=False)
    return pixels.to(torch.float32).div_(127.5).sub_(1)


def from_array(array: np.ndarray) -> Tensor:
    """Convertit un tableau NumPy uint8, canaux en dernier, (H, W, 3) ou (N, H, W, 3), en images (…, 3, H, W).

    Erreurs : `TypeError` si ce n'est pas un tableau uint8, `ValueError` si sa forme est autre.
    """
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8:
        kind = getattr(array, "dtype", type(array).__name__)
        raise TypeError(f"Un tableau NumPy uint8 (pixels de 0 à 255) est attendu, pas {kind}.")
    if array.ndim not in (3, 4) or array.shape[-1] != 3:
        raise ValueError(
            f"Forme {array.shape} : (H, W, 3) ou (N, H, W, 3) est attendue, les trois couleurs en dernier."
        )
    return from_uint8(_channels_first(array))


def to_array(images: Tensor) -> np.ndarray:
    """Convertit des images (…, 3, H, W) de [-1, 1] en un tableau NumPy uint8 (…, H, W, 3), comme l'attend
    matplotlib.

    Erreurs : celles de `to_uint8`.
    """
    return np.ascontiguousarray(to_uint8(images).movedim(-3, -1).cpu().numpy())


def grid(images: Tensor, columns: int = 8, padding: int = 2, background: float = 1.0) -> Tensor:
    """Range un lot (N, 3, H, W) en une seule image (3, H', W'), ligne par ligne, `columns` images par ligne.

    `padding` : largeur en pixels des bandes entre les images et autour ; `background` : leur valeur, dans
    [-1, 1].

    Erreurs : `ValueError` si le lot est vide, ou si un réglage est hors de ses bornes.
    """
    _check_tensor(images, floating=True)
    if images.ndim == 3:
        images = images.unsqueeze(0)
    if images.ndim != 4 or len(images) == 0:
        raise ValueError(f"Forme {tuple(images.shape)} : un lot (N, 3, H, W) d'au moins une image est attendu.")
    if columns < 1 or padding < 0 or not -1 <= background <= 1:
        raise ValueError(
            f"columns={columns}, padding={padding}, background={background} : au moins une colonne, une "
            "bande de largeur positive ou nulle et un fond dans [-1, 1] sont attendus."
        )
    if len(images) == 1:  # make_grid rend une image seule sans bande
        return torch.nn.functional.pad(images[0], [padding] * 4, value=background)
    from lessons_lib.torchvision_compat import load_torchvision

    make_grid = load_torchvision().utils.make_grid
    return make_grid(images, nrow=columns, padding=padding, pad_value=background)


def enlarge(images: Tensor, factor: int) -> Tensor:
    """Agrandit des images (…, 3, H, W) en répétant chaque pixel `factor` fois dans chaque sens : (…, 3, fH,
    fW).

    Erreurs : `ValueError` si `factor` n'est pas un entier d'au moins 1.
    """
    _check_factor(factor)
    return images.repeat_interleave(factor, dim=-2).repeat_interleave(factor, dim=-1)


def to_png(image: Tensor, scale: int = 1) -> bytes:
    """Encode une image (3, H, W) en PNG, sans perte ; `scale` agrandit d'un facteur entier, sans flou.

    Erreurs : celles de `to_uint8` et de `enlarge`.
    """
    return _encode(image, scale, format="PNG")


def to_jpeg(image: Tensor, quality: int = 90, scale: int = 1) -> bytes:
    """Encode une image (3, H, W) en JPEG de qualité 1 à 95, couleurs à pleine résolution ; bien plus vite que
    `to_png`.

    `scale` agrandit d'un facteur entier, sans flou. Erreurs : celles de `to_uint8` et de `enlarge`.
    """
    return _encode(image, scale, format="JPEG", quality=quality, subsampling=0)


def load(path: str | Path, size: int, crop: str = "centre") -> Tensor:
    """Lit un fichier d'image et renvoie un carré (3, size, size) float32 dans [-1, 1].

    `crop` : `"centre"` ou `"smart"` (voir `lessons_lib.decode.crop_box`). Erreurs : celles de `open_image`,
    et `ValueError` pour une taille ou un cadrage inconnus.
    """
    return from_uint8(load_pixels(path, size, crop))


def load_pixels(path: str | Path, size: int, crop: str = "centre") -> Tensor:
    """Comme `load`, mais renvoie les pixels uint8 (3, size, size), quatre fois moins lourds à garder."""
    return _channels_first(np.asarray(read_square(path, size, crop)))


def _channels_first(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.moveaxis(array, -1, -3).copy())


def _encode(image: Tensor, scale: int, **options: object) -> bytes:
    _check_factor(scale)
    if isinstance(image, Tensor) and image.ndim != 3:
        raise ValueError(
            f"Forme {tuple(image.shape)} : une seule image (3, H, W) est attendue. Pour un lot, "
            "choisissez-en une (images[0]) ou rangez-les avec grid(images)."
        )
    picture = Image.fromarray(to_array(image))
    if scale > 1:
        picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    picture.save(buffer, **options)
    return buffer.getvalue()


def _check_factor(factor: int) -> None:
    if isinstance(factor, bool) or not isinstance(factor, int) or factor < 1:
        raise ValueError(f"Le facteur d'agrandissement vaut {factor!r} : un entier d'au moins 1 est attendu.")


def _check_tensor(images: Tensor, floating: bool) -> None:
    if not isinstance(images, Tensor):
        raise TypeError(f"Un tenseur PyTorch est attendu, pas {type(images).__name__}. Pour un tableau : from_array.")
    if floating and not images.is_floating_point():
        raise TypeError(
            f"Des images à virgule flottante dans [-1, 1] sont attendues, pas {images.dtype} (voir from_uint8)."
        )
    if not floating and images.dtype != torch.uint8:
        raise TypeError(f"Des pixels uint8 (0 à 255) sont attendus, pas {images.dtype} (voir to_uint8).")
    if images.ndim < 3 or images.shape[-3] != 3:
        raise ValueError(
            f"Forme {tuple(images.shape)} : (3, H, W) ou (N, 3, H, W) est attendue, les trois couleurs avant "
            "la hauteur."
        )
