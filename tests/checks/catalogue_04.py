"""Leçon 04 : des pertes, des parties, des comptes et des lectures, tels qu'on les écrit."""

import math

import numpy as np
import torch
from scipy.spatial.distance import cdist
from torch import nn
from torch.nn import functional as F

from lessons_lib import losses, toys
from lessons_lib.training import critic_step, generator_step

# --- les deux pertes -----------------------------------------------------------------------------


def by_cross_entropy(real_scores, fake_scores):
    answers = torch.cat([torch.ones_like(real_scores), torch.zeros_like(fake_scores)])
    scores = torch.cat([real_scores, fake_scores])
    each = F.binary_cross_entropy_with_logits(scores, answers, reduction="none")
    on_real, on_fake = each.split([len(real_scores), len(fake_scores)])
    return on_real.mean() + on_fake.mean()


def in_a_loop(real_scores, fake_scores):
    total = 0.0
    for score in real_scores:
        total = total + F.softplus(-score) / len(real_scores)
    for score in fake_scores:
        total = total + F.softplus(score) / len(fake_scores)
    return total


def in_double(real_scores, fake_scores):
    return losses.discriminator_loss(real_scores.double(), fake_scores.double())


def through_probabilities(real_scores, fake_scores):
    return -real_scores.sigmoid().log().mean() - (1 - fake_scores.sigmoid()).log().mean()


def by_bce(real_scores, fake_scores):
    bce = nn.BCELoss()
    real, fake = real_scores.sigmoid(), fake_scores.sigmoid()
    return bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))


def with_epsilon(real_scores, fake_scores):
    real, fake = torch.sigmoid(real_scores), torch.sigmoid(fake_scores)
    return -torch.log(real + 1e-8).mean() - torch.log(1 - fake + 1e-8).mean()


def softplus_by_where(s):
    """Les bonnes valeurs partout ; aux grands scores, le gradient passe par la branche infinie."""
    return torch.where(s > 20, s, torch.log(1 + torch.exp(s)))


def by_one_cross_entropy(real_scores, fake_scores):
    answers = torch.cat([torch.ones_like(real_scores), torch.zeros_like(fake_scores)])
    return F.binary_cross_entropy_with_logits(torch.cat([real_scores, fake_scores]), answers)


# --- le détective optimal ------------------------------------------------------------------------


def best_by_where(p, q):
    return torch.where(p + q > 0, p / (p + q), torch.full_like(p, 0.5))


def best_by_scores(p, q):
    return torch.sigmoid(p.log() - q.log()).nan_to_num(nan=0.5)


def best_in_a_loop(p, q):
    answers = []
    for real, fake in zip(p.tolist(), q.tolist(), strict=True):
        answers.append(0.5 if real == fake == 0 else real / (real + fake))
    return torch.tensor(answers)


def best_by_numpy(p, q):
    p, q = p.numpy().astype(float), q.numpy().astype(float)
    return np.divide(p, p + q, out=np.full_like(p, 0.5), where=p + q > 0)


def best_in_place(p, q):
    q += p
    p[q == 0] = 0.5
    q[q == 0] = 1.0
    p /= q
    return p


def best_by_the_ratio(p, q):
    return (1 / (1 + q.double() / p.double())).nan_to_num(0.5)


# --- un pas du jeu -------------------------------------------------------------------------------


def play(
    game,
    real,
    z,
    *,
    fake="detach",
    first="critic",
    erase=("critic", "generator"),
    loss=losses.non_saturating_generator_loss,
    steps=("critic", "generator"),
):
    """Un pas du jeu tel qu'on l'écrit en PyTorch, avec de quoi y commettre une faute."""
    optimizers = {"critic": game.critic_optimizer, "generator": game.generator_optimizer}

    def turn(player, objective):
        if player in erase:
            optimizers[player].zero_grad()
        objective.backward()
        if player in steps:
            optimizers[player].step()

    def judge():
        painted = game.generator(z) if fake == "attached" else game.generator(z).detach()
        turn("critic", losses.discriminator_loss(game.critic(real), game.critic(painted)))

    def paint():
        painted = game.generator(z).detach() if fake == "always_cut" else game.generator(z)
        turn("generator", loss(game.critic(painted)))

    for act in (judge, paint) if first == "critic" else (paint, judge):
        act()
    return game.weights()


def playing(**faults):
    return lambda game, real, z: play(game, real, z, **faults)


def simultaneous(game, real, z):
    painted = game.generator(z)
    judged = losses.discriminator_loss(game.critic(real), game.critic(painted.detach()))
    answered = losses.non_saturating_generator_loss(game.critic(painted))
    game.generator_optimizer.zero_grad()
    answered.backward()
    game.critic_optimizer.zero_grad()
    judged.backward()
    game.critic_optimizer.step()
    game.generator_optimizer.step()
    return game.weights()


def erased_once(game, real, z):
    game.critic_optimizer.zero_grad()
    game.generator_optimizer.zero_grad()
    return play(game, real, z, fake="attached", erase=())


def both_move_at_the_critic_s_turn(game, real, z):
    for optimizer in (game.critic_optimizer, game.generator_optimizer):
        optimizer.zero_grad()
    losses.discriminator_loss(game.critic(real), game.critic(game.generator(z))).backward()
    game.critic_optimizer.step()
    game.generator_optimizer.step()
    return painter_turn(game, z)


def painter_turn(game, z):
    game.generator_optimizer.zero_grad()
    losses.non_saturating_generator_loss(game.critic(game.generator(z))).backward()
    game.generator_optimizer.step()
    return game.weights()


def one_optimizer_for_all(game, real, z):
    play(game, real, z, steps=("critic",))
    game.critic_optimizer.zero_grad()
    game.generator_optimizer.zero_grad()
    losses.non_saturating_generator_loss(game.critic(game.generator(z))).backward()
    game.critic_optimizer.step()
    game.generator_optimizer.step()
    return game.weights()


def by_the_library(game, real, z):
    loss = losses.LOSSES["non_saturating"]
    critic_step(game.critic, game.generator, game.critic_optimizer, real, z, loss)
    generator_step(game.generator, game.critic, game.generator_optimizer, z, loss)
    return game.weights()


def one_painting_for_both_turns(game, real, z):
    painted = game.generator(z)
    game.critic_optimizer.zero_grad()
    losses.discriminator_loss(game.critic(real), game.critic(painted.detach())).backward()
    game.critic_optimizer.step()
    game.generator_optimizer.zero_grad()
    losses.non_saturating_generator_loss(game.critic(painted)).backward()
    game.generator_optimizer.step()
    return game.weights()


def everything_erased_after_the_step(game, real, z):
    game.critic.zero_grad()
    game.generator.zero_grad()
    play(game, real, z, fake="attached", steps=("critic",), erase=("critic", "generator"))
    return painter_turn(game, z)


# --- compter les modes ---------------------------------------------------------------------------


def count_by_cdist(points, centres, sigma):
    return (torch.cdist(points, centres) <= 3 * sigma).any(dim=0).sum()


def count_in_loops(points, centres, sigma):
    covered = set()
    for k, (a, b) in enumerate(centres.tolist()):
        for x, y in points.tolist():
            if math.hypot(x - a, y - b) < 3 * sigma:
                covered.add(k)
                break
    return len(covered)


def count_by_numpy(points, centres, sigma):
    difference = points.numpy()[:, None, :] - centres.numpy()[None, :, :]
    return np.any(np.linalg.norm(difference, axis=-1) < 3 * sigma, axis=0).sum()


def count_by_nearest(points, centres, sigma):
    distance, owner = torch.cdist(points, centres).min(dim=1)
    return len(owner[distance < 3 * sigma].unique())


def count_by_squares(points, centres, sigma):
    squares = (centres.unsqueeze(1) - points).square().sum(2)  # (K, N)
    return torch.tensor(int((squares.amin(dim=1) < 9 * sigma**2).sum()))


def count_by_scipy(points, centres, sigma):
    return int((cdist(centres.double(), points.double()).min(axis=1) < 3 * sigma).sum())


def count_by_the_library(points, centres, sigma):
    law = toys.Toy("la loi", tuple((tuple(place),) for place in centres.tolist()), sigma)
    return toys.modes_covered(points, law)


def near(points, centres, radius):
    return torch.norm(points[:, None] - centres[None], dim=2) < radius  # (N, K)


# --- les deux lectures ---------------------------------------------------------------------------

CUTS = {"A": "couper", "B": "indifférent", "C": "garder", "D": "garder", "E": "couper", "F": "les deux"}
CURVES = {
    "A": "détective écrasant",
    "B": "modes manquants",
    "C": "équilibre possible",
    "D": "poursuite",
    "modes": 1,
}


def cutting(**changes):
    return lambda: CUTS | changes


def reading(**changes):
    return lambda: CURVES | changes


RIGHT = {
    "perte_discriminateur": [
        losses.discriminator_loss,
        by_cross_entropy,
        in_a_loop,
        in_double,
        lambda real, fake: -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean(),
        lambda real, fake: -(F.logsigmoid(real).mean() + (F.logsigmoid(fake) - fake).mean()),
        lambda real, fake: sum(torch.logaddexp(s, torch.zeros_like(s)).mean() for s in (-real, fake)),
    ],
    "perte_generateur": [
        losses.non_saturating_generator_loss,
        lambda fake: -F.logsigmoid(fake).mean(),
        lambda fake: F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake)),
        lambda fake: torch.log1p((-fake.abs()).exp()).mean() + (-fake).clamp(min=0).mean(),
        lambda fake: sum(F.softplus(-score) for score in fake.double()) / len(fake),
    ],
    "discriminateur_optimal": [
        best_by_where, best_by_scores, best_in_a_loop, best_by_numpy, best_in_place, best_by_the_ratio,
    ],
    "tour_de_jeu": [
        play, by_the_library, one_painting_for_both_turns, everything_erased_after_the_step, playing(fake="attached"),
    ],
    "a_detacher": [
        cutting(),
        lambda: dict(reversed(CUTS.items())),
        lambda: {letter: CUTS[letter] for letter in "FACEBD"},
    ],
    "compter_modes": [
        count_by_cdist, count_in_loops, count_by_numpy, count_by_nearest, count_by_squares, count_by_scipy,
        count_by_the_library,
    ],
    "lecture_courbes_gan": [
        reading(),
        lambda: dict(reversed(CURVES.items())),
        reading(modes="1"),
    ],
}  # fmt: skip

WRONG = {
    "perte_discriminateur": [
        (losses.wasserstein_critic_loss, "perte de Wasserstein"),
        (lambda real, fake: losses.discriminator_loss(fake, real), "étiquettes sont échangées"),
        (lambda real, fake: -losses.discriminator_loss(real, fake), "signe est inversé"),
        (lambda real, fake: F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean(), "signe est inversé"),
        (through_probabilities, "logarithme est infini"),
        (by_bce, "borné avant le logarithme"),
        (with_epsilon, "un petit nombre est ajouté"),
        (by_one_cross_entropy, "moyennées ensemble"),
        (lambda real, fake: by_cross_entropy(real, fake) / 2, "la moitié"),
        (lambda real, fake: -F.logsigmoid(real).sum() - F.logsigmoid(-fake).sum(), "s'additionne sur le lot"),
        (lambda real, fake: -F.logsigmoid(real).mean(), "les fausses images sont oubliées"),
        (lambda real, fake: -F.logsigmoid(-fake).mean(), "les vraies images sont oubliées"),
        (lambda real, fake: -F.logsigmoid(real).mean() - F.logsigmoid(fake).mean(), "jugées comme des vraies"),
        (lambda real, fake: by_cross_entropy(torch.sigmoid(real), torch.sigmoid(fake)), "deux fois"),
    ],
    "perte_generateur": [
        (losses.minimax_generator_loss, "perte minimax"),
        (losses.wasserstein_generator_loss, "perte de Wasserstein"),
        (lambda fake: F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)), "le faussaire veut l'inverse"),
        (lambda fake: F.logsigmoid(fake).mean(), "le signe est inversé"),
        (lambda fake: -F.logsigmoid(fake).sum(), "s'additionne sur le lot"),
        (lambda fake: -F.logsigmoid(fake), "une perte par image"),
        (lambda fake: -torch.log(torch.sigmoid(fake)).mean(), "son logarithme est infini"),
        (lambda fake: nn.BCELoss()(torch.sigmoid(fake), torch.ones_like(fake)), "borné avant le logarithme"),
        (lambda fake: -torch.log(torch.sigmoid(fake) + 1e-8).mean(), "un petit nombre est ajouté"),
        (lambda fake: -F.logsigmoid(fake.mean()), "prise avant le logarithme"),
        (lambda fake: F.binary_cross_entropy_with_logits(fake.sigmoid(), torch.ones_like(fake)), "deux fois"),
    ],
    "discriminateur_optimal": [
        (lambda p, q: 1 - best_by_where(p, q), "la part des fausses"),
        (lambda p, q: torch.div(q, p.add(q)), "la part des fausses"),
        (lambda p, q: p.div(q), "c'est un rapport de densités"),
        (lambda p, q: torch.exp(torch.log(q) - torch.log(p)), "à l'envers"),
        (lambda p, q: torch.sub(p, q), "c'est une différence de densités"),
        (lambda p, q: torch.log(p / q), "c'est un score"),
        (lambda p, q: torch.sigmoid(p / (p + q)), "déjà une probabilité"),
        (lambda p, q: torch.softmax(torch.stack([p, q]), dim=0)[0], "appliquée à une différence"),
        (lambda p, q: torch.sigmoid(p / q), "appliquée à un rapport"),
        (lambda p, q: torch.stack([p, q]).mean(dim=0), "la loi moyenne m de la leçon"),
        (lambda p, q: p / ((p + q) / 2), "le double"),
        (lambda p, q: 1.0 * (p > q), "un verdict tranché"),
        (lambda p, q: p, "la densité des fausses est oubliée"),
        (lambda p, q: p / (p.sum() + q.sum()), "tous les points de l'axe"),
        (lambda p, q: p**2 / (p**2 + q**2), "au carré"),
        (lambda p, q: p / (p + q + 1e-8), "un petit nombre"),
        (lambda p, q: p / (p + q).clamp(min=1e-6), "un petit nombre"),
        (lambda p, q: 1 / (1 + q / p), "0 / 0"),
        (lambda p, q: p / (p + q + 1e-30), "prend parti"),
        (lambda p, q: 1 - (q / (p + q)).nan_to_num(), "prend parti"),
    ],
    "tour_de_jeu": [
        (simultaneous, "détective d'avant le tour"),
        (erased_once, "passé au faussaire"),
        (both_move_at_the_critic_s_turn, "bouge aussi au tour du détective"),
        (one_optimizer_for_all, "bouge aussi au tour du faussaire"),
        (lambda game, real, z: game.weights(), "rien n'a bougé"),
        (playing(first="generator"), "joue en premier"),
        (playing(fake="always_cut"), "le faussaire n'a pas bougé"),
        (playing(steps=("critic",)), "le faussaire n'a pas bougé"),
        (playing(steps=("generator",)), "le détective n'a pas bougé"),
        (playing(erase=()), "les gradients du pas précédent s'ajoutent à ceux-ci"),
        (playing(erase=("generator",)), "au tour du détective, les gradients"),
        (playing(erase=("critic",)), "au tour du faussaire, les gradients"),
        (playing(loss=losses.minimax_generator_loss), "perte minimax"),
        (playing(loss=lambda scores: -losses.non_saturating_generator_loss(scores)), "fait monter sa perte"),
    ],
    "a_detacher": [
        (cutting(A="garder"), "et la consomme"),
        (cutting(A="Indifférent"), "essayez les deux"),
        (cutting(B="couper"), "quel poids a servi"),
        (cutting(B="GARDER"), "à quel joueur mène-t-elle"),
        (cutting(C="couper"), "aucun gradient"),
        (cutting(C="indifferent"), "comptez"),
        (cutting(D="couper"), "plus rien à parcourir"),
        (cutting(D="indifférent"), "pas d'autre chemin"),
        (cutting(E="garder"), "personne ne dérivera"),
        (cutting(E="indifférent"), "la courbe serait la même"),
        (cutting(F="le faussaire"), "ne saute pas"),
        (cutting(F="le détective"), "qui apprendrait"),
        (cutting(F="aucun"), "vient avant la ligne 10"),
    ],
    "compter_modes": [
        (lambda points, centres, s: near(points, centres, 3 * s).any(dim=1).sum(), "ce sont les bons points"),
        (lambda points, centres, s: int(near(points, centres, 3 * s).sum()), "ce sont les bons points"),
        (lambda points, centres, s: len(set(torch.cdist(points, centres).argmin(1).tolist())), "il manque le rayon"),
        (
            lambda points, centres, s: ((points[:, None] - centres).square().sum(-1) < 3 * s).any(0).sum(),
            "restée au carré",
        ),
        (lambda points, centres, s: near(points, centres, s).any(0).sum(), "d'un seul sigma"),
        (lambda points, centres, s: near(points, centres, 2 * s).any(0).sum(), "de deux sigma"),
        (lambda points, centres, s: near(points, centres, 3 * s * s).any(0).sum(), "sur la variance"),
        (lambda points, centres, s: near(points, centres, 3).any(0).sum(), "sigma est ignoré"),
        (
            lambda points, centres, s: ((points[:, None] - centres).abs().amax(-1) < 3 * s).any(0).sum(),
            "un carré, dont les coins",
        ),
        (lambda points, centres, s: (torch.cdist(points, centres, p=1) < 3 * s).any(0).sum(), "un losange"),
        (lambda points, centres, s: near(points, centres, 3 * s).all(dim=0).sum(), "que si tous les points"),
        (
            lambda points, centres, s: int(np.sum(cdist(points, centres).mean(axis=0) < 3 * s)),
            "la distance moyenne",
        ),
        (lambda points, centres, s: (torch.cdist(points, centres) > 3 * s).any(0).sum(), "l'inégalité"),
        (lambda points, centres, s: len(centres) - count_by_cdist(points, centres, s), "les modes manqués"),
        (lambda points, centres, s: near(points, centres, 3 * s).any(dim=0), "il reste à les compter"),
        (lambda points, centres, s: count_by_cdist(points, centres, s) / len(centres), "la part des modes"),
        (lambda points, centres, s: near(points, centres, 3 * s).any(1).double().mean(), "la part des bons points"),
        (lambda points, centres, s: centres.shape[0], "le nombre de modes de la loi"),
    ],
    "lecture_courbes_gan": [
        (reading(A="équilibre possible"), "très loin de son repère"),
        (reading(A="modes manquants"), "se trompe encore sur le mode couvert"),
        (reading(A="poursuite"), "un seul joueur gagne"),
        (reading(B="Equilibre possible"), "loin de leurs repères"),
        (reading(B="détective écrasant"), "ne tombe pas à zéro"),
        (reading(B="POURSUITE"), "sans rythme"),
        (reading(C="détective écrasant"), "n'écrase personne"),
        (reading(C="modes manquants"), "lisez leur niveau"),
        (reading(C="poursuite"), "finissent plates"),
        (reading(D="équilibre possible"), "ne s'y posent pas"),
        (reading(D="détective écrasant"), "aucun ne le garde"),
        (reading(D="modes manquants"), "celles de la partie D ne le sont pas"),
        (reading(modes=2), "log 5"),
        (reading(modes=3), "1,30"),
        (reading(modes=4), "log 3"),
        (reading(modes=7), "0,76"),
        (reading(modes="8"), "log 2, soit 0,69"),
        (reading(modes=9), "l'exponentielle"),
    ],
}

UNKNOWN = {
    "perte_discriminateur": [
        losses.hinge_critic_loss,
        losses.least_squares_critic_loss,
        lambda real, fake: F.softplus(-real).median() + F.softplus(fake).median(),
        lambda real, fake: softplus_by_where(-real).mean() + softplus_by_where(fake).mean(),
    ],
    "perte_generateur": [
        losses.least_squares_generator_loss,
        lambda fake: 3 * F.softplus(-fake).mean(),
        lambda fake: F.softplus(-fake).amax(),
        lambda fake: softplus_by_where(-fake).mean(),
    ],
    "discriminateur_optimal": [
        lambda p, q: torch.minimum(p, q) / (p + q),
        lambda p, q: best_by_where(p.sqrt(), q.sqrt()),
        lambda p, q: best_by_where(p, 2 * q),
    ],
    "tour_de_jeu": [
        lambda game, real, z: play(game, real, z) * 2,
        lambda game, real, z: (play(game, real, z), play(game, real, z))[1],
        lambda game, real, z: play(game, z, real),
    ],
    "a_detacher": [
        cutting(A="détacher"),
        cutting(A="Couper"),
        cutting(B="indifferent"),
        cutting(F="le lot"),
        lambda: {key.lower(): label for key, label in CUTS.items()},
        lambda: "couper",
    ],
    "compter_modes": [
        lambda points, centres, s: count_by_cdist(points, centres, s) + 1,
        lambda points, centres, s: 2 * count_by_cdist(points, centres, s),
        lambda points, centres, s: count_by_cdist(points, centres, 1.5 * s) + (len(points) > 100),
    ],
    "lecture_courbes_gan": [
        reading(A="effondrement"),
        reading(C=" équilibre  possible"),
        reading(modes=5),
        lambda: {"A": "poursuite"},
    ],
}
