"""Démêlage de la famille des bêta-VAE : MIG, SAP, DCI et FactorVAE, contre les quatre vrais facteurs (3 minutes)."""

from collections.abc import Iterator

import numpy as np
import torch

from benchmarks import Mesure
from lessons_lib import zoo
from lessons_lib.lotus import SyntheticLotus
from lessons_lib.metrics import wilson_interval
from lessons_lib.metrics.disentanglement import dci, factor_vae_score, mig, sap, with_error
from lessons_lib.models import VAE
from lessons_lib.recipes import BETAS, HELD_OUT_SEED_OFFSET, RECIPES

NAMES = ("variety", "openness", "hour", "water")
COUNT, FAMILY, VOTES, SEED = 1500, 16, 80, 5000


def codes_of(model: VAE, images: torch.Tensor) -> np.ndarray:
    """Les centres mu des images, (N, D)."""
    with torch.inference_mode():
        return torch.cat([model.encode(part)[0] for part in images.split(128)]).numpy()


def families(garden: SyntheticLotus, fixed: dict) -> dict[tuple[str, int], torch.Tensor]:
    """(facteur, numéro du vote) -> FAMILY images où ce facteur vaut ce qu'il vaut dans une fleur du jardin."""
    found = {}
    for name in NAMES:
        for vote in range(VOTES):
            value = garden.factors[name][vote].item()
            drawn = SyntheticLotus(FAMILY, garden.size, SEED + vote, fixed={**fixed, name: value}, cache=False)
            found[name, vote] = drawn.images
    return found


def mesures() -> Iterator[Mesure]:
    """Cinq figures par bêta, sur 1 500 fleurs que ces réseaux n'ont jamais vues."""
    recipe = RECIPES[f"beta_vae_32_b{BETAS[0]:04d}"]
    garden = recipe.garden(COUNT, HELD_OUT_SEED_OFFSET)
    factors = {name: garden.factors[name] for name in NAMES}
    drawn = families(garden, recipe.fixed)
    for beta in BETAS:
        model = zoo.load(f"beta_vae_32_b{beta:04d}")
        codes = codes_of(model, garden.images)
        found = with_error(figures, codes, factors)
        score = factor_vae_score(
            lambda name, vote, model=model: codes_of(model, drawn[name, vote]), NAMES, codes.std(axis=0), VOTES
        )
        noted = VOTES // 2  # l'autre moitié des votes apprend
        low, high = wilson_interval(round(score * noted), noted, z=1)
        for name, (value, error) in (found | {"FactorVAE": (score, (high - low) / 2)}).items():
            yield Mesure(f"demelage : bêta {beta}, {name}", round(value, 2), f"± {error:.2f}")


def figures(codes: np.ndarray, factors: dict[str, np.ndarray]) -> dict[str, float]:
    """Les quatre figures qui ne demandent que des codes et leurs facteurs."""
    trees = dci(codes, factors)
    return {
        "MIG": mig(codes, factors),
        "SAP": sap(codes, factors),
        "DCI, démêlage": trees["disentanglement"],
        "DCI, complétude": trees["completeness"],
    }
