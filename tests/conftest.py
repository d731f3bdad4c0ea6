"""Des comptes imprimés à la fin des tests : erreurs connues et diagnostiquées, fautes glissées et vues."""

from collections import Counter
from contextlib import contextmanager

import pytest

TRIED, CAUGHT, VERBS = Counter(), Counter(), {}


class Tally:
    """Compte ce qui est essayé, et ce qui réussit."""

    @contextmanager
    def counted(self, what: str, verb: str):
        """Compte un essai, et une réussite si le bloc ne lève rien."""
        VERBS[what] = verb
        TRIED[what] += 1
        yield
        CAUGHT[what] += 1


@pytest.fixture
def tally():
    return Tally()


def pytest_terminal_summary(terminalreporter):
    for what, verb in VERBS.items():
        share = f"{100 * CAUGHT[what] / TRIED[what]:.0f}\u00a0%"
        terminalreporter.write_line(f"{TRIED[what]} {what}, {CAUGHT[what]} {verb} ({share})")
