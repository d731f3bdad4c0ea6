"""Ce que l'on dessine d'une partie du laboratoire : des tableaux, pour la page comme pour l'image fixe."""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from lessons_lib.widgets.gan_lab_session import BATCH, Curve, ToySession

HEAT_SIDE = 44  # mesures de la critique par côté
MANIFOLD_SIDE = 15  # nœuds de la grille de z par côté
FAKES, REALS, ARROWS = 400, 400, 70
LAYERS = {
    "real": "Vrais points",
    "fake": "Faux points",
    "heat": "Carte de la critique",
    "manifold": "Grille du générateur",
    "arrows": "Flèches du gradient",
}


def heat(session: ToySession, limit: float) -> tuple[np.ndarray, tuple[float, float]]:
    """Les réponses de la critique sur un carré de demi-côté ``limit``, (44, 44), de bas en haut, et les bornes de
    l'échelle : 0 et 1 pour un discriminateur (la probabilité du vrai) ; les extrêmes pour une critique."""
    with torch.no_grad():
        scores = session.critic(_lattice(HEAT_SIDE) * limit).view(HEAT_SIDE, HEAT_SIDE)
    if session.settings.loss in ("minimax", "non_saturating"):
        return scores.sigmoid().numpy(), (0.0, 1.0)
    if session.settings.loss == "least_squares":
        return scores.clamp(0, 1).numpy(), (0.0, 1.0)
    return scores.numpy(), (float(scores.min()), float(scores.max()))


def manifold(session: ToySession) -> np.ndarray:
    """L'image par le générateur d'une grille de z dont chaque case a la même probabilité : (15, 15, 2)."""
    with torch.no_grad():
        return session.generator(_equal_cells()).view(MANIFOLD_SIDE, MANIFOLD_SIDE, 2).numpy()


def arrows(session: ToySession) -> tuple[np.ndarray, np.ndarray]:
    """Des faux points et la poussée que chacun reçoit : deux tableaux (70, 2)."""
    points = session.sample(ARROWS)
    return points.numpy(), session.pull(points).numpy()


def fakes(session: ToySession, n: int = FAKES) -> np.ndarray:
    """n faux points, aux mêmes z d'une image à l'autre : (n, 2)."""
    return session.sample(n).numpy()


def reals(session: ToySession, n: int = REALS) -> np.ndarray:
    """n vrais points, les mêmes d'une image à l'autre : (n, 2)."""
    return session.law.sample(n, torch.Generator().manual_seed(BATCH)).numpy()


def curve(drawn: Curve) -> np.ndarray:
    """Une courbe : (P, 2), le pas du générateur et la valeur."""
    return np.array([drawn.places, drawn.values], dtype=np.float32).T.reshape(-1, 2)


def packed(session: ToySession, limit: float, wanted: set[str]) -> tuple[dict, list[bytes]]:
    """Les calques voulus, en octets float32 : un en-tête (bornes de la carte, noms des tableaux), et les tableaux."""
    arrays = {name: curve(drawn) for name, drawn in session.curves.items()}
    if "real" in wanted:
        arrays["real"] = reals(session)
    if "fake" in wanted:
        arrays["fake"] = fakes(session)
    scale = (0.0, 1.0)
    if "heat" in wanted:
        arrays["heat"], scale = heat(session, limit)
    if "manifold" in wanted:
        arrays["manifold"] = manifold(session)
    if "arrows" in wanted:
        arrays["tails"], arrays["pull"] = arrows(session)
    buffers = [np.nan_to_num(array).astype(np.float32).tobytes() for array in arrays.values()]
    return {"arrays": list(arrays), "scale": [value if np.isfinite(value) else 0.0 for value in scale]}, buffers


@cache
def _lattice(side: int) -> Tensor:
    line = torch.linspace(-1, 1, side)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], dim=-1).view(-1, 2)


@cache
def _equal_cells() -> Tensor:
    share = (torch.arange(MANIFOLD_SIDE) + 0.5) / MANIFOLD_SIDE
    line = torch.special.ndtri(share)
    b, a = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([a, b], dim=-1).view(-1, 2)
