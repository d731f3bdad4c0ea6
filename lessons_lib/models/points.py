"""Un générateur et une critique pour des points du plan : les réseaux des laboratoires et des lois jouets."""

from itertools import pairwise

from torch import Tensor, nn

from lessons_lib.models.adversarial import check_latent
from lessons_lib.models.autoencoders import check_widths


class ToyGenerator(nn.Module):
    """z ~ N(0, I) -> point de dimension ``dimensions``.

    latent : dimensions de z. hidden : neurones par couche cachée. layers : nombre de couches cachées.
    Enseigné dans la leçon 04.
    """

    def __init__(self, latent: int = 2, hidden: int = 128, layers: int = 3, dimensions: int = 2):
        super().__init__()
        check_widths(latent, hidden)
        self.latent = latent
        self.layers = nn.Sequential(*_hidden(latent, hidden, layers, nn.ReLU()), nn.Linear(hidden, dimensions))

    def forward(self, z: Tensor) -> Tensor:
        """z : (N, latent) -> (N, dimensions)."""
        check_latent(z, self.latent)
        return self.layers(z)


class ToyCritic(nn.Module):
    """Point de dimension ``dimensions`` -> score réel. Mêmes arguments que :class:`ToyGenerator`."""

    def __init__(self, hidden: int = 128, layers: int = 3, dimensions: int = 2):
        super().__init__()
        check_widths(1, hidden)
        self.layers = nn.Sequential(*_hidden(dimensions, hidden, layers, nn.LeakyReLU(0.2)), nn.Linear(hidden, 1))

    def forward(self, x: Tensor) -> Tensor:
        """x : (N, dimensions) -> scores : (N,)."""
        return self.layers(x).squeeze(1)


def _hidden(inputs: int, hidden: int, layers: int, activation: nn.Module) -> list[nn.Module]:
    if layers < 1:
        raise ValueError(f"layers vaut {layers} : au moins une couche cachée est attendue.")
    widths = [inputs] + [hidden] * layers
    return [module for pair in pairwise(widths) for module in (nn.Linear(*pair), activation)]
