"""Leçon 03 : compter les dimensions vivantes, par la divergence de `torch.distributions`."""

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from lessons_lib.checks.exercise import Case, Exercise, Mistake
from lessons_lib.checks.lesson_02.vae import kl_of_each

SMALL = 0.05  # nat


def reference_active(mu: Tensor, logvar: Tensor, threshold: float) -> Tensor:
    """Un entier : combien de dimensions ont une KL qui, moyennée sur le lot, dépasse le seuil."""
    each = kl_divergence(Normal(mu.double(), logvar.double().exp().sqrt()), Normal(0.0, 1.0))
    return sum((column.mean() > threshold).long() for column in each.unbind(dim=1))


def _clouds(seed: int, images: int, dimensions: int, rare: float) -> tuple[Tensor, Tensor]:
    """Des nuages dont l'ampleur varie d'une dimension à l'autre ; rare : la part des codes qui s'écartent de 0."""
    generator = torch.Generator().manual_seed(seed)
    size = torch.linspace(0.02, 1.6, dimensions)
    here = (torch.rand((images, dimensions), generator=generator) < rare).float()
    mu = size * here * torch.randn((images, dimensions), generator=generator)
    logvar = -size.flip(0).square() * torch.rand((images, dimensions), generator=generator)
    logvar += 0.4 * here * torch.randn((images, dimensions), generator=generator)
    return mu, logvar


def _active_cases() -> tuple[Case, ...]:
    still = torch.zeros(2, 3)
    apart = torch.tensor([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    narrow = torch.tensor([[0.0, 0.0, 4.0], [0.0, 0.0, 4.0]]).clamp_min(1).reciprocal().log()
    seldom = torch.tensor([[0.8, 0.5, 0.1]] + [[0.0, 0.0, 0.1]] * 3)
    return (
        Case("deux images, mu = (1, 0, 0) et (-1, 0, 0), logvar = 0, seuil 0.05", (apart, still, SMALL)),
        Case("deux images, mu = 0, sigma² = (1, 1, 1/4), seuil 0.05", (still, narrow, SMALL)),
        Case(
            "quatre images, mu = (0.8, 0.5, 0.1) puis trois fois (0, 0, 0.1), logvar = 0, seuil 0.05",
            (seldom, torch.zeros(4, 3), SMALL),
        ),
        Case("vingt images, quarante dimensions, seuil 0.3", (*_clouds(0, 20, 40, 1.0), 0.3)),
        Case("trente images, quatre-vingts dimensions, seuil 0.12", (*_clouds(1, 30, 80, 0.3), 0.12)),
        Case("dix images, cent dimensions, seuil 0.7", (*_clouds(2, 10, 100, 0.6), 0.7)),
    )


ACTIVE = Exercise(
    signature="active_dimensions(mu, logvar, threshold)",
    cases=_active_cases(),
    reference=reference_active,
    mistakes=(
        Mistake(
            "le facteur un demi de la divergence est oublié : certaines dimensions passent à tort le seuil.",
            lambda mu, logvar, t: (2 * kl_of_each(mu, logvar).mean(dim=0) > t).sum(),
        ),
        Mistake(
            "logvar est pris pour le logarithme de l'écart type ; c'est celui de la variance.",
            lambda mu, logvar, t: (kl_of_each(mu, 2 * logvar).mean(dim=0) > t).sum(),
        ),
        Mistake(
            "logvar est ajouté dans la divergence ; il s'en retranche.",
            lambda mu, logvar, t: ((kl_of_each(mu, logvar) + logvar).mean(dim=0) > t).sum(),
        ),
        Mistake(
            "la divergence est prise à l'envers, de la loi a priori vers le nuage : elle n'est pas symétrique.",
            lambda mu, logvar, t: ((0.5 * ((1 + mu.square()) / logvar.exp() - 1 + logvar)).mean(dim=0) > t).sum(),
        ),
        Mistake(
            "la moyenne porte sur les dimensions : ce sont des images que l'on compte.",
            lambda mu, logvar, t: (kl_of_each(mu, logvar).mean(dim=1) > t).sum(),
        ),
        Mistake(
            "le seuil est appliqué à chaque image, et tous les passages sont comptés : moyennez d'abord sur le lot.",
            lambda mu, logvar, t: (kl_of_each(mu, logvar) > t).sum(),
        ),
        Mistake(
            "une seule image au-dessus du seuil suffit à compter la dimension ; c'est la moyenne du lot qui décide.",
            lambda mu, logvar, t: (kl_of_each(mu, logvar) > t).any(dim=0).sum(),
        ),
        Mistake(
            "toutes les images doivent dépasser le seuil ; une dimension peut ne servir qu'à quelques-unes.",
            lambda mu, logvar, t: (kl_of_each(mu, logvar) > t).all(dim=0).sum(),
        ),
        Mistake(
            "la médiane remplace la moyenne : une dimension qui sert à peu d'images y disparaît.",
            lambda mu, logvar, t: (kl_of_each(mu, logvar).median(dim=0).values > t).sum(),
        ),
        Mistake(
            "les images sont sommées, et non moyennées : un plus grand lot ferait vivre plus de dimensions.",
            lambda mu, logvar, t: (kl_of_each(mu, logvar).sum(dim=0) > t).sum(),
        ),
        Mistake(
            "mu et logvar sont moyennés avant la divergence : deux codes opposés s'y annulent.",
            lambda mu, logvar, t: (kl_of_each(mu.mean(dim=0), logvar.mean(dim=0)) > t).sum(),
        ),
        Mistake(
            "c'est la variance de mu que l'on compare au seuil : elle n'est pas en nats, et ignore l'écart type.",
            lambda mu, logvar, t: (mu.var(dim=0) > t).sum(),
        ),
        Mistake(
            "l'écart type est oublié : la divergence n'est calculée qu'avec mu.",
            lambda mu, logvar, t: (kl_of_each(mu, 0 * logvar).mean(dim=0) > t).sum(),
        ),
        Mistake(
            "mu est oublié : la divergence n'est calculée qu'avec l'écart type.",
            lambda mu, logvar, t: (kl_of_each(0 * mu, logvar).mean(dim=0) > t).sum(),
        ),
        Mistake(
            "ce sont les dimensions éteintes qui sont comptées.",
            lambda mu, logvar, t: (kl_of_each(mu, logvar).mean(dim=0) <= t).sum(),
        ),
        Mistake(
            "c'est la divergence totale qui est comparée au seuil : il faut un verdict par dimension.",
            lambda mu, logvar, t: (kl_of_each(mu, logvar).mean(dim=0).sum() > t).long(),
        ),
        Mistake(
            "le seuil donné est ignoré au profit de celui de la leçon.",
            lambda mu, logvar, t: (kl_of_each(mu, logvar).mean(dim=0) > SMALL).sum(),
        ),
        Mistake(
            "chaque dimension a son verdict ; il reste à les compter.",
            lambda mu, logvar, t: kl_of_each(mu, logvar).mean(dim=0) > t,
        ),
        Mistake(
            "c'est le total des nats vivants qui est rendu ; on demande combien de dimensions les portent.",
            lambda mu, logvar, t: kl_of_each(mu, logvar).mean(dim=0)[kl_of_each(mu, logvar).mean(dim=0) > t].sum(),
        ),
    ),
    verified=(
        "une dimension vit par mu comme par sigma",
        "une dimension qui ne sert qu'à une image sur quatre compte aussi, si sa moyenne suffit",
        "égale à torch.distributions pour trois lots, à trois seuils",
    ),
)
