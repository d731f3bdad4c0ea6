"""Un exercice de lecture : diagnostiquer une courbe, trouver la ligne fausse, prédire avant d'exécuter.

La réponse est ce que rend une fonction sans argument : une étiquette, ou une étiquette par question. Chaque étiquette
fausse a sa phrase, qui dit pourquoi ; la bonne n'est jamais donnée.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from lessons_lib.checks.exercise import Mistake
from lessons_lib.checks.report import RECOGNISED, Report, is_gap, refusal, stopped

Label = str | int


@dataclass(frozen=True)
class Question:
    """Une question : la bonne étiquette, et pour chaque autre étiquette possible, pourquoi elle ne convient pas."""

    said: str
    right: Label
    wrong: dict[Label, str]

    def find(self, answer: object) -> Label | None:
        """L'étiquette que la réponse désigne, aux majuscules, accents et espaces près ; None si aucune."""
        return next((label for label in (self.right, *self.wrong) if plain(label) == plain(answer)), None)


@dataclass(frozen=True)
class Reading:
    """Un exercice de lecture. `questions` : clé -> question ; une seule question a la clé "".

    Les cellules suivantes d'un notebook relisent la réponse : les clés et les étiquettes y sont donc exactes.
    `verified` : ce que la bonne réponse démontre, affiché après « ✔ ».
    """

    signature: str
    questions: dict[str, Question]
    verified: tuple[str, ...]

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Une erreur connue par étiquette fausse, les autres réponses étant justes."""
        return tuple(
            Mistake(diagnosis, lambda key=key, label=label: self._answer(key, label))
            for key, question in self.questions.items()
            for label, diagnosis in question.wrong.items()
        )

    def examine(self, function: Callable, trying: Callable[[str], None] = lambda said: None) -> Report:
        """Le rapport d'une réussite ; lève `CheckFailed` sinon, et laisse passer `NotImplementedError`."""
        trying("appel de votre fonction")
        try:
            given = function()
        except (Exception, SystemExit) as error:
            if is_gap(error):
                raise
            raise refusal(self.signature, *stopped(function, error)) from None
        answers = self._answers(given)
        labels = {key: question.find(answers[key]) for key, question in self.questions.items()}
        for key, question in self.questions.items():
            if labels[key] is None:
                known = ", ".join(_quoted(label) for label in sorted((question.right, *question.wrong), key=_rank))
                rows = ("essayé", question.said), ("obtenu", _quoted(answers[key]))
                raise refusal(self.signature, *rows, ("", f"Réponses possibles : {known}."))
        for key, question in self.questions.items():
            if labels[key] != question.right:
                rows = ("essayé", question.said), ("obtenu", _quoted(labels[key]))
                raise refusal(self.signature, *rows, (RECOGNISED, question.wrong[labels[key]]))
        for key, question in self.questions.items():
            if isinstance(question.right, str) and answers[key] != question.right:
                rows = ("essayé", question.said), ("obtenu", _quoted(answers[key]))
                exact = (
                    f"C'est la bonne étiquette, mais la suite la lit à la lettre : écrivez {_quoted(question.right)}."
                )
                raise refusal(self.signature, *rows, ("", exact))
        return Report(self.signature, passed=True, facts=self.verified)

    def _answer(self, key: str, label: Label) -> Label | dict[str, Label]:
        """Toutes les bonnes réponses, sauf une."""
        answers = {name: question.right for name, question in self.questions.items()} | {key: label}
        return answers[""] if list(answers) == [""] else answers

    def _answers(self, given: object) -> dict[str, object]:
        """Ce que rend la fonction, rangé par question. Lève `CheckFailed` si une clé manque, ou est en trop."""
        if given is None:
            raise refusal(self.signature, ("obtenu", "rien ; il manque `return`."))
        if list(self.questions) == [""]:
            return {"": given}
        answers = given if isinstance(given, dict) else {}
        lacking = ", ".join(_quoted(key) for key in self.questions if key not in answers)
        extra = ", ".join(_quoted(key) for key in answers if key not in self.questions)
        if lacking or extra:
            form = "{" + ", ".join(f'"{key}": …' for key in self.questions) + "}"
            faults = [f"pas de réponse pour {lacking}"] * bool(lacking) + [f"en trop : {extra}"] * bool(extra)
            raise refusal(self.signature, ("attendu", form), ("obtenu", " ; ".join(faults)))
        return answers


def plain(value: object) -> str:
    """Un texte sans accents, sans majuscules et sans espaces de trop, pour comparer deux étiquettes."""
    letters = unicodedata.normalize("NFKD", " ".join(str(value).split()).casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _quoted(label: object) -> str:
    return str(label) if isinstance(label, int) else f"« {label} »"


def _rank(label: Label) -> tuple[bool, int, str]:
    """Les nombres d'abord, du plus petit au plus grand, puis les mots dans l'ordre de l'alphabet."""
    return (False, label, "") if isinstance(label, int) else (True, 0, plain(label))
