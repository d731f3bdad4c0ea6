"""Les mesures rangent comme l'œil les planches, les vraies photographies et les copies, avant de juger une course."""

import numpy as np
import pytest
import torch

from benchmarks import _qualite_planches as planches
from lessons_lib.images import to_uint8


@pytest.fixture(scope="module")
def photographs():
    try:
        return planches.photographs()
    except FileNotFoundError:
        pytest.skip("Les photographies d'Oxford ne sont pas dans ../shared.")


@pytest.fixture(scope="module")
def sheets():
    try:
        return planches.sheets()
    except FileNotFoundError:
        pytest.skip("Les planches jugées à l'œil ne sont pas dans ../shared.")


@pytest.fixture(scope="module")
def judged(photographs, sheets):
    return planches.ranking(*photographs, sheets)


def test_cutting_a_sheet_undoes_its_enlargement():
    sheet = torch.randint(0, 256, (256, 256), generator=torch.Generator().manual_seed(0)).double().numpy()
    enlarge = planches.enlargement(256, 320)
    shrink = np.linalg.pinv(enlarge)
    back = shrink @ np.round(enlarge @ sheet @ enlarge.T) @ shrink.T
    assert np.abs(back - sheet).max() < 3


def test_duplicates_are_held_out_together(photographs):
    train, held_out = photographs
    assert (len(train), len(held_out)) == (planches.TRAIN, planches.HELD_OUT)
    distances = torch.cdist(train.flatten(1), held_out.flatten(1))
    assert distances.min() > 0.1 * distances.median()


def test_the_sheets_rank_as_the_eye_ranks_them(judged):
    assert planches.objection(judged) == ""


def test_an_objection_is_raised_when_two_sheets_are_swapped(judged):
    first, second = planches.SHEETS[:2]
    assert "l'œil" in planches.objection(judged | {first: judged[second], second: judged[first]})
    assert "copies" in planches.objection(judged | {"copies": judged["photographies"]})


def test_the_enlargement_of_the_sheets_does_not_explain_their_ranks(photographs):
    """De vraies photographies passées par l'agrandissement, l'arrondi et la pseudo-inverse restent près de zéro."""
    _, held_out = photographs
    enlarge = planches.enlargement(256, 320)
    shrink = np.linalg.pinv(enlarge)
    tiles = (
        to_uint8(held_out[:16]).reshape(4, 4, 3, 64, 64).permute(2, 0, 3, 1, 4).reshape(3, 256, 256).double().numpy()
    )
    through = np.clip(np.round(shrink @ np.clip(np.round(enlarge @ tiles @ enlarge.T), 0, 255) @ shrink.T), 0, 255)
    images = torch.from_numpy(through).reshape(3, 4, 64, 4, 64).permute(1, 3, 0, 2, 4).reshape(16, 3, 64, 64)
    judge = planches.TextureDistance(held_out[16:])
    assert judge(images.float() / 127.5 - 1) < judge(held_out[:16]) + 0.5
