"""Tout vérifier : le style (ruff, notebooks compris), puis les tests (pytest)."""

import subprocess
import sys

from course.environnement import ROOT

STYLE = (("check", "."), ("format", "--check", "."))


def plan(options: list[str]) -> list[list[str]]:
    """Commandes à lancer, dans l'ordre, à la suite de `python -m`.

    Des options visent des tests précis : ruff n'est alors pas lancé.
    """
    style = [] if options else [["ruff", *words] for words in STYLE]
    return [*style, ["pytest", *options]]


def main(arguments: list[str]) -> int:
    """Lance les vérifications ; rend le code de pytest, ou 1 si seul ruff a trouvé à redire."""
    *style, tests = plan(arguments)
    untidy = []
    for command in style:
        print(f"$ {' '.join(command)}", flush=True)
        if subprocess.call([sys.executable, "-m", *command], cwd=ROOT):
            untidy.append(" ".join(command))
    print(f"$ {' '.join(tests)}", flush=True)
    try:
        code = subprocess.call([sys.executable, "-m", *tests], cwd=ROOT)
    except KeyboardInterrupt:
        return 130
    if untidy:
        print(f"À corriger aussi (voir plus haut) : {', '.join(untidy)}.", file=sys.stderr)
    return code or int(bool(untidy))
