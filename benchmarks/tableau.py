"""Le tableau de marque de la leçon 06 : écrit s'il manque, sinon recalculé et comparé à lui (1 minute)."""

from collections.abc import Iterator

from benchmarks import Mesure
from course.environnement import ROOT
from lessons_lib.scoreboard import Scoreboard, ScoreTable

PATH = ROOT / "lessons" / "06_tableau.csv"
NETWORKS = {"AE": "autoencoder_64", "VAE": "vae_64", "GAN": "gan_64", "WGAN": "wgan_64", "WGAN-GP": "wgan_gp_64"}
TOLERANCE = 0.01  # en part de la valeur : d'un processeur à l'autre, les arrondis changent


def mesures() -> Iterator[Mesure]:
    """Une mesure par réseau : le plus grand écart entre le tableau recalculé et celui de la leçon."""
    board = Scoreboard.of_zoo(NETWORKS)
    if not PATH.exists():
        board.csv(PATH)
    kept = ScoreTable.read(PATH)
    for label, row in board.rows.items():
        gap = largest_gap(row.values, kept.rows[label].values)
        yield Mesure(f"tableau : {label}, écart au fichier", gap, "", f"≤ {TOLERANCE}", gap <= TOLERANCE)


def largest_gap(values: dict[str, float], kept: dict[str, float]) -> float:
    """Le plus grand écart relatif entre deux lignes ; au-dessous de 1, l'écart tout court."""
    return max(abs(value - kept[key]) / max(1.0, abs(kept[key])) for key, value in values.items())
