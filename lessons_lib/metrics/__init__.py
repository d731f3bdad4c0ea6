"""Juger des images engendrées : chaque mesure voit une chose et en laisse passer d'autres, aucune ne se cite seule.

- :class:`TextureDistance` classe la qualité comme l'œil, mais ne voit pas les copies ; Fréchet et la distance à noyau,
  dans les caractéristiques d'un réseau (:mod:`lessons_lib.metrics.features`), comparent aussi ce qui est montré ;
- :func:`precision_recall`, :func:`density_coverage` et :func:`census` disent ce que le générateur a oublié ;
- :func:`memorisation` et :func:`nearest_neighbour_test` dénoncent les copies ;
- :mod:`lessons_lib.metrics.disentanglement` compare des codes à de vrais facteurs.

Aucune ne se cite sans son erreur, celle d'un autre choix d'images engendrées :

- une distance, une précision, un rappel, une densité, une couverture : ``uncertainty(mesure, images)`` ;
- Fréchet sans biais : ``Extrapolation.error`` ; textures : ``TextureDistance.with_error`` ; voisins :
  ``Memorisation.error`` ;
- un compte, recensement, suspectes ou bonnes réponses du test à deux échantillons : :func:`wilson_interval` ; ce test
  dit aussi, par ``p_value``, ce que donnerait le hasard ;
- MIG, SAP, DCI : ``disentanglement.with_error`` ; votes de FactorVAE : :func:`wilson_interval`.
"""

from lessons_lib.metrics.census import Census, census
from lessons_lib.metrics.coverage import density_coverage
from lessons_lib.metrics.energy import energy_distance, uncertainty
from lessons_lib.metrics.frechet import Extrapolation, frechet_at_infinity, frechet_distance
from lessons_lib.metrics.kernel import kernel_distance
from lessons_lib.metrics.memorisation import Memorisation, memorisation, nearest_neighbour_ratio, thumbnails
from lessons_lib.metrics.precision_recall import precision_recall
from lessons_lib.metrics.scattering import scattering
from lessons_lib.metrics.sliced_wasserstein import laplacian_pyramid, patch_distances, sliced_wasserstein
from lessons_lib.metrics.texture import TextureDistance
from lessons_lib.metrics.two_sample import TwoSampleTest, nearest_neighbour_test
from lessons_lib.metrics.wilson import wilson_interval

__all__ = [
    "Census",
    "Extrapolation",
    "Memorisation",
    "TextureDistance",
    "TwoSampleTest",
    "census",
    "density_coverage",
    "energy_distance",
    "frechet_at_infinity",
    "frechet_distance",
    "kernel_distance",
    "laplacian_pyramid",
    "memorisation",
    "nearest_neighbour_ratio",
    "nearest_neighbour_test",
    "patch_distances",
    "precision_recall",
    "scattering",
    "sliced_wasserstein",
    "thumbnails",
    "uncertainty",
    "wilson_interval",
]
