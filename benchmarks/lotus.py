"""Le jardin de lotus : vitesse du dessin sur un cœur, et temps de lecture depuis le cache."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks import Mesure
from lessons_lib.lotus import sample_factors
from lessons_lib.lotus.render import render_pixels

DRAWN = 120
REPEATS = 3

# Lecture dans un processus neuf : rien n'est encore en mémoire, sinon dans le cache de fichiers du système.
READ = """
import sys, time
from lessons_lib.lotus import SyntheticLotus
n, size = map(int, sys.argv[1:])
start = time.perf_counter()
SyntheticLotus(n, size=size)
print(time.perf_counter() - start)
"""


def images_per_second(size: int) -> float:
    """Images dessinées par seconde de calcul d'un cœur (temps du processus, que la charge de la machine n'allonge
    guère), médiane de plusieurs séries."""
    garden = [sample_factors(seed=2, index=index) for index in range(DRAWN)]
    render_pixels(garden[0], size)
    rates = []
    for _ in range(REPEATS):
        start = time.process_time()
        for factors in garden:
            render_pixels(factors, size)
        rates.append(DRAWN / (time.process_time() - start))
    return statistics.median(rates)


def seconds_from_cache(n: int, size: int) -> float:
    """Secondes pour obtenir n images déjà en cache, dans un processus neuf (importations non comptées)."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"COURS_LOTUS_CACHE": folder}
        command = [sys.executable, "-c", READ, str(n), str(size)]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        reads = [
            float(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
            for _ in range(REPEATS)
        ]
    return statistics.median(reads)


def mesures() -> Iterator[Mesure]:
    """Dessin à 64 et 128 pixels, puis lecture de 68 et de 5 000 images."""
    rate = images_per_second(64)
    yield Mesure("lotus : dessin à 64 px, un cœur", round(rate, 1), "images/s", "> 60", rate > 60)
    yield Mesure("lotus : dessin à 128 px, un cœur", round(images_per_second(128), 1), "images/s")
    article = 1000 * seconds_from_cache(68, 128)
    yield Mesure("lotus : 68 images de 128 px du cache", round(article, 1), "ms", "< 50", article < 50)
    many = seconds_from_cache(5000, 64)
    yield Mesure("lotus : 5 000 images de 64 px du cache", round(many, 2), "s", "< 1", many < 1)
