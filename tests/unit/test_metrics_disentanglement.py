"""Le démêlage : des codes dont on connaît la réponse, et un calcul indépendant de l'information mutuelle."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from lessons_lib.metrics.disentanglement import dci, factor_vae_score, mig, mutual_information, sap, with_error

RANDOM = np.random.default_rng(0)
FACTORS = {
    "openness": RANDOM.random(1200),
    "hour": RANDOM.uniform(5, 20, 1200),
    "variety": RANDOM.choice(["white", "pink", "blue"], 1200),
}
NUMBERS = np.stack(
    [FACTORS["openness"], FACTORS["hour"] / 15, np.searchsorted(["blue", "pink", "white"], FACTORS["variety"])], 1
)
SEPARATE = np.concatenate([3 * NUMBERS, RANDOM.normal(size=(1200, 2))], axis=1)
ROTATION = np.array([[2, -1, 2], [2, 2, -1], [-1, 2, 2]]) / 3  # chaque dimension mêle les trois facteurs
MIXED = ((NUMBERS - NUMBERS.mean(0)) / NUMBERS.std(0)) @ ROTATION


def test_information_matches_scikit_learn():
    found = mutual_information(SEPARATE, FACTORS, bins=20)
    column = np.digitize(SEPARATE[:, 0], np.linspace(SEPARATE[:, 0].min(), SEPARATE[:, 0].max(), 21)[1:-1])
    assert found.shape == (5, 3)
    assert found[0, 2] == pytest.approx(mutual_info_score(column, FACTORS["variety"]), rel=1e-9)


def test_separate_codes_score_high_and_mixed_codes_low():
    assert mig(SEPARATE, FACTORS) > 0.85
    assert mig(MIXED, FACTORS) < 0.4
    assert sap(SEPARATE, FACTORS) > 0.9
    assert sap(MIXED, FACTORS) < 0.5
    good, bad = dci(SEPARATE, FACTORS), dci(MIXED, FACTORS)
    assert good["disentanglement"] > 0.9 > 0.6 > bad["disentanglement"]
    assert good["completeness"] > 0.9 > 0.6 > bad["completeness"]
    assert good["informativeness"] > 0.95


def test_two_dimensions_for_one_factor_are_separate_but_not_complete():
    twice = np.concatenate([SEPARATE[:, :3], SEPARATE[:, :1]], axis=1)
    assert mig(twice, FACTORS) < 0.75
    found = dci(twice + 1e-3 * np.random.default_rng(1).normal(size=twice.shape), FACTORS)
    assert found["disentanglement"] > 0.9 > found["completeness"]


def test_useless_codes_score_nothing():
    noise = np.random.default_rng(2).normal(size=(1200, 4))
    assert mig(noise, FACTORS) < 0.03
    assert sap(noise, FACTORS) < 0.03
    assert dci(noise, FACTORS)["informativeness"] < 0.2


@pytest.mark.parametrize(("mixing", "low", "high"), [(np.eye(3), 0.98, 1.0), (ROTATION, 0.0, 0.85)])
def test_factor_vae_score_finds_the_fixed_factor(mixing, low, high):
    def encode(name, seed):
        random = np.random.default_rng(seed)
        values = random.normal(size=(32, 3))
        values[:, ["a", "b", "c"].index(name)] = random.normal()
        return values @ mixing

    assert low <= factor_vae_score(encode, ("a", "b", "c"), np.ones(3), votes=120) <= high


def test_factor_vae_score_of_collapsed_codes_is_chance():
    assert factor_vae_score(lambda name, seed: np.zeros((8, 2)), ("a", "b"), np.zeros(2)) == 0.5


def test_error_is_the_spread_over_other_images():
    def measures(codes, factors):
        return {"moyenne": float(codes.mean()), "MIG": mig(codes, factors)}

    column = {"openness": FACTORS["openness"], "hour": FACTORS["hour"]}
    found = with_error(measures, SEPARATE[:, :2], column, repeats=200)
    assert found["MIG"][0] == mig(SEPARATE[:, :2], column)
    known = SEPARATE[:, :2].mean(axis=1).std(ddof=1) / np.sqrt(1200)
    assert found["moyenne"][1] == pytest.approx(known, rel=0.15)
    again = [mig(part, {"a": part[:, 0], "b": part[:, 1]}) for part in np.random.default_rng(3).random((100, 400, 2))]
    one = np.random.default_rng(4).random((400, 2))
    error = with_error(lambda c, f: {"MIG": mig(c, f)}, one, {"a": one[:, 0], "b": one[:, 1]}, 100)["MIG"][1]
    assert error == pytest.approx(np.std(again), rel=0.5)


@pytest.mark.parametrize(
    ("codes", "factors", "said"),
    [
        (SEPARATE[:, :1], FACTORS, "D d'au moins 2"),
        (SEPARATE[:3], {"a": np.arange(3)}, "N d'au moins 4"),
        (SEPARATE, {"openness": FACTORS["openness"], "tilt": np.ones(1200)}, "ne varient pas, ôtez-les : tilt"),
        (SEPARATE, {}, "facteur"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_french(codes, factors, said):
    for measure in (mig, sap, dci):
        with pytest.raises(ValueError, match=said):
            measure(codes, factors)


def test_a_dead_dimension_is_left_out_without_a_warning():
    def encode(name, seed):
        values = np.random.default_rng(seed).normal(size=(32, 2))
        values[:, "ab".index(name)] = 0
        return np.concatenate([values, np.zeros((32, 1))], axis=1)

    assert factor_vae_score(encode, ("a", "b"), np.array([1.0, 1.0, 0.0])) == 1.0
