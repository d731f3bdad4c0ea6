"""Leçon 04 : le détective optimal pour deux densités données, comparé à la sigmoïde du logarithme de leur rapport."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Normal

from lessons_lib.checks.exercise import Case, Exercise, Mistake


def reference_optimum(p: Tensor, q: Tensor) -> Tensor:
    """La sigmoïde du score optimal, log p − log q, en double précision ; ½ là où les deux densités sont nulles."""
    scores = p.double().log() - q.double().log()
    return scores.sigmoid().nan_to_num(0.5)


def _cases() -> tuple[Case, ...]:
    x = torch.linspace(-4, 4, 9)
    bells = [Normal(centre, width).log_prob(x).exp() for centre, width in ((-1.0, 1.5), (0.7, 2.2))]
    return (
        Case("p = 0,2 et q = 0,2", (torch.tensor([0.2]), torch.tensor([0.2]))),
        Case("p = 0,1 et q = 0,3", (torch.tensor([0.1]), torch.tensor([0.3]))),
        Case(
            "une vraie seule possible (p = 3, q = 0), puis une fausse seule (p = 0, q = 3)",
            (torch.tensor([3.0, 0.0]), torch.tensor([0.0, 3.0])),
        ),
        Case("deux densités minuscules, p = 3e-12 et q = 1e-12", (torch.tensor([3e-12]), torch.tensor([1e-12]))),
        Case("deux lois normales, en neuf points", tuple(bells)),
        Case("p = q = 0 : aucune image ne tombe là", (torch.zeros(1), torch.zeros(1))),
    )


def _optimum(p: Tensor, q: Tensor) -> Tensor:
    return p / (p + q)


def _with_or_without(diagnosis: str, wrong: Callable[[Tensor, Tensor], Tensor]) -> tuple[Mistake, Mistake]:
    """La même erreur, que la réponse pense ou non aux endroits où les deux densités sont nulles."""
    return (
        Mistake(diagnosis, wrong),
        Mistake(diagnosis, lambda p, q: torch.where(p + q > 0, wrong(p, q), 0.5)),
    )


def _floored(floor: float) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda p, q: p / (p + q + floor)


OPTIMUM = Exercise(
    signature="optimal_discriminator(p, q)",
    cases=_cases(),
    reference=reference_optimum,
    mistakes=(
        *_with_or_without(
            "c'est la part des fausses : D(x) est la probabilité que x soit une vraie.",
            lambda p, q: q / (p + q),
        ),
        *_with_or_without(
            "c'est un rapport de densités : il dépasse 1, et une probabilité ne le peut pas.",
            lambda p, q: p / q,
        ),
        *_with_or_without(
            "c'est le rapport des densités à l'envers : il dépasse 1, et grandit quand x ressemble aux fausses.",
            lambda p, q: q / p,
        ),
        *_with_or_without(
            "c'est une différence de densités : elle peut être négative, et change avec l'unité de x.",
            lambda p, q: p - q,
        ),
        *_with_or_without(
            "c'est un score, un réel quelconque ; la question demande la probabilité qui lui correspond.",
            lambda p, q: p.log() - q.log(),
        ),
        *_with_or_without(
            "la sigmoïde est appliquée à ce qui est déjà une probabilité : tout se serre entre 0,5 et 0,74.",
            lambda p, q: _optimum(p, q).sigmoid(),
        ),
        *_with_or_without(
            "la sigmoïde est appliquée à une différence de densités, qui n'est pas un score.",
            lambda p, q: (p - q).sigmoid(),
        ),
        *_with_or_without(
            "la sigmoïde est appliquée à un rapport de densités : jamais négatif, il ne passe pas sous un demi.",
            lambda p, q: (p / q).sigmoid(),
        ),
        *_with_or_without(
            "c'est la loi moyenne m de la leçon, et non la réponse du détective.",
            lambda p, q: (p + q) / 2,
        ),
        *_with_or_without(
            "le résultat est le double de l'attendu : diviser par la loi moyenne m oublie un facteur.",
            lambda p, q: 2 * _optimum(p, q),
        ),
        *_with_or_without(
            "c'est un verdict tranché, 0 ou 1 ; le détective optimal rend une probabilité, et hésite.",
            lambda p, q: (p > q).float(),
        ),
        *_with_or_without(
            "la densité des fausses est oubliée : on juge une image par comparaison.",
            lambda p, q: p.clone(),
        ),
        *_with_or_without(
            "le dénominateur additionne tous les points de l'axe ; D se choisit séparément en chaque x.",
            lambda p, q: p / (p + q).sum(),
        ),
        *_with_or_without(
            "les densités sont au carré : le détective serait trop sûr de lui.",
            lambda p, q: p.square() / (p.square() + q.square()),
        ),
        *(
            mistake
            for floor in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
            for mistake in _with_or_without(
                "un petit nombre est ajouté au dénominateur : il l'emporte là où les deux densités sont minuscules.",
                _floored(floor),
            )
        ),
        Mistake(
            "0 / 0 n'a pas de valeur : la question dit que répondre là où les deux densités sont nulles.",
            _optimum,
        ),
        *(
            Mistake(
                "là où les deux densités sont nulles, cette réponse prend parti ; rien n'y désigne une vraie.",
                lambda p, q, side=side: _optimum(p, q).nan_to_num(side),
            )
            for side in (0.0, 1.0)
        ),
    ),
    verified=(
        "un demi quand les deux densités sont égales, même minuscules, même nulles",
        "0 où il n'y a que des fausses, 1 où il n'y a que des vraies",
        "égal à la sigmoïde de log p − log q pour deux lois normales",
    ),
)
