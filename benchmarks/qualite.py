"""Temps jusqu'à la qualité, à 64 pixels et sur deux cœurs : l'article, le WGAN-GP frugal et leur rivale (long, > 1 h).

Le nombre qui juge est la distance de textures (`lessons_lib.metrics.TextureDistance`). Il a été choisi parce qu'il
range comme l'œil cinq planches jugées d'avance ; le classement est refait ici avant toute course, sans quoi elle n'a
pas lieu. Les images vont dans `entrainements/qualite`, jamais versionné ; un entraînement interrompu y reprend.
"""

import statistics
from collections.abc import Iterator

import torch
from safetensors.torch import load_file
from torch import Tensor

from benchmarks import Mesure
from benchmarks import _qualite_courbe as courbe
from benchmarks import _qualite_course as course
from benchmarks._qualite_planches import Judge, Judgement, objection, photographs, ranking, sheets, synthetic
from course.environnement import ROOT
from lessons_lib.images import from_uint8, grid, to_png, to_uint8
from lessons_lib.plots import DOTS_PER_INCH

FOLDER = ROOT / "entrainements" / "qualite"
EYE = 5.1  # distance de la dernière planche : WGAN-GP frugal, dix minutes, jugée « des fleurs de lotus »
LABELS = {"oxford": "photographies", "synthetique": "synthèse"}


def mesures() -> Iterator[Mesure]:
    """Le classement des planches, puis la course sur les photographies et sur les fleurs de synthèse."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    sources = {"synthetique": synthetic()}
    try:
        sources = {"oxford": photographs()} | sources
        judged = ranking(*sources["oxford"], sheets())
    except FileNotFoundError as missing:
        yield Mesure("qualité : classement des planches", "non vérifié", f"({str(missing).partition('. ')[0]})")
    else:
        for name, judgement in judged.items():
            yield Mesure(f"qualité : {name}", str(judgement), "")
        problem = objection(judged)
        yield Mesure(
            "qualité : classement des planches", problem or "celui de l'œil", "", "celui de l'œil", not problem
        )
        if problem:
            return
    course.save({name: to_uint8(train) for name, (train, _) in sources.items()}, FOLDER / "images.safetensors")
    for name, rate in course.cadences(FOLDER).items():
        if name in course.RECIPES:
            yield Mesure(f"qualité : {course.RECIPES[name].title}, deux cœurs", round(rate, 2), "pas/s")
    for source, (train, held_out) in sources.items():
        yield from _race(source, Judge(train, held_out))


def _race(source: str, judge: Judge) -> Iterator[Mesure]:
    drawn = {
        (name, seed): drawn_images(source, name, seed) for name in course.RECIPES for seed in course.SEEDS
    }  # {(recette, graine): {secondes: images}}
    judged: dict[tuple[str, int], list[Judgement]] = {}
    for name, recipe in course.RECIPES.items():
        for mark in course.MARKS:
            runs = [drawn[name, seed][mark] for seed in course.SEEDS if mark in drawn[name, seed]]
            if runs:
                judged[name, mark] = [judge(images) for images in runs]
                title = f"qualité : {LABELS[source]}, {recipe.title}, {mark} s"
                yield Mesure(title, _summary(judged[name, mark]), f"({len(runs)} graine(s))")
    yield from _verdict(source, judged)
    yield from _curves(source, drawn, {key: [run.distance for run in runs] for key, runs in judged.items()})
    for mark in course.MARKS:
        _draw({name: drawn[name, 0][mark] for name in course.RECIPES if mark in drawn[name, 0]}, source, mark)


def _curves(source: str, drawn: dict, textures: courbe.Curve) -> Iterator[Mesure]:
    """Les courbes de la course, où s'ajoute, pour les fleurs de synthèse, la distance de Fréchet des lotus."""
    curves, floors = {"distance de textures": textures}, {}
    if source == "synthetique":
        title, distance = "distance de Fréchet des lotus", courbe.LotusFrechet()
        floors[title] = distance.floor
        yield Mesure(f"qualité : {title}, vraies images", distance.floor, "")
        curves[title] = {
            (name, mark): [distance(drawn[name, seed][mark]) for seed in course.SEEDS if mark in drawn[name, seed]]
            for name, mark in textures
        }
        for (name, mark), values in curves[title].items():
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            shown = f"{statistics.mean(values):.2f} ± {spread:.2f}".replace(".", ",")
            yield Mesure(
                f"qualité : {title}, {course.RECIPES[name].title}, {mark} s", shown, f"({len(values)} graine(s))"
            )
    courbe.draw(curves, floors).savefig(FOLDER / f"{source}-courbes.png", dpi=DOTS_PER_INCH)


def drawn_images(source: str, name: str, seed: int) -> dict[int, Tensor]:
    """Les images d'un entraînement, fait ou fini ici s'il ne l'est pas : {secondes: (N, 3, 64, 64)}."""
    path = course.run(FOLDER, source, name, seed, seconds=course.RECIPES[name].seconds, device="cpu", threads=2)
    return {int(seconds): from_uint8(pixels) for seconds, pixels in load_file(path).items()}


def _summary(runs: list[Judgement]) -> str:
    distances = [run.distance for run in runs]
    spread = statistics.stdev(distances) if len(runs) > 1 else runs[0].error
    recall, neighbours = (statistics.mean(getattr(run, name) for run in runs) for name in ("recall", "neighbours"))
    return str(Judgement(statistics.mean(distances), spread, recall, neighbours))


def _verdict(source: str, judged: dict[tuple[str, int], list[Judgement]]) -> Iterator[Mesure]:
    """Le temps qu'il faut à chaque recette pour que ses trois graines valent mieux que la meilleure de l'article."""
    final = min(run.distance for run in judged["article", course.ARTICLE_SECONDS])
    for name in ("recommandee", "rivale"):
        reached = [mark for mark in course.MARKS if max(_distances(judged, name, mark)) <= final]
        target = f"≤ {course.SHORT_SECONDS}" if name == "recommandee" else None
        yield Mesure(
            f"qualité : {LABELS[source]}, {course.RECIPES[name].title}, l'article de 600 s égalé en",
            reached[0] if reached else "jamais",
            "s",
            target,
            bool(reached) and reached[0] <= course.SHORT_SECONDS if target else None,
        )
    if source == "oxford" and ("recommandee", course.ARTICLE_SECONDS) in judged:
        value = statistics.mean(_distances(judged, "recommandee", course.ARTICLE_SECONDS))
        yield Mesure(
            "qualité : photographies, dix minutes, plancher de l'œil", round(value, 2), "", f"≤ {EYE}", value <= EYE
        )


def _distances(judged: dict[tuple[str, int], list[Judgement]], name: str, mark: int) -> list[float]:
    return [run.distance for run in judged.get((name, mark), ())] or [float("inf")]


def _draw(runs: dict[str, Tensor], source: str, mark: int) -> None:
    """Les planches de chaque recette au même instant, côte à côte, dans le dossier des entraînements."""
    if len(runs) > 1:
        strips = [grid(images[:16], columns=4) for images in runs.values()]
        path = FOLDER / f"{source}-{mark:03d}s-{'-'.join(runs)}.png"
        path.write_bytes(to_png(torch.cat(strips, dim=-1), scale=2))
