"""Ce que coûte un pas de WGAN-GP : la boucle contre un script nu, la croissance, et la part du produit de matrices."""

import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from benchmarks import Mesure
from lessons_lib.losses import LOSSES, gradient_penalty
from lessons_lib.models import Critic, Generator
from lessons_lib.training import AdversarialConfig, critic_step, train_wgan_gp

BATCH, REPEATS = 16, 31


def mesures() -> Iterator[Mesure]:
    """Toutes les mesures d'un pas."""
    yield from overhead()
    yield from growth()
    yield from matrix_share()


def overhead() -> Iterator[Mesure]:
    """Le même pas par la bibliothèque et par un script nu, à tour de rôle."""
    images = _images(68, 64)
    loop = _training(images, 64)
    library, bare = _interleaved(lambda: next(loop), _bare_step(images))
    ratio = statistics.median(a / b for a, b in zip(library, bare, strict=True))
    yield Mesure("pas de la boucle / script nu, WGAN-GP 64 px", ratio, "", "< 1.03", ratio <= 1.03)


def growth() -> Iterator[Mesure]:
    """Le temps d'un pas quand le nombre d'images, puis leur taille, grandit."""
    few, many = (_training(_images(count, 64), 64) for count in (68, 6800))
    short, long = _interleaved(lambda: next(many), lambda: next(few))
    ratio = statistics.median(a / b for a, b in zip(short, long, strict=True))
    yield Mesure("pas avec 6 800 images / avec 68", ratio, "", "< 1.05", ratio <= 1.05)
    small, large = _training(_images(68, 64), 64), _training(_images(68, 128), 128)
    at_128, at_64 = _interleaved(lambda: next(large), lambda: next(small))
    ratio = statistics.median(a / b for a, b in zip(at_128, at_64, strict=True))
    yield Mesure("pas à 128 px / à 64 px", ratio, "", "< 4.1", ratio <= 4.1)


def matrix_share() -> Iterator[Mesure]:
    """GFLOP/s d'un pas critique pénalisé, rapportés à ceux d'un produit de matrices de la même exécution."""
    generator, critic = _pair(64, width=64)
    real, z = _images(BATCH, 64), torch.randn(BATCH, generator.latent)
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-4, betas=(0.0, 0.9))

    def step() -> None:
        critic_step(critic, generator, optimizer, real, z, LOSSES["wasserstein"], penalty=gradient_penalty)

    left, right = torch.randn(2, 2048, 2048)
    with _Operations() as counted:
        step()
    seconds, product = _interleaved(step, lambda: left @ right)
    rates = [counted.flops / a / (2 * 2048**3 / b) for a, b in zip(seconds, product, strict=True)]
    share = statistics.median(rates)
    best = 2 * 2048**3 / min(product) / 1e9
    yield Mesure("produit de matrices 2048", best, "GFLOP/s")
    yield Mesure("pas critique à 64 px, largeur 64", counted.flops / 1e9, "GFLOP")
    yield Mesure("pas critique / produit de matrices, GFLOP/s", share, "", "> 0.45", share >= 0.45)


class _Operations(TorchDispatchMode):
    """Compte les opérations flottantes, double rétropropagation comprise."""

    def __init__(self):
        super().__init__()
        self.flops = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if (count := flop_registry.get(func._overloadpacket)) is not None:
            self.flops += count(*args, **(kwargs or {}), out_val=out)
        return out


def _interleaved(first: Callable, second: Callable) -> tuple[list[float], list[float]]:
    """Les durées de REPEATS passages de chacun, à tour de rôle, après deux passages de chauffe."""
    durations: tuple[list[float], list[float]] = ([], [])
    for turn in range(REPEATS + 2):
        for run, kept in zip((first, second), durations, strict=True):
            start = time.perf_counter()
            run()
            if turn >= 2:
                kept.append(time.perf_counter() - start)
    return durations


def _images(count: int, size: int) -> torch.Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def _pair(size: int, width: int = 32) -> tuple[Generator, Critic]:
    torch.manual_seed(0)
    pair = Generator(size, width=width), Critic(size, width=width)
    for network in pair:
        network.to(memory_format=torch.channels_last)
    return pair


def _training(images: torch.Tensor, size: int):
    return train_wgan_gp(*_pair(size), images, AdversarialConfig(steps=10**6, batch_size=BATCH))


def _bare_step(images: torch.Tensor) -> Callable:
    """Cinq pas critiques et un pas du générateur, écrits à nu avec les mêmes opérations."""
    generator, critic = _pair(64)
    adam_c = torch.optim.Adam(critic.parameters(), lr=1e-4, betas=(0.0, 0.9))
    adam_g = torch.optim.Adam(generator.parameters(), lr=1e-4, betas=(0.0, 0.9))

    def step() -> None:
        for _ in range(5):
            real = images[torch.randint(len(images), (BATCH,))]
            with torch.no_grad():
                fake = generator(torch.randn(BATCH, generator.latent))
            real_scores, fake_scores = critic(torch.cat([real, fake])).chunk(2)
            epsilon = torch.rand(BATCH, 1, 1, 1)
            x_hat = (epsilon * real + (1 - epsilon) * fake).requires_grad_(True)
            slope = torch.autograd.grad(critic(x_hat).sum(), x_hat, create_graph=True)[0]
            penalty = (slope.flatten(1).norm(dim=1) - 1).square().mean()
            adam_c.zero_grad()
            (fake_scores.mean() - real_scores.mean() + 10 * penalty).backward()
            adam_c.step()
        adam_g.zero_grad()
        loss = -critic(generator(torch.randn(BATCH, generator.latent))).mean()
        loss.backward(inputs=list(generator.parameters()))
        adam_g.step()

    return step
