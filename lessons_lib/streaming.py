"""De grands dossiers d'images, lus à la volée : la mémoire employée ne dépend pas du nombre de fichiers.

    images = PhotoStream("photos", size=64, workers=2)      # un million de fichiers aussi bien que mille
    steps = train_wgan_gp(generator, critic, images, config)

Rien n'est décodé d'avance ni gardé. Des processus de lecture préparent les lots pendant que le modèle calcule. L'ordre
vient de l'entraînement (:class:`lessons_lib.training.Batches`) : il ne dépend pas du nombre de lecteurs, et un point de
reprise pris au milieu d'une époque y revient.
"""

import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from lessons_lib.decode import UnreadableImage, check_square
from lessons_lib.folders import READ
from lessons_lib.images import from_uint8, load_pixels
from lessons_lib.photos import existing_folder

AHEAD = 4  # lots que chaque processus de lecture prépare d'avance
_ATTEMPTS = 20  # fichiers illisibles de suite au bout desquels la lecture s'arrête


class PhotoStream(Dataset[Tensor]):
    """Les photographies d'un dossier et de ses sous-dossiers, (3, size, size) float32 dans [-1, 1], lues à la demande.

    Les mêmes formats que :class:`lessons_lib.photos.PhotoFolder`, qui convient mieux à quelques milliers d'images : il
    les vérifie toutes d'abord. Ici, un fichier illisible est remplacé par le suivant de la liste, avec un
    avertissement ; vingt de suite arrêtent la lecture. Les fichiers sont dans l'ordre de leurs chemins.

    crop : « centre » ou « smart ». workers : processus qui lisent en avance (0 : le processus principal lit, à chaque
    pas). Ils démarrent par *spawn* sur tous les systèmes : un programme (non un notebook) qui en demande met ce qu'il
    exécute sous ``if __name__ == "__main__":``.

    Lève FileNotFoundError ou NotADirectoryError pour le dossier, ValueError pour un réglage ou un dossier sans images.
    """

    def __init__(self, folder: str | Path, size: int = 64, crop: str = "centre", *, workers: int = 0):
        check_square(size, crop)
        if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
            raise ValueError(f"workers vaut {workers!r} : un nombre de processus de lecture, 0 ou plus, est attendu.")
        self.folder, self.size, self.crop, self.workers = existing_folder(folder), size, crop, workers
        self._names = _Names(_relative_paths(self.folder))
        if len(self._names) < 2:
            raise ValueError(
                f"Le dossier « {self.folder} » contient {len(self._names)} image : il en faut deux ou plus. "
                "Copiez-y des photographies (JPEG, PNG, WebP, BMP, GIF ou TIFF), ou choisissez un autre dossier."
            )
        self._loader: DataLoader | None = None

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index: int) -> Tensor:
        return from_uint8(self.pixels(index))

    def __repr__(self) -> str:
        return f"PhotoStream : {len(self)} fichiers, {self.size} × {self.size} pixels, {self.workers} lecteurs"

    def __getstate__(self) -> dict:
        """Ce qui part vers un processus de lecture : tout, sauf les lecteurs eux-mêmes."""
        return self.__dict__ | {"_loader": None}

    def pixels(self, index: int) -> Tensor:
        """Les pixels uint8 (3, size, size) de ce fichier, ou du premier lisible après lui."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"Il n'y a pas d'image {index} : le dossier en compte {len(self)}.")
        for attempt in range(min(_ATTEMPTS, len(self))):
            path = self.folder / self._names[(index + attempt) % len(self)]
            try:
                return load_pixels(path, self.size, self.crop)
            except (UnreadableImage, FileNotFoundError) as error:
                warnings.warn(f"{error} La suivante la remplace.", stacklevel=2)
        raise ValueError(
            f"{min(_ATTEMPTS, len(self))} fichiers de suite sont illisibles dans « {self.folder} », le dernier étant "
            f"{path.name} : vérifiez que ce dossier contient bien des images et qu'il est toujours accessible."
        )

    def read_ahead(self, batches: Sequence[Sequence[int]], device: str = "cpu") -> Iterator[Tensor]:
        """Les lots d'images de ces numéros, (n, 3, size, size) float32 sur ``device``, préparés en avance.

        Un nouvel appel arrête la lecture précédente ; les processus de lecture, eux, servent d'un appel à l'autre.
        """
        if self._loader is None:
            self._loader = self._open_loader(pin=device.startswith("cuda"))
        self._loader.batch_sampler.batches = batches
        try:
            for pixels in self._loader:
                yield from_uint8(pixels.to(device, non_blocking=True))
        except (Exception, KeyboardInterrupt):
            self._loader = None  # des lecteurs interrompus ne resservent pas
            raise

    def _open_loader(self, pin: bool) -> DataLoader:
        some = self.workers > 0
        return DataLoader(
            _Pixels(self),
            batch_sampler=_Plan(),
            num_workers=self.workers,
            collate_fn=torch.stack,
            pin_memory=pin,
            multiprocessing_context="spawn" if some else None,
            prefetch_factor=AHEAD if some else None,
            persistent_workers=some,
            generator=torch.Generator(),  # le sien, pour ne rien prendre au hasard de PyTorch
        )


class _Plan:
    """Les lots à lire, que chaque époque remplace : pour DataLoader, un ``batch_sampler``."""

    def __init__(self):
        self.batches: Sequence[Sequence[int]] = ()

    def __iter__(self) -> Iterator[Sequence[int]]:
        return iter(self.batches)

    def __len__(self) -> int:
        return len(self.batches)


class _Pixels(Dataset[Tensor]):
    """Le même jeu, en uint8 : quatre fois moins d'octets passent d'un processus à l'autre."""

    def __init__(self, stream: PhotoStream):
        self.stream = stream

    def __len__(self) -> int:
        return len(self.stream)

    def __getitem__(self, index: int) -> Tensor:
        return self.stream.pixels(index)


class _Names:
    """Des chemins relatifs, bout à bout dans un tableau d'octets : 100 000 chemins tiennent en quelques mégaoctets."""

    def __init__(self, names: Sequence[str]):
        encoded = [os.fsencode(name) for name in names]
        self._ends = np.cumsum([len(name) for name in encoded], dtype=np.int64)
        self._bytes = np.frombuffer(b"".join(encoded), dtype=np.uint8)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> str:
        start = self._ends[index - 1] if index > 0 else 0
        return os.fsdecode(self._bytes[start : self._ends[index]].tobytes())


def _relative_paths(folder: Path) -> list[str]:
    """Les images du dossier et de ses sous-dossiers, triées ; fichiers et dossiers cachés sont ignorés."""
    found: list[str] = []
    skip = len(os.path.join(folder, ""))
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        prefix = os.path.join(parent, "")[skip:].replace(os.sep, "/")
        found += [
            prefix + name for name in names if not name.startswith(".") and os.path.splitext(name)[1].lower() in READ
        ]
    return sorted(found)
