"""L'augmentation différentiable : ce qu'elle fait, et le gradient qui la traverse."""

import pytest
import torch

from lessons_lib.augment import augment, colour, cutout, translation


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def images(count=6, size=16, dtype=torch.float64):
    return torch.rand(count, 3, size, size, generator=seeded(9), dtype=dtype) * 2 - 1


@pytest.mark.parametrize("retouch", [colour, translation, cutout])
def test_shape_and_type_are_kept_and_the_seed_decides(retouch):
    x = images(dtype=torch.float32)
    kept = x.clone()
    once = retouch(x, seeded())
    assert once.shape == x.shape and once.dtype == x.dtype
    assert torch.equal(once, retouch(x, seeded()))
    assert not torch.equal(once, retouch(x, seeded(1)))
    assert torch.equal(x, kept)


@pytest.mark.parametrize("retouch", [colour, translation, cutout])
def test_the_gradient_flows_to_the_images(retouch):
    x = images(2, 8).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x: retouch(x, seeded()), x)


def test_a_translation_moves_each_image_by_at_most_an_eighth_and_fills_with_grey():
    x = torch.zeros(400, 1, 16, 16)
    x[:, :, 8, 8] = 1.0
    moved = translation(x, seeded())
    _, _, row, column = moved.nonzero(as_tuple=True)
    assert len(row) == 400
    assert set((row - 8).tolist()) == set((column - 8).tolist()) == {-2, -1, 0, 1, 2}
    filled = translation(torch.ones(400, 1, 16, 16), seeded())
    shares = filled.flatten(1).mean(dim=1)
    assert shares.min() == pytest.approx((14 / 16) ** 2)
    assert shares.max() == 1
    assert set(filled.unique().tolist()) == {0.0, 1.0}


def test_all_channels_of_an_image_move_together():
    x = images(1).mean(dim=1, keepdim=True).expand(1, 3, 16, 16)
    moved = translation(x, seeded())
    assert torch.equal(moved[:, 0], moved[:, 1]) and torch.equal(moved[:, 1], moved[:, 2])


def test_a_cutout_hides_a_square_of_half_the_side():
    holes = (cutout(torch.ones(600, 3, 16, 16), seeded()) == 0).flatten(1).float().mean(dim=1)
    assert holes.max() == pytest.approx(1 / 4)  # carré entier
    assert holes.min() == pytest.approx(1 / 16)  # centré dans un coin : le quart en est visible


def test_colour_changes_brightness_saturation_and_contrast_within_bounds():
    grey = torch.full((2000, 3, 2, 2), 0.2)
    shift = colour(grey, seeded()).mean(dim=(1, 2, 3)) - 0.2
    assert -0.5 <= shift.min() < -0.45 and 0.45 < shift.max() <= 0.5
    flat = torch.tensor([0.6, 0.0, -0.6]).view(1, 3, 1, 1).expand(2000, 3, 2, 2)
    spread = colour(flat, seeded())
    # saturation (0 à 2) × contraste (0,5 à 1,5) multiplient l'écart entre canaux
    ratio = (spread[:, 0] - spread[:, 2]).flatten(1)[:, 0] / 1.2
    assert ratio.min() < 0.05 and 2.4 < ratio.max() <= 3


def test_names_are_applied_in_order():
    x = images()
    generator = seeded()
    expected = cutout(colour(x, generator), generator)
    assert torch.equal(augment(x, ("colour", "cutout"), generator=seeded()), expected)
    assert torch.equal(augment(x, ()), x)


@pytest.mark.parametrize("names", ["translation", ("translation", "rotation")])
def test_unknown_names_are_refused(names):
    with pytest.raises(ValueError, match=r"colour, translation, cutout"):
        augment(images(), names)
