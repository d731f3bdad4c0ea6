"""Le couple de l'article à l'origine du cours : de 1 pixel à 128×128 en cinq convolutions transposées 4×4.

Avec le pas 2 habituel, cinq couches mènent de 1 pixel à 4, 8, 16, 32, puis 64 : il manque un facteur 2. Une couche a
donc un pas de 4 : 1 → 4 → 16 → 32 → 64 → 128. Un noyau 4×4 de pas 4 pose des carrés côte à côte, sans recouvrement :
placée en deuxième, cette couche laisse aux trois suivantes le soin d'effacer les coutures ; en dernier, elle les
montrerait dans l'image.
"""

from itertools import pairwise

from torch import Tensor, nn

from lessons_lib.models.adversarial import check_latent
from lessons_lib.models.autoencoders import check_images, check_widths

SIZE = 128
# (pas, marge) de chaque couche du générateur ; la critique les prend à rebours.
STRIDES = ((1, 0), (4, 0), (2, 1), (2, 1), (2, 1))


class ArticleGenerator(nn.Module):
    """z ~ N(0, I), vu comme une image d'un pixel, -> image 128×128 dans [-1, 1].

    size : 128, la seule taille de ces cinq couches. latent : nombre de dimensions de z. width : canaux de
    l'avant-dernière image ; les précédentes en ont 2, 4 et 8 fois plus. normalise : normalisation par lot avant chaque
    ReLU, comme DCGAN ; l'article n'en dit rien. Cinq convolutions transposées 4×4, ReLU, et Tanh à la fin.
    Enseigné dans la leçon 06.
    """

    def __init__(self, size: int = SIZE, latent: int = 100, width: int = 24, normalise: bool = True):
        super().__init__()
        _check_size(size)
        check_widths(latent, width)
        self.size, self.latent = size, latent
        channels = [latent, 8 * width, 4 * width, 2 * width, width, 3]
        layers: list[nn.Module] = []
        for (before, after), (stride, padding) in zip(pairwise(channels), STRIDES, strict=True):
            # 1 -> 4 -> 16 -> 32 -> 64 -> 128 pixels
            layers += [nn.ConvTranspose2d(before, after, kernel_size=4, stride=stride, padding=padding)]
            if after != 3:
                layers += [nn.BatchNorm2d(after), nn.ReLU()] if normalise else [nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        """z : (N, latent) -> (N, 3, 128, 128) dans [-1, 1]."""
        check_latent(z, self.latent)
        return self.layers(z[:, :, None, None])


class ArticleCritic(nn.Module):
    """Le miroir du générateur : cinq convolutions 4×4, puis une couche pleinement connectée d'une seule valeur.

    size, width : comme :class:`ArticleGenerator`. Enseigné dans la leçon 06.
    """

    def __init__(self, size: int = SIZE, width: int = 24):
        super().__init__()
        _check_size(size)
        check_widths(1, width)
        self.size = size
        channels = [3, width, 2 * width, 4 * width, 8 * width, 8 * width]
        layers: list[nn.Module] = []
        for (before, after), (stride, padding) in zip(pairwise(channels), STRIDES[::-1], strict=True):
            # 128 -> 64 -> 32 -> 16 -> 4 -> 1 pixel
            layers += [nn.Conv2d(before, after, kernel_size=4, stride=stride, padding=padding), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels[-1], 1))

    def forward(self, x: Tensor) -> Tensor:
        """x : (N, 3, 128, 128) -> scores : (N,)."""
        check_images(x, self.size)
        return self.layers(x).squeeze(1)


def _check_size(size: int) -> None:
    if size != SIZE:
        raise ValueError(f"Les réseaux de l'article ne font que des images de {SIZE} pixels ; reçu {size}.")
