"""De quoi mesurer un pas d'entraînement : durées à tour de rôle, opérations flottantes, réseaux et images d'essai."""

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from lessons_lib.models import Critic, Generator
from lessons_lib.training import AdversarialConfig, Training, train_wgan_gp

BATCH = 16
WARM = 2


def interleaved(*runs: Callable, repeats: int) -> list[list[float]]:
    """Les durées de ``repeats`` passages de chacun, à tour de rôle, après deux passages de chauffe, en secondes.

    L'ordre s'inverse à chaque tour : ce que l'un laisse au suivant (mémoire, caches) ne profite pas toujours au même.
    """
    durations: list[list[float]] = [[] for _ in runs]
    for turn in range(repeats + WARM):
        for index in range(len(runs))[:: 1 if turn % 2 else -1]:
            start = time.perf_counter()
            runs[index]()
            if turn >= WARM:
                durations[index].append(time.perf_counter() - start)
    return durations


def median_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """La médiane des rapports, tour par tour : une machine chargée ralentit alors les deux côtés ensemble."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


class Operations(TorchDispatchMode):
    """Compte les opérations flottantes, double rétropropagation comprise."""

    def __init__(self):
        super().__init__()
        self.flops = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if (count := flop_registry.get(func._overloadpacket)) is not None:
            self.flops += count(*args, **(kwargs or {}), out_val=out)
        return out


def operations(run: Callable) -> int:
    """Le nombre d'opérations flottantes d'un passage."""
    with Operations() as counted:
        run()
    return counted.flops


def random_images(count: int, size: int) -> Tensor:
    """(count, 3, size, size) dans [-1, 1]."""
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def overlapping_images(count: int, size: int) -> Tensor:
    """(count, 3, size, size) dans [-1, 1], toutes différentes, sans la mémoire de ``count`` images.

    Chacune est une fenêtre d'une même suite de nombres, décalée d'un nombre par rapport à la précédente.
    """
    pixels = 3 * size * size
    numbers = torch.rand(count + pixels - 1, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return numbers.unfold(0, pixels, 1).unflatten(1, (3, size, size))


def pair(size: int, width: int = 32) -> dict[str, nn.Module]:
    """Le générateur et la critique du cours, toujours les mêmes, dans la disposition que prend la boucle."""
    torch.manual_seed(0)
    networks = {"generator": Generator(size, width=width), "critic": Critic(size, width=width)}
    return {name: network.to(memory_format=torch.channels_last) for name, network in networks.items()}


def wgan_gp(images: Tensor, batch: int = BATCH) -> Training:
    """L'entraînement WGAN-GP des mesures, prêt à dérouler, sur des images (N, 3, size, size)."""
    config = AdversarialConfig(steps=10**6, batch_size=batch)
    return train_wgan_gp(**pair(images.shape[-1]), images=images, config=config)
