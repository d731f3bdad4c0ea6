"""Le générateur a-t-il appris par cœur ? Le rapport des distances au plus proche voisin."""

import torch
from torch import Tensor
from torch.nn import functional as F

SIDE = 16


def thumbnails(images: Tensor, side: int = SIDE) -> Tensor:
    """Les images réduites à ``side`` pixels de côté, par moyennes : (N, C, S, S) -> (N, C · side²).

    Il n'y reste que la composition : la place, la forme et la couleur.
    Lève ValueError si S n'est pas un multiple de side.
    """
    if images.ndim != 4 or images.shape[-1] % side or images.shape[-2] % side:
        raise ValueError(f"Des images (N, C, S, S), S multiple de {side}, sont attendues ; reçu {tuple(images.shape)}.")
    return F.avg_pool2d(images.float(), images.shape[-1] // side).flatten(1)


def nearest_neighbour_ratio(fake: Tensor, train: Tensor, held_out: Tensor) -> float:
    """Distance médiane à la plus proche image d'entraînement, rapportée à celle de vraies images inconnues.

    fake, train, held_out : (N, C, S, S), comparées en vignettes de 16 pixels. Vaut 0 pour des copies, environ 1 pour
    des images aussi neuves que de vraies photographies ; une image floue, proche de toutes, le fait aussi baisser.
    Source : d'après Meehan, Chaudhuri et Dasgupta, « A Non-Parametric Test to Detect Data-Copying in Generative
    Models », 2020, dont le test compare ces deux lois de distances ; ici, leurs médianes.
    """
    known = thumbnails(train)
    return (_nearest(thumbnails(fake), known) / _nearest(thumbnails(held_out), known)).item()


def _nearest(points: Tensor, known: Tensor) -> Tensor:
    distances = torch.cdist(points, known, compute_mode="donot_use_mm_for_euclid_dist")
    return distances.min(dim=1).values.median()
