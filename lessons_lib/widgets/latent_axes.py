"""Ce que règlent les curseurs de l'explorateur : les dimensions de z, ou des directions qui ont un nom."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from lessons_lib.latent import Directions


def truncated_normal(uniform: Tensor, threshold: float) -> Tensor:
    """Des nombres uniformes dans ]0, 1[ -> la loi normale N(0, 1) restreinte à [-threshold, threshold].

    C'est la loi que l'on obtient en retirant chaque coordonnée qui sort de l'intervalle (Marchesi, «
    Megapixel Size Image Creation using Generative Adversarial Networks », 2017 ; Brock et al., « Large Scale
    GAN Training for High Fidelity Natural Image Synthesis », 2019, §3.1). L'inverse de la fonction de
    répartition la donne sans rejet, et fait varier continûment un même tirage avec le seuil. Lève ValueError
    si le seuil n'est pas positif.
    """
    if not threshold > 0:
        raise ValueError(f"Le seuil de troncature doit être positif ; reçu {threshold}.")
    below = torch.special.ndtr(torch.tensor(-float(threshold), dtype=torch.float64))
    z = torch.special.ndtri(below + uniform.double() * (1 - 2 * below))
    return z.clamp(-threshold, threshold).to(uniform.dtype)


class Dimensions:
    """Un curseur par dimension de z, la plus importante d'abord ; les valeurs des curseurs sont z lui-même.

    z : (latent,) ou (1, latent). importance : une valeur par dimension, ou None.
    """

    title = "Un curseur par dimension de z"
    kind = "dimensions"

    def __init__(self, z: Tensor, importance: Sequence[float] | Tensor | None):
        self.start = one_code(z)
        count = self.start.shape[1]
        scores = None if importance is None else torch.as_tensor(importance).detach().float().cpu().flatten().tolist()
        if scores is not None and len(scores) != count:
            raise ValueError(
                f"importance doit donner une valeur par dimension : {count} attendues, {len(scores)} reçues."
            )
        self.order = sorted(range(count), key=lambda k: -scores[k]) if scores else list(range(count))
        self.names = [f"z[{k}]" for k in range(count)]
        self.notes = [f" ({score:.2f})".replace(".", ",") for score in scores] if scores else [""] * count
        self.tooltips = [f"Dimension {k} de z" for k in range(count)]
        note = ", de la plus à la moins informative (entre parenthèses, leur importance)" if scores else ""
        self.heading = f"<b>Dimensions de z</b>{note}"
        self.label_width = 90

    def code(self, _name: str, values: Tensor) -> Tensor:
        return values

    def codes(self, values: Tensor) -> Tensor:
        """Ce que l'explorateur rend comme z."""
        return values.clone()

    def uniforms(self, generator: torch.Generator | None) -> Tensor:
        return torch.rand(1, self.start.shape[1], generator=generator, dtype=torch.float64)

    def redrawn(self, uniforms: Tensor, threshold: float, _values: Tensor) -> Tensor:
        """Les valeurs des curseurs après un tirage."""
        return truncated_normal(uniforms, threshold).float()

    def placed(self, z: Tensor) -> Tensor:
        """Les valeurs des curseurs qui montrent z."""
        return one_code(z).reshape(1, len(self.names)).clone()

    def restored(self) -> Tensor:
        """Les valeurs des curseurs au départ."""
        return self.start.clone()


class NamedDirections:
    """Un curseur par direction nommée : z = un code de départ + la somme des valeurs fois les directions.

    names : les décodeurs. z : un code pour tous, ou un par décodeur. directions : une
    :class:`lessons_lib.latent.Directions` ou un dictionnaire nom -> vecteur (latent,), pour tous ; ou un dictionnaire
    nom de décodeur -> l'un ou l'autre : un même curseur suit alors, dans chaque espace latent, la direction de ce nom.
    Un tirage change le code de départ et laisse les curseurs. Lève ValueError si noms ou dimensions ne s'accordent pas.
    """

    title = "Un curseur par direction de l'espace latent"
    kind = "directions"

    def __init__(self, decoders: Sequence[str], z: Tensor | Mapping[str, Tensor], directions):
        apart = isinstance(directions, Mapping) and all(
            isinstance(d, Directions | Mapping) for d in directions.values()
        )
        by_decoder = {name: _directions(directions[name] if apart else directions) for name in decoders}
        self._shared = not isinstance(z, Mapping)
        self._start = {name: one_code(z if self._shared else z[name]) for name in decoders}
        first = next(iter(by_decoder.values()))
        for name, found in by_decoder.items():
            if found.names != first.names:
                raise ValueError(
                    f"Les décodeurs doivent avoir des directions de mêmes noms, dans le même ordre ; reçu "
                    f"{', '.join(first.names)} et, pour « {name} », {', '.join(found.names)}."
                )
            if found.vectors.shape[1] != self._start[name].shape[1]:
                raise ValueError(
                    f"Les directions ont {found.vectors.shape[1]} dimensions et z {self._start[name].shape[1]}"
                    f"{f' pour « {name} »' if name else ''} : elles viennent d'un autre espace latent."
                )
        self._bases = dict(self._start)
        self._vectors = {name: found.vectors.detach().float().cpu() for name, found in by_decoder.items()}
        self.names, count = list(first.names), len(first.names)
        self.start, self.order = torch.zeros(1, count), list(range(count))
        lists = [[f"{float(score):.2f}".replace(".", ",") for score in found.scores] for found in by_decoder.values()]
        scores = [" ; ".join(values) for values in zip(*(lists if apart else lists[:1]), strict=True)]
        self.notes = [f" ({score})" if first.measure else "" for score in scores]
        self.tooltips = [f"Direction « {name} », en écarts types de z" for name in self.names]
        note = f" (entre parenthèses, {first.measure})" if first.measure else ""
        self.heading = f"<b>Directions</b>, en écarts types{note}"
        longest = max(len(name + note) for name, note in zip(self.names, self.notes, strict=True))
        self.label_width = min(260, max(90, 7 * longest))

    def code(self, name: str, values: Tensor) -> Tensor:
        return self._bases[name] + values.to(self._vectors[name]) @ self._vectors[name]

    def codes(self, values: Tensor) -> Tensor | dict[str, Tensor]:
        codes = {name: self.code(name, values) for name in self._bases}
        return next(iter(codes.values())) if len(codes) == 1 else codes

    def uniforms(self, generator: torch.Generator | None) -> dict[str, Tensor]:
        drawn = {}
        for name, base in self._bases.items():
            same = self._shared and drawn
            drawn[name] = next(iter(drawn.values())) if same else torch.rand(1, base.shape[1], generator=generator)
        return drawn

    def redrawn(self, uniforms: dict[str, Tensor], threshold: float, values: Tensor) -> Tensor:
        self._bases = {name: truncated_normal(u.double(), threshold).float() for name, u in uniforms.items()}
        return values

    def placed(self, z: Tensor | Mapping[str, Tensor]) -> Tensor:
        self._bases = {name: one_code(z[name] if isinstance(z, Mapping) else z) for name in self._bases}
        return self.start.clone()

    def restored(self) -> Tensor:
        self._bases = dict(self._start)
        return self.start.clone()


def one_code(z: Tensor) -> Tensor:
    """Un seul code, (latent,) ou (1, latent) -> (1, latent) float32, sur le processeur."""
    code = torch.as_tensor(z).detach()
    code = code.unsqueeze(0) if code.ndim == 1 else code
    if code.ndim != 2 or code.shape[0] != 1:
        raise ValueError(f"z doit être un seul code, (latent,) ou (1, latent) ; reçu {tuple(code.shape)}.")
    return code.float().cpu()


def _directions(given) -> Directions:
    if isinstance(given, Directions):
        return given
    vectors = torch.stack([torch.as_tensor(vector).float().flatten() for vector in given.values()])
    return Directions(tuple(given), vectors, torch.zeros(len(vectors)), measure="")
