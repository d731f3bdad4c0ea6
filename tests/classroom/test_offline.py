"""Une salle sans réseau : `emporter` remplit le dossier des roues, une copie neuve du cours s'installe depuis lui."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading

import pytest

from course import emporter, installation, pannes
from course.__main__ import EXTRAS
from course.environnement import ROOT

LEFT_OUT = (".git", ".venv", ".jupyter", ".*_cache", "__pycache__", "roues", "entrainements", ".hypothesis")
SECONDS = 900


def copy_of_the_course(folder):
    return shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))


def without_network():
    """L'environnement d'une machine sans réseau ni réglages de pip : toute adresse y mène à un port fermé."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("PIP_", "VIRTUAL_ENV"))}
    nowhere = "http://127.0.0.1:9"
    return kept | {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": nowhere,
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere),
    }


def open_the_course(root):
    """Lance la commande du README avec le Python du système ; rend ce qu'elle écrit, jusqu'à l'adresse du cours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys._base_executable, "-m", "course", "--sans-navigateur", "--port", port]
    said = []
    with subprocess.Popen(
        command, cwd=root, env=without_network(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        guard = threading.Timer(SECONDS, process.kill)
        guard.start()
        for line in process.stdout:
            said.append(line)
            if f"http://127.0.0.1:{port}/lab" in line:
                process.send_signal(signal.SIGTERM)
        guard.cancel()
    return "".join(said)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C n'y passe pas à un processus fils")
@pytest.mark.timeout(2 * SECONDS)
def test_a_room_without_network_installs_from_the_wheels(tmp_path, capfd):
    prepared = copy_of_the_course(tmp_path / "cours préparé")
    if emporter.main([], root=prepared):
        said = capfd.readouterr().err.strip()
        obstacles = (pannes.explain("NewConnectionError"), pannes.explain("SSLError"), "Il reste ")
        if said.startswith(obstacles) and "CI" not in os.environ:
            pytest.skip(said)
        pytest.fail(said)
    room = prepared.rename(tmp_path / "salle sans réseau")
    said = open_the_course(room)
    assert "sans réseau, depuis le dossier roues" in said
    assert "Installation terminée" in said
    assert "Le cours est prêt" in said
    assert installation.read_state(room / ".venv").pending is None


def test_command_downloads_the_exact_versions():
    words = emporter.command(ROOT, ["enseignants", "tests"])
    assert words[words.index("--constraint") + 1] == str(ROOT / "constraints.txt")
    assert set(installation.dependencies(ROOT / "pyproject.toml", ["enseignants", "tests"])) <= set(words)


def test_with_the_tests_everything_a_command_asks_for_is_taken(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        emporter, "command", lambda root, extras: asked.extend(extras) or [sys.executable, "-c", "pass"]
    )
    assert emporter.main(["--tests"], root=tmp_path) == 0
    assert set(asked) == set().union(*EXTRAS.values())


def test_failure_is_explained(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        emporter, "command", lambda root, extras: [sys.executable, "-c", "import sys; sys.exit('OSError: [Errno 28]')"]
    )
    assert emporter.main([], root=tmp_path) == 1
    assert "Il n'y a plus de place" in capsys.readouterr().err


def test_full_disk_is_told_before_anything(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(emporter.shutil, "disk_usage", lambda root: shutil._ntuple_diskusage(10, 9, 1))
    monkeypatch.setattr(emporter, "command", lambda *_: pytest.fail("rien ne doit se télécharger"))
    assert emporter.main([], root=tmp_path) == 1
    assert "Libérez de la place" in capsys.readouterr().err


def test_wheels_are_used_only_when_there_are_some(tmp_path):
    assert installation._wheels(tmp_path) == []
    (tmp_path / "roues").mkdir()
    assert installation._wheels(tmp_path) == []
    (tmp_path / "roues" / "a-1-py3-none-any.whl").touch()
    assert installation._wheels(tmp_path) == ["--no-index", "--find-links", str(tmp_path / "roues")]
