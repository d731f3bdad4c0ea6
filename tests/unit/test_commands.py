"""La ligne de commande : ce qu'elle comprend, ce qu'elle répond, et les réglages de Jupyter qu'elle livre."""

import ast
import json
import socket
import sys
from pathlib import Path

import pytest

from benchmarks import Mesure
from course import __main__ as command_line
from course import environnement, mesurer, ouvrir, tester
from course.environnement import ROOT


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], ("ouvrir", [])),
        (["--port", "9000"], ("ouvrir", ["--port", "9000"])),
        (["tester", "-k", "kl", "-x"], ("tester", ["-k", "kl", "-x"])),
        (["construire", "02"], ("construire", ["02"])),
        (["--help"], ("aide", [])),
        (["aide"], ("aide", [])),
    ],
)
def test_command_and_its_options(argv, expected):
    assert command_line.split_command(argv) == expected


@pytest.mark.parametrize(("word", "hint"), [("testr", "« tester »"), ("mesure", "« mesurer »"), ("zzz", "entrainer, ")])
def test_unknown_command_is_refused_with_a_suggestion(word, hint, capsys):
    assert command_line.main([word]) == 2
    message = capsys.readouterr().err.replace("\u00a0", " ")
    assert word in message and hint in message


@pytest.mark.parametrize("argv", [["-h"], ["aide"], ["ouvrir", "--help"], ["tester", "-h"]])
def test_help_is_shown_without_installing(argv, capsys, monkeypatch):
    monkeypatch.setattr("course.installation.ensure", lambda extras: pytest.fail("rien ne doit s'installer"))
    assert command_line.main(argv) == 0
    out = capsys.readouterr().out
    assert all(command in out for command in command_line.EXTRAS)


def test_wrong_option_is_refused_before_installing(capsys, monkeypatch):
    monkeypatch.setattr("course.installation.ensure", lambda extras: pytest.fail("rien ne doit s'installer"))
    assert command_line.main(["--prot", "9000"]) == 2
    assert "--prot" in capsys.readouterr().err


def test_only_the_command_that_fills_the_wheels_does_without_them(monkeypatch):
    asked = {}
    monkeypatch.setattr(
        "course.installation.ensure", lambda extras, offline: asked.update({command: offline}) or "python"
    )
    monkeypatch.setattr("course.environnement.runs_inside", lambda: False)
    monkeypatch.setattr("course.environnement.hand_over", lambda python, words: 0)
    for command in command_line.EXTRAS:
        assert command_line.main([command, "dossier"] if command == "classe" else [command]) == 0
    assert [command for command, offline in asked.items() if not offline] == ["emporter"]


def test_a_class_without_a_folder_is_refused_before_installing(capsys, monkeypatch):
    monkeypatch.setattr("course.installation.ensure", lambda *_, **__: pytest.fail("rien ne doit s'installer"))
    assert command_line.main(["classe"]) == 2
    assert "DOSSIER" in capsys.readouterr().err


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13), (2, 7, 18)])
def test_old_python_is_told_what_to_do(version):
    message = command_line.old_python_message(version).replace("\u00a0", " ")
    assert "Python 3.11 ou plus récent est nécessaire" in message
    assert "{}.{}".format(*version) in message


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 1), (4, 0, 0)])
def test_recent_python_is_accepted(version):
    assert command_line.old_python_message(version) is None


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_entry_point_is_readable_by_an_old_python(name):
    tree = ast.parse((ROOT / "course" / name).read_text(encoding="utf-8"), feature_version=(3, 6))
    loaded = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert loaded <= {"os", "sys"}
    assert not any(isinstance(node, ast.ImportFrom) for node in tree.body)


def test_commands_before_the_environment_use_the_standard_library_only():
    for name in ("environnement", "installation", "ouvrir", "pannes", "verrou"):
        tree = ast.parse((ROOT / "course" / f"{name}.py").read_text(encoding="utf-8"))
        top = [node for node in ast.walk(ast.Module(tree.body, [])) if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = {node.module or "" for node in top if isinstance(node, ast.ImportFrom)}
        modules |= {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
        foreign = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"course"}
        assert foreign <= ({"jupyterlab"} if name == "ouvrir" else set()), f"{name} : {foreign}"


def test_current_python_is_checked(monkeypatch):
    environnement.check_current()
    monkeypatch.setattr(environnement.importlib.util, "find_spec", lambda name: None if name == "torch" else 1)
    with pytest.raises(environnement.InstallationError, match="torch"):
        environnement.check_current()


def test_options_of_opening():
    assert ouvrir.parse([]) == ouvrir.Options(None, True)
    assert ouvrir.parse(["--sans-navigateur", "--port=8890"]) == ouvrir.Options(8890, False)
    assert ouvrir.parse(["--port", "1"]).port == 1


@pytest.mark.parametrize("arguments", [["--port"], ["--port", "abc"], ["--port", "70000"], ["--port", "²"], ["x"]])
def test_wrong_options_of_opening(arguments):
    with pytest.raises(ValueError, match="--port"):
        ouvrir.parse(arguments)


def test_port_already_taken_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert "déjà pris" in ouvrir.port_refusal(port)
    assert ouvrir.port_refusal(port) is None


def test_no_browser_without_a_screen():
    assert not ouvrir.has_browser("linux", {"PATH": "/usr/bin"})


def test_jupyter_reads_and_writes_within_the_course_only(tmp_path):
    folders = ouvrir.variables(tmp_path, str(tmp_path / "temporaire"))
    assert all(str(tmp_path) in folder for folder in folders.values())
    written = {name: folder for name, folder in folders.items() if name != "JUPYTER_CONFIG_PATH"}
    assert not any(str(tmp_path / "course") in folder for folder in written.values())


def test_shipped_settings_are_french_and_quiet():
    lab = ROOT / "course" / "jupyter" / "labconfig"
    settings = json.loads((lab / "default_setting_overrides.json").read_text(encoding="utf-8"))
    assert settings["@jupyterlab/translation-extension:plugin"]["locale"] == "fr_FR"
    assert settings["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false", "checkForUpdates": False}
    assert settings["@jupyterlab/notebook-extension:tracker"]["autoStartDefaultKernel"] is True


def test_shipped_settings_are_known_to_jupyterlab():
    schemas = Path(sys.prefix, "share", "jupyter", "lab", "schemas")
    shipped = ROOT / "course" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    for plugin, values in json.loads(shipped.read_text(encoding="utf-8")).items():
        package, _, name = plugin.partition(":")
        schema = json.loads((schemas / package / f"{name}.json").read_text(encoding="utf-8"))
        assert set(values) <= set(schema["properties"]), plugin


def test_testing_runs_style_then_tests_and_options_aim_at_tests():
    assert tester.plan([]) == [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["pytest"]]
    assert tester.plan(["-k", "kl"]) == [["pytest", "-k", "kl"]]


@pytest.mark.parametrize(("codes", "expected"), [([0, 0, 0], 0), ([1, 0, 0], 1), ([1, 1, 5], 5), ([0, 0, 2], 2)])
def test_testing_returns_the_code_of_pytest(monkeypatch, codes, expected):
    remaining = iter(codes)
    monkeypatch.setattr(tester.subprocess, "call", lambda command, cwd: next(remaining))
    assert tester.main([]) == expected


def test_measures_are_listed_with_their_description(capsys):
    assert mesurer.main([]) == 0
    assert "demarrage" in capsys.readouterr().out
    assert mesurer.main(["absente"]) == 2


def test_a_measure_is_printed_for_people_and_for_programs(monkeypatch, capsys):
    module = type("module", (), {"mesures": lambda: iter([Mesure("durée", 0.25, "s", "< 6", True)])})
    monkeypatch.setattr(mesurer, "names", lambda: {"essai": ""})
    monkeypatch.setattr(mesurer.importlib, "import_module", lambda name: module)
    mesurer.main(["essai", "--json"])
    expected = {"nom": "durée", "valeur": 0.25, "unite": "s", "cible": "< 6", "tenu": True}
    assert json.loads(capsys.readouterr().out) == expected
    mesurer.main(["essai"])
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("durée", "0.25", "< 6", "tenu"))
