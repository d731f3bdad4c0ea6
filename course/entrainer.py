"""`python3 -m course entrainer [recette …]` : refait les poids du zoo depuis leurs recettes.

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
    chosen = parser.parse_args(argv).recettes
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
            follow(name)
    except KeyboardInterrupt:
        print("\nInterrompu. La même commande reprendra où l'entraînement s'est arrêté.")
        return 130
    return 0


def follow(name: str) -> None:
    """Suit une recette jusqu'à ses poids et sa fiche, puis retire son point de reprise."""
    import torch

    from lessons_lib import zoo
    from lessons_lib.lotus.cache import VERSION
    from lessons_lib.observers import checkpoint, progress
    from lessons_lib.recipes import RECIPES

    recipe = RECIPES[name]
    print(f"{name} : {recipe.title}", flush=True)
    torch.manual_seed(recipe.weights_seed)
    model = recipe.build()
    path = TRAININGS / f"{name}.safetensors"
    training = recipe.train(model, recipe.data())
    for _ in progress(checkpoint(training, path, every=200), name):
        pass
    model.eval()
    figures = zoo.final_figures(model, recipe.held_out())
    zoo.save(
        name,
        model,
        {
            "recipe": recipe.as_json(),
            "lotus_version": VERSION,
            "seconds": round(training.state.seconds),
            "threads": torch.get_num_threads(),
            "made_on": datetime.date.today().isoformat(),
            "figures": {key: round(value, 3) for key, value in figures.items()},
        },
    )
    path.unlink()
    print(f"{name} : {figures}")
