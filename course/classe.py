"""Préparer la correction d'une classe : `python3 -m course classe DOSSIER [NN …]`.

La correction est celle de nbgrader. Cette commande lui prépare un dossier : ses réglages, et pour chaque exercice la
version de l'enseignant (`source/NN_titre/NN_titre.ipynb`), tirée de `solutions/`. La suite se fait avec les commandes
de nbgrader, données à l'écran et dans `course/enseignants.md`.
"""

import argparse
import shlex
import shutil
import sys
from pathlib import Path

from course import construire, environnement, notebooks
from course.environnement import ROOT

SETTINGS = "nbgrader_config.py"
CELL_SECONDS = 300  # nbgrader s'arrête à 30 s, trop peu pour une cellule qui entraîne sur une machine chargée

_SETTINGS = f"""\
# Réglages de nbgrader pour ce dossier ; modifiez-les à votre guise, la commande ne les réécrit pas.
c = get_config()
c.CourseDirectory.course_id = "lotus"
c.ClearSolutions.code_stub = {{"python": {notebooks.STUB!r}}}
c.Execute.timeout = {CELL_SECONDS}
"""

_NEXT = """
Ensuite, dans ce dossier{activate} :

    nbgrader generate_assignment {name}     l'énoncé à distribuer, dans release/
    (rangez les copies reçues dans submitted/IDENTIFIANT/{name}/)
    nbgrader autograde {name}               exécute et note toutes les copies
    nbgrader generate_feedback {name}       une page par copie, dans feedback/
    nbgrader export                         les notes, dans grades.csv

Tout est expliqué dans course/enseignants.md."""


def prepare(folder: Path, solutions: list[Path]) -> list[str]:
    """Écrit les réglages et les sources ; rend les noms des exercices préparés.

    Ce qui existe déjà n'est jamais réécrit : FileExistsError, avant d'avoir rien touché, si une source a changé.
    """
    targets = {path: folder / "source" / path.stem / path.name for path in solutions}
    changed = [t for s, t in targets.items() if t.exists() and t.read_bytes() != s.read_bytes()]
    if changed:
        raise FileExistsError(
            f"Ces sources diffèrent de celles du cours : {', '.join(str(path) for path in changed)}. Gardez-les, "
            "ou supprimez-les et relancez la commande."
        )
    for solution, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(solution, target)
    settings = folder / SETTINGS
    if not settings.exists():
        settings.write_text(_SETTINGS, encoding="utf-8")
    return [path.stem for path in solutions]


def activation() -> str:
    """Ce que l'on tape, depuis n'importe quel dossier, pour activer l'environnement du cours."""
    if sys.platform == "win32":
        return f'"{ROOT / ".venv" / "Scripts" / "activate"}"'
    return f"source {shlex.quote(str(ROOT / '.venv' / 'bin' / 'activate'))}"


def main(arguments: list[str]) -> int:
    """Point d'entrée : 0 si le dossier est prêt, 1 s'il ne peut pas l'être, 2 pour un nom inconnu."""
    parser = argparse.ArgumentParser(
        prog="python3 -m course classe",
        description="Prépare un dossier nbgrader pour noter les exercices d'une classe.",
    )
    parser.add_argument("dossier", type=Path, help="dossier à créer ou à compléter, hors du dossier du cours")
    parser.add_argument("noms", nargs="*", metavar="NN", help="numéro ou nom d'un exercice (tous par défaut)")
    options = parser.parse_args(arguments)
    folder = options.dossier.expanduser().resolve()
    available = construire.solutions()
    try:
        chosen = [source.with_suffix(".ipynb") for source in construire.select(options.noms, available)]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if folder == ROOT or ROOT in folder.parents:
        print(f"{folder} est dans le dossier du cours : choisissez un dossier ailleurs.", file=sys.stderr)
        return 1
    try:
        names = prepare(folder, chosen)
    except OSError as error:
        # Sans numéro, l'erreur vient de prepare, en français ; avec, du système.
        said = f"Impossible d'écrire dans {folder} ({error}) : choisissez un autre dossier."
        print(said if error.errno else error, file=sys.stderr)
        return 1
    activate = f" et avec l'environnement du cours activé ({activation()})" if environnement.runs_inside() else ""
    print(f"Prêts dans {folder} : {', '.join(names)}.\n{_NEXT.format(name=names[0], activate=activate)}")
    return 0
