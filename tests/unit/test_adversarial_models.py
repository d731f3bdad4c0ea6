"""Générateurs et critiques : formes, miroir, réseau exact de l'article, damier."""

import pytest
import torch
from torch import nn

from lessons_lib.models import ArticleCritic, ArticleGenerator, Critic, Generator, ToyCritic, ToyGenerator


@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("upsampling", ["resize", "transposed"])
def test_a_generator_draws_images_that_a_critic_scores(size, upsampling):
    generator = Generator(size, latent=5, width=4, upsampling=upsampling)
    images = generator(torch.randn(3, 5))
    assert images.shape == (3, 3, size, size)
    assert images.abs().max() <= 1
    assert Critic(size, width=4)(images).shape == (3,)


def layers(network, kind):
    return [layer for layer in network.modules() if isinstance(layer, kind)]


def test_the_critic_has_no_normalisation_and_scores_each_image_alone():
    critic = Critic(32, width=4)
    assert not layers(critic, nn.modules.batchnorm._BatchNorm)
    images = torch.randn(4, 3, 32, 32)
    alone = torch.cat([critic(image[None]) for image in images])
    assert torch.allclose(critic(images), alone, atol=1e-6)


def test_the_normalised_critic_does_not():
    critic = Critic(32, width=4, normalise=True)
    images = torch.randn(4, 3, 32, 32)
    assert not torch.allclose(critic(images)[:2], critic(images[:2]), atol=1e-4)


def test_normalisation_of_the_generator_is_a_choice():
    assert layers(Generator(32, width=4), nn.BatchNorm2d)
    assert not layers(Generator(32, width=4, normalise=False), nn.BatchNorm2d)


def test_the_article_goes_from_one_pixel_to_128_in_five_transposed_convolutions():
    generator = ArticleGenerator(latent=7, width=4)
    transposed = layers(generator, nn.ConvTranspose2d)
    assert len(transposed) == 5
    assert all(layer.kernel_size == (4, 4) for layer in transposed)
    sizes, x = [], torch.randn(2, 7, 1, 1)
    for layer in generator.layers:
        x = layer(x)
        sizes += [x.shape[-1]] if isinstance(layer, nn.ConvTranspose2d) else []
    assert sizes == [4, 16, 32, 64, 128]
    assert isinstance(generator.layers[-1], nn.Tanh)
    assert len(layers(generator, nn.ReLU)) == 4
    assert generator(torch.randn(2, 7)).shape == (2, 3, 128, 128)


def test_the_articles_critic_is_its_mirror_and_ends_in_one_connected_value():
    critic, generator = ArticleCritic(width=4), ArticleGenerator(latent=7, width=4)
    convolutions = layers(critic, nn.Conv2d)
    strides = [layer.stride for layer in convolutions]
    assert strides == [layer.stride for layer in layers(generator, nn.ConvTranspose2d)][::-1]
    assert all(layer.kernel_size == (4, 4) for layer in convolutions)
    (connected,) = layers(critic, nn.Linear)
    assert connected.out_features == 1
    assert isinstance(critic.layers[-2], nn.Flatten)
    assert critic(torch.randn(2, 3, 128, 128)).shape == (2,)


def contributions(layer, size=8):
    """Combien d'entrées chaque pixel intérieur reçoit, quand tous les poids valent 1."""
    for parameter in layer.parameters():
        nn.init.ones_(parameter) if parameter.ndim > 1 else nn.init.zeros_(parameter)
    return layer(torch.ones(1, 1, size, size))[0, 0, 4:-4, 4:-4]


def test_a_kernel_that_its_stride_does_not_divide_makes_a_checkerboard():
    uneven = contributions(nn.ConvTranspose2d(1, 1, kernel_size=3, stride=2))
    even = contributions(nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(1, 1, 3, padding=1)))
    assert sorted(uneven.unique().tolist()) == [1, 2, 4]
    assert even.unique().tolist() == [9]


def test_toy_networks_map_noise_to_points_to_scores():
    points = ToyGenerator(latent=3, hidden=8, layers=2, dimensions=1)(torch.randn(6, 3))
    assert points.shape == (6, 1)
    assert ToyCritic(hidden=8, layers=2, dimensions=1)(points).shape == (6,)
    assert len(layers(ToyGenerator(layers=4), nn.Linear)) == 5


@pytest.mark.parametrize(
    "build, match",
    [
        (lambda: Generator(48), "32, 64 ou 128"),
        (lambda: Generator(64, upsampling="bilinear"), "resize"),
        (lambda: Generator(64, latent=0), "au moins 1"),
        (lambda: Critic(64, width=0), "au moins 1"),
        (lambda: ArticleGenerator(64), "128"),
        (lambda: ArticleCritic(64), "128"),
        (lambda: ToyGenerator(layers=0), "couche cachée"),
        (lambda: Generator(32, latent=5, width=4)(torch.randn(2, 6)), r"\(N, 5\)"),
        (lambda: Critic(32, width=4)(torch.randn(2, 3, 64, 64)), r"\(N, 3, 32, 32\)"),
        (lambda: ArticleCritic(width=2)(torch.randn(2, 3, 64, 64)), r"\(N, 3, 128, 128\)"),
    ],
)
def test_bad_sizes_are_refused_in_words(build, match):
    with pytest.raises(ValueError, match=match):
        build()
