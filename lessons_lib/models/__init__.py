"""Les réseaux du cours : autoencodeur et VAE, générateur et critique, les deux de l'article, ceux du plan."""

from lessons_lib.models.adversarial import Critic, Generator
from lessons_lib.models.article import ArticleCritic, ArticleGenerator
from lessons_lib.models.autoencoders import VAE, Autoencoder
from lessons_lib.models.factors import FactorNetwork
from lessons_lib.models.points import ToyCritic, ToyGenerator

MODELS = {
    "Autoencoder": Autoencoder,
    "VAE": VAE,
    "Generator": Generator,
    "ArticleGenerator": ArticleGenerator,
    "FactorNetwork": FactorNetwork,
}
CRITICS = {"Generator": Critic, "ArticleGenerator": ArticleCritic}

__all__ = [
    "CRITICS",
    "MODELS",
    "VAE",
    "ArticleCritic",
    "ArticleGenerator",
    "Autoencoder",
    "Critic",
    "FactorNetwork",
    "Generator",
    "ToyCritic",
    "ToyGenerator",
]
