"""De z aux octets d'une image : ce que les explorateurs demandent aux décodeurs.

Les messages de la page sont traités dans un second fil d'exécution du noyau (*subshell*), pendant qu'une
cellule tourne parfois dans le premier : le décodage est donc gardé par un verrou et ne touche à aucun réglage
global.
"""

import threading
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from lessons_lib.images import to_jpeg

Decode = Callable[[Tensor], Tensor]


class PictureSource:
    """Un ou plusieurs décodeurs auxquels on donne le même z.

    decoders : une fonction z (1, latent) -> image (1, 3, H, W) dans [-1, 1], ou un dictionnaire nom ->
    fonction. z : (1, latent), un premier code ; chaque décodeur est essayé dessus, avant tout affichage.
    code_of : (nom, z) -> le code que ce décodeur-là reçoit, s'il n'est pas z lui-même.

    Lève ValueError si un décodeur ne rend pas une image, ou s'il est en mode entraînement avec des couches
    dont le résultat en dépend (BatchNorm, Dropout).
    """

    def __init__(
        self,
        decoders: Decode | Mapping[str, Decode],
        z: Tensor,
        code_of: Callable[[str, Tensor], Tensor] = lambda _name, z: z,
    ):
        self.decoders = dict(decoders) if isinstance(decoders, Mapping) else {"": decoders}
        if not self.decoders:
            raise ValueError("Aucun décodeur : donnez une fonction z -> image, ou un dictionnaire nom -> fonction.")
        for name, decode in self.decoders.items():
            _check_evaluating(name, decode)
        self.latent = z.shape[1]
        self._device = z.device
        self._lock, self._code_of = threading.Lock(), code_of
        self.sizes = {name: tuple(image.shape[1:]) for name, image in self.images(z).items()}

    def images(self, z: Tensor) -> dict[str, Tensor]:
        """z : (1, latent) -> nom du décodeur -> image (3, H, W) dans [-1, 1], sur le processeur."""
        with self._lock, torch.inference_mode():
            return {name: self._decode(name, decode, z) for name, decode in self.decoders.items()}

    def jpegs(self, z: Tensor, scales: Mapping[str, int] | None = None) -> list[bytes]:
        """z : (1, latent) -> une image JPEG par décodeur, agrandie un nombre entier de fois (``scales``)."""
        return [
            to_jpeg(image, quality=92, scale=scales[name] if scales else 1) for name, image in self.images(z).items()
        ]

    def scales(self, side: int) -> dict[str, int]:
        """L'agrandissement entier de chaque décodeur, pour une image d'au plus ``side`` pixels de côté."""
        return {name: max(1, side // max(size)) for name, size in self.sizes.items()}

    def _decode(self, name: str, decode: Decode, z: Tensor) -> Tensor:
        z = self._code_of(name, z)
        image = decode(z.to(_device_of(decode) or self._device))
        what = f"Le décodeur « {name} »" if name else "Le décodeur"
        if not isinstance(image, Tensor) or image.ndim != 4 or image.shape[:2] != (1, 3):
            got = tuple(image.shape) if isinstance(image, Tensor) else type(image).__name__
            raise ValueError(f"{what} doit rendre une image (1, 3, H, W) pour z {tuple(z.shape)} ; il rend {got}.")
        if not torch.isfinite(image).all():
            raise ValueError(f"{what} rend des valeurs infinies ou indéfinies (NaN) : l'entraînement a divergé.")
        return image[0].float().cpu()


def _module_of(decode: Decode) -> nn.Module | None:
    owner = getattr(decode, "__self__", decode)
    return owner if isinstance(owner, nn.Module) else None


def _device_of(decode: Decode) -> torch.device | None:
    module = _module_of(decode)
    parameter = next(module.parameters(), None) if module is not None else None
    return None if parameter is None else parameter.device


def _check_evaluating(name: str, decode: Decode) -> None:
    module = _module_of(decode)
    if module is None:
        return
    sensitive = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)
    if any(layer.training and isinstance(layer, sensitive) for layer in module.modules()):
        raise ValueError(
            f"Le décodeur {f'« {name} » ' if name else ''}est en mode entraînement : une image décodée seule "
            "serait fausse. Appelez d'abord model.eval()."
        )
