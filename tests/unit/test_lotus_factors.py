"""Les facteurs : tirage, bornes, vérifications."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib.lotus import FACTOR_RANGES, SIMPLE_GARDEN, VARIETIES, Factors, SyntheticLotus, sample_factors


def any_factors():
    """Toutes les fleurs permises."""
    spans = {
        name: st.integers(int(span.low), int(span.high)) if span.whole else st.floats(span.low, span.high)
        for name, span in FACTOR_RANGES.items()
    }
    return st.builds(Factors, variety=st.sampled_from(sorted(VARIETIES)), **spans)


@given(any_factors())
def test_a_row_of_the_table_gives_back_the_same_factors(factors):
    assert Factors.from_row(factors.to_row()) == factors


@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_drawn_factors_stay_in_the_drawn_ranges(seed, index):
    drawn = asdict(sample_factors(seed, index))
    for name, span in FACTOR_RANGES.items():
        low, high = span.drawn
        assert low <= drawn[name] <= high
        assert span.low <= low <= high <= span.high


def test_every_value_of_a_discrete_factor_is_drawn():
    rows = [asdict(sample_factors(0, index)) for index in range(400)]
    assert {row["variety"] for row in rows} == set(VARIETIES)
    for name, span in FACTOR_RANGES.items():
        if span.whole and name != "pads_seed":
            assert {row[name] for row in rows} == set(range(span.drawn[0], span.drawn[1] + 1))
    assert len({row["openness"] for row in rows}) == 400


def test_fixing_a_factor_does_not_move_the_others():
    free, fixed = sample_factors(3, 7), sample_factors(3, 7, {"hour": 12.0, "petals": 8})
    assert fixed == replace(free, hour=12.0, petals=8)


def test_fixed_takes_a_constant_a_range_or_a_choice():
    fixed = {"tilt": 40, "hour": (6, 8), "petals": (6, 7), "size": (0.5, 0.7, 0.9), "variety": ("pink", "blue")}
    rows = [sample_factors(0, index, fixed) for index in range(60)]
    assert {row.tilt for row in rows} == {40.0}
    assert all(6 <= row.hour <= 8 for row in rows)
    assert {row.petals for row in rows} == {6, 7}
    assert {row.size for row in rows} == {0.5, 0.7, 0.9}
    assert {row.variety for row in rows} == {"pink", "blue"}


def test_only_variety_and_openness_vary_in_the_simple_garden():
    table = SyntheticLotus(20, size=16, fixed=SIMPLE_GARDEN, cache=False).factors
    varying = {name for name in table.dtype.names if len(np.unique(table[name])) > 1}
    assert varying == {"variety", "openness"}


@pytest.mark.parametrize(
    ("name", "value", "error", "says"),
    [
        ("variety", "rouge", ValueError, "white, pink, crimson, yellow, blue"),
        ("variety", ["pink"], ValueError, "Variété inconnue"),
        ("openness", 1.2, ValueError, "entre 0 et 1"),
        ("hour", float("nan"), ValueError, "entre 5 et 20 h"),
        ("petals", 7.5, ValueError, "entier"),
        ("tilt", "haut", TypeError, "nombre"),
        ("pads", True, TypeError, "nombre"),
        ("x", [0.5, 0.5], TypeError, "nombre"),
    ],
)
def test_a_wrong_factor_is_refused_in_french(name, value, error, says):
    with pytest.raises(error, match=says):
        Factors(**{name: value})


@pytest.mark.parametrize(
    ("fixed", "error", "says"),
    [
        ({"couleur": 1}, ValueError, "Facteurs possibles : variety, openness"),
        ({"openness": (0.8, 0.2)}, ValueError, r"Écrivez \(0.2, 0.8\)"),
        ({"openness": ()}, ValueError, "au moins une valeur"),
        ({"openness": (0.5, 3.0)}, ValueError, "entre 0 et 1"),
        ([("openness", 0.5)], TypeError, "dictionnaire"),
    ],
)
def test_a_wrong_fixed_is_refused_in_french(fixed, error, says):
    with pytest.raises(error, match=says):
        sample_factors(0, 0, fixed)


def test_factors_cannot_be_modified():
    with pytest.raises(AttributeError):
        Factors().hour = 12.0
