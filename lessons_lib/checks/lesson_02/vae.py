"""Leçon 02 : le tirage reparamétré et la divergence de Kullback-Leibler, comparés à `torch.distributions`."""

import torch
from torch import Tensor
from torch.distributions import AffineTransform, Normal, kl_divergence

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_draw(mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
    """z (N, D) : la transformation affine qui porte N(0, 1) sur N(mu, sigma²), appliquée à eps."""
    return AffineTransform(mu, logvar.exp().sqrt())(eps)


def reference_kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, sigma²) ‖ N(0, 1)) en nats : somme sur les dimensions, moyenne sur le lot."""
    return kl_divergence(Normal(mu, logvar.exp().sqrt()), Normal(0.0, 1.0)).sum(dim=1).mean()


def kl_of_each(mu: Tensor, logvar: Tensor) -> Tensor:
    """La KL de chaque image et de chaque dimension : (N, D)."""
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar)


def _laws() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    mu, logvar, eps = (torch.randn(4, 3, generator=generator) for _ in range(3))
    return mu, logvar, eps


def _draw_cases() -> tuple[Case, ...]:
    zero, one = torch.zeros(1, 2), torch.ones(1, 2)
    return (
        Case("mu = 3, logvar = 0, eps = 0", (3 * one, zero, zero)),
        Case("mu = 0, logvar = 0, eps = 1", (zero, zero, one)),
        Case(
            "mu = 1, logvar = log 4 (sigma = 2), eps = -1",
            (one, torch.full((1, 2), 4.0).log(), -one),
        ),
        Case("quatre lois quelconques à trois dimensions", _laws()),
    )


def _kl_cases() -> tuple[Case, ...]:
    zero = torch.zeros(1, 2)
    return (
        Case("mu = 0, logvar = 0 : la loi N(0, 1) elle-même", (zero, zero)),
        Case("mu = (1, 0), logvar = 0", (torch.tensor([[1.0, 0.0]]), zero)),
        Case(
            "mu = 0, logvar = (log 4, 0) : sigma = (2, 1)",
            (zero, torch.tensor([[4.0, 1.0]]).log()),
        ),
        Case("quatre lois quelconques à trois dimensions", _laws()[:2]),
    )


REPARAMETERIZATION = Exercise(
    signature="reparameterize(mu, logvar, eps)",
    differentiable=(0, 1),
    cases=_draw_cases(),
    reference=reference_draw,
    mistakes=(
        Mistake(
            "eps est multiplié par la variance ; l'écart type en est la racine.",
            lambda mu, logvar, eps: mu + logvar.exp() * eps,
        ),
        Mistake(
            "eps est multiplié par logvar, qui est un logarithme, et non un écart type.",
            lambda mu, logvar, eps: mu + logvar * eps,
        ),
        Mistake(
            "eps est multiplié par logvar / 2 : c'est encore un logarithme.",
            lambda mu, logvar, eps: mu + logvar / 2 * eps,
        ),
        Mistake(
            "l'écart type est ajouté ; il doit agrandir ou réduire eps.",
            lambda mu, logvar, eps: mu + (logvar / 2).exp() + eps,
        ),
        Mistake(
            "la variance est ajoutée ; c'est l'écart type qui doit agrandir ou réduire eps.",
            lambda mu, logvar, eps: mu + logvar.exp() + eps,
        ),
        Mistake(
            "eps est ignoré : tous les tirages sont égaux.",
            lambda mu, logvar, eps: mu + (logvar / 2).exp(),
        ),
        Mistake(
            "le résultat est mu : rien n'est tiré.",
            lambda mu, logvar, eps: mu + 0 * eps,
        ),
        Mistake(
            "mu est ajouté deux fois.",
            lambda mu, logvar, eps: 2 * mu + (logvar / 2).exp() * eps,
        ),
        Mistake(
            "mu est oublié : la loi reste centrée en 0.",
            lambda mu, logvar, eps: (logvar / 2).exp() * eps,
        ),
        Mistake(
            "les rôles de mu et de l'écart type sont échangés.",
            lambda mu, logvar, eps: (logvar / 2).exp() + mu * eps,
        ),
        Mistake(
            "le signe de l'exposant est inversé.",
            lambda mu, logvar, eps: mu + (-logvar / 2).exp() * eps,
        ),
        Mistake(
            "eps est retranché, et non ajouté.",
            lambda mu, logvar, eps: mu - (logvar / 2).exp() * eps,
        ),
    ),
    verified=(
        "eps = 0 donne mu ; eps = 1 s'écarte de mu d'un écart type",
        "égale à la transformation affine de torch.distributions pour quatre lois",
        "dérivable par rapport à mu et à logvar",
    ),
)

KL = Exercise(
    signature="kl(mu, logvar)",
    differentiable=(0, 1),
    cases=_kl_cases(),
    reference=reference_kl,
    mistakes=(
        Mistake(
            "le facteur un demi est oublié.",
            lambda mu, logvar: (mu.square() + logvar.exp() - 1 - logvar).sum(dim=1).mean(),
        ),
        Mistake(
            "le signe est inversé : une divergence n'est jamais négative.",
            lambda mu, logvar: -kl_of_each(mu, logvar).sum(dim=1).mean(),
        ),
        Mistake(
            "la moyenne porte aussi sur les dimensions ; elles s'additionnent.",
            lambda mu, logvar: kl_of_each(mu, logvar).mean(),
        ),
        Mistake(
            "la moyenne porte sur les dimensions et la somme sur le lot : c'est l'inverse.",
            lambda mu, logvar: kl_of_each(mu, logvar).mean(dim=1).sum(),
        ),
        Mistake(
            "la somme porte aussi sur le lot : la perte doublerait avec deux fois plus d'images.",
            lambda mu, logvar: kl_of_each(mu, logvar).sum(),
        ),
        Mistake(
            "une valeur par image est rendue ; il reste à moyenner sur le lot.",
            lambda mu, logvar: kl_of_each(mu, logvar).sum(dim=1),
        ),
        Mistake(
            "une valeur par dimension est rendue ; il reste à les additionner.",
            lambda mu, logvar: kl_of_each(mu, logvar).mean(dim=0),
        ),
        Mistake(
            "logvar est pris pour le logarithme de l'écart type ; c'est celui de la variance.",
            lambda mu, logvar: kl_of_each(mu, 2 * logvar).sum(dim=1).mean(),
        ),
        Mistake(
            "un terme constant manque : la divergence de N(0, 1) à elle-même devrait être nulle.",
            lambda mu, logvar: (kl_of_each(mu, logvar) + 0.5).sum(dim=1).mean(),
        ),
        Mistake(
            "mu n'est pas mis au carré.",
            lambda mu, logvar: (0.5 * (mu + logvar.exp() - 1 - logvar)).sum(dim=1).mean(),
        ),
        Mistake(
            "logvar est ajouté, et non retranché.",
            lambda mu, logvar: (0.5 * (mu.square() + logvar.exp() - 1 + logvar)).sum(dim=1).mean(),
        ),
        Mistake(
            "les deux lois sont échangées : la divergence n'est pas symétrique.",
            lambda mu, logvar: (0.5 * ((1 + mu.square()) / logvar.exp() - 1 + logvar)).sum(dim=1).mean(),
        ),
    ),
    verified=(
        "nulle pour N(0, 1), positive ailleurs",
        "égale à torch.distributions pour quatre lois, en nats",
        "somme sur les dimensions, moyenne sur le lot, dérivable",
    ),
)
