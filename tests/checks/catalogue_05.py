"""Leçon 05 : des réponses justes ou fausses, telles qu'on les écrit."""

import copy
import itertools

import numpy as np
import ot
import torch
from scipy.stats import wasserstein_distance
from torch import nn

from lessons_lib import losses

# Le coût d'un plan


def with_two_loops(plan, x, y):
    total = 0.0
    for i in range(len(x)):
        for j in range(len(y)):
            total += plan[i, j] * abs(x[i] - y[j])
    return total


def with_cdist(plan, x, y):
    return torch.einsum("ij,ij->", plan, torch.cdist(x[:, None], y[:, None]))


def in_numpy(plan, x, y):
    distances = np.abs(np.subtract.outer(x.numpy(), y.numpy()))
    return float((plan.numpy() * distances).sum())


def in_double_and_in_place(plan, x, y):
    trips = x.double().view(-1, 1) - y.double().view(1, -1)
    return trips.abs_().mul_(plan).sum(dim=0).sum()


def by_trace(plan, x, y):
    return torch.trace(plan.T @ (y - x[:, None]).abs())


def over_full_cells(plan, x, y):
    i, j = plan.nonzero(as_tuple=True)
    return (plan[i, j] * (x[i] - y[j]).abs()).sum()


def cost_with_only_trips_named_alike(plan, x, y):
    return sum(plan[i, i] * abs(x[i] - y[i]) for i in range(len(x)))


def cost_of_transposed_plan(plan, x, y):
    return sum(plan[j, i] * abs(x[i] - y[j]) for i in range(len(x)) for j in range(len(y)))


def cost_by_pot(plan, x, y):
    """Le coût du meilleur plan, au lieu de celui que l'on donne."""
    a, b = plan.sum(1).double().numpy(), plan.sum(0).double().numpy()
    return torch.tensor(ot.emd2(a / a.sum(), b / b.sum(), (x[:, None] - y).abs().double().numpy()))


# La distance, par tri


def by_ranks(x, y):
    return (x[x.argsort()] - y[y.argsort()]).abs().mean()


def by_descending_order(x, y):
    return torch.stack(
        [abs(a - b) for a, b in zip(sorted(x, reverse=True), sorted(y, reverse=True), strict=True)]
    ).mean()


def by_every_plan(x, y):
    trips = torch.stack([(x - y[list(order)]).abs().mean() for order in itertools.permutations(range(len(y)))])
    return trips.min()


def by_area(x, y):
    ends = torch.cat([x, y]).sort().values
    shares = [(values[:, None] <= ends[:-1]).float().mean(dim=0) for values in (x, y)]
    return ((shares[0] - shares[1]).abs() * ends.diff()).sum()


def by_the_linear_program(x, y):
    plan = ot.emd([], [], (x[:, None] - y).abs().detach().double().numpy())
    return (torch.from_numpy(plan).float() * (x[:, None] - y).abs()).sum()


def by_pot(x, y):
    return ot.wasserstein_1d(x[:, None], y[:, None]).squeeze()


def by_l1_loss(x, y):
    return nn.functional.l1_loss(torch.msort(x.double()), torch.msort(y.double()))


def by_scipy(x, y):
    return torch.tensor(wasserstein_distance(x.detach().numpy(), y.detach().numpy()), dtype=torch.float32)


# L'écrêtage


def clip_without_gradient(critic, limit):
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.clamp_(-limit, limit)


def clip_the_data(critic, limit):
    for parameter in critic.parameters():
        parameter.data = torch.clip(parameter.data, -limit, limit)
    return critic


@torch.no_grad()
def clip_by_copy(critic, limit):
    for _, parameter in critic.named_parameters():
        parameter.copy_(torch.minimum(torch.maximum(parameter, torch.tensor(-limit)), torch.tensor(limit)))


def clip_in_numpy(critic, limit):
    for parameter in critic.parameters():
        values = parameter.detach().numpy()  # la même mémoire
        np.clip(values, -limit, limit, out=values)


def clip_the_state(critic, limit):
    critic.load_state_dict({name: values.clamp(-limit, limit) for name, values in critic.state_dict().items()})
    return critic


def clip_as_one_vector(critic, limit):
    vector = nn.utils.parameters_to_vector(critic.parameters()).detach()
    nn.utils.vector_to_parameters(vector.clamp(-limit, limit), critic.parameters())


@torch.no_grad()
def clip_layer_by_layer(critic, limit):
    for layer in critic:
        if isinstance(layer, nn.Linear):
            layer.weight[layer.weight > limit] = limit
            layer.weight[layer.weight < -limit] = -limit
            layer.bias.clamp_(-limit, limit)


def clip_thrown_away(critic, limit):
    for parameter in critic.parameters():
        parameter.clamp(-limit, limit)


def clip_renamed(critic, limit):
    for parameter in critic.parameters():
        parameter = torch.clamp(parameter, -limit, limit)
    return critic


def clip_a_copy(critic, limit):
    twin = copy.deepcopy(critic)
    clip_without_gradient(twin, limit)
    return twin


def clip_with_new_parameters(critic, limit):
    for layer in critic:
        if isinstance(layer, nn.Linear):
            layer.weight = nn.Parameter(layer.weight.detach().clamp(-limit, limit))
            layer.bias = nn.Parameter(layer.bias.detach().clamp(-limit, limit))


def each_tensor(change):
    """Une boucle qui change chaque paramètre sur place."""

    def clip(critic, limit):
        with torch.no_grad():
            for parameter in critic.parameters():
                change(parameter, limit)

    return clip


def clip_frozen(critic, limit):
    for parameter in critic.parameters():
        parameter.requires_grad_(False)
        parameter.clamp_(-limit, limit)


def clip_weights_only(critic, limit):
    for layer in critic:
        if isinstance(layer, nn.Linear):
            layer.weight.data.clamp_(-limit, limit)


def clip_biases_only(critic, limit):
    for layer in critic:
        if isinstance(layer, nn.Linear):
            layer.bias.data.clamp_(-limit, limit)


def clip_first_layer(critic, limit):
    for parameter in critic[0].parameters():
        parameter.data.clamp_(-limit, limit)


def clip_gradients(critic, limit):
    for parameter in critic.parameters():
        parameter.grad.clamp_(-limit, limit)


def clip_gradients_too(critic, limit):
    for parameter in critic.parameters():
        parameter.data.clamp_(-limit, limit)
        parameter.grad.data.clamp_(-limit, limit)


def zero_outside(parameter, limit):
    parameter[parameter.abs() > limit] = 0.0


# Un pas critique


def step_in_order(critic, optimizer, real, fake, limit):
    loss = critic(fake).mean() - critic(real).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    clip_without_gradient(critic, limit)
    return loss


def step_with_the_library(critic, optimizer, real, fake, limit):
    critic.zero_grad()
    value = losses.wasserstein_critic_loss(critic(real), critic(fake))
    value.backward()
    optimizer.step()
    losses.clip_weights(critic, limit)
    return value.item()


def step_with_two_backwards(critic, optimizer, real, fake, limit):
    optimizer.zero_grad(set_to_none=False)
    on_fake, on_real = critic(fake).mean(), critic(real).mean()
    on_fake.backward()
    (-on_real).backward()
    optimizer.step()
    clip_the_data(critic, limit)
    return on_fake.detach().double() - on_real.detach().double()


def step_on_one_batch(critic, optimizer, real, fake, limit):
    scores = critic(torch.cat([real, fake]))
    gap = scores[: len(real)].mean() - scores[len(real) :].mean()
    gradients = torch.autograd.grad(-gap, list(critic.parameters()))
    for parameter, gradient in zip(critic.parameters(), gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
    clip_as_one_vector(critic, limit)
    return -gap


def step_by_maximizing(critic, optimizer, real, fake, limit):
    optimizer.zero_grad()
    gap = (critic(real) - critic(fake)).mean()
    gap.backward()
    for parameter in critic.parameters():
        parameter.grad.neg_()
    optimizer.step()
    clip_in_numpy(critic, limit)
    return -gap


def step_that_erases_late(critic, optimizer, real, fake, limit):
    loss = critic(fake).mean() - critic(real).mean()
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    clip_without_gradient(critic, limit)
    return loss


def step_without_moving(critic, optimizer, real, fake, limit):
    optimizer.zero_grad()
    loss = critic(fake).mean() - critic(real).mean()
    loss.backward()
    clip_without_gradient(critic, limit)
    return loss


def step_without_erasing(critic, optimizer, real, fake, limit):
    loss = critic(fake).mean() - critic(real).mean()
    loss.backward()
    optimizer.step()
    clip_without_gradient(critic, limit)
    return loss


def step_without_clipping(critic, optimizer, real, fake, limit):
    loss = critic(fake).mean() - critic(real).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def step_that_freezes(critic, optimizer, real, fake, limit):
    loss = step_without_clipping(critic, optimizer, real, fake, limit)
    clip_frozen(critic, limit)
    return loss


def step_with_thrown_clipping(critic, optimizer, real, fake, limit):
    loss = step_without_clipping(critic, optimizer, real, fake, limit)
    clip_thrown_away(critic, limit)
    return loss


def step_clipped_first(critic, optimizer, real, fake, limit):
    loss = critic(fake).mean() - critic(real).mean()
    optimizer.zero_grad()
    loss.backward()
    clip_without_gradient(critic, limit)
    optimizer.step()
    return loss


def step_with_clipped_gradients(critic, optimizer, real, fake, limit):
    loss = critic(fake).mean() - critic(real).mean()
    optimizer.zero_grad()
    loss.backward()
    clip_gradients(critic, limit)
    optimizer.step()
    return loss


def step_with(loss_of, limit_of=lambda limit: limit):
    """Le pas dans le bon ordre, avec cette perte et cette borne."""

    def step(critic, optimizer, real, fake, limit):
        optimizer.zero_grad()
        loss = loss_of(critic(real), critic(fake))
        loss.backward()
        optimizer.step()
        clip_without_gradient(critic, limit_of(limit))
        return loss

    return step


def step_told_afterwards(critic, optimizer, real, fake, limit):
    step_in_order(critic, optimizer, real, fake, limit)
    return critic(fake).mean() - critic(real).mean()


def step_that_returns_the_gap(critic, optimizer, real, fake, limit):
    return -step_in_order(critic, optimizer, real, fake, limit)


def two_steps(critic, optimizer, real, fake, limit):
    step_in_order(critic, optimizer, real, fake, limit)
    return step_in_order(critic, optimizer, real, fake, limit)


# Les lectures

PREDICTED = {
    "js_loin": "constante",
    "kl_loin": "infinie",
    "w_loin": "double",
    "js_pres": "double",
    "kl_pres": "infinie",
}
REVIEWED = {"ligne": 9, "effet": "il s'éloigne"}


def predicted(**changed):
    return lambda: {**PREDICTED, **changed}


def reviewed(**changed):
    return lambda: {**REVIEWED, **changed}


RIGHT = {
    "cout_du_plan": [with_two_loops, with_cdist, in_numpy, in_double_and_in_place, by_trace, over_full_cells],
    "wasserstein_1d": [
        by_ranks, by_descending_order, by_every_plan, by_area, by_the_linear_program, by_pot, by_l1_loss
    ],
    "prediction_distances": [
        predicted(),
        lambda: dict(reversed(PREDICTED.items())),
        lambda: dict(sorted(PREDICTED.items())),
    ],
    "perte_critique": [
        losses.wasserstein_critic_loss,
        lambda real_scores, fake_scores: -(real_scores.mean() - fake_scores.mean()),
        lambda real_scores, fake_scores: (fake_scores - real_scores).mean(),
        lambda real_scores, fake_scores: fake_scores.sum() / len(fake_scores) - real_scores.sum() / len(real_scores),
        lambda real_scores, fake_scores: torch.mean(fake_scores) + torch.mean(-1 * real_scores),
        lambda real_scores, fake_scores: fake_scores.double().mean() - real_scores.double().mean(),
    ],
    "ecretage": [
        clip_without_gradient, clip_the_data, clip_by_copy, clip_in_numpy, clip_the_state, clip_as_one_vector,
        clip_layer_by_layer, losses.clip_weights,
    ],
    "pas_critique": [
        step_in_order, step_with_the_library, step_with_two_backwards, step_on_one_batch, step_by_maximizing
    ],
    "lecture_boucle": [
        reviewed(),
        reviewed(ligne="9"),
        lambda: {"effet": "il s'éloigne", "ligne": 9},
    ],
}  # fmt: skip

WRONG = {
    "cout_du_plan": [
        (lambda plan, x, y: (plan * (x.unsqueeze(1) - y) ** 2).sum(), "au carré"),
        (lambda plan, x, y: torch.sqrt((plan * (x.unsqueeze(1) - y) ** 2).sum()), "d'ordre 2"),
        (lambda plan, x, y: torch.cdist(x[:, None], y[:, None]).sum(), "sont additionnées, même là"),
        (lambda plan, x, y: torch.cdist(x[:, None], y[:, None]).mean(), "moyenne de toutes les distances"),
        (lambda plan, x, y: torch.cdist(x[:, None], y[:, None])[plan > 0].sum(), "brique entière"),
        (lambda plan, x, y: torch.mean(plan * torch.cdist(x[:, None], y[:, None])), "moyenne sur toutes les cases"),
        (lambda plan, x, y: with_two_loops(plan, x, y) / plan.shape[0], "divisé par le nombre de déblais"),
        (lambda plan, x, y: (plan.T * torch.cdist(x[:, None], y[:, None])).sum(), "à l'envers"),
        (cost_of_transposed_plan, "à l'envers"),
        (lambda plan, x, y: (plan * torch.cdist(y[:, None], x[:, None])).sum(), "à l'envers"),
        (lambda plan, x, y: plan.sum(1) @ x - plan.sum(0) @ y, "un trajet vers la droite en rembourse"),
        (lambda plan, x, y: plan.sum(0) @ y - plan.sum(1) @ x, "un trajet vers la gauche en rembourse"),
        (lambda plan, x, y: abs((plan * (x[:, None] - y[None, :])).sum()), "après le total"),
        (cost_with_only_trips_named_alike, "seule la diagonale"),
        (lambda plan, x, y: (plan * torch.abs(x - y)).sum(), "numéro à numéro"),
        (lambda plan, x, y: torch.cdist(x[:, None], y[:, None])[plan > 0].max(), "le plus long trajet"),
        (lambda plan, x, y: torch.sum(torch.matmul(plan, abs(x[:, None] - y))), "produit de matrices"),
        (lambda plan, x, y: plan * abs(x[:, None] - y), "par case"),
        (lambda plan, x, y: (plan * abs(x[:, None] - y)).sum(-1), "coût par déblai"),
        (lambda plan, x, y: torch.einsum("ij,ij->j", plan, abs(x[:, None] - y)), "coût par remblai"),
    ],
    "wasserstein_1d": [
        (lambda x, y: torch.mean(torch.abs(x - y)), "rien n'est trié"),
        (lambda x, y: (torch.sort(x)[0] - y).abs().mean(), "y ne l'est pas"),
        (lambda x, y: (x - torch.msort(y)).abs().mean(), "x ne l'est pas"),
        (lambda x, y: (torch.msort(x) - y.sort(descending=True)[0]).abs().mean(), "sens contraires"),
        (lambda x, y: (torch.msort(x) - torch.msort(y)).mean(), "vers la gauche en rembourse"),
        (lambda x, y: y.mean() - x.mean(), "vers la droite en rembourse"),
        (lambda x, y: abs(torch.msort(x).mean() - torch.msort(y).mean()), "après la moyenne"),
        (lambda x, y: torch.norm(torch.msort(x) - torch.msort(y), p=1), "diviser par leur nombre"),
        (lambda x, y: nn.functional.mse_loss(torch.msort(x), torch.msort(y)), "sont mis au carré"),
        (lambda x, y: torch.norm(torch.msort(x) - torch.msort(y)) / len(x) ** 0.5, "d'ordre 2"),
        (lambda x, y: torch.dist(torch.msort(x), torch.msort(y), p=float("inf")), "le plus long trajet"),
        (lambda x, y: abs(torch.msort(x) - torch.msort(y)), "par brique"),
        (lambda x, y: torch.cdist(x[:, None], y[:, None]).mean(), "en proportion"),
        (lambda x, y: torch.cdist(x[:, None], y[:, None]).min(dim=1).values.mean(), "place la plus proche"),
        (lambda x, y: torch.cdist(y[:, None], x[:, None]).min(dim=1).values.mean(), "brique la plus proche"),
    ],
    "prediction_distances": [
        (predicted(js_loin="double"), "ne voit plus la distance"),
        (predicted(js_loin="infinie"), "elle est bornée"),
        (predicted(js_loin="nulle"), "une Jensen-Shannon nulle"),
        (predicted(kl_loin="double"), "unité de longueur"),
        (predicted(kl_loin="Constante"), "partout où p en met"),
        (predicted(kl_loin="nulle"), "une KL nulle"),
        (predicted(w_loin="constante"), "on mesure un trajet"),
        (predicted(w_loin="infinie"), "son coût est fini"),
        (predicted(w_loin="nulle"), "rien n'est à déplacer"),
        (predicted(js_pres="constante"), "une fois les lois séparées"),
        (predicted(js_pres="infinie"), "ne dépasse jamais log 2"),
        (predicted(js_pres="nulle"), "un quart de chaque loi"),
        (predicted(kl_pres="double"), "bord gauche"),
        (predicted(kl_pres="constante"), "couvrir tout p"),
        (predicted(kl_pres="nulle"), "dépasse de q"),
    ],
    "perte_critique": [
        (lambda real_scores, fake_scores: real_scores.mean() - fake_scores.mean(), "signe est inversé"),
        (lambda real_scores, fake_scores: (fake_scores.sigmoid() - real_scores.sigmoid()).mean(), "une sigmoïde"),
        (losses.discriminator_loss, "discriminateur d'un GAN"),
        (losses.hinge_critic_loss, "perte charnière"),
        (losses.least_squares_critic_loss, "moindres carrés"),
        (lambda real_scores, fake_scores: losses.wasserstein_generator_loss(fake_scores), "perte du générateur"),
        (lambda real_scores, fake_scores: torch.mean(fake_scores), "vraies images sont oubliées"),
        (lambda real_scores, fake_scores: torch.mean(-real_scores), "fausses images sont oubliées"),
        (lambda real_scores, fake_scores: (real_scores + fake_scores).mean(), "s'ajoutent"),
        (lambda real_scores, fake_scores: -abs(real_scores.mean() - fake_scores.mean()), "pourrait préférer"),
        (lambda real_scores, fake_scores: abs(fake_scores.mean() - real_scores.mean()), "grandit quand"),
        (lambda real_scores, fake_scores: (real_scores.mean() - fake_scores.mean()) ** 2, "au carré"),
        (lambda real_scores, fake_scores: (fake_scores - real_scores).sum(), "sont additionnées"),
        (lambda real_scores, fake_scores: fake_scores - real_scores, "par image"),
        (lambda real_scores, fake_scores: (fake_scores - real_scores).mean() / 2, "deux fois trop petite"),
    ],
    "ecretage": [
        (clip_thrown_away, "n'ont pas bougé"),
        (clip_renamed, "n'ont pas bougé"),
        (clip_a_copy, "n'ont pas bougé"),
        (clip_frozen, "ne demandent plus de gradient"),
        (clip_with_new_parameters, "n'ont pas bougé"),
        (clip_gradients, "ce sont les gradients"),
        (clip_gradients_too, "les gradients sont écrêtés aussi"),
        (clip_weights_only, "les biais sont restés libres"),
        (clip_biases_only, "seuls les biais"),
        (clip_first_layer, "seule la première couche"),
        (each_tensor(lambda p, limit: p.clamp_(-0.01, 0.01)), "celle de l'article"),
        (each_tensor(lambda p, limit: p.clamp_(-1, 1)), "toujours 1"),
        (each_tensor(lambda p, limit: p.clamp_max_(limit)), "du bas manque"),
        (each_tensor(lambda p, limit: p.clamp_(min=-limit)), "du haut manque"),
        (each_tensor(lambda p, limit: p.relu_().clamp_(max=limit)), "du bas est 0"),
        (each_tensor(lambda p, limit: p.clamp_(limit, -limit)), "échangées"),
        (each_tensor(lambda p, limit: p.abs_().clamp_(-limit, limit)), "signe est perdu"),
        (each_tensor(lambda p, limit: p.sign_().mul_(limit)), "poussés à la borne"),
        (each_tensor(zero_outside), "mis à zéro"),
        (each_tensor(lambda p, limit: p.mul_(limit)), "multipliés par la borne"),
        (each_tensor(lambda p, limit: p.div_(p.norm()).mul_(limit)), "ramené à une norme"),
        (each_tensor(lambda p, limit: p.mul_(limit / p.abs().max())), "même facteur"),
    ],
    "pas_critique": [
        (step_without_moving, "n'a rien déplacé"),
        (step_that_erases_late, "n'a rien déplacé"),
        (step_without_erasing, "pas précédent"),
        (step_without_clipping, "rien ne borne"),
        (step_with_thrown_clipping, "rien ne borne"),
        (step_that_freezes, "ne demandent plus de gradient"),
        (step_clipped_first, "avant que l'optimiseur n'avance : le pas"),
        (step_with_clipped_gradients, "les gradients que l'on borne"),
        (step_with(lambda real, fake: fake.mean() - real.mean(), lambda limit: 0.01), "valeur de l'article"),
        (step_with(lambda real, fake: real.mean() - fake.mean()), "fait monter sa perte"),
        (step_with(losses.discriminator_loss), "logarithmes"),
        (step_with(lambda real, fake: fake.mean()), "des vraies données n'entrent pas"),
        (step_with(lambda real, fake: -real.mean()), "des fausses données n'entrent pas"),
        (step_with(lambda real, fake: losses.wasserstein_generator_loss(fake)), "perte du générateur"),
        (step_with(lambda real, fake: (fake - real).sum()), "additionnées"),
        (step_told_afterwards, "d'après le pas"),
        (step_that_returns_the_gap, "l'écart des notes"),
    ],
    "lecture_boucle": [
        (reviewed(ligne=1), "boucle extérieure"),
        (reviewed(ligne=2), "cinq pas critiques"),
        (reviewed(ligne="3"), "un lot neuf"),
        (reviewed(ligne=4), "c'est l'équation"),
        (reviewed(ligne=5), "effacer les gradients de la critique"),
        (reviewed(ligne=6), "après avoir effacé"),
        (reviewed(ligne=7), "ne connaît que ses poids"),
        (reviewed(ligne=8), "dans la petite boucle"),
        (reviewed(ligne=10), "les gradients du générateur sont effacés"),
        (reviewed(ligne=11), "traverse la critique"),
        (reviewed(ligne=12), "à lui seul"),
        (reviewed(effet="il reste sur place"), "arrive bien au générateur"),
        (reviewed(effet="Il est plus lent"), "taille de ses pas"),
        (reviewed(effet="il oscille"), "ferait osciller"),
        (reviewed(effet="aucun effet"), "sans suite"),
    ],
}

UNKNOWN = {
    "cout_du_plan": [
        cost_by_pot,
        lambda plan, x, y: (plan * (x[:, None] + y).abs()).sum(),
        lambda plan, x, y: 100 * with_two_loops(plan, x, y),
    ],
    "wasserstein_1d": [
        lambda x, y: (torch.msort(x) - torch.msort(y)).abs().median(),
        lambda x, y: (torch.msort(x) + torch.msort(y)).abs().mean(),
    ],
    "prediction_distances": [
        predicted(w_loin="quadruple"),
        predicted(kl_loin="Infinie"),
        lambda: {"js_loin": "constante"},
        lambda: "constante",
    ],
    "perte_critique": [
        lambda real_scores, fake_scores: fake_scores.max() - real_scores.max(),
        lambda real_scores, fake_scores: fake_scores.exp().mean() - real_scores.exp().mean(),
    ],
    "ecretage": [
        each_tensor(lambda p, limit: p.copy_(limit * torch.tanh(p / limit))),
        each_tensor(lambda p, limit: p.clamp_(-limit / 2, limit / 2)),
        each_tensor(lambda p, limit: p.neg_()),
    ],
    "pas_critique": [
        two_steps,
        step_with(lambda real, fake: (fake.mean() - real.mean()).square()),
    ],
    "lecture_boucle": [
        reviewed(ligne=13),
        reviewed(effet="il explose"),
        reviewed(remarque="le signe"),
        lambda: {"Effet": "Il s'eloigne", "LIGNE": "9"},
        lambda: 9,
    ],
}
