"""Un vrai JupyterLab et un vrai Chromium, pour les mesures et pour `tests/browser`."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Page, sync_playwright

from course.environnement import ROOT
from course.ouvrir import variables

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """Un Chromium sans fenêtre. Lève FileNotFoundError si aucun n'est installé."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError(f"Aucun navigateur trouvé ({', '.join(NAMES)}) : installez chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def new_page(browser: Browser, **options):
    """Une page de 1280 x 800 ; à la fin, une erreur dans sa console lève AssertionError."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR", **options)
    opened = context.new_page()
    errors = []
    opened.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors, f"Erreurs dans la console du navigateur : {errors}"


@dataclass(frozen=True)
class Lab:
    """Un JupyterLab en marche. address : sans le jeton ; root : le dossier qu'il montre."""

    address: str
    token: str
    root: Path

    def url(self, path: str) -> str:
        """L'adresse d'un fichier de ``root``, dans un espace de travail neuf."""
        return f"{self.address}/lab/workspaces/{secrets.token_hex(4)}/tree/{path}?token={self.token}"

    def write(self, path: str, *cells: str) -> str:
        """Écrit un cahier de cellules de code et rend son chemin."""
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
        )
        nbformat.write(notebook, self.root / path)
        return path


@contextmanager
def jupyterlab(root: Path) -> Iterator[Lab]:
    """JupyterLab avec les réglages du cours, sur le dossier ``root``. Lève RuntimeError s'il ne démarre pas."""
    shutil.copytree(ROOT / "course" / "jupyter", root / "course" / "jupyter")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    with (
        tempfile.TemporaryDirectory() as runtime,
        Path(runtime, "jupyter.log").open("w+", encoding="utf-8") as log,
    ):
        server = subprocess.Popen(
            [
                sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
                "--port-retries=0", f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={token}",
            ],
            env={"OMP_WAIT_POLICY": "PASSIVE"} | os.environ | variables(root, runtime),
            stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api?token={token}", server, log)
            yield Lab(address, token, root)
        finally:
            server.terminate()  # le serveur arrête ses noyaux, puis lui-même
            try:
                server.wait(timeout=60)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def run_all(page: Page, lab: Lab, path: str) -> None:
    """Ouvre un cahier et exécute toutes ses cellules, par le menu, comme un lecteur."""
    page.goto(lab.url(path))
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    page.locator("#jp-main-statusbar").get_by_text("| Inactif").wait_for(timeout=60_000)  # le noyau répond
    page.get_by_role("menubar").get_by_text("Exécution", exact=True).click()
    page.locator('[data-command="runmenu:run-all"]').click()


def _wait_for(address: str, server: subprocess.Popen, log, patience: float = 120) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    log.seek(0)
    raise RuntimeError(f"JupyterLab ne démarre pas :\n{log.read()[-3000:]}")
