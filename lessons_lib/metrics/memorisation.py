"""Le générateur a-t-il appris par cœur ? Chaque image engendrée, à côté de l'image d'entraînement la plus proche."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.metrics.energy import _check_samples, uncertainty

SIDE = 16
LEAST_UNKNOWN = 40  # images inconnues, pour que le seuil des copies repose sur deux d'entre elles
RISK = 0.05  # part de vraies images inconnues qui passent, seules, pour des copies


def thumbnails(images: Tensor, side: int = SIDE) -> Tensor:
    """Les images réduites à ``side`` pixels de côté, par moyennes : (N, C, S, S) -> (N, C · side²).

    Il n'y reste que la composition : la place, la forme et la couleur.
    Lève ValueError si S n'est pas un multiple de side.
    """
    if images.ndim != 4 or images.shape[-1] % side or images.shape[-2] % side:
        raise ValueError(f"Des images (N, C, S, S), S multiple de {side}, sont attendues ; reçu {tuple(images.shape)}.")
    return F.avg_pool2d(images.float(), images.shape[-1] // side).flatten(1)


def nearest_neighbour_ratio(fake: Tensor, train: Tensor, held_out: Tensor) -> float:
    """Distance médiane à la plus proche image d'entraînement, rapportée à celle de vraies images inconnues.

    fake, train, held_out : (N, C, S, S), comparées en vignettes de 16 pixels. Vaut 0 pour des copies, environ 1 pour
    des images aussi neuves que de vraies photographies ; une image floue, proche de toutes, le fait aussi baisser.
    Source : d'après Meehan, Chaudhuri et Dasgupta, « A Non-Parametric Test to Detect Data-Copying in Generative
    Models », 2020, dont le test compare ces deux lois de distances ; ici, leurs médianes.
    """
    known = thumbnails(train)
    distances = [nearest(thumbnails(images), known)[0].median() for images in (fake, held_out)]
    return (distances[0] / distances[1]).item()


def nearest(points: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """La distance de chaque point (N, D) au plus proche des points connus (M, D), et le numéro de celui-ci."""
    distances = torch.cdist(points, known, compute_mode="donot_use_mm_for_euclid_dist")
    return tuple(distances.min(dim=1))


@dataclass(frozen=True)
class Memorisation:
    """Ce qui ressort d'une comparaison avec les images d'entraînement.

    distances : (N,), la distance de chaque image engendrée à l'image d'entraînement la plus proche. typical : la
    médiane de cette distance pour de vraies images inconnues. twins : (N,), le numéro de l'image la plus proche.
    suspect : (N,), vrai pour les images plus proches d'une image d'entraînement que ne le sont 95 % des vraies images
    inconnues. warning : vrai si les suspectes sont trop nombreuses pour un générateur qui ne copie pas ; limit : leur
    nombre au-delà duquel on avertit.
    """

    distances: Tensor
    typical: float
    twins: Tensor
    suspect: Tensor
    limit: int

    @property
    def ratios(self) -> Tensor:
        """(N,) : chaque distance, rapportée à celle d'une vraie image inconnue."""
        return self.distances / self.typical

    @property
    def ratio(self) -> float:
        """La médiane de ces rapports : 0 pour des copies, 1 pour des images aussi neuves que de vraies."""
        return self.ratios.median().item()

    @property
    def error(self) -> float:
        """L'erreur type de ``ratio`` quand on tire d'autres images ; les vraies images, elles, ne changent pas."""
        return uncertainty(lambda part: part.median().item(), self.ratios)

    @property
    def warning(self) -> bool:
        return int(self.suspect.sum()) > self.limit


def memorisation(fake: Tensor, train: Tensor, held_out: Tensor, false_alarm: float = 0.01) -> Memorisation:
    """Cherche les copies parmi des points (N, D), connaissant l'entraînement (M, D) et de vrais points inconnus (K, D).

    Les points sont des vignettes (:func:`thumbnails`) ou des caractéristiques. On avertit quand le nombre de suspectes
    dépasse ce que le hasard donnerait, avec une probabilité ``false_alarm``, à un générateur dont les images seraient
    aussi neuves que les vraies : loi bêta-binomiale, car le seuil vient lui-même des K points. K d'au moins 40.
    Source : d'après Meehan, Chaudhuri et Dasgupta 2020.
    """
    _check_unknown(held_out)
    for sample in (fake, held_out):
        _check_samples(sample, train, least=1)
    known_distances, _ = nearest(held_out, train)
    distances, twins = nearest(fake, train)
    rank = max(1, int(RISK * (len(held_out) + 1)))
    suspect = distances < known_distances.kthvalue(rank).values
    limit = _limit(len(fake), rank, len(held_out), false_alarm)
    return Memorisation(distances, known_distances.median().item(), twins, suspect, limit)


def _check_unknown(held_out: Tensor) -> None:
    if len(held_out) < LEAST_UNKNOWN:
        raise ValueError(f"{len(held_out)} images inconnues : il en faut {LEAST_UNKNOWN} pour poser un seuil.")


def _limit(count: int, rank: int, known: int, false_alarm: float) -> int:
    """Le plus petit nombre que les suspectes ne dépassent, sans copie, qu'avec une probabilité false_alarm.

    Si les deux lois sont les mêmes, la part de fausses images sous le r-ième de K seuils suit une loi bêta(r, K − r +
    1).
    """
    from scipy.stats import betabinom

    return int(betabinom(count, rank, known - rank + 1).ppf(1 - false_alarm))
