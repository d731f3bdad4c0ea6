"""L'augmentation différentiable (*DiffAugment*) : les mêmes retouches aux vraies et aux fausses images.

La critique ne voit que des images retouchées, au hasard, et le gradient traverse la retouche jusqu'au générateur :
avec peu d'images, elle ne peut plus apprendre par cœur, et les retouches ne passent pas dans les images engendrées.

Source : Zhao et al., « Differentiable Augmentation for Data-Efficient GAN Training », 2020. Leçons 06 et 08.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

_SHIFT = 1 / 8  # plus grand décalage, en part du côté de l'image
_HOLE = 1 / 2  # côté du carré effacé, en part du côté de l'image


def augment(images: Tensor, names: Sequence[str], *, generator: torch.Generator | None = None) -> Tensor:
    """Applique dans l'ordre les retouches nommées : « colour », « translation », « cutout ».

    images : (N, C, H, W). Rend un tenseur de même forme, que l'on peut dériver par rapport aux images.
    Lève ValueError pour un nom inconnu.
    """
    check_names(names)
    for name in names:
        images = AUGMENTATIONS[name](images, generator)
    return images


def check_names(names: Sequence[str]) -> None:
    """Lève ValueError si l'une des retouches n'existe pas."""
    if isinstance(names, str) or (unknown := [name for name in names if name not in AUGMENTATIONS]):
        wrong = names if isinstance(names, str) else unknown[0]
        raise ValueError(
            f"Augmentation « {wrong} » : donnez un n-uplet de noms parmi {', '.join(AUGMENTATIONS)}, "
            'par exemple ("translation",).'
        )


def colour(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Luminosité (± 0,5), saturation (0 à 2 fois) et contraste (0,5 à 1,5 fois) tirés pour chaque image."""
    images = images + _uniform(images, generator) - 0.5
    grey = images.mean(dim=1, keepdim=True)
    images = grey + 2 * _uniform(images, generator) * (images - grey)
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (_uniform(images, generator) + 0.5) * (images - mean)


def translation(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Décale chaque image d'au plus un huitième de son côté ; ce qui se découvre est gris (0)."""
    n, channels, height, width = images.shape
    down, right = round(height * _SHIFT), round(width * _SHIFT)
    padded = F.pad(images, (right, right, down, down))
    rows = torch.arange(height, device=images.device) + _integers(n, 2 * down + 1, images, generator)
    columns = torch.arange(width, device=images.device) + _integers(n, 2 * right + 1, images, generator)
    # (N, C, H + 2·down, W + 2·right) -> (N, C, H, W + 2·right) -> (N, C, H, W)
    padded = padded.gather(2, rows[:, None, :, None].expand(n, channels, height, padded.shape[3]))
    return padded.gather(3, columns[:, None, None, :].expand(n, channels, height, width))


def cutout(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Efface (0) dans chaque image un carré dont le centre est tiré n'importe où et le côté vaut la moitié du sien."""
    n, _, height, width = images.shape
    top = _integers(n, height, images, generator) - round(height * _HOLE) // 2
    left = _integers(n, width, images, generator) - round(width * _HOLE) // 2
    y, x = torch.arange(height, device=images.device), torch.arange(width, device=images.device)
    in_rows = (y >= top) & (y < top + round(height * _HOLE))
    in_columns = (x >= left) & (x < left + round(width * _HOLE))
    hole = in_rows[:, None, :, None] & in_columns[:, None, None, :]
    return images.masked_fill(hole, 0.0)


AUGMENTATIONS: dict[str, Callable] = {"colour": colour, "translation": translation, "cutout": cutout}


def _uniform(images: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device, dtype=images.dtype)


def _integers(n: int, below: int, images: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.randint(below, (n, 1), generator=generator, device=images.device)
