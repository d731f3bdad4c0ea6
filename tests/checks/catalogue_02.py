"""Leçon 02 : des tirages, des divergences, des pertes, des lectures, tels qu'on les écrit."""

import math

import numpy as np
import torch
from torch.distributions import Independent, MultivariateNormal, Normal
from torch.nn import functional as F

from lessons_lib import losses


def draw_by_sqrt(mu, logvar, eps):
    return torch.addcmul(mu, torch.sqrt(torch.exp(logvar)), eps)


def draw_in_place(mu, logvar, eps):
    sigma = logvar.mul(0.5).exp_()
    return eps.mul_(sigma).add_(mu)


def draw_coordinate_by_coordinate(mu, logvar, eps):
    columns = [mu[:, j] + math.e ** (logvar[:, j] / 2) * eps[:, j] for j in range(mu.shape[1])]
    return torch.stack(columns, dim=1)


def draw_in_double(mu, logvar, eps):
    return (mu.double() + eps.double() * logvar.double().exp().pow(0.5)).float()


def kl_by_negative_half(mu, logvar):
    return torch.mean(-0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp(), dim=1))


def kl_image_by_image(mu, logvar):
    total = 0
    for m, lv in zip(mu, logvar, strict=True):
        sigma = (lv / 2).exp()
        total = total + (m**2 / 2 + sigma**2 / 2 - 0.5 - sigma.log()).sum()
    return total / len(mu)


def kl_by_matrices(mu, logvar):
    covariances = torch.diag_embed(logvar.exp())
    law = MultivariateNormal(mu, covariances)
    prior = MultivariateNormal(torch.zeros_like(mu), torch.eye(mu.shape[1]).expand_as(covariances))
    return torch.distributions.kl_divergence(law, prior).mean()


def loss_by_the_library(x, x_hat, mu, logvar, sigma):
    return losses.reconstruction_loss(x_hat, x, sigma=sigma) + losses.kl_to_standard_normal(mu, logvar)


def loss_image_by_image(x, x_hat, mu, logvar, sigma):
    values = []
    for i in range(len(x)):
        gap = (x_hat[i] - x[i]).reshape(-1)
        reconstruction = gap @ gap / sigma**2 + gap.numel() * np.log(2 * np.pi * sigma**2)
        values.append(0.5 * reconstruction + kl_by_negative_half(mu[i : i + 1], logvar[i : i + 1]))
    return torch.stack(values).mean()


def loss_by_gaussian_nll(x, x_hat, mu, logvar, sigma):
    variance = torch.full_like(x, sigma**2)
    nll = F.gaussian_nll_loss(x_hat, x, variance, full=True, reduction="none")
    return nll.sum(dim=(1, 2, 3)).mean() + kl_by_negative_half(mu, logvar)


def loss_in_double(x, x_hat, mu, logvar, sigma):
    x, x_hat, mu, logvar = (t.double() for t in (x, x_hat, mu, logvar))
    elbo = Independent(Normal(x_hat, sigma), 3).log_prob(x) - kl_by_negative_half(mu, logvar)
    return -elbo.mean()


def squares(x, x_hat):
    return ((x - x_hat) ** 2).sum(dim=(1, 2, 3))


def loss_with(x, x_hat, mu, logvar, sigma, *, weight=None, values=None):
    """−ELBO, à une faute près : weight devant l'erreur au carré, values à la place de P."""
    weight = 1 / (2 * sigma**2) if weight is None else weight
    values = x.numel() / len(x) if values is None else values
    constant = values * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    return (weight * squares(x, x_hat) + constant).mean() + kl_by_negative_half(mu, logvar)


def kl_table(mu, logvar):
    return -0.5 * (1 + logvar - mu.pow(2) - torch.exp(logvar))


def floor_by_maximum(mu, logvar, floor):
    average = kl_table(mu, logvar).mean(0)
    return torch.maximum(average, torch.full_like(average, floor)).sum()


def floor_in_place(mu, logvar, floor):
    return kl_table(mu, logvar).mean(0).clamp_(min=floor).sum()


def floor_by_excess(mu, logvar, floor):
    return (floor + F.relu(losses.kl_to_standard_normal(mu, logvar, per_dimension=True) - floor)).sum()


def floor_dimension_by_dimension(mu, logvar, floor):
    total = torch.zeros((), dtype=torch.float64)
    for j in range(mu.shape[1]):
        cost = kl_table(mu[:, j].double(), logvar[:, j].double()).mean()
        total = total + (cost if cost > floor else floor)
    return total


def floor_by_where(mu, logvar, floor):
    average = kl_table(mu, logvar).sum(dim=0) / mu.size(0)
    return torch.where(average < floor, torch.tensor(float(floor)), average).sum()


GOOD = {"kl": "descend", "erreur": "monte", "taille": "monte", "lot": "ne change pas", "equivalence": 16}


def predicted(**answers):
    return lambda: GOOD | answers


RIGHT = {
    "reparametrisation": [
        lambda mu, logvar, eps: mu + (0.5 * logvar).exp() * eps,
        draw_by_sqrt,
        draw_in_place,
        draw_coordinate_by_coordinate,
        draw_in_double,
    ],
    "kl": [losses.kl_to_standard_normal, kl_by_negative_half, kl_image_by_image, kl_by_matrices],
    "elbo": [loss_by_the_library, loss_image_by_image, loss_by_gaussian_nll, loss_in_double, loss_with],
    "bits_gratuits": [
        floor_by_maximum,
        floor_in_place,
        floor_by_excess,
        floor_dimension_by_dimension,
        floor_by_where,
    ],
    "lecture_prediction": [
        predicted(),
        lambda: dict(reversed(GOOD.items())),
        predicted(equivalence="16"),
    ],
    "lecture_passage": [lambda: 4, lambda: "4", lambda: " 4 "],
}

WRONG = {
    "reparametrisation": [
        (lambda mu, logvar, eps: mu + torch.exp(logvar) * eps, "multiplié par la variance"),
        (lambda mu, logvar, eps: mu + eps * logvar, "logvar, qui est un logarithme"),
        (lambda mu, logvar, eps: mu + eps * 0.5 * logvar, "logvar / 2"),
        (lambda mu, logvar, eps: mu + torch.exp(0.5 * logvar) + eps, "l'écart type est ajouté"),
        (lambda mu, logvar, eps: mu + eps + logvar.exp(), "la variance est ajoutée"),
        (lambda mu, logvar, eps: torch.sqrt(logvar.exp()) + mu, "eps est ignoré"),
        (lambda mu, logvar, eps: mu, "rien n'est tiré"),
        (lambda mu, logvar, eps: mu + (mu + torch.exp(logvar / 2) * eps), "ajouté deux fois"),
        (lambda mu, logvar, eps: eps * logvar.div(2).exp(), "reste centrée en 0"),
        (lambda mu, logvar, eps: torch.exp(logvar / 2) + eps * mu, "les rôles"),
        (lambda mu, logvar, eps: mu + eps / torch.exp(logvar / 2), "signe de l'exposant"),
        (lambda mu, logvar, eps: mu - eps * torch.exp(logvar / 2), "retranché"),
    ],
    "kl": [
        (lambda mu, logvar: -torch.sum(1 + logvar - mu**2 - logvar.exp(), dim=1).mean(), "un demi"),
        (lambda mu, logvar: 0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp(), dim=1).mean(), "jamais négative"),
        (lambda mu, logvar: -0.5 * torch.mean(1 + logvar - mu**2 - logvar.exp()), "aussi sur les dimensions"),
        (lambda mu, logvar: -0.5 * (1 + logvar - mu**2 - logvar.exp()).mean(1).sum(), "la somme sur le lot"),
        (lambda mu, logvar: -0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp()), "aussi sur le lot"),
        (lambda mu, logvar: -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(-1), "une valeur par image"),
        (lambda mu, logvar: -0.5 * (1 + logvar - mu**2 - logvar.exp()).mean(0), "une valeur par dimension"),
        (lambda mu, logvar: (mu**2 + (2 * logvar).exp() - 1 - 2 * logvar).sum(1).mean() / 2, "de l'écart type"),
        (lambda mu, logvar: (mu**2 + logvar.exp() - logvar).sum(1).mean() / 2, "terme constant"),
        (lambda mu, logvar: (mu + logvar.exp() - 1 - logvar).sum(1).mean() / 2, "mis au carré"),
        (lambda mu, logvar: (mu**2 + logvar.exp() - 1 + logvar).sum(1).mean() / 2, "logvar est ajouté"),
        (
            lambda mu, logvar: (
                torch.distributions.kl_divergence(
                    Normal(torch.zeros_like(mu), torch.ones_like(mu)), Normal(mu, (logvar / 2).exp())
                )
                .sum(1)
                .mean()
            ),
            "n'est pas symétrique",
        ),
    ],
    "elbo": [
        (
            lambda x, x_hat, mu, logvar, s: (squares(x, x_hat) / (2 * s**2)).mean() + kl_by_negative_half(mu, logvar),
            "la constante manque",
        ),
        (lambda *a: loss_with(*a, values=1), "comptée qu'une fois"),
        (lambda x, *a: loss_with(x, *a, values=x.shape[2] * x.shape[3]), "compte les pixels"),
        (lambda x, *a: loss_with(x, *a, values=x.numel()), "tout le lot"),
        (lambda x, *a: loss_with(x, *a, values=2 * x[0].numel()), "deux fois trop grande"),
        (lambda x, *a: loss_with(x, *a, values=-x[0].numel()), "la constante est retranchée"),
        (
            lambda x, x_hat, mu, logvar, s: (
                loss_with(x, x_hat, mu, logvar, s, values=0) + x[0].numel() * math.log(2 * math.pi * s) / 2
            ),
            "pris la place de la variance",
        ),
        (
            lambda x, x_hat, mu, logvar, s: (
                loss_with(x, x_hat, mu, logvar, s, values=0) + x[0].numel() * math.log(s**2) / 2
            ),
            "deux pi",
        ),
        (
            lambda x, x_hat, mu, logvar, s: squares(x, x_hat).mean() + kl_by_negative_half(mu, logvar),
            "la perte de la leçon 01",
        ),
        (lambda *a: loss_with(*a, weight=1), "seule la constante"),
        (lambda *a: loss_with(*a, weight=0.5 / a[-1]), "lui est homogène"),
        (lambda *a: loss_with(*a, weight=a[-1] ** -2), "un facteur un demi manque"),
        (lambda *a: loss_with(*a, weight=a[-1] ** 2 / 2), "un décodeur précis"),
        (
            lambda x, x_hat, mu, logvar, s: (
                loss_with(x, x_hat, mu, logvar, s, weight=0) + F.l1_loss(x_hat, x, reduction="sum") / len(x) / 2 / s**2
            ),
            "valeurs absolues",
        ),
        (
            lambda x, x_hat, mu, logvar, s: (
                loss_with(x, x_hat, mu, logvar, s, weight=0) + (squares(x, x_hat).sqrt() / 2 / s**2).mean()
            ),
            "la norme de l'erreur",
        ),
        (
            lambda x, x_hat, mu, logvar, s: (
                loss_with(x, x_hat, mu, logvar, s, weight=0) + F.mse_loss(x_hat, x) / (2 * s**2)
            ),
            "moyennée sur les valeurs de l'image",
        ),
        (
            lambda x, x_hat, mu, logvar, s: (
                F.gaussian_nll_loss(x_hat, x, torch.full_like(x, s**2), full=True) + kl_by_negative_half(mu, logvar)
            ),
            "moyennée sur les valeurs de l'image",
        ),
        (
            lambda x, x_hat, mu, logvar, s: (
                loss_with(x, x_hat, 0 * mu, 0 * logvar, s) - 0.5 * (1 + logvar - mu**2 - logvar.exp()).mean()
            ),
            "à côté d'une reconstruction sommée",
        ),
        (
            lambda x, x_hat, mu, logvar, s: (
                F.gaussian_nll_loss(x_hat, x, torch.full_like(x, s**2), full=True) + kl_table(mu, logvar).mean()
            ),
            "les deux termes sont moyennés",
        ),
        (
            lambda x, x_hat, mu, logvar, s: (
                loss_with(x, x_hat, 0 * mu, 0 * logvar, s) - kl_by_negative_half(mu, logvar)
            ),
            "la KL est retranchée",
        ),
        (lambda x, x_hat, mu, logvar, s: loss_with(x, x_hat, 0 * mu, 0 * logvar, s), "la KL manque"),
        (lambda *a: -loss_by_the_library(*a), "l'ELBO elle-même"),
        (lambda x, *a: loss_with(x, *a) * x.size(0), "la perte est sommée sur le lot"),
        (
            lambda x, x_hat, mu, logvar, s: -Normal(x_hat, s).log_prob(x).sum() + kl_by_negative_half(mu, logvar),
            "la reconstruction est sommée sur le lot",
        ),
        (
            lambda x, x_hat, mu, logvar, s: loss_with(x, x_hat, 0 * mu, 0 * logvar, s) + kl_table(mu, logvar).sum(),
            "la KL est sommée sur le lot",
        ),
        (
            lambda x, x_hat, mu, logvar, s: (
                kl_table(mu, logvar).sum(1) - Normal(x_hat, s).log_prob(x).sum(dim=(1, 2, 3))
            ),
            "une valeur par image",
        ),
    ],
    "bits_gratuits": [
        (lambda mu, logvar, floor: kl_table(mu, logvar).sum(1).mean(), "aucun effet"),
        (lambda mu, logvar, floor: kl_by_negative_half(mu, logvar).clamp(min=floor), "sur le total ;"),
        (
            lambda mu, logvar, floor: torch.clamp(kl_table(mu, logvar).sum(1).mean(), floor * mu.shape[-1]),
            "forfait global",
        ),
        (lambda mu, logvar, floor: kl_table(mu, logvar).mean(0).clamp(0, floor).sum(), "plafond"),
        (lambda mu, logvar, floor: kl_table(mu, logvar).clamp(floor).sum(dim=1).mean(), "image par image"),
        (lambda mu, logvar, floor: kl_table(mu, logvar).sum(1).clamp(floor).mean(), "total de chaque image"),
        (
            lambda mu, logvar, floor: kl_by_negative_half(mu, logvar) + floor * mu.shape[1],
            "ajouté à chaque dimension",
        ),
        (lambda mu, logvar, floor: F.relu(kl_table(mu, logvar).mean(0) - floor).sum(), "à partir de zéro"),
        (
            lambda mu, logvar, floor: F.threshold(kl_table(mu, logvar).mean(0), float(floor), 0.0).sum(),
            "comptent zéro",
        ),
        (lambda mu, logvar, floor: kl_table(mu, logvar).mean(0).clamp(floor).mean(), "les dimensions sont moyennées"),
        (lambda mu, logvar, floor: kl_table(mu, logvar).mean(0).clamp(floor), "une valeur par dimension"),
        (lambda mu, logvar, floor: kl_table(mu, logvar).sum(0).clamp(floor).sum(), "additionnées avant"),
        (lambda mu, logvar, floor: kl_table(mu, logvar).mean(-1).clamp(floor).sum(), "sont échangées"),
        (
            lambda mu, logvar, floor: (mu**2 + logvar.exp() - 1 - logvar).mean(0).clamp(floor).sum(),
            "un demi est oublié",
        ),
    ],
    "lecture_prediction": [
        (predicted(kl="monte"), "dépenser plus de nats"),
        (predicted(kl="ne change pas"), "ne contient pas s"),
        (predicted(erreur="descend"), "pardonne les écarts"),
        (predicted(erreur="Ne change pas"), "accepte de perdre"),
        (predicted(taille="descend"), "les rembourse"),
        (predicted(taille="ne change pas"), "et s le déplace"),
        (predicted(lot="monte"), "si le lot était sommé"),
        (predicted(lot="descend"), "autant que son modèle"),
        (predicted(equivalence=1), "garder β"),
        (predicted(equivalence=2), "sous une racine"),
        (predicted(equivalence="4"), "pas proportionnel"),
        (predicted(equivalence=8), "le 2 du dénominateur"),
        (predicted(equivalence="1/4"), "est oublié"),
        (predicted(equivalence="1/16"), "un grand s allège-t-il"),
    ],
    "lecture_passage": [
        (lambda: 1, "nomme la fonction"),
        (lambda: 2, "ses deux vecteurs"),
        (lambda: "3", "attend un écart type"),
        (lambda: 5, "de la bonne forme"),
        (lambda: 6, "nats par image"),
        (lambda: 7, "de la loi du code"),
        (lambda: 8, "les signes sont bons"),
        (lambda: 9, "effacés à temps"),
        (lambda: 10, "ce n'est pas ici"),
        (lambda: 11, "corrigés après"),
    ],
}

UNKNOWN = {
    "reparametrisation": [
        lambda mu, logvar, eps: mu + F.softplus(logvar) * eps,
        lambda mu, logvar, eps: eps + mu * torch.exp(logvar / 2) / 3,
        lambda mu, logvar, eps: torch.tanh(mu + torch.exp(logvar / 2) * eps),
    ],
    "kl": [
        lambda mu, logvar: mu.exp().sum() * 7,
        lambda mu, logvar: (mu**2 + logvar**2).sum(1).mean(),
        lambda mu, logvar: kl_by_negative_half(mu, logvar).sqrt(),
    ],
    "elbo": [
        lambda x, x_hat, mu, logvar, s: F.binary_cross_entropy_with_logits(x_hat, x) + kl_by_negative_half(mu, logvar),
        lambda x, x_hat, mu, logvar, s: loss_with(x, x_hat, mu, logvar, s + 1),
        lambda x, x_hat, mu, logvar, s: loss_with(x, x_hat, mu, logvar, s) + 10 * kl_by_negative_half(mu, logvar),
    ],
    "bits_gratuits": [
        lambda mu, logvar, floor: kl_table(mu, logvar).median(dim=0).values.clamp(floor).sum(),
        lambda mu, logvar, floor: (kl_table(mu, logvar).mean(0) ** 2).clamp(floor).sum() + 1,
        lambda mu, logvar, floor: F.softplus(kl_table(mu, logvar).mean(0) - floor).sum(),
    ],
    "lecture_prediction": [
        predicted(kl="baisse"),
        predicted(lot="  Ne  change pas "),
        lambda: {"KL": "descend", "Erreur": "monte", "taille": "monte", "lot": "ne change pas", "équivalence": 16},
        predicted(equivalence=0.25),
        lambda: {"kl": "descend"},
    ],
    "lecture_passage": [lambda: 12, lambda: "la ligne 4", lambda: 0],
}
