"""Les boucles de l'autoencodeur et du VAE."""

from dataclasses import asdict, dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from lessons_lib.losses import kl_to_standard_normal, reconstruction_loss, squared_error
from lessons_lib.training.loop import Training, check_device, not_a_number
from lessons_lib.training.processes import Share, place_of, placed
from lessons_lib.training.state import Batches, TrainingState


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

    LIVE: ClassVar[tuple[str, ...]] = ("learning_rate", "beta", "noise")

    def __post_init__(self):
        for name in ("steps", "batch_size", "learning_rate", "sigma"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} vaut {getattr(self, name)} : une valeur strictement positive est attendue.")
        for name in ("beta", "noise"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} vaut {getattr(self, name)} : une valeur positive ou nulle est attendue.")
        if self.likelihood not in ("gaussian", "bernoulli"):
            raise ValueError(f"Vraisemblance « {self.likelihood} » inconnue : « gaussian » ou « bernoulli ».")

    def learning_rate_of(self, name: str) -> float:
        """Le pas d'apprentissage d'un réseau, d'après son nom : ici, le même pour tous."""
        return self.learning_rate

    def divergence(self, first: dict[str, float], losses: dict[str, float]) -> str:
        """Ce qui montre que l'entraînement diverge, en une phrase ; vide si tout va bien."""
        start, loss = first["loss"], losses["loss"]
        exploded = abs(loss) > 100 * (abs(start) + 1)
        problem = not_a_number(losses) or (f"la perte explose ({loss:.3g})" if exploded else "")
        return problem and f"{problem} (perte de départ : {start:.3g})"


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


def train_autoencoder(model: nn.Module, images, config: TrainingConfig | None = None, *, fabric=None) -> Training:
    """Prépare l'entraînement d'un autoencodeur ; rien ne tourne avant le premier ``next()``.

    images : tenseur (N, 3, H, W) dans [-1, 1], ou jeu de données lu à la volée (``len`` et ``[i]``).
    fabric : un Fabric lancé, pour partager chaque lot entre plusieurs processus, voir
    :mod:`lessons_lib.training.processes` ; il choisit l'appareil.
    Lève ValueError pour des images qui ne conviennent pas au modèle, TrainingDiverged si la perte diverge.
    """
    config = placed(config or TrainingConfig(), fabric)
    state = start(model, images, config, fabric)
    share = Share(state, fabric)

    def advance(config: TrainingConfig) -> dict[str, Tensor]:
        x = noisy = state.batches.next()
        with share.draws:
            if config.noise:
                noisy = x + config.noise * torch.randn(x.shape, generator=state.generator, device=x.device)
            losses = autoencoder_step(share.models["model"], share.optimizers["model"], x, noisy)
        return share.mean(losses)

    return Training(state, config, advance, model)


def train_vae(model: nn.Module, images, config: TrainingConfig | None = None, *, fabric=None) -> Training:
    """Prépare l'entraînement d'un VAE ; mêmes arguments et mêmes erreurs que :func:`train_autoencoder`."""
    config = placed(config or TrainingConfig(), fabric)
    state = start(model, images, config, fabric)
    share = Share(state, fabric)

    def advance(config: TrainingConfig) -> dict[str, Tensor]:
        x = state.batches.next()
        with share.draws:
            losses = vae_step(share.models["model"], share.optimizers["model"], x, config, state.generator)
        return share.mean(losses)

    return Training(state, config, advance, model)


def start(model: nn.Module, images, config: TrainingConfig, fabric=None) -> TrainingState:
    """L'état de départ d'un entraînement à un seul réseau, une fois vérifié que les images lui conviennent."""
    check_device(config.device)
    model.to(config.device).train()
    batches = Batches(images, config.batch_size, config.seed, config.device, place_of(fabric))
    with torch.no_grad():
        model(batches.first())
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    generator = torch.Generator(config.device).manual_seed(config.seed)
    return TrainingState({"model": model}, {"model": optimizer}, batches, generator, asdict(config))
