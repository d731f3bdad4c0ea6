"""Les caractéristiques où comparer des images, et les deux distances connues, calculées par torchmetrics.

Un réseau de caractéristiques reçoit des images (N, 3, H, W) dans [-1, 1], rend (N, D), et dit D par ``num_features`` :
celui du cours lit les facteurs d'un lotus ; Inception, entraîné sur des photographies, est celui des articles.
"""

import warnings

import torch
from torch import Tensor, nn

from lessons_lib.metrics.energy import uncertainty
from lessons_lib.metrics.frechet import frechet_distance
from lessons_lib.metrics.kernel import kernel_distance
from lessons_lib.torchvision_compat import load_torchvision

BATCH = 128


class LotusFeatures(nn.Module):
    """Les 32 caractéristiques du lecteur de facteurs du zoo. Images de 32 pixels ou plus, (N, 3, H, W) dans [-1, 1]."""

    def __init__(self):
        super().__init__()
        from lessons_lib import zoo

        self.network = zoo.load("factors_64")
        self.num_features = self.network.latent

    def forward(self, images: Tensor) -> Tensor:
        return self.network.features(images)


class InceptionFeatures(nn.Module):
    """Les 2 048 caractéristiques d'Inception, avec les poids que les articles emploient.

    Lève RuntimeError, en disant quoi faire, s'ils ne sont pas sur cette machine et ne peuvent pas se télécharger.
    """

    num_features = 2048

    def __init__(self):
        super().__init__()
        load_torchvision()
        from torchmetrics.image.fid import NoTrainInceptionV3

        try:
            self.network = NoTrainInceptionV3(name="inception-v3-compat", features_list=[str(self.num_features)])
        except (ModuleNotFoundError, OSError) as error:
            raise RuntimeError(
                f"Les poids d'Inception ne sont pas là ({error}). Avec une connexion : « pip install torch-fidelity », "
                "puis recommencez ; sinon, employez LotusFeatures()."
            ) from error

    def forward(self, images: Tensor) -> Tensor:
        return self.network(((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))


@torch.no_grad()
def features_of(images: Tensor, network: nn.Module) -> Tensor:
    """Les caractéristiques d'images (N, 3, H, W) dans [-1, 1], par paquets : (N, D), en double précision."""
    return torch.cat([network(part) for part in images.split(BATCH)]).double()


def feature_distances(fake: Tensor, real: Tensor, network: nn.Module) -> dict[str, tuple[float, float]]:
    """La distance de Fréchet et la distance à noyau, par torchmetrics, chacune avec son erreur type.

    fake, real : (N, 3, H, W) et (M, 3, H, W) dans [-1, 1]. Rend {"frechet", "kernel"} -> (valeur, erreur type). La
    distance à noyau de torchmetrics demande autant d'images des deux côtés : elle laisse les dernières du plus grand.
    L'erreur est celle d'un autre choix de fausses images ; elle ne dit rien du biais de la distance de Fréchet, qui
    dépend de leur nombre (voir :func:`lessons_lib.metrics.frechet_at_infinity`). Sources : Heusel et al. 2017 ;
    Bińkowski et al., « Demystifying MMD GANs », 2018.
    """
    load_torchvision()
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.kid import KernelInceptionDistance

    seen, known = features_of(fake, network), features_of(real, network)
    size = min(len(seen), len(known))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Metric `Kernel Inception Distance`")  # il prévient qu'il garde tout
        kernel = KernelInceptionDistance(feature=_AlreadySeen(seen.shape[1]), subsets=1, subset_size=size)
    frechet = FrechetInceptionDistance(feature=_AlreadySeen(seen.shape[1])).set_dtype(torch.float64)
    for points, is_real in ((known, True), (seen, False)):
        frechet.update(points, real=is_real)
        kernel.update(points[:size], real=is_real)
    with torch.random.fork_rng(devices=[]):  # torchmetrics mêle les images qu'il garde toutes
        values = {"frechet": float(frechet.compute()), "kernel": float(kernel.compute()[0])}
    errors = {
        "frechet": uncertainty(lambda part: frechet_distance(part, known), seen, repeats=40),
        "kernel": uncertainty(lambda part: kernel_distance(part, known[:size]), seen[:size], repeats=40),
    }
    return {name: (values[name], errors[name]) for name in values}


class _AlreadySeen(nn.Module):
    """Le réseau que torchmetrics croit appeler : ce qu'il reçoit, (N, D), ce sont déjà les caractéristiques."""

    def __init__(self, num_features: int):
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features
