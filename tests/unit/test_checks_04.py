"""Les vérifications de la leçon 04 : toute réponse juste passe, les fautes vues ailleurs sont nommées."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib import losses
from lessons_lib.checks import EXERCISES
from lessons_lib.checks.exercise import CheckFailed, examine
from lessons_lib.checks.lesson_04 import DISCRIMINATOR_LOSS, GENERATOR_LOSS
from lessons_lib.checks.lesson_04_game import (
    PLAY,
    Game,
    critic_gradient,
    generator_gradient,
    reference_play,
    small_game,
)
from lessons_lib.training import critic_step, generator_step


def by_cross_entropy(real_scores, fake_scores):
    answers = torch.cat([torch.ones_like(real_scores), torch.zeros_like(fake_scores)])
    scores = torch.cat([real_scores, fake_scores])
    each = F.binary_cross_entropy_with_logits(scores, answers, reduction="none").split(
        [len(real_scores), len(fake_scores)]
    )
    return each[0].mean() + each[1].mean()


@pytest.mark.parametrize(
    "answer",
    [
        losses.discriminator_loss,
        by_cross_entropy,
        lambda real, fake: -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean(),
        lambda real, fake: -(F.logsigmoid(real).mean() + (F.logsigmoid(fake) - fake).mean()),
        lambda real, fake: sum(torch.logaddexp(s, torch.zeros_like(s)).mean() for s in (-real, fake)),
    ],
)
def test_every_way_to_write_the_discriminator_loss_passes(answer):
    assert examine(DISCRIMINATOR_LOSS, answer).startswith("✔ discriminator_loss(real_scores, fake_scores)")


@pytest.mark.parametrize(
    "answer",
    [
        losses.non_saturating_generator_loss,
        lambda fake: -F.logsigmoid(fake).mean(),
        lambda fake: F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake)),
        lambda fake: torch.log1p((-fake.abs()).exp()).mean() + (-fake).clamp(min=0).mean(),
    ],
)
def test_every_way_to_write_the_generator_loss_passes(answer):
    assert examine(GENERATOR_LOSS, answer).startswith("✔ generator_loss(fake_scores)")


@pytest.mark.parametrize(
    ("exercise", "answer", "name"),
    [
        (GENERATOR_LOSS, losses.minimax_generator_loss, "perte minimax"),
        (GENERATOR_LOSS, losses.wasserstein_generator_loss, "perte de Wasserstein"),
        (DISCRIMINATOR_LOSS, losses.wasserstein_critic_loss, "perte de Wasserstein"),
        (DISCRIMINATOR_LOSS, lambda real, fake: losses.discriminator_loss(fake, real), "étiquettes sont échangées"),
        (DISCRIMINATOR_LOSS, lambda real, fake: -losses.discriminator_loss(real, fake), "signe est inversé"),
        (
            DISCRIMINATOR_LOSS,
            lambda real, fake: -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean(),
            "logarithme est infini",
        ),
        (
            DISCRIMINATOR_LOSS,
            lambda real, fake: (
                nn.BCELoss()(real.sigmoid(), torch.ones_like(real))
                + nn.BCELoss()(fake.sigmoid(), torch.zeros_like(fake))
            ),
            "borné avant le logarithme",
        ),
    ],
)
def test_a_loss_met_elsewhere_is_named(exercise, answer, name):
    with pytest.raises(CheckFailed, match=name):
        examine(exercise, answer)


def play(
    game,
    real,
    z,
    *,
    fake="detach",
    first="critic",
    erase=("critic", "generator"),
    loss=losses.non_saturating_generator_loss,
    steps=("critic", "generator"),
):
    """Un pas du jeu tel qu'on l'écrit en PyTorch, avec de quoi y commettre une faute."""
    optimizers = {"critic": game.critic_optimizer, "generator": game.generator_optimizer}

    def turn(player, objective):
        if player in erase:
            optimizers[player].zero_grad()
        objective.backward()
        if player in steps:
            optimizers[player].step()

    def judge():
        painted = game.generator(z) if fake == "attached" else game.generator(z).detach()
        turn("critic", losses.discriminator_loss(game.critic(real), game.critic(painted)))

    def paint():
        painted = game.generator(z).detach() if fake == "always_cut" else game.generator(z)
        turn("generator", loss(game.critic(painted)))

    for act in (judge, paint) if first == "critic" else (paint, judge):
        act()
    return game.weights()


def simultaneous(game, real, z):
    painted = game.generator(z)
    judged = losses.discriminator_loss(game.critic(real), game.critic(painted.detach()))
    answered = losses.non_saturating_generator_loss(game.critic(painted))
    game.generator_optimizer.zero_grad()
    answered.backward()
    game.critic_optimizer.zero_grad()
    judged.backward()
    game.critic_optimizer.step()
    game.generator_optimizer.step()
    return game.weights()


def erased_once(game, real, z):
    game.critic_optimizer.zero_grad()
    game.generator_optimizer.zero_grad()
    return play(game, real, z, fake="attached", erase=())


def both_move_at_the_critic_s_turn(game, real, z):
    for optimizer in (game.critic_optimizer, game.generator_optimizer):
        optimizer.zero_grad()
    losses.discriminator_loss(game.critic(real), game.critic(game.generator(z))).backward()
    game.critic_optimizer.step()
    game.generator_optimizer.step()
    return _painter_turn(game, z)


def _painter_turn(game, z):
    game.generator_optimizer.zero_grad()
    losses.non_saturating_generator_loss(game.critic(game.generator(z))).backward()
    game.generator_optimizer.step()
    return game.weights()


def one_optimizer_for_all(game, real, z):
    play(game, real, z, steps=("critic",))
    game.critic_optimizer.zero_grad()
    game.generator_optimizer.zero_grad()
    losses.non_saturating_generator_loss(game.critic(game.generator(z))).backward()
    game.critic_optimizer.step()
    game.generator_optimizer.step()
    return game.weights()


def by_the_library(game, real, z):
    loss = losses.LOSSES["non_saturating"]
    critic_step(game.critic, game.generator, game.critic_optimizer, real, z, loss)
    generator_step(game.generator, game.critic, game.generator_optimizer, z, loss)
    return game.weights()


def one_painting_for_both_turns(game, real, z):
    painted = game.generator(z)
    game.critic_optimizer.zero_grad()
    losses.discriminator_loss(game.critic(real), game.critic(painted.detach())).backward()
    game.critic_optimizer.step()
    game.generator_optimizer.zero_grad()
    losses.non_saturating_generator_loss(game.critic(painted)).backward()
    game.generator_optimizer.step()
    return game.weights()


def everything_erased_after_the_step(game, real, z):
    game.critic.zero_grad()
    game.generator.zero_grad()
    play(game, real, z, fake="attached", steps=("critic",), erase=("critic", "generator"))
    return _painter_turn(game, z)


@pytest.mark.parametrize(
    "answer",
    [
        play,
        by_the_library,
        one_painting_for_both_turns,
        everything_erased_after_the_step,
        lambda game, real, z: play(game, real, z, fake="attached"),
    ],
)
def test_every_way_to_play_passes(answer):
    assert examine(PLAY, answer).startswith("✔ play(game, real, z)")


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (simultaneous, "détective d'avant le tour"),
        (erased_once, "passé au faussaire"),
        (both_move_at_the_critic_s_turn, "bouge aussi au tour du détective"),
        (one_optimizer_for_all, "bouge aussi au tour du faussaire"),
        (lambda game, real, z: game.weights(), "rien n'a bougé"),
        (lambda game, real, z: play(game, real, z, first="generator"), "joue en premier"),
        (lambda game, real, z: play(game, real, z, fake="always_cut"), "le faussaire n'a pas bougé"),
        (lambda game, real, z: play(game, real, z, steps=("critic",)), "le faussaire n'a pas bougé"),
        (lambda game, real, z: play(game, real, z, steps=("generator",)), "le détective n'a pas bougé"),
        (lambda game, real, z: play(game, real, z, erase=()), "les gradients du pas précédent s'ajoutent à ceux-ci"),
        (lambda game, real, z: play(game, real, z, erase=("generator",)), "au tour du détective, les gradients"),
        (lambda game, real, z: play(game, real, z, erase=("critic",)), "au tour du faussaire, les gradients"),
        (lambda game, real, z: play(game, real, z, loss=losses.minimax_generator_loss), "perte minimax"),
        (
            lambda game, real, z: play(game, real, z, loss=lambda s: -losses.non_saturating_generator_loss(s)),
            "fait monter sa perte",
        ),
    ],
)
def test_fault_written_in_pytorch_is_named(answer, name):
    with pytest.raises(CheckFailed, match=name):
        examine(PLAY, answer)


def test_hand_written_gradients_are_those_of_autograd():
    game, real, z = PLAY.cases[-1].arguments
    weights = game.weights().double().requires_grad_()
    real, z = real.double(), z.double()
    fake = weights[0] * z + weights[1]
    judged = losses.discriminator_loss(weights[2] * real + weights[3], weights[2] * fake + weights[3])
    answered = losses.non_saturating_generator_loss(weights[2] * fake + weights[3])
    for objective, by_hand in (
        (judged, critic_gradient(weights, real, z)),
        (answered, generator_gradient(weights, z)),
    ):
        expected = torch.autograd.grad(objective, weights, retain_graph=True)[0]
        torch.testing.assert_close(by_hand.detach(), expected)


def test_cases_and_reference_leave_the_game_alone():
    game, real, z = PLAY.cases[1].arguments
    before, leftovers = game.weights(), game.leftovers()
    reference_play(game, real, z)
    play(game.clone(), real, z)
    assert torch.equal(game.weights(), before)
    assert torch.equal(game.leftovers(), leftovers)


def test_a_copied_game_plays_with_its_own_weights():
    game = small_game(0.5, -1.0, 2.0, 0.0, leftovers=0.3)
    twin = game.clone()
    assert isinstance(twin, Game)
    assert torch.equal(twin.leftovers(), game.leftovers())
    moved = play(twin, torch.ones(1, 1), torch.ones(1, 1))
    assert not torch.equal(moved, game.weights())


def test_the_three_exercises_are_known_by_name():
    asked = ("perte_discriminateur", "perte_generateur", "tour_de_jeu")
    assert [EXERCISES[name] for name in asked] == [DISCRIMINATOR_LOSS, GENERATOR_LOSS, PLAY]
