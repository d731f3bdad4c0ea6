"""Leçon 04 : les deux pertes du GAN, comparées à l'entropie croisée binaire de PyTorch."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """L'entropie croisée d'un classifieur : vraies images marquées 1, fausses marquées 0, moyenne par groupe."""
    ones, zeros = torch.ones_like(real_scores), torch.zeros_like(fake_scores)
    cross_entropy = F.binary_cross_entropy_with_logits
    return cross_entropy(real_scores, ones) + cross_entropy(fake_scores, zeros)


def reference_generator_loss(fake_scores: Tensor) -> Tensor:
    """L'entropie croisée d'images fausses que l'on marque 1."""
    return F.binary_cross_entropy_with_logits(fake_scores, torch.ones_like(fake_scores))


def _loss_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(4)
    real, fake = torch.randn(2, 6, generator=generator)
    return (
        Case("des scores tous nuls : D répond 1/2 partout", (torch.zeros(2), torch.zeros(2))),
        Case("un détective très sûr de lui : scores 200 pour les vraies, -200 pour les fausses", _sure(200.0)),
        Case("un détective très sûr de lui, et qui se trompe : scores -200 et 200", _sure(-200.0)),
        Case("deux vraies (scores 2 et -1), trois fausses (0, 1 et -3)", _uneven()),
        Case("six vraies et six fausses quelconques", (real, fake)),
    )


def _sure(score: float) -> tuple[Tensor, Tensor]:
    return torch.full((2,), score), torch.full((2,), -score)


def _uneven() -> tuple[Tensor, Tensor]:
    return torch.tensor([2.0, -1.0]), torch.tensor([0.0, 1.0, -3.0])


def _on_probabilities(loss: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """La perte écrite avec D = sigmoid(score), puis le logarithme : juste sur le papier, infinie aux grands scores."""
    return lambda *scores: loss(*(score.sigmoid() for score in scores))


DISCRIMINATOR_LOSS = Exercise(
    signature="discriminator_loss(real_scores, fake_scores)",
    differentiable=(0, 1),
    cases=_loss_cases(),
    reference=reference_discriminator_loss,
    mistakes=(
        Mistake(
            "les étiquettes sont échangées : ce détective apprend à dire « vraie » devant les fausses.",
            lambda real, fake: F.softplus(real).mean() + F.softplus(-fake).mean(),
        ),
        Mistake(
            "le signe est inversé : c'est V, que le détective fait monter ; une perte se fait descendre.",
            lambda real, fake: -reference_discriminator_loss(real, fake),
        ),
        Mistake(
            "les fausses images sont oubliées : il suffirait de répondre toujours « vraie ».",
            lambda real, fake: F.softplus(-real).mean(),
        ),
        Mistake(
            "les vraies images sont oubliées : il suffirait de répondre toujours « fausse ».",
            lambda real, fake: F.softplus(fake).mean(),
        ),
        Mistake(
            "les fausses sont jugées comme des vraies : leur terme veut un score élevé.",
            lambda real, fake: F.softplus(-real).mean() + F.softplus(-fake).mean(),
        ),
        Mistake(
            "le résultat est la moitié de l'attendu : les deux groupes s'additionnent, sans facteur.",
            lambda real, fake: reference_discriminator_loss(real, fake) / 2,
        ),
        Mistake(
            "vraies et fausses sont moyennées ensemble ; chaque groupe a sa moyenne, et elles s'additionnent.",
            lambda real, fake: torch.cat([F.softplus(-real), F.softplus(fake)]).mean(),
        ),
        Mistake(
            "la perte s'additionne sur le lot ; elle doit s'y moyenner.",
            lambda real, fake: F.softplus(-real).sum() + F.softplus(fake).sum(),
        ),
        Mistake(
            "D vaut exactement 0 ou 1 aux grands scores, et son logarithme est infini : passez par les scores.",
            _on_probabilities(lambda real, fake: -(real.log().mean() + (1 - fake).log().mean())),
        ),
        Mistake(
            "D est borné avant le logarithme : la perte plafonne, et son gradient s'annule aux grands scores.",
            _on_probabilities(
                lambda real, fake: (
                    F.binary_cross_entropy(real, torch.ones_like(real))
                    + F.binary_cross_entropy(fake, torch.zeros_like(fake))
                )
            ),
        ),
        Mistake(
            "un petit nombre est ajouté avant le logarithme : la perte plafonne aux grands scores.",
            _on_probabilities(lambda real, fake: -((real + 1e-8).log().mean() + (1 - fake + 1e-8).log().mean())),
        ),
        Mistake(
            "la sigmoïde est appliquée deux fois.",
            _on_probabilities(reference_discriminator_loss),
        ),
        Mistake(
            "c'est la perte de Wasserstein de la leçon 05, sans sigmoïde ni logarithme.",
            lambda real, fake: fake.mean() - real.mean(),
        ),
    ),
    verified=(
        "2 log 2 quand D répond 1/2 partout",
        "égale à l'entropie croisée de PyTorch, une moyenne par groupe",
        "finie et dérivable, même aux scores de 200",
    ),
)

GENERATOR_LOSS = Exercise(
    signature="generator_loss(fake_scores)",
    differentiable=(0,),
    cases=tuple(
        Case(said, (fake,))
        for said, (_, fake) in zip(
            (
                "des scores tous nuls : D répond 1/2 partout",
                "un faux démasqué : scores -200",
                "un faux qui passe pour vrai : scores 200",
                "trois fausses : scores 0, 1 et -3",
                "six fausses quelconques",
            ),
            (case.arguments for case in _loss_cases()),
            strict=True,
        )
    ),
    reference=reference_generator_loss,
    mistakes=(
        Mistake(
            "c'est la perte minimax : son gradient s'éteint quand le faux est démasqué.",
            lambda fake: -F.softplus(fake).mean(),
        ),
        Mistake(
            "c'est ce que le détective fait descendre : le faussaire veut l'inverse.",
            lambda fake: F.softplus(fake).mean(),
        ),
        Mistake(
            "le signe est inversé : ce faussaire apprend à se faire démasquer.",
            lambda fake: -F.softplus(-fake).mean(),
        ),
        Mistake(
            "la perte s'additionne sur le lot ; elle doit s'y moyenner.",
            lambda fake: F.softplus(-fake).sum(),
        ),
        Mistake(
            "une perte par image est rendue ; il reste à moyenner sur le lot.",
            lambda fake: F.softplus(-fake),
        ),
        Mistake(
            "D vaut exactement 0 au score -200, et son logarithme est infini : passez par les scores.",
            _on_probabilities(lambda fake: -fake.log().mean()),
        ),
        Mistake(
            "D est borné avant le logarithme : la perte plafonne, et son gradient s'annule aux grands scores.",
            _on_probabilities(lambda fake: F.binary_cross_entropy(fake, torch.ones_like(fake))),
        ),
        Mistake(
            "un petit nombre est ajouté avant le logarithme : la perte plafonne aux grands scores.",
            _on_probabilities(lambda fake: -(fake + 1e-8).log().mean()),
        ),
        Mistake(
            "la moyenne est prise avant le logarithme ; c'est le logarithme de chaque verdict qui se moyenne.",
            lambda fake: F.softplus(-fake.mean()),
        ),
        Mistake(
            "la sigmoïde est appliquée deux fois.",
            _on_probabilities(reference_generator_loss),
        ),
        Mistake(
            "c'est la perte de Wasserstein de la leçon 05, sans sigmoïde ni logarithme.",
            lambda fake: -fake.mean(),
        ),
    ),
    verified=(
        "log 2 quand D répond 1/2 partout",
        "égale à l'entropie croisée d'images fausses marquées vraies",
        "finie et dérivable, même quand le faux est démasqué",
    ),
)
