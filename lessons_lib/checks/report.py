"""La réponse d'une vérification : riche dans Jupyter, lisible comme texte, la même à chaque exécution."""

import html
import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass

RIGHT = "#00798c"
RED, BOLD, PLAIN = "\x1b[1;31m", "\x1b[1m", "\x1b[0m"  # les couleurs d'un terminal, que Jupyter affiche aussi
RECOGNISED = "Erreur reconnue"
PRINTED_LINES = 8


@dataclass(frozen=True)
class Report:
    """Un verdict. `facts` : ce qui est démontré, si la réponse est juste ; `rows` : (intitulé, texte) sinon."""

    signature: str
    passed: bool
    facts: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    printed: str = ""

    @property
    def title(self) -> str:
        """« ✔ » ou « ✘ », et la fonction examinée."""
        return f"{'✔' if self.passed else '✘'} {self.signature}"

    def __repr__(self) -> str:
        width = max((len(name) for name, _ in self.rows if len(name) < 9), default=0)
        lines = [self.title, *(f"   · {fact}" for fact in self.facts)]
        lines += [f"   {name.ljust(width)} : {text}" if name else f"   {text}" for name, text in self.rows]
        printed = self._printed_lines()
        lines += ["   votre fonction a affiché\u00a0:", *(f"      {line}" for line in printed)] if printed else []
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Le rapport d'une réussite ; un refus s'affiche par `CheckFailed`."""
        facts = "".join(f"<li>{html.escape(fact)}</li>" for fact in self.facts)
        printed = html.escape("\n".join(self._printed_lines()))
        told = f"<div><em>votre fonction a affiché&nbsp;:</em><pre>{printed}</pre></div>" if printed else ""
        return (
            f'<div style="border-left:4px solid {RIGHT};padding:2px 0 4px 12px;margin:2px 0">'
            f'<b style="color:{RIGHT}">{html.escape(self.title)}</b>'
            f'<ul style="margin:4px 0 0">{facts}</ul>{told}</div>'
        )

    def _printed_lines(self) -> list[str]:
        lines = self.printed.strip().splitlines()
        hidden = len(lines) - PRINTED_LINES
        more = [f"… et {hidden} ligne{'s' * (hidden > 1)} de plus"] if hidden > 0 else []
        return lines[:PRINTED_LINES] + more


class CheckFailed(AssertionError):
    """Une réponse fausse. Dans un notebook, le rapport s'affiche seul, en couleurs, sans trace d'appels."""

    def __init__(self, report: Report):
        super().__init__(repr(report))
        self.report = report

    def _render_traceback_(self) -> list[str]:
        title, *rows = repr(self.report).splitlines()
        strong = [f"{BOLD}{row}{PLAIN}" if row.strip().startswith(RECOGNISED) else row for row in rows]
        return [f"{RED}{title}{PLAIN}", *strong]


def refusal(signature: str, *rows: tuple[str, str]) -> CheckFailed:
    """Un refus, à lever."""
    return CheckFailed(Report(signature, passed=False, rows=rows))


def is_gap(error: BaseException) -> bool:
    """Vrai pour une réponse encore vide. Torch lève aussi NotImplementedError, mais en disant pourquoi."""
    return isinstance(error, NotImplementedError) and not error.args


def stopped(function: Callable, error: BaseException) -> list[tuple[str, str]]:
    """Les lignes d'un refus, si la fonction a levé une erreur, ou si l'on n'a pas pu mesurer ce qu'elle rend."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    codes = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    wrong_count = str(error).startswith(f"{getattr(function, '__qualname__', None)}() ")
    who = "La fonction s'est arrêtée" if code in codes or wrong_count else "L'essai s'est arrêté"
    said = f"{who} sur {type(error).__name__} : {error}".rstrip(" : ")
    lines = [f.line for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    return [("", said), *(("à la ligne", line) for line in lines[-1:] if line)]
