"""Le test du classifieur : si rien ne sépare vraies et fausses images, un classifieur répond au hasard."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class TwoSampleTest:
    """accuracy : part de bonnes réponses (0,5 : rien ne les sépare ; 0 : des copies). real, fake : la même, sur les
    vraies et sur les fausses. p_value : part des étiquettes mêlées au hasard qui font aussi bien."""

    accuracy: float
    real: float
    fake: float
    p_value: float


def nearest_neighbour_test(real: Tensor, fake: Tensor, permutations: int = 200, seed: int = 0) -> TwoSampleTest:
    """Chaque image reçoit l'étiquette de sa plus proche voisine parmi toutes les autres, vraies et fausses mêlées.

    real, fake : (N, D), autant de l'une que de l'autre. Bien au-dessus de 0,5 : les fausses se reconnaissent. Bien
    au-dessous : chaque fausse est collée à une vraie, le générateur copie.
    Lève ValueError pour deux échantillons de tailles différentes ou de moins de deux points.
    Sources : Lopez-Paz et Oquab, « Revisiting Classifier Two-Sample Tests », 2017 ; Xu et al., « An Empirical Study on
    Evaluation Metrics of Generative Adversarial Networks », 2018 (le plus proche voisin, laissé seul à son tour).
    """
    if real.shape != fake.shape or real.ndim != 2 or len(real) < 2:
        raise ValueError(
            "Deux échantillons de même forme (N, D), N d'au moins 2, sont attendus ; reçu "
            f"{tuple(real.shape)} et {tuple(fake.shape)}."
        )
    n = len(real)
    distances = torch.cdist(*[torch.cat([real, fake]).double()] * 2).fill_diagonal_(torch.inf)
    neighbour = distances.argmin(dim=1).cpu()
    labels = torch.arange(2 * n) < n
    right = labels == labels[neighbour]
    random = torch.Generator().manual_seed(seed)
    shuffled = [labels[torch.randperm(2 * n, generator=random)] for _ in range(permutations)]
    by_chance = torch.stack([(mixed == mixed[neighbour]).float().mean() for mixed in shuffled])
    p_value = (1 + (by_chance >= right.float().mean()).sum().item()) / (1 + permutations)
    return TwoSampleTest(*(part.float().mean().item() for part in (right, right[:n], right[n:])), p_value)
