"""load_torchvision : répare ce qui doit l'être, et rien d'autre."""

import subprocess
import sys

import pytest
import torch

from lessons_lib import torchvision_compat

BROKEN_EXTENSION = """
import torch
def refuse(path):
    raise OSError("undefined symbol")
torch.ops.load_library = refuse

try:
    import torchvision
except RuntimeError as error:
    assert "torchvision::nms" in str(error)
else:
    raise SystemExit("l'import aurait dû échouer")

from lessons_lib.torchvision_compat import load_torchvision
torchvision = load_torchvision()
assert load_torchvision() is torchvision

import torchvision.datasets
from torchvision.transforms import v2
image = torch.arange(12.0).reshape(3, 2, 2)
assert torch.equal(v2.RandomHorizontalFlip(p=1.0)(image), image.flip(-1))
assert torchvision.utils.make_grid(torch.zeros(4, 3, 2, 2), nrow=2, padding=1).shape == (3, 7, 7)
assert torchvision.datasets.Flowers102.__name__ == "Flowers102"
import gc
gc.collect()
assert hasattr(torch.ops.torchvision, "nms") and hasattr(torch.ops.torchvision, "qnms")
"""


@pytest.fixture
def fresh_load():
    """load_torchvision sans sa mémoire."""
    return torchvision_compat.load_torchvision.__wrapped__


def test_broken_extension_is_repaired_even_after_a_failed_import():
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", BROKEN_EXTENSION], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr


def test_this_installation_gives_datasets_transforms_and_utils():
    torchvision = torchvision_compat.load_torchvision()
    assert sys.modules["torchvision"] is torchvision
    assert torchvision.transforms and torchvision.datasets and torchvision.utils


def test_healthy_installation_is_left_alone(fresh_load, monkeypatch):
    healthy = object()
    declared = len(torchvision_compat._declared)
    monkeypatch.setattr(torchvision_compat.importlib, "import_module", lambda name: healthy)
    assert fresh_load() is healthy
    assert len(torchvision_compat._declared) == declared


def test_operators_that_exist_are_not_declared_again():
    torchvision_compat.load_torchvision()
    before = torch.ops.torchvision.nms.default._schema
    torchvision_compat._declare_missing_operators()
    assert torch.ops.torchvision.nms.default._schema == before


def test_another_failure_is_explained_in_french(fresh_load, monkeypatch):
    def fail(name):
        raise RuntimeError("compiled with different CUDA major versions")

    monkeypatch.setattr(torchvision_compat.importlib, "import_module", fail)
    declared = len(torchvision_compat._declared)
    with pytest.raises(RuntimeError, match="Réinstallez les deux ensemble") as caught:
        fresh_load()
    assert len(torchvision_compat._declared) == declared
    assert "CUDA major versions" in str(caught.value.__cause__)


def test_torchvision_not_installed_stays_a_missing_module(fresh_load, monkeypatch):
    def fail(name):
        raise ModuleNotFoundError("No module named 'torchvision'")

    monkeypatch.setattr(torchvision_compat.importlib, "import_module", fail)
    with pytest.raises(ModuleNotFoundError):
        fresh_load()
