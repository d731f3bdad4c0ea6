"""Une critique à une dimension entre deux lois, entraînée sans contrainte, écrêtée ou pénalisée (leçons 05 et 06)."""

import copy
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from lessons_lib.laws import GRID, STEP, Law
from lessons_lib.losses import LOSSES, clip_weights, gradient_penalty, input_gradient
from lessons_lib.models import ToyCritic
from lessons_lib.training import critic_step
from lessons_lib.transport import kantorovich_potential_1d, wasserstein_1d_densities

KINDS = {"free": "Sans contrainte", "clipped": "Écrêtée", "penalised": "Pénalisée"}
BATCH = 128  # points de chaque loi par pas critique
LEARNING_RATE = 1.5e-3
FREE_STEPS = 40  # premiers pas, sans contrainte pour toutes : voir CriticRun
SHOWN = np.abs(GRID) <= 4.5  # la partie de la droite que l'on montre
LINE = torch.from_numpy(GRID[SHOWN]).float().unsqueeze(1)  # (K, 1)
CLOSE = 1.4  # une pente médiane entre 1 / 1,4 et 1,4 est dite proche de 1


class LawPair:
    """Deux lois, la critique optimale entre elles et la masse qui passe en chaque point.

    optimal : (K,), la critique optimale sur la partie montrée de la grille. moving : (K,), la part de la masse déplacée
    qui passe en chaque point, de somme 1. distance : W1.
    """

    def __init__(self, real: Law, generated: Law):
        self.real, self.generated = real, generated
        p, q = real.density(), generated.density()
        self.distance = wasserstein_1d_densities(p, q, GRID)
        if self.distance < STEP:
            raise ValueError("Les deux lois sont les mêmes : il n'y a rien à distinguer. Écartez-les.")
        self.p, self.q = p[SHOWN], q[SHOWN]
        self.optimal = kantorovich_potential_1d(p, q, GRID)[SHOWN]
        crossing = np.abs(np.cumsum(p - q))[SHOWN]
        self.moving = crossing / crossing.sum()


class CriticRun:
    """L'entraînement d'une critique, pas à pas.

    kind : une clé de :data:`KINDS`. strength : la borne c de l'écrêtage, ou le poids lambda de la pénalité.
    critic : le réseau de départ, copié. seed : graine des tirages.

    Les 40 premiers pas sont sans contrainte : la pente y prend le bon sens. Sans eux, en dimension 1, une pénalité à
    deux côtés fige le sens de départ, car pour s'inverser la pente devrait passer par 0, ce qu'une pénalité d'un seul
    côté ne punit pas (Petzka, Fischer et Lukovnikov, « On the Regularization of Wasserstein GANs », 2018).
    """

    def __init__(self, kind: str, pair: LawPair, strength: float, critic: nn.Module, seed: int):
        self.kind, self.pair, self.strength = kind, pair, strength
        self.critic = copy.deepcopy(critic)
        self.random = torch.Generator().manual_seed(seed)
        self.optimizer = torch.optim.Adam(self.critic.parameters(), lr=LEARNING_RATE, betas=(0.0, 0.9))
        self.index = 0
        self.medians: list[float] = []  # la pente médiane, mesurée de temps en temps
        self.trio = torch.zeros(3, 0)  # x, x_hat et G(z) de la dernière pénalité

    def advance(self, steps: int) -> None:
        """Fait ``steps`` pas critiques, puis mesure la pente."""
        for _ in range(steps):
            real, fake = (law.sample(BATCH, generator=self.random) for law in (self.pair.real, self.pair.generated))
            kind = self.kind if self.index >= FREE_STEPS else "free"
            penalty = {"penalty": self._penalty, "penalty_weight": self.strength} if kind == "penalised" else {}
            critic_step(self.critic, nn.Identity(), self.optimizer, real, fake, LOSSES["wasserstein"], **penalty)
            if kind == "clipped":
                clip_weights(self.critic, self.strength)
            self.index += 1
        self.curve, self.slope = self._measure()
        self.median = _median(np.abs(self.slope), self.pair.moving)
        self.medians.append(self.median)

    @property
    def gap(self) -> float:
        """E f(x) − E f(G(z)), sur les lois entières : ce que la critique creuse, à comparer à W1."""
        return float(np.sum(self.curve * (self.pair.p - self.pair.q)) * STEP)

    @property
    def verdict(self) -> str:
        """« trop forte », « trop faible » ou « proche de 1 » : la pente médiane là où la masse passe."""
        if self.median > CLOSE:
            return "trop forte"
        return "trop faible" if self.median < 1 / CLOSE else "proche de 1"

    @property
    def weights(self) -> np.ndarray:
        """Tous les poids du réseau, à la suite."""
        return torch.cat([weight.detach().flatten() for weight in self.critic.parameters()]).numpy()

    def _penalty(self, critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
        """La pénalité de gradient du cours, en retenant les points x_hat où elle est prise."""
        seen = []
        watched = partial(_watch, critic, seen)
        penalty = gradient_penalty(watched, real, fake, generator=self.random)
        self.trio = torch.cat([real, seen[0], fake], dim=1).T
        return penalty

    def _measure(self) -> tuple[np.ndarray, np.ndarray]:
        """La courbe de la critique, (K,), centrée comme la critique optimale, et sa pente, (K,)."""
        x = LINE.clone().requires_grad_(True)
        slope = input_gradient(self.critic, x).detach()[:, 0].double().numpy()
        curve = self.critic(LINE).detach().double().numpy()
        return curve - np.sum(curve * (self.pair.p + self.pair.q)) * STEP / 2, slope


def starting_critic(seed: int, template: ToyCritic) -> ToyCritic:
    """Une copie de ``template``, aux poids tirés de la graine selon la loi de PyTorch, sans son hasard global."""
    critic, random = copy.deepcopy(template), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in critic.modules():
            if isinstance(layer, nn.Linear):
                bound = layer.in_features**-0.5
                for weight in (layer.weight, layer.bias):
                    weight.uniform_(-bound, bound, generator=random)
    return critic


def _watch(critic: nn.Module, seen: list[Tensor], x: Tensor) -> Tensor:
    seen.append(x.detach())
    return critic(x)


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), 0.5)])
