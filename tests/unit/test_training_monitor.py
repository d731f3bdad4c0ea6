"""Le moniteur d'entraînement sans navigateur : ce que le noyau parcourt, suspend, change et montre."""

import base64
import io
import threading
import time

import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib.models import VAE, Autoencoder, Critic, Generator, ToyCritic, ToyGenerator
from lessons_lib.observers import History, progress, record
from lessons_lib.training import AdversarialConfig, TrainingConfig, train_autoencoder, train_vae, train_wgan_gp
from lessons_lib.widgets import training_monitor
from lessons_lib.widgets.knobs import in_french, knobs_of, speed_in_french
from lessons_lib.widgets.monitor_curves import MOST_POINTS, curves_of, number
from lessons_lib.widgets.sampling import FixedSamples
from lessons_lib.widgets.still import STILL_BYTES
from lessons_lib.widgets.training_monitor import TrainingMonitor

CALM = AdversarialConfig(steps=40, batch_size=8, critic_steps=2, learning_rate=1e-3)


def points(count=64):
    return torch.randn(count, 2, generator=torch.Generator().manual_seed(0))


def toy(config=CALM):
    torch.manual_seed(0)
    return train_wgan_gp(ToyGenerator(hidden=8, layers=1), ToyCritic(hidden=8, layers=1), points(), config)


def pictures(kind=VAE, steps=6):
    torch.manual_seed(0)
    images = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    train = train_autoencoder if kind is Autoencoder else train_vae
    return train(kind(size=32, latent=2, width=4), images, TrainingConfig(steps=steps, batch_size=4))


def shown(monitor):
    """Comme si un notebook venait de l'afficher."""
    monitor._repr_mimebundle_()
    return monitor


def told(monitor, **command):
    """Envoie une commande comme la page, et rend ce que le noyau lui répond."""
    replies = []
    monitor.send = lambda content, buffers=None: replies.append(content)
    monitor._obey(monitor, {"id": "v-1", **command}, [])
    return replies.pop()


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "rien n'est venu"
        time.sleep(0.005)


# --- parcourir --------------------------------------------------------------------------------


def test_the_steps_pass_unchanged_and_the_training_is_the_same():
    bare, watched = toy(), toy()
    expected = [step.losses for step in bare]
    monitor = shown(TrainingMonitor(watched))
    steps = list(monitor)
    assert [step.index for step in steps] == list(range(1, 41)) and [step.losses for step in steps] == expected
    weights = zip(bare.sampler.parameters(), watched.sampler.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in weights)
    assert monitor.history.losses["critic"] == [losses["critic"] for losses in expected]


def test_it_fits_between_the_other_observers(capsys):
    history = record(progress(TrainingMonitor(pictures())))
    assert history.index == [1, 2, 3, 4, 5, 6]
    wrapped = pictures()
    assert TrainingMonitor(progress(wrapped), training=wrapped).run().index == [1, 2, 3, 4, 5, 6]


def test_outside_a_notebook_nothing_is_drawn():
    monitor = TrainingMonitor(toy())
    state, picture = monitor._state, monitor._picture
    monitor.run()
    assert monitor._state is state and monitor._picture is picture and monitor.loop.status == "finished"


def test_in_a_notebook_it_shows_what_happens():
    monitor = shown(TrainingMonitor(toy()))
    before = monitor._picture
    monitor.run()
    state = monitor._state
    assert (state["status"], state["index"], state["total"]) == ("finished", 40, 40)
    assert state["progress"] == "Terminé, pas 40 sur 40" and "pas par seconde" in state["speed"]
    assert monitor._picture != before
    labels = [curve["label"].split(" : ")[0] for curve in state["curves"]]
    assert set(labels) == {"critique", "générateur", "écart des scores", "pénalité"}


def test_drawing_keeps_to_its_share_of_the_time(monkeypatch):
    """L'horloge avance d'une seconde par pas et de deux par feuille : à 5 %, une feuille au plus toutes les 40 s."""
    now, sheets = [0.0], []
    monitor = TrainingMonitor(toy(AdversarialConfig(steps=200, batch_size=4, critic_steps=1)), share=0.05)
    monitor._repr_mimebundle_()
    monkeypatch.setattr(training_monitor.time, "perf_counter", lambda: now[0])

    def slow_sheet():
        sheets.append(now[0])
        now[0] += 2.0
        return b"\0" * 8

    monkeypatch.setattr(monitor.samples, "refresh", slow_sheet)
    for _ in monitor:
        now[0] += 1.0
    during = sheets[1:-1]
    assert 2 <= len(during) <= 6 and min(np.diff(sheets[:-1])) >= 40


def test_leaving_the_loop_and_coming_back_continues():
    monitor = TrainingMonitor(toy())
    for step in monitor:
        if step.index == 5:
            break
    assert monitor.loop.status == "stopped"
    assert next(iter(monitor)).index == 6


def test_an_interruption_keeps_everything(capsys):
    training = toy()
    monitor = shown(TrainingMonitor(training))
    advance = training._advance

    def interrupted(config):
        if training.state.index == 7:
            raise KeyboardInterrupt
        return advance(config)

    training._advance = interrupted
    history = monitor.run()
    assert history.interrupted and history.index == list(range(1, 8))
    assert monitor._state["status"] == "interrupted" and "au pas 7" in capsys.readouterr().out
    training._advance = advance
    assert monitor.run().index == list(range(1, 41))


def test_an_interruption_in_the_learner_s_own_loop_is_closed_after_the_cell():
    monitor = shown(TrainingMonitor(toy()))
    kept = iter(monitor)
    next(kept)
    assert monitor.loop.status == "running"
    monitor.loop.leave()
    assert monitor._state["status"] == "stopped" and next(iter(monitor)).index == 2


def test_a_failure_is_told_and_raised():
    training = toy()
    training._advance = lambda config: {"critic": torch.tensor(torch.nan)}
    monitor = shown(TrainingMonitor(training))
    with pytest.raises(RuntimeError, match="n'est plus un nombre"):
        monitor.run()
    assert monitor._state["status"] == "failed" and "n'est plus un nombre" in monitor._state["problem"]


def test_a_failing_sample_stops_the_pictures_not_the_training():
    calls = []

    def sample():
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("mémoire épuisée")
        return points(5)

    monitor = shown(TrainingMonitor(toy(), sample=sample))
    assert monitor.run().index[-1] == 40 and "mémoire épuisée" in monitor._state["problem"]


# --- agir pendant que la boucle tourne --------------------------------------------------------


@pytest.fixture
def endless():
    """Un moniteur dont l'entraînement tourne dans son fil, arrêté à la fin."""
    training = toy(AdversarialConfig(steps=10**6, batch_size=8, critic_steps=2, learning_rate=1e-3))
    monitor = shown(TrainingMonitor(training))
    monitor.start()
    wait_until(lambda: monitor.loop.index > 3)
    yield monitor
    monitor.stop()
    monitor.wait(20)
    assert not monitor.loop._apart


def test_the_page_pauses_resumes_and_stops(endless):
    assert told(endless, ask="pause") == {"heard": "v-1"}
    wait_until(lambda: endless.loop.status == "paused")
    wait_until(lambda: endless._state["status"] == "paused")
    index, sent = endless.loop.index, endless._state
    time.sleep(0.3)
    assert endless.loop.index == index and endless._state is sent and sent["progress"].startswith("En pause")
    told(endless, ask="resume")
    wait_until(lambda: endless.loop.index > index + 3)
    told(endless, ask="stop")
    endless.wait(20)
    assert endless._state["status"] == "stopped" and endless.history.index[-1] == endless.loop.index
    assert endless.training.sampler(torch.zeros(1, 2)).isfinite().all()


def test_a_pause_sleeps(endless, monkeypatch):
    """Le fil de l'entraînement attend qu'on le réveille ; il ne regarde pas sans cesse si la pause est finie."""
    waits, wait = [], endless.loop._changed.wait
    monkeypatch.setattr(endless.loop._changed, "wait", lambda seconds: waits.append(seconds) or wait(seconds))
    endless.pause()
    wait_until(lambda: waits)
    time.sleep(0.3)
    assert len(waits) <= 3 and set(waits) == {1.0}


def test_stop_ends_a_pause(endless):
    endless.pause()
    wait_until(lambda: endless.loop.status == "paused")
    endless.stop()
    endless.wait(20)
    assert endless.loop.status == "stopped"


def test_a_slider_acts_on_the_next_step(endless):
    endless.pause()
    wait_until(lambda: endless.loop.status == "paused")
    knob = endless.knobs["penalty_weight"]
    assert told(endless, ask="change", name="penalty_weight", position=len(knob.values) - 1) == {"heard": "v-1"}
    assert endless.training.config.penalty_weight == knob.values[-1]
    told(endless, ask="change", name="critic_steps", position=6)
    index = endless.loop.index
    endless.resume()
    wait_until(lambda: endless.loop.index > index)
    assert endless.training.config.critic_steps == 7
    assert endless.marks == [
        (index + 1, f"Lambda, poids de la pénalité : {in_french(knob.values[-1])}"),
        (index + 1, "Pas critiques par pas du générateur : 7"),
    ]


def test_a_refused_change_is_told_to_the_page(endless):
    reply = told(endless, ask="change", name="batch_size", position=0)
    assert reply["heard"] == "v-1" and reply["error"]
    with pytest.raises(ValueError, match="ne peut pas changer en route"):
        endless.change(batch_size=3)


def test_only_one_loop_at_a_time(endless):
    for again in (endless.start, endless.__iter__):
        with pytest.raises(RuntimeError, match="tourne déjà"):
            again()


def test_orders_that_come_too_late_do_nothing():
    monitor = shown(TrainingMonitor(toy()))
    monitor.run()
    assert told(monitor, ask="stop") == {"heard": "v-1"} and told(monitor, ask="pause") == {"heard": "v-1"}
    assert not monitor.loop._paused and monitor.loop.status == "finished"


def test_a_failure_in_its_own_thread_is_raised_by_wait():
    training = toy()
    training._advance = lambda config: {"critic": torch.tensor(torch.nan)}
    monitor = TrainingMonitor(training)
    monitor.start()
    with pytest.raises(RuntimeError, match="n'est plus un nombre"):
        monitor.wait(20)


def test_the_page_chooses_the_thread_that_hears_it(monkeypatch):
    """ipykernel 7.4 enverrait les messages au fil de la cellule, où ils attendraient sa fin."""

    class Comm:
        comm_id = "c"

        def _reply_subshell_for(self, data, default):
            return None

        def on_msg(self, callback):
            pass

        def send(self, *args, **options):
            pass

        def close(self, *args, **options):
            pass

    monitor = TrainingMonitor(toy())
    monitor.comm = Comm()
    training_monitor.answer_while_busy(monitor)
    assert monitor.comm._reply_subshell_for is None


# --- ce que l'on montre -----------------------------------------------------------------------


def test_samples_keep_the_same_z_and_leave_the_network_in_its_mode():
    torch.manual_seed(0)
    network, critic = Generator(size=32, latent=4, width=4), Critic(size=32, width=4)
    training = train_wgan_gp(network, critic, torch.zeros(8, 3, 32, 32), CALM)
    samples = FixedSamples(training, None, None, 0)
    first, statistics = samples.last, {name: value.clone() for name, value in network.named_buffers()}
    samples.refresh()
    assert first.shape == (16, 3, 32, 32) and torch.equal(samples.last, first) and network.training
    assert all(torch.equal(value, statistics[name]) for name, value in network.named_buffers())
    network.eval()
    z = torch.randn(16, 4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(first, network(z).detach(), atol=1e-6)
    picture = Image.open(io.BytesIO(samples.refresh()))
    assert picture.size == (266, 266)


def test_an_autoencoder_shows_reconstructions_and_a_vae_draws():
    training = pictures(Autoencoder)
    samples = FixedSamples(training, None, None, 0)
    assert samples.caption.startswith("Reconstructions") and len(samples.last) == 8
    assert torch.allclose(samples.last, training.sampler(training.state.batches.images).detach(), atol=1e-5)
    assert FixedSamples(pictures(), None, None, 0).caption == "Tirages, à z fixé"


def test_points_come_with_the_real_ones():
    scene = TrainingMonitor(toy())._scene
    assert scene["kind"] == "points"
    assert np.frombuffer(scene["real"], np.float32).reshape(-1, 2) == pytest.approx(points().numpy())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TrainingMonitor(iter([])), "d'où tirer des images"),
        (lambda: TrainingMonitor(toy(), sample=lambda: torch.zeros(3)), r"\(N, 3, H, W\).*\(3,\)"),
        (lambda: TrainingMonitor(toy(), controls=["batch_size"]), "« batch_size » ne peut pas changer"),
    ],
)
def test_it_says_what_is_wrong_before_any_step(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_knobs_go_through_round_values_and_the_starting_one():
    knobs = {knob.name: knob for knob in knobs_of(AdversarialConfig(learning_rate=1.3e-4))}
    assert list(knobs) == ["learning_rate", "penalty_weight", "critic_steps"]
    rates = knobs["learning_rate"].values
    assert rates[0] == 1.5e-6 and rates[-1] == 1e-3 and 1.3e-4 in rates and list(rates) == sorted(rates)
    assert knobs["penalty_weight"].values[0] == 0 and 10.0 in knobs["penalty_weight"].values
    assert knobs["critic_steps"].values == tuple(range(1, 11))
    assert knobs["penalty_weight"].nearest(9.7) == knobs["penalty_weight"].values.index(10.0)


def test_knobs_follow_the_configuration():
    doubled = AdversarialConfig(critic_steps=((0.0, 5), (0.5, 10)), critic_learning_rate=4e-4)
    knobs = {knob.name: knob for knob in knobs_of(doubled)}
    assert knobs["critic_steps"].values[0] == ((0.0, 5), (0.5, 10))
    assert knobs["critic_steps"].describe()["texts"][:3] == ["5 puis 10", "1", "2"]
    assert "critic_learning_rate" in knobs
    assert [knob.name for knob in knobs_of(TrainingConfig())] == ["learning_rate", "beta"]
    assert [knob.name for knob in knobs_of(CALM, ["clip"])] == ["clip"]


def test_every_value_of_every_knob_is_accepted():
    for training, names in [
        (toy(), ("learning_rate", "penalty_weight", "critic_steps", "clip", "critic_learning_rate")),
        (pictures(), ("learning_rate", "beta", "noise")),
    ]:
        for knob in knobs_of(training.config, names):
            for value in knob.values:
                training.change(**{knob.name: value})


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.002, "0,002"), (2e-4, "2·10⁻⁴"), (1e-4, "10⁻⁴"), (1.5e-6, "1,5·10⁻⁶"), (10.0, "10"), (0.0, "0"), (5, "5")],
)
def test_settings_are_written_in_french(value, text):
    assert in_french(value) == text


def test_the_lambda_slider_hides_when_there_is_no_penalty():
    from lessons_lib.training import train_gan

    monitor = shown(TrainingMonitor(train_gan(ToyGenerator(hidden=4), ToyCritic(hidden=4), points(), CALM)))
    assert monitor._state["hidden"] == []
    monitor.run()
    assert monitor._state["hidden"] == ["penalty_weight"]


def test_curves_keep_their_means_and_extremes_however_long():
    losses = {"critic": np.sin(np.arange(5000)).tolist(), "late": [1.0, 2.0]}
    long, late = curves_of(History(index=list(range(1, 5001)), losses=losses))
    assert len(long.x) == MOST_POINTS and long.low.min() < -0.999 and long.high.max() > 0.999
    assert long.mean.mean() == pytest.approx(np.sin(np.arange(5000)).mean(), abs=1e-6)
    assert late.x.tolist() == [4999, 5000] and late.bounds[0] < 1 < 2 < late.bounds[1]


@pytest.mark.parametrize(
    ("value", "text"), [(12.345, "12,3"), (-0.5, "−0,5"), (1290.4, "1\u202f290"), (-2.5e-4, "−2,5·10⁻⁴"), (0.0, "0")]
)
def test_last_values_are_written_in_french(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("rate", "left", "text"),
    [
        (0, 5, ""),
        (12.34, 100, "12,3 pas par seconde, reste 8 s"),
        (0.4, 50, "2,5 s par pas, reste 2 min 5 s"),
        (1, 7300, "1 pas par seconde, reste 2 h 1 min"),
        (3, 0, "3 pas par seconde"),
    ],
)
def test_speed_and_time_left_in_words(rate, left, text):
    assert speed_in_french(rate, left) == text


def test_the_speed_does_not_count_pauses():
    monitor, start = TrainingMonitor(toy()), time.perf_counter()
    for step in monitor:
        if step.index == 10:
            monitor.pause()
            threading.Timer(0.5, monitor.resume).start()
    elapsed = time.perf_counter() - start
    assert 39 / monitor.loop.rate <= elapsed - 0.45


@pytest.mark.parametrize("train", [toy, pictures])
def test_notebook_keeps_a_light_still_and_a_stable_text(train):
    monitor = TrainingMonitor(train())
    monitor.run()
    monitor.marks.append((3, "Lambda : 1"))
    data, metadata = monitor._repr_mimebundle_()
    assert data["text/plain"] == repr(monitor) == f"TrainingMonitor({monitor.loop.total} pas)"
    assert "application/vnd.jupyter.widget-view+json" in data and metadata["image/jpeg"]["alt"]
    picture = base64.b64decode(data["image/jpeg"])
    assert len(picture) <= STILL_BYTES and np.asarray(Image.open(io.BytesIO(picture))).std() > 20
