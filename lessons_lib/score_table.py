"""Un tableau de scores : ses lignes, leurs erreurs, et ses trois formes, Markdown, CSV et figure."""

import csv
import io
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib import plots

#: Clé -> (nom affiché, chiffres après la virgule, sens : −1 si le plus petit est le meilleur, +1, 0 sans ordre).
COLUMNS = {
    "texture": ("texture", 2, -1),
    "frechet": ("Fréchet des lotus", 1, -1),
    "kernel": ("noyau", 2, -1),
    "precision": ("précision", 2, 1),
    "recall": ("rappel", 2, 1),
    "coverage": ("couverture", 2, 1),
    "varieties": ("variétés", 0, 1),
    "neighbours": ("voisins", 2, 0),
    "suspects": ("suspectes", 0, -1),
    "seconds": ("entraînement (s)", 0, 0),
    "parameters": ("poids (millions)", 2, 0),
}
DRAWN = ("texture", "frechet", "precision", "recall", "coverage", "neighbours")
READING = {-1: "← meilleur", 1: "meilleur →", 0: "0 : copies"}
MARKERS = "ovsD^P*X"


@dataclass(frozen=True)
class Row:
    """Ce qu'un générateur a obtenu : clé de COLUMNS -> valeur, et clé -> erreur type pour celles qui en ont une.

    milliseconds : durée d'un tirage, par image, sur la machine qui a jugé. images : (N, 3, S, S), celles qui ont été
    jugées ; None pour une ligne relue d'un fichier.
    """

    values: dict[str, float]
    errors: dict[str, float]
    milliseconds: float
    images: Tensor | None = None

    def text(self, key: str) -> str:
        """La valeur, à la française, et son erreur s'il y en a une ; vide si elle n'est pas connue."""
        digits = COLUMNS[key][1]
        if math.isnan(self.values[key]):
            return ""
        error = f" ± {self.errors[key]:.{digits}f}" if key in self.errors else ""
        return f"{self.values[key]:.{digits}f}{error}".replace(".", ",")


class ScoreTable:
    """Des lignes, nom affiché -> Row, dans l'ordre où elles se montrent."""

    def __init__(self, rows: Mapping[str, Row] | None = None):
        self.rows = dict(rows or {})

    @classmethod
    def read(cls, path: str | os.PathLike) -> "ScoreTable":
        """Relit un tableau écrit par :meth:`csv`. Lève FileNotFoundError ou ValueError si ce n'en est pas un."""
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"Aucun fichier « {path} » : donnez le chemin d'un tableau écrit par csv(chemin).")
        try:
            lines = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
            if not lines:
                raise ValueError("il est vide")
            return ScoreTable({line["model"]: _row(line) for line in lines})
        except KeyError as missing:
            problem = f"il n'a pas de colonne {missing}"
        except (TypeError, ValueError, csv.Error) as error:
            problem = f"son contenu est illisible ({error})"
        raise ValueError(
            f"« {path} » n'est pas un tableau de marque : {problem}. Donnez un fichier écrit par csv(chemin)."
        )

    def markdown(self, *keys: str) -> str:
        """Le tableau en Markdown ; toutes les colonnes, ou celles de ces clés."""
        keys = keys or tuple(COLUMNS)
        lines = ["| | " + " | ".join(COLUMNS[key][0] for key in keys) + " |", "|---" * (len(keys) + 1) + "|"]
        for label, row in self.rows.items():
            lines.append(f"| {label} | " + " | ".join(row.text(key) for key in keys) + " |")
        return "\n".join(lines)

    def csv(self, path: str | os.PathLike | None = None) -> str:
        """Le tableau en CSV, une colonne d'erreur à côté de chaque valeur qui en a une ; écrit aussi dans ``path``.

        Lève FileExistsError si le fichier existe : il n'est jamais écrasé.
        """
        with_error = [key for key in COLUMNS if any(key in row.errors for row in self.rows.values())]
        names = [name for key in COLUMNS for name in ([key, f"{key}_error"] if key in with_error else [key])]
        out = io.StringIO()
        writer = csv.DictWriter(out, ["model", *names, "milliseconds"], lineterminator="\n")
        writer.writeheader()
        for label, row in self.rows.items():
            errors = {f"{key}_error": error for key, error in row.errors.items()}
            writer.writerow({"model": label} | row.values | errors | {"milliseconds": row.milliseconds})
        if path is not None:
            if Path(path).exists():
                raise FileExistsError(f"« {path} » existe déjà et n'est jamais écrasé : donnez un autre nom.")
            with open(path, "x", encoding="utf-8", newline="") as file:
                file.write(out.getvalue())
        return out.getvalue()

    def figure(self, title: str = "Qualité, diversité, copies : trois questions différentes") -> Figure:
        """Un cadre par mesure de DRAWN, un rang par générateur, et l'erreur type de chaque valeur."""
        drawing, axes = plots.figure(9.0, 0.8 + 0.3 * len(self.rows), 1, len(DRAWN), sharey=True)
        for ax, key in zip(axes, DRAWN, strict=True):
            name, _, direction = COLUMNS[key]
            for i, row in enumerate(self.rows.values()):
                ax.errorbar(
                    row.values[key],
                    -i,
                    xerr=row.errors.get(key),
                    fmt=MARKERS[i % len(MARKERS)],
                    color=plots.PALETTE["generated"],
                    capsize=2.5,
                    markersize=4.5,
                )
            if key == "neighbours":
                ax.axvline(1, color=plots.PALETTE["prior"], linestyle="--", linewidth=1)
            ax.set_xlim(left=min([0, *(row.values[key] for row in self.rows.values())]))
            ax.set_xlabel(f"{name}\n{READING[direction]}", fontsize=8.5)
            ax.tick_params(labelsize=8)
        axes[0].set_yticks([-i for i in range(len(self.rows))], list(self.rows))
        axes[0].set_ylim(0.5 - max(1, len(self.rows)), 0.5)
        drawing.suptitle(title, fontsize=10.5)
        return drawing


def _row(line: dict[str, str]) -> Row:
    """La ligne d'un fichier CSV ; une case d'erreur vide n'en est pas une."""
    errors = {key: float(line[name]) for key in COLUMNS if line.get(name := f"{key}_error")}
    return Row({key: float(line[key]) for key in COLUMNS}, errors, float(line["milliseconds"]))
