"""Les références de la leçon 04, contre la dérivation automatique, une recherche exhaustive ou PyTorch lui-même."""

import math

import pytest
import torch

from lessons_lib import losses
from lessons_lib.checks.lesson_04.curves import CURVES
from lessons_lib.checks.lesson_04.detach import CUT, DETACH, EITHER, KEEP
from lessons_lib.checks.lesson_04.game import (
    PLAY,
    Game,
    critic_gradient,
    generator_gradient,
    reference_play,
    small_game,
)
from lessons_lib.checks.lesson_04.modes import COUNT, reference_count
from lessons_lib.checks.lesson_04.optimum import OPTIMUM, reference_optimum


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
    assert torch.equal(game.weights(), before)
    assert torch.equal(game.leftovers(), leftovers)


def test_a_copied_game_plays_with_its_own_weights():
    game = small_game(0.5, -1.0, 2.0, 0.0, leftovers=0.3)
    twin = game.clone()
    assert isinstance(twin, Game)
    assert torch.equal(twin.leftovers(), game.leftovers())
    twin.generator_optimizer.step()
    twin.critic_optimizer.step()
    assert not torch.equal(twin.weights(), game.weights())
    assert torch.equal(game.weights(), torch.tensor([0.5, -1.0, 2.0, 0.0]))


@pytest.mark.parametrize(("p", "q"), [(0.1, 0.3), (0.2, 0.2), (3.0, 0.5), (3e-12, 1e-12)])
def test_the_best_detective_is_the_best_of_many_answers(p, q):
    y = torch.linspace(0.0005, 0.9995, 1000, dtype=torch.float64)
    best = y[(p * y.log() + q * (1 - y).log()).argmax()]
    torch.testing.assert_close(reference_optimum(torch.tensor(p), torch.tensor(q)), best, atol=1e-3, rtol=0)


def test_zero_densities_have_their_answers():
    p, q = torch.tensor([3.0, 0.0, 0.0]), torch.tensor([0.0, 3.0, 0.0])
    assert reference_optimum(p, q).tolist() == [1.0, 0.0, 0.5]
    assert [float(reference_optimum(*case.arguments)[0]) for case in OPTIMUM.cases[:2]] == [
        0.5,
        pytest.approx(0.25, abs=1e-6),
    ]


def test_mode_counts_are_those_counted_by_eye():
    assert [int(reference_count(*case.arguments)) for case in COUNT.cases] == [1, 1, 1, 0, 1, 2, 1, 5]


class TestDetach:
    """Chaque étiquette d'« a_detacher » est ce que PyTorch fait du passage."""

    @staticmethod
    def passage(cut):
        """Les lignes 1 à 10 ; rend la partie, la perte du faussaire, et les poids qui ont reçu un gradient."""
        game, real, z = small_game(0.5, -1.0, 0.5, 0.0), torch.ones(4, 1), torch.arange(4.0)[:, None]

        def taken(letter, tensor):
            return tensor.detach() if letter in cut else tensor

        fake = game.generator(z)
        losses.discriminator_loss(game.critic(taken("B", real)), game.critic(taken("A", fake))).backward()
        game.critic_optimizer.step()
        game.critic.zero_grad()
        game.generator.zero_grad()
        loss = losses.non_saturating_generator_loss(taken("D", game.critic(taken("C", fake))))
        loss.backward()
        reached = [player.weight.grad is not None for player in (game.generator, game.critic)]
        game.generator_optimizer.step()
        return game.weights(), loss, reached

    def right(self, letter):
        return DETACH.questions[letter].right

    def test_a_must_be_cut(self):
        assert self.right("A") == CUT
        self.passage("A")
        with pytest.raises(RuntimeError, match="a second time"):
            self.passage("")

    def test_b_changes_nothing(self):
        assert self.right("B") == EITHER
        assert torch.equal(self.passage("A")[0], self.passage("AB")[0])

    def test_c_must_be_kept(self):
        assert self.right("C") == KEEP
        assert self.passage("AC")[2] == [False, True]

    def test_d_must_be_kept(self):
        assert self.right("D") == KEEP
        with pytest.raises(RuntimeError, match="does not require grad"):
            self.passage("AD")

    def test_e_keeps_its_history(self):
        assert self.right("E") == CUT
        _, loss, _ = self.passage("A")
        assert loss.grad_fn is not None
        assert loss.detach().grad_fn is None

    def test_f_reaches_both_players(self):
        assert self.right("F") == "les deux"
        assert self.passage("A")[2] == [True, True]


def test_levels_told_by_the_curves_are_those_of_the_optimal_detective():
    def paid(k):
        """−log D*, sur un mode couvert, pour un faussaire qui en couvre k sur huit."""
        return -math.log((1 / 8) / (1 / 8 + 1 / k))

    assert paid(CURVES.questions["modes"].right) == pytest.approx(math.log(9))
    for k, level in ((2, "1,61"), (3, "1,30"), (4, "1,10"), (7, "0,76"), (8, "0,69")):
        assert f"{paid(k):.2f}".replace(".", ",") == level
        assert level in CURVES.questions["modes"].wrong[k]
