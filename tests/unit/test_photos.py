"""Le dossier d'un apprenant, les lotus d'Oxford, et le choix entre les jeux d'images."""

import pickle
import shutil
import sys
import types
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from lessons_lib import images, photos
from lessons_lib.decode import UnreadableImage
from lessons_lib.torchvision_compat import load_torchvision

SHARED = Path(__file__).parents[3] / "shared"
needs_oxford = pytest.mark.skipif(
    not (SHARED / "flowers-102").is_dir(), reason="pas de photographies d'Oxford dans ../shared/flowers-102"
)


def paint(path: Path, grey: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (20, 12), grey).save(path)


def greys(dataset) -> list[int]:
    return images.to_array(dataset.images)[:, 0, 0, 0].tolist()


@pytest.fixture
def album(tmp_path):
    """Cinq images de gris 0, 10, … 40, dans leur ordre naturel."""
    folder = tmp_path / "mes fleurs d'été"
    for grey, name in enumerate(["fleur2.PNG", "Fleur10.png", "fleur010b.png", "nuit/a.png", "nuit/été.Tiff"]):
        paint(folder / name, 10 * grey)
    return folder


def test_images_in_natural_order_with_subfolders(album, capsys):
    dataset = photos.PhotoFolder(album, size=8)
    assert len(dataset) == 5
    assert greys(dataset) == [0, 10, 20, 30, 40]
    assert dataset.images.shape == (5, 3, 8, 8) and dataset.images.dtype == torch.float32
    assert torch.equal(dataset[3], dataset.images[3]) and torch.equal(dataset[-1], dataset[4])
    assert capsys.readouterr().out == ""
    assert repr(dataset) == "PhotoFolder\u00a0: 5 photographies, 8 × 8 pixels"
    with pytest.raises(IndexError):
        dataset[5]


def test_string_path_and_tilde(album, monkeypatch):
    monkeypatch.setenv("HOME", str(album.parent))
    monkeypatch.setenv("USERPROFILE", str(album.parent))
    assert len(photos.PhotoFolder(str(album), 8)) == 5
    assert len(photos.PhotoFolder("~/" + album.name, 8)) == 5


def test_hidden_and_other_files_are_ignored_quietly(album, capsys):
    for name in [
        "notes.txt",
        ".DS_Store",
        "Thumbs.db",
        "._fleur2.png",
        ".cache/vignette.png",
        "__MACOSX/._a.jpg",
    ]:
        (album / name).parent.mkdir(exist_ok=True)
        (album / name).write_bytes(b"autre chose")
    dataset = photos.PhotoFolder(album, 8)
    assert len(dataset) == 5 and dataset.report.rejected == ()
    assert capsys.readouterr().out == ""


def test_unreadable_files_are_reported_once_and_stop_nothing(album, capsys):
    whole = (album / "Fleur10.png").read_bytes()
    (album / "tronquée.png").write_bytes(whole[: len(whole) // 2])
    (album / "vide.jpg").touch()
    (album / "nuit" / "lettre.jpeg").write_text("Bonjour")
    (album / "téléphone.HEIC").write_bytes(b"....ftypheic")
    (album / "rompu.jpg").symlink_to(album / "ailleurs.jpg")
    dataset = photos.PhotoFolder(album, 8)
    printed = capsys.readouterr().out
    assert len(dataset) == 5 and greys(dataset) == [0, 10, 20, 30, 40]
    reasons = dict(dataset.report.rejected)
    assert set(reasons) == {"tronquée.png", "vide.jpg", "nuit/lettre.jpeg", "téléphone.HEIC", "rompu.jpg"}
    assert "abîmé" in reasons["tronquée.png"] and "vide" in reasons["vide.jpg"]
    assert "n'est pas une image" in reasons["nuit/lettre.jpeg"] and "exportez" in reasons["téléphone.HEIC"]
    assert printed == f"{dataset.report}\n" and printed.count("vide.jpg") == 1
    assert capsys.readouterr().out == ""


def test_long_report_is_shortened_but_complete_in_rejected(album, capsys):
    for number in range(30):
        (album / f"vide{number}.jpg").touch()
    report = photos.PhotoFolder(album, 8).report
    assert len(report.rejected) == 30
    assert len(capsys.readouterr().out.splitlines()) == 22
    assert "10 de plus" in str(report)


def test_missing_folder_file_and_too_few_images(tmp_path):
    with pytest.raises(FileNotFoundError, match="n'existe pas"):
        photos.PhotoFolder(tmp_path / "absent")
    with pytest.raises(ValueError, match="il en faut deux ou plus"):
        photos.PhotoFolder(tmp_path)
    paint(tmp_path / "seule.png")
    (tmp_path / "vide.jpg").touch()
    with pytest.raises(ValueError, match=r"(?s)deux ou plus.*vide\.jpg"):
        photos.PhotoFolder(tmp_path)
    with pytest.raises(NotADirectoryError, match="est un fichier"):
        photos.PhotoFolder(tmp_path / "seule.png")


def test_wrong_settings_are_refused_before_reading(album):
    with pytest.raises(ValueError, match="nombre entier"):
        photos.PhotoFolder(album, size=0)
    with pytest.raises(ValueError, match="cadrages connus"):
        photos.PhotoFolder(album, crop="auto")


def test_crop_setting_reaches_the_images(tmp_path):
    scene = np.full((40, 160, 3), (40, 90, 60), np.uint8)
    scene[5:35, 5:35] = (240, 120, 170)
    for name in ("a.png", "b.png"):
        Image.fromarray(scene).save(tmp_path / name)
    pink = {crop: photos.PhotoFolder(tmp_path, 16, crop)[0][0].max().item() for crop in ("centre", "smart")}
    assert pink["centre"] < 0 < pink["smart"]


def test_without_cache_files_are_read_again_and_damage_is_told(album):
    dataset = photos.PhotoFolder(album, 8, cache_bytes=0)
    paint(album / "fleur2.PNG", 200)
    assert greys(dataset)[0] == 200
    (album / "fleur2.PNG").write_bytes(b"abime")
    with pytest.raises(UnreadableImage, match=r"fleur2\.PNG"):
        dataset[0]
    (album / "fleur2.PNG").unlink()
    with pytest.raises(FileNotFoundError, match=r"fleur2\.PNG"):
        _ = dataset.images


def test_cache_is_bounded_by_its_bytes(album):
    dataset = photos.PhotoFolder(album, 8, cache_bytes=2 * 3 * 8 * 8)
    shutil.rmtree(album)
    assert dataset[0].shape == dataset[1].shape == (3, 8, 8)
    with pytest.raises(FileNotFoundError):
        dataset[2]


def test_folder_is_never_modified(album):
    before = {path: path.stat().st_mtime_ns for path in [album, *album.rglob("*")]}
    _ = photos.PhotoFolder(album, 8).images
    assert {path: path.stat().st_mtime_ns for path in [album, *album.rglob("*")]} == before


def test_works_with_a_data_loader_and_pickle(album):
    dataset = pickle.loads(pickle.dumps(photos.PhotoFolder(album, 8)))
    batches = list(DataLoader(dataset, batch_size=2))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert torch.equal(torch.cat(batches), dataset.images)


def test_open_dataset_on_a_folder_draws_n_reproducibly(album):
    everything = photos.open_dataset(album, size=8)
    assert isinstance(everything, photos.PhotoFolder) and len(everything) == 5
    first, again = (greys(photos.open_dataset(str(album), n=3, size=8, seed=1)) for _ in range(2))
    assert first == again == sorted(first) and len(set(first)) == 3
    assert len({tuple(greys(photos.open_dataset(album, n=3, size=8, seed=s))) for s in range(8)}) > 1
    assert len(photos.open_dataset(album, n=50, size=8)) == 5


@pytest.mark.parametrize("source", ["synthetique", "Synthétique"])
def test_open_dataset_passes_its_settings_to_the_synthetic_garden(monkeypatch, source):
    calls = []
    garden = types.ModuleType("lessons_lib.lotus")
    garden.SyntheticLotus = lambda n, *, size, seed, fixed: calls.append((n, size, seed, fixed))
    monkeypatch.setitem(sys.modules, "lessons_lib.lotus", garden)
    photos.open_dataset(source, n=7, size=32, seed=3, fixed={"hour": 9})
    photos.open_dataset(source)
    assert calls == [(7, 32, 3, {"hour": 9}), (1000, 64, 0, None)]


def test_open_dataset_explains_unknown_sources(tmp_path):
    with pytest.raises(ValueError, match="ni «\u00a0oxford\u00a0»"):
        photos.open_dataset("lotuss")
    with pytest.raises(FileNotFoundError, match="n'existe pas"):
        photos.open_dataset(tmp_path / "absent")
    with pytest.raises(ValueError, match="au moins une image"):
        photos.open_dataset("synthetique", n=0)


def test_oxford_missing_says_what_to_do_and_creates_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match="download=True") as caught:
        photos.oxford_lotus(tmp_path / "ici")
    assert "345 Mo" in str(caught.value) and not (tmp_path / "ici").exists()


def test_open_dataset_looks_for_oxford_in_the_user_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(photos.platformdirs, "user_data_path", lambda *args, **kwargs: tmp_path / "donnees")
    with pytest.raises(FileNotFoundError, match="donnees"):
        photos.open_dataset("oxford")


@pytest.mark.parametrize("failure", [URLError("no network"), RuntimeError("File not found or corrupted.")])
def test_oxford_download_failure_is_a_french_sentence(tmp_path, monkeypatch, capsys, failure):
    load_torchvision()
    from torchvision.datasets import flowers102

    def fail(*args, **kwargs):
        raise failure

    monkeypatch.setattr(flowers102, "download_and_extract_archive", fail)
    with pytest.raises(ConnectionError, match="a échoué") as caught:
        photos.oxford_lotus(tmp_path, download=True)
    assert caught.value.__cause__ is failure
    assert "345 Mo" in capsys.readouterr().out


@needs_oxford
def test_oxford_has_its_137_lotus_in_the_order_of_their_numbers():
    before = {path: path.stat().st_mtime_ns for path in (SHARED / "flowers-102").iterdir()}
    dataset = photos.oxford_lotus(SHARED, size=16)
    names = [path.name for path in dataset.paths]
    assert len(names) == len(set(names)) == 137
    assert names == sorted(names)
    assert (names[0], names[-1]) == ("image_01827.jpg", "image_01963.jpg")
    pictures = dataset.images
    assert pictures.shape == (137, 3, 16, 16) and -1 <= pictures.min() < pictures.max() <= 1
    assert {path: path.stat().st_mtime_ns for path in (SHARED / "flowers-102").iterdir()} == before


@needs_oxford
def test_oxford_through_open_dataset_with_download_already_done():
    dataset = photos.open_dataset("oxford", n=68, size=16, root=SHARED, download=True)
    assert len(dataset) == 68 and dataset[0].shape == (3, 16, 16)


@needs_oxford
def test_oxford_with_missing_photographs_names_them(tmp_path):
    folder = tmp_path / "flowers-102"
    (folder / "jpg").mkdir(parents=True)
    for name in ("imagelabels.mat", "setid.mat"):
        shutil.copyfile(SHARED / "flowers-102" / name, folder / name)
    with pytest.raises(FileNotFoundError, match=r"137 des 137.*image_\d{5}\.jpg"):
        photos.oxford_lotus(tmp_path)
