"""Leçon 06 : le calendrier des pas critiques, et un étage de critique où aucune image ne dépend de ses voisines."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def measure_schedule(function: Callable, indices: Tensor, total: Tensor) -> Tensor:
    """Le nombre de pas critiques à chacun de ces pas."""
    counts = [function(int(index), int(total)) for index in indices]
    return counts[0] if counts[0] is None else torch.tensor([float(count) for count in counts])


def reference_schedule(indices: Tensor, total: Tensor) -> Tensor:
    """5 dans la première moitié, 10 dans la seconde."""
    return torch.where(2 * indices >= total, 10.0, 5.0)


SCHEDULE = Exercise(
    signature="critic_steps(index, total)",
    differentiable=(),
    cases=(
        Case("aux pas 0, 1, 98 et 99, sur 100", (torch.tensor([0, 1, 98, 99]), torch.tensor(100))),
        Case("aux pas 49, 50 et 51, sur 100", (torch.tensor([49, 50, 51]), torch.tensor(100))),
        Case("aux pas 0 à 6, sur 7", (torch.arange(7), torch.tensor(7))),
    ),
    reference=reference_schedule,
    measure=measure_schedule,
    mistakes=(
        Mistake("le nombre ne change jamais : il doit doubler à la moitié.", lambda index, total: 5),
        Mistake("le nombre vaut 10 dès le début.", lambda index, total: 10),
        Mistake(
            "les deux moitiés sont échangées.",
            lambda index, total: 5 * (1 + (2 * index < total)),
        ),
        Mistake(
            "le changement vient un pas trop tard : à la moitié, on est déjà à 10.",
            lambda index, total: 5 * (1 + (2 * index > total)),
        ),
        Mistake(
            "le numéro du pas est comparé à un demi : il faut la part de l'entraînement.",
            lambda index, total: 5 * (1 + (index >= 0.5)),
        ),
        Mistake(
            "le nombre croît peu à peu ; il doit doubler d'un coup.",
            lambda index, total: 5 + 5 * index / total,
        ),
        Mistake(
            "le nombre est divisé par deux à la moitié ; il doit doubler.",
            lambda index, total: 5 / (1 + (2 * index >= total)),
        ),
    ),
    verified=(
        "5 pas critiques dans la première moitié, 10 dans la seconde",
        "le changement tombe au bon pas, pour un total pair ou impair",
    ),
)


ALONE, SHAPED, BENT = torch.tensor(0), torch.tensor(1), torch.tensor(2)


def measure_stage(function: Callable, x: Tensor, what: Tensor) -> Tensor:
    """Une propriété d'un étage de critique, de 3 à 8 canaux ; x : (N, 3, H, W)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        layers = function(3, 8)
    if layers is None:
        return None
    stage = nn.Sequential(*layers)
    with torch.no_grad():
        whole = stage(x)
        if what == SHAPED:
            return torch.tensor(whole.shape)
        if what == ALONE:
            return (whole[:1] - stage(x[:1])).abs().max()
        straight = stage(2 * x) - 2 * whole + stage(0 * x)  # nul si l'étage est affine
        return torch.tensor(bool(straight.abs().max() > 1e-4))


def reference_stage(x: Tensor, what: Tensor) -> Tensor:
    """La moitié de la taille, aucune influence des voisines, une activation."""
    side = x.shape[-1] // 2
    return {
        int(SHAPED): torch.tensor([len(x), 8, side, side]),
        int(ALONE): torch.tensor(0.0),
        int(BENT): torch.tensor(True),
    }[int(what)]


def _stage_cases() -> tuple[Case, ...]:
    x = torch.randn((6, 3, 16, 16), generator=torch.Generator().manual_seed(6))
    return (
        Case("la forme de la sortie, pour six images (6, 3, 16, 16) et 8 canaux", (x, SHAPED)),
        Case("la sortie d'une image dans son lot, moins sa sortie quand elle est seule", (x, ALONE)),
        Case("l'étage n'est pas qu'une fonction affine", (x, BENT)),
    )


def _stage(*rest: Callable[[], nn.Module], stride: int = 2, padding: int = 1) -> Callable:
    """Un étage faux : une convolution, puis ces couches."""

    def build(before: int, after: int) -> list[nn.Module]:
        convolution = nn.Conv2d(before, after, kernel_size=4, stride=stride, padding=padding)
        return [convolution, *(layer() for layer in rest)]

    return build


def _leaky() -> nn.Module:
    return nn.LeakyReLU(0.2)


STAGE = Exercise(
    signature="critic_stage(before, after)",
    differentiable=(),
    cases=_stage_cases(),
    reference=reference_stage,
    measure=measure_stage,
    mistakes=(
        Mistake(
            "une normalisation par lot (BatchNorm) mêle les images : la note de l'une dépend des autres.",
            _stage(lambda: nn.BatchNorm2d(8), _leaky),
        ),
        Mistake(
            "la normalisation par lot est restée, après l'activation.",
            _stage(_leaky, lambda: nn.BatchNorm2d(8)),
        ),
        Mistake("l'activation manque : deux étages n'en feraient qu'un.", _stage()),
        Mistake(
            "la taille n'est pas divisée par deux : vérifiez le pas et la marge de la convolution.",
            _stage(_leaky, stride=1),
        ),
        Mistake("la marge manque : un pixel se perd au bord.", _stage(_leaky, padding=0)),
    ),
    verified=(
        "la taille est divisée par deux",
        "la sortie d'une image ne dépend pas de ses voisines",
        "une activation suit la convolution",
    ),
)
