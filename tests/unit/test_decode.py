"""Du fichier à l'image : formats, orientations, fichiers abîmés, cadrages."""

import struct
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lessons_lib import decode, images

RED, BLUE = (200, 30, 40), (20, 60, 210)
quick = settings(deadline=None, max_examples=60)


def two_halves(mode: str = "RGB", size: tuple[int, int] = (48, 32)) -> Image.Image:
    """Rouge à gauche, bleu à droite."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, *size))
    return picture.convert(mode)


def near(pixel, colour, tolerance=12) -> bool:
    return max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) <= tolerance


def noise(width: int = 60, height: int = 40) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.bmp", "a.gif", "a.tif", "a.mpo"])
def test_each_format_gives_its_colours(tmp_path, name):
    two_halves().save(tmp_path / name)
    picture = decode.open_image(tmp_path / name)
    assert (picture.mode, picture.size) == ("RGB", (48, 32))
    assert near(picture.getpixel((5, 16)), RED) and near(picture.getpixel((42, 16)), BLUE)


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_is_not_inverted(tmp_path, name):
    two_halves("CMYK").save(tmp_path / name)  # Pillow écrit le JPEG à la manière d'Adobe, canaux inversés
    with Image.open(tmp_path / name) as stored:
        assert stored.mode == "CMYK"
    picture = decode.open_image(tmp_path / name)
    assert near(picture.getpixel((5, 16)), RED, 20) and near(picture.getpixel((42, 16)), BLUE, 20)


@pytest.mark.parametrize("mode", ["L", "1", "P"])
def test_grey_bilevel_and_palette(tmp_path, mode):
    picture = Image.new("RGB", (8, 8), "white")
    picture.paste("black", (0, 0, 4, 8))
    picture.convert(mode).save(tmp_path / "a.png")
    result = decode.open_image(tmp_path / "a.png")
    assert result.mode == "RGB"
    assert (result.getpixel((1, 1)), result.getpixel((6, 1))) == ((0, 0, 0), (255, 255, 255))


@pytest.mark.parametrize("byte_order", ["<u2", ">u2"])
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path, name, byte_order):
    levels = np.array([[0, 257, 128 * 257, 255 * 257]], dtype=byte_order)
    Image.fromarray(levels).save(tmp_path / name)
    assert np.asarray(decode.open_image(tmp_path / name))[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (np.array([[0, 65535]], np.int32), [0, 255]),
        (np.array([[-1000, 0, 1000]], np.int32), [0, 128, 255]),
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[10.0, 20.0, 30.0]], np.float32), [0, 128, 255]),
        (np.array([[7.0, 7.0]], np.float32), [0, 0]),
    ],
)
def test_deep_grey_tiff(tmp_path, levels, expected):
    Image.fromarray(levels).save(tmp_path / "a.tif")
    assert np.asarray(decode.open_image(tmp_path / "a.tif"))[0, :, 0].tolist() == expected


def test_float_tiff_with_nan_is_unreadable(tmp_path):
    Image.fromarray(np.array([[0.0, np.nan]], np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(decode.UnreadableImage):
        decode.open_image(tmp_path / "a.tif")


@pytest.mark.parametrize(("mode", "colour"), [("RGBA", (200, 0, 0, 0)), ("LA", (0, 0))])
def test_transparent_is_white(tmp_path, mode, colour):
    Image.new(mode, (4, 4), colour).save(tmp_path / "a.png")
    assert decode.open_image(tmp_path / "a.png").getpixel((1, 1)) == (255, 255, 255)


def test_half_transparent_is_mixed_with_white(tmp_path):
    Image.new("RGBA", (4, 4), (0, 0, 0, 102)).save(tmp_path / "a.png")
    assert decode.open_image(tmp_path / "a.png").getpixel((1, 1)) == (153, 153, 153)


@pytest.mark.parametrize("transparency", [0, bytes([0, 255])])
def test_palette_transparency_is_white(tmp_path, transparency):
    picture = Image.new("P", (4, 4), 0)
    picture.putpalette([200, 0, 0, 0, 0, 200])
    picture.putpixel((3, 3), 1)
    picture.save(tmp_path / "a.png", transparency=transparency)
    result = decode.open_image(tmp_path / "a.png")
    assert (result.getpixel((0, 0)), result.getpixel((3, 3))) == ((255, 255, 255), (0, 0, 200))


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.tif", "a.png"])
def test_first_frame_or_page(tmp_path, name):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    with Image.open(tmp_path / name) as stored:
        assert stored.n_frames == 2
    assert near(decode.open_image(tmp_path / name).getpixel((8, 8)), RED)


UPRIGHT = np.asarray(noise(5, 3))
STORED = {  # ce que contient le fichier pour chaque orientation, d'après la norme EXIF (repère de la ligne 0)
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.swapaxes(0, 1),
    6: UPRIGHT.swapaxes(0, 1)[::-1],
    7: UPRIGHT.swapaxes(0, 1)[::-1, ::-1],
    8: UPRIGHT.swapaxes(0, 1)[:, ::-1],
}


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
@pytest.mark.parametrize("orientation", STORED)
def test_exif_orientation(tmp_path, orientation, name):
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True, "exact": True} if name.endswith("webp") else {}
    Image.fromarray(np.ascontiguousarray(STORED[orientation])).save(tmp_path / name, exif=exif, **options)
    assert np.array_equal(np.asarray(decode.open_image(tmp_path / name)), UPRIGHT)


def test_rotated_jpeg_decoded_at_reduced_size(tmp_path):
    exif = Image.Exif()
    exif[274] = 6  # à tourner d'un quart de tour dans le sens des aiguilles d'une montre
    two_halves(size=(800, 600)).save(tmp_path / "a.jpg", exif=exif)
    picture = decode.open_image(tmp_path / "a.jpg", short_side=150)
    assert picture.size == (150, 200)
    assert near(picture.getpixel((75, 20)), RED) and near(picture.getpixel((75, 180)), BLUE)


def test_broken_exif_does_not_cost_the_image(tmp_path):
    two_halves().save(tmp_path / "a.jpg", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert decode.open_image(tmp_path / "a.jpg").size == (48, 32)


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [11_000, 50_000])  # au-delà de notre limite ; au-delà de celle de Pillow
def test_pixel_bomb_is_refused_before_decoding(tmp_path, side):
    (tmp_path / "a.png").write_bytes(png_claiming(side, side))
    with pytest.raises(decode.UnreadableImage, match="120 millions de pixels"):
        decode.open_image(tmp_path / "a.png")


def test_large_photograph_under_the_limit_gives_no_warning(tmp_path):
    Image.new("L", (10_000, 10_000)).save(tmp_path / "a.jpg", quality=10)  # Pillow avertit dès 89 millions
    assert decode.read_square(tmp_path / "a.jpg", 16).size == (16, 16)


@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.bmp", "a.gif", "a.tif"])
def test_truncated_file(tmp_path, name, part):
    noise().save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(decode.UnreadableImage, match="abîmé") as caught:
        decode.open_image(tmp_path / name)
    assert caught.value.path == tmp_path / name
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("content", [b"Ceci est une lettre.", b"\x00" * 500, b"\x89PNG\r\n\x1a\n" + b"\xff" * 90])
def test_content_that_is_not_an_image(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(decode.UnreadableImage, match=r"JPEG, PNG|abîmé"):
        decode.open_image(tmp_path / "a.png")


def test_formats_outside_the_list_are_refused(tmp_path):
    two_halves().save(tmp_path / "a.jpg", format="PPM")
    with pytest.raises(decode.UnreadableImage, match="JPEG, PNG"):
        decode.open_image(tmp_path / "a.jpg")


def test_empty_and_missing_files(tmp_path):
    (tmp_path / "a.jpg").touch()
    with pytest.raises(decode.UnreadableImage, match="vide"):
        decode.open_image(tmp_path / "a.jpg")
    with pytest.raises(FileNotFoundError, match="n'existe pas"):
        decode.open_image(tmp_path / "b.jpg")


def test_paths_with_tilde_spaces_and_accents(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    two_halves().save(tmp_path / "une fleur d'été.png")
    assert decode.open_image("~/une fleur d'été.png").size == (48, 32)


@quick
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(decode.CROPS), st.integers(0, 3))
def test_crops_are_square_inside_and_the_largest(width, height, crop, seed):
    small = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    picture = Image.fromarray(small).resize((width, height))
    left, top, right, bottom = decode.crop_box(picture, crop)
    assert right - left == bottom - top == min(width, height)
    assert min(left, top) >= 0 and right <= width and bottom <= height


def test_centre_crop_takes_the_middle():
    assert decode.crop_box(Image.new("RGB", (100, 40))) == (30, 0, 70, 40)
    assert decode.crop_box(Image.new("RGB", (40, 100))) == (0, 30, 40, 70)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("centre", [60, 200, 540])
def test_smart_crop_follows_the_subject(centre, turned):
    scene = np.full((200, 600, 3), (40, 90, 60), np.uint8)
    y, x = np.mgrid[:200, :600]
    scene[(x - centre) ** 2 + (y - 100) ** 2 < 45**2] = (235, 120, 170)
    picture = Image.fromarray(scene.swapaxes(0, 1) if turned else scene)
    box = decode.crop_box(picture, "smart")
    start, end = (box[1], box[3]) if turned else (box[0], box[2])
    assert start <= centre - 45 and centre + 45 <= end
    assert abs((start + end) / 2 - min(max(centre, 100), 500)) <= 45


def test_smart_crop_of_a_plain_image_is_the_centre_crop():
    plain = Image.new("RGB", (300, 100), RED)
    assert decode.crop_box(plain, "smart") == decode.crop_box(plain, "centre")


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2), (70, 900)])
@pytest.mark.parametrize("crop", decode.CROPS)
def test_any_proportions_give_a_square_tensor(tmp_path, size, crop):
    Image.new("RGB", size, RED).save(tmp_path / "a.png")
    x = images.load(tmp_path / "a.png", 64, crop)
    assert x.shape == (3, 64, 64) and x.dtype == torch.float32
    assert images.to_array(x).reshape(-1, 3).tolist() == [list(RED)] * 64**2


def test_reduction_averages_instead_of_skipping_pixels(tmp_path):
    checkerboard = (np.indices((512, 512)).sum(axis=0) % 2 * 255).astype(np.uint8)
    Image.fromarray(checkerboard).save(tmp_path / "a.png")
    assert images.load(tmp_path / "a.png", 32).abs().max() < 0.05


def test_fast_jpeg_decoding_gives_the_same_picture(tmp_path):
    Image.fromarray(np.asarray(noise(9, 7))).resize((1800, 1400), Image.Resampling.BICUBIC).save(tmp_path / "a.jpg")
    fast = np.asarray(decode.read_square(tmp_path / "a.jpg", 64)).astype(int)
    exact = np.asarray(decode.square(decode.open_image(tmp_path / "a.jpg"), 64)).astype(int)
    assert np.abs(fast - exact).mean() < 1.5


@pytest.mark.parametrize("size", [0, -3, 64.0, True, "64"])
def test_wrong_size(tmp_path, size):
    with pytest.raises(ValueError, match="nombre entier de pixels"):
        images.load(tmp_path / "absent.png", size)


def test_wrong_crop(tmp_path):
    with pytest.raises(ValueError, match="cadrages connus"):
        images.load(tmp_path / "absent.png", 64, crop="gauche")
