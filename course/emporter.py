"""Emporter le cours là où il n'y a pas de réseau : `python3 -m course emporter [--tests]`.

Toutes les bibliothèques, aux versions exactes du cours, sont téléchargées dans le dossier `roues` (les *wheels* de
Python). Copié avec le dossier du cours sur une machine sans réseau, il sert tout seul : `python3 -m course` installe
alors depuis lui, sans consulter aucun index. Les roues sont celles du système et du Python qui lancent la commande.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from course import installation, pannes
from course.__main__ import EXTRAS
from course.environnement import ROOT


def command(root: Path, extras: list[str]) -> list[str]:
    """La commande pip qui remplit `root/roues` : dépendances de pyproject.toml, versions de constraints.txt."""
    wanted = installation.dependencies(root / "pyproject.toml", extras)
    where = ["--wheel-dir", str(root / installation.WHEELS), "--constraint", str(root / "constraints.txt")]
    # « wheel » plutôt que « download » : un paquet publié sans roue est construit ici, où le réseau répond.
    return [sys.executable, "-m", "pip", "wheel", "--no-input", "--disable-pip-version-check", *where, *wanted]


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Point d'entrée : 0 si tout est là, 1 si pip a échoué (la raison est dite en français)."""
    parser = argparse.ArgumentParser(
        prog="python3 -m course emporter",
        description="Télécharge dans le dossier « roues » tout ce qu'il faut pour installer le cours sans réseau.",
    )
    parser.add_argument("--tests", action="store_true", help="aussi ce que « tester » et « construire » demandent")
    options = parser.parse_args(arguments)
    extras = sorted({*EXTRAS["tester"], *EXTRAS["construire"]}) if options.tests else []
    free = shutil.disk_usage(root).free
    if free < installation.SPACE_NEEDED:
        print(pannes.too_little_space(free, installation.SPACE_NEEDED), file=sys.stderr)
        return 1
    print("Téléchargement dans le dossier roues (pip affiche sa progression, en anglais)…", flush=True)
    result = subprocess.run(
        command(root, extras),
        env=installation.FEW_RETRIES | os.environ,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode:
        print(pannes.explain(result.stderr), file=sys.stderr)
        return 1
    wheels = list((root / installation.WHEELS).glob("*.whl"))
    size = sum(path.stat().st_size for path in wheels) / 1e6
    system = f"{sys.platform}, Python {sys.version_info[0]}.{sys.version_info[1]}"
    print(
        f"\n{len(wheels)} roues, {size:.0f} Mo, pour {system}.\n"
        "Copiez le dossier du cours, roues comprises, sans .venv. Sur la machine sans réseau : python3 -m course\n"
        "Pour un autre système ou un autre Python, lancez aussi cette commande sur une machine semblable : les roues\n"
        "s'ajoutent dans le même dossier."
    )
    return 0
