"""Une boucle d'entraînement est un itérateur : chaque ``next()`` fait un pas, et rien ne tourne avant.

    steps = train_vae(model, images, TrainingConfig(steps=500))
    for step in steps:
        print(step.index, step.losses["loss"])

Barre de progression, courbes, enregistrement et points de reprise sont des adaptateurs autour de cet itérateur :
voir :mod:`lessons_lib.observers`. Quitter la boucle à tout moment laisse modèles et optimiseurs utilisables.
"""

from lessons_lib.training.adversarial import (
    AdversarialConfig,
    critic_step,
    generator_step,
    train_gan,
    train_wgan,
    train_wgan_gp,
    update_average,
)
from lessons_lib.training.autoencoders import (
    TrainingConfig,
    autoencoder_step,
    train_autoencoder,
    train_vae,
    vae_step,
)
from lessons_lib.training.factors import FactorConfig, train_factors
from lessons_lib.training.loop import Step, Training, TrainingDiverged
from lessons_lib.training.state import Batches, TrainingState

__all__ = [
    "AdversarialConfig",
    "Batches",
    "FactorConfig",
    "Step",
    "Training",
    "TrainingConfig",
    "TrainingDiverged",
    "TrainingState",
    "autoencoder_step",
    "critic_step",
    "generator_step",
    "train_autoencoder",
    "train_factors",
    "train_gan",
    "train_vae",
    "train_wgan",
    "train_wgan_gp",
    "update_average",
    "vae_step",
]
