"""Juger des images engendrées : chaque mesure voit une chose et en laisse passer d'autres, aucune ne se cite seule.

- :class:`TextureDistance` classe la qualité comme l'œil, mais ne voit pas les copies ;
- :func:`nearest_neighbour_ratio` dénonce les copies ; :func:`precision_recall`, ce que le générateur a oublié ;
- :func:`patch_distances` et :func:`frechet_distance` sont les mesures connues, pour comparer.
"""

from lessons_lib.metrics.energy import energy_distance, uncertainty
from lessons_lib.metrics.frechet import frechet_distance
from lessons_lib.metrics.memorisation import nearest_neighbour_ratio, thumbnails
from lessons_lib.metrics.precision_recall import precision_recall
from lessons_lib.metrics.scattering import scattering
from lessons_lib.metrics.sliced_wasserstein import laplacian_pyramid, patch_distances, sliced_wasserstein
from lessons_lib.metrics.texture import TextureDistance

__all__ = [
    "TextureDistance",
    "energy_distance",
    "frechet_distance",
    "laplacian_pyramid",
    "nearest_neighbour_ratio",
    "patch_distances",
    "precision_recall",
    "scattering",
    "sliced_wasserstein",
    "thumbnails",
    "uncertainty",
]
