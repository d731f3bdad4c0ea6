"""Leçon 03 : l'espace latent, juste ou de travers."""

import math

import numpy as np
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from lessons_lib import latent, losses

# --- la norme attendue d'un mélange ------------------------------------------------------------


def norm_in_one_line(dimensions, shares):
    return (dimensions * shares.square().sum()).sqrt()


def norm_by_vector(dimensions, shares):
    return math.sqrt(dimensions) * torch.linalg.vector_norm(shares)


def norm_in_a_loop(dimensions, shares):
    variance = 0.0
    for share in shares:
        variance += float(share) ** 2
    return math.sqrt(sum(variance for _ in range(dimensions)))


def norm_by_numpy(dimensions, shares):
    return np.sqrt(dimensions * np.dot(shares.numpy(), shares.numpy()))


def norm_in_double(dimensions, shares):
    return torch.tensor(dimensions, dtype=torch.float64).sqrt() * (shares.double() @ shares.double()).sqrt()


# --- slerp ---------------------------------------------------------------------------------------


def by_cosine(a, b, t):
    omega = torch.acos(F.cosine_similarity(a, b, dim=-1))
    return torch.sin((1 - t) * omega) / torch.sin(omega) * a + torch.sin(t * omega) / torch.sin(omega) * b


def by_scalar_product(a, b, t):
    omega = ((a @ b) / (a.norm() * b.norm())).arccos()
    return ((omega * (1 - t)).sin() * a + (omega * t).sin() * b) / omega.sin()


def by_exponential(a, b, t):
    """Les deux parts par la partie imaginaire de exp(i s Ω)."""
    omega = torch.acos((F.normalize(a, dim=0) * F.normalize(b, dim=0)).sum())
    parts = [torch.exp(1j * share * omega).imag for share in (1 - t, t)]
    return (parts[0] * a + parts[1] * b) / torch.exp(1j * omega).imag


def in_a_loop(a, b, t):
    u, v = a / a.norm(), b / b.norm()
    omega = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    rows = [(torch.sin((1 - s) * omega) * a + torch.sin(s * omega) * b) / torch.sin(omega) for s in t.flatten()]
    return torch.stack(rows)


def by_the_library(a, b, t):
    return latent.slerp(a, b, t)


def arc(a, b, t, omega):
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


def between(a, b):
    return torch.acos(a @ b / a.norm() / b.norm())


def normalised_lerp(a, b, t):
    path = a + t * (b - a)
    return path / path.norm(dim=-1, keepdim=True) * a.norm()


def put_on_the_sphere(a, b, t):
    path = by_cosine(a, b, t)
    return path / path.norm(dim=1, keepdim=True)


def by_cosines(a, b, t):
    omega = between(a, b)
    return ((omega - t * omega).cos() * a + (t * omega).cos() * b) / omega.sin()


def from_unit_ends(a, b, t):
    """L'arc entre deux codes ramenés à la norme 1, puis étiré à la norme de b."""
    return by_cosine(F.normalize(a, dim=0), F.normalize(b, dim=0), t) * b.norm()


# --- le vecteur d'un attribut --------------------------------------------------------------------


def by_masks(codes, has):
    return codes[has].mean(dim=0) - codes[~has].mean(dim=0)


def by_lists(codes, has):
    inside = torch.stack([code for code, own in zip(codes, has, strict=True) if own])
    outside = torch.stack([code for code, own in zip(codes, has, strict=True) if not own])
    return inside.mean(0) - outside.mean(0)


def by_weights(codes, has):
    weight = torch.where(has, 1 / has.sum(), -1 / (~has).sum())
    return weight @ codes


def by_product(codes, has):
    has = has.float()
    return (has @ codes) / has.sum() - ((1 - has) @ codes) / (1 - has).sum()


def in_place(codes, has):
    shift = codes[has].double().sum(0).div_(int(has.sum()))
    return shift.sub_(codes[~has].double().sum(0).div_(int((~has).sum())))


def by_attribute_in_numpy(codes, has):
    codes, has = codes.numpy(), has.numpy()
    return codes[has].mean(axis=0) - codes[np.logical_not(has)].mean(axis=0)


def average(codes):
    return codes.sum(dim=0) / len(codes)


# --- l'analogie ----------------------------------------------------------------------------------


def analogy_by_broadcasting(a, b, c, strengths):
    return c + strengths[:, None] * (b - a)


def analogy_by_outer_product(a, b, c, strengths):
    return torch.outer(strengths, b - a) + c


def analogy_in_a_loop(a, b, c, strengths):
    codes = []
    for strength in strengths:
        code = c.clone()
        code += strength * b
        code -= strength * a
        codes.append(code)
    return torch.stack(codes)


def analogy_by_the_library(a, b, c, strengths):
    return latent.traversal(c, b - a, strengths)


def analogy_by_lerp(a, b, c, strengths):
    """Le chemin de a à b, transporté en c."""
    path = torch.stack([torch.lerp(a, b, strength) for strength in strengths])
    return path.sub_(a).add_(c)


def analogy_by_numpy(a, b, c, strengths):
    a, b, c, strengths = (values.double().numpy() for values in (a, b, c, strengths))
    return c[None] + strengths.reshape(-1, 1) * (b - a)[None]


def with_strength(strengths):
    return strengths.unsqueeze(1)


# --- les dimensions vivantes ---------------------------------------------------------------------


def kl_of_each(mu, logvar):
    return (mu**2 + torch.exp(logvar) - logvar - 1) / 2


def active_by_formula(mu, logvar, threshold):
    return (kl_of_each(mu, logvar).mean(0) > threshold).sum()


def active_by_distributions(mu, logvar, threshold):
    each = kl_divergence(Normal(mu, torch.exp(logvar / 2)), Normal(0, 1))
    return int(torch.count_nonzero(each.mean(dim=0) > threshold))


def active_by_the_library(mu, logvar, threshold):
    return int((losses.kl_to_standard_normal(mu, logvar, per_dimension=True) > threshold).sum())


def active_in_a_loop(mu, logvar, threshold):
    count = 0
    for j in range(mu.shape[1]):
        total = 0.0
        for centre, log_variance in zip(mu[:, j].tolist(), logvar[:, j].tolist(), strict=True):
            total += 0.5 * (centre**2 + math.exp(log_variance) - 1 - log_variance)
        if total / len(mu) > threshold:
            count += 1
    return count


def active_by_numpy(mu, logvar, threshold):
    mu, logvar = mu.numpy().astype(float), logvar.numpy().astype(float)
    divergence = -0.5 * (1 + logvar - mu**2 - np.exp(logvar)).mean(axis=0)
    return np.sum(divergence > threshold)


def active_by_sorting(mu, logvar, threshold):
    ranked = kl_of_each(mu, logvar).sum(0).sort().values
    return len(ranked) - torch.searchsorted(ranked, threshold * len(mu), right=True)


# --- lire la famille -----------------------------------------------------------------------------

READ = {
    "A": "prix trop haut",
    "B": "bon compromis",
    "C": "effondrement",
    "D": "prix trop bas",
    "éteinte": "mu fixe, sigma 1",
}


def reading(**changes):
    return lambda: READ | changes


RIGHT = {
    "norme_attendue": [norm_in_one_line, norm_by_vector, norm_in_a_loop, norm_by_numpy, norm_in_double],
    "slerp": [by_cosine, by_scalar_product, by_exponential, in_a_loop, by_the_library],
    "vecteur_attribut": [by_masks, by_lists, by_weights, by_product, in_place, by_attribute_in_numpy],
    "arithmetique": [
        analogy_by_broadcasting, analogy_by_outer_product, analogy_in_a_loop, analogy_by_the_library, analogy_by_lerp,
        analogy_by_numpy,
    ],
    "dimensions_actives": [
        active_by_formula, active_by_distributions, active_by_the_library, active_in_a_loop, active_by_numpy,
        active_by_sorting,
    ],
    "lecture_beta": [
        reading(),
        lambda: dict(reversed(READ.items())),
        lambda: {"éteinte": "mu fixe, sigma 1"} | {key: READ[key] for key in "DCBA"},
    ],
}  # fmt: skip

WRONG = {
    "norme_attendue": [
        (lambda dimensions, shares: math.sqrt(dimensions), "les parts sont ignorées"),
        (lambda dimensions, shares: sum(dimensions * share**2 for share in shares), "la racine est oubliée"),
        (lambda dimensions, shares: math.sqrt(dimensions) * sum(shares.tolist()), "la même direction"),
        (lambda dimensions, shares: sum(abs(s) * dimensions**0.5 for s in shares.tolist()), "bout à bout"),
        (lambda dimensions, shares: math.sqrt(dimensions) * float(shares @ shares), "que sur le nombre de dimensions"),
        (lambda dimensions, shares: dimensions * math.sqrt(shares @ shares), "que sur les parts"),
        (lambda dimensions, shares: (shares**2).sum() ** 0.5, "le nombre de dimensions est oublié"),
        (lambda dimensions, shares: math.sqrt(dimensions) / len(shares), "divisée par le nombre de tirages"),
        (lambda dimensions, shares: math.sqrt(dimensions / shares.numel()), "toutes les parts sont égales"),
        (lambda dimensions, shares: torch.sqrt(dimensions * (shares**2).mean()), "sont moyennés"),
        (lambda dimensions, shares: np.sqrt(np.maximum(dimensions * shares.sum().item(), 0)), "sous la racine"),
        (lambda dimensions, shares: shares.norm() * math.sqrt(32), "en dur"),
        (lambda dimensions, shares: (dimensions * shares**2).sqrt(), "un nombre par tirage"),
    ],
    "slerp": [
        (lambda a, b, t: a + t * (b - a), "l'interpolation linéaire"),
        (lambda a, b, t: arc(a, b, t, torch.acos(torch.dot(a, b))), "ne sont pas de norme 1"),
        (normalised_lerp, "ramenée à la norme de a"),
        (lambda a, b, t: by_cosine(a, b, 1 - t), "les rôles sont échangés"),
        (put_on_the_sphere, "ramené à la norme 1"),
        (lambda a, b, t: by_cosine(a / a.norm(), b / b.norm(), t), "ramené à la norme 1"),
        (lambda a, b, t: arc(a, b, t, between(a, b) * 180 / torch.pi), "en radians"),
        (lambda a, b, t: arc(a, b, t, F.cosine_similarity(a, b, dim=0)), "le cosinus de l'angle est pris"),
        (lambda a, b, t: by_scalar_product(a, b, t) * between(a, b).sin(), "est oubliée"),
        (lambda a, b, t: by_scalar_product(a, b, t) * between(a, b).sin() / between(a, b), "se fait par l'angle"),
        (by_cosines, "des cosinus"),
        (lambda a, b, t: torch.lerp(a, b, t) / between(a, b).sin(), "n'agit pas sur l'angle"),
        (lambda a, b, t: between(a, b).sin() * torch.lerp(a, b, t), "t multiplie le sinus"),
    ],
    "vecteur_attribut": [
        (lambda codes, has: average(codes[~has]) - average(codes[has]), "le signe est inversé"),
        (lambda codes, has: average(codes[has]) - average(codes), "de tous les codes"),
        (lambda codes, has: torch.where(has, 1.0, -1.0) @ codes, "sommés, et non moyennés"),
        (lambda codes, has: (torch.where(has, 1.0, -1.0)[:, None] * codes).mean(0), "nombre total"),
        (lambda codes, has: average(codes[has]), "rien n'est retranché"),
        (lambda codes, has: average(codes[has]) + average(codes[~has]), "sont ajoutées"),
        (lambda codes, has: torch.stack([average(codes[has]), average(codes[~has])]).mean(0), "le milieu"),
        (lambda codes, has: by_masks(codes, has) / by_masks(codes, has).norm(), "ramené à la norme 1"),
        (lambda codes, has: codes[has].mean() - codes[~has].mean(), "un nombre par dimension"),
        (lambda codes, has: (average(codes[has]) - average(codes[~has])).unsqueeze(0), "la dimension du lot"),
        (lambda codes, has: codes[has].median(0)[0] - codes[~has].median(0)[0], "les médianes"),
    ],
    "arithmetique": [
        (lambda a, b, c, s: with_strength(s) * (a - b) + c, "le signe est inversé"),
        (lambda a, b, c, s: torch.outer(s, b - a), "c est oublié"),
        (lambda a, b, c, s: c + torch.outer(s, b), "a n'est pas retranché"),
        (lambda a, b, c, s: with_strength(s) * b - a + c, "est retranché en entier"),
        (lambda a, b, c, s: torch.lerp(c, b, with_strength(s)), "un chemin de c vers b"),
        (lambda a, b, c, s: torch.outer(s, c - a) + b, "le point de départ est b"),
        (lambda a, b, c, s: torch.lerp(a, b, with_strength(s)), "le point de départ est a"),
        (lambda a, b, c, s: torch.outer(s, b - a + c), "multiplie tout"),
        (lambda a, b, c, s: torch.stack([b - a + c for _ in s]), "les forces sont ignorées"),
        (lambda a, b, c, s: c + torch.outer(s, (b - a) / (b - a).norm()), "ramené à la norme 1"),
        (lambda a, b, c, s: torch.stack([c + min(max(x, 0), 1) * (b - a) for x in s]), "bornées entre 0 et 1"),
        (lambda a, b, c, s: torch.stack([c + abs(x) * (b - a) for x in s]), "le signe des forces"),
        (lambda a, b, c, s: (torch.outer(s, b - a) + c).T, "est couché"),
        (lambda a, b, c, s: torch.outer(s, a + b) + c, "les trois codes sont ajoutés"),
    ],
    "dimensions_actives": [
        (
            lambda mu, logvar, t: sum((mu**2 + logvar.exp() - 1 - logvar).mean(0) > t),
            "le facteur un demi",
        ),
        (
            lambda mu, logvar, t: int((kl_divergence(Normal(mu, logvar.exp()), Normal(0, 1)).mean(0) > t).sum()),
            "celui de la variance",
        ),
        (
            lambda mu, logvar, t: int((kl_divergence(Normal(0, 1), Normal(mu, (logvar / 2).exp())).mean(0) > t).sum()),
            "à l'envers",
        ),
        (lambda mu, logvar, t: int((kl_of_each(mu, logvar).mean(1) > t).sum()), "des images que l'on compte"),
        (lambda mu, logvar, t: int(np.sum(kl_of_each(mu, logvar).numpy() > t)), "tous les passages sont comptés"),
        (lambda mu, logvar, t: int((kl_of_each(mu, logvar).amax(0) > t).sum()), "une seule image"),
        (lambda mu, logvar, t: int((kl_of_each(mu, logvar).amin(0) > t).sum()), "toutes les images"),
        (lambda mu, logvar, t: int((kl_of_each(mu, logvar).sum(0) > t).sum()), "sommées, et non moyennées"),
        (lambda mu, logvar, t: int((kl_of_each(mu.mean(0), logvar.mean(0)) > t).sum()), "avant la divergence"),
        (lambda mu, logvar, t: int((mu.std(0) ** 2 > t).sum()), "la variance de mu"),
        (lambda mu, logvar, t: int((0.5 * mu.square().mean(0) > t).sum()), "l'écart type est oublié"),
        (lambda mu, logvar, t: mu.shape[1] - active_by_formula(mu, logvar, t), "les dimensions éteintes"),
        (lambda mu, logvar, t: int(kl_of_each(mu, logvar).sum(1).mean() > t), "la divergence totale"),
        (lambda mu, logvar, t: active_by_formula(mu, logvar, 0.05), "le seuil donné est ignoré"),
        (lambda mu, logvar, t: kl_of_each(mu, logvar).mean(0).gt(t), "il reste à les compter"),
    ],
    "lecture_beta": [
        (reading(A="prix trop bas"), "elles sont courtes"),
        (reading(A="bon compromis"), "le bouton blanc ressort ouvert"),
        (reading(A="Effondrement"), "n'est pas muet"),
        (reading(B="prix trop bas"), "ne font pas de ravages"),
        (reading(B="PRIX TROP HAUT"), "que manque-t-il"),
        (reading(B="effondrement"), "ne suffisent pas"),
        (reading(C="prix trop bas"), "aucun nat n'y est acheté"),
        (reading(C="bon compromis"), "rien n'y est reconstruit"),
        (reading(C="prix trop haut"), "cherchez-en une"),
        (reading(D="bon compromis"), "ne sont pas des fleurs"),
        (reading(D="prix trop haut"), "les plus hautes des quatre"),
        (reading(D="effondrement"), "dit tout de l'image"),
        (lambda: READ | {"éteinte": "mu fixe, sigma 0"}, "coûte très cher"),
        (lambda: READ | {"éteinte": "mu varie, sigma 0"}, "cette dimension parle"),
        (lambda: READ | {"éteinte": "mu varie, sigma 1"}, "s'écarte de 0"),
    ],
}

UNKNOWN = {
    "norme_attendue": [
        lambda dimensions, shares: torch.sqrt((dimensions - 1) * shares.square().sum()),
        lambda dimensions, shares: (dimensions * shares.square().sum()) ** (1 / 3),
        lambda dimensions, shares: dimensions**0.5 * shares.max(),
    ],
    "slerp": [
        from_unit_ends,
        lambda a, b, t: by_cosine(a, b, t**2),
        lambda a, b, t: by_cosine(a, b, t).flip(0),
    ],
    "vecteur_attribut": [
        lambda codes, has: codes[has].amax(dim=0) - codes[~has].amax(dim=0),
        lambda codes, has: by_masks(codes, has).flip(0),
        lambda codes, has: 2 * by_masks(codes, has),
    ],
    "arithmetique": [
        lambda a, b, c, s: c + with_strength(s) ** 2 * (b - a),
        lambda a, b, c, s: (a + b + c) / 3 + with_strength(s) * (b - a),
        lambda a, b, c, s: c + with_strength(s) * (b - a) / 2,
    ],
    "dimensions_actives": [
        lambda mu, logvar, t: active_by_formula(mu, logvar, t) + 1,
        lambda mu, logvar, t: active_by_formula(mu, logvar, t / 3),
        lambda mu, logvar, t: (mu.abs().mean(0) > t).sum(),
    ],
    "lecture_beta": [
        reading(A="trop flou"),
        lambda: "effondrement",
        lambda: {"A": "prix trop haut"},
        lambda: {key.upper(): label for key, label in READ.items()},
        reading(A="Prix trop haut"),
    ],
}
