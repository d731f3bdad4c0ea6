"""Leçon 06 : la moyenne mobile exponentielle des poids, faite en place, et refaite à la main sur de petits réseaux."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lessons_lib.checks.exercise import Case, Exercise, Mistake, Unexpected

WEIGHTS, PLACE, MODEL, BUFFERS, FREE = (torch.tensor(k) for k in range(5))


def flat(tensors) -> Tensor:
    """Tous ces tenseurs bout à bout, en double précision, détachés."""
    return torch.cat([torch.zeros(0).double(), *(tensor.detach().double().flatten() for tensor in tensors)])


def measure_average(function: Callable, average: nn.Module, model: nn.Module, decay: float, what: Tensor) -> Tensor:
    """Une propriété de ce que la fonction rend, ou de ce qu'elle a fait aux deux réseaux."""
    result = function(average, model, decay)
    if result is None:
        return None
    if not isinstance(result, nn.Module):
        raise Unexpected(type(result).__name__)
    return {
        int(WEIGHTS): lambda: flat(result.parameters()),
        int(PLACE): lambda: flat(average.parameters()),
        int(MODEL): lambda: flat(model.parameters()),
        int(BUFFERS): lambda: flat(result.buffers()),
        int(FREE): lambda: torch.tensor(any(weight.requires_grad for weight in average.parameters())),
    }[int(what)]()


def reference_average(average: nn.Module, model: nn.Module, decay: float, what: Tensor) -> Tensor:
    """Une part de moyenne, le reste de modèle, nombre par nombre."""
    pairs = zip(flat(average.parameters()).tolist(), flat(model.parameters()).tolist(), strict=True)
    mean = torch.tensor([decay * old + (1 - decay) * new for old, new in pairs], dtype=torch.float64)
    return {
        int(WEIGHTS): mean,
        int(PLACE): mean,
        int(MODEL): flat(model.parameters()),
        int(BUFFERS): flat(model.buffers()),
        int(FREE): torch.tensor(False),
    }[int(what)]


def one_weight(value: float) -> nn.Module:
    """Un réseau d'un seul poids."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, value)
    return network


def network(seed: int) -> nn.Module:
    """Un réseau de huit poids, avec une normalisation par lot et ses tampons, tous différents."""
    generator = torch.Generator().manual_seed(seed)
    made = nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2))
    for tensor in (*made.parameters(), made[1].running_mean, made[1].running_var):
        tensor.data.uniform_(0.5, 2, generator=generator)
    made[1].num_batches_tracked.fill_(10 * seed)
    return made


def _average_cases() -> tuple[Case, ...]:
    simple = one_weight(0.0).requires_grad_(False), one_weight(1.0), 0.9
    back = one_weight(2.0).requires_grad_(False), one_weight(1.0), 0.75
    whole = network(1).requires_grad_(False), network(2), 0.8
    return (
        Case("un seul poids : 0 dans la moyenne, 1 dans le modèle ; decay = 0,9", (*simple, WEIGHTS)),
        Case("un seul poids : 2 dans la moyenne, 1 dans le modèle ; decay = 0,75", (*back, WEIGHTS)),
        Case("tous les paramètres d'un petit réseau, decay = 0,8", (*whole, WEIGHTS)),
        Case("les paramètres de `average` après l'appel", (*whole, PLACE)),
        Case("les paramètres du modèle après l'appel", (*whole, MODEL)),
        Case("la moyenne, la variance et le compte de BatchNorm : les tampons", (*whole, BUFFERS)),
        Case("la moyenne demande-t-elle un gradient après l'appel ?", (*whole, FREE)),
    )


def _blend(
    rule: Callable[[Tensor, Tensor, float], Tensor],
    buffers: Callable[[Tensor, Tensor, float], Tensor] = lambda kept, current, decay: current,
    *,
    count: int | None = None,
) -> Callable:
    """Une réponse fausse, en place : sa règle pour les paramètres (les `count` premiers), et pour les tampons."""

    @torch.no_grad()
    def answer(average: nn.Module, model: nn.Module, decay: float) -> nn.Module:
        for kept, current in list(zip(average.parameters(), model.parameters(), strict=True))[:count]:
            kept.copy_(rule(kept, current, decay))
        for kept, current in zip(average.buffers(), model.buffers(), strict=True):
            kept.copy_(buffers(kept, current, decay))
        return average

    return answer


def _mean(kept: Tensor, current: Tensor, decay: float) -> Tensor:
    return decay * kept + (1 - decay) * current


def _copied(average: nn.Module, model: nn.Module, decay: float) -> nn.Module:
    twin = network(0) if len(list(average.buffers())) else one_weight(0.0)
    twin.load_state_dict(average.state_dict())
    return _blend(_mean)(twin, model, decay)


def _into_model(*, returned: bool) -> Callable:
    """Le modèle prend la moyenne, puis est rendu, ou `average` l'est."""

    @torch.no_grad()
    def answer(average: nn.Module, model: nn.Module, decay: float) -> nn.Module:
        for kept, current in zip(average.parameters(), model.parameters(), strict=True):
            current.copy_(_mean(kept, current, decay))
        return _blend(lambda kept, current, decay: kept)(model if returned else average, model, decay)

    return answer


def _attached(average: nn.Module, model: nn.Module, decay: float) -> nn.Module:
    for kept, current in zip(average.parameters(), model.parameters(), strict=True):
        kept.mul_(decay).add_((1 - decay) * current)
    return _blend(lambda kept, current, decay: kept)(average, model, decay)


INTO_MODEL = "c'est le modèle qui est modifié : l'entraînement repartirait de la moyenne."

AVERAGE = Exercise(
    signature="update_average(average, model, decay)",
    cases=_average_cases(),
    reference=reference_average,
    measure=measure_average,
    returns="un réseau",
    mistakes=(
        Mistake(
            "les deux parts sont échangées : la moyenne oublie presque tout son passé à chaque pas.",
            _blend(lambda kept, current, decay: _mean(kept, current, 1 - decay)),
        ),
        Mistake(
            "la moyenne devient une copie du modèle : rien n'est moyenné.", _blend(lambda kept, current, _: current)
        ),
        Mistake(
            "la moyenne n'a pas changé : le résultat du calcul est rangé dans une nouvelle variable, puis perdu.",
            _blend(lambda kept, current, _: kept),
        ),
        Mistake(
            "le modèle s'ajoute avec tout son poids : les deux parts doivent faire 1.",
            _blend(lambda kept, current, decay: decay * kept + current),
        ),
        Mistake(
            "la moyenne garde tout son poids, et le modèle s'y ajoute : elle grandirait sans fin.",
            _blend(lambda kept, current, decay: kept + (1 - decay) * current),
        ),
        Mistake(
            "`decay` est ignoré : les deux réseaux ont la même part.",
            _blend(lambda kept, current, _: (kept + current) / 2),
        ),
        Mistake(
            "une correction de biais a été ajoutée : elle ne sert qu'à une moyenne partie de zéro.",
            _blend(lambda kept, current, decay: _mean(kept, current, decay) / (1 - decay)),
        ),
        Mistake(
            "l'ancienne moyenne est oubliée : il ne reste qu'une petite part du modèle.",
            _blend(lambda kept, current, decay: (1 - decay) * current),
        ),
        Mistake(
            "le signe de l'écart est changé : la moyenne s'éloigne du modèle.",
            _blend(lambda kept, current, decay: kept - (1 - decay) * (current - kept)),
        ),
        Mistake(
            "seul le premier paramètre est mis à jour : un `return` est-il resté dans la boucle ?",
            _blend(_mean, lambda kept, current, decay: kept, count=1),
        ),
        Mistake(
            "les tampons sont oubliés : les statistiques de BatchNorm resteraient celles du premier pas.",
            _blend(_mean, lambda kept, current, decay: kept),
        ),
        Mistake(
            "les tampons sont moyennés eux aussi : ici, ils se recopient.",
            _blend(_mean, _mean),
        ),
        Mistake(
            "un nouveau réseau est rendu : `average` lui-même n'a pas changé, et la boucle l'ignorera.",
            _copied,
        ),
        Mistake(INTO_MODEL, _into_model(returned=True)),
        Mistake(INTO_MODEL, _into_model(returned=False)),
        Mistake(
            "la moyenne retient le gradient : elle garde la mémoire de tous les pas, et le graphe grandit sans fin.",
            _attached,
        ),
    ),
    verified=(
        "une part `decay` de moyenne, le reste de modèle, pour tous les paramètres",
        "en place : `average` change, le modèle non",
        "les tampons sont recopiés, et aucun gradient n'est retenu",
    ),
)
