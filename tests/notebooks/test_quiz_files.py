"""Chaque leçon du programme a son quiz : un fichier bien formé, bien écrit, et une cellule qui l'affiche."""

import re
import tomllib

import pytest
from test_typography import faults

from course import construire, notebooks, programme
from lessons_lib.widgets import quiz_questions
from lessons_lib.widgets.quiz_grading import grade, right_answer

LESSONS = programme.lessons()
FILES = sorted(quiz_questions.FOLDER.glob("*.toml"))
KINDS = 3  # sortes de questions au moins dans un quiz


@pytest.fixture(params=LESSONS, ids=lambda lesson: lesson.name)
def lesson(request):
    return request.param


def texts(entry):
    """Tous les textes d'un fichier de questions, sauf la sorte."""
    for key, value in entry.items():
        if isinstance(value, list):
            for item in value:
                yield from texts(item)
        elif isinstance(value, str) and key not in ("sorte", "unite"):
            yield value


def test_every_file_belongs_to_a_lesson():
    assert {path.stem for path in FILES} <= {lesson.number for lesson in LESSONS}


def test_lesson_has_a_well_formed_quiz(lesson):
    found = quiz_questions.questions(lesson.number)
    assert 4 <= len(found) <= 8
    kinds = {question.kind for question in found}
    assert len(kinds) >= KINDS, f"au moins trois sortes de questions : {kinds}"
    assert all(grade(question, right_answer(question)).passed for question in found)
    assert all(grade(question, trap.value).why == trap.why for question in found for trap in question.traps)


def test_lesson_shows_its_quiz(lesson):
    cells = notebooks.read_source(construire.ROOT / "lessons" / f"{lesson.name}.py").cells
    shown = [n for n, cell in enumerate(cells) if cell.source.endswith(f'\nQuiz("{lesson.number}")')]
    assert len(shown) == 1 and cells[shown[0]].cell_type == "code"
    before = cells[shown[0] - 1]
    assert before.cell_type == "markdown" and "\n## Quiz\n" in f"\n{before.source}\n"
    assert "<details>" not in before.source, "les anciennes réponses se lisent encore"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_questions_follow_french_typography(path):
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    found = [fault for text in texts(entries) for fault in faults([(1, text)])]
    found += [f"point d'exclamation : {text}" for text in texts(entries) if "!" in re.sub(r"`[^`]*`", "", text)]
    assert not found, "\n" + "\n".join(found)


# --- ce que le cours doit à ses diapositives


@pytest.fixture
def slides():
    return quiz_questions.questions("02")


def right_texts(question):
    return " ".join(item.text for item in question.items if item.right).lower()


def test_lesson_02_asks_how_a_vae_differs_from_an_autoencoder(slides):
    texts = {question: question.text.lower() for question in slides}
    asked = [q for q, text in texts.items() if re.search(r"\bvae\b|variationnel", text) and "autoencodeur" in text]
    assert any("loi" in right_texts(question) and "latent" in right_texts(question) for question in asked)


def test_lesson_02_asks_the_basic_hypothesis(slides):
    right = [right_texts(question) for question in slides if "hypothèse" in question.text.lower()]
    assert any("indépendantes" in text and "corrélées" in text for text in right)


def test_lesson_02_orders_the_seven_steps(slides):
    assert [len(question.items) for question in slides if question.kind == "ordre"].count(7) == 1
