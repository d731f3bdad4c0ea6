"""Les entraînements de la course : recettes, cadence de deux cœurs, et une entrée que toute machine peut exécuter.

Un entraînement « de 120 secondes » est un entraînement de 120 × cadence pas du générateur, où la cadence est celle de
deux cœurs au repos (:func:`calibrate`). Il compte donc autant de pas sur une machine chargée, ou sur un GPU :

    python -m benchmarks._qualite_course --dossier entrainements/qualite --appareil cuda --processus 9

Le dossier contient `images.safetensors` (une entrée (N, 3, 64, 64) uint8 par source) et `cadences.json`. Chaque
entraînement y écrit ses images uint8 à chaque instant repère, `<source>-<recette>-<graine>-<empreinte>.safetensors`, et
un point de reprise d'où il continue s'il est interrompu. Il n'y faut que torch, numpy et safetensors.
"""

import argparse
import copy
import hashlib
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lessons_lib.losses import r1_penalty
from lessons_lib.models import Critic, Generator
from lessons_lib.observers import checkpoint
from lessons_lib.training import AdversarialConfig, Training, train_gan, train_wgan_gp

SIZE = 64
SAMPLES = 48
SEEDS = (0, 1, 2)
MARKS = (30, 60, 120, 600)  # secondes, sur deux cœurs, où les images sont gardées
ARTICLE_SECONDS, SHORT_SECONDS = 600, 120
REPEATS = 30


@dataclass(frozen=True)
class Recipe:
    """Une recette : des réglages, la boucle qui les suit, la façon d'agrandir, et les secondes qu'elle court."""

    title: str
    config: AdversarialConfig
    seconds: int = SHORT_SECONDS
    upsampling: str = "resize"
    train: Callable[..., Training] = train_wgan_gp
    options: dict = field(default_factory=dict)

    def training(self, images: Tensor, updates: int, seed: int, device: str) -> Training:
        """L'entraînement, prêt à dérouler, de réseaux neufs tirés de ``seed``."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            generator, critic = Generator(SIZE, upsampling=self.upsampling), Critic(SIZE)
        config = replace(self.config, steps=updates, seed=seed, device=device)
        return self.train(generator, critic, images, config, **self.options)

    def fingerprint(self, rate: float) -> str:
        """Huit lettres qui changent avec la recette ou la cadence : des images d'une autre ne sont jamais reprises."""
        described = json.dumps([asdict(self.config), self.upsampling, round(rate, 3)])
        return hashlib.sha256(described.encode()).hexdigest()[:8]


_FRUGAL = AdversarialConfig(
    learning_rate=1e-3, critic_steps=1, penalty_every=4, augment=("translation",), average=0.995
)
RECIPES = {
    "article": Recipe("recette de l'article", AdversarialConfig(), ARTICLE_SECONDS, "transposed"),
    "recommandee": Recipe("WGAN-GP frugal", _FRUGAL),
    "rivale": Recipe(
        "non saturante + R1", replace(_FRUGAL, penalty_weight=1.0), train=train_gan, options={"penalty": r1_penalty}
    ),
}


def calibrate(repeats: int = REPEATS) -> dict[str, float]:
    """Pas du générateur par seconde, de chaque recette, sur deux cœurs : {recette: cadence}.

    Les recettes passent à tour de rôle. Un pas avec pénalité coûte plus qu'un autre : chaque place du cycle garde son
    pas le plus rapide, celui que les autres programmes ont le moins gêné, et la cadence est celle d'un tel cycle.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    images = torch.rand(68, 3, SIZE, SIZE) * 2 - 1
    trainings = {name: recipe.training(images, 10**6, 0, "cpu") for name, recipe in RECIPES.items()}
    best = {name: [float("inf")] * recipe.config.penalty_every for name, recipe in RECIPES.items()}
    for _ in range(repeats):
        for name, training in trainings.items():
            for place, fastest in enumerate(best[name]):
                best[name][place] = min(fastest, next(training).seconds)
    torch.set_num_threads(threads)
    return {name: len(seconds) / sum(seconds) for name, seconds in best.items()}


def cadences(folder: Path) -> dict[str, float]:
    """Les cadences du dossier, mesurées et écrites s'il n'y en a pas encore pour toutes les recettes."""
    path = folder / "cadences.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    if set(RECIPES) - set(known):
        known |= calibrate()
        path.write_text(json.dumps(known, indent=1))
    return known


def seconds_of(name: str, longest: int | None) -> int:
    """Les secondes que court une recette : les siennes, ou ``longest`` pour toutes."""
    return longest or RECIPES[name].seconds


def run(folder: Path, source: str, name: str, seed: int, *, seconds: int, device: str, threads: int) -> Path:
    """Déroule un entraînement jusqu'à ``seconds`` et rend le fichier de ses images ; ce qui est déjà fait est gardé."""
    torch.set_num_threads(threads)
    rate = json.loads((folder / "cadences.json").read_text())[name]
    stem = f"{source}-{name}-{seed}-{RECIPES[name].fingerprint(rate)}"
    path, resume = folder / f"{stem}.safetensors", folder / "reprises" / f"{stem}.safetensors"
    kept = load_file(path) if path.exists() else {}
    wanted = [mark for mark in MARKS if mark <= seconds]
    if all(key(mark) in kept for mark in wanted):
        return path
    at = {max(1, round(mark * rate)): mark for mark in wanted}
    images = load_file(folder / "images.safetensors")[source].to(torch.float32) / 127.5 - 1
    training = RECIPES[name].training(images, max(at), seed, device)
    for step in checkpoint(training, resume, every=max(10, round(20 * rate))):
        if step.index in at:
            kept[key(at[step.index])] = sample(training)
            save(kept, path)
    if not all(key(mark) in kept for mark in wanted):  # arrêté entre le point de reprise et l'écriture des images
        resume.unlink()
        return run(folder, source, name, seed, seconds=seconds, device=device, threads=threads)
    return path


def key(seconds: int) -> str:
    """Le nom, dans un fichier d'images, de l'instant ``seconds``."""
    return f"{seconds:04d}"


def sample(training: Training) -> Tensor:
    """SAMPLES images (SAMPLES, 3, H, W) uint8, d'un bruit toujours le même, sans rien changer à l'entraînement."""
    network = copy.deepcopy(training.sampler).eval()
    z = torch.randn(SAMPLES, network.latent, generator=torch.Generator().manual_seed(12))
    with torch.no_grad():
        images = network(z.to(next(network.parameters()).device))
    return ((images.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).cpu().contiguous()


def save(tensors: dict[str, Tensor], path: Path) -> None:
    """Écrit un fichier safetensors d'un seul coup."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    save_file(tensors, temporary)
    os.replace(temporary, path)


def main(arguments: list[str] | None = None) -> None:
    """Exécute les entraînements demandés, ``--processus`` à la fois."""
    parser = argparse.ArgumentParser(description="Les entraînements de `mesurer qualite`.")
    parser.add_argument("--dossier", type=Path, required=True)
    parser.add_argument("--appareil", default="cpu")
    parser.add_argument("--processus", type=int, default=1)
    parser.add_argument("--sources", nargs="+")
    parser.add_argument("--recettes", nargs="+", default=list(RECIPES), choices=list(RECIPES))
    parser.add_argument("--graines", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--secondes", type=int, help="pour toutes les recettes, au lieu de celles de chacune")
    chosen = parser.parse_args(arguments)
    sources = chosen.sources or sorted(load_file(chosen.dossier / "images.safetensors"))
    cadences(chosen.dossier)
    # Les plus longs d'abord : les derniers processus finissent alors ensemble.
    order = sorted(chosen.recettes, key=lambda name: -seconds_of(name, chosen.secondes))
    start = time.perf_counter()
    with ProcessPoolExecutor(chosen.processus, mp_context=get_context("spawn")) as pool:
        runs = [
            pool.submit(
                run, chosen.dossier, source, name, seed,
                seconds=seconds_of(name, chosen.secondes), device=chosen.appareil,
                threads=1 if chosen.processus > 1 else 2,
            )
            for name in order for source in sources for seed in chosen.graines
        ]  # fmt: skip
        for done in runs:
            print(f"{done.result().name} : {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
