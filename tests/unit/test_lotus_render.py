"""Le rendu : chaque facteur change l'image comme il le dit."""

import colorsys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.lotus import FACTOR_RANGES, VARIETIES, Factors, render, sample_factors
from lessons_lib.lotus.cache import VERSION
from lessons_lib.lotus.light import light_at
from lessons_lib.lotus.pads import places
from lessons_lib.lotus.render import render_pixels

# Une fleur carmin sur une eau bleue et sans feuille : ses pixels sont les seuls franchement rouges.
ALONE = Factors(variety="crimson", openness=1.0, pads=0, hour=11.0, water=200.0)

# Moyennes de 4 x 4 zones d'images de 32 pixels, par version du dessin, en hexadécimal.
LOOKS = {
    2: [
        "c1b4a0a7a391818a7b708071828977ada09dd8b7c77e867e4f684e78796fb2959d3e5045496b3d435c3c3e4e33546d3b",
        "71c6d784d8e87fcfe168bdce78ae9ebe7caad27ead789ca65991539664768f5b703f68622450533c4f493c6d4a36795e",
        "7cc2aa99949b848b905ba89c874d42d07757e46162706b4d7d4440ba5c49c04f4f5b71434986396d6e433f4635336c39",
        "89b4d292bbd97aa5c66996b8749fa4c4c8a39cad9d547fa0538d45acaa636f806d395f7e254a5b406f4d30524b569653",
        "619d9f7c99bd89b4c183c2b86c79ac95879e7e72b45b8e924a5e7b6d7194485077336465447c424f883a31574a1d4d4f",
    ]
}


def pixels(factors, size=64):
    return render_pixels(factors, size).astype(float)


def flower_mask(factors, size=64):
    image = pixels(factors, size)
    return image[..., 0] > 1.35 * image[..., 2] + 25


def extent(mask):
    """Bornes (gauche, droite, haut, bas) d'un masque, en fractions d'image."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    size = len(mask)
    return columns[0] / size, (columns[-1] + 1) / size, rows[0] / size, (rows[-1] + 1) / size


def width(factors):
    left, right, _, _ = extent(flower_mask(factors))
    return right - left


def test_an_image_is_float32_channels_first_between_minus_one_and_one():
    for size in (16, 33, 64, 128):
        image = render(Factors(), size)
        assert image.shape == (3, size, size)
        assert image.dtype == torch.float32
        assert image.is_contiguous()
        assert -1 <= image.min() < -0.3 and 0.5 < image.max() <= 1


@pytest.mark.parametrize("size", [15, 513, 64.5, True, "64", None])
def test_a_wrong_size_is_refused(size):
    with pytest.raises(ValueError, match="de 16 à 512 pixels"):
        render(Factors(), size)


@settings(max_examples=30, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            name: st.sampled_from(
                [span.low, span.high, 0.5 * (span.low + span.high) // 1 if span.whole else span.drawn[0]]
            )
            for name, span in FACTOR_RANGES.items()
        }
    ),
    st.sampled_from(sorted(VARIETIES)),
)
def test_extreme_factors_are_drawn(values, variety):
    image = render_pixels(Factors(variety=variety, **values), 24)
    assert image.shape == (24, 24, 3)
    assert image.std() > 3


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([name for name, span in FACTOR_RANGES.items() if not span.whole]),
    st.floats(0, 0.99),
)
def test_a_small_change_of_a_factor_is_a_small_change_of_the_image(index, name, part):
    span = FACTOR_RANGES[name]
    low, high = span.drawn
    before = replace(sample_factors(0, index), **{name: low + part * (high - low)})
    after = replace(before, **{name: low + (part + 0.005) * (high - low)})
    assert np.abs(pixels(before, 32) - pixels(after, 32)).mean() < 4


def test_the_flower_widens_as_it_opens():
    widths = [width(replace(ALONE, openness=openness)) for openness in (0, 0.2, 0.4, 0.7, 1)]
    assert all(later > earlier for earlier, later in pairwise(widths))
    assert widths[0] < 0.55 * widths[-1]


def test_size_is_the_width_of_the_open_flower():
    for size in (0.5, 0.7, 0.9):
        assert width(replace(ALONE, size=size)) == pytest.approx(size, abs=0.05)


def test_the_flower_is_where_it_is_asked():
    for x, y in ((0.35, 0.4), (0.5, 0.5), (0.65, 0.6)):
        left, right, top, bottom = extent(flower_mask(replace(ALONE, x=x, y=y, size=0.45, tilt=60.0)))
        assert 0.5 * (left + right) == pytest.approx(x, abs=0.03)
        assert 1 - 0.5 * (top + bottom) == pytest.approx(y, abs=0.03)


def test_seen_from_above_the_flower_is_round_and_from_the_side_flat():
    shapes = []
    for tilt in (5.0, 40.0, 88.0):
        left, right, top, bottom = extent(flower_mask(replace(ALONE, tilt=tilt, size=0.7)))
        shapes.append((bottom - top) / (right - left))
    assert shapes[0] < 0.55 < shapes[1] < 0.9 < shapes[2] < 1.1


def test_the_seed_pod_and_stamens_are_golden_and_hidden_in_the_bud():
    def gold(openness):
        image = pixels(replace(ALONE, openness=openness, tilt=60.0), 128)
        return ((image[..., 0] > 170) & (image[..., 1] > 130) & (image[..., 2] < 120)).mean()

    assert gold(0.0) == 0
    assert gold(1.0) > 0.02


def test_petals_and_rings_change_the_flower():
    for change in ({"petals": 6}, {"rings": 2}, {"rings": 4}):
        moved = np.abs(pixels(ALONE) - pixels(replace(ALONE, **change)))
        assert moved.mean() > 2


@pytest.mark.parametrize("variety", sorted(VARIETIES))
def test_each_variety_has_its_colour(variety):
    flower = replace(ALONE, tilt=55.0, hour=12.0)
    red, green, blue = pixels(replace(flower, variety=variety))[flower_mask(flower)].mean(0)
    assert {
        "white": min(red, green, blue) > 165,
        "pink": red > blue + 20 > green + 40,
        "crimson": red > 2.2 * max(green, blue),
        "yellow": min(red, green) > blue + 60,
        "blue": blue > red + 40 and blue > green + 40,
    }[variety]


def test_dawn_is_warm_on_the_left_and_evening_on_the_right():
    dawn, noon, evening = (pixels(replace(ALONE, hour=hour)) for hour in (5.5, 12.5, 18.5))
    for sheet in (dawn, evening):
        assert (sheet[..., 0] - sheet[..., 2]).mean() > (noon[..., 0] - noon[..., 2]).mean() + 15
    sky = slice(0, 8)
    assert dawn[sky, :20, 0].mean() > dawn[sky, -20:, 0].mean() + 10
    assert evening[sky, -20:, 0].mean() > evening[sky, :20, 0].mean() + 10
    assert light_at(6).direction[0] < 0 < light_at(18).direction[0]
    assert light_at(12.5).direction[2] > light_at(6).direction[2]


def test_water_has_the_hue_of_its_factor():
    for water in (150.0, 195.0, 240.0):
        corner = pixels(replace(ALONE, water=water, hour=12.0))[-12:, :12].mean((0, 1)) / 255
        assert 360 * colorsys.rgb_to_hsv(*corner)[0] == pytest.approx(water, abs=15)


def test_the_flower_is_mirrored_in_the_water():
    low = replace(ALONE, tilt=8.0, y=0.62, size=0.6)
    image = pixels(low)
    below = slice(int(64 * (extent(flower_mask(low))[3] + 0.08)), 64)
    redness = image[below, :, 0] - image[below, :, 2]
    assert redness[:, 24:40].mean() > redness[:, :8].mean() + 15


def test_pads_are_green_and_one_more_does_not_move_the_others():
    def green(count):
        image = pixels(replace(ALONE, pads=count, pads_seed=12))
        return ((image[..., 1] > image[..., 0] + 20) & (image[..., 1] > image[..., 2] + 20)).mean()

    assert green(0) < 0.01 < green(2) < green(6)
    few, many = places(Factors(pads=3)), places(Factors(pads=6))
    assert all((many == row).all(1).any() for row in few)
    assert len(places(Factors(pads=0))) == 0


def test_pads_seed_moves_the_pads_only():
    one, other = (pixels(replace(ALONE, pads=3, pads_seed=number)) for number in (1, 2))
    changed = np.abs(one - other).sum(-1) > 12
    assert changed.mean() > 0.05
    assert not changed[flower_mask(ALONE)].mean() > 0.02


def test_the_look_is_that_of_its_version():
    """Un changement d'aspect demande une nouvelle VERSION, sinon le cache mêlerait deux dessins."""
    looks = [coarse(replace(sample_factors(0, rank), variety=name)) for rank, name in enumerate(VARIETIES)]
    kept = [np.frombuffer(bytes.fromhex(text), np.uint8).astype(int) for text in LOOKS.get(VERSION, [])]
    same = len(kept) == len(looks) and max(np.abs(a - b).max() for a, b in zip(kept, looks, strict=True)) <= 1
    new = [bytes(look.tolist()).hex() for look in looks]
    assert same, f"L'aspect a changé : augmentez VERSION (cache.py) et notez dans LOOKS {new}."


def coarse(factors):
    """Moyennes arrondies (48,) de 4 x 4 zones."""
    return np.rint(pixels(factors, 32).reshape(4, 8, 4, 8, 3).mean((1, 3))).astype(int).ravel()
