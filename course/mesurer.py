"""Exécuter les mesures de `benchmarks/` : chaque module y définit `mesures()`, qui produit des `Mesure`."""

import ast
import dataclasses
import importlib
import json
from pathlib import Path

from course.environnement import ROOT

FOLDER = ROOT / "benchmarks"


def names(folder: Path = FOLDER) -> dict[str, str]:
    """Nom de chaque module de mesures -> première ligne de sa documentation, sans l'importer."""
    modules = sorted(path for path in folder.glob("*.py") if not path.stem.startswith("_"))
    described = ((path.stem, ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))) for path in modules)
    return {name: (text or "").partition("\n")[0] for name, text in described}


def line(measure) -> str:
    """Une `Mesure` en une ligne lisible."""
    value = f"{measure.valeur:.4g}" if isinstance(measure.valeur, float) else str(measure.valeur)
    verdict = {True: "tenu", False: "NON TENU", None: ""}[measure.tenu]
    target = "" if measure.cible is None else f"cible {measure.cible}"
    return f"{measure.nom:<44} {value:>10} {measure.unite:<12} {target:<18} {verdict}".rstrip()


def main(arguments: list[str]) -> int:
    """Sans nom, donne la liste ; sinon exécute les mesures nommées. Rend 2 si un nom n'existe pas."""
    known = names()
    wanted = [word for word in arguments if word != "--json"]
    unknown = [word for word in wanted if word not in known]
    if unknown:
        print(f"Mesure inconnue : {', '.join(unknown)}. Mesures possibles : {', '.join(known)}.")
        return 2
    if not wanted:
        for name, description in known.items():
            print(f"{name:<20} {description}")
        return 0
    for name in wanted:
        for measure in importlib.import_module(f"benchmarks.{name}").mesures():
            as_json = json.dumps(dataclasses.asdict(measure), ensure_ascii=False)
            print(as_json if "--json" in arguments else line(measure), flush=True)
    return 0
