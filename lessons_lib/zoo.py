"""Le zoo : des réseaux déjà entraînés, livrés avec le cours, et la fiche de chacun.

Les poids sont des fichiers safetensors ; la fiche JSON à côté dit la recette, la durée et les figures finales.
"""

import json
import math
import os
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lessons_lib.losses import kl_to_standard_normal, squared_error
from lessons_lib.models import MODELS

WEIGHTS = Path(__file__).with_name("weights")


def names() -> list[str]:
    """Les noms des réseaux livrés."""
    return sorted(path.stem for path in WEIGHTS.glob("*.json"))


def card(name: str) -> dict:
    """La fiche d'un réseau : recette, version des données, durée en secondes, figures finales.

    Lève ValueError pour un nom inconnu, en donnant la liste.
    """
    path = WEIGHTS / f"{name}.json"
    if not path.is_file():
        raise ValueError(f"Aucun réseau « {name} » dans le zoo. Il contient : {', '.join(names())}.")
    return json.loads(path.read_text(encoding="utf-8"))


def load(name: str) -> nn.Module:
    """Le réseau entraîné, sur le CPU, en mode évaluation et sans gradient. Lève ValueError pour un nom inconnu."""
    recipe = card(name)["recipe"]
    model = MODELS[recipe["model"]](size=recipe["size"], latent=recipe["latent"], width=recipe["width"])
    model.load_state_dict(load_file(WEIGHTS / f"{name}.safetensors"))
    return model.eval().requires_grad_(False)


@torch.inference_mode()
def final_figures(model: nn.Module, images: Tensor) -> dict[str, float]:
    """Les figures d'une fiche, sur des images jamais vues.

    images : (N, 3, H, W). Rend ``squared_error`` (norme au carré par image), ``psnr`` (décibels, pour une
    amplitude de 2) et, pour un VAE décodé en mu, ``kl`` (nats par image) et ``active`` (dimensions dont la KL
    dépasse 0,05 nat).
    """
    codes = model.encode(images)
    mu = codes[0] if isinstance(codes, tuple) else codes
    error = float(squared_error(model.decode(mu), images))
    figures = {"squared_error": error, "psnr": 10 * math.log10(4 * images[0].numel() / error)}
    if isinstance(codes, tuple):
        by_dimension = kl_to_standard_normal(*codes, per_dimension=True)
        figures["kl"] = float(by_dimension.sum())
        figures["active"] = int((by_dimension > 0.05).sum())
    return figures


def save(name: str, model: nn.Module, fiche: dict) -> None:
    """Écrit les poids puis la fiche, chacun d'un seul coup."""
    WEIGHTS.mkdir(exist_ok=True)
    weights = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    temporary = WEIGHTS / f"{name}.{os.getpid()}.tmp"
    save_file(weights, temporary)
    temporary.chmod(0o644)
    os.replace(temporary, WEIGHTS / f"{name}.safetensors")
    temporary.write_text(json.dumps(fiche, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, WEIGHTS / f"{name}.json")
