"""Un facteur par dimension ? Quatre mesures de démêlage, pour des codes dont on connaît les vrais facteurs.

codes : (N, D). factors : nom -> N valeurs, des nombres ou des catégories, qui varient. Chaque mesure va de 0 à 1, et
lève ValueError pour des codes ou des facteurs dont elle ne peut rien dire.
"""

from collections.abc import Callable, Mapping

import numpy as np

BINS = 20


def mutual_information(codes: np.ndarray, factors: Mapping[str, np.ndarray], bins: int = BINS) -> np.ndarray:
    """L'information mutuelle de chaque dimension et de chaque facteur, en nats : (D, K). Valeurs rangées en cases."""
    columns = [_cut(column, bins) for column in codes.T]
    truths = [_cut(np.asarray(values), bins) for values in factors.values()]
    return np.array([[_information(column, truth) for truth in truths] for column in columns])


def mig(codes: np.ndarray, factors: Mapping[str, np.ndarray], bins: int = BINS) -> float:
    """L'écart d'information mutuelle : pour chaque facteur, la dimension qui en dit le plus, moins la deuxième.

    Rapporté à l'entropie du facteur, puis moyenné. Source : Chen, Li, Grosse et Duvenaud, « Isolating Sources of
    Disentanglement in Variational Autoencoders », 2018, équation 6.
    """
    _check(codes, factors)
    information = np.sort(mutual_information(codes, factors, bins), axis=0)
    entropies = np.array([_entropy(_cut(np.asarray(values), bins)) for values in factors.values()])
    return float(np.mean((information[-1] - information[-2]) / entropies))


def sap(codes: np.ndarray, factors: Mapping[str, np.ndarray]) -> float:
    """La même idée avec des prédicteurs à une dimension : R² d'une droite, ou part de bonnes réponses au-dessus du
    hasard.

    Une catégorie se prédit par la moyenne la plus proche. Source : d'après Kumar, Sattigeri et Balakrishnan,
    « Variational Inference of Disentangled Latent Concepts from Unlabeled Observations », 2018.
    """
    _check(codes, factors)
    scores = np.array(
        [
            [_by_nearest_mean(c, v) if _is_category(v) else np.corrcoef(c, v)[0, 1] ** 2 for c in codes.T]
            for v in map(np.asarray, factors.values())
        ]
    )
    ordered = np.sort(np.nan_to_num(scores), axis=1)
    return float(np.mean(ordered[:, -1] - ordered[:, -2]))


def dci(codes: np.ndarray, factors: Mapping[str, np.ndarray], seed: int = 0) -> dict[str, float]:
    """Démêlage, complétude et prévision, d'après l'importance de chaque dimension dans des arbres de décision.

    « disentanglement » : chaque dimension ne sert qu'à un facteur. « completeness » : chaque facteur ne demande qu'une
    dimension. « informativeness » : qualité moyenne des prévisions, sur un quart de codes mis de côté.
    Source : Eastwood et Williams, « A Framework for the Quantitative Evaluation of Disentangled Representations »,
    2018.
    """
    _check(codes, factors, least=2)
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    order = np.random.default_rng(seed).permutation(len(codes))
    test, train = np.split(order, [len(codes) // 4])
    importance, quality = [], []
    for values in map(np.asarray, factors.values()):
        forest = RandomForestClassifier if _is_category(values) else RandomForestRegressor
        model = forest(n_estimators=60, random_state=seed).fit(codes[train], values[train])
        importance.append(model.feature_importances_)
        quality.append(max(0.0, model.score(codes[test], values[test])))
    weights = np.array(importance).T  # (D, K)
    return {
        "disentanglement": _peakedness(weights),
        "completeness": _peakedness(weights.T),
        "informativeness": float(np.mean(quality)),
    }


def factor_vae_score(
    encode: Callable[[str, int], np.ndarray],
    names: tuple[str, ...],
    spread: np.ndarray,
    votes: int = 100,
    seed: int = 0,
) -> float:
    """Le score de FactorVAE : retrouver le facteur tenu fixe à la dimension qui varie le moins.

    encode(nom, graine) : les codes (L, D) d'images où ce facteur est fixé, les autres libres. spread : (D,), l'écart
    type de chaque dimension sur tout le jardin ; celles qui ne bougent pas (moins de 0,05) sont écartées. La moitié
    des votes apprend à quel facteur répond chaque dimension, l'autre moitié note. Source : Kim et Mnih, «
    Disentangling by Factorising », 2018, section 4.
    """
    alive = np.flatnonzero(spread > 0.05)
    if not len(alive):
        return 1 / len(names)
    random = np.random.default_rng(seed)
    truth = random.permutation(np.arange(votes) % len(names))
    quiet = [
        alive[np.argmin((encode(names[k], seed + i)[:, alive] / spread[alive]).var(axis=0))]
        for i, k in enumerate(truth.tolist())
    ]
    table = np.zeros((len(spread), len(names)))
    half = votes // 2
    np.add.at(table, (quiet[:half], truth[:half]), 1)
    answers = table.argmax(axis=1)
    return float(np.mean(answers[quiet[half:]] == truth[half:]))


def with_error(
    measure: Callable[[np.ndarray, dict[str, np.ndarray]], dict[str, float]],
    codes: np.ndarray,
    factors: Mapping[str, np.ndarray],
    repeats: int = 10,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Nom -> (valeur, erreur type) de ce que rend ``measure(codes, factors)``, quand on regarde d'autres images.

    Comme :func:`lessons_lib.metrics.uncertainty` : chaque essai écarte un quart des images, sans remise, car une image
    en double aiderait les arbres de DCI. Le score de FactorVAE compte des votes : son erreur est celle d'une part, voir
    :func:`lessons_lib.metrics.wilson_interval`. Un autre entraînement du même réseau n'est pas compris.
    """
    random, count, removed = np.random.default_rng(seed), len(codes), len(codes) // 4
    parts = [random.permutation(count)[removed:] for _ in range(repeats)]
    tries = [measure(codes[rows], {name: np.asarray(v)[rows] for name, v in factors.items()}) for rows in parts]
    scale = np.sqrt((count - removed) / removed)
    whole = measure(codes, dict(factors))
    return {
        name: (value, float(scale * np.std([found[name] for found in tries], ddof=1))) for name, value in whole.items()
    }


def _check(codes: np.ndarray, factors: Mapping[str, np.ndarray], least: int = 1) -> None:
    if codes.ndim != 2 or codes.shape[1] < 2 or len(codes) < 4:
        raise ValueError(f"Des codes (N, D), N d'au moins 4 et D d'au moins 2, sont attendus ; reçu {codes.shape}.")
    if len(factors) < least:
        raise ValueError(
            f"Au moins {least} facteur{'s' * (least > 1)} attendu{'s' * (least > 1)} ; reçu {len(factors)}."
        )
    still = [name for name, values in factors.items() if len(np.unique(values)) < 2]
    if still:
        raise ValueError(f"Ces facteurs ne varient pas, ôtez-les : {', '.join(still)}.")


def _is_category(values: np.ndarray) -> bool:
    return values.dtype.kind in "USOb"


def _cut(values: np.ndarray, bins: int) -> np.ndarray:
    """Le numéro de case de chaque valeur : une case par catégorie, ou ``bins`` cases de même largeur."""
    if _is_category(values) or len(np.unique(values)) <= bins:
        return np.unique(values, return_inverse=True)[1]
    edges = np.linspace(values.min(), values.max(), bins + 1)[1:-1]
    return np.digitize(values, edges)


def _entropy(cells: np.ndarray) -> float:
    shares = np.unique(cells, return_counts=True)[1] / len(cells)
    return float(-(shares * np.log(shares)).sum())


def _information(a: np.ndarray, b: np.ndarray) -> float:
    return _entropy(a) + _entropy(b) - _entropy(a * (b.max() + 1) + b)


def _by_nearest_mean(column: np.ndarray, labels: np.ndarray) -> float:
    names, which = np.unique(labels, return_inverse=True)
    means = np.array([column[which == k].mean() for k in range(len(names))])
    right = np.abs(column[:, None] - means).argmin(axis=1) == which
    chance = 1 / len(names)
    return max(0.0, (right.mean() - chance) / (1 - chance))


def _peakedness(weights: np.ndarray) -> float:
    """1 moins l'entropie de chaque ligne, en base K, moyennée avec le poids de la ligne."""
    totals = weights.sum(axis=1)
    shares = weights[totals > 0] / totals[totals > 0, None]
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    peaks = 1 + (shares * logs).sum(axis=1) / np.log(weights.shape[1])
    return float((peaks * totals[totals > 0]).sum() / totals.sum())
