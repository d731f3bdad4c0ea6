"""Leçon 07 : prédire ce qui déplace les mesures, et lire un tableau de marque."""

from lessons_lib.checks.reading import Question, Reading

PREDICTIONS = Reading(
    signature="predict()",
    questions={
        "précision": Question(
            "la précision, quand on tronque de plus en plus",
            right="monte",
            wrong={
                "descend": "précision : les codes rares, qui donnent le plus d'images ratées, disparaissent.",
                "ne change pas": "précision : les images tirées ne sont plus les mêmes ; lesquelles restent ?",
            },
        ),
        "rappel": Question(
            "le rappel, quand on tronque de plus en plus",
            right="descend",
            wrong={
                "monte": "rappel : des images plus semblables entre elles ont des boules plus petites.",
                "ne change pas": "rappel : les fleurs rares viennent des codes rares, et ceux-ci disparaissent.",
            },
        ),
        "Fréchet": Question(
            "la distance de Fréchet, en moyenne, quand on compare plus d'images des mêmes lois",
            right="descend",
            wrong={
                "monte": "Fréchet : peu d'images donnent des covariances bruitées, et ce bruit ne rapproche jamais.",
                "ne change pas": "Fréchet : elle est biaisée ; la moyenne de nombreux essais ne corrige pas un biais.",
            },
        ),
        "noyau": Question(
            "la distance à noyau, en moyenne, quand on compare plus d'images des mêmes lois",
            right="ne change pas",
            wrong={
                "monte": "noyau : un point n'y est jamais comparé à lui-même ; d'où viendrait un biais vers le bas ?",
                "descend": "noyau : c'est justement le défaut de Fréchet qu'elle n'a pas.",
            },
        ),
        "barre du noyau": Question(
            "l'écart entre deux essais de la distance à noyau, quand on compare plus d'images",
            right="descend",
            wrong={
                "monte": "barre du noyau : chaque essai est une moyenne, et une moyenne de plus de termes varie moins.",
                "ne change pas": "barre du noyau : sans biais ne veut pas dire précis ; de quoi dépend la précision ?",
            },
        ),
    },
    verified=(
        "ce que la troncature fait à la précision et au rappel est prédit",
        "ce que le nombre d'images fait à Fréchet et au noyau l'est aussi",
    ),
)

KINDS = ("copie", "effondré", "flou", "va bien")


def _row(letter: str, right: str, why: dict[str, str]) -> Question:
    """La ligne d'une lettre ; `why` : pourquoi chacune des autres étiquettes ne convient pas."""
    return Question(
        f"la ligne {letter}", right, {kind: f"ligne {letter} : {why[kind]}" for kind in KINDS if kind != right}
    )


TABLE = Reading(
    signature="read_table()",
    questions={
        "A": _row(
            "A",
            "flou",
            {
                "copie": "ses voisins sont à la distance de vraies inconnues.",
                "effondré": "son rappel est celui d'un générateur varié.",
                "va bien": "une image sur quatre tombe hors des boules des vraies : trop peu sont crédibles.",
            },
        ),
        "B": _row(
            "B",
            "copie",
            {
                "effondré": "son rappel est le plus haut du tableau : il montre de tout.",
                "flou": "sa précision et sa distance de Fréchet valent celles de vraies images.",
                "va bien": "la colonne des voisins est loin de 1 : lisez-la avant les autres.",
            },
        ),
        "C": _row(
            "C",
            "va bien",
            {
                "copie": "ses voisins sont à la distance de vraies inconnues.",
                "effondré": "son rappel est haut : il montre presque tout.",
                "flou": "sa précision est celle de vraies images.",
            },
        ),
        "D": _row(
            "D",
            "effondré",
            {
                "copie": "ses voisins sont à la distance de vraies inconnues.",
                "flou": "toutes ses images sont crédibles ; ce n'est pas leur qualité qui manque.",
                "va bien": "une précision parfaite ne suffit pas : voyez la colonne qui compte ce qu'il sait peindre.",
            },
        ),
    },
    verified=("chaque ligne reçoit son diagnostic", "aucune colonne, seule, ne les donnait tous"),
)
