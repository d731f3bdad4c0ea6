"""Leçon 00 : d'un tenseur (3, H, W) dans [-1, 1] aux pixels (H, W, 3) de 0 à 255.

La référence passe par NumPy, sans `lessons_lib.images`.
"""

from functools import partial
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference(image: Tensor) -> Tensor:
    """Pixels (H, W, 3), uint8, calculés par NumPy en double précision."""
    pixels = np.rint(np.clip((image.double().numpy() + 1) * 127.5, 0, 255))
    return torch.from_numpy(np.moveaxis(pixels, 0, -1).astype(np.uint8))


def _cases() -> tuple[Case, ...]:
    greys = torch.tensor([-1.0, 0.1, 0.7, 1.0]).reshape(1, 1, 4).repeat(3, 1, 1)
    colours = torch.linspace(-0.97, 0.93, 24).reshape(3, 2, 4)
    outside = torch.tensor([-1.3, 0.5, 1.2]).reshape(3, 1, 1)
    return (
        Case("quatre pixels gris : -1, 0.1, 0.7 et 1", (greys,)),
        Case("une image en couleurs de 2 lignes et 4 colonnes", (colours,)),
        Case("un pixel hors de l'intervalle : rouge -1.3, vert 0.5, bleu 1.2", (outside,)),
    )


def _convert(image: Tensor, slips: tuple[str, ...]) -> Tensor:
    """La conversion, avec les fautes nommées."""
    values = image * 255 if "scale" in slips else (image + 1) * 127.5
    if "clamp" not in slips:
        values = values.clamp(0, 255)
    if "round" not in slips:
        values = values.round()
    pixels = values if "dtype" in slips else values.to(torch.uint8)
    if "channels" in slips:
        return pixels
    if "reshape" in slips:
        return pixels.reshape(*image.shape[1:], 3)
    return pixels.permute(2, 1, 0) if "transposed" in slips else pixels.permute(1, 2, 0)


SLIPS = {
    "scale": "vos calculs supposent des valeurs entre 0 et 1 ; elles vont de -1 à 1.",
    "clamp": "les valeurs hors de l'intervalle ne sont pas ramenées au bord avant la conversion en entiers.",
    "round": "la conversion en entiers tronque ; arrondissez d'abord.",
    "dtype": "les valeurs sont bonnes, mais le type n'est pas `torch.uint8`.",
    "channels": "les canaux sont restés devant ; un écran les attend en dernier.",
    "reshape": "changer la forme sans déplacer les axes mélange les pixels.",
    "transposed": "lignes et colonnes sont échangées : l'image est couchée.",
}
AXES = {"channels", "reshape", "transposed"}


def _mistakes() -> tuple[Mistake, ...]:
    pairs = [pair for pair in combinations(SLIPS, 2) if not set(pair) <= AXES]
    return tuple(
        Mistake(
            " De plus, ".join(SLIPS[slip] for slip in slips),
            partial(_convert, slips=slips),
        )
        for slips in [*((slip,) for slip in SLIPS), *pairs]
    )


PIXELS = Exercise(
    signature="to_pixels(image)",
    cases=_cases(),
    reference=reference,
    mistakes=_mistakes(),
    verified=(
        "-1 devient 0 et 1 devient 255 ; les valeurs intermédiaires sont arrondies",
        "ce qui sort de [-1, 1] est ramené au bord",
        "les canaux passent en dernier : (3, H, W) devient (H, W, 3), en uint8",
    ),
)
