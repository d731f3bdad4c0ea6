"""Le chemin d'une personne qui apprend : la page d'accueil, la leçon 02, la carte sous la souris, un curseur."""

import importlib.util
import shutil

import pytest
from test_explorers import changed, picture, reveal

from benchmarks._navigateur import new_page
from course.environnement import ROOT

pytestmark = [pytest.mark.navigateur, pytest.mark.timeout(1200)]
EXECUTION_MS = 900_000
# L'état du noyau passe par « inactif » entre deux cellules : c'est l'astérisque d'une cellule en attente qui fait foi.
ALL_RUN = """() => ![...document.querySelectorAll(".jp-Notebook .jp-InputPrompt")].some(
  (prompt) => prompt.offsetParent && prompt.textContent.includes("*"))"""


@pytest.fixture(scope="module")
def lesson(browser, lab):
    """La leçon 02, atteinte depuis la page d'accueil et exécutée de bout en bout."""
    for folder in ("course", "lessons"):
        (lab.root / folder).mkdir(exist_ok=True)
        for file in (ROOT / folder).glob("*.ipynb"):
            shutil.copy(file, lab.root / folder)
    with new_page(browser) as page:
        page.goto(lab.url("course/accueil.ipynb"))
        page.get_by_role("link", name="L'autoencodeur variationnel").first.click(timeout=60_000)
        page.get_by_role("tab", name="02_autoencodeur_variationnel.ipynb").wait_for(timeout=60_000)
        page.locator("#jp-main-statusbar").get_by_text("| Inactif").wait_for(timeout=60_000)
        page.get_by_role("menubar").get_by_text("Exécution", exact=True).click()
        page.locator('[data-command="runmenu:run-all"]').click()
        page.locator("#jp-main-statusbar").get_by_text("| Occupé").wait_for(timeout=60_000)
        page.wait_for_function(ALL_RUN, timeout=EXECUTION_MS)
        yield page


def pictures_of(view):
    return [canvas.evaluate("canvas => canvas.toDataURL()") for canvas in view.locator(".lm-picture canvas").all()]


@pytest.mark.parametrize("title", ["L'espace latent sous la souris", "Le même z dans les deux réseaux"])
def test_moving_the_mouse_over_the_map_changes_the_flower(lesson, title):
    view = reveal(lesson, title).locator(".lotus-map")
    chart = view.locator(".lm-chart canvas").first
    chart.scroll_into_view_if_needed()
    lesson.wait_for_timeout(1500)  # JupyterLab finit de placer les cellules voisines
    box = chart.bounding_box()
    before, z = pictures_of(view), view.get_attribute("data-z")
    lesson.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"], steps=5)
    lesson.wait_for_function("([view, z]) => view.dataset.z !== z", arg=[view.element_handle(), z], timeout=10_000)
    lesson.wait_for_timeout(300)
    after = pictures_of(view)
    decoded = 1 if title.startswith("L'espace") else 2
    assert all(old != new for old, new in zip(before[:decoded], after[:decoded], strict=True))
    lesson.mouse.move(box["x"] + box["width"] / 2, box["y"] - 40)
    lesson.wait_for_function("([view, z]) => view.dataset.z === z", arg=[view.element_handle(), z], timeout=10_000)
    lesson.wait_for_timeout(300)
    assert pictures_of(view)[:decoded] == before[:decoded]


def test_dragging_a_slider_changes_the_flower(lesson):
    output = reveal(lesson, "Un curseur par dimension de z")
    before = picture(output, 1)
    handle = output.locator(".noUi-handle").first
    box = handle.bounding_box()
    lesson.mouse.move(box["x"] + 5, box["y"] + 5)
    lesson.mouse.down()
    lesson.mouse.move(box["x"] + 60, box["y"] + 5, steps=6)
    lesson.mouse.up()
    changed(output, 1, before)


def test_teachers_menus_do_not_show_to_a_student(lesson):
    assert importlib.util.find_spec("nbgrader"), "sans nbgrader, ce test ne prouve rien"
    bars = lesson.locator("#jp-top-panel, #jp-menu-panel, .jp-SideBar, .jp-NotebookPanel-toolbar, .jp-Launcher")
    shown = " ".join(bars.evaluate_all("bars => bars.map((bar) => bar.textContent + bar.innerHTML)")).lower()
    assert "exécution" in shown
    for word in ("nbgrader", "formgrader", "assignment", "validate"):
        assert word not in shown
