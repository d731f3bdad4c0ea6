"""Le cache des images dessinées, dans le dossier de cache de l'utilisateur.

Un fichier .npy d'octets (n, 3, S, S) par jardin : version du dessin, taille, graine, facteurs fixés et nombre
d'images sont dans son nom. Une série plus longue sert à une plus courte ; tout ennui de fichier (dossier en
lecture seule, fichier tronqué) revient à ne pas avoir de cache.
"""

import hashlib
import io
import json
import os
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
from platformdirs import user_cache_dir

VERSION = 2
"""Version du dessin : à augmenter à la main dès que l'aspect des images ou le tirage des facteurs change."""

_ABANDONED = 24 * 3600.0


def folder():
    """Dossier du cache ; la variable d'environnement COURS_LOTUS_CACHE le déplace."""
    return Path(os.environ.get("COURS_LOTUS_CACHE") or user_cache_dir("cours-lotus", appauthor=False))


def garden_key(seed, size, rules):
    """Nom, sans le nombre d'images, des fichiers d'un jardin (`rules` : voir `factors.check_fixed`)."""
    fixed = hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:12]
    return f"lotus-v{VERSION}-{size}px-graine{seed}-{fixed}"


def read(key, n, size):
    """Images en cache de ce jardin : au plus n, (m, 3, S, S) uint8, m éventuellement nul."""
    stored = sorted(_stored(key))
    enough = [item for item in stored if item[0] >= n]
    shorter = [item for item in reversed(stored) if item[0] < n]
    for count, path in enough + shorter:
        with suppress(OSError):
            pixels = _read_file(path, count, min(n, count), size)
            if pixels is not None:
                return pixels
    return np.empty((0, 3, size, size), np.uint8)


def write(key, pixels):
    """Range des images (n, 3, S, S) uint8 : fichier temporaire, puis renommage d'un seul coup.

    Les fichiers devenus inutiles (série plus courte, version ancienne) sont effacés. Ne lève pas `OSError`.
    """
    with suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder(), prefix=f"{key}-", suffix=".partiel")
        try:
            with os.fdopen(handle, "wb") as file:
                np.save(file, pixels, allow_pickle=False)
            os.replace(name, folder() / f"{key}-{len(pixels)}.npy")
        finally:
            Path(name).unlink(missing_ok=True)
        _tidy(key, len(pixels))


def _stored(key):
    """Fichiers de ce jardin : couples (nombre d'images, chemin)."""
    pattern = re.compile(re.escape(key) + r"-(\d+)\.npy")
    try:
        names = os.listdir(folder())
    except OSError:
        return []
    return [(int(match[1]), folder() / name) for name in names if (match := pattern.fullmatch(name))]


def _read_file(path, count, wanted, size):
    """Les `wanted` premières images d'un fichier qui en annonce `count`, ou None s'il n'est pas intact."""
    header = io.BytesIO()
    shape = (count, 3, size, size)
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    start = header.getvalue()
    with open(path, "rb") as file:
        whole = os.fstat(file.fileno()).st_size == len(start) + int(np.prod(shape))
        if not whole or file.read(len(start)) != start:
            return None
        return np.fromfile(file, np.uint8, wanted * 3 * size * size).reshape(wanted, 3, size, size)


def _tidy(key, count):
    """Efface ce qui ne servira plus : séries plus courtes, versions anciennes, écritures abandonnées."""
    useless = [path for length, path in _stored(key) if length < count]
    for path in folder().glob("lotus-v*"):
        version = re.match(r"lotus-v(\d+)-", path.name)
        left = path.suffix == ".partiel" and time.time() - path.stat().st_mtime > _ABANDONED
        if left or (version and int(version[1]) < VERSION):
            useless.append(path)
    for path in useless:
        path.unlink(missing_ok=True)
