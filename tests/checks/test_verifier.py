"""Ce que `verifier` dit, comment, et ce qu'il laisse intact."""

import os
import threading
import time
import warnings

import nbformat
import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from course import notebooks
from lessons_lib import losses
from lessons_lib.checks import EXERCISES, CheckFailed, examine, verifier
from lessons_lib.checks.exercise import Case, Exercise
from lessons_lib.checks.reading import Question, Reading
from lessons_lib.checks.report import Report
from lessons_lib.checks.sandbox import TooSlow, confined, is_over, untouched

NBSP = "\u00a0"


def kl(mu, logvar):
    return kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(dim=1).mean()


def failure(name, function) -> str:
    with pytest.raises(CheckFailed) as caught:
        verifier(name, function)
    return str(caught.value)


def test_success_is_printed_as_text_outside_a_notebook(capsys):
    verifier("kl", kl)
    said = capsys.readouterr().out
    assert said.startswith("✔ kl(mu, logvar)\n   · ")
    assert said.count("   · ") == len(EXERCISES["kl"].verified)


def test_refusal_says_what_was_tried_expected_and_obtained():
    said = failure("kl", lambda mu, logvar: 2 * kl(mu, logvar))
    assert said.splitlines() == [
        "✘ kl(mu, logvar)",
        f"   essayé {NBSP}: mu = (1, 0), logvar = 0",
        f"   attendu{NBSP}: 0.5",
        f"   obtenu {NBSP}: 1",
        f"   Erreur reconnue{NBSP}: le facteur un demi est oublié.",
    ]


def test_unknown_mistake_is_shown_without_a_diagnosis():
    said = failure("kl", lambda mu, logvar: mu.exp().sum() * 7)
    assert f"attendu{NBSP}: 0\n   obtenu {NBSP}: 14" in said
    assert "Erreur reconnue" not in said


def test_exception_is_told_with_its_line():
    def wrong(mu, logvar):
        return mu.unknown + logvar

    said = failure("kl", wrong)
    assert "La fonction s'est arrêtée sur AttributeError" in said
    assert f"à la ligne{NBSP}: return mu.unknown + logvar" in said


def test_error_without_a_message_is_told_by_its_name():
    def wrong(mu, logvar):
        raise ValueError

    said = failure("kl", wrong).splitlines()
    assert said[2:] == ["   La fonction s'est arrêtée sur ValueError", f"   à la ligne{NBSP}: raise ValueError"]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("gain", lambda without, augmented: ("un", "deux")),
        ("precision_rappel", lambda real, fake, k: [None, None]),
        ("pertes_augmentees", lambda critic, generator, real, z, retouch: (object(), object())),
        ("etage_critique", lambda before, after: [nn.Conv2d(before, after, 4, 2, 1), nn.Linear(5, 5)]),
        ("calendrier", lambda index, total: "cinq"),
    ],
)  # fmt: skip
def test_failure_of_the_measure_does_not_accuse_the_function(name, answer):
    said = failure(name, answer)
    assert "L'essai s'est arrêté sur" in said
    assert "La fonction" not in said


@pytest.mark.parametrize("answer", [lambda mu: mu, lambda: 0.0, torch.no_grad()(lambda mu: mu)])
def test_wrong_number_of_arguments_is_told_as_the_function_s(answer):
    assert "La fonction s'est arrêtée sur TypeError" in failure("kl", answer)


def test_operation_that_torch_lacks_is_no_gap():
    def wrong(mu, logvar):
        mask = torch.zeros(3)
        mask |= torch.ones(3, dtype=torch.bool)

    assert "La fonction s'est arrêtée sur NotImplementedError" in failure("kl", wrong)
    assert "s'est arrêtée sur NotImplementedError" in failure("lecture_beta", lambda: wrong(0, 0))


def test_gradient_that_is_not_finite_is_told_with_its_trial():
    def softplus(s):
        return torch.where(s > 20, s, torch.log(1 + torch.exp(s)))

    said = failure("perte_generateur", lambda fake_scores: softplus(-fake_scores).mean())
    assert "un faux démasqué" in said
    assert "leur gradient par rapport à fake_scores n'est pas fini" in said


def test_return_forgotten_in_one_branch_is_told():
    assert "il manque `return`" in failure("calendrier", lambda index, total: 5 if index < total / 2 else None)


@pytest.mark.parametrize("result", [0.1, np.float64(0.1), torch.tensor(0.1), (0.1, 0.2, 0.3)])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gain", "un couple de nombres est attendu"),
        ("precision_rappel", "un couple de nombres est attendu"),
        ("pertes_augmentees", "un couple de tenseurs est attendu"),
        ("moyenne_mobile", "un réseau est attendu"),
    ],
)
def test_result_of_another_kind_is_told(name, expected, result):
    assert expected in failure(name, lambda *arguments: result)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda mu, logvar: None, "il manque `return`"),
        (lambda mu, logvar: 0.0, "float\u00a0; un tenseur est attendu"),
        (lambda mu, logvar: kl(mu, logvar).reshape(1), "un tenseur de forme (1,)"),
        (lambda mu, logvar: kl(mu, logvar).to("meta"), "un tenseur sans valeurs"),
        (lambda mu, logvar: kl(mu, logvar).detach(), "le gradient n'atteint pas mu ni logvar."),
        (lambda mu, logvar: kl(mu, logvar.detach()), "le gradient n'atteint pas logvar."),
        (lambda mu, logvar: torch.tensor(kl(mu, logvar).numpy()), "le gradient ne peut pas les traverser"),
        (lambda mu, logvar: kl(mu, logvar) * torch.nan, "un calcul n'a pas de valeur"),
        (lambda mu, logvar: kl(mu, logvar).to(torch.complex64), "des torch.complex64"),
    ],
)
def test_answer_of_the_wrong_kind_is_told(answer, sentence):
    said = failure("kl", answer)
    assert sentence in said
    assert "diffèrent" not in said


def test_randomness_of_its_own_is_told():
    said = failure("reparametrisation", lambda mu, logvar, eps: torch.normal(mu, (logvar / 2).exp()))
    assert "le hasard doit venir des arguments" in said


def test_changing_the_arguments_in_place_spoils_nothing():
    def squared_error(x_hat, x):
        x_hat = x_hat + 0
        x.sub_(x_hat)
        return x.square().flatten(1).sum(dim=1).mean()

    assert examine(EXERCISES["reconstruction"], squared_error).passed
    assert examine(EXERCISES["reconstruction"], losses.squared_error).passed


def test_place_of_a_wrong_pixel_is_given():
    said = failure("vers_pixels", EXERCISES["vers_pixels"].mistakes[2].wrong)
    assert f"attendu{NBSP}: 217 à l'indice [0, 2, 0]" in said


def test_numbers_and_arrays_are_tensors_when_no_gradient_is_asked():
    exercise = Exercise("f(x)", (Case("x = 2", (2,)),), lambda x: torch.tensor(4.0), (), ("le double",), ())
    for answer in (lambda x: 4, lambda x: 4.0, lambda x: torch.tensor(4.0).numpy(), lambda x: torch.tensor(4)):
        assert examine(exercise, answer).passed


def test_printed_text_comes_with_the_verdict():
    def talkative(mu, logvar):
        print("mu vaut", mu.shape)
        return kl(mu, logvar)

    report = examine(EXERCISES["kl"], talkative)
    assert "votre fonction a affiché\u00a0:\n      mu vaut torch.Size([1, 2])" in repr(report)
    assert "<pre>mu vaut" in report._repr_html_()
    many = Report("f()", passed=True, printed="ligne\n" * 30)
    assert repr(many).count("      ligne\n") == 8
    assert "… et 22 lignes de plus" in repr(many)
    assert repr(Report("f()", passed=True, printed="ligne\n" * 9)).endswith("… et 1 ligne de plus")
    with pytest.raises(CheckFailed, match="mu vaut") as caught:
        examine(EXERCISES["kl"], lambda mu, logvar: 2 * talkative(mu, logvar))
    assert caught.value.report.printed


def test_html_is_escaped():
    report = Report("f(<b>)", passed=True, facts=("a < b",), printed="<script>")
    assert "f(&lt;b&gt;)" in report._repr_html_()
    assert "a &lt; b" in report._repr_html_()
    assert "<script>" not in report._repr_html_()


class TestReading:
    LINE = Reading(
        "faulty_line()",
        {"": Question("la ligne fausse", 3, {1: "elle est juste.", 2: "elle ne change rien."})},
        ("la ligne est trouvée",),
    )
    CURVES = Reading(
        "diagnose()",
        {
            "A": Question("la courbe A", "trop court", {"surapprentissage": "a.", "étroit": "b."}),
            "B": Question("la courbe B", "étroit", {"surapprentissage": "c.", "trop court": "d."}),
        },
        ("les deux courbes",),
    )

    @pytest.mark.parametrize("answer", [3, "3", " 3 "])
    def test_one_label(self, answer):
        assert examine(self.LINE, lambda: answer).passed

    @pytest.mark.parametrize("answer", [{"A": "trop court", "B": "étroit"}, {"B": "étroit", "A": "trop court"}])
    def test_one_label_a_key(self, answer):
        assert examine(self.CURVES, lambda: answer).passed

    @pytest.mark.parametrize(
        ("answer", "sentence"),
        [
            ({"A": "trop court", "B": "ETROIT "}, "à la lettre\u00a0: écrivez «\u00a0étroit\u00a0»"),
            ({"a": "trop court", "B": "étroit"}, "«\u00a0A\u00a0»\u00a0; en trop\u00a0: «\u00a0a\u00a0»"),
            ({"A": "trop court", "B": "étroit", "C": ""}, "obtenu \u00a0: en trop\u00a0: «\u00a0C\u00a0»"),
        ],
    )  # fmt: skip
    def test_what_the_next_cells_could_not_read_is_refused(self, answer, sentence):
        """Ils relisent la réponse par ses clés et comparent ses étiquettes."""
        with pytest.raises(CheckFailed) as caught:
            examine(self.CURVES, lambda: answer)
        assert sentence in str(caught.value)

    def test_possible_numbers_are_given_in_order(self):
        wrong = {11: "a.", 2: "b.", "1/4": "c.", 1: "d."}
        reading = Reading("line()", {"": Question("la ligne", 10, wrong)}, ("trouvée",))
        with pytest.raises(CheckFailed, match="Réponses possibles\u00a0: 1, 2, 10, 11, «\u00a01/4\u00a0»"):
            examine(reading, lambda: 12)

    @pytest.mark.parametrize(
        ("answer", "sentence"),
        [
            ({"A": "étroit", "B": "étroit"}, "Erreur reconnue\u00a0: b."),
            ({"A": "trop court", "B": "trop court"}, "Erreur reconnue\u00a0: d."),
            ({"A": "large", "B": "étroit"}, "Réponses possibles\u00a0: «\u00a0étroit\u00a0», «\u00a0surapp"),
            ({"A": "étroit"}, "pas de réponse pour «\u00a0B\u00a0»"),
            ("étroit", "pas de réponse pour «\u00a0A\u00a0», «\u00a0B\u00a0»"),
            (None, "il manque `return`"),
        ],
    )  # fmt: skip
    def test_wrong_label_is_told_without_the_right_one(self, answer, sentence):
        with pytest.raises(CheckFailed) as caught:
            examine(self.CURVES, lambda: answer)
        assert sentence in str(caught.value)

    def test_the_right_label_stays_secret(self):
        with pytest.raises(CheckFailed) as caught:
            examine(self.CURVES, lambda: {"A": "étroit", "B": "étroit"})
        assert "trop court" not in str(caught.value)


def test_result_and_printed_text_of_confined_work():
    assert confined(lambda: print("bonjour") or 3) == (3, "bonjour\n")
    with pytest.raises(KeyError):
        confined(lambda: {}["x"])


def test_a_long_call_to_c_does_not_hold_the_answer():
    released, over = threading.Event(), threading.Event()

    def long_call():
        try:
            released.wait(30)
        finally:
            over.set()

    with pytest.raises(TooSlow):
        confined(long_call, seconds=0.1)
    assert not over.is_set()
    released.set()


@pytest.mark.parametrize(
    ("elapsed", "worked", "over"),
    [(0.9, 0.9, False), (1.1, 1.0, True), (1.1, 0.0, True), (2.0, 0.3, False), (5.9, 0.7, False), (6.1, 0.7, True)],
    ids=["à temps", "calcule sans fin", "dort", "machine chargée", "très chargée", "assez attendu"],
)
def test_a_loaded_machine_gets_more_time(elapsed, worked, over):
    assert is_over(1.0, elapsed, worked) == over


def test_an_endless_loop_is_over_afterwards():
    turns = []

    def endless():
        while True:
            turns.append(1)
            time.sleep(0)

    with pytest.raises(TooSlow):
        confined(endless, seconds=0.1)
    count = len(turns)
    time.sleep(0.1)
    assert len(turns) == count


def test_settings_are_put_back(tmp_path):
    folder, filters = os.getcwd(), list(warnings.filters)
    with untouched():
        os.chdir(tmp_path)
        os.environ["COURS_ESSAI"] = "1"
        torch.use_deterministic_algorithms(True)
        torch.autograd.set_detect_anomaly(True)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        warnings.simplefilter("error")
    assert os.getcwd() == folder
    assert warnings.filters == filters
    assert "COURS_ESSAI" not in os.environ
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.is_anomaly_enabled()
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


def test_in_a_notebook_the_verdict_is_rich(tmp_path):
    cells = [
        "from lessons_lib.checks import verifier",
        "def kl(mu, logvar):\n    return -0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean()",
        'verifier("kl", kl)',
        "def kl(mu, logvar):\n    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean()",
        'verifier("kl", kl)',
    ]  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebooks.execute(notebook, tmp_path, allow_errors=True)
    [error] = notebook.cells[2].outputs
    assert error.ename == "CheckFailed"
    assert error.traceback[0].startswith("\x1b[1;31m✘ kl(mu, logvar)")
    assert error.traceback[-1].startswith(f"\x1b[1m   Erreur reconnue{NBSP}: le signe est inversé")
    [report] = notebook.cells[4].outputs
    assert report.data["text/plain"].startswith("✔ kl(mu, logvar)\n")
    assert "<b" in report.data["text/html"]


def test_unknown_exercise_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"Aucun exercice «\xa0gan\xa0»\. .*«\xa0vers_pixels\xa0», .*«\xa0kl\xa0»"):
        verifier("gan", len)


@pytest.mark.parametrize("objects", [(), (3.0,), (len, len)])
def test_call_without_the_function_says_how(objects):
    with pytest.raises(ValueError, match=r'sans l\'appeler\xa0: verifier\("kl", kl\)\.'):
        verifier("kl", *objects)


def test_a_missing_pair_is_named():
    from lessons_lib.checks.lesson_06.scores import SCORES

    with pytest.raises(CheckFailed, match="un couple de tenseurs est attendu"):
        SCORES.examine(lambda critic, x_hat: (x_hat, "notes"))
