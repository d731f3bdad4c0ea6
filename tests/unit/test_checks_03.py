"""Les références de la leçon 03, contre des calculs à la main et des tirages ; le reste est dans tests/checks."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks import EXERCISES, CheckFailed, examine
from lessons_lib.checks.lesson_03.analogy import reference_analogy
from lessons_lib.checks.lesson_03.arc import reference_slerp
from lessons_lib.checks.lesson_03.attribute import reference_attribute
from lessons_lib.checks.lesson_03.dimensions import reference_active
from lessons_lib.checks.lesson_03.shell import reference_norm


def test_gradient_must_reach_both_ends():
    def cut(a, b, t):
        omega = torch.acos(F.cosine_similarity(a, b.detach(), dim=-1))
        return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b.detach()) / torch.sin(omega)

    with pytest.raises(CheckFailed, match="n'atteint pas b\\."):
        examine(EXERCISES["slerp"], cut)


def test_references_agree_with_cases_done_by_hand():
    a, b = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 3.0])
    third = reference_slerp(a, b, torch.tensor([[1 / 3]]))  # un tiers d'angle droit : 30°
    assert third[0].tolist() == pytest.approx([3 * 0.8660254, 1.5], abs=1e-5)
    codes, has = torch.tensor([[0.0, 1.0], [2.0, 1.0], [7.0, 0.0]]), torch.tensor([False, False, True])
    assert reference_attribute(codes, has).tolist() == pytest.approx([6.0, -1.0], abs=1e-5)
    opened = reference_analogy(a, b, torch.tensor([1.0, 1.0]), torch.tensor([0.0, 0.5]))
    assert opened.tolist() == [[1.0, 1.0], [-0.5, 2.5]]
    assert float(reference_norm(32, torch.tensor([0.5, 0.5]))) == pytest.approx(4.0)
    assert float(reference_norm(9, torch.tensor([1.0, 0.0]))) == pytest.approx(3.0)


def test_slerp_keeps_the_norm_and_lerp_does_not():
    a, b = F.normalize(torch.randn(2, 32, generator=torch.Generator().manual_seed(0)), dim=-1)
    t = torch.linspace(0, 1, 9)[:, None]
    norms: Tensor = reference_slerp(a, b, t).norm(dim=-1)
    assert norms.tolist() == pytest.approx([1.0] * 9, abs=1e-5)
    assert float(((1 - t) * a + t * b).norm(dim=-1).min()) < 0.9


def test_expected_norm_is_the_one_measured_on_draws():
    shares = torch.tensor([0.6, -0.2, 1.1])
    draws = torch.randn((20_000, 3, 8), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    measured = (shares.double()[:, None] * draws).sum(dim=1).square().sum(dim=1).mean().sqrt()
    assert float(reference_norm(8, shares)) == pytest.approx(float(measured), rel=0.01)


def test_active_dimensions_are_those_whose_mean_passes():
    """Les KL d'une dimension, à la main : (½ · 0,8² / 4 ; ½ · 0,5² / 4 ; ½ · 0,1²) = (0,08 ; 0,03 ; 0,005)."""
    mu = torch.tensor([[0.8, 0.5, 0.1]] + [[0.0, 0.0, 0.1]] * 3)
    counts = [int(reference_active(mu, torch.zeros(4, 3), threshold)) for threshold in (0.1, 0.05, 0.02, 0.001)]
    assert counts == [0, 1, 2, 3]
    quarter = torch.full((2, 1), math.log(0.25))  # ½ (1/4 − 1 + log 4) = 0,318
    assert [int(reference_active(0 * quarter, quarter, t)) for t in (0.317, 0.319)] == [1, 0]
