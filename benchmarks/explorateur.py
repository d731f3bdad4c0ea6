"""Carte latente : du mouvement de la souris à l'image peinte, dans un vrai Chromium, et la part du noyau.

Chaque durée va de l'instant où le navigateur date le mouvement (`event.timeStamp`) à l'instant qui suit le
rafraîchissement d'écran où l'image décodée à cette place est peinte. Deux gestes : des mouvements isolés, et un
mouvement continu d'une position par rafraîchissement, où les positions dépassées ne sont jamais demandées.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks import Mesure
from benchmarks._navigateur import chromium, jupyterlab, new_page, run_all
from lessons_lib import zoo
from lessons_lib.models import VAE
from lessons_lib.widgets.pictures import PictureSource

MODEL = "vae_64_2d"
MOVES = 150
CELL = """
import torch
from benchmarks.explorateur import decoder
from lessons_lib.widgets.latent_map import LatentMap
LatentMap(decoder(), torch.randn(1000, 2), limits=(-3, 3, -3, 3))
"""
LISTENERS = """
window.moves = []; window.shown = [];
addEventListener("pointermove", (event) => window.moves.push([event.clientX, event.timeStamp]), true);
addEventListener("picture", (event) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => window.shown.push([event.detail.z[0], performance.now()]);
  channel.port2.postMessage(0);
}));
"""


def decoder():
    """Le décodeur du VAE à deux dimensions du zoo, ou, avant qu'il soit entraîné, un réseau de même taille."""
    model = zoo.load(MODEL) if MODEL in zoo.names() else VAE(size=64, latent=2).eval()
    return model.decode


def mesures() -> Iterator[Mesure]:
    """Mesure le noyau seul, puis le trajet entier."""
    kernel = _kernel_milliseconds()
    yield _timed("explorateur : décoder et encoder, médiane", statistics.median(kernel), 10)
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        jupyterlab(Path(folder)) as lab,
        new_page(browser) as page,
    ):
        run_all(page, lab, lab.write("mesure.ipynb", CELL))
        page.locator(".lotus-map[data-z]").wait_for(timeout=120_000)
        page.locator("#jp-main-statusbar").get_by_text("| Inactif").wait_for(timeout=120_000)
        page.evaluate(LISTENERS)
        for gesture, pause in (("isolés", 120), ("continus", 16)):
            delays = _travel(page, pause)
            yield _timed(f"explorateur : gestes {gesture}, médiane", statistics.median(delays), 60)
            yield _timed(f"explorateur : gestes {gesture}, 95e centile", _centile(delays, 0.95), 120)
            name = f"explorateur : gestes {gesture}, images pour {MOVES} positions"
            yield Mesure(name, len(delays), "images")


def _kernel_milliseconds() -> list[float]:
    source = PictureSource(decoder(), torch.zeros(1, 2))
    durations = []
    for z in torch.randn(220, 1, 2, generator=torch.Generator().manual_seed(0)):
        start = time.perf_counter()
        source.jpegs(z)
        durations.append(1000 * (time.perf_counter() - start))
    return durations[20:]


def _travel(page, pause: int) -> list[float]:
    """Traverse la carte de gauche à droite ; rend les millisecondes de chaque image montrée."""
    canvas = page.locator(".lm-chart canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    left, plot = box["x"] + 40, box["width"] - 50
    page.mouse.move(left, box["y"] + 60)
    page.wait_for_timeout(500)
    page.evaluate("window.moves.length = window.shown.length = 0")
    for step in range(MOVES):
        page.mouse.move(left + 1 + (plot - 2) * step / MOVES, box["y"] + 60 + 2 * (step % 100))
        page.wait_for_timeout(pause)
    page.wait_for_timeout(1000)
    moves, shown = page.evaluate("[window.moves, window.shown]")
    asked = {(x - left) / plot * 6 - 3: stamp for x, stamp in moves}
    return [painted - asked[min(asked, key=lambda place: abs(place - z))] for z, painted in shown]


def _centile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _timed(name: str, milliseconds: float, target: int) -> Mesure:
    return Mesure(name, round(milliseconds, 1), "ms", f"< {target}", milliseconds < target)
