"""L'explorateur latent avec des directions nommées : un curseur par direction, dans un ou plusieurs espaces latents."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from lessons_lib.images import to_uint8
from lessons_lib.latent import Directions, principal_directions, regression_directions
from lessons_lib.models import Generator
from lessons_lib.widgets.latent_explorer import LatentExplorer
from lessons_lib.widgets.still import STILL_BYTES

REDDER = Directions(("rouge", "vert"), torch.eye(3)[[0, 2]], torch.tensor([0.97, 0.5]))


def flat(z):
    """Une image unie dont z[0] règle le rouge et z[2] le vert."""
    return torch.tanh(torch.stack([z[:, 0], z[:, 2], z[:, 0] * 0], dim=1)).view(-1, 3, 1, 1).expand(-1, 3, 16, 16)


def other(z):
    """Le même genre d'image, dans un espace latent à deux dimensions rangées autrement."""
    return flat(torch.stack([z[:, 1], z[:, 0] * 0, z[:, 0]], dim=1))


def explorer(**options):
    z = torch.tensor([0.5, -1.0, 0.0])
    generator = torch.Generator().manual_seed(3)
    return LatentExplorer(flat, z, **{"directions": REDDER, "generator": generator} | options)


def both(**options):
    directions = {"VAE": REDDER, "GAN": Directions(REDDER.names, torch.eye(2)[[1, 0]], torch.tensor([0.9, 0.4]))}
    z = {"VAE": torch.tensor([0.5, -1.0, 0.0]), "GAN": torch.tensor([0.0, -0.5])}
    generator = torch.Generator().manual_seed(3)
    return LatentExplorer({"VAE": flat, "GAN": other}, z, directions=directions, generator=generator, **options)


def mean_colour(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg))).reshape(-1, 3).mean(axis=0)


def colour_of(image):
    return pytest.approx(to_uint8(image)[0, :, 0, 0].numpy(), abs=3)


def test_each_slider_is_a_named_direction_from_the_starting_code():
    view = explorer()
    labels = [slider.description for slider in view._column.children]
    assert labels == ["rouge (0,97)", "vert (0,50)"] and "R²" in view.axes.heading
    assert all(slider.value == 0 for slider in view._column.children)
    assert view.z.tolist() == [[0.5, -1.0, 0.0]]
    view._column.children[0].value = 1.5
    view._column.children[1].value = -0.5
    assert view.z.tolist() == [[2.0, -1.0, -0.5]]
    assert mean_colour(view._views[0].value) == colour_of(flat(torch.tensor([[2.0, -1.0, -0.5]])))
    assert repr(view) == "LatentExplorer(2 directions, 2 curseurs)"


def test_directions_may_be_plain_vectors_without_scores():
    view = explorer(directions={"couleur": torch.tensor([0.0, 0.0, 2.0])})
    view._column.children[0].value = 1.0
    assert view._column.children[0].description == "couleur" and view.z.tolist() == [[0.5, -1.0, 2.0]]


def test_a_draw_changes_the_flower_and_keeps_the_sliders():
    view = explorer()
    view._column.children[0].value = 1.5
    view.draw()
    base = view.z - 1.5 * REDDER["rouge"]
    assert view._column.children[0].value == 1.5 and not torch.equal(base, view.axes._start[""])
    assert base.abs().max() <= 3
    view._truncation.value = 0.5
    tight = view.z - 1.5 * REDDER["rouge"]
    assert tight.abs().max() <= 0.5 + 1e-6 and torch.equal(tight.sign(), base.sign())
    view.reset()
    assert view.z.tolist() == [[0.5, -1.0, 0.0]] and view._column.children[0].value == 0


def test_z_may_be_set():
    view = explorer()
    view._column.children[0].value = 1.5
    view.z = torch.tensor([1.0, 2.0, 3.0])
    assert view.z.tolist() == [[1.0, 2.0, 3.0]] and view._column.children[0].value == 0


def test_one_slider_moves_each_decoder_along_its_own_direction():
    view = both()
    assert view._column.children[0].description == "rouge (0,97 ; 0,90)"
    view._column.children[0].value = 1.0
    assert view.z["VAE"].tolist() == [[1.5, -1.0, 0.0]] and view.z["GAN"].tolist() == [[0.0, 0.5]]
    assert mean_colour(view._views[0].value) == colour_of(flat(view.z["VAE"]))
    assert mean_colour(view._views[1].value) == colour_of(other(view.z["GAN"]))
    view.draw()
    drawn = view.z
    assert drawn["VAE"].shape == (1, 3) and drawn["GAN"].shape == (1, 2)
    view.reset()
    assert view.z["GAN"].tolist() == [[0.0, -0.5]]
    view.z = {"VAE": torch.zeros(3), "GAN": torch.ones(2)}
    assert view.z["GAN"].tolist() == [[1.0, 1.0]]


def test_decoders_that_share_z_share_each_draw():
    view = LatentExplorer({"A": flat, "B": lambda z: flat(-z)}, torch.zeros(3), directions=REDDER)
    view.draw()
    assert torch.equal(view.z["A"], view.z["B"]) and view.z["A"].abs().sum() > 0
    assert view._column.children[0].description == "rouge (0,97)"


def test_a_whole_generator_goes_through_gan_directions():
    torch.manual_seed(0)
    gan = Generator(size=32, latent=8, width=4).eval()
    random = torch.Generator().manual_seed(0)
    pca = principal_directions(gan, 3, samples=64, generator=random)
    view = LatentExplorer(gan, torch.zeros(8), directions=pca)
    assert "part de variance" in view.axes.heading and view._column.children[2].description.startswith("composante 3")
    z = torch.randn(200, 8, generator=random)
    with torch.no_grad():
        brightness = gan(z).mean(dim=(1, 2, 3))
    named = regression_directions(z, {"clarté": brightness}, generator=random)
    view = LatentExplorer(gan, torch.zeros(8), directions=named)
    seen = []
    for value in (-3.0, 0.0, 3.0):
        view._column.children[0].value = value
        seen.append(float(np.mean(mean_colour(view._views[0].value))))
    assert seen == sorted(seen) and seen[2] > seen[0]


def test_a_generator_left_in_training_mode_is_refused():
    gan = nn.Sequential(nn.Linear(3, 48), nn.BatchNorm1d(48), nn.Unflatten(1, (3, 4, 4)))
    with pytest.raises(ValueError, match=r"model\.eval\(\)"):
        LatentExplorer(gan, torch.zeros(3), directions=REDDER)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"directions": {"a": torch.zeros(5)}}, "5 dimensions et z 3"),
        ({"z": torch.zeros(2, 3)}, "un seul code"),
        ({"directions": {"VAE": REDDER, "GAN": {"bleu": torch.zeros(3)}}}, "mêmes noms.*« GAN », bleu"),
    ],
)
def test_it_says_what_is_wrong(options, message):
    z = options.pop("z", torch.zeros(3))
    with pytest.raises(ValueError, match=message):
        LatentExplorer({"VAE": flat, "GAN": flat}, z, **{"directions": REDDER} | options)


@pytest.mark.parametrize("make", [explorer, both])
def test_notebook_keeps_a_light_still_and_a_stable_text(make):
    data, metadata = make()._repr_mimebundle_()
    assert data["text/plain"] == repr(make()) and "0x" not in data["text/plain"] and metadata["image/jpeg"]["alt"]
    picture = base64.b64decode(data["image/jpeg"])
    assert len(picture) <= STILL_BYTES and np.asarray(Image.open(io.BytesIO(picture))).std() > 20
