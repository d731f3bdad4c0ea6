"""nbval rejoue chaque notebook, du haut en bas, et compare toutes les sorties à celles du dépôt.

Un notebook, un noyau, un pytest : les messages de nbval ne se mêlent pas aux nôtres. nbval laisse passer ce
que `construire` retire (la vue d'un widget) et ne compare pas les pixels ; les cellules marquées
`nbval-ignore-output` doivent seulement s'exécuter.
"""

import os
import re
import subprocess
import sys

import pytest

from course import construire, notebooks

SOURCES = construire.sources()
SECONDS = 600


def replay(path, profile):
    """Rejoue un notebook sous nbval strict ; rend (réussite, rapport sans couleurs)."""
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
    result = subprocess.run(
        [*command, str(path)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=SECONDS,
        encoding="utf-8",
    )
    report = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout + result.stderr)
    return result.returncode == 0, report


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.stem}")
def test_notebook_replays_identically(source, tmp_path):
    passed, report = replay(source.with_suffix(".ipynb"), tmp_path)
    assert passed, report


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
