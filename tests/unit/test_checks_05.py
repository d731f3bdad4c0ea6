"""Leçon 05 : les références contre un calcul à la main, et ce que le catalogue (`tests/checks`) ne peut pas dire."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lessons_lib import transport
from lessons_lib.checks import CheckFailed, examine
from lessons_lib.checks.lesson_05 import clipping, step
from lessons_lib.checks.lesson_05.plan import PLAN_COST, reference_cost
from lessons_lib.checks.lesson_05.readings import PREDICTION
from lessons_lib.checks.lesson_05.wasserstein import WASSERSTEIN_1D


@pytest.mark.parametrize(("number", "cost"), [(0, 3.0), (1, 0.5 * 1 + 0.25 * 9 + 0.25 * 6), (2, 4 / 3)])
def test_cost_of_a_plan_is_the_one_counted_by_hand(number, cost):
    assert reference_cost(*PLAN_COST.cases[number].arguments).item() == pytest.approx(cost)


def test_a_plan_is_never_cheaper_than_the_distance():
    plan, x, y = PLAN_COST.cases[-1].arguments
    i, j, mass = transport.transport_plan_1d(x, y, plan.sum(1), plan.sum(0))
    best = float(np.sum(mass * np.abs(x.numpy()[i] - y.numpy()[j])))
    assert best < reference_cost(plan, x, y).item()


def test_distance_that_cannot_be_derived_is_told():
    def answer(x, y):
        return torch.tensor((x.sort().values - y.sort().values).abs().mean().item())

    with pytest.raises(CheckFailed, match="le gradient n'atteint pas x ni y"):
        examine(WASSERSTEIN_1D, answer)


def test_step_by_hand_agrees_with_autograd():
    for case in step.CRITIC_STEP.cases:
        values, _, real, fake, limit = case.arguments
        weights = values.clone().requires_grad_()
        loss = (fake @ weights[:2] + weights[2]).mean() - (real @ weights[:2] + weights[2]).mean()
        after = (weights - step.LEARNING_RATE * torch.autograd.grad(loss, weights)[0]).clamp(-limit, limit)
        expected = torch.cat([after.detach(), loss.detach().view(1)])
        torch.testing.assert_close(step.reference_step(*case.arguments).float(), expected)


def test_clipping_reads_the_parameters_the_optimizer_knows():
    widths, values, gradients, limit = clipping.CLIPPING.cases[0].arguments

    def replaced(critic, limit):
        critic[0].weight = nn.Parameter(critic[0].weight.detach().clamp(-limit, limit))

    kept = clipping.measure(replaced, widths, values, gradients, limit)
    torch.testing.assert_close(kept, torch.cat([values, gradients]))


def test_clipping_tells_a_function_that_does_nothing_from_one_that_returns_nothing():
    arguments = clipping.CLIPPING.cases[0].arguments
    assert clipping.measure(lambda critic, limit: None, *arguments) is None
    assert clipping.measure(lambda critic, limit: critic.eval() and None, *arguments) is not None


def values_of(theta, dx=1 / 64):
    grid = np.arange(0, 5, dx)
    p, q = (((grid >= start) & (grid < start + 1)).astype(float) for start in (0, theta))
    return {
        "js": transport.jensen_shannon(p, q, dx),
        "kl": transport.kl(p, q, dx),
        "w": transport.wasserstein_1d_densities(p, q, grid),
    }


@pytest.mark.parametrize("key", PREDICTION.questions)
def test_predictions_are_what_the_computation_gives(key):
    measure, where = key.split("_")
    before, after = (values_of(theta)[measure] for theta in ((2, 4) if where == "loin" else (0.25, 0.5)))
    found = "infinie" if math.isinf(before) else {1: "constante", 2: "double"}[round(after / before, 6)]
    assert PREDICTION.questions[key].right == found
