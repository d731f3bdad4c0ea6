"""Leçon 05 : un pas critique entier, vérifié sur une critique linéaire dont le gradient s'écrit à la main.

Pour f(x) = w · x + b, la perte a pour gradient la différence des centres des deux lots, et 0 pour b : la référence
n'emploie pas la dérivation automatique. On compare les trois paramètres après le pas, puis la perte rendue.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.checks.exercise import Case, Exercise, Mistake
from lessons_lib.checks.lesson_05.clipping import FROZEN, freeze_and_clip

LEARNING_RATE = 0.5


def measure(
    function: Callable, values: Tensor, leftovers: Tensor, real: Tensor, fake: Tensor, limit: float
) -> Tensor | object:
    """Les paramètres que rien n'a gelés, après le pas, et la perte rendue : (4,) ; sinon, ce que rend la fonction.

    values : (3,), les deux poids et le biais. leftovers : (3,), le gradient qu'un pas précédent a laissé.
    """
    critic = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
    optimizer = torch.optim.SGD(critic.parameters(), lr=LEARNING_RATE)
    for parameter, value, gradient in zip(critic.parameters(), values.split(2), leftovers.split(2), strict=True):
        parameter.data = value.view_as(parameter).clone()
        parameter.grad = gradient.view_as(parameter).clone()
    parameters = list(critic.parameters())
    result = function(critic, optimizer, real, fake, limit)
    loss = torch.tensor(float(result)) if isinstance(result, float | np.floating) else result
    if not isinstance(loss, Tensor) or loss.dim() > 0 or loss.is_meta:
        return result
    learning = [p.detach().flatten() for p in parameters if p.requires_grad]
    return torch.cat([*learning, loss.detach().view(1).float()])


def reference_step(values: Tensor, leftovers: Tensor, real: Tensor, fake: Tensor, limit: float) -> Tensor:
    """La descente de gradient, puis l'écrêtage, écrits à la main en NumPy."""
    away = np.append(fake.numpy().mean(axis=0) - real.numpy().mean(axis=0), 0.0)
    after = np.clip(values.numpy() - LEARNING_RATE * away, -limit, limit)
    return torch.from_numpy(np.append(after, away @ values.numpy()))


def wgan(real: Tensor, fake: Tensor) -> Tensor:
    return fake.mean() - real.mean()


def clip(critic: nn.Module, limit: float) -> None:
    for parameter in critic.parameters():
        parameter.data.clamp_(-limit, limit)


def _step(
    critic: nn.Module,
    optimizer: torch.optim.Optimizer,
    real: Tensor,
    fake: Tensor,
    limit: float,
    *,
    loss: Callable[[Tensor, Tensor], Tensor] = wgan,
    erase: bool = True,
    move: bool = True,
    before: Callable[[nn.Module, float], None] = lambda critic, limit: None,
    after: Callable[[nn.Module, float], None] = clip,
    late: bool = False,
    returned: float = 1.0,
) -> Tensor:
    """Un pas, avec une faute.

    erase : effacer les gradients. move : avancer. before, after : ce que l'on borne avant, puis après avoir avancé.
    late : la perte rendue est celle d'après le pas. returned : ce qui la multiplie.
    """
    value = loss(critic(real), critic(fake))
    if erase:
        optimizer.zero_grad()
    value.backward()
    before(critic, limit)
    if move:
        optimizer.step()
    after(critic, limit)
    return returned * (loss(critic(real), critic(fake)) if late else value)


def _clip_gradients(critic: nn.Module, limit: float) -> None:
    nn.utils.clip_grad_value_(critic.parameters(), limit)


def _slip(**faults) -> Callable[..., Tensor]:
    return partial(_step, **faults)


def _nothing(critic: nn.Module, limit: float) -> None:
    pass


def _cases() -> tuple[Case, ...]:
    zero = torch.zeros(3)
    real, fake = torch.randn(2, 6, 2, generator=torch.Generator().manual_seed(5))
    return (
        Case(
            "une vraie donnée (1, 0), une fausse (0, 0) ; f(x) = 0 ; pas 0.5 ; limit = 2",
            (zero, zero, torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2), 2.0),
        ),
        Case(
            "vraies (4, 0) et (2, 2), fausses (0, 0) et (0, -2) ; f(x) = x0 / 2 - x1 + 0.3 ; pas 0.5 ; limit = 1",
            (
                torch.tensor([0.5, -1.0, 0.3]),
                zero,
                torch.tensor([[4.0, 0.0], [2.0, 2.0]]),
                torch.tensor([[0.0, 0.0], [0.0, -2.0]]),
                1.0,
            ),
        ),
        Case(
            "la même partie, où un pas précédent a laissé des gradients, avec limit = 0.2",
            (
                torch.tensor([0.5, -1.0, 0.3]),
                torch.tensor([0.4, -0.8, 0.6]),
                torch.tensor([[4.0, 0.0], [2.0, 2.0]]),
                torch.tensor([[0.0, 0.0], [0.0, -2.0]]),
                0.2,
            ),
        ),
        Case(
            "six vraies et six fausses données quelconques, limit = 0.3",
            (torch.tensor([0.1, -0.2, 0.25]), torch.tensor([0.3, -0.5, -0.4]), real + 1, fake, 0.3),
        ),
    )


CRITIC_STEP = Exercise(
    signature="critic_step(critic, optimizer, real, fake, limit)",
    cases=_cases(),
    reference=reference_step,
    measure=measure,
    mistakes=(
        Mistake(
            "l'optimiseur n'a rien déplacé : il n'avance pas, ou les gradients ont été effacés avant qu'il n'avance.",
            _slip(move=False),
        ),
        Mistake(
            "les gradients du pas précédent s'ajoutent à ceux-ci : effacez-les avant la rétropropagation.",
            _slip(erase=False),
        ),
        Mistake("rien ne borne les poids après le pas : la pente grandira sans fin.", _slip(after=_nothing)),
        Mistake(FROZEN, _slip(after=freeze_and_clip)),
        Mistake(
            "l'écrêtage vient avant que l'optimiseur n'avance : le pas fait ressortir les poids de l'intervalle.",
            _slip(before=clip, after=_nothing),
        ),
        Mistake(
            "ce sont les gradients que l'on borne, et non les poids.",
            _slip(before=_clip_gradients, after=_nothing),
        ),
        Mistake(
            "la borne reçue n'est pas employée : les poids sont écrêtés à 0,01, la valeur de l'article.",
            _slip(after=lambda critic, limit: clip(critic, 0.01)),
        ),
        Mistake(
            "la critique fait monter sa perte : elle apprend à mieux noter les fausses données.",
            _slip(loss=lambda real, fake: real.mean() - fake.mean()),
        ),
        Mistake(
            "c'est la perte du discriminateur d'un GAN, avec ses logarithmes.",
            _slip(loss=lambda real, fake: F.softplus(-real).mean() + F.softplus(fake).mean()),
        ),
        Mistake(
            "les notes des vraies données n'entrent pas dans la perte.",
            _slip(loss=lambda real, fake: fake.mean()),
        ),
        Mistake(
            "les notes des fausses données n'entrent pas dans la perte.",
            _slip(loss=lambda real, fake: -real.mean()),
        ),
        Mistake(
            "c'est la perte du générateur : elle fait monter la note des fausses données.",
            _slip(loss=lambda real, fake: -fake.mean()),
        ),
        Mistake(
            "les notes sont additionnées : le pas grandirait avec le nombre de données.",
            _slip(loss=lambda real, fake: fake.sum() - real.sum()),
        ),
        Mistake(
            "la perte rendue est celle d'après le pas ; on veut celle qui a été rétropropagée.",
            _slip(late=True),
        ),
        Mistake(
            "les paramètres sont justes, mais c'est l'écart des notes qui est rendu ; la perte en est l'opposé.",
            _slip(returned=-1.0),
        ),
    ),
    verified=(
        "les gradients d'un pas précédent sont effacés, puis la critique avance",
        "ses poids et son biais sont écrêtés après avoir avancé",
        "égal au gradient écrit à la main, et la perte rendue est celle d'avant le pas",
    ),
)
