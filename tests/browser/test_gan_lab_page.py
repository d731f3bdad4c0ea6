"""Le laboratoire des GAN dans JupyterLab : lancer, arrêter, régler et dessiner, à la souris et au clavier."""

import hashlib

import pytest

from benchmarks._navigateur import new_page, run_all

pytestmark = pytest.mark.navigateur

CELL = "from lessons_lib.widgets.gan_lab import GANLab\nlab = GANLab()\nlab"


class Game:
    """Le laboratoire dans une page, et ce qu'un lecteur y voit."""

    def __init__(self, page):
        self.page, self.root = page, page.locator(".lotus-gan")

    def __getitem__(self, name):
        return self.root.get_attribute(f"data-{name}")

    def button(self, name):
        return self.root.get_by_role("button", name=name)

    def wait(self, condition, seconds=30):
        """Attend une condition sur les attributs data-* ``d`` de la page."""
        self.page.wait_for_function(
            f"(root) => {{ const d = root.dataset; return {condition}; }}",
            arg=self.root.element_handle(),
            timeout=1000 * seconds,
        )

    def settle(self):
        """Attend que le noyau ait obéi à la dernière commande."""
        self.wait("d.asked === d.heard || Number(d.heard) > Number(d.asked)")

    def pixels(self):
        drawn = self.root.locator(".lg-plane").evaluate("canvas => canvas.toDataURL()")
        return hashlib.sha256(drawn.encode()).hexdigest()


@pytest.fixture(scope="module")
def notebook(browser, lab):
    with new_page(browser) as page:
        page.set_viewport_size({"width": 1280, "height": 1100})
        run_all(page, lab, lab.write("laboratoire.ipynb", CELL, "a = 6", "a * 7"))
        page.locator(".lotus-gan[data-frame]").wait_for(timeout=120_000)
        page.locator("#jp-main-statusbar").get_by_text("| Inactif").wait_for(timeout=60_000)
        yield page


@pytest.fixture
def game(notebook):
    """Une partie libre, à l'arrêt, au début."""
    game = Game(notebook)
    game.root.scroll_into_view_if_needed()
    game.root.get_by_label("Situation").select_option("libre")
    game.wait("d.preset === 'libre' && d.generator === '0' && d.playing === 'false'")
    if game.root.get_by_label("Au ralenti").is_checked():
        game.root.get_by_label("Au ralenti").uncheck()
    yield game


def test_run_and_pause_by_keyboard_and_the_picture_moves(game):
    before = game.pixels()
    game.button("Lancer").focus()
    game.page.keyboard.press("Space")
    game.wait("d.playing === 'true' && Number(d.generator) > 5")
    assert game.pixels() != before
    game.button("Pause").press("Enter")
    game.wait("d.playing === 'false'")
    steps, stopped = game["generator"], game.pixels()
    game.page.wait_for_timeout(600)
    assert game["generator"] == steps and game.pixels() == stopped


def test_each_side_steps_alone(game):
    for name, expected in (("critique seule", ("1", "0")), ("générateur seul", ("1", "1")), ("les deux", ("2", "2"))):
        game.button(name).press("Enter")
        game.wait(f"d.critic === '{expected[0]}' && d.generator === '{expected[1]}'")
    game.button("Recommencer").press("Enter")
    game.wait("d.critic === '0' && d.generator === '0'")


def test_the_loss_and_the_settings_change_while_it_runs(game):
    game.button("Lancer").click()
    game.wait("Number(d.generator) > 2")
    game.root.get_by_label("Perte", exact=True).select_option("wgan_gp")
    game.wait("d.loss === 'wgan_gp' && d.playing === 'true'")
    steps = game.root.get_by_role("slider", name="Pas critiques")
    assert steps.input_value() == "4", "la perte règle aussi les pas critiques"
    steps.focus()
    game.page.keyboard.press("ArrowLeft")
    weight = game.root.get_by_role("slider", name="Lambda")
    assert weight.is_enabled() and game.root.get_by_role("slider", name="écrêtage").is_disabled()
    game.settle()
    assert steps.input_value() == "3" and steps.get_attribute("aria-valuetext") == "4"
    at = int(game["generator"])
    game.wait(f"Number(d.generator) > {at}")
    game.button("Pause").click()
    game.wait("d.playing === 'false'")


def test_the_kernel_stays_free_while_it_runs(game):
    game.button("Lancer").click()
    game.wait("d.playing === 'true'")
    cell = game.page.locator(".jp-CodeCell").nth(2)
    prompt = cell.locator(".jp-InputPrompt").inner_text()
    cell.locator(".cm-content").click()
    game.page.keyboard.press("Shift+Enter")
    game.page.wait_for_function(
        "([cell, before]) => { const now = cell.querySelector('.jp-InputPrompt').innerText;"
        " return now !== before && /\\d/.test(now); }",
        arg=[cell.element_handle(), prompt],
        timeout=30_000,
    )
    assert cell.locator(".jp-OutputArea-output").inner_text().strip() == "42"
    assert game["playing"] == "true"
    game.root.scroll_into_view_if_needed()
    game.button("Pause").click()
    game.wait("d.playing === 'false'")


def test_slow_motion_names_the_substeps(game):
    game.root.get_by_label("Au ralenti").press("Space")
    game.settle()
    game.button("Lancer").click()
    for stage in ("draw", "score", "correct", "generate", "ask", "follow"):
        game.wait(f"d.stage === '{stage}'")
        current = game.root.locator("[aria-current=step]")
        assert current.count() == 1
    game.button("Pause").click()
    game.wait("d.playing === 'false' && d.stage === ''")


def test_layers_hide_and_come_back(game):
    game.button("Lancer").click()
    game.wait("Number(d.generator) > 20")
    game.button("Pause").click()
    game.wait("d.playing === 'false'")
    game.page.wait_for_timeout(500)
    full = game.pixels()
    for layer in ("Vrais points", "Faux points", "Carte de la critique", "Grille du générateur", "Flèches du gradient"):
        box = game.root.get_by_role("checkbox", name=layer)
        box.press("Space")
        game.page.wait_for_timeout(200)
        assert game.pixels() != full, layer
        box.press("Space")
        game.page.wait_for_timeout(400)
        assert game.pixels() == full, layer


def test_the_learner_draws_the_law_with_the_mouse_then_the_keyboard(game):
    game.root.get_by_label("Loi à imiter").select_option("dessin")
    box = game.root.locator(".lg-plane").bounding_box()
    game.page.mouse.move(box["x"] + 100, box["y"] + 100)
    game.page.mouse.down()
    game.page.mouse.move(box["x"] + 300, box["y"] + 120, steps=12)
    game.page.mouse.up()
    game.wait("d.law === 'dessin' && d.drawn === '1'")
    first = game.pixels()
    game.root.locator(".lg-plane").focus()
    for key in ("Shift+ArrowDown", "Space", "ArrowRight", "Shift+ArrowRight", "Space"):
        game.page.keyboard.press(key)
    game.settle()
    game.wait("d.drawn === '2'")
    assert game.pixels() != first
    game.button("les deux").click()
    game.wait("d.generator === '1' && d.law === 'dessin'")
    game.button("Effacer le dessin").click()
    game.root.get_by_label("Loi à imiter").select_option("deux_lunes")
    game.wait("d.law === 'deux_lunes' && d.generator === '0'")


def test_a_preset_shows_its_task_and_collapses(game):
    game.root.get_by_label("Situation").select_option("effondrement")
    game.root.get_by_text("couvrir au moins 6 modes").wait_for(timeout=10_000)
    game.button("Lancer").click()
    game.wait("Number(d.generator) > 150", seconds=90)
    game.button("Pause").click()
    game.wait("d.playing === 'false'")
    assert 1 <= int(game["modes"]) <= 3
