"""L'image des couples : les plus proches d'abord, chacune sur sa jumelle, son rapport dessous."""

import numpy as np
import pytest
import torch

from lessons_lib.images import to_array
from lessons_lib.lotus import SyntheticLotus
from lessons_lib.metrics import memorisation, thumbnails
from lessons_lib.pairs import pairs_figure

TRAIN = SyntheticLotus(60, 32, seed=0).images
HELD_OUT = SyntheticLotus(60, 32, seed=1000).images
FAKE = torch.cat([SyntheticLotus(20, 32, seed=7).images, TRAIN[[12]], TRAIN[[5]] + 0.01])
FOUND = memorisation(*(thumbnails(images) for images in (FAKE, TRAIN, HELD_OUT)))


def test_copies_come_first_above_their_twin_with_their_ratio():
    drawing = pairs_figure(FAKE, TRAIN, FOUND, count=4)
    top, bottom = np.array(drawing.axes).reshape(2, 4)
    shown = [ax.images[0].get_array() for ax in (*top, *bottom)]
    assert np.array_equal(shown[0], to_array(FAKE[[20]])[0])
    assert np.array_equal(shown[4], to_array(TRAIN[[12]])[0])
    assert np.array_equal(shown[5], to_array(TRAIN[[5]])[0])
    labels = [ax.get_xlabel() for ax in bottom]
    assert labels[0] == "0,00 : suspecte"
    ratios = [float(label.split()[0].replace(",", ".")) for label in labels]
    assert ratios == sorted(ratios)
    assert ratios[2] == pytest.approx(FOUND.ratios.sort().values[2].item(), abs=0.005)
    assert "suspectes sur 22" in drawing.get_suptitle()


def test_few_images_make_few_columns_and_others_are_refused():
    assert len(pairs_figure(FAKE, TRAIN, FOUND, count=50).axes) == 2 * len(FAKE)
    with pytest.raises(ValueError, match="22 images engendrées, et 21"):
        pairs_figure(FAKE[1:], TRAIN, FOUND)
    with pytest.raises(ValueError, match="donnez celles qui ont été comparées"):
        pairs_figure(FAKE, TRAIN[:3], FOUND)
