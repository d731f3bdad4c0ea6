"""Les pertes et les pénalités : des fonctions pures, une équation chacune.

Les pertes du VAE s'expriment en nats par image : somme sur les pixels (ou sur les dimensions latentes), moyenne
sur le lot. C'est la condition pour que reconstruction et divergence s'additionnent sans coefficient caché.

Sources : Kingma et Welling, « Auto-Encoding Variational Bayes », 2014 (équations 3, 7 et 10, annexe B) ;
Kingma et Welling, « An Introduction to Variational Autoencoders », 2019.

Les pertes adverses prennent des scores bruts, (N,) ou (N, 1), sans sigmoïde : D(x) = sigmoid(score). Ce sont des
moyennes sur le lot, que chaque réseau fait descendre. La source de chacune est dans sa fonction.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """‖x − x_hat‖², la norme au carré : somme sur les pixels, moyenne sur le lot.

    x_hat, x : (N, …) de même forme. Rend un scalaire. Enseignée dans la leçon 01.
    """
    _same_shape(x_hat, x)
    return (x - x_hat).square().flatten(1).sum(dim=1).mean()


def reconstruction_loss(x_hat: Tensor, x: Tensor, likelihood: str = "gaussian", sigma: float = 0.3) -> Tensor:
    """−log p(x | z), en nats par image, pour un décodeur qui produit x_hat dans [-1, 1].

    - ``"gaussian"`` : chaque pixel suit N(x_hat, sigma²) ; c'est ‖x − x_hat‖² / (2 sigma²) à une constante près,
      et la constante est gardée : la valeur est une vraie log-vraisemblance. ``sigma`` est en unités de pixel
      de [-1, 1].
    - ``"bernoulli"`` : chaque pixel, ramené dans [0, 1], est la probabilité d'un point blanc ; c'est l'entropie
      croisée binaire. Une vraie vraisemblance pour des images noir et blanc seulement.

    x_hat, x : (N, …) de même forme. Rend un scalaire.
    Lève ValueError pour une vraisemblance inconnue, un sigma nul ou négatif, des formes différentes.
    Source : Kingma et Welling 2014, annexe C. Enseignée dans la leçon 02.
    """
    if likelihood == "gaussian":
        if sigma <= 0:
            raise ValueError(f"sigma vaut {sigma} : un écart type est strictement positif. Essayez 0.3.")
        dimensions = x[0].numel()
        return squared_error(x_hat, x) / (2 * sigma**2) + dimensions / 2 * math.log(2 * math.pi * sigma**2)
    if likelihood == "bernoulli":
        _same_shape(x_hat, x)
        probability, target = (x_hat + 1) / 2, (x + 1) / 2
        return F.binary_cross_entropy(probability, target, reduction="none").flatten(1).sum(dim=1).mean()
    raise ValueError(f"Vraisemblance « {likelihood} » inconnue : choisissez « gaussian » ou « bernoulli ».")


def kl_to_standard_normal(mu: Tensor, logvar: Tensor, per_dimension: bool = False) -> Tensor:
    """KL(N(mu, exp(logvar)) ‖ N(0, 1)) = ½ (mu² + sigma² − 1 − log sigma²), en nats.

    mu, logvar : (N, D) ; logvar est le logarithme de la variance sigma².
    Rend un scalaire (somme sur D, moyenne sur N), ou (D,) si ``per_dimension`` : la part de chaque dimension.
    Source : Kingma et Welling 2014, annexe B. Enseignée dans la leçon 02.
    """
    _same_shape(mu, logvar)
    kl = 0.5 * (mu.square() + logvar.exp() - 1 - logvar)
    by_dimension = kl.mean(dim=0)
    return by_dimension if per_dimension else by_dimension.sum()


def reparameterize(mu: Tensor, logvar: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
    """z = mu + sigma · epsilon avec epsilon ~ N(0, I) : un tirage que l'on peut dériver.

    mu, logvar : (N, D). Rend z : (N, D). Le hasard est dans epsilon ; mu et sigma restent sur le chemin du gradient.
    Source : Kingma et Welling 2014, section 2.4. Enseignée dans la leçon 02.
    """
    _same_shape(mu, logvar)
    epsilon = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + (0.5 * logvar).exp() * epsilon


def factor_loss(variety_scores: Tensor, numeric: Tensor, variety: Tensor, truth: Tensor) -> Tensor:
    """Entropie croisée de la variété, plus l'erreur quadratique des facteurs numériques, par image.

    variety_scores : (N, 5). variety : (N,), des numéros. numeric, truth : (N, K). Rend un scalaire.
    """
    return F.cross_entropy(variety_scores, variety) + (numeric - truth).square().sum(dim=1).mean()


def discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """−E log D(x) − E log(1 − D(G(z))) : l'entropie croisée du discriminateur, en nats.

    Vaut 2 log 2 quand D répond 1/2 partout. Source : Goodfellow et al. 2014, équation 1. Enseignée dans la leçon 04.
    """
    return F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()


def minimax_generator_loss(fake_scores: Tensor) -> Tensor:
    """E log(1 − D(G(z))) : ce que le jeu minimax demande au générateur de faire descendre.

    Son gradient s'éteint quand D reconnaît les fausses images. Source : Goodfellow et al. 2014, équation 1.
    Enseignée dans la leçon 04.
    """
    return -F.softplus(fake_scores).mean()


def non_saturating_generator_loss(fake_scores: Tensor) -> Tensor:
    """−E log D(G(z)) : même équilibre que le jeu minimax, mais un gradient vif quand D reconnaît les fausses images.

    Source : Goodfellow et al. 2014, section 3. Enseignée dans la leçon 04.
    """
    return F.softplus(-fake_scores).mean()


def least_squares_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """½ E (D(x) − 1)² + ½ E D(G(z))², où le score lui-même sert de réponse.

    Source : Mao et al., « Least Squares Generative Adversarial Networks », 2017, équation 9.
    """
    return 0.5 * (real_scores - 1).square().mean() + 0.5 * fake_scores.square().mean()


def least_squares_generator_loss(fake_scores: Tensor) -> Tensor:
    """½ E (D(G(z)) − 1)². Source : Mao et al. 2017, équation 9."""
    return 0.5 * (fake_scores - 1).square().mean()


def hinge_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """E max(0, 1 − D(x)) + E max(0, 1 + D(G(z))). Le générateur, lui, descend −E D(G(z)).

    Source : Lim et Ye, « Geometric GAN », 2017 ; Miyato et al., « Spectral Normalization for GANs », 2018, équation 16.
    """
    return F.relu(1 - real_scores).mean() + F.relu(1 + fake_scores).mean()


def wasserstein_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """E f(G(z)) − E f(x) : l'opposé de l'écart que la critique creuse entre vraies et fausses images.

    Source : Arjovsky, Chintala et Bottou, « Wasserstein GAN », 2017, équation 2. Enseignée dans la leçon 05.
    """
    return fake_scores.mean() - real_scores.mean()


def wasserstein_generator_loss(fake_scores: Tensor) -> Tensor:
    """−E f(G(z)). Source : Arjovsky, Chintala et Bottou 2017, algorithme 1. Enseignée dans la leçon 05."""
    return -fake_scores.mean()


def relativistic_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """−E log sigmoid(D(x) − D(G(z))) : une vraie image doit paraître plus vraie que la fausse qui lui fait face.

    Source : Jolicoeur-Martineau, « The Relativistic Discriminator », 2019, section 4.
    """
    _same_shape(real_scores, fake_scores)
    return F.softplus(fake_scores - real_scores).mean()


def relativistic_generator_loss(fake_scores: Tensor, real_scores: Tensor) -> Tensor:
    """−E log sigmoid(D(G(z)) − D(x)). Source : Jolicoeur-Martineau 2019, section 4."""
    _same_shape(fake_scores, real_scores)
    return F.softplus(real_scores - fake_scores).mean()


@dataclass(frozen=True)
class AdversarialLoss:
    """Le couple de pertes d'un jeu : ce que la critique descend, ce que le générateur descend.

    critic(real_scores, fake_scores) et generator(fake_scores) rendent un scalaire ; si ``relativistic``, le
    générateur demande aussi les scores des vraies images : generator(fake_scores, real_scores).
    """

    critic: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[..., Tensor]
    relativistic: bool = False


LOSSES = {
    "minimax": AdversarialLoss(discriminator_loss, minimax_generator_loss),
    "non_saturating": AdversarialLoss(discriminator_loss, non_saturating_generator_loss),
    "least_squares": AdversarialLoss(least_squares_critic_loss, least_squares_generator_loss),
    "hinge": AdversarialLoss(hinge_critic_loss, wasserstein_generator_loss),
    "wasserstein": AdversarialLoss(wasserstein_critic_loss, wasserstein_generator_loss),
    "relativistic": AdversarialLoss(relativistic_critic_loss, relativistic_generator_loss, relativistic=True),
}


@torch.no_grad()
def clip_weights(critic: nn.Module, limit: float) -> None:
    """Ramène sur place chaque poids de la critique dans [−limit, limit].

    Lève ValueError si ``limit`` n'est pas strictement positif.
    Source : Arjovsky, Chintala et Bottou 2017, algorithme 1. Enseignée dans la leçon 05.
    """
    _positive_limit(limit)
    for weight in critic.parameters():
        weight.clamp_(-limit, limit)


def interpolate(real: Tensor, fake: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
    """x_hat = epsilon · x + (1 − epsilon) · G(z), avec un seul epsilon ~ U(0, 1) par image.

    real, fake : (N, …) de même forme. Rend x_hat, de même forme.
    Source : Gulrajani et al., « Improved Training of Wasserstein GANs », 2017, algorithme 1.
    Enseignée dans la leçon 06.
    """
    _same_shape(real, fake)
    epsilon = torch.rand(len(real), generator=generator, device=real.device, dtype=real.dtype)
    epsilon = epsilon.view(-1, *[1] * (real.ndim - 1))
    return epsilon * real + (1 - epsilon) * fake


def gradient_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    *,
    generator: torch.Generator | None = None,
    one_sided: bool = False,
) -> Tensor:
    """E (‖∇f(x_hat)‖ − 1)² aux points x_hat entre vraies et fausses images ; le poids lambda reste à l'appelant.

    real, fake : (N, …) de même forme ; la norme porte sur toutes les dimensions d'une image. ``one_sided`` ne
    pénalise que les pentes supérieures à 1. Rend un scalaire que l'on peut dériver par rapport à la critique.
    Source : Gulrajani et al. 2017, équation 3 et section 4. Enseignée dans la leçon 06.
    """
    x_hat = interpolate(real.detach(), fake.detach(), generator=generator).requires_grad_(True)
    norm = input_gradient(critic, x_hat).flatten(1).norm(dim=1)
    excess = (norm - 1).relu() if one_sided else norm - 1
    return excess.square().mean()


def r1_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor | None = None,
    *,
    generator: torch.Generator | None = None,
) -> Tensor:
    """E ‖∇f(x)‖² aux vraies images ; le poids (gamma / 2 dans l'article) reste à l'appelant.

    real : (N, …). fake et generator ne servent pas : les pénalités ont toutes les mêmes arguments.

    Source : Mescheder, Geiger et Nowozin, « Which Training Methods for GANs do actually Converge? », 2018, équation 9.
    """
    return input_gradient(critic, real.detach().requires_grad_(True)).flatten(1).square().sum(dim=1).mean()


def r2_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Tensor | None,
    fake: Tensor,
    *,
    generator: torch.Generator | None = None,
) -> Tensor:
    """E ‖∇f(G(z))‖² aux fausses images ; real et generator ne servent pas, comme dans :func:`r1_penalty`.

    Source : Mescheder, Geiger et Nowozin 2018, équation 10.
    """
    return input_gradient(critic, fake.detach().requires_grad_(True)).flatten(1).square().sum(dim=1).mean()


def input_gradient(critic: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """∇f(x), le gradient du score de chaque image par rapport à ses pixels ; même forme que x.

    x demande un gradient. Le résultat se dérive à son tour par rapport aux poids (``create_graph=True``).
    """
    return torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0]


def _positive_limit(limit: float) -> None:
    if limit <= 0:
        raise ValueError(f"limit vaut {limit} : une borne strictement positive est attendue. Essayez 0.01.")


def _same_shape(a: Tensor, b: Tensor) -> None:
    if a.shape != b.shape:
        raise ValueError(f"Les deux tenseurs doivent avoir la même forme ; reçu {tuple(a.shape)} et {tuple(b.shape)}.")
