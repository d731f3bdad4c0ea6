"""Des lois sur une droite, que l'on déplace et que l'on déforme : les lois jouets de la leçon 05.

Toutes tiennent dans l'intervalle de :data:`GRID`, où leurs densités se comparent point par point.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

SHAPES = {"segment": "Segment", "cloche": "Cloche", "deux_cloches": "Deux cloches", "trois_cloches": "Trois cloches"}
CENTRES = (-4.0, 4.0)
WIDTHS = {"segment": (0.2, 2.0), "cloche": (0.64, 1.6), "deux_cloches": (0.4, 2.0), "trois_cloches": (0.8, 3.0)}
BUMP = 0.32  # écart type de chacune des deux ou trois cloches, en unités de la droite
STEP = 1 / 64  # pas de la grille, en unités de la droite
GRID = np.arange(-512, 513) * STEP  # de −8 à 8
GRID.flags.writeable = False


@dataclass(frozen=True)
class Law:
    """Une loi de probabilité sur la droite.

    shape : « segment » (uniforme), « cloche » (normale), « deux_cloches » ou « trois_cloches » (mélanges de normales).
    centre : de −4 à 4, en unités de la droite. width : la demi-largeur, dans les mêmes unités. Un segment va de
    centre − width à centre + width ; une cloche a pour écart type width / 2 ; deux cloches, d'écart type 0,32, sont en
    centre ± width, et la troisième au centre. Lève ValueError pour une forme inconnue, un centre ou une demi-largeur
    hors des bornes (:data:`CENTRES`, :data:`WIDTHS`).
    """

    shape: str = "segment"
    centre: float = 0.0
    width: float = 1.0

    def __post_init__(self):
        if self.shape not in SHAPES:
            raise ValueError(f"Forme « {self.shape} » inconnue. Choisissez parmi : {', '.join(SHAPES)}.")
        for name, value, (low, high) in (
            ("centre", self.centre, CENTRES),
            ("width", self.width, WIDTHS[self.shape]),
        ):
            if not low <= value <= high:
                raise ValueError(f"{name} vaut {value} : un nombre entre {low:g} et {high:g} est attendu.")

    @property
    def means(self) -> tuple[float, ...]:
        """Les centres des cloches, ou celui du segment."""
        left, right = self.centre - self.width, self.centre + self.width
        return {"deux_cloches": (left, right), "trois_cloches": (left, self.centre, right)}.get(
            self.shape, (self.centre,)
        )

    @property
    def sigma(self) -> float:
        """L'écart type d'une cloche, en unités de la droite ; 0 pour un segment."""
        return {"segment": 0.0, "cloche": self.width / 2}.get(self.shape, BUMP)

    def density(self, grid: np.ndarray = GRID) -> np.ndarray:
        """La densité aux points d'une grille régulière : (K,), d'intégrale 1 sur la grille.

        Celle d'un segment est la moyenne sur une maille, pour que glisser d'une fraction de maille se voie.
        """
        step = grid[1] - grid[0]
        if self.shape == "segment":
            left = np.maximum(grid - step / 2, self.centre - self.width)
            right = np.minimum(grid + step / 2, self.centre + self.width)
            height = np.maximum(0.0, right - left)
        else:
            height = sum(np.exp(-(((grid - mean) / self.sigma) ** 2) / 2) for mean in self.means)
        return height / (height.sum() * step)

    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """n points de la loi : (n, 1), float32."""
        if self.shape == "segment":
            return self.centre + self.width * (2 * torch.rand(n, 1, generator=generator) - 1)
        means = torch.tensor(self.means)[torch.randint(len(self.means), (n, 1), generator=generator)]
        return means + self.sigma * torch.randn(n, 1, generator=generator)
