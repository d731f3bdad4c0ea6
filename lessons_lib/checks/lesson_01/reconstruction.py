"""Leçon 01 : l'erreur de reconstruction, norme au carré par image, moyenne sur le lot."""

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference(x_hat: Tensor, x: Tensor) -> Tensor:
    """‖x − x_hat‖² moyennée sur le lot, par la fonction de PyTorch : la somme de tout, divisée par N."""
    return F.mse_loss(x_hat, x, reduction="sum") / len(x)


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(4, 3, 2, 2, generator=generator) * 2 - 1
    steps = torch.tensor([0.5, 1.0]).reshape(2, 1, 1, 1)
    return (
        Case("une reconstruction parfaite de quatre images", (x, x)),
        Case("une image de 12 valeurs, toutes fausses de 0.5", (x[:1] + 0.5, x[:1])),
        Case(
            "deux images de 12 valeurs, l'une fausse de 0.5, l'autre de 1",
            (x[:2] - steps, x[:2]),
        ),
        Case(
            "quatre reconstructions quelconques",
            (x + torch.randn(x.shape, generator=generator), x),
        ),
    )


def _per_image(values: Tensor) -> Tensor:
    return values.flatten(1).sum(dim=1)


RECONSTRUCTION = Exercise(
    signature="squared_error(x_hat, x)",
    differentiable=(0,),
    cases=_cases(),
    reference=reference,
    mistakes=(
        Mistake(
            "la moyenne porte aussi sur les pixels ; seul le lot se moyenne.",
            lambda x_hat, x: (x_hat - x).square().mean(),
        ),
        Mistake(
            "la somme porte aussi sur le lot : la perte doublerait avec deux fois plus d'images.",
            lambda x_hat, x: (x_hat - x).square().sum(),
        ),
        Mistake(
            "les différences ne sont pas mises au carré : leurs signes s'annulent.",
            lambda x_hat, x: _per_image(x_hat - x).mean(),
        ),
        Mistake(
            "les différences ne sont pas mises au carré : leurs signes s'annulent.",
            lambda x_hat, x: _per_image(x - x_hat).mean(),
        ),
        Mistake(
            "c'est la valeur absolue des différences, et non leur carré.",
            lambda x_hat, x: _per_image((x_hat - x).abs()).mean(),
        ),
        Mistake(
            "c'est la norme ; la question demande son carré.",
            lambda x_hat, x: _per_image((x_hat - x).square()).sqrt().mean(),
        ),
        Mistake(
            "la différence est sommée avant d'être mise au carré : des erreurs opposées s'annulent.",
            lambda x_hat, x: _per_image(x_hat - x).square().mean(),
        ),
        Mistake(
            "une perte par image est rendue ; il reste à moyenner sur le lot.",
            lambda x_hat, x: _per_image((x_hat - x).square()),
        ),
        Mistake(
            "seuls les canaux sont additionnés ; tous les pixels de l'image doivent l'être.",
            lambda x_hat, x: (x_hat - x).square().sum(dim=1).mean(),
        ),
        Mistake(
            "la moyenne porte sur les pixels et la somme sur le lot : c'est l'inverse.",
            lambda x_hat, x: (x_hat - x).square().flatten(1).mean(dim=1).sum(),
        ),
        Mistake(
            "le résultat est la moitié de l'attendu : un facteur s'est ajouté.",
            lambda x_hat, x: _per_image((x_hat - x).square()).mean() / 2,
        ),
        Mistake(
            "les carrés des images sont soustraits ; il faut le carré de leur différence.",
            lambda x_hat, x: _per_image(x_hat.square() - x.square()).mean(),
        ),
    ),
    verified=(
        "nulle pour une reconstruction parfaite",
        "somme des carrés sur les pixels, moyenne sur le lot",
        "dérivable : elle peut servir à l'entraînement",
    ),
)
