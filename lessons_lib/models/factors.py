"""Le lecteur de facteurs : un petit réseau qui dit la variété, l'ouverture, l'inclinaison… d'un lotus.

Ses caractéristiques, l'avant-dernière couche, servent aussi à comparer des lots d'images : deux lots proches y montrent
les mêmes fleurs, quels que soient leurs pixels. C'est le rôle qu'Inception tient pour les photographies (Heusel et al.,
« GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium », 2017).
"""

import itertools

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.lotus.factors import FACTOR_RANGES, VARIETIES

SIDE = 64
NUMERIC = ("openness", "tilt", "petals", "rings", "size", "x", "y", "hour", "water", "pads")


def factor_targets(factors: np.ndarray) -> tuple[Tensor, Tensor]:
    """Ce que le réseau apprend, d'un tableau de facteurs (N,) : le numéro de la variété (N,), les autres (N, K).

    Chaque facteur numérique va de −1 à 1 sur l'intervalle où il est tiré.
    """
    varieties = torch.tensor([list(VARIETIES).index(name) for name in factors["variety"]])
    columns = [(factors[name] - _middle(name)) / _half_width(name) for name in NUMERIC]
    return varieties, torch.from_numpy(np.stack(columns, axis=1)).float()


class FactorNetwork(nn.Module):
    """(N, 3, H, W) dans [-1, 1] -> variété (N, 5), en scores, et facteurs numériques (N, 10), de −1 à 1.

    Les images d'une autre taille sont ramenées à 64 pixels. width : canaux du premier étage. latent : nombre de
    caractéristiques ; peu nombreuses, pour qu'une covariance s'estime sur quelques centaines d'images.
    """

    def __init__(self, *, size: int = SIDE, latent: int = 32, width: int = 24):
        super().__init__()
        self.size, self.latent = size, latent
        channels = [3, width, 2 * width, 4 * width, 4 * width]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(channels):
            # (N, before, h, h) -> (N, after, h/2, h/2)
            layers += [nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1, bias=False), nn.BatchNorm2d(after)]
            layers.append(nn.SiLU())
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * (size // 16) ** 2, latent))
        self.head = nn.Sequential(nn.SiLU(), nn.Linear(latent, 2 * latent), nn.SiLU())
        self.variety, self.numeric = nn.Linear(2 * latent, len(VARIETIES)), nn.Linear(2 * latent, len(NUMERIC))

    def features(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) -> les caractéristiques, (N, latent)."""
        if images.shape[-1] != self.size:
            images = F.interpolate(images, size=(self.size, self.size), mode="bilinear", antialias=True)
        return self.trunk(images)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.head(self.features(images))
        return self.variety(hidden), self.numeric(hidden)

    @torch.no_grad()
    def read(self, images: Tensor, batch_size: int = 128) -> dict[str, np.ndarray]:
        """Les facteurs lus : nom -> N valeurs, dans l'unité du facteur ; la variété, en toutes lettres.

        Le réseau lit en mode d'évaluation, puis retrouve le sien.
        """
        was_training = self.training
        self.eval()
        try:
            varieties, numeric = (torch.cat(parts) for parts in zip(*map(self, images.split(batch_size)), strict=True))
        finally:
            self.train(was_training)
        names = np.array(list(VARIETIES))[varieties.argmax(dim=1).cpu().numpy()]
        values = {name: column.numpy() for name, column in zip(NUMERIC, numeric.cpu().double().T, strict=True)}
        return {"variety": names} | {name: _middle(name) + _half_width(name) * v for name, v in values.items()}


@torch.no_grad()
def reading_scores(network: FactorNetwork, images: Tensor, factors: np.ndarray) -> dict[str, float]:
    """Part des variétés bien lues, et R² de chaque facteur numérique (1 : lu exactement ; 0 : comme la moyenne)."""
    read = network.read(images)
    scores = {"variety": float(np.mean(read["variety"] == factors["variety"]))}
    for name in NUMERIC:
        missed, spread = np.mean((read[name] - factors[name]) ** 2), np.var(factors[name])
        scores[name] = 1 - float(missed / spread)
    return scores


def _middle(name: str) -> float:
    return sum(FACTOR_RANGES[name].drawn) / 2


def _half_width(name: str) -> float:
    low, high = FACTOR_RANGES[name].drawn
    return (high - low) / 2
