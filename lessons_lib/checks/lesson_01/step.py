"""Leçon 01 : un pas d'entraînement entier, vérifié sur un autoencodeur de deux poids.

L'encodeur multiplie tout par a, le décodeur par b. La référence refait la descente à la main, sans dérivation
automatique. Ce que l'on compare : a et b après le pas, la perte rendue, et le nombre de pas de l'optimiseur.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from lessons_lib.checks.exercise import Case, Exercise, Mistake

LEARNING_RATE = 0.1


class Scale(nn.Module):
    """Multiplie tout par un seul poids."""

    def __init__(self, weight: float):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float(weight), dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        """De n'importe quelle forme, à la même."""
        return self.weight * x


class TwoWeights(nn.Sequential):
    """Un autoencodeur de deux poids : z = a x, puis x_hat = b z."""

    def __init__(self, a: float, b: float):
        super().__init__()
        self.encoder, self.decoder = Scale(a), Scale(b)

    def weights(self) -> Tensor:
        """(a, b), détachés."""
        return torch.stack([self.encoder.weight.detach(), self.decoder.weight.detach()])


class CountingSGD(torch.optim.SGD):
    """Une descente de gradient simple, qui compte ses pas."""

    def __init__(self, parameters):
        super().__init__(parameters, lr=LEARNING_RATE)
        self.steps = 0

    def step(self, closure: Callable | None = None):
        """Un pas, compté."""
        self.steps += 1
        return super().step(closure)


def loss_of(weights: Tensor, x: Tensor, noisy: Tensor) -> Tensor:
    """La norme au carré de x − a b noisy, en moyenne sur le lot."""
    return (x - weights.prod() * noisy).square().sum() / len(x)


def gradient(weights: Tensor, x: Tensor, noisy: Tensor) -> Tensor:
    """Le gradient de `loss_of` par rapport à (a, b), écrit à la main."""
    by_product = -2 * (noisy * (x - weights.prod() * noisy)).sum() / len(x)
    return by_product * weights.flip(0)


def reference(weights: Tensor, leftovers: float, x: Tensor, noisy: Tensor) -> Tensor:
    """(a, b, perte avant le pas, 1), quels que soient les gradients laissés par un pas précédent."""
    after = weights - LEARNING_RATE * gradient(weights, x, noisy)
    return torch.cat([after, loss_of(weights, x, noisy)[None], torch.ones(1)])


def measure(function: Callable, weights: Tensor, leftovers: float, x: Tensor, noisy: Tensor) -> object:
    """(a, b, la perte rendue, le nombre de pas de l'optimiseur) ; ce qui est rendu, si ce n'est pas un nombre."""
    model = TwoWeights(*weights.tolist())
    optimizer = CountingSGD(model.parameters())
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, leftovers)
    result = function(model, optimizer, x, noisy)
    if isinstance(result, int | float | np.ndarray | np.number):
        result = torch.as_tensor(result)
    if not isinstance(result, Tensor) or result.numel() != 1 or result.is_complex() or result.is_meta:
        return result
    return torch.cat([model.weights(), result.detach().float().reshape(1), torch.tensor([float(optimizer.steps)])])


def _slip(
    model: TwoWeights,
    optimizer: CountingSGD,
    x: Tensor,
    noisy: Tensor,
    *,
    kept: float = 0.0,
    strength: float = 1.0,
    target: Callable = lambda x, noisy: x,
    source: Callable = lambda x, noisy: noisy,
    moved: Tensor | float = 1.0,
    steps: int = 1,
    returned: str = "loss",
) -> Tensor:
    """Un pas à la main, avec une faute.

    kept : la part des gradients précédents qui reste. strength : ce qui multiplie le gradient. target, source : les
    images à retrouver et celles que reçoit le réseau. moved : les poids qui bougent. steps : les pas comptés.
    """
    before = model.weights()
    leftovers = torch.stack([parameter.grad for parameter in model.parameters()])
    wanted, given = target(x, noisy), source(x, noisy)
    slope = strength * gradient(before, wanted, given) + kept * leftovers
    after = before - LEARNING_RATE * moved * slope
    for parameter, value in zip(model.parameters(), after, strict=True):
        parameter.data.copy_(value)
    optimizer.steps += steps
    return {
        "loss": loss_of(before, wanted, given),
        "opposite": -loss_of(before, wanted, given),
        "sum": loss_of(before, wanted, given) * len(x),
        "mean": loss_of(before, wanted, given) * len(x) / x.numel(),
        "after": loss_of(after, wanted, given),
        "images": before.prod() * given,
    }[returned]


def _two_full_steps(model: TwoWeights, optimizer: CountingSGD, x: Tensor, noisy: Tensor, *, returned: int) -> Tensor:
    return [_slip(model, optimizer, x, noisy) for _ in range(2)][returned]


def _averaged(model: TwoWeights, optimizer: CountingSGD, x: Tensor, noisy: Tensor) -> Tensor:
    return _slip(model, optimizer, x, noisy, strength=len(x) / x.numel(), returned="mean")


def _summed(model: TwoWeights, optimizer: CountingSGD, x: Tensor, noisy: Tensor) -> Tensor:
    return _slip(model, optimizer, x, noisy, strength=len(x), returned="sum")


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(4)
    one = torch.ones(1, 1, 1, 1)
    x = torch.rand(3, 3, 2, 2, generator=generator) * 2 - 1
    noisy = x + 0.4 * torch.randn(x.shape, generator=generator)
    told = "a et b après le pas, la perte rendue, le nombre de pas"
    half, crossed = torch.tensor([1.0, 0.5]), torch.tensor([0.6, -0.4])
    return (
        Case(f"a = 1, b = 0.5, une image d'un pixel, de valeur 1 ; on compare {told}", (half, 0.0, one, one)),
        Case(f"la même image, après un pas qui a laissé des gradients ; on compare {told}", (half, 0.3, one, one)),
        Case(f"trois images bruitées, a = 0.6, b = -0.4 ; on compare {told}", (crossed, -0.2, x, noisy)),
    )  # fmt: skip


MISTAKES = {
    "aucun poids n'a bougé : il manque le pas de l'optimiseur.": (partial(_slip, moved=0.0, steps=0),),
    "le pas se fait sans gradient : la rétropropagation manque, vient après lui, ou vient d'être effacée.": (
        partial(_slip, moved=0.0),
    ),
    "le pas emploie les gradients du pas précédent : il vient avant la rétropropagation, ou celle-ci manque.": (
        partial(_slip, strength=0.0, kept=1.0),
        partial(_slip, strength=0.0, kept=1.0, returned="after"),
    ),
    "les gradients du pas précédent s'ajoutent à ceux-ci : effacez-les avant de rétropropager.": (
        partial(_slip, kept=1.0),
    ),
    "l'optimiseur avance deux fois ; l'exercice demande un seul pas.": (
        partial(_slip, strength=2.0, steps=2),
        partial(_two_full_steps, returned=0),
        partial(_two_full_steps, returned=1),
    ),
    "la rétropropagation est faite deux fois : les gradients s'ajoutent, et le pas est deux fois trop long.": (
        partial(_slip, strength=2.0),
    ),
    "la perte est sommée sur le lot : le pas grandirait avec le nombre d'images.": (_summed,),
    "la perte est moyennée aussi sur les pixels : le pas rapetisserait quand l'image grandit.": (_averaged,),
    "la cible est l'image bruitée : le réseau apprend à recopier le bruit.": (
        partial(_slip, target=lambda x, noisy: noisy),
    ),
    "le réseau reçoit l'image propre : il n'apprend rien du bruit.": (partial(_slip, source=lambda x, noisy: x),),
    "x et noisy sont échangés : le réseau reçoit l'une et doit retrouver l'autre, mais pas dans ce sens.": (
        partial(_slip, target=lambda x, noisy: noisy, source=lambda x, noisy: x),
    ),
    "l'encodeur n'a pas bougé : le gradient est coupé au code.": (partial(_slip, moved=torch.tensor([0.0, 1.0])),),
    "le décodeur n'a pas bougé : son gradient est coupé ou effacé.": (partial(_slip, moved=torch.tensor([1.0, 0.0])),),
    "le signe est inversé : les poids remontent la perte au lieu de la descendre.": (
        partial(_slip, strength=-1.0),
        partial(_slip, strength=-1.0, returned="opposite"),
    ),
    "la perte rendue est calculée après le pas ; on demande celle qui a servi à le faire.": (
        partial(_slip, returned="after"),
    ),
    "la fonction rend les reconstructions ; on demande la perte.": (partial(_slip, returned="images"),),
}

STEP = Exercise(
    signature="train_step(model, optimizer, x, noisy)",
    cases=_cases(),
    reference=reference,
    measure=measure,
    mistakes=tuple(Mistake(said, wrong) for said, slips in MISTAKES.items() for wrong in slips),
    verified=(
        "un seul pas, égal à celui que l'on calcule à la main",
        "aucun gradient ne reste du pas précédent",
        "le réseau reçoit l'image bruitée et doit retrouver la propre",
    ),
)
