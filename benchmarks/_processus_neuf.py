"""Ce qui ne se mesure que dans un processus neuf : un pic de mémoire, la durée d'un import.

`python -m benchmarks._processus_neuf torch`, `pas 128 16` ou `import lessons_lib.models` imprime un nombre. Ce module
n'importe rien de lourd : cela compterait dans ce qu'il mesure.
"""

import importlib
import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

from course.environnement import ROOT


def apart(*what: str | int) -> float:
    """Un nombre mesuré dans un processus neuf."""
    command = [sys.executable, "-m", "benchmarks._processus_neuf", *map(str, what)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def peak_megabytes() -> float:
    """Le plus de mémoire que ce processus ait occupé, en Mo.

    Sous Linux, ru_maxrss compte aussi le processus qui a lancé celui-ci : VmHWM, lui, repart de zéro.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measured(what: str, *details: str) -> float:
    """Ce qu'un processus neuf mesure : « torch » et « pas côté lot » en Mo, « import modules » en secondes."""
    if what == "import":
        start = time.perf_counter()
        for name in details:
            importlib.import_module(name)
        return time.perf_counter() - start
    importlib.import_module("torch")
    if what == "pas":
        from benchmarks._chrono import random_images, wgan_gp

        size, batch = map(int, details)
        for _ in itertools.islice(wgan_gp(random_images(68, size), batch), 3):
            pass
    return peak_megabytes()


if __name__ == "__main__":
    print(json.dumps(measured(*sys.argv[1:])))
