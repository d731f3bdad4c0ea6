"""Leçon 01 : la taille du code, la perte, l'ACP, un pas d'entraînement et quatre courbes, justes ou faux."""

import numpy as np
import torch
from torch.nn import functional as F

from lessons_lib import losses
from lessons_lib.training import autoencoder_step

# ---------------------------------------------------------------- taille_du_code


def all_in_one(x, latent, weights):
    return x.numel() / (x.shape[0] * latent + weights)


def side_by_side(x, latent, weights):
    n, channels, height, width = x.shape
    return n * channels * height * width / (weights + n * latent)


def image_by_image(x, latent, weights):
    before, after = 0, weights
    for image in x:
        before += len(image.flatten())
        after += latent
    return torch.tensor(before / after, dtype=torch.float64)


def by_products(x, latent, weights):
    return np.prod(x.shape) / (len(x) * latent + weights)


# ---------------------------------------------------------------- reconstruction


def twice_summed(x_hat, x):
    return ((x - x_hat) ** 2).sum(dim=(1, 2, 3)).mean(0)


def mean_then_scale(x_hat, x):
    return F.mse_loss(x_hat, x) * x[0].numel()


def one_image_at_a_time(x_hat, x):
    total = 0.0
    for mine, wanted in zip(x_hat, x, strict=True):
        total = total + torch.dot((mine - wanted).flatten(), (mine - wanted).flatten())
    return total / len(x)


def in_double(x_hat, x):
    return torch.linalg.vector_norm((x_hat.double() - x.double()).flatten(1), dim=1).square().mean()


# ---------------------------------------------------------------- acp


def by_svd(x, k):
    mean = x.mean(dim=0, keepdim=True)
    _, _, directions = torch.linalg.svd(x - mean, full_matrices=False)
    z = (x - mean) @ directions[:k].T
    return z @ directions[:k] + mean


def by_covariance(x, k):
    points = x.numpy().astype(np.float64)
    values, vectors = np.linalg.eigh(np.cov(points, rowvar=False))
    best = vectors[:, np.argsort(values)[::-1][:k]]
    return (points - points.mean(0)) @ best @ best.T + points.mean(0)


def by_truncation(x, k):
    mean = x.mean(0)
    u, s, vh = torch.linalg.svd(x - mean)
    s[k:] = 0
    return (u * s) @ vh + mean


def direction_by_direction(x, k):
    mean = x.mean(dim=0)
    x -= mean
    rebuilt = mean.repeat(len(x), 1)
    directions = torch.svd(x).V
    for j in range(k):
        rebuilt += torch.outer(x @ directions[:, j], directions[:, j])
    return rebuilt


def from_the_left(x, k):
    mean = x.mean(dim=0)
    u = torch.linalg.svd((x - mean).double()).U[:, :k]
    return u @ u.T @ (x - mean).double() + mean


def by_lowrank(x, k):
    _, _, v = torch.pca_lowrank(x, q=min(x.shape), niter=8)
    mean = x.mean(dim=0)
    return mean + (x - mean) @ v[:, :k] @ v[:, :k].T


def not_centred(x, k):
    vh = torch.linalg.svd(x, full_matrices=False).Vh
    return x @ vh[:k].T @ vh[:k]


def mean_lost(x, k):
    x = x - x.mean(0)
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    return u[:, :k] @ torch.diag(s[:k]) @ vh[:k]


def smallest_first(x, k):
    mean = x.mean(0)
    _, vectors = torch.linalg.eigh((x - mean).T @ (x - mean))  # du plus petit au plus grand
    return (x - mean) @ vectors[:, :k] @ vectors[:, :k].T + mean


def codes_only(x, k):
    u, s, _ = torch.linalg.svd(x - x.mean(0))
    return u[:, :k] * s[:k]


def codes_only_by_numpy(x, k):
    centred = x.numpy() - x.numpy().mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return centred @ vectors[:, ::-1][:, :k]


def one_too_many(x, k):
    mean = x.mean(0)
    directions = torch.linalg.svd(x - mean).Vh
    z = torch.stack([(x - mean) @ directions[i] for i in range(k + 1)], dim=1)
    return z @ directions[: k + 1] + mean


def one_too_few(x, k):
    mean = x.mean(0)
    rebuilt = mean.expand_as(x).clone()
    directions = torch.linalg.svd(x - mean).Vh
    for i in range(1, k):
        rebuilt += torch.outer((x - mean) @ directions[i - 1], directions[i - 1])
    return rebuilt


def columns_for_rows(x, k):
    mean = x.mean(dim=0)
    _, _, v = torch.linalg.svd(x - mean)
    v = v[:, :k]
    return (x - mean) @ v @ v.T + mean


def u_for_v(x, k):
    mean = x.mean(dim=0)
    _, vectors = torch.linalg.eigh((x - mean) @ (x - mean).T)  # N × N au lieu de D × D
    best = vectors.flip(1)[:, :k]
    return (x - mean) @ best @ best.T + mean


def standardised(x, k):
    z = (x - x.mean(0)) / x.std(0)
    vh = torch.linalg.svd(z).Vh
    return (z @ vh[:k].T @ vh[:k]) * x.std(0) + x.mean(0)


def without_lengths(x, k):
    mean = x.mean(0)
    u, _, vh = torch.linalg.svd(x - mean)
    return mean + torch.einsum("nk,kd->nd", u[:, :k], vh[:k])


def mean_of_each_row(x, k):
    mean = x.mean(dim=1, keepdim=True)
    vh = torch.linalg.svd(x - mean).Vh
    return (x - mean) @ vh[:k].T @ vh[:k] + mean


def mean_of_everything(x, k):
    return by_svd_around(x, k, x.mean())


def by_svd_around(x, k, centre):
    vh = torch.linalg.svd(x - centre).Vh
    return (x - centre) @ vh[:k].T @ vh[:k] + centre


def mean_added_only(x, k):
    vh = torch.linalg.svd(x - x.mean(0)).Vh[:k]
    return (x @ vh.T) @ vh + x.mean(0)


def directions_before_centring(x, k):
    directions = torch.linalg.svd(x).Vh[:k]
    x = x - (mean := x.mean(0))
    return x @ directions.T @ directions + mean


# ---------------------------------------------------------------- pas_d_entrainement


def per_image(x_hat, x):
    return (x_hat - x).square().flatten(1).sum(1)


def usual(model, optimizer, x, noisy):
    optimizer.zero_grad()
    loss = per_image(model(noisy), x).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


def of_the_library(model, optimizer, x, noisy):
    return autoencoder_step(model, optimizer, x, noisy)["loss"]


def not_detached(model, optimizer, x, noisy):
    z = model.encoder(noisy)
    loss = losses.squared_error(model.decoder(z), x)
    model.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return loss


def accumulated(model, optimizer, x, noisy):
    for parameter in model.parameters():
        parameter.grad = None
    total = 0.0
    for one, its_noisy in zip(x, noisy, strict=True):
        part = (model(its_noisy) - one).pow(2).sum() / len(x)
        part.backward()
        total += part.detach().numpy()
    optimizer.step()
    return total


def by_autograd_grad(model, optimizer, x, noisy):
    loss = F.mse_loss(model(noisy), x, reduction="sum") / x.shape[0]
    parameters = list(model.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.detach().double()


def by_closure(model, optimizer, x, noisy):
    def closure():
        optimizer.zero_grad()
        loss = losses.squared_error(model(noisy), x)
        loss.backward()
        return loss

    return optimizer.step(closure).detach()


def never_cleared(model, optimizer, x, noisy):
    loss = per_image(model(noisy), x).mean()
    loss.backward()
    optimizer.step()
    return loss.detach()


def cleared_at_the_end(model, optimizer, x, noisy):
    loss = never_cleared(model, optimizer, x, noisy)
    optimizer.zero_grad()
    return loss


def step_forgotten(model, optimizer, x, noisy):
    optimizer.zero_grad()
    loss = per_image(model(noisy), x).mean()
    loss.backward()
    return loss.detach()


def cleared_too_late(model, optimizer, x, noisy):
    loss = per_image(model(noisy), x).mean()
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.detach()


def step_too_early(model, optimizer, x, noisy):
    loss = per_image(model(noisy), x).mean()
    optimizer.zero_grad()
    optimizer.step()
    loss.backward()
    return loss.detach()


def backward_forgotten(model, optimizer, x, noisy):
    optimizer.zero_grad()
    loss = per_image(model(noisy), x).mean()
    optimizer.step()
    return loss.detach()


def step_on_old_gradients(model, optimizer, x, noisy):
    optimizer.step()
    optimizer.zero_grad()
    loss = per_image(model(noisy), x).mean()
    loss.backward()
    return loss.detach()


def nothing_but_the_step(model, optimizer, x, noisy):
    loss = per_image(model(noisy), x).mean()
    optimizer.step()
    return loss.detach()


def summed_over_the_batch(model, optimizer, x, noisy):
    return train_on(model, optimizer, ((x - model(noisy)) ** 2).sum())


def averaged_over_pixels(model, optimizer, x, noisy):
    return train_on(model, optimizer, F.mse_loss(model(noisy), x))


def train_on(model, optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def noisy_target(model, optimizer, x, noisy):
    return train_on(model, optimizer, losses.squared_error(model(noisy), noisy))


def clean_input(model, optimizer, x, noisy):
    return train_on(model, optimizer, losses.squared_error(model(x), x))


def swapped(model, optimizer, x, noisy):
    return train_on(model, optimizer, losses.squared_error(model(x), noisy))


def detached_code(model, optimizer, x, noisy):
    z = model.encoder(noisy).detach()
    return train_on(model, optimizer, losses.squared_error(model.decoder(z), x))


def climbing(model, optimizer, x, noisy):
    return train_on(model, optimizer, -losses.squared_error(model(noisy), x))


def two_steps(model, optimizer, x, noisy):
    for _ in range(2):
        loss = usual(model, optimizer, x, noisy)
    return loss


def step_called_twice(model, optimizer, x, noisy):
    loss = usual(model, optimizer, x, noisy)
    optimizer.step()
    return loss


def backward_called_twice(model, optimizer, x, noisy):
    optimizer.zero_grad()
    loss = losses.squared_error(model(noisy), x)
    loss.backward(retain_graph=True)
    loss.backward()
    optimizer.step()
    return loss.item()


def measured_afterwards(model, optimizer, x, noisy):
    usual(model, optimizer, x, noisy)
    return losses.squared_error(model(noisy), x).item()


def images_returned(model, optimizer, x, noisy):
    x_hat = model(noisy)
    train_on(model, optimizer, losses.squared_error(x_hat, x))
    return x_hat.detach()


def only_the_encoder(model, optimizer, x, noisy):
    for parameter in model.decoder.parameters():
        parameter.requires_grad_(False)
    model.decoder.weight.grad = None
    return train_on(model, optimizer, losses.squared_error(model(noisy), x))


def clipped(model, optimizer, x, noisy):
    optimizer.zero_grad()
    loss = losses.squared_error(model(noisy), x)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
    return loss.item()


def absolute(model, optimizer, x, noisy):
    return train_on(model, optimizer, (model(noisy) - x).abs().flatten(1).sum(dim=1).mean())


# ---------------------------------------------------------------- lecture_courbes

READ = {"A": "goulot trop étroit", "B": "surapprentissage", "C": "tout va bien", "D": "pas trop grand"}


def reading(**changes):
    return lambda: READ | changes


RIGHT = {
    "taille_du_code": [all_in_one, side_by_side, image_by_image, by_products],
    "reconstruction": [losses.squared_error, twice_summed, mean_then_scale, one_image_at_a_time, in_double],
    "acp": [by_svd, by_covariance, by_truncation, direction_by_direction, from_the_left, by_lowrank],
    "pas_d_entrainement": [usual, of_the_library, not_detached, accumulated, by_autograd_grad, by_closure],
    "lecture_courbes": [
        reading(),
        lambda: dict(reversed(READ.items())),
        lambda: {letter: READ[letter] for letter in "DBCA"},
    ],
}

WRONG = {
    "taille_du_code": [
        (lambda x, latent, weights: (latent * len(x) + weights) / x.numel(), "à l'envers"),
        (lambda x, latent, weights: x[0].numel() / latent, "le décodeur est oublié"),
        (lambda x, latent, weights: np.prod(x.shape) / weights, "les codes sont oubliés"),
        (lambda x, latent, weights: x.numel() / (len(x) * (latent + weights)), "une fois par image"),
        (lambda x, latent, weights: x.numel() / (latent + weights), "un seul code"),
        (lambda x, latent, weights: np.prod(x.shape[1:]) / (len(x) * latent + weights), "une seule image est comptée"),
        (lambda x, latent, weights: len(x) * x.shape[-1] * x.shape[-2] / (len(x) * latent + weights), "canaux"),
        (lambda x, latent, weights: 3 * len(x) * x.shape[-1] ** 2 / (len(x) * latent + weights), "carrée"),
        (lambda x, latent, weights: int(all_in_one(x, latent, weights)), "entière"),
        (lambda x, latent, weights: (weights + x.numel()) / (len(x) * latent), "du côté des images"),
        (lambda x, latent, weights: x.numel() / (len(x) * latent) + weights, "après la division"),
        (lambda x, latent, weights: x.numel() - len(x) * latent - weights, "différence"),
        (lambda x, latent, weights: (x.numel() - len(x) * latent - weights) / x.numel(), "part épargnée"),
    ],
    "reconstruction": [
        (F.mse_loss, "porte aussi sur les pixels"),
        (lambda x_hat, x: ((x - x_hat) ** 2).sum(), "porte aussi sur le lot"),
        (lambda x_hat, x: F.mse_loss(x_hat, x, reduction="sum"), "porte aussi sur le lot"),
        (lambda x_hat, x: (x - x_hat).sum(dim=(1, 2, 3)).mean(), "signes s'annulent"),
        (lambda x_hat, x: F.l1_loss(x_hat, x, reduction="sum") / len(x), "valeur absolue"),
        (lambda x_hat, x: (x - x_hat).flatten(1).norm(dim=1).mean(), "c'est la norme"),
        (lambda x_hat, x: (x_hat - x).flatten(1).sum(1).pow(2).mean(), "sommée avant"),
        (lambda x_hat, x: ((x - x_hat) ** 2).sum(dim=(1, 2, 3)), "une perte par image"),
        (lambda x_hat, x: 0.5 * losses.squared_error(x_hat, x), "la moitié"),
        (lambda x_hat, x: (x_hat**2 - x**2).sum(dim=(1, 2, 3)).mean(), "sont soustraits"),
        (lambda x_hat, x: (x - x_hat).square().sum(dim=1).mean(), "seuls les canaux"),
        (lambda x_hat, x: (x - x_hat).square().flatten(1).mean(dim=1).sum(), "c'est l'inverse"),
    ],
    "acp": [
        (not_centred, "n'est pas centré"),
        (directions_before_centring, "cherchées sur le nuage non centré"),
        (mean_added_only, "sans avoir été retranchée"),
        (lambda x, k: mean_added_only(x, k) - x.mean(0), "points non centrés qui sont projetés"),
        (mean_lost, "n'est pas rajoutée"),
        (smallest_first, "plus petit étalement"),
        (codes_only, "pas ramenés"),
        (codes_only_by_numpy, "pas ramenés"),
        (one_too_many, "une direction de trop"),
        (one_too_few, "il manque une direction"),
        (columns_for_rows, "lues en colonnes"),
        (u_for_v, "vecteurs de gauche"),
        (standardised, "divisée par son écart type"),
        (without_lengths, "valeurs singulières sont perdues"),
        (lambda x, k: x - by_svd(x, k), "et non ce qu'elles gardent"),
        (mean_of_each_row, "à l'intérieur de chaque point"),
        (mean_of_everything, "un seul nombre pour tout le nuage"),
    ],
    "pas_d_entrainement": [
        (step_forgotten, "il manque le pas"),
        (cleared_too_late, "sans gradient"),
        (step_too_early, "sans gradient"),
        (backward_forgotten, "sans gradient"),
        (step_on_old_gradients, "emploie les gradients du pas précédent"),
        (nothing_but_the_step, "emploie les gradients du pas précédent"),
        (never_cleared, "s'ajoutent à ceux-ci"),
        (cleared_at_the_end, "s'ajoutent à ceux-ci"),
        (two_steps, "avance deux fois"),
        (step_called_twice, "avance deux fois"),
        (backward_called_twice, "la rétropropagation est faite deux fois"),
        (summed_over_the_batch, "sommée sur le lot"),
        (averaged_over_pixels, "moyennée aussi sur les pixels"),
        (noisy_target, "la cible est l'image bruitée"),
        (clean_input, "reçoit l'image propre"),
        (swapped, "sont échangés"),
        (detached_code, "l'encodeur n'a pas bougé"),
        (only_the_encoder, "le décodeur n'a pas bougé"),
        (climbing, "remontent la perte"),
        (measured_afterwards, "calculée après le pas"),
        (images_returned, "rend les reconstructions"),
    ],
    "lecture_courbes": [
        (reading(A="tout va bien"), "très au-dessus de l'ACP"),
        (reading(A="Surapprentissage"), "rien appris par cœur"),
        (reading(A="pas trop grand"), "ni bond, ni dents"),
        (reading(A="arrêt trop tôt"), "plate depuis longtemps"),
        (reading(B="tout va bien"), "pas celle qui compte"),
        (reading(B="goulot trop etroit"), "suffit à les décrire"),
        (reading(B="pas trop grand"), "sont lisses"),
        (reading(B="arrêt trop tôt"), "ne baisse plus"),
        (reading(C="surapprentissage"), "côte à côte"),
        (reading(C="arrêt trop tôt"), "presque plate"),
        (reading(D="tout va bien"), "aucun réseau"),
        (reading(D="ARRÊT TROP TÔT"), "tremble"),
    ],
}

UNKNOWN = {
    "taille_du_code": [
        lambda x, latent, weights: 2 * all_in_one(x, latent, weights),
        lambda x, latent, weights: all_in_one(x, latent + 1, weights),
        lambda x, latent, weights: latent,
    ],
    "reconstruction": [
        lambda x_hat, x: losses.squared_error(x_hat, x).sqrt(),
        lambda x_hat, x: losses.squared_error(x_hat, x).log1p(),
        lambda x_hat, x: (x - x_hat).square().amax(dim=(1, 2, 3)).mean(),
    ],
    "acp": [
        lambda x, k: by_svd(x, k).flip(0),
        lambda x, k: (by_svd(x, k) + x) / 2,
        lambda x, k: x.mean(dim=0).expand_as(x),
        lambda x, k: x,
    ],
    "pas_d_entrainement": [clipped, absolute, lambda model, optimizer, x, noisy: model(noisy).mean()],
    "lecture_courbes": [
        reading(A="trop de bruit"),
        reading(D=3),
        lambda: "surapprentissage",
        lambda: {"A": "goulot trop étroit"},
        reading(remarque="A, à vérifier"),
        lambda: {key.lower(): label for key, label in READ.items()},
    ],
}
