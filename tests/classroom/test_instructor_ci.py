"""Le fichier d'intégration continue donné aux enseignants : ses commandes, exécutées pour de vrai sur une solution."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from course import construire, environnement

ROOT = construire.ROOT
WORKFLOW = yaml.safe_load((ROOT / "course" / "enseignants-ci.yml").read_text(encoding="utf-8"))
JOB = WORKFLOW["jobs"]["nbval"]
STEPS = {step["name"]: step for step in JOB["steps"] if "name" in step}
SOLUTION = "00_premiers_pas.ipynb"


def run_step(folder, threads):
    """La commande qui rejoue les solutions, dans un dossier qui n'en contient qu'une."""
    step = STEPS["Rejouer les solutions"]
    words = [sys.executable if word == ".venv/bin/python" else word for word in shlex.split(step["run"])]
    matrix = {name: value.replace("${{ matrix.threads }}", threads) for name, value in step["env"].items()}
    environment = os.environ | matrix | {"IPYTHONDIR": str(folder / "ipython")}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "solutions").mkdir()
    shutil.copy(ROOT / "solutions" / SOLUTION, tmp_path / "solutions")
    return tmp_path


@pytest.mark.parametrize("threads", JOB["strategy"]["matrix"]["threads"])
def test_solution_passes(folder, threads):
    result = run_step(folder, threads)
    assert result.returncode == 0, result.stdout
    assert " passed" in result.stdout


def test_wrong_output_is_refused(folder):
    path = folder / "solutions" / SOLUTION
    text = path.read_text(encoding="utf-8")
    assert text.count("(3, 64, 64) torch.float32") == 1
    path.write_text(text.replace("(3, 64, 64) torch.float32", "(3, 32, 32) torch.float32"), encoding="utf-8")
    result = run_step(folder, "2")
    assert result.returncode == 1
    assert "1 failed" in result.stdout


def test_installation_step_is_a_command_of_the_course():
    python, *words = shlex.split(STEPS["Installer"]["run"])
    assert (python, words[:3]) == ("python", ["-m", "course", "tester"])
    result = subprocess.run(
        [sys.executable, "-m", "course", "--ici", *words[2:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stderr
    assert re.search(r"^pytest \d", result.stdout, re.MULTILINE)


def test_environment_of_the_workflow_names_existing_things():
    assert WORKFLOW[True] == {
        "push": None,
        "pull_request": None,
        "workflow_dispatch": None,
    }  # « on » est un booléen en YAML
    assert JOB["strategy"]["matrix"]["threads"] == ["1", "2"]
    words = shlex.split(STEPS["Rejouer les solutions"]["run"])
    assert words[0] == environnement.venv_python(Path(".venv"), windows=False).as_posix()
    assert words[-1] == "solutions" and (ROOT / "solutions").is_dir()
