"""Lire les facteurs d'une image générée, que personne n'a choisis : une régression du jardin synthétique."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from lessons_lib.latent.directions import aside_and_used, factor_table, r_squared


class FactorReader:
    """Estime les facteurs d'images quelconques, par une régression ridge sur leurs codes.

    encode : (N, 3, H, W) -> codes (N, D), par exemple ``lambda x: vae.encode(x)[0]``. images, factors : un jardin dont
    on connaît les facteurs, nom -> N valeurs (du texte donne une estimation par catégorie). La régression est
    quadratique : elle prend les codes centrés réduits et leurs produits deux à deux.
    ridge : poids de la pénalité sur les coefficients. held_out : part des images mise de côté, au hasard de
    ``generator``, pour le R² de chaque facteur.

    names : les facteurs lus. scores : (K,), leur R² sur les images mises de côté ; un R² faible : ne se lit pas.
    Ce R² vaut pour des images du jardin : plus une image générée s'en écarte, moins la lecture est sûre.
    Source : Hoerl et Kennard, « Ridge Regression: Biased Estimation for Nonorthogonal Problems », 1970. Leçon 06.
    Lève ValueError si images et factors n'ont pas la même longueur.
    """

    def __init__(
        self,
        encode: Callable[[Tensor], Tensor],
        images: Tensor,
        factors: Mapping[str, Sequence],
        *,
        ridge: float = 10.0,
        held_out: float = 0.2,
        generator: torch.Generator | None = None,
    ):
        self.names, targets = factor_table(factors)
        if len(targets) != len(images):
            raise ValueError(f"{len(targets)} valeurs de facteurs pour {len(images)} images : il en faut autant.")
        self._encode = encode
        codes = self._codes(images)
        aside, used = aside_and_used(len(codes), held_out, generator)
        self._centre, self._spread = codes[used].mean(dim=0), codes[used].std(dim=0).clamp_min(1e-6)
        features = self._features(codes)
        self._mean_feature, self._mean = features[used].mean(dim=0), targets[used].mean(dim=0)
        x, y = features[used] - self._mean_feature, targets[used] - self._mean
        self._weight = torch.linalg.solve(x.T @ x + ridge * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)
        self.scores = r_squared(targets[aside], self._predict(codes[aside])).float()

    def __call__(self, images: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) dans [-1, 1] -> facteur -> N estimations, dans son unité (de 0 à 1 par catégorie)."""
        estimates = self._predict(self._codes(images)).float()
        return {name: estimates[:, column] for column, name in enumerate(self.names)}

    def _predict(self, codes: Tensor) -> Tensor:
        return (self._features(codes) - self._mean_feature) @ self._weight + self._mean

    def _codes(self, images: Tensor) -> Tensor:
        with torch.inference_mode():
            return torch.cat([self._encode(part).cpu() for part in images.split(64)]).double()

    def _features(self, codes: Tensor) -> Tensor:
        """(N, D) -> (N, D + D(D + 1)/2) : les codes centrés réduits, puis leurs produits."""
        scaled = (codes - self._centre) / self._spread
        i, j = torch.triu_indices(scaled.shape[1], scaled.shape[1])
        return torch.cat([scaled, scaled[:, i] * scaled[:, j]], dim=1)
