"""Couverture, test du classifieur, copies, recensement : chacun contre une boucle ou un cas connu."""

import numpy as np
import pytest
import torch
from clouds import cloud
from scipy.stats import binomtest, norm

from lessons_lib.lotus import SyntheticLotus
from lessons_lib.metrics import (
    census,
    density_coverage,
    memorisation,
    nearest_neighbour_test,
    precision_recall,
    thumbnails,
    uncertainty,
    wilson_interval,
)
from lessons_lib.metrics.memorisation import RISK


def by_loops(real, fake, k):
    radius = [np.sort([np.linalg.norm(x - y) for y in real])[k] for x in real]
    inside = [[np.linalg.norm(x - y) < r for y in fake] for x, r in zip(real, radius, strict=True)]
    return np.sum(inside) / (k * len(fake)), np.mean([any(row) for row in inside])


@pytest.mark.parametrize("k", [1, 3, 5])
def test_density_and_coverage_match_loops(k):
    real, fake = cloud(20, seed=1), cloud(15, seed=2, shift=0.4)
    assert density_coverage(real, fake, k) == pytest.approx(by_loops(real.numpy(), fake.numpy(), k))


def test_density_and_coverage_of_known_cases():
    real = cloud(200, seed=1)
    assert density_coverage(real, cloud(200, seed=2)) == pytest.approx((1.0, 1.0), abs=0.12)
    assert density_coverage(real, cloud(200, shift=50)) == (0.0, 0.0)
    one_place = real[:1].expand(200, -1)
    assert density_coverage(real, one_place)[1] < 0.1, "un seul point ne couvre presque rien"
    with pytest.raises(ValueError, match="plus de k vraies images"):
        density_coverage(real[:5], real, k=5)


def test_classifier_is_at_chance_for_one_law_and_certain_for_two():
    same = nearest_neighbour_test(cloud(150, seed=1), cloud(150, seed=2))
    assert same.accuracy == pytest.approx(0.5, abs=0.09)
    assert same.p_value > 0.02
    apart = nearest_neighbour_test(cloud(150, seed=1), cloud(150, seed=2, shift=20))
    assert (apart.accuracy, apart.real, apart.fake) == (1.0, 1.0, 1.0)
    assert apart.p_value < 0.01
    real = cloud(150, seed=1)
    assert nearest_neighbour_test(real, real + 1e-6).accuracy == 0.0, "des copies"


def test_classifier_matches_a_loop():
    real, fake = cloud(12, seed=3), cloud(12, seed=4, shift=0.8)
    everything, labels = torch.cat([real, fake]).numpy(), [True] * 12 + [False] * 12
    right = []
    for i, point in enumerate(everything):
        others = [(np.linalg.norm(point - other), labels[j]) for j, other in enumerate(everything) if j != i]
        right.append(min(others)[1] == labels[i])
    found = nearest_neighbour_test(real, fake)
    assert (found.accuracy, found.real, found.fake) == pytest.approx(
        (np.mean(right), np.mean(right[:12]), np.mean(right[12:]))
    )


def test_copies_are_found_and_shown():
    train, held_out = SyntheticLotus(60, 32, seed=0).images, SyntheticLotus(80, 32, seed=1).images
    known, unknown = thumbnails(train), thumbnails(held_out)
    copies = memorisation(thumbnails(train[10:40] + 0.01), known, unknown)
    assert copies.warning
    assert copies.suspect.all()
    assert copies.twins.tolist() == list(range(10, 40))
    assert copies.ratio < 0.1
    fresh = memorisation(thumbnails(SyntheticLotus(60, 32, seed=2).images), known, unknown)
    assert not fresh.warning
    assert fresh.ratio == pytest.approx(1.0, abs=0.15)
    with pytest.raises(ValueError, match="il en faut 40"):
        memorisation(known, known, unknown[:39])


def test_images_are_not_taken_for_points():
    images = SyntheticLotus(50, 32, seed=0).images
    with pytest.raises(ValueError, match=r"\(N, D\)"):
        memorisation(images, images, images)
    for measure in (density_coverage, precision_recall):
        with pytest.raises(ValueError, match=r"\(N, D\)"):
            measure(images, images)


def test_a_reader_in_training_reads_as_usual_and_learns_nothing():
    from lessons_lib import zoo

    reader, images = zoo.load("factors_64"), SyntheticLotus(40, 64, seed=3).images
    usual, state = reader.read(images), {name: value.clone() for name, value in reader.state_dict().items()}
    reader.train()
    assert all(np.array_equal(usual[name], values) for name, values in reader.read(images).items())
    assert reader.training
    assert all(torch.equal(value, reader.state_dict()[name]) for name, value in state.items())


def test_false_alarms_are_as_rare_as_announced():
    """400 générateurs irréprochables : pas plus d'alertes que promis, à l'erreur d'échantillonnage près."""
    promised, alarms, shares = 0.05, [], []
    for seed in range(400):
        train, held_out, fake = (cloud(n, 4, seed=3 * seed + i) for i, n in enumerate((40, 60, 50)))
        found = memorisation(fake, train, held_out, false_alarm=promised)
        alarms.append(found.warning)
        shares.append(found.suspect.float().mean().item())
    assert np.mean(alarms) <= promised + 3 * np.sqrt(promised * (1 - promised) / 400)
    assert np.mean(shares) == pytest.approx(RISK, abs=0.015)


def test_census_counts_a_garden_it_has_never_seen():
    garden = SyntheticLotus(150, 64, seed=11)
    found = census(garden.images)
    truth = garden.factors
    assert sum(found.varieties.values()) == 150
    assert found.varieties["rose"] == pytest.approx(int((truth["variety"] == "pink").sum()), abs=3)
    assert found.stages["bouton fermé"] == pytest.approx(int((truth["openness"] < 0.25).sum()), abs=12)
    assert found.missing == []
    assert str(found).startswith("5 variétés sur 5")
    shares, edges = found.histogram("openness")
    assert shares.sum() == pytest.approx(1.0)
    assert (edges[0], edges[-1]) == (0.0, 1.0)


def test_census_names_what_is_missing():
    poor = SyntheticLotus(60, 64, seed=12, fixed={"variety": ("white", "blue", "pink"), "openness": (0.8, 1.0)})
    found = census(poor.images)
    assert found.missing[:3] == ["carmin", "jaune", "bouton fermé"]
    assert str(found).startswith("3 variétés sur 5")
    assert "aucun bouton fermé" in str(found)
    assert "bouton fermé 0" not in str(found)
    one = census(SyntheticLotus(50, 64, seed=12, fixed={"variety": "pink", "openness": (0.0, 0.1)}).images)
    assert str(one).startswith("1 variété sur 5")
    assert "aucune fleur ouverte" in str(one)


def test_interval_of_a_share_matches_scipy_and_never_leaves_0_to_1():
    for count, total in ((0, 40), (3, 40), (20, 40), (40, 40), (1, 1)):
        low, high = wilson_interval(count, total, z=norm.ppf(0.975))
        known = binomtest(count, total).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((known.low, known.high), abs=1e-9)
    for count, total in ((5, 4), (-1, 4), (0, 0)):
        with pytest.raises(ValueError, match="est attendu"):
            wilson_interval(count, total)


def test_error_of_the_neighbour_ratio_is_that_of_other_images():
    train, held_out = cloud(60, seed=1), cloud(80, seed=2)
    found = [memorisation(cloud(150, seed=10 + i), train, held_out) for i in range(60)]
    spread = np.std([one.ratio for one in found])
    assert np.median([one.error for one in found]) == pytest.approx(spread, rel=0.35)
    assert found[0].ratio == pytest.approx((found[0].distances.median() / found[0].typical).item())


def test_error_of_density_is_that_of_other_images():
    real = cloud(100, seed=1)
    values = [density_coverage(real, cloud(120, seed=10 + i))[0] for i in range(60)]
    error = uncertainty(lambda part: density_coverage(real, part)[0], cloud(120, seed=5))
    assert error == pytest.approx(np.std(values), rel=0.35)
