"""Deux lois sur une droite, sans navigateur : ce que le noyau calcule, répond et enregistre."""

import base64
import io
import math

import numpy as np
import pytest
from PIL import Image

from lessons_lib.laws import Law
from lessons_lib.widgets.still import STILL_BYTES
from lessons_lib.widgets.wasserstein_1d import Wasserstein1D


@pytest.fixture
def sent(monkeypatch):
    """Les messages envoyés à la page."""
    messages = []
    monkeypatch.setattr(Wasserstein1D, "send", lambda self, content, buffers=None: messages.append(content))
    return messages


def test_disjoint_segments_saturate_two_measures_and_not_the_third():
    lab = Wasserstein1D()
    assert lab.values == pytest.approx(
        {"jensen_shannon": math.log(2), "kl": math.inf, "kl_reverse": math.inf, "wasserstein": 4.0}
    )
    lab.generated = Law("segment", 4.0, 0.8)
    assert lab.values["jensen_shannon"] == pytest.approx(math.log(2)) and lab.values["wasserstein"] == pytest.approx(6)


@pytest.mark.parametrize(
    "pair", [(Law("cloche", -1, 1), Law("deux_cloches", 1, 1)), (Law("segment"), Law("trois_cloches"))], ids=str
)
def test_the_values_are_those_of_scipy_and_pot(pair):
    lab = Wasserstein1D(*pair)
    values, exact = lab.values, lab.exact
    assert exact.pop("wasserstein_pot") == pytest.approx(values["wasserstein"], abs=1e-9)
    assert exact == pytest.approx({name: values[name] for name in exact}, abs=1e-9)


def test_the_page_moves_the_laws_and_is_told_the_exact_values(sent):
    lab = Wasserstein1D()
    lab._state = {**lab._state, "real": {"shape": "cloche", "centre": 1.5, "width": 0.7}}
    assert lab.real == Law("cloche", 1.5, 0.7)
    lab._verify(lab, {"ask": "exact", "state": lab._state}, [])
    (answer,) = sent
    assert answer["state"] == lab._state and answer["wasserstein"] == pytest.approx(lab.values["wasserstein"])


def test_an_infinite_divergence_is_told_as_none(sent):
    lab = Wasserstein1D()
    lab._verify(lab, {"ask": "exact", "state": lab._state}, [])
    assert sent[0]["kl"] is None and sent[0]["jensen_shannon"] == pytest.approx(math.log(2))


def test_the_notebook_keeps_a_light_still_and_a_stable_text():
    lab = Wasserstein1D()
    data, metadata = lab._repr_mimebundle_()
    assert data["text/plain"] == "Wasserstein1D(réelle : segment en -2 ; générée : segment en 2)"
    assert "application/vnd.jupyter.widget-view+json" in data and "Jensen-Shannon" in metadata["image/jpeg"]["alt"]
    picture = base64.b64decode(data["image/jpeg"])
    pixels = np.asarray(Image.open(io.BytesIO(picture)))
    assert len(picture) <= STILL_BYTES and pixels.shape[1] > 400 and pixels.std() > 20


def test_the_still_says_the_three_values():
    titles = [ax.get_title(loc="left") for ax in Wasserstein1D().still().axes]
    assert titles[3:] == ["Jensen-Shannon : 0,69", "KL(réel ‖ généré) : infinie", "Wasserstein-1 : 4,00"]
