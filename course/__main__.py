"""Les commandes du cours : `python3 -m course [commande] [options]`.

Ce module n'emploie que la bibliothèque standard et une syntaxe que Python 3.6 sait lire : il doit pouvoir
dire qu'un Python est trop ancien. Lancé par le Python du système, il prépare l'environnement `.venv`, puis
lui passe la main ; lancé par le Python de `.venv`, il exécute la commande.
"""

import os
import sys

MINIMUM = (3, 11)

#: Commande -> options d'installation (extras de pyproject.toml) dont elle a besoin.
EXTRAS = {
    "ouvrir": (),
    "tester": ("enseignants", "grandeur", "tests"),
    "construire": ("enseignants", "tests"),
    "entrainer": (),
    "mesurer": ("tests",),
    "classe": ("enseignants",),
    "emporter": (),
}

HELP = """\
Réseaux génératifs : de l'autoencodeur au WGAN-GP, sur des fleurs de lotus.

Usage : python3 -m course [commande] [options]        (sous Windows : py -m course)

  ouvrir                      installe ce qui manque, puis ouvre le cours (commande par défaut)
      --sans-navigateur         n'ouvre pas de navigateur ; l'adresse s'affiche dans tous les cas
      --port N                  écoute sur le port N (à défaut : 8888, ou le premier port libre qui suit)
  tester [options de pytest]  vérifie tout : ruff, puis pytest ; avec des options, pytest seul
                                (exemple : python3 -m course tester -k kl -x)
  construire [NN …]           refait les notebooks et les exercices depuis leurs sources
  entrainer [recette …]       refait les poids livrés avec le cours, ou apprend de vos photographies
  mesurer [nom …] [--json]    exécute les mesures de benchmarks/ ; sans nom, en donne la liste
  mesurer tout [nom …]        toutes (des heures) ou celles-là ; tableau et figure dans entrainements/
  classe DOSSIER [NN …]       prépare un dossier nbgrader pour noter les exercices d'une classe
  emporter [--tests]          télécharge de quoi installer le cours sans réseau, dans le dossier roues
  aide, -h, --help            affiche ce texte

  --ici   avec n'importe quelle commande : emploie le Python courant (conda, uv, Binder…) sans rien installer
"""


def old_python_message(version):
    """Phrase à afficher si `version` (majeur, mineur, …) est antérieure à Python 3.11, sinon None."""
    if tuple(version[:2]) >= MINIMUM:
        return None
    return (
        f"Python 3.11 ou plus récent est nécessaire ; vous utilisez Python {version[0]}.{version[1]}.\n"
        "Installez une version récente depuis le site de Python ou par votre système, puis relancez avec\n"
        "elle, par exemple : python3.12 -m course   (sous Windows : py -3.12 -m course)."
    )


def split_command(argv):
    """Sépare la commande de ses options ; sans commande, c'est `ouvrir`. ValueError si elle n'existe pas."""
    if not argv or (argv[0].startswith("-") and argv[0] not in ("-h", "--help")):
        return "ouvrir", list(argv)
    if argv[0] in ("aide", "-h", "--help"):
        return "aide", []
    if argv[0] in EXTRAS:
        return argv[0], list(argv[1:])

    import difflib

    known = [*EXTRAS, "aide"]
    close = difflib.get_close_matches(argv[0], known, n=1)
    hint = f"Vouliez-vous dire « {close[0]} » ?" if close else "Commandes : {}.".format(", ".join(known))
    raise ValueError(f"La commande « {argv[0]} » n'existe pas. {hint}")


def wants_help(command, arguments):
    """Vrai si c'est l'aide générale qui est demandée (certaines commandes ont la leur)."""
    own_help = command in ("construire", "entrainer", "classe", "emporter")
    return command == "aide" or (not own_help and ("-h" in arguments or "--help" in arguments))


def run(command, arguments):
    """Exécute la commande dans le Python courant et rend son code de sortie."""
    import importlib

    return importlib.import_module("course." + command).main(arguments)


def main(argv):
    """Point d'entrée ; rend le code de sortie."""
    from course import environnement, installation, ouvrir

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        command, arguments = split_command([word for word in argv if word != "--ici"])
        if wants_help(command, arguments):
            print(HELP)
            return 0
        if command == "ouvrir":
            ouvrir.parse(arguments)
        if command == "classe" and not arguments:
            raise ValueError("Donnez le dossier de la classe : python3 -m course classe DOSSIER [NN …].")
    except ValueError as error:
        print(f"{error}\nAide : python3 -m course aide", file=sys.stderr)
        return 2
    os.chdir(str(environnement.ROOT))
    try:
        if "--ici" in argv:
            environnement.check_current()
        else:
            # emporter remplit le dossier des roues : il ne peut pas encore s'installer depuis lui.
            python = installation.ensure(EXTRAS[command], offline=command != "emporter")
            if not environnement.runs_inside():
                return environnement.hand_over(python, ["-m", "course", command, *arguments])
        os.environ.update(environnement.passive_wait(os.environ))
        return run(command, arguments)
    except environnement.InstallationError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    refusal = old_python_message(sys.version_info)
    if refusal:
        sys.exit(refusal)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt as interruption:
        print("\n{}".format(str(interruption) or "Interrompu."), file=sys.stderr)
        sys.exit(130)
