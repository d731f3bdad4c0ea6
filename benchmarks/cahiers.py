"""Durée et mémoire de chaque notebook, exécuté du haut en bas dans un noyau neuf (environ 10 minutes en tout)."""

import sys
import time
from collections.abc import Iterator

import nbformat

from benchmarks import Mesure
from course import construire, notebooks
from course.environnement import ROOT

MOST_SECONDS = 90
PEAK = f"""\
import sys
sys.path.insert(0, {str(ROOT)!r})
from benchmarks._processus_neuf import peak_megabytes
print(peak_megabytes())"""


def peak_megabytes(last_cell: nbformat.NotebookNode) -> int:
    """La plus grande mémoire occupée par le noyau, en Mo, d'après ce qu'a imprimé sa dernière cellule."""
    return round(float(last_cell.outputs[-1].text))


def mesures() -> Iterator[Mesure]:
    """Une durée par notebook, démarrage du noyau compris, machine telle qu'elle est ; sa mémoire, hors de Windows."""
    for source in construire.sources():
        notebook = notebooks.read_source(source)
        if sys.platform != "win32":
            notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
        start = time.perf_counter()
        executed = notebooks.execute(notebook, source.parent)
        seconds = round(time.perf_counter() - start, 1)
        name = f"cahier : {source.parent.name}/{source.stem}"
        yield Mesure(f"{name}, durée", seconds, "s", f"< {MOST_SECONDS}", seconds < MOST_SECONDS)
        if sys.platform != "win32":
            yield Mesure(f"{name}, mémoire", peak_megabytes(executed.cells[-1]), "Mo")
