"""Leçon 08 : les deux pertes augmentées, comparées au calcul à la main pour une petite critique.

La critique est f(x) = w·x + a ‖x‖² / 2, le générateur z ↦ z V, la retouche T(x) = 1,5 x + 0,2 x² − 0,3.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks.exercise import Case, Exercise, Mistake, pair
from lessons_lib.checks.lesson_06.slope import slope_of, small_critic

PLAIN, VALUES, CRITIC, PAINTER = (torch.tensor(k) for k in range(4))
Players = tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]


def bend(x: Tensor) -> Tensor:
    """La retouche des essais : elle agit nombre par nombre, et le gradient la traverse."""
    return 1.5 * x + 0.2 * x * x - 0.3


def measure_losses(function: Callable, weights: Tensor, basis: Tensor, real: Tensor, z: Tensor, what: Tensor) -> Tensor:
    """Les deux pertes, ou la dérivée de l'une d'elles par rapport aux poids du joueur qu'elle entraîne."""
    weights, basis = weights.requires_grad_(), basis.requires_grad_()

    def generator(z: Tensor) -> Tensor:
        return (z @ basis).view(len(z), *real.shape[1:])

    retouch = _same if what == PLAIN else bend
    result = pair(function(small_critic(weights), generator, real, z, retouch))
    if result is None:
        return None
    losses = [torch.as_tensor(loss) for loss in result]
    if what < CRITIC or any(loss.shape != () for loss in losses):
        return torch.stack(losses).detach()
    return slope_of(losses[0], weights) if what == CRITIC else slope_of(losses[1], basis)


def reference_losses(weights: Tensor, basis: Tensor, real: Tensor, z: Tensor, what: Tensor) -> Tensor:
    """Le calcul à la main, en double précision, avec ses dérivées."""
    w, a, v = weights[:-1].double(), weights[-1].double(), basis.double()
    plain, code = (z.double() @ v), z.double()
    x, fake = real.flatten(1).double(), plain
    slope = torch.ones_like(fake)
    if what != PLAIN:
        x, fake, slope = 1.5 * x + 0.2 * x**2 - 0.3, 1.5 * fake + 0.2 * fake**2 - 0.3, 1.5 + 0.4 * plain
    note_real, note_fake = (p @ w + a * (p * p).sum(dim=1) / 2 for p in (x, fake))
    if what < CRITIC:
        return torch.stack([note_fake.mean() - note_real.mean(), -note_fake.mean()])
    if what == CRITIC:
        squares = (fake**2).sum(dim=1).mean() / 2 - (x**2).sum(dim=1).mean() / 2
        return torch.cat([fake.mean(dim=0) - x.mean(dim=0), squares[None]])
    return -code.T @ ((w + a * fake) * slope) / len(z)


def _losses_cases() -> tuple[Case, ...]:
    random = torch.Generator().manual_seed(8)
    weights, basis = torch.randn(5, generator=random), torch.randn((3, 4), generator=random)
    real, z = torch.randn((5, 1, 2, 2), generator=random), torch.randn((5, 3), generator=random)
    players = weights, basis, real, z
    return (
        Case("les deux pertes, avec une retouche qui ne change rien", (*players, PLAIN)),
        Case("les deux pertes, avec une retouche qui change tous les pixels", (*players, VALUES)),
        Case("la dérivée de la première perte par rapport aux poids de la critique", (*players, CRITIC)),
        Case("la dérivée de la seconde perte par rapport aux poids du générateur", (*players, PAINTER)),
    )


def _same(x: Tensor) -> Tensor:
    return x


def _losses(
    real_to="T",
    fake_to="T",
    again_to="T",
    *,
    critic=lambda r, f: f.mean() - r.mean(),
    generator=lambda f, r: -f.mean(),
    change=lambda a, b: (a, b),
) -> Callable:
    """Une réponse fausse : les retouches des vraies, des fausses, des fausses du second tour ; les pertes."""

    def answer(judge, painter, real, z, retouch):
        ways = {
            "T": retouch,
            "": _same,
            "TT": lambda x: retouch(retouch(x)),
            "cut": lambda x: retouch(x).detach(),
        }
        r, f, g = ways[real_to](real), ways[fake_to](painter(z)), ways[again_to](painter(z))
        return change(critic(judge(r), judge(f)), generator(judge(g), judge(r)))

    return answer  # fmt: skip


def _codes_retouched(judge, painter, real, z, retouch):
    fake = painter(retouch(z))
    return judge(fake).mean() - judge(retouch(real)).mean(), -judge(fake).mean()


LOSSES = Exercise(
    signature="augmented_losses(critic, generator, real, z, retouch)",
    cases=_losses_cases(),
    reference=reference_losses,
    measure=measure_losses,
    returns="un couple de tenseurs",
    mistakes=(
        Mistake(
            "seules les vraies images sont retouchées : c'est l'augmentation classique, et les retouches fuient.",
            _losses("T", "", ""),
        ),
        Mistake(
            "seules les fausses images sont retouchées : la critique apprend à reconnaître la retouche.",
            _losses("", "T", "T"),
        ),
        Mistake(
            "le tour de la critique est juste, mais le générateur lui présente des images intactes, jamais notées.",
            _losses("T", "T", ""),
        ),
        Mistake(
            "seul le tour du générateur est retouché : la critique ne connaît que des images intactes.",
            _losses("", "", "T"),
        ),
        Mistake("la retouche donnée ne sert nulle part.", _losses("", "", "")),
        Mistake(
            "les valeurs sont justes, mais le gradient du générateur est coupé : il doit traverser la retouche.",
            _losses("T", "T", "cut"),
        ),
        Mistake(
            "les valeurs sont justes, mais la perte de la critique n'atteint aucun de ses poids.",
            _losses(change=lambda a, b: (a.detach(), b)),
        ),
        Mistake(
            "le signe de la perte de la critique est changé : une perte descend, et ses vraies notes doivent monter.",
            _losses(critic=lambda r, f: r.mean() - f.mean()),
        ),
        Mistake(
            "le signe de la perte du générateur est changé : une perte descend, et ses notes doivent monter.",
            _losses(generator=lambda f, r: f.mean()),
        ),
        Mistake(
            "les deux signes sont changés : chaque joueur fait le contraire de ce qu'il veut.",
            _losses(critic=lambda r, f: r.mean() - f.mean(), generator=lambda f, r: f.mean()),
        ),
        Mistake("les fausses images sont retouchées deux fois au tour du générateur.", _losses("T", "T", "TT")),
        Mistake("les notes sont additionnées : une perte se prend en moyenne sur le lot.",
                _losses(critic=lambda r, f: f.sum() - r.sum(), generator=lambda f, r: -f.sum())),
        Mistake("les deux pertes sont échangées : celle de la critique vient d'abord.",
                _losses(change=lambda a, b: (b, a))),
        Mistake("les deux pertes sont échangées : celle de la critique vient d'abord.",
                _losses("T", "cut", "T", change=lambda a, b: (b, a))),
        Mistake(
            "la perte du générateur garde les notes des vraies images : elles ne dépendent pas de lui.",
            _losses(generator=lambda f, r: r.mean() - f.mean()),
        ),
        Mistake(
            "ce sont les pertes du GAN, avec un logarithme : une critique de Wasserstein compare des notes moyennes.",
            _losses(critic=lambda r, f: F.softplus(-r).mean() + F.softplus(f).mean(),
                    generator=lambda f, r: F.softplus(-f).mean()),
        ),
        Mistake("ce sont les codes z qui sont retouchés, et non les images engendrées.", _codes_retouched),
    ),
    verified=(
        "vraies et fausses sont retouchées au tour de la critique, les fausses au tour du générateur",
        "la première perte corrige la critique",
        "la seconde corrige le générateur, à travers la retouche",
    ),
)  # fmt: skip
