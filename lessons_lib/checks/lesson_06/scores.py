"""Leçon 06 : noter les mélanges, en gardant de quoi dériver leurs notes."""

from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake
from lessons_lib.checks.lesson_06.slope import slope_of, small_critic

COUNT, NOTES, SAME, ASKS, LINKED, WEIGHTS = (torch.tensor(k) for k in range(6))


def measure_scores(function: Callable, weights: Tensor, x_hat: Tensor, what: Tensor) -> Tensor:
    """Une propriété du couple (x_hat, notes), pour la petite critique ; x_hat : (N, C, H, W)."""
    weights, given = weights.requires_grad_(bool(what == WEIGHTS)), x_hat.clone()
    result = function(small_critic(weights), x_hat)
    pair = isinstance(result, tuple | list)
    if result is None or (what != COUNT and not (pair and len(result) == 2)):
        return result
    if what == COUNT:
        return torch.tensor(len(result) if pair else 1)
    asked, scores = result
    if not isinstance(asked, Tensor) or not isinstance(scores, Tensor):
        return next(part for part in result if not isinstance(part, Tensor))
    return {
        int(NOTES): lambda: scores.detach(),
        int(SAME): lambda: asked.detach() - (given if asked.shape == given.shape else 0),
        int(ASKS): lambda: torch.tensor(asked.requires_grad),
        int(LINKED): lambda: slope_of(scores, asked),
        int(WEIGHTS): lambda: slope_of(scores, weights),
    }[int(what)]()


def reference_scores(weights: Tensor, x_hat: Tensor, what: Tensor) -> Tensor:
    """Le calcul à la main : notes, pentes par rapport à x_hat, et par rapport aux poids."""
    x = x_hat.flatten(1)
    half_squares = (x * x).sum(dim=1) / 2
    return {
        int(COUNT): torch.tensor(2),
        int(NOTES): (x * weights[:-1]).sum(dim=1) + weights[-1] * half_squares,
        int(SAME): torch.zeros_like(x_hat),
        int(ASKS): torch.tensor(True),
        int(LINKED): (weights[:-1] + weights[-1] * x).view_as(x_hat),
        int(WEIGHTS): torch.cat([x.sum(dim=0), half_squares.sum()[None]]),
    }[int(what)]


def _scores_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(6)
    x_hat, weights = torch.randn((5, 3, 2, 2), generator=generator), torch.randn(13, generator=generator)
    small = weights[[0, 1, 2, 3, 12]], x_hat[:, :1]
    return (
        Case("le nombre de valeurs rendues : x_hat et scores", (weights, x_hat, COUNT)),
        Case("les notes de cinq images", (weights, x_hat, NOTES)),
        Case("le x_hat rendu, moins celui que vous avez reçu", (weights, x_hat, SAME)),
        Case("le x_hat rendu demande-t-il le gradient ?", (weights, x_hat, ASKS)),
        Case("la pente des notes rendues par rapport au x_hat rendu", (*small, LINKED)),
        Case("la dérivée de la somme des notes par rapport aux poids de la critique", (*small, WEIGHTS)),
    )


def _noted(note: Callable[[Callable, Tensor], Tensor]) -> Callable:
    """Une réponse fausse, qui demande le gradient à temps : ce qu'elle rend comme notes."""
    return lambda critic, x_hat: (x_hat.requires_grad_(), note(critic, x_hat))


def _asked_too_late(critic: Callable, x_hat: Tensor) -> tuple[Tensor, Tensor]:
    scores = critic(x_hat)
    return x_hat.requires_grad_(), scores


SCORES = Exercise(
    signature="score(critic, x_hat)",
    cases=_scores_cases(),
    reference=reference_scores,
    measure=measure_scores,
    returns="un couple de tenseurs",
    mistakes=(
        Mistake(
            "le x_hat rendu ne demande pas le gradient : personne ne pourra dériver les notes par rapport à lui.",
            lambda critic, x_hat: (x_hat, critic(x_hat)),
        ),
        Mistake(
            "les notes ne viennent pas du x_hat rendu, ou ont été données avant qu'il ne demande le gradient.",
            _asked_too_late,
        ),
        Mistake(
            "les notes sont coupées de leur calcul : le gradient n'y remonte ni à x_hat, ni à la critique.",
            _noted(lambda critic, x_hat: critic(x_hat).detach()),
        ),
        Mistake(
            "les notes rendues sont déjà additionnées : il en faut une par image.",
            _noted(lambda critic, x_hat: critic(x_hat).sum()),
        ),
        Mistake(
            "une note moyenne est rendue : il en faut une par image.",
            _noted(lambda critic, x_hat: critic(x_hat).mean()),
        ),
        Mistake(
            "les notes sont rangées en colonne : la critique en rend une par image, sur une seule dimension.",
            _noted(lambda critic, x_hat: critic(x_hat)[:, None]),
        ),
        Mistake(
            "une sigmoïde écrase les notes : la critique rend un réel quelconque, et non une probabilité.",
            _noted(lambda critic, x_hat: critic(x_hat).sigmoid()),
        ),
        Mistake(
            "le signe des notes est changé : elles se rendent telles quelles.",
            _noted(lambda critic, x_hat: -critic(x_hat)),
        ),
        Mistake(
            "seules les notes sont rendues : le geste suivant a aussi besoin de x_hat.",
            lambda critic, x_hat: critic(x_hat.requires_grad_()),
        ),
        Mistake(
            "les deux valeurs sont échangées : x_hat vient d'abord, les notes ensuite.",
            lambda critic, x_hat: (critic(x_hat.requires_grad_()), x_hat),
        ),
        Mistake(
            "x_hat est ramené entre −1 et 1 avant d'être noté : il ne doit pas changer.",
            lambda critic, x_hat: _noted(lambda critic, x: critic(x))(critic, x_hat.clamp(-1, 1)),
        ),
    ),
    verified=(
        "une note par image, et x_hat tel qu'il est arrivé",
        "les notes se dérivent par rapport à x_hat",
        "et par rapport aux poids de la critique",
    ),
)
