"""Les lois du plan : ce qu'elles tirent, ce que l'on y compte, la distance exacte entre deux nuages."""

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from lessons_lib.toys import SAMPLES, TOYS, Toy, drawn, good_share, modes_covered, sample, transport_distance


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", TOYS)
def test_every_law_covers_itself(name):
    points = sample(name, SAMPLES, generator=seeded())
    assert points.shape == (SAMPLES, 2) and points.dtype == torch.float32
    assert modes_covered(points, name) == len(TOYS[name].modes)
    assert good_share(points, name) > 0.98
    assert points.abs().max() < TOYS[name].limit


@pytest.mark.parametrize("name", TOYS)
def test_the_seed_decides(name):
    first, again, other = (sample(name, 50, generator=seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_eight_gaussians_are_those_of_the_literature():
    law = TOYS["huit_gaussiennes"]
    assert law.modes.norm(dim=1).tolist() == pytest.approx([2.0] * 8)
    assert law.sigma == 0.05 and not law.curved and TOYS["anneau"].curved
    points = law.sample(40_000, seeded())
    nearest = torch.cdist(points, law.modes).argmin(dim=1)
    assert nearest.bincount().tolist() == pytest.approx([5000] * 8, rel=0.06)
    assert (points - law.modes[nearest]).std().item() == pytest.approx(0.05, rel=0.02)
    assert good_share(points, law) == pytest.approx(1 - np.exp(-4.5), abs=0.002)


def test_the_ring_is_even_and_thick_by_sigma():
    points = sample("anneau", 40_000, generator=seeded())
    angles = torch.atan2(points[:, 1], points[:, 0])
    assert torch.histc(angles, 4, -torch.pi, torch.pi).tolist() == pytest.approx([10_000] * 4, rel=0.04)
    assert points.norm(dim=1).std().item() == pytest.approx(0.05, rel=0.05)


def test_a_mode_is_covered_by_one_good_sample_and_no_less():
    law = TOYS["huit_gaussiennes"]
    away = law.modes[:1] + torch.tensor([[0.151, 0.0]])
    near = law.modes[:1] + torch.tensor([[0.149, 0.0]])
    assert modes_covered(away, law) == 0 and good_share(away, law) == 0
    assert modes_covered(near, law) == 1 and good_share(near, law) == 1
    assert modes_covered(law.modes[:3].repeat(9, 1), law) == 3
    assert good_share(torch.cat([near, away, away, away]), law) == 0.25


def test_a_curve_is_counted_by_sections():
    half = sample("anneau", SAMPLES, generator=seeded())
    half = half[half[:, 1] > 0.2]
    assert len(TOYS["anneau"].modes) == 8
    assert modes_covered(half, "anneau") == 4 and good_share(half, "anneau") > 0.98


def test_a_drawn_law_follows_its_strokes():
    law = drawn([[[0, 0], [3, 0]], [[-2, 1]]])
    points = law.sample(20_000, seeded())
    on_dot = (points - torch.tensor([-2.0, 1.0])).norm(dim=1) < 0.5
    assert on_dot.float().mean().item() == pytest.approx(0.3 / 3.3, abs=0.01)  # un point compte pour 6 sigma
    assert points[~on_dot, 0].mean().item() == pytest.approx(1.5, abs=0.03)
    assert len(law.modes) == 3 and law.label == "Votre dessin"


def test_transport_is_the_best_assignment():
    a, b = sample("deux_lunes", 60, generator=seeded(0)), sample("rouleau", 60, generator=seeded(1))
    cost = torch.cdist(a.double(), b.double()).numpy()
    assert transport_distance(a, b) == pytest.approx(cost[linear_sum_assignment(cost)].mean(), rel=1e-9)
    assert transport_distance(a, a) == pytest.approx(0, abs=1e-12)
    assert transport_distance(a, a[:30] + torch.tensor([5.0, 0.0])) > 4


def test_a_translation_costs_its_length():
    a = sample("anneau", 100, generator=seeded())
    assert transport_distance(a, a + torch.tensor([0.3, 0.4])) == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: sample("neuf_gaussiennes", 3), "« neuf_gaussiennes ».*huit_gaussiennes"),
        (lambda: drawn([]), "aucun trait"),
        (lambda: drawn([[[0, float("nan")]]]), "nombres finis"),
        (lambda: Toy("Plate", (((0.0, 0.0),),), sigma=0.0), "sigma vaut 0.0"),
        (lambda: good_share(torch.zeros(4, 3), "anneau"), r"\(N, 2\) ; reçu \(4, 3\)"),
        (lambda: transport_distance(torch.zeros(4, 2), torch.zeros(0, 2)), r"reçu \(0, 2\)"),
    ],
)
def test_refusals_say_what_to_do(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
