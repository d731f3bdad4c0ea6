"""Laboratoire des GAN : l'effondrement à coup sûr, puis, dans un vrai Chromium, la cadence et l'arrêt.

Une image est comptée quand la page l'a dessinée. L'arrêt va de l'instant où le navigateur date le clic sur « Pause » à
celui où la page montre la partie arrêtée par le noyau.
"""

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import Mesure
from benchmarks._navigateur import chromium, jupyterlab, new_page, run_all
from lessons_lib.widgets.gan_lab import GANLab

SECONDS = 8
STOPS = 10
CELL = "from lessons_lib.widgets.gan_lab import GANLab\nGANLab()"
LISTENERS = """
window.shown = []; window.clicks = []; window.stops = [];
addEventListener("click", (event) => window.clicks.push(event.timeStamp), true);
addEventListener("picture", (event) => {
  window.shown.push(performance.now());
  if (!event.detail.playing && window.clicks.length) window.stops.push(performance.now() - window.clicks.at(-1));
});
"""


def mesures() -> Iterator[Mesure]:
    """L'effondrement sur dix graines, les images par seconde avec un GAN et un WGAN-GP, la durée de l'arrêt."""
    collapsed = collapses()
    yield Mesure("GANLab, effondrement : graines à 3 modes au plus", collapsed, "sur 10", "≥ 9", collapsed >= 9)
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        jupyterlab(Path(folder)) as lab,
        new_page(browser) as page,
    ):
        page.set_viewport_size({"width": 1280, "height": 1000})
        run_all(page, lab, lab.write("mesure.ipynb", CELL))
        root = page.locator(".lotus-gan[data-frame]")
        root.wait_for(timeout=120_000)
        page.locator("#jp-main-statusbar").get_by_text("| Inactif").wait_for(timeout=120_000)
        page.evaluate(LISTENERS)
        for loss, label in (("non_saturating", "GAN"), ("wgan_gp", "WGAN-GP")):
            root.get_by_label("Perte", exact=True).select_option(loss)
            _press(root, "Lancer", playing="true")
            page.wait_for_timeout(1500)
            page.evaluate("window.shown.length = 0")
            page.wait_for_timeout(1000 * SECONDS)
            shown = page.evaluate("window.shown")
            rate = (len(shown) - 1) / (shown[-1] - shown[0]) * 1000
            yield Mesure(f"GANLab, {label} : images par seconde", round(rate, 1), "images/s", "≥ 15", rate >= 15)
            _press(root, "Pause", playing="false")
        stops = []
        for _ in range(STOPS):
            _press(root, "Lancer", playing="true")
            page.wait_for_timeout(700)
            page.evaluate("window.stops.length = 0")
            _press(root, "Pause", playing="false")
            stops.append(page.evaluate("window.stops[0]"))
        median, worst = statistics.median(stops), max(stops)
        yield Mesure("GANLab : du clic à l'arrêt, médiane", round(median), "ms", "< 100", median < 100)
        yield Mesure(f"GANLab : du clic à l'arrêt, le pire de {STOPS}", round(worst), "ms", "< 100", worst < 100)


def collapses(seeds: int = 10, steps: int = 200) -> int:
    """Sur combien de graines la situation « effondrement » couvre au plus 3 modes après ``steps`` pas du générateur."""
    count = 0
    for seed in range(seeds):
        lab = GANLab("effondrement", seed=seed)
        count += lab.run(steps)["modes"] <= 3
        lab.close()
    return count


def _press(root, name: str, playing: str) -> None:
    """Clique, et attend que le noyau ait obéi."""
    root.get_by_role("button", name=name).click()
    root.page.wait_for_function(
        "([root, playing]) => root.dataset.playing === playing", arg=[root.element_handle(), playing], timeout=30_000
    )
