"""Les fichiers d'images d'un dossier, dans un ordre qui ne dépend ni du système ni du disque."""

import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

READ = frozenset([".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff"])
UNREAD = frozenset(  # des images aussi, mais d'un format que le cours ne lit pas : à signaler, non à ignorer
    [
        ".heic",
        ".heif",
        ".avif",
        ".svg",
        ".psd",
        ".jp2",
        ".ico",
        ".dng",
        ".cr2",
        ".cr3",
        ".nef",
        ".arw",
        ".raf",
    ]
)


def image_files(folder: Path, refused: Callable[[str], None]) -> list[Path]:
    """Liste les fichiers du dossier et de ses sous-dossiers qui portent l'extension d'une image (READ ou
    UNREAD).

    Les fichiers et dossiers cachés sont ignorés, les liens vers des dossiers ne sont pas suivis. L'ordre est
    celui de `natural_key`. `refused` est appelée avec le nom relatif de chaque dossier dont le système refuse
    l'accès.
    """

    def on_error(error: OSError) -> None:
        refused(Path(error.filename).relative_to(folder).as_posix())

    found = []
    for parent, folders, names in os.walk(folder, onerror=on_error):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(parent, name) for name in names if not name.startswith(".")]
        found += [path for path in paths if path.suffix.lower() in READ | UNREAD]
    return sorted(found, key=lambda path: natural_key(path.relative_to(folder)))


def natural_key(path: Path) -> tuple:
    """Clé de tri naturelle : sans égard à la casse, les nombres comparés comme des nombres (2 avant 10).

    Dans chaque nom, texte et nombres alternent ; les accents sont mis sous une même forme (NFC) pour qu'un
    dossier copié d'un macOS garde son ordre.
    """
    parts = [unicodedata.normalize("NFC", part).casefold() for part in path.parts]
    runs = [re.split(r"(\d+)", part) for part in parts]
    return [[int(run) if i % 2 else run for i, run in enumerate(part)] for part in runs], path.as_posix()
