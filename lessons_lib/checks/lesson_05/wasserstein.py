"""Leçon 05 : la distance de Wasserstein sur une droite, comparée à SciPy, et la perte de la critique du WGAN."""

import torch
from scipy.stats import wasserstein_distance
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_distance(x: Tensor, y: Tensor) -> Tensor:
    """W1 entre deux échantillons (N,) : l'aire entre les fonctions de répartition, par SciPy."""
    return torch.tensor(wasserstein_distance(x.numpy(), y.numpy()), dtype=x.dtype)


def reference_critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """La moyenne de toutes les notes, celles des vraies images comptées négativement, multipliée par deux."""
    return 2 * torch.cat([fake_scores, -real_scores]).mean()


def _distance_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(5)
    x, y = torch.randn(2, 7, generator=generator)
    return (
        Case(
            "les quatre briques de la leçon, dans le désordre",
            (torch.tensor([5.0, 0.0, 1.0, 0.0]), torch.tensor([4.0, 1.0, 4.0, 2.0])),
        ),
        Case(
            "x = (2, -2), y = (-1, 1) : deux lois de même centre",
            (torch.tensor([2.0, -2.0]), torch.tensor([-1.0, 1.0])),
        ),
        Case("x = (5, 4, 0), y = (-3, 1, 2) : y décalé de 3", (torch.tensor([5.0, 4, 0]), torch.tensor([-3.0, 1, 2]))),
        Case("sept points quelconques de chaque loi", (x, 2 * y + 1)),
    )


def _score_cases() -> tuple[Case, ...]:
    real, fake = torch.randn(2, 6, generator=torch.Generator().manual_seed(5))
    return (
        Case("vraies notées (3, 1), fausses notées (-1, 0)", (torch.tensor([3.0, 1.0]), torch.tensor([-1.0, 0.0]))),
        Case("toutes les images notées 2", (torch.full((3,), 2.0), torch.full((3,), 2.0))),
        Case(
            "les fausses mieux notées : vraies (0, -1), fausses (2, 1)",
            (torch.tensor([0.0, -1.0]), torch.tensor([2.0, 1.0])),
        ),
        Case("douze notes quelconques", (real, fake)),
    )


WASSERSTEIN_1D = Exercise(
    signature="wasserstein_1d(x, y)",
    differentiable=(0, 1),
    cases=_distance_cases(),
    reference=reference_distance,
    mistakes=(
        Mistake(
            "rien n'est trié : la première brique de x va à la première place de y, même très loin.",
            lambda x, y: (x - y).abs().mean(),
        ),
        Mistake(
            "un seul des deux échantillons est trié : x l'est, y ne l'est pas.",
            lambda x, y: (_sorted(x) - y).abs().mean(),
        ),
        Mistake(
            "un seul des deux échantillons est trié : y l'est, x ne l'est pas.",
            lambda x, y: (x - _sorted(y)).abs().mean(),
        ),
        Mistake(
            "les deux échantillons sont triés en sens contraires : c'est le plan le plus cher.",
            lambda x, y: (_sorted(x) - _sorted(y).flip(0)).abs().mean(),
        ),
        Mistake(
            "la valeur absolue manque : un trajet vers la gauche en rembourse un vers la droite.",
            lambda x, y: (_sorted(x) - _sorted(y)).mean(),
        ),
        Mistake(
            "la valeur absolue manque : un trajet vers la droite en rembourse un vers la gauche.",
            lambda x, y: (_sorted(y) - _sorted(x)).mean(),
        ),
        Mistake(
            "la valeur absolue vient après la moyenne : seuls les centres des lois sont comparés.",
            lambda x, y: (x.mean() - y.mean()).abs(),
        ),
        Mistake(
            "les trajets sont additionnés ; il reste à diviser par leur nombre.",
            lambda x, y: (_sorted(x) - _sorted(y)).abs().sum(),
        ),
        Mistake(
            "les trajets sont mis au carré : c'est une autre distance.",
            lambda x, y: (_sorted(x) - _sorted(y)).square().mean(),
        ),
        Mistake(
            "c'est la distance de Wasserstein d'ordre 2 : les trajets ne se mettent pas au carré.",
            lambda x, y: (_sorted(x) - _sorted(y)).square().mean().sqrt(),
        ),
        Mistake(
            "seul le plus long trajet est gardé ; c'est leur moyenne qui compte.",
            lambda x, y: (_sorted(x) - _sorted(y)).abs().max(),
        ),
        Mistake(
            "un trajet par brique est rendu ; il reste à en prendre la moyenne.",
            lambda x, y: (_sorted(x) - _sorted(y)).abs(),
        ),
        Mistake(
            "chaque brique va à toutes les places : c'est le plan « en proportion », et non le meilleur.",
            lambda x, y: (x[:, None] - y).abs().mean(),
        ),
        Mistake(
            "chaque brique va à la place la plus proche : des places reçoivent trop, d'autres rien.",
            lambda x, y: (x[:, None] - y).abs().amin(dim=1).mean(),
        ),
        Mistake(
            "chaque place prend la brique la plus proche : des briques servent plusieurs fois, d'autres jamais.",
            lambda x, y: (x[:, None] - y).abs().amin(dim=0).mean(),
        ),
    ),
    verified=(
        "quatre briques en désordre : 7 quarts",
        "deux lois de même centre restent distinctes ; décaler de 3 coûte 3",
        "égale à scipy.stats.wasserstein_distance, et dérivable",
    ),
)

CRITIC_LOSS = Exercise(
    signature="critic_loss(real_scores, fake_scores)",
    differentiable=(0, 1),
    cases=_score_cases(),
    reference=reference_critic_loss,
    mistakes=(
        Mistake(
            "le signe est inversé : en descendant cette perte, la critique noterait mieux les fausses images.",
            lambda real, fake: real.mean() - fake.mean(),
        ),
        Mistake(
            "une sigmoïde est appliquée aux notes ; celles d'une critique sont des réels quelconques.",
            lambda real, fake: fake.sigmoid().mean() - real.sigmoid().mean(),
        ),
        Mistake(
            "c'est la perte du discriminateur d'un GAN, avec ses logarithmes.",
            lambda real, fake: F.softplus(-real).mean() + F.softplus(fake).mean(),
        ),
        Mistake(
            "c'est la perte charnière (hinge) : elle coupe les notes à 1, ce que la distance ne fait pas.",
            lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
        ),
        Mistake(
            "c'est la perte des moindres carrés (LSGAN) : elle vise des notes fixées d'avance.",
            lambda real, fake: 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean(),
        ),
        Mistake(
            "c'est la perte du générateur : les vraies images n'y entrent pas.",
            lambda real, fake: -fake.mean(),
        ),
        Mistake(
            "les notes des vraies images sont oubliées.",
            lambda real, fake: fake.mean(),
        ),
        Mistake(
            "les notes des fausses images sont oubliées.",
            lambda real, fake: -real.mean(),
        ),
        Mistake(
            "les deux moyennes s'ajoutent ; c'est leur écart que la critique doit creuser.",
            lambda real, fake: fake.mean() + real.mean(),
        ),
        Mistake(
            "une valeur absolue efface le sens de l'écart : la critique pourrait préférer les fausses images.",
            lambda real, fake: -(real.mean() - fake.mean()).abs(),
        ),
        Mistake(
            "une valeur absolue efface le sens de l'écart, et la perte grandit quand la critique sépare mieux.",
            lambda real, fake: (real.mean() - fake.mean()).abs(),
        ),
        Mistake(
            "l'écart est mis au carré.",
            lambda real, fake: (fake.mean() - real.mean()).square(),
        ),
        Mistake(
            "les notes sont additionnées : la perte doublerait avec deux fois plus d'images.",
            lambda real, fake: fake.sum() - real.sum(),
        ),
        Mistake(
            "une valeur par image est rendue ; il reste à prendre la moyenne du lot.",
            lambda real, fake: fake - real,
        ),
        Mistake(
            "la perte est deux fois trop petite : chaque moyenne compte en entier.",
            lambda real, fake: 0.5 * (fake.mean() - real.mean()),
        ),
    ),
    verified=(
        "négative quand les vraies images sont mieux notées, positive dans le cas contraire",
        "l'opposé de l'écart des moyennes, sans sigmoïde ni logarithme",
        "dérivable par rapport aux deux jeux de notes",
    ),
)


def _sorted(values: Tensor) -> Tensor:
    return values.sort().values
