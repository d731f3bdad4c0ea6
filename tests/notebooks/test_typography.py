"""La typographie française de tout ce qui se lit : leçons, solutions, accueil, pages de `course/`, README.

Le code, les formules, les adresses et les balises sont masqués avant lecture ; chaque défaut nomme sa ligne.
"""

import re

import pytest

from course import construire

ROOT = construire.ROOT
PAGES = [*construire.sources(), *sorted((ROOT / "course").glob("*.md")), ROOT / "README.md"]
NBSP = "\u00a0\u202f"

MASKED = [
    r"^ {0,3}(```|~~~).*?^ {0,3}\1",  # blocs de code
    r"`+[^`]*`+",
    r"\$\$.*?\$\$",
    r"\$[^$\n]+\$",
    r"<!--.*?-->|<[^<>]+>",
    r"(?<=\])\([^()\n]*\)",  # cible d'un lien
    r"https?://[^\s)>]+",
    r"^\s*\|?[\s:|-]+\|[\s:|-]*$",  # ligne d'alignement d'un tableau
    r"&\w+;|\\.",
]
RULES = {
    rf"(?<=[^\s{NBSP}!?(])[;!?](?!\[)": "espace insécable manquante",
    rf"(?<=[^\s{NBSP}:|-]):(?=[\s*]|$)": "espace insécable manquante",
    r" [;:!?»]": "espace ordinaire au lieu d'une espace insécable",
    rf"«(?![{NBSP}])": "« sans espace insécable",
    rf"(?<![{NBSP} ])»": "» sans espace insécable",
    r"\.\.\.": "trois points au lieu de « … »",
    r'"': "guillemets droits au lieu de « »",
    r"\b(?:Etape|Etat|Equation|Ecart|Ecrire|Ecrivez|Echelle|Evidence|Evalue\w*|Etant|Eviter|Evitez)\b": (
        "accent manquant sur la capitale"
    ),
    r"(?:^|[.?!] )A (?:la|partir|chaque|gauche|droite|quoi|vous|l')": "accent manquant sur la capitale",
}


def prose(path) -> list[tuple[int, str]]:
    """(numéro, ligne) de tout le texte Markdown d'une page .md ou d'un source py:percent."""
    lines = list(enumerate(path.read_text(encoding="utf-8").split("\n"), start=1))
    if path.suffix == ".md":
        return lines
    found, inside = [], False
    for number, line in lines:
        if line.startswith("# %%"):
            inside = "[markdown]" in line
            found.append((number, ""))
        elif inside:
            found.append((number, line.removeprefix("#").removeprefix(" ")))
    return found


def masked(text: str) -> str:
    """Le texte, chaque passage qui n'est pas de la prose remplacé par des « x », à longueur égale."""
    for pattern in MASKED:
        hide = re.compile(pattern, re.MULTILINE | re.DOTALL)
        text = hide.sub(lambda found: re.sub(r"[^\n]", "x", found[0]), text)
    return text


def faults(lines: list[tuple[int, str]]) -> list[str]:
    """Les défauts, chacun avec son numéro de ligne et ce qui l'entoure."""
    texts = masked("\n".join(line for _, line in lines)).split("\n")
    return [
        f"ligne {number} : {fault} : {line[max(0, found.start() - 15) : found.end() + 15]!r}"
        for (number, line), text in zip(lines, texts, strict=True)
        for pattern, fault in RULES.items()
        for found in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_prose_follows_french_typography(path):
    found = faults(prose(path))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "Que voit-on\u00a0? Rien\u00a0; ou presque\u00a0: «\u00a0un lotus\u00a0»…",
        "Un code `a: int = d[1:2] ; b ? c : d ...` et `x`\u00a0: oui",
        "Voir [la page](https://exemple.org/a?b=c;d:e) et https://exemple.org/a?b:c",
        "$a : b ; c ?$ et\n$$\nx : y ; z\n...\n$$",
        "```python\nd = {1: 2} ; 'a ? b : c ...'\n```",
        "| a | b |\n|:--|--:|\n| 1 | 2 |",
        '<details><summary style="a: b; c">Indice</summary>\ntexte\u00a0; texte\n\n![image](a.png)</details>',
        "à 12:30, ratio 1:2, (N, 3, H, W)",
        "**Durée**\u202f: 45 minutes",
    ],
)
def test_good_typography_passes(text):
    assert faults(list(enumerate(text.split("\n"), start=1))) == []


@pytest.mark.parametrize(
    "text",
    [
        "Que voit-on ?",
        "Que voit-on?",
        "Attention: ceci",
        "Attention : ceci",
        "**Durée** : 45 minutes",
        "**Durée**: 45 minutes",
        "un `code` : oui",
        "un `code`: oui",
        "oui; non",
        "« mot\u00a0»",
        "«\u00a0mot »",
        "«mot»",
        "et ainsi de suite...",
        'un "mot" anglais',
        "Etape 1",
        "A la fin de cette leçon",
        "$x$ ; $y$",
        "fin d'une formule $x$?",
        "**Durée:** 45 minutes",
        "texte&nbsp;; texte",
    ],
)
def test_bad_typography_is_seen(text):
    found = faults([(41, "Une ligne."), (42, text)])
    assert found
    assert all(fault.startswith("ligne 42 : ") for fault in found)


def test_only_markdown_cells_of_a_source_are_read(tmp_path):
    path = tmp_path / "99_essai.py"
    path.write_text('# %% [markdown]\n# Bon\n#\n# Mal ?\n\n# %%\nx = {"a": 1}  # non ?\n', encoding="utf-8")
    assert [fault.split(" : ")[0] for fault in faults(prose(path))] == ["ligne 4"]
