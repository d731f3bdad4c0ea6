"""La distance à noyau (*kernel inception distance*, KID) : comme Fréchet, mais sans biais sur peu d'images."""

import torch
from torch import Tensor

from lessons_lib.metrics.energy import _check_samples


def kernel_distance(a: Tensor, b: Tensor) -> float:
    """Le carré de la MMD entre deux échantillons, avec le noyau (x·y / D + 1)³, sans biais.

    a : (N, D), b : (M, D), d'au moins deux points. Un point n'est jamais comparé à lui-même : deux échantillons de la
    même loi donnent zéro en moyenne, donc parfois un peu moins. Lève ValueError s'ils ne vont pas ensemble. Source :
    Bińkowski, Sutherland, Arbel et Gretton, « Demystifying MMD GANs », 2018, section 4.
    """
    _check_samples(a, b)
    a, b = a.double(), b.double()
    return (_inside(a) + _inside(b) - 2 * _kernel(a, b).mean()).item()


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    return (a @ b.T / a.shape[1] + 1) ** 3


def _inside(a: Tensor) -> Tensor:
    values = _kernel(a, a)
    return (values.sum() - torch.trace(values)) / (len(a) * (len(a) - 1))
