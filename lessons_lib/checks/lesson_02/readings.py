"""Leçon 02 : prédire ce que règle l'écart type du décodeur, et trouver la ligne qui coupe le gradient."""

from lessons_lib.checks.reading import Question, Reading

PREDICTION = Reading(
    signature="predict()",
    questions={
        "kl": Question(
            said="la KL, quand s passe de 0,8 à 3,2",
            right="descend",
            wrong={
                "monte": "rien n'invite un code à dépenser plus de nats pour un décodeur moins exigeant.",
                "ne change pas": "la formule de la KL ne contient pas s, mais son poids face à l'erreur en dépend.",
            },
        ),
        "erreur": Question(
            said="l'erreur ‖x − x_hat‖², quand s passe de 0,8 à 3,2",
            right="monte",
            wrong={
                "descend": "un grand s pardonne les écarts : rien ne pousse à mieux reconstruire.",
                "ne change pas": "s divise l'erreur dans la perte : il change ce que l'entraînement accepte de perdre.",
            },
        ),
        "taille": Question(
            said="la taille moyenne des nuages, quand s passe de 0,8 à 3,2",
            right="monte",
            wrong={
                "descend": "un très petit nuage coûte des nats, et seule l'exigence du décodeur les rembourse.",
                "ne change pas": "la taille est un compromis entre les deux termes, et s le déplace.",
            },
        ),
        "lot": Question(
            said="la perte d'un même réseau, sur un lot où chaque image figure deux fois",
            right="ne change pas",
            wrong={
                "monte": "la perte serait plus grande si le lot était sommé ; relisez ce qui y est fait des images.",
                "descend": "chaque copie apporte autant que son modèle : rien n'allège le lot.",
            },
        ),
        "equivalence": Question(
            said="le facteur de β, à s = 0,8, qui vaut un s quatre fois plus grand",
            right=16,
            wrong={
                1: "le poids relatif des deux termes a changé : garder β ne peut pas rendre le même réseau.",
                2: "vous prenez la racine du facteur de s ; dans la perte, s n'est pas sous une racine.",
                4: "l'effet de s sur la perte n'est pas proportionnel : regardez son exposant.",
                8: "le 2 du dénominateur est là avant comme après : il ne change pas le rapport des deux termes.",
                "1/4": "ce poids allégerait la KL, et l'exposant de s est oublié.",
                "1/16": "ce poids allégerait la KL ; lequel des deux termes un grand s allège-t-il ?",
            },
        ),
    },
    verified=(
        "un grand s allège la reconstruction : la KL descend, l'erreur monte, les nuages grandissent",
        "la perte est une moyenne sur le lot, indifférente au nombre de copies",
        "s et β règlent un seul et même équilibre, s par son carré",
    ),
)

PASSAGE = Reading(
    signature="wrong_line()",
    questions={
        "": Question(
            said="la ligne fausse du pas d'entraînement",
            right=4,
            wrong={
                1: "cette ligne nomme la fonction et ses arguments ; rien n'y est calculé.",
                2: "l'encodeur rend bien ses deux vecteurs, dans cet ordre.",
                3: "`Normal` attend un écart type, et logvar est bien ramené à un écart type.",
                5: "le décodeur reçoit un code de la bonne forme et rend des images : rien à y reprendre.",
                6: "la log-vraisemblance est sommée sur toutes les valeurs d'une image : elle est en nats par image.",
                7: "la KL va de la loi du code à la loi a priori et s'additionne sur les dimensions, comme il faut.",
                8: "les signes sont bons : une moyenne de KL moins log-vraisemblance est −ELBO.",
                9: "les gradients du pas précédent sont effacés à temps, juste avant la rétropropagation.",
                10: "la rétropropagation part de la perte entière ; si un gradient se perd, ce n'est pas ici.",
                11: "les poids sont corrigés après la rétropropagation, et tous y sont.",
            },
        )
    },
    verified=(
        "l'encodeur ne recevait que le gradient de la KL : il l'a ramenée à zéro",
        "le code ne disait plus rien, et le décodeur rendait l'image moyenne",
    ),
)
