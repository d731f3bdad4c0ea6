"""Les cinq entraînements du cours, écrits à nu en PyTorch : ni boucle, ni perte, ni lot de la bibliothèque.

Chaque fonction rend un pas, qui rend sa perte. Réseaux de départ, lots et tirages sont ceux de la boucle, si bien que
les pertes doivent être les mêmes : c'est ce qui donne un sens au rapport de leurs durées.
"""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SEED = 0
SIGMA, LAMBDA, CLIP = 0.3, 10.0, 0.01


def batches(images: Tensor, size: int) -> Iterator[Tensor]:
    """Des lots sans fin, mélangés à chaque époque ; les images en trop sont laissées."""
    random = torch.Generator().manual_seed(SEED)
    while True:
        order = torch.randperm(len(images), generator=random)
        for start in range(0, len(images) - size + 1, size):
            yield images[order[start : start + size]]


def autoencoder(model: nn.Module, images: Tensor, batch: int) -> Callable[[], float]:
    """‖x − x_hat‖², par Adam."""
    data, adam = batches(images, batch), torch.optim.Adam(model.parameters(), lr=1e-3)

    def step() -> float:
        x = next(data)
        loss = (x - model.decoder(model.encoder(x))).square().flatten(1).sum(dim=1).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss.item()

    return step


def vae(model: nn.Module, images: Tensor, batch: int) -> Callable[[], float]:
    """−ELBO gaussienne, en nats par image."""
    data, adam = batches(images, batch), torch.optim.Adam(model.parameters(), lr=1e-3)
    random = torch.Generator().manual_seed(SEED)
    constant = images[0].numel() / 2 * math.log(2 * math.pi * SIGMA**2)

    def step() -> float:
        x = next(data)
        mu, logvar = model.encoder(x).chunk(2, dim=1)
        z = mu + (0.5 * logvar).exp() * torch.randn(mu.shape, generator=random)
        reconstruction = (x - model.decoder(z)).square().flatten(1).sum(dim=1).mean() / (2 * SIGMA**2) + constant
        kl = (0.5 * (mu.square() + logvar.exp() - 1 - logvar)).mean(dim=0).sum()
        loss = reconstruction + kl
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss.item()

    return step


def gan(networks: dict[str, nn.Module], images: Tensor, batch: int) -> Callable[[], float]:
    """Le jeu non saturant, un pas du discriminateur pour un du générateur."""

    def critic_loss(critic: nn.Module, real: Tensor, fake: Tensor, random: torch.Generator) -> Tensor:
        real_scores, fake_scores = critic(torch.cat([real, fake])).chunk(2)
        return F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()

    return _game(networks, images, batch, 1, critic_loss, lambda scores: F.softplus(-scores).mean())


def wgan(networks: dict[str, nn.Module], images: Tensor, batch: int) -> Callable[[], float]:
    """L'écart de Wasserstein, les poids de la critique écrêtés après chacun de ses cinq pas."""

    def clip() -> None:
        with torch.no_grad():
            for weight in networks["critic"].parameters():
                weight.clamp_(-CLIP, CLIP)

    return _game(networks, images, batch, 5, _gap, lambda scores: -scores.mean(), after=clip)


def wgan_gp(networks: dict[str, nn.Module], images: Tensor, batch: int) -> Callable[[], float]:
    """L'écart de Wasserstein et la pénalité de gradient, cinq pas critiques pour un du générateur."""

    def critic_loss(critic: nn.Module, real: Tensor, fake: Tensor, random: torch.Generator) -> Tensor:
        gap = _gap(critic, real, fake, random)
        epsilon = torch.rand(len(real), generator=random).view(-1, 1, 1, 1)
        x_hat = (epsilon * real + (1 - epsilon) * fake).requires_grad_(True)
        slope = torch.autograd.grad(critic(x_hat).sum(), x_hat, create_graph=True)[0]
        return gap + LAMBDA * (slope.flatten(1).norm(dim=1) - 1).square().mean()

    return _game(networks, images, batch, 5, critic_loss, lambda scores: -scores.mean())


def _gap(critic: nn.Module, real: Tensor, fake: Tensor, random: torch.Generator) -> Tensor:
    real_scores, fake_scores = critic(torch.cat([real, fake])).chunk(2)
    return fake_scores.mean() - real_scores.mean()


def _game(
    networks, images, batch, critic_steps, critic_loss, generator_loss, after=lambda: None
) -> Callable[[], float]:
    generator, critic = networks["generator"], networks["critic"]
    adam_g = torch.optim.Adam(generator.parameters(), lr=1e-4, betas=(0.0, 0.9))
    adam_c = torch.optim.Adam(critic.parameters(), lr=1e-4, betas=(0.0, 0.9))
    data, random = batches(images, batch), torch.Generator().manual_seed(SEED)

    def step() -> float:
        for _ in range(critic_steps):
            real = next(data)
            with torch.no_grad():
                fake = generator(torch.randn(batch, generator.latent, generator=random))
            loss = critic_loss(critic, real, fake, random)
            adam_c.zero_grad()
            loss.backward()
            adam_c.step()
            after()
        loss = generator_loss(critic(generator(torch.randn(batch, generator.latent, generator=random))))
        adam_g.zero_grad()
        loss.backward(inputs=list(generator.parameters()))
        adam_g.step()
        return loss.item()

    return step
