"""Leçon 01 : combien de fois moins de nombres, codes et décodeur compris."""

from fractions import Fraction

import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference(x: Tensor, latent: int, weights: int) -> Tensor:
    """Nombres des images / (nombres des codes + poids du décodeur), par une fraction exacte. Rend un scalaire."""
    images = 1
    for side in x.shape:
        images *= side
    kept = x.shape[0] * latent + weights
    return torch.tensor(float(Fraction(images, kept)))


def _kept(x: Tensor, latent: int, weights: int) -> int:
    return len(x) * latent + weights


SIZE = Exercise(
    signature="compression(x, latent, weights)",
    cases=(
        Case("une image (3, 2, 2), un code de 2 nombres, un décodeur d'un poids", (torch.zeros(1, 3, 2, 2), 2, 1)),
        Case(
            "cent images (3, 4, 4), des codes de 8 nombres, un décodeur de 100 poids",
            (torch.zeros(100, 3, 4, 4), 8, 100),
        ),
        Case(
            "sept images (3, 4, 6), des codes de 5 nombres, un décodeur de 90 poids", (torch.zeros(7, 3, 4, 6), 5, 90)
        ),
    ),
    reference=reference,
    mistakes=(
        Mistake(
            "le rapport est à l'envers : il doit croître quand le code rapetisse.",
            lambda x, latent, weights: _kept(x, latent, weights) / x.numel(),
        ),
        Mistake(
            "le décodeur est oublié : sans ses poids, personne ne peut relire les codes.",
            lambda x, latent, weights: x.numel() / (len(x) * latent),
        ),
        Mistake(
            "les codes sont oubliés : le décodeur seul ne sait pas quelles images repeindre.",
            lambda x, latent, weights: x.numel() / weights,
        ),
        Mistake(
            "le décodeur est compté une fois par image ; un seul sert à tout le lot.",
            lambda x, latent, weights: x[0].numel() / (latent + weights),
        ),
        Mistake(
            "un seul code est compté pour tout le lot ; chaque image a le sien.",
            lambda x, latent, weights: x.numel() / (latent + weights),
        ),
        Mistake(
            "une seule image est comptée, alors que tous les codes le sont.",
            lambda x, latent, weights: x[0].numel() / _kept(x, latent, weights),
        ),
        Mistake(
            "les trois canaux sont oubliés : un pixel compte trois valeurs.",
            lambda x, latent, weights: x[:, 0].numel() / _kept(x, latent, weights),
        ),
        Mistake(
            "l'image est supposée carrée ; sa hauteur et sa largeur peuvent différer.",
            lambda x, latent, weights: len(x) * 3 * x.shape[2] ** 2 / _kept(x, latent, weights),
        ),
        Mistake(
            "l'image est supposée carrée ; sa hauteur et sa largeur peuvent différer.",
            lambda x, latent, weights: len(x) * 3 * x.shape[3] ** 2 / _kept(x, latent, weights),
        ),
        Mistake(
            "la division est entière : ce qui suit la virgule est perdu.",
            lambda x, latent, weights: x.numel() // _kept(x, latent, weights),
        ),
        Mistake(
            "les poids du décodeur sont comptés du côté des images ; on les garde avec les codes.",
            lambda x, latent, weights: (x.numel() + weights) / (len(x) * latent),
        ),
        Mistake(
            "le décodeur est ajouté après la division ; additionnez d'abord tout ce que l'on garde.",
            lambda x, latent, weights: x.numel() / (len(x) * latent) + weights,
        ),
        Mistake(
            "c'est une différence : elle dit combien de nombres on épargne, et non combien de fois moins il en reste.",
            lambda x, latent, weights: x.numel() - _kept(x, latent, weights),
        ),
        Mistake(
            "c'est la part épargnée ; la question demande combien de fois moins il reste de nombres.",
            lambda x, latent, weights: 1 - _kept(x, latent, weights) / x.numel(),
        ),
    ),
    verified=(
        "chaque image a son code, et un seul décodeur sert à tout le lot",
        "les trois canaux comptent, la hauteur et la largeur aussi",
    ),
)
