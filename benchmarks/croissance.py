"""Ce qui grandit avec les images, leur nombre et le lot : temps d'un pas, mémoire ; et l'import (5 minutes).

Les temps sont des rapports pris à tour de rôle, médiane d'au moins sept. Mémoire et imports se mesurent dans des
processus neufs.
"""

import itertools
import statistics
import sys
from collections.abc import Iterator, Sequence

from benchmarks import Mesure
from benchmarks._chrono import interleaved, median_ratio, overlapping_images, random_images, wgan_gp
from benchmarks._processus_neuf import apart

SIZES, SIZE_REPEATS = (32, 64, 128), 7
COUNTS, COUNT_REPEATS = (68, 1000, 10_000, 100_000), 41
BATCHES, BATCH_REPEATS = (8, 16, 32, 64), 11
MOST_MEGABYTES = 700
IMPORTS = 7
TRAINING = ("lessons_lib.models", "lessons_lib.losses", "lessons_lib.training")
LESSON = (
    *TRAINING, "lessons_lib.images", "lessons_lib.latent", "lessons_lib.lotus", "lessons_lib.metrics",
    "lessons_lib.observers", "lessons_lib.photos", "lessons_lib.plots", "lessons_lib.scoreboard", "lessons_lib.zoo",
    "lessons_lib.widgets.latent_explorer", "lessons_lib.widgets.latent_map", "lessons_lib.widgets.quiz",
)  # fmt: skip
FIGURES_AND_SLIDERS = ("torch", "matplotlib.figure", "ipywidgets")  # ce qu'importe tout notebook qui en montre


def mesures() -> Iterator[Mesure]:
    """Le temps d'un pas de WGAN-GP, sa mémoire, puis les imports."""
    yield from by_size()
    yield from by_count()
    yield from by_batch()
    if sys.platform != "win32":
        yield from memory()
    yield from imports()


def by_size() -> Iterator[Mesure]:
    """Quatre fois plus de pixels : quatre fois plus de temps, un peu plus avec l'étage ajouté."""
    times = _steps({size: wgan_gp(random_images(68, size)) for size in SIZES}, SIZE_REPEATS)
    for before, after in itertools.pairwise(SIZES):
        yield _ratio(f"pas à {after} px / à {before} px", times[after], times[before], 4.1)
    for size in SIZES:
        yield Mesure(f"pas à {size} px, lot de 16", 1000 * statistics.median(times[size]), "ms")


def by_count() -> Iterator[Mesure]:
    """Le nombre d'images ne change rien à un pas : un lot n'est qu'une liste de numéros."""
    times = _steps({count: wgan_gp(overlapping_images(count, 32)) for count in COUNTS}, COUNT_REPEATS)
    for count in COUNTS[1:]:
        shown = f"{count:,}".replace(",", " ")
        yield _ratio(f"pas avec {shown} images / avec {COUNTS[0]}", times[count], times[COUNTS[0]], 1.05)


def by_batch() -> Iterator[Mesure]:
    """Un lot double : deux fois plus de temps au plus, et moins tant que les cœurs ne sont pas remplis."""
    images = random_images(68, 32)
    times = _steps({batch: wgan_gp(images, batch) for batch in BATCHES}, BATCH_REPEATS)
    for before, after in itertools.pairwise(BATCHES):
        yield _ratio(f"pas avec un lot de {after} / de {before}", times[after], times[before], 2.1)


def memory() -> Iterator[Mesure]:
    """Le pic de mémoire d'un processus qui fait trois pas, celui de torch importé seul compris."""
    yield Mesure("mémoire : torch importé seul", apart("torch"), "Mo")
    for size, batch in ((32, 16), (64, 16), (64, 64), (128, 16)):
        megabytes = apart("pas", size, batch)
        aimed = (size, batch) == (128, 16)
        target, held = (f"≤ {MOST_MEGABYTES}", megabytes <= MOST_MEGABYTES) if aimed else (None, None)
        yield Mesure(f"mémoire : pas de WGAN-GP à {size} px, lot de {batch}", megabytes, "Mo", target, held)


def imports() -> Iterator[Mesure]:
    """Ce que la bibliothèque ajoute à ce qu'elle importe elle-même, dans des processus neufs."""
    compared = (("torch",), TRAINING, FIGURES_AND_SLIDERS, LESSON)
    turns = [[apart("import", *names) for names in compared] for _ in range(1 + IMPORTS)]
    torch, training, shown, lesson = zip(*turns[1:], strict=True)  # le premier tour lit le disque
    yield _ratio("import des réseaux et des boucles / de torch", training, torch, 1.2)
    yield _ratio("import des modules d'une leçon / de torch, matplotlib et ipywidgets", lesson, shown, 1.2)
    yield Mesure("import des modules d'une leçon / de torch", median_ratio(lesson, torch), "")


def _steps(trainings: dict, repeats: int) -> dict[int, list[float]]:
    """Les durées d'un pas de chaque entraînement, à tour de rôle."""
    times = interleaved(*(lambda steps=steps: next(steps) for steps in trainings.values()), repeats=repeats)
    return dict(zip(trainings, times, strict=True))


def _ratio(name: str, over: Sequence[float], under: Sequence[float], most: float) -> Mesure:
    ratio = median_ratio(over, under)
    return Mesure(name, ratio, "", f"< {most}", ratio < most)
