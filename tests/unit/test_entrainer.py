import dataclasses
import json
import shutil

import pytest
import torch
from PIL import Image

from course import entrainer
from lessons_lib import observers, photo_recipes, recipes, zoo
from lessons_lib.training import TrainingConfig


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    recipe = dataclasses.replace(
        recipes.RECIPES["vae_64_2d"],
        config=TrainingConfig(steps=6, batch_size=4, decay=True),
        size=32,
        width=4,
        images=8,
    )
    monkeypatch.setenv("COURS_LOTUS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(recipes, "RECIPES", {"petit": recipe})
    monkeypatch.setattr(zoo, "WEIGHTS", tmp_path / "weights")
    monkeypatch.setattr(entrainer, "TRAININGS", tmp_path / "entrainements")
    return tmp_path


def test_a_recipe_gives_weights_and_a_card(tiny):
    assert entrainer.main(["petit"]) == 0
    card = json.loads((tiny / "weights" / "petit.json").read_text(encoding="utf-8"))
    assert card["recipe"]["config"]["steps"] == 6
    assert zoo.load("petit").latent == 2
    assert not list((tiny / "entrainements").iterdir())


def test_an_interrupted_recipe_resumes_to_the_same_weights(tiny, monkeypatch, capsys):
    entrainer.main(["petit"])
    expected = zoo.load("petit").state_dict()

    def interrupted(steps, description):
        for step in steps:
            yield step
            if step.index == 3:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(observers, "progress", interrupted)
        assert entrainer.main(["petit"]) == 130
    assert "reprendra" in capsys.readouterr().out
    assert (tiny / "entrainements" / "petit.safetensors").exists()
    assert entrainer.main(["petit"]) == 0
    again = zoo.load("petit").state_dict()
    assert all(torch.equal(expected[name], again[name]) for name in expected)


def test_without_a_name_the_recipes_are_listed(tiny, capsys):
    assert entrainer.main([]) == 0
    assert "petit" in capsys.readouterr().out


def test_an_unknown_recipe_is_refused(tiny, capsys):
    assert entrainer.main(["petit", "grand"]) == 2
    assert "grand" in capsys.readouterr().out
    assert not (tiny / "weights").exists()


@pytest.fixture
def album(tiny, monkeypatch):
    """Une recette de photographies minuscule, et un dossier de neuf images."""
    full = photo_recipes.PHOTO_RECIPES["photos_64"]
    config = dataclasses.replace(full.config, steps=6, batch_size=4)
    recipe = dataclasses.replace(full, config=config, size=32, width=4, latent=4, stages=(3, 6))
    monkeypatch.setattr(photo_recipes, "PHOTO_RECIPES", {"photos_64": recipe})
    folder = tiny / "mes fleurs d'été"
    folder.mkdir()
    for grey in range(9):
        Image.new("L", (40, 30), 25 * grey).save(folder / f"{grey}.png")
    return folder


@pytest.mark.parametrize("in_memory", [10**9, 0])
def test_photographs_give_a_network_outside_the_zoo(album, tiny, monkeypatch, in_memory):
    monkeypatch.setattr(photo_recipes, "IN_MEMORY", in_memory)
    results = []
    for _ in range(2):  # un second entraînement ne remplace pas le premier
        assert entrainer.main(["photos_64", "--images", str(album)]) == 0
        results.append(sorted(path.name for path in (tiny / "entrainements").iterdir()))
    assert results == [["photos_64"], ["photos_64", "photos_64-2"]]
    one, two = (zoo.load("photos_64", tiny / "entrainements" / name) for name in results[1])
    assert all(torch.equal(value, two.state_dict()[name]) for name, value in one.state_dict().items())
    assert zoo.card("photos_64", tiny / "entrainements" / "photos_64")["recipe"]["images"] == 9
    with Image.open(tiny / "entrainements" / "photos_64" / "photos_64.jpg") as sheet:
        assert sheet.size == (6 * 32, 2 * 32)
    assert not (tiny / "weights").exists()


def test_each_folder_of_photographs_has_its_own_checkpoint(album, tiny, monkeypatch):
    def interrupted(steps, description):
        yield next(steps)
        raise KeyboardInterrupt

    other = album.with_name("autres")
    shutil.copytree(album, other)
    monkeypatch.setattr(observers, "progress", interrupted)
    for folder in (album, other):
        assert entrainer.main(["photos_64", "--images", str(folder)]) == 130
    assert len(list((tiny / "entrainements").glob("photos_64-*.safetensors"))) == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["photos_64"], "--images DOSSIER"),
        (["petit", "--images", "x"], "ne vaut que pour"),
        (["photos_64", "--images", "/rien/ici"], "n'existe pas"),
        (["photos_64", "--images", "oxford", "--racine", "/rien/ici"], "ne sont pas dans"),
        (["petit", "--appareil", "tpu"], "n'est pas disponible ici"),
    ],
)
def test_what_cannot_start_says_why(album, tiny, capsys, arguments, message):
    assert entrainer.main(arguments) == 2
    shown = capsys.readouterr()
    assert message in shown.out + shown.err
    assert not (tiny / "entrainements").exists()


def test_the_recipes_of_photographs_are_not_in_the_zoo():
    assert not set(photo_recipes.PHOTO_RECIPES) & set(recipes.RECIPES)
    for recipe in photo_recipes.PHOTO_RECIPES.values():
        assert recipe.stages[-1] == recipe.config.steps and recipe.build().size == recipe.size
