"""Leçon 07 : précision et rappel par les boules, comparés à une recherche de voisins de SciPy, point par point."""

from collections.abc import Callable

import torch
from scipy.spatial import KDTree
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake, two_numbers
from lessons_lib.checks.lesson_07.balls import distances, sorted_distances


def measure_overlap(function: Callable, real: Tensor, fake: Tensor, k: int) -> Tensor:
    """Les deux nombres rendus, dans un tenseur (2,)."""
    return two_numbers(function(real, fake, k))


def share_inside(points: Tensor, centres: Tensor, k: int) -> float:
    """La part des points qui tombent dans une boule au moins, par scipy.spatial.KDTree."""
    tree = KDTree(centres.numpy())
    reach = tree.query(centres.numpy(), k=[k + 1])[0][:, 0]
    inside = set()
    for centre, radius in zip(centres.numpy(), reach, strict=True):
        inside.update(KDTree(points.numpy()).query_ball_point(centre, radius))
    return len(inside) / len(points)


def reference_overlap(real: Tensor, fake: Tensor, k: int) -> Tensor:
    """(précision, rappel)."""
    return torch.tensor([share_inside(fake, real, k), share_inside(real, fake, k)], dtype=torch.float64)


def _overlap_cases() -> tuple[Case, ...]:
    def line(*places: float) -> Tensor:
        return torch.tensor([[place, 0.0] for place in places], dtype=torch.float64)

    draws = torch.randn((53, 2), generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    real, fake = draws[:30], 0.8 * draws[30:] + torch.tensor([1.0, 0.3], dtype=torch.float64)
    return (
        Case("vraies en 0, 1, 5 et 9, fausses en 0,5, 0,6 et 20, k = 1", (line(0, 1, 5, 9), line(0.5, 0.6, 20), 1)),
        Case(
            "vraies en 0, 1, 2 et 30, fausses serrées en 0,4, 0,5, 0,7, 0,8 et 0,9, k = 2",
            (line(0, 1, 2, 30), line(0.4, 0.5, 0.7, 0.8, 0.9), 2),
        ),
        Case("30 vraies et 23 fausses, dans le plan, k = 3", (real, fake, 3)),
    )


def _reach(points: Tensor, k: int) -> Tensor:
    return sorted_distances(points)[:, k]


def _mean(values: Tensor) -> Tensor:
    return values.double().mean()


def _pair(
    *, real_reach: Callable = lambda real, fake, k: _reach(real, k),
    fake_reach: Callable = lambda real, fake, k: _reach(fake, k),
    precision: Callable = lambda inside: _mean(inside.any(dim=0)),
    recall: Callable = lambda inside: _mean(inside.any(dim=1)),
    last: Callable = lambda a, b: (a, b),
) -> Callable:  # fmt: skip
    """Une réponse fausse : ses rayons, ses comptes, et ce qu'elle rend."""

    def answer(real: Tensor, fake: Tensor, k: int) -> tuple[Tensor, Tensor]:
        apart = distances(real, fake)
        in_real = apart <= real_reach(real, fake, k).reshape(-1, 1)
        in_fake = apart <= fake_reach(real, fake, k).reshape(1, -1)
        return last(precision(in_real), recall(in_fake))

    return answer


def _nearest_only(real: Tensor, fake: Tensor, k: int) -> tuple[Tensor, Tensor]:
    apart = distances(real, fake)
    near_real, near_fake = apart.min(dim=0), apart.min(dim=1)
    return (
        _mean(near_real.values <= _reach(real, k)[near_real.indices]),
        _mean(near_fake.values <= _reach(fake, k)[near_fake.indices]),
    )


def _own_balls(real: Tensor, fake: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Chaque point reçoit la boule de son propre échantillon : les fausses cherchent une vraie dans la leur."""
    apart = distances(real, fake)
    return _mean((apart <= _reach(fake, k)[None]).any(dim=0)), _mean((apart <= _reach(real, k)[:, None]).any(dim=1))


OVERLAP = Exercise(
    signature="precision_recall(real, fake, k)",
    cases=_overlap_cases(),
    reference=reference_overlap,
    measure=measure_overlap,
    returns="un couple de nombres",
    mistakes=(
        Mistake("précision et rappel sont échangés.", _pair(last=lambda a, b: (b, a))),
        Mistake(
            "chaque point est compté comme son propre voisin : les boules sont trop petites.",
            _pair(
                real_reach=lambda real, fake, k: _reach(real, k - 1),
                fake_reach=lambda real, fake, k: _reach(fake, k - 1),
            ),
        ),
        Mistake(
            "toutes les boules d'un nuage ont le même rayon, la moyenne : chaque point garde la sienne.",
            _pair(
                real_reach=lambda real, fake, k: _reach(real, k).mean().expand(len(real)),
                fake_reach=lambda real, fake, k: _reach(fake, k).mean().expand(len(fake)),
            ),
        ),
        Mistake(
            "la part est prise sur les boules touchées : ce sont les points tombés dedans qu'il faut compter.",
            _pair(precision=lambda i: _mean(i.any(dim=1)), recall=lambda i: _mean(i.any(dim=0))),
        ),
        Mistake(
            "un point doit être dans toutes les boules à la fois : une seule suffit.",
            _pair(precision=lambda i: _mean(i.all(dim=0)), recall=lambda i: _mean(i.all(dim=1))),
        ),
        Mistake(
            "tous les couples sont comptés : un point dans trois boules ne compte qu'une fois.",
            _pair(precision=_mean, recall=_mean),
        ),
        Mistake(
            "seule la boule du centre le plus proche est regardée : un point peut être dans une autre, plus large.",
            _nearest_only,
        ),
        Mistake(
            "la mauvaise boule : chaque point cherche dans la sienne, et non dans celles de l'autre nuage.",
            _own_balls,
        ),
        Mistake(
            "la précision est juste, mais le rappel refait le même compte : il demande les boules des fausses.",
            _pair(last=lambda a, b: (a, a)),
        ),
        Mistake(
            "le rappel est juste, mais la précision refait le même compte : elle demande les boules des vraies.",
            _pair(last=lambda a, b: (b, b)),
        ),
        Mistake(
            "ce sont les parts hors des boules : comptez les points qui y tombent.",
            _pair(last=lambda a, b: (1 - a, 1 - b)),
        ),
        Mistake(
            "ce sont des pourcentages : rendez des parts, entre 0 et 1.", _pair(last=lambda a, b: (100 * a, 100 * b))
        ),
    ),
    verified=(
        "précision et rappel, dans cet ordre, chacun avec les boules de l'autre nuage",
        "égaux à la recherche de voisins de SciPy, pour des nuages de tailles différentes",
    ),
)
