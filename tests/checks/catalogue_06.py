"""Leçon 06 : les quatre gestes de la pénalité, l'étage, le calendrier, la moyenne, tels qu'on les écrit."""

import copy
import functools
import random

import numpy as np
import scipy.linalg
import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from lessons_lib import losses
from lessons_lib.training import AdversarialConfig
from lessons_lib.training import update_average as library_average


def rand_per_image(x):
    return torch.rand(x.shape[0], 1, 1, 1)


def mix_by_lerp(real, fake):
    return torch.lerp(fake, real, torch.rand(len(real), 1, 1, 1))


def mix_by_uniform(real, fake):
    epsilon = torch.empty(real.shape[0], 1, 1, 1).uniform_(0, 1).expand_as(real)
    return epsilon * real + (1 - epsilon) * fake


def mix_with_the_other_dose(real, fake):
    dose = torch.distributions.Uniform(0.0, 1.0).sample((len(real),))[:, None, None, None]
    return (1 - dose) * real + dose * fake


def mix_ready_for_a_gradient(real, fake):
    return losses.interpolate(real, fake).requires_grad_()


def mix_in_place(real, fake):
    epsilon = rand_per_image(real)
    return real.sub_(fake).mul_(epsilon).add_(fake)


def mix_image_by_image(real, fake):
    return torch.stack([b + torch.rand(()) * (a - b) for a, b in zip(real, fake, strict=True)])


def mix_by_numpy(real, fake):
    epsilon = np.random.rand(len(real), 1, 1, 1)
    return torch.from_numpy(epsilon * real.numpy() + (1 - epsilon) * fake.numpy())


def mix_with(epsilon, real, fake):
    epsilon = torch.as_tensor(epsilon)
    return epsilon * real + (1 - epsilon) * fake


def mix_all_at_random(real, fake):
    a, b = torch.rand_like(real[:, :1, :1, :1]), torch.rand_like(real[:, :1, :1, :1])
    return a * real + b * fake


def score_in_place(critic, x_hat):
    x_hat.requires_grad_()
    return x_hat, critic(x_hat)


def score_on_a_copy(critic, x_hat):
    point = x_hat.detach().clone()
    point.requires_grad = True
    return [point, critic(point)]


def score_one_by_one(critic, x_hat):
    x_hat.requires_grad_(True)
    return x_hat, torch.cat([critic(x_hat[i : i + 1]) for i in range(len(x_hat))])


def score_whatever_the_mode(critic, x_hat):
    with torch.enable_grad():
        leaf = nn.Parameter(x_hat)
        notes = critic(leaf)
    return leaf, notes


def score_without_graph(critic, x_hat):
    x_hat.requires_grad_()
    with torch.no_grad():
        scores = critic(x_hat)
    return x_hat, scores


def score_too_early(critic, x_hat):
    scores = critic(x_hat)
    x_hat.requires_grad = True
    return x_hat, scores


def score_another_tensor(critic, x_hat):
    x_hat.requires_grad_()
    return x_hat.clone(), critic(x_hat)


def score_reduced(reduce):
    def answer(critic, x_hat):
        x_hat.requires_grad_()
        return x_hat, reduce(critic(x_hat))

    return answer


def score_clamped(critic, x_hat):
    x_hat = torch.clamp(x_hat, min=-1, max=1).requires_grad_()
    return x_hat, critic(x_hat)


def slope_of_the_sum(x_hat, scores):
    return torch.autograd.grad(scores.sum(), x_hat, create_graph=True)[0]


def slope_with_ones(x_hat, scores):
    (gradient,) = torch.autograd.grad(
        outputs=scores, inputs=x_hat, grad_outputs=torch.ones_like(scores), create_graph=True, retain_graph=True
    )
    return gradient


def slope_of_each(x_hat, scores):
    return torch.autograd.grad(list(scores), [x_hat], create_graph=True)[0]


def slope_image_by_image(x_hat, scores):
    slopes = torch.zeros_like(x_hat)
    for i in range(len(scores)):
        slopes[i] = torch.autograd.grad(scores[i], x_hat, create_graph=True)[0][i]
    return slopes


def slope_by_backward(x_hat, scores):
    scores.sum().backward()
    return x_hat.grad


def slope_by_backward_with_graph(x_hat, scores):
    scores.sum().backward(create_graph=True)
    return x_hat.grad


def penalise_with_ones(critic, x_hat):
    x_hat = x_hat.clone().requires_grad_(True)
    gradient = slope_with_ones(x_hat, critic(x_hat))
    return ((gradient.view(len(gradient), -1).norm(2, dim=1) - 1) ** 2).mean()


def penalise_by_hand_made_norm(critic, x_hat):
    x_hat.requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x_hat).sum(), x_hat, create_graph=True)
    norm = gradient.square().sum(dim=(1, 2, 3)).add(1e-12).sqrt()
    return torch.mean((1 - norm).pow(2))


def penalise_image_by_image(critic, x_hat):
    terms = []
    for image in x_hat:
        image = image[None].clone().requires_grad_()
        gradient = torch.autograd.grad(critic(image).sum(), image, create_graph=True)[0]
        terms.append((torch.linalg.vector_norm(gradient) - 1).square())
    return torch.stack(terms).mean()


def penalise_with_the_library(critic, x_hat):
    return losses.gradient_penalty(critic, x_hat, x_hat)


def penalise(what):
    """Une pénalité fausse : ce qui est fait de la pente (N, C, H, W)."""

    def answer(critic, x_hat):
        return what(slope_of_the_sum(*score_in_place(critic, x_hat)))

    return answer


def penalise_mean_note(critic, x_hat):
    x_hat.requires_grad_()
    gradient = torch.autograd.grad(critic(x_hat).mean(), x_hat, create_graph=True)[0]
    return ((gradient.reshape(len(x_hat), -1).norm(dim=1) - 1) ** 2).mean()


def norm(gradient):
    return torch.linalg.vector_norm(gradient, dim=(1, 2, 3))


def stage(middle, activation=nn.ReLU):
    def answer(before, after):
        return [nn.Conv2d(before, after, 4, stride=2, padding=1), *middle(after), activation()]

    return answer


def stage_by_pooling(before, after):
    return nn.Sequential(nn.Conv2d(before, after, 3, padding="same"), nn.SiLU(), nn.AvgPool2d(2))


def stage_activated_first(before, after):
    return (nn.LeakyReLU(0.2), nn.Conv2d(before, after, kernel_size=3, stride=2, padding=1), nn.Dropout(0.3))


def average_by_library(average, model, decay):
    library_average(average, model, decay)
    return average


@torch.no_grad()
def average_by_products(average, model, decay):
    for kept, current in zip(average.parameters(), model.parameters(), strict=True):
        kept.mul_(decay).add_(current, alpha=1 - decay)
    for kept, current in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(current)
    return average


def average_by_data(average, model, decay):
    source = dict(model.named_parameters())
    for name, kept in average.named_parameters():
        kept.data = decay * kept.data + (1 - decay) * source[name].data
    for kept, current in zip(average.buffers(), model.buffers(), strict=True):
        kept.data = current.clone()
    return average


def average_by_state(average, model, decay):
    old, new = average.state_dict(), model.state_dict()
    names = {name for name, _ in model.named_parameters()}
    mixed = {name: old[name] * decay + new[name] * (1 - decay) if name in names else new[name] for name in new}
    average.load_state_dict(mixed)
    return average


def average_by_torch(average, model, decay):
    get_ema_multi_avg_fn(decay)(list(average.parameters()), list(model.parameters()), None)
    for kept, current in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(current)
    return average


def average_by_numpy(average, model, decay):
    old, new = average.state_dict(), model.state_dict()
    for name in [name for name, _ in model.named_parameters()]:
        new[name] = torch.from_numpy(np.average([old[name], new[name]], axis=0, weights=[decay, 1 - decay]))
    average.load_state_dict(new)
    return average


def average_wrong(rule, buffers=True):
    """Une moyenne fausse : sa règle, en place."""

    def answer(average, model, decay):
        with torch.no_grad():
            for kept, current in zip(average.parameters(), model.parameters(), strict=True):
                rule(kept, current, decay)
            for kept, current in zip(average.buffers(), model.buffers(), strict=True):
                if buffers:
                    kept.copy_(current)
        return average

    return answer


def average_thrown_away(average, model, decay):
    for kept, current in zip(average.parameters(), model.parameters(), strict=True):
        kept = decay * kept + (1 - decay) * current
    for kept, current in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(current)
    return average


def average_returned_too_soon(average, model, decay):
    with torch.no_grad():
        for kept, current in zip(average.parameters(), model.parameters(), strict=True):
            kept.lerp_(current, 1 - decay)
            return average


def average_by_full_state(average, model, decay):
    old, new = average.state_dict(), model.state_dict()
    average.load_state_dict({name: decay * old[name] + (1 - decay) * new[name] for name in old})
    return average


def average_with_gradient(average, model, decay):
    for kept, current in zip(average.parameters(), model.parameters(), strict=True):
        kept.lerp_(current, 1 - decay)
    for kept, current in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(current)
    return average


def average_copied(average, model, decay):
    average.load_state_dict(model.state_dict())
    return average


def average_in_a_new_network(average, model, decay):
    return average_by_products(copy.deepcopy(average), model, decay)


def average_into_the_model(average, model, decay):
    with torch.no_grad():
        for kept, current in zip(average.parameters(), model.parameters(), strict=True):
            current.copy_(decay * kept + (1 - decay) * current)
    return model


def average_instead_of_the_model(average, model, decay):
    weights = zip(average.parameters(), model.parameters(), strict=True)
    for kept, current in weights:
        current.data.mul_(1 - decay).add_(decay * kept)
    for kept, current in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(current)
    return average


def average_the_wrong_way_round(average, model, decay):
    average_by_products(average, model, decay)
    with torch.no_grad():
        for kept, current in zip(average.parameters(), model.parameters(), strict=True):
            current.copy_(kept)
    return average


def frechet_by_scipy(mean_a, cov_a, mean_b, cov_b):
    root = scipy.linalg.sqrtm(cov_a @ cov_b)
    return ((mean_a - mean_b) ** 2).sum() + torch.trace(cov_a) + torch.trace(cov_b) - 2 * np.trace(np.real(root))


def frechet_by_eigenvalues(mean_a, cov_a, mean_b, cov_b):
    values = torch.linalg.eigvals(cov_a @ cov_b).real.clamp(min=0)
    return (mean_a - mean_b).square().sum() + (cov_a + cov_b).trace() - 2 * values.sqrt().sum()


def frechet_by_numpy(mean_a, cov_a, mean_b, cov_b):
    a, b = np.asarray(cov_a, dtype=np.float64), np.asarray(cov_b, dtype=np.float64)
    gap = np.linalg.norm(np.asarray(mean_a) - np.asarray(mean_b)) ** 2
    return float(gap + np.trace(a + b - 2 * scipy.linalg.sqrtm(a @ b)).real)


def symmetric_root(matrix):
    u, s, v = torch.linalg.svd(matrix)
    return u @ torch.diag(s.sqrt()) @ v


def frechet_by_symmetric_roots(mean_a, cov_a, mean_b, cov_b):
    root = symmetric_root(cov_a)
    cross = symmetric_root(root @ cov_b @ root)
    return (mean_a - mean_b) @ (mean_a - mean_b) + cov_a.trace() + cov_b.trace() - 2 * cross.trace()


def frechet_by_singular_values(mean_a, cov_a, mean_b, cov_b):
    a, b = torch.linalg.cholesky(cov_a.float()), torch.linalg.cholesky(cov_b.float())
    cross = torch.linalg.matrix_norm(a.T @ b, ord="nuc")
    return torch.dist(mean_a, mean_b) ** 2 + cov_a.diagonal().sum() + cov_b.diagonal().sum() - 2 * cross


def root(matrix):
    return torch.from_numpy(np.real(scipy.linalg.sqrtm(matrix.numpy())))


def frechet_wrong(gap=lambda a, b: ((a - b) ** 2).sum(), spread=lambda a, b: torch.trace(a + b - 2 * root(a @ b))):
    return lambda mean_a, cov_a, mean_b, cov_b: gap(mean_a, mean_b) + spread(cov_a, cov_b)


def frechet_of_deviations(mean_a, cov_a, mean_b, cov_b):
    return frechet_by_scipy(mean_a, root(cov_a), mean_b, root(cov_b))


READ = {"A": 7, "B": 10, "fausses": "loin des vraies"}


def reading(**changes):
    return lambda: READ | changes


RIGHT = {
    "melange": [
        losses.interpolate, mix_by_lerp, mix_by_uniform, mix_with_the_other_dose, mix_ready_for_a_gradient,
        mix_in_place, mix_image_by_image, mix_by_numpy,
    ],
    "notes": [score_in_place, score_on_a_copy, score_one_by_one, score_whatever_the_mode],
    "gradient": [slope_of_the_sum, slope_with_ones, slope_of_each, slope_image_by_image],
    "penalite": [penalise_with_ones, penalise_by_hand_made_norm, penalise_image_by_image, penalise_with_the_library],
    "etage_critique": [
        stage(lambda after: []),
        stage(lambda after: [nn.GroupNorm(1, after)], nn.SiLU),
        stage(lambda after: [nn.InstanceNorm2d(after)], nn.LeakyReLU),
        stage(lambda after: [nn.LayerNorm([after, 8, 8])], functools.partial(nn.ReLU, inplace=True)),
        stage(lambda after: [nn.ReLU()], lambda: nn.InstanceNorm2d(8)),
        stage_by_pooling,
        stage_activated_first,
        lambda before, after: [nn.ReLU(inplace=True), nn.Conv2d(before, after, 4, 2, 1)],
    ],
    "calendrier": [
        lambda index, total: 5 if index < total / 2 else 10,
        lambda index, total: 5 + 5 * (index >= total / 2),
        lambda index, total: 5 * 2 ** (2 * index // total),
        lambda index, total: AdversarialConfig(critic_steps=((0.0, 5), (0.5, 10))).critic_steps_at(index / total),
        lambda index, total: torch.tensor(10 if index / total >= 0.5 else 5),
        lambda index, total: ([5] * -(-total // 2) + [10] * total)[index],
    ],
    "lecture_tutoriel": [
        reading(),
        lambda: dict(reversed(READ.items())),
        lambda: {"fausses": "loin des vraies", "A": "7", "B": " 10 "},
    ],
    "moyenne_mobile": [
        average_by_library, average_by_products, average_by_data, average_by_state, average_by_torch, average_by_numpy,
    ],
    "frechet": [
        frechet_by_scipy, frechet_by_eigenvalues, frechet_by_numpy, frechet_by_symmetric_roots,
        frechet_by_singular_values,
    ],
}  # fmt: skip

WRONG = {
    "melange": [
        (lambda real, fake: torch.lerp(fake, real, torch.rand_like(real)), "par pixel : x_hat sort"),
        (lambda real, fake: fake + torch.rand(*real.shape[:2], 1, 1) * (real - fake), "par canal"),
        (lambda real, fake: torch.lerp(fake, real, torch.rand(1)), "à tout le lot"),
        (lambda real, fake: torch.lerp(fake, real, torch.randn(len(real), 1, 1, 1)), "il sort de [0, 1]"),
        (lambda real, fake: torch.lerp(fake, real, torch.randn_like(real)), "deux fautes"),
        (lambda real, fake: real.clone(), "vaut toujours 1"),
        (lambda real, fake: fake.clone(), "vaut toujours 0"),
        (lambda real, fake: (real + fake) / 2, "un demi"),
        (lambda real, fake: rand_per_image(real) * real + fake, "garde tout son poids"),
        (lambda real, fake: (real + fake) * rand_per_image(real), "la même dose : il faut"),
        (lambda real, fake: rand_per_image(real) * real + (1 - rand_per_image(real)) * fake, "chacune leur epsilon"),
        (lambda real, fake: rand_per_image(real) * (real - fake), "est la différence"),
    ],
    "notes": [
        (lambda critic, x_hat: (x_hat, critic(x_hat)), "personne ne pourra dériver"),
        (lambda critic, x_hat: (x_hat, critic(x_hat.clone().requires_grad_())), "personne ne pourra dériver"),
        (score_too_early, "avant qu'il ne demande"),
        (score_another_tensor, "avant qu'il ne demande"),
        (score_without_graph, "coupées de leur calcul"),
        (score_reduced(lambda scores: scores.data), "coupées de leur calcul"),
        (score_reduced(sum), "déjà additionnées"),
        (score_reduced(torch.mean), "note moyenne"),
        (score_reduced(lambda scores: scores.reshape(-1, 1)), "en colonne"),
        (score_reduced(lambda scores: 1 / (1 + torch.exp(-scores))), "une sigmoïde"),
        (score_reduced(lambda scores: 0 - scores), "signe des notes"),
        (lambda critic, x_hat: critic(x_hat.requires_grad_(True)), "seules les notes"),
        (lambda critic, x_hat: score_in_place(critic, x_hat)[::-1], "sont échangées"),
        (score_clamped, "entre −1 et 1"),
    ],
    "gradient": [
        (lambda x_hat, scores: torch.autograd.grad(scores.sum(), x_hat)[0], "son graphe est jeté"),
        (lambda x_hat, scores: torch.autograd.grad(scores.sum(), x_hat, retain_graph=True)[0], "son graphe est jeté"),
        (lambda x_hat, scores: torch.autograd.grad(scores.mean(), x_hat, create_graph=True)[0], "moyenne des notes"),
        (lambda x_hat, scores: torch.autograd.grad(scores[0], x_hat, create_graph=True)[0], "la première note"),
        (lambda x_hat, scores: torch.autograd.grad(scores.sum(), x_hat, create_graph=True), "un tuple"),
        (slope_by_backward, "et ne garde pas le graphe"),
        (slope_by_backward_with_graph, "qui s'y ajoutera"),
        (lambda x_hat, scores: slope_of_the_sum(x_hat, -scores), "le signe est changé"),
        (lambda x_hat, scores: slope_of_the_sum(x_hat, scores).view(len(x_hat), -1), "mise à plat"),
        (lambda x_hat, scores: norm(slope_of_the_sum(x_hat, scores)), "la norme est déjà prise"),
        (
            lambda x_hat, scores: nn.functional.normalize(slope_of_the_sum(x_hat, scores).flatten(1)).view_as(x_hat),
            "ramenée à une norme de 1",
        ),
        (lambda x_hat, scores: sum(slope_of_the_sum(x_hat, scores)), "réunies en une seule"),
        (lambda x_hat, scores: slope_of_the_sum(x_hat, scores**2), "notes au carré"),
        (lambda x_hat, scores: torch.abs(slope_of_the_sum(x_hat, scores)), "efface le sens"),
    ],
    "penalite": [
        (lambda critic, x_hat: penalise_with_ones(critic, x_hat).detach(), "elle ne corrige aucun poids"),
        (lambda critic, x_hat: penalise_with_ones(critic, x_hat).item(), "elle ne corrige aucun poids"),
        (penalise(lambda g: ((g.norm(2, dim=1) - 1) ** 2).mean()), "pixel par pixel"),
        (penalise(lambda g: ((g.square().sum(dim=(2, 3)).sqrt() - 1) ** 2).mean()), "prise par canal"),
        (penalise(lambda g: (torch.norm(g) - 1) ** 2), "pour tout le lot"),
        (losses.r1_penalty, "R1"),
        (penalise(lambda g: (norm(g) - 1).mean()), "n'est pas mis au carré"),
        (penalise(lambda g: nn.functional.l1_loss(norm(g), torch.ones(len(g)))), "valeur absolue"),
        (penalise(lambda g: ((g.square().sum(dim=(1, 2, 3)) - 1) ** 2).mean()), "la norme au carré est comparée"),
        (penalise(lambda g: (norm(g).mean() - 1) ** 2), "la pente moyenne du lot"),
        (penalise(lambda g: ((norm(g) - 1) ** 2).sum()), "doublerait avec"),
        (penalise(lambda g: (norm(g) - 1) ** 2), "une valeur par image est rendue"),
        (penalise(lambda g: 10 * ((norm(g) - 1) ** 2).mean()), "lambda = 10"),
        (lambda critic, x_hat: losses.gradient_penalty(critic, x_hat, x_hat, one_sided=True), "à un côté"),
        (penalise_mean_note, "la moyenne des notes"),
        (penalise(lambda g: ((g.mean(dim=(1, 2, 3)) - 1) ** 2).mean()), "moyenné sur les pixels"),
    ],
    "etage_critique": [
        (stage(lambda after: [nn.BatchNorm2d(after)]), "mêle les images"),
        (
            lambda before, after: [nn.BatchNorm2d(before), nn.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(0.2)],
            "mêle les images",
        ),
        (stage(lambda after: [nn.ReLU()], lambda: nn.BatchNorm2d(8)), "à la fin de l'étage"),
        (stage(lambda after: [], lambda: nn.BatchNorm2d(8, affine=False)), "à la fin de l'étage"),
        (lambda before, after: [nn.Conv2d(before, after, 4, 2, 1)], "l'activation manque"),
        (lambda before, after: [nn.Conv2d(before, after, 3, 2, 1)], "l'activation manque"),
        (
            lambda before, after: [nn.Conv2d(before, after, 4, 2, 1), nn.GroupNorm(1, after)],
            "l'activation manque",
        ),
        (
            lambda before, after: nn.Sequential(nn.Conv2d(before, after, 4, 2, 1), nn.InstanceNorm2d(after)),
            "l'activation manque",
        ),
        (
            lambda before, after: [nn.Conv2d(before, after, 4, 2, 1), nn.LayerNorm([after, 8, 8])],
            "l'activation manque",
        ),
        (lambda before, after: [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()], "n'est pas divisée par deux"),
        (lambda before, after: [nn.Conv2d(before, after, 4, padding=1), nn.ReLU()], "n'est pas divisée par deux"),
        (lambda before, after: [nn.Conv2d(before, after, 4, 2), nn.ReLU()], "un pixel se perd"),
        (lambda before, after: [nn.Conv2d(before, after, 3, 2), nn.ReLU()], "un pixel se perd"),
        (lambda before, after: [nn.Conv2d(before, after, 4, 4), nn.ReLU()], "par quatre"),
        (lambda before, after: [nn.Conv2d(before, before, 3, 2, 1), nn.ReLU()], "le nombre de canaux"),
        (lambda before, after: [nn.ConvTranspose2d(before, after, 2, 2), nn.ReLU()], "la taille double"),
    ],
    "calendrier": [
        (lambda index, total: 5, "ne change jamais"),
        (lambda index, total: 10, "dès le début"),
        (lambda index, total: 10.0 if index >= total / 2 else 5.0, "`range` veut un entier"),
        (lambda index, total: 10 if index >= total / 2 else total / total * 5, "`range` veut un entier"),
        (lambda index, total: torch.tensor(5.0) * (1 + (2 * index >= total)), "`range` veut un entier"),
        (lambda index, total: 10 if index < total / 2 else 5, "sont échangées"),
        (lambda index, total: 10 if index > total / 2 else 5, "un pas trop tard"),
        (lambda index, total: 10 if index >= 0.5 else 5, "est comparé à un demi"),
        (lambda index, total: 5 + 5 * index / total, "croît peu à peu"),
        (lambda index, total: 5 if index < total / 2 else 2.5, "divisé par deux à la moitié"),
    ],
    "lecture_tutoriel": [
        *((reading(A=line), f"ligne {line} : {part}") for line, part in (
            (1, "la boucle"), (2, "plusieurs"), (3, "chaque"), (4, "la fausse"), (5, "le mélange"), (6, "la pénalité"),
            (8, "les gradients"), (9, "la perte"), (10, "seul"), (11, "le générateur"), (12, "le générateur"),
        )),
        *((reading(B=str(line)), f"ligne {line} : {part}") for line, part in (
            (1, "la fonction"), (2, "une loi"), (3, "les deux"), (4, "le gradient"), (5, "une note"), (6, "ce sont"),
            (7, "la dérivée"), (8, "des 1"), (9, "le graphe"), (11, "l'écart"),
        )),
        (reading(fausses="Vers les vraies"), "relisez à qui"),
        (reading(fausses="nulle part"), "dans quel sens"),
        (reading(fausses="AU HASARD"), "pas du hasard"),
    ],
    "moyenne_mobile": [
        (average_wrong(lambda kept, current, decay: kept.lerp_(current, decay)), "deux parts sont échangées"),
        (average_wrong(lambda kept, current, decay: kept.copy_(current)), "une copie du modèle"),
        (average_copied, "une copie du modèle"),
        (average_thrown_away, "puis perdu"),
        (average_wrong(lambda kept, current, decay: kept.mul_(decay).add_(current)), "avec tout son poids"),
        (average_wrong(lambda kept, current, decay: kept.add_(current, alpha=1 - decay)), "elle grandirait"),
        (average_wrong(lambda kept, current, decay: kept.add_(current).div_(2)), "est ignoré"),
        (
            average_wrong(lambda kept, current, decay: kept.lerp_(current, 1 - decay).div_(1 - decay)),
            "correction de biais",
        ),
        (average_wrong(lambda kept, current, decay: kept.copy_((1 - decay) * current)), "moyenne est oubliée"),
        (average_wrong(lambda kept, current, decay: kept.sub_((1 - decay) * (current - kept))), "signe de l'écart"),
        (average_returned_too_soon, "dans la boucle"),
        (
            average_wrong(lambda kept, current, decay: kept.lerp_(current, 1 - decay), buffers=False),
            "tampons sont oubliés",
        ),
        (average_by_full_state, "moyennés eux aussi"),
        (average_in_a_new_network, "un nouveau réseau"),
        (average_into_the_model, "le modèle qui est modifié"),
        (average_instead_of_the_model, "le modèle qui est modifié"),
        (average_with_gradient, "retient le gradient"),
    ],
    "frechet": [
        (frechet_wrong(spread=lambda a, b: torch.trace(a + b - 2 * torch.sqrt(a @ b))), "nombre par nombre : c'est"),
        (frechet_wrong(spread=lambda a, b: torch.trace(a + b - 2 * torch.sqrt(a * b))), "les corrélations"),
        (
            frechet_wrong(spread=lambda a, b: (a.diagonal().sqrt() - b.diagonal().sqrt()).square().sum()),
            "les corrélations",
        ),
        (frechet_wrong(gap=torch.dist), "n'est pas mise au carré"),
        (frechet_wrong(gap=nn.functional.mse_loss), "est moyenné sur les dimensions"),
        (frechet_wrong(spread=lambda a, b: torch.trace(a + b - root(a @ b))), "facteur 2"),
        (frechet_wrong(spread=lambda a, b: torch.trace(a + b + 2 * root(a @ b))), "est ajouté, et non retranché"),
        (frechet_wrong(spread=lambda a, b: torch.trace(a) + torch.trace(b)), "le terme croisé manque"),
        (frechet_wrong(spread=lambda a, b: (a + b - 2 * root(a @ b)).sum()), "tous les nombres de la matrice"),
        (frechet_wrong(spread=lambda a, b: a + b - 2 * root(a @ b)), "la trace est oubliée"),
        (frechet_wrong(spread=lambda a, b: torch.trace(a + b - 2 * root(a) @ root(b))), "est prise à part"),
        (frechet_wrong(spread=lambda a, b: torch.trace(a + b - 2 * a @ b)), "la racine est oubliée"),
        (frechet_wrong(spread=lambda a, b: torch.trace(a + b - 2 * root(a + b))), "la somme des covariances"),
        (frechet_of_deviations, "écarts types"),
        (frechet_wrong(spread=lambda a, b: 0), "les covariances sont oubliées"),
        (frechet_wrong(gap=lambda a, b: 0), "les moyennes sont oubliées"),
        (frechet_wrong(spread=lambda a, b: torch.linalg.matrix_norm(a - b) ** 2), "des covariances au carré"),
        (lambda *laws: max(frechet_by_numpy(*laws), 0) ** 0.5, "la racine du tout"),
    ],
}  # fmt: skip

UNKNOWN = {
    "melange": [
        mix_all_at_random,
        lambda real, fake: torch.lerp(fake, real, 1.5 * rand_per_image(real)),
        lambda real, fake: mix_with(np.random.rand(*real.shape), real, fake),
        lambda real, fake: mix_with(random.random(), real, fake),
        lambda real, fake: losses.interpolate(real, fake)[:, :1],
    ],
    "notes": [
        score_reduced(lambda scores: 3 * scores + 1),
        score_reduced(lambda scores: scores[:1]),
        lambda critic, x_hat: (*score_in_place(critic, x_hat), len(x_hat)),
        lambda critic, x_hat: {"x_hat": x_hat, "scores": critic(x_hat)},
    ],
    "gradient": [
        lambda x_hat, scores: x_hat * slope_of_the_sum(x_hat, scores),
        lambda x_hat, scores: 2 * slope_of_the_sum(x_hat, scores),
        lambda x_hat, scores: x_hat,
    ],
    "penalite": [
        penalise(lambda g: ((norm(g) - 2) ** 2).mean()),
        penalise(lambda g: (norm(g) - 1).pow(4).mean()),
        penalise(lambda g: (g.abs().sum(dim=(1, 2, 3)) - 1).square().mean()),
    ],
    "etage_critique": [
        lambda before, after: [nn.Conv2d(before, 2 * after, 4, 2, 1), nn.ReLU()],
        lambda before, after: [nn.Conv2d(before, after, 8, 8), nn.ReLU()],
        lambda before, after: [nn.Flatten(), nn.Linear(before * 256, after), nn.ReLU()],
        lambda before, after: [nn.Conv2d(before, after, 4, 2, 1), nn.GroupNorm(1, 3), nn.ReLU()],
    ],
    "calendrier": [
        lambda index, total: 5 if index < total / 4 else 10,
        lambda index, total: 10 if index == total // 2 else 5,
        lambda index, total: 15,
        lambda index, total: 5 if index < total / 2 else None,
    ],
    "lecture_tutoriel": [
        reading(A=13),
        reading(B="la norme"),
        reading(fausses="en rond"),
        lambda: {"A": 7, "B": 10},
        lambda: {"a": 7, "b": 10, "FAUSSES": "loin des vraies"},
        reading(fausses="Loin des vraies"),
        reading(remarque="la ligne 6 est bonne"),
        lambda: 7,
    ],
    "moyenne_mobile": [
        average_wrong(lambda kept, current, decay: kept.lerp_(current, (1 - decay) ** 2)),
        average_wrong(lambda kept, current, decay: kept.mul_(decay)),
        average_the_wrong_way_round,
        lambda average, model, decay: average.state_dict(),
    ],
    "frechet": [
        frechet_wrong(gap=lambda a, b: (a - b).abs().sum()),
        frechet_wrong(spread=lambda a, b: torch.trace(a + b - 2 * root(a @ b)) / 2),
        lambda mean_a, cov_a, mean_b, cov_b: (mean_a - mean_b).abs().max(),
    ],
}
