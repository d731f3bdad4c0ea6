"""Second démarrage du cours : du lancement de la commande à l'adresse, à la page, puis l'arrêt par Ctrl-C.

Le Python qui lance la commande est celui qui a créé `.venv`, comme chez un élève ; le dossier personnel est
vide. Chaque durée est la médiane de trois démarrages.
"""

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks import Mesure
from course.environnement import ROOT

REPEATS = 3


def base_python() -> Path:
    """Python dont `.venv` est issu."""
    name = "python.exe" if os.name == "nt" else "bin/python3"
    return Path(sys.base_prefix) / name


def measure_once(home: str) -> tuple[float, float, float]:
    """Secondes jusqu'à l'adresse affichée, jusqu'à la page servie, et de Ctrl-C à la fin du programme."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("VIRTUAL_ENV", "PYTHONPATH") and not name.startswith("JUPYTER")
    }
    start = time.perf_counter()
    process = subprocess.Popen(
        [base_python(), "-m", "course", "--sans-navigateur"],
        cwd=ROOT,
        env=environment | {"HOME": home, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        address = next(filter(None, (re.search(r"http://\S+", line) for line in process.stdout)))[0]
        printed = time.perf_counter() - start
        with urllib.request.urlopen(address, timeout=30) as page:
            page.read()
        served = time.perf_counter() - start
        stop = time.perf_counter()
        process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
        process.communicate(timeout=30)
        return printed, served, time.perf_counter() - stop
    finally:
        process.kill()
        process.wait()


def mesures() -> Iterator[Mesure]:
    """Mesure le démarrage à chaud : `.venv` est prêt, le premier essai n'est pas compté."""
    with tempfile.TemporaryDirectory() as home:
        measure_once(home)
        columns = list(zip(*(measure_once(home) for _ in range(REPEATS)), strict=True))
    names = ("demarrage : adresse affichée", "demarrage : page servie", "demarrage : arrêt par Ctrl-C")
    for name, seconds, target in zip(names, columns, (6.0, 6.0, 2.0), strict=True):
        value = round(statistics.median(seconds), 2)
        yield Mesure(name, value, "s", f"< {target:g}", value < target)
