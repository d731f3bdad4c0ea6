"""La distance de textures : un nombre qui classe des planches d'images comme l'œil, avec 16 images par planche."""

import torch
from torch import Tensor

from lessons_lib.metrics.energy import energy_distance, uncertainty
from lessons_lib.metrics.scattering import scattering

RIDGE = 10.0  # en variances d'une caractéristique


class TextureDistance:
    """La distance d'énergie entre les caractéristiques de diffusion d'images et celles d'images de référence.

    reference : vraies images (N, 3, S, S) dans [-1, 1] que l'entraînement n'a pas vues. Chaque caractéristique est
    ramenée à la moyenne et à l'écart type de la référence, puis l'ensemble est blanchi : ce qui change ensemble dans
    les vraies images, comme le contraste à toutes les échelles, ne compte pas autant de fois. ``ridge`` retient ce
    blanchiment là où la référence, peu nombreuse, ne dit presque rien.

    Zéro : les textures, les contours et les couleurs sont ceux de la référence. Des copies de photographies y sont donc
    parfaites : c'est :func:`lessons_lib.metrics.memorisation.nearest_neighbour_ratio` qui les dénonce.
    Les valeurs ne se comparent que pour une même référence.
    """

    def __init__(self, reference: Tensor, ridge: float = RIDGE):
        if ridge <= 0:
            raise ValueError(f"ridge vaut {ridge} : une valeur strictement positive est attendue. Essayez {RIDGE:g}.")
        features = scattering(reference)
        if len(features) < 2:
            raise ValueError("La référence compte une image : il en faut deux ou plus, 50 de préférence.")
        self._mean, self._scale = features.mean(dim=0), features.std(dim=0).clamp_min(1e-6)
        standard = (features - self._mean) / self._scale
        variances, axes = torch.linalg.eigh(standard.T @ standard / (len(standard) - 1))
        self._whitening = axes * (variances.clamp_min(0) + ridge).rsqrt() @ axes.T
        self._reference = self._white(features)

    def __call__(self, images: Tensor) -> float:
        """La distance des images (N, 3, S, S), N d'au moins 2, à la référence."""
        return self._distance(self._white(scattering(images)))

    def with_error(self, images: Tensor, repeats: int = 100) -> tuple[float, float]:
        """La distance des images (N, 3, S, S), et son erreur type quand on change d'images."""
        features = self._white(scattering(images))
        return self._distance(features), uncertainty(self._distance, features, repeats=repeats)

    def _white(self, features: Tensor) -> Tensor:
        return (features - self._mean) / self._scale @ self._whitening

    def _distance(self, features: Tensor) -> float:
        return energy_distance(features, self._reference)
