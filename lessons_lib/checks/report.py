"""La réponse d'une vérification : riche dans Jupyter, lisible comme texte, la même à chaque exécution."""

import html
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
        more = [f"… et {len(lines) - PRINTED_LINES} lignes de plus"] if len(lines) > PRINTED_LINES else []
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
