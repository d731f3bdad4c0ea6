"""Leçon 06 : un étage de critique où aucune image ne dépend de ses voisines."""

import contextlib
import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.modules.instancenorm import _InstanceNorm

from lessons_lib.checks.exercise import Case, Exercise, Mistake

MIXED, SHAPED, BENT = torch.tensor(0), torch.tensor(1), torch.tensor(2)
NORMS = nn.GroupNorm, nn.LayerNorm, _InstanceNorm  # sans être affines, elles ne remplacent pas une activation


def measure_stage(function: Callable, x: Tensor, what: Tensor) -> Tensor:
    """Une propriété d'un étage de critique, de 3 à 8 canaux ; x : (N, 3, H, W)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        layers = function(3, 8)
    if layers is None:
        return None
    stage = copy.deepcopy(nn.Sequential(*layers)).to(x.dtype)
    for layer in stage.modules():
        layer.train(layer.training and not isinstance(layer, _DropoutNd))  # son hasard n'est pas en cause
    with torch.no_grad(), one_thread():
        whole = stage(x.clone())
        if what == SHAPED:
            return torch.tensor(whole.shape)
        if what == MIXED:
            depends = (whole[:1] - stage(x[:1])).abs().max() > 1e-4
            centred = whole.mean(dim=(0, 2, 3)).abs().max() < 1e-4
            return torch.stack([depends, depends & centred])
        for layer in stage.modules():
            if isinstance(layer, NORMS):
                layer.register_forward_hook(lambda layer, given, normed: given[0])
        whole = stage(x.clone())
        straight = stage(x + x.flip(0)) - whole - whole.flip(0) + stage(0 * x)  # nul si l'étage est affine
        return straight.abs().max() > 1e-4


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Un seul fil de calcul : sur une machine chargée, de si petites convolutions s'attendraient sans fin."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def reference_stage(x: Tensor, what: Tensor) -> Tensor:
    """La moitié de la taille, aucune influence des voisines, une activation."""
    side = x.shape[-1] // 2
    return {
        int(SHAPED): torch.tensor([len(x), 8, side, side]),
        int(MIXED): torch.tensor([False, False]),
        int(BENT): torch.tensor(True),
    }[int(what)]


def _stage_cases() -> tuple[Case, ...]:
    x = torch.randn((6, 3, 16, 16), generator=torch.Generator().manual_seed(6))
    return (
        Case("la forme de la sortie, pour six images (6, 3, 16, 16) et 8 canaux", (x, SHAPED)),
        Case(
            "la sortie d'une image change-t-elle sans ses voisines ? chaque canal du lot est-il recentré ?", (x, MIXED)
        ),
        Case("sans ses normalisations, l'étage est-il autre chose qu'une fonction affine ?", (x, BENT)),
    )


def _stage(*rest: Callable[[], nn.Module], kernel: int = 4, stride: int = 2, padding: int = 1) -> Callable:
    """Un étage faux : une convolution, puis ces couches."""

    def build(before: int, after: int) -> list[nn.Module]:
        convolution = nn.Conv2d(before, after, kernel_size=kernel, stride=stride, padding=padding)
        return [convolution, *(layer() for layer in rest)]

    return build


def _leaky() -> nn.Module:
    return nn.LeakyReLU(0.2)


NOT_HALVED = "la taille n'est pas divisée par deux : vérifiez le pas et la marge de la convolution."

STAGE = Exercise(
    signature="critic_stage(before, after)",
    cases=_stage_cases(),
    reference=reference_stage,
    measure=measure_stage,
    mistakes=(
        Mistake(
            "une normalisation par lot (BatchNorm) mêle les images : la note de l'une dépend des autres.",
            _stage(lambda: nn.BatchNorm2d(8), _leaky),
        ),
        Mistake(
            "la normalisation par lot est restée, à la fin de l'étage.",
            _stage(_leaky, lambda: nn.BatchNorm2d(8)),
        ),
        Mistake("l'activation manque : deux étages n'en feraient qu'un.", _stage()),
        Mistake(NOT_HALVED, _stage(_leaky, stride=1)),
        Mistake(NOT_HALVED, _stage(_leaky, kernel=3, stride=1)),
        Mistake("la marge manque : un pixel se perd au bord.", _stage(_leaky, padding=0)),
        Mistake(
            "la taille est divisée par quatre : l'étage la réduit deux fois.",
            _stage(_leaky, lambda: nn.AvgPool2d(2)),
        ),
        Mistake(
            "le nombre de canaux ne change pas : l'étage doit en rendre `after`.",
            lambda before, after: _stage(_leaky)(before, before),
        ),
        Mistake(
            "la taille double : cette convolution est transposée, comme dans un générateur.",
            lambda before, after: [nn.ConvTranspose2d(before, after, kernel_size=4, stride=2, padding=1), _leaky()],
        ),
    ),
    verified=(
        "la taille est divisée par deux",
        "la sortie d'une image ne dépend pas de ses voisines",
        "l'étage garde une activation",
    ),
)
