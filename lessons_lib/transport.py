"""Le transport optimal sur une droite, où tout se calcule exactement ; et ce que l'on mesure d'ordinaire à sa place.

Sur une droite, déplacer la masse dans l'ordre est optimal : trier suffit. Les densités p et q sont des tableaux (K,)
sur une grille régulière de pas dx, d'intégrale 1 ; les distances de Wasserstein sont dans l'unité de la droite, les
divergences en nats. Enseigné dans la leçon 05.

Sources : Villani, « Topics in Optimal Transportation », 2003, section 2.2 (la droite) ; Peyré et Cuturi,
« Computational Optimal Transport », 2019, sections 2.6 (la droite) et 6.1 (W1 et les fonctions 1-lipschitziennes) ;
Lin, « Divergence Measures Based on the Shannon Entropy », 1991 (Jensen-Shannon).
"""

import numpy as np

SAME = 1e-9  # deux fonctions de répartition plus proches que cela sont confondues : il ne passe plus de masse


def kl(p: np.ndarray, q: np.ndarray, dx: float) -> float:
    """KL(p ‖ q) = ∫ p log(p / q) : la divergence de Kullback-Leibler, en nats.

    p, q : (K,). Infinie dès que p met de la masse là où q n'en met pas. Lève ValueError si p et q ne sont pas deux
    densités sur la même grille. Source : Kullback et Leibler, « On Information and Sufficiency », 1951.
    """
    p, q = _densities(p, q, dx)
    there = p > 0
    if (q[there] == 0).any():
        return float("inf")
    return float(np.sum(p[there] * np.log(p[there] / q[there])) * dx)


def jensen_shannon(p: np.ndarray, q: np.ndarray, dx: float) -> float:
    """JS(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m), avec m = (p + q) / 2 : entre 0 et log 2, en nats.

    p, q : (K,). Vaut log 2 quelle que soit la distance de deux lois qui ne se recouvrent pas. Mêmes erreurs que
    :func:`kl`. Source : Lin 1991 ; Arjovsky, Chintala et Bottou, « Wasserstein GAN », 2017, section 2, exemple 1.
    """
    m = (np.asarray(p) + np.asarray(q)) / 2
    return (kl(p, m, dx) + kl(q, m, dx)) / 2


def wasserstein_1d(x: np.ndarray, y: np.ndarray) -> float:
    """W1 entre deux échantillons, chacun de poids égaux : on trie, on apparie, on moyenne |x − y|.

    x : (N,), y : (M,). Si N = M, c'est la moyenne de |x trié − y trié|. Lève ValueError pour un échantillon vide ou
    non fini. Source : Peyré et Cuturi 2019, remarque 2.28.
    """
    i, j, mass = transport_plan_1d(x, y)
    return float(np.sum(mass * np.abs(np.asarray(x)[i] - np.asarray(y)[j])))


def wasserstein_1d_densities(p: np.ndarray, q: np.ndarray, grid: np.ndarray) -> float:
    """W1 = ∫ |F − G|, l'aire entre les deux fonctions de répartition.

    p, q : (K,) ; grid : (K,), régulière. Exacte pour les lois qui placent la masse p·dx aux points de la grille.
    Lève ValueError si p et q ne sont pas deux densités sur cette grille. Source : Peyré et Cuturi 2019, remarque 2.30.
    """
    return float(np.sum(np.abs(_excess(p, q, grid))) * _step(grid))


def kantorovich_potential_1d(p: np.ndarray, q: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """La meilleure critique 1-lipschitzienne : f telle que E_p f − E_q f = W1(p, q).

    p, q, grid : (K,). Rend f : (K,), de pente −1 là où la masse de p doit aller vers la droite pour devenir q (F > G),
    1 là où elle doit aller vers la gauche, et 0 où rien ne passe (toute pente de [−1, 1] y convient). f n'est connue
    qu'à une constante près : on prend E_p f + E_q f = 0. Mêmes erreurs que :func:`wasserstein_1d_densities`.
    Source : Peyré et Cuturi 2019, section 6.1 ; Arjovsky, Chintala et Bottou 2017, équation 2.
    """
    excess = _excess(p, q, grid)
    slope = np.where(np.abs(excess) < SAME, 0.0, -np.sign(excess))
    f = np.insert(np.cumsum(slope[:-1]), 0, 0.0) * _step(grid)
    return f - np.sum(f * (np.asarray(p) + np.asarray(q))) * _step(grid) / 2


def transport_plan_1d(
    x: np.ndarray, y: np.ndarray, a: np.ndarray | None = None, b: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Le plan de transport optimal de x vers y : la masse mass[k] va de x[i[k]] à y[j[k]].

    x : (N,), y : (M,), dans n'importe quel ordre. a : (N,), b : (M,), leurs poids, ramenés à une somme de 1 ; égaux par
    défaut. Rend i, j, mass, d'au plus N + M − 1 éléments : les échantillons triés sont découpés aux mêmes quantiles.
    Lève ValueError pour un échantillon ou des poids vides, négatifs ou non finis. Source : Villani 2003, théorème 2.18.
    """
    (from_x, cut_x), (from_y, cut_y) = _sorted_cuts(x, a), _sorted_cuts(y, b)
    cuts = np.unique(np.concatenate([[0.0], cut_x, cut_y]))
    mass, middle = np.diff(cuts), (cuts[1:] + cuts[:-1]) / 2
    return from_x[np.searchsorted(cut_x, middle)], from_y[np.searchsorted(cut_y, middle)], mass


def quantiles_1d(p: np.ndarray, grid: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Les places qui laissent à leur gauche les parts ``levels`` de la masse.

    p, grid : (K,) ; levels : (Q,) dans ]0, 1[. Rend (Q,). Deux lois prises aux mêmes niveaux donnent leur plan de
    transport : la masse de rang u va de F⁻¹(u) à G⁻¹(u). Source : Villani 2003, théorème 2.18.
    """
    step = _step(grid)
    p, _ = _densities(p, p, step)
    edges = np.insert(grid + step / 2, 0, grid[0] - step / 2)
    cumulated = np.insert(np.cumsum(p) * step, 0, 0.0)
    return np.interp(levels, cumulated / cumulated[-1], edges)


def _excess(p, q, grid) -> np.ndarray:
    """F − G, l'écart des fonctions de répartition à droite de chaque point de la grille."""
    step = _step(grid)
    p, q = _densities(p, q, step)
    if len(grid) != len(p):
        raise ValueError(f"La grille a {len(grid)} points et les densités {len(p)} : il en faut autant.")
    return np.cumsum(p - q) * step


def _step(grid) -> float:
    steps = np.diff(grid)
    if len(steps) == 0 or not steps[0] > 0 or np.ptp(steps) > 1e-6 * steps[0]:
        raise ValueError("La grille doit être régulière et croissante, d'au moins deux points : voyez np.linspace.")
    return float(steps[0])


def _densities(p, q, dx: float) -> tuple[np.ndarray, np.ndarray]:
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    if p.ndim != 1 or p.shape != q.shape:
        raise ValueError(f"Deux densités sur la même grille, (K,), sont attendues ; reçu {p.shape} et {q.shape}.")
    for name, density in (("p", p), ("q", q)):
        total = density.sum() * dx
        if not (density >= 0).all() or abs(total - 1) > 1e-3:
            raise ValueError(
                f"{name} n'est pas une densité : positive et d'intégrale 1 attendue, reçu une intégrale de {total:.4g} "
                f"et un minimum de {density.min():.4g}. Divisez par {name}.sum() * dx."
            )
    return p, q


def _sorted_cuts(x, weights) -> tuple[np.ndarray, np.ndarray]:
    """L'ordre des points de poids non nul, et la masse cumulée à droite de chacun (le dernier vaut 1)."""
    x = np.asarray(x, dtype=float)
    weights = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=float)
    if x.ndim != 1 or x.shape != weights.shape or not np.isfinite(x).all():
        raise ValueError(f"Un échantillon fini (N,) et ses N poids sont attendus ; reçu {x.shape} et {weights.shape}.")
    if not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
        raise ValueError("Les poids doivent être positifs, et leur somme ni nulle ni infinie.")
    order = np.argsort(x, kind="stable")
    order = order[weights[order] > 0]
    cuts = np.cumsum(weights[order])
    return order, cuts / cuts[-1]
