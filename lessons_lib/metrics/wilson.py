"""L'intervalle d'une part que l'on a comptée, sûr même quand le compte est nul ou total."""

import math


def wilson_interval(count: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """(bas, haut) : où se trouve la vraie part quand ``count`` images sur ``total`` ont été comptées.

    z : nombre d'écarts types ; 1,96 pour 95 %, 1 pour une erreur type. Zéro compté sur 100 ne dit pas « jamais » : le
    haut vaut alors près de 4 %. Lève ValueError si count n'est pas entre 0 et total.
    Source : Wilson, « Probable Inference, the Law of Succession, and Statistical Inference », 1927.
    """
    if total < 1 or not 0 <= count <= total:
        raise ValueError(f"{count} sur {total} : un compte de 0 à {max(total, 1)}, sur au moins 1, est attendu.")
    share, weight = count / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = math.sqrt(share * (1 - share) * weight + weight * weight / 4) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)
