"""Un classifieur de fleurs nourri de vraies images, de retouches ou d'images engendrées : le même, du même budget.

Chaque façon de le nourrir reçoit autant de pas et d'images par lot : seule change la provenance des images.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.augment import translation

STEPS, BATCH = 300, 32
WAYS = ("réelles", "retouchées", "engendrées", "retouchées et engendrées")


@dataclass(frozen=True)
class Flowers:
    """images (N, 3, S, S) dans [-1, 1] et labels (N,), des entiers à partir de 0."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.images)


def classifier(classes: int, width: int = 24) -> nn.Module:
    """Quatre convolutions qui divisent chacune le côté par deux, une moyenne sur la carte, un score par classe."""
    channels = [3, width, 2 * width, 2 * width, 4 * width]
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(channels):
        layers += [nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1), nn.BatchNorm2d(after), nn.SiLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], classes))


def retouch(images: Tensor, random: torch.Generator) -> Tensor:
    """L'augmentation classique d'un classifieur : miroir à pile ou face, puis décalage."""
    mirrored = torch.rand(len(images), generator=random) < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    return translation(images, random)


def accuracy(way: str, real: Flowers, generated: Flowers, test: Flowers, seed: int) -> float:
    """La part de justes sur des images de test jamais vues, après un entraînement nourri de cette façon (WAYS).

    Avec des images engendrées, elles font la moitié de chaque lot.
    """
    random = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = classifier(int(test.labels.max()) + 1)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=STEPS)
    shares = ((real, BATCH // 2), (generated, BATCH // 2)) if "engendrées" in way else ((real, BATCH),)
    for _ in range(STEPS):
        images, labels = _batch(shares, random)
        if "retouchées" in way:
            images = retouch(images, random)
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        schedule.step()
    model.eval()
    with torch.inference_mode():
        return (model(test.images).argmax(dim=1) == test.labels).float().mean().item()


def _batch(shares: Sequence[tuple[Flowers, int]], random: torch.Generator) -> tuple[Tensor, Tensor]:
    chosen = [(flowers, torch.randint(len(flowers), (count,), generator=random)) for flowers, count in shares]
    return (
        torch.cat([flowers.images[rows] for flowers, rows in chosen]),
        torch.cat([flowers.labels[rows] for flowers, rows in chosen]),
    )
