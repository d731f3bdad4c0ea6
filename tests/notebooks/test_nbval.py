"""nbval rejoue chaque notebook, du haut en bas, et compare toutes les sorties à celles du dépôt.

Un notebook, un noyau, un pytest : les messages de nbval ne se mêlent pas aux nôtres. nbval laisse passer ce
que `construire` retire (la vue d'un widget) et ne compare pas les pixels ; les cellules marquées
`nbval-ignore-output` doivent seulement s'exécuter.
"""

import ast
import os
import re
import subprocess
import sys

import nbformat
import pytest

from course import construire, notebooks

SOURCES = construire.sources()
SOLUTIONS = construire.solutions()
SECONDS = 600


def replay(path, profile, threads=2, options=()):
    """Rejoue un notebook sous nbval strict ; rend (réussite, rapport sans couleurs)."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--color=no",
        "--tb=short",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    command += [
        f"--nbval-cell-timeout={notebooks.CELL_SECONDS}",
        "--rootdir",
        str(path.parent),
        "-c",
        os.devnull,
    ]
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "IPYTHONDIR": str(profile)}
    environment["OMP_NUM_THREADS"] = str(threads)
    result = subprocess.run(
        [*command, *options, str(path)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=SECONDS,
        encoding="utf-8",
    )
    report = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout + result.stderr)
    return result.returncode == 0, report


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.stem}")
def test_notebook_replays_identically_twice_with_one_and_two_threads(source, tmp_path):
    for threads in (1, 2):
        passed, report = replay(source.with_suffix(".ipynb"), tmp_path, threads)
        assert passed, f"avec {threads} fil(s) de calcul :\n{report}"


def test_a_changed_output_is_noticed(tmp_path):
    source = tmp_path / "99_essai.py"
    source.write_text('# %%\nprint("un")\n\n# %%\nprint("deux")\n', encoding="utf-8")
    built = notebooks.execute(notebooks.read_source(source), tmp_path)
    path = source.with_suffix(".ipynb")
    notebooks.write(path, notebooks.as_bytes(built))
    assert replay(path, tmp_path)[0]
    built.cells[1].outputs[0].text = "trois\n"
    notebooks.write(path, notebooks.as_bytes(built))
    passed, report = replay(path, tmp_path)
    assert not passed
    assert "Cell 1" in report
    assert "trois" in report


OPPOSITE = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.MatMult: ast.Mult}


class PlantedError(ast.NodeTransformer):
    """Change la première opération rencontrée : une addition en soustraction, un produit en quotient…"""

    planted = None

    def visit_BinOp(self, node):
        if self.planted is None and type(node.op) in OPPOSITE:
            before = ast.unparse(node)
            node.op = OPPOSITE[type(node.op)]()
            self.planted = f"{before} -> {ast.unparse(node)}"
            return node
        return self.generic_visit(node)


def plant_an_error(notebook):
    """Glisse une faute dans la première réponse qui contient une opération ; rend ce qui a changé."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            error = PlantedError()
            changed = error.visit(ast.parse(cell.source))
            if error.planted:
                cell.source = ast.unparse(changed)
                return error.planted
    pytest.fail("aucune opération à changer dans les réponses de cette solution")


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("source", SOLUTIONS, ids=lambda source: source.stem)
def test_an_error_planted_in_a_solution_is_caught(source, tmp_path, tally):
    notebook = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    planted = plant_an_error(notebook)
    path = tmp_path / "solutions" / f"{source.stem}.ipynb"
    notebooks.write(path, notebooks.as_bytes(notebook))
    with tally.counted("fautes glissées dans les solutions", "vues par nbval"):
        passed, report = replay(path, tmp_path, options=["-x"])
        assert not passed, planted
        assert "✘" in report, report
