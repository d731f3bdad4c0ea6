"""Le quiz dans JupyterLab, au clavier seul puis à la souris : ce qu'un lecteur y fait, y voit et y retrouve."""

import json
import re
from itertools import count

import pytest
from playwright.sync_api import expect
from test_explorers import reveal

from benchmarks._navigateur import new_page, run_all
from lessons_lib.widgets.quiz_questions import read

pytestmark = pytest.mark.navigateur

QUESTIONS = """
[[questions]]
sorte = "choix"
texte = "Que rend le décodeur ?"
options = [
  { texte = "Une image.", juste = true, pourquoi = "Il dessine." },
  { texte = "Un `code`.", juste = false, pourquoi = "C'est l'encodeur." },
  { texte = "Une perte.", juste = false, pourquoi = "Elle se mesure après." },
]

[[questions]]
sorte = "plusieurs"
texte = "Quels nombres sont pairs ?"
options = [
  { texte = "deux", juste = true, pourquoi = "2 = 2 × 1." },
  { texte = "trois", juste = false, pourquoi = "Il reste 1." },
  { texte = "quatre", juste = true, pourquoi = "4 = 2 × 2." },
]

[[questions]]
sorte = "nombre"
texte = "Que vaut la moitié de 1 ?"
reponse = 0.5
tolerance = 0.01
unite = "nats"
pourquoi = "1 / 2 = 0,5."
sinon = "Partagez 1 en deux."
pieges = [
  { valeur = 2, pourquoi = "C'est le double." },
  { valeur = 1, pourquoi = "C'est le nombre même." },
]

[[questions]]
sorte = "ordre"
texte = "Dans quel ordre ?"
pourquoi = "Ainsi va un pas."
sinon = "De quoi chaque étape a-t-elle besoin ?"
etapes = [
  { texte = "encoder", pourquoi = "Il faut un code." },
  { texte = "tirer z", pourquoi = "Il faut mu et sigma." },
  { texte = "décoder", pourquoi = "Il faut z." },
  { texte = "mesurer", pourquoi = "Il faut l'image." },
]
"""
STEPS = ["encoder", "tirer z", "décoder", "mesurer"]
TITLE = "Quiz de la leçon 99"
NUMBERS = count()


class Page:
    """Un quiz dans une page, et les gestes d'un lecteur."""

    def __init__(self, page, cells, lab):
        self.page = page
        run_all(page, lab, lab.write(f"quiz-{next(NUMBERS)}.ipynb", *cells))
        reveal(page, TITLE)
        self.root = page.locator(".lotus-qz")
        self.forms = self.root.locator("form")
        self.forms.first.wait_for()

    def verdict(self, number):
        return self.forms.nth(number - 1).locator(".qz-verdict")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def focused(self):
        """Ce qui a le focus : son texte, son nom ou sa valeur."""
        return self.page.evaluate(
            "() => { const e = document.activeElement;"
            " const name = e.innerText || e.getAttribute('aria-label') || e.value;"
            " return e.closest('.lotus-qz') ? name : `HORS DU QUIZ ${name}`; }"
        )

    def label(self):
        """L'option dont la case a le focus."""
        return self.page.evaluate("() => document.activeElement.closest('label').innerText")

    def steps(self):
        return self.forms.nth(3).locator("li .qz-text").all_inner_texts()

    def choose(self, text):
        """Au clavier : descend dans les boutons radio jusqu'à ce texte."""
        radios = self.forms.first.get_by_role("radio")
        wanted = self.forms.first.get_by_role("radio", name=text)
        if not self.forms.first.locator("input:checked").count():
            self.press("Space")
        for _ in range(radios.count()):
            if wanted.is_checked():
                return
            self.press("ArrowDown")
        raise AssertionError(f"« {text} » ne s'atteint pas au clavier")

    def sort_by_keyboard(self):
        """Au clavier : monte chaque étape à sa place ; le focus est sur la première en entrant."""
        for place, text in enumerate(STEPS):
            while text not in self.focused():
                self.press("ArrowDown")
            for _ in range(self.steps().index(text) - place):
                self.press("Alt+ArrowUp")
            assert text in self.focused(), "le focus ne suit pas l'étape"
            self.press(*["ArrowUp"] * len(STEPS))


@pytest.fixture
def cells(tmp_path, lab):
    """Les cellules d'un cahier : un quiz d'essai, dont le score est rangé à part."""
    file = tmp_path / "essai.toml"
    file.write_text(QUESTIONS, encoding="utf-8")
    read(file)  # une faute ici se verrait mal depuis le navigateur
    return [
        f"import os\nos.environ['COURS_LOTUS_SCORES'] = {str(tmp_path / 'scores')!r}\n"
        f"from lessons_lib.widgets.quiz import Quiz\nquiz = Quiz('99', file={str(file)!r})\nquiz"
    ]


@pytest.fixture
def quiz(page, cells, lab):
    return Page(page, cells, lab)


def test_the_whole_quiz_by_keyboard(quiz):
    cell = quiz.page.locator(".jp-Cell.jp-mod-active")
    active = cell.count() and cell.first.get_attribute("data-windowed-list-index")
    cells = quiz.page.locator(".jp-Cell").count()

    # choix : faux, puis juste
    quiz.forms.first.get_by_role("radio").first.focus()
    quiz.choose("Un code")
    quiz.press("Enter")
    expect(quiz.verdict(1)).to_contain_text("Ce n'est pas cela.")
    notes = quiz.forms.first.locator(".qz-note:visible")
    expect(notes).to_have_count(1)
    expect(notes).to_contain_text("✘Fausse, cochée. C'est l'encodeur.")
    assert "Il dessine." not in quiz.root.inner_text()
    quiz.choose("Une image")
    quiz.press("Enter")
    expect(quiz.verdict(1)).to_contain_text("✔Juste.")
    expect(notes).to_have_count(3)
    expect(quiz.forms.first.locator(".qz-note", has_text="Juste, cochée. Il dessine.")).to_be_visible()
    expect(quiz.forms.first.locator("legend")).to_contain_text("✔réussie")

    # plusieurs : une case oubliée, puis toutes
    quiz.press("Tab", "Tab")
    for _ in range(3):
        if "deux" in quiz.label():
            quiz.press("Space")
        quiz.press("Tab")
    assert quiz.focused() == "Valider"
    quiz.press("Enter")
    expect(quiz.verdict(2)).to_contain_text("Options bien jugées : 2 sur 3.")
    quiz.press("Shift+Tab", "Shift+Tab", "Shift+Tab")
    for _ in range(3):
        if "quatre" in quiz.label():
            quiz.press("Space")
        quiz.press("Tab")
    quiz.press("Enter")
    expect(quiz.verdict(2)).to_contain_text("3 sur 3")

    # nombre : un mot, un piège, une virgule
    quiz.press("Tab")
    quiz.page.keyboard.type("dda")  # « d d » supprime une cellule de JupyterLab, « a » en ajoute une
    quiz.press("Enter")
    expect(quiz.verdict(3)).to_contain_text("« dda » n'est pas un nombre")
    quiz.press("Control+a")
    quiz.page.keyboard.type("2")
    quiz.press("Enter")
    expect(quiz.verdict(3)).to_contain_text("✘Ce n'est pas cela. C'est le double.")
    quiz.press("Control+a")
    quiz.page.keyboard.type("0,5")
    quiz.press("Enter")
    expect(quiz.verdict(3)).to_contain_text("✔Juste. 1 / 2 = 0,5.")

    # ordre : tel quel, puis remis
    quiz.press("Tab", "Tab")
    assert quiz.steps() != STEPS and quiz.steps()[0] in quiz.focused()
    quiz.press("d", "d", "a", "Enter")
    expect(quiz.verdict(4)).to_contain_text("De quoi chaque étape a-t-elle besoin")
    quiz.sort_by_keyboard()
    assert quiz.steps() == STEPS
    quiz.press("Enter")
    expect(quiz.verdict(4)).to_contain_text("✔Juste. Les 4 étapes sont à leur place. Ainsi va un pas.")
    expect(quiz.forms.nth(3).locator(".qz-note:visible")).to_have_count(4)
    assert "HORS" not in quiz.focused()

    expect(quiz.root.locator(".qz-total")).to_have_text("4 questions réussies sur 4")
    assert quiz.page.locator(".jp-Cell").count() == cells, "JupyterLab a pris des touches pour lui"
    assert not active or cell.first.get_attribute("data-windowed-list-index") == active


def test_the_score_survives_and_is_erased_in_two_steps(browser, lab, cells, tmp_path):
    with new_page(browser) as page:
        quiz = Page(page, cells, lab)
        quiz.forms.nth(2).get_by_role("textbox", name="Votre réponse").fill("0.5")
        quiz.press("Enter")
        expect(quiz.root.locator(".qz-total")).to_have_text("1 question réussie sur 4")
    with new_page(browser) as page:
        quiz = Page(page, cells, lab)
        expect(quiz.root.locator(".qz-total")).to_have_text("1 question réussie sur 4")
        expect(quiz.forms.nth(2).locator("legend")).to_contain_text("✔réussie")
        expect(quiz.verdict(3)).to_be_empty()
        quiz.forms.nth(2).get_by_role("textbox").fill("7")
        quiz.root.get_by_role("button", name="Recommencer").press("Enter")
        assert quiz.focused() == "Garder le score"
        quiz.press("Escape")
        assert quiz.focused() == "Recommencer"
        expect(quiz.root.locator(".qz-total")).to_have_text("1 question réussie sur 4")
        quiz.press("Enter", "Shift+Tab")
        assert quiz.focused() == "Effacer le score de cette leçon"
        quiz.press("Enter")
        expect(quiz.root.locator(".qz-total")).to_have_text("0 question réussie sur 4")
        expect(quiz.forms.nth(2).get_by_role("textbox")).to_have_value("")
        assert quiz.focused() == "Recommencer"
    assert json.loads((tmp_path / "scores" / "scores.json").read_text(encoding="utf-8")) == {}


def test_the_answer_button_comes_after_two_wrong_tries(quiz):
    button = quiz.forms.nth(2).get_by_role("button", name="Voir la réponse")
    field = quiz.forms.nth(2).get_by_role("textbox")
    for wrong in ("3", "4"):
        expect(button).to_be_hidden()
        field.fill(wrong)
        field.press("Enter")
        expect(quiz.verdict(3)).to_contain_text("Partagez 1 en deux.")
    expect(button).to_be_visible()
    button.press("Enter")
    expect(quiz.verdict(3)).to_contain_text("La réponse est 0,5 nats. 1 / 2 = 0,5.")
    expect(button).to_be_hidden()
    assert quiz.focused().startswith("La réponse est"), "le focus est perdu avec le bouton"
    expect(quiz.root.locator(".qz-total")).to_have_text("0 question réussie sur 4")


def test_steps_move_by_buttons_and_by_mouse(quiz):
    form = quiz.forms.nth(3)
    form.scroll_into_view_if_needed()
    first, second, *rest = quiz.steps()
    form.get_by_role("button", name=re.compile(f"Descendre.*{first}")).click()
    assert quiz.steps() == [second, first, *rest]
    form.get_by_role("button", name=re.compile(f"Monter.*{first}")).click()
    assert quiz.steps() == [first, second, *rest]
    for place, text in enumerate(STEPS):
        start = form.locator("li", has_text=text).bounding_box()
        target = form.locator("li").nth(place).bounding_box()
        quiz.page.mouse.move(start["x"] + 80, start["y"] + start["height"] / 2)
        quiz.page.mouse.down()
        quiz.page.mouse.move(target["x"] + 80, target["y"] + 2, steps=6)
        quiz.page.mouse.up()
    assert quiz.steps() == STEPS
    quiz.page.mouse.move(10, 10)
    assert quiz.steps() == STEPS, "l'étape lâchée suit encore la souris"
    form.get_by_role("button", name="Valider").click()
    expect(quiz.verdict(4)).to_contain_text("✔")


def test_the_quiz_answers_while_a_cell_runs(page, cells, lab, tmp_path):
    started, go = tmp_path / "commencé", tmp_path / "fini"
    loop = f"""
import pathlib, time
pathlib.Path({str(started)!r}).touch()
while not os.path.exists({str(go)!r}):
    time.sleep(0.05)
print("fin de la", "boucle")
"""
    quiz = Page(page, [*cells, loop], lab)
    for _ in range(120):
        if started.exists():
            break
        page.wait_for_timeout(250)
    assert started.exists()
    try:
        field = quiz.forms.nth(2).get_by_role("textbox")
        field.fill("0,5")
        field.press("Enter")
        expect(quiz.verdict(3)).to_contain_text("✔Juste.")
        assert page.get_by_text("fin de la boucle", exact=True).count() == 0
    finally:
        go.touch()
    page.get_by_text("fin de la boucle", exact=True).wait_for(timeout=30_000)


def test_every_control_has_a_name_and_nothing_overflows_a_narrow_page(quiz):
    quiz.root.evaluate("root => root.style.width = '400px'")  # un écran de 420 pixels, sans ses marges
    wide = quiz.root.evaluate(
        "root => [...root.querySelectorAll(':not(.qz-hidden)')].filter((e) => e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).display !== 'inline').map((e) => e.outerHTML)"
    )
    assert wide == []
    for form in quiz.forms.all():
        assert form.get_by_role("group").count() == 1 and form.get_by_role("status").count() == 1
    unnamed = [
        line.strip()
        for line in quiz.root.aria_snapshot().splitlines()
        if re.match(r"\s*- (button|radio|checkbox|textbox|group|region)\s*(\[|:|$)", line)
    ]
    assert unnamed == []
