"""Ouvrir le cours : JupyterLab en français sur la page d'accueil, sans rien écrire dans le dossier personnel.

Les réglages livrés sont dans `course/jupyter` ; ce que Jupyter écrit (espaces de travail, signatures) va dans
`.jupyter`, à la racine du cours.
"""

import dataclasses
import json
import os
import secrets
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Mapping
from pathlib import Path

from course import pannes
from course.environnement import ROOT

HOME_PAGE = "course/accueil.ipynb"
DEFAULT_PORT = 8888


@dataclasses.dataclass(frozen=True)
class Options:
    """Port demandé (None : le premier libre à partir de 8888) ; faut-il ouvrir un navigateur."""

    port: int | None = None
    browser: bool = True


def parse(arguments: list[str]) -> Options:
    """Lit les options de la ligne de commande. Lève ValueError si l'une est inconnue ou mal formée."""
    options = Options()
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--sans-navigateur":
            options = dataclasses.replace(options, browser=False)
        elif name == "--port":
            options = dataclasses.replace(options, port=_port(value if equals else next(words, "")))
        else:
            raise ValueError(f"L'option « {word} » n'existe pas. Options : --sans-navigateur, --port N.")
    return options


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ValueError(f"--port attend un nombre de 1 à 65535, et a reçu « {text} ».")
    return int(text)


def port_refusal(port: int) -> str | None:
    """Phrase à afficher si l'on ne peut pas écouter sur ce port de cette machine, sinon None."""
    with socket.socket() as test:
        if os.name != "nt":
            test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            test.bind(("127.0.0.1", port))
        except PermissionError:
            return f"Le port {port} est réservé par le système. Choisissez un port au-dessus de 1023."
        except OSError:
            return f"Le port {port} est déjà pris. Choisissez-en un autre, ou omettez --port."
    return None


def variables(root: Path, runtime: str) -> dict[str, str]:
    """Variables qui isolent ce Jupyter des réglages personnels : il ne lit et n'écrit que dans le cours.

    `runtime` reçoit les fichiers de connexion, qui demandent un disque où les droits d'accès existent.
    """
    own = root / ".jupyter"
    return {
        "JUPYTER_CONFIG_PATH": str(root / "course" / "jupyter"),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": runtime,
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
    }


def quieten_kernels(folder: Path) -> None:
    """Règle IPython (`folder` est son IPYTHONDIR) pour que les noyaux n'écrivent au terminal que leurs erreurs."""
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    setting = {"IPKernelApp": {"log_level": "ERROR"}}
    (profile / "ipython_kernel_config.json").write_text(json.dumps(setting), encoding="utf-8")


def has_browser(platform: str, environment: Mapping[str, str]) -> bool:
    """Vrai si un navigateur à fenêtres peut s'ouvrir : sous Linux il faut un écran, ou un choix explicite."""
    if platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"} & set(environment):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def main(arguments: list[str]) -> int:
    """Ouvre le cours ; rend 0 quand on l'arrête (Ctrl-C ou signal de fin), 1 si le port demandé est pris."""
    options = parse(arguments)
    refusal = port_refusal(options.port) if options.port else None
    if refusal:
        print(refusal, file=sys.stderr)
        return 1
    print("Ouverture du cours…", flush=True)
    with tempfile.TemporaryDirectory(prefix="cours-", ignore_cleanup_errors=True) as runtime:
        os.environ.update(variables(ROOT, runtime))
        try:
            quieten_kernels(Path(os.environ["IPYTHONDIR"]))
        except OSError as error:
            print(pannes.explain(f"{type(error).__name__}: {error}"), file=sys.stderr)
            return 1
        _serve(options)
    return 0


def _serve(options: Options) -> None:
    # jsonschema charge, s'il le trouve, ce vérificateur d'adresses IRI, en 1,8 s, pour rien ici.
    sys.modules["rfc3987_syntax"] = None
    from jupyterlab.labapp import LabApp

    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if as_root:
        print("Vous êtes l'administrateur (root), comme dans un conteneur : le cours s'ouvre quand même.")
    browser = options.browser and has_browser(sys.platform, os.environ)
    if options.browser and not browser:
        print("Aucun navigateur n'a été trouvé sur cette machine.")
    token = secrets.token_hex(24)
    server = LabApp.initialize_server(
        argv=[
            f"--ServerApp.root_dir={ROOT}",
            f"--LabApp.default_url=/lab/tree/{HOME_PAGE}",
            f"--ServerApp.port={options.port or DEFAULT_PORT}",
            f"--ServerApp.port_retries={0 if options.port else 50}",
            f"--ServerApp.open_browser={browser}",
            f"--ServerApp.allow_root={as_root}",
            f"--IdentityProvider.token={token}",
        ]
    )

    def stop(number, frame):
        print("\nArrêt du cours…", flush=True)
        server.stop(from_signal=True)

    def announce():
        print(
            "\nLe cours est prêt. Ouvrez cette adresse dans un navigateur s'il ne s'affiche pas de lui-même :\n\n"
            f"    http://127.0.0.1:{server.port}/lab/tree/{HOME_PAGE}?token={token}\n\n"
            "Gardez cette fenêtre ouverte ; Ctrl-C arrête le cours.\n",
            flush=True,
        )

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    # Le serveur ouvre son port par un rappel de la boucle ; celui-ci vient après : l'adresse affichée répond déjà.
    server.io_loop.add_callback(announce)
    server.start()
