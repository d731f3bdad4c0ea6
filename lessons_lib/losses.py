"""Les pertes de l'autoencodeur et du VAE : des fonctions pures, une équation chacune.

Les pertes du VAE s'expriment en nats par image : somme sur les pixels (ou sur les dimensions latentes), moyenne
sur le lot. C'est la condition pour que reconstruction et divergence s'additionnent sans coefficient caché.

Sources : Kingma et Welling, « Auto-Encoding Variational Bayes », 2014 (équations 3, 7 et 10, annexe B) ;
Kingma et Welling, « An Introduction to Variational Autoencoders », 2019.
"""

import math

import torch
from torch import Tensor
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


def _same_shape(a: Tensor, b: Tensor) -> None:
    if a.shape != b.shape:
        raise ValueError(f"Les deux tenseurs doivent avoir la même forme ; reçu {tuple(a.shape)} et {tuple(b.shape)}.")
