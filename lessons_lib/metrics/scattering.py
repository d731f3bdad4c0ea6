"""La diffusion (*scattering*) : des ondelettes, un module, encore des ondelettes, et une moyenne.

Le premier ordre dit combien l'image contient de chaque échelle et de chaque orientation, comme un spectre. Le second
dit comment ces détails sont rangés : en contours, en damier, ou éparpillés comme du bruit. Deux textures de même
spectre, que l'œil sépare aussitôt, n'ont pas le même second ordre.

Sources : Mallat, « Group Invariant Scattering », 2012 ; Bruna et Mallat, « Invariant Scattering Convolution Networks »,
2013, sections 2 et 3 ; réglages des ondelettes de Andreux et al., « Kymatio », 2020.
"""

import math
from functools import cache

import torch
from torch import Tensor

SCALES, ORIENTATIONS = 4, 4
_BATCH = 16  # images à la fois : le second ordre est gourmand en mémoire
_FLOOR = 1e-3  # amplitude, en unités de pixel, au-dessous de laquelle un détail ne se voit plus
# Luminance et deux chrominances (Rec. 601) : l'œil juge les contours sur la première.
_YCC = ((0.299, 0.587, 0.114), (-0.169, -0.331, 0.5), (0.5, -0.419, -0.081))


@cache
def morlet_bank(size: int, scales: int = SCALES, orientations: int = ORIENTATIONS) -> Tensor:
    """Les ondelettes de Morlet, dans le domaine de Fourier : (scales, orientations, size, size), réelles.

    L'ondelette d'échelle j vibre à la pulsation 3π/4 · 2⁻ʲ radians par pixel ; sa moyenne est nulle.
    Lève ValueError si les échelles ne tiennent pas dans ``size`` pixels.
    """
    if size < 2 ** (scales + 1) or size % 2 ** (scales - 1):
        raise ValueError(
            f"{scales} échelles ne tiennent pas dans {size} pixels : il faut un multiple de {2 ** (scales - 1)}, "
            f"d'au moins {2 ** (scales + 1)}."
        )
    bank = torch.empty(scales, orientations, size, size)
    for scale in range(scales):
        for index in range(orientations):
            angle = math.pi * index / orientations
            shape = {"sigma": 0.8 * 2**scale, "angle": angle, "slant": 4 / orientations}
            wave = _gabor(size, 3 * math.pi / 4 / 2**scale, **shape)
            envelope = _gabor(size, 0.0, **shape)
            bank[scale, index] = wave - wave[0, 0] / envelope[0, 0] * envelope
    return bank


def _gabor(size: int, frequency: float, sigma: float, angle: float, slant: float) -> Tensor:
    """Une gaussienne autour de ``frequency``, rendue périodique : la transformée de Fourier d'une onde localisée."""
    omega = torch.fft.fftfreq(size, dtype=torch.float64) * 2 * math.pi
    turns = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64) * 2 * math.pi
    # (tours en y, tours en x, size, size)
    y = omega[:, None] + turns[:, None, None, None]
    x = omega[None, :] + turns[None, :, None, None]
    along = math.cos(angle) * x + math.sin(angle) * y - frequency
    across = math.cos(angle) * y - math.sin(angle) * x
    return torch.exp(-(sigma**2) * (along.square() + across.square() / slant**2) / 2).sum(dim=(0, 1)).float()


def scattering(images: Tensor, scales: int = SCALES, orientations: int = ORIENTATIONS) -> Tensor:
    """Les caractéristiques de chaque image : (N, 3, S, S) dans [-1, 1] -> (N, D).

    Par voie (luminance, deux chrominances) : log S1 pour chaque ondelette, puis log (S2 / S1) pour chaque couple d'une
    ondelette et d'une plus grande. D = 3 (J L + J (J − 1) L² / 2), soit 336 pour J = L = 4.
    Lève ValueError si les images ne sont pas carrées et en couleurs, ou trop petites.
    """
    if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] != images.shape[3]:
        raise ValueError(f"Des images carrées (N, 3, S, S) sont attendues ; reçu {tuple(images.shape)}.")
    bank = morlet_bank(images.shape[-1], scales, orientations).to(images.device)
    channels = torch.einsum("dc,nchw->ndhw", torch.tensor(_YCC, device=images.device), images.float())
    return torch.cat([_features(batch, bank) for batch in channels.split(_BATCH)])


def _features(channels: Tensor, bank: Tensor) -> Tensor:
    spectrum = torch.fft.fft2(channels)[:, :, None, None]
    # |x ⋆ psi| : (N, 3, J, L, S, S)
    envelopes = torch.fft.ifft2(spectrum * bank).abs()
    first = envelopes.mean(dim=(-1, -2))
    features = [torch.log(first + _FLOOR).flatten(1)]
    for scale in range(len(bank) - 1):
        spectrum = torch.fft.fft2(envelopes[:, :, scale])[:, :, :, None]
        below = torch.log(first[:, :, scale] + _FLOOR)[..., None]
        for larger in range(scale + 1, len(bank)):
            # Une enveloppe à grande échelle varie lentement : un pixel sur 2^(échelle − 1) suffit à la moyenne.
            second = torch.fft.ifft2(_fold(spectrum * bank[larger], 2 ** (larger - 1))).abs().mean(dim=(-1, -2))
            features.append((torch.log(second + _FLOOR / 10) - below).flatten(1))
    return torch.cat(features, dim=1)


def _fold(spectrum: Tensor, step: int) -> Tensor:
    """Replie un spectre (…, S, S) : celui de l'image dont on garde un pixel sur ``step``, (…, S/step, S/step)."""
    size = spectrum.shape[-1] // step
    return spectrum.unflatten(-1, (step, size)).mean(dim=-2).unflatten(-2, (step, size)).mean(dim=-3)
