"""Les vérifications de la leçon 06 : toute réponse juste passe, les fautes vues ailleurs sont nommées."""

import itertools

import pytest
import torch
from torch import nn

from lessons_lib import losses
from lessons_lib.checks import EXERCISES
from lessons_lib.checks.exercise import CheckFailed, agree, examine
from lessons_lib.checks.lesson_06 import MIX, PENALTY, reference_penalty, small_critic
from lessons_lib.checks.lesson_06_critic import SCHEDULE, STAGE
from lessons_lib.training import AdversarialConfig

ALL = (MIX, PENALTY, SCHEDULE, STAGE)
MISTAKES = [
    pytest.param(exercise, mistake, id=f"{exercise.signature.partition('(')[0]}-{number}")
    for exercise in ALL
    for number, mistake in enumerate(exercise.mistakes)
]


def mix_by_lerp(real, fake):
    return torch.lerp(fake, real, torch.rand(len(real), 1, 1, 1))


def mix_by_uniform(real, fake):
    epsilon = torch.empty(real.shape[0], 1, 1, 1).uniform_(0, 1).expand_as(real)
    return epsilon * real + (1 - epsilon) * fake


def mix_with_the_other_dose(real, fake):
    dose = torch.distributions.Uniform(0.0, 1.0).sample((len(real),))[:, None, None, None]
    return (1 - dose) * real + dose * fake


def mix_ready_for_a_gradient(real, fake):
    return losses.interpolate(real, fake).requires_grad_()


@pytest.mark.parametrize(
    "answer", [losses.interpolate, mix_by_lerp, mix_by_uniform, mix_with_the_other_dose, mix_ready_for_a_gradient]
)
def test_every_way_to_mix_passes(answer):
    assert examine(MIX, answer).startswith("✔ mix(real, fake)")


def penalise_with_ones(critic, x_hat):
    x_hat = x_hat.clone().requires_grad_(True)
    scores = critic(x_hat)
    gradient = torch.autograd.grad(
        outputs=scores, inputs=x_hat, grad_outputs=torch.ones_like(scores), create_graph=True, retain_graph=True
    )[0]
    return ((gradient.view(len(gradient), -1).norm(2, dim=1) - 1) ** 2).mean()


def penalise_by_hand_made_norm(critic, x_hat):
    x_hat.requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x_hat).sum(), x_hat, create_graph=True)
    norm = gradient.square().sum(dim=(1, 2, 3)).add(1e-12).sqrt()
    return torch.mean((1 - norm).pow(2))


def penalise_image_by_image(critic, x_hat):
    terms = []
    for image in x_hat:
        image = image[None].clone().requires_grad_()
        gradient = torch.autograd.grad(critic(image).sum(), image, create_graph=True)[0]
        terms.append((torch.linalg.vector_norm(gradient) - 1).square())
    return torch.stack(terms).mean()


def penalise_with_the_library(critic, x_hat):
    return losses.gradient_penalty(critic, x_hat, x_hat)


@pytest.mark.parametrize(
    "answer",
    [penalise_with_ones, penalise_by_hand_made_norm, penalise_image_by_image, penalise_with_the_library],
)
def test_every_way_to_the_penalty_passes(answer):
    assert examine(PENALTY, answer).startswith("✔ gradient_penalty(critic, x_hat)")


@pytest.mark.parametrize(
    "answer",
    [
        lambda index, total: 5 if index < total / 2 else 10,
        lambda index, total: 5 + 5 * (index >= total / 2),
        lambda index, total: 5 * 2 ** (2 * index // total),
        lambda index, total: AdversarialConfig(critic_steps=((0.0, 5), (0.5, 10))).critic_steps_at(index / total),
        lambda index, total: torch.tensor(10 if index / total >= 0.5 else 5),
    ],
)
def test_every_schedule_passes(answer):
    assert examine(SCHEDULE, answer).startswith("✔ critic_steps(index, total)")


@pytest.mark.parametrize(
    "middle",
    [
        lambda after: [],
        lambda after: [nn.GroupNorm(1, after)],
        lambda after: [nn.InstanceNorm2d(after)],
        lambda after: [nn.LayerNorm([after, 8, 8])],
    ],
    ids=["rien", "groupes", "instance", "couche"],
)
@pytest.mark.parametrize("activation", [nn.ReLU, nn.SiLU, lambda: nn.LeakyReLU(0.2)], ids=["relu", "silu", "leaky"])
def test_every_stage_without_batch_passes(middle, activation):
    def answer(before, after):
        return [nn.Conv2d(before, after, 4, stride=2, padding=1), *middle(after), activation()]

    assert examine(STAGE, answer).startswith("✔ critic_stage(before, after)")


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_known_mistake_is_named(exercise, mistake):
    with pytest.raises(CheckFailed, match="Erreur reconnue") as caught:
        examine(exercise, mistake.wrong)
    assert mistake.diagnosis in str(caught.value)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.signature)
def test_two_mistakes_are_never_confused(exercise):
    for one, other in itertools.combinations(exercise.mistakes, 2):
        same = all(agree(exercise.run(one.wrong, case), exercise.run(other.wrong, case)) for case in exercise.cases)
        assert not same, (one.diagnosis, other.diagnosis)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda critic, x_hat: losses.r1_penalty(critic, x_hat), "R1"),
        (lambda critic, x_hat: losses.gradient_penalty(critic, x_hat, x_hat, one_sided=True), "à un côté"),
        (lambda critic, x_hat: penalise_with_ones(critic, x_hat).detach(), "create_graph=True"),
    ],
)
def test_another_penalty_of_the_library_is_named(answer, name):
    with pytest.raises(CheckFailed, match=name):
        examine(PENALTY, answer)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.signature)
def test_forgotten_return_is_told(exercise):
    with pytest.raises(CheckFailed, match="il manque `return`"):
        examine(exercise, lambda *arguments: None)


def test_reference_of_the_penalty_agrees_with_finite_differences():
    generator = torch.Generator().manual_seed(1)
    weights, x_hat = (
        torch.randn(13, generator=generator).double(),
        torch.randn(4, 3, 2, 2, generator=generator).double(),
    )
    value, gradient = torch.tensor(0), torch.tensor(1)
    bumps = 1e-6 * torch.eye(13).double()
    rises = [
        (reference_penalty(weights + bump, x_hat, value) - reference_penalty(weights - bump, x_hat, value)) / 2e-6
        for bump in bumps
    ]
    assert torch.allclose(torch.stack(rises), reference_penalty(weights, x_hat, gradient), atol=1e-6)
    slopes = torch.func.vmap(torch.func.grad(lambda x: small_critic(weights)(x[None])[0]))(x_hat)
    by_autograd = (slopes.flatten(1).norm(dim=1) - 1).square().mean()
    assert torch.allclose(by_autograd, reference_penalty(weights, x_hat, value))


def test_mixing_leaves_the_learner_s_randomness_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    examine(MIX, losses.interpolate)
    assert torch.rand(1) == expected


def test_exercises_are_known_by_name():
    names = ("melange", "penalite", "calendrier", "etage_critique")
    assert [EXERCISES[name] for name in names] == list(ALL)
