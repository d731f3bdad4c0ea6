"""Leçon 05 : prédire ce que font trois mesures quand deux lois s'éloignent, et relire une boucle de WGAN fautive.

Pour deux lois uniformes de largeur 1, décalées de θ : W = θ ; JS = min(θ, 1) log 2 ; KL est infinie dès que θ > 0, car
une part de la première loi tombe hors de la seconde.
"""

from lessons_lib.checks.reading import Question, Reading

PREDICTION = Reading(
    signature="predict()",
    questions={
        "js_loin": Question(
            "la Jensen-Shannon quand le décalage passe de 2 à 4",
            right="constante",
            wrong={
                "double": "loin, les lois ne se recouvrent pas : la Jensen-Shannon ne voit plus la distance.",
                "infinie": "elle ne compare chaque loi qu'à leur moyenne, qui la contient : elle est bornée.",
                "nulle": "une Jensen-Shannon nulle dirait que les deux lois sont égales.",
            },
        ),
        "kl_loin": Question(
            "la KL quand le décalage passe de 2 à 4",
            right="infinie",
            wrong={
                "double": "la KL n'a pas d'unité de longueur : loin, elle compare p à une densité q nulle.",
                "constante": "une valeur finie demande que q mette de la masse partout où p en met.",
                "nulle": "une KL nulle dirait que les deux lois sont égales.",
            },
        ),
        "w_loin": Question(
            "la distance de Wasserstein quand le décalage passe de 2 à 4",
            right="double",
            wrong={
                "constante": "un plateau trahit une mesure du recouvrement ; ici, on mesure un trajet.",
                "infinie": "le plan a une masse totale de 1 et des trajets de quelques mètres : son coût est fini.",
                "nulle": "une distance nulle dirait que rien n'est à déplacer.",
            },
        ),
        "js_pres": Question(
            "la Jensen-Shannon quand le décalage passe de 0,25 à 0,5",
            right="double",
            wrong={
                "constante": "le plateau ne commence qu'une fois les lois séparées ; près, leur part commune change.",
                "infinie": "la Jensen-Shannon ne dépasse jamais log 2, que les lois se touchent ou non.",
                "nulle": "à 0,25 déjà, un quart de chaque loi est hors de l'autre : elles ne sont pas égales.",
            },
        ),
        "kl_pres": Question(
            "la KL quand le décalage passe de 0,25 à 0,5",
            right="infinie",
            wrong={
                "double": "regardez le bord gauche de p, où q ne met rien : qu'y vaut le rapport des densités ?",
                "constante": "se recouvrir en partie ne suffit pas à la KL : q doit couvrir tout p.",
                "nulle": "les deux lois ne sont pas égales : un bout de p dépasse de q.",
            },
        ),
    },
    verified=(
        "la KL n'est finie que si q couvre tout p, même à un cheveu",
        "la Jensen-Shannon n'a de pente que tant que les lois se recouvrent",
        "seule la distance de Wasserstein dit, de loin comme de près, de combien il faut se déplacer",
    ),
)

LOOP = Reading(
    signature="review()",
    questions={
        "ligne": Question(
            "la ligne fausse",
            right=9,
            wrong={
                1: "la boucle extérieure compte les pas du générateur : rien n'y manque.",
                2: "cinq pas critiques par pas du générateur, comme dans l'article : elle reste ainsi à jour.",
                3: "à chaque pas critique, un lot neuf ; et le gradient n'a pas à remonter au générateur ici.",
                4: "en descendant, la critique baisse la note des fausses, monte celle des vraies : c'est l'équation.",
                5: "effacer les gradients de la critique, avant la rétropropagation, est juste.",
                6: "rétropropager la perte de la critique, après avoir effacé, est juste.",
                7: "l'optimiseur de la critique avance après la rétropropagation, et ne connaît que ses poids.",
                8: "l'écrêtage suit chaque pas de la critique, dans la petite boucle, comme dans l'article.",
                10: "les gradients du générateur sont effacés avant la rétropropagation : c'est juste.",
                11: "le gradient traverse la critique et arrive au générateur : rien ne le coupe, et c'est voulu.",
                12: "ici, c'est bien au générateur d'avancer, et à lui seul.",
            },
        ),
        "effet": Question(
            "ce que fait le générateur",
            right="il s'éloigne",
            wrong={
                "il reste sur place": "un gradient arrive bien au générateur, et son optimiseur avance.",
                "il est plus lent": "la taille de ses pas n'est pas en cause.",
                "il oscille": "une critique en retard ferait osciller ; celle-ci a ses cinq pas et ses poids bornés.",
                "aucun effet": "cette ligne décide de ce que le générateur descend : elle ne peut pas être sans suite.",
            },
        ),
    },
    verified=(
        "vous avez suivi le signe des deux pertes, d'un joueur à l'autre",
        "vous en avez déduit ce que l'on verra à l'écran",
    ),
)
