"""Leçon 06 : la pénalité de gradient, comparée au calcul à la main pour une petite critique."""

import numbers
from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake
from lessons_lib.checks.lesson_06.slope import slope_of, small_critic

VALUE, GRADIENT = torch.tensor(0), torch.tensor(1)


def measure_penalty(function: Callable, weights: Tensor, x_hat: Tensor, what: Tensor) -> Tensor:
    """La pénalité de la petite critique, ou son gradient par rapport à ses poids (nul si elle ne les atteint pas)."""
    if what == VALUE:
        result = function(small_critic(weights), x_hat)
        return result.detach() if isinstance(result, Tensor) else result
    weights = weights.requires_grad_()
    result = function(small_critic(weights), x_hat)
    if isinstance(result, numbers.Number):
        return torch.zeros_like(weights)
    return slope_of(result, weights) if isinstance(result, Tensor) else result


def reference_penalty(weights: Tensor, x_hat: Tensor, what: Tensor) -> Tensor:
    """Le calcul à la main : le gradient est w + a x, et la pénalité ou sa dérivée s'écrivent sans autograd."""
    x = x_hat.flatten(1)
    slope = weights[:-1] + weights[-1] * x
    norm = torch.linalg.vector_norm(slope, dim=1)
    if what == VALUE:
        return (norm - 1).pow(2).mean()
    pull = 2 * (norm - 1) / norm / len(x)
    return torch.cat([pull @ slope, (pull * (slope * x).sum(dim=1)).sum()[None]])


def _penalty_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(6)
    x_hat = torch.randn((5, 3, 2, 2), generator=generator)
    weights = torch.randn(13, generator=generator)
    steep, spread, flat = torch.zeros(3, 13)
    steep[0], spread[:12], flat[0] = 3.0, 5 / 12**0.5, 0.5
    bowl = torch.tensor([0.0] * 12 + [1.0])
    return (
        Case("une critique de pente 3, sur un seul pixel", (steep, x_hat, VALUE)),
        Case("une critique de pente 0,5", (flat, x_hat, VALUE)),
        Case("une critique de pente 5, répartie sur tous les pixels et les trois canaux", (spread, x_hat, VALUE)),
        Case("une critique dont la pente change d'une image à l'autre", (bowl, x_hat, VALUE)),
        Case("une critique quelconque, cinq images", (weights, x_hat, VALUE)),
        Case(
            "la dérivée de la pénalité par rapport aux poids de la critique",
            (weights[[0, 1, 2, 3, 12]], x_hat[:, :1], GRADIENT),
        ),
    )


def _gradient(critic: Callable, x_hat: Tensor, *, graph: bool = True, mean: bool = False) -> Tensor:
    x_hat = x_hat.requires_grad_()
    scores = critic(x_hat)
    return torch.autograd.grad(scores.mean() if mean else scores.sum(), x_hat, create_graph=graph)[0]


def _wrong(penalise: Callable[[Tensor], Tensor], **options) -> Callable[..., Tensor]:
    """Une pénalité fausse : ce qu'elle fait du gradient (N, C, H, W)."""
    return lambda critic, x_hat: penalise(_gradient(critic, x_hat, **options))


def _norms(gradient: Tensor) -> Tensor:
    return gradient.flatten(1).norm(dim=1)


PENALTY = Exercise(
    signature="gradient_penalty(critic, x_hat)",
    cases=_penalty_cases(),
    reference=reference_penalty,
    measure=measure_penalty,
    mistakes=(
        Mistake(
            "la valeur est juste, mais elle ne corrige aucun poids : le graphe de la pente est jeté, ou le résultat en "
            "est coupé.",
            _wrong(lambda g: (_norms(g) - 1).square().mean(), graph=False),
        ),
        Mistake(
            "la norme est prise pixel par pixel, sur les canaux : il en faut une seule par image.",
            _wrong(lambda g: (g.norm(dim=1) - 1).square().mean()),
        ),
        Mistake(
            "la norme est prise par canal : il en faut une seule par image, sur toutes ses valeurs.",
            _wrong(lambda g: (g.flatten(2).norm(dim=2) - 1).square().mean()),
        ),
        Mistake(
            "une seule norme est prise pour tout le lot : il en faut une par image.",
            _wrong(lambda g: (g.norm() - 1).square()),
        ),
        Mistake(
            "le 1 est oublié : c'est une pente nulle qui est demandée (la pénalité R1, prise aux points x_hat).",
            _wrong(lambda g: _norms(g).square().mean()),
        ),
        Mistake(
            "l'écart à 1 n'est pas mis au carré : les pentes trop faibles compensent les trop fortes.",
            _wrong(lambda g: (_norms(g) - 1).mean()),
        ),
        Mistake(
            "l'écart à 1 est pris en valeur absolue ; il se met au carré.",
            _wrong(lambda g: (_norms(g) - 1).abs().mean()),
        ),
        Mistake(
            "la norme au carré est comparée à 1, au lieu de la norme.",
            _wrong(lambda g: (_norms(g).square() - 1).square().mean()),
        ),
        Mistake(
            "la moyenne vient trop tôt : c'est la pente moyenne du lot qui est comparée à 1.",
            _wrong(lambda g: (_norms(g).mean() - 1).square()),
        ),
        Mistake(
            "les images s'additionnent : la pénalité doublerait avec un lot deux fois plus grand.",
            _wrong(lambda g: (_norms(g) - 1).square().sum()),
        ),
        Mistake(
            "une valeur par image est rendue ; il reste à prendre la moyenne du lot.",
            _wrong(lambda g: (_norms(g) - 1).square()),
        ),
        Mistake(
            "le poids lambda = 10 est déjà dedans ; il reste à celui qui appelle la fonction.",
            _wrong(lambda g: 10 * (_norms(g) - 1).square().mean()),
        ),
        Mistake(
            "seules les pentes trop fortes sont punies : c'est la version à un côté.",
            _wrong(lambda g: (_norms(g) - 1).relu().square().mean()),
        ),
        Mistake(
            "c'est la moyenne des notes qui est dérivée : chaque pente est divisée par la taille du lot.",
            _wrong(lambda g: (_norms(g) - 1).square().mean(), mean=True),
        ),
        Mistake(
            "le gradient est moyenné sur les pixels ; c'est sa norme qu'il faut.",
            _wrong(lambda g: (g.flatten(1).mean(dim=1) - 1).square().mean()),
        ),
    ),
    verified=(
        "une norme par image, sur tous les canaux et tous les pixels",
        "égale au calcul à la main, pour des pentes plus fortes et plus faibles que 1",
        "la pénalité atteint les poids de la critique",
    ),
)
