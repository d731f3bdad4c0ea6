"""Leçon 03 : l'analogie entre codes, « a est à b ce que c est à d ».

La référence n'additionne aucun vecteur : elle écrit la part de a, de b et de c dans chaque réponse, et multiplie des
matrices.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_analogy(a: Tensor, b: Tensor, c: Tensor, strengths: Tensor) -> Tensor:
    """(T, D) : la part de a, de b et de c dans chaque code, puis un produit de matrices."""
    parts = torch.tensor([[-s, s, 1.0] for s in strengths.tolist()], dtype=torch.float64)  # (T, 3)
    return (parts @ torch.stack([a, b, c]).double()).to(c.dtype)


def _analogy_cases() -> tuple[Case, ...]:
    a, b, c = torch.tensor([1.0, 0.0]), torch.tensor([1.5, 2.0]), torch.tensor([4.0, 1.0])
    generator = torch.Generator().manual_seed(5)
    codes = torch.randn(3, 6, generator=generator)
    said = "a = (1 ; 0), b = (1.5 ; 2), c = (4 ; 1)"
    return (
        Case(f"{said}, force 1", (a, b, c, torch.tensor([1.0]))),
        Case(f"{said}, force 0", (a, b, c, torch.tensor([0.0]))),
        Case(f"{said}, forces -1, 0.5 et 2", (a, b, c, torch.tensor([-1.0, 0.5, 2.0]))),
        Case("trois codes quelconques à six dimensions, quatre forces", (*codes, torch.tensor([-0.5, 0.3, 1.0, 1.7]))),
    )


def _kept_norm(a: Tensor, b: Tensor, c: Tensor, s: Tensor) -> Tensor:
    return F.normalize(reference_analogy(a, b, c, s), dim=1) * c.norm()


ANALOGY = Exercise(
    signature="analogy(a, b, c, strengths)",
    cases=_analogy_cases(),
    reference=reference_analogy,
    mistakes=(
        Mistake(
            "le signe est inversé : une force positive mène de b vers a.",
            lambda a, b, c, s: c + s[:, None] * (a - b),
        ),
        Mistake(
            "c est oublié : c'est le déplacement qui est rendu, et non le code d'arrivée.",
            lambda a, b, c, s: s[:, None] * (b - a),
        ),
        Mistake(
            "a n'est pas retranché : c'est b tout entier qui est ajouté à c, et non ce qui le distingue de a.",
            lambda a, b, c, s: c + s[:, None] * b,
        ),
        Mistake(
            "a est retranché en entier, quelle que soit la force : une force nulle doit laisser c en place.",
            lambda a, b, c, s: c + s[:, None] * b - a,
        ),
        Mistake(
            "c'est un chemin de c vers b : la force 1 donne b lui-même, et le caractère propre de c est perdu.",
            lambda a, b, c, s: c + s[:, None] * (b - c),
        ),
        Mistake(
            "le point de départ est b, et le déplacement celui de a à c : les deux ne se confondent qu'à la force 1.",
            lambda a, b, c, s: b + s[:, None] * (c - a),
        ),
        Mistake(
            "le point de départ est a : c'est le chemin de a à b, sans c.",
            lambda a, b, c, s: a + s[:, None] * (b - a),
        ),
        Mistake(
            "la force multiplie tout, c compris : une force nulle doit laisser c en place.",
            lambda a, b, c, s: s[:, None] * (c + b - a),
        ),
        Mistake(
            "les forces sont ignorées : toutes les lignes sont égales à celle de la force 1.",
            lambda a, b, c, s: (c + b - a).expand(len(s), -1),
        ),
        Mistake(
            "le déplacement est ramené à la norme 1 : la force 1 doit faire tout le chemin de a à b.",
            lambda a, b, c, s: c + s[:, None] * F.normalize(b - a, dim=0),
        ),
        Mistake(
            "les forces sont bornées entre 0 et 1 : on peut retirer un attribut, ou l'exagérer.",
            lambda a, b, c, s: c + s.clamp(0, 1)[:, None] * (b - a),
        ),
        Mistake(
            "le signe des forces est perdu : une force négative doit aller dans l'autre sens.",
            lambda a, b, c, s: c + s.abs()[:, None] * (b - a),
        ),
        Mistake(
            "le résultat est ramené à la norme de c : une translation ne garde pas la norme.",
            _kept_norm,
        ),
        Mistake(
            "les forces sont en colonnes et les dimensions en lignes : le résultat est couché.",
            lambda a, b, c, s: c[:, None] + s * (b - a)[:, None],
        ),
        Mistake(
            "les trois codes sont ajoutés ; il faut retrancher celui d'où part le modèle du déplacement.",
            lambda a, b, c, s: c + s[:, None] * (a + b),
        ),
    ),
    verified=(
        "une force nulle laisse c en place, la force 1 fait tout le chemin",
        "juste pour des forces négatives ou plus grandes que 1",
        "une ligne par force, égale à un produit de matrices",
    ),
)
