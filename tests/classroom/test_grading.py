"""La correction d'une classe, pour de vrai : nbgrader, deux élèves fabriqués, l'un juste, l'autre non."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import nbformat
import pytest

from course import classe, construire, environnement, notebooks
from lessons_lib.checks import EXERCISES

NAME = "03_espace_latent"
GAP, CHECK, EXERCISE = "vecteur_attribut", "verifier_vecteur_attribut", "vecteur_attribut"
WRONG = {GAP: "    return codes[~has].mean(dim=0) - codes[has].mean(dim=0)"}
DIAGNOSIS = "le signe est inversé\u00a0: ajouter ce vecteur retirerait l'attribut."


def nbgrader(folder, *words, home):
    """Lance une commande de nbgrader dans `folder`, environnement activé, loin des réglages personnels."""
    activated = environnement.variables(Path(sys.prefix), os.environ)
    activated |= {"JUPYTER_CONFIG_DIR": str(home), "JUPYTER_DATA_DIR": str(home), "IPYTHONDIR": str(home)}
    command = [sys.executable, "-m", "nbgrader", *words]
    result = subprocess.run(
        command, cwd=folder, env=activated, capture_output=True, text=True, encoding="utf-8", timeout=600
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Le dossier d'une classe de deux élèves, corrigé : Alice rend la solution, Bob s'est trompé à un endroit."""
    folder, home = tmp_path_factory.mktemp("classe"), tmp_path_factory.mktemp("personnel")
    assert classe.main([str(folder), NAME]) == 0
    nbgrader(folder, "generate_assignment", NAME, home=home)
    solution = nbformat.read(construire.ROOT / "solutions" / f"{NAME}.ipynb", as_version=4)
    answers = {cell.metadata.nbgrader.grade_id: cell.source for cell in solution.cells if "nbgrader" in cell.metadata}
    for student, wrong in (("alice", {}), ("bob", WRONG)):
        copy = nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
        for cell in copy.cells:
            header = cell.metadata.get("nbgrader", {})
            if header.get("solution"):
                gap, filled = cell.source, answers[header.grade_id]
                assert "NotImplementedError" in gap
                head = gap[: gap.index("    # Votre code ici")]
                cell.source = head + wrong[header.grade_id] if header.grade_id in wrong else filled
        target = folder / "submitted" / student / NAME
        target.mkdir(parents=True)
        nbformat.write(copy, target / f"{NAME}.ipynb")
    nbgrader(folder, "autograde", NAME, home=home)
    nbgrader(folder, "generate_feedback", NAME, home=home)
    nbgrader(folder, "export", home=home)
    return folder


def points():
    """Les points de chaque vérification de l'exercice, d'après sa source."""
    cells = notebooks.read_source(construire.ROOT / "solutions" / f"{NAME}.py").cells
    headers = [cell.metadata.nbgrader for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    return {header.grade_id: header.points for header in headers}


@pytest.mark.timeout(900)
def test_marks_are_those_of_the_answers(graded):
    with (graded / "grades.csv").open(encoding="utf-8", newline="") as file:
        marks = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}
    total, lost = sum(points().values()), points()[CHECK]
    assert lost > 0
    assert marks == {"alice": (total, total), "bob": (total - lost, total)}


@pytest.mark.timeout(900)
def test_feedback_names_the_mistake_to_whoever_made_it(graded):
    pages = {
        student: (graded / "feedback" / student / NAME / f"{NAME}.html").read_text("utf-8")
        for student in ("alice", "bob")
    }
    assert any(mistake.diagnosis == DIAGNOSIS for mistake in EXERCISES[EXERCISE].mistakes)
    assert DIAGNOSIS in pages["bob"]
    assert DIAGNOSIS not in pages["alice"]


@pytest.mark.timeout(900)
def test_released_exercise_is_that_of_the_course(graded):
    released = nbformat.read(graded / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    course = nbformat.read(construire.ROOT / "exercises" / f"{NAME}.ipynb", as_version=4)
    assert [cell.source for cell in released.cells] == [cell.source for cell in course.cells]


def test_folder_is_prepared_once_and_never_rewritten(tmp_path, capsys):
    folder = tmp_path / "classe été"
    assert classe.main([str(folder), "00", "01"]) == 0
    assert sorted(path.name for path in (folder / "source").iterdir()) == ["00_premiers_pas", "01_autoencodeur"]
    settings, source = folder / classe.SETTINGS, folder / "source" / "01_autoencodeur" / "01_autoencodeur.ipynb"
    settings.write_text("# à moi", encoding="utf-8")
    assert classe.main([str(folder)]) == 0
    assert settings.read_text(encoding="utf-8") == "# à moi"
    source.write_text("modifiée", encoding="utf-8")
    shutil.rmtree(folder / "source" / "00_premiers_pas")
    capsys.readouterr()
    assert classe.main([str(folder)]) == 1
    assert "01_autoencodeur.ipynb" in capsys.readouterr().err
    assert source.read_text(encoding="utf-8") == "modifiée"
    assert not (folder / "source" / "00_premiers_pas").exists(), "rien n'est touché après un refus"


def test_environment_is_activated_from_any_folder(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(classe, "ROOT", PurePosixPath("/home/anne/mon cours"))
    assert classe.activation() == "source '/home/anne/mon cours/.venv/bin/activate'"


def test_wrong_request_is_refused(tmp_path, capsys):
    assert classe.main([str(tmp_path), "99"]) == 2
    assert "«\u00a099\u00a0» ne désigne aucun" in capsys.readouterr().err
    assert classe.main([str(construire.ROOT / "classe")]) == 1
    assert "choisissez un dossier ailleurs" in capsys.readouterr().err
    assert not (construire.ROOT / "classe").exists()
