"""Un grand dossier lu à la volée : mêmes lots qu'en mémoire, reprise au milieu d'une époque, mémoire bornée."""

import gc
import os

import psutil
import pytest
import torch
from PIL import Image

from lessons_lib.models import VAE
from lessons_lib.observers import checkpoint, record
from lessons_lib.streaming import PhotoStream
from lessons_lib.training import Batches, TrainingConfig, train_vae

# DataLoader signale plus de lecteurs que de cœurs : sur une machine à un cœur, ces tests en ont tout de même deux.
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")


def fill(folder, count, size=32):
    """Des images unies, toutes différentes, en PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        Image.new("RGB", (size, size), (index % 256, index // 256, 100)).save(folder / f"fleur é {index:05}.png")
    return folder


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("album") / "mes photos", 30)


@pytest.fixture(scope="module")
def readers(album):
    """Le même dossier, lu par 0 et par 2 processus de lecture, démarrés une fois pour toutes."""
    return {workers: PhotoStream(album, 32, workers=workers) for workers in (0, 2)}


def in_memory(stream):
    return torch.stack([stream[index] for index in range(len(stream))])


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("place", [(0, 1), (1, 2)])
def test_the_batches_are_those_of_a_tensor_whoever_reads(readers, workers, place):
    stream = readers[workers]
    streamed = Batches(stream, 8, seed=3, place=place)
    expected = Batches(in_memory(stream), 8, seed=3, place=place)
    before = torch.get_rng_state()
    for _ in range(8):  # plus de deux époques de trois lots
        assert torch.equal(streamed.next(), expected.next())
    assert torch.equal(torch.get_rng_state(), before)


def test_the_slices_of_the_processes_make_the_whole_batch():
    images = torch.arange(12.0).view(12, 1)
    whole, *slices = (Batches(images, 6, seed=0, place=place) for place in ((0, 1), (0, 3), (1, 3), (2, 3)))
    for _ in range(5):
        assert torch.equal(torch.cat([part.next() for part in slices]), whole.next())
    with pytest.raises(ValueError, match="multiple de 4"):
        Batches(images, 6, seed=0, place=(0, 4))


@pytest.mark.parametrize("before, after", [(0, 0), (2, 0), (0, 2)])
def test_a_training_resumes_in_the_middle_of_an_epoch(readers, tmp_path, before, after):
    def training(images):
        torch.manual_seed(0)
        return train_vae(VAE(32, latent=2, width=4), images, TrainingConfig(steps=9, batch_size=7))

    expected = record(training(in_memory(readers[0])))
    path = tmp_path / "reprise.safetensors"
    for step in checkpoint(training(readers[before]), path, every=100):
        if step.index == 6:  # quatre lots par époque : au milieu de la deuxième
            break
    rest = record(checkpoint(training(readers[after]), path))
    assert rest.index == [7, 8, 9]
    assert rest.losses["loss"] == expected.losses["loss"][6:]


def test_going_back_drops_what_was_read_in_advance(readers):
    batches = Batches(readers[2], 8, seed=3)
    first = [batches.next() for _ in range(3)]
    batches.restore(batches.order, 8)
    assert torch.equal(batches.next(), first[1])


@pytest.mark.parametrize("workers", [0, 2])
def test_an_interrupted_read_loses_no_batch(readers, workers, monkeypatch):
    stream = readers[workers]
    expected, streamed = (Batches(images, 8, seed=3) for images in (in_memory(stream), stream))
    assert torch.equal(streamed.next(), expected.next())
    with monkeypatch.context() as patch:
        patch.setattr("lessons_lib.streaming.from_uint8", lambda pixels: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            streamed.next()
    for _ in range(4):
        assert torch.equal(streamed.next(), expected.next())


def test_the_memory_does_not_grow_with_the_number_of_files(tmp_path):
    """2 000 images de 64 px tiendraient 98 Mo en float32 : les lire toutes n'en garde rien."""
    stream = PhotoStream(fill(tmp_path / "grand", 2000, 64), 64)
    process, batches = psutil.Process(os.getpid()), Batches(stream, 20, seed=0)

    def resident():
        gc.collect()
        return process.memory_info().rss

    for _ in range(10):
        batches.next()
    start = resident()
    for _ in range(95):
        batches.next()
    assert resident() - start < 20e6
    names = stream._names
    assert names._bytes.nbytes + names._ends.nbytes < 40 * len(stream)


def test_the_files_are_sorted_and_hidden_or_foreign_ones_ignored(tmp_path):
    for name in ("b.PNG", "a/é.png", "a/z.png", ".caché.png", ".git/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("non")
    stream = PhotoStream(tmp_path, 32)
    assert [stream._names[index] for index in range(len(stream))] == ["a/z.png", "a/é.png", "b.PNG"]
    assert torch.equal(stream[-1], stream[2])
    with pytest.raises(IndexError, match="en compte 3"):
        stream[3]


def test_an_unreadable_file_is_replaced_by_the_next_and_named(tmp_path):
    fill(tmp_path, 3)
    (tmp_path / "fleur é 00001.png").write_bytes(b"abc")
    stream = PhotoStream(tmp_path, 32)
    with pytest.warns(UserWarning, match="00001"):
        assert torch.equal(stream[1], stream[2])


def test_a_folder_of_unreadable_files_stops_the_reading(tmp_path):
    for index in range(3):
        (tmp_path / f"{index}.jpg").write_bytes(b"abc")
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="3 fichiers de suite"):
        PhotoStream(tmp_path, 32)[0]


def test_errors_come_before_any_reading(tmp_path, album):
    with pytest.raises(FileNotFoundError, match="n'existe pas"):
        PhotoStream(tmp_path / "absent")
    with pytest.raises(ValueError, match="deux ou plus"):
        PhotoStream(tmp_path)
    with pytest.raises(ValueError, match="workers vaut -1"):
        PhotoStream(album, workers=-1)
    with pytest.raises(ValueError, match="size vaut"):
        PhotoStream(album, size=0)
