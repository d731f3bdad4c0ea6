"""Un vrai JupyterLab dans un vrai Chromium : ce qu'une page montre à qui bouge la souris."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from benchmarks._navigateur import Lab, chromium, jupyterlab, new_page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Un Chromium ; sans lui les tests sont sautés, ou échouent si COURS_NAVIGATEUR_EXIGE vaut 1."""
    try:
        with chromium() as running:
            yield running
    except FileNotFoundError as error:
        if os.environ.get("COURS_NAVIGATEUR_EXIGE") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Iterator[Lab]:
    """JupyterLab avec les réglages du cours, sur un dossier vide."""
    with jupyterlab(tmp_path_factory.mktemp("cahiers")) as running:
        yield running


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """Une page neuve ; une erreur dans sa console fait échouer le test."""
    with new_page(browser) as opened:
        yield opened
