"""Les références de la leçon 06, elles-mêmes comparées à un autre calcul."""

import copy

import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lessons_lib.checks.lesson_06 import average, frechet, penalty, scores, slope

GENERATOR = torch.Generator().manual_seed(1)
WEIGHTS = torch.randn(13, generator=GENERATOR).double()
X_HAT = torch.randn(4, 3, 2, 2, generator=GENERATOR).double()


def by_finite_differences(function, at):
    bumps = 1e-6 * torch.eye(at.numel()).double().view(-1, *at.shape)
    return torch.stack([(function(at + bump) - function(at - bump)) / 2e-6 for bump in bumps])


def slopes_by_vmap():
    return torch.func.vmap(torch.func.grad(lambda x: slope.small_critic(WEIGHTS)(x[None])[0]))(X_HAT)


def test_reference_of_the_scores_is_the_critic_and_its_derivatives():
    notes = slope.small_critic(WEIGHTS)(X_HAT)
    assert torch.allclose(notes, scores.reference_scores(WEIGHTS, X_HAT, scores.NOTES))
    assert torch.allclose(slopes_by_vmap(), scores.reference_scores(WEIGHTS, X_HAT, scores.LINKED))
    rises = by_finite_differences(lambda weights: slope.small_critic(weights)(X_HAT).sum(), WEIGHTS)
    assert torch.allclose(rises, scores.reference_scores(WEIGHTS, X_HAT, scores.WEIGHTS), atol=1e-6)


def test_reference_of_the_slope_agrees_with_finite_differences():
    assert torch.allclose(slopes_by_vmap(), slope.reference_slope(WEIGHTS, X_HAT, slope.VALUE))
    rises = by_finite_differences(
        lambda weights: slope.reference_slope(weights, X_HAT, slope.VALUE).square().sum(), WEIGHTS
    )
    assert torch.allclose(rises, slope.reference_slope(WEIGHTS, X_HAT, slope.GRAPH), atol=1e-6)


def test_reference_of_the_penalty_agrees_with_finite_differences():
    def value(weights):
        return penalty.reference_penalty(weights, X_HAT, penalty.VALUE)

    by_autograd = (slopes_by_vmap().flatten(1).norm(dim=1) - 1).square().mean()
    assert torch.allclose(by_autograd, value(WEIGHTS))
    reference = penalty.reference_penalty(WEIGHTS, X_HAT, penalty.GRADIENT)
    assert torch.allclose(by_finite_differences(value, WEIGHTS), reference, atol=1e-6)


def test_reference_of_the_average_agrees_with_torch():
    kept, model = average.network(1), average.network(2)
    mean = AveragedModel(copy.deepcopy(kept), multi_avg_fn=get_ema_multi_avg_fn(0.8))
    mean.update_parameters(kept)  # la première mise à jour est une copie
    mean.update_parameters(model)
    expected = average.flat(mean.module.parameters())
    assert torch.allclose(average.reference_average(kept, model, 0.8, average.WEIGHTS), expected)


@pytest.mark.parametrize("seed", range(5))
def test_reference_of_frechet_agrees_with_the_closed_form_in_the_plane(seed):
    """Pour deux matrices 2 × 2, la trace de la racine du produit est √(tr(AB) + 2 √(det A det B))."""
    draws = torch.randn((2, 2, 4), generator=torch.Generator().manual_seed(seed)).double()
    a, b = draws @ draws.mT / 4
    mean_a, mean_b = draws[:, :, 0]
    cross = ((a @ b).trace() + 2 * (a.det() * b.det()).sqrt()).sqrt()
    expected = (mean_a - mean_b).square().sum() + a.trace() + b.trace() - 2 * cross
    assert torch.allclose(frechet.reference_frechet(mean_a, a, mean_b, b), expected)
