# %% [markdown]
# # 06 · WGAN-GP
#
# **Durée :** 60 minutes. **Prérequis :** la leçon [05 · La distance de Wasserstein](05_wasserstein.ipynb) ; savoir ce qu'est un
# gradient.
#
# **À la fin de cette leçon, vous saurez :**
#
# - démontrer qu'une critique optimale a une pente de 1 entre les vraies et les fausses images, et en tirer une pénalité ;
# - écrire la pénalité de gradient en quatre gestes, et dire où elle se mesure ;
# - expliquer pourquoi une critique pénalisée se passe de normalisation par lot ;
# - lire les courbes d'un WGAN-GP, et reconnaître un $\lambda$ mal choisi ;
# - refaire le cas de l'article : 68 lotus, cinq convolutions transposées, un calendrier de pas critiques ;
# - comparer AE, VAE, GAN, WGAN et WGAN-GP à budget égal, sans se fier à un seul nombre.
#
# Pour travailler sur vos photographies, remplacez `SOURCE` par le chemin de leur dossier.

# %% tags=["nbval-ignore-output"]
import ot
import torch
from torch import nn

from lessons_lib import plots, zoo
from lessons_lib.photos import open_dataset
from lessons_lib.toys import modes_covered, sample

SOURCE = "synthetique"  # ou "oxford", ou le chemin d'un dossier de photographies
lotus = open_dataset(SOURCE, n=68, size=128, seed=0)  # les 68 lotus du cas de l'article
REAL, FAKE, CRITIC, GREY, ACCENT = plots.PALETTE.values()
print(f"{len(lotus)} images, forme {tuple(lotus.images.shape)}")

# %% [markdown]
# ## 1. L'idée : tenir la pente, et non les poids
#
# La critique de la leçon 05 doit avoir une pente d'au plus 1. L'écrêtage l'obtient par un détour : il borne chaque **poids**, et la
# pente suit comme elle peut, dix fois trop faible ou mille fois trop forte.
#
# Gulrajani et ses coauteurs proposent en 2017 le chemin direct : **mesurer la pente** de la critique en quelques points, et
# ajouter à sa perte ce qui s'écarte de 1. C'est la **pénalité de gradient** (*gradient penalty*), d'où le nom WGAN-GP.
#
# La figure montre deux lois d'une dimension, et trois critiques : libre, écrêtée, et celle que l'on veut.

# %%
line = torch.linspace(-4, 4, 400)
bumps = {place: torch.exp(-((line - place) ** 2) / 0.18) for place in (-2, 2)}

drawing, ax = plots.figure(6.2, 2.7)
for place, colour, name in ((-2, FAKE, "fausses données"), (2, REAL, "vraies données")):
    ax.fill_between(line, -4 + 1.5 * bumps[place], -4, color=colour, alpha=0.35, linewidth=0)
    ax.text(place, -4.5, name, color=colour, ha="center")
for height, dash, width in ((8 * line, ":", 1.5), (0.12 * line, "--", 1.5), (line.clamp(-2, 2), "-", 2.6)):
    ax.plot(line, height, color=CRITIC, linestyle=dash, linewidth=width)
ax.text(0.55, 3.3, "libre : la pente explose", color=CRITIC)
ax.text(4.1, 0.5, "écrêtée :\npresque plate", color=CRITIC, va="center")
ax.text(4.1, 2.1, "pénalisée", color=CRITIC, va="center", weight="bold")
ax.plot([0, 1, 1], [0, 0, 1], color=ACCENT, linestyle="-", linewidth=1.6)
ax.text(0.5, -0.65, "1", color=ACCENT, ha="center")
ax.text(1.12, 0.45, "1", color=ACCENT)
ax.set(
    xlim=(-4, 5.6),
    ylim=(-5, 4),
    xlabel="x",
    ylabel="note $f(x)$",
    title="Un mètre plus loin, un point de plus : ni davantage, ni moins",
)
plots.show(
    drawing, "Entre deux bosses, une droite de pente 1 ; une autre presque verticale, une troisième presque plate."
)

# %% [markdown]
# ## 2. Pourquoi exactement 1 ?
#
# La leçon 05 demande une pente **au plus** 1. La pénalité vise une pente **égale** à 1. Ce n'est pas un caprice : la meilleure
# critique l'a, là où passe le transport.
#
# **Ce que l'on sait.** Soient $\gamma$ le meilleur plan de transport et $f^*$ la meilleure critique. Leurs deux nombres sont
# égaux (Kantorovitch et Rubinstein) :
#
# $$\mathbb{E}_{(x, y) \sim \gamma}\big[f^*(x) - f^*(y)\big] = W = \mathbb{E}_{(x, y) \sim \gamma}\big[\|x - y\|\big]$$
#
# Or $f^*(x) - f^*(y)$ ne dépasse jamais $\|x - y\|$. Deux moyennes égales, un terme jamais plus grand que l'autre : ils sont donc
# égaux pour chaque trajet du plan,
#
# $$f^*(x) - f^*(y) = \|x - y\|$$
#
# En mots : au bout d'un trajet de trois mètres, la note a monté de trois points.

# %% [markdown]
# **Le long du trajet.** Parcourez-le, de la fausse donnée $y$ à la vraie $x$ : $x_t = t\,x + (1 - t)\,y$, avec $t$ de 0 à 1. À aucun
# moment la note ne peut monter plus vite qu'un point par mètre. Si elle montait moins vite quelque part, elle ne rattraperait
# jamais son retard. Elle monte donc **partout** d'un point par mètre.
#
# **La conclusion.** Là où $f^*$ se dérive, son gradient a une composante 1 le long du trajet, et une norme d'au plus 1. Il ne lui
# reste rien pour les autres directions :
#
# $$\nabla f^*(x_t) = \frac{x - y}{\|x - y\|}, \qquad \|\nabla f^*(x_t)\| = 1$$
#
# C'est la proposition 1 de Gulrajani et coll. (2017). Elle suppose $f^*$ dérivable en $x_t$, et $x \neq y$. Elle ne dit rien des points
# hors des trajets.
#
# **Prédisez.** Entre huit vrais points et huit faux, où la pente vaudra-t-elle 1 ? Et loin des trajets ?

# %%
from lessons_lib.losses import input_gradient

generator = torch.Generator().manual_seed(5)
real = torch.tensor([2.2, 0.0]) + torch.randn((8, 2), generator=generator)
fake = torch.tensor([-2.2, 0.0]) + torch.randn((8, 2), generator=generator)
plan, details = ot.emd([], [], torch.cdist(real, fake).double().numpy(), log=True)
u, v = (torch.tensor(details[side]).float() for side in "uv")  # les prix du programme linéaire : les notes des points


def best_critic(x):
    """Une critique optimale : au milieu entre la plus basse et la plus haute qui soient 1-lipschitziennes."""
    lowest = (u - (x[:, None] - real).norm(dim=2)).amax(dim=1)
    highest = ((x[:, None] - fake).norm(dim=2) - v).amin(dim=1)
    return (lowest + highest) / 2


partner = torch.tensor(plan).argmax(dim=1)  # le faux point que le plan donne à chaque vrai
trips = fake[partner] - real
t = torch.linspace(0.05, 0.95, 19)[:, None, None]
along = (real + t * trips).reshape(-1, 2).requires_grad_()
slopes = input_gradient(best_critic, along).detach().norm(dim=1)
rise = best_critic(real) - best_critic(fake[partner])
print("chaque trajet monte d'un point par mètre :", torch.allclose(rise, trips.norm(dim=1), atol=1e-4))
print(f"pente en {len(along)} points des trajets : de {slopes.min():.2f} à {slopes.max():.2f}")

# %%
ticks = torch.linspace(-4.6, 4.6, 160), torch.linspace(-3, 3, 110)
plane = torch.cartesian_prod(*ticks).requires_grad_()
steepness = input_gradient(best_critic, plane).detach().norm(dim=1).reshape(160, 110).T

drawing, ax = plots.figure(6.4, 3.5)
picture = ax.contourf(*ticks, steepness, torch.linspace(0, 1.0001, 6), cmap="Purples", vmax=1.3)
for x, trip in zip(real, trips, strict=True):
    ax.plot(*torch.stack([x, x + trip]).T, color=ACCENT, linewidth=1.8, linestyle="-")
ax.scatter(*real.T, s=38, color=REAL, zorder=3)
ax.scatter(*fake.T, s=38, color=FAKE, marker="s", zorder=3)
for place, name, colour in ((3.4, "● vrais", REAL), (-4.4, "■ faux", FAKE)):
    ax.text(place, 2.6, name, color=colour)
drawing.colorbar(picture, ax=ax, label=r"pente $\|\nabla f^*\|$", ticks=[0, 0.5, 1])
ax.set(
    aspect="equal",
    xlabel="$x_0$",
    ylabel="$x_1$",
    title="Pente de 1 sur chaque trajet, souvent moins ailleurs",
)
plots.show(
    drawing,
    "Huit segments orange joignent les faux points aux vrais sur un fond violet foncé ; le fond pâlit plus loin.",
)
print("la pente ne dépasse 1 nulle part :", bool(steepness.max() < 1.001))
print("elle est inférieure à 0,9 sur plus d'un dixième du plan :", bool((steepness < 0.9).float().mean() > 0.1))

# %% [markdown]
# Sur les huit trajets, la pente vaut 1, dans la direction du trajet. Loin d'eux, la théorie ne dit rien : le fond pâlit.
#
# ## 3. Où mesurer la pente : les points $\hat{x}$
#
# Il faudrait la mesurer sur les trajets, mais le meilleur plan est inconnu. WGAN-GP prend donc des **paires au hasard**, une vraie image
# et une fausse du même lot, et un point au hasard sur le segment qui les joint :
#
# $$\hat{x} = \varepsilon\, x + (1 - \varepsilon)\, G(z), \qquad \varepsilon \sim \mathcal{U}(0, 1)$$
#
# En mots : une dose $\varepsilon$ de vraie image, le reste de fausse. Une seule dose par image, tirée uniformément entre 0 et 1.
#
# **Prédisez.** Une faute courante tire un $\varepsilon$ par **pixel**. Dans le plan, un pixel est une coordonnée. Où tombent alors les
# points ?


# %% tags=["lib:lessons_lib.losses.interpolate"]
def interpolate(real, fake, *, generator=None):
    epsilon = torch.rand(len(real), generator=generator, device=real.device, dtype=real.dtype)
    epsilon = epsilon.view(-1, *[1] * (real.ndim - 1))  # (N,) -> (N, 1, 1, 1) : une dose par image
    return epsilon * real + (1 - epsilon) * fake


with torch.inference_mode():
    flower = zoo.load("wgan_gp_128_article")(torch.randn((2, 100), generator=torch.Generator().manual_seed(3)))[1]
doses = torch.linspace(0, 1, 3).view(3, 1, 1, 1)
plots.image_grid(
    doses * lotus.images[12] + (1 - doses) * flower,  # (3, 3, 128, 128)
    "Trois images : une fausse fleur à gauche, une vraie à droite, une surimpression entre les deux.",
    labels=[f"epsilon = {dose:.1f}".replace(".", ",") for dose in doses.flatten()],
    columns=3,
    scale=1,
    title="De la fausse image à la vraie : c'est là que se mesure la pente",
)

# %%
generator = torch.Generator().manual_seed(1)
piles = sample("huit_gaussiennes", 24, generator=generator)
cloud = 0.6 * torch.randn((24, 2), generator=generator)
couples = ot.emd([], [], torch.cdist(piles, cloud).double().numpy()).argmax(axis=1)
wrong = torch.rand(piles.shape, generator=generator)  # (24, 2) : une dose par coordonnée
panels = {
    "Les vrais trajets": (piles, cloud[couples], interpolate(piles, cloud[couples], generator=generator)),
    "Des paires au hasard": (piles, cloud, interpolate(piles, cloud, generator=generator)),
    "Un hasard par coordonnée": (piles, cloud, wrong * piles + (1 - wrong) * cloud),
}
drawing, axes = plots.figure(6.4, 2.5, 1, 3, sharey=True)
for ax, (name, (x, y, x_hat)) in zip(axes, panels.items(), strict=True):
    for i in range(10):
        ax.plot(*torch.stack([x[i], y[i]]).T, color=GREY, linewidth=0.6, linestyle="-")
    for points, colour, marker, size in ((y, FAKE, "s", 5), (x, REAL, "o", 9), (x_hat, ACCENT, "x", 14)):
        ax.scatter(*points.T, s=size, color=colour, marker=marker, linewidth=0.9)
    length, ahead, behind = ((a - b).norm(dim=1) for a, b in ((x, y), (x, x_hat), (x_hat, y)))
    off = int((ahead + behind > 1.001 * length).sum())
    ax.set(aspect="equal", xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    ax.set_title(name, fontsize=9)
    print(f"{name} : la plupart des points sont hors de leur segment, {off > 12}")
plots.show(drawing, "Des croix orange le long de huit rayons, puis entre des paires mêlées, puis dans des rectangles.")

# %% [markdown]
# Sur les images, $\hat{x}$ n'est pas une fleur intermédiaire : c'est une surimpression. Peu importe, on ne la montre à personne. Une paire
# au hasard n'est pas un trajet du plan : la pénalité demande donc 1 même là où la théorie ne le demande pas. L'usage montre que cela
# suffit.
#
# Avec un $\varepsilon$ par coordonnée, les points quittent les segments. Aucun message d'erreur ne le dira.
#
# ## 4. La perte, et son code
#
# $$L_{\text{critique}} = \mathbb{E}[f(G(z))] - \mathbb{E}[f(x)]
#   + \lambda\, \mathbb{E}\Big[\big(\|\nabla_{\hat{x}} f(\hat{x})\| - 1\big)^2\Big]$$
#
# En mots : la perte de la leçon 05, plus $\lambda$ fois la moyenne du carré de l'écart entre la pente et 1. **Quatre gestes** :
#
# 1. mélanger : $\hat{x}$, détaché de tout ce qui précède ;
# 2. noter : $f(\hat{x})$ ;
# 3. dériver la note par rapport aux **pixels**, et non aux poids ;
# 4. pénaliser : la norme de chaque image, moins 1, au carré, en moyenne.


# %% tags=["lib:lessons_lib.losses.input_gradient", "lib:lessons_lib.losses.gradient_penalty"]
def input_gradient(critic, x):
    return torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0]  # gestes 2 et 3


def gradient_penalty(critic, real, fake, *, generator=None, one_sided=False):
    x_hat = interpolate(real.detach(), fake.detach(), generator=generator).requires_grad_(True)  # geste 1
    norm = input_gradient(critic, x_hat).flatten(1).norm(dim=1)
    excess = (norm - 1).relu() if one_sided else norm - 1
    return excess.square().mean()  # geste 4


weight = torch.full((3 * 4 * 4,), 0.5, requires_grad=True)  # une critique linéaire : sa pente est la norme de ses poids
real, fake = torch.randn((2, 6, 3, 4, 4), generator=torch.Generator().manual_seed(0))
penalty = gradient_penalty(lambda x: x.flatten(1) @ weight, real, fake)
penalty.backward()
norm = weight.detach().norm()
by_hand = 2 * (norm - 1) * weight.detach() / norm
print(f"pente {norm:.3f}, pénalité {penalty:.3f}, à la main {(norm - 1) ** 2:.3f}")
print("la dérivée par rapport aux poids est celle du calcul à la main :", torch.allclose(weight.grad, by_hand))

# %% [markdown]
# Trois détails font presque toutes les fautes :
#
# - sans `create_graph=True`, la pénalité s'affiche, mais ne corrige aucun poids ;
# - `flatten(1).norm(dim=1)` prend **une** norme par image, sur toutes ses valeurs ;
# - `critic(x).sum()` n'appelle `grad` qu'une fois. C'est permis si la note d'une image ne dépend que d'elle.
#
# `one_sided=True` ne punit que les pentes trop fortes ; l'article y voit peu de différence.
#
# ## 5. Pas de normalisation par lot dans la critique
#
# La **normalisation par lot** (*batch normalisation*, BatchNorm) recentre chaque carte par sa moyenne **sur le lot**. La note d'une
# image dépend alors de ses voisines.
#
# Pour le voir, on note cinq images, chacune dans douze lots différents : seules ses sept voisines changent.
#
# **Prédisez.** Une image reçoit-elle douze fois la même note, sans puis avec normalisation par lot ?


# %%
from lessons_lib.models import Critic

x = nn.functional.avg_pool2d(lotus.images, 2)  # (68, 3, 64, 64) : de 128 à 64 pixels
drawing, axes = plots.figure(6.4, 2.4, 1, 2)
for ax, normalise, title in zip(
    axes,
    (False, True),
    ("Sans BatchNorm : une note", "Avec BatchNorm : douze"),
    strict=True,
):
    torch.manual_seed(0)
    critic = Critic(size=64, width=16, normalise=normalise)
    lots = [[torch.cat([x[i : i + 1], x[8 + 5 * k : 15 + 5 * k]]) for k in range(12)] for i in range(5)]
    with torch.no_grad():
        notes = torch.tensor([[critic(lot)[0] for lot in row] for row in lots])  # (5, 12)
    notes = (notes - notes.mean()) / notes.mean(dim=1).std()  # en écarts types d'une image à l'autre
    for i, row in enumerate(notes):
        ax.plot([i] * 12, row, "o", color=CRITIC, alpha=0.5, markersize=7)
    ax.set(xlabel="image notée", xticks=range(5), ylim=(-2.4, 2.4), title=title)
    print(f"{title} ; la note dépend des voisines : {bool(notes.std(dim=1).max() > 0.02)}")
axes[0].set_ylabel("note, douze fois")
plots.show(drawing, "À gauche, un point par image ; à droite, douze points étalés par image.")

# %% [markdown]
# Sans normalisation par lot, la note ne dépend que de l'image : la somme des notes se dérive image par image. Avec elle, `grad` rend
# un mélange de la pente cherchée et de l'effet de l'image sur la note de ses voisines. La pénalité corrige alors autre chose que la
# pente.
#
# Les normalisations qui ne regardent qu'une image (*LayerNorm*, *InstanceNorm*) conviennent. Le générateur, lui, n'est pas pénalisé :
# il garde la sienne.
#
# ## 6. Le poids $\lambda$
#
# $\lambda$ dit combien coûte une pente qui n'est pas 1. Trop faible, la critique s'échappe ; trop fort, elle ne pense plus qu'à sa
# pente et oublie de séparer les lois.
#
# **Prédisez.** Choisissez la critique pénalisée, et faites descendre $\lambda$ vers zéro. Que devient l'histogramme des pentes ?

# %%
from lessons_lib.widgets.lipschitz_lab import LipschitzLab

LipschitzLab()

# %% [markdown]
# ## 7. Un entraînement dont on sait tout
#
# Entre le WGAN de la leçon 05 et celui-ci, une ligne change :
#
# ```python
# for _ in range(5):                                            # cinq pas critiques
#     critic_step(critic, generator, optimizer, real, z, wasserstein,
#                 penalty=gradient_penalty, penalty_weight=10)  # au lieu de clip_weights(critic, 0.05)
# generator_step(generator, critic, generator_optimizer, z, wasserstein)
# ```
#
# On l'essaie sur huit gaussiennes, avec trois valeurs de $\lambda$ : une quinzaine de secondes. La dernière, zéro, est un **échec
# exprès** : une critique libre.
#
# **Prédisez.** Laquelle couvrira le mieux les huit tas ? Que fera la critique libre ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.models import ToyCritic, ToyGenerator
from lessons_lib.observers import progress, record
from lessons_lib.training import AdversarialConfig, train_wgan_gp

points = sample("huit_gaussiennes", 4000, generator=torch.Generator().manual_seed(0))
z = torch.randn((2500, 2), generator=torch.Generator().manual_seed(2))
runs = {}
for weight in (10.0, 1.0, 0.0):
    torch.manual_seed(0)
    generator, critic = ToyGenerator(hidden=64), ToyCritic(hidden=64)
    config = AdversarialConfig(steps=240, batch_size=128, learning_rate=1e-3, penalty_weight=weight)
    history = record(progress(train_wgan_gp(generator, critic, points, config), f"lambda = {weight:g}"))
    with torch.no_grad():
        fake = generator(z)
    x_hat = interpolate(points[:2500], fake).requires_grad_()
    runs[weight] = fake, input_gradient(critic, x_hat).detach().norm(dim=1), history

# %%
drawing, axes = plots.figure(6.4, 5, 3, 3, height_ratios=(1.6, 1, 1))
for column, (weight, (fake, slope, history)) in zip(axes.T, runs.items(), strict=True):
    piles = modes_covered(fake, "huit_gaussiennes")
    column[0].scatter(*points[:100].T, s=6, color=REAL)
    column[0].scatter(*fake[:150].T, s=4, color=FAKE, marker="s")
    column[0].set(aspect="equal", xlim=(-3.4, 3.4), ylim=(-3.4, 3.4), xticks=[], yticks=[])
    column[0].set_title(f"$\lambda$ = {weight:g} : {piles} tas sur 8".replace(".", ","))
    column[1].hist(slope.clamp(max=4), bins=40, range=(0, 4.1), color=CRITIC)
    column[1].axvline(1, color=ACCENT, linestyle="--")
    column[1].set(yticks=[], xticks=range(5), xticklabels=["0", "1", "2", "3", "≥ 4"], xlabel="pente")
    column[2].plot(history.index, history.losses["gap"], color=CRITIC, linestyle="-")
    column[2].axhline(0, color=GREY, linewidth=0.8)
    column[2].set(xlabel="pas", ylim=(-3, 8))
axes[1, 0].set_ylabel("combien de $\hat{x}$")
axes[2, 0].set_ylabel("écart des notes")
drawing.suptitle("Trop fort, l'apprentissage traîne ; nul, la critique s'échappe", x=0.02, ha="left", fontsize=12)
plots.show(drawing, "Trois colonnes, lambda 10, 1 et 0 : points, pentes, écart. La dernière est hors cadre.")
apart = torch.cdist(x.flatten(1), x.flatten(1)).sum() / (68 * 67)  # entre deux lotus de 64 pixels
print("deux lotus sont 20 fois plus loin que deux points :", bool(apart > 20 * torch.cdist(points, points).mean()))
slopes = {weight: slope.median().item() for weight, (_, slope, _) in runs.items()}
print("lambda = 1 : les 8 tas sont couverts :", modes_covered(runs[1.0][0], "huit_gaussiennes") == 8)
print("pente médiane à moins de 0,4 de 1, pour lambda = 10 et 1 :", abs(slopes[10] - 1) < 0.4 > abs(slopes[1] - 1))
print("lambda = 0 : pente médiane au-dessus de 20 :", slopes[0] > 20)

# %% [markdown]
# Comment lire ces colonnes :
#
# - **$\lambda = 10$**, la valeur de l'article pour les images : les pentes se serrent autour de 1, mais le nuage traîne ;
# - **$\lambda = 1$** : les pentes restent près de 1, et les huit tas sont couverts ;
# - **$\lambda = 0$** : la pente s'emballe, l'écart change de signe et sort du cadre. C'est la signature d'une critique sans contrainte.
#
# L'écart des notes est une distance. Elle est bien plus petite ici qu'entre deux lotus : le même $\lambda$ y pèse donc plus lourd.
#
# ### Sous la main : réparez-le
#
# Le laboratoire s'ouvre sur un GAN en panne. Tout se change pendant qu'il tourne. Votre but : huit modes sur huit, et le plus possible de
# bons échantillons.
#
# **Prédisez.** Quel réglage changeriez-vous d'abord ? Essayez-le seul, puis passez au WGAN-GP.


# %%
from lessons_lib.widgets.gan_lab import GANLab

GANLab("reparez")

# %% [markdown]
# ## 8. Le cas de l'article : cinq couches pour 128 pixels
#
# L'article à l'origine de ce cours engendre des lotus de 128 pixels avec 68 photographies. Son générateur a cinq **convolutions
# transposées** (*transposed convolutions*) 4×4, de un pixel à 128×128, avec ReLU, et Tanh à la fin.
#
# Une convolution transposée pose, pour chaque pixel d'entrée, un tampon 4×4 sur la sortie, et additionne. Le **pas** (*stride*) $s$ est
# l'écart entre deux tampons, la marge $m$ ce que l'on rogne au bord :
#
# $$\text{sortie} = (\text{entrée} - 1)\, s - 2m + 4$$
#
# **Prédisez.** La première couche change 1 pixel en 4. Les quatre autres, au pas 2 habituel, doublent : arrive-t-on à 128 ?


# %%
def sides(strides):
    """Le côté de l'image, d'un pixel à la sortie, pour des couches 4×4 de (pas, marge) donnés."""
    found = [1]
    for stride, margin in strides:
        found.append((found[-1] - 1) * stride - 2 * margin + 4)
    return found


start, double, quadruple = (1, 0), (2, 1), (4, 0)
print("quatre pas de 2         :", sides([start, double, double, double, double]))
print("un pas de 4 en deuxième :", sides([start, quadruple, double, double, double]))

stages, picture = {}, torch.randn((1, 100, 1, 1), generator=torch.Generator().manual_seed(4))
with torch.inference_mode():
    for layer in zoo.load("wgan_gp_128_article").layers:
        picture = layer(picture)
        if isinstance(layer, nn.ReLU | nn.Tanh):
            grey = picture.mean(dim=1, keepdim=True)  # la moyenne des canaux, sauf pour l'image
            grey = ((grey - grey.mean()) / (2.5 * grey.std())).clamp(-1, 1).expand(-1, 3, -1, -1)
            stages[" × ".join(map(str, picture.shape[1:]))] = picture if picture.shape[1] == 3 else grey
sheet = torch.stack([nn.functional.interpolate(stage, 128) for stage in stages.values()], dim=1).flatten(0, 1)
alt, title = "Cinq images : 4 pixels de côté, puis 16, 32, 64, enfin une fleur.", "Couche par couche, damier compris"
plots.image_grid(sheet, alt, labels=[*stages], columns=5, scale=1, title=title)

# %% [markdown]
# Avec quatre pas de 2, on s'arrête à 64 : il manque un facteur 2. Une couche doit donc **quadrupler**. L'article ne dit pas laquelle.
# Le cours choisit la deuxième : des tampons 4×4 posés tous les 4 pixels se touchent sans se recouvrir, et laissent des coutures. Les
# trois couches suivantes ont le temps de les effacer.
#
# ### Le damier
#
# Même au pas 2, les tampons se recouvrent sans que rien n'oblige leurs bords à s'accorder. Odena, Dumoulin et Olah (2016)
# proposent d'agrandir l'image au plus proche voisin, puis de convoluer : c'est ce que font tous les autres générateurs du cours.
#
# **Prédisez.** On donne à trois couches **non entraînées** une entrée parfaitement unie. Laquelle rend une image unie ?

# %%
from lessons_lib.models.adversarial import upsample

torch.manual_seed(3)
layers = {
    "transposée, pas 4": (nn.ConvTranspose2d(8, 3, kernel_size=4, stride=4), 8),
    "transposée, pas 2": (nn.Sequential(*upsample(8, 3, "transposed")), 16),
    "agrandir, convoluer": (nn.Sequential(*upsample(8, 3, "resize")), 16),
}
patterns = []
for name, (layer, side) in layers.items():
    with torch.no_grad():
        output = layer(torch.ones(1, 8, side, side))[0, :, 4:-4, 4:-4]  # loin des bords
    patterns.append((output - output.mean(dim=(1, 2), keepdim=True)) * 2)
    print(f"{name:20} : image unie, {bool(patterns[-1].abs().max() < 1e-5)}")
plots.image_grid(
    torch.stack(patterns),
    "Un carrelage de blocs de quatre pixels, un damier de deux pixels, et un carré gris uni.",
    labels=list(layers),
    columns=3,
    scale=7,
    title="Entrée unie, sortie en damier",
)

# %% [markdown]
# Le damier naît avec les poids ; l'entraînement doit lui apprendre à se taire. La convolution après agrandissement n'a rien à corriger.
#
# ### La planche : cinq étapes d'un entraînement
#
# `wgan_gp_128_article` suit la recette de l'article : $\lambda = 10$, Adam à $10^{-4}$, pas d'augmentation. Voici le même bruit, au
# fil des pas du générateur.
#
# **Prédisez.** Qu'apparaît-il d'abord : les couleurs, la place de la fleur, ou les pétales ?

# %%
stages = zoo.montage("wgan_gp_128_article")
plots.image_grid(
    torch.cat([images[:1] for _, images in stages]),
    "De gauche à droite : un carrelage, des aplats, des taches, puis des fleurs aux bords déchiquetés.",
    labels=[f"{step} pas" for step, _ in stages],
    columns=5,
    scale=1,
)
recipe = zoo.card("wgan_gp_128_article")["recipe"]
settings = AdversarialConfig(**recipe["config"])
shares = [step / settings.steps for step in range(settings.steps)]
seen = sum(settings.critic_steps_at(share) for share in shares) * settings.batch_size
print(f"{recipe['images']} images ; la critique en a vu {seen}, soit {seen // recipe['images']} fois chacune")

# %% [markdown]
# D'abord le carrelage du pas de 4, puis le ciel et l'eau, puis la tache de couleur, enfin des pétales. Aucun n'est net. 68 images et
# une recette de 2017 donnent des fleurs de peintre, non des photographies : c'est à peu près ce que montre l'article.
#
# ### Doubler les images de la critique à mi-parcours
#
# L'article double, au milieu de l'entraînement, le nombre d'images que la critique voit. Dans le cours, c'est un calendrier de pas
# critiques : `critic_steps=((0.0, 5), (0.5, 10))`, soit 5 pas au début, 10 dès la moitié. Plus le générateur progresse, plus
# il faut une bonne critique pour lui montrer ce qui manque.
#
# Voici un entraînement court, à 32 pixels : une quinzaine de secondes. Le moniteur permet de l'interrompre, et de changer $\lambda$ ou
# le pas d'apprentissage en route.

# %% tags=["nbval-ignore-output"]
from lessons_lib.models import Generator
from lessons_lib.widgets.training_monitor import TrainingMonitor

small = open_dataset(SOURCE, n=68, size=32, seed=0)
torch.manual_seed(0)
generator, critic = Generator(size=32, latent=32, width=16), Critic(size=32, width=16)
schedule = ((0.0, 5), (0.5, 10))
config = AdversarialConfig(steps=100, batch_size=16, learning_rate=1e-3, critic_steps=schedule, average=0.9)
training = train_wgan_gp(generator, critic, small.images, config)
history = TrainingMonitor(training, title="68 lotus à 32 pixels").run()

counts = torch.tensor([config.critic_steps_at((index - 1) / config.steps) for index in history.index])
assert counts.sum() == 750, "50 pas à 5, puis 50 pas à 10"
print("images vues par la critique, par pas du générateur :", 16 * int(counts[0]), "puis", 16 * int(counts[-1]))

# %% [markdown]
# Cent pas ne font que des taches de la bonne couleur, au bon endroit. L'écart se lit comme en leçon 05 : il monte tant que la critique
# apprend à voir, et redescend quand le générateur la suit. Avec dix pas critiques, elle voit mieux : l'écart peut remonter un peu, sans
# que le générateur ait empiré.
#
# ## 9. Dans l'espace latent du générateur
#
# Un GAN n'a pas d'encodeur : aucune image n'a de code connu. **GANSpace** (Härkönen et coll. 2020) trouve pourtant des directions
# utiles, sans étiquettes : on tire des codes, on regarde ce que répond la première couche, et une ACP (leçon 01) donne les axes
# où elle varie le plus.
#
# Le générateur est ici `wgan_gp_64`, qui a appris 3 000 images de 64 pixels du jardin calme.
#
# **Prédisez.** Une direction trouvée sans étiquette changera-t-elle une seule chose à la fois ?

# %%
from lessons_lib.latent import FactorReader, principal_directions, regression_directions

wgan_gp, vae = zoo.load("wgan_gp_64"), zoo.load("vae_64")
axes = principal_directions(wgan_gp, 3, generator=torch.Generator().manual_seed(0))
z = 0.7 * torch.randn((1, 64), generator=torch.Generator().manual_seed(8))
walks = z + torch.linspace(-4, 4, 4)[:, None] * axes.vectors[:, None]  # (3, 4, 64)
with torch.inference_mode():
    flowers = wgan_gp(walks.flatten(0, 1))
plots.image_grid(
    flowers,
    "Trois lignes de quatre lotus : chaque ligne traverse la même fleur et change de couleur, de forme ou de fond.",
    rows=[f"axe {number}" for number in range(1, 4)],
    scale=1,
    title="Trois axes principaux, de −4 à 4 écarts types",
)
ends = flowers.unflatten(0, (3, 4))[:, [0, -1]]
print("chaque axe change l'image :", bool((ends[:, 0] - ends[:, 1]).abs().mean(dim=(1, 2, 3)).min() > 0.1))

# %% [markdown]
# Non : un axe change souvent la couleur et l'ouverture ensemble. L'ACP cherche ce qui varie le plus, non ce qui a un nom.
#
# ### Sous la main : le VAE et le WGAN-GP, côte à côte
#
# Pour obtenir des directions nommées, il faut connaître les facteurs. Ceux du jardin synthétique sont connus, mais personne ne
# connaît ceux d'une fleur engendrée : une régression les **lit** sur l'image, après avoir appris sur des lotus de synthèse.
#
# Le même curseur « ouverture » suit alors, dans chaque espace latent, la direction qui ouvre la fleur. Entre parenthèses, la qualité
# de la régression dans chacun : 1 est parfait.
#
# **Prédisez.** En allant loin, lequel des deux réseaux casse la fleur le premier ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus
from lessons_lib.widgets.latent_explorer import LatentExplorer

NAMES = {"openness": "ouverture", "tilt": "inclinaison", "size": "largeur"}
garden = SyntheticLotus(
    400, size=64, seed=0, fixed=CALM_GARDEN
)  # les facteurs n'existent que pour la source synthétique
known = {label: garden.factors[name] for name, label in NAMES.items()}
read = FactorReader(
    lambda images: vae.encode(images)[0], garden.images, known, generator=torch.Generator().manual_seed(0)
)
codes = torch.randn((500, 64), generator=torch.Generator().manual_seed(1))
with torch.inference_mode():
    mu = vae.encode(garden.images)[0]
    estimates = read(torch.cat([wgan_gp(part) for part in codes.split(50)]))
directions = {
    "VAE": regression_directions(mu, known, generator=torch.Generator().manual_seed(0)),
    "WGAN-GP": regression_directions(codes, estimates, generator=torch.Generator().manual_seed(0)),
}
decoders = {"VAE": vae.decode, "WGAN-GP": wgan_gp}
LatentExplorer(decoders, {"VAE": mu[3], "WGAN-GP": z}, directions=directions, limit=5.0, shown=3)

# %% [markdown]
# ## 10. Le tableau de marque
#
# Cinq réseaux du zoo, mêmes 3 000 images du jardin calme, même graine, même budget : 3 000 pas de 32 images. Voici trois tirages de
# chacun, puis six mesures sur 256 images (leçon 07), calculées d'avance :
#
# - **texture** : distance aux contours et aux grains de vraies images ; 0 au mieux ;
# - **Fréchet des lotus** : distance de ce qui est montré, lu par un réseau du cours ; 0 au mieux ;
# - **précision** (*precision*) : part des images engendrées qui ressemblent à de vraies ;
# - **rappel** (*recall*) et **couverture** (*coverage*) : part des vraies images que le générateur sait approcher, de deux façons ;
# - **voisins** : distance à la plus proche image apprise, celle d'une vraie image inconnue valant 1 ; 0 dénonce des copies.
#
# Après ±, l'**erreur type** : de combien la valeur bouge quand le même réseau tire 256 autres images.
#
# **Prédisez.** Lequel aura la meilleure précision ? Le meilleur rappel ? Sera-ce le même ?

# %%
NETWORKS = {"AE": "autoencoder_64", "VAE": "vae_64", "GAN": "gan_64", "WGAN": "wgan_64", "WGAN-GP": "wgan_gp_64"}
rows = []
for name in NETWORKS.values():
    network = zoo.load(name)
    draw = getattr(network, "decode", network)
    with torch.inference_mode():
        rows.append(
            draw(torch.randn((3, zoo.card(name)["recipe"]["latent"]), generator=torch.Generator().manual_seed(5)))
        )
plots.image_grid(
    torch.cat(rows),
    "Cinq lignes de trois tirages : taches et fleurs abîmées, fleurs floues, fleurs nettes toutes proches, puis plus variées.",
    rows=list(NETWORKS),
    scale=1,
    title="Trois tirages de chacun",
)

# %%
from IPython.display import Markdown, display

from lessons_lib.scoreboard import COLUMNS, ScoreTable

table = ScoreTable.read("06_tableau.csv")
display(Markdown(table.markdown("texture", "frechet", "precision", "recall", "coverage", "neighbours")))
plots.show(
    table.figure(title="Le WGAN-GP oublie le moins, le GAN est le plus précis, aucun ne copie"),
    "Six cadres, cinq rangs : le WGAN-GP a la plus petite texture, le plus petit Fréchet, le plus grand rappel et la plus "
    "grande couverture ; le GAN a la plus grande précision ; tous les rapports de voisins dépassent 1.",
)
DUELS = {"precision": [("GAN", "WGAN-GP")], "recall": [("WGAN-GP", "VAE"), ("WGAN-GP", "GAN"), ("GAN", "AE")]}
for key, first, second in ((key, *pair) for key, pairs in DUELS.items() for pair in pairs):
    one, two = table.rows[first], table.rows[second]
    gap, error = one.values[key] - two.values[key], (one.errors[key] ** 2 + two.errors[key] ** 2) ** 0.5
    print(
        f"{COLUMNS[key][0]:9} {first:>7} moins {second:7} : {gap:.2f} ± {error:.2f}, soit {gap / error:.1f} erreurs types"
    )

# %% [markdown]
# Un écart ne compte que s'il dépasse nettement son erreur : exigez deux erreurs types.
#
# Le WGAN-GP devance tous les autres en texture, en Fréchet et en couverture, bien au-delà des erreurs. En rappel, il est premier, mais
# trop près du VAE pour trancher ; entre le GAN et l'autoencodeur, rien ne tranche non plus.
#
# Le GAN a la meilleure précision, de plus de deux erreurs types. Mais ses fleurs se ressemblent, et son rappel le dit, loin sous celui
# du WGAN-GP.
#
# Le VAE se classe mieux que l'œil ne le ferait : son flou coûte moins cher, en texture, que le faux grain du GAN. Un tableau ne
# remplace pas le regard.
#
# Aucun réseau ne copie : les rapports de voisins dépassent 1, surtout celui de l'autoencodeur, dont les taches ne ressemblent à rien.
#
# L'erreur type ne dit rien d'un autre entraînement : il y faudrait plusieurs graines.

# %% [markdown]
# ## 11. La course : la recette de 2017 contre une recette frugale
#
# Le même WGAN-GP peut apprendre bien plus vite. La recette **frugale** garde la perte et la pénalité, et change l'économie :
#
# - **un** pas critique au lieu de cinq, et la pénalité un pas sur quatre, comptée quatre fois ;
# - des images translatées au hasard, vraies et fausses (leçon 08) : 68 images en paraissent des milliers ;
# - une **moyenne mobile exponentielle** (*exponential moving average*) des poids du générateur ;
# - un pas d'apprentissage plus grand, et l'agrandissement au lieu des convolutions transposées.
#
# La course a eu lieu d'avance : 68 lotus de 64 pixels, trois graines. Chaque recette a fait autant de pas que deux cœurs en font
# dans le temps indiqué.
#
# **Prédisez.** La recette de l'article court dix minutes. Combien de secondes faut-il à l'autre pour l'égaler à l'œil ?

# %%
import json
from pathlib import Path

import numpy as np
from PIL import Image

from lessons_lib.images import from_array

race = json.loads(Path("06_course.json").read_text(encoding="utf-8"))
sheet = from_array(np.asarray(Image.open("06_course.jpg")))  # (3, lignes × 64, 8 × 64)
tiles = sheet.unflatten(2, (8, 64)).unflatten(1, (len(race["rows"]), 64)).permute(1, 3, 0, 2, 4).flatten(0, 1)
plots.image_grid(
    tiles.unflatten(0, (-1, 8))[2:, :4].flatten(0, 1),
    "Trois lignes : taches de l'article à 120 s, fleurs simples de l'autre à 120 s, taches plus nettes de l'article à 600 s.",
    rows=[f"{recipe}\n{seconds} s" for recipe, seconds in race["rows"][2:]],
    scale=1,
    title="À secondes égales",
)
print("recette   secondes   pas   texture   rappel   voisins")
for row in race["results"]:
    print("{recipe:8} {seconds:9} {updates:5} {texture:9.1f} {recall:8.2f} {neighbours:9.2f}".format(**row))

# %% [markdown]
# Dès trente secondes, la texture de la recette frugale est meilleure que celle de l'autre en dix minutes ; à l'œil, comptez plutôt deux
# minutes. Lisez pourtant tout le tableau : après dix minutes, le rappel de l'article est le plus haut. Ses taches très variées passent
# près de beaucoup de vraies images ; les fleurs de l'autre, plus justes, n'en visitent encore qu'une petite part.
#
# La perte n'a pas changé. Ce qui a changé : près de quatre fois plus de pas du générateur dans le même temps, et ce que l'on tire de 68
# images.
#
# ## 12. Ce que change un GPU
#
# L'article compte deux nuits. Combien faudrait-il ici ? On mesure quelques pas critiques du réseau de l'article sur **votre**
# machine, on multiplie par le nombre de pas de sa recette, et on compare à la fiche du zoo, entraîné sur un GPU.
#
# **Prédisez.** Un quart d'heure, une heure, une nuit ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.models import ArticleCritic, ArticleGenerator

width, batch = recipe["width"], settings.batch_size
trial = AdversarialConfig(steps=2, batch_size=batch, critic_steps=4)
training = train_wgan_gp(ArticleGenerator(width=width), ArticleCritic(width=width), lotus.images, trial)
per_critic_step = min(step.seconds for step in training) / (trial.critic_steps + 0.5)  # le générateur : environ un demi
minutes = seen / batch * per_critic_step / 60
gpu = zoo.card("wgan_gp_128_article")
print(f"ici : {1000 * per_critic_step:.0f} ms par pas critique, soit {minutes:.0f} minutes pour toute la recette")
print(
    f"GPU de la fiche : {gpu['seconds'] / 60:.0f} minutes, environ {60 * minutes / gpu['seconds']:.0f} fois plus vite"
)

# %% [markdown]
# Un GPU ne change ni ce qui est appris, ni le code : il divise l'attente, et laisse essayer davantage de réglages. Le gain est grand à
# 128 pixels, faible sur les huit gaussiennes. Écrivez `AdversarialConfig(device="cuda")`, ou `"mps"` sur un Mac.
#
# ## En résumé
#
# - La meilleure critique a une pente de 1 sur les trajets du transport ; WGAN-GP le demande sur des segments tirés au hasard.
# - Quatre gestes : mélanger, noter, dériver par rapport aux pixels, pénaliser. Une dose et une norme par image,
#   `create_graph=True`.
# - Pas de normalisation par lot dans une critique pénalisée.
# - $\lambda$ se règle à l'échelle des données. Nul, la critique s'échappe : l'écart change de signe et sort du cadre.
# - L'article : cinq couches, dont une de pas 4 ; le damier des convolutions transposées ; 5 puis 10 pas critiques.
# - Un réseau se juge à plusieurs mesures et à l'œil, à budget égal.
#
# ## Quiz
#
# Huit questions ; chaque réponse est expliquée.

# %%
from lessons_lib.widgets.quiz import Quiz

Quiz("06")

# %% [markdown]
# ## À vous : l'exercice
#
# Écrivez la pénalité geste par geste, réparez un étage de critique, suivez le calendrier de l'article, trouvez la ligne fausse d'un
# tutoriel, tenez la moyenne mobile du générateur et mesurez son progrès : [exercice 06](../exercises/06_wgan_gp.ipynb). La vérification
# nomme les fautes courantes. La [solution](../solutions/06_wgan_gp.ipynb) est à côté.
#
# ## Sources
#
# - I. Gulrajani et coll., « Improved Training of Wasserstein GANs », NeurIPS, 2017,
#   [arXiv:1704.00028](https://arxiv.org/abs/1704.00028) : la pente de 1 (proposition 1), la pénalité (équation 3), l'algorithme 1, BatchNorm (section 4).
# - A. Odena, V. Dumoulin et C. Olah, « Deconvolution and Checkerboard Artifacts », *Distill*, 2016,
#   <https://distill.pub/2016/deconv-checkerboard/>.
# - E. Härkönen et coll., « GANSpace : Discovering Interpretable GAN Controls », NeurIPS, 2020,
#   [arXiv:2004.02546](https://arxiv.org/abs/2004.02546) : la section 2.
# - T. Kynkäänniemi et coll., « Improved Precision and Recall Metric for Assessing Generative Models », NeurIPS, 2019,
#   [arXiv:1904.06991](https://arxiv.org/abs/1904.06991).
# - S. Zhao et coll., « Differentiable Augmentation for Data-Efficient GAN Training », NeurIPS, 2020,
#   [arXiv:2006.10738](https://arxiv.org/abs/2006.10738) : la translation.
#
# Détails et lectures : [ressources](../course/ressources.md).
