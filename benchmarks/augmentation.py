"""Un GAN par classe comme augmentation d'un classifieur, mesuré sur deux tâches (long, une demi-heure).

Fleurs de synthèse : les cinq variétés. Photographies d'Oxford, si elles sont là : lotus contre nénuphar. Le classifieur
reçoit de vraies images seules, retouchées, mêlées d'images engendrées, ou les deux ; quatre graines. Les générateurs
n'ont vu que les images d'entraînement du classifieur, jamais celles de test. Les images engendrées restent dans
`entrainements/augmentation`, jamais versionné. `python -m benchmarks.augmentation` écrit aussi ce que la leçon 08
montre, `lessons/08_classifieur.json`.
"""

import json
import statistics
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmarks import Mesure
from benchmarks._classifieur import WAYS, Flowers, accuracy
from benchmarks._qualite_planches import DUPLICATES, SHARED
from course.environnement import ROOT
from lessons_lib.images import from_uint8, to_uint8
from lessons_lib.lotus import SyntheticLotus
from lessons_lib.models import Critic, Generator
from lessons_lib.models.factors import factor_targets
from lessons_lib.photos import Photos
from lessons_lib.training import AdversarialConfig, train_wgan_gp

FOLDER = ROOT / "entrainements" / "augmentation"
OXFORD = SHARED / "flowers-102"
SIZE, DRAWN, SEEDS = 32, 200, (0, 1, 2, 3)
CONFIG = AdversarialConfig(
    steps=1500, batch_size=16, learning_rate=1e-3, critic_steps=1, average=0.995, augment=("translation",)
)
PER_CLASS = {"variétés": (5, 14), "lotus ou nénuphar": (17, 68)}
TESTED = 60  # photographies de test par classe
LOTUS, WATER_LILY = 77, 72


def mesures() -> Iterator[Mesure]:
    """L'exactitude de chaque façon de nourrir le classifieur, et le gain des images engendrées, graine à graine."""
    for row in rows():
        task = f"augmentation : {row['task']}, {row['per_class']} par classe"
        for way, values in row["accuracy"].items():
            mean, error = summary(values)
            yield Mesure(f"{task}, {way}", f"{100 * mean:.1f} ± {100 * error:.1f}", "%")


def rows() -> Iterator[dict]:
    """Une ligne par tâche et par nombre d'images : {"task", "per_class", "accuracy": {façon: [une par graine]}}."""
    for task, pool, test in tasks():
        for per_class in PER_CLASS[task]:
            real = first_of_each(pool, per_class)
            generated = drawn(f"{task}-{per_class}".replace(" ", "_"), real)
            scores = {way: [accuracy(way, real, generated, test, seed) for seed in SEEDS] for way in WAYS}
            yield {"task": task, "per_class": per_class, "accuracy": scores}


def tasks() -> Iterator[tuple[str, Flowers, Flowers]]:
    """(nom, images où puiser l'entraînement, images de test) ; les photographies seulement si elles sont là."""
    yield "variétés", garden(500, 0), garden(1000, 1000)
    if OXFORD.is_dir():
        yield "lotus ou nénuphar", *photographs()


def garden(count: int, seed: int) -> Flowers:
    flowers = SyntheticLotus(count, SIZE, seed)
    return Flowers(flowers.images, factor_targets(flowers.factors)[0])


def photographs() -> tuple[Flowers, Flowers]:
    """Lotus (0) et nénuphars (1) d'Oxford : de quoi puiser l'entraînement, puis 60 images de test de chaque classe."""
    from scipy.io import loadmat

    labels = loadmat(OXFORD / "imagelabels.mat")["labels"][0] - 1
    first = {number: pair[0] for pair in DUPLICATES for number in pair}
    parts: list[list[Tensor]] = [[], []]
    for label in (LOTUS, WATER_LILY):
        numbers = [number for number in range(1, len(labels) + 1) if labels[number - 1] == label]
        groups = sorted({first.get(number, number) for number in numbers})
        order = torch.randperm(len(groups), generator=torch.Generator().manual_seed(0)).tolist()
        members = [[n for n in numbers if first.get(n, n) == groups[rank]] for rank in order]
        test = [group[0] for group in members[:TESTED]]  # d'un double, une seule image
        train = [group[0] for group in members[TESTED:]]
        for part, chosen in zip(parts, (train, test), strict=True):
            part.append(Photos([OXFORD / "jpg" / f"image_{n:05d}.jpg" for n in chosen], SIZE).images)
    train, test = (
        Flowers(torch.cat(part), torch.cat([torch.full((len(images),), c) for c, images in enumerate(part)]))
        for part in parts
    )
    return train, test


def first_of_each(pool: Flowers, per_class: int) -> Flowers:
    """Les ``per_class`` premières images de chaque classe."""
    kept = torch.cat([(pool.labels == c).nonzero()[:per_class, 0] for c in range(int(pool.labels.max()) + 1)])
    return Flowers(pool.images[kept], pool.labels[kept])


def drawn(name: str, real: Flowers) -> Flowers:
    """200 images engendrées par classe, chacune par un WGAN-GP qui n'a vu que les vraies de cette classe."""
    path = FOLDER / f"{name}.safetensors"
    if not path.is_file():
        classes = range(int(real.labels.max()) + 1)
        images = torch.cat([_generate(real.images[real.labels == c]) for c in classes])
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"images": to_uint8(images).contiguous()}, path)
    images = from_uint8(load_file(path)["images"])
    return Flowers(images, torch.arange(len(images)) // DRAWN)


def _generate(images: Tensor) -> Tensor:
    torch.manual_seed(0)
    training = train_wgan_gp(Generator(size=SIZE, latent=32, width=16), Critic(size=SIZE, width=16), images, CONFIG)
    for _ in training:
        pass
    return training.sample(torch.randn(DRAWN, 32, generator=torch.Generator().manual_seed(0)))


def summary(values: list[float]) -> tuple[float, float]:
    """La moyenne et son erreur type."""
    return statistics.mean(values), statistics.stdev(values) / len(values) ** 0.5


def main() -> None:
    """Écrit ce que la leçon 08 montre, si les deux tâches peuvent être mesurées."""
    if not OXFORD.is_dir():
        raise SystemExit(f"« {OXFORD} » manque : la leçon 08 montre aussi ces photographies. Rien n'est écrit.")
    facts = {"size": SIZE, "drawn": DRAWN, "seeds": len(SEEDS), "tested": {"variétés": 1000, "lotus ou nénuphar": 120}}
    facts["rows"] = list(rows())
    path: Path = ROOT / "lessons" / "08_classifieur.json"
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
