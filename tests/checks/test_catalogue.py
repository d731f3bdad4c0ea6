"""Les vérifications, elles-mêmes vérifiées : tout ce qui est juste passe, chaque erreur reçoit son nom, et lui seul.

Un catalogue par leçon (`catalogue_NN.py`), écrit comme écrirait une personne qui apprend, sans regarder les
vérifications : RIGHT, des réponses justes et différentes ; WRONG, des réponses fausses avec un extrait du diagnostic
attendu ; UNKNOWN, des réponses fausses d'une façon qu'aucune vérification ne connaît.
"""

import importlib
import itertools
import random
import re
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch

from lessons_lib import checks
from lessons_lib.checks import EXERCISES, CheckFailed, examine
from lessons_lib.checks.exercise import Exercise, agree
from lessons_lib.checks.report import RECOGNISED

LEAST_RIGHT, LEAST_WRONG = 3, 6
BOTH = "De plus, "  # deux erreurs connues à la fois
CATALOGUES = [importlib.import_module(f"catalogue_{lesson.__name__[-2:]}") for lesson in checks.LESSONS]
RIGHT = {name: answers for catalogue in CATALOGUES for name, answers in catalogue.RIGHT.items()}
WRONG = {name: answers for catalogue in CATALOGUES for name, answers in catalogue.WRONG.items()}
UNKNOWN = {name: answers for catalogue in CATALOGUES for name, answers in catalogue.UNKNOWN.items()}
TENSORS = [name for name, exercise in EXERCISES.items() if isinstance(exercise, Exercise)]


def each(answers: dict[str, list]) -> list:
    return [
        pytest.param(name, answer, id=f"{name}-{number}")
        for name, all_of_them in answers.items()
        for number, answer in enumerate(all_of_them)
    ]


def refusal(name: str, answer: Callable) -> str:
    with pytest.raises(CheckFailed) as caught:
        examine(EXERCISES[name], answer)
    return str(caught.value)


def diagnoses(name: str, said: str) -> set[str]:
    """Les diagnostics de cet exercice qui figurent dans un refus."""
    return {
        m.diagnosis for m in EXERCISES[name].mistakes if f"{RECOGNISED}\u00a0: {m.diagnosis}" in said.split("\n   ")
    }


@pytest.mark.parametrize("name", EXERCISES)
def test_catalogue_is_rich_enough(name):
    assert len(RIGHT.get(name, ())) >= LEAST_RIGHT
    assert len({part for _, part in WRONG.get(name, ())}) >= LEAST_WRONG
    assert UNKNOWN.get(name)


def test_catalogues_speak_of_known_exercises_only():
    for catalogue, lesson in zip(CATALOGUES, checks.LESSONS, strict=True):
        assert set(catalogue.RIGHT) == set(catalogue.WRONG) == set(catalogue.UNKNOWN) == set(lesson.EXERCISES)


@pytest.mark.parametrize(("name", "answer"), each(RIGHT))
def test_right_answer_is_accepted(name, answer):
    report = examine(EXERCISES[name], answer)
    assert report.passed
    assert report.facts == EXERCISES[name].verified
    assert repr(report) == repr(examine(EXERCISES[name], answer)), "le même rapport à chaque fois"


@pytest.mark.parametrize(("name", "answer"), each(WRONG))
def test_wrong_answer_gets_its_own_diagnosis(name, answer, tally):
    function, part = answer
    named = {m.diagnosis for m in EXERCISES[name].mistakes if part in m.diagnosis and BOTH not in m.diagnosis}
    assert len(named) == 1, f"« {part} » doit désigner une erreur et une seule : {named}"
    with tally.counted("réponses fausses du catalogue", "reconnues"):
        assert diagnoses(name, refusal(name, function)) == named


@pytest.mark.parametrize(("name", "mistake"), each({name: e.mistakes for name, e in EXERCISES.items()}))
def test_known_mistake_gets_its_own_diagnosis(name, mistake, tally):
    with tally.counted("erreurs connues", "diagnostiquées"):
        assert diagnoses(name, refusal(name, mistake.wrong)) == {mistake.diagnosis}


@pytest.mark.parametrize(("name", "answer"), each(UNKNOWN))
def test_unknown_mistake_gets_no_diagnosis(name, answer):
    said = refusal(name, answer)
    assert said.startswith("✘ ")
    assert RECOGNISED not in said


@pytest.mark.parametrize("name", TENSORS)
@pytest.mark.parametrize("spoil", [lambda t: 1.037 * t + 0.113, lambda t: -0.31 * t + 2.9], ids=["étirée", "renversée"])
def test_a_right_answer_spoilt_at_random_gets_no_diagnosis(name, spoil):
    exercise = EXERCISES[name]
    if exercise.measure is not None or not exercise.reference(*exercise.cases[0].arguments).is_floating_point():
        pytest.skip("ce que l'on compare n'est pas ce que la fonction rend")
    assert RECOGNISED not in refusal(name, lambda *arguments: spoil(RIGHT[name][0](*arguments)))


@pytest.mark.parametrize("name", TENSORS)
def test_two_mistakes_are_never_confused(name):
    exercise = EXERCISES[name]
    results = [(m, [exercise.run(m.wrong, case) for case in exercise.cases]) for m in exercise.mistakes]
    for (one, mine), (other, theirs) in itertools.combinations(results, 2):
        same = all(agree(a, b) for a, b in zip(mine, theirs, strict=True))
        assert not same or one.diagnosis == other.diagnosis, (one.diagnosis, other.diagnosis)


def noisy(answer):
    def function(*arguments):
        print("je cherche…")
        return answer(*arguments)

    return function


def meddling(answer):
    """Une réponse juste qui change tout ce qu'elle peut."""

    def function(*arguments):
        result = answer(*arguments)
        torch.manual_seed(1234)
        np.random.seed(1234)
        random.seed(1234)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(True)
        np.seterr(all="raise")
        return result

    return function


def global_state():
    return (
        torch.get_rng_state().sum().item(), np.random.get_state()[1].sum(), random.getstate(),
        torch.get_default_dtype(), torch.is_grad_enabled(), np.geterr(),
    )  # fmt: skip


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("habit", [noisy, meddling], ids=["imprime", "dérègle"])
def test_a_right_answer_with_bad_habits_is_accepted_and_leaves_no_trace(name, habit, capsys):
    before = global_state()
    assert examine(EXERCISES[name], habit(RIGHT[name][0])).passed
    assert global_state() == before
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_is_accepted_whatever_the_notebook_has_set(name):
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    try:
        assert examine(EXERCISES[name], RIGHT[name][0]).passed
        assert torch.get_default_dtype() == torch.float64
        assert not torch.is_grad_enabled()
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)


def endless(*arguments):
    while True:
        time.sleep(0)


def endless_and_stubborn(*arguments):
    end = time.monotonic() + 5  # assez pour être refusée, sans gêner la suite des tests
    while time.monotonic() < end:
        try:
            while time.monotonic() < end:
                time.sleep(0)
        except BaseException:  # même une interruption ne l'arrête pas
            pass


def lost(*arguments):
    return arguments[10**6]


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda *arguments: None, "il manque `return`"),
        (lost, "s'est arrêtée sur IndexError"),
        (lambda *arguments: sys.exit(), "s'est arrêtée sur SystemExit"),
        (lambda: lost, ""),
        (lambda *arguments: object(), ""),
        (lambda *arguments: torch.empty(3, 0, 2), ""),
        (lambda *arguments: torch.empty(2, device="meta"), ""),
        (lambda *arguments: torch.full((2, 2), torch.nan), ""),
        (lambda *arguments: torch.tensor([1j, 2.0]), ""),
        (lambda *arguments: "bonjour", ""),
    ],
    ids=["rien", "exception", "sortie", "sans argument", "objet", "vide", "meta", "nan", "complexe", "texte"],
)
def test_whatever_is_handed_in_is_refused_without_a_diagnosis(name, answer, sentence):
    said = refusal(name, answer)
    assert sentence in said
    assert RECOGNISED not in said


@pytest.mark.parametrize("name", EXERCISES)
def test_gap_left_open_raises_only_not_implemented(name):
    def stub(*arguments):
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        examine(EXERCISES[name], stub)


@pytest.mark.parametrize("answer", [endless, endless_and_stubborn])
def test_endless_loop_is_refused(answer, monkeypatch):
    monkeypatch.setattr(checks.sandbox.confined, "__defaults__", (0.3,))
    said = refusal("kl", answer)
    assert "n'a pas répondu à temps" in said
    assert "essayé" in said


def test_no_diagnosis_gives_the_answer_away():
    formulas = re.compile(r"exp\(|sqrt|\*\*|square|\.sum|\.mean|permute|127")
    for exercise in EXERCISES.values():
        for mistake in exercise.mistakes:
            assert not formulas.search(mistake.diagnosis), mistake.diagnosis
