"""Le tableau de marque : mêmes graines, chiffres des mesures, exportations fidèles, rien d'écrasé."""

import csv
import io
import math

import pytest
import torch
from matplotlib.figure import Figure

from benchmarks.tableau import NETWORKS, PATH, TOLERANCE, largest_gap
from lessons_lib.lotus import SyntheticLotus
from lessons_lib.metrics import precision_recall, thumbnails
from lessons_lib.scoreboard import COLUMNS, Scoreboard, ScoreTable

TRAIN = SyntheticLotus(60, 32, seed=0).images
HELD_OUT = SyntheticLotus(60, 32, seed=1000).images
NEW = SyntheticLotus(48, 32, seed=7).images


def from_shelf(images):
    """Un faux générateur : il rend ces images dans l'ordre, quel que soit le code."""
    shelf = iter(images)
    return lambda z: torch.stack([next(shelf) for _ in range(len(z))])


@pytest.fixture(scope="module")
def board():
    found = Scoreboard(TRAIN, HELD_OUT, count=48)
    found.add("neuves", from_shelf(NEW), 4, seconds=12)
    found.add("copies", from_shelf(TRAIN[:48] + 0.01), 4, model=torch.nn.Linear(1000, 999))
    random = torch.Generator().manual_seed(0)
    found.add("bruit", lambda z: torch.randn(len(z), 3, 32, 32, generator=random).clamp(-1, 1), 4)
    return found


def test_quality_diversity_and_copies_are_told_apart(board):
    new, copies, noise = (board.rows[name].values for name in ("neuves", "copies", "bruit"))
    assert noise["texture"] > 10 * new["texture"]
    assert noise["frechet"] > 3 * new["frechet"]
    assert noise["precision"] == noise["recall"] == 0.0
    assert (copies["suspects"], copies["neighbours"]) == (48.0, pytest.approx(0.0, abs=0.2))
    assert new["suspects"] < 10
    assert new["varieties"] == 5


def test_values_are_those_of_the_measures(board):
    row = board.rows["neuves"]
    assert torch.equal(row.images, NEW)
    assert row.values["recall"] == precision_recall(thumbnails(HELD_OUT), thumbnails(NEW))[1]
    assert row.values["seconds"] == 12
    assert set(row.values) == set(COLUMNS)
    assert set(row.errors) == set(COLUMNS) - {"varieties", "seconds", "parameters"}
    assert all(error > 0 for key, error in row.errors.items() if key in ("texture", "frechet", "kernel", "neighbours"))


def test_same_codes_for_everyone():
    seen = []
    found = Scoreboard(TRAIN, HELD_OUT, count=8)
    for label in ("a", "b"):
        found.add(label, lambda z: seen.append(z) or NEW[: len(z)], 4)
    assert torch.equal(seen[0], seen[1])


def test_markdown_says_the_error_in_french(board):
    lines = board.markdown("texture", "seconds", "parameters").splitlines()
    assert lines[0] == "| | texture | entraînement (s) | poids (millions) |"
    assert len(lines) == 5
    texture = board.rows["neuves"]
    assert lines[2] == f"| neuves | {texture.text('texture')} | 12 |  |"
    assert " ± " in lines[2]
    assert "." not in lines[2]
    assert lines[3].endswith("| 1,00 |")


def test_csv_keeps_every_figure_and_overwrites_nothing(board, tmp_path):
    path = tmp_path / "tableau.csv"
    written = board.csv(path)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert [row["model"] for row in rows] == ["neuves", "copies", "bruit"]
    assert float(rows[0]["texture"]) == board.rows["neuves"].values["texture"]
    assert float(rows[0]["texture_error"]) == board.rows["neuves"].errors["texture"]
    assert math.isnan(float(rows[2]["parameters"]))
    with pytest.raises(FileExistsError, match="donnez un autre nom"):
        board.csv(path)
    assert path.read_text(encoding="utf-8") == written


def test_exported_table_is_read_back_and_joins_a_new_one(board, tmp_path):
    board.csv(tmp_path / "tableau.csv")
    table = Scoreboard.read(tmp_path / "tableau.csv")
    assert table.markdown() == board.markdown()
    assert table.csv() == board.csv()
    assert table.rows["neuves"].images is None
    new = Scoreboard(TRAIN, HELD_OUT, count=8)
    new.rows |= table.rows
    new.add("nouveau", from_shelf(NEW), 4)
    assert list(new.rows) == ["neuves", "copies", "bruit", "nouveau"]
    assert len(new.figure().axes[0].get_yticks()) == 4


def test_foreign_files_are_refused_in_french(board, tmp_path):
    with pytest.raises(FileNotFoundError, match="Aucun fichier"):
        ScoreTable.read(tmp_path / "absent.csv")
    foreign = {
        "autre.csv": b"nom,note\nMarie,12\n",
        "illisible.csv": board.csv().replace("neuves,", "neuves,abc").encode(),
        "court.csv": board.csv()[:-40].rpartition(",")[0].encode(),
        "image.csv": bytes(range(128, 256)),
        "vide.csv": b"",
    }
    for name, content in foreign.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match="n'est pas un tableau de marque"):
            ScoreTable.read(tmp_path / name)


def test_table_of_lesson_6_can_be_computed_again():
    table = ScoreTable.read(PATH)
    assert list(table.rows) == list(NETWORKS)
    again = Scoreboard.of_zoo({label: NETWORKS[label] for label in ("VAE", "WGAN-GP")})
    for label, row in again.rows.items():
        assert largest_gap(row.values, table.rows[label].values) <= TOLERANCE
        assert largest_gap(row.errors, table.rows[label].errors) <= 5 * TOLERANCE


def test_picture_has_a_panel_a_question_and_a_row_a_model(board):
    drawing = board.figure()
    assert isinstance(drawing, Figure)
    assert [label.get_text() for label in drawing.axes[0].get_yticklabels()] == ["neuves", "copies", "bruit"]
    assert len(drawing.axes) == 6


@pytest.mark.parametrize("pair", [("vae_64", "vae_64_2d"), ("few_32_n0068", "few_32_n0068_retouched")])
def test_networks_that_learnt_from_other_images_are_refused(pair):
    with pytest.raises(ValueError, match="n'ont pas appris des mêmes images"):
        Scoreboard.of_zoo(dict(zip("ab", pair, strict=True)))


def test_an_empty_table_still_has_a_picture():
    assert len(ScoreTable().figure().axes) == 6


def test_bad_requests_are_refused_before_any_work():
    with pytest.raises(ValueError, match="il en faut 40"):
        Scoreboard(TRAIN, HELD_OUT[:39])
    with pytest.raises(ValueError, match="gan_64"):
        Scoreboard.of_zoo({"GAN": "gan64"})


def test_judged_images_can_be_derived(board):
    images = board.rows["bruit"].images
    torch.nn.Conv2d(3, 1, 3)(images).sum().backward()
