"""Leçon 03 : l'interpolation sphérique.

La référence est une rotation : la part de b perpendiculaire à a donne le second axe du plan où l'on tourne. Elle ne
partage rien avec la formule en sinus de `lessons_lib.latent`.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """(T, D) : les combinaisons de a et b qui suivent l'arc, de a (t = 0) à b (t = 1).

    La direction à l'instant t tourne de t Ω dans le plan (a, b) ; ses coordonnées sur a et b unitaires sont ensuite
    appliquées à a et b eux-mêmes, par moindres carrés.
    """
    u, v = F.normalize(a.double(), dim=-1), F.normalize(b.double(), dim=-1)
    across = F.normalize(v - (u @ v) * u, dim=-1)
    omega = torch.atan2(v @ across, u @ v)
    turned = torch.cos(t.double() * omega) * u + torch.sin(t.double() * omega) * across  # (T, D), de norme 1
    shares = torch.linalg.lstsq(torch.stack([u, v], dim=1), turned.T).solution.T  # (T, 2)
    return (shares @ torch.stack([a, b]).double()).to(a.dtype)


def _slerp_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(3)
    east, north = torch.tensor([0.8, 0.1]), torch.tensor([0.1, 0.8])
    steps = torch.linspace(0, 1, 5)[:, None]
    a, b = F.normalize(torch.randn(2, 6, generator=generator), dim=-1) * torch.tensor([[0.9], [0.6]])
    return (
        Case("a = (0.8 ; 0.1), b = (0.1 ; 0.8), t = 0 et 1", (east, north, torch.tensor([[0.0], [1.0]]))),
        Case("a = (0.8 ; 0.1), b = (0.1 ; 0.8), t = 0.5", (east, north, torch.tensor([[0.5]]))),
        Case("a = (0.8 ; 0.1), b = (0.05 ; 0.4), t = 0.25", (east, north / 2, torch.tensor([[0.25]]))),
        Case("deux codes quelconques à six dimensions, cinq valeurs de t", (a, b, steps)),
    )


def _omega(a: Tensor, b: Tensor) -> Tensor:
    return torch.acos(F.cosine_similarity(a, b, dim=-1))


def _arc(a: Tensor, b: Tensor, t: Tensor, omega: Tensor) -> Tensor:
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


def _straight(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    return (1 - t) * a + t * b


SLERP = Exercise(
    signature="slerp(a, b, t)",
    differentiable=(0, 1),
    cases=_slerp_cases(),
    reference=reference_slerp,
    mistakes=(
        Mistake(
            "c'est l'interpolation linéaire : elle coupe par l'intérieur au lieu de suivre l'arc.",
            _straight,
        ),
        Mistake(
            "c'est la ligne droite, ramenée à la norme de a : elle suit l'arc, mais à vitesse inégale, et n'atteint "
            "pas b s'il n'a pas cette norme.",
            lambda a, b, t: F.normalize(_straight(a, b, t), dim=-1) * a.norm(),
        ),
        Mistake(
            "le résultat est ramené à la norme 1 : aux deux bouts, il faut retrouver a et b eux-mêmes.",
            lambda a, b, t: F.normalize(_arc(a, b, t, _omega(a, b)), dim=-1),
        ),
        Mistake(
            "le résultat est ramené à la norme 1 : aux deux bouts, il faut retrouver a et b eux-mêmes.",
            lambda a, b, t: _arc(F.normalize(a, dim=-1), F.normalize(b, dim=-1), t, _omega(a, b)),
        ),
        Mistake(
            "les rôles sont échangés : t = 0 doit donner a, et t = 1 doit donner b.",
            lambda a, b, t: _arc(b, a, t, _omega(a, b)),
        ),
        Mistake(
            "l'angle est calculé sur des codes qui ne sont pas de norme 1 : son cosinus est faux.",
            lambda a, b, t: _arc(a, b, t, torch.acos((a * b).sum(dim=-1))),
        ),
        Mistake(
            "la division par le sinus de l'angle est oubliée : aux deux bouts, on ne retrouve pas a et b.",
            lambda a, b, t: _arc(a, b, t, _omega(a, b)) * torch.sin(_omega(a, b)),
        ),
        Mistake(
            "la division se fait par l'angle, et non par son sinus.",
            lambda a, b, t: _arc(a, b, t, _omega(a, b)) * torch.sin(_omega(a, b)) / _omega(a, b),
        ),
        Mistake(
            "les sinus sont remplacés par des cosinus : à t = 0, la part de b ne s'annule pas.",
            lambda a, b, t: (
                (torch.cos((1 - t) * _omega(a, b)) * a + torch.cos(t * _omega(a, b)) * b) / torch.sin(_omega(a, b))
            ),
        ),
        Mistake(
            "l'angle est passé en degrés : sinus et arc cosinus de torch comptent en radians.",
            lambda a, b, t: _arc(a, b, t, torch.rad2deg(_omega(a, b))),
        ),
        Mistake(
            "le cosinus de l'angle est pris pour l'angle : il manque l'arc cosinus.",
            lambda a, b, t: _arc(a, b, t, F.cosine_similarity(a, b, dim=-1)),
        ),
        Mistake(
            "t n'agit pas sur l'angle : les deux parts sont celles de la ligne droite, divisées par un sinus.",
            lambda a, b, t: _straight(a, b, t) / torch.sin(_omega(a, b)),
        ),
        Mistake(
            "t multiplie le sinus ; il doit multiplier l'angle, dans le sinus.",
            lambda a, b, t: _straight(a, b, t) * torch.sin(_omega(a, b)),
        ),
    ),
    verified=(
        "t = 0 donne a, t = 1 donne b",
        "entre deux codes de même norme, la norme ne change pas en route",
        "égale à une rotation de a vers b, et dérivable par rapport à a et à b",
    ),
)
