"""Les références des exercices de la leçon 01, contre un calcul à la main, et les quatre courbes à lire."""

import pytest
import torch
from torch import nn

from lessons_lib.checks.lesson_01 import acp, curves, size, step
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus


def test_size_of_the_lesson_without_decoder_is_384():
    assert size.reference(torch.zeros(5, 3, 64, 64), 32, 0) == 384


def test_projection_of_three_known_points():
    """Étalement le long de (1, 2, 2) : 6, −3, −3 ; le long de (2, 1, −2), plus petit : 0, 1,5, −1,5."""
    x, k = acp.PCA.cases[1].arguments
    torch.testing.assert_close(acp.reference(x, k), torch.tensor([[3.0, 5, 5], [0, -1, -1], [0, -1, -1]]))


@pytest.mark.parametrize(("points", "dimensions"), [(9, 4), (4, 9)])
def test_projection_loses_what_eckart_and_young_allow(points, dimensions):
    x = torch.randn(points, dimensions, generator=torch.Generator().manual_seed(0)).double()
    singular = torch.linalg.svdvals(x - x.mean(dim=0))
    for k in (1, 2, 3):
        lost = (x - acp.reference(x, k)).square().sum()
        torch.testing.assert_close(lost, singular[k:].square().sum())


def test_step_agrees_with_finite_differences():
    for case in step.STEP.cases:
        weights, _, x, noisy = (a.double() if isinstance(a, torch.Tensor) else a for a in case.arguments)
        numerical = torch.stack(
            [
                (step.loss_of(weights + h, x, noisy) - step.loss_of(weights - h, x, noisy)) / 2e-4
                for h in 1e-4 * torch.eye(2, dtype=torch.float64)
            ]
        )
        after = step.reference(*case.arguments)
        torch.testing.assert_close(after[:2].double(), weights - step.LEARNING_RATE * numerical, rtol=1e-5, atol=1e-6)


def test_curves_show_what_they_are_said_to_show():
    lotus = SyntheticLotus(600, size=64, seed=1, fixed=CALM_GARDEN).images
    small = nn.functional.avg_pool2d(lotus, 8).flatten(1)
    train, held_out = small[:500] - small[:500].mean(dim=0), small[500:] - small[:500].mean(dim=0)
    axes = torch.linalg.svd(train, full_matrices=False)[2][:16]
    floor = (held_out - held_out @ axes.T @ axes).square().sum() / held_out.square().sum()
    before = torch.get_rng_state()
    runs = curves.four_trainings(train, held_out)
    assert torch.equal(torch.get_rng_state(), before)
    ends = {name: run[:, -10:].mean(dim=1) for name, run in runs.items()}
    assert (ends["A"] > 5 * floor).all()
    assert (ends["A"][0] - ends["A"][1]).abs() < 0.1
    assert ends["B"][1] > 5 * ends["B"][0]
    assert (ends["C"] < 2 * floor).all()
    assert ends["D"].min() > 0.8
    steps = {name: run[0].diff().abs()[50:].mean() for name, run in runs.items()}
    assert steps["D"] > 5 * max(steps["A"], steps["B"], steps["C"])
