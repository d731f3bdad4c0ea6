"""Leçon 03 : lire les barres, les reconstructions et les tirages de quatre VAE, et dire lequel paie trop ou trop peu.

Les quatre modèles sont `beta_vae_32` pour β = 128 (A), 16 (B), 1024 (C) et 1 (D).
"""

from lessons_lib.checks.reading import Question, Reading

LOW, GOOD, HIGH, COLLAPSED = "prix trop bas", "bon compromis", "prix trop haut", "effondrement"

BETA = Reading(
    signature="read_beta()",
    questions={
        "A": Question(
            "le modèle A",
            right=HIGH,
            wrong={
                LOW: "le modèle A a peu de barres, et elles sont courtes : il n'achète pas trop de nats.",
                GOOD: "dans le modèle A, le bouton blanc ressort ouvert : un facteur s'est perdu en route.",
                COLLAPSED: "le modèle A rend encore des couleurs différentes : son code n'est pas muet.",
            },
        ),
        "B": Question(
            "le modèle B",
            right=GOOD,
            wrong={
                LOW: "les tirages du modèle B sont des fleurs entières : ses trous ne font pas de ravages.",
                HIGH: "les reconstructions du modèle B gardent la couleur et l'ouverture : que manque-t-il ?",
                COLLAPSED: "des barres éteintes ne suffisent pas à ce diagnostic : d'autres vivent dans le modèle B.",
            },
        ),
        "C": Question(
            "le modèle C",
            right=COLLAPSED,
            wrong={
                LOW: "le modèle C n'a aucune barre : aucun nat n'y est acheté.",
                GOOD: "le modèle C rend la même fleur pour toutes les images : rien n'y est reconstruit.",
                HIGH: "ce diagnostic suppose que quelques barres vivent ; cherchez-en une dans le modèle C.",
            },
        ),
        "D": Question(
            "le modèle D",
            right=LOW,
            wrong={
                GOOD: "regardez les tirages du modèle D : la plupart ne sont pas des fleurs.",
                HIGH: "les barres du modèle D sont les plus hautes des quatre : il achète beaucoup de nats.",
                COLLAPSED: "les reconstructions du modèle D sont fidèles : son code dit tout de l'image.",
            },
        ),
        "éteinte": Question(
            "une dimension éteinte : mu et sigma, d'une image à l'autre",
            right="mu fixe, sigma 1",
            wrong={
                "mu fixe, sigma 0": "un nuage de largeur presque nulle coûte très cher : sa barre serait "
                "immense, et non nulle.",
                "mu varie, sigma 0": "un code précis, qui bouge d'une image à l'autre : cette dimension parle, "
                "et sa barre est haute.",
                "mu varie, sigma 1": "un mu qui s'écarte de 0 coûte des nats, même si le nuage garde sa largeur : la "
                "barre ne serait pas nulle.",
            },
        ),
    },
    verified=(
        "quatre modèles, quatre diagnostics",
        "une dimension éteinte ne dépend plus de l'image",
    ),
)
