"""Wasserstein1D et LipschitzLab sous une vraie souris : dans JupyterLab, puis dans une page sans noyau."""

import json
import math

import pytest
from test_explorers import reveal

from benchmarks._navigateur import new_page, run_all
from course.environnement import ROOT
from lessons_lib.laws import CENTRES, Law
from lessons_lib.widgets.wasserstein_1d import Wasserstein1D

pytestmark = pytest.mark.navigateur

WASSERSTEIN = """
from lessons_lib.widgets.wasserstein_1d import Wasserstein1D
lab = Wasserstein1D(title="Deux lois")
lab
"""
LIPSCHITZ = """
from lessons_lib.widgets.lipschitz_lab import LipschitzLab
slopes = LipschitzLab(steps=200, title="Trois pentes")
slopes
"""
READ = "print(lab.generated.centre, lab.real.width)"
SHOWN, MARGIN, RAILS = 6.2, 12, {"real": 132, "generated": 184}  # voir wasserstein_1d.js


@pytest.fixture(scope="module")
def notebook(browser, lab):
    """Une page où les deux laboratoires viennent d'être exécutés."""
    with new_page(browser) as page:
        run_all(page, lab, lab.write("wasserstein.ipynb", WASSERSTEIN, LIPSCHITZ))
        reveal(page, "Deux lois")
        page.locator("#jp-main-statusbar").get_by_text("| Inactif").wait_for(timeout=60_000)
        yield page


def pixels(canvas):
    return canvas.evaluate("canvas => canvas.toDataURL()")


class Laws:
    """Deux lois dans une page, et ce qu'un lecteur y voit."""

    def __init__(self, page, root):
        self.page, self.root = page, root
        self.canvas = root.locator("canvas[role=application]")
        self.canvas.scroll_into_view_if_needed()

    @property
    def values(self):
        """Les mesures que la page montre."""
        return {name: float(value) for name, value in json.loads(self.root.get_attribute("data-values")).items()}

    @property
    def state(self):
        return json.loads(self.root.get_attribute("data-state"))

    def drag(self, which, start, end):
        """Tire, sur le rail d'une loi, de la place start à la place end."""
        box = self.canvas.bounding_box()

        def at(x):
            return box["x"] + MARGIN + (x + SHOWN) / (2 * SHOWN) * (box["width"] - 2 * MARGIN)

        self.page.mouse.move(at(start), box["y"] + RAILS[which])
        self.page.mouse.down()
        self.page.mouse.move(at(end), box["y"] + RAILS[which], steps=8)
        self.page.mouse.up()
        self.settle()

    def settle(self):
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def exact(self):
        """Les valeurs de SciPy et de POT, une fois que le noyau a répondu."""
        self.root.locator(".w1-check").get_by_text("…").first.wait_for(state="detached", timeout=30_000)
        return [row.split() for row in self.root.locator(".w1-check tr").all_inner_texts()]


@pytest.fixture
def laws(notebook):
    return Laws(notebook, reveal(notebook, "Deux lois").locator(".lotus-w1"))


# --- Wasserstein1D dans JupyterLab


def test_dragging_the_generated_law_moves_the_distance_and_not_the_divergence(laws):
    before, pictures = laws.values, [pixels(canvas) for canvas in laws.root.locator("canvas").all()]
    assert before == pytest.approx(
        {"jensen_shannon": math.log(2), "kl": math.inf, "kl_reverse": math.inf, "wasserstein": 4}
    )
    laws.drag("generated", 2, 3.5)
    assert laws.values["jensen_shannon"] == pytest.approx(math.log(2))
    assert laws.values["wasserstein"] == pytest.approx(5.5, abs=0.06)
    after = [pixels(canvas) for canvas in laws.root.locator("canvas").all()]
    assert all(old != new for old, new in zip(pictures, after, strict=True))
    laws.drag("generated", laws.state["generated"]["centre"], 2)
    assert laws.values["wasserstein"] == pytest.approx(4, abs=0.1)


def test_dragging_an_edge_reshapes_the_law(laws):
    laws.drag("real", -2.8, -3.2)
    assert laws.state["real"]["width"] == pytest.approx(1.2, abs=0.06)
    laws.drag("real", -3.2, -2.8)
    assert laws.state["real"]["width"] == pytest.approx(0.8, abs=0.06)


def test_the_keyboard_moves_reshapes_and_changes_law(laws):
    active = laws.page.locator(".jp-Cell.jp-mod-active .jp-InputPrompt")
    before, prompt = laws.state, active.inner_text()
    laws.canvas.focus()
    for key in ["ArrowRight", "Shift+ArrowRight", "ArrowUp", " ", "ArrowLeft"]:
        laws.page.keyboard.press(key)
    laws.settle()
    moved = [
        (which, name) for which in before for name in before[which] if laws.state[which][name] != before[which][name]
    ]
    assert len(moved) == 3 and {which for which, _ in moved} == {"real", "generated"}
    assert active.inner_text() == prompt, "JupyterLab a pris les flèches pour lui"
    for key in ["ArrowRight", " ", "ArrowDown", "Shift+ArrowLeft", "ArrowLeft"]:
        laws.page.keyboard.press(key)
    laws.settle()
    assert laws.state["real"]["centre"] == pytest.approx(before["real"]["centre"])


def test_sliders_and_menu_have_names_and_work(laws):
    laws.root.get_by_role("slider", name="Centre de la loi générée").press("Home")
    laws.settle()
    assert laws.state["generated"]["centre"] == CENTRES[0]
    shape = laws.root.get_by_role("combobox", name="Forme de la loi réelle")
    shape.select_option("cloche")
    laws.settle()
    assert math.isinf(laws.values["kl"]) and laws.values["jensen_shannon"] < math.log(2)
    shape.select_option("segment")


def test_going_down_the_slope_works_for_wasserstein_only(laws):
    laws.root.get_by_role("slider", name="Centre de la loi générée").press("End")
    laws.settle()
    far = laws.values["wasserstein"]
    laws.root.get_by_role("button", name="Descendre la pente de Jensen-Shannon").click()
    laws.root.get_by_text("La pente de Jensen-Shannon est nulle").wait_for(timeout=5000)
    assert laws.values["wasserstein"] == far
    laws.root.get_by_role("button", name="Descendre la pente de Wasserstein-1").click()
    laws.root.get_by_text("La loi générée s'arrête en").wait_for(timeout=30_000)
    assert laws.values["wasserstein"] < 0.2 < far


def test_the_kernel_knows_the_laws_and_agrees(laws):
    laws.drag("generated", laws.state["generated"]["centre"], 1.5)
    rows = laws.exact()
    assert rows[0] == ["ici", "SciPy", "POT"] and [row[0] for row in rows[1:]] == ["JS", "KL", "W1"]
    for _, *shown in rows[1:]:
        assert len(set(shown)) == 1, rows


# --- Wasserstein1D sans noyau

PAGE = """<!doctype html><meta charset="utf-8"><style>%s</style><div id="laboratoire"></div><script type="module">
import { createWasserstein1D } from "./wasserstein_1d.js";
window.settled = [];
window.source = { settle: (state) => window.settled.push(state) };
const [scene, state] = %s;
window.remove = createWasserstein1D(document.querySelector("#laboratoire"), scene, state, window.source);
</script>"""
PAIRS = [
    (Law("segment", -1.03, 0.4), Law("segment", -0.5, 1.9)),
    (Law("cloche", 0.25, 0.64), Law("cloche", -3.9, 1.6)),
    (Law("deux_cloches", -2, 1.7), Law("trois_cloches", 1.5, 2.2)),
    (Law("segment", 4, 0.2), Law("cloche", 4, 1)),
]


@pytest.fixture
def offline(browser):
    """Le laboratoire dans une page qu'aucun serveur ni noyau ne sert."""
    lab = Wasserstein1D()
    widgets = ROOT / "lessons_lib" / "widgets"
    style = (widgets / "wasserstein_1d.css").read_text(encoding="utf-8")
    html = PAGE % (style, json.dumps([lab._scene, lab._state]))
    with new_page(browser, has_touch=True) as page:
        script = (widgets / "wasserstein_1d.js").read_text(encoding="utf-8")
        page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.route("**/*.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
        page.goto("http://laboratoire.test/")
        page.locator(".lotus-w1[data-values]").wait_for()
        yield Laws(page, page.locator(".lotus-w1"))


def test_the_page_computes_what_python_computes(offline):
    for pair in PAIRS:
        lab = Wasserstein1D(*pair)
        offline.page.evaluate("state => window.source.onstate(state)", lab._state)
        offline.settle()
        assert offline.state == lab._state
        assert offline.values == pytest.approx(lab.values, rel=1e-9, abs=1e-9), pair


def test_a_burst_of_moves_tells_the_kernel_the_last_only(offline):
    offline.canvas.evaluate(
        "canvas => { for (let k = 0; k < 50; k += 1)"
        " canvas.dispatchEvent(new KeyboardEvent('keydown', { key: k < 40 ? 'ArrowLeft' : 'ArrowUp' })); }"
    )
    offline.page.wait_for_function("() => window.settled.length > 0")
    offline.page.wait_for_timeout(300)
    settled = offline.page.evaluate("() => window.settled")
    assert settled == [offline.state]


def test_a_law_stays_in_the_picture(offline):
    for shape in ("trois_cloches", "segment"):
        offline.root.get_by_role("combobox", name="Forme de la loi générée").select_option(shape)
        offline.root.get_by_role("slider", name="Largeur de la loi générée").press("End")
        offline.root.get_by_role("slider", name="Centre de la loi générée").press("End")
        offline.settle()
        law = offline.state["generated"]
        assert law["centre"] + law["width"] <= 6 + 1e-9 and Law(**law).shape == shape


def test_the_overlay_and_the_theme_change_the_picture(offline):
    critic = offline.root.locator("canvas").last
    before = pixels(critic)
    offline.root.get_by_role("checkbox").check()
    offline.settle()
    assert pixels(critic) != before
    offline.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    offline.page.wait_for_timeout(100)
    assert "dark" in offline.root.get_attribute("class")
    offline.page.evaluate("window.remove()")


# --- LipschitzLab dans JupyterLab


@pytest.fixture
def slopes(notebook):
    return reveal(notebook, "Trois pentes").locator(".lotus-ll")


def facts(root):
    return json.loads(root.get_attribute("data-facts"))


def wait_for(root, condition):
    """Attend que ``condition``, une expression de facts, soit vraie sur la page."""
    script = f"root => {{ const facts = JSON.parse(root.dataset.facts); return {condition}; }}"
    root.page.wait_for_function(script, arg=root.element_handle(), timeout=60_000)


FINISHED = "Object.values(facts).every(({ index }) => index === 200)"


def test_the_three_slopes_are_seen(slopes):
    wait_for(slopes, FINISHED)
    seen = facts(slopes)
    assert {kind: fact["verdict"] for kind, fact in seen.items()} == {
        "free": "trop forte", "clipped": "trop faible", "penalised": "proche de 1",
    }  # fmt: skip
    for name, verdict in (("Sans contrainte", "trop forte"), ("Écrêtée", "trop faible"), ("Pénalisée", "proche de 1")):
        assert f"pente {verdict}" in slopes.get_by_role("region", name=name).inner_text()


def test_moving_the_clip_retrains_the_clipped_critic(slopes):
    wait_for(slopes, FINISHED)
    before = {
        name: pixels(slopes.get_by_role("region", name=name).locator("canvas").first)
        for name in ("Écrêtée", "Pénalisée")
    }
    slider = slopes.get_by_role("slider", name="Borne c de l'écrêtage")
    slider.focus()
    for _ in range(4):
        slopes.page.keyboard.press("PageUp")
    wait_for(slopes, f"facts.clipped.strength > 0.05 && {FINISHED}")
    after = {name: pixels(slopes.get_by_role("region", name=name).locator("canvas").first) for name in before}
    assert after["Écrêtée"] != before["Écrêtée"] and after["Pénalisée"] == before["Pénalisée"]
    assert facts(slopes)["clipped"]["median"] > 1


def test_a_burst_on_lambda_ends_on_the_last_value(slopes):
    slider = slopes.get_by_role("slider", name="Poids lambda de la pénalité")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    slopes.page.mouse.move(box["x"] + 0.6 * box["width"], y)
    slopes.page.mouse.down()
    for step in range(40):
        slopes.page.mouse.move(box["x"] + (0.6 - 0.5 * step / 39) * box["width"], y)
    slopes.page.mouse.up()
    label = slopes.get_by_role("region", name="Pénalisée").locator("output").inner_text()
    weight = float(label.replace(",", "."))
    assert weight < 0.1
    wait_for(slopes, f"Math.abs(facts.penalised.strength - {weight}) < 1e-6 && {FINISHED}")
    assert facts(slopes)["penalised"]["verdict"] == "trop forte"


def test_the_kernel_answers_while_critics_train(slopes, laws):
    slopes = reveal(laws.page, "Trois pentes").locator(".lotus-ll")
    slopes.get_by_role("combobox", name="Les deux lois").select_option(label="Deux segments disjoints")
    slopes.get_by_role("button", name="Recommencer, autre graine").click()
    laws = Laws(laws.page, reveal(laws.page, "Deux lois").locator(".lotus-w1"))
    laws.drag("generated", laws.state["generated"]["centre"], 1)
    laws.exact()
    slopes = reveal(laws.page, "Trois pentes").locator(".lotus-ll")
    wait_for(slopes, FINISHED)
