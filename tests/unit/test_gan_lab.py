"""Le laboratoire des GAN, sans navigateur : la partie, son journal, le fil, ce qui est envoyé à la page."""

import base64
import json
import threading
import time

import numpy as np
import pytest
import torch

from lessons_lib.widgets import gan_lab_loop
from lessons_lib.widgets.gan_lab import GANLab
from lessons_lib.widgets.gan_lab_frame import LAYERS
from lessons_lib.widgets.gan_lab_page import MOST_ON_THE_WAY
from lessons_lib.widgets.gan_lab_presets import KNOBS, LOSSES, OPTIMIZERS, PRESETS
from lessons_lib.widgets.gan_lab_session import CURVE_POINTS, Curve, LabSettings, ToySession
from lessons_lib.widgets.still import STILL_BYTES


def weights(network):
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def same(first, second):
    return all(
        torch.equal(weights(getattr(first, name)), weights(getattr(second, name))) for name in ("generator", "critic")
    )


@pytest.fixture
def lab():
    """Un laboratoire sur huit gaussiennes, fermé à la fin."""
    view = GANLab()
    yield view
    view.close()


@pytest.fixture
def sent(monkeypatch):
    """Les images envoyées à la page : (contenu, octets)."""
    messages = []
    monkeypatch.setattr(GANLab, "send", lambda self, content, buffers=None: messages.append((content, buffers)))
    return messages


def tell(lab, **message):
    """Un message de la page, traité."""
    lab._loop.call(lambda: lab._page.obey(message))
    lab._loop.call(lambda: None)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "rien ne vient"
        time.sleep(0.005)


# --- la partie ----------------------------------------------------------------------------


def test_same_seed_and_same_gestures_give_the_same_state():
    first, second, other = (ToySession(LabSettings(seed=seed)) for seed in (3, 3, 4))
    assert same(first, second) and not same(first, other)
    for session in (first, second):
        session.advance()
        session.change(loss="wgan_gp", critic_steps=2)
        for _ in range(7):
            session.advance()
        session.single("critic")
        session.facts()  # mesurer ne change rien
    second.facts()
    assert same(first, second)
    first.advance()
    assert not same(first, second)


def test_the_learners_own_random_state_is_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    ToySession(LabSettings()).advance()
    assert torch.equal(torch.rand(3), expected)


def test_a_cycle_is_the_critic_steps_then_one_generator_step():
    session = ToySession(LabSettings(critic_steps=3))
    assert [session.advance() for _ in range(8)] == ["critic"] * 3 + ["generator"] + ["critic"] * 3 + ["generator"]
    assert session.updates == {"critic": 6, "generator": 2}


@pytest.mark.parametrize(("side", "still"), [("critic", "generator"), ("generator", "critic")])
def test_a_step_of_one_side_leaves_the_other_alone(side, still):
    session = ToySession(LabSettings())
    moving, fixed = weights(getattr(session, side)), weights(getattr(session, still))
    session.single(side)
    assert not torch.equal(weights(getattr(session, side)), moving)
    assert torch.equal(weights(getattr(session, still)), fixed)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_loss_moves_both_sides_with_every_optimizer(loss, optimizer):
    session = ToySession(LabSettings(loss=loss, optimizer=optimizer, critic_learning_rate=1e-2, learning_rate=1e-2))
    before = weights(session.generator), weights(session.critic)
    for _ in range(4):
        session.advance()
    assert not torch.equal(weights(session.generator), before[0])
    assert not torch.equal(weights(session.critic), before[1])


def test_only_the_clipped_critic_is_clipped():
    session = ToySession(LabSettings(loss="wgan", clip=0.02))
    session.advance()
    assert weights(session.critic).abs().max() == pytest.approx(0.02)
    session.change(loss="wgan_gp")
    for _ in range(3):
        session.single("critic")
    assert weights(session.critic).abs().max() > 0.021


def test_changes_act_while_it_runs():
    session = ToySession(LabSettings())
    session.change(learning_rate=1e-30)
    before = weights(session.generator)
    session.single("generator")
    assert torch.equal(weights(session.generator), before)
    session.change(optimizer="sgd", learning_rate=0.5)
    session.single("generator")
    assert not torch.equal(weights(session.generator), before)


def test_the_pull_is_the_gradient_of_the_generator_loss():
    session = ToySession(LabSettings(seed=1))
    points, step = session.sample(5), 1e-3
    pull = session.pull(points)
    for axis in (0, 1):
        shift = torch.zeros(2)
        shift[axis] = step
        with torch.no_grad():
            ahead, behind = (torch.nn.functional.softplus(-session.critic(points + way * shift)) for way in (1, -1))
        assert torch.allclose(pull[:, axis], -(ahead - behind) / (2 * step), atol=2e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "hinge"}, "loss vaut « hinge ».*wgan_gp"),
        ({"optimizer": "lion"}, "optimizer vaut « lion »"),
        ({"learning_rate": 0.0}, "learning_rate vaut 0.0"),
        ({"critic_steps": 0}, "critic_steps vaut 0"),
        ({"penalty_weight": -1.0}, "penalty_weight vaut -1.0"),
        ({"law": "carre"}, "« carre »"),
        ({"law": "dessin"}, "aucun trait"),
        ({"largeur": 3}, "« largeur » n'est pas un réglage"),
    ],
)
def test_wrong_settings_are_refused_before_anything_runs(settings, message):
    with pytest.raises(ValueError, match=message):
        GANLab(**settings)


def test_a_curve_stays_short_and_keeps_its_mean():
    curve = Curve()
    for step in range(5000):
        curve.add(step, step % 2)
    assert CURVE_POINTS / 3 < len(curve.places) < CURVE_POINTS
    assert np.mean(curve.values) == pytest.approx(0.5) and curve.places[-1] > 4900


# --- les situations -----------------------------------------------------------------------


def test_the_collapse_preset_collapses(lab):
    lab.preset("effondrement")
    facts = lab.run(150)
    assert 1 <= facts["modes"] <= 3 and "modes couverts sur 8" in lab.verdict()


def test_the_broken_preset_is_repaired_by_one_menu(lab):
    lab.preset("reparez")
    assert lab.run(120)["modes"] <= 3
    lab.change(loss="wgan_gp")
    assert lab.settings.critic_steps == 5
    assert lab.run(150)["modes"] >= 7


def test_the_gradient_goes_out_and_comes_back_with_another_loss(lab):
    lab.preset("gradient_eteint")
    assert lab.run(60)["pull"] < 1e-2
    lab.change(loss="non_saturating")
    assert lab.facts()["pull"] > 1


def test_an_overclipped_critic_is_almost_flat(lab):
    lab.preset("critique_ecretee")
    assert lab.run(20)["pull"] < 1e-2


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_task_and_settings_that_the_sliders_can_show(name, lab):
    lab.preset(name)
    for knob in KNOBS:
        assert getattr(lab.settings, knob.name) in knob.values, knob.name
    assert len(PRESETS[name].task) > 80 and (PRESETS[name].aim.startswith("Objectif") or name == "libre")


# --- les gestes depuis une cellule ----------------------------------------------------------


def test_steps_and_runs_are_counted(lab):
    lab.step("critique")
    lab.step("generateur")
    lab.step("deux")
    lab.run(3)
    assert lab.session.updates == {"critic": 5, "generator": 5}
    with pytest.raises(ValueError, match=r"« tout » n'existe pas.*generateur"):
        lab.step("tout")


def test_state_goes_through_json_and_is_replayed(lab, tmp_path):
    lab.choose(strokes=[[[0, 0], [1, 1]], [[-1, 0.5]]], seed=5)
    lab.run(3)
    lab.change(loss="wgan", clip=0.05)
    lab.step("critique")
    lab.run(2)
    lab.save(tmp_path / "partie.json")
    other = GANLab("oscillation")
    other.restore(json.loads(json.dumps(lab.state())))
    assert same(other.session, lab.session) and other.settings == lab.settings and other.preset_name == "libre"
    other.run(2)
    assert not same(other.session, lab.session)
    other.restore(tmp_path / "partie.json")
    assert same(other.session, lab.session)
    other.close()


def test_a_saved_game_is_never_overwritten(lab, tmp_path):
    target = tmp_path / "partie.json"
    target.write_text("précieux", encoding="utf-8")
    with pytest.raises(FileExistsError, match="existe déjà et n'a pas été touché"):
        lab.save(target)
    assert target.read_text(encoding="utf-8") == "précieux"
    with pytest.raises(ValueError, match="rend state"):
        lab.restore({"graine": 3})


def test_choosing_a_law_starts_again_with_the_same_settings(lab):
    lab.change(loss="least_squares", learning_rate=2e-3)
    lab.run(2)
    lab.choose("anneau")
    assert lab.session.updates["generator"] == 0 and lab.session.law.curved
    assert lab.settings.loss == "least_squares" and lab.settings.learning_rate == 2e-3
    assert "tronçons" in lab.verdict()


def test_a_loss_that_is_no_longer_a_number_stops_the_game(lab):
    with torch.no_grad():
        next(lab.session.critic.parameters()).fill_(float("nan"))
    with pytest.raises(RuntimeError, match="n'est plus un nombre"):
        lab.run(5)
    assert not lab.playing
    lab.restart()
    assert lab.run(1)["distance"] > 0


# --- le fil -----------------------------------------------------------------------------


def test_playing_leaves_the_caller_free(lab):
    lab.play()
    until(lambda: lab.session.updates["generator"] > 3)
    assert lab.playing and threading.current_thread() is threading.main_thread()
    lab.change(loss="wgan_gp")
    lab.pause()
    stopped = dict(lab.session.updates)
    time.sleep(0.1)
    assert lab.session.updates == stopped and not lab.playing


def test_slow_motion_names_its_substeps_and_moves_weights_only_at_the_last(lab, monkeypatch):
    monkeypatch.setattr(gan_lab_loop, "STAGE_SECONDS", 0.0)
    loop, seen = lab._loop, []
    loop.slow = True
    loop.play()  # sans fil : les sous-pas sont faits ici, un par un
    for _ in range(6):
        loop._go_on()
        seen.append((loop.stage, *loop.session.updates.values()))
    assert seen == [
        ("draw", 0, 0), ("score", 0, 0), ("correct", 1, 0), ("generate", 1, 0), ("ask", 1, 0), ("follow", 1, 1),
    ]  # fmt: skip
    loop.pause()
    assert loop.stage is None


def test_closing_ends_the_thread():
    lab = GANLab()
    lab.play()
    lab.close()
    assert "laboratoire" not in [thread.name for thread in threading.enumerate()]


def test_a_page_that_vanished_stops_the_game(lab, sent, monkeypatch):
    monkeypatch.setattr("lessons_lib.widgets.gan_lab_page.LOST_SECONDS", 0.1)
    tell(lab, ask="shown", layers=[], frame=None)
    tell(lab, ask="play", id=1)
    until(lambda: not lab.playing)


# --- la page ------------------------------------------------------------------------------


def test_nothing_is_sent_before_a_page_says_it_is_there(lab, sent):
    lab.run(2)
    assert sent == []
    tell(lab, ask="shown", layers=list(LAYERS), frame=None)
    assert len(sent) == 1


def test_pictures_wait_for_a_page_that_does_not_follow(lab, sent):
    tell(lab, ask="shown", layers=[], frame=None)
    tell(lab, ask="play", id=1)
    until(lambda: len(sent) == MOST_ON_THE_WAY)
    steps = lab.session.updates["generator"]
    until(lambda: lab.session.updates["generator"] > steps + 10)
    assert len(sent) == MOST_ON_THE_WAY
    tell(lab, ask="shown", layers=[], frame=1)
    until(lambda: len(sent) == MOST_ON_THE_WAY + 1)
    assert sent[-1][0]["updates"]["generator"] > steps + 9, "la dernière l'emporte"


def test_only_the_layers_shown_are_computed(lab, sent):
    tell(lab, ask="shown", layers=["real", "heat", "arrows"], frame=None)
    content, buffers = sent.pop()
    assert content["arrays"] == ["critic", "generator", "distance", "real", "heat", "tails", "pull"]
    assert len(buffers) == 7 and content["scale"] == [0.0, 1.0]
    heat = np.frombuffer(buffers[4], np.float32)
    assert heat.size == 44 * 44 and 0 <= heat.min() <= heat.max() <= 1
    json.dumps(content, allow_nan=False)


def test_the_page_plays_steps_changes_and_stops(lab, sent):
    tell(lab, ask="shown", layers=[], frame=None)
    tell(lab, ask="critique", id=1)
    tell(lab, ask="change", settings={"loss": "wgan_gp", "critic_steps": 2}, id=2)
    tell(lab, ask="deux", id=3)
    assert lab.session.updates == {"critic": 3, "generator": 1}
    tell(lab, ask="preset", settings={"name": "effondrement"}, id=4)
    tell(lab, ask="choose", settings={"strokes": [[[0, 0], [1, 0]]]}, id=5)
    tell(lab, ask="shown", layers=[], frame=None)
    content, _ = sent.pop()
    assert content["heard"] == 5 and content["law"] == "dessin" and content["preset"] == "effondrement"
    assert content["knobs"]["critic_learning_rate"]["text"] == "0,003"


def test_a_wrong_command_is_answered_with_its_reason(lab, sent):
    tell(lab, ask="shown", layers=[], frame=None)
    tell(lab, ask="change", settings={"learning_rate": -1}, id=1)
    tell(lab, ask="shown", layers=[], frame=None)
    assert "learning_rate vaut -1" in sent.pop()[0]["problem"]
    tell(lab, ask="play", id=2)
    assert lab.playing


# --- dans le cahier -------------------------------------------------------------------------


def test_the_still_is_a_light_picture_with_a_stable_text(lab):
    lab.run(5)
    data, metadata = lab._repr_mimebundle_()
    assert data["text/plain"] == "GANLab(Partie libre : 8 gaussiennes, Non saturante)"
    picture = base64.b64decode(data["image/jpeg"])
    assert picture[:2] == b"\xff\xd8" and 5000 < len(picture) <= STILL_BYTES
    assert metadata["image/jpeg"]["alt"] == GANLab.alternative
