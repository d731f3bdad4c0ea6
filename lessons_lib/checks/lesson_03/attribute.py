"""Leçon 03 : le vecteur d'un attribut, comparé à la pente d'une régression."""

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_attribute(codes: Tensor, has: Tensor) -> Tensor:
    """(D,) : la pente d'une régression linéaire des codes sur l'attribut, 0 ou 1 : la différence des deux moyennes."""
    table = torch.stack([torch.ones(len(codes)), has.float()], dim=1).double()
    return torch.linalg.lstsq(table, codes.double()).solution[1].to(codes.dtype)


def _attribute_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(4)
    pair = torch.tensor([[1.0, 5.0], [3.0, 4.0]])
    uneven = torch.tensor([[2.0, 0.0], [0.0, 0.0], [1.0, 3.0], [-1.0, 0.0]])
    return (
        Case("deux codes : (1 ; 5) sans l'attribut, (3 ; 4) avec", (pair, torch.tensor([False, True]))),
        Case("trois codes avec l'attribut, un seul sans", (uneven, torch.tensor([True, True, True, False]))),
        Case(
            "sept codes quelconques à trois dimensions",
            (torch.randn(7, 3, generator=generator), torch.tensor([True, False, False, True, False, False, False])),
        ),
    )


def _with(codes: Tensor, has: Tensor) -> Tensor:
    return codes[has].mean(dim=0)


def _without(codes: Tensor, has: Tensor) -> Tensor:
    return codes[~has].mean(dim=0)


ATTRIBUTE = Exercise(
    signature="attribute_vector(codes, has)",
    cases=_attribute_cases(),
    reference=reference_attribute,
    mistakes=(
        Mistake(
            "le signe est inversé : ajouter ce vecteur retirerait l'attribut.",
            lambda codes, has: _without(codes, has) - _with(codes, has),
        ),
        Mistake(
            "les deux groupes sont sommés, et non moyennés : le plus nombreux l'emporte.",
            lambda codes, has: codes[has].sum(dim=0) - codes[~has].sum(dim=0),
        ),
        Mistake(
            "la moyenne de tous les codes est retranchée ; il faut celle des codes sans l'attribut.",
            lambda codes, has: _with(codes, has) - codes.mean(dim=0),
        ),
        Mistake(
            "rien n'est retranché : c'est un code moyen, et non une direction.",
            _with,
        ),
        Mistake(
            "les deux moyennes sont ajoutées ; c'est leur différence qui porte l'attribut.",
            lambda codes, has: _with(codes, has) + _without(codes, has),
        ),
        Mistake(
            "les deux groupes sont divisés par le nombre total de codes ; chacun a sa propre moyenne.",
            lambda codes, has: (codes[has].sum(dim=0) - codes[~has].sum(dim=0)) / len(codes),
        ),
        Mistake(
            "c'est la moyenne des deux moyennes : le milieu, et non le chemin de l'une à l'autre.",
            lambda codes, has: (_with(codes, has) + _without(codes, has)) / 2,
        ),
        Mistake(
            "le vecteur est ramené à la norme 1 : il ne dit plus de combien avancer.",
            lambda codes, has: F.normalize(_with(codes, has) - _without(codes, has), dim=0),
        ),
        Mistake(
            "la moyenne porte aussi sur les dimensions ; il faut un nombre par dimension.",
            lambda codes, has: codes[has].mean() - codes[~has].mean(),
        ),
        Mistake(
            "la moyenne porte sur les dimensions, et non sur les codes : l'axe est le mauvais.",
            lambda codes, has: codes.mean(dim=1),
        ),
        Mistake(
            "la dimension du lot est restée : le résultat doit être un seul vecteur.",
            lambda codes, has: (_with(codes, has) - _without(codes, has))[None],
        ),
        Mistake(
            "les médianes remplacent les moyennes.",
            lambda codes, has: codes[has].median(dim=0).values - codes[~has].median(dim=0).values,
        ),
    ),
    verified=(
        "de la moyenne sans l'attribut à la moyenne avec",
        "juste aussi quand un groupe est plus nombreux que l'autre",
        "égale à la pente d'une régression sur l'attribut",
    ),
)
