"""Une boucle d'entraînement est un itérateur : chaque ``next()`` fait un pas, et rien ne tourne avant.

    steps = train_vae(model, images, TrainingConfig(steps=500))
    for step in steps:
        print(step.index, step.losses["loss"])

Barre de progression, courbes, enregistrement et points de reprise sont des adaptateurs autour de cet itérateur :
voir :mod:`lessons_lib.observers`. Quitter la boucle à tout moment laisse modèle et optimiseur utilisables.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from lessons_lib.losses import kl_to_standard_normal, reconstruction_loss, squared_error
from lessons_lib.training_state import Batches, TrainingState


class TrainingDiverged(RuntimeError):
    """La perte n'est plus un nombre, ou elle explose ; le message dit pourquoi et que faire."""


@dataclass(frozen=True)
class TrainingConfig:
    """Les réglages d'un entraînement.

    steps : nombre de pas. batch_size : images par lot. learning_rate : pas d'apprentissage d'Adam.
    decay : si vrai, le pas d'apprentissage descend jusqu'à zéro en suivant un cosinus.
    noise : écart type du bruit ajouté à l'entrée, en unités de pixel (autoencodeur débruiteur ; 0 : aucun).
    likelihood, sigma : vraisemblance du décodeur du VAE, voir :func:`lessons_lib.losses.reconstruction_loss`.
    beta : poids de la divergence KL (1 : la vraie ELBO). seed : graine des lots et des tirages.
    device : « cpu », « cuda » ou « mps ».
    """

    steps: int = 500
    batch_size: int = 32
    learning_rate: float = 1e-3
    decay: bool = False
    noise: float = 0.0
    likelihood: str = "gaussian"
    sigma: float = 0.3
    beta: float = 1.0
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self):
        for name in ("steps", "batch_size", "learning_rate", "sigma"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} vaut {getattr(self, name)} : une valeur strictement positive est attendue.")
        for name in ("beta", "noise"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} vaut {getattr(self, name)} : une valeur positive ou nulle est attendue.")
        if self.likelihood not in ("gaussian", "bernoulli"):
            raise ValueError(f"Vraisemblance « {self.likelihood} » inconnue : « gaussian » ou « bernoulli ».")


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
    """L'itérateur des pas : ``state`` avance d'un pas à chaque ``next()``, jusqu'à ``config.steps``."""

    def __init__(self, state: TrainingState, config: TrainingConfig, advance: Callable[[Tensor], dict[str, Tensor]]):
        self.state, self.config, self._advance = state, config, advance

    def __len__(self) -> int:
        return self.config.steps

    def __iter__(self) -> "Training":
        return self

    def __next__(self) -> Step:
        if self.state.index >= self.config.steps:
            raise StopIteration
        start = time.perf_counter()
        losses = self._advance(self.state.batches.next().to(self.config.device))
        self.state.index += 1
        seconds = time.perf_counter() - start
        self.state.seconds += seconds
        return Step(self.state.index, self.config.steps, seconds, losses, self.state)


def autoencoder_step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, noisy: Tensor) -> dict[str, Tensor]:
    """Un pas de l'autoencodeur : reconstruire x à partir de noisy (x lui-même, s'il n'y a pas de bruit).

    x, noisy : (N, 3, H, W). Rend {"loss"}, en unités de norme au carré par image. Enseigné dans la leçon 01.
    """
    x_hat = model(noisy)
    loss = squared_error(x_hat, x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return {"loss": loss.detach()}


def vae_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    x: Tensor,
    config: TrainingConfig,
    generator: torch.Generator | None = None,
) -> dict[str, Tensor]:
    """Un pas du VAE, qui descend −ELBO = reconstruction + beta · KL, en nats par image.

    x : (N, 3, H, W). Rend {"loss", "reconstruction", "kl"}.
    Source : Kingma et Welling 2014, équation 10. Enseigné dans la leçon 02.
    """
    x_hat, mu, logvar = model(x, generator=generator)
    reconstruction = reconstruction_loss(x_hat, x, config.likelihood, config.sigma)
    kl = kl_to_standard_normal(mu, logvar)
    loss = reconstruction + config.beta * kl
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return {"loss": loss.detach(), "reconstruction": reconstruction.detach(), "kl": kl.detach()}


def train_autoencoder(model: nn.Module, images, config: TrainingConfig | None = None) -> Training:
    """Prépare l'entraînement d'un autoencodeur ; rien ne tourne avant le premier ``next()``.

    images : tenseur (N, 3, H, W) dans [-1, 1], ou jeu de données lu à la volée (``len`` et ``[i]``).
    Lève ValueError pour des images qui ne conviennent pas au modèle, TrainingDiverged si la perte diverge.
    """
    config = config or TrainingConfig()
    state = _start(model, images, config)
    optimizer = state.optimizers["model"]

    def advance(x: Tensor) -> dict[str, Tensor]:
        noisy = x
        if config.noise:
            noisy = x + config.noise * torch.randn(x.shape, generator=state.generator, device=x.device)
        return autoencoder_step(model, optimizer, x, noisy)

    return Training(state, config, _guarded(advance, state, config))


def train_vae(model: nn.Module, images, config: TrainingConfig | None = None) -> Training:
    """Prépare l'entraînement d'un VAE ; mêmes arguments et mêmes erreurs que :func:`train_autoencoder`."""
    config = config or TrainingConfig()
    state = _start(model, images, config)
    optimizer = state.optimizers["model"]

    def advance(x: Tensor) -> dict[str, Tensor]:
        return vae_step(model, optimizer, x, config, state.generator)

    return Training(state, config, _guarded(advance, state, config))


def _start(model: nn.Module, images, config: TrainingConfig) -> TrainingState:
    model.to(config.device).train()
    batches = Batches(images, config.batch_size, config.seed)
    with torch.no_grad():
        model(batches.first().to(config.device))
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    generator = torch.Generator(config.device).manual_seed(config.seed)
    return TrainingState({"model": model}, {"model": optimizer}, batches, generator, asdict(config))


def _guarded(
    advance: Callable[[Tensor], dict[str, Tensor]], state: TrainingState, config: TrainingConfig
) -> Callable[[Tensor], dict[str, Tensor]]:
    """Ajoute à ``advance`` la descente du pas d'apprentissage et l'arrêt sur une perte qui diverge.

    Lire une perte oblige un GPU à s'arrêter : hors du CPU, la vérification n'a lieu que tous les 50 pas.
    """
    every = 1 if config.device == "cpu" else 50

    def advance_with_guard(x: Tensor) -> dict[str, Tensor]:
        if config.decay:
            rate = config.learning_rate * (1 + math.cos(math.pi * state.index / config.steps)) / 2
            for optimizer in state.optimizers.values():
                for group in optimizer.param_groups:
                    group["lr"] = rate
        losses = advance(x)
        if state.index % every == 0:
            _stop_if_diverged({name: float(value) for name, value in losses.items()}, state)
        return losses

    return advance_with_guard


def _stop_if_diverged(losses: dict[str, float], state: TrainingState) -> None:
    loss = losses["loss"]
    broken = [name for name, value in losses.items() if not math.isfinite(value)]
    if state.first_loss is None:
        state.first_loss = loss
    exploded = abs(loss) > 100 * (abs(state.first_loss) + 1)
    if not broken and not exploded:
        return
    what = f"« {broken[0]} » n'est plus un nombre" if broken else f"la perte explose ({loss:.3g})"
    rate = state.settings["learning_rate"]
    raise TrainingDiverged(
        f"Arrêt au pas {state.index + 1} : {what} (perte de départ : {state.first_loss:.3g}). "
        "La cause la plus fréquente est un pas d'apprentissage trop grand : "
        f"essayez {rate / 10:g} au lieu de {rate:g}. "
        "Vérifiez aussi que les images sont dans [-1, 1]. "
        "Recréez le modèle, ou repartez du dernier point de reprise : ces poids-ci ne valent plus rien."
    )
