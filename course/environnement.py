"""Le dossier `.venv` en tant que Python : où il est, s'il marche, comment le créer et lui passer la main."""

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from course import pannes

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


class InstallationError(Exception):
    """L'environnement ne peut pas être préparé ; le message, en français, dit quoi faire."""


def venv_python(venv: Path, windows: bool = os.name == "nt") -> Path:
    """Chemin du Python de l'environnement `venv`."""
    return venv / "Scripts" / "python.exe" if windows else venv / "bin" / "python"


def runs_inside(venv: Path = VENV) -> bool:
    """Vrai si le Python courant est celui de `venv`."""
    return venv.is_dir() and os.path.samefile(sys.prefix, venv)


def probe(python: Path, modules: Iterable[str]) -> str | None:
    """Version (« 3.11 ») de ce Python s'il démarre et trouve ces modules (sans les importer), sinon None."""
    code = (
        "import sys, importlib.util as u; "
        "print('%d.%d' % sys.version_info[:2] if all(map(u.find_spec, sys.argv[1:])) else '')"
    )
    try:
        result = subprocess.run(
            [python, "-I", "-c", code, *modules], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() or None if result.returncode == 0 else None


def create(venv: Path) -> None:
    """Crée `venv`, ou le vide et le recrée. Lève InstallationError."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise InstallationError(pannes.missing_ensurepip(sys.version_info[:2]))
    if runs_inside(venv):
        raise InstallationError(
            "L'environnement .venv doit être refait, mais il est en cours d'emploi. Quittez-le (deactivate), "
            "puis lancez la commande avec le Python du système."
        )
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if result.returncode:
        output = result.stdout + result.stderr
        if "ensurepip" in output and pannes.nature(output) is None:
            raise InstallationError(pannes.missing_ensurepip(sys.version_info[:2]))
        raise InstallationError(pannes.explain(output))


def make_importable(python: Path, root: Path) -> None:
    """Rend `lessons_lib` et `course` importables depuis tout notebook.

    Un fichier .pth au chemin relatif plutôt qu'une installation « editable » : il suit le dossier quand on le
    déplace, et ne contient pas d'accents, que Python 3.11 et 3.12 liraient mal sous Windows.
    """
    code = (
        "import os, sys, sysconfig; folder = sysconfig.get_path('purelib'); "
        "open(os.path.join(folder, 'cours.pth'), 'w').write(os.path.relpath(sys.argv[1], folder))"
    )
    subprocess.run([python, "-I", "-c", code, root], check=True)


def variables(venv: Path, base: Mapping[str, str]) -> dict[str, str]:
    """Variables d'environnement des programmes du cours : `venv` activé, attente passive d'OpenMP."""
    result = {name: value for name, value in base.items() if name not in ("PYTHONHOME", "__PYVENV_LAUNCHER__")}
    result["VIRTUAL_ENV"] = str(venv)
    result["PATH"] = os.pathsep.join(filter(None, [str(venv_python(venv).parent), base.get("PATH")]))
    return result | passive_wait(base)


def passive_wait(base: Mapping[str, str]) -> dict[str, str]:
    """Attente passive d'OpenMP, sauf choix contraire dans `base`.

    Elle laisse la main aux autres programmes, dont le serveur Jupyter, entre deux calculs de torch.
    """
    return {"OMP_WAIT_POLICY": base.get("OMP_WAIT_POLICY", "PASSIVE")}


def hand_over(python: Path, arguments: list[str]) -> int:
    """Remplace ce programme par le Python de `.venv` (sous Windows : l'attend) et rend son code de sortie."""
    environment = variables(VENV, os.environ)
    command = [str(python), *arguments]
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(python, command, environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command, env=environment)


def check_current() -> None:
    """Vérifie que le Python courant a de quoi ouvrir le cours. Lève InstallationError."""
    wanted = ["anywidget", "ipywidgets", "jupyterlab", "matplotlib", "safetensors", "torch", "torchvision"]
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        raise InstallationError(
            f"Il manque à ce Python : {', '.join(missing)}. Installez le cours avec « pip install -e . », "
            "ou lancez-le sans --ici : il préparera son propre environnement."
        )
