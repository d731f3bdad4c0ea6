"""Leçon 05 : l'écrêtage, vérifié sur les paramètres d'un petit réseau que la fonction modifie sur place.

On lit après l'appel les paramètres que l'optimiseur connaît, puis leurs gradients : la fonction peut ne rien rendre. Un
paramètre gelé n'est pas lu : il n'apprendra plus.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from lessons_lib.checks.exercise import Case, Exercise, Mistake

FROZEN = "les paramètres ne demandent plus de gradient : la critique n'apprendra plus."


class Witness(nn.Sequential):
    """Un réseau qui retient si l'on a regardé en lui : sinon, la fonction n'a rien fait."""

    def __getattribute__(self, name: str):
        object.__getattribute__(self, "__dict__")["looked_at"] = True
        return super().__getattribute__(name)


def network(widths: tuple[int, ...], values: Tensor, gradients: Tensor) -> Witness:
    """Des couches linéaires de ces largeurs ; leurs paramètres et leurs gradients valent, bout à bout, ceux-ci."""
    layers = [nn.Linear(*pair) for pair in pairwise(widths)]
    critic = Witness(*[module for layer in layers for module in (layer, nn.LeakyReLU(0.2))][:-1])
    parameters = list(critic.parameters())
    sizes = [parameter.numel() for parameter in parameters]
    for parameter, value, gradient in zip(parameters, values.split(sizes), gradients.split(sizes), strict=True):
        parameter.data = value.view_as(parameter).clone()
        parameter.grad = gradient.view_as(parameter).clone()
    return critic


def measure(
    function: Callable, widths: tuple[int, ...], values: Tensor, gradients: Tensor, limit: float
) -> Tensor | object:
    """Les paramètres, puis les gradients, bout à bout, après l'appel ; ce que rend la fonction si elle n'a rien lu."""
    critic = network(widths, values, gradients)
    parameters = list(critic.parameters())
    vars(critic)["looked_at"] = False
    result = function(critic, limit)
    if not object.__getattribute__(critic, "__dict__")["looked_at"]:
        return result
    learning = [parameter for parameter in parameters if parameter.requires_grad]
    everything = [*learning, *(parameter.grad for parameter in parameters if parameter.grad is not None)]
    return torch.cat([tensor.detach().flatten() for tensor in everything])


def reference_clip(widths: tuple[int, ...], values: Tensor, gradients: Tensor, limit: float) -> Tensor:
    """Les valeurs écrêtées par NumPy ; les gradients comme ils étaient."""
    return torch.cat([torch.from_numpy(np.clip(values.numpy(), -limit, limit)), gradients])


def _on_each(change: Callable[[Tensor, float], Tensor], keep: Callable[[str], bool] = lambda name: True) -> Callable:
    """Une fonction qui remplace par `change(valeurs, limite)` les paramètres dont le nom est gardé."""

    def wrong(critic: nn.Module, limit: float) -> None:
        for name, parameter in critic.named_parameters():
            if keep(name):
                parameter.data = change(parameter.data, limit)

    return wrong


def _clip(values: Tensor, limit: float) -> Tensor:
    return values.clamp(-limit, limit)


def freeze_and_clip(critic: nn.Module, limit: float) -> None:
    critic.requires_grad_(False)
    _on_each(_clip)(critic, limit)


def _clip_gradients(critic: nn.Module, limit: float) -> None:
    nn.utils.clip_grad_value_(critic.parameters(), limit)


def _clip_everything(critic: nn.Module, limit: float) -> None:
    _on_each(_clip)(critic, limit)
    _clip_gradients(critic, limit)


def _cases() -> tuple[Case, ...]:
    generator = torch.Generator().manual_seed(5)
    values, gradients = torch.randn(2, 13, generator=generator)
    steep = torch.tensor([0.7, -3.0, 2.0])
    return (
        Case(
            "deux poids 2 et -0.3, un biais 1, limit = 0.5 (on lit les paramètres, puis leurs gradients)",
            ((2, 1), torch.tensor([2.0, -0.3, 1.0]), steep, 0.5),
        ),
        Case(
            "deux poids -3 et 0.2, un biais -2, limit = 1 (les paramètres, puis leurs gradients)",
            ((2, 1), torch.tensor([-3.0, 0.2, -2.0]), steep, 1.0),
        ),
        Case(
            "deux poids 2 et -0.3, un biais 1, limit = 5 : rien ne dépasse, rien ne doit changer",
            ((2, 1), torch.tensor([2.0, -0.3, 1.0]), steep, 5.0),
        ),
        Case(
            "une critique à deux couches, limit = 0.1 (tous les paramètres bout à bout, puis leurs gradients)",
            ((2, 3, 1), values, gradients, 0.1),
        ),
    )


CLIPPING = Exercise(
    signature="clip_weights(critic, limit)",
    cases=_cases(),
    reference=reference_clip,
    measure=measure,
    mistakes=(
        Mistake(
            "les paramètres que l'optimiseur connaît n'ont pas bougé : rien n'est écrêté, ou seulement des copies.",
            lambda critic, limit: [parameter.clamp(-limit, limit) for parameter in critic.parameters()],
        ),
        Mistake(FROZEN, freeze_and_clip),
        Mistake(
            "ce sont les gradients qui sont écrêtés : c'est un autre remède, et les poids restent libres.",
            _clip_gradients,
        ),
        Mistake("les gradients sont écrêtés aussi ; seuls les paramètres doivent l'être.", _clip_everything),
        Mistake(
            "les biais sont restés libres : l'algorithme borne tous les paramètres.",
            _on_each(_clip, keep=lambda name: name.endswith("weight")),
        ),
        Mistake(
            "seuls les biais sont bornés ; la pente vient des poids.",
            _on_each(_clip, keep=lambda name: name.endswith("bias")),
        ),
        Mistake(
            "seule la première couche est bornée : la pente est le produit de toutes les couches.",
            _on_each(_clip, keep=lambda name: name.startswith("0.")),
        ),
        Mistake(
            "la borne reçue n'est pas employée : c'est toujours 0,01, celle de l'article.",
            _on_each(lambda values, limit: values.clamp(-0.01, 0.01)),
        ),
        Mistake(
            "la borne reçue n'est pas employée : c'est toujours 1.",
            _on_each(lambda values, limit: values.clamp(-1, 1)),
        ),
        Mistake(
            "la borne du bas manque : les poids très négatifs restent libres.",
            _on_each(lambda values, limit: values.clamp(max=limit)),
        ),
        Mistake(
            "la borne du haut manque : les grands poids positifs restent libres.",
            _on_each(lambda values, limit: values.clamp(min=-limit)),
        ),
        Mistake(
            "la borne du bas est 0 : tous les poids négatifs disparaissent.",
            _on_each(lambda values, limit: values.clamp(0, limit)),
        ),
        Mistake(
            "les deux bornes sont échangées : tous les paramètres deviennent égaux.",
            _on_each(lambda values, limit: values.clamp(limit, -limit)),
        ),
        Mistake(
            "le signe est perdu : les poids négatifs sont devenus positifs.",
            _on_each(lambda values, limit: values.abs().clamp(max=limit)),
        ),
        Mistake(
            "tous les paramètres sont poussés à la borne, même ceux qui étaient dans l'intervalle.",
            _on_each(lambda values, limit: limit * values.sign()),
        ),
        Mistake(
            "ce qui dépasse est mis à zéro ; il faut le ramener à la borne la plus proche.",
            _on_each(lambda values, limit: values.where(values.abs() <= limit, 0)),
        ),
        Mistake(
            "les paramètres sont multipliés par la borne : les petits changent aussi.",
            _on_each(lambda values, limit: limit * values),
        ),
        Mistake(
            "chaque tenseur est ramené à une norme donnée : c'est une normalisation, et non un écrêtage.",
            _on_each(lambda values, limit: limit * values / values.norm()),
        ),
        Mistake(
            "tout un tenseur est réduit d'un même facteur pour que son plus grand poids touche la borne.",
            _on_each(lambda values, limit: limit * values / values.abs().max()),
        ),
    ),
    verified=(
        "poids et biais de toutes les couches, des deux côtés, sur place",
        "ce qui ne dépasse pas reste tel quel ; les gradients aussi",
        "égal à numpy.clip pour les treize paramètres d'une critique à deux couches",
    ),
)
