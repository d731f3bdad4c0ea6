"""Leçon 06 : le mélange. Il tire lui-même son hasard : on en mesure des propriétés, et non des valeurs."""

import random
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake

MANY = 4000
SHAPE, SAME, LIMITS, LAW, WITHIN, ACROSS = (torch.tensor(k) for k in range(6))


def measure_mix(function: Callable, real: Tensor, fake: Tensor, what: Tensor) -> Tensor:
    """Une propriété du mélange, pour un hasard toujours le même, d'où qu'il vienne ; real et fake : (N, C, H, W)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        np.random.seed(6)
        random.seed(6)
        x_hat = function(real.clone(), fake.clone())
    if not isinstance(x_hat, Tensor):
        return x_hat
    if what == SHAPE or x_hat.shape != real.shape:
        return torch.tensor(x_hat.shape)
    if what == SAME:
        return x_hat - real
    doses = (x_hat - fake) / (real - fake)
    first = doses.flatten(1)[:, 0]
    if what == LIMITS:
        return torch.stack([first.min(), first.max()]).mul(10).round() / 10
    if what == LAW:
        return torch.stack([first.mean(), first.std()]).mul(10).round() / 10
    if what == WITHIN:
        return (doses.flatten(1).amax(dim=1) - doses.flatten(1).amin(dim=1)).max()
    return torch.tensor(len(first.unique()) > 1)


def reference_mix(real: Tensor, fake: Tensor, what: Tensor) -> Tensor:
    """Ce que l'on doit mesurer : une dose uniforme dans [0, 1], la même dans toute une image."""
    expected = {
        int(SHAPE): torch.tensor(real.shape),
        int(SAME): torch.zeros_like(real),
        int(LIMITS): torch.tensor([0.0, 1.0]),
        int(LAW): torch.tensor([0.5, 0.3]),  # 1 / racine de 12 = 0,289
        int(WITHIN): torch.tensor(0.0),
        int(ACROSS): torch.tensor(True),
    }
    return expected[int(what)]


def _mix_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(6)
    real, fake = torch.randn((2, 6, 3, 4, 5), generator=generator)
    many = torch.ones(MANY, 2, 2, 2)
    return (
        Case("la forme de x_hat, pour des images de forme (6, 3, 4, 5)", (real, fake, SHAPE)),
        Case("une vraie et une fausse image égales : x_hat moins cette image", (real[:1], real[:1], SAME)),
        Case("l'écart entre les doses d'une même image", (1 + 0 * real, 0 * fake, WITHIN)),
        Case(f"{MANY} images : la plus petite et la plus grande dose, au dixième", (many, 0 * many, LIMITS)),
        Case(f"{MANY} images : moyenne et écart type des doses, au dixième", (many, 0 * many, LAW)),
        Case("plusieurs images : elles n'ont pas toutes la même dose", (1 + 0 * real, 0 * fake, ACROSS)),
    )


def _uniform(*shape: int) -> Tensor:
    return torch.rand(shape)


def _mixed(real: Tensor, fake: Tensor, epsilon: Tensor | float) -> Tensor:
    return epsilon * real + (1 - epsilon) * fake


MIX = Exercise(
    signature="mix(real, fake)",
    cases=_mix_cases(),
    reference=reference_mix,
    measure=measure_mix,
    mistakes=(
        Mistake(
            "un epsilon est tiré par pixel : x_hat sort du segment. Il en faut un seul par image.",
            lambda real, fake: _mixed(real, fake, torch.rand(real.shape)),
        ),
        Mistake(
            "un epsilon est tiré par canal : il en faut un seul par image.",
            lambda real, fake: _mixed(real, fake, _uniform(*real.shape[:2], 1, 1)),
        ),
        Mistake(
            "un seul epsilon sert à tout le lot : il en faut un par image.",
            lambda real, fake: _mixed(real, fake, _uniform(1, 1, 1, 1)),
        ),
        Mistake(
            "epsilon suit une loi normale : il sort de [0, 1], et x_hat dépasse les deux images.",
            lambda real, fake: _mixed(real, fake, torch.randn(len(real), 1, 1, 1)),
        ),
        Mistake(
            "epsilon est tiré par pixel, et suivant une loi normale : deux fautes.",
            lambda real, fake: _mixed(real, fake, torch.randn(real.shape)),
        ),
        Mistake(
            "epsilon vaut toujours 1 : la pente n'est mesurée que sur les vraies images.",
            lambda real, fake: _mixed(real, fake, 1.0),
        ),
        Mistake(
            "epsilon vaut toujours 0 : la pente n'est mesurée que sur les fausses images.",
            lambda real, fake: _mixed(real, fake, 0.0),
        ),
        Mistake(
            "epsilon vaut toujours un demi : x_hat reste au milieu des segments.",
            lambda real, fake: _mixed(real, fake, 0.5),
        ),
        Mistake(
            "les deux images s'ajoutent sans que leurs doses fassent 1 : la fausse garde tout son poids.",
            lambda real, fake: _uniform(len(real), 1, 1, 1) * real + fake,
        ),
        Mistake(
            "les deux images ont la même dose : il faut que les doses fassent 1.",
            lambda real, fake: _uniform(len(real), 1, 1, 1) * (real + fake),
        ),
        Mistake(
            "la vraie et la fausse image ont chacune leur epsilon : leurs doses doivent faire 1.",
            lambda real, fake: _uniform(len(real), 1, 1, 1) * real + (1 - _uniform(len(real), 1, 1, 1)) * fake,
        ),
        Mistake(
            "le résultat est la différence, et non un point du segment : la fausse image manque.",
            lambda real, fake: _uniform(len(real), 1, 1, 1) * (real - fake),
        ),
    ),
    verified=(
        "un epsilon par image, le même pour tous ses pixels",
        "une loi uniforme entre 0 et 1, sur 4 000 images",
        "x_hat est sur le segment, de la fausse image à la vraie",
    ),
)
