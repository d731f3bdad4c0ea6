"""Leçon 07 : distances, boules, troncature, suspectes et lectures, telles qu'on les écrit."""

import numpy as np
import scipy.linalg
import torch
from scipy.stats import truncnorm
from sklearn.neighbors import NearestNeighbors

from lessons_lib import metrics
from lessons_lib.metrics import memorisation
from lessons_lib.widgets.latent_axes import truncated_normal


def sqrtm(matrix):
    return torch.from_numpy(np.real(scipy.linalg.sqrtm(matrix.numpy())))


def clouds_by_scipy(a, b):
    ca, cb = torch.cov(a.T), torch.cov(b.T)
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + torch.trace(ca + cb - 2 * sqrtm(ca @ cb))


def clouds_by_numpy(a, b):
    a, b = np.asarray(a), np.asarray(b)
    ca, cb = np.cov(a.T), np.cov(b.T)
    values = np.linalg.eigvals(ca @ cb).real.clip(min=0)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca) + np.trace(cb) - 2 * np.sqrt(values).sum())


def clouds_by_hand(a, b):
    ma, mb = a.sum(dim=0) / len(a), b.sum(dim=0) / len(b)
    a -= ma
    b -= mb
    # la norme nucléaire de A Bᵀ est la trace de la racine du produit
    cross = torch.linalg.matrix_norm(a @ b.T, ord="nuc") / ((len(a) - 1) * (len(b) - 1)) ** 0.5
    spread = a.pow(2).sum() / (len(a) - 1) + b.pow(2).sum() / (len(b) - 1)
    return torch.dist(ma, mb) ** 2 + spread - 2 * cross


def clouds_wrong(cov=lambda x: torch.cov(x.T), gap=None, spread=None):
    gap = gap or (lambda a, b: torch.sum((a - b) ** 2))
    spread = spread or (lambda a, b: torch.trace(a + b - 2 * sqrtm(a @ b)))
    return lambda a, b: gap(a.mean(dim=0), b.mean(dim=0)) + spread(cov(a), cov(b))


def infinity_by_lstsq(sizes, values):
    design = torch.stack([1 / sizes, torch.ones_like(sizes)], dim=1)
    return torch.linalg.lstsq(design, values[:, None]).solution[1, 0]


def infinity_by_numpy(sizes, values):
    return np.polynomial.Polynomial.fit(1 / np.array(sizes), np.array(values), 1)(0.0)


def infinity_by_covariance(sizes, values):
    x = sizes.reciprocal()
    slope = torch.cov(torch.stack([x, values]))[0, 1] / x.var()
    return (values - slope * x).mean()


def infinity_in_a_loop(sizes, values):
    n, sx, sy, sxx, sxy = len(sizes), 0.0, 0.0, 0.0, 0.0
    for size, value in zip(sizes.tolist(), values.tolist(), strict=True):
        x = 1 / size
        sx, sy, sxx, sxy = sx + x, sy + value, sxx + x * x, sxy + x * value
    return (sy * sxx - sx * sxy) / (n * sxx - sx * sx)


def polyfit(x, y, part=1):
    return np.polyfit(np.asarray(x), np.asarray(y), 1)[part]


def radii_by_sklearn(points, k):
    return NearestNeighbors(n_neighbors=k + 1).fit(points.numpy()).kneighbors()[0][:, k - 1]


def radii_without_the_diagonal(points, k):
    distances = torch.cdist(points, points)
    distances.fill_diagonal_(float("inf"))
    return distances.topk(k, largest=False).values[:, -1]


def radii_in_a_loop(points, k):
    kept = []
    for i, point in enumerate(points):
        others = torch.cat([points[:i], points[i + 1 :]])
        kept.append(sorted(torch.dist(point, other) for other in others)[k - 1])
    return torch.stack(kept)


def radii_by_sort(points, k):
    return torch.sort(torch.cdist(points.float(), points.float()), dim=1)[0][:, k]


def overlap_by_loops(real, fake, k):
    rr, rf = radii_in_a_loop(real, k), radii_in_a_loop(fake, k)
    precision = sum(any(torch.dist(f, r) <= radius for r, radius in zip(real, rr, strict=True)) for f in fake)
    recall = sum(any(torch.dist(f, r) <= radius for f, radius in zip(fake, rf, strict=True)) for r in real)
    return precision / len(fake), recall / len(real)


def overlap_by_numpy(real, fake, k):
    apart = np.linalg.norm(real.numpy()[:, None] - fake.numpy(), axis=-1)
    precision = (apart <= radii_by_sklearn(real, k)[:, None]).any(0).mean()
    return np.array([precision, (apart <= radii_by_sklearn(fake, k)).any(1).mean()])


def overlap_strict(real, fake, k):
    def share(points, centres):
        return (torch.cdist(points, centres) < radii_by_sort(centres.double(), k)).any(dim=-1).float().mean()

    return [share(fake, real), share(real, fake)]


def overlap_wrong(radius=radii_without_the_diagonal, precision=None, recall=None):
    def answer(real, fake, k):
        d = torch.cdist(real, fake)
        in_real, in_fake = d <= radius(real, k)[:, None], d <= radius(fake, k)
        p = precision(in_real) if precision else in_real.any(dim=0).float().mean()
        return p, recall(in_fake) if recall else in_fake.any(dim=1).float().mean()

    return answer


def overlap_nearest(real, fake, k):
    d = torch.cdist(real, fake)
    i, j = d.argmin(dim=0), d.argmin(dim=1)
    p = d[i, torch.arange(len(fake))] <= radii_by_sort(real, k)[i]
    r = d[torch.arange(len(real)), j] <= radii_by_sort(fake, k)[j]
    return p.float().mean(), r.float().mean()


def truncated_by_redrawing(count, latent, threshold, generator):
    z = torch.randn(count, latent, generator=generator)
    while True:
        out = z.abs() > threshold
        if not out.any():
            return z
        z[out] = torch.randn(int(out.sum()), generator=generator)


def truncated_by_redrawing_from_nowhere(count, latent, threshold, generator):
    z = torch.randn(count, latent, generator=generator)
    while (out := z.abs() > threshold).any():
        z[out] = torch.randn(int(out.sum()))
    return z


def truncated_by_keeping(count, latent, threshold, generator):
    kept = torch.empty(0)
    while len(kept) < count * latent:
        draws = torch.randn(count * latent, generator=generator)
        kept = torch.cat([kept, draws[(-threshold <= draws) & (draws <= threshold)]])
    return kept[: count * latent].view(count, latent)


def truncated_by_scipy(count, latent, threshold, generator):
    uniform = torch.rand((count, latent), generator=generator).numpy()
    return truncnorm(-threshold, threshold).ppf(uniform)


def truncated_row_by_row(count, latent, threshold, generator):
    rows = torch.randn(3 * count, latent, generator=generator)
    return rows[(rows.abs() <= threshold).all(dim=1)][:count]


def truncated_by_init(count, latent, threshold, generator):
    return torch.nn.init.trunc_normal_(torch.empty(count, latent), a=-threshold, b=threshold, generator=generator)


def truncated_wrong(change):
    return lambda count, latent, t, generator: change(torch.randn(count, latent, generator=generator), t)


def truncated_above(count, latent, threshold, generator):
    z = torch.randn(count, latent, generator=generator)
    while (z > threshold).any():
        z[z > threshold] = torch.randn(int((z > threshold).sum()), generator=generator)
    return z


def truncated_once(count, latent, threshold, generator):
    z = torch.randn(count, latent, generator=generator)
    z[z.abs() > threshold] = torch.randn(int((z.abs() > threshold).sum()), generator=generator)
    return z


def truncated_by_length(count, latent, threshold, generator):
    z = torch.randn(count, latent, generator=generator)
    while (far := z.norm(dim=1) > threshold).any():
        z[far] = torch.randn(int(far.sum()), latent, generator=generator)
    return z


def suspects_by_library(fake, train, held_out):
    return memorisation(fake, train, held_out).suspect


def suspects_by_quantile(fake, train, held_out):
    limit = torch.quantile(torch.cdist(held_out, train).min(dim=1).values, 0.05)
    return torch.cdist(fake, train).min(dim=1).values < limit


def suspects_by_numpy(fake, train, held_out):
    nearest = NearestNeighbors(n_neighbors=1).fit(train.numpy())
    limit = np.percentile(nearest.kneighbors(held_out.numpy())[0], 5)
    return nearest.kneighbors(fake.numpy())[0][:, 0] <= limit


def suspects_by_counting(fake, train, held_out):
    known = torch.stack([(train - image).square().sum(dim=1).min() for image in held_out])
    own = torch.stack([(train - image).square().sum(dim=1).min() for image in fake])
    return (own[:, None] < known).float().mean(dim=1) > 0.95


def suspects_wrong(own=None, limit=None):
    own = own or (lambda fake, train, held_out: torch.cdist(fake, train).amin(dim=1))
    limit = limit or (lambda fake, train, held_out: torch.cdist(held_out, train).amin(dim=1).quantile(0.05))
    return lambda *points: own(*points) < limit(*points)


def known(held_out, train):
    return torch.cdist(held_out, train).amin(dim=1)


PREDICTED = {
    "précision": "monte",
    "rappel": "descend",
    "Fréchet": "descend",
    "noyau": "ne change pas",
    "barre du noyau": "descend",
}
READ = {"A": "flou", "B": "copie", "C": "va bien", "D": "effondré"}


def predicted(**changes):
    return lambda: PREDICTED | changes


def read(**changes):
    return lambda: READ | changes


RIGHT = {
    "nuages": [
        clouds_by_scipy, clouds_by_numpy, clouds_by_hand, metrics.frechet_distance,
        lambda a, b: clouds_by_scipy(a.double(), b.double()).float(),
    ],
    "predire_mesures": [
        predicted(),
        lambda: dict(reversed(PREDICTED.items())),
        lambda: dict(sorted(PREDICTED.items())),
    ],
    "infini": [infinity_by_lstsq, infinity_by_numpy, infinity_by_covariance, infinity_in_a_loop],
    "boules": [radii_by_sklearn, radii_without_the_diagonal, radii_in_a_loop, radii_by_sort],
    "precision_rappel": [metrics.precision_recall, overlap_by_loops, overlap_by_numpy, overlap_strict],
    "troncature": [
        truncated_by_redrawing, truncated_by_keeping, truncated_by_scipy, truncated_row_by_row, truncated_by_init,
        lambda count, latent, t, g: truncated_normal(torch.rand(count, latent, generator=g), t),
    ],
    "suspectes": [suspects_by_library, suspects_by_quantile, suspects_by_numpy, suspects_by_counting],
    "lecture_tableau": [
        read(),
        lambda: dict(reversed(READ.items())),
        lambda: {letter: READ[letter] for letter in "BADC"},
    ],
}  # fmt: skip

WRONG = {
    "nuages": [
        (lambda a, b: torch.dist(a.mean(0), b.mean(0)) ** 2, "les covariances sont oubliées"),
        (clouds_wrong(gap=lambda a, b: 0), "les moyennes sont oubliées"),
        (clouds_wrong(gap=torch.dist), "n'est pas mise au carré"),
        (clouds_wrong(gap=torch.nn.functional.mse_loss), "est moyenné sur les dimensions"),
        (clouds_wrong(spread=lambda a, b: torch.trace(a + b - 2 * torch.sqrt(a @ b))), "nombre par nombre : c'est"),
        (clouds_wrong(spread=lambda a, b: torch.trace(a + b - 2 * torch.sqrt(a * b))), "seules les diagonales"),
        (lambda a, b: ((a.mean(0) - b.mean(0)) ** 2 + (a.std(0) - b.std(0)) ** 2).sum(), "seules les diagonales"),
        (clouds_wrong(cov=lambda x: (x - x.mean(0)).T @ (x - x.mean(0)) / len(x)), "il faut un de moins"),
        (clouds_wrong(cov=lambda x: x.T @ x / (len(x) - 1)), "n'a pas été retirée"),
        (clouds_wrong(cov=lambda x: x.T @ x / len(x)), "deux fautes"),
        (clouds_wrong(cov=lambda x: (x - x.mean(0)).T @ (x - x.mean(0))), "n'est pas divisée"),
        (clouds_wrong(cov=lambda x: torch.corrcoef(x.T)), "ce sont les corrélations"),
        (clouds_wrong(spread=lambda a, b: torch.trace(a + b - sqrtm(a @ b))), "facteur 2"),
        (clouds_wrong(spread=lambda a, b: torch.trace(a + b + 2 * sqrtm(a @ b))), "est ajouté, et non"),
        (clouds_wrong(spread=lambda a, b: torch.trace(a + b)), "le terme croisé manque"),
        (clouds_wrong(spread=lambda a, b: torch.trace(a + b - 2 * sqrtm(a) @ sqrtm(b))), "est prise à part"),
        (clouds_wrong(spread=lambda a, b: torch.trace(a + b - 2 * a @ b)), "la racine est oubliée"),
        (clouds_wrong(spread=lambda a, b: torch.linalg.matrix_norm(a - b) ** 2), "l'écart des covariances"),
        (lambda a, b: max(clouds_by_numpy(a, b), 0) ** 0.5, "la racine du tout"),
    ],
    "predire_mesures": [
        (predicted(précision="descend"), "précision : les codes rares"),
        (predicted(précision="ne change pas"), "précision : les images tirées"),
        (predicted(rappel="MONTE"), "rappel : des images"),
        (predicted(rappel="ne change pas"), "rappel : les fleurs rares"),
        (predicted(Fréchet="monte"), "Fréchet : peu d'images"),
        (predicted(Fréchet="ne change pas"), "Fréchet : elle est biaisée"),
        (predicted(noyau="monte"), "d'où viendrait"),
        (predicted(noyau="descend"), "justement le défaut"),
        (predicted(**{"barre du noyau": "monte"}), "chaque essai est une moyenne"),
        (predicted(**{"barre du noyau": "Ne change pas"}), "sans biais ne veut pas dire"),
    ],
    "infini": [
        (lambda sizes, values: polyfit(sizes, values), "contre N : son origine"),
        (lambda sizes, values: polyfit(1 / sizes, values, 0), "c'est la pente qui est rendue"),
        (lambda sizes, values: polyfit(sizes, values, 0), "c'est la pente d'une droite contre N"),
        (lambda sizes, values: polyfit(1 / sizes.sqrt(), values), "contre la racine"),
        (lambda sizes, values: polyfit(1 / sizes**2, values), "contre le carré"),
        (lambda sizes, values: polyfit(sizes.log(), values), "contre le logarithme"),
        (lambda sizes, values: values[-1], "la dernière valeur de la liste"),
        (lambda sizes, values: values[sizes.argmax()], "la valeur de la plus grande taille"),
        (lambda sizes, values: values.mean(), "la moyenne des valeurs"),
        (
            lambda sizes, values: polyfit(
                1 / torch.stack([sizes.min(), sizes.max()]), values[torch.stack([sizes.argmin(), sizes.argmax()])]
            ),
            "que par la plus petite et",
        ),
        (
            lambda sizes, values: polyfit(1 / sizes.sort().values[-2:], values[sizes.sort().indices[-2:]]),
            "que par les deux plus grandes",
        ),
        (lambda sizes, values: polyfit(1 / sizes[[0, -1]], values[[0, -1]]), "que par le premier et le dernier"),
        (
            lambda sizes, values: torch.linalg.lstsq(1 / sizes[:, None], values[:, None]).solution.squeeze(),
            "forcée de passer par zéro",
        ),
    ],
    "boules": [
        (lambda points, k: torch.cdist(points, points).kthvalue(k, dim=1).values, "son propre voisin"),
        (lambda points, k: torch.cdist(points, points).kthvalue(k + 2, dim=1).values, "un voisin trop loin"),
        (lambda points, k: torch.cdist(points, points).kthvalue(2, dim=1).values, "est ignoré"),
        (lambda points, k: torch.cdist(points, points).max(dim=1).values, "jusqu'au point le plus éloigné"),
        (lambda points, k: torch.cdist(points, points).topk(k).values[:, -1], "à partir du plus éloigné"),
        (lambda points, k: torch.cdist(points, points).square().kthvalue(k + 1).values, "au carré : la racine"),
        (lambda points, k: torch.full((len(points),), radii_by_sklearn(points, k).mean()), "ont le même rayon"),
        (lambda points, k: radii_by_sklearn(points, k).mean(), "un seul rayon"),
        (
            lambda points, k: NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[0].mean(axis=1),
            "distance moyenne aux k",
        ),
        (lambda points, k: NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[0].sum(axis=1), "la somme des"),
        (lambda points, k: torch.cdist(points, points, p=1).kthvalue(k + 1).values, "additionne les écarts"),
        (lambda points, k: NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[0], "sont toutes rendues"),
        (lambda points, k: torch.linalg.vector_norm(points - points.mean(0), dim=1), "au centre du nuage"),
    ],
    "precision_rappel": [
        (lambda real, fake, k: metrics.precision_recall(fake, real, k), "sont échangés"),
        (overlap_wrong(lambda x, k: torch.cdist(x, x).kthvalue(k, dim=1).values), "son propre voisin"),
        (overlap_wrong(lambda x, k: radii_by_sort(x, k).mean().repeat(len(x))), "le même rayon, la moyenne"),
        (
            overlap_wrong(
                precision=lambda i: i.any(dim=1).float().mean(), recall=lambda i: i.any(dim=0).float().mean()
            ),
            "les boules touchées",
        ),
        (
            overlap_wrong(
                precision=lambda i: i.all(dim=0).float().mean(), recall=lambda i: i.all(dim=1).float().mean()
            ),
            "toutes les boules à la fois",
        ),
        (overlap_wrong(precision=lambda i: i.float().mean(), recall=lambda i: i.float().mean()), "tous les couples"),
        (overlap_nearest, "du centre le plus proche"),
        (
            lambda real, fake, k: (
                (torch.cdist(fake, real) <= radii_by_sort(fake, k)[:, None]).any(1).float().mean(),
                (torch.cdist(real, fake) <= radii_by_sort(real, k)[:, None]).any(1).float().mean(),
            ),
            "la mauvaise boule",
        ),
        (lambda *points: (metrics.precision_recall(*points)[0],) * 2, "la précision est juste"),
        (lambda *points: (metrics.precision_recall(*points)[1],) * 2, "le rappel est juste"),
        (lambda *points: [1 - share for share in metrics.precision_recall(*points)], "hors des boules"),
        (lambda *points: [100 * share for share in metrics.precision_recall(*points)], "pourcentages"),
    ],
    "troncature": [
        (truncated_wrong(lambda z, t: z.clamp(min=-t, max=t)), "ramené au seuil"),
        (truncated_wrong(lambda z, t: t * z), "multipliés par le seuil"),
        (truncated_wrong(lambda z, t: z), "rien n'est tronqué"),
        (truncated_above, "seul le haut"),
        (lambda *arguments: -truncated_above(*arguments), "seul le bas"),
        (truncated_once, "qu'une fois"),
        (truncated_wrong(lambda z, t: z * (z.abs() <= t)), "remplacé par zéro"),
        (truncated_wrong(lambda z, t: z[z.abs() <= t]), "sans être remplacé"),
        (lambda n, d, t, g: torch.empty(n, d).uniform_(-t, t, generator=g), "la loi est uniforme"),
        (truncated_wrong(lambda z, t: t * torch.tanh(z)), "tangente hyperbolique"),
        (truncated_by_length, "la longueur de chaque code"),
        (lambda *arguments: truncated_by_keeping(*arguments).abs(), "tous positifs"),
        (lambda n, d, t, g: truncated_by_redrawing(1, d, t, g).repeat(n, 1), "un seul code"),
        (lambda n, d, t, g: truncated_by_redrawing(d, n, t, g), "la forme est retournée"),
        (lambda n, d, t, g: truncated_by_redrawing(n, d, t, None), "un tirage au moins"),
        (truncated_by_redrawing_from_nowhere, "un tirage au moins"),
        (
            lambda n, d, t, g: truncated_by_redrawing(n, d, t, torch.Generator().manual_seed(42)),
            "une graine fixée",
        ),
    ],
    "suspectes": [
        (suspects_wrong(limit=lambda f, t, h: known(f, t).quantile(0.05)), "pris sur les fausses"),
        (suspects_wrong(limit=lambda f, t, h: known(h, t).quantile(0.95)), "à l'autre bout"),
        (suspects_wrong(limit=lambda f, t, h: known(h, t).quantile(0.5)), "la médiane"),
        (suspects_wrong(limit=lambda f, t, h: known(h, t).mean()), "le seuil est la moyenne"),
        (suspects_wrong(limit=lambda f, t, h: known(h, t).min()), "la plus petite distance"),
        (
            suspects_wrong(
                lambda f, t, h: torch.cdist(f, t).mean(1), lambda f, t, h: torch.cdist(h, t).mean(1).quantile(0.05)
            ),
            "moyenne aux images apprises",
        ),
        (suspects_wrong(lambda f, t, h: torch.cdist(f, t).mean(1)), "moyenne pour les fausses"),
        (
            suspects_wrong(
                lambda f, t, h: torch.cdist(f, t).amax(1), lambda f, t, h: torch.cdist(h, t).amax(1).quantile(0.05)
            ),
            "la plus éloignée",
        ),
        (lambda f, t, h: known(f, t) > known(h, t).quantile(0.05), "le sens est renversé"),
        (suspects_wrong(lambda f, t, h: known(f, h)), "comparées aux inconnues"),
        (
            suspects_wrong(limit=lambda f, t, h: radii_by_sort(h, 1).double().quantile(0.05)),
            "des inconnues entre elles",
        ),
        (
            suspects_wrong(limit=lambda f, t, h: radii_by_sort(t, min(1, len(t) - 1)).double().quantile(0.05)),
            "apprises entre elles",
        ),
        (lambda f, t, h: torch.cdist(f, t).amin(0) < known(h, t).quantile(0.05), "sur le mauvais côté"),
        (lambda *points: suspects_by_quantile(*points).sum(), "le nombre des suspectes"),
        (lambda *points: suspects_by_quantile(*points).float().mean(), "la part des suspectes"),
        (lambda *points: torch.where(suspects_by_quantile(*points))[0], "les numéros"),
        (lambda f, t, h: known(f, t), "ce sont les distances"),
    ],
    "lecture_tableau": [
        *((read(A=kind), f"ligne A : {part}") for kind, part in
          (("copie", "ses voisins"), ("effondré", "son rappel"), ("Va bien", "une image sur quatre"))),
        *((read(B=kind), f"ligne B : {part}") for kind, part in
          (("effondre", "son rappel"), ("FLOU", "sa précision"), ("va bien", "la colonne"))),
        *((read(C=kind), f"ligne C : {part}") for kind, part in
          (("copie", "ses voisins"), ("effondré", "son rappel"), ("flou", "sa précision"))),
        *((read(D=kind), f"ligne D : {part}") for kind, part in
          (("copie", "ses voisins"), ("flou", "toutes ses images"), ("va bien", "une précision"))),
    ],
}  # fmt: skip

UNKNOWN = {
    "nuages": [
        clouds_wrong(gap=lambda a, b: (a - b).abs().sum()),
        clouds_wrong(spread=lambda a, b: torch.trace(a + b - 2 * sqrtm(a @ b)) / 2),
        lambda a, b: torch.cdist(a, b).mean(),
    ],
    "predire_mesures": [
        predicted(rappel="double"),
        lambda: "monte",
        lambda: {"précision": "monte", "rappel": "descend"},
        predicted(rappel="Descend"),
        predicted(remarque="je ne suis pas sûre"),
        lambda: {key.replace("é", "e"): label for key, label in PREDICTED.items()},
    ],
    "infini": [
        lambda sizes, values: values.median() / 2,
        lambda sizes, values: np.polyfit(1 / sizes.numpy(), values.numpy(), 1),
        lambda sizes, values: values.max() - values.min(),
    ],
    "boules": [
        lambda points, k: torch.cdist(points, points),
        lambda points, k: 2 * radii_by_sort(points, k),
        lambda points, k: torch.cdist(points, points).argsort()[:, k],
    ],
    "precision_rappel": [
        lambda real, fake, k: (0.5, 0.5),
        lambda *points: metrics.precision_recall(*points)[0],
        lambda real, fake, k: metrics.precision_recall(2 * real, fake, k),
    ],
    "troncature": [
        lambda *arguments: truncated_by_redrawing(*arguments) / 2,
        lambda *arguments: truncated_by_redrawing(*arguments) + 1,
        lambda *arguments: truncated_by_redrawing(*arguments).tolist(),
    ],
    "suspectes": [
        lambda f, t, h: known(f, t) < 0,
        lambda f, t, h: known(f, t) < 0.3 * known(h, t).std(),
        lambda f, t, h: [False] * len(f),
    ],
    "lecture_tableau": [read(A="moyen"), read(D="effondre"), lambda: "copie", lambda: {"A": "flou"}],
}
