"""Exécuter les mesures de `benchmarks/` : chaque module y définit `mesures()`, qui produit des `Mesure`."""

import ast
import dataclasses
import datetime
import importlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from course.environnement import ROOT

FOLDER = ROOT / "benchmarks"
LINES = ROOT / "entrainements" / "mesures.jsonl"
EVERYTHING = "tout"
NO_ERROR = "aller au bout"


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
    """Sans nom, donne la liste ; « tout » : voir :func:`everything` ; sinon exécute les mesures nommées.

    Rend 2 si un nom n'existe pas, 1 si l'une des mesures de « tout » a échoué.
    """
    if arguments[:1] == [EVERYTHING]:
        return everything(arguments[1:])
    known = names()
    wanted = [word for word in arguments if word != "--json"]
    if refused(wanted):
        return 2
    if not wanted:
        for name, description in known.items():
            print(f"{name:<20} {description}")
        print(f"{EVERYTHING:<20} Toutes, ou celles nommées après lui ; un tableau et une figure (plusieurs heures).")
        return 0
    for name in wanted:
        for measure in importlib.import_module(f"benchmarks.{name}").mesures():
            as_json = json.dumps(dataclasses.asdict(measure), ensure_ascii=False)
            print(as_json if "--json" in arguments else line(measure), flush=True)
    return 0


def refused(wanted: list[str]) -> bool:
    """Vrai, en disant pourquoi, si l'un de ces noms n'est pas celui d'une mesure."""
    known = names()
    unknown = [word for word in wanted if word not in known]
    if unknown:
        print(f"Mesure inconnue : {', '.join(unknown)}. Mesures possibles : {', '.join(known)}, {EVERYTHING}.")
    return bool(unknown)


def everything(options: list[str]) -> int:
    """Mesure tous les sujets, ou ceux que l'on nomme, et refait le tableau et la figure de toutes les mesures connues.

    Les lignes JSON, le tableau et la figure sont au même endroit. Un sujet mesuré de nouveau remplace ses lignes, et
    celles des autres restent. Avec « --depuis FICHIER.jsonl », rien n'est mesuré : tout est refait depuis ces lignes.
    """
    from benchmarks import Mesure, _bilan

    lines, failed = LINES, False
    if options[:1] == ["--depuis"]:
        lines, subjects = Path(options[-1]), []
        if len(options) != 2 or not lines.is_file():
            print("Usage : mesurer tout [nom …], ou mesurer tout --depuis FICHIER.jsonl, où ce fichier existe.")
            return 2
    else:
        subjects = options or list(names())
        if refused(subjects):
            return 2
    lines.parent.mkdir(parents=True, exist_ok=True)
    lines.touch()
    for subject in subjects:
        kept = [text for text in lines.read_text(encoding="utf-8").splitlines() if json.loads(text)["sujet"] != subject]
        lines.write_text("".join(f"{text}\n" for text in kept), encoding="utf-8")
        with lines.open("a", encoding="utf-8") as file:
            for row in measured(subject):
                failed |= row["cible"] == NO_ERROR
                dated = {"date": datetime.date.today().isoformat(), "sujet": subject} | row
                print(json.dumps(dated, ensure_ascii=False), file=file, flush=True)
                print(line(Mesure(**row)), flush=True)
    for path in _bilan.write(lines):
        print(path)
    return int(failed)


def measured(subject: str) -> Iterator[dict]:
    """Les mesures d'un sujet, au fil de l'eau, faites par un autre processus ; s'il échoue, son erreur en est une."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        subprocess.Popen(
            command(subject),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        for printed in process.stdout:
            if printed.startswith("{"):
                yield json.loads(printed)
        if process.wait():
            errors.seek(0)
            said = re.sub(r"\x1b\[[\d;]*m", "", errors.read()).strip()  # un noyau colore ses erreurs
            reason = (said.splitlines() or [f"code {process.returncode}"])[-1]
            yield {"nom": "mesure interrompue", "valeur": reason, "unite": "", "cible": NO_ERROR, "tenu": False}


def command(subject: str) -> list[str]:
    """Ce qu'exécute l'autre processus : une ligne JSON par mesure, en UTF-8 sous tous les systèmes."""
    return [sys.executable, "-X", "utf8", "-m", "course.mesurer", subject, "--json"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
