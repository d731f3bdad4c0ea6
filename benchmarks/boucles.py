"""Chaque boucle d'entraînement contre un script PyTorch nu, et part du produit de matrices (3 minutes).

La boucle, le script et un produit de matrices passent à tour de rôle. Le rapport des durées est la médiane des rapports
pris tour par tour ; la part du pic compare le passage le plus rapide de chacun, celui que les autres programmes gênent
le moins. Le script donne d'abord les mêmes pertes que la boucle, sans quoi le rapport ne dirait rien.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from benchmarks import Mesure, _scripts_nus
from benchmarks._chrono import BATCH, interleaved, median_ratio, operations, pair, random_images
from lessons_lib.losses import LOSSES, gradient_penalty
from lessons_lib.models import VAE, Autoencoder
from lessons_lib.training import (
    AdversarialConfig,
    Training,
    TrainingConfig,
    critic_step,
    train_autoencoder,
    train_gan,
    train_vae,
    train_wgan,
    train_wgan_gp,
)

SIZE, IMAGES = 32, 68
COMPARED = 3  # pas dont les pertes sont comparées
REPEATS = {"autoencoder": 61, "vae": 61, "gan": 41, "wgan": 21, "wgan_gp": 21}
SIDE = 2048
PRODUCT = 2 * SIDE**3  # opérations flottantes d'un produit de deux matrices de ce côté


def mesures() -> Iterator[Mesure]:
    """L'écart des pertes ; le rapport des durées et la part du pic de chaque boucle ; puis un pas critique large."""
    images = random_images(IMAGES, SIZE)
    gap = max(largest_gap(loop(name, images), script(name, images)) for name in REPEATS)
    yield Mesure("pertes des cinq boucles et des scripts nus, plus grand écart relatif", gap, "", "< 1e-5", gap < 1e-5)
    left, right = torch.randn(2, SIDE, SIDE)
    for name, repeats in REPEATS.items():
        library, bare = loop(name, images), script(name, images)
        flops = operations(bare)
        loops, scripts, products = interleaved(
            lambda library=library: next(library), bare, lambda: left @ right, repeats=repeats
        )
        ratio = median_ratio(loops, scripts)
        yield Mesure(f"{name} : pas de la boucle / script nu", ratio, "", "< 1.05", ratio < 1.05)
        yield Mesure(f"{name} : images par seconde", BATCH * len(loops) / sum(loops), "images/s")
        yield Mesure(f"{name} : part du produit de matrices", share_of_peak(flops, loops, products), "")
    yield from wide_critic()


def loop(name: str, images: Tensor) -> Training:
    """L'entraînement de la bibliothèque, prêt à dérouler, depuis des réseaux tirés de la graine 0."""
    if name in ("autoencoder", "vae"):
        train = {"autoencoder": train_autoencoder, "vae": train_vae}[name]
        return train(_model(name), images, TrainingConfig(steps=10**6, batch_size=BATCH))
    train = {"gan": train_gan, "wgan": train_wgan, "wgan_gp": train_wgan_gp}[name]
    config = AdversarialConfig(steps=10**6, batch_size=BATCH, critic_steps=1 if name == "gan" else 5)
    return train(**pair(SIZE), images=images, config=config)


def script(name: str, images: Tensor) -> Callable[[], float]:
    """Le pas du script nu, depuis les mêmes réseaux."""
    networks = _model(name) if name in ("autoencoder", "vae") else pair(SIZE)
    return getattr(_scripts_nus, name)(networks, images, BATCH)


def largest_gap(library: Training, bare: Callable[[], float]) -> float:
    """Le plus grand écart relatif entre la perte de la boucle et celle du script, sur les premiers pas."""
    losses = [(next(library).losses, bare()) for _ in range(COMPARED)]
    pairs = [(found.get("loss", found.get("generator")), expected) for found, expected in losses]
    return max(abs(a - b) / max(1e-3, abs(b)) for a, b in pairs)


def share_of_peak(flops: int, seconds: list[float], products: list[float]) -> float:
    """Les opérations par seconde d'un pas, en part de celles du produit de matrices, chacun à son plus rapide."""
    return (flops / min(seconds)) / (PRODUCT / min(products))


def wide_critic() -> Iterator[Mesure]:
    """GFLOP/s d'un pas critique pénalisé, rapportés à ceux d'un produit de matrices de la même exécution."""
    networks, real = pair(64, width=64), random_images(BATCH, 64)
    z = torch.randn(BATCH, networks["generator"].latent)
    optimizer = torch.optim.Adam(networks["critic"].parameters(), lr=1e-4, betas=(0.0, 0.9))

    def step() -> None:
        critic_step(
            **networks, optimizer=optimizer, real=real, z=z, loss=LOSSES["wasserstein"], penalty=gradient_penalty
        )

    left, right = torch.randn(2, SIDE, SIDE)
    flops = operations(step)
    seconds, products = interleaved(step, lambda: left @ right, repeats=21)
    share = share_of_peak(flops, seconds, products)
    yield Mesure("produit de matrices", PRODUCT / min(products) / 1e9, "GFLOP/s")
    yield Mesure("pas critique à 64 px, largeur 64 : part du produit de matrices", share, "", "> 0.45", share > 0.45)


def _model(name: str) -> Autoencoder | VAE:
    torch.manual_seed(0)
    return {"autoencoder": Autoencoder, "vae": VAE}[name](SIZE)
