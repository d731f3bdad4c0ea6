"""Le générateur et la critique : deux réseaux en miroir, de 32 à 128 pixels.

Le générateur part d'un bruit z et double la taille à chaque étage ; la critique prend une image et la réduit
jusqu'à un seul nombre. La critique n'a pas de normalisation par lot : la pénalité de gradient porte sur la réponse
à chaque image prise seule (Gulrajani et al. 2017, section 4).

Sources : Goodfellow et al., « Generative Adversarial Nets », 2014 ; Radford, Metz et Chintala, « Unsupervised
Representation Learning with Deep Convolutional Generative Adversarial Networks », 2016 ; Odena, Dumoulin et Olah,
« Deconvolution and Checkerboard Artifacts », 2016.
"""

from itertools import pairwise

from torch import Tensor, nn

from lessons_lib.models.autoencoders import check_images, check_widths, trunk_channels

UPSAMPLINGS = ("resize", "transposed")


def upsample(before: int, after: int, how: str) -> list[nn.Module]:
    """Un étage qui double la taille : (N, before, h, h) -> (N, after, 2h, 2h).

    - ``"resize"`` : agrandir au plus proche voisin, puis convoluer ; chaque pixel reçoit le même nombre de
      contributions ;
    - ``"transposed"`` : convolution transposée 4×4 de pas 2, moins chère, mais dont les contributions inégales
      peuvent laisser un damier.

    Enseigné dans la leçon 06.
    """
    if how == "resize":
        return [nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(before, after, kernel_size=3, padding=1)]
    return [nn.ConvTranspose2d(before, after, kernel_size=4, stride=2, padding=1)]


class Generator(nn.Module):
    """z ~ N(0, I) -> image dans [-1, 1].

    size : côté de l'image en pixels (32, 64 ou 128). latent : nombre de dimensions de z. width : canaux du dernier
    grand étage. upsampling : « resize » ou « transposed », voir :func:`upsample`. normalise : normalisation par lot
    (*BatchNorm*) après chaque étage, comme DCGAN. Enseigné dans la leçon 04.
    """

    def __init__(
        self, size: int = 64, latent: int = 64, width: int = 32, upsampling: str = "resize", normalise: bool = True
    ):
        super().__init__()
        check_widths(latent, width)
        if upsampling not in UPSAMPLINGS:
            raise ValueError(f"upsampling vaut « {upsampling} » : choisissez « resize » ou « transposed ».")
        channels = trunk_channels(size, width)[::-1]
        self.size, self.latent = size, latent
        layers: list[nn.Module] = [nn.Linear(latent, channels[0] * 4 * 4), nn.Unflatten(1, (channels[0], 4, 4))]
        last = max(1, width // 2)  # le dernier étage travaille à pleine taille : c'est le plus coûteux
        for before, after in zip(channels, [*channels[1:], last], strict=True):
            # (N, before, h, h) -> (N, after, 2h, 2h)
            layers += [*_normalised(before, normalise), *upsample(before, after, upsampling)]
        self.layers = nn.Sequential(
            *layers, *_normalised(last, normalise), nn.Conv2d(last, 3, kernel_size=3, padding=1), nn.Tanh()
        )

    def forward(self, z: Tensor) -> Tensor:
        """z : (N, latent) -> (N, 3, size, size) dans [-1, 1]."""
        check_latent(z, self.latent)
        return self.layers(z)


class Critic(nn.Module):
    """Image -> un score réel, sans sigmoïde : grand pour une vraie image, petit pour une fausse.

    size, width : comme :class:`Generator`. Le même réseau sert de discriminateur (le score est alors le logit de
    D(x)) et de critique. normalise : normalisation par lot, comme DCGAN ; à laisser fausse avec une pénalité.
    Enseigné dans la leçon 04.
    """

    def __init__(self, size: int = 64, width: int = 32, normalise: bool = False):
        super().__init__()
        check_widths(1, width)
        channels = trunk_channels(size, width)
        self.size = size
        layers: list[nn.Module] = []
        for stage, (before, after) in enumerate(pairwise([3, *channels])):
            # (N, before, h, h) -> (N, after, h/2, h/2)
            layers += [nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1)]
            layers += [nn.BatchNorm2d(after)] if normalise and stage else []
            layers += [nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1] * 4 * 4, 1))

    def forward(self, x: Tensor) -> Tensor:
        """x : (N, 3, size, size) -> scores : (N,)."""
        check_images(x, self.size)
        return self.layers(x).squeeze(1)


def check_latent(z: Tensor, latent: int) -> None:
    """Lève ValueError si z n'est pas (N, latent)."""
    if z.ndim != 2 or z.shape[1] != latent:
        raise ValueError(
            f"Ce générateur attend z de forme (N, {latent}) ; reçu {tuple(z.shape)}. Essayez torch.randn(16, {latent})."
        )


def _normalised(channels: int, normalise: bool) -> list[nn.Module]:
    return [nn.BatchNorm2d(channels), nn.ReLU()] if normalise else [nn.LeakyReLU(0.2)]
