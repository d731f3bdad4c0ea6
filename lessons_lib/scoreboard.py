"""Le tableau de marque : des générateurs jugés ensemble, mêmes graines, mêmes images, chaque chiffre et son erreur."""

import math
import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from lessons_lib import zoo
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
    wilson_interval,
)
from lessons_lib.metrics.features import LotusFeatures, features_of
from lessons_lib.metrics.memorisation import _check_unknown
from lessons_lib.score_table import COLUMNS, Row, ScoreTable

__all__ = ["COLUMNS", "Row", "ScoreTable", "Scoreboard"]

REPEATS = 40


class Scoreboard(ScoreTable):
    """Juge des générateurs sur les mêmes images d'entraînement et les mêmes images inconnues.

    train, held_out : (N, 3, S, S) et (M, 3, S, S) dans [-1, 1], M d'au moins 40. count : images tirées de chacun, les
    mêmes codes à dimension égale. L'erreur type vient d'un autre choix d'images tirées, non d'un autre entraînement :
    pour celle-là, il faut plusieurs graines. Le nombre de variétés n'en a pas : c'est un seuil sur cinq comptes, dont
    chacun a son intervalle (:func:`lessons_lib.metrics.wilson_interval`).
    """

    def __init__(self, train: Tensor, held_out: Tensor, *, count: int = 256, seed: int = 0):
        super().__init__()
        _check_unknown(held_out)
        self.count, self.seed = count, seed
        self._network, self._texture = LotusFeatures(), TextureDistance(held_out)
        self._known, self._unknown = thumbnails(train), thumbnails(held_out)
        self._real = features_of(held_out, self._network)

    @classmethod
    def of_zoo(cls, networks: Mapping[str, str], **options) -> "Scoreboard":
        """Le tableau de réseaux du zoo, nom affiché -> nom du réseau, jugés sur les données de leur recette commune.

        Lève ValueError s'ils n'ont pas appris des mêmes images.
        """
        from lessons_lib.recipes import RECIPES

        models = {label: zoo.load(name) for label, name in networks.items()}
        recipes = [RECIPES[name] for name in networks.values()]
        learnt_from = {(r.size, r.images, r.data_seed, str(r.fixed), getattr(r, "retouches", ())) for r in recipes}
        if len(learnt_from) != 1:
            raise ValueError("Ces réseaux n'ont pas appris des mêmes images : leurs chiffres ne se comparent pas.")
        board = cls(recipes[0].data(), recipes[0].held_out(), **options)
        for label, model in models.items():
            seconds = zoo.card(networks[label])["seconds"]
            board.add(label, getattr(model, "decode", model), model.latent, model, seconds)
        return board

    def add(
        self,
        label: str,
        draw: Callable[[Tensor], Tensor],
        latent: int,
        model: nn.Module | None = None,
        seconds: float = math.nan,
    ) -> Row:
        """Juge un générateur. draw : (N, latent) -> images. model : pour compter ses poids. seconds : sa durée."""
        z = torch.randn(self.count, latent, generator=torch.Generator().manual_seed(self.seed))
        start = time.perf_counter()
        with torch.no_grad():
            images = torch.cat([draw(part).cpu() for part in z.split(64)])
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
        low, high = (self.count * bound for bound in wilson_interval(int(values["suspects"]), self.count, z=1))
        errors |= {"neighbours": copies.error, "suspects": max(high - values["suspects"], values["suspects"] - low)}
        counted = census(images, self._network.network)
        values["varieties"] = float(sum(name not in counted.missing for name in counted.varieties))
        return values, errors
