"""Des recettes pour apprendre de photographies : les vôtres, ou les lotus d'Oxford.

`python3 -m course entrainer photos_64 --images DOSSIER` en suit une. Leurs poids ne sont pas dans le zoo : un réseau
appris sur des photographies peut en restituer, et reste chez qui les possède, dans ``entrainements/``.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from lessons_lib.photos import PhotoFolder, open_dataset
from lessons_lib.recipes import AdversarialRecipe
from lessons_lib.streaming import PhotoStream
from lessons_lib.training import AdversarialConfig, Training

IN_MEMORY = 10**9  # octets d'images float32 au-delà desquels un dossier est lu à la volée : 20 000 images de 64 px


@dataclass(frozen=True, kw_only=True)
class PhotoRecipe(AdversarialRecipe):
    """La recette d'un générateur de photographies ; ``images`` est leur nombre, connu au départ (0 d'ici là)."""

    images: int = 0

    def start(self, device: str = "cpu", fabric=None, *, photos) -> Training:
        """L'entraînement sur ``photos`` : un tenseur (N, 3, size, size), ou un jeu lu à la volée."""
        torch.manual_seed(self.weights_seed)
        return self._train(self.build(), photos, replace(self.config, device=device), fabric)

    def figures(self, model) -> dict[str, dict[str, float]]:
        """Aucune : toutes les photographies servent à apprendre, il n'en reste pas pour juger."""
        return {}


def open_photos(source: str, size: int, root: str | Path | None = None, workers: int = 0):
    """Les images d'un dossier, ou celles d'Oxford si ``source`` vaut « oxford », en carrés de ``size`` pixels.

    root : le dossier qui contient ``flowers-102/``. workers : processus de lecture d'un dossier trop grand pour tenir
    en mémoire. Rend un tenseur (N, 3, size, size), ou un :class:`PhotoStream` au-delà d'IN_MEMORY octets.
    Lève FileNotFoundError, NotADirectoryError ou ValueError, comme :mod:`lessons_lib.photos`.
    """
    if source.casefold() == "oxford":
        return open_dataset("oxford", size=size, root=root, crop="smart").images
    stream = PhotoStream(source, size, "smart", workers=workers)
    if 12 * size * size * len(stream) > IN_MEMORY:
        return stream
    return PhotoFolder(source, size, "smart").images


# Le « WGAN-GP frugal » de benchmarks/RESULTATS.md. Mesuré jusqu'à 3 246 pas à 64 px, à pas d'apprentissage constant ;
# la descente en cosinus et la suite de l'entraînement ne le sont pas, ni rien à 128 px.
_FRUGAL = AdversarialConfig(
    steps=6000,
    batch_size=16,
    learning_rate=1e-3,
    critic_steps=1,
    penalty_every=4,
    augment=("translation",),
    average=0.995,
    decay=True,
)

PHOTO_RECIPES = {
    "photos_64": PhotoRecipe(
        "WGAN-GP frugal, photographies, 64 pixels",
        "Generator",
        _FRUGAL,
        size=64,
        latent=64,
        algorithm="wgan_gp",
        stages=(200, 600, 2000, 6000),
    ),
    "photos_128": PhotoRecipe(
        "WGAN-GP frugal, photographies, 128 pixels",
        "Generator",
        replace(_FRUGAL, steps=12000, learning_rate=5e-4),
        size=128,
        latent=64,
        algorithm="wgan_gp",
        stages=(400, 1200, 4000, 12000),
    ),
}
