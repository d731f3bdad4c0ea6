"""Les explorateurs sous une vraie souris : dans JupyterLab, puis dans une page sans noyau."""

import base64
import hashlib
import json

import nbformat
import pytest
import torch

from benchmarks._navigateur import new_page, run_all
from course.environnement import ROOT
from lessons_lib.images import to_jpeg
from lessons_lib.widgets.factor_garden import FactorGarden
from lessons_lib.widgets.latent_explorer import LatentExplorer
from lessons_lib.widgets.latent_map import LatentMap

pytestmark = pytest.mark.navigateur

SETUP = """
import time
import torch
from lessons_lib.widgets.factor_garden import FactorGarden
from lessons_lib.widgets.latent_explorer import LatentExplorer
from lessons_lib.widgets.latent_map import LatentMap

def flat(z):
    if z[0, 0] > 2.5:
        raise RuntimeError("mémoire épuisée")
    if z[0, 1] > 2.5:
        time.sleep(1.5)
    colour = torch.tanh(torch.cat([z[:, :2], z[:, :1] * 0], dim=1))
    return colour.view(1, 3, 1, 1).expand(1, 3, 16, 16)

mu = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
images = torch.cat([flat(z[None]) for z in mu])
both = {"Autoencodeur": flat, "VAE": lambda z: flat(-z)}
"""
MAP = """
LatentMap(flat, posterior=(mu, mu * 0 - 2), images=images, patience=1.0, limits=(-3, 3, -3, 3), title="Seule")
"""
LINKED = """
clouds, posterior = {"Autoencodeur": mu * 2}, {"VAE": (mu, mu * 0)}
LatentMap(both, clouds, posterior=posterior, limits=(-3, 3, -3, 3), title="Liées")
"""
EXPLORER = "LatentExplorer(flat, torch.zeros(6), original=flat(torch.zeros(1, 6))[0], shown=4, limit=2)"
GARDEN = "FactorGarden(size=64, side=128)"


def colour_of(z):
    """La couleur, de 0 à 255, que le décodeur des essais donne à z."""
    return [round((value + 1) * 127.5) for value in torch.tanh(torch.tensor([z[0], z[1], 0.0])).tolist()]


class Map:
    """Une carte latente dans une page, et ce qu'un lecteur y voit."""

    def __init__(self, page, root):
        self.page, self.root = page, root
        self.canvas = self.root.locator(".lm-chart canvas").first
        self.canvas.scroll_into_view_if_needed()

    def at(self, a, b, chart=0):
        """La position à l'écran de la place (a, b), entre -3 et 3."""
        box = self.root.locator(".lm-chart canvas").nth(chart).bounding_box()
        plot = box["width"] - 50
        return box["x"] + 40 + (a + 3) / 6 * plot, box["y"] + 10 + (3 - b) / 6 * plot

    def hover(self, a, b, chart=0):
        self.page.mouse.move(*self.at(a, b, chart))

    def leave(self):
        box = self.root.bounding_box()
        self.page.mouse.move(box["x"] + 5, box["y"] + 5)

    @property
    def z(self):
        return json.loads(self.root.get_attribute("data-z"))

    def wait_for(self, a, b):
        """Attend que l'image montrée soit celle de (a, b), à deux pixels de souris près."""
        self.page.wait_for_function(
            "([root, a, b]) => { const z = JSON.parse(root.dataset.z);"
            " return Math.abs(z[0] - a) < 0.04 && Math.abs(z[1] - b) < 0.04; }",
            arg=[self.root.element_handle(), a, b],
            timeout=10_000,
        )

    def colour(self, picture=0):
        return (
            self.root.locator(".lm-picture canvas")
            .nth(picture)
            .evaluate("canvas => [...canvas.getContext('2d').getImageData(8, 8, 1, 1).data].slice(0, 3)")
        )

    def chart_pixels(self):
        return hashlib.sha256(self.canvas.evaluate("canvas => canvas.toDataURL()").encode()).hexdigest()


@pytest.fixture(scope="module")
def notebook(browser, lab):
    """Une page où les quatre explorateurs viennent d'être exécutés."""
    with new_page(browser) as page:
        run_all(page, lab, lab.write("explorateurs.ipynb", SETUP, MAP, LINKED, EXPLORER, GARDEN))
        reveal(page, "Seule")
        page.locator("#jp-main-statusbar").get_by_text("| Inactif").wait_for(timeout=60_000)
        yield page


def reveal(page, title):
    """Fait défiler le cahier jusqu'à une sortie : JupyterLab n'attache à la page que celles que l'on voit."""
    output = page.locator(".jp-OutputArea-output").filter(has=page.get_by_text(title, exact=True))
    for attempt in range(120):
        if output.count():
            output.scroll_into_view_if_needed()
            return output
        page.mouse.move(335, 600)
        page.mouse.wheel(0, -20_000 if attempt % 12 == 11 else 400)
        page.wait_for_timeout(250)
    raise AssertionError(f"la sortie « {title} » ne s'affiche pas")


@pytest.fixture
def single(notebook):
    view = Map(notebook, reveal(notebook, "Seule").locator(".lotus-map"))
    yield view
    view.leave()
    view.root.get_by_role("button", name="Revenir au départ").click()
    view.wait_for(0, 0)


def near(colour, expected):
    return colour == pytest.approx(expected, abs=5)


def test_moving_decodes_live_and_leaving_restores(single):
    assert near(single.colour(), colour_of((0, 0)))
    for place in [(-2, 1.5), (1.5, -0.5)]:
        single.hover(*place)
        single.wait_for(*place)
        assert near(single.colour(), colour_of(place))
    single.leave()
    single.wait_for(0, 0)
    assert near(single.colour(), colour_of((0, 0)))


def test_a_click_pins(single):
    single.page.mouse.click(*single.at(2, -2))
    single.hover(-2, -2)
    single.wait_for(-2, -2)
    single.leave()
    single.wait_for(2, -2)
    assert near(single.colour(), colour_of((2, -2)))


def test_a_burst_of_moves_ends_on_the_last(single):
    single.page.evaluate("window.pictures = 0; addEventListener('picture', () => (window.pictures += 1))")
    for step in range(200):
        single.hover(-2.5 + 4.5 * step / 199, -2 + 4 * ((step * 37) % 200) / 200)
    last = (2.0, -2 + 4 * ((199 * 37) % 200) / 200)
    single.wait_for(*last)
    assert near(single.colour(), colour_of(last))
    shown = single.page.evaluate("window.pictures")
    single.page.wait_for_timeout(300)
    assert single.page.evaluate("window.pictures") == shown, "des images continuaient d'arriver"


def test_the_keyboard_moves_pins_and_restores(single):
    active = single.page.locator(".jp-Cell.jp-mod-active .jp-InputPrompt")
    before = active.inner_text()
    single.canvas.focus()
    for key in ["ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowUp"]:
        single.page.keyboard.press(key)
    single.wait_for(0.2, 0.4)
    single.page.keyboard.press("Escape")
    single.wait_for(0, 0)
    single.page.keyboard.press("Shift+ArrowLeft")
    single.page.keyboard.press("Enter")
    single.canvas.blur()
    single.wait_for(-0.5, 0)
    assert active.inner_text() == before, "JupyterLab a pris les flèches pour lui"
    single.page.wait_for_timeout(800)
    assert single.root.get_by_role("status").inner_text() == "z[0] = −0,50 ; z[1] = 0,00"


def test_choosing_an_image_shows_its_ellipse_and_redraws_epsilon(single):
    epsilon = single.root.get_by_role("button", name="Retirer epsilon")
    assert epsilon.is_disabled()
    before = single.chart_pixels()
    single.page.mouse.click(*single.at(1, 1))
    single.leave()
    single.wait_for(1, 1)
    assert near(single.colour(1), colour_of((1, 1))), "l'image d'origine"
    ellipse = single.chart_pixels()
    assert ellipse != before
    drawn = set()
    for _ in range(3):
        epsilon.click()
        single.page.wait_for_timeout(150)
        drawn.add(tuple(single.z))
        assert near(single.colour(), colour_of(single.z))
    assert len(drawn) == 3 and all(abs(z[0] - 1) < 2 and abs(z[1] - 1) < 2 for z in drawn)
    assert single.chart_pixels() != ellipse
    single.root.get_by_role("button", name="Image suivante").press("Enter")
    single.wait_for(-1, 1)


def test_a_failing_decoder_says_so_and_does_not_freeze(single):
    single.hover(2.8, 0)
    message = single.root.locator(".lm-message")
    message.get_by_text("mémoire épuisée").wait_for(timeout=5000)
    single.hover(-1, 0)
    single.wait_for(-1, 0)
    assert message.text_content() == "" and near(single.colour(), colour_of((-1, 0)))


def test_a_late_reply_says_so_and_does_not_freeze(single):
    single.hover(-2, 2.8)
    single.root.locator(".lm-message").get_by_text("Le noyau ne répond pas").wait_for(timeout=5000)
    single.hover(-1, 0)
    single.wait_for(-1, 0)
    assert near(single.colour(), colour_of((-1, 0)))


def test_two_decoders_show_the_same_z(notebook):
    view = Map(notebook, reveal(notebook, "Liées").locator(".lotus-map"))
    view.hover(1, -2, chart=1)
    view.wait_for(1, -2)
    assert near(view.colour(0), colour_of((1, -2))) and near(view.colour(1), colour_of((-1, 2)))
    view.leave()
    view.wait_for(0, 0)


def picture(output, number=0):
    """L'empreinte des octets de la énième image d'ipywidgets d'une sortie."""
    data = (
        output.locator("img.widget-image")
        .nth(number)
        .evaluate("async image => [...new Uint8Array(await (await fetch(image.src)).arrayBuffer())]")
    )
    return hashlib.sha256(bytes(data)).hexdigest()


def changed(output, number, before):
    """L'empreinte de l'image, une fois qu'elle n'est plus ``before``."""
    for _ in range(100):
        now = picture(output, number)
        if now != before:
            return now
        output.page.wait_for_timeout(50)
    raise AssertionError("l'image n'a pas changé")


def test_dragging_a_slider_changes_the_picture_and_back(notebook):
    output = reveal(notebook, "Un curseur par dimension de z")
    start = picture(output, 1)
    handle = output.locator(".noUi-handle").first
    box = handle.bounding_box()
    notebook.mouse.move(box["x"] + 5, box["y"] + 5)
    notebook.mouse.down()
    notebook.mouse.move(box["x"] + 30, box["y"] + 5, steps=8)
    notebook.mouse.up()
    dragged = changed(output, 1, start)
    output.get_by_role("button", name="Nouveau tirage").click()
    drawn = changed(output, 1, dragged)
    output.get_by_role("button", name="Retour à l'image").click()
    assert changed(output, 1, drawn) == start
    handle.focus()
    for _ in range(4):
        notebook.keyboard.press("PageUp")
    changed(output, 1, start)


def test_the_garden_redraws_its_flower(notebook):
    output = reveal(notebook, "Un jardin de curseurs")
    before = picture(output)
    output.get_by_role("combobox").select_option("jaune")
    yellow = changed(output, 0, before)
    output.get_by_role("button", name="Au hasard").click()
    changed(output, 0, yellow)


def test_only_the_live_widget_is_seen_then_only_its_still(notebook, lab, browser):
    assert notebook.locator(".jp-RenderedImage").count() == 0
    cells = []
    for widget in [LatentMap(flat), LatentExplorer(flat, torch.zeros(2)), FactorGarden(size=32)]:
        data, metadata = widget._repr_mimebundle_()
        del data["application/vnd.jupyter.widget-view+json"]
        output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
        cells.append(nbformat.v4.new_code_cell("", outputs=[output]))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), lab.root / "fixes.ipynb")
    with new_page(browser) as page:
        page.goto(lab.url("fixes.ipynb"))
        stills = page.locator(".jp-RenderedImage img")
        stills.nth(2).wait_for()
        widths = [stills.nth(k).evaluate("image => image.naturalWidth") for k in range(3)]
        assert all(width > 400 for width in widths)


def flat(z):
    colour = torch.tanh(torch.cat([z[:, :2], z[:, :1] * 0], dim=1))
    return colour.view(1, 3, 1, 1).expand(1, 3, 16, 16)


# --- sans noyau : la même page, avec une source d'images écrite en JavaScript

PAGE = """<!doctype html><meta charset="utf-8"><style>%s</style><div id="carte"></div><script type="module">
import { createLatentMap } from "./latent_map.js";
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const revive = (key, value) => (value && value.bytes !== undefined ? new DataView(bytes(value.bytes).buffer) : value);
const scene = JSON.parse(%s, revive);
const answer = bytes(%s);
window.asked = []; window.inFlight = 0; window.most = 0;
const source = {
  async pictures(z) {
    window.asked.push(z);
    window.most = Math.max(window.most, (window.inFlight += 1));
    await new Promise((resolve) => setTimeout(resolve, 40));
    window.inFlight -= 1;
    return [answer];
  },
};
window.remove = createLatentMap(document.querySelector("#carte"), scene, source);
</script>"""


@pytest.fixture
def offline(browser):
    """La carte dans une page qu'aucun serveur ni noyau ne sert."""
    view = LatentMap(flat, torch.tensor([[0.0, 0.0], [1.0, 1.0]]), limits=(-3, 3, -3, 3))
    scene = json.dumps(view._scene, default=lambda data: {"bytes": base64.b64encode(data).decode()})
    widgets = ROOT / "lessons_lib" / "widgets"
    style = (widgets / "latent_map.css").read_text(encoding="utf-8")
    picture = base64.b64encode(to_jpeg(flat(torch.zeros(1, 2))[0])).decode()
    html = PAGE % (style, json.dumps(scene), json.dumps(picture))
    with new_page(browser, has_touch=True) as page:
        script = (widgets / "latent_map.js").read_text(encoding="utf-8")
        page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.route("**/*.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
        page.goto("http://carte.test/")
        page.locator(".lotus-map[data-z]").wait_for()
        yield Map(page, page.locator(".lotus-map"))


def test_without_a_kernel_one_request_at_a_time(offline):
    for step in range(200):
        offline.hover(-2.5 + 5 * step / 199, 2 - 4 * step / 199)
    offline.wait_for(2.5, -2)
    asked, most = offline.page.evaluate("[window.asked.length, window.most]")
    assert most == 1 and 2 <= asked < 200
    offline.page.wait_for_timeout(200)
    assert offline.page.evaluate("window.asked.length") == asked


def test_without_a_kernel_a_finger_decodes_and_pins(offline):
    offline.page.touchscreen.tap(*offline.at(-1.5, 2))
    offline.wait_for(-1.5, 2)
    offline.page.wait_for_timeout(150)
    offline.wait_for(-1.5, 2)


def test_removing_the_map_leaves_nothing_running(offline):
    offline.page.evaluate("window.remove(); document.querySelector('#carte').replaceChildren()")
    offline.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    offline.page.wait_for_timeout(100)
