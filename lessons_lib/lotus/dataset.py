"""Le jeu de données : n lotus tirés au hasard, dessinés une fois puis gardés en cache."""

import time
from functools import cached_property

import numpy as np
import torch
from torch.utils.data import Dataset
from tqdm.auto import tqdm

from lessons_lib.images import from_uint8
from lessons_lib.lotus import cache as stored
from lessons_lib.lotus.factors import FACTORS_DTYPE, check_fixed, draw_factors
from lessons_lib.lotus.render import check_size, render_pixels

_PATIENCE = 2.0


class SyntheticLotus(Dataset):
    """n lotus synthétiques de `size` pixels de côté.

    L'image i ne dépend que de (seed, i, size, fixed). `fixed` : voir `sample_factors` ; `SIMPLE_GARDEN` ne
    laisse libres que la variété et l'ouverture. `cache=False` : redessine tout et ne range rien.

    Attributs : `images` (n, 3, size, size) float32 dans [-1, 1] ; `factors`, tableau numpy structuré de n
    lignes, une colonne par facteur (`factors["openness"]`), dont `Factors.from_row` refait les facteurs.
    Lève `ValueError` ou `TypeError` si un argument est hors de son domaine.
    """

    def __init__(self, n, size=64, seed=0, fixed=None, cache=True):
        self.n = _whole("n", n, 1)
        self.seed = _whole("seed", seed, 0)
        self.size = check_size(size)
        self._rules = check_fixed(fixed)
        self.images = from_uint8(torch.from_numpy(self._pixels(cache)))

    @cached_property
    def factors(self):
        """Tableau structuré (n,) : une colonne par facteur."""
        rows = [draw_factors(self.seed, index, self._rules).to_row() for index in range(self.n)]
        return np.array(rows, dtype=FACTORS_DTYPE)

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return self.images[index]

    def __repr__(self):
        return f"SyntheticLotus(n={self.n}, size={self.size}, seed={self.seed})"

    def _pixels(self, cache):
        """Images (n, 3, S, S) uint8 : du cache autant que possible, les autres dessinées."""
        key = stored.garden_key(self.seed, self.size, self._rules)
        known = stored.read(key, self.n, self.size) if cache else ()
        if len(known) == self.n:
            return known
        pixels = np.empty((self.n, 3, self.size, self.size), np.uint8)
        if len(known):
            pixels[: len(known)] = known
        for index in _with_progress(range(len(known), self.n)):
            drawn = render_pixels(draw_factors(self.seed, index, self._rules), self.size)
            pixels[index] = drawn.transpose(2, 0, 1)
        if cache:
            stored.write(key, pixels)
        return pixels


def article_set(cache=True):
    """Le cas de l'article source : 68 lotus de 128 pixels de côté -> `SyntheticLotus`."""
    return SyntheticLotus(68, size=128, seed=0, cache=cache)


def _whole(name, value, least):
    """Entier vérifié, ou `ValueError`."""
    if isinstance(value, (bool, str)) or not np.isscalar(value) or value % 1 != 0 or value < least:
        raise ValueError(f"« {name} » doit être un entier supérieur ou égal à {least} ; reçu : {value!r}.")
    return int(value)


def _with_progress(indices):
    """Parcourt les indices ; une barre apparaît si le dessin doit durer plus de deux secondes."""
    total, start = len(indices), time.perf_counter()
    for done in range(total):
        if done >= 5 and (time.perf_counter() - start) / done * total > _PATIENCE:
            text = f"Dessin de {total} lotus"
            yield from tqdm(indices[done:], desc=text, total=total, initial=done, unit="lotus")
            return
        yield indices[done]
