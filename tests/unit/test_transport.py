"""Le transport sur une droite, contre SciPy, POT et les formules connues."""

import math

import numpy as np
import ot
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from scipy.stats import norm, wasserstein_distance

from lessons_lib.laws import GRID, STEP, WIDTHS, Law
from lessons_lib.transport import (
    jensen_shannon,
    kantorovich_potential_1d,
    kl,
    quantiles_1d,
    transport_plan_1d,
    wasserstein_1d,
    wasserstein_1d_densities,
)

PAIRS = [
    (Law("segment", -2, 1), Law("segment", 2, 1)),
    (Law("segment", -0.3, 0.2), Law("segment", 0.1, 1.7)),
    (Law("cloche", -4, 0.64), Law("cloche", 4, 0.64)),
    (Law("cloche", 0.123, 1), Law("deux_cloches", 0, 2)),
    (Law("deux_cloches", -3.3, 0.4), Law("segment", 1, 2)),
]


@pytest.fixture(params=PAIRS, ids=str)
def pair(request):
    real, generated = request.param
    return real.density(), generated.density()


@pytest.fixture
def random():
    return np.random.default_rng(0)


# --- les échantillons


@pytest.mark.parametrize(("n", "m"), [(1, 1), (7, 7), (5, 8), (400, 250)])
def test_sorting_gives_the_distance_of_scipy_and_pot(random, n, m):
    x, y = random.normal(size=n), random.gumbel(size=m)
    expected = wasserstein_distance(x, y)
    assert wasserstein_1d(x, y) == pytest.approx(expected, rel=1e-12)
    assert ot.emd2_1d(x, y, metric="euclidean") == pytest.approx(expected, rel=1e-9)


def test_equal_samples_are_paired_in_order(random):
    x, y = random.normal(size=50), random.normal(3, 2, size=50)
    assert wasserstein_1d(x, y) == pytest.approx(np.abs(np.sort(x) - np.sort(y)).mean(), rel=1e-12)


def test_a_translation_costs_its_length(random):
    x = random.normal(size=30)
    assert wasserstein_1d(x, x + 2.5) == pytest.approx(2.5) and wasserstein_1d(x, x[::-1]) == 0


@pytest.mark.parametrize("weighted", [False, True])
def test_the_plan_is_that_of_pot(random, weighted):
    x, y = random.normal(size=9), random.normal(1, 2, size=6)
    a, b = (random.dirichlet(np.ones(n)) if weighted else np.full(n, 1 / n) for n in (9, 6))
    i, j, mass = transport_plan_1d(x, y, a * 5, b * 3)
    dense = np.zeros((9, 6))
    np.add.at(dense, (i, j), mass)
    assert dense == pytest.approx(ot.emd_1d(x, y, a, b, metric="euclidean"), abs=1e-12)
    assert len(mass) <= 9 + 6 - 1 and dense.sum(axis=1) == pytest.approx(a) and dense.sum(axis=0) == pytest.approx(b)


def test_a_point_of_no_weight_moves_nothing():
    i, j, mass = transport_plan_1d([5.0, 0.0], [1.0], a=[0.0, 1.0])
    assert (i.tolist(), j.tolist(), mass.tolist()) == ([1], [0], [1.0])


# --- les densités


def test_the_area_between_the_distribution_functions_is_the_exact_distance(pair):
    p, q = pair
    exact = wasserstein_distance(GRID, GRID, p, q)
    assert wasserstein_1d_densities(p, q, GRID) == pytest.approx(exact, abs=1e-10)
    pot = ot.emd2_1d(GRID, GRID, p / p.sum(), q / q.sum(), metric="euclidean")
    assert wasserstein_1d_densities(p, q, GRID) == pytest.approx(pot, abs=1e-9)


def test_jensen_shannon_is_the_square_of_scipys_distance(pair):
    p, q = pair
    assert jensen_shannon(p, q, STEP) == pytest.approx(jensenshannon(p, q) ** 2, abs=1e-12)


def test_disjoint_laws_are_at_log_two_wherever_they_are():
    p = Law("segment", -3, 0.5).density()
    far = [Law("segment", centre, 0.5).density() for centre in (-1.5, 0, 4)]
    assert [jensen_shannon(p, q, STEP) for q in far] == pytest.approx([math.log(2)] * 3, abs=1e-12)
    assert [kl(p, q, STEP) for q in far] == [math.inf] * 3
    assert [wasserstein_1d_densities(p, q, GRID) for q in far] == pytest.approx([1.5, 3, 7], abs=1e-9)


@pytest.mark.parametrize("gap", [0, 0.5, 3, 8])
def test_two_bells_have_the_closed_forms(gap):
    p, q = Law("cloche", -4, 1).density(), Law("cloche", gap - 4, 1).density()
    assert kl(p, q, STEP) == pytest.approx(gap**2 / (2 * 0.5**2), abs=1e-9)
    assert wasserstein_1d_densities(p, q, GRID) == pytest.approx(gap, abs=1e-6)


def test_kl_is_not_symmetric_and_is_infinite_where_mass_is_missing():
    wide, narrow = Law("segment", 0, 2).density(), Law("segment", 0, 0.5).density()
    assert kl(narrow, wide, STEP) == pytest.approx(math.log(4), abs=0.02)  # deux mailles sont à demi pleines
    assert kl(wide, narrow, STEP) == math.inf


def test_the_potential_is_lipschitz_and_reaches_the_distance(pair):
    p, q = pair
    f = kantorovich_potential_1d(p, q, GRID)
    assert np.abs(np.diff(f)).max() <= STEP + 1e-12
    gap = np.sum(f * (p - q)) * STEP
    assert gap == pytest.approx(wasserstein_1d_densities(p, q, GRID), abs=1e-8)
    assert np.sum(f * (p + q)) * STEP == pytest.approx(0, abs=1e-9)


def test_the_potential_falls_towards_the_generated_law():
    p, q = Law("segment", -2, 0.5).density(), Law("segment", 2, 0.5).density()
    slope = np.diff(kantorovich_potential_1d(p, q, GRID)) / STEP
    assert slope[np.abs(GRID[:-1]) < 2.4] == pytest.approx(-1) and slope[GRID[:-1] > 2.6] == pytest.approx(0)


def test_equal_laws_ask_nothing():
    p = Law("deux_cloches", 0.7, 1.3).density()
    assert not kantorovich_potential_1d(p, p, GRID).any()
    assert kl(p, p, STEP) == jensen_shannon(p, p, STEP) == wasserstein_1d_densities(p, p, GRID) == 0


def test_quantiles_are_those_of_the_normal_law_and_give_the_plan():
    levels = (np.arange(2000) + 0.5) / 2000
    x, y = (quantiles_1d(law.density(), GRID, levels) for law in (Law("cloche", 0, 1), Law("segment", 1, 2)))
    assert x == pytest.approx(norm.ppf(levels, 0, 0.5), abs=2e-3) and y == pytest.approx(4 * levels - 1, abs=STEP / 2)
    p, q = Law("cloche", 0, 1).density(), Law("segment", 1, 2).density()
    assert np.abs(x - y).mean() == pytest.approx(wasserstein_1d_densities(p, q, GRID), abs=1e-3)


# --- les lois


@pytest.mark.parametrize("shape", WIDTHS)
def test_a_sample_follows_its_density(shape):
    law = Law(shape, -1.3, WIDTHS[shape][1])
    points = law.sample(20_000, generator=torch.Generator().manual_seed(0))
    assert points.shape == (20_000, 1) and points.dtype == torch.float32
    assert law.density().sum() * STEP == pytest.approx(1)
    assert wasserstein_distance(points[:, 0].numpy(), GRID, None, law.density()) < 0.03


def test_a_segment_slides_by_less_than_a_mesh():
    centres = np.linspace(0, STEP, 5)
    means = [np.sum(GRID * Law("segment", c, 0.33).density()) * STEP for c in centres]
    assert means == pytest.approx(centres, abs=1e-3)


# --- les erreurs


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kl(np.ones(3), np.ones(4), 1), r"\(3,\) et \(4,\)"),
        (lambda: kl(np.ones(3), np.ones(3) / 3, 1), "p n'est pas une densité.*intégrale de 3"),
        (lambda: jensen_shannon(np.array([2.0, -1.0]), np.array([0.5, 0.5]), 1), "p n'est pas une densité"),
        (lambda: wasserstein_1d_densities(np.ones(2) / 2, np.ones(2) / 2, [0, 1, 2]), "3 points et les densités 2"),
        (lambda: wasserstein_1d_densities(np.ones(3) / 3, np.ones(3) / 3, [0, 1, 3]), "régulière"),
        (lambda: wasserstein_1d([], [1.0]), "somme ni nulle"),
        (lambda: wasserstein_1d([np.nan], [1.0]), "échantillon fini"),
        (lambda: transport_plan_1d([1.0, 2.0], [1.0], a=[1.0]), r"\(2,\) et \(1,\)"),
        (lambda: transport_plan_1d([1.0], [1.0], a=[-1.0]), "positifs"),
        (lambda: Law("carré"), "« carré » inconnue.*segment, cloche, deux_cloches"),
        (lambda: Law("cloche", 5), "centre vaut 5.*entre -4 et 4"),
        (lambda: Law("cloche", 0, 0.1), "width vaut 0.1.*entre 0.64 et 1.6"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
