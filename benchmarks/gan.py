"""WGAN-GP sur des lois jouets, et laboratoire GANLab (moins de 15 minutes)."""

from collections.abc import Iterator

from benchmarks import Mesure, _gan_lab, _gan_lois


def mesures() -> Iterator[Mesure]:
    """Les mesures des leçons 04 à 06, de la plus courte à la plus longue."""
    yield from _gan_lab.mesures()
    yield from _gan_lois.mesures()
