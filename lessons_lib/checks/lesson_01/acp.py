"""Leçon 01 : reconstruire un nuage de points par ses k premières directions principales.

La référence passe par les produits scalaires des points deux à deux (N, N), et non par une décomposition en valeurs
singulières. Les essais ont autant de points que de dimensions : une erreur de dimension y donne un résultat faux plutôt
qu'un arrêt, et se reconnaît.
"""

from collections.abc import Callable

import numpy as np
import torch
from scipy.linalg import eigh
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference(x: Tensor, k: int) -> Tensor:
    """x (N, D) centré, projeté sur ses k premières directions, moyenne rajoutée : (N, D)."""
    points = x.double().numpy()
    mean = points.mean(axis=0)
    centred = points - mean
    largest = [len(points) - k, len(points) - 1]
    _, axes = eigh(centred @ centred.T, subset_by_index=largest)
    return torch.from_numpy(mean + axes @ (axes.T @ centred)).to(x.dtype)


def measure(function: Callable, x: Tensor, k: int) -> object:
    """Ce que rend la fonction ; de coordonnées (N, k), la valeur absolue, car le signe d'un axe est libre."""
    result = function(x, k)
    if isinstance(result, np.ndarray):
        result = torch.from_numpy(result)
    return result.abs() if isinstance(result, Tensor) and result.shape == (len(x), k) else result


def _axes(points: Tensor) -> Tensor:
    """Les directions principales de points déjà centrés, une par ligne, de la plus étalée à la moins étalée."""
    return torch.linalg.svd(points, full_matrices=False)[2]


def _through(points: Tensor, axes: Tensor) -> Tensor:
    return points @ axes.T @ axes


def _rebuild(x: Tensor, k: int, *, centre: Tensor | float, back: Tensor | float, axes: Tensor) -> Tensor:
    return _through(x - centre, axes[:k]) + back


def _whitened(x: Tensor, k: int) -> Tensor:
    u, _, axes = torch.linalg.svd(x - x.mean(dim=0), full_matrices=False)
    return u[:, :k] @ axes[:k] + x.mean(dim=0)


def _scaled(x: Tensor, k: int, back: bool, correction: int) -> Tensor:
    mean, spread = x.mean(dim=0), x.std(dim=0, correction=correction)
    reduced = (x - mean) / spread
    return mean + _through(reduced, _axes(reduced)[:k]) * (spread if back else 1.0)


def _columns(x: Tensor, k: int) -> Tensor:
    centred = x - x.mean(dim=0)
    return _through(centred, _axes(centred)[:, :k].T) + x.mean(dim=0)


def _left(x: Tensor, k: int) -> Tensor:
    centred = x - x.mean(dim=0)
    return _through(centred, torch.linalg.svd(centred)[0][:, :k].T) + x.mean(dim=0)


def _first_values(x: Tensor, k: int) -> Tensor:
    return torch.cat([x[:, :k], x.mean(dim=0).expand_as(x)[:, k:]], dim=1)


def _with(change: Callable[[Tensor, Tensor, Tensor, int], Tensor]) -> Callable[[Tensor, int], Tensor]:
    """Une réponse fausse, à partir du nuage centré, de sa moyenne, de ses directions et de k."""
    return lambda x, k: change(x - x.mean(dim=0), x.mean(dim=0), _axes(x - x.mean(dim=0)), k)


def _centred_by(mean: Callable[[Tensor], Tensor]) -> Callable[[Tensor, int], Tensor]:
    return lambda x, k: _rebuild(x, k, centre=mean(x), back=mean(x), axes=_axes(x - mean(x)))


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(3)
    stretch = torch.tensor([3.0, 2.2, 1.5, 1.0, 0.6, 0.4])
    many = [2 + torch.randn(n, n, generator=generator) @ torch.diag(stretch[:n]) for n in (5, 6)]
    turned = [many[0] @ torch.linalg.qr(torch.randn(5, 5, generator=generator))[0], many[1]]
    pair = torch.tensor([[1.0, 2.0], [5.0, 4.0]])
    triangle = torch.tensor([[3.0, 5.0, 5.0], [1.0, -0.5, -2.0], [-1.0, -1.5, 0.0]])
    return (
        Case("deux points du plan, (1, 2) et (5, 4), k = 1 : une droite passe par les deux", (pair, 1)),
        Case("trois points de l'espace, (3, 5, 5), (1, -0.5, -2) et (-1, -1.5, 0), k = 1", (triangle, 1)),
        Case("cinq points quelconques à cinq dimensions, k = 2", (turned[0], 2)),
        Case("six points quelconques à six dimensions, k = 3", (turned[1], 3)),
    )  # fmt: skip


PCA = Exercise(
    signature="pca_reconstruct(x, k)",
    cases=_cases(),
    reference=reference,
    measure=measure,
    mistakes=(
        Mistake(
            "le nuage n'est pas centré : la première direction vise alors sa moyenne, et non son étalement.",
            lambda x, k: _rebuild(x, k, centre=0.0, back=0.0, axes=_axes(x)),
        ),
        Mistake(
            "les directions sont cherchées sur le nuage non centré ; la moyenne se retranche avant de les chercher.",
            lambda x, k: _rebuild(x, k, centre=x.mean(dim=0), back=x.mean(dim=0), axes=_axes(x)),
        ),
        Mistake(
            "la moyenne est rajoutée sans avoir été retranchée : les points projetés la contiennent déjà.",
            _with(lambda centred, mean, axes, k: _through(centred + mean, axes[:k]) + mean),
        ),
        Mistake(
            "les directions viennent du nuage centré, mais ce sont les points non centrés qui sont projetés.",
            _with(lambda centred, mean, axes, k: _through(centred + mean, axes[:k])),
        ),
        Mistake(
            "la moyenne n'est pas rajoutée : le nuage reconstruit reste autour de 0.",
            _with(lambda centred, mean, axes, k: _through(centred, axes[:k])),
        ),
        Mistake(
            "ce sont les directions du plus petit étalement ; celles du plus grand perdent le moins.",
            _with(lambda centred, mean, axes, k: _through(centred, axes[-k:]) + mean),
        ),
        Mistake(
            "les points sont projetés, mais pas ramenés : ce sont les codes, et il manque le décodeur.",
            _with(lambda centred, mean, axes, k: (centred @ axes[:k].T).abs()),
        ),
        Mistake(
            "une direction de trop est gardée.",
            _with(lambda centred, mean, axes, k: _through(centred, axes[: k + 1]) + mean),
        ),
        Mistake(
            "il manque une direction : comptez depuis la première.",
            _with(lambda centred, mean, axes, k: _through(centred, axes[: k - 1]) + mean),
        ),
        Mistake(
            "seule la dernière des k directions est employée ; toutes le doivent.",
            _with(lambda centred, mean, axes, k: _through(centred, axes[k - 1 : k]) + mean),
        ),
        Mistake(
            "les directions sont lues en colonnes : la SVD de PyTorch les rend en lignes, déjà transposées.",
            _columns,
        ),
        Mistake(
            "ce sont les vecteurs de gauche, un nombre par point ; une direction a un nombre par dimension.",
            _left,
        ),
        Mistake(
            "chaque dimension est divisée par son écart type : cela change le nuage, et ses directions.",
            lambda x, k: _scaled(x, k, back=True, correction=1),
        ),
        Mistake(
            "chaque dimension est divisée par son écart type : cela change le nuage, et ses directions.",
            lambda x, k: _scaled(x, k, back=False, correction=1),
        ),
        Mistake(
            "chaque dimension est divisée par son écart type : cela change le nuage, et ses directions.",
            lambda x, k: _scaled(x, k, back=False, correction=0),
        ),
        Mistake(
            "les valeurs singulières sont perdues : chaque direction garde son sens, mais pas sa longueur.",
            _whitened,
        ),
        Mistake(
            "c'est ce que les k directions perdent, et non ce qu'elles gardent.",
            _with(lambda centred, mean, axes, k: centred - _through(centred, axes[:k])),
        ),
        Mistake(
            "la moyenne est prise à l'intérieur de chaque point ; il en faut une par dimension, sur tous les points.",
            _centred_by(lambda x: x.mean(dim=1, keepdim=True)),
        ),
        Mistake(
            "la moyenne est prise à l'intérieur de chaque point ; il en faut une par dimension, sur tous les points.",
            _centred_by(lambda x: x.mean(dim=1)),
        ),
        Mistake(
            "la moyenne est un seul nombre pour tout le nuage ; chaque dimension a la sienne.",
            _centred_by(lambda x: x.mean()),
        ),
        Mistake(
            "les k premières valeurs de chaque point sont gardées telles quelles ; une direction les mêle toutes.",
            _first_values,
        ),
    ),
    verified=(
        "le nuage est centré, puis ramené à sa place",
        "ce sont les k directions du plus grand étalement, toutes les k",
        "égale à une ACP par les produits scalaires des points, calculée avec SciPy",
    ),
)
