"""L'environnement `.venv` : quand il est refait, complété ou laissé tel quel, et ce que dit un échec."""

import os
import shutil
import subprocess
import sys
import threading
import venv
from collections import namedtuple
from pathlib import Path

import pytest

from course import environnement, installation, pannes, verrou
from course.installation import State

PYPROJECT = """\
[project]
dependencies = ["alpha>=1", "beta>=2"]
[project.optional-dependencies]
tests = ["gamma>=3"]
"""


@pytest.fixture
def clone(tmp_path):
    """Une copie du cours réduite à ses deux listes de dépendances, dans un chemin à espaces et accents."""
    root = tmp_path / "mon cours été"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (root / "constraints.txt").write_text("alpha==1.1\nbeta==2.2\ngamma==3.3\n", encoding="utf-8")
    return root


@pytest.fixture
def fake(clone, monkeypatch):
    """Un système simulé : création de `.venv`, sonde et pip ; `calls` dit ce qui a été demandé."""

    class System:
        code, errors = 0, ""
        packages = clone / ".venv" / "lib" / "python3.11" / "site-packages"
        version: str | None = "3.11"

        def create(self, folder):
            self.calls.append("create")
            shutil.rmtree(folder, ignore_errors=True)
            self.packages.mkdir(parents=True)

        def pip(self, python, root, words):
            self.calls.append(words)
            if self.errors == "tué":
                (self.packages / "alpha").mkdir()
                raise KeyboardInterrupt
            return self.code, self.errors

    system = System()
    system.calls = []
    monkeypatch.setattr(environnement, "create", system.create)
    monkeypatch.setattr(environnement, "make_importable", lambda python, root: None)
    monkeypatch.setattr(
        installation, "probe", lambda python, modules: system.version if system.packages.exists() else None
    )
    monkeypatch.setattr(installation, "_pip", system.pip)
    return system


def test_python_of_the_environment_on_each_system(tmp_path):
    assert installation.venv_python(tmp_path, windows=False) == tmp_path / "bin" / "python"
    assert installation.venv_python(tmp_path, windows=True) == tmp_path / "Scripts" / "python.exe"


def test_first_install_then_nothing_to_do(clone, fake, capsys):
    installation.ensure(root=clone)
    assert fake.calls == ["create", ["alpha>=1", "beta>=2"]]
    assert "de 300 " in capsys.readouterr().out
    fake.calls.clear()
    installation.ensure(root=clone)
    assert fake.calls == [] and capsys.readouterr().out == ""


def test_tests_extra_is_added_once_and_kept(clone, fake):
    installation.ensure(root=clone)
    fake.calls.clear()
    installation.ensure(["tests"], root=clone)
    assert fake.calls == [["alpha>=1", "beta>=2", "gamma>=3"]]
    installation.ensure(root=clone)
    installation.ensure(["tests"], root=clone)
    assert len(fake.calls) == 1
    (clone / "constraints.txt").write_text("alpha==1.2\nbeta==2.2\ngamma==3.3\n", encoding="utf-8")
    installation.ensure(root=clone)
    assert fake.calls[1] == fake.calls[0]
    assert installation.read_state(clone / ".venv").extras == ("tests",)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("pyproject.toml", "beta>=2", "beta>=2.1"), ("constraints.txt", "beta==2.2", "beta==2.3")],
)
def test_change_of_dependencies_is_installed_in_place(clone, fake, name, before, after):
    installation.ensure(root=clone)
    fake.calls.clear()
    path = clone / name
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    installation.ensure(root=clone)
    assert len(fake.calls) == 1 and fake.calls[0] != "create"


def test_interrupted_while_writing_is_started_again(clone, fake, capsys):
    fake.errors = "tué"
    with pytest.raises(KeyboardInterrupt):
        installation.ensure(root=clone)
    fake.errors = ""
    fake.calls.clear()
    installation.ensure(root=clone)
    assert fake.calls[0] == "create"
    assert "interrompue" in capsys.readouterr().out


def test_failure_before_any_change_keeps_the_environment(clone, fake):
    installation.ensure(root=clone)
    fake.calls.clear()
    (clone / "constraints.txt").write_text("alpha==1.2\nbeta==2.2\ngamma==3.3\n", encoding="utf-8")
    fake.code, fake.errors = 1, "WARNING: Retrying ... NewConnectionError"
    with pytest.raises(environnement.InstallationError, match="réseau ne répond pas"):
        installation.ensure(root=clone)
    fake.code = 0
    installation.ensure(root=clone)
    assert "create" not in fake.calls and len(fake.calls) == 2


def test_wheels_are_used_except_to_fill_their_folder(clone, fake, capsys):
    folder = clone / "roues"
    folder.mkdir()
    (folder / "alpha-1.1-py3-none-any.whl").touch()
    installation.ensure(root=clone, offline=False)
    assert "--no-index" not in fake.calls[1]
    (clone / "constraints.txt").write_text("alpha==1.2\nbeta==2.2\ngamma==3.3\n", encoding="utf-8")
    installation.ensure(root=clone)
    assert fake.calls[2][:3] == ["--no-index", "--find-links", str(folder)]
    assert "depuis le dossier roues" in capsys.readouterr().out


def test_incomplete_wheels_are_told(clone, fake):
    (clone / "roues").mkdir()
    (clone / "roues" / "alpha-1.1-py3-none-any.whl").touch()
    fake.code, fake.errors = 1, "ERROR: No matching distribution found for beta>=2"
    with pytest.raises(environnement.InstallationError, match="emporter --tests"):
        installation.ensure(root=clone)


def test_broken_environment_and_new_python_are_rebuilt():
    state = State("x", (), "3.11")
    assert "endommagé" in installation.needs_rebuild(state, None, 5)
    assert "3.11 à 3.12" in installation.needs_rebuild(state, "3.12", 5)
    assert "interrompue" in installation.needs_rebuild(State("x", (), "3.11", pending=4), "3.11", 5)
    assert installation.needs_rebuild(State("x", (), "3.11", pending=5), "3.11", 5) is None
    assert installation.needs_rebuild(None, "3.11", 5) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"digest": "x"}', '{"autre": 1, "extras": []}'])
def test_unreadable_state_counts_as_none(tmp_path, content):
    (tmp_path / installation.STATE).write_text(content, encoding="utf-8")
    assert installation.read_state(tmp_path) is None


def test_no_space_is_said_before_pip(clone, fake, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(9e9, 8e9, 1.2e9))
    with pytest.raises(environnement.InstallationError, match=r"1,2 Go.*demande 3"):
        installation.ensure(root=clone)
    assert fake.calls == []


@pytest.mark.parametrize(
    ("platform", "card", "said"),
    [("linux", False, True), ("linux", True, False), ("darwin", False, False), ("win32", False, False)],
)
def test_size_of_cuda_is_said_on_linux_without_card(clone, fake, monkeypatch, capsys, platform, card, said):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(installation, "has_nvidia_card", lambda: card)
    installation.ensure(root=clone)
    assert ("PIP_EXTRA_INDEX_URL" in capsys.readouterr().out) == said


def test_no_ensurepip_names_the_debian_package(tmp_path, monkeypatch):
    monkeypatch.setattr(environnement.importlib.util, "find_spec", lambda name: None)
    expected = rf"apt install python3\.{sys.version_info[1]}-venv"
    with pytest.raises(environnement.InstallationError, match=expected):
        environnement.create(tmp_path / ".venv")


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        ("OSError: [Errno 28] No space left on device", "disque"),
        ("OSError: [WinError 112] There is not enough space on the disk", "disque"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "droits"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] Max retries exceeded", "certificat"),
        ("[Errno -3] Temporary failure in name resolution\nNo matching distribution found for x", "reseau"),
        ("ERROR: No matching distribution found for torch==2.13.0", "introuvable"),
        ("HINT: This error might have occurred since this system does not have Windows Long Path support", "chemin"),
        ("ERROR: rien de connu", None),
    ],
)
def test_cause_of_a_failure(output, kind):
    assert pannes.nature(output) == kind


def test_explanation_names_the_package_or_quotes_pip():
    assert "torch==2.13.0" in pannes.explain("ERROR: No matching distribution found for torch==2.13.0")
    quoted = pannes.explain("WARNING: bavardage\nERROR: étrange panne")
    assert "ERROR: étrange panne" in quoted and "bavardage" not in quoted


def test_only_one_installation_at_a_time(tmp_path, capsys):
    path, order = tmp_path / "verrou", []

    def second():
        with verrou.exclusive(path, "attente"):
            order.append("second")

    with verrou.exclusive(path, "attente"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.3)
        order.append("premier")
    thread.join()
    assert order == ["premier", "second"]
    assert capsys.readouterr().out == "attente\n"


def test_library_is_importable_and_follows_a_moved_folder(tmp_path):
    root = tmp_path / "mon cours é"
    (root / "lessons_lib").mkdir(parents=True)
    (root / "lessons_lib" / "__init__.py").touch()
    venv.create(root / ".venv", with_pip=False, symlinks=os.name != "nt")
    environnement.make_importable(environnement.venv_python(root / ".venv"), root)
    moved = root.rename(tmp_path / "ailleurs à")
    python = environnement.venv_python(moved / ".venv")
    code = "import lessons_lib; print(ascii(lessons_lib.__file__))"
    result = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "ailleurs" in result.stdout
    assert environnement.probe(python, ["lessons_lib"]) == "{}.{}".format(*sys.version_info[:2])
    assert environnement.probe(python, ["absent"]) is None
    assert environnement.probe(Path("absent"), []) is None


def test_programs_of_the_course_get_the_environment(tmp_path):
    result = environnement.variables(tmp_path, {"PATH": "ailleurs", "PYTHONHOME": "x", "A": "b"})
    assert result["PATH"] == os.pathsep.join([str(environnement.venv_python(tmp_path).parent), "ailleurs"])
    assert result["OMP_WAIT_POLICY"] == "PASSIVE" and result["A"] == "b" and "PYTHONHOME" not in result
    chosen = environnement.variables(tmp_path, {"OMP_WAIT_POLICY": "ACTIVE"})
    assert chosen["OMP_WAIT_POLICY"] == "ACTIVE"
