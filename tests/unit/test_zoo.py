"""Les poids livrés : leurs fiches disent vrai."""

import dataclasses
import functools
import json

import pytest
import torch

from lessons_lib import zoo
from lessons_lib.lotus.cache import VERSION
from lessons_lib.recipes import RECIPES, AdversarialRecipe, FactorRecipe

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
def test_every_recipe_can_be_trained_again(name):
    small = dataclasses.replace(RECIPES[name], images=16)
    small = dataclasses.replace(small, config=dataclasses.replace(small.config, steps=1, batch_size=4))
    step = next(small.start())
    assert all(torch.tensor(loss).isfinite() for loss in step.losses.values())


def test_a_reader_is_not_trained_by_several_processes():
    with pytest.raises(ValueError, match="sans torchrun"):
        dataclasses.replace(RECIPES["factors_64"], images=16).start(fabric=object())


READERS = sorted(name for name, recipe in RECIPES.items() if isinstance(recipe, FactorRecipe))
GENERATORS = sorted(name for name, recipe in RECIPES.items() if isinstance(recipe, AdversarialRecipe))
AUTOENCODERS = sorted(set(RECIPES) - set(READERS) - set(GENERATORS))


COMPARED = ["autoencoder_64", "vae_64", *GENERATORS]  # ceux dont la fiche juge des images engendrées sur 256 vraies


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_shipped_network_is_ready_to_use(name):
    model = zoo.load(name)
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert "generated" in zoo.card(name) or name in READERS


@pytest.mark.parametrize("name", READERS)
def test_the_reading_scores_of_the_card_hold_for_the_weights(name):
    scores = zoo.card(name)["figures"]
    assert RECIPES[name].figures(zoo.load(name))["figures"] == pytest.approx(scores, abs=0.002)
    assert scores["variety"] > 0.99
    assert min(scores[factor] for factor in ("openness", "tilt", "size", "hour", "water")) > 0.9


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_the_reconstruction_figures_of_the_card_hold_for_the_weights(name):
    measured = zoo.final_figures(zoo.load(name), RECIPES[name].held_out())
    assert measured == pytest.approx(zoo.card(name)["figures"], rel=0.01, abs=0.05)


@functools.cache
def drawn(size, images, data_seed, calm, retouches):
    recipe = next(
        RECIPES[name] for name in COMPARED if key(RECIPES[name]) == (size, images, data_seed, calm, retouches)
    )
    return recipe.data(), recipe.held_out()


def key(recipe):
    return recipe.size, recipe.images, recipe.data_seed, bool(recipe.fixed), getattr(recipe, "retouches", ())


@pytest.mark.parametrize("name", COMPARED)
def test_the_generation_figures_of_the_card_hold_for_the_weights(name):
    measured = zoo.generated_figures(zoo.load(name), *drawn(*key(RECIPES[name])))
    assert measured == pytest.approx(zoo.card(name)["generated"], rel=0.01, abs=0.05)


BETAS = sorted((name for name in AUTOENCODERS if name.startswith("beta")), key=lambda name: RECIPES[name].config.beta)


@pytest.mark.parametrize("name", sorted(set(AUTOENCODERS) - set(BETAS)))
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


def test_a_larger_beta_reconstructs_worse_and_keeps_fewer_dimensions():
    figures = [zoo.card(name)["figures"] for name in BETAS]
    for key, order in (("squared_error", 1), ("kl", -1), ("active", -1)):
        values = [order * figure[key] for figure in figures]
        assert values == sorted(values), key
    assert figures[-1]["active"] == 0


COPIES = "few_32_n0017"  # la leçon 08 le montre : dix-sept images, apprises par cœur


@pytest.mark.parametrize("name", sorted(set(GENERATORS) - {COPIES}))
def test_a_generator_draws_varied_images_that_are_no_copies(name):
    generator, figures = zoo.load(name), zoo.card(name)["generated"]
    images = generator(torch.randn(32, generator.latent, generator=torch.Generator().manual_seed(3)))
    assert images.shape == (32, 3, RECIPES[name].size, RECIPES[name].size)
    assert images.std(dim=0).mean() > 0.1
    assert figures["neighbours"] > 0.7


def test_seventeen_images_are_learnt_by_heart():
    figures = zoo.card(COPIES)["generated"]
    assert figures["neighbours"] < 0.7 and figures["recall"] < 0.05


def test_the_three_gans_differ_by_their_algorithm_alone():
    cards = [dict(zoo.card(name)["recipe"]) for name in ("gan_64", "wgan_64", "wgan_gp_64")]
    assert [card.pop("algorithm") for card in cards] == ["gan", "wgan", "wgan_gp"]
    assert len({card.pop("title") for card in cards}) == 3
    assert cards[0] == cards[1] == cards[2]


def test_they_have_the_data_and_the_budget_of_the_autoencoders():
    for name in ("autoencoder_64", "vae_64"):
        known, rival = RECIPES[name], RECIPES["gan_64"]
        assert (known.images, known.data_seed, known.fixed) == (rival.images, rival.data_seed, rival.fixed)
        assert known.weights_seed == rival.weights_seed
        assert (known.config.steps, known.config.batch_size) == (rival.config.steps, rival.config.batch_size)


def test_the_article_sees_its_68_images_three_thousand_times():
    recipe = RECIPES["wgan_gp_128_article"]
    config = recipe.config
    updates = sum(config.critic_steps_at(step / config.steps) for step in range(config.steps))
    assert (recipe.images, recipe.size) == (68, 128)
    assert updates * config.batch_size == 3000 * 68


def test_the_montage_ends_with_the_images_of_the_final_weights():
    name = "wgan_gp_128_article"
    stages = zoo.montage(name)
    assert [index for index, _ in stages] == list(RECIPES[name].stages)
    last = stages[-1][1]
    expected = zoo.load(name)(RECIPES[name].stage_codes())
    assert (last - expected).abs().mean() < 0.07  # le JPEG lisse le damier
    assert (stages[0][1] - expected).abs().mean() > 0.2


def test_a_network_without_stages_names_those_that_have_some():
    with pytest.raises(ValueError, match="wgan_gp_128_article"):
        zoo.montage("vae_64")
