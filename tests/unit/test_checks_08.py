"""Leçon 08 : les références des vérifications, contre des calculs à la main et des différences finies."""

import numpy as np
import pytest
import torch

from lessons_lib.checks.lesson_08.doubles import SPLIT, groups_of
from lessons_lib.checks.lesson_08.gain import reference_gain
from lessons_lib.checks.lesson_08.losses import LOSSES, bend
from lessons_lib.checks.lesson_08.overfit import reference_overfit
from lessons_lib.checks.lesson_08.shift import LEFT, SHIFT, SLOPE, VALUE, weights_like


def losses_by_hand(weights, basis, real, z):
    fake = (z @ basis).view_as(real)
    notes = [
        t.flatten(1) @ weights[:-1] + weights[-1] * t.flatten(1).square().sum(dim=1) / 2
        for t in map(bend, (real, fake))
    ]
    return notes[1].mean() - notes[0].mean(), -notes[1].mean()


@pytest.mark.parametrize("number", [2, 3])
def test_reference_slopes_of_the_losses_agree_with_finite_differences(number):
    *players, _ = (a.double() if a.is_floating_point() else a for a in LOSSES.cases[number].arguments)
    expected = LOSSES.reference(*LOSSES.cases[number].arguments)
    moved, loss = (0, 0) if number == 2 else (1, 1)
    for place in np.ndindex(*players[moved].shape):
        sides = []
        for step in (1e-5, -1e-5):
            changed = [p.clone() for p in players]
            changed[moved][place] += step
            sides.append(losses_by_hand(*changed)[loss])
        assert expected[place].item() == pytest.approx(((sides[0] - sides[1]) / 2e-5).item(), abs=1e-6)


def test_reference_values_of_the_losses():
    arguments = LOSSES.cases[1].arguments
    assert torch.allclose(LOSSES.reference(*arguments).float(), torch.stack(losses_by_hand(*arguments[:-1])), atol=1e-5)


def test_reference_shift_on_a_line_and_its_slope():
    line = torch.arange(1.0, 6.0).view(1, 1, 1, 5)
    two, none = torch.tensor([2]), torch.tensor([0])
    assert SHIFT.reference(line, two, none, VALUE).flatten().tolist() == [0, 0, 1, 2, 3]
    assert SHIFT.reference(line, -two, none, VALUE).flatten().tolist() == [3, 4, 5, 0, 0]
    assert SHIFT.reference(line, two, none, SLOPE).flatten().tolist() == [3, 4, 5, 0, 0]
    assert weights_like(line).flatten().tolist() == [1, 2, 3, 4, 5]
    assert SHIFT.reference(line, two, none, LEFT) == 0


def test_reference_overfit_and_gain_by_hand():
    t = torch.tensor
    assert reference_overfit(t([7.0, 5.0]), t([3.0]), t([0.0, 2.0, 1.0])).item() == pytest.approx(0.6)
    assert reference_gain(t([0.0, 0, 0, 0]), t([1.0, 3, 1, 3])).tolist() == pytest.approx([2, (4 / 3) ** 0.5 / 2])


def test_groups_are_transitive_and_the_chain_is_a_trap():
    count, pairs, *_ = SPLIT.cases[5].arguments
    groups = groups_of(int(count), pairs)
    assert len(set(groups[:6])) == 1
    assert groups[7] == groups[9]
    assert len(set(groups)) == 14 - 5 - 1
