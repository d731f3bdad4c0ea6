"""Les images qu'un entraînement en cours sait produire, toujours à partir du même z."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from lessons_lib.images import enlarge, grid, to_jpeg
from lessons_lib.models import Autoencoder

LARGEST_SHEET = 330  # pixels : au-delà, moins d'images
MOST_POINTS = 500


class FixedSamples:
    """Ce que rend un réseau pour un z tiré une fois pour toutes.

    training : un :class:`lessons_lib.training.Training`. sample : une fonction sans argument -> images (N, 3, H, W)
    dans [-1, 1] ou points (N, 2) ; par défaut le réseau ``training.sampler`` décode z ~ N(0, I), tiré de ``seed`` ; un
    autoencodeur, dont z n'a pas de loi, reconstruit toujours les mêmes images. count : nombre d'images.
    real : (N, 2), les vrais points, montrés avec les faux ; par défaut ceux de l'entraînement.

    Un réseau en mode entraînement passe en mode évaluation le temps de chaque tirage. Lève ValueError si ce qui est
    rendu n'est ni des images ni des points.
    """

    def __init__(self, training, sample: Callable[[], Tensor] | None, count: int | None, seed: int, real=None):
        self.caption = "Tirages, à z fixé"
        self._network = None
        data = getattr(getattr(getattr(training, "state", None), "batches", None), "images", None)
        self.sample = sample or self._of_network(training, data, count, seed)
        self.last = self._draw()
        real = data if real is None else real
        flat = isinstance(real, Tensor) and real.ndim == 2 and real.shape[1] == 2
        self.real = real[:MOST_POINTS].float().cpu() if flat and self.last.ndim == 2 else None

    def refresh(self) -> bytes:
        """Tire de nouveau et rend ce que la page montre : une feuille JPEG, ou des points float32."""
        self.last = self._draw()
        return self.encoded()

    def encoded(self) -> bytes:
        return self.last.numpy().tobytes() if self.last.ndim == 2 else to_jpeg(self.sheet(), quality=88)

    def sheet(self) -> Tensor:
        """Les images rangées en carré : (3, H', W'), agrandies un nombre entier de fois."""
        sheet = grid(self.last, columns=math.ceil(math.sqrt(len(self.last))), padding=1)
        return enlarge(sheet, max(1, LARGEST_SHEET // max(sheet.shape[1:])))

    def _of_network(self, training, data, count: int | None, seed: int) -> Callable[[], Tensor]:
        network = self._network = getattr(training, "sampler", None)
        if not isinstance(network, nn.Module):
            raise ValueError(
                "Cet itérateur ne dit pas d'où tirer des images. Donnez training=… (l'entraînement qu'il enveloppe), "
                "ou sample=…, une fonction sans argument qui rend des images ou des points."
            )
        device = next(network.parameters()).device
        side = getattr(network, "size", 0)
        count = count or (MOST_POINTS if not side else max(4, min(16, (LARGEST_SHEET // side) ** 2)))
        if isinstance(network, Autoencoder):
            self.caption = "Reconstructions des mêmes images"
            fixed = torch.stack([data[i] for i in range(min(count, len(data)))]).to(device)
            return lambda: network(fixed)
        z = torch.randn(count, network.latent, generator=torch.Generator().manual_seed(seed)).to(device)
        decode = getattr(network, "decode", network)
        return lambda: decode(z)

    def _draw(self) -> Tensor:
        network = self._network
        training = network is not None and network.training
        if training:
            network.eval()
        try:
            with torch.no_grad():
                drawn = self.sample()
        finally:
            if training:
                network.train()
        if not isinstance(drawn, Tensor) or (drawn.ndim != 4 and drawn.shape[1:] != (2,)):
            got = tuple(drawn.shape) if isinstance(drawn, Tensor) else type(drawn).__name__
            raise ValueError(f"sample doit rendre des images (N, 3, H, W) ou des points (N, 2) ; reçu {got}.")
        return drawn.detach().float().cpu().contiguous()
