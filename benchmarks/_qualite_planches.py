"""Les images de `mesurer qualite` : photographies, fleurs de synthèse, et les planches que l'œil a classées.

Avant de juger une course, la distance de textures doit ranger ces planches comme l'œil, mettre les vraies photographies
au-dessus de toutes, et laisser au rapport des voisins le soin de dénoncer les copies.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from course.environnement import ROOT
from lessons_lib.images import from_uint8
from lessons_lib.lotus import SyntheticLotus
from lessons_lib.metrics import TextureDistance, nearest_neighbour_ratio, precision_recall, thumbnails
from lessons_lib.photos import oxford_lotus

SHARED = ROOT.parent / "shared"
SIZE, TRAIN, HELD_OUT, TILES = 64, 68, 69, 4
# De la pire à la meilleure, à l'œil ; les deux dernières se valent. Largeurs et intervalles en pixels de l'image.
SHEETS = ("article, 600 s", "R1, 60 s", "R1, 120 s", "R1, 600 s", "WGAN-GP frugal, 600 s")
CLOSE = SHEETS[3:]
SIDE, GAP = 320, 10
# Deux fichiers, une même photographie (README du dossier) : jamais l'un à l'entraînement et l'autre de côté.
DUPLICATES = (
    (1835, 1858), (1827, 1870), (1862, 1887), (1900, 1904), (1889, 1906), (1867, 1933), (1929, 1959),
)  # fmt: skip


def photographs(root: Path = SHARED) -> tuple[Tensor, Tensor]:
    """68 lotus d'Oxford pour l'entraînement et 69 de côté, dont tous les doublons : (N, 3, 64, 64) dans [-1, 1].

    Lève FileNotFoundError si les photographies manquent.
    """
    photos = oxford_lotus(root, SIZE)
    twins = {number for pair in DUPLICATES for number in pair}
    numbers = [int(path.stem.removeprefix("image_")) for path in photos.paths]
    single = [index for index, number in enumerate(numbers) if number not in twins]
    train = sorted(single[i] for i in np.random.default_rng(0).permutation(len(single))[:TRAIN])
    # Les doublons à la fin : les premières images de côté n'ont pas de jumelle parmi les autres.
    held_out = [index for index in single if index not in train]
    held_out += [index for index in range(len(numbers)) if index not in single]
    images = photos.images
    return images[train], images[held_out]


def synthetic() -> tuple[Tensor, Tensor]:
    """68 fleurs de synthèse pour l'entraînement, et 69 d'une autre graine."""
    return SyntheticLotus(TRAIN, SIZE).images, SyntheticLotus(HELD_OUT, SIZE, seed=1000).images


def sheets(path: Path = SHARED / "course-10-minutes.png") -> dict[str, Tensor]:
    """Les planches de l'image, défaites en leurs 16 images d'origine : {nom: (16, 3, 64, 64) dans [-1, 1]}.

    Chaque planche de 256 pixels avait été agrandie à 320 par une interpolation bicubique : c'est une application
    linéaire, dont la pseudo-inverse rend les pixels d'origine à l'arrondi près.
    Lève FileNotFoundError si l'image manque.
    """
    with Image.open(path) as opened:
        picture = np.asarray(opened.convert("RGB"), dtype=np.float64)
    enlarge = enlargement(TILES * SIZE, SIDE)
    shrink = np.linalg.pinv(enlarge)
    found = {}
    for index, name in enumerate(SHEETS):
        left = index * (SIDE + GAP)
        sheet = np.moveaxis(picture[:, left : left + SIDE], -1, 0)
        pixels = np.clip(np.round(shrink @ sheet @ shrink.T), 0, 255)
        tiles = pixels.reshape(3, TILES, SIZE, TILES, SIZE).transpose(1, 3, 0, 2, 4).reshape(-1, 3, SIZE, SIZE)
        found[name] = from_uint8(torch.from_numpy(tiles.astype(np.uint8)))
    return found


def enlargement(before: int, after: int) -> np.ndarray:
    """La matrice (after, before) de l'agrandissement bicubique d'une ligne."""
    impulses = [Image.fromarray(row[None, :]) for row in np.eye(before, dtype=np.float32)]
    return np.stack([np.asarray(row.resize((after, 1), Image.Resampling.BICUBIC))[0] for row in impulses], axis=1)


@dataclass(frozen=True)
class Judgement:
    """Un lot d'images jugé : distance de textures, son erreur type, rappel, rapport des voisins."""

    distance: float
    error: float
    recall: float
    neighbours: float

    def __str__(self) -> str:
        return (
            f"{self.distance:.2f} ± {self.error:.2f}, rappel {self.recall:.2f}, "
            f"rapport des voisins {self.neighbours:.2f}"
        ).replace(".", ",")


class Judge:
    """Juge des images d'après des vraies que l'entraînement n'a pas vues (``held_out``) et celles qu'il a vues."""

    def __init__(self, train: Tensor, held_out: Tensor):
        self.train, self.held_out = train, held_out
        self.texture = TextureDistance(held_out)

    def __call__(self, images: Tensor) -> Judgement:
        distance, error = self.texture.with_error(images)
        real = self.held_out[:: len(self.held_out) // len(images)][: len(images)]
        _, recall = precision_recall(thumbnails(real, 8), thumbnails(images, 8))
        return Judgement(distance, error, recall, nearest_neighbour_ratio(images, self.train, self.held_out))


def ranking(train: Tensor, held_out: Tensor, drawn: dict[str, Tensor]) -> dict[str, Judgement]:
    """Le jugement de chaque planche, de 16 vraies photographies et de 16 copies."""
    judge = Judge(train, held_out)
    judged = {name: judge(images) for name, images in drawn.items()}
    count = TILES**2
    judged["photographies"] = Judge(train, held_out[count:])(held_out[:count])
    judged["copies"] = judge(train[:count])
    return judged


def objection(judged: dict[str, Judgement]) -> str:
    """Ce que l'œil reprocherait à ce classement, en une phrase ; vide s'ils sont d'accord.

    Deux planches ne sont départagées que par un écart de deux erreurs types.
    """
    worst = [judged[name] for name in SHEETS[:3]]
    close = [judged[name] for name in CLOSE]
    pairs = [*pairwise(worst), *((worst[-1], better) for better in close)]
    pairs += [(sheet, judged[real]) for sheet in close for real in ("photographies", "copies")]
    if not all(_worse(worse, better) for worse, better in pairs):
        return "la distance de textures ne range pas les planches comme l'œil"
    if max(abs(judged[real].distance) for real in ("photographies", "copies")) > close[0].distance / 4:
        return "les vraies photographies ne sont pas près de zéro"
    if judged["copies"].neighbours > 0.1 or min(judged[name].neighbours for name in (*SHEETS, "photographies")) < 0.5:
        return "le rapport des voisins ne distingue pas les copies"
    return ""


def _worse(a: Judgement, b: Judgement) -> bool:
    return a.distance - b.distance > 2 * math.hypot(a.error, b.error)
