"""Le jeu de données et son cache."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch

from lessons_lib.lotus import Factors, SyntheticLotus, article_set, cache, dataset, render, sample_factors

S = 16


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COURS_LOTUS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def drawn(monkeypatch):
    """Indices des images vraiment dessinées."""
    seen = []
    draw = dataset.render_pixels

    def counted(factors, size):
        seen.append(factors)
        return draw(factors, size)

    monkeypatch.setattr(dataset, "render_pixels", counted)
    return seen


def test_shapes_types_and_table():
    lotus = SyntheticLotus(5, size=S, seed=2)
    assert lotus.images.shape == (5, 3, S, S)
    assert lotus.images.dtype == torch.float32
    assert lotus.images.is_contiguous()
    assert len(lotus) == 5 and torch.equal(lotus[3], lotus.images[3])
    assert lotus.factors.shape == (5,) and lotus.factors["openness"].dtype == np.float64
    assert repr(lotus) == f"SyntheticLotus(n=5, size={S}, seed=2)"


def test_an_image_depends_only_on_seed_index_size_and_fixed():
    many = SyntheticLotus(9, size=S, seed=4, cache=False)
    few = SyntheticLotus(3, size=S, seed=4)
    assert torch.equal(few.images, many.images[:3])
    for index in (0, 8):
        assert torch.equal(render(sample_factors(4, index), S), many[index])
        assert torch.equal(render(Factors.from_row(many.factors[index]), S), many[index])
    assert not torch.equal(SyntheticLotus(3, size=S, seed=5).images, few.images)
    assert not torch.equal(SyntheticLotus(3, size=S, seed=4, fixed={"hour": 12}).images, few.images)


def test_the_article_set_has_68_images_of_128_pixels(drawn, monkeypatch):
    blank = np.zeros((128, 128, 3), np.uint8)
    monkeypatch.setattr(dataset, "render_pixels", lambda factors, size: blank[:size, :size])
    assert article_set(cache=False).images.shape == (68, 3, 128, 128)


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 2.5}, {"n": "5"}, {"seed": -1}, {"size": 8}, {"size": 64.5}])
def test_wrong_arguments_are_refused_before_drawing(wrong, drawn):
    with pytest.raises(ValueError, match="entier"):
        SyntheticLotus(**({"n": 3, "size": S} | wrong))
    assert not drawn


def test_the_cache_serves_fewer_and_extends_to_more(cache_folder, drawn):
    reference = SyntheticLotus(6, size=S, cache=False).images
    drawn.clear()
    SyntheticLotus(4, size=S)
    assert len(drawn) == 4
    assert torch.equal(SyntheticLotus(2, size=S).images, reference[:2])
    assert len(drawn) == 4
    assert torch.equal(SyntheticLotus(6, size=S).images, reference)
    assert len(drawn) == 6
    assert [path.name.rsplit("-", 1)[1] for path in cache_folder.iterdir()] == ["6.npy"]


def test_each_garden_has_its_own_file(cache_folder):
    for arguments in ({}, {"seed": 1}, {"size": 2 * S}, {"fixed": {"hour": 12}}, {"fixed": {"hour": 13}}):
        SyntheticLotus(1, **({"size": S} | arguments))
    assert len(list(cache_folder.iterdir())) == 5
    SyntheticLotus(1, size=S, fixed={"hour": 12.0})
    assert len(list(cache_folder.iterdir())) == 5


def test_changing_the_images_does_not_change_the_cache():
    first = SyntheticLotus(2, size=S)
    before = first.images.clone()
    first.images.zero_()
    assert torch.equal(SyntheticLotus(2, size=S).images, before)


@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "longer"])
def test_a_damaged_file_is_drawn_again(cache_folder, drawn, damage):
    before = SyntheticLotus(3, size=S).images
    (path,) = cache_folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(
        {"truncated": whole[:-5], "empty": b"", "garbage": b"x" * len(whole), "longer": whole + b"x"}[damage]
    )
    assert torch.equal(SyntheticLotus(3, size=S).images, before)
    assert len(drawn) == 6
    assert path.read_bytes() == whole


def test_a_damaged_longer_file_leaves_the_shorter_one_useful(cache_folder, drawn):
    before = SyntheticLotus(3, size=S).images
    (path,) = cache_folder.iterdir()
    path.with_name(path.name.replace("-3.npy", "-9.npy")).write_bytes(b"")
    assert torch.equal(SyntheticLotus(3, size=S).images, before)
    assert len(drawn) == 3


def test_a_folder_that_cannot_be_written_is_no_trouble(cache_folder, monkeypatch):
    reference = SyntheticLotus(2, size=S, cache=False).images

    def refuse(*arguments, **options):
        raise PermissionError(13, "lecture seule")

    with monkeypatch.context() as patch:
        patch.setattr(cache.tempfile, "mkstemp", refuse)
        assert torch.equal(SyntheticLotus(2, size=S).images, reference)
    with monkeypatch.context() as patch:
        patch.setattr(cache.os, "replace", refuse)
        assert torch.equal(SyntheticLotus(2, size=S).images, reference)
    assert list(cache_folder.iterdir()) == []
    cache_folder.rmdir()
    cache_folder.write_text("un fichier, pas un dossier")
    assert torch.equal(SyntheticLotus(2, size=S).images, reference)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root écrit partout")
def test_a_read_only_folder_is_no_trouble(cache_folder):
    reference = SyntheticLotus(2, size=S).images
    cache_folder.chmod(0o555)
    try:
        assert torch.equal(SyntheticLotus(3, size=S).images[:2], reference)
    finally:
        cache_folder.chmod(0o755)


def test_without_cache_nothing_is_written(cache_folder):
    SyntheticLotus(1, size=S, cache=False)
    assert not cache_folder.exists()


def test_old_versions_and_abandoned_writes_are_removed(cache_folder):
    cache_folder.mkdir()
    old, dead, foreign = (
        cache_folder / name for name in ("lotus-v0-16px-graine0-abc-4.npy", "lotus-v9999-16px-x.partiel", "notes.txt")
    )
    for path in (old, dead, foreign):
        path.write_bytes(b"x")
    os.utime(dead, (0, 0))
    SyntheticLotus(1, size=S)
    assert foreign.exists() and not old.exists() and not dead.exists()


def test_readers_never_see_half_a_file():
    pixels = {n: np.full((n, 3, S, S), n, np.uint8) for n in (40, 80)}
    stop, wrong = threading.Event(), []

    def write():
        while not stop.is_set():
            for images in pixels.values():
                cache.write("jardin", images)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for thread in writers:
        thread.start()
    for _ in range(150):
        found = cache.read("jardin", 40, S)
        if len(found) not in (0, 40) or (len(found) and found.min() != found.max()):
            wrong.append(found.shape)
    stop.set()
    for thread in writers:
        thread.join()
    assert not wrong
    assert len(cache.read("jardin", 80, S)) == 80


def test_two_processes_fill_the_same_cache(cache_folder):
    program = (
        "from lessons_lib.lotus import SyntheticLotus; print('prêt', flush=True); input();"
        f"print(SyntheticLotus(30, size={S}).images.sum().item())"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, **pipes) as other:
        assert other.stdout.readline() == "prêt\n"
        other.stdin.write("\n")
        other.stdin.flush()
        mine = SyntheticLotus(30, size=S).images
        assert other.stdout.readline() == f"{mine.sum().item()}\n"
    assert other.returncode == 0
    assert torch.equal(SyntheticLotus(30, size=S, cache=False).images, mine)
    (path,) = cache_folder.iterdir()
    assert path.name.endswith("-30.npy")


def test_a_long_drawing_shows_a_bar(monkeypatch, capsys):
    monkeypatch.setattr(dataset, "_PATIENCE", 0.0)
    SyntheticLotus(8, size=S, cache=False)
    assert "Dessin de 8 lotus" in capsys.readouterr().err


def test_a_short_drawing_shows_none(monkeypatch, capsys):
    monkeypatch.setattr(dataset, "_PATIENCE", 1e9)
    SyntheticLotus(8, size=S, cache=False)
    assert capsys.readouterr().err == ""
