"""De petits entraînements, à faire tels quels par un processus ou par plusieurs ; test_fabric.py compare leurs pertes.

    python workload.py sortie.json                                   un processus, sans Fabric
    python -m torch.distributed.run --nproc_per_node=2 workload.py sortie.json

Le premier processus écrit {"processes", "spread", "trainings": {nom: {"losses": {perte: valeurs}, "sample"}}}.

Le WGAN-GP est comparé en float32 au pas d'apprentissage du cours (1e-4), et en float64 à un pas dix fois plus grand, où
l'arrondi de float32, amplifié par le jeu, séparerait aussi bien deux entraînements d'un seul processus.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch

from lessons_lib.models import VAE, Autoencoder, Critic, Generator
from lessons_lib.observers import checkpoint, record
from lessons_lib.training import AdversarialConfig, TrainingConfig, train_autoencoder, train_vae, train_wgan_gp
from lessons_lib.training.processes import is_first, open_fabric

STEPS = 50
RETOUCHES = ("colour", "translation", "cutout")


def pictures(count: int = 40) -> torch.Tensor:
    """Des taches floues, (count, 3, 32, 32) dans [-1, 1]."""
    noise = torch.randn(count, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(noise, size=32, mode="bilinear").tanh()


def vae(fabric):
    model, config = VAE(32, latent=4, width=8), TrainingConfig(steps=STEPS, batch_size=16)
    return train_vae(model, pictures(), config, fabric=fabric)


def autoencoder(fabric):
    config = TrainingConfig(steps=STEPS, batch_size=16, noise=0.3)
    return train_autoencoder(Autoencoder(32, latent=4, width=8), pictures(), config, fabric=fabric)


def wgan_gp(fabric, **settings):
    networks = Generator(32, latent=8, width=8, normalise=False), Critic(32, width=8)
    config = AdversarialConfig(steps=STEPS, batch_size=16, critic_steps=2, average=0.9, **settings)
    return train_wgan_gp(*networks, pictures(), config, fabric=fabric)


fast = partial(wgan_gp, learning_rate=1e-3)
frugal = partial(fast, penalty_every=4, augment=RETOUCHES)
TRAININGS = {  # nom: (entraînement, type des nombres)
    "autoencoder": (autoencoder, torch.float32),
    "vae": (vae, torch.float32),
    "wgan_gp": (wgan_gp, torch.float32),
    "wgan_gp_double": (fast, torch.float64),
    "frugal_double": (frugal, torch.float64),
}


@contextmanager
def default(dtype: torch.dtype) -> Iterator[None]:
    """Poids et tirages de ce type, et des poids initiaux toujours les mêmes."""
    torch.set_default_dtype(dtype)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)


def resumed(fabric, path: Path):
    """``frugal``, arrêté au pas 20 puis repris de son point de reprise."""
    for step in checkpoint(frugal(fabric), path, every=20):
        if step.index == 20:
            break
    if fabric is not None:
        fabric.barrier()  # le premier a écrit : les autres peuvent lire
    torch.manual_seed(99)
    training = frugal(fabric)
    return training, checkpoint(training, path, every=1000)


def summary(training, steps=None) -> dict:
    """Les pertes de l'entraînement déroulé, et la moyenne et l'écart type de quelques images de son réseau."""
    history = record(training if steps is None else steps)
    images = training.sample(torch.randn(8, training.sampler.latent, generator=torch.Generator().manual_seed(1)))
    return {"losses": history.losses, "sample": [float(images.mean()), float(images.std())]}


def spread(fabric, training) -> float:
    """Le plus grand écart entre les poids du premier processus et ceux d'un autre."""
    if fabric is None:
        return 0.0
    own = torch.cat([p.detach().flatten() for model in training.state.models.values() for p in model.parameters()])
    return float((fabric.all_gather(own) - own).abs().max())


def main(output: Path) -> None:
    torch.set_num_threads(1)
    fabric = open_fabric()
    done = {}
    for name, (make, dtype) in TRAININGS.items():
        with default(dtype):
            training = make(fabric)
            done[name] = summary(training)
    apart = spread(fabric, training)
    with default(torch.float64):
        done["frugal_double_resumed"] = summary(*resumed(fabric, output.with_suffix(".safetensors")))
    if is_first(fabric):
        processes = 1 if fabric is None else fabric.world_size
        output.write_text(json.dumps({"processes": processes, "spread": apart, "trainings": done}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
