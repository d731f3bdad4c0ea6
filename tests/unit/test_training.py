import math

import pytest
import torch

from lessons_lib.losses import kl_to_standard_normal, reconstruction_loss
from lessons_lib.models import VAE, Autoencoder
from lessons_lib.observers import checkpoint, live_curves, progress, record
from lessons_lib.training import Batches, TrainingConfig, TrainingDiverged, train_autoencoder, train_vae


def pictures(count=10):
    generator = torch.Generator().manual_seed(0)
    return torch.rand((count, 3, 32, 32), generator=generator) * 2 - 1


def small(kind=VAE, seed=0):
    torch.manual_seed(seed)
    return kind(size=32, latent=2, width=4)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_nothing_runs_before_the_first_next():
    model = small()
    before = weights(model).clone()
    steps = train_vae(model, pictures(), TrainingConfig(steps=3, batch_size=4))
    assert torch.equal(weights(model), before)
    assert len(steps) == 3
    next(steps)
    assert not torch.equal(weights(model), before)


@pytest.mark.parametrize("kind, train", [(Autoencoder, train_autoencoder), (VAE, train_vae)])
def test_training_lowers_the_loss_and_stops_at_the_last_step(kind, train):
    images = torch.stack([torch.full((3, 32, 32), value) for value in (-0.6, 0.0, 0.6, 0.9)])
    history = record(train(small(kind), images, TrainingConfig(steps=60, batch_size=4, learning_rate=3e-3)))
    losses = history.losses["loss"]
    assert history.index == list(range(1, 61))
    floor = 6 * 32 * 32 * math.log(2 * math.pi * 0.3**2) / 4 if kind is VAE else 0
    assert losses[-1] - floor < 0.3 * (losses[0] - floor)


def test_vae_step_descends_the_negative_elbo_with_beta():
    images, config = pictures(4), TrainingConfig(steps=1, batch_size=4, beta=3.0, sigma=0.5)
    model = small()
    training = train_vae(model, images, config)
    generator = torch.Generator().manual_seed(config.seed)
    order = torch.randperm(4, generator=torch.Generator().manual_seed(config.seed))
    x_hat, mu, logvar = model(images[order], generator=generator)
    reconstruction, kl = reconstruction_loss(x_hat, images[order], "gaussian", 0.5), kl_to_standard_normal(mu, logvar)
    losses = next(training).losses
    assert losses["reconstruction"] == pytest.approx(reconstruction.item(), rel=1e-6)
    assert losses["kl"] == pytest.approx(kl.item(), rel=1e-6)
    assert losses["loss"] == pytest.approx((reconstruction + 3 * kl).item(), rel=1e-6)


def test_denoising_changes_the_input_but_not_the_target():
    images = pictures(4)
    clean = next(train_autoencoder(small(Autoencoder), images, TrainingConfig(steps=1, batch_size=4)))
    noisy = next(train_autoencoder(small(Autoencoder), images, TrainingConfig(steps=1, batch_size=4, noise=0.5)))
    assert clean.losses["loss"] != noisy.losses["loss"]
    assert noisy.losses["loss"] == pytest.approx(clean.losses["loss"], rel=0.05)


def test_each_epoch_sees_each_image_once():
    images = torch.arange(10.0).view(10, 1, 1, 1)
    batches = Batches(images, 5, seed=0)
    for _ in range(3):
        seen = torch.cat([batches.next(), batches.next()]).flatten()
        assert sorted(seen.tolist()) == list(range(10))


def test_a_stream_gives_the_same_training_as_a_tensor():
    class Stream:
        def __init__(self, images):
            self.images_on_disk = images

        def __len__(self):
            return len(self.images_on_disk)

        def __getitem__(self, i):
            return self.images_on_disk[i]

    config = TrainingConfig(steps=4, batch_size=4)
    from_tensor, from_stream = small(), small()
    record(train_vae(from_tensor, pictures(), config))
    record(train_vae(from_stream, Stream(pictures()), config))
    assert torch.equal(weights(from_tensor), weights(from_stream))


@pytest.mark.parametrize("stop", [1, 3, 7])
def test_a_checkpoint_resumes_bit_for_bit(tmp_path, stop):
    config = TrainingConfig(steps=9, batch_size=4, decay=True)
    whole = small()
    expected = record(train_vae(whole, pictures(), config))

    path = tmp_path / "reprise é.safetensors"
    for step in checkpoint(train_vae(small(), pictures(), config), path, every=100):
        if step.index == stop:
            break
    resumed = small(seed=99)
    rest = record(checkpoint(train_vae(resumed, pictures(), config), path, every=2))
    assert rest.index[0] == stop + 1
    assert torch.equal(weights(resumed), weights(whole))
    assert rest.losses["loss"] == expected.losses["loss"][stop:]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    path = tmp_path / "reprise.safetensors"
    record(checkpoint(train_vae(small(), pictures(), TrainingConfig(steps=2)), path))
    with pytest.raises(ValueError, match=r"learning_rate : 0\.001 dans le fichier, 0\.01 ici"):
        checkpoint(train_vae(small(), pictures(), TrainingConfig(steps=2, learning_rate=1e-2)), path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="illisible"):
        checkpoint(train_vae(small(), pictures(), TrainingConfig(steps=2)), path)


def test_checkpoint_must_touch_the_training():
    with pytest.raises(TypeError, match="tout contre l'entraînement"):
        checkpoint(progress(train_vae(small(), pictures())), "x.safetensors")


def test_interrupting_keeps_model_and_history(capsys):
    def interrupted(steps):
        for step in steps:
            yield step
            if step.index == 3:
                raise KeyboardInterrupt

    model = small()
    history = record(interrupted(train_vae(model, pictures(), TrainingConfig(steps=50, batch_size=4))))
    assert history.interrupted
    assert history.index == [1, 2, 3]
    assert "pas 3" in capsys.readouterr().out
    assert torch.isfinite(weights(model)).all()


@pytest.mark.parametrize("rate", [1e30, 30.0])
def test_divergence_stops_with_a_diagnosis(rate):
    with pytest.raises(TrainingDiverged, match="pas d'apprentissage trop grand"):
        record(train_vae(small(), pictures(), TrainingConfig(steps=200, batch_size=4, learning_rate=rate)))


def test_images_that_are_not_numbers_stop_with_a_diagnosis():
    with pytest.raises(TrainingDiverged, match="n'est plus un nombre"):
        record(train_autoencoder(small(Autoencoder), pictures() * math.nan, TrainingConfig(steps=2)))


def test_a_divergence_never_overwrites_a_sound_checkpoint(tmp_path):
    path = tmp_path / "reprise.safetensors"
    images = pictures()
    training = train_vae(small(), images, TrainingConfig(steps=10, batch_size=4))
    with pytest.raises(TrainingDiverged):
        for step in checkpoint(training, path, every=2):
            if step.index == 4:
                images.mul_(math.nan)
    training.state.load(path)
    assert training.state.index == 4
    assert torch.isfinite(weights(training.state.models["model"])).all()


def test_observers_pass_every_step_through():
    steps = progress(live_curves(train_vae(small(), pictures(), TrainingConfig(steps=4, batch_size=4))))
    assert [step.index for step in steps] == [1, 2, 3, 4]


def test_errors_come_before_any_work():
    with pytest.raises(ValueError, match="size=32"):
        train_vae(small(), torch.zeros(4, 3, 64, 64))
    with pytest.raises(ValueError, match="aucune image"):
        train_vae(small(), torch.zeros(0, 3, 32, 32))
    with pytest.raises(ValueError, match="flottant"):
        train_vae(small(), torch.zeros(4, 3, 32, 32, dtype=torch.uint8))
    with pytest.raises(ValueError, match="strictement positive"):
        TrainingConfig(learning_rate=0)
