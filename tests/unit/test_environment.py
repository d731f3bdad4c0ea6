"""Les listes de dépendances se tiennent : pyproject.toml, constraints.txt, environment.yml, pre-commit."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from course import installation
from course.environnement import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [Requirement(line) for line in installation.dependencies(ROOT / "pyproject.toml", EXTRAS)]
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = [Requirement(line) for line in LINES if line and not line.startswith("#")]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
#: Noms de conda-forge qui diffèrent de ceux de pip.
CONDA_NAMES = {"pytorch": "torch", "torchvision": "torchvision"}


def pinned(name):
    """Version exacte de `name` dans constraints.txt."""
    return next(str(pin.specifier) for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(name))[2:]


def lower_bound(specifiers):
    """Borne inférieure d'un intervalle « >=x »."""
    return next(Version(item.version) for item in specifiers if item.operator == ">=")


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_each_dependency_is_pinned_within_its_range(requirement):
    assert requirement.specifier.contains(pinned(requirement.name))


def test_constraints_are_exact_public_versions_named_once():
    for pin in PINS:
        assert re.fullmatch(r"==[\w.!]+", str(pin.specifier)), f"{pin} : version exacte, sans variante locale"
        assert pin.marker is None and pin.url is None
    names = [canonicalize_name(pin.name) for pin in PINS]
    assert len(names) == len(set(names))


def test_torch_pair_is_the_one_that_goes_together():
    assert (pinned("torch"), pinned("torchvision")) == ("2.13.0", "0.28.0")


def test_conda_environment_agrees_with_pyproject():
    assert CONDA["channels"] == ["conda-forge"]
    *packages, pip = CONDA["dependencies"]
    assert pip == {"pip": ["-e ."]}
    bounds = {name: SpecifierSet(rest) for name, _, rest in (line.partition(" ") for line in packages)}
    assert set(bounds) == {"python", "pip", *CONDA_NAMES}
    assert lower_bound(bounds["python"]) == lower_bound(SpecifierSet(PROJECT["requires-python"]))
    for conda_name, name in CONDA_NAMES.items():
        wanted = next(item.specifier for item in REQUIREMENTS if item.name == name)
        assert bounds[conda_name] == wanted, f"environment.yml et pyproject.toml divergent sur {name}"


def test_pre_commit_runs_the_pinned_ruff():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    assert {tuple(hook["additional_dependencies"]) for hook in hooks} == {(f"ruff=={pinned('ruff')}",)}
