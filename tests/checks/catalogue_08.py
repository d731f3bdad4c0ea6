"""Leçon 08 : le miroir, le décalage, les pertes, les doubles, le surapprentissage, le gain, tels qu'on les écrit."""

import math
import statistics

import numpy as np
import torch
from scipy import ndimage, stats
from torch import nn


def mirror_by_where(images, generator):
    heads = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
    return torch.where(heads, images.flip(3), images)


def mirror_by_mask(images, generator):
    result = images.clone()
    chosen = torch.randint(0, 2, (images.shape[0],), generator=generator).bool()
    result[chosen] = torch.flip(images[chosen], dims=[-1])
    return result


def mirror_image_by_image(images, generator):
    return torch.stack([x.flip(-1) if torch.rand(1, generator=generator) > 0.5 else x for x in images])


def mirror_by_bernoulli(images, generator):
    b = torch.empty(len(images)).bernoulli_(0.5, generator=generator).view(-1, 1, 1, 1)
    return b * images.flip(3) + (1 - b) * images


def mirror_by_numpy(images, generator):
    result = images.numpy().copy()
    heads = (torch.randn(len(images), generator=generator) > 0).numpy()
    result[heads] = result[heads][..., ::-1]
    return torch.from_numpy(result)


def mirror_by_permutation(images, generator):
    columns = torch.arange(images.shape[3] - 1, -1, -1)
    heads = torch.randint(2, (len(images), 1, 1, 1), generator=generator) == 1
    return torch.where(heads, images[:, :, :, columns], images)


def heads(images, generator, *shape):
    return torch.rand(shape or (len(images), 1, 1, 1), generator=generator) > 0.5


def mirror_wrong(change):
    return lambda images, generator: torch.where(heads(images, generator), change(images), images)


def mirror_with_one_draw(images, generator):
    if torch.rand(1, generator=generator).item() < 0.5:
        return torch.flip(images, [3])
    return images.clone()


def mirror_in_place(images, generator):
    for i in range(len(images)):
        if torch.rand(1, generator=generator) < 0.5:
            images[i] = images[i].flip(2)
    return images


def mirror_without_generator(images, generator):
    return torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(3), images)


def mirror_by_numpy_random(images, generator):
    return torch.stack([x.flip(2) if np.random.rand() < 0.5 else x for x in images])


def mirror_even(images, generator):
    images = images.clone()
    images[len(images) // 2 :] = images[len(images) // 2 :].flip(3)
    return images


def mirror_first_half(images, generator):
    images = images.clone()
    images[: len(images) // 2] = images[: len(images) // 2].flip(3)
    return images


def shift_by_window(images, right, down):
    m = max(images.shape[2:])
    wide = nn.functional.pad(images, (m, m, m, m))
    height, width = images.shape[2:]
    return torch.stack(
        [
            wide[i, :, m - dy : m - dy + height, m - dx : m - dx + width]
            for i, (dx, dy) in enumerate(zip(right.tolist(), down.tolist(), strict=True))
        ]
    )


def shift_by_slices(images, right, down):
    result = torch.zeros_like(images)
    height, width = images.shape[-2:]
    for i in range(len(images)):
        dx, dy = int(right[i]), int(down[i])
        source = images[i, :, max(-dy, 0) : height - max(dy, 0), max(-dx, 0) : width - max(dx, 0)]
        result[i, :, max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)] = source
    return result


def shift_by_roll_and_erase(images, right, down):
    height, width = images.shape[-2:]
    y, x = torch.arange(height)[:, None], torch.arange(width)
    shifted = []
    for image, dx, dy in zip(images, right.tolist(), down.tolist(), strict=True):
        kept = (y - dy >= 0) & (y - dy < height) & (x - dx >= 0) & (x - dx < width)
        shifted.append(image.roll((dy, dx), dims=(1, 2)) * kept)
    return torch.stack(shifted)


def shift_by_gather(images, right, down):
    n, c, height, width = images.shape
    y = torch.arange(height).view(1, height, 1) - down.view(n, 1, 1)
    x = torch.arange(width).view(1, 1, width) - right.view(n, 1, 1)
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    index = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).view(n, 1, -1).expand(n, c, -1)
    return images.flatten(2).gather(2, index).view_as(images) * inside[:, None]


def shift_by_matrices(images, right, down):
    height, width = images.shape[2:]
    rows = torch.stack(
        [
            torch.diag(torch.ones(height - abs(k)), -k) if abs(k) < height else torch.zeros(height, height)
            for k in down.tolist()
        ]
    )
    columns = torch.stack(
        [
            torch.diag(torch.ones(width - abs(k)), k) if abs(k) < width else torch.zeros(width, width)
            for k in right.tolist()
        ]
    )
    return rows[:, None] @ images @ columns[:, None]


def shift_rolled(images, right, down):
    result = torch.empty_like(images)
    for i in range(len(images)):
        result[i] = torch.roll(images[i], shifts=(down[i].item(), right[i].item()), dims=(-2, -1))
    return result


def shift_by_scipy(images, right, down):
    moved = [
        ndimage.shift(x.detach().numpy(), (0, b, a), order=0)
        for x, a, b in zip(images, right.tolist(), down.tolist(), strict=True)
    ]
    return torch.from_numpy(np.stack(moved))


def shift_overwriting(images, right, down):
    images[:] = shift_by_slices(images.clone(), right, down)
    return images


def shift_replicating(images, right, down):
    height, width = images.shape[2:]
    moved = []
    for image, dx, dy in zip(images, right, down, strict=True):
        y = (torch.arange(height) - dy).clamp(0, height - 1)
        x = (torch.arange(width) - dx).clamp(0, width - 1)
        moved.append(image[:, y][:, :, x])
    return torch.stack(moved)


def shift_filled(value):
    def answer(images, right, down):
        return shift_by_slices(images - value, right, down) + value

    return answer


def losses_plainly(critic, generator, real, z, retouch):
    critic_loss = critic(retouch(generator(z).detach())).mean() - critic(retouch(real)).mean()
    return critic_loss, -critic(retouch(generator(z))).mean()


def losses_with_one_fake(critic, generator, real, z, retouch):
    scores = critic(retouch(generator(z)))
    return scores.mean() - critic(retouch(real)).mean(), -scores.mean()


def losses_in_one_batch(critic, generator, real, z, retouch):
    with torch.no_grad():
        fake = generator(z)
    real_scores, fake_scores = critic(retouch(torch.cat([real, fake]))).chunk(2)
    return [fake_scores.mean() - real_scores.mean(), critic(retouch(generator(z))).neg().mean()]


def losses_stacked_by_hand(critic, generator, real, z, retouch):
    n = len(real)
    first = sum(critic(retouch(generator(z[i : i + 1]))) - critic(retouch(real[i : i + 1])) for i in range(n)) / n
    return first.squeeze(), (critic(retouch(generator(z))).sum() / -n)


def losses_wrong(t_real=True, t_fake=True, t_again=True, critic_loss=None, generator_loss=None):
    def answer(critic, generator, real, z, retouch):
        fake = generator(z)
        a = critic(retouch(real) if t_real else real)
        b = critic(retouch(fake.detach()) if t_fake else fake.detach())
        c = critic(retouch(fake) if t_again else fake)
        first = torch.mean(b) - torch.mean(a) if critic_loss is None else critic_loss(a, b)
        return first, -torch.mean(c) if generator_loss is None else generator_loss(a, c)

    return answer


def losses_generator_cut(critic, generator, real, z, retouch):
    first, _ = losses_plainly(critic, generator, real, z, retouch)
    with torch.no_grad():
        fake = retouch(generator(z))
    return first, -critic(fake).mean()


def losses_critic_cut(critic, generator, real, z, retouch):
    with torch.no_grad():
        first = critic(retouch(generator(z))).mean() - critic(retouch(real)).mean()
    return first, losses_plainly(critic, generator, real, z, retouch)[1]


def losses_twice(critic, generator, real, z, retouch):
    fake = retouch(generator(z))
    first = critic(fake.detach()).mean() - critic(retouch(real)).mean()
    return first, -critic(retouch(fake)).mean()


def losses_of_codes(critic, generator, real, z, retouch):
    z = retouch(z)
    return critic(generator(z)).mean() - critic(retouch(real)).mean(), -critic(generator(z)).mean()


def losses_of_a_gan(critic, generator, real, z, retouch):
    bce = nn.functional.binary_cross_entropy_with_logits
    a, b = critic(retouch(real)), critic(retouch(generator(z)))
    return bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b)), bce(b, torch.ones_like(b))


def overfit_by_statistics(known, new, fake):
    a, b, c = (statistics.mean(part.tolist()) for part in (known, new, fake))
    return (a - b) / (a - c)


def overfit_by_numpy(known, new, fake):
    return (np.mean(known.numpy()) - np.mean(new.numpy())) / (np.mean(known.numpy()) - np.mean(fake.numpy()))


def summaries(reduce, combine):
    return lambda known, new, fake: combine(*(reduce(part) for part in (known, new, fake)))


def groups_by_union(count, pairs):
    parent = list(range(count))

    def root(i):
        while parent[i] != i:
            i = parent[i]
        return i

    for i, j in pairs.tolist():
        parent[root(i)] = root(j)
    return [root(i) for i in range(count)]


def split_by_union(count, pairs, held_out, generator):
    root = groups_by_union(count, pairs)
    names = sorted(set(root))
    chosen = []
    for k in torch.randperm(len(names), generator=generator).tolist():
        if len(chosen) >= held_out:
            break
        chosen += [i for i in range(count) if root[i] == names[k]]
    mask = torch.zeros(count, dtype=torch.bool)
    mask[chosen] = True
    return mask


def split_by_labels(count, pairs, held_out, generator):
    group = torch.arange(count)
    for i, j in pairs:
        group[group == group[j].item()] = group[i].item()
    mask = torch.zeros(count, dtype=torch.bool)
    for i in torch.randperm(count, generator=generator):
        if mask.sum() >= held_out:
            break
        mask |= group == group[i]
    return mask


def split_with_a_mask_of_numbers(count, pairs, held_out, generator):
    """`split_by_labels`, mais torch ne sait pas faire « ou » d'un masque de réels."""
    mask = torch.zeros(count)
    mask |= torch.tensor(groups_by_union(count, pairs)) == 0
    return mask


def split_by_spreading(count, pairs, held_out, generator):
    """Un masque de nombres, en NumPy : on ajoute une image, puis ses doubles de proche en proche."""
    mask, links = np.zeros(count), pairs.numpy()
    for seed in torch.randperm(count, generator=generator).tolist():
        if mask.sum() >= held_out:
            return mask
        mask[seed] = 1
        for _ in range(count):
            mask[links[mask[links].any(axis=1)].ravel()] = 1
    return mask


def split_by_matrix(count, pairs, held_out, generator):
    linked = torch.eye(count)
    linked[pairs[:, 0], pairs[:, 1]] = linked[pairs[:, 1], pairs[:, 0]] = 1
    linked = torch.linalg.matrix_power(linked, count) > 0
    mask = [False] * count
    while sum(mask) < held_out:
        i = int(torch.randint(count, (1,), generator=generator))
        mask = [bool(a or b) for a, b in zip(mask, linked[i], strict=True)]
    return torch.tensor(mask)


def split_image_by_image(count, pairs, held_out, generator):
    order = torch.randperm(count, generator=generator)
    mask = torch.zeros(count, dtype=torch.bool)
    mask[order[:held_out]] = True
    return mask


def split_one_neighbour(count, pairs, held_out, generator):
    """Chaque image emmène ses doubles directs, et eux seuls."""
    mask = torch.zeros(count, dtype=torch.bool)
    for i in torch.randperm(count, generator=generator).tolist():
        if mask.sum() >= held_out:
            break
        mask[i] = True
        for a, b in pairs.tolist():
            if i in (a, b):
                mask[a] = mask[b] = True
    return mask


def split_one_pass(count, pairs, held_out, generator):
    group = list(range(count))
    for i, j in pairs.tolist():
        group[j] = group[i]
    return whole_groups(group, held_out, generator)


def whole_groups(group, held_out, generator, *, by_group=False, never_over=False, draw=True):
    names = sorted(set(group))
    order = torch.randperm(len(names), generator=generator).tolist() if draw else range(len(names))
    mask = torch.zeros(len(group), dtype=torch.bool)
    for taken, k in enumerate(order):
        members = [i for i, name in enumerate(group) if name == names[k]]
        size = taken if by_group else int(mask.sum())
        if size >= held_out or (never_over and size + len(members) > held_out):
            break
        mask[members] = True
    return mask


def split_wrong(**options):
    def answer(count, pairs, held_out, generator):
        return whole_groups(groups_by_union(count, pairs), held_out, generator, **options)

    return answer


def split_followed(count, pairs, held_out, generator):
    mask = torch.zeros(count, dtype=torch.bool)
    mask[torch.randperm(count, generator=generator)[:held_out]] = True
    for i, j in pairs.tolist():
        mask[i] = mask[j]
    return mask


def split_cut_in_a_group(count, pairs, held_out, generator):
    root = groups_by_union(count, pairs)
    rank = torch.randperm(count, generator=generator).tolist()
    order = sorted(range(count), key=lambda i: (rank[root[i]], i))
    return torch.tensor([i in order[:held_out] for i in range(count)])


def split_without_doubles(count, pairs, held_out, generator):
    doubled = set(pairs.flatten().tolist())
    single = [i for i in range(count) if i not in doubled]
    order = torch.randperm(len(single), generator=generator).tolist()[:held_out]
    chosen = {single[k] for k in order}
    return torch.tensor([i in chosen for i in range(count)])


def gain_by_scipy(without, augmented):
    d = augmented - without
    return d.mean(), stats.sem(d.numpy())


def gain_by_statistics(without, augmented):
    d = [b - a for a, b in zip(without.tolist(), augmented.tolist(), strict=True)]
    return statistics.mean(d), statistics.stdev(d) / math.sqrt(len(d))


def gain_by_hand(without, augmented):
    d = augmented.double() - without.double()
    mean = d.sum() / len(d)
    return torch.stack([mean, ((d - mean).pow(2).sum() / (len(d) - 1) / len(d)).sqrt()])


def gain_by_covariance(without, augmented):
    n, table = len(without), torch.stack([without, augmented])
    cov = table.cov()
    return [augmented.mean() - without.mean(), ((cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]).clamp(min=0) / n).sqrt()]


def gain_wrong(mean=np.mean, error=stats.sem):
    def answer(without, augmented):
        d = (augmented - without).double().numpy()
        return float(mean(d)), float(error(d))

    return answer


READ = {
    "ligne": 4,
    "taux": "trop petit",
    "entier": "ne se voit pas",
    "calme": "se voit",
    "couleurs": "se voit",
    "penche": "à droite ou à gauche",
}


def reading(**changes):
    return lambda: READ | changes


RIGHT = {
    "miroir": [
        mirror_by_where, mirror_by_mask, mirror_image_by_image, mirror_by_bernoulli, mirror_by_numpy,
        mirror_by_permutation,
    ],
    "decalage": [
        shift_by_window, shift_by_slices, shift_by_roll_and_erase, shift_by_gather, shift_by_matrices,
        lambda images, right, down: shift_by_window(images.double(), right, down),
    ],
    "pertes_augmentees": [
        losses_plainly, losses_with_one_fake, losses_in_one_batch, losses_stacked_by_hand,
        lambda *given: torch.stack(losses_plainly(*given)),
    ],
    "surapprentissage": [
        summaries(torch.mean, lambda a, b, c: (a - b) / (a - c)),
        summaries(torch.mean, lambda a, b, c: 1 - (b - c) / (a - c)),
        lambda known, new, fake: (new.double().mean() - known.double().mean()) / (fake.mean() - known.mean()),
        lambda known, new, fake: sum(known.mean() - n for n in new) / len(new) / (known.mean() - fake).mean(),
        overfit_by_statistics,
        overfit_by_numpy,
    ],
    "doubles": [split_by_union, split_by_labels, split_by_spreading, split_by_matrix],
    "lecture_protocole": [
        reading(),
        lambda: dict(reversed(READ.items())),
        reading(ligne=" 4 "),
    ],
    "gain": [
        gain_by_scipy, gain_by_statistics, gain_by_hand, gain_by_covariance,
        lambda a, b: torch.stack([(b - a).mean(), (b - a).std() / len(a) ** 0.5]),
        lambda a, b: np.array([np.mean(b.numpy() - a.numpy()), np.std(b.numpy() - a.numpy(), ddof=1) / len(a) ** 0.5]),
    ],
}  # fmt: skip

WRONG = {
    "miroir": [
        (mirror_with_one_draw, "un seul tirage décide"),
        (mirror_wrong(lambda x: torch.flip(x, dims=(-2,))), "le haut et le bas"),
        (mirror_wrong(lambda x: x[:, [2, 1, 0]]), "les canaux sont retournés"),
        (mirror_wrong(lambda x: torch.rot90(x, 2, (2, 3))), "un demi-tour"),
        (mirror_wrong(lambda x: x.mT), "sont transposées"),
        (lambda images, generator: torch.flip(images, [-1]), "toutes les images"),
        (lambda images, generator: images, "aucune image"),
        (mirror_wrong(lambda x: x.flip(3).flip(3)), "aucune image"),
        (mirror_in_place, "perd ses originaux"),
        (mirror_without_generator, "ne pourra pas être rejoué"),
        (mirror_by_numpy_random, "ne pourra pas être rejoué"),
        (lambda x, g: torch.where(torch.randn(len(x), 1, 1, 1, generator=g) > 0.5, x.flip(3), x), "une loi normale"),
        (mirror_even, "toujours la même"),
        (mirror_first_half, "toujours la même"),
        (lambda x, g: torch.where(heads(x, g, *x.shape), x.flip(3), x), "chaque pixel a son tirage"),
    ],
    "decalage": [
        (shift_rolled, "revient de l'autre"),
        (lambda x, a, b: shift_by_window(x, a[:1].repeat(len(a)), b[:1].repeat(len(b))), "sert à tout le lot"),
        (lambda x, a, b: shift_by_slices(x, b, a), "les axes sont échangés"),
        (lambda x, a, b: shift_by_gather(x, -a, -b), "le sens est inversé"),
        (lambda x, a, b: shift_by_slices(x, -a, b), "le sens horizontal"),
        (lambda x, a, b: shift_by_slices(x, a, -b), "le sens vertical"),
        (lambda x, a, b: shift_by_slices(x, a, torch.zeros_like(b)), "décalage vertical"),
        (lambda x, a, b: shift_by_slices(x, torch.zeros_like(a), b), "décalage horizontal"),
        (lambda x, a, b: shift_by_slices(x, a.abs(), b.abs()), "comme un positif"),
        (shift_by_scipy, "rien n'apprendrait"),
        (lambda x, a, b: shift_by_matrices(x.data, a, b), "rien n'apprendrait"),
        (shift_replicating, "répète le bord"),
        (shift_filled(-1), "noir"),
        (shift_filled(0.5), "entre 0 et 1"),
        (shift_overwriting, "rendez un nouveau tenseur"),
        (lambda x, a, b: x, "aucune image"),
    ],
    "pertes_augmentees": [
        (losses_wrong(t_fake=False, t_again=False), "l'augmentation classique"),
        (losses_wrong(t_real=False), "seules les fausses"),
        (losses_wrong(t_again=False), "jamais notées"),
        (losses_wrong(t_real=False, t_fake=False), "seul le tour du générateur"),
        (losses_wrong(False, False, False), "ne sert nulle part"),
        (losses_generator_cut, "le gradient du générateur est coupé"),
        (losses_critic_cut, "n'atteint aucun de ses poids"),
        (losses_wrong(critic_loss=lambda a, b: a.mean() - b.mean()), "le signe de la perte de la critique"),
        (losses_wrong(generator_loss=lambda a, c: c.mean()), "le signe de la perte du générateur"),
        (
            losses_wrong(critic_loss=lambda a, b: (a - b).mean(), generator_loss=lambda a, c: c.mean()),
            "les deux signes",
        ),
        (losses_twice, "deux fois"),
        (
            losses_wrong(critic_loss=lambda a, b: (b - a).sum(), generator_loss=lambda a, c: -c.sum()),
            "sont additionnées",
        ),
        (lambda *given: losses_plainly(*given)[::-1], "sont échangées"),
        (losses_wrong(generator_loss=lambda a, c: (a - c).mean()), "garde les notes des vraies"),
        (losses_of_a_gan, "pertes du GAN"),
        (losses_of_codes, "les codes z"),
    ],
    "surapprentissage": [
        (summaries(torch.mean, lambda a, b, c: (a - c) / (a - b)), "est inversé"),
        (summaries(sum, lambda a, b, c: (a - b) / (a - c)), "sont additionnées"),
        (summaries(torch.mean, lambda a, b, c: abs(a - b) / abs(a - c)), "valeur absolue"),
        (summaries(torch.mean, lambda a, b, c: (b - a) / (a - c)), "le signe est changé"),
        (summaries(torch.mean, lambda a, b, c: 1 - (a - b) / (a - c)), "pas appris par cœur"),
        (summaries(torch.mean, lambda a, b, c: (a - b) / (b - c)), "part des inconnues"),
        (summaries(torch.mean, lambda a, b, c: a - b), "n'est rapporté à rien"),
        (summaries(torch.mean, lambda a, b, c: 1 - b / a), "à la note des apprises"),
        (summaries(torch.median, lambda a, b, c: (a - b) / (a - c)), "la médiane"),
        (summaries(torch.mean, lambda a, b, c: torch.clip((a - b) / (a - c), 0, 1)), "est coupé entre"),
        (lambda known, new, fake: overfit_by_numpy(new, known, fake), "les apprises et les inconnues"),
        (lambda known, new, fake: 100 * overfit_by_numpy(known, new, fake), "pour cent"),
    ],
    "doubles": [
        (split_image_by_image, "tirées une à une"),
        (split_cut_in_a_group, "au milieu d'un groupe"),
        (split_followed, "après le tirage"),
        (split_one_neighbour, "le double d'un double"),
        (split_one_pass, "le double d'un double"),
        (lambda *given: ~split_by_union(*given), "le masque est inversé"),
        (lambda *given: split_by_union(*given).logical_not(), "le masque est inversé"),
        (lambda *given: torch.where(split_by_union(*given))[0], "les numéros"),
        (split_wrong(by_group=True), "le nombre de groupes"),
        (split_wrong(never_over=True), "avant d'avoir son compte"),
        (split_without_doubles, "ne sont jamais évaluées"),
        (split_wrong(draw=False), "toujours les mêmes"),
        (lambda count, pairs, held_out, generator: split_by_union(count, pairs, held_out, None), "être refaite"),
        (lambda count, pairs, held_out, generator: np.ones(count, dtype=bool), "toutes les images sont évaluées"),
        (lambda count, pairs, held_out, generator: [False] * count, "toutes les images sont à l'entraînement"),
    ],
    "lecture_protocole": [
        *((reading(ligne=line), f"ligne {line} : {part}") for line, part in (
            (1, "les doubles"), (2, "le masque"), (3, "la boucle"), (5, "la fausse"), (6, "vraies"), (7, "la pénalité"),
            (8, "le générateur"), (9, "la retouche"), (10, "mesurer"), (11, "de nouvelles"), (12, "les trois"),
        )),
        (reading(taux="Trop grand"), "pour le grossir"),
        (reading(taux="JUSTE"), "le sont-elles encore"),
        (reading(entier="se voit"), "sont posées au hasard"),
        (reading(calme="Ne se voit pas"), "un reflet y serait-il"),
        (reading(couleurs="ne se voit  pas"), "aucun lotus gris"),
        (reading(penche="à droite seulement"), "que sait-elle"),
        (reading(penche="a gauche seulement"), "une réponse parmi"),
        (reading(penche="Toutes droites"), "en voit qui penchent"),
    ],
    "gain": [
        (
            lambda a, b: (b.mean() - a.mean(), (stats.sem(a) ** 2 + stats.sem(b) ** 2) ** 0.5),
            "deux groupes indépendants",
        ),
        (gain_wrong(error=lambda d: np.std(d, ddof=1)), "l'écart type des différences"),
        (gain_wrong(error=lambda d: np.std(d, ddof=1) / len(d)), "et non par sa racine"),
        (gain_wrong(error=lambda d: np.std(d) / len(d) ** 0.5), "divise par N"),
        (gain_wrong(error=lambda d: stats.sem(d, ddof=0)), "divise par N"),
        (gain_wrong(error=lambda d: np.std(d, ddof=1) / (len(d) - 1) ** 0.5), "divisé deux fois"),
        (gain_wrong(error=lambda d: np.var(d, ddof=1) / len(d)), "une variance"),
        (lambda a, b: ((b / a - 1).mean(), stats.sem(b / a)), "à l'exactitude de départ"),
        (lambda a, b: gain_by_scipy(b, a), "le signe est changé"),
        (lambda a, b: gain_by_scipy(a, b)[::-1], "sont échangés"),
        (lambda a, b: ((b - a).abs().mean(), stats.sem((b - a).abs())), "les valeurs absolues"),
        (lambda a, b: gain_by_scipy(torch.sort(a)[0], torch.sort(b)[0]), "sont triées"),
        (lambda a, b: ((b - a).mean(), stats.sem(b)), "augmentées seules"),
        (gain_wrong(error=lambda d: 1.96 * stats.sem(d)), "est doublée"),
        (gain_wrong(mean=np.max), "la meilleure graine"),
        (gain_wrong(mean=np.sum), "les gains sont additionnés"),
    ],
}  # fmt: skip

UNKNOWN = {
    "miroir": [
        lambda images, generator: mirror_by_where(0.9 * images, generator),
        lambda images, generator: images[:, :1],
        lambda x, g: torch.where(torch.rand(len(x), 1, 1, 1, generator=g) < 0.1, x.flip(3), x),
    ],
    "decalage": [
        lambda images, right, down: shift_by_slices(images, right + 1, down),
        lambda images, right, down: images[:, :, 1:, 1:],
        lambda images, right, down: 0.5 * shift_by_window(images, right, down),
    ],
    "pertes_augmentees": [
        lambda critic, generator, real, z, retouch: (critic(retouch(real)).std(), critic(retouch(generator(z))).std()),
        lambda *given: tuple(2 * loss for loss in losses_plainly(*given)),
        lambda *given: losses_plainly(*given)[0],
    ],
    "surapprentissage": [
        summaries(torch.mean, lambda a, b, c: ((a - b) / (a - c)) ** 2 + 0.2),
        summaries(torch.std, lambda a, b, c: a + b + c),
        lambda known, new, fake: torch.tensor(0.4),
    ],
    "doubles": [
        lambda count, pairs, held_out, generator: torch.rand(count + 1, generator=generator) < 0.5,
        lambda count, pairs, held_out, generator: torch.rand(count, generator=generator) < 0.5,
        split_with_a_mask_of_numbers,
    ],
    "lecture_protocole": [
        reading(ligne=13), reading(taux="nul"), reading(penche="vers le bas"), lambda: {"ligne": 4},
        reading(taux="Trop petit"), reading(remarque="la ligne 9 est bonne"),
    ],
    "gain": [
        gain_wrong(error=lambda d: 0.01),
        gain_wrong(mean=np.median),
        lambda a, b: (b - a).mean(),
    ],
}  # fmt: skip
