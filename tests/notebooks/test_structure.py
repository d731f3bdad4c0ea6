"""Le programme tient sa promesse, et chaque leçon a les mesures de DESIGN, « A lesson »."""

import re

import nbformat
import pytest

from course import construire, notebooks, programme

LESSONS = programme.lessons()
CELLS = range(30, 46)
CODE_LINES = 25
PROSE_WORDS = 150
FIGURES = 5
PREDICTIONS = 3
SECTIONS = ("résumé", "quiz", "exercice", "sources")


@pytest.fixture(params=LESSONS, ids=lambda lesson: lesson.name)
def lesson(request):
    return request.param


@pytest.fixture
def cells(lesson):
    source = construire.ROOT / "lessons" / f"{lesson.name}.py"
    if not source.exists():
        pytest.fail(f"lessons/{lesson.name}.py est au programme, mais n'existe pas.")
    return notebooks.read_source(source).cells


def prose(cells):
    return [(number, cell.source) for number, cell in enumerate(cells, start=1) if cell.cell_type == "markdown"]


def words(text):
    """Nombre de mots, sans les formules, les adresses ni les balises."""
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|<[^>]*>", " ", text, flags=re.DOTALL)
    return len(re.findall(r"\w[\w'’-]*", text))


def headings(cells):
    return [line.lstrip("# ").lower() for _, text in prose(cells) for line in text.splitlines() if line[:1] == "#"]


def test_every_lesson_of_the_folder_is_in_the_program():
    folder = {source.stem for source in construire.sources() if source.parent.name == "lessons"}
    assert folder == {lesson.name for lesson in LESSONS}


def test_every_lesson_has_its_exercise(lesson):
    assert (construire.ROOT / "solutions" / f"{lesson.name}.py").exists()


def test_program_is_well_formed(lesson):
    assert re.fullmatch(r"\d\d_[a-z0-9_]+", lesson.name)
    assert 30 <= lesson.minutes <= 60
    assert lesson.outcomes
    for outcome in lesson.outcomes:
        assert outcome[0].islower(), outcome
        assert outcome[-1] not in ".;", outcome


def test_lesson_opens_with_its_title_and_duration(lesson, cells):
    assert cells[0].cell_type == "markdown"
    assert lesson.title in cells[0].source.splitlines()[0].replace("’", "'")
    assert re.search(rf"\b{lesson.minutes}\s+minutes\b", cells[0].source)
    links = re.findall(r"\]\((\w+)\.ipynb\)", cells[0].source)
    assert set(lesson.after) <= set(links), "le premier texte renvoie aux leçons à avoir suivies"


def test_number_of_cells(cells):
    assert len(cells) in CELLS


def test_no_code_cell_is_long(cells):
    for number, cell in enumerate(cells, start=1):
        if cell.cell_type == "code":
            lines = len(cell.source.splitlines())
            assert lines <= CODE_LINES, f"cellule {number} ({notebooks.first_line(cell.source)}) : {lines} lignes"


def test_no_prose_cell_is_long(cells):
    for number, text in prose(cells):
        assert words(text) <= PROSE_WORDS, f"cellule {number} ({notebooks.first_line(text)}) : {words(text)} mots"


def test_predictions_are_asked(cells):
    asked = sum(text.lower().count("prédisez") for _, text in prose(cells))
    assert asked >= PREDICTIONS


@pytest.mark.parametrize("section", SECTIONS)
def test_section_is_there(cells, section):
    assert any(section in heading for heading in headings(cells)), headings(cells)


def test_exercise_is_linked(lesson, cells):
    assert any(f"exercises/{lesson.name}.ipynb" in text for _, text in prose(cells))


def test_enough_figures(lesson):
    path = construire.ROOT / "lessons" / f"{lesson.name}.ipynb"
    if not path.exists():
        pytest.fail(f"{path.name} n'existe pas : lancez « python3 -m course construire {lesson.name} ».")
    built = nbformat.read(path, as_version=4)
    shown = sum(
        any(kind.startswith("image/") for kind in output.get("data", {}))
        for cell in built.cells
        for output in cell.get("outputs", [])
    )
    assert shown >= FIGURES


def test_program_refuses_a_key_too_many_and_an_unknown_lesson(tmp_path):
    path = tmp_path / "programme.toml"
    line = 'name = "00_a"\ntitle = "A"\nminutes = 45\nknowledge = []\noutcomes = ["lire"]\n'
    path.write_text(f'[[lessons]]\n{line}after = []\ncolour = "bleu"\n')
    with pytest.raises(ValueError, match="une leçon doit avoir les clés name, title"):
        programme.lessons(path)
    path.write_text(f'[[lessons]]\n{line}after = ["07_b"]\n')
    with pytest.raises(ValueError, match="« 00_a » suit 07_b, qui ne la précède pas"):
        programme.lessons(path)
    path.write_text(f"[[lessons]]\n{line}after = []\n")
    assert [lesson.number for lesson in programme.lessons(path)] == ["00"]
