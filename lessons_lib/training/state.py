"""Ce dont un entraînement a besoin pour reprendre au bit près : poids, optimiseurs, hasard, place dans les données.

Les points de reprise sont des fichiers safetensors (tenseurs) avec un en-tête JSON (le reste) : jamais de pickle.
"""

import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


class Batches:
    """Des lots sans fin : chaque époque mélange les images, et les images en trop à la fin d'une époque sont laissées.

    images : tenseur (N, 3, H, W) — ou (N, D) pour des points —, ou jeu de données lu à la volée (``len`` et ``[i]``).
    Un jeu qui a une méthode ``read_ahead``, comme :class:`lessons_lib.streaming.PhotoStream`, est lu en avance.
    device : où donner les lots. Un tenseur y est copié une fois pour toutes : un pas n'attend alors aucune copie.
    place : (rang, nombre de processus). Tous suivent le même ordre ; chacun ne reçoit que sa tranche du lot.
    """

    def __init__(self, images, batch_size: int, seed: int, device: str = "cpu", place: tuple[int, int] = (0, 1)):
        if len(images) == 0:
            raise ValueError("Il n'y a aucune image : un entraînement en demande au moins une.")
        if isinstance(images, Tensor) and (images.ndim not in (2, 4) or not images.is_floating_point()):
            raise ValueError(
                f"Les images doivent être un tenseur flottant (N, 3, H, W) dans [-1, 1], ou des points (N, D) ; "
                f"reçu {images.dtype} {tuple(images.shape)}. Voyez lessons_lib.images.from_uint8."
            )
        self.images = images.to(device) if isinstance(images, Tensor) else images
        self.device = device
        self.batch_size = min(batch_size, len(images))
        self._rank, processes = place
        self._share = self.batch_size // processes
        if self._share * processes != self.batch_size:
            raise ValueError(
                f"Un lot de {self.batch_size} images ne se partage pas également entre {processes} processus : "
                f"prenez pour batch_size un multiple de {processes}, et au moins autant d'images."
            )
        self.generator = torch.Generator().manual_seed(seed)
        self._shuffle()

    def first(self) -> Tensor:
        """La première image seule, (1, 3, H, W), pour vérifier le modèle sans toucher au hasard."""
        return self._read(torch.tensor([0]))

    def next(self) -> Tensor:
        """Le lot suivant : (batch_size, 3, H, W) ; d'un lot partagé, la tranche de ce processus.

        ``chosen`` garde les numéros de ces images.
        """
        if self.cursor + self.batch_size > len(self.order):
            self._shuffle()
        self.chosen = self._chosen(self.cursor)
        batch = self._read_ahead() if hasattr(self.images, "read_ahead") else self._read(self.chosen)
        self.cursor += self.batch_size
        return batch

    def restore(self, order: Tensor, cursor: int) -> None:
        """Reprend une époque à l'image ``cursor`` de cet ordre, (N,)."""
        self.order, self.cursor, self._ahead = order.to(self.order.device), cursor, None

    def _shuffle(self) -> None:
        self.order = torch.randperm(len(self.images), generator=self.generator)
        if isinstance(self.images, Tensor):
            self.order = self.order.to(self.device, non_blocking=True)
        self.cursor, self._ahead = 0, None

    def _chosen(self, cursor: int) -> Tensor:
        """Les numéros des images que ce processus prend dans le lot qui commence là."""
        start = cursor + self._rank * self._share
        return self.order[start : start + self._share]

    def _read_ahead(self) -> Tensor:
        """Le lot suivant d'une lecture en avance, qui reprend ici si elle n'a pas commencé ou a été interrompue."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            starts = range(self.cursor, len(self.order) - self.batch_size + 1, self.batch_size)
            ahead = self.images.read_ahead([self._chosen(start).tolist() for start in starts], self.device)
        batch = next(ahead)
        self._ahead = ahead
        return batch

    def _read(self, indices: Tensor) -> Tensor:
        if isinstance(self.images, Tensor):
            return self.images[indices]
        return torch.stack([self.images[i] for i in indices.tolist()]).to(self.device, non_blocking=True)


class TrainingState:
    """L'état d'un entraînement, sur lequel la boucle est construite.

    models, optimizers : par nom. batches : place dans les données. generator : hasard des tirages.
    settings : les réglages de départ, comparés à la reprise. changes : ceux qui ont changé en route. index : nombre de
    pas accomplis. seconds : temps passé, en secondes. buffers : les compteurs et les dernières valeurs de la boucle.
    writes : faux dans les processus qui laissent au premier le soin d'écrire les points de reprise.
    """

    def __init__(
        self,
        models: dict[str, nn.Module],
        optimizers: dict[str, torch.optim.Optimizer],
        batches: Batches,
        generator: torch.Generator,
        settings: dict,
    ):
        self.models, self.optimizers = models, optimizers
        self.batches, self.generator = batches, generator
        self.settings = json.loads(json.dumps(settings))
        self.index = 0
        self.seconds = 0.0
        self.first_losses: dict[str, float] | None = None
        self.changes: dict = {}
        self.buffers: dict[str, Tensor] = {}
        self.writes = True

    def save(self, path: str | os.PathLike) -> None:
        """Écrit le point de reprise d'un seul coup : le fichier est entier, ou l'ancien reste en place."""
        if not self.writes:
            return
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors = {
            "random.draws": self.generator.get_state(),
            "random.batches": self.batches.generator.get_state(),
            "batches.order": self.batches.order,
        }
        tensors |= {f"buffers.{name}": value for name, value in self.buffers.items()}
        for name, model in self.models.items():
            tensors |= {f"models.{name}.{key}": value for key, value in model.state_dict().items()}
        for name, optimizer in self.optimizers.items():
            for parameter, values in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizers.{name}.{parameter}.{key}": value for key, value in values.items()}
        rest = {
            "index": self.index,
            "seconds": self.seconds,
            "first_losses": self.first_losses,
            "changes": self.changes,
            "cursor": self.batches.cursor,
            "settings": self.settings,
            "images": len(self.batches.images),
        }
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        try:
            save_file({k: v.contiguous() for k, v in tensors.items()}, temporary, metadata={"json": json.dumps(rest)})
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def load(self, path: str | os.PathLike) -> None:
        """Reprend exactement où le fichier s'est arrêté.

        Lève ValueError si le fichier est abîmé ou vient d'un autre entraînement (réglages, images, modèle).
        """
        try:
            with safe_open(path, framework="pt") as file:
                rest = json.loads(file.metadata()["json"])
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"Le point de reprise {path} est illisible ({error}). Renommez-le, puis relancez l'entraînement."
            ) from error
        self._check_same_training(path, rest)
        for name, model in self.models.items():
            model.load_state_dict(_under(tensors, f"models.{name}."))
        for name, optimizer in self.optimizers.items():
            values: dict[int, dict[str, Tensor]] = {}
            for key, value in _under(tensors, f"optimizers.{name}.").items():
                parameter, entry = key.split(".", 1)
                values.setdefault(int(parameter), {})[entry] = value
            optimizer.load_state_dict(optimizer.state_dict() | {"state": values})
        for name, value in _under(tensors, "buffers.").items():
            self.buffers[name] = value.to(self.buffers[name].device)
        self.generator.set_state(tensors["random.draws"])
        self.batches.generator.set_state(tensors["random.batches"])
        self.batches.restore(tensors["batches.order"], rest["cursor"])
        self.index, self.seconds = rest["index"], rest["seconds"]
        self.first_losses, self.changes = rest["first_losses"], rest["changes"]

    def _check_same_training(self, path, rest: dict) -> None:
        here = self.settings | {"images": len(self.batches.images)}
        there = rest["settings"] | {"images": rest["images"]}
        differences = [
            f"{name} : {there.get(name)} dans le fichier, {here.get(name)} ici"
            for name in here
            if here[name] != there.get(name) and name not in ("steps", "device")
        ]
        if differences:
            raise ValueError(
                f"Le point de reprise {path} vient d'un autre entraînement ({' ; '.join(differences)}). "
                "Reprenez les mêmes réglages, ou donnez un autre nom de fichier."
            )


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
