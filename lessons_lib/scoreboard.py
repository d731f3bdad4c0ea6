"""Le tableau de marque : des générateurs jugés ensemble, mêmes graines, mêmes images, chaque chiffre et son erreur."""

import csv
import io
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from lessons_lib import plots, zoo
from lessons_lib.metrics import (
    TextureDistance,
    census,
    density_coverage,
    frechet_distance,
    kernel_distance,
    memorisation,
    precision_recall,
    thumbnails,
    uncertainty,
)
from lessons_lib.metrics.features import LotusFeatures, features_of

#: Clé -> (nom affiché, chiffres après la virgule, sens : −1 si le plus petit est le meilleur, +1, 0 sans ordre).
COLUMNS = {
    "texture": ("texture", 2, -1),
    "frechet": ("Fréchet des lotus", 1, -1),
    "kernel": ("noyau", 2, -1),
    "precision": ("précision", 2, 1),
    "recall": ("rappel", 2, 1),
    "coverage": ("couverture", 2, 1),
    "varieties": ("variétés", 0, 1),
    "neighbours": ("voisins", 2, 0),
    "suspects": ("suspectes", 0, -1),
    "seconds": ("entraînement (s)", 0, 0),
    "parameters": ("poids (millions)", 2, 0),
}
READING = {-1: "← meilleur", 1: "meilleur →", 0: "0 : copies"}
MARKERS = "ovsD^P*X"
REPEATS = 40


@dataclass(frozen=True)
class Row:
    """Ce qu'un générateur a obtenu : clé de COLUMNS -> valeur, et clé -> erreur type pour celles qui en ont une.

    milliseconds : durée d'un tirage, par image, sur cette machine. images : (N, 3, S, S), celles qui ont été jugées.
    """

    values: dict[str, float]
    errors: dict[str, float]
    milliseconds: float
    images: Tensor

    def text(self, key: str) -> str:
        """La valeur, à la française, et son erreur s'il y en a une ; vide si elle n'est pas connue."""
        digits = COLUMNS[key][1]
        if math.isnan(self.values[key]):
            return ""
        error = f" ± {self.errors[key]:.{digits}f}" if key in self.errors else ""
        return f"{self.values[key]:.{digits}f}{error}".replace(".", ",")


class Scoreboard:
    """Juge des générateurs sur les mêmes images d'entraînement et les mêmes images inconnues.

    train, held_out : (N, 3, S, S) et (M, 3, S, S) dans [-1, 1], M d'au moins 40. count : images tirées de chacun, les
    mêmes codes à dimension égale. L'erreur type vient d'un autre choix d'images tirées, non d'un autre entraînement :
    pour celle-là, il faut plusieurs graines.
    """

    def __init__(self, train: Tensor, held_out: Tensor, *, count: int = 256, seed: int = 0):
        self.count, self.seed, self.rows = count, seed, {}
        self._network, self._texture = LotusFeatures(), TextureDistance(held_out)
        self._known, self._unknown = thumbnails(train), thumbnails(held_out)
        self._real = features_of(held_out, self._network)

    @classmethod
    def of_zoo(cls, networks: Mapping[str, str], **options) -> "Scoreboard":
        """Le tableau de réseaux du zoo, nom affiché -> nom du réseau, jugés sur les données de leur recette commune.

        Lève ValueError s'ils n'ont pas appris des mêmes images.
        """
        from lessons_lib.recipes import RECIPES

        recipes = [RECIPES[name] for name in networks.values()]
        if len({(r.size, r.images, r.data_seed, str(r.fixed)) for r in recipes}) != 1:
            raise ValueError("Ces réseaux n'ont pas appris des mêmes images : leurs chiffres ne se comparent pas.")
        board = cls(recipes[0].data(), recipes[0].held_out(), **options)
        for label, name in networks.items():
            model = zoo.load(name)
            board.add(label, getattr(model, "decode", model), model.latent, model, zoo.card(name)["seconds"])
        return board

    def add(
        self,
        label: str,
        draw: Callable[[Tensor], Tensor],
        latent: int,
        model: nn.Module | None = None,
        seconds: float = math.nan,
    ) -> Row:
        """Juge un générateur. draw : (N, latent) -> images. model : pour compter ses poids. seconds : sa durée."""
        z = torch.randn(self.count, latent, generator=torch.Generator().manual_seed(self.seed))
        start = time.perf_counter()
        with torch.inference_mode():
            images = torch.cat([draw(part) for part in z.split(64)]).clone()
        milliseconds = 1000 * (time.perf_counter() - start) / self.count
        values, errors = self._judge(images)
        weights = math.nan if model is None else sum(p.numel() for p in model.parameters()) / 1e6
        values |= {"seconds": float(seconds), "parameters": weights}
        self.rows[label] = Row(values, errors, milliseconds, images)
        return self.rows[label]

    def _judge(self, images: Tensor) -> tuple[dict[str, float], dict[str, float]]:
        features, small = features_of(images, self._network), thumbnails(images)
        statistics = {
            "frechet": (lambda part: frechet_distance(part, self._real), features),
            "kernel": (lambda part: kernel_distance(part, self._real), features),
            "precision": (lambda part: precision_recall(self._unknown, part)[0], small),
            "recall": (lambda part: precision_recall(self._unknown, part)[1], small),
            "coverage": (lambda part: density_coverage(self._real, part)[1], features),
        }
        values = {key: statistic(sample) for key, (statistic, sample) in statistics.items()}
        errors = {key: uncertainty(*pair, repeats=REPEATS) for key, pair in statistics.items()}
        values["texture"], errors["texture"] = self._texture.with_error(images, REPEATS)
        copies = memorisation(small, self._known, self._unknown)
        values |= {"neighbours": copies.ratio, "suspects": float(copies.suspect.sum())}
        counted = census(images, self._network.network)
        values["varieties"] = float(sum(name not in counted.missing for name in counted.varieties))
        return values, errors

    def markdown(self, *keys: str) -> str:
        """Le tableau en Markdown ; toutes les colonnes, ou celles de ces clés."""
        keys = keys or tuple(COLUMNS)
        lines = ["| | " + " | ".join(COLUMNS[key][0] for key in keys) + " |", "|---" * (len(keys) + 1) + "|"]
        for label, row in self.rows.items():
            lines.append(f"| {label} | " + " | ".join(row.text(key) for key in keys) + " |")
        return "\n".join(lines)

    def csv(self, path: str | os.PathLike | None = None) -> str:
        """Le tableau en CSV, une colonne d'erreur à côté de chaque valeur qui en a une ; écrit aussi dans ``path``.

        Lève FileExistsError si le fichier existe : il n'est jamais écrasé.
        """
        with_error = [key for key in COLUMNS if any(key in row.errors for row in self.rows.values())]
        names = [name for key in COLUMNS for name in ([key, f"{key}_error"] if key in with_error else [key])]
        out = io.StringIO()
        writer = csv.DictWriter(out, ["model", *names, "milliseconds"], lineterminator="\n")
        writer.writeheader()
        for label, row in self.rows.items():
            errors = {f"{key}_error": error for key, error in row.errors.items()}
            writer.writerow({"model": label} | row.values | errors | {"milliseconds": row.milliseconds})
        if path is not None:
            with open(path, "x", encoding="utf-8", newline="") as file:
                file.write(out.getvalue())
        return out.getvalue()

    def figure(self, title: str = "Qualité, diversité, copies : trois questions différentes") -> Figure:
        """Une image : Fréchet des lotus, rappel et couverture, voisins, un rang par générateur, avec leurs erreurs."""
        keys = ("texture", "frechet", "recall", "coverage", "neighbours")
        drawing, axes = plots.figure(9.6, 0.75 + 0.36 * len(self.rows), 1, len(keys), sharey=True)
        for ax, key in zip(axes, keys, strict=True):
            name, _, direction = COLUMNS[key]
            for y, (row, marker) in enumerate(zip(self.rows.values(), MARKERS, strict=False)):
                error = row.errors.get(key)
                ax.errorbar(
                    row.values[key], -y, xerr=error, fmt=marker, color=plots.PALETTE["critic"], capsize=3, markersize=6
                )
            if key == "neighbours":
                ax.axvline(1, color=plots.PALETTE["prior"], linestyle="--", linewidth=1)
            ax.set_xlim(left=0)
            ax.set_xlabel(f"{name}\n{READING[direction]}", fontsize=8.5)
            ax.tick_params(labelsize=8)
        axes[0].set_yticks([-y for y in range(len(self.rows))], list(self.rows))
        axes[0].set_ylim(-len(self.rows) + 0.5, 0.5)
        drawing.suptitle(title, fontsize=10.5)
        return drawing
