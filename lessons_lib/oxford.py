"""Les fichiers de la classe « lotus » d'Oxford 102 Flowers, par `torchvision.datasets.Flowers102`.

Source : M.-E. Nilsback et A. Zisserman, « Automated Flower Classification over a Large Number of Classes »,
2008. Les photographies viennent du web et ne portent pas de licence : le cours ne les distribue pas.
"""

from pathlib import Path
from typing import Any

LOTUS = 77  # étiquette de la classe « lotus », comptée à partir de 0
COUNT = 137  # 10 images d'apprentissage, 10 de validation, 117 de test
DOWNLOAD = "345 Mo"


def lotus_files(root: Path, download: bool = False) -> list[Path]:
    """Renvoie les 137 fichiers de lotus, des trois parties du jeu, dans l'ordre de leurs numéros.

    `root` : le dossier qui contient `flowers-102/`.

    Erreurs : `FileNotFoundError` si les données manquent ou sont incomplètes, `ConnectionError` si le
    téléchargement échoue.
    """
    from lessons_lib.torchvision_compat import load_torchvision

    flowers = load_torchvision().datasets.Flowers102
    if download and not (root / "flowers-102" / "setid.mat").exists():  # le dernier fichier à arriver
        print(f"Téléchargement d'Oxford 102 Flowers, {DOWNLOAD}, dans « {root} ».", flush=True)
    splits = [_open_split(flowers, root, split, download) for split in ("train", "val", "test")]
    # Flowers102 ne donne ses étiquettes qu'avec ses images décodées ; ses listes évitent d'en lire 8 189.
    files = sorted(
        Path(file)
        for split in splits
        for file, label in zip(split._image_files, split._labels, strict=True)
        if label == LOTUS
    )
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise FileNotFoundError(
            f"Il manque {len(missing)} des {COUNT} photographies de lotus dans "
            f"« {root / 'flowers-102' / 'jpg'} », à commencer par {missing[0]}. Supprimez le dossier "
            "flowers-102, puis téléchargez-le de nouveau avec download=True."
        )
    return files


def _open_split(flowers: type, root: Path, split: str, download: bool) -> Any:
    if not download:
        try:
            return flowers(root, split=split)
        except RuntimeError as error:
            raise FileNotFoundError(
                f"Les photographies d'Oxford ne sont pas dans « {root} », ou y sont abîmées. Si vous les "
                "avez déjà, donnez dans root le dossier qui contient flowers-102. Sinon, connectez-vous à "
                f"un réseau et ajoutez download=True : {DOWNLOAD} seront téléchargés, une seule fois. Sans "
                'réseau, les fleurs de synthèse suffisent à tout le cours : source="synthetique".'
            ) from error
    try:
        return flowers(root, split=split, download=True)
    except (OSError, RuntimeError) as error:
        raise ConnectionError(
            f"Le téléchargement d'Oxford 102 Flowers ({DOWNLOAD}) vers « {root} » a échoué. Vérifiez la "
            "connexion au réseau, la place sur le disque et le droit d'écrire dans ce dossier, puis "
            "recommencez. Sans réseau, les fleurs de synthèse suffisent à tout le cours : "
            'source="synthetique".'
        ) from error
