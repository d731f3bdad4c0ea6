"""Refait les images du README : `python3 -m docs.illustrer`, avec le Python de .venv et un Chromium installé."""

import shutil
import tempfile
from pathlib import Path

from benchmarks._navigateur import chromium, jupyterlab, new_page, run_all
from course.environnement import ROOT
from lessons_lib import images
from lessons_lib.lotus import SyntheticLotus

PICTURES = ROOT / "docs" / "images"
MAP = """
import torch
from lessons_lib import zoo
from lessons_lib.lotus import SIMPLE_GARDEN, VARIETIES, VARIETY_COLOURS, SyntheticLotus
from lessons_lib.widgets.latent_map import LatentMap

garden = SyntheticLotus(200, size=64, seed=5, fixed=SIMPLE_GARDEN)
vae = zoo.load("vae_64_2d")
with torch.inference_mode():
    posterior = vae.encode(garden.images)
varieties = [VARIETIES[name] for name in garden.factors["variety"]]
colour_by = {"Variété": varieties}
LatentMap(vae.decode, posterior=posterior, images=garden.images, colour_by=colour_by, palette=VARIETY_COLOURS)
"""


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    flowers = SyntheticLotus(21, size=128, seed=12).images
    (PICTURES / "lotus.png").write_bytes(images.to_png(images.grid(flowers, columns=7)))
    with tempfile.TemporaryDirectory() as folder, chromium() as browser, jupyterlab(Path(folder)) as lab:
        shutil.copy(ROOT / "course" / "accueil.ipynb", lab.root / "course")
        with new_page(browser) as page:
            page.goto(lab.url("course/accueil.ipynb"))
            page.locator(".jp-RenderedImage img").first.wait_for(timeout=60_000)
            page.wait_for_timeout(3000)
            page.screenshot(path=PICTURES / "accueil.png")
        with new_page(browser) as page:
            run_all(page, lab, lab.write("carte.ipynb", MAP))
            chart = page.locator(".lm-chart canvas").first
            chart.wait_for(timeout=60_000)
            box = chart.bounding_box()
            page.mouse.move(box["x"] + 0.74 * box["width"], box["y"] + 0.46 * box["height"], steps=4)
            page.wait_for_timeout(1500)
            page.locator(".lotus-map").screenshot(path=PICTURES / "carte.png")


if __name__ == "__main__":
    main()
