"""Un exercice de lecture : diagnostiquer une courbe, trouver la ligne fausse, prédire avant d'exécuter.

La réponse est ce que rend une fonction sans argument : une étiquette, ou une étiquette par question. Chaque étiquette
fausse a sa phrase, qui dit pourquoi ; la bonne n'est jamais donnée.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from lessons_lib.checks.exercise import Mistake
from lessons_lib.checks.report import RECOGNISED, Report, refusal

Label = str | int


@dataclass(frozen=True)
class Question:
    """Une question : la bonne étiquette, et pour chaque autre étiquette possible, pourquoi elle ne convient pas."""

    said: str
    right: Label
    wrong: dict[Label, str]

    def find(self, answer: object) -> Label | None:
        """L'étiquette que désigne la réponse, aux majuscules, accents et espaces près ; None si aucune."""
        return next((label for label in (self.right, *self.wrong) if plain(label) == plain(answer)), None)


@dataclass(frozen=True)
class Reading:
    """Un exercice de lecture. `questions` : clé -> question ; une seule question a la clé "".

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
        except NotImplementedError:
            raise
        except (Exception, SystemExit) as error:
            stop = f"La fonction s'est arrêtée sur {type(error).__name__} : {error}"
            raise refusal(self.signature, ("", stop)) from None
        answers = self._answers(given)
        labels = {key: question.find(answers[key]) for key, question in self.questions.items()}
        for key, question in self.questions.items():
            if labels[key] is None:
                known = ", ".join(sorted((_quoted(label) for label in (question.right, *question.wrong)), key=plain))
                rows = ("essayé", question.said), ("obtenu", _quoted(answers[key]))
                raise refusal(self.signature, *rows, ("", f"Réponses possibles : {known}."))
        for key, question in self.questions.items():
            if labels[key] != question.right:
                rows = ("essayé", question.said), ("obtenu", _quoted(labels[key]))
                raise refusal(self.signature, *rows, (RECOGNISED, question.wrong[labels[key]]))
        return Report(self.signature, passed=True, facts=self.verified)

    def _answer(self, key: str, label: Label) -> Label | dict[str, Label]:
        """Toutes les bonnes réponses, sauf une."""
        answers = {name: question.right for name, question in self.questions.items()} | {key: label}
        return answers[""] if list(answers) == [""] else answers

    def _answers(self, given: object) -> dict[str, object]:
        """Ce que rend la fonction, rangé par question. Lève `CheckFailed` si une réponse manque."""
        if given is None:
            raise refusal(self.signature, ("obtenu", "rien ; il manque `return`."))
        if list(self.questions) == [""]:
            return {"": given}
        named = {plain(key): value for key, value in given.items()} if isinstance(given, dict) else {}
        missing = [key for key in self.questions if plain(key) not in named]
        if missing:
            form = "{" + ", ".join(f'"{key}": …' for key in self.questions) + "}"
            lacking = ", ".join(f"« {key} »" for key in missing)
            raise refusal(self.signature, ("attendu", form), ("obtenu", f"pas de réponse pour {lacking}"))
        return {key: named[plain(key)] for key in self.questions}


def plain(value: object) -> str:
    """Un texte sans accents, sans majuscules et sans espaces de trop, pour comparer deux étiquettes."""
    letters = unicodedata.normalize("NFKD", " ".join(str(value).split()).casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _quoted(label: object) -> str:
    return str(label) if isinstance(label, int) else f"« {label} »"
