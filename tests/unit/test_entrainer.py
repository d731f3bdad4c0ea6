import dataclasses
import json

import pytest
import torch

from course import entrainer
from lessons_lib import observers, recipes, zoo
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
