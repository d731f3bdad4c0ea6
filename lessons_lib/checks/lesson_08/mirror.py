"""Leçon 08 : le miroir à pile ou face. Chacun tire à sa façon : on mesure des propriétés, et non des valeurs."""

from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake

MANY, SEEDS = 2000, 12
SHAPE, KINDS, SHARE, VARIED, GIVEN, LEFT = (torch.tensor(k) for k in range(6))
CHANGES = (
    lambda x: x,
    lambda x: x.flip(3),
    lambda x: x.flip(2),
    lambda x: x.flip(2, 3),
    lambda x: x.flip(1),
    lambda x: x.transpose(2, 3),
)  # telle quelle, gauche-droite, haut-bas, demi-tour, canaux, transposée


def measure_mirror(function: Callable, images: Tensor, what: Tensor) -> Tensor:
    """Une propriété du miroir, sur plusieurs graines ; images : (N, 3, S, S)."""

    def draw(seed: int, x: Tensor) -> Tensor:
        return function(x, torch.Generator().manual_seed(seed))

    given = images.clone()
    result = draw(0, given)
    if not isinstance(result, Tensor):
        return result
    if what == SHAPE or result.shape != images.shape:
        return torch.tensor(result.shape)
    if what == LEFT:
        return (given - images).abs().max()
    if what == GIVEN:
        return torch.tensor(int((draw(0, images.clone()) == result).all()))
    if what == SHARE:
        share = same_images(result, images.flip(3)).double().mean()
        return torch.minimum(share, 1 - share).mul(10).round() / 10
    results = [result, *(draw(seed, images.clone()) for seed in range(1, SEEDS))]
    if what == VARIED:
        return torch.tensor(int(any((other != result).any() for other in results)))
    kinds = torch.stack([torch.cat([same_images(r, change(images)) for r in results]) for change in CHANGES])
    mixed = torch.cat([from_both(r, images) for r in results]) & ~kinds.any(dim=0)
    other = ~(kinds.any(dim=0) | mixed)
    return torch.cat([kinds.any(dim=1), mixed.any()[None], other.any()[None]]).long()


def same_images(a: Tensor, b: Tensor) -> Tensor:
    """(N,), vrai où les deux images sont égales."""
    return torch.isclose(a.double(), b.double()).flatten(1).all(dim=1)


def from_both(result: Tensor, images: Tensor) -> Tensor:
    """(N,), vrai où chaque pixel vient de l'image ou de son reflet."""
    pixels = [torch.isclose(result.double(), source.double()) for source in (images, images.flip(3))]
    return (pixels[0] | pixels[1]).flatten(1).all(dim=1)


def reference_mirror(images: Tensor, what: Tensor) -> Tensor:
    """Ce que l'on doit mesurer : des images intactes et des images retournées, moitié moitié."""
    expected = {
        int(SHAPE): torch.tensor(images.shape),
        int(KINDS): torch.tensor([1, 1, 0, 0, 0, 0, 0, 0]),
        int(SHARE): torch.tensor(0.5),
        int(VARIED): torch.tensor(1),
        int(GIVEN): torch.tensor(1),
        int(LEFT): torch.tensor(0.0),
    }
    return expected[int(what)]


def _mirror_cases() -> tuple[Case, ...]:
    random = torch.Generator().manual_seed(8)
    few, many = torch.randn((40, 3, 4, 4), generator=random), torch.randn((MANY, 3, 2, 2), generator=random)
    kinds = "telle quelle, gauche-droite, haut-bas, demi-tour, canaux renversés, transposée, mêlée, autre"
    return (
        Case("la forme du résultat, pour 40 images", (few, SHAPE)),
        Case(f"sur {SEEDS} graines, ce que l'on trouve (1) ou non (0) : {kinds}", (few, KINDS)),
        Case(f"{MANY} images : la part des moins nombreuses, intactes ou retournées, au dixième", (many, SHARE)),
        Case(f"le tirage change-t-il avec la graine (1) ? {SEEDS} graines essayées", (few, VARIED)),
        Case("deux Generator de même graine donnent-ils le même résultat (1) ?", (few, GIVEN)),
        Case("de combien les images données ont changé", (few, LEFT)),
    )


def _draw(images: Tensor, random: torch.Generator | None, *shape: int, chance: float = 0.5) -> Tensor:
    return torch.rand(shape or (len(images), 1, 1, 1), generator=random) < chance


def _turned(change: Callable[[Tensor], Tensor], *shape: int, chance: float = 0.5) -> Callable:
    """Une réponse fausse : ce qui est fait aux images tirées, et la forme du tirage."""
    return lambda x, random: torch.where(_draw(x, random, *shape, chance=chance), change(x), x)


def _in_place(images: Tensor, random: torch.Generator) -> Tensor:
    chosen = _draw(images, random).flatten()
    images[chosen] = images[chosen].flip(3)
    return images


def _flip(images: Tensor) -> Tensor:
    return images.flip(3)


MIRROR = Exercise(
    signature="mirror(images, generator)",
    cases=_mirror_cases(),
    reference=reference_mirror,
    measure=measure_mirror,
    mistakes=(
        Mistake("un seul tirage décide pour tout le lot : chaque image a droit au sien.", _turned(_flip, 1, 1, 1, 1)),
        Mistake(
            "c'est le haut et le bas qui s'échangent : le ciel passe dans l'eau.", _turned(lambda x: x.flip(2))
        ),
        Mistake(
            "les canaux sont retournés : ce sont les couleurs qui changent, et non les côtés.",
            _turned(lambda x: x.flip(1)),
        ),
        Mistake("les images tirées font un demi-tour : une seule dimension se retourne.",
                _turned(lambda x: x.flip(2, 3))),
        Mistake(
            "les images tirées sont transposées : lignes et colonnes sont échangées, rien n'est retourné.",
            _turned(lambda x: x.transpose(2, 3)),
        ),
        Mistake("toutes les images sont retournées : la moitié doit rester intacte.", lambda x, random: x.flip(3)),
        Mistake("aucune image n'est retournée.", lambda x, random: x.clone()),
        Mistake(
            "les images données sont modifiées : l'appelant perd ses originaux, et le pas suivant part des retouches.",
            _in_place,
        ),
        Mistake(
            "le Generator donné ne sert pas : le tirage ne pourra pas être rejoué.",
            lambda x, random: _turned(_flip)(x, None),
        ),
        Mistake(
            "le tirage suit une loi normale : elle ne passe pas sous un demi une fois sur deux.",
            lambda x, random: torch.where(torch.randn(len(x), 1, 1, 1, generator=random) < 0.5, x.flip(3), x),
        ),
        Mistake(
            "la moitié retournée est toujours la même : elle n'est pas tirée au hasard.",
            lambda x, random: torch.cat([x[: len(x) // 2].flip(3), x[len(x) // 2 :]]),
        ),
        Mistake(
            "chaque pixel a son tirage : les deux côtés se mêlent. Une image se retourne tout entière.",
            lambda x, random: torch.where(_draw(x, random, *x.shape), x.flip(3), x),
        ),
    ),
    verified=(
        "chaque image est intacte ou retournée gauche-droite, une fois sur deux",
        "chaque image a son tirage, qui vient du Generator donné",
        "les images données n'ont pas changé",
    ),
)  # fmt: skip
