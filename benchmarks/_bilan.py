"""Le tableau et la figure de `mesurer tout`, à partir de ses lignes JSON.

Une ligne est un dictionnaire {"date", "sujet", "nom", "valeur", "unite", "cible", "tenu"} : le jour, le module qui a
fait la mesure, et la `Mesure`.
"""

import json
import math
import re
import textwrap
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lessons_lib.plots import DOTS_PER_INCH, PALETTE, figure

HELD, MISSED = {"color": PALETTE["real"], "marker": "o"}, {"color": PALETTE["generated"], "marker": "X"}
LEFT, RIGHT = 0.02, 20.0  # bords de la figure : au-delà, le point est posé sur le bord
WIDTH, ROW, HEADER = 11.0, 0.21, 1.3  # pouces
LONGEST = 44  # lettres


def write(lines: Path) -> tuple[Path, Path]:
    """Écrit le tableau (.md) et la figure (.png) à côté du fichier de lignes, et rend leurs chemins."""
    rows = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    table, picture = lines.with_suffix(".md"), lines.with_suffix(".png")
    table.write_text(markdown(rows), encoding="utf-8")
    draw(rows).savefig(picture, dpi=DOTS_PER_INCH)
    return table, picture


def markdown(rows: list[dict]) -> str:
    """Toutes les mesures, groupées par sujet dans l'ordre où elles ont été faites."""
    lines = ["| Sujet | Mesure | Valeur | Cible | Tenue | Date |", "|---|---|---|---|---|---|"]
    for row in rows:
        verdict = {True: "oui", False: "**non**", None: ""}[row["tenu"]]
        cells = (row["sujet"], row["nom"], shown(row), french(row["cible"] or ""), verdict, row["date"])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def draw(rows: list[dict]) -> Figure:
    """Chaque mesure qui a une cible : à gauche du trait elle est tenue, à droite elle ne l'est pas."""
    judged = sorted((row for row in rows if row["tenu"] is not None), key=lambda row: row["sujet"])
    drawing, ax = figure(WIDTH, HEADER + ROW * max(4, len(judged)))
    for y, row in enumerate(judged):
        style = HELD if row["tenu"] else MISSED
        x = position(row)
        if not isinstance(row["valeur"], str):
            ax.hlines(y, *sorted((1.0, x)), color=style["color"], linewidth=1.4, linestyle="-")
        ax.plot(x, y, linestyle="", markersize=6, clip_on=False, **style)
        if not y or row["sujet"] != judged[y - 1]["sujet"]:
            ax.axhline(y - 0.5, color="#BBBBBB", linewidth=0.6, linestyle="-")
            ax.text(0.8 * RIGHT, y, row["sujet"], ha="right", va="center", fontsize=8.5, weight="bold", color="#777777")
    ax.axvline(1.0, color="#333333", linewidth=1.2, linestyle="-")
    ax.set_xscale("log")
    ax.set_xlim(LEFT, RIGHT)
    ax.set_xticks([0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10], ["0,05", "0,1", "0,2", "0,5", "cible", "× 2", "× 5", "× 10"])
    ax.minorticks_off()
    ax.set_ylim(len(judged) - 0.4, -0.6)
    ax.set_yticks(range(len(judged)), [row["nom"] for row in judged], fontsize=7.5)
    ax.grid(axis="y", visible=False)
    values = ax.secondary_yaxis("right")
    values.set_yticks(range(len(judged)), [result(row) for row in judged], fontsize=7.5)
    values.tick_params(length=0)
    values.spines["right"].set_visible(False)
    ax.set_xlabel("valeur / cible, ou cible / valeur s'il faut la dépasser : à gauche du trait, la cible est tenue")
    missed = sum(not row["tenu"] for row in judged)
    drawing.suptitle(f"Mesures qui tiennent leur cible : {len(judged) - missed} sur {len(judged)}", x=0.01, ha="left")
    drawing.legend(
        [Line2D([], [], linestyle="", **HELD), Line2D([], [], linestyle="", **MISSED)],
        ["tenue", "non tenue"],
        loc="outside upper right",
        ncols=2,
    )
    return drawing


def position(row: dict) -> float:
    """La valeur rapportée à sa cible, au-dessous de 1 quand elle est tenue, bornée aux bords de la figure.

    Une cible à dépasser (« > 60 ») donne le rapport inverse ; une fourchette (« 0.9 à 1.1 »), l'écart à son milieu en
    part de sa demi-largeur. Ce qui n'est pas un nombre va sur un bord.
    """
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", str(row["cible"]))]
    if isinstance(row["valeur"], str) or not numbers:
        return LEFT if row["tenu"] else RIGHT
    if len(numbers) == 2:
        low, high = numbers
        ratio = abs(row["valeur"] - (low + high) / 2) / ((high - low) / 2)
    elif str(row["cible"]).startswith((">", "≥")):
        ratio = numbers[0] / row["valeur"] if row["valeur"] > 0 else math.inf
    else:
        ratio = row["valeur"] / numbers[0]
    return min(RIGHT, max(LEFT, ratio))


def result(row: dict) -> str:
    """La valeur et la cible, en peu de mots : une erreur peut être longue."""
    return textwrap.shorten(f"{shown(row)} ({french(row['cible'])})", LONGEST, placeholder=" …")


def shown(row: dict) -> str:
    """La valeur et son unité, à trois chiffres significatifs, virgule décimale."""
    value = row["valeur"]
    if isinstance(value, float):
        value = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return french(f"{value} {row['unite']}".strip())


def french(text: str) -> str:
    """Les nombres d'un texte, avec une virgule décimale."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", str(text))
