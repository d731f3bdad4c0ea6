"""Leçon 04 : lire un pas du jeu, et dire où l'histoire d'un tenseur doit être coupée, gardée, ou peut l'être.

Ce que PyTorch en dit lui-même est vérifié dans `tests/unit/test_checks_04.py`.
"""

from lessons_lib.checks.reading import Question, Reading

CUT, KEEP, EITHER = "couper", "garder", "indifférent"

DETACH = Reading(
    signature="where_to_cut()",
    questions={
        "A": Question(
            "A : les fausses images, au tour du détective",
            right=CUT,
            wrong={
                KEEP: "A : la ligne 4 parcourt l'histoire de `fake` et la consomme, alors que la ligne 10 en a besoin.",
                EITHER: "A : essayez les deux. Que trouve la ligne 10, si la ligne 4 est passée par le faussaire ?",
            },
        ),
        "B": Question(
            "B : les vraies images, au tour du détective",
            right=EITHER,
            wrong={
                CUT: "B : quel poids a servi à calculer les vraies images ? Cherchez ce qu'il y aurait à perdre.",
                KEEP: "B : remontez l'histoire des vraies images : à quel joueur mène-t-elle ?",
            },
        ),
        "C": Question(
            "C : les fausses images, au tour du faussaire",
            right=KEEP,
            wrong={
                CUT: "C : la ligne 10 s'exécute alors sans erreur, et le faussaire ne reçoit aucun gradient.",
                EITHER: "C : comptez, dans les deux cas, les gradients qui arrivent au faussaire.",
            },
        ),
        "D": Question(
            "D : les scores, au tour du faussaire",
            right=KEEP,
            wrong={
                CUT: "D : la ligne 10 n'a plus rien à parcourir. Si le détective ne bouge pas à ce tour, c'est "
                "l'affaire de la ligne 11.",
                EITHER: "D : entre la perte et le faussaire, il n'y a pas d'autre chemin que le score.",
            },
        ),
        "E": Question(
            "E : la perte que l'on note pour la courbe",
            right=CUT,
            wrong={
                KEEP: "E : personne ne dérivera cette valeur, et chaque perte notée retient pourtant son histoire.",
                EITHER: "E : la courbe serait la même ; regardez plutôt ce que la liste retient, pas après pas.",
            },
        ),
        "F": Question(
            "F : les joueurs à qui la ligne 10 apporte un gradient",
            right="les deux",
            wrong={
                "le faussaire": "F : le gradient ne saute pas par-dessus ce qu'il traverse ; il y laisse une trace.",
                "le détective": "F : si le gradient s'arrêtait au détective, qui apprendrait à peindre ?",
                "aucun": "F : `zero_grad` vient avant la ligne 10, et non après : ce que celle-ci dépose y est encore.",
            },
        ),
    },
    verified=(
        "cinq tenseurs, et ce que chacun doit garder de son histoire",
        "recevoir un gradient n'est pas bouger : c'est le pas qui fait bouger",
    ),
)
