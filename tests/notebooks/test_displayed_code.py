"""Le code montré dans une leçon et celui de la bibliothèque ne peuvent pas s'écarter l'un de l'autre.

Une cellule marquée `lib:lessons_lib.module.objet` définit `objet` tel que la bibliothèque le définit.
Docstrings, annotations et gardes (appel d'une fonction privée dont le résultat ne sert pas) ne comptent pas.
"""

import ast
import importlib
import inspect
import textwrap

import pytest

from course import construire, notebooks

PREFIX = "lib:"


def displayed(sources):
    """(source, numéro de cellule, chemin de l'objet, code) pour chaque cellule marquée."""
    return [
        pytest.param(tag.removeprefix(PREFIX), cell.source, id=f"{source.stem}-{number}-{tag.rpartition('.')[2]}")
        for source in sources
        for number, cell in enumerate(notebooks.read_source(source).cells, start=1)
        for tag in cell.metadata.get("tags", [])
        if tag.startswith(PREFIX)
    ]


class Essence(ast.NodeTransformer):
    """Retire d'un arbre ce qui ne change rien au calcul."""

    def visit(self, node):
        for field in ("annotation", "returns"):
            if hasattr(node, field) and not isinstance(node, ast.AnnAssign):
                setattr(node, field, None)
        return super().visit(node)

    def visit_Expr(self, node):
        value = node.value
        docstring = isinstance(value, ast.Constant) and isinstance(value.value, str)
        guard = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id[:1] == "_"
        return None if docstring or guard else self.generic_visit(node)


def essence(code: str, name: str) -> str:
    """L'arbre de la fonction ou de la classe `name` définie dans `code`, en texte."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    found = [n for n in ast.walk(ast.parse(code)) if isinstance(n, kinds) and n.name == name]
    assert len(found) == 1, f"une définition de « {name} » est attendue dans la cellule, {len(found)} trouvée(s)"
    return ast.unparse(Essence().visit(found[0]))


def library_code(path: str) -> str:
    """Le code source d'un objet de la bibliothèque, désigné par son chemin pointé."""
    module, _, name = path.rpartition(".")
    return textwrap.dedent(inspect.getsource(getattr(importlib.import_module(module), name)))


@pytest.mark.parametrize(("path", "code"), displayed(construire.sources()))
def test_displayed_code_is_the_library_s(path, code):
    name = path.rpartition(".")[2]
    assert essence(code, name) == essence(library_code(path), name)


PAIR = '''
def kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """Documentation."""
    _same_shape(mu, logvar)
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar)
'''


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ('    """Documentation."""\n', "", True),
        (": Tensor", "", True),
        ("    _same_shape(mu, logvar)\n", "    # une remarque\n", True),
        ("0.5 * ", "", False),
        ("logvar: Tensor", "logvar=0", False),
        ("mu.square()", "mu**2", False),
    ],
)
def test_comparison_sees_what_matters(old, new, same):
    assert old in PAIR
    assert (essence(PAIR.replace(old, new), "kl") == essence(PAIR, "kl")) is same


def test_missing_definition_is_told():
    with pytest.raises(AssertionError, match="une définition de « kl » est attendue"):
        essence("x = 1", "kl")
