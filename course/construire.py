"""`python3 -m course construire [NN …] [--tout]` : des textes sources aux notebooks.

- `lessons/NN_titre.py` devient `lessons/NN_titre.ipynb`, exécuté ; `course/accueil.py` de même.
- `solutions/NN_titre.py` devient `solutions/NN_titre.ipynb`, exécuté, et `exercises/NN_titre.ipynb`, sans
  réponses ni sorties.

Un texte dont l'empreinte est déjà dans son notebook n'est pas exécuté de nouveau. Un échec laisse l'ancien
notebook en place.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course import notebooks

ROOT = Path(__file__).resolve().parents[1]
TRACEBACK_LINES = 8


def sources(root: Path = ROOT) -> list[Path]:
    """Tous les textes sources, dans l'ordre où ils se construisent."""
    found = sorted(root.glob("lessons/*.py")) + sorted(root.glob("solutions/*.py"))
    home = root / "course" / "accueil.py"
    return [home, *found] if home.exists() else found


def solutions() -> list[Path]:
    """Les sources des solutions, d'où viennent les exercices."""
    return [source for source in sources() if source.parent.name == "solutions"]


def select(names: list[str], available: list[Path]) -> list[Path]:
    """Les sources désignées par un numéro (« 02 »), un nom ou un chemin ; toutes si rien n'est demandé.

    Lève `ValueError`, avec la liste de ce qui existe, si un nom ne désigne rien.
    """
    if not names:
        return available
    chosen = set()
    for name in names:
        asked = Path(name)
        matches = {
            source
            for source in available
            if asked.stem in (source.stem, source.stem.split("_")[0]) and asked.parent.name in ("", source.parent.name)
        }
        if not matches:
            known = "\n".join(f"  {source.parent.name}/{source.stem}" for source in available)
            raise ValueError(f"« {name} » ne désigne aucun texte source. Choisissez parmi :\n{known}")
        chosen |= matches
    return [source for source in available if source in chosen]


def build(source: Path, force: bool = False, say: Callable[[str], None] = print) -> bool:
    """Construit ce qui vient d'une source ; rend vrai si tout est en place, faux après un échec expliqué."""
    label = f"{source.parent.name}/{source.stem}"
    try:
        notebook = notebooks.read_source(source)
        if source.parent.name == "solutions":
            exercise = notebooks.as_bytes(notebooks.exercise_from(notebook))
            write_exercise(source.parents[1] / "exercises" / f"{source.stem}.ipynb", exercise, say)
        target = source.with_suffix(".ipynb")
        if not force and recorded_digest(target) == notebook.metadata.course.digest:
            say(f"{label} : inchangé.")
            return True
        say(f"{label} : exécution…")
        start = time.monotonic()
        content = notebooks.as_bytes(notebooks.clean(notebooks.execute(notebook, source.parent)))
        notebooks.write(target, content)
    except ValueError as error:
        say(f"{label} : le texte source est à corriger.\n{error}")
    except CellTimeoutError:
        say(
            f"{label} : une cellule dépasse {notebooks.CELL_SECONDS} s ; l'ancien notebook reste en place. "
            "Raccourcissez l'entraînement ou chargez son résultat du zoo."
            f"\n{running_cell(notebook)}"
        )
    except DeadKernelError:
        say(f"{label} : le noyau s'est arrêté (mémoire épuisée ?) ; l'ancien notebook reste en place.")
    except CellExecutionError as error:
        say(f"{label} : une cellule a échoué ; l'ancien notebook reste en place.")
        say(f"{running_cell(notebook)}\n\n{last_lines(error.traceback)}")
    else:
        seconds = f"{time.monotonic() - start:.1f}".replace(".", ",")
        say(f"{label} : construit en {seconds} s, {len(content) / 1000:.0f} Ko.")
        return True
    return False


def write_exercise(target: Path, content: bytes, say: Callable[[str], None]) -> None:
    """Écrit l'exercice si ses octets ont changé."""
    if not target.exists() or target.read_bytes() != content:
        notebooks.write(target, content)
        say(f"exercises/{target.stem} : écrit, {len(content) / 1000:.0f} Ko.")


def recorded_digest(target: Path) -> str | None:
    """L'empreinte du texte dont vient le notebook déjà construit ; None s'il manque ou ne se lit pas."""
    try:
        return nbformat.read(target, as_version=4).metadata.get("course", {}).get("digest")
    except (OSError, ValueError, nbformat.ValidationError):
        return None


def running_cell(notebook: NotebookNode) -> str:
    """La cellule où l'exécution s'est arrêtée : la dernière qui a reçu un numéro ou des sorties."""
    reached = [(n, c) for n, c in enumerate(notebook.cells, 1) if c.cell_type == "code" and _was_reached(c)]
    number, cell = reached[-1]
    body = "\n".join(f"    {line}" for line in cell.source.splitlines())
    return f"Cellule {number} :\n{body}"


def _was_reached(cell: NotebookNode) -> bool:
    return cell.execution_count is not None or bool(cell.outputs)


def last_lines(traceback: str) -> str:
    """La fin d'une trace, sans ses codes de couleur."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", traceback)
    return "\n".join(f"    {line}" for line in plain.rstrip().splitlines()[-TRACEBACK_LINES:])


def main(arguments: list[str] | None = None) -> int:
    """Point d'entrée de la commande : 0 si tout est construit, 1 après un échec, 2 pour un nom inconnu."""
    parser = argparse.ArgumentParser(
        prog="python3 -m course construire",
        description="Construit les notebooks du cours depuis leurs textes sources.",
    )
    parser.add_argument(
        "noms",
        nargs="*",
        metavar="NN",
        help="numéro ou nom d'une leçon (toutes par défaut)",
    )
    parser.add_argument("--tout", action="store_true", help="exécute aussi ce qui n'a pas changé")
    options = parser.parse_args(arguments)
    try:
        chosen = select(options.noms, sources())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    failed = [source for source in chosen if not build(source, force=options.tout)]
    if failed:
        print(
            "En échec : " + ", ".join(f"{s.parent.name}/{s.stem}" for s in failed),
            file=sys.stderr,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
