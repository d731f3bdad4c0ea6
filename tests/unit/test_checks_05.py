"""Les vérifications de la leçon 05 : toute réponse juste passe, les fautes vues ailleurs sont nommées."""

import itertools

import ot
import pytest
import torch
from scipy.stats import wasserstein_distance

from lessons_lib import losses
from lessons_lib.checks import EXERCISES
from lessons_lib.checks.exercise import CheckFailed, agree, examine
from lessons_lib.checks.lesson_05 import CRITIC_LOSS, WASSERSTEIN_1D

BOTH = (WASSERSTEIN_1D, CRITIC_LOSS)
MISTAKES = [
    pytest.param(exercise, mistake, id=f"{exercise.signature.partition('(')[0]}-{number}")
    for exercise in BOTH
    for number, mistake in enumerate(exercise.mistakes)
]


def by_ranks(x, y):
    return (x[x.argsort()] - y[y.argsort()]).abs().mean()


def by_descending_order(x, y):
    return torch.stack(
        [abs(a - b) for a, b in zip(sorted(x, reverse=True), sorted(y, reverse=True), strict=True)]
    ).mean()


def by_every_plan(x, y):
    trips = torch.stack([(x - y[list(order)]).abs().mean() for order in itertools.permutations(range(len(y)))])
    return trips.min()


def by_area(x, y):
    ends = torch.cat([x, y]).sort().values
    shares = [(values[:, None] <= ends[:-1]).float().mean(dim=0) for values in (x, y)]
    return ((shares[0] - shares[1]).abs() * ends.diff()).sum()


def by_the_linear_program(x, y):
    plan = ot.emd([], [], (x[:, None] - y).abs().detach().double().numpy())
    return (torch.from_numpy(plan).float() * (x[:, None] - y).abs()).sum()


def by_pot(x, y):
    return ot.wasserstein_1d(x[:, None], y[:, None]).squeeze()


@pytest.mark.parametrize(
    "answer", [by_ranks, by_descending_order, by_every_plan, by_area, by_the_linear_program, by_pot]
)
def test_every_way_to_the_distance_passes(answer):
    assert examine(WASSERSTEIN_1D, answer).startswith("✔ wasserstein_1d(x, y)")


@pytest.mark.parametrize(
    "answer",
    [
        losses.wasserstein_critic_loss,
        lambda real_scores, fake_scores: -(real_scores.mean() - fake_scores.mean()),
        lambda real_scores, fake_scores: (fake_scores - real_scores).mean(),
        lambda real_scores, fake_scores: fake_scores.sum() / len(fake_scores) - real_scores.sum() / len(real_scores),
        lambda real_scores, fake_scores: torch.mean(fake_scores) + torch.mean(-1 * real_scores),
    ],
)
def test_every_way_to_write_the_loss_passes(answer):
    assert examine(CRITIC_LOSS, answer).startswith("✔ critic_loss(real_scores, fake_scores)")


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_known_mistake_is_named(exercise, mistake):
    with pytest.raises(CheckFailed, match="Erreur reconnue") as caught:
        examine(exercise, mistake.wrong)
    assert mistake.diagnosis in str(caught.value)


@pytest.mark.parametrize("exercise", BOTH, ids=lambda exercise: exercise.signature)
def test_two_mistakes_are_never_confused(exercise):
    for one, other in itertools.combinations(exercise.mistakes, 2):
        same = all(agree(one.wrong(*case.arguments), other.wrong(*case.arguments)) for case in exercise.cases)
        assert not same, (one.diagnosis, other.diagnosis)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (losses.hinge_critic_loss, "perte charnière"),
        (losses.discriminator_loss, "discriminateur d'un GAN"),
        (losses.least_squares_critic_loss, "moindres carrés"),
        (lambda real_scores, fake_scores: losses.wasserstein_generator_loss(fake_scores), "perte du générateur"),
    ],
)
def test_another_loss_of_the_library_is_named(answer, name):
    with pytest.raises(CheckFailed, match=name):
        examine(CRITIC_LOSS, answer)


def test_distance_that_cannot_be_derived_is_told():
    def answer(x, y):
        return torch.tensor(wasserstein_distance(x.detach().numpy(), y.detach().numpy()), dtype=torch.float32)

    with pytest.raises(CheckFailed, match="le gradient n'atteint pas x ni y"):
        examine(WASSERSTEIN_1D, answer)


def test_both_exercises_are_known_by_name():
    assert EXERCISES["wasserstein_1d"] is WASSERSTEIN_1D
    assert EXERCISES["perte_critique"] is CRITIC_LOSS
