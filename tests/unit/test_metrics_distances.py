"""Distances entre échantillons, comparées à des calculs indépendants : boucles, scipy, POT, cas connus."""

import math
from itertools import product

import numpy as np
import ot
import pytest
import torch
from clouds import cloud, frechet_by_scipy
from scipy.stats import wasserstein_distance

from lessons_lib.metrics import (
    energy_distance,
    frechet_distance,
    laplacian_pyramid,
    nearest_neighbour_ratio,
    patch_distances,
    precision_recall,
    sliced_wasserstein,
    thumbnails,
    uncertainty,
)


def pictures(count=6, size=32, seed=0):
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_energy_distance_matches_a_double_loop_without_self_pairs():
    a, b = cloud(7, seed=1), cloud(5, seed=2, shift=0.5)
    across = np.mean([math.dist(x, y) for x, y in product(a.tolist(), b.tolist())])
    inside = [
        np.mean([math.dist(x, y) for i, x in enumerate(s) for j, y in enumerate(s) if i != j])
        for s in (a.tolist(), b.tolist())
    ]
    assert energy_distance(a, b) == pytest.approx(2 * across - sum(inside))


def test_energy_distance_has_no_bias_on_small_samples_of_one_law():
    values = [energy_distance(cloud(8, seed=2 * i), cloud(8, seed=2 * i + 1)) for i in range(300)]
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(len(values))
    assert energy_distance(cloud(8), cloud(8, seed=1, shift=3)) > 10 * np.std(values)


def test_energy_distance_refuses_what_cannot_be_compared():
    with pytest.raises(ValueError, match="au moins 2 points"):
        energy_distance(cloud(1), cloud(4))
    with pytest.raises(ValueError, match="attendus"):
        energy_distance(cloud(4, dimensions=2), cloud(4, dimensions=3))


def test_uncertainty_of_a_mean_is_the_textbook_standard_error():
    sample = cloud(400, dimensions=1)
    error = uncertainty(lambda part: part.mean().item(), sample, repeats=600)
    assert error == pytest.approx(sample.std().item() / math.sqrt(400), rel=0.1)
    with pytest.raises(ValueError, match="au moins 4"):
        uncertainty(lambda part: 0.0, cloud(2))


def test_frechet_distance_matches_the_matrix_square_root_of_scipy():
    a, b = cloud(60, 5, seed=1), cloud(80, 5, seed=2, shift=0.4) @ cloud(5, 5, seed=3)
    assert frechet_distance(a, b) == pytest.approx(frechet_by_scipy(a.numpy(), b.numpy()), rel=1e-8)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a[:, :1], a[:, :1] + 2) == pytest.approx(4)


def test_sliced_wasserstein_on_a_line_matches_scipy_for_unequal_samples():
    a, b = cloud(31, 1, seed=1), cloud(17, 1, seed=2, shift=0.7)
    expected = wasserstein_distance(a[:, 0].numpy(), b[:, 0].numpy())
    assert sliced_wasserstein(a, b, projections=3) == pytest.approx(expected, rel=1e-5)


def test_sliced_wasserstein_matches_pot_with_the_same_number_of_directions():
    a, b = cloud(40, 6, seed=1), cloud(40, 6, seed=2, shift=1.0)
    directions = torch.nn.functional.normalize(torch.randn(6, 64, generator=torch.Generator().manual_seed(5)), dim=0)
    expected = ot.sliced_wasserstein_distance(a.numpy(), b.numpy(), projections=directions.numpy(), p=1)
    assert sliced_wasserstein(a, b, projections=64, seed=5) == pytest.approx(float(expected), rel=1e-4)


def test_laplacian_pyramid_can_be_undone_and_is_flat_on_a_flat_image():
    images = pictures()
    *bands, rest = laplacian_pyramid(images, levels=3)
    assert [band.shape[-1] for band in bands] == [32, 16, 8] and rest.shape[-1] == 4
    *flat, rest = laplacian_pyramid(torch.full((1, 3, 32, 32), 0.3), levels=2)
    assert rest.mean().item() == pytest.approx(0.3, abs=1e-6)
    assert all(band[..., 4:-4, 4:-4].abs().max() < 1e-6 for band in flat)
    with pytest.raises(ValueError, match="multiple de 8"):
        laplacian_pyramid(pictures(size=20), levels=3)


def test_a_checkerboard_is_seen_at_the_finest_level_only():
    images = laplacian_pyramid(pictures(48, 32), levels=1)[1].repeat_interleave(2, -1).repeat_interleave(2, -2)
    board = 0.3 * (-1.0) ** (torch.arange(32)[:, None] + torch.arange(32))
    clean, marked = patch_distances(images[:24], images[24:], 2), patch_distances(images[:24] + board, images[24:], 2)
    assert marked[0] > 1.5 * clean[0]
    assert marked[1] < 1.2 * clean[1]


def test_precision_and_recall_match_a_loop():
    real, fake, k = cloud(12, 2, seed=1), cloud(9, 2, seed=2, shift=0.6), 3

    def covered(points, centres):
        points, centres = points.tolist(), centres.tolist()
        radii = [sorted(math.dist(c, other) for other in centres)[k] for c in centres]
        inside = [any(math.dist(p, c) <= r for c, r in zip(centres, radii, strict=True)) for p in points]
        return sum(inside) / len(points)

    assert precision_recall(real, fake, k) == pytest.approx((covered(fake, real), covered(real, fake)))
    with pytest.raises(ValueError, match="plus de k points"):
        precision_recall(real, fake[:3], k)


def test_a_generator_that_kept_one_mode_has_precision_without_recall():
    real = torch.cat([cloud(40, 2, seed=1), cloud(40, 2, seed=2, shift=50.0)])
    precision, recall = precision_recall(real, cloud(80, 2, seed=3))
    assert precision > 0.8 and 0.3 < recall <= 0.5


def test_thumbnails_are_block_means():
    image = torch.arange(64.0).reshape(1, 1, 8, 8)
    assert thumbnails(image, side=2).tolist() == [[13.5, 17.5, 45.5, 49.5]]
    with pytest.raises(ValueError, match="multiple de 3"):
        thumbnails(image, side=3)


def test_copies_have_a_null_ratio_and_new_images_a_ratio_near_one():
    train, held_out, fake = pictures(30, seed=1), pictures(30, seed=2), pictures(30, seed=3)
    assert nearest_neighbour_ratio(train[:10], train, held_out) == 0
    assert nearest_neighbour_ratio(fake, train, held_out) == pytest.approx(1, abs=0.1)


def test_error_of_the_sliced_distance_is_that_of_other_points():
    known = cloud(80, 4, seed=1)
    values = [sliced_wasserstein(cloud(80, 4, seed=10 + i, shift=1.0), known) for i in range(60)]
    error = uncertainty(lambda part: sliced_wasserstein(part, known), cloud(80, 4, seed=5, shift=1.0))
    assert error == pytest.approx(np.std(values), rel=0.35)
