"""Leçon 02 : la perte entière, −ELBO, comparée aux log-vraisemblances de `torch.distributions`."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from lessons_lib.checks.exercise import Case, Exercise, Mistake
from lessons_lib.checks.lesson_02.vae import kl_of_each


def reference_loss(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor, sigma: float) -> Tensor:
    """−ELBO en nats par image : KL moins log-vraisemblance, sommées par image, moyennées sur le lot."""
    log_likelihood = Normal(x_hat, float(sigma)).log_prob(x).flatten(1).sum(dim=1)
    divergence = kl_divergence(Normal(mu, logvar.exp().sqrt()), Normal(0.0, 1.0)).sum(dim=1)
    return (divergence - log_likelihood).mean()


def _error(x: Tensor, x_hat: Tensor, sigma: float) -> Tensor:
    """‖x − x_hat‖² / (2 sigma²) de chaque image : (N,)."""
    return (x - x_hat).square().flatten(1).sum(dim=1) / (2 * sigma**2)


def _constant(x: Tensor, sigma: float) -> float:
    return x[0].numel() / 2 * math.log(2 * math.pi * sigma**2)


def _with_constant(constant: Callable[[Tensor, float], float]) -> Callable[..., Tensor]:
    """−ELBO avec une autre constante : constant(x, sigma)."""

    def loss(x, x_hat, mu, logvar, sigma):
        return (_error(x, x_hat, sigma) + kl_of_each(mu, logvar).sum(dim=1)).mean() + constant(x, sigma)

    return loss


def _with_error(error: Callable[[Tensor, float], Tensor]) -> Callable[..., Tensor]:
    """−ELBO avec un autre terme d'erreur : error(x − x_hat, sigma), (N,) ou scalaire."""

    def loss(x, x_hat, mu, logvar, sigma):
        return (error((x - x_hat).flatten(1), sigma) + kl_of_each(mu, logvar).sum(dim=1)).mean() + _constant(x, sigma)

    return loss


def _with_kl(divergence: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """−ELBO avec une autre réduction de la KL : divergence(kl), où kl est (N, D)."""

    def loss(x, x_hat, mu, logvar, sigma):
        return _error(x, x_hat, sigma).mean() + _constant(x, sigma) + divergence(kl_of_each(mu, logvar))

    return loss


def _bare(error: Callable[[Tensor], Tensor], divergence: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Une perte où sigma n'apparaît pas : error(x − x_hat) + divergence(kl)."""
    return lambda x, x_hat, mu, logvar, sigma: error((x - x_hat).flatten(1)) + divergence(kl_of_each(mu, logvar))


def _summed(values: Tensor) -> Tensor:
    return values.sum(dim=1).mean()


def _all_averaged(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor, sigma: float) -> Tensor:
    return -Normal(x_hat, float(sigma)).log_prob(x).mean() + kl_of_each(mu, logvar).mean()


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(5)
    x, noise = (torch.randn(4, 3, 2, 2, generator=generator) for _ in range(2))
    mu, logvar = (torch.randn(4, 5, generator=generator) for _ in range(2))
    pixel, free = torch.zeros(1, 3, 1, 1), torch.zeros(1, 2)
    wrong = torch.tensor([0.0, 2.0, 0.0]).view(1, 3, 1, 1)
    return (
        Case("un pixel bien rendu (P = 3), mu = 0, logvar = 0, sigma = 1", (pixel, pixel, free, free, 1.0)),
        Case(
            "un pixel bien rendu (P = 3), mu = (2, 0), logvar = 0, sigma = 1",
            (pixel, pixel, torch.tensor([[2.0, 0.0]]), free, 1.0),
        ),
        Case("x = 0, x_hat = (0, 2, 0), mu = 0, logvar = 0, sigma = 0.5", (pixel, wrong, free, free, 0.5)),
        Case(
            "quatre images 3 × 2 × 2, des codes à cinq dimensions, sigma = 0.3",
            (x, x + 0.3 * noise, mu, logvar, 0.3),
        ),
    )


AVERAGED = "la reconstruction est moyennée sur les valeurs de l'image ; elles s'additionnent, comme les dimensions."
SHALLOW = "la KL est moyennée sur les dimensions, à côté d'une reconstruction sommée : elle pèse D fois trop peu."
NO_SIGMA = "sigma n'apparaît pas : c'est la perte de la leçon 01, à laquelle s'ajoute la KL."

ELBO = Exercise(
    signature="negative_elbo(x, x_hat, mu, logvar, sigma)",
    differentiable=(1, 2, 3),
    cases=_cases(),
    reference=reference_loss,
    mistakes=(
        Mistake(
            "la constante manque : plus rien ne retient s de grandir, et l'on ne mesure plus une log-vraisemblance.",
            _with_constant(lambda x, s: 0.0),
        ),
        Mistake(
            "la constante n'est comptée qu'une fois ; chaque valeur de l'image apporte la sienne.",
            _with_constant(lambda x, s: math.log(2 * math.pi * s**2) / 2),
        ),
        Mistake(
            "la constante compte les pixels ; une image a trois valeurs par pixel, une par couleur.",
            _with_constant(lambda x, s: _constant(x, s) / 3),
        ),
        Mistake(
            "la constante compte les valeurs de tout le lot ; P est celui d'une seule image.",
            _with_constant(lambda x, s: len(x) * _constant(x, s)),
        ),
        Mistake(
            "dans la constante, l'écart type a pris la place de la variance.",
            _with_constant(lambda x, s: x[0].numel() / 2 * math.log(2 * math.pi * s)),
        ),
        Mistake("la constante est deux fois trop grande.", _with_constant(lambda x, s: 2 * _constant(x, s))),
        Mistake(
            "la constante est retranchée ; une log-vraisemblance la retranche, son opposé l'ajoute.",
            _with_constant(lambda x, s: -_constant(x, s)),
        ),
        Mistake(
            "dans la constante, il manque le facteur deux pi.",
            _with_constant(lambda x, s: x[0].numel() * math.log(s)),
        ),
        Mistake(NO_SIGMA, _bare(lambda e: _summed(e.square()), _summed)),
        Mistake(
            "l'erreur au carré n'est pas rapportée à la variance du décodeur ; seule la constante l'emploie.",
            _with_error(lambda e, s: e.square().sum(dim=1)),
        ),
        Mistake(
            "l'erreur au carré est divisée par l'écart type ; c'est la variance qui lui est homogène.",
            _with_error(lambda e, s: e.square().sum(dim=1) / (2 * s)),
        ),
        Mistake(
            "l'erreur au carré pèse deux fois trop : un facteur un demi manque devant elle.",
            _with_error(lambda e, s: e.square().sum(dim=1) / s**2),
        ),
        Mistake(
            "l'erreur est multipliée par la variance : un décodeur précis la pardonnerait.",
            _with_error(lambda e, s: e.square().sum(dim=1) * s**2 / 2),
        ),
        Mistake(
            "l'erreur n'est pas mise au carré : on additionne des valeurs absolues.",
            _with_error(lambda e, s: e.abs().sum(dim=1) / (2 * s**2)),
        ),
        Mistake(
            "la norme de l'erreur n'est pas mise au carré.",
            _with_error(lambda e, s: e.norm(dim=1) / (2 * s**2)),
        ),
        Mistake(AVERAGED, _with_error(lambda e, s: e.square().mean(dim=1) / (2 * s**2))),
        Mistake(
            AVERAGED,
            lambda x, x_hat, mu, logvar, s: (
                -Normal(x_hat, float(s)).log_prob(x).mean() + _summed(kl_of_each(mu, logvar))
            ),
        ),
        Mistake(f"{AVERAGED} De plus, sigma n'apparaît pas.", _bare(lambda e: e.square().mean(), _summed)),
        Mistake(
            f"{AVERAGED} De plus, la constante manque.",
            lambda x, x_hat, mu, logvar, s: _error(x, x_hat, s).mean() / x[0].numel() + _summed(kl_of_each(mu, logvar)),
        ),
        Mistake(SHALLOW, _with_kl(lambda kl: kl.mean())),
        Mistake(
            f"{SHALLOW} De plus, la constante manque.",
            lambda x, x_hat, mu, logvar, s: _error(x, x_hat, s).mean() + kl_of_each(mu, logvar).mean(),
        ),
        Mistake(
            f"{SHALLOW} De plus, sigma n'apparaît pas.", _bare(lambda e: _summed(e.square()), lambda kl: kl.mean())
        ),
        Mistake(
            "les deux termes sont moyennés, l'un sur P valeurs, l'autre sur D dimensions : leur équilibre est faussé.",
            _all_averaged,
        ),
        Mistake(
            "la KL est retranchée : la perte récompenserait les codes éloignés de la loi a priori.",
            _with_kl(lambda kl: -_summed(kl)),
        ),
        Mistake("la KL manque : il ne reste que la reconstruction.", _with_kl(lambda kl: 0 * kl.sum())),
        Mistake(
            "c'est l'ELBO elle-même, que l'on voudrait faire monter ; une perte descend.",
            lambda *arguments: -reference_loss(*arguments),
        ),
        Mistake(
            "la perte est sommée sur le lot : elle doublerait avec deux fois plus d'images.",
            lambda x, *others: len(x) * reference_loss(x, *others),
        ),
        Mistake(
            "la reconstruction est sommée sur le lot, la KL moyennée : leur équilibre dépendrait de la taille du lot.",
            lambda x, x_hat, mu, logvar, s: (
                _error(x, x_hat, s).sum() + len(x) * _constant(x, s) + _summed(kl_of_each(mu, logvar))
            ),
        ),
        Mistake(
            "la KL est sommée sur le lot, la reconstruction moyennée : leur équilibre dépendrait du nombre d'images.",
            _with_kl(lambda kl: kl.sum()),
        ),
        Mistake(
            "une valeur par image est rendue ; il reste à moyenner sur le lot.",
            lambda x, x_hat, mu, logvar, s: _error(x, x_hat, s) + _constant(x, s) + kl_of_each(mu, logvar).sum(dim=1),
        ),
    ),
    verified=(
        "la constante seule quand tout est parfait, puis la KL, puis l'erreur rapportée à la variance",
        "égale à torch.distributions pour quatre images, en nats par image",
        "dérivable par rapport à x_hat, à mu et à logvar",
    ),
)
