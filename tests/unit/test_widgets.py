"""Les explorateurs, sans navigateur : ce que le noyau décide, répond et enregistre."""

import base64
import io
import threading

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from lessons_lib.images import to_uint8
from lessons_lib.lotus import VARIETIES, Factors, render
from lessons_lib.widgets.factor_garden import FactorGarden
from lessons_lib.widgets.latent_axes import truncated_normal
from lessons_lib.widgets.latent_explorer import LatentExplorer
from lessons_lib.widgets.latent_map import LatentMap
from lessons_lib.widgets.pictures import PictureSource
from lessons_lib.widgets.still import STILL_BYTES

POINTS = torch.tensor([[0.0, 0.0], [1.0, -1.0], [-2.0, 0.5]])
LOGVAR = torch.tensor([[0.0, -2.0], [-1.0, -1.0], [-3.0, 0.0]])
BOTH = {"Autoencodeur": POINTS * 2}


def flat(z):
    """Une image unie dont z règle le rouge et le vert."""
    return torch.tanh(torch.cat([z[:, :2], z[:, :1] * 0], dim=1)).view(-1, 3, 1, 1).expand(-1, 3, 16, 16)


def broken(z):
    if z.abs().sum() > 0:
        raise RuntimeError("mémoire épuisée")
    return flat(z)


def mean_colour(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg))).reshape(-1, 3).mean(axis=0)


def expected_colour(z):
    return to_uint8(flat(torch.as_tensor(z, dtype=torch.float32).reshape(1, -1)))[0, :, 0, 0].numpy()


@pytest.fixture
def sent(monkeypatch):
    """Les messages que la carte envoie à la page : (contenu, octets)."""
    messages = []
    monkeypatch.setattr(LatentMap, "send", lambda self, content, buffers=None: messages.append((content, buffers)))
    return messages


# --- ce que l'on demande aux décodeurs --------------------------------------------------------


def test_source_refuses_a_decoder_that_gives_no_image():
    with pytest.raises(ValueError, match=r"« VAE » doit rendre une image \(1, 3, H, W\).*\(1, 2\)"):
        PictureSource({"VAE": lambda z: z}, torch.zeros(1, 2))


def test_source_refuses_nan_images():
    with pytest.raises(ValueError, match="divergé"):
        PictureSource(lambda z: flat(z) * torch.nan, torch.zeros(1, 2))


def test_source_refuses_a_model_left_in_training_mode():
    model = nn.Sequential(nn.Linear(2, 48), nn.BatchNorm1d(48), nn.Unflatten(1, (3, 4, 4)))
    with pytest.raises(ValueError, match=r"model\.eval\(\)"):
        PictureSource(model, torch.zeros(1, 2))
    assert PictureSource(model.eval(), torch.zeros(1, 2)).sizes == {"": (4, 4)}


def test_source_enlarges_by_whole_factors():
    source = PictureSource(flat, torch.zeros(1, 2))
    assert source.scales(50) == {"": 3}
    assert Image.open(io.BytesIO(source.jpegs(torch.zeros(1, 2), source.scales(50))[0])).size == (48, 48)


def test_source_decodes_once_at_a_time():
    inside, most = [0], [0]

    def counting(z):
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        threading.Event().wait(0.005)
        inside[0] -= 1
        return flat(z)

    source = PictureSource(counting, torch.zeros(1, 2))
    threads = [threading.Thread(target=source.images, args=(torch.zeros(1, 2),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


# --- la carte ---------------------------------------------------------------------------------


def test_map_answers_with_the_picture_of_z(sent):
    view = LatentMap({"A": flat, "B": lambda z: flat(-z)}, POINTS)
    view._answer(view, {"request": "x-1", "ask": "pictures", "z": [0.8, -0.3]}, [])
    content, buffers = sent.pop()
    assert content == {"request": "x-1"}
    assert mean_colour(buffers[0]) == pytest.approx(expected_colour([0.8, -0.3]), abs=3)
    assert mean_colour(buffers[1]) == pytest.approx(expected_colour([-0.8, 0.3]), abs=3)


def test_map_answers_with_the_original_image(sent):
    view = LatentMap(flat, POINTS, images=flat(POINTS))
    view._answer(view, {"request": "x-2", "ask": "original", "index": 2}, [])
    assert mean_colour(sent.pop()[1][0]) == pytest.approx(expected_colour(POINTS[2]), abs=3)


def test_map_tells_the_page_when_decoding_fails(sent):
    view = LatentMap(broken, POINTS)
    view._answer(view, {"request": "x-3", "ask": "pictures", "z": [1.0, 0.0]}, [])
    content, buffers = sent.pop()
    assert "mémoire épuisée" in content["error"] and content["request"] == "x-3" and buffers == []


def test_map_describes_its_points_ellipses_and_colours():
    view = LatentMap(flat, posterior=(POINTS, LOGVAR), colour_by={"Variété": ["b", "a", "b"], "Heure": [5, 6.5, 9]})
    (cloud,) = view._scene["maps"]
    assert np.frombuffer(cloud["codes"], np.float32).reshape(-1, 2) == pytest.approx(POINTS.numpy())
    assert np.frombuffer(cloud["sigma"], np.float32).reshape(-1, 2) == pytest.approx((LOGVAR / 2).exp().numpy())
    variety, hour = view._scene["colours"]
    assert variety["labels"] == ["a", "b"] and list(variety["codes"]) == [1, 0, 1]
    assert (hour["low"], hour["high"]) == (5.0, 9.0)
    left, right, bottom, top = view._scene["limits"]
    assert right - left == pytest.approx(top - bottom) and left < -3 and right > 3


def test_map_links_one_cloud_per_decoder():
    view = LatentMap({"Autoencodeur": flat, "VAE": flat}, BOTH, posterior={"VAE": (POINTS, LOGVAR)})
    assert [(cloud["name"], cloud["sigma"] is not None) for cloud in view._scene["maps"]] == [
        ("Autoencodeur", False),
        ("VAE", True),
    ]


def test_map_of_two_directions_places_codes_and_decodes_the_plane():
    torch.manual_seed(0)
    origin, directions = torch.randn(5), torch.randn(2, 5)
    places = np.array([[0.5, -1.0], [2.0, 0.25]])
    codes = origin + torch.from_numpy(places).float() @ directions
    view = LatentMap(flat, codes, embed=(origin, directions))
    assert view.places() == pytest.approx(places, abs=1e-5)
    assert view._latent((0.5, -1.0))[0].numpy() == pytest.approx(codes[0].numpy(), abs=1e-5)
    assert not view._scene["prior"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": torch.zeros(3, 5)}, "5 dimensions, la carte en a deux"),
        ({"points": POINTS, "images": flat(POINTS[:2])}, "les mêmes images"),
        ({"points": POINTS, "colour_by": {"Heure": [1, 2]}}, "les mêmes images"),
        ({"points": torch.zeros(9, 2), "colour_by": {"Nom": list("abcdefghi")}}, "9 catégories"),
        ({"points": {"GAN": POINTS}}, "GAN, qui n'est pas un décodeur"),
        ({"points": POINTS + 1, "posterior": (POINTS, LOGVAR)}, "se contredisent"),
        ({"posterior": (POINTS, LOGVAR[:2])}, "même forme"),
        ({"points": POINTS * torch.nan}, "nombres finis"),
        ({"embed": (torch.zeros(4), torch.ones(2, 4))}, "parallèles"),
        ({"embed": (torch.zeros(4), torch.ones(2, 3))}, "embed doit être"),
        ({"limits": (1, 0, 0, 1)}, "croissants"),
    ],
)
def test_map_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        LatentMap({"": flat}, **arguments)


# --- l'explorateur ----------------------------------------------------------------------------


def explorer(**options):
    z = torch.tensor([0.5, -0.5, 4.5, 0.0])
    return LatentExplorer(flat, z, generator=torch.Generator().manual_seed(3), **options)


def test_explorer_orders_sliders_by_importance_and_keeps_the_rest():
    view = explorer(importance=[0.1, 3.0, 2.0, 0.0], shown=2)
    assert [slider.description for slider in view._column.children] == ["z[1] (3,00)", "z[2] (2,00)"]
    view._column.children[0].value = 1.25
    assert view.z[0].tolist() == [0.5, 1.25, 4.5, 0.0]
    assert mean_colour(view._views[0].value) == pytest.approx(expected_colour([0.5, 1.25]), abs=3)


def test_explorer_shows_a_code_beyond_its_limit():
    view = explorer()
    assert view._sliders[2].value == 4.5 and view.z[0, 2] == 4.5


def test_explorer_lets_the_reader_choose_how_many_sliders():
    view = explorer(shown=1)
    view._count.value = 3
    assert len(view._column.children) == 3
    view._count.value = 1
    assert len(view._column.children) == 1 and repr(view) == "LatentExplorer(4 dimensions, 1 curseurs)"


def test_explorer_draws_truncates_and_returns():
    view = explorer(limit=3.0)
    start = view.z
    view.draw()
    drawn = view.z
    assert not torch.equal(drawn, start) and drawn.abs().max() <= 3
    view._truncation.value = 0.5
    assert view.z.abs().max() <= 0.5 and torch.equal(view.z.sign(), drawn.sign())
    view._truncation.value = 3.0
    assert view.z == pytest.approx(drawn, abs=1e-6)
    view.reset()
    assert torch.equal(view.z, start)
    assert [slider.value for slider in view._sliders.values()] == start[0].tolist()


def test_explorer_redraws_once_per_draw():
    calls = []
    view = LatentExplorer(lambda z: calls.append(1) or flat(z), torch.zeros(4))
    calls.clear()
    view.draw()
    assert len(calls) == 1


def test_explorer_says_why_nothing_moves():
    view = LatentExplorer(broken, torch.zeros(3))
    view._sliders[0].value = 1.0
    assert "mémoire épuisée" in view._message.value
    view._sliders[0].value = 0.0
    assert view._message.value == ""


@pytest.mark.parametrize("z", [torch.zeros(2, 4), torch.zeros(1, 1, 4)])
def test_explorer_refuses_several_codes(z):
    with pytest.raises(ValueError, match="un seul code"):
        LatentExplorer(flat, z)


def test_explorer_refuses_a_wrong_importance():
    with pytest.raises(ValueError, match="4 attendues, 3 reçues"):
        explorer(importance=[1, 2, 3])


def test_truncated_normal_has_the_law_of_resampling():
    generator = torch.Generator().manual_seed(0)
    drawn = truncated_normal(torch.rand(200_000, generator=generator, dtype=torch.float64), 1.2)
    normal = torch.randn(400_000, generator=generator, dtype=torch.float64)
    kept = normal[normal.abs() <= 1.2]
    assert drawn.abs().max() <= 1.2
    quantiles = torch.linspace(0.01, 0.99, 25, dtype=torch.float64)
    assert torch.quantile(drawn, quantiles) == pytest.approx(torch.quantile(kept, quantiles), abs=0.02)
    with pytest.raises(ValueError, match="positif"):
        truncated_normal(drawn, 0)


# --- le jardin --------------------------------------------------------------------------------


def test_garden_redraws_the_flower_of_its_controls():
    view = FactorGarden(names=["variety", "openness"], size=32, side=64)
    before = view._view.value
    view._controls["variety"].value = "yellow"
    assert view.factors == Factors(variety="yellow") and view._view.value != before
    pixels = np.asarray(Image.open(io.BytesIO(view._view.value)))[::2, ::2].astype(float)
    drawn = to_uint8(render(view.factors, 32)).movedim(0, -1).numpy()
    assert np.abs(pixels - drawn).mean() < 4


def test_garden_draws_only_what_it_shows():
    view = FactorGarden(names=["openness", "petals"], size=32)
    view.draw()
    first = view.factors
    view.draw()
    assert first != view.factors and first.variety == view.factors.variety == "pink"
    assert view._controls["openness"].value == view.factors.openness


def test_garden_labels_are_french_with_units():
    labels = [control.description for control in FactorGarden(size=32)._controls.values()]
    assert len(labels) == 12 and labels[0] == "Variété" and "Heure du jour (h)" in labels
    assert [french for french, _ in FactorGarden(size=32)._controls["variety"].options] == list(VARIETIES.values())


def test_garden_refuses_an_unknown_factor():
    with pytest.raises(ValueError, match="Facteur inconnu : colour"):
        FactorGarden(names=["colour"])


# --- ce que le cahier garde -------------------------------------------------------------------

WIDGETS = {
    "carte": lambda: LatentMap(flat, posterior=(POINTS, LOGVAR), colour_by={"Variété": ["b", "a", "b"]}),
    "cartes liées": lambda: LatentMap({"Autoencodeur": flat, "VAE": flat}, BOTH, posterior={"VAE": (POINTS, LOGVAR)}),
    "carte sans points": lambda: LatentMap(flat),
    "explorateur": lambda: explorer(importance=[1, 2, 3, 4]),
    "jardin": lambda: FactorGarden(size=32),
}


@pytest.mark.parametrize("name", WIDGETS)
def test_notebook_keeps_a_light_still_and_a_stable_text(name):
    data, metadata = WIDGETS[name]()._repr_mimebundle_()
    assert data["text/plain"] == repr(WIDGETS[name]()) and "0x" not in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data and metadata["image/jpeg"]["alt"]
    picture = base64.b64decode(data["image/jpeg"])
    assert len(picture) <= STILL_BYTES
    pixels = np.asarray(Image.open(io.BytesIO(picture)))
    assert pixels.shape[1] > 400 and pixels.std() > 20


@pytest.mark.parametrize("name", WIDGETS)
def test_closing_closes_every_part(name):
    view = WIDGETS[name]()
    parts = [view, *getattr(view, "_sliders", {}).values(), *getattr(view, "_views", ())]
    view.close()
    assert all(part.comm is None for part in parts)
