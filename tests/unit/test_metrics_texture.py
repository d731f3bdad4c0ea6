"""La diffusion et la distance de textures : définition directe, invariances, et ce que l'œil exige d'elles."""

import math

import pytest
import torch

from lessons_lib.lotus import SyntheticLotus
from lessons_lib.metrics import TextureDistance, energy_distance, nearest_neighbour_ratio, scattering
from lessons_lib.metrics.scattering import morlet_bank


@pytest.fixture(scope="module")
def flowers():
    return SyntheticLotus(72, size=32, seed=3).images


def test_wavelets_have_zero_mean_and_sit_at_their_frequency():
    bank = morlet_bank(64)
    assert bank[..., 0, 0].abs().max() < 1e-6
    for scale in range(1, 4):
        peak = int(bank[scale, 0, 0].argmax())  # l'orientation 0 vibre selon x
        assert peak == pytest.approx(64 * (3 * math.pi / 4 / 2**scale) / (2 * math.pi), abs=1.5)
    with pytest.raises(ValueError, match="ne tiennent pas"):
        morlet_bank(16)


@pytest.mark.parametrize(("x", "y", "orientation"), [(1, 0, 0), (1, 1, 1), (0, 1, 2), (-1, 1, 3)])
def test_a_wave_answers_at_its_own_orientation(x, y, orientation):
    grid = torch.arange(32) * 2 * math.pi / 32
    wave = torch.cos(6 * (x * grid[None, :] + y * grid[:, None])).expand(1, 3, 32, 32)
    luminance = scattering(wave, scales=3)[0, : 3 * 4].reshape(3, 4)
    assert int(luminance.exp().sum(dim=0).argmax()) == orientation


def test_first_order_matches_a_convolution_written_out():
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    luminance = (torch.tensor([0.299, 0.587, 0.114])[:, None, None] * image[0]).sum(dim=0).to(torch.complex64)
    wavelet = torch.fft.ifft2(morlet_bank(32, 3, 4)[1, 2])
    y, x = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    total = 0.0
    for row in range(32):
        for column in range(32):
            shifted = wavelet[(row - y) % 32, (column - x) % 32]
            total += float((luminance * shifted).sum().abs())
    expected = math.log(total / 32**2 + 1e-3)
    assert scattering(image, scales=3)[0, 1 * 4 + 2].item() == pytest.approx(expected, abs=1e-4)


def test_features_ignore_a_circular_shift_and_count_as_announced():
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    features = scattering(images)
    assert features.shape == (2, 336)
    moved = scattering(images.roll((8, 24), dims=(2, 3)))
    torch.testing.assert_close(moved, features, atol=2e-3, rtol=0)
    with pytest.raises(ValueError, match="carrées"):
        scattering(images[:, :1])


def test_second_order_separates_textures_that_share_their_spectrum(flowers):
    """Tirer les phases au hasard garde le spectre et efface les contours."""
    images = flowers[:24]
    spectrum = torch.fft.fft2(images)
    noise = torch.fft.fft2(torch.randn(24, 1, 32, 32, generator=torch.Generator().manual_seed(0)))
    scrambled = torch.fft.ifft2(spectrum * noise / noise.abs()).real
    apart = (scattering(scrambled, 3) - scattering(images, 3)).mean(dim=0).abs()
    per_channel = 3 * 4
    assert apart[3 * per_channel :].mean() > 2 * apart[: 3 * per_channel].mean()


def test_the_distance_is_zero_in_mean_on_new_images_and_grows_with_damage(flowers):
    garden = flowers
    judge, fresh = TextureDistance(garden[:40]), garden[40:]
    clean, error = judge.with_error(fresh, repeats=30)
    noise = torch.randn(fresh.shape, generator=torch.Generator().manual_seed(0))
    noisy = [judge(fresh + amount * noise) for amount in (0.05, 0.1, 0.2)]
    board = 0.1 * (-1.0) ** (torch.arange(32)[:, None] + torch.arange(32))
    blocks = torch.nn.functional.avg_pool2d(fresh, 4).repeat_interleave(4, -1).repeat_interleave(4, -2)
    assert clean < 4 * error + 0.3
    assert clean + 4 * error < noisy[0] < noisy[1] < noisy[2]
    assert min(judge(fresh + board), judge(blocks)) > clean + 10 * error
    copies = garden[:16]
    assert judge(copies) < clean + 4 * error  # les copies sont parfaites…
    assert nearest_neighbour_ratio(copies, garden[:40], fresh) == 0  # … et dénoncées


def test_a_huge_ridge_leaves_the_standardised_features_as_they_are(flowers):
    reference, faded = flowers[:40], flowers[40:] / 2
    judge = TextureDistance(reference, ridge=1e6)
    features, known = scattering(faded), scattering(reference)
    plain = energy_distance(features / known.std(dim=0), known / known.std(dim=0))
    assert judge(faded) * math.sqrt(1e6) == pytest.approx(plain, rel=1e-3)
    with pytest.raises(ValueError, match="strictement positive"):
        TextureDistance(reference[:8], ridge=0)
