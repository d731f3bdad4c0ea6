"""Leçon 01 : quatre entraînements à diagnostiquer sur leurs courbes. Les réglages sont ici, hors de la vue."""

import torch
from torch import Tensor, nn

from lessons_lib.checks.reading import Question, Reading

STEPS, BATCH, EVERY = 300, 48, 2
SETTINGS = {  # images pour apprendre (0 : toutes), nombres du code, pas d'apprentissage
    "A": (0, 1, 0.003),
    "B": (24, 16, 0.003),
    "C": (0, 16, 0.003),
    "D": (0, 16, 0.1),
}


def four_trainings(train: Tensor, held_out: Tensor) -> dict[str, Tensor]:
    """Quatre vrais entraînements du même petit réseau, 300 pas chacun, en deux ou trois secondes.

    train, held_out : deux lots centrés, (N, D). Rend, pour chaque lettre, deux courbes (2, 150) : l'erreur sur
    les images apprises, puis sur celles mises de côté, en parts de l'erreur que ferait l'image moyenne.
    """
    return {name: _training(train[: images or None], held_out, *rest) for name, (images, *rest) in SETTINGS.items()}


def _training(train: Tensor, held_out: Tensor, latent: int, learning_rate: float) -> Tensor:
    size = train.shape[1]
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        encoder = nn.Sequential(nn.Linear(size, 64), nn.Tanh(), nn.Linear(64, latent))
        decoder = nn.Sequential(nn.Linear(latent, 64), nn.Tanh(), nn.Linear(64, size))
    model = nn.Sequential(encoder, decoder)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    points = []
    for step in range(STEPS):
        if step % EVERY == 0:
            with torch.no_grad():
                points.append([(_error(model(x), x) / _error(0 * x, x)).item() for x in (train, held_out)])
        x = train[torch.randint(len(train), (BATCH,), generator=generator)]
        optimizer.zero_grad()
        _error(model(x), x).backward()
        optimizer.step()
    return torch.tensor(points).T


def _error(x_hat: Tensor, x: Tensor) -> Tensor:
    return (x_hat - x).square().sum(dim=1).mean()


CURVES = Reading(
    signature="diagnosis()",
    questions={
        "A": Question(
            said="la courbe A",
            right="goulot trop étroit",
            wrong={
                "tout va bien": "A se pose très au-dessus de l'ACP à 16 axes : quelque chose retient ce réseau.",
                "surapprentissage": "en A, les deux courbes restent ensemble : le réseau n'a rien appris par cœur.",
                "pas trop grand": "en A, la descente est régulière et le plateau calme : ni bond, ni dents de scie.",
                "arrêt trop tôt": "A est plate depuis longtemps : continuer n'y changerait rien.",
            },
        ),
        "B": Question(
            said="la courbe B",
            right="surapprentissage",
            wrong={
                "tout va bien": "en B, une seule des deux courbes est bonne, et ce n'est pas celle qui compte.",
                "goulot trop étroit": "en B, les images apprises sont bien rendues : le code suffit à les décrire.",
                "pas trop grand": "en B, les deux courbes sont lisses : les corrections ne dépassent pas leur but.",
                "arrêt trop tôt": "en B, l'erreur sur les images mises de côté ne baisse plus depuis longtemps.",
            },
        ),
        "C": Question(
            said="la courbe C",
            right="tout va bien",
            wrong={
                "surapprentissage": "en C, les deux courbes finissent côte à côte : ce qui est appris sert à toutes.",
                "goulot trop étroit": "C finit au niveau de l'ACP à 16 axes : un code trop court n'y descendrait pas.",
                "pas trop grand": "C descend sans bond et sans jamais remonter.",
                "arrêt trop tôt": "C est presque plate à la fin : elle n'a plus grand-chose à gagner.",
            },
        ),
        "D": Question(
            said="la courbe D",
            right="pas trop grand",
            wrong={
                "tout va bien": "D finit là où en serait l'image moyenne, qui ne demande aucun réseau.",
                "surapprentissage": "en D, les images apprises sont aussi mal rendues que les autres.",
                "goulot trop étroit": "D ne fait pas mieux que l'image moyenne : même un code trop court y arriverait.",
                "arrêt trop tôt": "D commence par bondir, puis tremble : plus de pas semblables ne la calmeraient pas.",
            },
        ),
    },
    verified=(
        "le niveau atteint, l'écart des deux courbes et leur régularité, lus chacun pour ce qu'il dit",
        "une courbe saine est reconnue comme telle",
    ),
)
