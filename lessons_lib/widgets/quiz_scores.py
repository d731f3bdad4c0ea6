"""Les questions réussies, gardées sur cette machine seulement, dans le dossier de données de l'utilisateur.

Un seul fichier JSON : leçon -> empreinte de la question -> ``{"essais": 2, "reussie": true}``. Il est relu avant chaque
écriture, pour que deux noyaux ne perdent pas les résultats l'un de l'autre, et remplacé d'un seul coup. Un fichier
illisible est mis de côté sous un autre nom, jamais écrasé. Tout ennui de fichier revient à ne pas garder le score.
"""

import json
import os
import tempfile
from pathlib import Path

from platformdirs import user_data_dir


def folder() -> Path:
    """Le dossier des scores ; la variable d'environnement COURS_LOTUS_SCORES le déplace."""
    return Path(os.environ.get("COURS_LOTUS_SCORES") or user_data_dir("cours-lotus", appauthor=False))


def of_lesson(lesson: str) -> tuple[dict[str, dict], str]:
    """Empreinte -> essais et réussite pour une leçon, et une phrase si le score ne peut être gardé (vide sinon)."""
    try:
        everything, note = _read()
    except OSError as error:
        return {}, _refusal(error)
    return everything.get(lesson, {}), note


def record(lesson: str, fingerprint: str, passed: bool) -> str:
    """Ajoute un essai. Une question réussie le reste, et ses essais ne comptent plus. Rend une phrase, ou ""."""

    def add(everything: dict) -> None:
        entry = everything.setdefault(lesson, {}).setdefault(fingerprint, {"essais": 0, "reussie": False})
        if not entry["reussie"]:
            entry.update(essais=entry["essais"] + 1, reussie=passed)

    return _change(add)


def forget(lesson: str) -> str:
    """Efface le score d'une leçon, et d'elle seule. Rend une phrase si c'est impossible, "" sinon."""
    return _change(lambda everything: everything.pop(lesson, None))


def _change(change) -> str:
    try:
        everything, note = _read(aside=True)
        change(everything)
        _write(everything)
    except OSError as error:
        return _refusal(error)
    return note


def _read(aside: bool = False) -> tuple[dict, str]:
    """Le fichier entier, et une phrase s'il est illisible ; aside le met alors de côté. Lève OSError."""
    path = folder() / "scores.json"
    try:
        everything = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, ""
    except ValueError:  # ni JSON, ni UTF-8
        everything = None
    if _is_well_formed(everything):
        return everything, ""
    if not aside:
        return {}, f"Le fichier des scores ({path}) est illisible : il sera mis de côté à la prochaine réponse."
    number = 1
    while (other := path.with_name(f"scores.illisible-{number}.json")).exists():
        number += 1
    os.replace(path, other)
    return {}, f"Le fichier des scores était illisible : il est gardé sous le nom {other.name}, un autre commence."


def _is_well_formed(everything: object) -> bool:
    if not isinstance(everything, dict) or not all(isinstance(lesson, dict) for lesson in everything.values()):
        return False
    entries = [entry for lesson in everything.values() for entry in lesson.values()]
    return all(
        isinstance(entry, dict) and type(entry.get("essais")) is int and type(entry.get("reussie")) is bool
        for entry in entries
    )


def _write(everything: dict) -> None:
    folder().mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder(), prefix="scores-", suffix=".partiel")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(everything, file, ensure_ascii=False, indent=1)
        os.replace(temporary, folder() / "scores.json")
    finally:
        Path(temporary).unlink(missing_ok=True)


def _refusal(error: OSError) -> str:
    return f"Le score n'est pas gardé : le dossier {folder()} n'est pas accessible ({error.strerror})."
