"""Un exercice vient de sa solution, à l'octet près, et une réponse vide n'y lève que NotImplementedError."""

import nbformat
import pytest

from course import construire, notebooks
from lessons_lib import checks
from lessons_lib.checks import EXERCISES
from lessons_lib.checks.reading import Reading

LEAST_GAPS = {"00": 1}  # quatre partout ailleurs
SOLUTIONS = construire.solutions()


@pytest.fixture(params=SOLUTIONS, ids=lambda source: source.stem)
def solution(request):
    return request.param


@pytest.fixture
def exercise_path(solution):
    path = construire.ROOT / "exercises" / f"{solution.stem}.ipynb"
    if not path.exists():
        pytest.fail(f"{path.name} n'existe pas : lancez « python3 -m course construire {solution.stem} ».")
    return path


def is_gap(cell):
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def is_check(cell):
    return cell.cell_type == "code" and "verifier(" in cell.source


def test_exercise_regenerates_identically(solution, exercise_path):
    expected = notebooks.as_bytes(notebooks.exercise_from(notebooks.read_source(solution)))
    assert exercise_path.read_bytes() == expected, (
        f"exercises/{solution.stem}.ipynb ne se modifie pas à la main : changez sa solution, "
        f"puis lancez « python3 -m course construire {solution.stem} »."
    )


def test_every_exercise_has_its_solution():
    exercises = {path.stem for path in (construire.ROOT / "exercises").glob("*.ipynb")}
    assert exercises == {source.stem for source in SOLUTIONS}


def test_each_gap_is_followed_by_a_graded_check(solution):
    steps = [cell for cell in notebooks.read_source(solution).cells if is_gap(cell) or is_check(cell)]
    assert [is_gap(cell) for cell in steps] == [True, False] * (len(steps) // 2)
    for check in steps[1::2]:
        header = check.metadata.get("nbgrader", {})
        assert header.get("grade"), check.source
        assert header.get("locked"), check.source
        assert header.get("points", 0) > 0, check.source


def test_two_degrees_of_hints_come_before_each_gap(solution):
    hints = 0
    for cell in notebooks.read_source(solution).cells:
        if cell.cell_type == "markdown":
            hints += cell.source.count("<details>")
        elif is_gap(cell):
            assert hints >= 2, f"{solution.stem} : deux indices repliés avant {cell.source.splitlines()[0]}"
            hints = 0


def test_each_lesson_asks_for_enough(solution):
    gaps = [cell for cell in notebooks.read_source(solution).cells if is_gap(cell)]
    assert len(gaps) >= LEAST_GAPS.get(solution.stem[:2], 4)


def test_purpose_and_expected_result_come_before_each_gap(solution):
    """Avant chaque trou, depuis le précédent : à quoi il sert, et ce que la bonne réponse donne, dessiné."""
    built = nbformat.read(solution.with_suffix(".ipynb"), as_version=4)
    purpose = picture = False
    for cell in built.cells:
        if is_gap(cell):
            name = cell.metadata.nbgrader.grade_id
            assert purpose, f"{name} : il manque « **À quoi cela sert.** »"
            assert picture, f"{name} : il manque une figure du résultat attendu"
            purpose = picture = False
        elif cell.cell_type == "markdown":
            purpose = purpose or "**À quoi cela sert.**" in cell.source
        else:
            picture = picture or any(
                kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})
            )


def test_every_lesson_after_the_first_has_something_to_read():
    for lesson in checks.LESSONS[1:]:
        assert any(isinstance(exercise, Reading) for exercise in lesson.EXERCISES.values()), lesson.__name__


def test_every_known_exercise_is_asked_once():
    asked = [
        name
        for source in SOLUTIONS
        for cell in notebooks.read_source(source).cells
        for name in EXERCISES
        if cell.cell_type == "code" and f'verifier("{name}"' in cell.source
    ]
    assert sorted(asked) == sorted(EXERCISES)


def test_open_gap_raises_only_not_implemented(solution, exercise_path):
    exercise = nbformat.read(exercise_path, as_version=4)
    notebooks.execute(exercise, exercise_path.parent, allow_errors=True)
    raised = [
        (number, output.ename)
        for number, cell in enumerate(exercise.cells, start=1)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert {name for _, name in raised} == {"NotImplementedError"}, raised
    checks = {number for number, cell in enumerate(exercise.cells, start=1) if is_check(cell)}
    assert checks <= {number for number, _ in raised}
