import io
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib import plots
from lessons_lib.images import to_array
from lessons_lib.observers import History


@pytest.fixture
def displayed(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    return shown


def history(steps=50):
    return History(
        index=list(range(1, steps + 1)),
        seconds=[0.1] * steps,
        losses={"loss": [100.0 - i for i in range(steps)], "kl": [float(i) for i in range(steps)]},
    )


def test_images_are_shown_at_whole_multiples_of_their_pixels():
    pictures = torch.rand(3, 3, 8, 8) * 2 - 1
    sheet = np.asarray(plots._contact_sheet(pictures, 2, 3, None, None, None))
    assert sheet.shape == (2 * 24 + 4, 2 * 24 + 4, 3)
    enlarged = to_array(pictures).repeat(3, axis=1).repeat(3, axis=2)
    np.testing.assert_array_equal(sheet[:24, :24], enlarged[0])
    np.testing.assert_array_equal(sheet[:24, 28:], enlarged[1])
    np.testing.assert_array_equal(sheet[28:, :24], enlarged[2])
    assert (sheet[28:, 28:] == 255).all()


def test_labels_rows_and_title_make_room():
    pictures = torch.zeros(2, 3, 8, 8)
    bare = plots._contact_sheet(pictures, 1, 2, None, None, None)
    dressed = plots._contact_sheet(pictures, 1, 2, ["a", "b"], ["haut", "bas"], "Titre")
    assert dressed.width > bare.width
    assert dressed.height > bare.height


def test_a_missing_label_is_an_error():
    with pytest.raises(ValueError, match="1 légendes pour 2 images"):
        plots.image_grid(torch.zeros(2, 3, 8, 8), "deux", labels=["un"])


def test_a_figure_is_light_and_has_its_alternative_text(displayed):
    coarse = torch.rand((24, 3, 8, 8), generator=torch.Generator().manual_seed(0)) * 2 - 1
    plots.image_grid(torch.nn.functional.interpolate(coarse, 64, mode="bilinear"), "des taches")
    plots.curves(history(), "deux courbes")
    assert [picture.alt for picture in displayed] == ["des taches", "deux courbes"]
    assert [picture.format for picture in displayed] == ["jpeg", "png"]
    for picture in displayed:
        assert len(picture.data) <= plots.LARGEST_FIGURE
        Image.open(io.BytesIO(picture.data)).load()


def test_curves_show_one_frame_a_loss_with_its_last_value():
    drawing = plots.curves_figure(history())
    assert [ax.get_title() for ax in drawing.axes] == ["", ""]
    left = [ax.get_title(loc="left") for ax in drawing.axes]
    assert left == ["perte : 51,5 à la fin", "divergence KL : 48,5 à la fin"]


def test_moving_average_against_a_plain_loop():
    values = np.random.default_rng(0).normal(size=20)
    expected = [values[max(0, i - 4) : i + 1].mean() for i in range(20)]
    np.testing.assert_allclose(plots._moving_average(values, 5), expected)


def test_pyplot_is_never_imported():
    code = (
        "import sys, lessons_lib.plots as p; p.figure_png(p.figure()[0]); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
