"""L'autoencodeur et le VAE : le même tronc convolutif, de 32 à 128 pixels.

L'encodeur divise la taille par deux à chaque étage jusqu'à 4×4 ; le décodeur fait le chemin inverse en
agrandissant l'image puis en la convoluant (*resize-convolution*), ce qui évite le damier des convolutions
transposées (Odena, Dumoulin et Olah, « Deconvolution and Checkerboard Artifacts », 2016).

Sources : Hinton et Salakhutdinov, « Reducing the Dimensionality of Data with Neural Networks », 2006 ;
Kingma et Welling, « Auto-Encoding Variational Bayes », 2014.
"""

import torch
from torch import Tensor, nn

from lessons_lib.losses import reparameterize

SIZES = (32, 64, 128)


def trunk_channels(size: int, width: int) -> list[int]:
    """Nombre de canaux après chaque étage, de l'image vers 4×4 : width, 2·width, 3·width, 4·width, 4·width.

    Lève ValueError si ``size`` n'est pas 32, 64 ou 128.
    """
    if size not in SIZES:
        raise ValueError(f"Taille d'image {size} : choisissez 32, 64 ou 128 pixels.")
    stages = {32: 3, 64: 4, 128: 5}[size]
    return [width * min(stage, 4) for stage in range(1, stages + 1)]


def make_encoder(size: int, outputs: int, width: int) -> nn.Sequential:
    """(N, 3, size, size) -> (N, outputs)."""
    channels = trunk_channels(size, width)
    layers: list[nn.Module] = []
    before = 3
    for after in channels:
        # (N, before, h, h) -> (N, after, h/2, h/2)
        layers += [nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1), nn.SiLU()]
        before = after
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * 4 * 4, outputs))


def make_decoder(size: int, latent: int, width: int) -> nn.Sequential:
    """(N, latent) -> (N, 3, size, size) dans [-1, 1]."""
    channels = trunk_channels(size, width)[::-1]
    layers: list[nn.Module] = [nn.Linear(latent, channels[0] * 4 * 4), nn.SiLU(), nn.Unflatten(1, (channels[0], 4, 4))]
    last = max(1, width // 2)  # le dernier étage travaille à pleine taille : c'est le plus coûteux
    for before, after in zip(channels, [*channels[1:], last], strict=True):
        # (N, before, h, h) -> (N, after, 2h, 2h)
        layers += [
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(before, after, kernel_size=3, padding=1),
            nn.SiLU(),
        ]
    return nn.Sequential(*layers, nn.Conv2d(last, 3, kernel_size=3, padding=1), nn.Tanh())


class Autoencoder(nn.Module):
    """Un goulot d'étranglement : l'image devient un point z, et z redevient une image.

    size : côté de l'image en pixels (32, 64 ou 128). latent : nombre de dimensions de z.
    width : nombre de canaux du premier étage. Enseigné dans la leçon 01.
    """

    def __init__(self, size: int = 64, latent: int = 32, width: int = 32):
        super().__init__()
        check_widths(latent, width)
        self.size, self.latent, self.width = size, latent, width
        self.encoder = make_encoder(size, latent, width)
        self.decoder = make_decoder(size, latent, width)

    def encode(self, x: Tensor) -> Tensor:
        """(N, 3, size, size) dans [-1, 1] -> z : (N, latent)."""
        check_images(x, self.size)
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """z : (N, latent) -> (N, 3, size, size) dans [-1, 1]."""
        return self.decoder(z)

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


class VAE(nn.Module):
    """L'encodeur donne une loi normale par image, N(mu, diag(exp(logvar))), au lieu d'un point.

    Mêmes arguments et même tronc que :class:`Autoencoder` ; seule la dernière couche de l'encodeur est deux fois
    plus large. Enseigné dans la leçon 02.
    """

    def __init__(self, size: int = 64, latent: int = 32, width: int = 32):
        super().__init__()
        check_widths(latent, width)
        self.size, self.latent, self.width = size, latent, width
        self.encoder = make_encoder(size, 2 * latent, width)
        self.decoder = make_decoder(size, latent, width)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, size, size) dans [-1, 1] -> (mu, logvar), chacun (N, latent)."""
        check_images(x, self.size)
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        return mu, logvar

    def decode(self, z: Tensor) -> Tensor:
        """z : (N, latent) -> (N, 3, size, size) dans [-1, 1]."""
        return self.decoder(z)

    def forward(self, x: Tensor, *, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Rend (x_hat, mu, logvar) ; ``generator`` fixe le tirage de epsilon."""
        mu, logvar = self.encode(x)
        z = reparameterize(mu, logvar, generator=generator)
        return self.decode(z), mu, logvar


def check_widths(latent: int, width: int) -> None:
    """Lève ValueError si l'un des deux est nul ou négatif."""
    if latent < 1 or width < 1:
        raise ValueError(f"latent et width doivent valoir au moins 1 ; reçu {latent} et {width}.")


def check_images(x: Tensor, size: int) -> None:
    """Lève ValueError si x n'est pas (N, 3, size, size)."""
    if x.ndim != 4 or x.shape[1:] != (3, size, size):
        raise ValueError(
            f"Ce modèle attend des images (N, 3, {size}, {size}) ; reçu {tuple(x.shape)}. "
            f"Chargez vos images avec size={size}, ou construisez le modèle à leur taille."
        )
