"""Leçon 08 : un décalage différentiable, comparé à une copie pixel par pixel en NumPy."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks.exercise import Case, Exercise, Mistake
from lessons_lib.checks.lesson_06.slope import slope_of

VALUE, SLOPE, LEFT = (torch.tensor(k) for k in range(3))


def measure_shift(function: Callable, images: Tensor, right: Tensor, down: Tensor, what: Tensor) -> Tensor:
    """Le résultat, la dérivée d'une somme pondérée de ses pixels par rapport aux images, ou ce qui a changé."""
    leaf = images.clone().requires_grad_()
    given = leaf.clone() if what == SLOPE else images.clone()
    result = function(given, right, down)
    if not isinstance(result, Tensor) or result.shape != images.shape:
        return result
    if what == VALUE:
        return result.detach()
    if what == LEFT:
        return (given - images).abs().max()
    return slope_of(result * weights_like(images), leaf)


def weights_like(images: Tensor) -> Tensor:
    """1, 2, 3… : un poids par pixel."""
    return torch.arange(1.0, images.numel() + 1, dtype=images.dtype).view_as(images)


def reference_shift(images: Tensor, right: Tensor, down: Tensor, what: Tensor) -> Tensor:
    """Pixel par pixel ; la dérivée est le poids de l'endroit où le pixel est allé, ou 0 s'il est sorti."""
    source = (weights_like(images) if what == SLOPE else images).numpy()
    result = np.zeros_like(source)
    height, width = images.shape[2:]
    for n in range(len(images) if what != LEFT else 0):
        for y in range(height):
            for x in range(width):
                to_y, to_x = y + int(down[n]), x + int(right[n])
                if 0 <= to_y < height and 0 <= to_x < width:
                    if what == SLOPE:
                        result[n, :, y, x] = source[n, :, to_y, to_x]
                    else:
                        result[n, :, to_y, to_x] = source[n, :, y, x]
    return torch.tensor(0.0) if what == LEFT else torch.from_numpy(result)


def _shift_cases() -> tuple[Case, ...]:
    line = torch.arange(1.0, 6.0).view(1, 1, 1, 5).clone()
    images = 1 + torch.rand((4, 3, 5, 5), generator=torch.Generator().manual_seed(8))  # jamais 0 : un bord se voit
    right, down = torch.tensor([2, -1, 0, 1]), torch.tensor([1, 0, -2, -1])
    one, none = torch.tensor([2]), torch.tensor([0])
    return (
        Case("une image d'une seule ligne de 5 pixels, [1, 2, 3, 4, 5], décalée de 2 vers la droite",
             (line, one, none, VALUE)),
        Case("une image d'une seule colonne, [1, 2, 3, 4, 5], décalée de 2 vers le bas",
             (line.transpose(2, 3).contiguous(), none, one, VALUE)),
        Case("la même ligne, décalée de 2 vers la gauche : right vaut −2", (line, -one, none, VALUE)),
        Case("quatre images en couleurs, chacune son décalage", (images, right, down, VALUE)),
        Case("de combien les images données ont changé", (images, right, down, LEFT)),
        Case("la dérivée, par rapport aux images, d'une somme pondérée des pixels rendus",
             (images, right, down, SLOPE)),
    )  # fmt: skip


def crop(images: Tensor, right: Tensor, down: Tensor, **padding: object) -> Tensor:
    """Une réponse, exacte ou fausse suivant le bord : une fenêtre dans l'image entourée d'une marge."""
    height, width = images.shape[2:]
    margin = int(max(right.abs().max(), down.abs().max()))
    wide = F.pad(images, (margin,) * 4, **padding)
    places = zip((margin - down).tolist(), (margin - right).tolist(), strict=True)
    return torch.stack([x[:, y : y + height, z : z + width] for x, (y, z) in zip(wide, places, strict=True)])


def _rolled(images: Tensor, right: Tensor, down: Tensor) -> Tensor:
    moves = zip(images, down.tolist(), right.tolist(), strict=True)
    return torch.stack([x.roll((dy, dx), (1, 2)) for x, dy, dx in moves])


def _overwritten(images: Tensor, right: Tensor, down: Tensor) -> Tensor:
    images.copy_(crop(images.clone(), right, down))
    return images


SHIFT = Exercise(
    signature="shift(images, right, down)",
    cases=_shift_cases(),
    reference=reference_shift,
    measure=measure_shift,
    mistakes=(
        Mistake("ce qui sort d'un côté revient de l'autre : ce qui se découvre doit être gris.", _rolled),
        Mistake(
            "le même décalage, celui de la première image, sert à tout le lot.",
            lambda x, right, down: crop(x, right[:1].expand_as(right), down[:1].expand_as(down)),
        ),
        Mistake("les axes sont échangés : right déplace les colonnes, down les lignes.",
                lambda x, right, down: crop(x, down, right)),
        Mistake("le sens est inversé : un nombre positif va vers la droite et vers le bas.",
                lambda x, right, down: crop(x, -right, -down)),
        Mistake("le sens horizontal est inversé, le vertical est juste.",
                lambda x, right, down: crop(x, -right, down)),
        Mistake("le sens vertical est inversé, l'horizontal est juste.",
                lambda x, right, down: crop(x, right, -down)),
        Mistake("le décalage vertical est oublié.", lambda x, right, down: crop(x, right, 0 * down)),
        Mistake("le décalage horizontal est oublié.", lambda x, right, down: crop(x, 0 * right, down)),
        Mistake("un nombre négatif est traité comme un positif : il va vers la gauche, ou vers le haut.",
                lambda x, right, down: crop(x, right.abs(), down.abs())),
        Mistake("les valeurs sont justes, mais le gradient n'atteint pas les images : rien n'apprendrait.",
                lambda x, right, down: crop(x.detach(), right, down)),
        Mistake("ce qui se découvre répète le bord de l'image : il doit être gris, à 0.",
                lambda x, right, down: crop(x, right, down, mode="replicate")),
        Mistake("ce qui se découvre est noir, à −1 : le gris, au milieu de l'intervalle, est demandé.",
                lambda x, right, down: crop(x, right, down, value=-1.0)),
        Mistake("ce qui se découvre est à un demi, le gris d'images entre 0 et 1 : ici elles vont de −1 à 1.",
                lambda x, right, down: crop(x, right, down, value=0.5)),
        Mistake("les images données sont modifiées : rendez un nouveau tenseur.", _overwritten),
        Mistake("aucune image n'est décalée.", lambda x, right, down: x.clone()),
    ),
    verified=(
        "chaque image a son décalage, dans le bon sens",
        "ce qui se découvre est gris, et rien ne revient de l'autre côté",
        "le gradient suit chaque pixel jusqu'à l'image de départ",
    ),
)  # fmt: skip
