import pytest
import torch

from lessons_lib.models import VAE, Autoencoder


@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("latent", [1, 2, 33])
def test_shapes_and_range_for_every_size_and_latent(size, latent):
    x = torch.rand(2, 3, size, size) * 2 - 1
    autoencoder, vae = Autoencoder(size, latent, width=4), VAE(size, latent, width=4)
    assert autoencoder.encode(x).shape == (2, latent)
    mu, logvar = vae.encode(x)
    assert mu.shape == logvar.shape == (2, latent)
    for picture in (autoencoder(x), vae(x)[0], vae.decode(torch.randn(2, latent) * 50)):
        assert picture.shape == x.shape
        assert picture.abs().max() <= 1


def test_autoencoder_and_vae_share_the_same_trunk():
    autoencoder, vae = Autoencoder(latent=6), VAE(latent=6)
    ours, theirs = autoencoder.state_dict(), vae.state_dict()
    assert ours.keys() == theirs.keys()
    different = [name for name in ours if ours[name].shape != theirs[name].shape]
    assert different == ["encoder.9.weight", "encoder.9.bias"]
    assert theirs["encoder.9.bias"].shape == (12,)


def test_vae_draw_follows_the_generator():
    vae, x = VAE(32, 2, width=4), torch.zeros(1, 3, 32, 32)
    first, mu, _ = vae(x, generator=torch.Generator().manual_seed(0))
    again, _, _ = vae(x, generator=torch.Generator().manual_seed(0))
    other, _, _ = vae(x, generator=torch.Generator().manual_seed(1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, vae.decode(mu))


def test_each_pixel_of_the_latent_reaches_the_picture():
    model = Autoencoder(32, 3, width=4)
    z = torch.zeros(1, 3, requires_grad=True)
    model.decode(z).sum().backward()
    assert (z.grad != 0).all()


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="32, 64 ou 128"):
        VAE(size=48)
    with pytest.raises(ValueError, match="au moins 1"):
        Autoencoder(latent=0)
    with pytest.raises(ValueError, match="size=64"):
        Autoencoder(64).encode(torch.zeros(1, 3, 32, 32))
