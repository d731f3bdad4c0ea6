"""Les poids livrés : leurs fiches disent vrai."""

import json

import pytest
import torch

from lessons_lib import zoo
from lessons_lib.lotus.cache import VERSION
from lessons_lib.recipes import RECIPES

LARGEST_WEIGHTS = 3_000_000


def test_every_recipe_has_its_weights():
    assert zoo.names() == sorted(RECIPES)


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_the_card_matches_recipe_data_and_size(name):
    card = zoo.card(name)
    assert card["recipe"] == json.loads(json.dumps(RECIPES[name].as_json()))
    assert card["lotus_version"] == VERSION
    assert (zoo.WEIGHTS / f"{name}.safetensors").stat().st_size < LARGEST_WEIGHTS


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_the_figures_of_the_card_hold_for_the_weights(name):
    model = zoo.load(name)
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    measured = zoo.final_figures(model, RECIPES[name].held_out())
    assert measured == pytest.approx(zoo.card(name)["figures"], rel=0.01, abs=0.05)


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_the_reconstructions_are_better_than_the_mean_image(name):
    images = RECIPES[name].held_out(64)
    mean_error = (images - images.mean(dim=0)).square().flatten(1).sum(dim=1).mean()
    assert zoo.card(name)["figures"]["squared_error"] < 0.4 * mean_error


def test_final_figures_of_a_perfect_and_a_known_model():
    class Known(torch.nn.Module):
        def encode(self, x):
            return torch.full((len(x), 2), 2.0), torch.zeros(len(x), 2)

        def decode(self, z):
            return torch.zeros(len(z), 3, 8, 8)

    figures = zoo.final_figures(Known(), torch.full((4, 3, 8, 8), 0.5))
    assert figures["squared_error"] == pytest.approx(192 * 0.25)
    assert figures["psnr"] == pytest.approx(12.0412, abs=1e-3)  # 10 log10(4 / 0,25)
    assert figures["kl"] == pytest.approx(4.0)
    assert figures["active"] == 2


def test_an_unknown_name_gives_the_list():
    with pytest.raises(ValueError, match="vae_64"):
        zoo.load("vae_65")
