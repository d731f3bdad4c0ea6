"""Les boucles adverses : GAN, WGAN et WGAN-GP, qu'une perte et une ligne de régularisation distinguent.

Chaque ``next()`` fait les pas critiques, puis un pas du générateur.

Sources : Goodfellow et al. 2014, algorithme 1 ; Arjovsky, Chintala et Bottou 2017, algorithme 1 ; Gulrajani et al.
2017, algorithme 1.
"""

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor, nn

from lessons_lib.augment import augment, check_names
from lessons_lib.losses import LOSSES, AdversarialLoss, clip_weights, gradient_penalty
from lessons_lib.training.loop import Training, check_device, not_a_number
from lessons_lib.training.processes import Share, place_of, placed
from lessons_lib.training.state import Batches, TrainingState

Penalty = Callable[..., Tensor]


@dataclass(frozen=True)
class AdversarialConfig:
    """Les réglages d'un entraînement adverse.

    steps : nombre de pas du générateur. batch_size : images par lot. learning_rate : pas d'apprentissage d'Adam ;
    critic_learning_rate : celui de la critique s'il diffère (TTUR, Heusel et al. 2017). betas : moments d'Adam.
    critic_steps : pas critiques par pas du générateur, ou un calendrier ((0.0, 5), (0.5, 10)) : 5 au début, 10 dès la
    moitié. penalty_weight : lambda. penalty_every : la pénalité n'est prise qu'à un pas critique sur tant, avec un
    poids multiplié d'autant (Karras et al. 2020, « régularisation paresseuse »). clip : borne des poids du WGAN.
    average : décroissance de la moyenne mobile du générateur (0 : aucune). augment : retouches de
    :mod:`lessons_lib.augment`. decay : si vrai, les pas d'apprentissage descendent jusqu'à zéro en cosinus.
    seed : graine des lots et des tirages. device : « cpu », « cuda » ou « mps ». precision : « float32 » ou
    « bfloat16 » (plus lent sur un CPU).
    """

    steps: int = 1000
    batch_size: int = 16
    learning_rate: float = 1e-4
    critic_learning_rate: float | None = None
    betas: tuple[float, float] = (0.0, 0.9)
    critic_steps: int | tuple[tuple[float, int], ...] = 5
    penalty_weight: float = 10.0
    penalty_every: int = 1
    clip: float = 0.01
    average: float = 0.0
    augment: tuple[str, ...] = ()
    decay: bool = False
    seed: int = 0
    device: str = "cpu"
    precision: str = "float32"

    LIVE: ClassVar[tuple[str, ...]] = (
        "learning_rate",
        "critic_learning_rate",
        "critic_steps",
        "penalty_weight",
        "clip",
    )

    def __post_init__(self):
        for name in ("steps", "batch_size", "learning_rate", "penalty_every", "clip"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} vaut {getattr(self, name)} : une valeur strictement positive est attendue.")
        if self.critic_learning_rate is not None and self.critic_learning_rate <= 0:
            raise ValueError(f"critic_learning_rate vaut {self.critic_learning_rate} : donnez une valeur positive.")
        if self.penalty_weight < 0:
            raise ValueError(f"penalty_weight vaut {self.penalty_weight} : une valeur positive ou nulle est attendue.")
        if not 0 <= self.average < 1:
            raise ValueError(f"average vaut {self.average} : une décroissance de 0 (aucune) à 1 exclu est attendue.")
        if self.precision not in ("float32", "bfloat16"):
            raise ValueError(f"precision vaut « {self.precision} » : choisissez « float32 » ou « bfloat16 ».")
        check_names(self.augment)
        schedule = self.critic_steps if isinstance(self.critic_steps, (tuple, list)) else ((0.0, self.critic_steps),)
        starts = [start for start, _ in schedule]
        if not schedule or starts[0] != 0 or starts != sorted(starts) or min(count for _, count in schedule) < 1:
            raise ValueError(
                f"critic_steps vaut {self.critic_steps} : donnez un nombre d'au moins 1, ou un calendrier qui commence "
                "à 0, comme ((0.0, 5), (0.5, 10))."
            )

    def critic_steps_at(self, share: float) -> int:
        """Le nombre de pas critiques quand une part ``share`` (0 à 1) de l'entraînement est passée."""
        if isinstance(self.critic_steps, int):
            return self.critic_steps
        return [count for start, count in self.critic_steps if start <= share][-1]

    def learning_rate_of(self, name: str) -> float:
        """Le pas d'apprentissage de « generator » ou de « critic »."""
        return self.critic_learning_rate or self.learning_rate if name == "critic" else self.learning_rate

    def divergence(self, first: dict[str, float], losses: dict[str, float]) -> str:
        """Ce qui montre que l'entraînement diverge, en une phrase ; vide si tout va bien.

        Une perte adverse n'a pas d'échelle : seul un nombre démesuré compte.
        """
        largest = max(losses, key=lambda name: abs(losses[name]))
        exploded = f"« {largest} » explose ({losses[largest]:.3g})" if abs(losses[largest]) > 1e9 else ""
        return not_a_number(losses) or exploded


def critic_step(
    critic: nn.Module,
    generator: nn.Module,
    optimizer: torch.optim.Optimizer,
    real: Tensor,
    z: Tensor,
    loss: AdversarialLoss,
    *,
    penalty: Penalty | None = None,
    penalty_weight: float = 1.0,
    augment: Callable[[Tensor], Tensor] | None = None,
) -> dict[str, Tensor]:
    """Un pas critique : le générateur ne bouge pas.

    real : (N, …) ; z : (N, latent). penalty(critic, real, fake) rend un scalaire, ajouté avec le poids penalty_weight.
    Rend {"critic", "gap", "penalty"} : la perte seule, l'écart E f(x) − E f(G(z)), et la pénalité sans son poids.
    Enseigné dans la leçon 04.
    """
    with torch.no_grad():
        fake = generator(z)
    if augment is not None:
        real, fake = augment(real), augment(fake)
    real_scores, fake_scores = critic(torch.cat([real, fake])).chunk(2)
    objective = loss.critic(real_scores, fake_scores)
    parts = {"critic": objective.detach(), "gap": (real_scores.mean() - fake_scores.mean()).detach()}
    if penalty is not None:
        excess = penalty(critic, real, fake)
        objective = objective + penalty_weight * excess
        parts["penalty"] = excess.detach()
    optimizer.zero_grad()
    objective.backward()
    optimizer.step()
    return parts


def generator_step(
    generator: nn.Module,
    critic: nn.Module,
    optimizer: torch.optim.Optimizer,
    z: Tensor,
    loss: AdversarialLoss,
    *,
    augment: Callable[[Tensor], Tensor] | None = None,
    real: Tensor | None = None,
) -> dict[str, Tensor]:
    """Un pas du générateur : la critique ne bouge pas, mais le gradient la traverse.

    z : (N, latent). real n'est demandé que par une perte relativiste. Rend {"generator"}. Enseigné dans la leçon 04.
    """
    fake = generator(z)
    fake_scores = critic(fake if augment is None else augment(fake))
    if loss.relativistic:
        real_scores = critic(real if augment is None else augment(real)).detach()
        objective = loss.generator(fake_scores, real_scores)
    else:
        objective = loss.generator(fake_scores)
    optimizer.zero_grad()
    objective.backward(inputs=list(generator.parameters()))
    optimizer.step()
    return {"generator": objective.detach()}


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Rapproche sur place la moyenne mobile du modèle : average ← decay · average + (1 − decay) · model.

    Source : Polyak et Juditsky 1992 ; Yazıcı et al., « The Unusual Effectiveness of Averaging in GAN Training », 2019.
    """
    for kept, current in zip(average.parameters(), model.parameters(), strict=True):
        kept.lerp_(current, 1 - decay)
    for kept, current in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(current)


def train_gan(
    generator: nn.Module,
    critic: nn.Module,
    images,
    config: AdversarialConfig | None = None,
    *,
    loss: AdversarialLoss = LOSSES["non_saturating"],
    penalty: Penalty | None = None,
    fabric=None,
) -> Training:
    """Prépare l'entraînement d'un GAN ; rien ne tourne avant le premier ``next()``.

    images : tenseur (N, 3, H, W) dans [-1, 1], points (N, D), ou jeu de données lu à la volée (``len`` et ``[i]``).
    loss : l'une de :data:`lessons_lib.losses.LOSSES`. penalty(critic, real, fake, *, generator), par exemple
    :func:`lessons_lib.losses.r1_penalty` ; son poids et sa cadence viennent de ``config``.
    fabric : un Fabric lancé, pour partager chaque lot entre plusieurs processus, voir
    :mod:`lessons_lib.training.processes` (et sa limite pour BatchNorm sur CPU) ; il choisit l'appareil.
    Lève ValueError si images, générateur et critique ne vont pas ensemble. Leçon 04.
    """
    return _train(generator, critic, images, config, loss, fabric, penalty=penalty)


def train_wgan(
    generator: nn.Module, critic: nn.Module, images, config: AdversarialConfig | None = None, *, fabric=None
) -> Training:
    """Prépare un WGAN : après chaque pas de la critique, ses poids sont écrêtés à ``config.clip``. Leçon 05."""
    return _train(generator, critic, images, config, LOSSES["wasserstein"], fabric, constrain=clip_weights)


def train_wgan_gp(
    generator: nn.Module, critic: nn.Module, images, config: AdversarialConfig | None = None, *, fabric=None
) -> Training:
    """Prépare l'entraînement d'un WGAN-GP : la pénalité de gradient remplace l'écrêtage. Leçon 06."""
    return _train(generator, critic, images, config, LOSSES["wasserstein"], fabric, penalty=gradient_penalty)


def _train(generator, critic, images, config, loss, fabric, *, penalty=None, constrain=None) -> Training:
    config = placed(config or AdversarialConfig(), fabric)
    state = _start(generator, critic, images, config, fabric)
    average = state.models.get("average")
    share = Share(state, fabric)
    players, optimizers = share.models, share.optimizers
    draw = partial(torch.randn, generator=state.generator, device=config.device)
    retouch = partial(augment, names=config.augment, generator=state.generator) if config.augment else None
    autocast = partial(torch.autocast, config.device.partition(":")[0], torch.bfloat16)

    def critic_update(config: AdversarialConfig, real: Tensor) -> dict[str, Tensor]:
        due = penalty is not None and int(state.buffers["critic_updates"]) % config.penalty_every == 0
        losses = critic_step(
            players["critic"],
            players["generator"],
            optimizers["critic"],
            real,
            draw(len(real), generator.latent),
            loss,
            penalty=partial(penalty, generator=state.generator) if due else None,
            penalty_weight=config.penalty_weight * config.penalty_every,
            augment=retouch,
        )
        if constrain is not None:
            constrain(critic, config.clip)
        state.buffers["critic_updates"] += 1
        return losses

    def advance(config: AdversarialConfig) -> dict[str, Tensor]:
        losses = {}
        with autocast(enabled=config.precision == "bfloat16"), share.draws:
            for _ in range(config.critic_steps_at(state.index / config.steps)):
                real = state.batches.next()
                losses |= critic_update(config, real)
            z = draw(len(real), generator.latent)
            losses |= generator_step(
                players["generator"], players["critic"], optimizers["generator"], z, loss, augment=retouch, real=real
            )
        losses = share.mean(losses)
        if penalty is not None:  # prise à un pas critique sur penalty_every : entre-temps, la dernière est redite
            state.buffers["penalty"] = losses.setdefault("penalty", state.buffers["penalty"])
        if average is not None:
            update_average(average, generator, min(config.average, (1 + state.index) / (10 + state.index)))
        return losses

    return Training(state, config, advance, generator if average is None else average)


def _start(generator: nn.Module, critic: nn.Module, images, config: AdversarialConfig, fabric) -> TrainingState:
    check_device(config.device)
    layout = torch.channels_last if config.device == "cpu" else torch.preserve_format
    for network in (generator, critic):
        network.to(config.device, memory_format=layout)
    batches = Batches(images, config.batch_size, config.seed, config.device, place_of(fabric))
    _check_pair(generator.eval(), critic, batches.first())
    models = {"generator": generator.train(), "critic": critic.train()}
    adam = partial(torch.optim.Adam, betas=tuple(config.betas))
    optimizers = {name: adam(model.parameters(), lr=config.learning_rate_of(name)) for name, model in models.items()}
    if config.average:
        models["average"] = copy.deepcopy(generator).eval().requires_grad_(False)
    random = torch.Generator(config.device).manual_seed(config.seed)
    state = TrainingState(models, optimizers, batches, random, asdict(config))
    state.buffers = {"critic_updates": torch.tensor(0), "penalty": torch.zeros((), device=config.device)}
    return state


@torch.no_grad()
def _check_pair(generator: nn.Module, critic: nn.Module, real: Tensor) -> None:
    fake = generator(torch.zeros(1, generator.latent, device=real.device))
    if fake.shape != real.shape:
        raise ValueError(
            f"Le générateur produit {tuple(fake.shape[1:])} et les images sont {tuple(real.shape[1:])} : "
            "construisez-le à leur taille, ou chargez-les à la sienne."
        )
    critic(real)
