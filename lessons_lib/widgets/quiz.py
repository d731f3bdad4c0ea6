"""Le quiz qui clôt une leçon : des questions que le noyau corrige, en expliquant chaque option.

Ni le cahier ni la page ne contiennent les réponses : la page envoie ce que la personne a répondu, le noyau rend son
verdict. Les questions viennent de ``course/quiz/NN.toml`` (:mod:`lessons_lib.widgets.quiz_questions`), le score reste
sur cette machine (:mod:`lessons_lib.widgets.quiz_scores`). La page est écrite dans ``quiz.js``.
"""

import dataclasses
import html
import re
import threading
from pathlib import Path

import anywidget
import traitlets

from lessons_lib.widgets import quiz_grading, quiz_questions, quiz_scores
from lessons_lib.widgets.busy_kernel import answer_while_busy
from lessons_lib.widgets.quiz_grading import Verdict
from lessons_lib.widgets.quiz_questions import Question

HERE = Path(__file__).parent
MISSES = 2  # essais faux avant que « Voir la réponse » apparaisse
HINTS = {
    "choix": "Une seule option est juste.",
    "plusieurs": "Une ou plusieurs options sont justes.",
    "nombre": "Écrivez un nombre.",
    "ordre": "Remettez les étapes dans l'ordre.",
}


class Quiz(anywidget.AnyWidget):
    """Les questions d'une leçon, à laquelle on répond sur la page ou par :meth:`answer`.

    lesson : le numéro de la leçon (« 02 »), sous lequel le score est gardé. file : un autre fichier de questions.
    Une réponse fausse est expliquée sans que la bonne soit montrée ; on réessaie autant que l'on veut, et la réponse
    peut être montrée après deux essais faux.

    Lève ValueError si la leçon n'a pas de quiz ou si son fichier est mal formé.
    """

    _esm = HERE / "quiz.js"
    _css = HERE / "quiz.css"
    _scene = traitlets.Dict().tag(sync=True)
    _state = traitlets.Dict().tag(sync=True)

    def __init__(self, lesson: str, *, file: Path | str | None = None):
        self.lesson = lesson
        self.questions = quiz_questions.questions(lesson) if file is None else quiz_questions.read(file)
        self._lock = threading.Lock()  # une cellule et la page peuvent répondre en même temps
        self._count, self._round = 0, 0
        self._clear()
        self._note = self._load()
        super().__init__(
            _scene={"title": self.title, "questions": [describe(question) for question in self.questions]},
            _state=self._report(),
        )
        answer_while_busy(self)
        self.on_msg(lambda _widget, message, _buffers: self._obey(message))

    def __repr__(self) -> str:
        return f"Quiz(leçon {self.lesson}, {len(self.questions)} questions)"

    def _repr_mimebundle_(self, **kwargs):
        """La vue vivante, et à côté les questions seules, pour une lecture sans noyau."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": repr(self), "text/html": as_html(self.title, self.questions)}, metadata

    @property
    def title(self) -> str:
        """« Quiz de la leçon 02 »."""
        return f"Quiz de la leçon {self.lesson}"

    @property
    def passed(self) -> int:
        """Le nombre de questions réussies, aujourd'hui ou une autre fois."""
        return sum(self._passed)

    def answer(self, number: int, answer: object) -> Verdict:
        """Répond à la question ``number`` (à partir de 1), note l'essai et rend le verdict.

        answer : comme dans :func:`lessons_lib.widgets.quiz_grading.grade`. Lève ValueError si la question n'existe pas
        ou si la réponse n'est pas de la bonne sorte ; un texte qui n'est pas un nombre a un verdict, mais n'est pas un
        essai.
        """
        question = self._question(number)
        verdict = quiz_grading.grade(question, answer)
        with self._lock:
            if verdict.passed is not None:
                self._note = quiz_scores.record(self.lesson, question.fingerprint, verdict.passed)
                self._passed[number - 1] |= verdict.passed
                self._misses[number - 1] += not verdict.passed
            self._show(number, verdict)
        return verdict

    def reveal(self, number: int) -> Verdict:
        """Montre la réponse, sans que la question soit réussie. Lève ValueError avant deux essais faux."""
        question = self._question(number)
        with self._lock:
            if self._misses[number - 1] < MISSES:
                raise ValueError(f"Question {number} : la réponse se montre après {MISSES} essais faux. Réessayez.")
            verdict = quiz_grading.reveal(question)
            self._show(number, verdict)
        return verdict

    def restart(self) -> None:
        """Efface le score de cette leçon et les réponses de la page."""
        with self._lock:
            self._note = quiz_scores.forget(self.lesson)
            self._round += 1
            self._clear()
            self._state = self._report()

    def _question(self, number: int) -> Question:
        if type(number) is not int or not 1 <= number <= len(self.questions):
            raise ValueError(f"La question {number!r} n'existe pas : choisissez de 1 à {len(self.questions)}.")
        return self.questions[number - 1]

    def _clear(self) -> None:
        self._passed = [False] * len(self.questions)
        self._misses = [0] * len(self.questions)
        self._verdicts: list[dict | None] = [None] * len(self.questions)

    def _load(self) -> str:
        """Reprend le score gardé ; rend une phrase s'il ne se lit pas."""
        kept, note = quiz_scores.of_lesson(self.lesson)
        for place, question in enumerate(self.questions):
            entry = kept.get(question.fingerprint, {"essais": 0, "reussie": False})
            self._passed[place] = entry["reussie"]
            self._misses[place] = 0 if entry["reussie"] else entry["essais"]
        return note

    def _show(self, number: int, verdict: Verdict) -> None:
        self._count += 1  # deux verdicts semblables restent deux verdicts
        self._verdicts[number - 1] = dataclasses.asdict(verdict) | {"count": self._count}
        self._state = self._report()

    def _report(self) -> dict:
        """Ce que la page sait : le score, et les verdicts déjà rendus."""
        done, total = self.passed, len(self.questions)
        plural = "s" * (done > 1)
        state = zip(self._passed, self._misses, self._verdicts, strict=True)
        return {
            "total": f"{done} question{plural} réussie{plural} sur {total}",
            "note": self._note,
            "round": self._round,
            "questions": [
                {"passed": passed, "reveal": misses >= MISSES and not (verdict or {}).get("passed"), "verdict": verdict}
                for passed, misses, verdict in state
            ],
        }

    def _obey(self, message: dict) -> None:
        """Un geste de la page. Le salut d'une page qui s'affiche ne demande rien : il ouvre le fil qui répondra."""
        match message:
            case {"ask": "answer", "question": place, "answer": answer}:
                self.answer(place + 1, answer)
            case {"ask": "reveal", "question": place}:
                self.reveal(place + 1)
            case {"ask": "restart"}:
                self.restart()


def describe(question: Question) -> dict:
    """Ce que la page montre d'une question, sans rien de la réponse."""
    items = [item.text for item in question.shown]
    return {
        "kind": question.kind,
        "text": question.text,
        "hint": HINTS[question.kind],
        "unit": question.unit,
        "items": items,
    }


def as_html(title: str, questions: tuple[Question, ...]) -> str:
    """Les questions et leurs options, sans les réponses, pour lire le cahier sur papier ou sur un hébergeur de code."""
    parts = [f"<p><b>{_rich(title)}</b>. Exécutez la cellule : le quiz corrige et explique vos réponses.</p>", "<ol>"]
    for question in questions:
        shown = describe(question)
        unit = f" Unité : {_rich(question.unit)}." if question.unit else ""
        items = "".join(f"<li>{_rich(text)}</li>" for text in shown["items"])
        parts.append(f"<li>{_rich(question.text)} <i>{shown['hint']}{unit}</i>{items and f'<ul>{items}</ul>'}</li>")
    return "\n".join([*parts, "</ol>"])


def _rich(text: str) -> str:
    """Le texte, ses `passages de code` mis en balises."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text, quote=False))
