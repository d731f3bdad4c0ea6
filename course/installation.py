"""L'environnement du cours : le dossier `.venv`, créé, rempli, réparé et tenu à jour par chaque commande.

Un fichier d'état dans `.venv` garde l'empreinte de ce qui est installé. Avant que pip ne commence, il note la date
de `site-packages` ; après son succès seulement, il la remplace par None. L'appel suivant sait donc si une
installation a été interrompue, et si elle avait déjà touché aux bibliothèques : alors `.venv` est refait.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from course import environnement, pannes, verrou
from course.environnement import InstallationError, probe, venv_python

STATE = "cours.json"

#: Dossier, facultatif, d'où tout s'installe sans réseau ; `emporter` le remplit.
WHEELS = "roues"

#: Deux essais suffisent à une coupure brève ; les cinq de pip font attendre cinq minutes sans réseau.
FEW_RETRIES = {"PIP_RETRIES": "2"}

#: Octets libres demandés avant d'installer (mesuré : 1,6 Go avec torch sans CUDA et les tests).
SPACE_NEEDED = 3_000_000_000

_FIRST = """\
Installation du cours dans le dossier .venv : {size} à télécharger, 3 à 15 minutes selon la connexion.
Ensuite, le cours s'ouvrira en quelques secondes et sans réseau.
pip affiche sa progression ci-dessous, en anglais. Ctrl-C arrête ; la même commande reprend."""

_OFFLINE = """\
Installation du cours dans le dossier .venv, sans réseau, depuis le dossier roues : quelques minutes.
pip affiche sa progression ci-dessous, en anglais. Ctrl-C arrête ; la même commande reprend."""

_INCOMPLETE = """\
Le dossier roues ne contient pas tout ce qu'il faut pour cette commande, ce système et ce Python. Complétez-le par
« python3 -m course emporter --tests », sur une machine semblable et reliée au réseau ; si celle-ci l'est, déplacez
ce dossier et relancez la même commande."""

_UPDATE = """\
Ce que le cours demande a changé : mise à jour du dossier .venv. pip affiche sa progression ci-dessous,
en anglais."""

_CUDA = """\
Aucune carte NVIDIA n'a été trouvée. Sous Linux, pip prend par défaut la variante de torch qui contient CUDA :
plusieurs gigaoctets à télécharger, inutiles ici. Pour prendre la variante « CPU », bien plus petite, arrêtez
(Ctrl-C) et relancez en donnant à pip l'index CPU indiqué par la page d'installation de PyTorch :
    PIP_EXTRA_INDEX_URL=<adresse de cet index> python3 -m course
Si pip est déjà réglé ainsi, il n'y a rien à faire. L'installation continue."""


@dataclasses.dataclass(frozen=True)
class State:
    """Ce que contient `.venv` : empreinte, extras, version de Python (« 3.11 »).

    `pending` est None, sauf si l'installation n'est pas achevée : date (ns) de `site-packages` à son début.
    """

    digest: str
    extras: tuple[str, ...]
    python: str
    pending: int | None = None


def dependencies(pyproject: Path, extras: Iterable[str]) -> list[str]:
    """Dépendances de `pyproject.toml`, extras compris. KeyError si un extra n'existe pas."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    optional = project.get("optional-dependencies", {})
    return project["dependencies"] + [line for extra in sorted(extras) for line in optional[extra]]


def digest(root: Path, extras: Iterable[str], python: str) -> str:
    """Empreinte de ce qui doit être installé : dépendances, versions exactes, version de Python."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    wanted = [dependencies(root / "pyproject.toml", extras), pins, python]
    return hashlib.sha256(json.dumps(wanted).encode()).hexdigest()


def read_state(venv: Path) -> State | None:
    """État de l'environnement ; None s'il n'y en a pas ou s'il est illisible."""
    try:
        fields = json.loads((venv / STATE).read_text(encoding="utf-8"))
        return State(**{**fields, "extras": tuple(fields["extras"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_state(venv: Path, state: State) -> None:
    """Écrit l'état d'un seul coup : un arrêt au mauvais moment ne laisse jamais un fichier à demi écrit."""
    temporary = venv / (STATE + ".tmp")
    temporary.write_text(json.dumps(dataclasses.asdict(state)), encoding="utf-8")
    os.replace(temporary, venv / STATE)


def needs_rebuild(state: State | None, python: str | None, modified: int) -> str | None:
    """Raison de refaire `.venv` depuis le début, ou None.

    `python` est ce que rend `probe`, `modified` la date (ns) de `site-packages`.
    """
    if python is None:
        return "L'environnement .venv est endommagé ou incomplet : il est refait."
    if state is None:
        return None
    if state.python != python:
        return f"Python est passé de {state.python} à {python} : l'environnement .venv est refait."
    if state.pending not in (None, modified):
        return "L'installation précédente a été interrompue : elle est reprise."
    return None


def ensure(extras: Iterable[str] = (), root: Path = environnement.ROOT, offline: bool = True) -> Path:
    """Prépare `.venv` s'il en est besoin et rend son Python. offline : depuis le dossier des roues, s'il y en a.

    Quand l'empreinte n'a pas changé, rien n'est installé et le réseau n'est pas sollicité.
    Lève InstallationError.
    """
    venv = root / ".venv"
    python = venv_python(venv)
    if _is_ready(venv, root, extras):
        return python
    try:
        waiting = "Une autre fenêtre installe déjà le cours : attente de la fin…"
        with verrou.exclusive(root / ".jupyter" / "installation.verrou", waiting):
            if not _is_ready(venv, root, extras):
                _install(venv, root, extras, _wheels(root) if offline else [])
    except OSError as error:
        raise InstallationError(pannes.explain(f"{type(error).__name__}: {error}")) from error
    return python


def _is_ready(venv: Path, root: Path, extras: Iterable[str]) -> bool:
    state = read_state(venv)
    if state is None or state.pending is not None or not set(extras) <= set(state.extras):
        return False
    if state.digest != digest(root, state.extras, state.python):
        return False
    return environnement.runs_inside(venv) or probe(venv_python(venv), ["jupyterlab", "torch"]) == state.python


def _install(venv: Path, root: Path, extras: Iterable[str], wheels: list[str]) -> None:
    state = read_state(venv)
    python = venv_python(venv)
    first = not venv.exists()
    reason = None if first else needs_rebuild(state, probe(python, ["pip"]), _modified(venv))
    anew = first or reason is not None
    has_torch = not anew and _contains_torch(venv)
    _check_space(root, has_torch)
    start = time.monotonic()
    _announce(reason, has_torch, offline=bool(wheels))
    if anew:
        environnement.create(venv)
        state = None
    version = probe(python, ["pip"])
    if version is None:
        raise InstallationError(pannes.missing_ensurepip(sys.version_info[:2]))
    wanted = set(extras) | set(state.extras if state else ())
    target = State(digest(root, wanted, version), tuple(sorted(wanted)), version, _modified(venv))
    write_state(venv, target)
    code, errors = _pip(python, root, [*wheels, *dependencies(root / "pyproject.toml", wanted)])
    if code and wheels and pannes.nature(errors) == "introuvable":
        raise InstallationError(_INCOMPLETE)
    if code:
        raise InstallationError(pannes.explain(errors))
    environnement.make_importable(python, root)
    write_state(venv, dataclasses.replace(target, pending=None))
    minutes, seconds = divmod(round(time.monotonic() - start), 60)
    print(f"Installation terminée en {minutes} min {seconds:02d} s.\n", flush=True)


def _site_packages(venv: Path) -> list[Path]:
    return [path for path in [*venv.glob("lib/python*/site-packages"), venv / "Lib/site-packages"] if path.is_dir()]


def _modified(venv: Path) -> int:
    return max((path.stat().st_mtime_ns for path in _site_packages(venv)), default=0)


def _contains_torch(venv: Path) -> bool:
    return any((path / "torch" / "__init__.py").exists() for path in _site_packages(venv))


def _check_space(root: Path, has_torch: bool) -> None:
    needed = SPACE_NEEDED // 6 if has_torch else SPACE_NEEDED
    free = shutil.disk_usage(root).free
    if free < needed:
        raise InstallationError(pannes.too_little_space(free, needed))


def has_nvidia_card() -> bool:
    """Vrai si le pilote d'une carte NVIDIA est installé."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia").exists()


def _wheels(root: Path) -> list[str]:
    """Les options de pip pour n'installer que depuis le dossier des roues ; aucune s'il n'y en a pas."""
    folder = root / WHEELS
    return ["--no-index", "--find-links", str(folder)] if any(folder.glob("*.whl")) else []


def _announce(reason: str | None, has_torch: bool, offline: bool) -> None:
    if reason:
        print(reason, flush=True)
    if offline:
        print(_OFFLINE, flush=True)
        return
    if has_torch:
        print(_UPDATE, flush=True)
        return
    cuda = sys.platform == "linux"
    print(_FIRST.format(size="de 300 Mo à plusieurs gigaoctets" if cuda else "de 300 à 400 Mo"), flush=True)
    if cuda and not has_nvidia_card():
        print(_CUDA, flush=True)


def _pip(python: Path, root: Path, words: list[str]) -> tuple[int, str]:
    """Lance pip, sa progression à l'écran ; rend son code et ce qu'il a écrit sur la sortie d'erreur."""
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--no-warn-script-location", "--constraint", root / "constraints.txt", *words]
    environment = FEW_RETRIES | os.environ | {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    lines: deque[str] = deque(maxlen=400)
    with (
        _sigterm_interrupts(),
        subprocess.Popen(
            command, cwd=root, env=environment, stderr=subprocess.PIPE, text=True, errors="replace"
        ) as process,
    ):
        try:
            for line in process.stderr:
                if "Retrying" in line and not any("Retrying" in known for known in lines):
                    print("Le réseau répond mal : pip réessaie… (Ctrl-C pour arrêter)", flush=True)
                lines.append(line)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise KeyboardInterrupt("Installation interrompue : la même commande la reprendra.") from None
    return process.returncode, "".join(lines)


@contextlib.contextmanager
def _sigterm_interrupts():
    def interrupt(number, frame):
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
