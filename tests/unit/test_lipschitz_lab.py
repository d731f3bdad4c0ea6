"""Trois critiques entre deux lois, sans navigateur : leurs pentes, leurs réglages, leur fil d'entraînement."""

import base64
import io
import threading

import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib.laws import Law
from lessons_lib.models import ToyCritic
from lessons_lib.widgets.lipschitz_critics import FREE_STEPS, LINE, CriticRun, LawPair, starting_critic
from lessons_lib.widgets.lipschitz_lab import LAWS, LipschitzLab
from lessons_lib.widgets.still import STILL_BYTES

DISJOINT = {"Segments": (Law("segment", -1.2, 0.7), Law("segment", 1.2, 0.7))}


@pytest.fixture(scope="module")
def trained():
    lab = LipschitzLab()
    lab.train()
    yield lab
    lab.close()


@pytest.fixture
def endless():
    """Un laboratoire dont l'entraînement ne finit pas pendant le test."""
    lab = LipschitzLab(DISJOINT, steps=10**9)
    yield lab
    lab.close()


def run_of(kind, strength=0.0, steps=FREE_STEPS, seed=0):
    run = CriticRun(kind, LawPair(*DISJOINT["Segments"]), strength, starting_critic(seed, ToyCritic(16, 2, 1)), seed)
    run.advance(steps)
    return run


# --- ce que l'on doit voir


def test_slopes_explode_vanish_or_are_near_one(trained):
    medians = trained.train()
    assert medians["free"] > 100 and medians["clipped"] < 0.1 and 0.7 < medians["penalised"] < 1.4
    assert trained.verdicts() == {
        "Sans contrainte": "trop forte",
        "Écrêtée": "trop faible",
        "Pénalisée": "proche de 1",
    }


def test_only_the_penalised_critic_measures_the_distance(trained):
    gaps = {kind: run.gap / run.pair.distance for kind, run in trained.runs.items()}
    assert gaps["free"] > 100 and gaps["clipped"] < 0.1 and gaps["penalised"] == pytest.approx(1, abs=0.35)


def test_a_clipped_critic_misses_the_middle_bump(trained):
    """Entre deux faux paquets, l'optimale remonte vers les vrais du milieu ; l'écrêtée n'y monte pas."""
    optimal = trained.runs["free"].pair.optimal
    middle, dips = len(optimal) // 2, len(optimal) // 2 + np.array([-96, 96])  # en 0, en −1,5 et 1,5
    rise = {kind: run.curve[middle] - run.curve[dips].mean() for kind, run in trained.runs.items()}
    assert optimal[middle] - optimal[dips].mean() > 1
    assert rise["penalised"] > 0.7 and rise["clipped"] / trained.runs["clipped"].median < 0.5


def test_a_loose_clip_is_too_steep():
    assert run_of("clipped", 0.5, steps=150).verdict == "trop forte"


# --- l'entraînement


def test_the_three_start_from_the_same_critic():
    curves = [run_of(kind, strength).curve for kind, strength in (("free", 0), ("clipped", 0.01), ("penalised", 10))]
    assert np.array_equal(curves[0], curves[1]) and np.array_equal(curves[0], curves[2])
    assert not np.array_equal(curves[0], run_of("free", seed=1).curve)


def test_weights_stay_within_the_clip():
    run = run_of("clipped", 0.02, steps=FREE_STEPS + 5)
    assert np.abs(run.weights).max() == pytest.approx(0.02)


def test_the_penalty_is_taken_between_real_and_fake_points():
    run = run_of("penalised", 10.0, steps=FREE_STEPS + 1)
    real, x_hat, fake = run.trio
    assert (x_hat >= torch.minimum(real, fake)).all() and (x_hat <= torch.maximum(real, fake)).all()
    shares = (x_hat - fake) / (real - fake)
    assert 0.35 < shares.mean() < 0.65 and shares.std() > 0.2


def test_the_slope_is_that_of_finite_differences():
    run = run_of("free")
    secant = np.diff(run.curve) / np.diff(LINE[:, 0].double().numpy())
    smooth = np.abs(np.diff(run.slope)) < 1e-6  # là où aucun neurone ne bascule
    assert smooth.mean() > 0.8
    assert run.slope[:-1][smooth] == pytest.approx(secant[smooth], rel=1e-2)


def test_the_global_randomness_is_left_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    lab = LipschitzLab(DISJOINT, steps=20)
    lab.train()
    lab.close()
    assert torch.equal(torch.get_rng_state(), before)


def test_the_seed_decides():
    def medians(seed):
        lab = LipschitzLab(DISJOINT, steps=50, seed=seed)
        found = lab.train()
        lab.close()
        return found

    assert medians(1) == medians(1) != medians(2)


# --- les réglages et le fil


def test_a_setting_restarts_only_its_critic(trained):
    before = dict(trained.runs)
    trained.clip = 0.1
    assert trained.runs["clipped"] is not before["clipped"] and trained.runs["free"] is before["free"]
    assert trained.runs["penalised"] is before["penalised"]
    assert trained.train()["clipped"] > 1.4
    trained.clip = 0.01
    trained.train()


def test_choosing_other_laws_restarts_all_three():
    lab = LipschitzLab(steps=10)
    lab.train()
    before = dict(lab.runs)
    lab.choose("Deux segments disjoints")
    assert all(lab.runs[kind] is not run for kind, run in before.items())
    assert lab.runs["free"].pair.real == LAWS["Deux segments disjoints"][0]
    lab.train()
    lab.close()


def test_the_latest_setting_wins_and_nothing_waits(endless):
    for weight in (1.0, 3.0, 30.0):
        endless.penalty_weight = weight
    assert endless._worker.is_alive() and endless.runs["penalised"].strength == 30.0
    assert sum(thread.name == "LipschitzLab" for thread in threading.enumerate()) == 1


def test_closing_stops_the_thread(endless):
    worker = endless._start()
    endless.close()
    assert not worker.is_alive()


def test_the_page_receives_pictures_and_their_last_state():
    lab = LipschitzLab(DISJOINT, steps=60)
    lab.train()
    critics = lab._picture["critics"]
    assert {kind: critic["index"] for kind, critic in critics.items()} == dict.fromkeys(critics, 60)
    shares = np.frombuffer(critics["penalised"]["shares"], np.float32)
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    assert np.frombuffer(critics["penalised"]["trio"], np.float32).shape == (3 * 24,)
    assert np.frombuffer(critics["clipped"]["weights"], np.float32).sum() == len(lab.runs["clipped"].weights)
    lab.close()


def test_a_setting_from_the_page_is_obeyed():
    lab = LipschitzLab(DISJOINT, steps=20)
    lab._controls = {**lab._controls, "penalty_weight": 100.0, "seed": 5}
    assert lab.penalty_weight == 100.0 and lab.runs["penalised"].strength == 100.0
    lab.train()
    lab.close()


# --- ce que le cahier garde, et les erreurs


def test_the_notebook_keeps_a_light_still_and_a_stable_text(trained):
    data, metadata = trained._repr_mimebundle_()
    assert data["text/plain"] == "LipschitzLab(3 critiques, 300 pas critiques)"
    assert "application/vnd.jupyter.widget-view+json" in data and "pénalisée" in metadata["image/jpeg"]["alt"]
    picture = base64.b64decode(data["image/jpeg"])
    pixels = np.asarray(Image.open(io.BytesIO(picture)))
    assert len(picture) <= STILL_BYTES and pixels.shape[1] > 400 and pixels.std() > 20


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LipschitzLab(clip=0.0), "clip vaut 0.0.*de 0.001 à 1"),
        (lambda: LipschitzLab(penalty_weight=-1), "penalty_weight vaut -1"),
        (lambda: LipschitzLab({}), "Au moins une paire"),
        (lambda: LipschitzLab({"Mêmes": (Law(), Law())}), "les mêmes"),
        (lambda: LipschitzLab(steps=5).choose("Dés"), "« Dés » inconnues.*Trois cloches"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_refused_setting_changes_nothing(trained):
    before = dict(trained.runs)
    with pytest.raises(ValueError, match="clip vaut 5"):
        trained.clip = 5
    assert trained.clip == 0.01 and trained.runs == before
