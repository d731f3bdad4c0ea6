"""La page des enseignants dit vrai : le tableau des exercices, les commandes, les fichiers qu'elle nomme."""

import re

import pytest

from course import __main__ as command_line
from course import construire, notebooks
from lessons_lib.checks import EXERCISES

PAGE = (construire.ROOT / "course" / "enseignants.md").read_text(encoding="utf-8")
SOLUTIONS = construire.solutions()


def facts(source) -> tuple[int, int, int]:
    """Trous, points et erreurs reconnues d'un exercice, d'après sa source."""
    cells = notebooks.read_source(source).cells
    headers = [cell.metadata.get("nbgrader", {}) for cell in cells]
    asked = [name for cell in cells for name in re.findall(r'verifier\("(\w+)"', cell.source)]
    return (
        sum(header.get("solution", False) for header in headers),
        sum(header.get("points", 0) for header in headers),
        sum(len(EXERCISES[name].mistakes) for name in asked),
    )


@pytest.mark.parametrize("source", SOLUTIONS, ids=lambda source: source.stem)
def test_table_tells_the_true_numbers(source):
    row = re.search(rf"^\| {source.stem[:2]} · [^|]+\| (\d+) \| (\d+) \| (\d+) \|", PAGE, flags=re.MULTILINE)
    assert row, f"l'exercice {source.stem} manque au tableau de course/enseignants.md"
    assert tuple(map(int, row.groups())) == facts(source)


def test_commands_of_the_page_exist():
    named = set(re.findall(r"python3 -m course (\w+)", PAGE))
    assert {"classe", "emporter", "mesurer", "tester", "construire"} <= named <= set(command_line.EXTRAS)


def test_links_of_the_page_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert target.startswith("https://") or (construire.ROOT / "course" / target).exists(), target
    assert (construire.ROOT / "environment.yml").exists()
