"""Leçon 08 : séparer sans couper un groupe de quasi-doubles. Le tirage est libre : on en mesure les propriétés."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake

SEEDS = 40
SHAPE, CUT, SIZE, CHANCE, VARIED, GIVEN = (torch.tensor(k) for k in range(6))


def measure_split(function: Callable, count: Tensor, pairs: Tensor, held_out: Tensor, what: Tensor) -> Tensor:
    """Une propriété de la séparation, sur plusieurs graines."""

    def draw(seed: int) -> Tensor:
        return function(int(count), pairs.clone(), int(held_out), torch.Generator().manual_seed(seed))

    first = draw(0)
    if first is None or isinstance(first, str):
        return first
    first = torch.as_tensor(first)
    if what == SHAPE or first.shape != (int(count),):
        return torch.tensor(first.shape)
    if what == GIVEN:
        return torch.tensor(
            int(all(bool((torch.as_tensor(draw(s)) == torch.as_tensor(draw(s))).all()) for s in range(5)))
        )
    masks = torch.stack([first.bool(), *(torch.as_tensor(draw(seed)).bool() for seed in range(1, SEEDS))])
    if what == CUT:
        return torch.tensor(int((masks[:, pairs[:, 0]] != masks[:, pairs[:, 1]]).any()))
    if what == VARIED:
        return torch.tensor(int((masks != masks[:1]).any()))
    groups = groups_of(int(count), pairs)
    if what == CHANCE:
        doubled = np.bincount(groups)[groups] > 1
        return torch.stack([masks[:, ~doubled].any(dim=0).all(), masks[:, doubled].any(dim=0).all()]).long()
    sizes = masks.sum(dim=1)
    held = [np.bincount(groups[mask.numpy()]).max(initial=0) for mask in masks]
    too_many = sizes - torch.as_tensor(np.array(held)) >= int(held_out)
    return torch.stack([(sizes < int(held_out)).any(), too_many.any()]).long()


def groups_of(count: int, pairs: Tensor) -> np.ndarray:
    """Le numéro de groupe de chaque image, par SciPy."""
    i, j = pairs.numpy().T
    return connected_components(coo_matrix((np.ones(len(i)), (i, j)), shape=(count, count)), directed=False)[1]


def reference_split(count: Tensor, pairs: Tensor, held_out: Tensor, what: Tensor) -> Tensor:
    """Ce que l'on doit mesurer : rien de coupé, le compte juste, et un vrai tirage."""
    expected = {
        int(SHAPE): torch.tensor([int(count)]),
        int(CUT): torch.tensor(0),
        int(SIZE): torch.tensor([0, 0]),
        int(CHANCE): torch.tensor([1, 1]),
        int(VARIED): torch.tensor(1),
        int(GIVEN): torch.tensor(1),
    }
    return expected[int(what)]


def _split_cases() -> tuple[Case, ...]:
    t = torch.tensor
    none = torch.empty((0, 2), dtype=torch.long)
    twins = torch.arange(20).view(10, 2).flip(1)
    chain = t([[4, 5], [0, 1], [2, 3], [3, 4], [1, 2], [9, 7]])  # 0-1-2-3-4-5, et 7-9
    size = "(1 : cela arrive) l'évaluation n'a pas son compte, ou l'a encore sans le plus grand de ses groupes"
    return (
        Case("la forme du masque, pour 20 images sans doubles, dont 5 à évaluer", (t(20), none, t(5), SHAPE)),
        Case(f"les mêmes : {size}", (t(20), none, t(5), SIZE)),
        Case("10 paires, 6 images à évaluer : une paire est-elle coupée (1) ?", (t(20), twins, t(6), CUT)),
        Case("10 paires, 5 images à évaluer : une paire est-elle coupée (1) ?", (t(20), twins, t(5), CUT)),
        Case(f"10 paires, 5 images à évaluer : {size}", (t(20), twins, t(5), SIZE)),
        Case("les doubles de doubles, 4-5, 0-1, 2-3, 3-4, 1-2, et 9-7 : une paire est-elle coupée (1) ?",
             (t(14), chain, t(6), CUT)),
        Case("les images sans double, puis celles qui en ont un, sont-elles toutes évaluées un jour (1) ?",
             (t(14), chain, t(5), CHANCE)),
        Case("le tirage change-t-il avec la graine (1) ?", (t(14), chain, t(6), VARIED)),
        Case("deux Generator de même graine donnent-ils le même masque (1) ?", (t(20), none, t(5), GIVEN)),
    )  # fmt: skip


def _labels(count: int, pairs: Tensor, whole: bool = True) -> Tensor:
    """Un numéro de groupe par image ; `whole` faux : seule l'image citée change de groupe, et non ses doubles."""
    group = torch.arange(count)
    for i, j in pairs.tolist():
        if whole:
            group[group == group[j]] = group[i].clone()
        else:
            group[j] = group[i]
    return group


def _taken(
    group: Tensor,
    held_out: int,
    random: torch.Generator | None,
    *,
    shuffled: bool = True,
    enough: Callable[[int, int, int, int], bool] = lambda size, more, groups, goal: size >= goal,
) -> Tensor:
    """Des groupes entiers, jusqu'à ce qu'il y en ait assez : enough(images, images du groupe suivant, groupes, but)."""
    names = group.unique()
    names = names[torch.randperm(len(names), generator=random)] if shuffled else names
    mask = torch.zeros(len(group), dtype=torch.bool)
    for rank, name in enumerate(names):
        if enough(int(mask.sum()), int((group == name).sum()), rank, held_out):
            break
        mask |= group == name
    return mask  # fmt: skip


def _split(whole: bool = True, after: Callable[[Tensor], Tensor] = lambda mask: mask, **options) -> Callable:
    return lambda count, pairs, goal, random: after(_taken(_labels(count, pairs, whole), goal, random, **options))


def _one_by_one(count: int, pairs: Tensor, goal: int, random: torch.Generator) -> Tensor:
    mask = torch.zeros(count, dtype=torch.bool)
    mask[torch.randperm(count, generator=random)[:goal]] = True
    return mask


def _followed(count: int, pairs: Tensor, goal: int, random: torch.Generator) -> Tensor:
    mask = _one_by_one(count, pairs, goal, random)
    for i, j in pairs.tolist():
        mask[j] = mask[i]
    return mask


def _ranked(count: int, pairs: Tensor, goal: int, random: torch.Generator) -> Tensor:
    group = _labels(count, pairs)
    order = torch.argsort(torch.randperm(count, generator=random)[group], stable=True)
    return torch.zeros(count, dtype=torch.bool).index_fill(0, order[:goal], True)


def _single_only(count: int, pairs: Tensor, goal: int, random: torch.Generator) -> Tensor:
    free = torch.tensor([i for i in range(count) if i not in pairs], dtype=torch.long)
    mask = torch.zeros(count, dtype=torch.bool)
    mask[free[torch.randperm(len(free), generator=random)[:goal]]] = True
    return mask


SPLIT = Exercise(
    signature="split(count, pairs, held_out, generator)",
    cases=_split_cases(),
    reference=reference_split,
    measure=measure_split,
    mistakes=(
        Mistake("les images sont tirées une à une : un double peut rester à l'entraînement.", _one_by_one),
        Mistake("les groupes sont rangés l'un après l'autre, mais la coupure tombe au milieu d'un groupe.", _ranked),
        Mistake("un double suit son image, mais après le tirage : le nombre d'images à évaluer n'est plus tenu.",
                _followed),
        Mistake("le double d'un double a été oublié : réunir deux images, c'est réunir tous leurs doubles.",
                _split(whole=False)),
        Mistake("le masque est inversé : vrai veut dire « à évaluer ».", _split(after=lambda mask: ~mask)),
        Mistake("ce sont les numéros des images qui sont rendus : un masque a une valeur par image.",
                _split(after=lambda mask: mask.nonzero().flatten())),
        Mistake("c'est le nombre de groupes qui est compté, et non celui des images.",
                _split(enough=lambda size, more, groups, goal: groups >= goal)),
        Mistake("l'évaluation s'arrête avant d'avoir son compte : un groupe qui dépasse se prend en entier.",
                _split(enough=lambda size, more, groups, goal: size + more > goal)),
        Mistake("les images qui ont un double ne sont jamais évaluées : il ne reste alors que des fleurs isolées.",
                _single_only),
        Mistake("les groupes ne sont pas tirés au hasard : ce sont toujours les mêmes que l'on évalue.",
                _split(shuffled=False)),
        Mistake("le Generator donné ne sert pas : la séparation ne pourra pas être refaite.",
                lambda count, pairs, goal, random: _split()(count, pairs, goal, None)),
        Mistake("toutes les images sont évaluées : il n'en reste aucune pour apprendre.",
                lambda count, pairs, goal, random: torch.ones(count, dtype=torch.bool)),
        Mistake("toutes les images sont à l'entraînement : il n'en reste aucune à évaluer.",
                lambda count, pairs, goal, random: torch.zeros(count, dtype=torch.bool)),
    ),
    verified=(
        "aucun groupe n'est coupé, même par un double de double",
        "l'évaluation a son compte, et pas un groupe de trop",
        "les groupes sont tirés au hasard, par le Generator donné",
    ),
)  # fmt: skip
