"""Leçon 04 : lire les deux pertes de quatre parties, et compter les modes d'après la perte du faussaire.

Les parties, dans l'ordre : un détective cent fois plus rapide (A), un faussaire qui ne sait faire qu'une tache (B), la
partie saine de la leçon (C), deux joueurs à un seul bouton, avec de l'élan (D).
"""

from lessons_lib.checks.reading import Question, Reading

BALANCE, CRUSHING, MISSING, CHASE = "équilibre possible", "détective écrasant", "modes manquants", "poursuite"

CURVES = Reading(
    signature="read_curves()",
    questions={
        "A": Question(
            "la partie A",
            right=CRUSHING,
            wrong={
                BALANCE: "la perte du détective de la partie A est très loin de son repère, 2 log 2.",
                MISSING: "à modes manquants, le détective se trompe encore sur le mode couvert : sa perte ne serait "
                "pas nulle dans la partie A.",
                CHASE: "dans la partie A, un seul joueur gagne, du début à la fin : l'autre ne le rattrape jamais.",
            },
        ),
        "B": Question(
            "la partie B",
            right=MISSING,
            wrong={
                BALANCE: "les deux pertes de la partie B sont plates, mais loin de leurs repères.",
                CRUSHING: "la perte du détective de la partie B ne tombe pas à zéro : il se trompe encore.",
                CHASE: "les pertes de la partie B tremblent, sans rythme : personne n'y répond à personne.",
            },
        ),
        "C": Question(
            "la partie C",
            right=BALANCE,
            wrong={
                CRUSHING: "le détective de la partie C fait à peine mieux que pile ou face : il n'écrase personne.",
                MISSING: "à un mode manquant près, déjà, les pertes de la partie C s'écarteraient de leurs repères et "
                "resteraient plates : lisez leur niveau.",
                CHASE: "les pertes de la partie C finissent plates : une poursuite, elle, ne s'arrête pas.",
            },
        ),
        "D": Question(
            "la partie D",
            right=CHASE,
            wrong={
                BALANCE: "les pertes de la partie D tournent autour de leurs repères, et ne s'y posent pas.",
                CRUSHING: "dans la partie D, chaque joueur prend l'avantage à son tour ; aucun ne le garde.",
                MISSING: "des modes manquants donnent des pertes plates ; celles de la partie D ne le sont pas.",
            },
        ),
        "modes": Question(
            "le nombre de modes, sur huit, que couvre le faussaire de la partie des modes manquants",
            right=1,
            wrong={
                2: "avec deux modes, il paierait log 5, soit 1,61 ; lisez le niveau de la courbe à la fin.",
                3: "avec trois modes, il paierait log (11/3), soit 1,30 ; lisez le niveau de la courbe à la fin.",
                4: "avec quatre modes, il paierait log 3, soit 1,10 ; lisez le niveau de la courbe à la fin.",
                7: "avec sept modes, il paierait log (15/7), soit 0,76 ; ce sont les modes couverts que l'on demande.",
                8: "avec huit modes, il paierait log 2, soit 0,69 : aucun ne manquerait.",
                9: "9 est ce que donne l'exponentielle de sa perte, soit (k + 8) / k : il reste à trouver k.",
            },
        ),
    },
    verified=(
        "quatre parties, quatre diagnostics",
        "une perte plate dit combien de modes sont couverts, si le détective est presque optimal",
    ),
)
