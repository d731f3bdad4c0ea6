"""Importer torchvision même quand sa partie compilée ne correspond pas à la version de torch.

torchvision accompagne ses fonctions Python d'une bibliothèque compilée pour *une* version et *une* variante
de torch. Quand les deux ne s'accordent pas (torch pour processeur seul à côté d'un torchvision pour CUDA, par
exemple), cette bibliothèque ne se charge pas, et l'import s'arrête sur « operator torchvision::nms does not
exist » : torchvision décrit à torch deux opérateurs de détection d'objets, `nms` et `qnms`, que personne n'a
déclarés.

Le cours n'emploie ni l'un ni l'autre. Il suffit donc de déclarer leurs signatures, sans calcul derrière, pour
que `torchvision.datasets`, `torchvision.transforms.v2` et `torchvision.utils`, écrits en Python, s'importent.
"""

import functools
import importlib
import warnings
from types import ModuleType

import torch

_SCHEMAS = {
    # Les signatures de torchvision/csrc/ops : nms.cpp et quantized/cpu/qnms_kernel.cpp.
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

_declared: list[torch.library.Library] = []  # torch oublie les déclarations d'un objet Library détruit


@functools.cache
def load_torchvision() -> ModuleType:
    """Renvoie le module torchvision.

    L'import ordinaire est essayé d'abord : une installation saine n'est pas modifiée. S'il échoue faute de
    `nms`, les signatures manquantes sont déclarées et l'import recommence. Ensuite, `import torchvision`
    marche partout dans le même processus.

    Erreurs : `ModuleNotFoundError` si torchvision n'est pas installé ; `RuntimeError` si l'import échoue pour
    une autre raison (celle-ci reste attachée à l'exception).
    """
    with warnings.catch_warnings():
        # Le décodeur compilé de torchvision peut manquer lui aussi : le cours lit ses images avec Pillow.
        warnings.filterwarnings("ignore", message="Failed to load image Python extension")
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            if "torchvision::" not in str(error):
                raise _broken(error) from error
        _declare_missing_operators()
        try:
            return importlib.import_module("torchvision")
        except (RuntimeError, AttributeError) as error:
            raise _broken(error) from error


def _declare_missing_operators() -> None:
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)
    _declared.append(library)


def _broken(error: Exception) -> RuntimeError:
    return RuntimeError(
        f"torchvision ne s'importe pas avec torch {torch.__version__} ({error}). Réinstallez les deux "
        "ensemble, dans des versions qui vont de pair : pip install --force-reinstall torch torchvision"
    )
