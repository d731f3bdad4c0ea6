"""L'image qui dénonce une copie : chaque image engendrée au-dessus de l'image d'entraînement la plus proche."""

from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib import plots
from lessons_lib.images import to_array
from lessons_lib.metrics import Memorisation


def pairs_figure(fake: Tensor, train: Tensor, memorisation: Memorisation, count: int = 6) -> Figure:
    """Les ``count`` images engendrées les plus proches de l'entraînement, de la plus suspecte à la moins suspecte.

    fake, train : (N, 3, S, S) et (M, 3, S, S) dans [-1, 1], celles dont ``memorisation`` a été tirée. Sous chaque
    couple, sa distance rapportée à celle d'une vraie image inconnue : 0 pour une copie, 1 pour une image neuve.
    Lève ValueError si ``memorisation`` n'a pas autant d'images. Enseignée à la leçon 07.
    """
    ratios = memorisation.ratios
    if len(fake) != len(ratios) or int(memorisation.twins.max()) >= len(train):
        raise ValueError(
            f"La comparaison porte sur {len(ratios)} images engendrées, et {len(fake)} sont données avec {len(train)} "
            "images d'entraînement : donnez celles qui ont été comparées."
        )
    order = ratios.argsort()[:count]
    drawing, axes = plots.figure(1.1 + 0.95 * len(order), 2.55, 2, len(order), squeeze=False)
    for column, i in enumerate(order.tolist()):
        couple = (fake[i : i + 1], train[memorisation.twins[i]][None])
        for ax, picture, colour in zip(axes[:, column], couple, ("generated", "real"), strict=True):
            ax.imshow(to_array(picture)[0], interpolation="nearest")
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            for edge in ax.spines.values():
                edge.set(visible=True, color=plots.PALETTE[colour], linewidth=2)
        label = f"{ratios[i]:.2f}".replace(".", ",")
        axes[1, column].set_xlabel(f"{label} : suspecte" if memorisation.suspect[i] else label, fontsize=8.5)
    for ax, name in zip(axes[:, 0], ("engendrée", "entraînement"), strict=True):
        ax.set_ylabel(name, fontsize=9)
    suspects = int(memorisation.suspect.sum())
    counted = f"{suspects} suspecte{'s' if suspects > 1 else ''}" if suspects else "Aucune suspecte"
    drawing.suptitle(f"{counted} sur {len(fake)} ; les plus proches de l'entraînement :", fontsize=10.5)
    return drawing
