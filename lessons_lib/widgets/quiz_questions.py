"""Les questions des quiz : lues dans ``course/quiz/NN.toml``, et vérifiées une à une.

Un fichier est une liste ``[[questions]]``. Chaque question a une ``sorte`` :

- « choix » (une seule option juste) ou « plusieurs » (une ou plusieurs) : ``texte``, et ``[[questions.options]]`` avec
  ``texte``, ``juste``, ``pourquoi`` ;
- « nombre » : ``texte``, ``reponse``, ``tolerance``, ``unite``, ``pourquoi``, ``sinon``, et ``[[questions.pieges]]``
  avec ``valeur``, ``pourquoi`` ;
- « ordre » : ``texte``, ``pourquoi``, ``sinon``, et ``[[questions.etapes]]``, dans le bon ordre, avec ``texte``,
  ``pourquoi``.
"""

import hashlib
import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "course" / "quiz"
COUNT, OPTIONS, STEPS, LEAST_TRAPS = (4, 8), (2, 8), (3, 8), 2
KEYS = {
    "choix": ("sorte", "texte", "options"),
    "plusieurs": ("sorte", "texte", "options"),
    "nombre": ("sorte", "texte", "reponse", "tolerance", "unite", "pourquoi", "sinon", "pieges"),
    "ordre": ("sorte", "texte", "pourquoi", "sinon", "etapes"),
}
ITEM_KEYS = {
    "options": ("texte", "juste", "pourquoi"),
    "pieges": ("valeur", "pourquoi"),
    "etapes": ("texte", "pourquoi"),
}


@dataclass(frozen=True)
class Item:
    """Une option ou une étape. right : vrai pour une option juste, et pour toute étape."""

    text: str
    why: str
    right: bool = True


@dataclass(frozen=True)
class Trap:
    """Une réponse fausse que l'on attend, et ce qui y a mené."""

    value: float
    why: str


@dataclass(frozen=True)
class Question:
    """Une question. kind : « choix », « plusieurs », « nombre » ou « ordre ».

    items : les options dans l'ordre du fichier, ou les étapes dans le bon ordre. answer, tolerance, unit, traps : pour
    un nombre. why : l'explication donnée avec la bonne réponse. otherwise : ce que l'on dit d'une réponse fausse.
    """

    kind: str
    text: str
    items: tuple[Item, ...] = ()
    answer: float = math.nan
    tolerance: float = 0.0
    unit: str = ""
    traps: tuple[Trap, ...] = ()
    why: str = ""
    otherwise: str = ""

    @property
    def shown(self) -> tuple[Item, ...]:
        """Les options ou les étapes telles qu'on les montre : un mélange qui ne dépend que de leur texte.

        Les étapes n'y sont jamais déjà dans le bon ordre.
        """
        mixed = sorted(self.items, key=lambda item: _digest(self.text, item.text))
        if self.kind == "ordre" and mixed == list(self.items):
            mixed = mixed[1:] + mixed[:1]
        return tuple(mixed)

    @property
    def fingerprint(self) -> str:
        """L'empreinte du texte et des options, sans les réponses : un énoncé corrigé est une autre question."""
        return _digest(self.kind, self.text, self.unit, *sorted(item.text for item in self.items))[:16]


def questions(lesson: str) -> tuple[Question, ...]:
    """Les questions d'une leçon, par son numéro (« 02 »).

    Lève ValueError, avec la liste des quiz qui existent, si la leçon n'en a pas ; et celles de :func:`read`.
    """
    known = sorted(path.stem for path in FOLDER.glob("*.toml"))
    if lesson not in known:
        raise ValueError(f"Aucun quiz pour la leçon « {lesson} ». Choisissez parmi : {', '.join(known) or 'aucune'}.")
    return read(FOLDER / f"{lesson}.toml")


def read(path: Path | str) -> tuple[Question, ...]:
    """Les questions d'un fichier TOML.

    Lève ValueError si le fichier est mal formé : le message dit le fichier, la question, le défaut et quoi faire.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path.name} : le fichier ne s'ouvre pas ({error.strerror}). Vérifiez son chemin.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} : le fichier n'est pas en UTF-8. Enregistrez-le dans ce codage.") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name} : ce n'est pas du TOML ({error}). Corrigez cette ligne.") from None
    try:
        _check_keys(content, ("questions",))
        entries = _check_list(content["questions"], "questions", *COUNT)
    except ValueError as error:
        raise ValueError(f"{path.name} : {error}") from None
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            found.append(_question(entry))
            _check_distinct([question.text for question in found], "questions")
        except ValueError as error:
            raise ValueError(f"{path.name}, question {number} : {error}") from None
    return tuple(found)


def _question(entry: dict) -> Question:
    kind = entry.get("sorte")
    if not isinstance(kind, str) or kind not in KEYS:
        raise ValueError(f"la sorte {kind!r} n'existe pas. Choisissez parmi : {', '.join(KEYS)}.")
    _check_keys(entry, KEYS[kind])
    text = _text(entry, "texte")
    if kind in ("choix", "plusieurs"):
        return Question(kind, text, _options(entry, kind))
    reasons = {"why": _text(entry, "pourquoi"), "otherwise": _text(entry, "sinon")}
    if kind == "ordre":
        steps = _items(entry, "etapes", *STEPS)
        items = tuple(Item(_text(step, "texte"), _text(step, "pourquoi")) for step in steps)
        _check_distinct([item.text for item in items], "etapes")
        return Question(kind, text, items, **reasons)
    answer, tolerance = _number(entry, "reponse"), _number(entry, "tolerance")
    if tolerance < 0:
        raise ValueError(f"la tolérance vaut {tolerance:g}. Donnez un nombre positif ou nul.")
    traps = tuple(
        Trap(_number(trap, "valeur"), _text(trap, "pourquoi")) for trap in _items(entry, "pieges", LEAST_TRAPS, 20)
    )
    for trap in traps:
        if trap.value == answer or abs(trap.value - answer) < 2 * tolerance * (1 - 1e-9):
            raise ValueError(
                f"le piège {trap.value:g} est à moins de deux tolérances de la réponse. Écartez-le, ou réduisez la "
                "tolérance."
            )
    _check_distinct([f"{trap.value:g}" for trap in traps], "pieges")
    unit = _text(entry, "unite", empty=True)
    return Question(kind, text, answer=answer, tolerance=tolerance, unit=unit, traps=traps, **reasons)


def _options(entry: dict, kind: str) -> tuple[Item, ...]:
    options = _items(entry, "options", *OPTIONS)
    for option in options:
        if not isinstance(option["juste"], bool):
            raise ValueError(f"« juste » vaut {option['juste']!r}. Écrivez true ou false.")
    items = tuple(Item(_text(option, "texte"), _text(option, "pourquoi"), option["juste"]) for option in options)
    _check_distinct([item.text for item in items], "options")
    right = sum(item.right for item in items)
    if not right:
        raise ValueError("aucune option n'est juste. Mettez « juste = true » à l'une d'elles.")
    if kind == "choix" and right > 1:
        raise ValueError(f'{right} options sont justes. Gardez-en une, ou écrivez sorte = "plusieurs".')
    return items


def _items(entry: dict, key: str, low: int, high: int) -> list[dict]:
    items = _check_list(entry[key], key, low, high)
    for item in items:
        _check_keys(item, ITEM_KEYS[key], f" dans « {key} »")
    return items


def _check_list(value, key: str, low: int, high: int) -> list[dict]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"« {key} » n'est pas une liste de tables. Écrivez chaque entrée sous [[{key}]].")
    if not low <= len(value) <= high:
        raise ValueError(f"nombre d'entrées dans « {key} » : {len(value)}. Il en faut de {low} à {high}.")
    return value


def _check_keys(entry: dict, expected: tuple[str, ...], where: str = "") -> None:
    if unknown := sorted(set(entry) - set(expected)):
        raise ValueError(f"clé inconnue{where} : {', '.join(unknown)}. Gardez seulement {', '.join(expected)}.")
    if missing := [key for key in expected if key not in entry]:
        raise ValueError(f"il manque{where} : {', '.join(missing)}. Ajoutez ce champ.")


def _text(entry: dict, key: str, empty: bool = False) -> str:
    value = entry[key]
    if not isinstance(value, str) or not (value.strip() or empty):
        raise ValueError(f"« {key} » est vide ou n'est pas un texte. Écrivez-y une phrase entre guillemets.")
    if re.search(r"</?[a-zA-Z][^<>]*>", re.sub(r"`[^`]*`", "", value)):
        raise ValueError(f"« {key} » contient une balise HTML. Écrivez du texte brut, et `code` entre accents graves.")
    if value.count("`") % 2:
        raise ValueError(f"« {key} » a un accent grave sans son second. Mettez `code` entre deux accents graves.")
    return value.strip()


def _number(entry: dict, key: str) -> float:
    value = entry[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"« {key} » vaut {value!r}, ce n'est pas un nombre. Écrivez par exemple {key} = 0.5.")
    return float(value)


def _check_distinct(texts: list[str], what: str) -> None:
    plain = [" ".join(text.casefold().split()) for text in texts]
    for text, first in zip(texts, plain, strict=True):
        if plain.count(first) > 1:
            raise ValueError(f"« {text} » est en double dans « {what} ». Changez ou retirez l'un des deux.")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
