"""Leçon 02 : les bits gratuits de Kingma et coll. 2016, un plancher sur la KL moyenne de chaque dimension."""

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from lessons_lib.checks.exercise import Case, Exercise, Mistake
from lessons_lib.checks.lesson_02.vae import kl_of_each


def reference_free_bits(mu: Tensor, logvar: Tensor, floor: float) -> Tensor:
    """Somme, sur les dimensions, du plus grand des deux : le plancher, ou la KL moyenne du lot. En nats."""
    divergence = kl_divergence(Normal(mu, logvar.exp().sqrt()), Normal(0.0, 1.0))
    charged = [max(float(floor), column.mean().item()) for column in divergence.unbind(dim=1)]
    return torch.tensor(sum(charged))


def _average(mu: Tensor, logvar: Tensor) -> Tensor:
    """La KL moyenne du lot, dimension par dimension : (D,)."""
    return kl_of_each(mu, logvar).mean(dim=0)


def _centres(*rows: tuple[float, ...]) -> Tensor:
    """Les centres de nuages de taille 1 dont la KL vaut ces nombres de nats : KL = mu² / 2."""
    return (2 * torch.tensor(rows)).sqrt()


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(3)
    mu, logvar = (torch.randn(5, 4, generator=generator) for _ in range(2))
    scale = torch.tensor([1.5, 0.3, 1.0, 0.2])
    quiet, one, two = _centres((0.1, 0.2)), _centres((0.5, 3.0)), _centres((0.0, 0.4), (3.0, 0.2))
    return (
        Case("une image, des KL de 0.5 et 3 nats, plancher 0", (one, torch.zeros(1, 2), 0.0)),
        Case("une image, des KL de 0.1 et 0.2 nat, plancher 1", (quiet, torch.zeros(1, 2), 1.0)),
        Case("une image, des KL de 0.5 et 3 nats, plancher 1", (one, torch.zeros(1, 2), 1.0)),
        Case(
            "deux images, des KL de (0, 0.4) et (3, 0.2) nats, plancher 1",
            (two, torch.zeros(2, 2), 1.0),
        ),
        Case("cinq lois quelconques à quatre dimensions, plancher 0.7", (scale * mu, scale * logvar, 0.7)),
    )


FREE_BITS = Exercise(
    signature="free_bits(mu, logvar, floor)",
    differentiable=(0, 1),
    cases=_cases(),
    reference=reference_free_bits,
    mistakes=(
        Mistake(
            "le plancher n'a aucun effet : c'est la KL ordinaire.",
            lambda mu, logvar, floor: _average(mu, logvar).sum(),
        ),
        Mistake(
            "le plancher porte sur le total ; il est offert à chaque dimension.",
            lambda mu, logvar, floor: _average(mu, logvar).sum().clamp(min=floor),
        ),
        Mistake(
            "un seul forfait global est comparé au total : une dimension bavarde paierait pour les muettes.",
            lambda mu, logvar, floor: _average(mu, logvar).sum().clamp(min=floor * mu.shape[1]),
        ),
        Mistake(
            "la borne est du mauvais côté : c'est un plafond, les dimensions utiles ne paient plus leur dû.",
            lambda mu, logvar, floor: _average(mu, logvar).clamp(max=floor).sum(),
        ),
        Mistake(
            "le plancher est appliqué image par image ; c'est la moyenne du lot qui lui est comparée.",
            lambda mu, logvar, floor: kl_of_each(mu, logvar).clamp(min=floor).mean(dim=0).sum(),
        ),
        Mistake(
            "le plancher est appliqué au total de chaque image ; il porte sur la moyenne de chaque dimension.",
            lambda mu, logvar, floor: kl_of_each(mu, logvar).sum(dim=1).clamp(min=floor).mean(),
        ),
        Mistake(
            "le plancher est ajouté à chaque dimension ; celles qui le dépassent ne paient que leur KL.",
            lambda mu, logvar, floor: (_average(mu, logvar) + floor).sum(),
        ),
        Mistake(
            "le forfait est déduit et le reste compté à partir de zéro : la pente est juste, la valeur trop petite.",
            lambda mu, logvar, floor: (_average(mu, logvar) - floor).relu().sum(),
        ),
        Mistake(
            "sous le plancher, les dimensions comptent zéro : la perte sauterait en le franchissant.",
            lambda mu, logvar, floor: (_average(mu, logvar) * (_average(mu, logvar) > floor)).sum(),
        ),
        Mistake(
            "les dimensions sont moyennées ; leurs nats s'additionnent.",
            lambda mu, logvar, floor: _average(mu, logvar).clamp(min=floor).mean(),
        ),
        Mistake(
            "une valeur par dimension est rendue ; il reste à les additionner.",
            lambda mu, logvar, floor: _average(mu, logvar).clamp(min=floor),
        ),
        Mistake(
            "les images du lot sont additionnées avant la comparaison : un grand lot passerait toujours le plancher.",
            lambda mu, logvar, floor: kl_of_each(mu, logvar).sum(dim=0).clamp(min=floor).sum(),
        ),
        Mistake(
            "images et dimensions sont échangées : on moyenne sur les unes et l'on compare les autres.",
            lambda mu, logvar, floor: kl_of_each(mu, logvar).mean(dim=1).clamp(min=floor).sum(),
        ),
        Mistake(
            "dans la KL, le facteur un demi est oublié : reprenez l'exercice précédent.",
            lambda mu, logvar, floor: (2 * _average(mu, logvar)).clamp(min=floor).sum(),
        ),
    ),
    verified=(
        "avec un plancher nul, la KL ordinaire",
        "chaque dimension compte au moins le plancher, d'après la moyenne du lot",
        "les dimensions s'additionnent, et le gradient passe",
    ),
)
