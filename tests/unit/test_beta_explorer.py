"""L'explorateur de bêta, sans navigateur : ce qu'il mesure, ce que ses curseurs changent, ce qu'il enregistre."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from lessons_lib.losses import kl_to_standard_normal
from lessons_lib.widgets.beta_explorer import ALIVE, BetaExplorer
from lessons_lib.widgets.still import STILL_BYTES

LATENT, SIZE = 4, 8
IMAGES = torch.rand(6, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0)) * 2 - 1


class Known(nn.Module):
    """Un VAE dont les KL sont connues : la dimension j a mu = strengths[j] partout, et sigma = 1."""

    def __init__(self, *strengths, size=SIZE):
        super().__init__()
        self.strengths, self.latent, self.size = torch.tensor(strengths), len(strengths), size

    def encode(self, x):
        return self.strengths.expand(len(x), -1), torch.zeros(len(x), self.latent)

    def decode(self, z):
        colour = torch.tanh(z[:, :3] * (self.strengths[:3] != 0))
        return colour[:, :, None, None].expand(-1, 3, self.size, self.size)


FAMILY = {100: Known(0.0, 0.0, 0.0, 0.0), 1: Known(1.0, 3.0, 2.0, 0.2), 10: Known(0.0, 2.0, 0.0, 0.0)}


@pytest.fixture
def view():
    return BetaExplorer(FAMILY, IMAGES, shown=3)


def mean_colour(jpeg, column=0, columns=3):
    """La couleur au milieu d'une des images d'une bande."""
    pixels = np.asarray(Image.open(io.BytesIO(jpeg))).astype(float)
    return pixels[pixels.shape[0] // 2, int((column + 0.5) / columns * pixels.shape[1])]


def test_betas_are_in_order_and_start_with_the_smallest(view):
    assert [value for _, value in view._beta.options] == [1, 10, 100]
    assert view.beta == 1
    assert BetaExplorer(FAMILY, IMAGES, beta=10).beta == 10


def test_kl_is_that_of_the_loss_and_dead_dimensions_are_counted(view):
    for beta, model in FAMILY.items():
        expected = kl_to_standard_normal(*model.encode(IMAGES), per_dimension=True)
        assert torch.equal(view._measured[beta].kl, expected)
    assert view.alive() == {1: 3, 10: 1, 100: 0}
    assert ALIVE > 0.5 * 0.2**2


def test_slider_changes_bars_and_reconstructions(view):
    bars, rebuilt = view._bars.value, view._rebuilt.value
    view.beta = 100
    assert view._bars.value != bars and view._rebuilt.value != rebuilt
    assert mean_colour(view._rebuilt.value) == pytest.approx([127.5] * 3, abs=4)
    view.beta = 1
    assert view._bars.value == bars and view._rebuilt.value == rebuilt


def test_rank_sweeps_the_dimension_of_that_rank(view):
    """Rang 1 : la dimension 1 (mu = 3), le vert ; il va du noir au clair, les autres ne bougent pas."""
    first, last = (mean_colour(view._swept.value, column) for column in (0, 2))
    assert last[1] - first[1] > 200 and abs(last[0] - first[0]) < 8 and abs(last[2] - first[2]) < 8
    view._rank.value = 2  # la dimension 2, le bleu
    first, last = (mean_colour(view._swept.value, column) for column in (0, 2))
    assert last[2] - first[2] > 200 and abs(last[1] - first[1]) < 8


def test_sweep_of_a_dead_dimension_shows_the_same_image(view):
    view.beta = 100
    colours = [mean_colour(view._swept.value, column) for column in range(3)]
    assert np.ptp(colours, axis=0).max() < 4


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        ({}, {}, "compte 0 VAE"),
        ({1: Known(1.0, 1.0, 1.0), 2: Known(1.0, 1.0, 1.0, 1.0)}, {}, "2 sortes"),
        (FAMILY, {"beta": 5}, "bêta = 5. Valeurs\u00a0: 1, 10, 100"),
    ],
)
def test_wrong_family_is_told(family, options, message):
    with pytest.raises(ValueError, match=message):
        BetaExplorer(family, IMAGES, **options)


def test_notebook_keeps_a_light_still_and_a_stable_text(view):
    data, metadata = view._repr_mimebundle_()
    assert data["text/plain"] == repr(view) == "BetaExplorer(3 VAE, 4 dimensions)"
    assert "application/vnd.jupyter.widget-view+json" in data and metadata["image/jpeg"]["alt"]
    picture = base64.b64decode(data["image/jpeg"])
    assert len(picture) <= STILL_BYTES
    assert np.asarray(Image.open(io.BytesIO(picture))).std() > 20


def test_controls_are_named_and_closing_closes_them(view):
    assert all(control.description and control.tooltip for control in (view._beta, view._rank))
    parts = [view, view._beta, view._rank, view._bars, view._rebuilt, view._swept]
    view.close()
    assert all(part.comm is None for part in parts)
