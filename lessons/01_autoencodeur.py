# %% [markdown]
# # 01 · L'autoencodeur
#
# **Durée :** 60 minutes. **Prérequis :** la leçon [00 · Premiers pas](00_premiers_pas.ipynb) ; savoir ce que sont un réseau
# de neurones, une perte et un gradient.
#
# **À la fin de cette leçon, vous saurez :**
#
# - expliquer pourquoi un goulot d'étranglement oblige un réseau à résumer une image ;
# - écrire et lire une perte de reconstruction ;
# - reconnaître dans l'analyse en composantes principales le cas linéaire de l'autoencodeur ;
# - débruiter une image, et lire une carte de l'espace latent ;
# - montrer pourquoi un point tiré au hasard dans cet espace ne donne pas toujours une fleur.
#
# Pour travailler sur vos propres photographies, remplacez `SOURCE` par le chemin de leur dossier. La graine 1 dessine des
# fleurs que les réseaux livrés avec le cours n'ont jamais vues. Le premier dessin prend une dizaine de secondes.

# %% tags=["nbval-ignore-output"]
import torch
from torch import nn

from lessons_lib import plots
from lessons_lib.lotus import CALM_GARDEN
from lessons_lib.photos import open_dataset

SOURCE = "synthetique"  # ou "oxford", ou le chemin d'un dossier de photographies
lotus = open_dataset(SOURCE, n=600, size=64, seed=1, fixed=CALM_GARDEN)

images = lotus.images
cut = len(images) * 5 // 6
train, held_out = images[:cut], images[cut:]
print(f"pour apprendre : {tuple(train.shape)}    mises de côté : {tuple(held_out.shape)}")

# %% [markdown]
# ## 1. Un sablier pour images
#
# Décrivez une fleur au téléphone, à quelqu'un qui doit la repeindre. Vous ne dictez pas 12 288 nombres. Vous dites :
# rose, grande ouverte, vue de biais, trois feuilles, eau turquoise. Peu de mots, bien choisis.
#
# Un **autoencodeur** (*autoencoder*) apprend à faire les deux métiers. L'**encodeur** résume l'image $x$ en un court
# vecteur $z$, son **code latent** (*latent code*). Le **décodeur** la repeint à partir de $z$ seul, et rend
# $\hat{x}$. On demande que $\hat{x}$ ressemble à $x$.
#
# Recopier serait facile si $z$ était grand. On le prend donc petit : c'est le **goulot d'étranglement** (*bottleneck*).
# Pour passer, il faut choisir quoi garder.
#
# **Prédisez.** Une image compte 3 × 64 × 64 nombres, et le code 32. Par combien l'image est-elle comprimée ? Et la
# première couche de l'encodeur comprime-t-elle déjà ?

# %%
from math import prod

from lessons_lib import zoo
from lessons_lib.models import Autoencoder

autoencoder = zoo.load("autoencoder_64")
flower = held_out[:1]

shapes, h = [tuple(flower.shape[1:])], flower
for layer in [*autoencoder.encoder, *autoencoder.decoder]:
    h = layer(h)
    if isinstance(layer, (nn.Conv2d, nn.Unflatten)) or h.shape[1:] == (autoencoder.latent,):
        shapes.append(tuple(h.shape[1:]))
bottleneck = shapes.index((autoencoder.latent,))
numbers = [prod(shape) for shape in shapes]
print("nombres après chaque étage :", numbers)
print("taux de compression :", numbers[0] // numbers[bottleneck])

# %%
from matplotlib.patches import Rectangle

from lessons_lib.images import to_array

drawing, ax = plots.figure(9.6, 3.3)
left, last = 0, len(shapes) - 1
names = {0: "image $x$", bottleneck: "code $z$", last: r"image $\hat{x}$"}
for rank, shape in enumerate(shapes):
    side = shape[-1]
    width = {0: 64, bottleneck: 5, last: 64}.get(rank, 4 + shape[0] / 10)
    box = (left, left + width, -side / 2, side / 2)
    if rank in (0, last):
        ax.imshow(to_array(flower[0] if rank == 0 else h[0]), extent=box)
    elif rank == bottleneck:
        ax.imshow(autoencoder.encode(flower).T, extent=box, aspect="auto", cmap="PuOr")
    else:
        colour = plots.PALETTE["real" if rank < bottleneck else "generated"]
        ax.add_patch(Rectangle((left, -side / 2), width, side, facecolor=colour, alpha=0.75))
    label = f"{side}" if rank == bottleneck else f"{shape[0]}\n{side}×{side}"
    ax.text(left + width / 2, -side / 2 - 2, label, ha="center", va="top", fontsize=7.5)
    ax.text(left + width / 2, side / 2 + 2, names.get(rank, ""), ha="center")
    left += width + 9
ax.set_axis_off()
ax.set(xlim=(-2, left), ylim=(-44, 38), aspect="equal", title="Le décodeur ne connaît de l'image que son code $z$")
plots.show(drawing, alt="Un sablier : une fleur, des blocs de plus en plus petits, un trait, puis le chemin inverse.")

# %% [markdown]
# La hauteur d'un bloc est le côté de ses images ; sa largeur croît avec leur nombre. L'encodeur est en bleu-vert, le
# décodeur en rose, et chaque case du trait central est un des 32 nombres de $z$.
#
# La compression est d'un facteur 384. Pourtant la première couche *élargit* : 32 768 nombres pour en résumer 12 288. Ce
# n'est donc pas la profondeur qui force à résumer, mais le point le plus étroit.
#
# ## 2. La perte de reconstruction
#
# Il faut un nombre qui dise à quel point $\hat{x}$ s'écarte de $x$. La **perte de reconstruction** (*reconstruction loss*)
# est la norme au carré de leur différence :
#
# $$\ell(x, \hat{x}) = \|x - \hat{x}\|^2 = \sum_{i} (x_i - \hat{x}_i)^2$$
#
# En mots : pour chaque pixel et chaque canal, l'écart au carré ; puis la somme sur toute l'image. Sur un lot, on prend la
# moyenne des images. La voici en entier.


# %% tags=["lib:lessons_lib.losses.squared_error"]
def squared_error(x_hat, x):  # deux lots d'images, (N, 3, H, W)
    return (x - x_hat).square().flatten(1).sum(dim=1).mean()


# %% [markdown]
# **Prédisez.** Sur deux images noires, une seule valeur est fausse : elle vaut 0 au lieu de −1. Que vaut la perte ? Et si
# toutes les valeurs étaient fausses d'autant ?

# %%
black = -torch.ones(2, 3, 64, 64)
one_wrong = black.clone()
one_wrong[0, 0, 10, 10] = 0.0
print("une valeur fausse de 1     :", squared_error(one_wrong, black).item())
print("toutes fausses de 1        :", squared_error(black + 1, black).item())
mean_everywhere = nn.functional.mse_loss(black + 1, black).item()
print("avec mse_loss de PyTorch   :", mean_everywhere, "(la moyenne porte aussi sur les pixels)")

# %% [markdown]
# Une valeur fausse de 1 sur l'une des deux images : ½, puisque la moyenne porte sur le lot. Toutes fausses de 1 : 12 288, le
# nombre de valeurs d'une image. Le cours **somme** toujours sur les pixels ; la leçon 02 montre ce qu'il en coûte de l'oublier.
#
# ## 3. Un pas d'entraînement
#
# Reconstruire, mesurer, corriger. Le pas reçoit deux lots : `x`, les images à retrouver, et `noisy`, celles que l'on
# donne au réseau. Pour l'instant, ce sont les mêmes.


# %% tags=["lib:lessons_lib.training.autoencoder_step"]
def autoencoder_step(model, optimizer, x, noisy):
    x_hat = model(noisy)  # encoder, puis décoder
    loss = squared_error(x_hat, x)
    optimizer.zero_grad()
    loss.backward()  # le gradient traverse le décodeur, z, puis l'encodeur
    optimizer.step()
    return {"loss": loss.detach()}


# %% [markdown]
# Aucune étiquette : l'image est à la fois la question et la réponse. Voilà pourquoi l'on parle d'**auto**encodeur.
#
# ## 4. Un cas dont on connaît la réponse
#
# Retirons tout ce qui complique : plus de convolutions, plus de courbes. Un autoencodeur **linéaire** résume des points du
# plan, deux nombres, en un seul.
#
# **Prédisez.** Avec un seul nombre, le décodeur ne peut atteindre que les points d'une droite. Laquelle choisira-t-il ?

# %%
generator = torch.Generator().manual_seed(0)
along = torch.randn(120, 1, generator=generator)
points = along * torch.tensor([[1.6, 0.8]]) + 0.3 * torch.randn(120, 2, generator=generator)
points -= points.mean(dim=0)

torch.manual_seed(0)
line = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Linear(1, 2, bias=False))  # (N, 2) -> (N, 1) -> (N, 2)
optimizer = torch.optim.Adam(line.parameters(), lr=0.02)
errors = [autoencoder_step(line, optimizer, points, points)["loss"] for _ in range(600)]

learned = nn.functional.normalize(line[1].weight[:, 0].detach(), dim=0)
_, singular, directions = torch.linalg.svd(points, full_matrices=False)
angle = torch.rad2deg(torch.acos((learned @ directions[0]).abs().clamp(max=1)))
print("angle entre la droite apprise et le premier axe, sous 0,5° :", bool(angle < 0.5))
print(f"perte finale / erreur de l'ACP : {errors[-1] / (singular[1] ** 2 / len(points)):.2f}")

drawing, ax = plots.figure(6.4, 3.2)
projected = line(points).detach()
ax.plot(*torch.stack([points, projected]).permute(2, 0, 1), color=plots.PALETTE["prior"], linestyle="-", linewidth=0.6)
ax.scatter(*points.T, s=14, color=plots.PALETTE["real"], label="les points $x$")
ax.scatter(*projected.T, s=9, color=plots.PALETTE["generated"], marker="^", label=r"les reconstructions $\hat{x}$")
ax.set(aspect="equal", xlabel="$x_0$", ylabel="$x_1$", title="La droite apprise est celle du plus grand étalement")
ax.legend(loc="lower right", fontsize=9)
plots.show(drawing, alt="Un nuage allongé ; les reconstructions sont alignées sur son grand axe.")

# %% [markdown]
# C'est la droite qui laisse les plus petits écarts (les traits gris) : le grand axe du nuage.
#
# Cette réponse est connue depuis plus d'un siècle. L'**analyse en composantes principales**, ou ACP (*principal component analysis*,
# PCA), trouve les axes le long desquels un nuage s'étale le plus. On les lit dans une **décomposition en valeurs singulières**
# (SVD), sans gradient ni patience. Le théorème d'Eckart et Young dit davantage : avec $k$ nombres par point, **aucun**
# résumé linéaire ne fait mieux que les $k$ premiers axes.
#
# ## 5. L'ACP des lotus
#
# Une image est un point dans un espace à 12 288 dimensions. Cherchons les grands axes du nuage des lotus. La
# décomposition prend quelques secondes.

# %%
flat = train.flatten(1)  # (N, 12288)
mean = flat.mean(dim=0)
_, singular, components = torch.linalg.svd(flat - mean, full_matrices=False)  # un axe par ligne


def pca(x, k):
    z = (x.flatten(1) - mean) @ components[:k].T  # encoder : (N, 12288) -> (N, k)
    return (mean + z @ components[:k]).view_as(x)  # décoder : (N, k) -> (N, 3, 64, 64)


left_over = singular[32:].square().sum() / len(flat)
ratio = squared_error(pca(train, 32), train) / left_over
print(f"erreur de l'ACP / ce que portaient les axes écartés : {ratio:.2f}")
shift = 2 * singular[:6, None] / len(flat) ** 0.5 * components[:6]  # deux écarts types le long de chaque axe
plots.image_grid(
    torch.cat([mean - shift, mean + shift]).view(-1, 3, 64, 64),
    alt="Six colonnes de fleurs fantômes, claires ou sombres, violettes ou jaunes, sur une eau verte ou bleue.",
    columns=6,
    scale=1,
    rows=["moyenne − 2 σ", "moyenne + 2 σ"],
    title="Les six premiers axes : des couleurs et des lumières",
)

# %% [markdown]
# L'image moyenne, poussée de deux écarts types le long de chaque axe, dans un sens puis dans l'autre. Le premier axe oppose
# les fleurs pâles aux fleurs sombres ; d'autres, des eaux et des heures. Aucun ne s'appelle « ouverture » : ouvrir une fleur n'est pas
# ajouter une image à une autre.
#
# **Prédisez.** Combien d'axes faut-il pour laisser moins d'un tiers de l'erreur : 3, 30 ou 300 ?

# %%
counts = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]
curves = {
    name: torch.stack([squared_error(pca(x, k), x) for k in counts])
    for name, x in (("images apprises", train), ("images mises de côté", held_out))
}
drawing, ax = plots.figure(7, 3.1)
for (name, curve), colour in zip(curves.items(), ("prior", "real"), strict=True):
    share = 100 * curve / curve[0]
    ax.plot(range(len(counts)), share, marker="o", markersize=4, color=plots.PALETTE[colour])
    ax.text(len(counts) - 0.85, share[-1], name, color=plots.PALETTE[colour], va="center")
ax.set_xticks(range(len(counts)), counts)
ax.set(xlabel="nombre d'axes gardés", ylabel="erreur restante (%)", xlim=(-0.3, 12), ylim=(0, 105))
ax.set_title("Les premiers axes servent à toutes les images, les derniers aux seules images apprises")
plots.show(drawing, alt="Deux courbes décroissantes qui se séparent après 32 axes ; l'une va à zéro, l'autre non.")
kept = curves["images mises de côté"][6] / curves["images mises de côté"][0]
print("avec 32 axes, il reste moins d'un tiers de l'erreur :", bool(kept < 1 / 3))

# %% [markdown]
# Une trentaine. Après 32 axes, les deux courbes se quittent : les axes suivants décrivent les fleurs apprises une par une et servent
# moins aux autres. D'où la règle, pour tout ce qui suit : **on mesure sur des images mises de côté**.
#
# ### L'autoencodeur linéaire retrouve l'ACP
#
# Même pari qu'avec la droite, sur de vraies images : les lotus réduits à 8 × 8 pixels (192 nombres), quatre nombres au
# goulot. Eckart et Young fixent un plancher. L'entraînement dure une à deux secondes.

# %%
small = nn.functional.avg_pool2d(train, 8).flatten(1)  # (N, 192)
small = small - small.mean(dim=0)
floor = torch.linalg.svdvals(small)[4:].square().sum() / len(small)

torch.manual_seed(0)
linear = nn.Sequential(nn.Linear(192, 4, bias=False), nn.Linear(4, 192, bias=False))
optimizer = torch.optim.Adam(linear.parameters(), lr=3e-3)
errors = torch.stack([autoencoder_step(linear, optimizer, small, small)["loss"] for _ in range(1000)])

drawing, ax = plots.figure(7, 2.8)
ax.plot(errors, color=plots.PALETTE["generated"])
ax.axhline(floor, color=plots.PALETTE["real"], linestyle="--")
ax.text(1000, floor * 0.93, "le plancher : l'ACP, 4 axes", color=plots.PALETTE["real"], ha="right", va="top")
ax.set(xlabel="pas", ylabel="perte", ylim=(0.6 * floor, None))
ax.set_title("L'autoencodeur linéaire descend jusqu'à l'ACP, jamais plus bas")
plots.show(drawing, alt="Une courbe descend jusqu'à une droite horizontale et s'y pose.")
print("jamais sous le plancher :", bool(errors.min() > 0.9999 * floor))
print("à 2 % du plancher à la fin :", bool(errors[-1] < 1.02 * floor))

# %% [markdown]
# Mille pas de gradient pour retrouver ce qu'une décomposition donne d'un coup : sur un problème linéaire, l'autoencodeur n'a
# rien à gagner. Pour passer sous le plancher, il lui faut des **courbes**, celles que tracent les fonctions d'activation
# entre ses couches.
#
# ## 6. Un court entraînement
#
# 300 pas sur 500 images, avec un réseau étroit : une quinzaine de secondes sur deux cœurs. Un passage sur toutes les images
# s'appelle une **époque** (*epoch*) ; il y en a ici une vingtaine. Le **pas d'apprentissage** (*learning rate*), dit ailleurs
# « taux d'apprentissage », vaut 0,003. Le bouton ■ interrompt sans rien perdre.
#
# **Prédisez.** Après 300 pas, que reconnaîtra-t-on : la couleur de l'eau, la place de la fleur, le nombre de pétales ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.observers import live_curves, progress, record
from lessons_lib.training import TrainingConfig, train_autoencoder

torch.manual_seed(0)
short = Autoencoder(size=64, latent=32, width=8)
config = TrainingConfig(steps=300, learning_rate=3e-3, decay=True)
history = record(live_curves(progress(train_autoencoder(short, train, config))))

with torch.inference_mode():
    rebuilt = {"original": held_out, "300 pas": short(held_out)}
plots.image_grid(
    torch.cat([x[:6] for x in rebuilt.values()]),
    alt="Six lotus, et au-dessous six taches floues de la bonne couleur, à la bonne place.",
    columns=6,
    scale=1,
    rows=list(rebuilt),
    title="Après 300 pas : des taches, pas encore des pétales",
)

# %% [markdown]
# Ce qui couvre le plus de pixels est appris d'abord : l'eau, la lumière, la tache de la fleur. C'est la norme au carré qui le
# veut. Un pétale ne pèse que ses pixels, si important qu'il soit pour l'œil.
#
# ## 7. Un long entraînement
#
# Le même code, un réseau plus large, davantage d'images et de pas : le **zoo** du cours garde le résultat. Vous pourrez
# le refaire par `python3 -m course entrainer autoencoder_64`.
#
# **Prédisez.** Trente-deux nombres par image pour tout le monde. Classez, du pire au meilleur : l'ACP, le court
# entraînement, le long.

# %%
recipe = zoo.card("autoencoder_64")["recipe"]
print(
    f"{recipe['images']} images, {recipe['config']['steps']} pas, goulot de {recipe['latent']}, largeur {recipe['width']}"
)

with torch.inference_mode():
    rebuilt |= {"ACP, 32 axes": pca(held_out, 32), "zoo": autoencoder(held_out)}
order = ["original", "300 pas", "ACP, 32 axes", "zoo"]
plots.image_grid(
    torch.cat([rebuilt[name][:6] for name in order]),
    alt="Six lotus ; taches floues ; fantômes ; reconstructions où l'on reconnaît chaque fleur.",
    columns=6,
    scale=1,
    rows=order,
    title="Avec 32 nombres par image, jamais vue pendant l'apprentissage",
)
error = {name: squared_error(rebuilt[name], held_out).item() for name in order[1:]}
print("du pire au meilleur :", " < ".join(sorted(error, key=error.get, reverse=True)))

# %% [markdown]
# Trois cents pas ne battent pas l'ACP : la meilleure méthode linéaire est un adversaire sérieux, et elle répond sans entraînement.
# Le long entraînement la dépasse, avec le même nombre de nombres.
#
# Regardez *comment* elles se trompent. L'ACP superpose : autour de la fleur flottent les restes d'autres fleurs. L'autoencodeur
# choisit une fleur et l'arrondit.
#
# Soyons justes : le zoo a vu bien plus d'images que cette ACP.

# %% [markdown]
# ### Combien de nombres au goulot ?
#
# Trois réseaux identiques, sauf le goulot : 1, 2 et 32 nombres. Les images sont réduites à 32 × 32 pixels pour que les
# trois entraînements tiennent en une quinzaine de secondes.
#
# **Prédisez.** Avec **un** nombre, de quoi auront l'air toutes les reconstructions ? Que choisira de dire le réseau, s'il
# n'a droit qu'à un nombre ?

# %% tags=["nbval-ignore-output"]
half, half_held_out = (nn.functional.avg_pool2d(x, 2) for x in (train, held_out))
narrow = {}
for latent in (1, 2, 32):
    torch.manual_seed(0)
    narrow[latent] = Autoencoder(size=32, latent=latent, width=8)
    config = TrainingConfig(steps=300, learning_rate=3e-3, decay=True)
    record(progress(train_autoencoder(narrow[latent], half, config), f"goulot de {latent}"))
with torch.inference_mode():
    rebuilt = {latent: model(half_held_out) for latent, model in narrow.items()}
plots.image_grid(
    torch.cat([half_held_out[:6], *(x[:6] for x in rebuilt.values())]),
    alt="Six lotus ; avec un nombre, des taches du pâle au sombre ; le détail croît avec le goulot.",
    columns=6,
    scale=2,
    rows=["original", *(f"goulot : {latent}" for latent in narrow)],
    title="Plus le goulot est large, plus les fleurs se distinguent",
)
error = [squared_error(x, half_held_out) for x in rebuilt.values()]
print("l'erreur baisse à chaque élargissement :", error == sorted(error, reverse=True))

# %% [markdown]
# Avec un nombre, toutes les reconstructions se rangent sur un même fil, du pâle au sombre : ce qui change le plus de pixels, comme le
# premier axe de l'ACP. Chaque nombre de plus achète un détail plus petit que le précédent.
#
# ## 8. Débruiter
#
# Changeons une seule chose : donnons au réseau une image **bruitée**, et demandons-lui l'image **propre**. C'est l'autoencodeur
# débruiteur (*denoising autoencoder*) : `noisy` n'est plus `x`. Repartons du court entraînement, pour 150 pas, soit une
# dizaine de secondes.
#
# **Prédisez.** Le réseau appris *sans* bruit sait-il déjà débruiter, grâce à son goulot ?

# %% tags=["nbval-ignore-output"]
from copy import deepcopy

denoiser = deepcopy(short)
config = TrainingConfig(steps=150, learning_rate=2e-3, decay=True, noise=0.7)
record(progress(train_autoencoder(denoiser, train, config)))

noisy = held_out + 0.7 * torch.randn(held_out.shape, generator=torch.Generator().manual_seed(0))
with torch.inference_mode():
    cleaned = {"bruitée": noisy, "appris sans bruit": short(noisy), "appris avec bruit": denoiser(noisy)}
plots.image_grid(
    torch.cat([x[:5] for x in cleaned.values()]),
    alt="Cinq lotus couverts de grains, puis deux lignes de fleurs floues sans grains.",
    columns=5,
    scale=1,
    rows=list(cleaned),
    title="Le bruit ne passe pas le goulot",
)
error = {name: squared_error(x, held_out).item() for name, x in cleaned.items()}
print("le goulot seul divise l'erreur par plus de 3 :", error["appris sans bruit"] < error["bruitée"] / 3)
print("apprendre avec du bruit la réduit encore     :", error["appris avec bruit"] < error["appris sans bruit"])

# %% [markdown]
# Le bruit est différent à chaque pixel : aucun code de 32 nombres ne peut le décrire, donc il ne ressort pas. Apprendre
# avec du bruit fait mieux encore : l'encodeur cesse de s'y laisser prendre.
#
# ## 9. La carte de l'espace latent
#
# L'ensemble des codes possibles s'appelle l'**espace latent**. Avec deux nombres au goulot, il tient sur une page. Dans
# ce jardin simplifié, seules la variété et l'ouverture changent : deux facteurs, connus parce que les fleurs sont de synthèse.
#
# **Prédisez.** Le réseau n'a reçu que des images. Rangera-t-il ensemble les fleurs de même couleur ?
#
# **À manipuler.** Chaque marque est une image encodée. Déplacez la souris : le point visé est décodé aussitôt. Un clic épingle ; hors
# de la carte, l'image épinglée revient. Le menu change la couleur des marques. Suivez un bouton qui s'ouvre, puis sortez du nuage.

# %% tags=["nbval-ignore-output"]
from lessons_lib.lotus import SIMPLE_GARDEN, VARIETIES, VARIETY_COLOURS, SyntheticLotus
from lessons_lib.widgets.latent_map import LatentMap

simple = SyntheticLotus(300, size=64, seed=1, fixed=SIMPLE_GARDEN)
mapper = zoo.load("autoencoder_64_2d")
codes = mapper.encode(simple.images)  # (300, 2)
variety = [VARIETIES[name] for name in simple.factors["variety"]]
low, high = codes.amin(dim=0), codes.amax(dim=0)
(a, b), reach = ((low + high) / 2).tolist(), 0.6 * float((high - low).max())

LatentMap(
    mapper.decode,
    codes,
    images=simple.images,
    colour_by={"Variété": variety, "Ouverture": simple.factors["openness"]},
    palette=VARIETY_COLOURS,
    start=tuple(codes[0].tolist()),
    limits=(a - reach, a + reach, b - reach, b + reach),
    prior=False,
    title="L'espace latent de l'autoencodeur, sous la souris",
)

# %% [markdown]
# Chaque variété trace un chemin, du bouton à la pleine fleur. Personne n'a parlé de variété au réseau : mettre côte à côte
# les images semblables est la façon la moins coûteuse de les reconstruire.
#
# Entre les chemins, des régions vides. Que deviennent les images, là où aucune fleur n'a été encodée ?
#
# ### Trente-deux dimensions
#
# Au-delà de deux dimensions, plus de carte, mais des curseurs. Ceux-ci partent du code d'une vraie fleur de `autoencoder_64` ; les
# dimensions qui varient le plus viennent d'abord. Bougez-en une : que change-t-elle ? Souvent, plusieurs choses à la
# fois. Puis essayez *Nouveau tirage*, qui prend $z$ au hasard.

# %%
from lessons_lib.widgets.latent_explorer import LatentExplorer

all_codes = autoencoder.encode(train)  # (500, 32)
LatentExplorer(
    autoencoder.decode,
    all_codes[:1],
    importance=all_codes.var(dim=0),
    limit=3 * float(all_codes.std(dim=0).max()),
    original=train[0],
    title="Un curseur par nombre du code ; à côté, l'image de départ",
)

# %% [markdown]
# ## 10. Le problème : tirer au hasard
#
# Un modèle génératif rend des images neuves. Le décodeur en est presque un : il suffit de lui donner un $z$. Mais lequel ?
#
# Premier essai : un point au hasard dans le rectangle qui entoure tous les codes de la carte. Huit tirages, dans l'ordre où ils
# viennent. Pour chacun, on mesure la distance au code le plus proche, en prenant pour unité l'écart habituel entre un code et son voisin (« éc. » au-dessus de l'image).
#
# **Prédisez.** Sur huit tirages, combien de belles fleurs ?

# %%
between = torch.cdist(codes, codes).fill_diagonal_(torch.inf)  # distance de chaque code à chaque autre
same = [mine == variety[other] for mine, other in zip(variety, between.argmin(dim=1), strict=True)]
print("deux codes voisins sont de la même variété, plus de 8 fois sur 10 :", sum(same) > 0.8 * len(same))

generator = torch.Generator().manual_seed(5)
drawn = low + (high - low) * torch.rand(8, 2, generator=generator)

drawing, ax = plots.figure(6.6, 3.6)
ax.scatter(*codes.T, s=12, color=plots.PALETTE["real"])
for number, point in enumerate(drawn, start=1):
    nearest = codes[torch.cdist(point[None], codes).argmin()]
    ax.plot(*torch.stack([point, nearest]).T, color=plots.PALETTE["generated"], linestyle=":", linewidth=1)
    badge = {"boxstyle": "circle,pad=0.22", "facecolor": plots.PALETTE["generated"], "edgecolor": "white"}
    ax.text(*point, str(number), color="white", ha="center", va="center", fontsize=8.5, fontweight="bold", bbox=badge)
ax.set(xlabel="$z_0$", ylabel="$z_1$", title="Un tirage au hasard tombe le plus souvent dans un trou")
plots.show(drawing, alt="Des codes groupés en chemins, et huit tirages numérotés, la plupart loin de tout code.")

# %%
unit = between.amin(dim=1).median()  # l'écart habituel entre un code et son voisin
distance = torch.cdist(drawn, codes).amin(dim=1) / unit
plots.image_grid(
    mapper.decode(drawn),
    alt="Les huit tirages décodés : des fleurs près des codes, des couleurs mêlées et des pétales tachés ailleurs.",
    columns=8,
    scale=1,
    labels=[f"{number} : {d:.0f} éc." for number, d in enumerate(distance, start=1)],
    title="Près d'un code, une fleur ; loin, le décodeur improvise",
)
many = low + (high - low) * torch.rand(2000, 2, generator=generator)
far = torch.cdist(many, codes).amin(dim=1) / unit > 3
print("plus d'un tirage sur deux à plus de 3 écarts de tout code :", bool(far.float().mean() > 0.5))

# %% [markdown]
# Près d'un code, une fleur. Loin, des couleurs que le jardin n'a pas, des pétales tachés, des boutons rayés. Sur une carte aussi petite,
# le décodeur prolonge assez bien ce qu'il connaît. Mais rien ne l'y oblige : il n'a jamais décodé que des codes d'images, et la perte ne
# dit rien du reste de l'espace.
#
# ### En 32 dimensions
#
# Recommençons avec `autoencoder_64`, et trois façons de tirer : la loi normale $\mathcal{N}(0, I)$ ; l'uniforme dans la boîte
# des codes ; une loi normale ajustée, dimension par dimension, à leur moyenne et à leur écart type.
#
# **Prédisez.** Laquelle donnera les meilleures images ?

# %%
centre, spread = all_codes.mean(dim=0), all_codes.std(dim=0)
lowest, highest = all_codes.amin(dim=0), all_codes.amax(dim=0)
epsilon = torch.randn(500, 32, generator=generator)
draws = {
    "N(0, I)": epsilon,
    "uniforme": lowest + (highest - lowest) * torch.rand(500, 32, generator=generator),
    "normale ajustée": centre + spread * epsilon,
}
plots.image_grid(
    torch.cat([autoencoder.decode(z[:6]) for z in draws.values()]),
    alt="Première ligne, des taches ; deuxième, des fleurs déchirées ; troisième, des fleurs presque justes.",
    columns=6,
    scale=1,
    rows=list(draws),
    title="Trois façons de tirer z : aucune ne rend un lotus à coup sûr",
)
print("les codes ont l'échelle de N(0, I) :", bool(((spread - 1).abs() < 0.2).all()))

# %% [markdown]
# La loi ajustée s'approche du jardin : elle connaît la place et l'échelle des codes. Il lui manque encore quelque chose. Trois
# causes se mêlent :
#
# - **on ne sait pas où sont les codes** : rien n'a fixé leur échelle ni leur centre ;
# - **l'espace a des trous** : entre deux codes voisins, rien n'oblige le décodeur à rendre une fleur ;
# - **les dimensions vont ensemble** : tirer chacune à part, même avec la bonne moyenne et le bon écart type, défait leurs
#   liaisons. C'est l'échec des pixels tirés un à un, dans la leçon 00, un étage plus haut.
#
# La leçon 02 les règle d'un même geste : remplacer le point par un nuage, et demander aux nuages de remplir une loi connue.

# %% [markdown]
# ## 11. Deux échecs, exprès
#
# Deux fautes courantes, et deux courbes à savoir lire. La première oublie la conversion : les images restent dans [0, 255].
# La seconde prend un pas d'apprentissage de 1, trois cents fois trop grand. Quelques secondes.
#
# **Prédisez.** Le décodeur finit par une tangente hyperbolique, qui rend des valeurs entre −1 et 1. À quoi ressembleront ses
# images dans chaque cas ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.images import to_uint8

attempts = {
    "entraînement sain": (train, 3e-3),
    "images dans [0, 255]": (to_uint8(train).float(), 3e-3),
    "pas d'apprentissage de 1": (train, 1.0),
}
runs = {}
for name, (x, rate) in attempts.items():
    torch.manual_seed(0)
    model = Autoencoder(size=64, latent=32, width=8)
    run = record(progress(train_autoencoder(model, x, TrainingConfig(steps=30, learning_rate=rate)), name))
    with torch.inference_mode():
        runs[name] = torch.tensor(run.losses["loss"]), model(x[:6])

# %%
drawing, frames = plots.figure(8.4, 2.5, 1, 3)
for ax, (name, (losses, x_hat)), colour in zip(frames, runs.items(), ("real", "generated", "critic"), strict=True):
    ax.plot(losses / losses[0], color=plots.PALETTE[colour])
    ax.set(title=name, xlabel="pas", ylim=(0, 2 * (losses / losses[0]).max()))
    picture = ax.inset_axes([0.6, 0.56, 0.4, 0.42])
    picture.imshow(to_array(x_hat[0]))
    picture.set(xticks=[], yticks=[])
    picture.spines[:].set_visible(True)
frames[0].set_ylabel("perte / perte de départ")
plots.show(
    drawing,
    alt="Une courbe descend, une reste plate avec une image blanche, une bondit et se fige sur un aplat de couleur.",
)
ceiling = squared_error(torch.ones(6, 3, 64, 64), attempts["images dans [0, 255]"][0][:6])
white = squared_error(runs["images dans [0, 255]"][1], attempts["images dans [0, 255]"][0][:6])
print("[0, 255] : on ne fait pas mieux que du blanc partout :", bool((white / ceiling - 1).abs() < 0.05))
frozen = runs["pas d'apprentissage de 1"]
print("pas de 1 : la perte finit plus haut qu'au départ :", bool(frozen[0][-1] > frozen[0][0]))
print("pas de 1 : les six images sont identiques :", bool(frozen[1].std(dim=0).max() < 0.01))

# %% [markdown]
# | Ce que l'on voit | Ce qui s'est passé | Que faire |
# |---|---|---|
# | une perte énorme et plate dès le départ ; des images blanches | la cible est hors d'atteinte : le décodeur ne dépasse pas 1 | afficher `x.min()` et `x.max()` ; convertir par `lessons_lib.images` |
# | une perte qui bondit puis se fige ; toujours la même image | les premières corrections ont poussé la tangente hyperbolique à bout, où son gradient est nul | diviser le pas d'apprentissage par dix, et recréer le modèle |
#
# Dans les deux cas, aucune erreur n'est levée. Avant d'accuser le réseau, regardez une image décodée.

# %% [markdown]
# ## En résumé
#
# - Un autoencodeur recopie son entrée à travers un goulot d'étranglement ; $z$ est le résumé.
# - Sa perte est $\|x - \hat{x}\|^2$ : somme sur les pixels, moyenne sur le lot. Elle voit les grandes taches avant les détails.
# - Linéaire, il retrouve l'ACP, et Eckart et Young interdisent de faire mieux. Les courbes permettent de passer dessous.
# - Le bruit ne passe pas le goulot : débruiter est presque gratuit.
# - Les codes se rangent par ressemblance, mais laissent des trous. L'autoencodeur sait résumer ; il ne sait pas tirer.
#
# ## Quiz
#
# Huit questions, sur papier ou de tête. Chaque réponse est expliquée, la bonne comme les autres.

# %%
from lessons_lib.widgets.quiz import Quiz

Quiz("01")

# %% [markdown]
# ## À vous : l'exercice
#
# L'[exercice 01](../exercises/01_autoencodeur.ipynb) vous fait compter ce qu'un code épargne, écrire la perte, l'ACP et un pas
# d'entraînement, puis diagnostiquer quatre courbes. La vérification nomme les fautes courantes ; la
# [solution](../solutions/01_autoencodeur.ipynb) est à côté.
#
# Puis relancez la leçon sur vos photographies, passez à la [leçon 02](02_autoencodeur_variationnel.ipynb), ou revenez à
# l'[accueil](../course/accueil.ipynb).
#
# ## Sources
#
# - G. E. Hinton et R. R. Salakhutdinov, « Reducing the Dimensionality of Data with Neural Networks », *Science*, 2006 :
#   l'autoencodeur profond face à l'ACP.
# - C. Eckart et G. Young, « The Approximation of One Matrix by Another of Lower Rank », *Psychometrika*, 1936.
# - P. Baldi et K. Hornik, « Neural Networks and Principal Component Analysis », *Neural Networks*, 1989 : le cas linéaire.
# - P. Vincent et coll., « Extracting and Composing Robust Features with Denoising Autoencoders », ICML, 2008.
# - D. Foster, *Generative Deep Learning*, 2ᵉ édition, O'Reilly, 2023, chapitre 3.
#
# Détails et lectures : [ressources](../course/ressources.md).
