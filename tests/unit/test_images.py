"""Les conversions entre tenseurs, pixels et octets."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from lessons_lib import images

quick = settings(deadline=None, max_examples=50)
sides = st.integers(1, 12)
pixels_hwc = st.tuples(sides, sides).flatmap(lambda hw: hnp.arrays(np.uint8, (*hw, 3)))


def every_byte() -> torch.Tensor:
    return torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16).repeat(3, 1, 1)


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_ends_of_the_range():
    black_white = torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 1, 2).repeat(3, 1, 1)
    assert images.from_uint8(black_white).unique().tolist() == [-1.0, 1.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_uint8_to_float_to_uint8_is_the_identity_for_every_byte(dtype):
    assert torch.equal(images.to_uint8(images.from_uint8(every_byte()).to(dtype)), every_byte())


def test_from_uint8_is_increasing_float32_within_the_range():
    values = images.from_uint8(every_byte())[0].flatten()
    assert values.dtype == torch.float32
    assert (values.diff() > 0).all() and values.abs().max() <= 1


@quick
@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=50))
def test_to_uint8_keeps_order_clamps_and_rounds_to_the_nearest(numbers):
    x = torch.tensor(sorted(numbers)).reshape(1, 1, -1).repeat(3, 1, 1)
    pixels = images.to_uint8(x)
    assert pixels.dtype == torch.uint8 and pixels.shape == x.shape
    assert (pixels.int().diff(dim=-1) >= 0).all()
    clamped = x.clamp(-1, 1)
    assert (images.from_uint8(pixels) - clamped).abs().max() <= 1 / 255 + 1e-6
    assert (pixels[x >= 1] == 255).all() and (pixels[x <= -1] == 0).all()


def test_to_uint8_takes_infinities_but_refuses_nan():
    x = torch.zeros(3, 1, 2)
    x[:, 0, 0], x[:, 0, 1] = float("inf"), float("-inf")
    assert images.to_uint8(x)[0, 0].tolist() == [255, 0]
    x[1, 0, 1] = float("nan")
    with pytest.raises(ValueError, match="NaN"):
        images.to_uint8(x)


def test_conversions_leave_their_input_untouched_and_ignore_gradients():
    x = torch.full((2, 3, 4, 4), 0.5, requires_grad=True)
    images.to_array(x)
    assert (x == 0.5).all()
    pixels = every_byte()
    images.from_uint8(pixels)
    assert torch.equal(pixels, every_byte())


@quick
@given(pixels_hwc)
def test_array_roundtrip_is_exact_and_channels_move(array):
    x = images.from_array(array)
    assert x.shape == (3, *array.shape[:2])
    assert np.array_equal(images.to_array(x), array)
    assert np.array_equal(images.to_array(images.from_array(array[None])), array[None])


def test_from_array_takes_read_only_and_strided_arrays():
    array = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    array.flags.writeable = False
    assert np.array_equal(images.to_array(images.from_array(array[::-1, ::2])), array[::-1, ::2])


@quick
@given(pixels_hwc, st.integers(1, 4))
def test_png_roundtrip_is_exact_and_scale_repeats_pixels(array, scale):
    data = images.to_png(images.from_array(array), scale=scale)
    assert np.array_equal(decoded(data), array.repeat(scale, axis=0).repeat(scale, axis=1))


def test_jpeg_is_a_close_rgb_picture_of_the_right_size():
    ramp = torch.linspace(-1, 1, 24)
    x = torch.stack([ramp.expand(16, 24), -ramp.expand(16, 24), torch.zeros(16, 24)])
    data = images.to_jpeg(x, scale=2)
    assert data[:2] == b"\xff\xd8"
    expected = images.to_array(images.enlarge(x, 2)).astype(int)
    assert decoded(data).shape == (32, 48, 3)
    assert np.abs(decoded(data).astype(int) - expected).mean() < 4
    assert len(images.to_jpeg(x, quality=30)) < len(images.to_jpeg(x, quality=95))


@quick
@given(st.integers(1, 7), st.integers(1, 4), st.integers(0, 3), sides, sides)
def test_grid_places_each_image_row_by_row(n, columns, padding, height, width):
    x = torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(n))  # > 0, le fond à -1
    sheet = images.grid(x, columns=columns, padding=padding, background=-1.0)
    across, down = min(n, columns), -(-n // columns)
    assert sheet.shape == (3, down * (height + padding) + padding, across * (width + padding) + padding)
    for i in range(n):
        top = (i // columns) * (height + padding) + padding
        left = (i % columns) * (width + padding) + padding
        assert torch.equal(sheet[:, top : top + height, left : left + width], x[i])
    assert (sheet == -1).sum() == sheet.numel() - x.numel()


def test_grid_of_one_unbatched_image():
    assert images.grid(torch.zeros(3, 4, 4), padding=1).shape == (3, 6, 6)


@quick
@given(pixels_hwc, st.integers(1, 5))
def test_enlarge_repeats_each_pixel(array, factor):
    x = images.from_array(array)
    assert torch.equal(images.enlarge(x, factor), x.kron(torch.ones(1, factor, factor)))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: images.to_uint8(np.zeros((3, 2, 2))), TypeError, "from_array"),
        (lambda: images.to_uint8(torch.zeros(3, 2, 2, dtype=torch.uint8)), TypeError, "from_uint8"),
        (lambda: images.to_uint8(torch.zeros(2, 2, 3)), ValueError, "avant la hauteur"),
        (lambda: images.to_uint8(torch.zeros(3)), ValueError, "est attendue"),
        (lambda: images.from_uint8(torch.zeros(3, 2, 2)), TypeError, "to_uint8"),
        (lambda: images.from_array(np.zeros((2, 2, 3))), TypeError, "float64"),
        (lambda: images.from_array([[0]]), TypeError, "list"),
        (lambda: images.from_array(np.zeros((3, 2, 2), np.uint8)), ValueError, "en dernier"),
        (lambda: images.grid(torch.zeros(0, 3, 2, 2)), ValueError, "au moins une image"),
        (lambda: images.grid(torch.zeros(2, 2, 3, 2, 2)), ValueError, "N, 3, H, W"),
        (lambda: images.grid(torch.zeros(2, 3, 2, 2), columns=0), ValueError, "colonne"),
        (lambda: images.grid(torch.zeros(2, 3, 2, 2), background=2), ValueError, "fond"),
        (lambda: images.enlarge(torch.zeros(3, 2, 2), 0), ValueError, "entier"),
        (lambda: images.to_png(torch.zeros(3, 2, 2), scale=1.5), ValueError, "entier"),
        (lambda: images.to_jpeg(torch.zeros(2, 3, 2, 2)), ValueError, "grid"),
    ],
)
def test_wrong_inputs_are_explained_in_french(call, error, words):
    with pytest.raises(error, match=words):
        call()
