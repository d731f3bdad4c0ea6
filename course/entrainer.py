"""`python3 -m course entrainer [recette …] [--appareil cpu|cuda|mps]` : refait les poids du zoo depuis leurs recettes.

Un entraînement interrompu reprend où il s'était arrêté : ses points de reprise sont dans ``entrainements/``.
"""

import argparse
import datetime
from pathlib import Path

TRAININGS = Path(__file__).resolve().parent.parent / "entrainements"


def main(argv: list[str]) -> int:
    """Suit les recettes nommées ; sans nom, en donne la liste. Rend le code de sortie."""
    from lessons_lib.recipes import RECIPES

    parser = argparse.ArgumentParser(prog="python3 -m course entrainer", description=__doc__.splitlines()[0])
    parser.add_argument("recettes", nargs="*", metavar="recette", help="nom d'une recette, ou « toutes »")
    parser.add_argument("--appareil", default="cpu", help="« cpu » (par défaut), « cuda » ou « mps »")
    arguments = parser.parse_args(argv)
    chosen = arguments.recettes
    if not chosen:
        print("Recettes (donnez un ou plusieurs noms, ou « toutes ») :")
        for name, recipe in RECIPES.items():
            print(f"  {name:<20} {recipe.title} ; {recipe.config.steps} pas")
        return 0
    if chosen == ["toutes"]:
        chosen = list(RECIPES)
    if unknown := [name for name in chosen if name not in RECIPES]:
        print(f"Recette inconnue : {', '.join(unknown)}. Il existe : {', '.join(RECIPES)}.")
        return 2
    try:
        for name in chosen:
            follow(name, arguments.appareil)
    except KeyboardInterrupt:
        print("\nInterrompu. La même commande reprendra où l'entraînement s'est arrêté.")
        return 130
    return 0


def follow(name: str, device: str = "cpu") -> None:
    """Suit une recette jusqu'à ses poids, sa planche et sa fiche, puis retire ses points de reprise."""
    from lessons_lib import zoo
    from lessons_lib.observers import checkpoint, progress
    from lessons_lib.recipes import RECIPES

    recipe = RECIPES[name]
    print(f"{name} : {recipe.title}", flush=True)
    path = TRAININGS / f"{name}.safetensors"
    training = recipe.start(device)
    for step in progress(checkpoint(training, path, every=200), name):
        if step.index in recipe.stages:
            zoo.save_stage(_stage_path(name, step.index), training.sample(recipe.stage_codes()))
    model = training.sampler.cpu().eval()
    stages = [_stage_path(name, index) for index in recipe.stages]
    figures = recipe.figures(model)
    zoo.save(name, model, _card(recipe, training, figures), stages)
    for leftover in (path, *stages):
        leftover.unlink()
    print(f"{name} : {figures}")


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


def _stage_path(name: str, index: int) -> Path:
    return TRAININGS / f"{name}_{index:06d}.png"
