"""Le quiz sans navigateur : la lecture des questions, la correction, le score, et ce qui ne doit pas fuir."""

import json
import os
import re
import threading
import time

import pytest

from lessons_lib.widgets import quiz_questions, quiz_scores
from lessons_lib.widgets.quiz import Quiz
from lessons_lib.widgets.quiz_grading import grade, parse, right_answer

GOOD = """
[[questions]]
sorte = "choix"
texte = "Que rend le décodeur ?"
[[questions.options]]
texte = "Une image."
juste = true
pourquoi = "POURQUOI-IMAGE"
[[questions.options]]
texte = "Un code."
juste = false
pourquoi = "POURQUOI-CODE"
[[questions.options]]
texte = "Une perte."
juste = false
pourquoi = "POURQUOI-PERTE"

[[questions]]
sorte = "plusieurs"
texte = "Quels nombres sont `pairs` ?"
[[questions.options]]
texte = "2"
juste = true
pourquoi = "POURQUOI-DEUX"
[[questions.options]]
texte = "3"
juste = false
pourquoi = "POURQUOI-TROIS"
[[questions.options]]
texte = "4"
juste = true
pourquoi = "POURQUOI-QUATRE"
[[questions.options]]
texte = "5"
juste = false
pourquoi = "POURQUOI-CINQ"

[[questions]]
sorte = "nombre"
texte = "Combien pour z < 2 ?"
reponse = -1234.5
tolerance = 0.5
unite = "nats"
pourquoi = "POURQUOI-NOMBRE"
sinon = "SINON-NOMBRE"
[[questions.pieges]]
valeur = 1234.5
pourquoi = "PIEGE-SIGNE"
[[questions.pieges]]
valeur = 0
pourquoi = "PIEGE-ZERO"

[[questions]]
sorte = "ordre"
texte = "Dans quel ordre ?"
pourquoi = "POURQUOI-ORDRE"
sinon = "SINON-ORDRE"
[[questions.etapes]]
texte = "encoder"
pourquoi = "ETAPE-UN"
[[questions.etapes]]
texte = "tirer z"
pourquoi = "ETAPE-DEUX"
[[questions.etapes]]
texte = "décoder"
pourquoi = "ETAPE-TROIS"
[[questions.etapes]]
texte = "mesurer"
pourquoi = "ETAPE-QUATRE"
"""
SECRETS = re.findall(r"(?:POURQUOI|SINON|PIEGE|ETAPE)-\w+", GOOD)
CHOICE, SEVERAL, NUMBER, ORDER = 1, 2, 3, 4


@pytest.fixture(autouse=True)
def scores(tmp_path, monkeypatch):
    """Le dossier des scores de ce test, encore inexistant."""
    folder = tmp_path / "scores"
    monkeypatch.setenv("COURS_LOTUS_SCORES", str(folder))
    return folder


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "essai.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def quiz(file):
    return Quiz("99", file=file)


def places(quiz, number, *texts):
    """Les rangs, sur la page, des options ou étapes de ces textes."""
    shown = [item.text for item in quiz.questions[number - 1].shown]
    return [shown.index(text) for text in texts]


def whys(verdict):
    return {detail.why for detail in verdict.details}


# --- lire


def test_the_four_kinds_are_read(quiz):
    assert [question.kind for question in quiz.questions] == ["choix", "plusieurs", "nombre", "ordre"]
    assert [option.right for option in quiz.questions[0].items] == [True, False, False]
    assert quiz.questions[2].answer == -1234.5 and quiz.questions[2].traps[0].why == "PIEGE-SIGNE"
    assert [step.text for step in quiz.questions[3].items] == ["encoder", "tirer z", "décoder", "mesurer"]
    assert repr(quiz) == "Quiz(leçon 99, 4 questions)"


FAULTS = {
    'sorte = "choix"': [
        ('sorte = "dessin"', "question 1 : la sorte 'dessin' n'existe pas. Choisissez parmi : choix"),
        ("sorte = 3", "la sorte 3 n'existe pas"),
        ('sorte = "choix"\nnote = 2', "clé inconnue : note. Gardez seulement sorte, texte, options"),
    ],
    'texte = "Que rend le décodeur ?"': [
        ("", "question 1 : il manque : texte. Ajoutez ce champ"),
        ('texte = "Quels nombres sont `pairs` ?"', "question 2 : .*est en double dans « questions »"),
        ('texte = "Le <b>code</b> ?"', "« texte » contient une balise HTML"),
        ('texte = "Le `code ?"', "accent grave sans son second"),
    ],
    'pourquoi = "POURQUOI-CODE"': [
        ('pourquoi = "  "', "« pourquoi » est vide"),
        ("", "il manque dans « options » : pourquoi"),
        ('pourquoi = "a"\nautre = 1', "clé inconnue dans « options » : autre"),
    ],
    'texte = "Une image."\njuste = true': [
        ('texte = "Une image."\njuste = false', "question 1 : aucune option n'est juste"),
        ('texte = "Une image."\njuste = "oui"', "« juste » vaut 'oui'. Écrivez true ou false"),
        ('texte = "un  CODE."\njuste = true', "« un  CODE. » est en double dans « options »"),
    ],
    'texte = "Un code."\njuste = false': [
        ('texte = "Un code."\njuste = true', 'question 1 : 2 options sont justes. .*"plusieurs"'),
    ],
    "reponse = -1234.5": [
        ('reponse = "x"', "question 3 : « reponse » vaut 'x', ce n'est pas un nombre"),
        ("reponse = true", "« reponse » vaut True"),
        ("reponse = nan", "« reponse » vaut nan"),
        ("reponse = 0", "le piège 0 est à moins de deux tolérances"),
        ("reponse = 0.9", "le piège 0 est à moins de deux tolérances"),
    ],
    "tolerance = 0.5": [("tolerance = -1", "la tolérance vaut -1")],
    'unite = "nats"': [("unite = 3", "« unite » est vide ou n'est pas un texte"), ("", "il manque : unite")],
    "valeur = 0": [("valeur = 1234.5", "« 1234.5 » est en double dans « pieges »")],
    '[[questions.pieges]]\nvaleur = 0\npourquoi = "PIEGE-ZERO"': [("", "« pieges » : 1. Il en faut de 2 à 20")],
    'texte = "encoder"': [('texte = "décoder"', "question 4 : « décoder » est en double dans « etapes »")],
    'sinon = "SINON-ORDRE"': [('sinon = ""', "« sinon » est vide")],
}


@pytest.mark.parametrize(
    ("part", "fault", "message"),
    [(part, fault, message) for part, cases in FAULTS.items() for fault, message in cases],
)
def test_each_fault_of_a_file_is_named(file, part, fault, message):
    assert GOOD.count(part) == 1
    file.write_text(GOOD.replace(part, fault), encoding="utf-8")
    with pytest.raises(ValueError, match=r"^essai\.toml, .*" + message):
        Quiz("99", file=file)


def blocks():
    return ["[[questions]]" + block for block in GOOD.split("[[questions]]")[1:]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a = ", "essai.toml : ce n'est pas du TOML"),
        ("a = 1", "essai.toml : clé inconnue : a"),
        ("", "essai.toml : il manque : questions"),
        ("questions = 3", "« questions » n'est pas une liste de tables"),
        ("".join(blocks()[:3]), "entrées dans « questions » : 3. Il en faut de 4 à 8"),
        ("".join(blocks() * 3), "entrées dans « questions » : 12"),
    ],
)
def test_a_file_that_is_not_a_quiz_is_refused(file, content, message):
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        quiz_questions.read(file)


def test_a_missing_or_badly_encoded_file_is_refused(file):
    with pytest.raises(ValueError, match=r"ailleurs\.toml : le fichier ne s'ouvre pas"):
        quiz_questions.read(file.with_name("ailleurs.toml"))
    file.write_bytes("texte = 'é'".encode("latin-1"))
    with pytest.raises(ValueError, match=r"essai\.toml : le fichier n'est pas en UTF-8"):
        quiz_questions.read(file)


def test_an_unknown_lesson_names_the_known_ones():
    with pytest.raises(ValueError, match=r"Aucun quiz pour la leçon « 77 ». Choisissez parmi : 00"):
        Quiz("77")


# --- mélanger


def test_the_mix_depends_on_the_text_alone(quiz, file):
    fields = file.read_text(encoding="utf-8").split("[[questions.options]]")
    fields[1], fields[2] = fields[2], fields[1]
    file.write_text("[[questions.options]]".join(fields), encoding="utf-8")
    other = Quiz("99", file=file)
    assert other.questions[0].items != quiz.questions[0].items
    assert other.questions[0].shown == quiz.questions[0].shown
    assert other.questions[0].fingerprint == quiz.questions[0].fingerprint


def test_the_right_option_is_not_always_in_the_same_place():
    def place(n):
        options = [quiz_questions.Item(f"option {k} de {n}", "x", right=not k) for k in range(4)]
        return right_answer(quiz_questions.Question("choix", f"question {n}", tuple(options)))

    found = [place(n) for n in range(200)]
    assert all(30 <= found.count(rank) <= 70 for rank in range(4))


def test_steps_are_never_shown_in_the_right_order():
    for n in range(100):
        steps = tuple(quiz_questions.Item(f"étape {k} de {n}", "x") for k in range(3))
        question = quiz_questions.Question("ordre", "?", steps)
        assert question.shown != steps and set(question.shown) == set(steps)


def test_a_changed_wording_is_another_question(quiz, file):
    prints = [question.fingerprint for question in quiz.questions]
    file.write_text(GOOD.replace("Un code.", "Un vecteur.").replace("POURQUOI-DEUX", "autre"), encoding="utf-8")
    changed = [question.fingerprint for question in Quiz("99", file=file).questions]
    assert changed[0] != prints[0] and changed[1:] == prints[1:] and len(set(prints)) == 4


# --- corriger


def test_a_wrong_choice_is_explained_and_the_right_one_is_not_shown(quiz):
    verdict = quiz.answer(CHOICE, *places(quiz, CHOICE, "Un code."))
    assert verdict.passed is False and whys(verdict) == {"POURQUOI-CODE"}
    assert [detail.chosen for detail in verdict.details] == [True]


def test_a_right_choice_explains_every_option(quiz):
    (place,) = places(quiz, CHOICE, "Une image.")
    verdict = quiz.answer(CHOICE, place)
    assert verdict.passed and whys(verdict) == {"POURQUOI-IMAGE", "POURQUOI-CODE", "POURQUOI-PERTE"}
    assert {(detail.place == place, detail.right, detail.chosen) for detail in verdict.details} == {
        (True, True, True),
        (False, False, False),
    }


@pytest.mark.parametrize(
    ("texts", "good", "explained"),
    [
        (["2"], 3, set()),
        (["2", "3"], 2, {"POURQUOI-TROIS"}),
        (["3", "5"], 0, {"POURQUOI-TROIS", "POURQUOI-CINQ"}),
        (["2", "3", "4"], 3, {"POURQUOI-TROIS"}),
    ],
)
def test_several_says_how_many_are_well_judged(quiz, texts, good, explained):
    verdict = quiz.answer(SEVERAL, places(quiz, SEVERAL, *texts))
    assert verdict.passed is False and f"bien jugées : {good} sur 4" in verdict.summary
    assert whys(verdict) == explained
    assert ("incomplet" in verdict.summary) == (not explained)


def test_several_passes_in_any_order(quiz):
    verdict = quiz.answer(SEVERAL, places(quiz, SEVERAL, "4", "2"))
    assert verdict.passed and "4 sur 4" in verdict.summary and len(whys(verdict)) == 4


@pytest.mark.parametrize(
    "text", ["-1234,5", "−1 234.5 nats", "-1234", " -1.2345e3 ", "-1235", -1234.5, "−1\u202f234,5\u00a0NATS"]
)
def test_a_number_is_read_with_a_comma_or_a_point(quiz, text):
    verdict = quiz.answer(NUMBER, text)
    assert verdict.passed and verdict.why == "POURQUOI-NOMBRE"


@pytest.mark.parametrize(
    ("text", "why"),
    [("1234,5", "PIEGE-SIGNE"), ("0,4", "PIEGE-ZERO"), ("-1233,9", "SINON-NOMBRE"), ("7", "SINON-NOMBRE")],
)
def test_a_wrong_number_falls_in_its_trap_or_not(quiz, text, why):
    verdict = quiz.answer(NUMBER, text)
    assert verdict.passed is False and verdict.why == why and "1234" not in verdict.summary


@pytest.mark.parametrize("text", ["douze", "1,2,3", "nan", "inf", "1e999", "--3", "0x10", "٣", True, [3]])
def test_what_is_not_a_number_is_refused_and_is_not_a_try(quiz, scores, text):
    verdict = quiz.answer(NUMBER, text)
    assert verdict.passed is None and "n'est pas un nombre" in verdict.summary and not scores.exists()


def test_an_empty_answer_is_asked_again(quiz, scores):
    assert "d'abord un nombre" in quiz.answer(NUMBER, " ").summary
    assert "d'abord une option" in quiz.answer(CHOICE, None).summary
    assert "au moins une option" in quiz.answer(SEVERAL, []).summary
    assert quiz._misses == [0, 0, 0, 0] and not scores.exists()


def test_a_tolerance_of_zero_forgives_floating_point():
    question = quiz_questions.Question("nombre", "?", answer=0.3, otherwise="non")
    assert grade(question, 0.1 + 0.2).passed and not grade(question, 0.3001).passed


def test_parse_reads_french_and_english_numbers():
    assert [parse(text) for text in ("0,5", ".5", "+3.", "1e-3", "12 288")] == [0.5, 0.5, 3.0, 0.001, 12288.0]
    assert parse("50 %", "%") == 50 and parse("50 %") is None


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["tirer z", "encoder", "décoder", "mesurer"], "La première étape n'est pas"),
        (["encoder", "mesurer", "décoder", "tirer z"], "La première étape est bien placée, pas la suivante"),
        (["encoder", "tirer z", "mesurer", "décoder"], "Les 2 premières étapes sont bien placées"),
    ],
)
def test_a_wrong_order_says_how_many_steps_are_placed(quiz, texts, said):
    verdict = quiz.answer(ORDER, places(quiz, ORDER, *texts))
    assert verdict.passed is False and said in verdict.summary
    assert verdict.why == "SINON-ORDRE" and not verdict.details


def test_a_right_order_explains_each_step(quiz):
    right = places(quiz, ORDER, "encoder", "tirer z", "décoder", "mesurer")
    verdict = quiz.answer(ORDER, right)
    assert verdict.passed and verdict.why == "POURQUOI-ORDRE"
    assert [detail.why for detail in verdict.details] == ["ETAPE-UN", "ETAPE-DEUX", "ETAPE-TROIS", "ETAPE-QUATRE"]
    assert [detail.place for detail in verdict.details] == right


@pytest.mark.parametrize("number", [CHOICE, SEVERAL, NUMBER, ORDER])
def test_right_answer_passes(quiz, number):
    assert quiz.answer(number, right_answer(quiz.questions[number - 1])).passed


@pytest.mark.parametrize(
    ("number", "answer", "message"),
    [
        (CHOICE, 3, "de 0 à 2 sont attendus"),
        (CHOICE, -1, "de 0 à 2"),
        (CHOICE, "0", "de 0 à 2"),
        (CHOICE, True, "de 0 à 2"),
        (SEVERAL, [0, 0], "deux fois"),
        (SEVERAL, "01", "rangs entiers"),
        (ORDER, [0, 1], "2 étapes sont données : il en faut 4"),
        (0, 0, "La question 0 n'existe pas : choisissez de 1 à 4"),
        (5, 0, "La question 5 n'existe pas"),
        ("1", 0, "n'existe pas"),
    ],
)
def test_a_meaningless_answer_is_refused(quiz, number, answer, message):
    with pytest.raises(ValueError, match=message):
        quiz.answer(number, answer)
    assert quiz.passed == 0 and quiz._misses == [0] * 4


# --- montrer la réponse


@pytest.mark.parametrize(
    ("number", "wrong", "told"),
    [
        (CHOICE, "Un code.", {"POURQUOI-IMAGE", "POURQUOI-CODE", "POURQUOI-PERTE"}),
        (NUMBER, None, {"POURQUOI-NOMBRE"}),
        (ORDER, None, {"POURQUOI-ORDRE", "ETAPE-UN", "ETAPE-QUATRE"}),
    ],
)
def test_the_answer_is_shown_after_two_wrong_tries_only(quiz, number, wrong, told):
    wrong = {CHOICE: lambda: places(quiz, CHOICE, wrong)[0], NUMBER: lambda: 3, ORDER: lambda: [0, 1, 2, 3]}[number]()
    for _ in range(2):
        with pytest.raises(ValueError, match="après 2 essais faux"):
            quiz.reveal(number)
        assert not quiz._state["questions"][number - 1]["reveal"]
        quiz.answer(number, wrong)
    assert quiz._state["questions"][number - 1]["reveal"]
    verdict = quiz.reveal(number)
    assert verdict.revealed and not verdict.passed and told <= whys(verdict) | {verdict.why}
    assert {detail.chosen for detail in verdict.details} <= {None} and quiz.passed == 0
    if number == NUMBER:
        assert verdict.summary == "La réponse est −1234,5 nats."


def test_a_right_answer_puts_the_button_away(quiz):
    for answer in (3, 3, -1234.5):
        quiz.answer(NUMBER, answer)
    assert not quiz._state["questions"][NUMBER - 1]["reveal"]


# --- ce qui ne doit pas fuir


def sent(quiz):
    """Tout ce que la page reçoit."""
    return json.dumps(quiz.get_state(["_scene", "_state"]), ensure_ascii=False)


def test_neither_the_page_nor_the_notebook_holds_the_answers(quiz):
    data, _ = quiz._repr_mimebundle_()
    data = {kind: value for kind, value in data.items() if "widget-view" not in kind}  # un identifiant au hasard
    for text in (sent(quiz), json.dumps(data, ensure_ascii=False)):
        assert [secret for secret in SECRETS if secret in text] == []
        assert "1234" not in text and '"right"' not in text
        for word in ("juste", "reponse", "answer", "tolerance"):
            assert f'"{word}"' not in text
        assert "Une image." in text and "encoder" in text


def test_the_scene_is_the_same_whichever_option_is_right(quiz, file):
    swapped = GOOD.replace('"Une image."\njuste = true', '"Une image."\njuste = false')
    swapped = swapped.replace('"Un code."\njuste = false', '"Un code."\njuste = true')
    file.write_text(swapped, encoding="utf-8")
    other = Quiz("99", file=file)
    assert other._scene == quiz._scene and right_answer(other.questions[0]) != right_answer(quiz.questions[0])


def test_a_wrong_answer_sends_nothing_of_the_right_one(quiz):
    quiz.answer(CHOICE, *places(quiz, CHOICE, "Un code."))
    quiz.answer(SEVERAL, places(quiz, SEVERAL, "2", "3"))
    quiz.answer(NUMBER, 0)
    quiz.answer(ORDER, [0, 1, 2, 3])
    told = {secret for secret in SECRETS if secret in sent(quiz)}
    assert told == {"POURQUOI-CODE", "POURQUOI-TROIS", "PIEGE-ZERO", "SINON-ORDRE"}
    assert "1234" not in sent(quiz)


def test_the_notebook_keeps_stable_questions_whatever_the_score(quiz):
    before, _ = quiz._repr_mimebundle_()
    for number, question in enumerate(quiz.questions, start=1):
        quiz.answer(number, right_answer(question))
    after, _ = quiz._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in before
    for kind in ("text/plain", "text/html"):
        assert before[kind] == after[kind]
    assert before["text/plain"] == repr(quiz)
    html = before["text/html"]
    assert "<code>pairs</code>" in html and "Combien pour z &lt; 2" in html and "Unité : nats." in html
    assert html.count("<li>") == 4 + 3 + 4 + 4


# --- la page


def page_says(quiz, **message):
    quiz._handle_custom_msg(message, [])


def test_the_page_answers_reveals_and_restarts(quiz):
    (wrong,) = places(quiz, CHOICE, "Un code.")
    page_says(quiz, ask="hello")
    page_says(quiz, ask="answer", question=0, answer=wrong)
    first = quiz._state["questions"][0]["verdict"]
    page_says(quiz, ask="answer", question=0, answer=wrong)
    second = quiz._state["questions"][0]["verdict"]
    assert first["count"] < second["count"], "le même verdict deux fois doit se voir deux fois"
    page_says(quiz, ask="reveal", question=0)
    assert quiz._state["questions"][0]["verdict"]["revealed"]
    page_says(quiz, ask="answer", question=2, answer="-1234,5")
    assert quiz._state["total"] == "1 question réussie sur 4"
    page_says(quiz, ask="restart")
    assert quiz._state["total"] == "0 question réussie sur 4" and quiz._state["round"] == 1
    assert all(state == {"passed": False, "reveal": False, "verdict": None} for state in quiz._state["questions"])


def test_a_cell_and_the_page_answer_in_turn(quiz, monkeypatch):
    """La page répond dans un autre fil que les cellules : un essai s'écrit en entier avant le suivant."""
    inside, most, record = [], [], quiz_scores.record

    def slow(*arguments):
        inside.append(1)
        time.sleep(0.005)
        most.append(len(inside))
        note = record(*arguments)
        inside.pop()
        return note

    monkeypatch.setattr(quiz_scores, "record", slow)
    threads = [
        threading.Thread(target=quiz.answer, args=(number, right_answer(question)))
        for number, question in enumerate(quiz.questions, start=1)
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1} and quiz.passed == 4 and quiz._count == 12


# --- le score


def test_the_score_survives(quiz, file, scores):
    quiz.answer(NUMBER, 0)
    quiz.answer(NUMBER, -1234.5)
    quiz.answer(NUMBER, 0)
    for _ in range(2):
        quiz.answer(ORDER, [0, 1, 2, 3])
    again = Quiz("99", file=file)
    assert again._passed == [False, False, True, False] and again._state["total"] == "1 question réussie sur 4"
    assert again._state["questions"][ORDER - 1]["reveal"], "les essais faux d'hier comptent"
    kept = json.loads((scores / "scores.json").read_text(encoding="utf-8"))
    assert kept == {
        "99": {
            quiz.questions[2].fingerprint: {"essais": 2, "reussie": True},
            quiz.questions[3].fingerprint: {"essais": 2, "reussie": False},
        }
    }
    assert [path.name for path in scores.iterdir()] == ["scores.json"]


def test_restarting_forgets_this_lesson_only(quiz, file):
    other = Quiz("98", file=file)
    for one in (quiz, other):
        one.answer(NUMBER, -1234.5)
    quiz.restart()
    assert quiz.passed == 0 and Quiz("99", file=file).passed == 0 and Quiz("98", file=file).passed == 1


def test_two_kernels_keep_each_other_s_results(quiz, file):
    other = Quiz("99", file=file)
    quiz.answer(NUMBER, -1234.5)
    other.answer(CHOICE, *places(other, CHOICE, "Une image."))
    assert Quiz("99", file=file).passed == 2


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"[]", b'{"99": 3}', b'{"99": {"a": 3}}', b'{"99": {"a": {"essais": "x", "reussie": true}}}'],
)
def test_an_unreadable_file_is_put_aside_and_never_lost(file, scores, content):
    scores.mkdir()
    path = scores / "scores.json"
    path.write_bytes(content)
    (scores / "scores.illisible-1.json").write_text("d'avant", encoding="utf-8")
    quiz = Quiz("99", file=file)
    assert "illisible" in quiz._state["note"] and path.read_bytes() == content, "ouvrir un quiz ne touche à rien"
    quiz.answer(NUMBER, -1234.5)
    assert (scores / "scores.illisible-2.json").read_bytes() == content
    assert (scores / "scores.illisible-1.json").read_text(encoding="utf-8") == "d'avant"
    assert "scores.illisible-2.json" in quiz._state["note"] and Quiz("99", file=file).passed == 1
    quiz.answer(NUMBER, -1234.5)
    assert quiz._state["note"] == ""


def test_a_folder_out_of_reach_does_not_stop_the_quiz(file, tmp_path, monkeypatch):
    blocked = tmp_path / "pas-un-dossier"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("COURS_LOTUS_SCORES", str(blocked / "scores"))
    quiz = Quiz("99", file=file)
    assert quiz.answer(NUMBER, -1234.5).passed and quiz.passed == 1
    assert quiz._state["note"].startswith("Le score n'est pas gardé")
    quiz.restart()
    assert quiz.passed == 0


def test_a_write_that_fails_leaves_the_old_score(quiz, file, scores, monkeypatch):
    quiz.answer(NUMBER, -1234.5)
    before = (scores / "scores.json").read_bytes()

    def refuse(*_):
        raise OSError(28, "disque plein")

    monkeypatch.setattr(os, "replace", refuse)
    assert quiz.answer(CHOICE, *places(quiz, CHOICE, "Une image.")).passed and quiz.passed == 2
    assert "disque plein" in quiz._state["note"]
    assert (scores / "scores.json").read_bytes() == before and len(list(scores.iterdir())) == 1
