"""Leçon 04 : un pas entier du jeu, vérifié sur une partie minuscule où chaque joueur n'a que deux poids.

La référence refait la descente de gradient à la main, sans dérivation automatique, et compare les quatre poids. La
partie tient lieu de tenseur dans un essai : elle sait se copier.
"""

import copy
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from lessons_lib.checks.exercise import Case, Exercise, Mistake

LEARNING_RATE = 0.5


class Game:
    """Une partie : un faussaire, un détective, et l'optimiseur de chacun (descente de gradient simple).

    generator : (N, 1) -> (N, 1). critic : (N, 1) -> (N, 1), un score par donnée.
    generator_optimizer, critic_optimizer : chacun ne connaît que les poids de son joueur.
    """

    def __init__(self, generator: nn.Module, critic: nn.Module):
        self.generator, self.critic = generator, critic
        self.generator_optimizer = torch.optim.SGD(generator.parameters(), lr=LEARNING_RATE)
        self.critic_optimizer = torch.optim.SGD(critic.parameters(), lr=LEARNING_RATE)

    def clone(self) -> "Game":
        """La même partie, poids et gradients compris, sans rien de commun avec celle-ci."""
        twin = Game(copy.deepcopy(self.generator), copy.deepcopy(self.critic))
        for ours, theirs in zip(self._parameters(), twin._parameters(), strict=True):
            theirs.grad = None if ours.grad is None else ours.grad.clone()
        return twin

    def weights(self) -> Tensor:
        """Les poids du faussaire, puis ceux du détective, bout à bout, détachés."""
        return torch.cat([weight.detach().flatten() for weight in self._parameters()])

    def leftovers(self) -> Tensor:
        """Ce qui reste dans ``.grad``, dans le même ordre que les poids."""
        return torch.cat([weight.grad.flatten() for weight in self._parameters()])

    def _parameters(self) -> list[Tensor]:
        return [*self.generator.parameters(), *self.critic.parameters()]


def small_game(*weights: float, leftovers: float = 0.0) -> Game:
    """Une partie à quatre poids : G(z) = w0 z + w1, score(x) = w2 x + w3.

    leftovers : le gradient qu'un pas précédent a laissé à chaque poids.
    """
    game = Game(nn.Linear(1, 1), nn.Linear(1, 1))
    for parameter, value in zip(game._parameters(), weights, strict=True):
        nn.init.constant_(parameter, value)
        parameter.grad = torch.full_like(parameter, leftovers)
    return game


def critic_gradient(players: Tensor, real: Tensor, z: Tensor) -> Tensor:
    """Le gradient de la perte du détective par rapport aux quatre poids, écrit à la main : (4,)."""
    painter, judge = players[:2], players[2:]
    fake = painter[0] * z + painter[1]
    on_real = (judge[0] * real + judge[1]).sigmoid() - 1
    on_fake = (judge[0] * fake + judge[1]).sigmoid()
    of_judge = [(on_real * real).mean() + (on_fake * fake).mean(), on_real.mean() + on_fake.mean()]
    of_painter = [(on_fake * judge[0] * z).mean(), (on_fake * judge[0]).mean()]
    return torch.stack([*of_painter, *of_judge])


def generator_gradient(players: Tensor, z: Tensor) -> Tensor:
    """Le gradient de la perte non saturante par rapport aux quatre poids, écrit à la main : (4,)."""
    painter, judge = players[:2], players[2:]
    fake = painter[0] * z + painter[1]
    push = (judge[0] * fake + judge[1]).sigmoid() - 1
    of_painter = [(push * judge[0] * z).mean(), (push * judge[0]).mean()]
    return torch.stack([*of_painter, (push * fake).mean(), push.mean()])


PAINTER, JUDGE = torch.tensor([1.0, 1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 1.0, 1.0])


def reference_play(game: Game, real: Tensor, z: Tensor) -> Tensor:
    """Les quatre poids après les deux tours : (4,)."""
    players = game.weights()
    players = players - LEARNING_RATE * JUDGE * critic_gradient(players, real, z)
    return players - LEARNING_RATE * PAINTER * generator_gradient(players, z)


def _play(
    game: Game,
    real: Tensor,
    z: Tensor,
    *,
    kept: Tensor | float = 0.0,
    first: Tensor = JUDGE,
    second: Tensor = PAINTER,
    leak: float = 0.0,
    stale: bool = False,
    sign: float = 1.0,
) -> Tensor:
    """Les deux tours, avec une faute.

    kept : les joueurs dont on oublie d'effacer les gradients. first, second : ceux qui bougent à chaque tour. leak : la
    part du gradient du détective qui rejoint celui du faussaire. stale : le faussaire répond au détective d'avant le
    tour. sign : −1 si le faussaire remonte sa perte.
    """
    before = game.weights()
    leftovers = kept * game.leftovers()
    judged = critic_gradient(before, real, z)
    players = before - LEARNING_RATE * first * (judged + leftovers)
    answered = generator_gradient(before if stale else players, z)
    return players - LEARNING_RATE * second * (sign * answered + leftovers + leak * judged)


def _painter_first(game: Game, real: Tensor, z: Tensor) -> Tensor:
    players = game.weights()
    players = players - LEARNING_RATE * PAINTER * generator_gradient(players, z)
    return players - LEARNING_RATE * JUDGE * critic_gradient(players, real, z)


def _minimax(game: Game, real: Tensor, z: Tensor) -> Tensor:
    players = game.weights()
    players = players - LEARNING_RATE * JUDGE * critic_gradient(players, real, z)
    silent = critic_gradient(
        players, real, z
    )  # pour le faussaire, la perte minimax est celle du détective, changée de signe
    return players + LEARNING_RATE * PAINTER * silent


def _slip(**faults) -> Callable[..., Tensor]:
    return partial(_play, **faults)


def _play_cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(6)
    real, z = 1 + torch.randn(5, 1, generator=generator), torch.randn(5, 1, generator=generator)
    one = torch.ones(1, 1)
    return (
        Case(
            "une vraie donnée, 1 ; z = 1 ; G(z) = z / 2 - 1 ; score(x) = 2 x",
            (small_game(0.5, -1.0, 2.0, 0.0), one, one),
        ),
        Case(
            "la même partie, où un pas précédent a laissé des gradients",
            (small_game(0.5, -1.0, 2.0, 0.0, leftovers=0.3), one, one),
        ),
        Case(
            "cinq vraies données et cinq bruits quelconques", (small_game(0.8, 0.1, -0.7, 0.4, leftovers=-0.2), real, z)
        ),
    )


PLAY = Exercise(
    signature="play(game, real, z)",
    cases=_play_cases(),
    reference=reference_play,
    mistakes=(
        Mistake("rien n'a bougé : il manque les pas des optimiseurs.", lambda game, real, z: game.weights()),
        Mistake(
            "le faussaire n'a pas bougé : son pas manque, ou son gradient est coupé en chemin.",
            _slip(second=0 * PAINTER),
        ),
        Mistake(
            "le détective n'a pas bougé : il manque son tour, ou le pas de son optimiseur.",
            _slip(first=0 * JUDGE),
        ),
        Mistake("le faussaire joue en premier ; ici, c'est le détective.", _painter_first),
        Mistake(
            "le faussaire répond au détective d'avant le tour : calculez sa perte après le pas du détective.",
            _slip(stale=True),
        ),
        Mistake(
            "les gradients du pas précédent s'ajoutent à ceux-ci : effacez-les avant chaque rétropropagation.",
            _slip(kept=1.0),
        ),
        Mistake(
            "au tour du détective, les gradients du pas précédent s'ajoutent : il faut les effacer.",
            _slip(kept=JUDGE),
        ),
        Mistake(
            "au tour du faussaire, les gradients du pas précédent s'ajoutent : il faut les effacer.",
            _slip(kept=PAINTER),
        ),
        Mistake(
            "le gradient du tour du détective est passé au faussaire : coupez-le, ou effacez-le entre les deux tours.",
            _slip(leak=1.0),
        ),
        Mistake(
            "le faussaire bouge aussi au tour du détective : il y apprend à se faire démasquer.",
            _slip(first=PAINTER + JUDGE),
        ),
        Mistake(
            "le détective bouge aussi au tour du faussaire : il y apprend à se laisser tromper.",
            _slip(second=PAINTER + JUDGE),
        ),
        Mistake("le faussaire fait monter sa perte au lieu de la faire descendre.", _slip(sign=-1.0)),
        Mistake("au tour du faussaire, c'est la perte minimax ; la question demande la non saturante.", _minimax),
    ),
    verified=(
        "le détective joue d'abord, et lui seul bouge à son tour",
        "le faussaire répond au détective mis à jour, et lui seul bouge",
        "aucun gradient ne reste d'un tour à l'autre",
    ),
)
