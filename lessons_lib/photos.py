"""De vraies photographies, avec la même interface que les fleurs de synthèse : `len(d)`, `d[i]`, `d.images`.

`PhotoFolder` lit un dossier ; `oxford_lotus`, la classe « lotus » d'Oxford 102 Flowers ; `open_dataset`
choisit entre les deux et les fleurs de synthèse par un seul argument.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
import torch
from torch import Tensor
from torch.utils.data import Dataset
from tqdm.auto import tqdm

from lessons_lib.decode import UnreadableImage, check_square
from lessons_lib.folders import UNREAD, image_files
from lessons_lib.images import from_uint8, load_pixels

_CACHE_BYTES = 128 * 2**20  # 10 900 vignettes de 64 pixels, 2 700 de 128
_SHOWN = 20  # lignes du rapport affichées ; `.rejected` les contient toutes


@dataclass(frozen=True)
class Report:
    """Bilan d'un dossier : `kept` images lues ; `rejected`, les fichiers écartés, couples (nom, raison)."""

    kept: int
    rejected: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        head = f"Images lues : {self.kept}. Fichiers écartés : {len(self.rejected)}."
        lines = [f"  - {name} : {reason}" for name, reason in self.rejected[:_SHOWN]]
        hidden = len(self.rejected) - len(lines)
        if hidden:
            lines.append(f"  - et {hidden} de plus : voir l'attribut report.rejected")
        return "\n".join([head, *lines])

    __repr__ = __str__


class Photos(Dataset[Tensor]):
    """Une suite de fichiers d'images, lus à la demande en carrés (3, size, size) float32 dans [-1, 1].

    `paths` : les fichiers, dans l'ordre du jeu de données. Une vignette lue est gardée (en pixels uint8) tant
    que leur total tient en `cache_bytes` octets ; les suivantes sont relues du disque à chaque accès, si bien
    que la mémoire employée ne dépend pas du nombre de fichiers. Se passe tel quel à
    `torch.utils.data.DataLoader`.

    Erreurs : `ValueError` pour `size` ou `crop`. Lire `d[i]` lève `FileNotFoundError` ou `UnreadableImage` si
    le fichier a disparu ou a été abîmé entre-temps, `IndexError` hors des bornes.
    """

    def __init__(self, paths: Sequence[Path], size: int = 64, crop: str = "centre", *, cache_bytes: int = _CACHE_BYTES):
        check_square(size, crop)
        self.paths = tuple(paths)
        self.size = size
        self.crop = crop
        self._room = cache_bytes // (3 * size * size)
        self._cache: dict[Path, Tensor] = {}

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        return from_uint8(self._pixels(self.paths[index]))

    def __repr__(self) -> str:
        return f"{type(self).__name__} : {len(self)} photographies, {self.size} × {self.size} pixels"

    @property
    def images(self) -> Tensor:
        """Toutes les images, empilées : (N, 3, size, size) float32, soit 12 × N × size² octets en mémoire."""
        images = torch.empty(len(self), 3, self.size, self.size)
        for index, path in enumerate(_progress(self.paths, "Lecture des photographies")):
            images[index] = from_uint8(self._pixels(path))
        return images

    def subset(self, n: int, seed: int = 0) -> "Photos":
        """Renvoie `n` photographies tirées au sort, dans leur ordre ; toutes s'il y en a moins."""
        if n < 1:
            raise ValueError(f"n vaut {n} : au moins une photographie est attendue.")
        chosen = np.random.default_rng(seed).permutation(len(self))[:n]
        subset = Photos([self.paths[i] for i in sorted(chosen)], self.size, self.crop)
        subset._cache = {path: self._cache[path] for path in subset.paths if path in self._cache}
        return subset

    def _pixels(self, path: Path) -> Tensor:
        if path in self._cache:
            return self._cache[path]
        pixels = load_pixels(path, self.size, self.crop)
        if len(self._cache) < self._room:
            self._cache[path] = pixels
        return pixels


class PhotoFolder(Photos):
    """Les photographies d'un dossier et de ses sous-dossiers, en carrés de `size` pixels.

    Sont lus JPEG, PNG, WebP, BMP, GIF et TIFF, quelle que soit la casse de l'extension, dans l'ordre naturel
    des noms (`fleur2` avant `fleur10`), le même sur tous les systèmes. Les fichiers et dossiers cachés et
    ceux qui n'ont pas l'extension d'une image sont ignorés. Chaque image est décodée une fois à la
    construction ; ce qui ne peut pas être lu est écarté sans arrêter le reste, et un rapport le dit une fois,
    que `report` garde.

    `crop` : `"centre"`, ou `"smart"`, le carré où il y a le plus à voir (`lessons_lib.decode.crop_box`).
    Aucun fichier du dossier n'est jamais modifié.

    Erreurs : `FileNotFoundError` si le dossier n'existe pas, `NotADirectoryError` si c'est un fichier,
    `ValueError` s'il contient moins de deux images lisibles.
    """

    def __init__(self, path: str | Path, size: int = 64, crop: str = "centre", *, cache_bytes: int = _CACHE_BYTES):
        folder = existing_folder(path)
        rejected: list[tuple[str, str]] = []
        candidates = image_files(folder, lambda name: rejected.append((name, "accès refusé par le système")))
        super().__init__(candidates, size, crop, cache_bytes=cache_bytes)
        kept = []
        for candidate in _progress(candidates, "Vérification des photographies"):
            reason = self._why_unreadable(candidate)
            if reason is None:
                kept.append(candidate)
            else:
                rejected.append((candidate.relative_to(folder).as_posix(), reason))
        self.paths = tuple(kept)
        self.report = Report(len(kept), tuple(rejected))
        if len(kept) < 2:
            raise ValueError(
                f"Le dossier « {folder} » ne contient pas assez d'images lisibles : il en faut deux ou plus. "
                "Copiez-y des photographies (JPEG, PNG, WebP, BMP, GIF ou TIFF), ou choisissez un autre "
                f"dossier.\n{self.report}"
            )
        if rejected:
            print(self.report)

    def _why_unreadable(self, path: Path) -> str | None:
        if path.suffix.lower() in UNREAD:
            return "ce format n'est pas lu ; exportez l'image en JPEG ou en PNG"
        try:
            self._pixels(path)
        except UnreadableImage as error:
            return error.reason
        except FileNotFoundError:
            return "le fichier est introuvable (lien rompu)"
        return None


def existing_folder(path: str | Path) -> Path:
    folder = Path(path).expanduser()
    if not folder.exists():
        raise FileNotFoundError(
            f"Le dossier « {folder} » n'existe pas. Vérifiez son nom, ou donnez son chemin complet."
        )
    if not folder.is_dir():
        raise NotADirectoryError(f"« {folder} » est un fichier. Donnez le dossier qui contient vos photographies.")
    return folder


def oxford_lotus(root: str | Path, size: int = 64, download: bool = False, *, crop: str = "centre") -> Photos:
    """Les 137 lotus d'Oxford 102 Flowers (Nilsback et Zisserman, 2008), dans l'ordre de leurs numéros.

    `root` : le dossier qui contient `flowers-102/`. Rien n'y est écrit, sauf avec `download=True` quand les
    données n'y sont pas encore : 345 Mo y sont alors téléchargés par torchvision.

    Erreurs : `FileNotFoundError` si les données manquent ou sont incomplètes, `ConnectionError` si le
    téléchargement échoue.
    """
    from lessons_lib.oxford import lotus_files

    check_square(size, crop)
    return Photos(lotus_files(Path(root).expanduser(), download), size, crop)


def open_dataset(
    source: str | Path = "synthetique",
    n: int | None = None,
    size: int = 64,
    seed: int = 0,
    *,
    fixed: Mapping | None = None,
    crop: str = "centre",
    root: str | Path | None = None,
    download: bool = False,
) -> Dataset[Tensor]:
    """Ouvre un jeu d'images par son nom : l'argument qu'on change dans la première cellule d'une leçon.

    `source` : `"synthetique"`, des fleurs dessinées sur place (`n` images, 1 000 par défaut) ; `"oxford"`, les 137
    lotus d'Oxford ; ou le chemin d'un dossier de photographies. Pour des photographies, `n` en retient au plus ce
    nombre, tirées au sort. `seed` fixe le dessin ou le tirage. `fixed` contraint les facteurs des fleurs dessinées
    (voir `SyntheticLotus`) et ne change rien aux photographies. `root` et `download` valent pour Oxford (voir
    `oxford_lotus`) ; sans `root`, les données sont cherchées dans le dossier de données de l'utilisateur.

    Renvoie un objet qui a `len()`, `[i]` et `.images`, (N, 3, size, size) float32 dans [-1, 1].

    Erreurs : `ValueError` pour un nom inconnu ou un réglage hors bornes, et celles de la source choisie.
    """
    name = str(source).casefold()
    if n is not None and n < 1:
        raise ValueError(f"n vaut {n} : au moins une image est attendue.")
    if name in ("synthetique", "synthétique"):
        from lessons_lib.lotus import SyntheticLotus

        return SyntheticLotus(1000 if n is None else n, size=size, seed=seed, fixed=fixed)
    if name == "oxford":
        root = root or platformdirs.user_data_path("lessons-lib", appauthor=False)
        photos = oxford_lotus(root, size, download, crop=crop)
    elif isinstance(source, str) and not Path(source).expanduser().exists():
        raise ValueError(
            f"source vaut « {source} » : ce n'est ni « synthetique », ni « oxford », ni un dossier qui "
            "existe. Vérifiez le mot, ou le chemin de votre dossier de photographies."
        )
    else:
        photos = PhotoFolder(source, size, crop)
    return photos if n is None else photos.subset(n, seed)


def _progress(paths: Sequence[Path], label: str) -> Iterator[Path]:
    """Une barre de progression, qui n'apparaît que si le travail dure plus d'une seconde."""
    return tqdm(paths, desc=label, unit="image", delay=1, leave=False)
