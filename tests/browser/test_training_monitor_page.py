"""Le moniteur d'entraînement dans un vrai JupyterLab : il obéit pendant que la cellule qui l'a créé tourne encore."""

import re

import nbformat
import pytest

from benchmarks._navigateur import new_page, run_all

pytestmark = pytest.mark.navigateur

SETUP = """
import torch
from lessons_lib.lotus import SyntheticLotus
from lessons_lib.models import Critic, Generator, ToyCritic, ToyGenerator
from lessons_lib.training import AdversarialConfig, train_wgan_gp
from lessons_lib.widgets.training_monitor import TrainingMonitor

torch.set_num_threads(1)
torch.manual_seed(0)
images = SyntheticLotus(16, size=32).images
long = AdversarialConfig(steps=100_000, batch_size=4, critic_steps=1, learning_rate=3e-4)
generator, critic = Generator(size=32, latent=8, width=4), Critic(size=32, width=4)
training = train_wgan_gp(generator, critic, images, long)
"""
RUN = """
monitor = TrainingMonitor(training, title="Cellule occupée")
history = monitor.run()
finite = bool(generator.eval()(torch.zeros(1, 8)).isfinite().all())
print("fini", len(history.index) == training.state.index, finite, training.config.penalty_weight)
"""
INTERRUPTED = """
again = TrainingMonitor(training, title="Cellule à interrompre")
for step in again:
    pass
"""
# Les messages vont au fil de la cellule, comme dans VS Code ou avec un noyau d'avant les seconds fils.
DEAF = """
deaf = TrainingMonitor(training, title="Noyau sourd")
deaf.comm._reply_subshell_for = lambda data, default: None
deaf.run();
"""
APART = """
toy = train_wgan_gp(ToyGenerator(hidden=8), ToyCritic(hidden=8), torch.randn(64, 2), long)
apart = TrainingMonitor(toy, title="Dans son fil")
apart.start()
print("la cellule a rendu la main")
"""


class Monitor:
    """Un moniteur dans une page, et ce qu'un lecteur y voit et y fait."""

    def __init__(self, page, title):
        self.page = page
        self.root = page.locator(".lotus-monitor").filter(has=page.get_by_text(title, exact=True))
        self.root.wait_for(timeout=120_000)
        self.root.scroll_into_view_if_needed()

    @property
    def index(self):
        return int(self.root.get_attribute("data-index"))

    def wait_for(self, status):
        self.root.and_(self.page.locator(f"[data-status={status}]")).wait_for(timeout=30_000)

    def wait_beyond(self, index):
        self.page.wait_for_function(
            "([root, index]) => Number(root.dataset.index) > index",
            arg=[self.root.element_handle(), index],
            timeout=30_000,
        )

    def press(self, name):
        self.root.get_by_role("button", name=name).click()

    def slide(self, label, key, times=1):
        """Déplace un curseur au clavier, et rend ce qu'il annonce."""
        slider = self.root.get_by_label(label, exact=True)
        slider.focus()
        for _ in range(times):
            self.page.keyboard.press(key)
        return slider.get_attribute("aria-valuetext")


@pytest.fixture(scope="module")
def notebook(browser, lab):
    """Une page où l'entraînement vient de commencer dans une cellule qui ne finira que si on l'arrête."""
    with new_page(browser) as page:
        run_all(page, lab, lab.write("moniteur.ipynb", SETUP, RUN, "", ""))
        yield page


def execute(page, number, code):
    """Écrit et exécute une cellule vide."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(number)
    cell.locator(".cm-content").click()
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")


def test_it_obeys_while_the_cell_that_made_it_runs(notebook):
    monitor = Monitor(notebook, "Cellule occupée")
    monitor.wait_for("running")
    monitor.wait_beyond(5)
    running = notebook.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".jp-InputPrompt")
    assert running.inner_text() == "[*]:"

    monitor.press("Pause")
    monitor.wait_for("paused")
    index = monitor.index
    notebook.wait_for_timeout(1200)
    assert monitor.index == index and monitor.root.get_by_text(f"En pause, pas {index} sur 100000").first.is_visible()
    assert running.inner_text() == "[*]:"

    monitor.press("Reprendre")
    monitor.wait_beyond(index + 5)
    before = monitor.root.locator(".tm-value").first.inner_text()
    after = monitor.slide("Pas d'apprentissage", "ArrowRight")
    assert after != before == "3·10⁻⁴" and after == "5·10⁻⁴"
    assert monitor.slide("Lambda, poids de la pénalité", "ArrowLeft", 3) == "1"
    monitor.root.get_by_text(re.compile("Lambda, poids de la pénalité : 1$")).wait_for(timeout=10_000)
    assert monitor.slide("Pas critiques par pas du générateur", "End") == "10"
    monitor.root.get_by_text(re.compile("Pas critiques par pas du générateur : 10$")).wait_for(timeout=10_000)
    monitor.wait_beyond(monitor.index + 3)
    assert monitor.root.get_by_role("img", name=re.compile("Courbe, critique")).is_visible()
    assert monitor.root.locator(".tm-message").text_content() == ""

    monitor.press("Arrêter")
    monitor.wait_for("stopped")
    notebook.get_by_text("fini True True 1.0").wait_for(timeout=30_000)
    assert monitor.root.get_by_role("button", name="Pause").is_disabled()


def test_interrupting_the_kernel_leaves_everything_usable(notebook):
    execute(notebook, 2, INTERRUPTED)
    monitor = Monitor(notebook, "Cellule à interrompre")
    monitor.wait_beyond(3)
    monitor.press("Pause")
    monitor.wait_for("paused")
    notebook.get_by_role("menubar").get_by_text("Noyau", exact=True).click()
    notebook.locator('[data-command="kernelmenu:interrupt"]').click()
    monitor.wait_for("interrupted")
    notebook.get_by_text("KeyboardInterrupt").first.wait_for(timeout=30_000)
    prompt = notebook.locator(".jp-Notebook .jp-CodeCell").nth(2).locator(".jp-InputPrompt")
    prompt.get_by_text(re.compile(r"\[\d+\]:")).wait_for(timeout=30_000)
    execute(
        notebook,
        3,
        "step = next(iter(again)); "
        "print('encore', step.index == training.state.index, again.history.index[-1] == step.index)",
    )
    notebook.get_by_text("encore True True").last.wait_for(timeout=30_000)


def test_a_kernel_that_hears_nothing_until_the_end_is_said_so(browser, lab):
    with new_page(browser) as page:
        run_all(page, lab, lab.write("moniteur_sourd.ipynb", SETUP, DEAF))
        monitor = Monitor(page, "Noyau sourd")
        monitor.wait_beyond(3)
        monitor.press("Pause")
        message = monitor.root.get_by_role("alert")
        message.get_by_text("ne lira les boutons qu'à la fin de la cellule").wait_for(timeout=15_000)
        monitor.wait_beyond(monitor.index + 3)
        page.get_by_role("menubar").get_by_text("Noyau", exact=True).click()
        page.locator('[data-command="kernelmenu:interrupt"]').click()
        monitor.wait_for("interrupted")
        page.get_by_text("Entraînement interrompu au pas").wait_for(timeout=30_000)
        message.wait_for(state="hidden", timeout=15_000)


def test_a_training_in_its_own_thread_leaves_the_cell(browser, lab):
    with new_page(browser) as page:
        run_all(page, lab, lab.write("moniteur_a_part.ipynb", SETUP, APART, "apart.wait()\nprint('vraiment fini')"))
        monitor = Monitor(page, "Dans son fil")
        page.get_by_text("la cellule a rendu la main").last.wait_for(timeout=30_000)
        monitor.wait_beyond(10)
        assert monitor.root.get_by_role("img", name=re.compile("points tirés")).is_visible()
        monitor.press("Arrêter")
        monitor.wait_for("stopped")
        page.get_by_text("vraiment fini").last.wait_for(timeout=30_000)


def test_a_notebook_without_its_kernel_shows_the_still(notebook, lab):
    """L'image fixe enregistrée est celle de la fin, pas celle du premier pas."""
    notebook.keyboard.press("Control+s")
    notebook.wait_for_timeout(3000)
    saved = nbformat.read(lab.root / "moniteur.ipynb", 4)
    (output,) = [o for o in saved.cells[1].outputs if o.output_type == "display_data"]
    assert output.data["text/plain"] == "TrainingMonitor(100000 pas)" and len(output.data["image/jpeg"]) > 5000
