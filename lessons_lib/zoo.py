"""Le zoo : des réseaux déjà entraînés, livrés avec le cours, la fiche de chacun, et les planches d'entraînement.

Les poids sont des fichiers safetensors ; la fiche JSON à côté dit la recette, la durée et les figures finales.
"""

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from lessons_lib.images import from_array, grid, to_jpeg, to_png
from lessons_lib.losses import kl_to_standard_normal, squared_error
from lessons_lib.metrics import TextureDistance, nearest_neighbour_ratio, precision_recall, thumbnails
from lessons_lib.models import MODELS

WEIGHTS = Path(__file__).with_name("weights")


def names() -> list[str]:
    """Les noms des réseaux livrés."""
    return sorted(path.stem for path in WEIGHTS.glob("*.json"))


def card(name: str, folder: Path | None = None) -> dict:
    """La fiche d'un réseau : recette, version des données, durée en secondes, figures finales.

    folder : où il est rangé, si ce n'est pas un réseau livré. Lève ValueError pour un nom inconnu, en donnant la liste.
    """
    path = Path(folder or WEIGHTS) / f"{name}.json"
    if not path.is_file():
        raise ValueError(f"Aucun réseau « {name} » dans le zoo. Il contient : {', '.join(names())}.")
    return json.loads(path.read_text(encoding="utf-8"))


def load(name: str, folder: Path | None = None) -> nn.Module:
    """Le réseau entraîné, sur le CPU, en mode évaluation et sans gradient.

    folder : où il est rangé, si ce n'est pas un réseau livré. Lève ValueError pour un nom inconnu.
    """
    recipe = card(name, folder)["recipe"]
    model = MODELS[recipe["model"]](size=recipe["size"], latent=recipe["latent"], width=recipe["width"])
    model.load_state_dict(load_file(Path(folder or WEIGHTS) / f"{name}.safetensors"))
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


@torch.inference_mode()
def generated_figures(model: nn.Module, train: Tensor, held_out: Tensor) -> dict[str, float]:
    """Les figures d'un générateur ou d'un décodeur, sur 256 images de codes z ~ N(0, I) toujours les mêmes.

    train, held_out : (N, 3, H, W), les images apprises et d'autres, jamais vues. Rend ``texture`` (distance de textures
    aux images jamais vues : 0 au mieux), ``precision``, ``recall`` et ``neighbours``, voir :mod:`lessons_lib.metrics`.
    """
    draw = getattr(model, "decode", model)
    z = torch.randn(256, model.latent, generator=torch.Generator().manual_seed(0))
    fake = torch.cat([draw(part) for part in z.split(64)])
    precision, recall = precision_recall(thumbnails(held_out), thumbnails(fake))
    return {
        "texture": TextureDistance(held_out)(fake),
        "precision": precision,
        "recall": recall,
        "neighbours": nearest_neighbour_ratio(fake, train, held_out),
    }


def montage(name: str) -> list[tuple[int, Tensor]]:
    """La planche d'un entraînement : à chaque étape, son numéro de pas et les images du même bruit, (K, 3, H, W).

    Lève ValueError si la recette n'a pas gardé d'étapes.
    """
    recipe = card(name)["recipe"]
    if not recipe.get("stages"):
        with_stages = ", ".join(other for other in names() if card(other)["recipe"].get("stages"))
        raise ValueError(f"« {name} » n'a pas de planche d'entraînement. En ont une : {with_stages}.")
    size = recipe["size"]
    with Image.open(WEIGHTS / f"{name}.jpg") as sheet:
        rows = from_array(np.asarray(sheet)).split(size, dim=1)
    return [(index, torch.stack(row.split(size, dim=2))) for index, row in zip(recipe["stages"], rows, strict=True)]


def save_stage(path: Path, images: Tensor) -> None:
    """Garde les images d'une étape, (K, 3, H, W), en une bande PNG : rien ne s'en perd si l'entraînement s'arrête."""
    _replace(path, to_png(grid(images.cpu(), columns=len(images), padding=0)))


def save(name: str, model: nn.Module, fiche: dict, stages: Sequence[Path] = (), folder: Path | None = None) -> None:
    """Écrit les poids, la planche s'il y en a une, puis la fiche, chacun d'un seul coup, dans ``folder`` ou le zoo."""
    folder = folder or WEIGHTS
    weights = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    _replace(folder / f"{name}.safetensors", save_tensors(weights))
    if stages:
        rows = [np.asarray(Image.open(path)) for path in stages]
        _replace(folder / f"{name}.jpg", to_jpeg(from_array(np.concatenate(rows)), quality=85))
    _replace(folder / f"{name}.json", (json.dumps(fiche, ensure_ascii=False, indent=1) + "\n").encode())


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
