"""Leçon 08 : trouver la ligne fausse d'un protocole, et prédire ce que laissent voir des retouches."""

from lessons_lib.checks.reading import Question, Reading

SEEN, UNSEEN = "se voit", "ne se voit pas"

PROTOCOL = Reading(
    signature="read_protocol()",
    questions={
        "ligne": Question(
            "la ligne fausse du protocole",
            right=4,
            wrong={
                1: "ligne 1 : les doubles sont mis ensemble avant tout le reste, et c'est bien.",
                2: "ligne 2 : le masque dit « à évaluer » ; ce qui reste sert à apprendre.",
                3: "ligne 3 : la boucle compte les pas du générateur, et n'a rien de faux.",
                5: "ligne 5 : la fausse image est détachée, car le générateur ne bouge pas à ce tour ; et retouchée.",
                6: "ligne 6 : vraies et fausses sont comparées, retouchées toutes les deux.",
                7: "ligne 7 : la pénalité est prise sur les images que la critique note, avec son poids dehors.",
                8: "ligne 8 : le générateur repart de nouveaux codes, sans être détaché cette fois.",
                9: "ligne 9 : la retouche est aussi au tour du générateur, et le gradient la traverse.",
                10: "ligne 10 : mesurer n'a pas besoin du gradient.",
                11: "ligne 11 : de nouvelles images engendrées, comme il faut pour juger.",
                12: "ligne 12 : les trois groupes sont notés de la même façon, dans le bon ordre.",
            },
        ),
        "taux": Question(
            "le nombre qu'affiche ce protocole, quand la critique apprend par cœur",
            right="trop petit",
            wrong={
                "trop grand": "pour le grossir, il faudrait que les images dites inconnues soient notées plus bas.",
                "juste": "les images dites inconnues le sont-elles encore, au dernier pas ?",
            },
        ),
        "entier": Question(
            "le miroir, dans le jardin entier",
            right=UNSEEN,
            wrong={SEEN: "les feuilles y sont posées au hasard : une fleur et son reflet y sont aussi probables."},
        ),
        "calme": Question(
            "le miroir, dans le jardin calme",
            right=SEEN,
            wrong={
                UNSEEN: "regardez les feuilles de plusieurs fleurs de ce jardin : un reflet y serait-il à sa place ?"
            },
        ),
        "couleurs": Question(
            "les couleurs retouchées, dans le jardin entier",
            right=SEEN,
            wrong={UNSEEN: "l'eau et les pétales du jardin ont leurs teintes : aucun lotus gris n'y pousse."},
        ),
        "penche": Question(
            "ce que peut peindre un générateur, si le miroir s'applique aussi aux fausses",
            right="à droite ou à gauche",
            wrong={
                "à droite seulement": "la critique ne voit les vraies qu'après le miroir : que sait-elle d'avant ?",
                "à gauche seulement": "ce serait une réponse parmi d'autres : qu'est-ce qui interdirait l'autre côté ?",
                "toutes droites": "le miroir d'une fleur droite est droit : la critique, elle, en voit qui penchent.",
            },
        ),
    },
    verified=(
        "l'image à évaluer qui servait aussi à apprendre est trouvée",
        "une retouche ne se voit pas quand les images retouchées restent des images du jardin",
        "un miroir à pile ou face rend la critique aveugle au côté",
    ),
)
