"""La distance de Wasserstein par tranches, entre de petits carrés d'images pris à chaque échelle.

Sources : Rabin et al., « Wasserstein Barycenter and its Application to Texture Mixing », 2011 ; Karras et al.,
« Progressive Growing of GANs », 2018, section 5 ; Burt et Adelson, « The Laplacian Pyramid as a Compact Image Code »,
1983.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

_KERNEL = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16


def laplacian_pyramid(images: Tensor, levels: int = 3) -> list[Tensor]:
    """Ce que chaque échelle ajoute à la suivante, de la plus fine à la plus grossière, puis ce qui reste.

    images : (N, C, S, S), S multiple de 2^levels. Rend levels + 1 tenseurs, de côtés S, S/2, …
    Une moyenne par blocs tiendrait lieu de flou à bon marché, mais laisserait passer les damiers : ici le filtre
    binomial 1 4 6 4 1 de Burt et Adelson. Lève ValueError si les images sont trop petites pour ces étages.
    """
    if images.ndim != 4 or images.shape[-1] % 2**levels or images.shape[-1] < 4 * 2**levels:
        raise ValueError(
            f"{levels} étages demandent des images (N, C, S, S), S multiple de {2**levels} et d'au moins "
            f"{4 * 2**levels} ; reçu {tuple(images.shape)}."
        )
    bands = []
    for _ in range(levels):
        smaller = _blur(images)[:, :, ::2, ::2]
        spread = torch.zeros_like(images)
        spread[:, :, ::2, ::2] = 4 * smaller
        bands.append(images - _blur(spread))
        images = smaller
    return [*bands, images]


def _blur(images: Tensor) -> Tensor:
    channels = images.shape[1]
    kernel = torch.outer(_KERNEL, _KERNEL).to(images).expand(channels, 1, 5, 5)
    return F.conv2d(F.pad(images, (2, 2, 2, 2), mode="reflect"), kernel, groups=channels)


def sliced_wasserstein(a: Tensor, b: Tensor, projections: int = 256, seed: int = 0) -> float:
    """Moyenne, sur des directions tirées au sort, de la distance de Wasserstein-1 entre les projections.

    a : (N, D), b : (M, D). Sur une droite, transporter revient à trier. Son erreur type, quand on change les points de
    a : ``uncertainty(lambda part: sliced_wasserstein(part, b), a)``, voir :func:`lessons_lib.metrics.uncertainty`.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or not len(a) or not len(b):
        raise ValueError(
            f"Deux échantillons (N, D) et (M, D) sont attendus ; reçu {tuple(a.shape)} et {tuple(b.shape)}."
        )
    random = torch.Generator().manual_seed(seed)
    directions = F.normalize(torch.randn(a.shape[1], projections, generator=random), dim=0).to(a)
    a, b = (a @ directions).sort(dim=0).values, (b @ directions).sort(dim=0).values
    # Les deux répartitions sont des escaliers : entre deux marches, chacune est constante.
    steps = torch.cat([torch.arange(1, len(x) + 1, dtype=torch.float64) / len(x) for x in (a, b)]).unique()
    widths = steps.diff(prepend=steps.new_zeros(1))
    middles = steps - widths / 2
    gaps = (a[(middles * len(a)).long()] - b[(middles * len(b)).long()]).abs()
    return (widths[:, None] * gaps).sum(dim=0).mean().item()


def patch_distances(
    fake: Tensor, real: Tensor, levels: int = 3, side: int = 7, per_image: int = 128, seed: int = 0
) -> list[float]:
    """La distance par tranches entre les carrés des deux lots, à chaque étage de la pyramide (levels + 1 valeurs).

    fake, real : (N, C, S, S). De chaque image, ``per_image`` carrés de ``side`` pixels, dont chaque voie est ramenée à
    la moyenne 0 et à l'écart type 1 de son lot (Karras et al. 2018). Les carrés d'une même image se ressemblent : pour
    l'erreur d'un étage, ce sont les images, et non les carrés, que ``uncertainty`` doit écarter.
    """
    random = torch.Generator().manual_seed(seed)
    pairs = zip(laplacian_pyramid(fake, levels), laplacian_pyramid(real, levels), strict=True)
    return [
        sliced_wasserstein(*(_patches(band, side, per_image, random) for band in pair), seed=seed) for pair in pairs
    ]


def _patches(band: Tensor, side: int, per_image: int, random: torch.Generator) -> Tensor:
    channels = band.shape[1]
    patches = F.unfold(band, side).transpose(1, 2)  # (N, places, C · side²)
    chosen = [places[torch.randperm(len(places), generator=random)[:per_image]] for places in patches]
    patches = torch.cat(chosen).unflatten(1, (channels, side * side))
    spread, mean = torch.std_mean(patches, dim=(0, 2), keepdim=True)
    return ((patches - mean) / spread.clamp_min(1e-8)).flatten(1)
