"""Les vérifications d'exercices, elles-mêmes vérifiées : le juste passe, chaque erreur connue est nommée."""

import itertools
import re

import pytest
import torch
from torch import Tensor, nn

from lessons_lib import images, latent, losses
from lessons_lib.checks import EXERCISES, CheckFailed, verifier
from lessons_lib.checks.exercise import agree
from lessons_lib.training import AdversarialConfig, critic_step, generator_step

MISTAKES = [
    pytest.param(name, mistake, id=f"{name}-{number}")
    for name, exercise in EXERCISES.items()
    for number, mistake in enumerate(exercise.mistakes)
]


def from_library(name: str):
    """Une réponse écrite avec la bibliothèque, que les vérifications n'utilisent pas."""

    def to_pixels(image: Tensor) -> Tensor:
        return images.to_uint8(image).permute(1, 2, 0)

    def draw(mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
        return mu + eps * (0.5 * logvar).exp()

    def by_ranks(x: Tensor, y: Tensor) -> Tensor:
        return (x[x.argsort()] - y[y.argsort()]).abs().mean()

    def play(game, real: Tensor, z: Tensor) -> Tensor:
        loss = losses.LOSSES["non_saturating"]
        critic_step(game.critic, game.generator, game.critic_optimizer, real, z, loss)
        generator_step(game.generator, game.critic, game.generator_optimizer, z, loss)
        return game.weights()

    def penalise(critic, x_hat: Tensor) -> Tensor:
        return losses.gradient_penalty(critic, x_hat, x_hat)

    def stage(before: int, after: int) -> list[nn.Module]:
        return [nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1), nn.LeakyReLU(0.2)]

    schedule = AdversarialConfig(critic_steps=((0.0, 5), (0.5, 10)))
    return {
        "vers_pixels": to_pixels,
        "reconstruction": losses.squared_error,
        "reparametrisation": draw,
        "kl": losses.kl_to_standard_normal,
        "slerp": latent.slerp,
        "vecteur_attribut": latent.attribute_vector,
        "perte_discriminateur": losses.discriminator_loss,
        "perte_generateur": losses.non_saturating_generator_loss,
        "tour_de_jeu": play,
        "melange": losses.interpolate,
        "penalite": penalise,
        "calendrier": lambda index, total: schedule.critic_steps_at(index / total),
        "etage_critique": stage,
        "wasserstein_1d": by_ranks,
        "perte_critique": losses.wasserstein_critic_loss,
    }[name]


def failure(name: str, function) -> str:
    with pytest.raises(CheckFailed) as caught:
        verifier(name, function)
    return str(caught.value)


@pytest.mark.parametrize("name", EXERCISES)
def test_right_answer_passes(name, capsys):
    verifier(name, from_library(name))
    said = capsys.readouterr().out
    assert said.startswith(f"✔ {EXERCISES[name].signature}\n")
    assert said.count("   · ") == len(EXERCISES[name].verified)


@pytest.mark.parametrize("name", EXERCISES)
def test_success_says_the_same_twice(name, capsys):
    verifier(name, from_library(name))
    verifier(name, from_library(name))
    said = capsys.readouterr().out
    assert said[: len(said) // 2] == said[len(said) // 2 :]


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_known_mistake_is_named(name, mistake):
    said = failure(name, mistake.wrong)
    assert said.startswith("✘ ")
    assert f"Erreur reconnue : {mistake.diagnosis}" in said
    assert re.search(r"essayé  : .+\n   attendu : .+\n   obtenu  : .+\n", said)


@pytest.mark.parametrize("name", EXERCISES)
def test_two_mistakes_are_never_confused(name):
    exercise = EXERCISES[name]
    for one, other in itertools.combinations(exercise.mistakes, 2):
        same = all(agree(exercise.run(one.wrong, case), exercise.run(other.wrong, case)) for case in exercise.cases)
        assert not same or one.diagnosis == other.diagnosis, (one.diagnosis, other.diagnosis)


def test_unknown_mistake_is_shown_without_a_diagnosis():
    said = failure("kl", lambda mu, logvar: mu.exp().sum() * 7)
    assert "attendu : 0\n   obtenu  : 14" in said
    assert "Erreur reconnue" not in said


def test_answer_is_not_given_away():
    formulas = re.compile(r"exp\(|sqrt|\*\*|square|\.sum|\.mean|permute|127")
    for exercise in EXERCISES.values():
        for mistake in exercise.mistakes:
            assert not formulas.search(mistake.diagnosis), mistake.diagnosis


def test_gap_left_open_raises_only_not_implemented():
    def kl(mu, logvar):
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        verifier("kl", kl)


def test_other_exception_is_told_with_its_line():
    def kl(mu, logvar):
        return mu.unknown + logvar

    said = failure("kl", kl)
    assert "s'est arrêtée sur AttributeError" in said
    assert "à la ligne : return mu.unknown + logvar" in said


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda mu, logvar: None, "il manque `return`"),
        (lambda mu, logvar: 0.0, "float ; un tenseur est attendu"),
        (lambda mu, logvar: losses.kl_to_standard_normal(mu, logvar).reshape(1), "un tenseur de forme (1,)"),
        (lambda mu, logvar: losses.kl_to_standard_normal(mu, logvar).detach(), "n'atteint pas mu ni logvar."),
        (lambda mu, logvar: losses.kl_to_standard_normal(mu, logvar.detach()), "n'atteint pas logvar."),
        (lambda mu, logvar: losses.kl_to_standard_normal(mu, logvar) * torch.nan, "obtenu  : nan"),
    ],
)
def test_answer_of_the_wrong_kind_is_told(answer, sentence):
    assert sentence in failure("kl", answer)


def test_randomness_of_its_own_is_told():
    said = failure("reparametrisation", lambda mu, logvar, eps: torch.normal(mu, (logvar / 2).exp()))
    assert "le hasard doit venir des arguments" in said


def test_changing_the_arguments_in_place_spoils_nothing(capsys):
    def squared_error(x_hat, x):
        x_hat = x_hat + 0
        x.sub_(x_hat)
        return x.square().flatten(1).sum(dim=1).mean()

    verifier("reconstruction", squared_error)
    verifier("reconstruction", losses.squared_error)
    assert capsys.readouterr().out.count("✔") == 2


def test_place_of_a_wrong_pixel_is_given():
    said = failure("vers_pixels", EXERCISES["vers_pixels"].mistakes[2].wrong)
    assert "attendu : 217 à l'indice [0, 2, 0]" in said


def test_failure_shows_its_message_alone_in_a_notebook():
    assert CheckFailed("✘ a\n   b")._render_traceback_() == ["✘ a", "   b"]


def test_unknown_exercise_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"Aucun exercice « gan »\. .*« vers_pixels », .*« kl »"):
        verifier("gan", len)


@pytest.mark.parametrize("objects", [(), (3.0,), (len, len)])
def test_call_without_the_function_says_how(objects):
    with pytest.raises(ValueError, match=r'verifier\("kl", kl\)'):
        verifier("kl", *objects)
