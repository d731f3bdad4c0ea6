"""Jardin de lotus synthétiques : facteurs, géométrie, rendu, jeu de données."""

from lessons_lib.lotus.dataset import SyntheticLotus, article_set
from lessons_lib.lotus.factors import (
    CALM_GARDEN,
    FACTOR_RANGES,
    SIMPLE_GARDEN,
    VARIETIES,
    VARIETY_COLOURS,
    Factors,
    sample_factors,
)
from lessons_lib.lotus.render import render

__all__ = [
    "CALM_GARDEN",
    "FACTOR_RANGES",
    "SIMPLE_GARDEN",
    "VARIETIES",
    "VARIETY_COLOURS",
    "Factors",
    "SyntheticLotus",
    "article_set",
    "render",
    "sample_factors",
]
