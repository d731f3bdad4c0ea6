"""Une boucle sur plusieurs processus : la même, chacun calculant sa tranche du lot, par Lightning Fabric.

    fabric = open_fabric("cuda")                     # dans un programme que torchrun a lancé ; None sinon
    steps = train_wgan_gp(generator, critic, images, config, fabric=fabric)

Chaque processus tire le même ordre des images et le même bruit pour le lot entier, et n'en garde que sa tranche ; la
moyenne des gradients (DistributedDataParallel) est alors celle d'un processus seul qui ferait tout le lot.

Deux processus donnent les pertes d'un seul à 1e-6 près en float64. En float32 l'arrondi diffère, comme entre un fil de
calcul et deux : un jeu adverse l'amplifie d'autant plus vite que son pas d'apprentissage est grand.

Limites. Une normalisation par lot (*BatchNorm*) se calcule sur la tranche : sur des GPU, elle est convertie en
SyncBatchNorm, qui la calcule sur le lot entier ; PyTorch ne la propose pas sur CPU, où le résultat s'écarte alors de
celui d'un processus seul. La précision se règle par ``config.precision``. Une pénalité se dérive avec la perte, d'une
seule rétropropagation : seule, elle laisserait certains gradients hors de la moyenne, sans erreur.

Lightning Fabric s'installe avec l'option « grandeur » ; rien d'autre dans le cours ne l'emploie.
"""

import atexit
import contextlib
import dataclasses
import os
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lessons_lib.training.state import TrainingState

_DRAWS = (torch.rand, torch.randn, torch.randint)


def open_fabric(device: str = "cpu"):
    """Le Fabric de ce processus, prêt, si torchrun en a lancé plusieurs ; None si le programme est seul.

    device : « cpu » ou « cuda » (un GPU par processus). Le nombre de processus et de machines vient de torchrun.
    Lève ValueError pour un autre appareil ou trop peu de GPU, ModuleNotFoundError sans Lightning Fabric.
    """
    count, here = (int(os.environ.get(name, "1")) for name in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))
    if count == 1 or "TORCHELASTIC_RUN_ID" not in os.environ:
        return None
    if device not in ("cpu", "cuda"):
        raise ValueError(f"Plusieurs processus ne se partagent que « cpu » ou « cuda » ; l'appareil est « {device} ».")
    if device == "cuda" and torch.cuda.device_count() < here:
        raise ValueError(
            f"torchrun a lancé {here} processus sur cette machine, qui a {torch.cuda.device_count()} GPU : "
            "donnez à --nproc_per_node le nombre de GPU, ou prenez l'appareil « cpu »."
        )
    try:
        from lightning_fabric import Fabric
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Plusieurs processus demandent Lightning Fabric (l'option « grandeur »), qui n'est pas installé. "
            "Depuis le dossier du cours, avec le même Python : "
            "python -m pip install --constraint constraints.txt lightning-fabric"
        ) from error
    fabric = Fabric(accelerator=device, devices=here, num_nodes=count // here, strategy="ddp")
    fabric.launch()
    atexit.register(_leave)
    return fabric


def _leave() -> None:
    """Quitte le groupe de processus avant que l'interpréteur ne se défasse."""
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def is_first(fabric) -> bool:
    """Vrai dans le processus qui parle et qui écrit : le premier, ou le seul."""
    return fabric is None or fabric.is_global_zero


def placed(config, fabric):
    """La configuration, sur l'appareil que ce Fabric donne au processus. Lève ValueError s'il impose une précision."""
    if fabric is None:
        return config
    if fabric.strategy.precision.precision != "32-true":
        raise ValueError(
            f"Ce Fabric impose la précision « {fabric.strategy.precision.precision} », que la pénalité de gradient "
            "n'accepte pas. Créez-le sans précision, et réglez config.precision."
        )
    return dataclasses.replace(config, device=str(fabric.device))


def place_of(fabric) -> tuple[int, int]:
    """(rang, nombre de processus) ; (0, 1) sans Fabric."""
    return (0, 1) if fabric is None else (fabric.global_rank, fabric.world_size)


class Share:
    """Les réseaux et les optimiseurs d'un état, tels que la boucle les emploie : eux-mêmes, ou confiés à Fabric.

    models, optimizers : par nom. Dans ``state`` restent les réseaux nus : points de reprise et tirages n'y voient rien.
    draws : à ouvrir autour de chaque pas, par ``with``.
    """

    def __init__(self, state: TrainingState, fabric=None):
        self.models, self.optimizers = dict(state.models), dict(state.optimizers)
        self.draws, self._fabric = contextlib.nullcontext(), fabric
        if fabric is None:
            return
        self.draws = _SharedDraws(fabric, state.generator)
        state.writes = fabric.is_global_zero
        for name, optimizer in state.optimizers.items():
            model = state.models[name]
            if fabric.device.type == "cuda" and fabric.world_size > 1:
                nn.SyncBatchNorm.convert_sync_batchnorm(model)  # remplace sur place, paramètres conservés
            self.models[name], self.optimizers[name] = fabric.setup(model, optimizer)

    def mean(self, losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Ces pertes, moyennées sur les processus, en un seul échange."""
        if self._fabric is None or self._fabric.world_size == 1:
            return dict(losses)
        values = torch.stack([value.float() for value in losses.values()])
        return dict(zip(losses, self._fabric.all_reduce(values, reduce_op="mean").unbind(), strict=True))


class _SharedDraws(TorchFunctionMode):
    """Pendant un pas : un tirage du générateur vaut pour le lot entier, et la rétropropagation passe par Fabric.

    Qui demande n tirages (première dimension) en reçoit n, ceux de son rang, parmi n × processus : tous les processus
    avancent leur générateur d'autant, et leurs tirages mis bout à bout sont ceux d'un processus seul.
    """

    def __init__(self, fabric, generator: torch.Generator):
        super().__init__()
        self.fabric, self.generator = fabric, generator

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function is Tensor.backward:
            return self.fabric.backward(*args, **kwargs)
        if function not in _DRAWS or kwargs.get("generator") is not self.generator:
            return function(*args, **kwargs)
        bounds = args[:-1] if function is torch.randint else ()
        size = args[-1] if isinstance(args[-1], tuple) else args[len(bounds) :]
        count = size[0]
        drawn = function(*bounds, (count * self.fabric.world_size, *size[1:]), **kwargs)
        return drawn[self.fabric.global_rank * count :][:count]
