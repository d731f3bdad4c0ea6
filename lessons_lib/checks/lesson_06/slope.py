"""Leçon 06 : la pente des notes, comparée au calcul à la main pour la critique f(x) = w·x + a ‖x‖² / 2.

Sa pente en x est w + a x.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake

VALUE, GRAPH, LEFT = (torch.tensor(k) for k in range(3))


def small_critic(weights: Tensor) -> Callable[[Tensor], Tensor]:
    """f(x) = w·x + a ‖x‖² / 2 ; weights : (D + 1,), w puis a. Une note par image."""
    return lambda x: x.flatten(1) @ weights[:-1] + weights[-1] * x.flatten(1).square().sum(dim=1) / 2


def slope_of(result: Tensor, of: Tensor) -> Tensor:
    """La dérivée de la somme de `result` ; nulle si `of` n'y est pour rien."""
    reached = None
    if result.requires_grad and of.requires_grad:
        reached = torch.autograd.grad(result.sum(), of, allow_unused=True)[0]
    return torch.zeros_like(of) if reached is None else reached


def measure_slope(function: Callable, weights: Tensor, x_hat: Tensor, what: Tensor) -> Tensor:
    """La pente rendue, la dérivée de son carré par rapport aux poids, ou ce qui reste dans leur .grad."""
    weights, x_hat = weights.requires_grad_(bool(what != VALUE)), x_hat.requires_grad_()
    result = function(x_hat, small_critic(weights)(x_hat))
    if isinstance(result, tuple) and len(result) == 1 and isinstance(result[0], Tensor):
        result = result[0][None]  # grad rend un tuple : une dimension de trop, qui se voit
    if not isinstance(result, Tensor):
        return result
    if what == VALUE:
        return result.detach()
    if what == GRAPH:
        return slope_of(result.square(), weights)
    return torch.zeros_like(weights) if weights.grad is None else weights.grad.detach()


def reference_slope(weights: Tensor, x_hat: Tensor, what: Tensor) -> Tensor:
    """Le calcul à la main : w + a x, et les dérivées de la somme de ses carrés."""
    x = x_hat.flatten(1)
    slope = weights[:-1] + weights[-1] * x
    return {
        int(VALUE): slope.view_as(x_hat),
        int(GRAPH): 2 * torch.cat([slope.sum(dim=0), (slope * x).sum()[None]]),
        int(LEFT): torch.zeros_like(weights),
    }[int(what)]


def _slope_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(6)
    x_hat, weights = torch.randn((5, 3, 2, 2), generator=generator), torch.randn(13, generator=generator)
    small = weights[[0, 1, 2, 3, 12]], x_hat[:, :1]
    straight = torch.tensor([3.0, 0.0, -1.0, 0.5, 0.0])
    return (
        Case("une image de 4 pixels, notée par 3, 0, −1 et 0,5 fois ses pixels", (straight, x_hat[:1, :1], VALUE)),
        Case("deux images, et la même critique", (straight, x_hat[:2, :1], VALUE)),
        Case(
            "cinq images en couleurs, une critique dont la pente change d'une image à l'autre", (weights, x_hat, VALUE)
        ),
        Case("la dérivée du carré de la pente par rapport aux poids de la critique", (*small, GRAPH)),
        Case("ce que votre fonction laisse dans le gradient des poids de la critique", (*small, LEFT)),
    )


def _slope(change: Callable[[Tensor], Tensor] = lambda g: g, of: Callable[[Tensor], Tensor] = torch.sum) -> Callable:
    """Une réponse fausse : de quel nombre elle prend la pente, et ce qu'elle en fait."""
    return lambda x_hat, scores: change(torch.autograd.grad(of(scores), x_hat, create_graph=True)[0])


def _backward(*, graph: bool) -> Callable:
    def answer(x_hat: Tensor, scores: Tensor) -> Tensor:
        scores.sum().backward(retain_graph=graph)
        return _slope()(x_hat, scores) if graph else x_hat.grad

    return answer


SLOPE = Exercise(
    signature="input_gradient(x_hat, scores)",
    cases=_slope_cases(),
    reference=reference_slope,
    measure=measure_slope,
    mistakes=(
        Mistake(
            "la pente est juste, mais son graphe est jeté : une pénalité faite avec elle ne corrigerait aucun poids.",
            _slope(lambda g: g.detach()),
        ),
        Mistake(
            "c'est la moyenne des notes qui est dérivée : chaque pente est divisée par la taille du lot.",
            _slope(of=torch.mean),
        ),
        Mistake(
            "seule la première note est dérivée : les autres images ont une pente nulle.",
            _slope(of=lambda scores: scores[0]),
        ),
        Mistake(
            "le résultat de grad est rendu tel quel : c'est un tuple, dont il faut prendre l'élément.",
            _slope(lambda g: g[None]),
        ),
        Mistake(
            "backward donne aussi un gradient aux poids, et ne garde pas le graphe : demandez la pente à x_hat seul.",
            _backward(graph=False),
        ),
        Mistake(
            "la pente est juste, mais backward laisse aussi un gradient dans les poids, qui s'y ajoutera.",
            _backward(graph=True),
        ),
        Mistake("le signe est changé : la pente monte vers les meilleures notes.", _slope(lambda g: -g)),
        Mistake(
            "chaque pente est mise à plat : rendez-la avec la forme de x_hat, la norme viendra plus tard.",
            _slope(lambda g: g.flatten(1)),
        ),
        Mistake(
            "la norme est déjà prise : ce geste s'arrête à la pente, un nombre par pixel.",
            _slope(lambda g: g.flatten(1).norm(dim=1)),
        ),
        Mistake(
            "chaque pente est ramenée à une norme de 1 : il n'y aurait plus rien à pénaliser.",
            _slope(lambda g: g / g.flatten(1).norm(dim=1).view(-1, 1, 1, 1)),
        ),
        Mistake(
            "les pentes du lot sont réunies en une seule : chaque image garde la sienne.",
            _slope(lambda g: g.sum(dim=0)),
        ),
        Mistake(
            "ce sont les notes au carré qui sont dérivées : la pente est celle de la note.",
            _slope(of=lambda scores: scores.square().sum()),
        ),
        Mistake(
            "la valeur absolue efface le sens de la pente.",
            _slope(lambda g: g.abs()),
        ),
    ),
    verified=(
        "un nombre par pixel, de la forme de x_hat, sans mêler les images",
        "égale au calcul à la main, pour une pente qui change d'une image à l'autre",
        "elle se dérive encore par rapport aux poids, et ne leur laisse rien",
    ),
)
