"""Les recettes du zoo : tout ce qu'il faut pour refaire les poids livrés, sous forme de données.

`python3 -m course entrainer vae_64` suit une recette ; :mod:`lessons_lib.zoo` charge le résultat.
"""

from dataclasses import asdict, dataclass, field

from torch import Tensor, nn

from lessons_lib.lotus import CALM_GARDEN, SIMPLE_GARDEN, SyntheticLotus
from lessons_lib.models import MODELS
from lessons_lib.training import Training, TrainingConfig, train_autoencoder, train_vae


@dataclass(frozen=True)
class Recipe:
    """Une recette : un modèle, des données, un entraînement.

    model : « Autoencoder » ou « VAE ». size : côté des images, en pixels. latent, width : voir les modèles.
    images : nombre d'images d'entraînement. data_seed : leur graine. fixed : facteurs contraints du jardin.
    weights_seed : graine des poids initiaux.
    """

    title: str
    model: str
    config: TrainingConfig
    size: int = 64
    latent: int = 32
    width: int = 32
    images: int = 3000
    data_seed: int = 0
    fixed: dict = field(default_factory=dict)
    weights_seed: int = 0

    def build(self) -> nn.Module:
        """Un modèle neuf, dont les poids ne sont pas encore tirés de ``weights_seed``."""
        return MODELS[self.model](size=self.size, latent=self.latent, width=self.width)

    def data(self) -> Tensor:
        """Les images d'entraînement : (images, 3, size, size) dans [-1, 1]."""
        return SyntheticLotus(self.images, self.size, self.data_seed, fixed=self.fixed).images

    def held_out(self, count: int = 256) -> Tensor:
        """Des images que l'entraînement n'a jamais vues : même jardin, autre graine."""
        return SyntheticLotus(count, self.size, self.data_seed + HELD_OUT_SEED_OFFSET, fixed=self.fixed).images

    def train(self, model: nn.Module, images: Tensor) -> Training:
        """L'entraînement de la recette, prêt à dérouler."""
        return LOOPS[self.model](model, images, self.config)

    def as_json(self) -> dict:
        """La recette en types que JSON connaît, pour la fiche du zoo."""
        return asdict(self)


HELD_OUT_SEED_OFFSET = 1000
LOOPS = {"Autoencoder": train_autoencoder, "VAE": train_vae}

_LONG = TrainingConfig(steps=3000, learning_rate=2e-3, decay=True, sigma=0.8)
_MAP = TrainingConfig(steps=1500, learning_rate=2e-3, decay=True, sigma=2.0)
_CALM = {"fixed": dict(CALM_GARDEN)}
_SIMPLE = {"latent": 2, "width": 24, "images": 1000, "fixed": dict(SIMPLE_GARDEN)}

RECIPES = {
    "autoencoder_64": Recipe("Autoencodeur, 32 dimensions, jardin calme", "Autoencoder", _LONG, **_CALM),
    "vae_64": Recipe("VAE, 32 dimensions, jardin calme", "VAE", _LONG, **_CALM),
    "autoencoder_64_2d": Recipe("Autoencodeur, 2 dimensions, jardin simple", "Autoencoder", _MAP, **_SIMPLE),
    "vae_64_2d": Recipe("VAE, 2 dimensions, jardin simple", "VAE", _MAP, **_SIMPLE),
}
