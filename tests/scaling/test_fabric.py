"""Deux processus gloo donnent le même entraînement qu'un seul, avec le même lot global."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from course.environnement import ROOT
from lessons_lib.models import VAE
from lessons_lib.training import TrainingConfig, train_vae
from lessons_lib.training.processes import open_fabric

WORKLOAD = Path(__file__).with_name("workload.py")
NAMES = ["autoencoder", "vae", "wgan_gp", "wgan_gp_double", "frugal_double", "frugal_double_resumed"]
TOLERANCE = 1e-4


def launch(*arguments, processes=1, **variables):
    """Lance un programme Python seul, ou par torchrun ; rend sa sortie."""
    torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    command = [sys.executable, *(torchrun if processes > 1 else []), *map(str, arguments)]
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"} | variables
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=250, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """{nombre de processus: ce que workload.py a écrit}."""
    folder = tmp_path_factory.mktemp("processus")
    for processes in (1, 2):
        launch(WORKLOAD, folder / f"{processes}.json", processes=processes)
    return {processes: json.loads((folder / f"{processes}.json").read_text("utf-8")) for processes in (1, 2)}


def test_the_two_runs_had_one_and_two_processes(runs):
    assert [runs[processes]["processes"] for processes in (1, 2)] == [1, 2]
    assert set(NAMES) == set(runs[1]["trainings"]) == set(runs[2]["trainings"])


@pytest.mark.parametrize("name", NAMES)
def test_two_processes_give_the_losses_of_one(runs, name):
    """L'écart est relatif pour les pertes du VAE, qui se comptent en milliers de nats ; absolu pour les autres."""
    one, two = (runs[processes]["trainings"][name] for processes in (1, 2))
    for loss, values in one["losses"].items():
        gaps = [abs(a - b) / max(1, abs(a)) for a, b in zip(values, two["losses"][loss], strict=True)]
        assert len(gaps) == (30 if name.endswith("resumed") else 50)
        assert max(gaps) < TOLERANCE, loss
    assert two["sample"] == pytest.approx(one["sample"], abs=TOLERANCE)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "wgan_gp"])
def test_those_trainings_do_train(runs, name):
    """Des pertes qui ne bougeraient pas s'accorderaient toujours."""
    losses = runs[1]["trainings"][name]["losses"]
    values = losses.get("loss") or losses["gap"]
    assert abs(values[-1] - values[0]) > 0.05 * abs(values[0])


def test_resuming_changes_nothing(runs):
    for processes in (1, 2):
        whole, rest = (runs[processes]["trainings"][name] for name in ("frugal_double", "frugal_double_resumed"))
        assert rest["losses"] == {loss: values[20:] for loss, values in whole["losses"].items()}


def test_every_process_has_the_same_networks_and_average(runs):
    assert runs[2]["spread"] == 0


def test_entrainer_gives_the_same_weights_on_two_processes(tmp_path):
    """Seul le premier processus parle et écrit ; les poids sont ceux d'un processus seul."""
    script = WORKLOAD.with_name("tiny_recipe.py")
    folders = {processes: tmp_path / f"{processes}" for processes in (1, 2)}
    outputs = {
        processes: launch(script, folder, processes=processes, COURS_LOTUS_CACHE=str(tmp_path / "cache"))
        for processes, folder in folders.items()
    }
    assert outputs[2].replace("\u00a0", " ").count("petit : VAE") == 1
    assert not list((folders[2] / "entrainements").iterdir())
    one, two = (load_file(folder / "weights" / "petit.safetensors") for folder in folders.values())
    for name, value in one.items():
        assert torch.allclose(value, two[name], atol=1e-5), name


def test_a_program_on_its_own_needs_no_fabric(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    assert open_fabric() is None
    assert "lightning_fabric" not in launch("-c", "import lessons_lib.training, sys; print(*sys.modules)")


def test_wrong_launches_are_refused_in_words(monkeypatch):
    for name, value in {"TORCHELASTIC_RUN_ID": "essai", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="« mps »"):
        open_fabric("mps")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="2 processus sur cette machine, qui a 1 GPU"):
        open_fabric("cuda")
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    with pytest.raises(ModuleNotFoundError, match="grandeur"):
        open_fabric("cpu")


def test_a_batch_that_cannot_be_shared_is_refused_before_training():
    class Pair:
        global_rank, world_size, device = 0, 2, torch.device("cpu")

        class strategy:
            class precision:
                precision = "32-true"

    with pytest.raises(ValueError, match="multiple de 2"):
        train_vae(VAE(32, latent=2, width=4), torch.zeros(9, 3, 32, 32), TrainingConfig(batch_size=9), fabric=Pair)
    Pair.strategy.precision.precision = "bf16-mixed"
    with pytest.raises(ValueError, match=r"réglez config\.precision"):
        train_vae(VAE(32, latent=2, width=4), torch.zeros(8, 3, 32, 32), fabric=Pair)
