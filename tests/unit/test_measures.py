"""`mesurer tout` : aucune mesure n'arrête les autres, et le tableau et la figure disent tout ce qui a été mesuré."""

import json
import sys

import pytest
from PIL import Image

from benchmarks import _bilan
from course import mesurer

PRINTED = [
    {"nom": "durée", "valeur": 2.5, "unite": "s", "cible": "< 6", "tenu": True},
    {"nom": "cadence", "valeur": 30, "unite": "images/s", "cible": "≥ 60", "tenu": False},
    {"nom": "taille", "valeur": 12, "unite": "Mo", "cible": None, "tenu": None},
]


def row(value, target, held=True, **rest):
    return {"date": "2026-11-24", "sujet": "essai", "nom": "n", "unite": "", "cible": target, "tenu": held} | {
        "valeur": value, **rest,
    }  # fmt: skip


@pytest.fixture
def fakes(tmp_path, monkeypatch):
    """Deux sujets : le premier lève après sa première mesure, le second va au bout."""
    scripts = {
        "bancal": f"print({json.dumps(json.dumps(PRINTED[0]))}, flush=True); "
        r"raise ValueError('plus de \x1b[31mplace\x1b[39m')",
        "solide": f"print('bavardage'); [print(one) for one in {[json.dumps(one) for one in PRINTED[1:]]!r}]",
    }
    monkeypatch.setattr(mesurer, "LINES", tmp_path / "entrainements" / "mesures.jsonl")
    monkeypatch.setattr(mesurer, "names", lambda: dict.fromkeys(scripts, ""))
    monkeypatch.setattr(mesurer, "command", lambda subject: [sys.executable, "-c", scripts[subject]])
    return mesurer.LINES


def test_a_measure_that_fails_is_seen_and_stops_no_other(fakes, capsys):
    assert mesurer.main(["tout"]) == 1
    rows = [json.loads(line) for line in fakes.read_text(encoding="utf-8").splitlines()]
    assert [(row["sujet"], row["nom"]) for row in rows] == [
        ("bancal", "durée"), ("bancal", "mesure interrompue"), ("solide", "cadence"), ("solide", "taille"),
    ]  # fmt: skip
    assert rows[1]["valeur"] == "ValueError: plus de place" and rows[1]["tenu"] is False
    assert all(set(row) == {"date", "sujet", "nom", "valeur", "unite", "cible", "tenu"} for row in rows)
    table = fakes.with_suffix(".md").read_text(encoding="utf-8")
    assert "| bancal | mesure interrompue | ValueError: plus de place |" in table
    assert "| bancal | durée | 2,5 s | < 6 | oui |" in table
    assert "| solide | cadence | 30 images/s | ≥ 60 | **non** |" in table
    with Image.open(fakes.with_suffix(".png")) as picture:
        assert picture.format == "PNG"
    shown = capsys.readouterr().out
    assert "plus de place" in shown and "bavardage" not in shown and "mesures.png" in shown


def test_a_subject_measured_again_replaces_its_lines_and_no_other(fakes):
    old = [row(1, None, None), row(7, None, None, sujet="solide", nom="périmée")]
    fakes.parent.mkdir()
    fakes.write_text("".join(json.dumps(one) + "\n" for one in old), encoding="utf-8")
    assert mesurer.main(["tout", "solide"]) == 0
    rows = [json.loads(line) for line in fakes.read_text(encoding="utf-8").splitlines()]
    assert [(row["sujet"], row["nom"]) for row in rows] == [("essai", "n"), ("solide", "cadence"), ("solide", "taille")]
    assert "| essai | n | 1 |" in fakes.with_suffix(".md").read_text(encoding="utf-8")


def test_the_table_and_the_picture_are_made_again_from_the_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(mesurer, "measured", lambda subject: pytest.fail("rien ne doit être mesuré"))
    lines = tmp_path / "autre.jsonl"
    lines.write_text(json.dumps(row(3, "< 6")) + "\n", encoding="utf-8")
    assert mesurer.main(["tout", "--depuis", str(lines)]) == 0
    assert "| essai | n | 3 | < 6 | oui | 2026-11-24 |" in (tmp_path / "autre.md").read_text(encoding="utf-8")
    assert (tmp_path / "autre.png").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--depuis"], "Usage"),
        (["--depuis", "absent.jsonl"], "Usage"),
        (["--vite"], "--vite"),
        (["solide", "absente"], "absente"),
    ],
)
def test_a_wrong_option_measures_nothing(options, said, fakes, monkeypatch, capsys):
    monkeypatch.setattr(mesurer, "measured", lambda subject: pytest.fail("rien ne doit être mesuré"))
    assert mesurer.main(["tout", *options]) == 2
    assert said in capsys.readouterr().out and not fakes.exists()


@pytest.mark.parametrize(
    ("value", "target", "held", "expected"),
    [
        (3.0, "< 6", True, 0.5),
        (12, "≤ 6", False, 2.0),
        (120, "> 60", True, 0.5),
        (30, ">= 60", False, 2.0),
        (0, "≥ 9", False, _bilan.RIGHT),
        (0.0, "< 1e-5", True, _bilan.LEFT),
        (2e-5, "< 1e-5", False, 2.0),
        (1.05, "0.9 à 1.1", True, 0.5),
        (0.8, "0.9 à 1.1", False, 2.0),
        ("celui de l'œil", "celui de l'œil", True, _bilan.LEFT),
        ("jamais", "≤ 120", False, _bilan.RIGHT),
    ],
)
def test_a_held_measure_lies_below_one(value, target, held, expected):
    assert _bilan.position(row(value, target, held)) == pytest.approx(expected)


def test_only_judged_measures_are_drawn_each_by_its_name():
    rows = [row(3, "< 6"), row(9, "< 6", False, nom="long", unite="s"), row(1, None, None)]
    drawing = _bilan.draw(rows)
    ax = drawing.axes[0]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["n", "long"]
    assert {line.get_marker() for line in ax.lines} >= {_bilan.HELD["marker"], _bilan.MISSED["marker"]}
    assert drawing.get_suptitle() == "Mesures qui tiennent leur cible : 1 sur 2"
