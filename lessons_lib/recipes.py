"""Les recettes du zoo : tout ce qu'il faut pour refaire les poids livrés, sous forme de données.

`python3 -m course entrainer vae_64` suit une recette ; :mod:`lessons_lib.zoo` charge le résultat.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor, nn

from lessons_lib import zoo
from lessons_lib.augment import augment
from lessons_lib.lotus import CALM_GARDEN, SIMPLE_GARDEN, SyntheticLotus
from lessons_lib.models import CRITICS, MODELS
from lessons_lib.models.factors import reading_scores
from lessons_lib.training import (
    AdversarialConfig,
    FactorConfig,
    Training,
    TrainingConfig,
    train_autoencoder,
    train_factors,
    train_gan,
    train_vae,
    train_wgan,
    train_wgan_gp,
)


@dataclass(frozen=True)
class Recipe:
    """Une recette : un modèle, des données, un entraînement.

    model : un nom de :data:`lessons_lib.models.MODELS`. size : côté des images, en pixels. latent, width : voir les
    modèles. images : nombre d'images d'entraînement. data_seed : leur graine. fixed : facteurs contraints du jardin.
    weights_seed : graine des poids initiaux.
    """

    title: str
    model: str
    config: TrainingConfig | AdversarialConfig
    size: int = 64
    latent: int = 32
    width: int = 32
    images: int = 3000
    data_seed: int = 0
    fixed: dict = field(default_factory=dict)
    weights_seed: int = 0
    stages: ClassVar[tuple[int, ...]] = ()

    def build(self) -> nn.Module:
        """Un modèle neuf, dont les poids viennent du hasard courant de PyTorch."""
        return MODELS[self.model](size=self.size, latent=self.latent, width=self.width)

    def data(self) -> Tensor:
        """Les images d'entraînement : (images, 3, size, size) dans [-1, 1]."""
        return self.garden().images

    def held_out(self, count: int = 256) -> Tensor:
        """Des images que l'entraînement n'a jamais vues : même jardin, autre graine."""
        return self.garden(count, HELD_OUT_SEED_OFFSET).images

    def garden(self, count: int | None = None, seed_offset: int = 0) -> SyntheticLotus:
        """Le jardin d'entraînement, ou ``count`` autres fleurs du même jardin."""
        return SyntheticLotus(
            self.images if count is None else count, self.size, self.data_seed + seed_offset, fixed=self.fixed
        )

    def start(self, device: str = "cpu", fabric=None) -> Training:
        """L'entraînement de la recette, prêt à dérouler sur cet appareil ; ``sampler`` sera le réseau à livrer.

        fabric : pour plusieurs processus, voir :mod:`lessons_lib.training.processes`.
        """
        torch.manual_seed(self.weights_seed)
        return self._train(self.build(), self.data(), replace(self.config, device=device), fabric)

    def _train(self, model: nn.Module, images, config, fabric) -> Training:
        return AUTOENCODERS[self.model](model, images, config, fabric=fabric)

    def figures(self, model: nn.Module) -> dict[str, dict[str, float]]:
        """Les figures de la fiche, sur des images que l'entraînement n'a jamais vues.

        Sous « figures », la reconstruction ; sous « generated », les images tirées de N(0, I).
        """
        held_out = self.held_out()
        return {
            "figures": zoo.final_figures(model, held_out),
            "generated": zoo.generated_figures(model, self.data(), held_out),
        }

    def as_json(self) -> dict:
        """La recette en types que JSON connaît, pour la fiche du zoo."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class AdversarialRecipe(Recipe):
    """La recette d'un générateur.

    algorithm : « gan », « wgan » ou « wgan_gp ». stages : les pas où garder quelques images du même bruit, pour la
    planche de l'entraînement.
    """

    algorithm: str
    stages: tuple[int, ...] = ()

    def _train(self, model: nn.Module, images, config, fabric) -> Training:
        critic = CRITICS[self.model](size=self.size, width=self.width)
        return GANS[self.algorithm](model, critic, images, config, fabric=fabric)

    def stage_codes(self, count: int = 6) -> Tensor:
        """Les codes z de la planche, (count, latent), toujours les mêmes."""
        return torch.randn(count, self.latent, generator=torch.Generator().manual_seed(self.data_seed))

    def figures(self, model: nn.Module) -> dict[str, dict[str, float]]:
        """Les figures de la fiche, sous « generated » : 256 images d'un bruit toujours le même."""
        return {"generated": zoo.generated_figures(model, self.data(), self.held_out())}


@dataclass(frozen=True, kw_only=True)
class RetouchedRecipe(AdversarialRecipe):
    """L'augmentation classique : les vraies images, et elles seules, sont retouchées d'avance.

    retouches : noms de :mod:`lessons_lib.augment`. copies : images retouchées tirées de chacune.
    """

    retouches: tuple[str, ...]
    copies: int = 40

    def data(self) -> Tensor:
        """Les images retouchées : (images · copies, 3, size, size)."""
        random = torch.Generator().manual_seed(self.data_seed)
        return augment(super().data().repeat(self.copies, 1, 1, 1), self.retouches, generator=random).clamp(-1, 1)


@dataclass(frozen=True, kw_only=True)
class FactorRecipe(Recipe):
    """La recette d'un lecteur de facteurs ; il apprend des images et de leurs facteurs."""

    def _train(self, model: nn.Module, images, config, fabric) -> Training:
        if fabric is not None:
            raise ValueError("Un lecteur de facteurs s'entraîne dans un seul processus : relancez sans torchrun.")
        return train_factors(model, images, self.garden().factors, config)

    def figures(self, model: nn.Module) -> dict[str, dict[str, float]]:
        """Sur 1 000 images jamais vues : part des variétés justes, et R² de chaque facteur numérique."""
        garden = self.garden(1000, HELD_OUT_SEED_OFFSET)
        return {"figures": reading_scores(model, garden.images, garden.factors)}


HELD_OUT_SEED_OFFSET = 1000
AUTOENCODERS = {"Autoencoder": train_autoencoder, "VAE": train_vae}
GANS = {"gan": train_gan, "wgan": train_wgan, "wgan_gp": train_wgan_gp}

_LONG = TrainingConfig(steps=3000, learning_rate=2e-3, decay=True, sigma=0.8)
_MAP = TrainingConfig(steps=1500, learning_rate=2e-3, decay=True, sigma=2.0)
# Le même budget que l'autoencodeur et le VAE : 3 000 pas de 32 images, un seul pas critique par pas du générateur.
_DUEL = AdversarialConfig(steps=3000, batch_size=32, learning_rate=6e-4, critic_steps=1, average=0.999)
# 1 600 pas, 5 puis 10 pas critiques de 17 images : 204 000 images vues par la critique, soit 3 000 fois les 68.
_ARTICLE = AdversarialConfig(steps=1600, batch_size=17, learning_rate=1e-4, critic_steps=((0.0, 5), (0.5, 10)))
_CALM = {"fixed": dict(CALM_GARDEN)}
_SIMPLE = {"latent": 2, "width": 24, "images": 1000, "fixed": dict(SIMPLE_GARDEN)}
# La famille des bêta-VAE : une même recette, seul le prix du nat change ; variété, ouverture, heure et eau varient.
BETAS = (1, 4, 16, 64, 128, 256, 1024)
_FAMILY = TrainingConfig(steps=1500, learning_rate=2e-3, decay=True, sigma=0.4)
_FOUR_FACTORS = {name: value for name, value in SIMPLE_GARDEN.items() if name not in ("hour", "water")}
_SMALL = {"size": 32, "latent": 10, "width": 12, "images": 1500, "fixed": _FOUR_FACTORS}
# Peu de données : une même recette, de 17 à 5 000 images, sans puis avec augmentation différentiable.
FEW = (17, 34, 68, 137, 500, 5000)
RETOUCHES = ("translation", "cutout")
_FEW = AdversarialConfig(steps=4000, batch_size=32, learning_rate=6e-4, critic_steps=1, average=0.999)
_AUGMENTED = replace(_FEW, augment=RETOUCHES)
_POOR = {"size": 32, "latent": 64, "width": 16, "algorithm": "wgan_gp", **_CALM}

# Floues et bruitées exprès, jusqu'à un écart type de 0,2 : les images à lire seront des images engendrées.
_READING = FactorConfig(steps=3000, batch_size=64, learning_rate=2e-3, decay=True, noise=0.2)

RECIPES = {
    "factors_64": FactorRecipe(
        "Lecteur de facteurs, jardin entier", "FactorNetwork", _READING, width=24, images=8000, data_seed=50
    ),
    "autoencoder_64": Recipe("Autoencodeur, 32 dimensions, jardin calme", "Autoencoder", _LONG, **_CALM),
    "vae_64": Recipe("VAE, 32 dimensions, jardin calme", "VAE", _LONG, **_CALM),
    "autoencoder_64_2d": Recipe("Autoencodeur, 2 dimensions, jardin simple", "Autoencoder", _MAP, **_SIMPLE),
    "vae_64_2d": Recipe("VAE, 2 dimensions, jardin simple", "VAE", _MAP, **_SIMPLE),
    "gan_64": AdversarialRecipe("GAN, jardin calme", "Generator", _DUEL, latent=64, algorithm="gan", **_CALM),
    "wgan_64": AdversarialRecipe("WGAN, jardin calme", "Generator", _DUEL, latent=64, algorithm="wgan", **_CALM),
    "wgan_gp_64": AdversarialRecipe(
        "WGAN-GP, jardin calme", "Generator", _DUEL, latent=64, algorithm="wgan_gp", **_CALM
    ),
    "wgan_gp_128_article": AdversarialRecipe(
        "WGAN-GP de l'article, 68 lotus",
        "ArticleGenerator",
        _ARTICLE,
        size=128,
        latent=100,
        width=24,
        images=68,
        algorithm="wgan_gp",
        stages=(50, 200, 400, 800, 1600),
    ),
    **{
        f"beta_vae_32_b{beta:04d}": Recipe(f"VAE à bêta = {beta}", "VAE", replace(_FAMILY, beta=float(beta)), **_SMALL)
        for beta in BETAS
    },
    **{
        f"few_32_n{count:04d}": AdversarialRecipe(f"WGAN-GP, {count} images", "Generator", _FEW, images=count, **_POOR)
        for count in FEW
    },
    **{
        f"few_32_n{count:04d}_augmented": AdversarialRecipe(
            f"WGAN-GP, {count} images, augmentation différentiable", "Generator", _AUGMENTED, images=count, **_POOR
        )
        for count in FEW
    },
    "few_32_n0068_retouched": RetouchedRecipe(
        "WGAN-GP, 68 images retouchées d'avance",
        "Generator",
        _FEW,
        images=68,
        retouches=RETOUCHES,
        **_POOR,
    ),
}
