"""Les boucles adverses : ce que chaque pas change, le calendrier, la régularisation paresseuse, la reprise."""

import dataclasses

import pytest
import torch
from torch import nn

from lessons_lib import training
from lessons_lib.losses import LOSSES, gradient_penalty, r1_penalty
from lessons_lib.models import Critic, Generator, ToyCritic, ToyGenerator
from lessons_lib.observers import checkpoint, progress, record
from lessons_lib.training import (
    AdversarialConfig,
    TrainingDiverged,
    critic_step,
    generator_step,
    train_gan,
    train_wgan,
    train_wgan_gp,
    update_average,
)

SMALL = AdversarialConfig(steps=3, batch_size=4, critic_steps=2)


def pair(seed=0):
    torch.manual_seed(seed)
    return Generator(32, latent=4, width=4), Critic(32, width=4)


def pictures(count=10):
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=0.1)


def test_a_critic_step_moves_the_critic_alone_down_its_loss():
    generator, critic = pair()
    frozen, before = weights(generator), [p.detach().clone() for p in critic.parameters()]
    real, z = pictures(4), torch.randn(4, 4)
    with torch.no_grad():
        fake = generator(z)
    expected_loss = (
        critic(fake).mean()
        - critic(real).mean()
        + 10 * gradient_penalty(critic, real, fake, generator=torch.Generator().manual_seed(1))
    )
    expected = torch.autograd.grad(expected_loss, list(critic.parameters()))
    parts = critic_step(
        critic, generator, sgd(critic), real, z, LOSSES["wasserstein"], penalty_weight=10,
        penalty=lambda *those: gradient_penalty(*those, generator=torch.Generator().manual_seed(1)),
    )  # fmt: skip
    assert torch.equal(weights(generator), frozen)
    for parameter, start, gradient in zip(critic.parameters(), before, expected, strict=True):
        assert torch.allclose(parameter.detach(), start - 0.1 * gradient, atol=1e-5)
    assert parts["critic"] + 10 * parts["penalty"] == pytest.approx(expected_loss.item(), rel=1e-5)
    assert parts["gap"] == pytest.approx(-parts["critic"].item())


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_generator_step_moves_the_generator_alone_down_its_loss(name):
    generator, critic = pair()
    generator.eval()
    loss, real, z = LOSSES[name], pictures(4), torch.randn(4, 4)
    frozen, before = weights(critic), [p.detach().clone() for p in generator.parameters()]
    arguments = (critic(real),) if loss.relativistic else ()
    expected_loss = loss.generator(critic(generator(z)), *arguments)
    expected = torch.autograd.grad(expected_loss, list(generator.parameters()))
    parts = generator_step(generator, critic, sgd(generator), z, loss, real=real)
    assert torch.equal(weights(critic), frozen)
    assert all(parameter.grad is None for parameter in critic.parameters())
    for parameter, start, gradient in zip(generator.parameters(), before, expected, strict=True):
        assert torch.allclose(parameter.detach(), start - 0.1 * gradient, atol=1e-6)
    assert parts["generator"] == pytest.approx(expected_loss.item(), rel=1e-5)


def test_the_augmentation_is_between_the_images_and_the_critic_on_both_sides():
    seen = []

    class Witness(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(()))

        def forward(self, x):
            seen.append(x.detach())
            return self.weight * x.flatten(1).mean(dim=1)

    generator, critic = pair()[0], Witness()

    def hide(images):
        return images * 0 + 7

    critic_step(critic, generator, sgd(critic), pictures(4), torch.randn(4, 4), LOSSES["minimax"], augment=hide)
    generator_step(generator, critic, sgd(generator), torch.randn(4, 4), LOSSES["minimax"], augment=hide)
    assert len(seen[0]) == 8
    assert all((images == 7).all() for images in seen)


@pytest.mark.parametrize("train", [train_gan, train_wgan, train_wgan_gp])
def test_nothing_runs_before_the_first_next_and_both_networks_learn(train):
    generator, critic = pair()
    before = weights(generator).clone(), weights(critic).clone()
    steps = train(generator, critic, pictures(), SMALL)
    assert torch.equal(weights(generator), before[0]) and torch.equal(weights(critic), before[1])
    history = record(progress(steps))
    assert history.index == [1, 2, 3]
    assert {"critic", "generator", "gap"} <= set(history.losses)
    assert ("penalty" in history.losses) == (train is train_wgan_gp)
    assert not torch.equal(weights(generator), before[0]) and not torch.equal(weights(critic), before[1])


def test_gan_wgan_and_wgan_gp_differ_by_loss_and_one_line(monkeypatch):
    seen = []

    def spy(critic, generator, optimizer, real, z, loss, **options):
        seen.append((loss, options["penalty"] is not None))
        return critic_step(critic, generator, optimizer, real, z, loss, **options)

    monkeypatch.setattr(training.adversarial, "critic_step", spy)
    for train in (train_gan, train_wgan, train_wgan_gp):
        generator, critic = pair()
        next(train(generator, critic, pictures(), dataclasses.replace(SMALL, critic_steps=1)))
        clipped = weights(critic).abs().max() <= 0.01
        assert clipped == (train is train_wgan)
    wasserstein = LOSSES["wasserstein"]
    assert seen == [(LOSSES["non_saturating"], False), (wasserstein, False), (wasserstein, True)]


def counted(monkeypatch):
    calls = []

    def spy(*arguments, **options):
        calls.append(options["penalty_weight"] if options["penalty"] else 0)
        return critic_step(*arguments, **options)

    monkeypatch.setattr(training.adversarial, "critic_step", spy)
    return calls


def test_the_schedule_doubles_the_critic_steps_midway(monkeypatch):
    calls, per_step = counted(monkeypatch), []
    config = dataclasses.replace(SMALL, steps=6, critic_steps=((0.0, 1), (0.5, 2)))
    for _ in train_wgan(*pair(), pictures(), config):
        per_step.append(len(calls) - sum(per_step))
    assert per_step == [1, 1, 1, 2, 2, 2]


def test_lazy_regularisation_takes_the_penalty_rarely_and_weighs_it_as_much(monkeypatch):
    calls = counted(monkeypatch)
    config = dataclasses.replace(SMALL, steps=4, critic_steps=2, penalty_every=3, penalty_weight=10.0)
    history = record(train_wgan_gp(*pair(), pictures(), config))
    assert calls == [30, 0, 0, 30, 0, 0, 30, 0]
    assert len(history.losses["penalty"]) == 4
    assert history.losses["penalty"][0] == history.losses["penalty"][0]


def test_any_penalty_may_go_with_the_gan():
    history = record(train_gan(*pair(), pictures(), SMALL, loss=LOSSES["relativistic"], penalty=r1_penalty))
    assert len(history.losses["penalty"]) == 3


def test_the_average_follows_the_generator_from_behind():
    average, model = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    nn.init.zeros_(average.weight)
    nn.init.ones_(model.weight)
    for expected in (0.1, 0.19, 0.271):
        update_average(average, model, 0.9)
        assert average.weight.item() == pytest.approx(expected)
    assert model.weight.item() == 1


def test_the_sampler_is_the_average_and_sampling_changes_nothing():
    generator, critic = pair()
    steps = train_wgan_gp(generator, critic, pictures(), dataclasses.replace(SMALL, average=0.9))
    next(steps)
    assert steps.sampler is not generator
    assert not torch.equal(weights(steps.sampler), weights(generator))
    plain = train_wgan_gp(generator, critic, pictures(), SMALL)
    state = {name: value.clone() for name, value in generator.state_dict().items()}
    images = plain.sample(torch.randn(5, 4))
    assert images.shape == (5, 3, 32, 32) and not images.requires_grad
    assert generator.training
    assert all(torch.equal(value, state[name]) for name, value in generator.state_dict().items())


@pytest.mark.parametrize("stop", [1, 4, 5])
def test_a_checkpoint_resumes_bit_for_bit(tmp_path, stop):
    config = AdversarialConfig(
        steps=6, batch_size=4, critic_steps=((0.0, 1), (0.5, 2)), penalty_every=2, average=0.9, decay=True,
        augment=("colour", "translation", "cutout"),
    )  # fmt: skip
    whole = train_wgan_gp(*pair(), pictures(), config)
    expected = record(whole)
    path = tmp_path / "reprise.safetensors"
    for step in checkpoint(train_wgan_gp(*pair(), pictures(), config), path, every=100):
        if step.index == stop:
            break
    resumed = train_wgan_gp(*pair(seed=99), pictures(), config)
    rest = record(checkpoint(resumed, path))
    assert rest.losses == {name: values[stop:] for name, values in expected.losses.items()}
    for name, model in whole.state.models.items():
        assert torch.equal(weights(model), weights(resumed.state.models[name])), name


def test_a_change_acts_on_the_next_step_and_survives_a_resume(tmp_path):
    steps = train_wgan_gp(*pair(), pictures(), dataclasses.replace(SMALL, steps=5))
    next(steps)
    steps.change(learning_rate=0.5)
    steps.change(critic_steps=1, penalty_weight=0.0)
    next(steps)
    assert steps.config.learning_rate == 0.5
    assert {group["lr"] for group in steps.state.optimizers["critic"].param_groups} == {0.5}
    assert int(steps.state.buffers["critic_updates"]) == 3
    steps.state.save(tmp_path / "c.safetensors")
    again = train_wgan_gp(*pair(), pictures(), dataclasses.replace(SMALL, steps=5))
    again.state.load(tmp_path / "c.safetensors")
    assert again.config == steps.config


def test_a_wrong_change_is_refused_and_forgotten():
    steps = train_wgan_gp(*pair(), pictures(), SMALL)
    with pytest.raises(ValueError, match="ne peut pas changer en route"):
        steps.change(seed=3)
    with pytest.raises(ValueError, match="strictement positive"):
        steps.change(learning_rate=0)
    assert steps.config == SMALL


def test_two_time_scales():
    config = dataclasses.replace(SMALL, learning_rate=1e-4, critic_learning_rate=4e-4)
    steps = train_wgan_gp(*pair(), pictures(), config)
    next(steps)
    rates = {name: optimizer.param_groups[0]["lr"] for name, optimizer in steps.state.optimizers.items()}
    assert rates == {"generator": 1e-4, "critic": 4e-4}


def test_points_and_streams_train_too():
    class Stream:
        def __len__(self):
            return 10

        def __getitem__(self, i):
            return pictures()[i]

    config = dataclasses.replace(SMALL, average=0.5)
    from_stream, from_tensor = pair(), pair()
    record(train_wgan_gp(*from_stream, Stream(), config))
    record(train_wgan_gp(*from_tensor, pictures(), config))
    assert torch.equal(weights(from_stream[0]), weights(from_tensor[0]))
    points = train_wgan_gp(ToyGenerator(hidden=8), ToyCritic(hidden=8), torch.randn(50, 2), SMALL)
    assert len(record(points).index) == 3


def test_bfloat16_trains():
    history = record(train_wgan_gp(*pair(), pictures(), dataclasses.replace(SMALL, precision="bfloat16")))
    assert len(history.index) == 3


def test_an_explosion_stops_the_training_with_a_remedy():
    generator, critic = pair()
    steps = train_wgan(generator, critic, pictures() * float("nan"), SMALL)
    with pytest.raises(TrainingDiverged, match=r"essayez 1e-05 au lieu de 0\.0001"):
        next(steps)


@pytest.mark.parametrize(
    "settings, match",
    [
        ({"steps": 0}, "steps"),
        ({"learning_rate": -1.0}, "learning_rate"),
        ({"critic_learning_rate": 0.0}, "critic_learning_rate"),
        ({"penalty_weight": -1.0}, "penalty_weight"),
        ({"penalty_every": 0}, "penalty_every"),
        ({"clip": 0.0}, "clip"),
        ({"average": 1.0}, "average"),
        ({"precision": "float16"}, "bfloat16"),
        ({"augment": ("flou",)}, "flou"),
        ({"critic_steps": 0}, "calendrier"),
        ({"critic_steps": ((0.5, 5),)}, "calendrier"),
        ({"critic_steps": ((0.0, 5), (0.5, 0))}, "calendrier"),
        ({"critic_steps": ()}, "calendrier"),
    ],
)
def test_bad_settings_are_refused_in_words(settings, match):
    with pytest.raises(ValueError, match=match):
        AdversarialConfig(**settings)


def test_networks_and_images_that_do_not_fit_are_refused_before_training():
    generator, critic = pair()
    with pytest.raises(ValueError, match="à leur taille"):
        train_gan(generator, critic, torch.zeros(4, 3, 64, 64), SMALL)
    with pytest.raises(ValueError, match=r"\(N, 3, 64, 64\)"):
        train_gan(generator, Critic(64, width=4), pictures(), SMALL)


def test_an_absent_device_is_refused_with_those_present():
    if torch.cuda.is_available():
        pytest.skip("cette machine a un GPU")
    with pytest.raises(ValueError, match="« cpu »"):
        train_gan(*pair(), pictures(), dataclasses.replace(SMALL, device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="aucun GPU sur cette machine")
def test_a_step_on_a_gpu_never_waits_for_the_host():
    config = dataclasses.replace(SMALL, steps=40, device="cuda", average=0.9, augment=("colour", "translation"))
    steps = train_wgan_gp(*pair(), pictures(8), config)
    next(steps)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(10):
            next(steps)
    finally:
        torch.cuda.set_sync_debug_mode("default")
