"""Ce que toutes les boucles partagent : l'itérateur des pas, les réglages que l'on change en route, l'arrêt net."""

import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.training.state import TrainingState


class TrainingDiverged(RuntimeError):
    """La perte n'est plus un nombre, ou elle explose ; le message dit pourquoi et que faire."""


@dataclass(frozen=True)
class Step:
    """Un pas accompli.

    index : numéro du pas, à partir de 1. total : nombre de pas prévus. seconds : durée de ce pas.
    tensors : les pertes détachées du graphe. state : tout ce dont une reprise a besoin.
    """

    index: int
    total: int
    seconds: float
    tensors: dict[str, Tensor]
    state: TrainingState

    @cached_property
    def losses(self) -> dict[str, float]:
        """Les pertes en nombres ; sur un GPU, la lecture attend la fin du calcul, d'où ce calcul à la demande."""
        return {name: float(value) for name, value in self.tensors.items()}


class Training:
    """L'itérateur des pas : ``state`` avance d'un pas à chaque ``next()``, jusqu'à ``config.steps``.

    config : les réglages du prochain pas ; :meth:`change` les remplace. sampler : le réseau d'où tirer des images
    (la moyenne mobile du générateur s'il y en a une), ou le modèle lui-même.
    """

    def __init__(self, state: TrainingState, config, advance: Callable[[Any], dict[str, Tensor]], sampler: nn.Module):
        self.state, self.sampler = state, sampler
        self._start, self._advance = config, advance

    @property
    def config(self):
        """Les réglages de départ, avec ce que :meth:`change` y a changé depuis."""
        return dataclasses.replace(self._start, **self.state.changes)

    def change(self, **settings) -> None:
        """Change des réglages pour les pas suivants, par exemple ``change(learning_rate=1e-4)``.

        Lève ValueError pour une valeur qui ne convient pas ou un réglage qui ne peut pas changer en route.
        """
        fixed = [name for name in settings if name not in self._start.LIVE]
        if fixed:
            raise ValueError(
                f"« {fixed[0]} » ne peut pas changer en route. Réglages possibles : {', '.join(self._start.LIVE)}."
            )
        changes = self.state.changes | settings
        dataclasses.replace(self._start, **changes)
        self.state.changes = changes

    @torch.no_grad()
    def sample(self, z: Tensor) -> Tensor:
        """Les images de ces codes, (N, latent) -> (N, …), sans gradient et sans rien changer à l'entraînement."""
        was_training = self.sampler.training
        self.sampler.eval()
        try:
            return getattr(self.sampler, "decode", self.sampler)(z.to(self._start.device))
        finally:
            self.sampler.train(was_training)

    def __len__(self) -> int:
        return self.config.steps

    def __iter__(self) -> "Training":
        return self

    def __next__(self) -> Step:
        config = self.config
        if self.state.index >= config.steps:
            raise StopIteration
        start = time.perf_counter()
        self._set_learning_rates(config)
        losses = self._advance(config)
        self._stop_if_diverged(losses, config)
        self.state.index += 1
        seconds = time.perf_counter() - start
        self.state.seconds += seconds
        return Step(self.state.index, config.steps, seconds, losses, self.state)

    def _set_learning_rates(self, config) -> None:
        share = (1 + math.cos(math.pi * self.state.index / config.steps)) / 2 if config.decay else 1.0
        for name, optimizer in self.state.optimizers.items():
            for group in optimizer.param_groups:
                group["lr"] = share * config.learning_rate_of(name)

    def _stop_if_diverged(self, losses: dict[str, Tensor], config) -> None:
        """Lire une perte oblige un GPU à s'arrêter : hors du CPU, la vérification n'a lieu que tous les 50 pas."""
        if config.device != "cpu" and self.state.index % 50:
            return
        values = {name: float(value) for name, value in losses.items()}
        if self.state.first_losses is None:
            self.state.first_losses = values
        if not (problem := config.divergence(self.state.first_losses, values)):
            return
        rate = config.learning_rate
        raise TrainingDiverged(
            f"Arrêt au pas {self.state.index + 1} : {problem}. "
            "La cause la plus fréquente est un pas d'apprentissage trop grand : "
            f"essayez {rate / 10:g} au lieu de {rate:g}. "
            "Vérifiez aussi que les images sont dans [-1, 1]. "
            "Recréez les réseaux, ou repartez du dernier point de reprise : ces poids-ci ne valent plus rien."
        )


def not_a_number(losses: dict[str, float]) -> str:
    """Ce qui n'est plus un nombre dans ces pertes, en une phrase ; vide si tout va bien."""
    broken = [name for name, value in losses.items() if not math.isfinite(value)]
    return f"« {broken[0]} » n'est plus un nombre" if broken else ""


def check_device(device: str) -> None:
    """Lève ValueError si cet appareil n'est pas sur cette machine."""
    ready = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not ready.get(device.partition(":")[0], False):
        here = ", ".join(f"« {name} »" for name, present in ready.items() if present)
        raise ValueError(f"L'appareil « {device} » n'est pas disponible ici. Choisissez parmi : {here}.")
