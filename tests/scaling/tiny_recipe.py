"""`entrainer` sur une recette minuscule, rangée dans un dossier à part : python tiny_recipe.py dossier."""

import dataclasses
import sys
from pathlib import Path

from course import entrainer
from lessons_lib import recipes, zoo
from lessons_lib.training import TrainingConfig

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    recipe = dataclasses.replace(
        recipes.RECIPES["vae_64_2d"], config=TrainingConfig(steps=6, batch_size=4), size=32, width=4, images=8
    )
    recipes.RECIPES = {"petit": recipe}
    zoo.WEIGHTS, entrainer.TRAININGS = folder / "weights", folder / "entrainements"
    sys.exit(entrainer.main(["petit"]))
