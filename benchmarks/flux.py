"""Lire à la volée un dossier de 100 000 images : débit, mémoire, processus de lecture (moins de 5 minutes).

Le dossier est fabriqué une fois, à côté des fichiers temporaires du système, et sert aux mesures suivantes.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks import Mesure
from course.environnement import ROOT

COUNT, PER_FOLDER, SIZE, BATCH = 100_000, 1000, 32, 64
STEPS, WARM = 60, 10
SETTLED = 400  # lots au bout desquels la mémoire d'une lecture ne doit plus monter
WORKERS = (0, 1, 2)
FOLDER = Path(tempfile.gettempdir()) / "lessons-lib-flux"


def mesures() -> Iterator[Mesure]:
    """Pour 0, 1 et 2 lecteurs : mémoire d'une époque entière, débit seul, et durée d'un pas contre la mémoire vive."""
    make_folder()
    for workers in WORKERS:
        found = _apart("epoch", workers)
        label = f"flux, {workers} lecteur(s)"
        yield Mesure(f"{label} : une époque, débit de la lecture seule", found["rate"], "images/s")
        yield Mesure(
            f"{label} : mémoire gagnée après {SETTLED} lots", found["growth"], "Mo", "< 50", found["growth"] < 50
        )
        yield Mesure(f"{label} : pic de mémoire, lecteurs compris", found["peak"], "Mo")
        if workers == 0:
            yield Mesure("flux : liste des 100 000 fichiers, durée", found["listing"], "s")
            yield Mesure("flux : liste des 100 000 fichiers, mémoire", found["names"], "Mo")
    for model in ("vae", "wgan_gp"):
        ratios = _apart(model, max(WORKERS))
        yield Mesure(f"flux, {model} : pas avec les images en mémoire", ratios["memory"], "ms")
        for workers in WORKERS:
            ratio = ratios[str(workers)]
            yield Mesure(f"flux, {model}, {workers} lecteur(s) : pas / en mémoire", ratio, "")


def make_folder() -> None:
    """Fabrique le dossier s'il n'existe pas encore en entier : JPEG de 32 px, mille par sous-dossier."""
    done = FOLDER / "complet"
    if done.exists():
        return
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_make_part, range(COUNT // PER_FOLDER)))
    done.touch()


def _make_part(part: int) -> None:
    import numpy as np
    from PIL import Image

    folder = FOLDER / f"{part:03}"
    folder.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(part).integers(0, 256, (PER_FOLDER, 8, 8, 3), dtype=np.uint8)
    for index, colours in enumerate(coarse):
        Image.fromarray(colours).resize((SIZE, SIZE)).save(folder / f"{index:04}.jpg", quality=85)


def _apart(what: str, workers: int) -> dict[str, float]:
    """Mesure dans un processus neuf, dont la mémoire ne doit rien aux mesures précédentes."""
    command = [sys.executable, "-m", "benchmarks.flux", what, str(workers)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


class Peak(threading.Thread):
    """Relève tous les dixièmes de seconde la mémoire de ce processus (``own``) et de lui avec ses enfants (``all``)."""

    def __init__(self):
        super().__init__(daemon=True)
        self.own = self.all = 0.0

    def run(self) -> None:
        import psutil

        process = psutil.Process()
        while True:
            own = process.memory_info().rss / 1e6
            children = 0.0
            for child in process.children(recursive=True):
                try:
                    children += child.memory_info().rss / 1e6
                except psutil.Error:
                    continue
            self.own, self.all = max(self.own, own), max(self.all, own + children)
            time.sleep(0.1)


def epoch(workers: int) -> dict[str, float]:
    """Une époque de lecture seule."""
    import psutil

    from lessons_lib.streaming import PhotoStream
    from lessons_lib.training import Batches

    before, start = psutil.Process().memory_info().rss, time.perf_counter()
    stream = PhotoStream(FOLDER, SIZE, workers=workers)
    listing, names = time.perf_counter() - start, (psutil.Process().memory_info().rss - before) / 1e6
    batches = Batches(stream, BATCH, seed=0)
    for _ in range(SETTLED):
        batches.next()
    peak = Peak()
    first = psutil.Process().memory_info().rss / 1e6
    peak.start()
    start, count = time.perf_counter(), COUNT // BATCH - SETTLED
    for _ in range(count):
        batches.next()
    rate = BATCH * count / (time.perf_counter() - start)
    growth = max(peak.own, first) - first
    return {"rate": rate, "growth": growth, "peak": peak.all, "listing": listing, "names": names}


def steps(kind: str, most: int) -> dict[str, float]:
    """La durée d'un pas, images en mémoire puis lues par 0 à ``most`` processus, à tour de rôle."""
    import torch

    from lessons_lib.streaming import PhotoStream

    streams = {str(workers): PhotoStream(FOLDER, SIZE, workers=workers) for workers in range(most + 1)}
    memory = torch.stack([streams["0"][index] for index in range(2000)])
    loops = {name: _training(kind, images) for name, images in {"memory": memory, **streams}.items()}
    times = {name: [] for name in loops}
    for _ in range(2):  # par blocs : d'un bloc à l'autre, les lecteurs des autres ont fini leur avance et dorment
        for name, loop in loops.items():
            times[name] += [next(loop).seconds for _ in range(WARM + STEPS)][WARM:]
    reference = statistics.mean(times["memory"])
    ratios = {name: statistics.mean(values) / reference for name, values in times.items() if name != "memory"}
    return {"memory": 1000 * reference} | ratios


def _training(kind: str, images):
    import torch

    from lessons_lib.models import VAE, Critic, Generator
    from lessons_lib.training import AdversarialConfig, TrainingConfig, train_vae, train_wgan_gp

    torch.manual_seed(0)
    if kind == "vae":
        return train_vae(VAE(SIZE), images, TrainingConfig(steps=10**6, batch_size=BATCH))
    config = AdversarialConfig(steps=10**6, batch_size=BATCH, critic_steps=1)
    return train_wgan_gp(Generator(SIZE), Critic(SIZE), images, config)


if __name__ == "__main__":
    what, workers = sys.argv[1], int(sys.argv[2])
    print(json.dumps(epoch(workers) if what == "epoch" else steps(what, workers)))
