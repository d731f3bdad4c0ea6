"""Leçon 06 : trouver la ligne fausse de deux passages de tutoriel, et prédire ce que l'une d'elles fait."""

from lessons_lib.checks.reading import Question, Reading

TUTORIAL = Reading(
    signature="read_tutorial()",
    questions={
        "A": Question(
            "le passage A",
            right=7,
            wrong={
                1: "ligne 1 : la boucle compte les pas du générateur, un par tour.",
                2: "ligne 2 : plusieurs pas critiques avant un pas du générateur, c'est l'usage.",
                3: "ligne 3 : chaque pas critique prend un nouveau lot, et c'est bien.",
                4: "ligne 4 : la fausse image est détachée, car le générateur ne bouge pas pendant un pas critique.",
                5: "ligne 5 : le mélange est celui de votre premier geste.",
                6: "ligne 6 : la pénalité est prise aux points du mélange, comme il faut.",
                8: "ligne 8 : les gradients d'avant sont effacés avant d'en calculer de nouveaux.",
                9: "ligne 9 : la perte entière est dérivée, pénalité comprise.",
                10: "ligne 10 : seul l'optimiseur de la critique bouge, comme il se doit.",
                11: "ligne 11 : le générateur repart de nouveaux codes, sans être détaché cette fois.",
                12: "ligne 12 : le générateur veut de bonnes notes, et cette perte descend quand il les obtient.",
            },
        ),
        "B": Question(
            "le passage B",
            right=10,
            wrong={
                1: "ligne 1 : la fonction reçoit de quoi mélanger et de quoi noter.",
                2: "ligne 2 : une loi uniforme, et un seul nombre par image.",
                3: "ligne 3 : les deux doses font 1 : x_hat est sur le segment.",
                4: "ligne 4 : le gradient est demandé avant que la critique ne note.",
                5: "ligne 5 : une note par mélange, sans sigmoïde.",
                6: "ligne 6 : ce sont bien les notes que l'on dérive.",
                7: "ligne 7 : la dérivée est prise par rapport aux pixels, et non aux poids.",
                8: "ligne 8 : des 1 partout reviennent à dériver la somme des notes.",
                9: "ligne 9 : le graphe est gardé, donc la pénalité pourra corriger les poids ; et [0] ouvre le tuple.",
                11: "ligne 11 : l'écart à 1 est au carré, puis moyenné : rien ne manque ici.",
            },
        ),
        "fausses": Question(
            "où vont les fausses données, avec le passage A",
            right="loin des vraies",
            wrong={
                "vers les vraies": "le générateur suit les notes : relisez à qui cette critique apprend à en donner.",
                "nulle part": "la critique a une pente, donc le générateur bouge ; demandez-vous dans quel sens.",
                "au hasard": "le générateur monte vers les meilleures notes : ce n'est pas du hasard. Qui les reçoit ?",
            },
        ),
    },
    verified=(
        "les deux lignes fausses sont trouvées",
        "le sens où la première pousse les fausses données est prédit",
    ),
)
