"""Apprendre à lire les facteurs d'un lotus : une régression, et des images abîmées exprès.

Les images à juger seront floues ou bruitées : le réseau s'entraîne sur de telles images, pour y lire encore juste.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.losses import factor_loss
from lessons_lib.models.factors import factor_targets
from lessons_lib.training.autoencoders import TrainingConfig, start
from lessons_lib.training.loop import Training


@dataclass(frozen=True)
class FactorConfig(TrainingConfig):
    """Les réglages de :class:`TrainingConfig`, où ``noise`` est le plus grand écart type du bruit ajouté."""

    LIVE: ClassVar[tuple[str, ...]] = ("learning_rate", "noise")


def spoil(images: Tensor, noise: float, generator: torch.Generator | None = None) -> Tensor:
    """Les mêmes images, floutées et bruitées, chacune d'une dose tirée au hasard. (N, 3, H, W) -> (N, 3, H, W)."""
    doses = torch.rand(2, len(images), 1, 1, 1, generator=generator, device=images.device)
    blurred = F.avg_pool2d(images, 5, stride=1, padding=2, count_include_pad=False)
    dust = torch.randn(images.shape, generator=generator, device=images.device)
    return torch.lerp(images, blurred, doses[0].square()) + noise * doses[1].square() * dust


def train_factors(
    model: nn.Module, images: Tensor, factors: np.ndarray, config: FactorConfig | None = None
) -> Training:
    """Prépare l'entraînement d'un lecteur de facteurs ; rien ne tourne avant le premier ``next()``.

    images : (N, 3, H, W) dans [-1, 1]. factors : leurs N facteurs, tableau de ``SyntheticLotus.factors``.
    Lève ValueError s'il n'y en a pas autant.
    """
    if len(images) != len(factors):
        raise ValueError(f"{len(factors)} lignes de facteurs pour {len(images)} images : il en faut autant.")
    config = config or FactorConfig()
    state = start(model, images, config)
    optimizer = state.optimizers["model"]
    varieties, numeric = (target.to(config.device) for target in factor_targets(factors))

    def advance(config: FactorConfig) -> dict[str, Tensor]:
        x = state.batches.next()
        chosen = state.batches.chosen
        loss = factor_loss(*model(spoil(x, config.noise, state.generator)), varieties[chosen], numeric[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return {"loss": loss.detach()}

    return Training(state, config, advance, model)
