"""`python3 -m course entrainer [recette …] [--appareil cpu|cuda|mps]` : suit une recette jusqu'aux poids d'un réseau.

Les recettes du zoo en refont les poids ; « photos_64 » et « photos_128 » apprennent de photographies
(`--images DOSSIER`) et rangent leur résultat dans ``entrainements/``. Un entraînement interrompu reprend où il s'était
arrêté : ses points de reprise sont là aussi. Sur plusieurs processus :
`torchrun --nproc_per_node=2 -m course --ici entrainer …`, voir ``course/grandeur.md``.
"""

import argparse
import contextlib
import dataclasses
import datetime
import hashlib
import itertools
import sys
from pathlib import Path

TRAININGS = Path(__file__).resolve().parent.parent / "entrainements"


def main(argv: list[str]) -> int:
    """Suit les recettes nommées ; sans nom, en donne la liste. Rend le code de sortie."""
    from lessons_lib.photo_recipes import PHOTO_RECIPES
    from lessons_lib.recipes import RECIPES

    arguments = _parser().parse_args(argv)
    chosen = list(RECIPES) if arguments.recettes == ["toutes"] else arguments.recettes
    known = RECIPES | PHOTO_RECIPES
    if not chosen:
        print("Recettes (donnez un ou plusieurs noms, ou « toutes » pour celles du zoo) :")
        for name, recipe in known.items():
            print(f"  {name:<20} {recipe.title} ; {recipe.config.steps} pas")
        return 0
    if unknown := [name for name in chosen if name not in known]:
        print(f"Recette inconnue : {', '.join(unknown)}. Il existe : {', '.join(known)}.")
        return 2
    needing = [name for name in chosen if name in PHOTO_RECIPES]
    if needing and not arguments.images:
        print(f"{needing[0]} apprend de photographies : ajoutez --images DOSSIER, ou --images oxford.")
        return 2
    if arguments.images and len(needing) < len(chosen):
        print("--images ne vaut que pour les recettes de photographies : " + ", ".join(PHOTO_RECIPES) + ".")
        return 2
    try:
        return _follow_all(chosen, arguments)
    except KeyboardInterrupt:
        print("\nInterrompu. La même commande reprendra où l'entraînement s'est arrêté.")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m course entrainer", description=__doc__.splitlines()[0])
    parser.add_argument("recettes", nargs="*", metavar="recette", help="nom d'une recette, ou « toutes »")
    parser.add_argument("--appareil", default="cpu", help="« cpu » (par défaut), « cuda » ou « mps »")
    parser.add_argument("--images", metavar="DOSSIER", help="vos photographies ; ou « oxford »")
    parser.add_argument(
        "--racine", metavar="DOSSIER", help="avec --images oxford : le dossier qui contient flowers-102"
    )
    parser.add_argument(
        "--lecteurs", type=int, default=1, metavar="N", help="processus de lecture d'un dossier lu à la volée (1)"
    )
    return parser


class NotStarted(Exception):
    """Une recette ne peut pas commencer ; le message dit pourquoi et que faire."""


def _follow_all(names: list[str], arguments: argparse.Namespace) -> int:
    """Suit ces recettes, sur les processus que torchrun a lancés ; rend 2 si l'une ne peut pas commencer."""
    from lessons_lib.training.processes import open_fabric

    try:
        with _not_started():
            fabric = open_fabric(arguments.appareil)
        for name in names:
            follow(name, arguments, fabric)
    except NotStarted as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


@contextlib.contextmanager
def _not_started():
    """Fait d'une erreur de préparation un NotStarted, dont seul le message s'affiche."""
    try:
        yield
    except (ValueError, OSError, ModuleNotFoundError) as error:
        raise NotStarted(str(error)) from error


def follow(name: str, arguments: argparse.Namespace, fabric=None) -> None:
    """Suit une recette jusqu'à ses poids, sa planche et sa fiche, puis retire ses points de reprise.

    Sur plusieurs processus, tous calculent ; seul le premier affiche et écrit. Lève NotStarted faute de pouvoir
    commencer.
    """
    from lessons_lib import zoo
    from lessons_lib.observers import checkpoint, progress
    from lessons_lib.photo_recipes import PHOTO_RECIPES
    from lessons_lib.recipes import RECIPES
    from lessons_lib.training.processes import is_first

    photographs, first = name in PHOTO_RECIPES, is_first(fabric)
    recipe = PHOTO_RECIPES[name] if photographs else RECIPES[name]
    start = _photo_start if photographs else _zoo_start
    if first:
        print(f"{name} : {recipe.title}", flush=True)
    path = TRAININGS / f"{_key(name, arguments)}.safetensors"
    with _not_started():
        recipe, training = start(recipe, arguments, fabric)
        steps = checkpoint(training, path, every=200)
    for step in progress(steps, name) if first else steps:
        if first and step.index in recipe.stages:
            zoo.save_stage(_stage_path(path, step.index), training.sample(recipe.stage_codes()))
    if not first:
        return
    model = training.sampler.cpu().eval()
    stages = [_stage_path(path, index) for index in recipe.stages]
    figures = recipe.figures(model)
    folder = _free_folder(name) if photographs else None
    zoo.save(name, model, _card(recipe, training, figures), stages, folder)
    for leftover in (path, *stages):
        leftover.unlink()
    print(f"{name} : rangé dans {folder}" if photographs else f"{name} : {figures}")


def _zoo_start(recipe, arguments: argparse.Namespace, fabric):
    return recipe, recipe.start(arguments.appareil, fabric)


def _photo_start(recipe, arguments: argparse.Namespace, fabric):
    """La recette, avec le nombre de photographies, et son entraînement."""
    from lessons_lib.photo_recipes import open_photos

    photos = open_photos(arguments.images, recipe.size, arguments.racine, arguments.lecteurs)
    return dataclasses.replace(recipe, images=len(photos)), recipe.start(arguments.appareil, fabric, photos=photos)


def _key(name: str, arguments: argparse.Namespace) -> str:
    """Le nom des points de reprise : à chaque dossier de photographies, les siens."""
    if not arguments.images:
        return name
    source = "oxford" if arguments.images.casefold() == "oxford" else str(Path(arguments.images).resolve())
    return f"{name}-{hashlib.sha256(source.encode()).hexdigest()[:8]}"


def _free_folder(name: str) -> Path:
    """Un dossier qui n'existe pas encore : un résultat n'en remplace jamais un autre."""
    names = (name if number == 1 else f"{name}-{number}" for number in itertools.count(1))
    return next(folder for folder in (TRAININGS / each for each in names) if not folder.exists())


def _card(recipe, training, figures: dict[str, dict[str, float]]) -> dict:
    """La fiche d'un réseau : recette, durée et appareil de l'entraînement, figures finales."""
    import torch

    from lessons_lib.lotus.cache import VERSION

    return {
        "recipe": recipe.as_json(),
        "lotus_version": VERSION,
        "seconds": round(training.state.seconds),
        "device": training.config.device,
        "threads": torch.get_num_threads(),
        "made_on": datetime.date.today().isoformat(),
    } | {kind: {key: round(value, 3) for key, value in group.items()} for kind, group in figures.items()}


def _stage_path(path: Path, index: int) -> Path:
    return path.with_name(f"{path.stem}_{index:06d}.png")
