"""Interpoler entre des codes, parcourir une direction, calculer avec des attributs (leçon 03)."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

SMALLEST_ANGLE = 1e-4  # radians ; en dessous, l'arc et la corde se confondent à la précision des float32


def lerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """Interpolation linéaire : de a (t = 0) à b (t = 1) en ligne droite, (1 − t) a + t b.

    a, b : même forme, (latent,) ou (N, latent), ou des images. t : un nombre, ou un tenseur qui se diffuse avec a :
    ``torch.linspace(0, 1, 9)[:, None]`` rend les 9 codes d'un trajet, (9, latent).
    """
    return (1 - t) * a + t * b


def angle(a: Tensor, b: Tensor) -> Tensor:
    """L'angle entre deux codes, de 0 à π radians : (…, latent) et (…, latent) -> (…, 1).

    L'arc tangente garde sa précision là où l'arc cosinus la perd, entre codes presque parallèles (Kahan, « How Futile
    are Mindless Assessments of Roundoff in Floating-Point Computation? », 2006).
    """
    u, v = a / a.norm(dim=-1, keepdim=True), b / b.norm(dim=-1, keepdim=True)
    return 2 * torch.atan2((u - v).norm(dim=-1, keepdim=True), (u + v).norm(dim=-1, keepdim=True))


def slerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """Interpolation sphérique : de a à b en tournant, [sin((1 − t)Ω) a + sin(tΩ) b] / sin Ω, où Ω est leur angle.

    Mêmes arguments que :func:`lerp`, les codes sur la dernière dimension. Si a et b ont la même norme, elle est gardée
    tout du long. Entre deux codes presque parallèles, la formule tend vers l'interpolation linéaire.

    Sources : Shoemake, « Animating Rotation with Quaternion Curves », 1985 ; White, « Sampling Generative Networks »,
    2016, pour les codes. Lève ValueError pour un code nul ou deux codes opposés : aucun arc n'y est défini.
    """
    _check_arc(a, b)
    omega = angle(a, b).clamp_min(SMALLEST_ANGLE)
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


def traversal(z: Tensor, direction: Tensor, values: Sequence[float] | Tensor) -> Tensor:
    """Parcours d'une direction : z + v d pour chaque valeur v.

    z : (latent,) ou (1, latent). direction : (latent,). values : V nombres. Rend (V, latent).
    """
    values = torch.as_tensor(values, dtype=z.dtype, device=z.device)
    return z.reshape(1, -1) + values[:, None] * direction.to(z)


def attribute_vector(codes: Tensor, has_attribute: Sequence[bool] | Tensor) -> Tensor:
    """Le vecteur d'un attribut : moyenne des codes qui l'ont, moins moyenne de ceux qui ne l'ont pas.

    codes : (N, …), des codes, ou des images pour comparer. has_attribute : N booléens. Rend (…).
    Sources : Radford et al. 2016, section 6.3.2 ; Larsen et al., « Autoencoding beyond pixels using a learned
    similarity metric », 2016. Lève ValueError si tous les codes, ou aucun, ont l'attribut.
    """
    mask = torch.as_tensor(np.asarray(has_attribute, dtype=bool), device=codes.device)
    if len(mask) != len(codes) or mask.all() or not mask.any():
        raise ValueError(
            f"Il faut un booléen par code, et des codes des deux sortes ; reçu {len(mask)} booléens, dont "
            f"{int(mask.sum())} vrais, pour {len(codes)} codes."
        )
    return codes[mask].mean(dim=0) - codes[~mask].mean(dim=0)


def _check_arc(a: Tensor, b: Tensor) -> None:
    if not (angle(a, b) < math.pi - SMALLEST_ANGLE).all():  # faux aussi pour NaN, l'angle d'un code nul
        raise ValueError(
            "slerp tourne de a vers b : un code nul n'a pas de direction, et entre deux codes opposés aucun arc n'est "
            "plus court que les autres. Employez lerp, ou changez l'un des deux codes."
        )
