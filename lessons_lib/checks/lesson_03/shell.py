"""Leçon 03 : la norme que l'on attend d'un mélange de tirages.

La référence passe par la covariance du vecteur où tous les tirages sont mis bout à bout, et par la loi du khi-deux :
elle n'additionne aucun carré de part.
"""

import math

import torch
from scipy.stats import chi2
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_norm(dimensions: int, shares: Tensor) -> Tensor:
    """Un nombre : la racine de la moyenne de ‖w1 z1 + … + wK zK‖², pour K tirages indépendants de N(0, I_D)."""
    spread = torch.kron(shares[None].double(), torch.eye(dimensions, dtype=torch.float64))  # (D, K D)
    covariance = spread @ spread.T  # (D, D) : un multiple de l'identité
    scale = float(torch.linalg.eigvalsh(covariance).mean())
    return torch.tensor(math.sqrt(scale * chi2(dimensions).mean()), dtype=shares.dtype)


def _norm_cases() -> tuple[Case, ...]:
    return (
        Case("32 dimensions, un seul tirage : la part 1", (32, torch.tensor([1.0]))),
        Case("32 dimensions, deux tirages, une moitié de chacun", (32, torch.tensor([0.5, 0.5]))),
        Case("32 dimensions, la moyenne de seize tirages", (32, torch.full((16,), 1 / 16))),
        Case("10 dimensions, trois quarts d'un tirage et un quart de l'autre", (10, torch.tensor([0.75, 0.25]))),
        Case("50 dimensions, un tirage moins un autre : les parts 1 et -1", (50, torch.tensor([1.0, -1.0]))),
        Case("8 dimensions, les parts 0.6, -0.2 et 1.1", (8, torch.tensor([0.6, -0.2, 1.1]))),
    )


def _square_sum(shares: Tensor) -> Tensor:
    return shares.square().sum()


def _mean_norm(dimensions: int, shares: Tensor) -> Tensor:
    """La moyenne de la norme elle-même : celle de la loi du khi."""
    log_ratio = math.lgamma((dimensions + 1) / 2) - math.lgamma(dimensions / 2)
    return math.sqrt(2) * math.exp(log_ratio) * shares.norm()


NORM = Exercise(
    signature="expected_norm(dimensions, shares)",
    cases=_norm_cases(),
    reference=reference_norm,
    mistakes=(
        Mistake(
            "les parts sont ignorées : c'est la norme d'un seul tirage, et mêler la réduit ou l'agrandit.",
            lambda d, w: torch.tensor(float(d)).sqrt(),
        ),
        Mistake(
            "la racine est oubliée : c'est la norme au carré qui est rendue.",
            lambda d, w: d * _square_sum(w),
        ),
        Mistake(
            "les parts s'additionnent comme si tous les tirages avaient la même direction ; ils sont presque "
            "perpendiculaires.",
            lambda d, w: w.sum() * d**0.5,
        ),
        Mistake(
            "les longueurs des parts s'additionnent bout à bout ; entre tirages presque perpendiculaires, pensez à "
            "Pythagore.",
            lambda d, w: w.abs().sum() * d**0.5,
        ),
        Mistake(
            "la racine ne porte que sur le nombre de dimensions : elle doit porter aussi sur les parts.",
            lambda d, w: _square_sum(w) * d**0.5,
        ),
        Mistake(
            "la racine ne porte que sur les parts : elle doit porter aussi sur le nombre de dimensions.",
            lambda d, w: d * w.norm(),
        ),
        Mistake(
            "le nombre de dimensions est oublié : c'est l'écart type d'une seule coordonnée du mélange.",
            lambda d, w: w.norm(),
        ),
        Mistake(
            "la norme est divisée par le nombre de tirages : c'est ce qui arriverait s'ils étaient tous égaux.",
            lambda d, w: torch.tensor(d**0.5 / len(w)),
        ),
        Mistake(
            "c'est le cas où toutes les parts sont égales ; ici, chacune a sa valeur.",
            lambda d, w: torch.tensor((d / len(w)) ** 0.5),
        ),
        Mistake(
            "les carrés des parts sont moyennés ; les variances de tirages indépendants s'additionnent.",
            lambda d, w: (d * w.square().mean()) ** 0.5,
        ),
        Mistake(
            "les parts elles-mêmes s'additionnent sous la racine ; ce sont les variances qui s'additionnent.",
            lambda d, w: (d * w.sum()) ** 0.5,
        ),
        Mistake(
            "le nombre de dimensions est écrit en dur : il vaut 32 dans les images du cours, mais pas partout.",
            lambda d, w: (32 * _square_sum(w)) ** 0.5,
        ),
        Mistake(
            "il reste un nombre par tirage ; le mélange n'a qu'une norme.",
            lambda d, w: w.abs() * d**0.5,
        ),
        Mistake(
            "c'est la moyenne de la norme, un peu plus petite ; on demande la racine de la moyenne de son carré.",
            _mean_norm,
        ),
    ),
    verified=(
        "un seul tirage : la racine du nombre de dimensions",
        "juste pour une moyenne, un mélange inégal, une différence de tirages",
        "égale à la racine de la trace de la covariance du mélange",
    ),
)
