"""D'un texte py:percent à un notebook exécuté, et d'une solution à son exercice : une étape par fonction.

Chaque étape prend et rend un notebook `nbformat`. `course.construire` les enchaîne et parle à l'utilisateur.
"""

import hashlib
import os
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

CELL_SECONDS = 900
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
IGNORED = "nbval-ignore-output"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
NBGRADER = ("schema_version", "grade_id", "solution", "grade", "locked")
STUB = "# Votre code ici\nraise NotImplementedError"
KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}


def digest(text: str) -> str:
    """Empreinte (SHA-256, hexadécimal) d'un texte source."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_source(path: Path) -> NotebookNode:
    """Lit un texte py:percent : cellules sans sorties, identifiants stables, noyau et empreinte du texte."""
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    seen = Counter()
    for cell in notebook.cells:
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k in ("tags", "nbgrader")})
        seen[cell.cell_type, cell.source] += 1
        cell.id = cell_id(cell.cell_type, cell.source, seen[cell.cell_type, cell.source])
    course = {"source": path.name, "digest": digest(text)}
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE, "course": course})
    return notebook


def cell_id(kind: str, source: str, occurrence: int) -> str:
    """Identifiant d'une cellule : il ne dépend que d'elle, insérer une autre cellule ne le change pas."""
    stem = hashlib.sha256(f"{kind}\n{source}".encode()).hexdigest()[:12]
    return stem if occurrence == 1 else f"{stem}-{occurrence}"


def execute(notebook: NotebookNode, folder: Path, allow_errors: bool = False) -> NotebookNode:
    """Exécute toutes les cellules dans un noyau neuf placé dans `folder`, comme chez la personne qui apprend.

    `allow_errors` : continuer après une cellule en erreur, gardée comme sortie (un exercice non rempli).

    Lève `nbclient.exceptions.CellExecutionError` (cellule en erreur) ou `CellTimeoutError` (plus de
    `CELL_SECONDS` secondes). Les réglages IPython personnels sont laissés de côté.
    """
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        allow_errors=allow_errors,
    )
    with tempfile.TemporaryDirectory(prefix="ipython-") as profile:
        environment = {
            **os.environ,
            "OMP_WAIT_POLICY": "PASSIVE",
            "IPYTHONDIR": profile,
        }
        client.execute(env=environment, stderr=subprocess.DEVNULL)
    return notebook


def clean(notebook: NotebookNode) -> NotebookNode:
    """Ne garde des sorties que ce qui se lit sans noyau et se répète à l'identique.

    La vue d'un widget (son numéro change à chaque exécution) disparaît : reste l'image fixe qui l'accompagne.
    Dans une cellule marquée `nbval-ignore-output`, une sortie qui n'était qu'un widget ou une barre de
    progression disparaît tout entière.
    """
    notebook.metadata.language_info = NotebookNode(LANGUAGE)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        ignored = IGNORED in cell.metadata.get("tags", [])
        cell.outputs = [_clean(o) for o in cell.outputs if not (ignored and _is_progress(o))]
    return notebook


def _is_progress(output: NotebookNode) -> bool:
    if output.output_type == "stream":
        return output.name == "stderr" and "%|" in output.text
    return set(output.get("data", {})) == {WIDGET_VIEW, "text/plain"}


def _clean(output: NotebookNode) -> NotebookNode:
    if "data" in output:
        output.data.pop(WIDGET_VIEW, None)
    if output.output_type == "stream":
        output.text = re.sub(r"^.*\r(?=[^\n])", "", output.text.replace("\r\n", "\n"), flags=re.MULTILINE)
    return output


def exercise_problems(notebook: NotebookNode) -> list[str]:
    """Ce qui empêche une solution de devenir un exercice, une phrase par défaut ; vide si tout va bien."""
    from nbgrader.nbgraderformat import (
        MetadataValidator,
        SchemaTooNewError,
        SchemaTooOldError,
        ValidationError,
    )

    problems, gaps = [], 0
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"cellule {number} ({first_line(cell.source)})"
        marks = [line.strip() for line in cell.source.splitlines() if line.strip() in (BEGIN, END)]
        loose = re.findall(r"BEGIN SOLUTION|END SOLUTION", cell.source)
        header = cell.metadata.get("nbgrader", {})
        solution = header.get("solution", False)
        if len(loose) != len(marks) or marks != [BEGIN, END] * (len(marks) // 2):
            problems.append(
                f"{where} : les marques doivent aller par deux, chacune seule sur sa ligne, « {BEGIN} » puis « {END} »."
            )
        elif marks and not solution:
            problems.append(
                f"{where} : une région de solution demande l'en-tête nbgrader "
                '{"solution": true, "grade_id": …} sur la ligne « # %% ».'
            )
        elif solution and not marks:
            problems.append(f"{where} : cellule de solution sans « {BEGIN} » : elle serait effacée en entier.")
        if header and (missing := [key for key in NBGRADER if key not in header]):
            problems.append(f"{where} : en-tête nbgrader incomplet, il manque {', '.join(missing)}.")
        gaps += bool(marks and solution)
    if not gaps and not problems:
        problems.append(f"aucune région « {BEGIN} » … « {END} » : l'exercice n'aurait rien à compléter.")
    if problems:
        return problems
    try:
        MetadataValidator().validate_nb(notebook)
    except (ValidationError, SchemaTooOldError, SchemaTooNewError) as error:
        reason = str(getattr(error, "message", error)).splitlines()[0]
        problems.append(f"métadonnées nbgrader refusées ({reason}). Comparez avec une solution existante.")
    return problems


def exercise_from(solution: NotebookNode) -> NotebookNode:
    """L'exercice : la solution lue par `read_source`, vidée par le ClearSolutions de nbgrader, sans sorties.

    Lève `ValueError` si les marques ou les métadonnées nbgrader sont fausses (voir `exercise_problems`).
    """
    from nbgrader.preprocessors import ClearSolutions

    problems = exercise_problems(solution)
    if problems:
        raise ValueError("\n".join(problems))
    exercise, _ = ClearSolutions(code_stub={"python": STUB}).preprocess(nbformat.from_dict(solution), {})
    return exercise


def first_line(source: str) -> str:
    """Première ligne non vide d'une cellule, abrégée, pour la nommer dans un message."""
    line = next((line.strip() for line in source.splitlines() if line.strip()), "vide")
    return line if len(line) <= 60 else line[:59] + "…"


def as_bytes(notebook: NotebookNode) -> bytes:
    """L'écriture d'un notebook : JSON indenté d'une espace, clés triées, UTF-8, une fin de ligne finale."""
    nbformat.validate(notebook)
    return (nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n").encode()


def write(path: Path, content: bytes) -> None:
    """Écrit d'un coup : à tout moment `path` est l'ancien fichier entier ou le nouveau entier."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
