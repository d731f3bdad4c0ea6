"""Leçon 07 : la normale tronquée. Le tirage est libre : on en mesure la loi, comparée à scipy.stats.truncnorm."""

from collections.abc import Callable

import torch
from scipy.stats import truncnorm
from torch import Tensor

from lessons_lib.checks.exercise import Case, Exercise, Mistake

COUNT, LATENT = 8000, 3
SHAPE, LIMITS, CLUMPS, LAW, VARIED, GIVEN = (torch.tensor(k) for k in range(6))


def measure_truncation(function: Callable, threshold: float, what: Tensor) -> Tensor:
    """Une propriété des codes tirés ; la forme, si elle n'est pas celle attendue."""

    def draw(seed: int) -> Tensor:
        z = function(COUNT, LATENT, threshold, torch.Generator().manual_seed(seed))
        return z.detach() if isinstance(z, Tensor) else z

    z = draw(7)
    if hasattr(z, "__array__"):
        z = torch.as_tensor(z)
    if not isinstance(z, Tensor) or z.is_meta or z.is_complex():
        return z
    if what == SHAPE or z.shape != (COUNT, LATENT):
        return torch.tensor(z.shape)
    if what == GIVEN:
        torch.manual_seed(1)
        again, other = (torch.as_tensor(draw(seed)) for seed in (7, 8))
        return torch.tensor([torch.equal(z, again), not torch.equal(z, other)]).long()
    z = z.double()
    if what == LIMITS:
        return torch.stack([z.min() >= -threshold - 1e-4, z.max() <= threshold + 1e-4]).long()
    if what == CLUMPS:
        heaps = torch.stack([((z.abs() - threshold).abs() < 1e-6), z == 0]).double()
        return heaps.mean(dim=(1, 2)).mul(10).round() / 10
    if what == VARIED:
        return torch.stack([(z != z[:1]).any(), (z != z[:, :1]).any()]).long()
    seen, wanted = torch.stack([z.mean(), z.std()]), _law(threshold)
    return torch.where((seen - wanted).abs() < 0.03, wanted, seen.mul(10).round() / 10)


def _law(threshold: float) -> Tensor:
    """Moyenne et écart type, par SciPy."""
    return torch.tensor([0.0, truncnorm(-threshold, threshold).std()], dtype=torch.float64)


def reference_truncation(threshold: float, what: Tensor) -> Tensor:
    """Ce que l'on doit mesurer."""
    return {
        int(SHAPE): torch.tensor([COUNT, LATENT]),
        int(LIMITS): torch.tensor([1, 1]),
        int(CLUMPS): torch.zeros(2),
        int(LAW): _law(threshold),
        int(VARIED): torch.tensor([1, 1]),
        int(GIVEN): torch.tensor([1, 1]),
    }[int(what)]


CASES = (
    Case(f"la forme, pour {COUNT} codes de {LATENT} nombres", (1.5, SHAPE)),
    Case("seuil 1,5 : rien au-dessous de −1,5 ? rien au-dessus de 1,5 ? (1 pour oui)", (1.5, LIMITS)),
    Case("seuil 1,5 : part des nombres exactement au seuil, puis exactement nuls", (1.5, CLUMPS)),
    Case("seuil 1,5 : moyenne et écart type", (1.5, LAW)),
    Case("seuil 2,5 : moyenne et écart type", (2.5, LAW)),
    Case("les codes diffèrent-ils entre eux ? et les nombres d'un code ? (1 pour oui)", (1.5, VARIED)),
    Case("même générateur, mêmes codes ? autre graine, autres codes ? (1 pour oui)", (1.5, GIVEN)),
)


def _normal(count: int, latent: int, generator: torch.Generator | None) -> Tensor:
    return torch.randn((count, latent), generator=generator)


def _redrawn(count: int, latent: int, threshold: float, generator: torch.Generator | None, too_far: Callable) -> Tensor:
    """Retire ce qui est trop loin, jusqu'à ce qu'il n'en reste pas."""
    z = _normal(count, latent, generator)
    while (out := too_far(z, threshold)).any():
        z = torch.where(out, _normal(count, latent, generator), z)
    return z


def _outside(z: Tensor, threshold: float) -> Tensor:
    return z.abs() > threshold


def _once(count: int, latent: int, threshold: float, generator: torch.Generator) -> Tensor:
    z = _normal(count, latent, generator)
    return torch.where(_outside(z, threshold), _normal(count, latent, generator), z)


def _then(change: Callable[[Tensor, float], Tensor]) -> Callable:
    """Une réponse fausse : ce qu'elle fait d'un tirage normal."""
    return lambda count, latent, threshold, generator: change(_normal(count, latent, generator), threshold)


def _by(too_far: Callable[[Tensor, float], Tensor]) -> Callable:
    return lambda *arguments: _redrawn(*arguments, too_far)


TRUNCATION = Exercise(
    signature="truncated(count, latent, threshold, generator)",
    cases=CASES,
    reference=reference_truncation,
    measure=measure_truncation,
    mistakes=(
        Mistake(
            "ce qui dépasse est ramené au seuil : des amas se forment aux deux bords. Il faut le tirer de nouveau.",
            _then(lambda z, t: z.clamp(-t, t)),
        ),
        Mistake(
            "les codes sont multipliés par le seuil : c'est une autre troncature, où rien n'est coupé.",
            _then(lambda z, t: z * t),
        ),
        Mistake("rien n'est tronqué : les codes rares sont encore là.", _then(lambda z, t: z)),
        Mistake("seul le haut est coupé : les grands nombres négatifs restent.", _by(lambda z, t: z > t)),
        Mistake("seul le bas est coupé : les grands nombres positifs restent.", _by(lambda z, t: z < -t)),
        Mistake("ce qui dépasse n'est tiré de nouveau qu'une fois : le second tirage peut dépasser aussi.", _once),
        Mistake(
            "ce qui dépasse est remplacé par zéro : un amas se forme au milieu.",
            _then(lambda z, t: torch.where(_outside(z, t), 0.0, z)),
        ),
        Mistake(
            "ce qui dépasse est jeté sans être remplacé : il manque des nombres.",
            _then(lambda z, t: z[~_outside(z, t)]),
        ),
        Mistake(
            "ce qui dépasse est gardé, et le reste tiré de nouveau : la condition est à l'envers.",
            _by(lambda z, t: z.abs() < t),
        ),
        Mistake(
            "la loi est uniforme entre les deux seuils : au milieu, une normale tronquée est plus dense.",
            lambda count, latent, t, g: t * (2 * torch.rand((count, latent), generator=g) - 1),
        ),
        Mistake(
            "une tangente hyperbolique écrase tous les nombres : ceux du milieu ne devaient pas bouger.",
            _then(lambda z, t: t * z.tanh()),
        ),
        Mistake(
            "c'est la longueur de chaque code qui est coupée : le seuil porte sur chaque nombre.",
            _by(lambda z, t: (z.norm(dim=1, keepdim=True) > t).expand_as(z)),
        ),
        Mistake(
            "les nombres sont tous positifs : la moitié de la loi a disparu.",
            lambda *arguments: _redrawn(*arguments, _outside).abs(),
        ),
        Mistake(
            "un seul code est tiré, et répété : toutes les images seraient les mêmes.",
            lambda count, latent, t, g: _redrawn(1, latent, t, g, _outside).expand(count, latent),
        ),
        Mistake(
            "la forme est retournée : une ligne par code, une colonne par nombre.",
            lambda count, latent, t, g: _redrawn(latent, count, t, g, _outside),
        ),
        Mistake(
            "un tirage au moins ne vient pas du générateur reçu : une même graine ne redonne pas les mêmes codes.",
            lambda count, latent, t, g: _redrawn(count, latent, t, None, _outside),
        ),
        Mistake(
            "une graine fixée remplace le générateur reçu : ce sont toujours les mêmes codes.",
            lambda count, latent, t, g: _redrawn(count, latent, t, torch.Generator().manual_seed(0), _outside),
        ),
    ),
    verified=(
        "chaque nombre reste entre les deux seuils, sans amas aux bords ni au milieu",
        "la loi est la normale tronquée de SciPy, pour deux seuils",
        "le hasard vient du générateur reçu",
    ),
)
