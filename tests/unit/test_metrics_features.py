"""Fréchet et noyau : d'accord avec torchmetrics et avec un calcul indépendant ; leur biais, et sa correction."""

import numpy as np
import pytest
import torch
from clouds import cloud, frechet_by_scipy
from torch import nn

from lessons_lib.lotus import SyntheticLotus
from lessons_lib.metrics import frechet_at_infinity, frechet_distance, kernel_distance
from lessons_lib.metrics.features import InceptionFeatures, LotusFeatures, feature_distances, features_of

FLOWERS = SyntheticLotus(160, size=32, seed=3).images


class Averages(nn.Module):
    """Un réseau de caractéristiques sans poids : les couleurs moyennes de quatre quartiers."""

    num_features = 12

    def forward(self, images):
        return nn.functional.adaptive_avg_pool2d(images.float(), 2).flatten(1)


def by_loops(a, b):
    def kernel(x, y):
        return (x @ y / len(x) + 1) ** 3

    inside = [np.mean([kernel(x, y) for i, x in enumerate(s) for j, y in enumerate(s) if i != j]) for s in (a, b)]
    return sum(inside) - 2 * np.mean([kernel(x, y) for x in a for y in b])


def test_kernel_distance_matches_a_double_loop():
    a, b = cloud(9, 6, seed=1), cloud(7, 6, seed=2, shift=0.5)
    assert kernel_distance(a, b) == pytest.approx(by_loops(a.numpy(), b.numpy()), rel=1e-10)


def test_kernel_distance_has_no_bias_and_frechet_has():
    pairs = [(cloud(20, 6, seed=2 * i), cloud(20, 6, seed=2 * i + 1)) for i in range(200)]
    values = np.array([kernel_distance(*pair) for pair in pairs])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(len(values))
    frechets = np.array([frechet_distance(*pair) for pair in pairs])
    assert frechets.mean() > 20 * frechets.std() / np.sqrt(len(frechets))


def test_both_distances_of_torchmetrics_agree_with_independent_computations():
    real, fake, network = FLOWERS[:80], FLOWERS[80:].flip(3) * 0.8, Averages()
    found = feature_distances(fake, real, network)
    a, b = features_of(fake, network), features_of(real, network)
    assert found["frechet"][0] == pytest.approx(frechet_by_scipy(a.numpy(), b.numpy()), abs=1e-4)
    assert found["kernel"][0] == pytest.approx(by_loops(a.numpy(), b.numpy()), abs=1e-4)
    assert found["frechet"][0] == pytest.approx(frechet_distance(a, b), abs=1e-4)


def test_distances_of_a_network_with_weights_leave_it_and_chance_as_they_were():
    torch.manual_seed(5)
    network = nn.Sequential(nn.AvgPool2d(8), nn.Flatten(), nn.Linear(48, 4))
    before, chance = [p.clone() for p in network.parameters()], torch.random.get_rng_state()
    found = feature_distances(FLOWERS[80:120], FLOWERS[:80], network)
    assert found == feature_distances(FLOWERS[80:120], FLOWERS[:80], network)
    assert all(torch.equal(p, q) and p.dtype == q.dtype for p, q in zip(network.parameters(), before, strict=True))
    assert torch.equal(torch.random.get_rng_state(), chance)
    a, b = features_of(FLOWERS[80:120], network), features_of(FLOWERS[:80], network)
    assert found["frechet"][0] == pytest.approx(frechet_distance(a, b), abs=1e-4)
    assert found["kernel"][0] == pytest.approx(kernel_distance(a, b[:40]), abs=1e-4)


def test_error_bar_is_that_of_another_draw():
    real, network = FLOWERS[:80], Averages()
    error = feature_distances(FLOWERS[80:120], real, network)["kernel"][1]
    known = features_of(real[:40], network)
    draws = SyntheticLotus(600, size=32, seed=9).images.split(40)
    spread = np.std([kernel_distance(features_of(part, network), known) for part in draws])
    assert spread / 2.5 < error < 2.5 * spread


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_extrapolation_removes_most_of_the_bias(shift):
    truth = 6 * shift**2
    a, b = cloud(200, 6, seed=1), cloud(200, 6, seed=2, shift=shift)
    raw, fit = frechet_distance(a[:60], b[:60]), frechet_at_infinity(a, b)
    assert fit.means[0] > fit.means[-1], "le biais décroît avec le nombre d'images"
    assert fit.slope > 0
    assert abs(fit.value - truth) < abs(raw - truth)
    assert abs(fit.value - truth) < 0.25 + 4 * fit.error


def test_extrapolation_refuses_impossible_sizes():
    with pytest.raises(ValueError, match="Au moins deux tailles, de 2 à 30"):
        frechet_at_infinity(cloud(30, 6), cloud(40, 6), sizes=(10, 50))


def test_lotus_features_see_what_is_shown_rather_than_the_pixels():
    network = LotusFeatures()
    assert network.num_features == 32
    real, other = SyntheticLotus(200, 64, seed=4).images, SyntheticLotus(200, 64, seed=5).images
    one_variety = SyntheticLotus(200, 64, seed=5, fixed={"variety": "pink"}).images
    known = features_of(real, network)
    same, poor = (frechet_distance(features_of(images, network), known) for images in (other, one_variety))
    assert poor > 5 * same


def test_missing_inception_weights_are_told(monkeypatch):
    import torchmetrics.image.fid

    def absent(*arguments, **options):
        raise ModuleNotFoundError("No module named 'torch_fidelity'")

    monkeypatch.setattr(torchmetrics.image.fid, "NoTrainInceptionV3", absent)
    with pytest.raises(RuntimeError, match=r"pip install torch-fidelity.*LotusFeatures"):
        InceptionFeatures()
