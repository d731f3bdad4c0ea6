"""Ce qui peut empêcher l'installation, et la phrase qui dit quoi faire."""

import re

_RELAUNCH = "puis relancez la même commande."

#: (nature, motif cherché dans ce que pip a écrit, phrase) ; le premier motif trouvé l'emporte.
_CAUSES = (
    (
        "disque",
        r"No space left on device|Errno 28|WinError 112|not enough space|Disk quota exceeded|Errno 122",
        f"Il n'y a plus de place sur le disque. Libérez quelques gigaoctets, {_RELAUNCH}",
    ),
    (
        "chemin",
        r"Long Path|WinError 206|File name too long",
        "Un chemin est trop long pour ce système. Placez le dossier du cours dans un chemin court "
        f"(par exemple C:\\cours), {_RELAUNCH}",
    ),
    (
        "occupe",
        r"WinError 32|being used by another process",
        f"Un fichier de .venv est employé par un autre programme. Fermez les autres fenêtres du cours, {_RELAUNCH}",
    ),
    (
        "droits",
        r"PermissionError|Permission denied|Errno 13|WinError 5\b|Access is denied|Read-only file system",
        "L'écriture est refusée dans le dossier du cours ou dans le cache de pip. Placez ce dossier dans un "
        f"endroit qui vous appartient, {_RELAUNCH}",
    ),
    (
        "certificat",
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError",
        "Le certificat de sécurité du serveur n'a pas été reconnu : c'est souvent l'effet du filtre d'un "
        "établissement. Essayez depuis un autre réseau, ou demandez à son service informatique le certificat "
        "à donner à pip (réglage PIP_CERT).",
    ),
    (
        "reseau",
        r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|Read timed out"
        r"|Max retries exceeded|ProxyError|Connection refused|Connection reset|ConnectionResetError"
        r"|Network is unreachable"
        r"|Temporary failure in name resolution|Name or service not known|getaddrinfo failed|IncompleteRead"
        r"|Connection aborted|RemoteDisconnected",
        f"Le réseau ne répond pas. Vérifiez votre connexion (et le mandataire, s'il y en a un), {_RELAUNCH} "
        "Ce qui est déjà téléchargé reste dans le cache de pip.",
    ),
    (
        "introuvable",
        r"No matching distribution found|Could not find a version that satisfies|ResolutionImpossible",
        "Une bibliothèque n'est pas publiée pour ce système ou pour cette version de Python (torch ne l'est "
        "plus pour les Mac à processeur Intel, et tarde après chaque nouveau Python). Essayez avec Python "
        "3.11, 3.12 ou 3.13, ou avec conda : voyez environment.yml.",
    ),
)


def nature(output: str) -> str | None:
    """Nature de l'échec d'après ce que pip ou venv a écrit (`output`) ; None si elle n'est pas reconnue."""
    return next((kind for kind, pattern, _ in _CAUSES if re.search(pattern, output)), None)


def explain(output: str) -> str:
    """Phrase qui dit la cause d'un échec de pip ou de venv et que faire, d'après ce qu'il a écrit."""
    kind = nature(output)
    if kind is None:
        lines = [line for line in output.splitlines() if line.strip() and not line.startswith("WARNING")]
        last = "\n".join("    " + line for line in lines[-12:])
        return (
            f"L'installation a échoué. Voici les dernières lignes de pip :\n{last}\n"
            "Relancez la même commande ; si l'échec se répète, supprimez le dossier .venv et recommencez."
        )
    sentence = next(text for known, _, text in _CAUSES if known == kind)
    absent = re.search(r"No matching distribution found for (\S+)", output)
    return f"{absent[1]} : {sentence}" if kind == "introuvable" and absent else sentence


def missing_ensurepip(version: tuple[int, int]) -> str:
    """Phrase à afficher si ce Python (majeur, mineur) ne sait pas créer d'environnement."""
    return (
        "Ce Python ne sait pas créer d'environnement : son module ensurepip manque. Sous Debian ou Ubuntu :\n"
        f"    sudo apt install python{version[0]}.{version[1]}-venv\n"
        "puis relancez la même commande."
    )


def too_little_space(free: int, needed: int) -> str:
    """Phrase à afficher s'il reste `free` octets là où il en faut `needed`."""
    left = f"{free / 1e9:.1f}".replace(".", ",")
    return (
        f"Il reste {left} Go sur ce disque ; l'installation en demande {needed / 1e9:.0f}. "
        f"Libérez de la place, {_RELAUNCH}"
    )
