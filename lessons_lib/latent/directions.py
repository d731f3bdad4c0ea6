"""Trouver les directions de l'espace latent qui ont un sens : composantes principales et régressions (leçon 03)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Directions:
    """Des directions nommées d'un espace latent.

    names : K noms. vectors : (K, latent), de norme 1. scores : (K,), la part de variance que porte chaque composante
    principale, ou le R² de chaque régression, sur des codes mis de côté. ``directions["ouverture"]`` rend (latent,).
    """

    names: tuple[str, ...]
    vectors: Tensor
    scores: Tensor
    measure: str = "R²"

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, name: str) -> Tensor:
        if name not in self.names:
            raise KeyError(f"Aucune direction « {name} ». Directions : {', '.join(self.names)}.")
        return self.vectors[self.names.index(name)]


def code_directions(codes: Tensor, k: int = 8) -> Directions:
    """Les k directions où des codes varient le plus : leur analyse en composantes principales.

    codes : (N, latent), par exemple les mu d'un VAE. Source : Härkönen et al., « GANSpace: Discovering Interpretable
    GAN Controls », 2020, section 2. Lève ValueError si k dépasse latent.
    """
    codes = codes.detach().cpu().double()
    vectors, share, _ = _principal(codes, k)
    return _components(vectors, share)


def principal_directions(
    network: nn.Module,
    k: int = 8,
    *,
    layer: nn.Module | None = None,
    latent: int | None = None,
    samples: int = 1024,
    generator: torch.Generator | None = None,
) -> Directions:
    """Les directions principales d'un générateur : où bouger z pour que sa première couche change le plus.

    On tire z ~ N(0, I), on fait l'analyse en composantes principales des activations de la couche, puis on régresse z
    sur les k coordonnées obtenues : chaque colonne de la régression est une direction de l'espace latent.

    network : z (N, latent) -> images ; mis en mode évaluation le temps du calcul. layer : la couche observée ; par
    défaut la première qui a des poids. latent : dimensions de z, par défaut ``network.latent``. samples : nombre de
    tirages. generator : le hasard des tirages.
    Source : Härkönen et al. 2020, section 2. Lève ValueError si k dépasse latent.
    """
    latent = latent or network.latent
    layer = layer or next(module for module in network.modules() if module._parameters and not list(module.children()))
    z = torch.randn(samples, latent, generator=generator)
    device = next(network.parameters()).device
    activations = torch.cat([_activations(network, layer, part.to(device)) for part in z.split(128)]).double()
    _, share, coordinates = _principal(activations, _checked_count(k, latent))
    regressed = torch.linalg.lstsq(coordinates, z.double()).solution  # (k, latent)
    return _components(regressed, share)


def regression_directions(
    codes: Tensor,
    factors: Mapping[str, Sequence],
    *,
    independent: bool = True,
    held_out: float = 0.2,
    generator: torch.Generator | None = None,
) -> Directions:
    """Une direction par facteur connu : le sens où le code moyen se déplace quand le facteur croît.

    C'est la régression linéaire des codes sur les facteurs. Le gradient de la régression inverse, celle du facteur sur
    les codes, peut prédire le facteur à la perfection et ne rien changer à l'image : il s'appuie aussi sur des
    dimensions où les codes ne vont presque jamais, et que le décodeur ignore.

    codes : (N, latent). factors : nom -> N valeurs ; du texte donne une direction par catégorie, « nom : catégorie ».
    independent : chaque facteur varie seul, les autres restant fixes ; sinon ce qui varie d'ordinaire avec lui le suit.
    held_out : part des codes mise de côté, au hasard de ``generator``, pour ``scores`` : le R² avec lequel les codes
    prédisent le facteur ; près de 0, ils n'en savent rien et la direction non plus.
    Sources : Shen et al., « Interpreting the Latent Space of GANs for Semantic Face Editing », 2020, section 3
    (*conditional manipulation* pour ``independent``) ; Haufe et al., « On the interpretation of weight vectors of
    linear models in multivariate neuroimaging », 2014, pour le sens de la régression.
    Lève ValueError si les longueurs diffèrent ou s'il y a moins de codes que de dimensions.
    """
    names, targets = factor_table(factors)
    codes = codes.detach().cpu().double()
    count, latent = codes.shape
    if len(targets) != count or count * (1 - held_out) <= latent + 1:
        raise ValueError(
            f"{len(targets)} valeurs de facteurs pour {count} codes de dimension {latent} : il en faut autant que de "
            "codes, et nettement plus de codes que de dimensions."
        )
    aside, used = aside_and_used(count, held_out, generator)
    centre, middle = codes[used].mean(dim=0), targets[used].mean(dim=0)
    z, f = codes[used] - centre, targets[used] - middle
    moves = torch.linalg.lstsq(f, z, driver="gelsd").solution if independent else f.T @ z  # (K, latent)
    predicted = (codes[aside] - centre) @ torch.linalg.lstsq(z, f, driver="gelsd").solution + middle
    return Directions(names, _unit(moves).float(), r_squared(targets[aside], predicted).float())


def factor_table(factors: Mapping[str, Sequence]) -> tuple[tuple[str, ...], Tensor]:
    """Des facteurs en colonnes de nombres : leurs noms, et (N, K) en float64 ; une colonne par catégorie de texte."""
    columns = {}
    for name, values in factors.items():
        array = np.asarray(values)
        if array.dtype.kind in "biuf":
            columns[name] = array.astype(float)
        else:
            columns |= {f"{name} : {label}": (array == label).astype(float) for label in np.unique(array)}
    if not columns or len({len(column) for column in columns.values()}) > 1:
        raise ValueError("Les facteurs doivent être nom -> N valeurs, toutes listes de même longueur, une au moins.")
    return tuple(columns), torch.from_numpy(np.stack(list(columns.values()), axis=1))


def aside_and_used(count: int, share: float, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """Les rangs d'une part ``share`` mise de côté pour l'épreuve, et ceux des autres, tirés au hasard."""
    return torch.randperm(count, generator=generator).tensor_split([max(2, round(share * count))])


def r_squared(truth: Tensor, predicted: Tensor) -> Tensor:
    """R² par colonne, 1 − erreur / variance : (N, K) et (N, K) -> (K,) ; 1 est parfait, 0 vaut la moyenne."""
    spread = (truth - truth.mean(dim=0)).square().sum(dim=0)
    return 1 - (truth - predicted).square().sum(dim=0) / spread.clamp_min(torch.finfo(truth.dtype).tiny)


class _Reached(Exception):
    """La couche observée a répondu : le reste du réseau n'a pas besoin de tourner."""


def _activations(network: nn.Module, layer: nn.Module, z: Tensor) -> Tensor:
    """Ce que rend une couche du réseau, en mode évaluation : (N, latent) -> (N, D), sur le processeur."""

    def keep(_module, _inputs, output):
        raise _Reached(output.flatten(1).cpu())

    training = network.training
    hook = layer.register_forward_hook(keep)
    network.eval()
    try:
        with torch.inference_mode():
            network(z)
    except _Reached as reached:
        return reached.args[0]
    finally:
        hook.remove()
        network.train(training)
    raise ValueError(
        "La couche observée ne fait pas partie du réseau, ou il ne s'en sert pas : choisissez-en une autre."
    )


def _principal(points: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """(N, D) -> vecteurs (k, D), parts de variance (k,), coordonnées (N, k) ; par le plus petit des deux produits."""
    centred = points - points.mean(dim=0)
    count, width = centred.shape
    if width <= count:
        variance, vectors = torch.linalg.eigh(centred.T @ centred)
        vectors = vectors.T
    else:
        variance, left = torch.linalg.eigh(centred @ centred.T)
        vectors = left.T @ centred
    keep = torch.arange(len(variance) - 1, len(variance) - 1 - _checked_count(k, len(variance)), -1)
    vectors = _unit(vectors[keep])
    return vectors, variance[keep] / variance.sum(), centred @ vectors.T


def _components(vectors: Tensor, share: Tensor) -> Directions:
    """Norme 1, et le signe qui rend positive la plus grande coordonnée : une composante n'a pas de sens propre."""
    largest = vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True))
    names = tuple(f"composante {number}" for number in range(1, len(vectors) + 1))
    return Directions(names, (_unit(vectors) * largest.sign()).float(), share.float(), "part de variance")


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(vectors.dtype).tiny)


def _checked_count(k: int, most: int) -> int:
    if not 1 <= k <= most:
        raise ValueError(f"k vaut {k} : un nombre de directions de 1 à {most} est attendu.")
    return k
