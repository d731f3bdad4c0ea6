# %% [markdown]
# # 00 · Premiers pas
#
# **Durée :** 45 minutes. **Prérequis :** lire et écrire une petite fonction en Python.
#
# **À la fin de cette leçon, vous saurez :**
#
# - dire ce qu'est un modèle génératif et ce qui le distingue d'un classifieur, et en écrire un en cinq lignes ;
# - décrire une image de lotus par les facteurs qui la produisent, et les faire varier ;
# - passer des pixels d'un écran (0 à 255) à un tenseur de réels dans [−1, 1], et reconnaître à l'œil une conversion fautive ;
# - lire la forme d'un lot d'images : (N, 3, H, W) ;
# - rejouer un hasard avec une graine, et employer vos propres photographies.

# %% [markdown]
# ## Comment se lit une leçon
#
# De haut en bas. Cliquez dans une cellule : **Maj + Entrée** l'exécute et passe à la suivante.
#
# - **Prédisez.** Une question précède chaque expérience. Répondez à voix haute avant d'exécuter : une prédiction
#   démentie se retient mieux qu'une phrase lue.
# - **Curseurs et cartes.** Ils répondent tant que tourne le *noyau*, le programme Python derrière la page. Sur
#   papier, une image fixe les remplace.
# - **Trop long ?** Le bouton carré ■ de la barre d'outils interrompt le calcul. Ce qui est déjà calculé reste.
# - **Tout s'embrouille ?** Le bouton ▶▶ redémarre le noyau et rejoue la leçon depuis le début.
# - **À vous.** Un exercice clôt la leçon ; une vérification répond à votre essai et nomme les erreurs connues.

# %% [markdown]
# Les images du cours sont des lotus de synthèse, dessinés sur votre machine. Pour travailler sur d'autres images,
# changez `SOURCE` : `"oxford"`, ou le chemin d'un dossier de photographies. Le premier dessin demande quelques
# secondes ; les suivants sont lus dans un cache. `garden` reste le jardin de synthèse : lui seul a des facteurs.

# %% tags=["nbval-ignore-output"]
import torch

from lessons_lib import plots
from lessons_lib.lotus import SyntheticLotus
from lessons_lib.photos import open_dataset

SOURCE = "synthetique"  # ou "oxford", ou le chemin d'un dossier de photographies
lotus = open_dataset(SOURCE, n=500, size=64, seed=0)
garden = SyntheticLotus(500, size=64, seed=0)
print(f"{len(lotus)} images, forme {tuple(lotus.images.shape)}")
plots.image_grid(
    lotus.images[:10],
    alt="Dix lotus de cinq couleurs, en bouton ou épanouis, parmi des feuilles rondes.",
    columns=10,
    scale=1,
    title="Le jardin : aucune de ces fleurs n'a été photographiée",
)

# %% [markdown]
# ## 1. Deux machines
#
# Montrez un lotus à un **classifieur** : il répond par un nom. Il a appris à trier.
#
# Un **modèle génératif** (*generative model*) fait le chemin inverse. Il ne reçoit qu'un peu de hasard et rend une
# image neuve. Il a appris à quoi ressemblent les lotus.

# %%
from lessons_lib.images import to_array

noise = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
machines = {
    "classifieur": (("une image", garden[5]), ("un nom", "« carmin »")),
    "modèle génératif": (("du hasard", noise), ("une image neuve", garden[2])),
}
drawing, axes = plots.figure(6.6, 3.2, 2, 3)
for row, (machine, ends), kind in zip(axes, machines.items(), ("critic", "generated"), strict=True):
    colour = plots.PALETTE[kind]
    for ax, (name, content) in zip(row[::2], ends, strict=True):
        ax.set_title(name, loc="center", fontsize=9.5)
        if isinstance(content, str):
            ax.text(0.5, 0.5, content, ha="center", va="center", fontsize=14, transform=ax.transAxes)
        else:
            ax.imshow(to_array(content))
    frame = {"boxstyle": "round,pad=0.8", "facecolor": "white", "edgecolor": colour, "linewidth": 2}
    row[1].text(0.5, 0.5, machine, ha="center", va="center", bbox=frame, transform=row[1].transAxes)
    arrow = {"arrowstyle": "->", "color": colour, "linewidth": 2}
    for tip in (0.02, 1.25):
        row[1].annotate("", (tip, 0.5), (tip - 0.27, 0.5), xycoords="axes fraction", arrowprops=arrow)
for ax in axes.flat:
    ax.set_axis_off()
plots.show(drawing, alt="Image, classifieur, nom. En dessous : hasard, modèle génératif, image.")

# %% [markdown]
# En une équation :
#
# $$x \sim p_\theta(x)$$
#
# Lisez : « l'image $x$ est tirée suivant la loi $p_\theta$ ». Une **loi** dit quelles images sont fréquentes, lesquelles
# sont rares, lesquelles n'arrivent jamais. $\theta$ (*thêta*) réunit les nombres réglés pendant l'apprentissage.
#
# Engendrer se fait donc en deux temps : **apprendre** $\theta$ sur des exemples, puis **tirer**.
#
# Le plus petit exemple porte sur cinq valeurs : la variété de la fleur. La réponse est connue, car le jardin donne la
# même chance, un cinquième, à chaque variété.
#
# **Prédisez.** Le modèle compte les variétés de 500 fleurs, puis en tire 500 neuves. Les barres seront-elles toutes
# égales ? Les deux séries seront-elles identiques ?

# %%
import numpy as np

from lessons_lib.lotus import VARIETIES

examples = garden.factors["variety"]
theta = np.array([np.mean(examples == variety) for variety in VARIETIES])  # apprendre : cinq fréquences
drawn = np.random.default_rng(0).choice(list(VARIETIES), size=500, p=theta)  # tirer : 500 variétés neuves

drawing, ax = plots.figure(6, 2.3)
series = ((-0.2, examples, "exemples", "real", ""), (0.2, drawn, "tirages du modèle", "generated", "///"))
for shift, values, name, kind, hatch in series:
    counts = [np.sum(values == variety) for variety in VARIETIES]
    style = {"color": plots.PALETTE[kind], "hatch": hatch, "edgecolor": "white", "label": name}
    ax.bar(np.arange(5) + shift, counts, 0.38, **style)
ax.axhline(100, color=plots.PALETTE["prior"], linestyle=":")
ax.set_xticks(range(5), VARIETIES.values())
ax.set_ylabel("fleurs")
ax.set_ylim(0, 150)
ax.legend(ncols=2, loc="upper right")
ax.set_title("Le modèle imite les fréquences qu'il a comptées")
plots.show(drawing, alt="Pour chaque variété, le nombre d'exemples et de tirages : tous entourent 100.")
print("À moins de 0,05 de la loi du jardin :", bool(np.abs(theta - 0.2).max() < 0.05))

# %% [markdown]
# Les barres entourent 100 (le pointillé) sans s'y poser : 500 tirages ne suffisent pas à montrer la loi exacte. Le
# modèle hérite de ces hasards, puis y ajoute les siens. Reste à passer d'un nom à une image.
#
# ## 2. Une image est un tenseur
#
# Pour un réseau, un lotus est un tableau de nombres : un **tenseur** de forme (3, H, W), soit trois **canaux** (rouge,
# vert, bleu), H lignes et W colonnes. Un **lot** (*batch*) de N images ajoute un axe devant : (N, 3, H, W).
#
# **Prédisez.** Voici un lotus jaune. Dans lequel des trois canaux ses pétales sont-ils les plus sombres ?

# %%
from lessons_lib.lotus import Factors, render

flower = render(Factors(variety="yellow", tilt=55.0, hour=15.0))
print("forme :", tuple(flower.shape), "| type :", flower.dtype)
print("un lot :", tuple(lotus.images.shape))
print("valeurs dans [-1, 1] :", bool(lotus.images.abs().max() <= 1))
plots.image_grid(
    torch.stack([flower, *(channel.expand(3, -1, -1) for channel in flower)]),
    alt="Un lotus jaune, puis ses canaux en gris : pétales clairs en rouge et vert, sombres en bleu.",
    columns=4,
    scale=2,
    labels=["l'image", "canal rouge", "canal vert", "canal bleu"],
)

# %% [markdown]
# Le jaune est du rouge et du vert sans bleu : les pétales s'assombrissent dans le canal bleu, l'eau s'y éclaire. Un canal seul
# n'a pas de couleur : il dit combien il y en a, de −1 (rien) à 1 (tout).
#
# ### Du pixel à la valeur, et retour
#
# Un fichier ou un écran compte de 0 à 255. Le cours calcule de −1 à 1. Le passage est une règle de trois :
#
# $$x = \frac{p}{127{,}5} - 1 \qquad\qquad p = 127{,}5\,(x + 1)$$
#
# En mots : le pixel 0 devient −1, le pixel 255 devient 1, et le gris moyen tombe sur 0. La tangente hyperbolique, dernière
# opération des réseaux qui dessinent dans ce cours, rend justement des valeurs de cet intervalle.

# %%
from lessons_lib.images import to_uint8

pixels = to_uint8(flower)  # (3, H, W), entiers de 0 à 255
assert torch.allclose(pixels / 127.5 - 1, flower, atol=1e-6)
top, left = 25, 7
drawing, (whole, zoom) = plots.figure(5.4, 2.8, 1, 2)
whole.imshow(to_array(flower))
square = np.array([(0, 0), (6, 0), (6, 6), (0, 6), (0, 0)]) - 0.5
whole.plot(left + square[:, 0], top + square[:, 1], color="white", linestyle="-")
whole.set_title("Un carré de 6 × 6 pixels…")
zoom.imshow(pixels[0, top : top + 6, left : left + 6], cmap="gray", vmin=0, vmax=255)
zoom.set_title("… en rouge : pixel, valeur")
for i, j in np.ndindex(6, 6):
    p, x = pixels[0, top + i, left + j].item(), flower[0, top + i, left + j].item()
    ink = "white" if p < 128 else "black"
    zoom.text(j, i, f"{p}\n{x:.2f}", ha="center", va="center", fontsize=7, color=ink)
for ax in (whole, zoom):
    ax.set_axis_off()
plots.show(drawing, alt="Un lotus, un petit carré ; à côté, ses 36 nombres, en pixels et en valeurs.")
for p in (0, 51, 204, 255):
    print(f"pixel {p:3d}  ->  valeur {p / 127.5 - 1:+.1f}")

# %% [markdown]
# ### Quatre conversions fautives
#
# Ces fautes sont fréquentes, et aucune ne lève d'erreur : seul l'œil les voit.
#
# **Prédisez.** Lisez les quatre lignes du dictionnaire. Pour chacune, quelle image attendez-vous ?

# %%
from lessons_lib.images import from_array

mistakes = {
    "× 255": (flower * 255).to(torch.int16).permute(1, 2, 0),
    "+ 1 oublié": (flower * 127.5).clamp(0, 255).permute(1, 2, 0),
    "reshape": ((flower + 1) * 127.5).reshape(64, 64, 3),
    "permute(2, 1, 0)": ((flower + 1) * 127.5).permute(2, 1, 0),
}
seen = torch.stack([from_array(wrong.to(torch.uint8).numpy()) for wrong in mistakes.values()])
plots.image_grid(
    torch.cat([flower[None], seen]),
    alt="L'image juste, puis : couleurs qui sautent, noir, neuf petites fleurs grises, fleur couchée.",
    columns=5,
    scale=2,
    labels=["juste", *mistakes],
)
print("quatre images fausses :", all(not torch.allclose(image, flower, atol=0.1) for image in seen))

# %% [markdown]
# | Ce que l'on voit | Ce qui s'est passé |
# |---|---|
# | des couleurs qui sautent | les valeurs négatives débordent : un octet compte modulo 256, −1 y devient 255, −2 devient 254 |
# | une image noyée de noir | toute la moitié sombre, de −1 à 0, est ramenée à 0 |
# | neuf petites fleurs grises | `reshape` relit les nombres dans l'ordre de la mémoire, sans déplacer les axes |
# | une fleur couchée | lignes et colonnes sont échangées |
#
# Le cours range ces conversions dans un seul fichier, `lessons_lib/images.py`. Ailleurs, une image est toujours un float32
# dans [−1, 1]. L'exercice de cette leçon vous fait écrire la bonne conversion.

# %% [markdown]
# ## 3. Une première machine à engendrer
#
# Apprenons une loi sur les images elles-mêmes. La plus simple traite chaque nombre à part : une **loi normale** par
# pixel et par canal, de moyenne $\mu$ et d'écart type $\sigma$ mesurés sur le jardin. Pour tirer :
#
# $$x = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim \mathcal{N}(0, I)$$
#
# En mots : partez de l'image moyenne et ajoutez, à chaque nombre, son écart habituel multiplié par un hasard neuf.
# Le signe $\odot$ est le produit terme à terme. L'apprentissage dure moins d'une seconde.
#
# **Prédisez.** Quelles images sortiront : des lotus, des lotus flous, autre chose ?

# %%
x = lotus.images  # (N, 3, H, W)
generator = torch.Generator().manual_seed(0)
mu, sigma = x.mean(dim=0), x.std(dim=0)  # apprendre : deux images (3, H, W)
epsilon = torch.randn(500, *mu.shape, generator=generator)  # tirer : du hasard (500, 3, H, W)…
fake = mu + sigma * epsilon  # … devenu 500 images

plots.image_grid(
    torch.cat([mu[None], 2 * sigma[None] - 1, fake[:2]]),
    alt="L'image moyenne, une tache rose ; les écarts types ; deux tirages couverts de grains colorés.",
    columns=4,
    scale=1,
    labels=["moyenne", "écart type", "tirage 1", "tirage 2"],
)
print("moyenne de chaque pixel retrouvée :", bool((fake.mean(dim=0) - mu).abs().max() < 0.2))
print("écart type de chaque pixel retrouvé :", bool((fake.std(dim=0) - sigma).abs().max() < 0.15))

# %% [markdown]
# De la bouillie. Et pourtant chaque pixel, pris seul, est juste : sa moyenne et son écart type sont ceux du jardin. La
# faute est ailleurs. Regardons deux pixels voisins, image après image.

# %%
y, column = 32, 20
drawing, axes = plots.figure(6, 2.8, 1, 2, sharex=True, sharey=True)
correlation = {}
clouds = ((axes[0], "lotus", x, "real", "o"), (axes[1], "tirages", fake, "generated", "^"))
for ax, name, images, kind, marker in clouds:
    pair = images[:300, 1, y, column : column + 2]  # (300, 2) : canal vert, deux colonnes voisines
    correlation[name] = torch.corrcoef(pair.T)[0, 1].item()
    ax.scatter(pair[:, 0], pair[:, 1], s=6, color=plots.PALETTE[kind], marker=marker)
    ax.set(xlabel="un pixel", xlim=(-1.6, 1.6), ylim=(-1.6, 1.6))
axes[0].set_ylabel("son voisin de droite")
axes[0].set_title("Lotus : les voisins vont ensemble")
axes[1].set_title("Tirages : ils s'ignorent")
plots.show(drawing, alt="Les vrais lotus s'alignent sur la diagonale ; les tirages forment un nuage rond.")
print("lotus : corrélation au-dessus de 0,7 :", correlation["lotus"] > 0.7)
print("tirages : corrélation sous 0,3 :", abs(correlation["tirages"]) < 0.3)

# %% [markdown]
# Le modèle a appris 12 288 lois justes et aucune des liaisons entre elles. Or une fleur *est* dans les liaisons.
#
# ### Deuxième essai : toutes les liaisons, deux à deux
#
# La **covariance** mesure la liaison de chaque pixel avec chaque autre : 12 288 × 12 288 nombres. Inutile de les écrire. Un
# mélange au hasard des images du jardin suit exactement la loi normale de même moyenne et de même covariance :
#
# $$x = \mu + \frac{1}{\sqrt{N-1}} \sum_{i=1}^{N} \varepsilon_i \,(x_i - \mu)$$
#
# En mots : partez de l'image moyenne et ajoutez un peu de chaque lotus $x_i$, ou retranchez-en, en une dose $\varepsilon_i$ tirée
# au hasard.
#
# **Prédisez.** Et cette fois ?

# %%
doses = torch.randn(3, len(x), generator=generator)  # (3, N) : une dose par image du jardin
ghosts = mu + torch.tensordot(doses, x - mu, dims=1) / (len(x) - 1) ** 0.5  # (3, 3, H, W)

uniform = torch.rand(3, *mu.shape, generator=generator) * 2 - 1
plots.image_grid(
    torch.cat([uniform, fake[:3], ghosts, x[:3]]),
    alt="Quatre lignes : bruit pur ; grains sur une tache rose ; fleurs fantômes superposées ; vrais lotus.",
    columns=3,
    scale=1,
    rows=["rien d'appris", "pixels séparés", "liaisons deux à deux", "le jardin"],
    title="Plus la loi sait de liaisons, plus l'image se tient",
)

# %% [markdown]
# Des fantômes : les couleurs et les silhouettes reviennent, plusieurs corolles se superposent. La cause est dans la
# formule. Une loi normale ne sait qu'**additionner** des images, et la somme de deux lotus n'est pas un lotus.
#
# Il faudrait des liaisons plus riches que deux à deux. C'est le travail des réseaux de ce cours : transformer un hasard simple par
# une fonction courbe, apprise, dont la sortie est une image.
#
# Cet échec servira encore. Rangées par importance, les directions de ce mélange sont l'*analyse en composantes
# principales* : la leçon 01 part de là.

# %% [markdown]
# ## 4. Le jardin et ses facteurs
#
# Le jardin, lui, n'additionne pas d'images. Il tire au hasard quelques **facteurs** (variété, ouverture, heure…), puis dessine.
# C'est un modèle génératif écrit à la main : hasard → facteurs → image. Voici ses réglages.

# %%
from IPython.display import Markdown, display

from lessons_lib.lotus import FACTOR_RANGES

table = ["| facteur | ce qu'il règle | tiré entre | unité |", "|---|---|---|---|"]
table.append(f"| `variety` | Variété | {', '.join(VARIETIES.values())} | |")
for name, span in FACTOR_RANGES.items():
    low, high = (f"{bound:g}".replace(".", ",") for bound in span.drawn)
    table.append(f"| `{name}` | {span.label} | {low} et {high} | {span.unit} |")
display(Markdown("\n".join(table)))

# %% [markdown]
# Un facteur change, les autres restent : c'est un **balayage**.
#
# **Prédisez.** De 5 h à 20 h, seule l'heure change. Qu'est-ce qui change dans l'image : la fleur, l'eau, les deux ?

# %%
from dataclasses import replace

rose = Factors(variety="pink")
sweeps = {
    "ouverture, 0 à 1": [replace(rose, openness=t) for t in np.linspace(0, 1, 5)],
    "inclinaison, 0 à 90°": [replace(rose, tilt=t) for t in np.linspace(0, 90, 5)],
    "heure, 5 à 20 h": [replace(rose, hour=t) for t in np.linspace(5, 20, 5)],
}
rows = torch.stack([render(factors) for row in sweeps.values() for factors in row])
plots.image_grid(
    rows,
    alt="Trois lignes : un bouton s'ouvre ; la vue passe du profil au dessus ; l'aube devient soir.",
    columns=5,
    scale=1,
    rows=list(sweeps),
    title="Un facteur à la fois : la fleur s'ouvre, pivote, change de lumière",
)
moved = (rows.unflatten(0, (3, 5)).diff(dim=1).abs().amax(dim=(2, 3, 4)) > 0.01).all()
print("chaque pas de chaque balayage change l'image :", bool(moved))

# %% [markdown]
# L'heure colore tout à la fois, pétales, eau et feuilles : un seul facteur déplace presque tous les pixels. À l'inverse,
# aucun pixel ne correspond à « l'heure ».
#
# Combien de jardins ? Comptons des pas que l'œil distingue, facteur par facteur.

# %%
from math import log10, prod

step = {"openness": 0.05, "tilt": 5, "size": 0.05, "x": 0.02, "y": 0.02, "hour": 0.5, "water": 5}
choices = {"variety": len(VARIETIES)}
for name, span in FACTOR_RANGES.items():
    low, high = span.drawn
    choices[name] = round((high - low) / step.get(name, 1)) + 1
gardens, numbers = prod(choices.values()), 3 * 64 * 64
print("facteurs :", len(choices), "| nombres dans une image :", numbers)
print("chiffres du nombre de jardins :", len(str(gardens)))
print("chiffres du nombre d'images possibles :", int(numbers * log10(256)) + 1)

# %% [markdown]
# Un nombre à 15 chiffres, face à un nombre à 29 593 chiffres. Les jardins sont innombrables, et pourtant perdus parmi les images
# possibles : un tirage uniforme n'en rencontre jamais. C'était la première ligne de la grande figure.
#
# Surtout, douze facteurs suffisent à fixer 12 288 nombres. Ce petit espace caché derrière les images s'appelle un **espace latent**
# (*latent space*).
#
# ### À manipuler : le jardin
#
# Bougez un curseur à la fois. Cherchez un facteur qui ne change presque rien à la fleur, puis un facteur qui n'agit que si un autre le permet.

# %%
from lessons_lib.widgets.factor_garden import FactorGarden

FactorGarden()

# %% [markdown]
# ## 5. Mélanger deux lotus
#
# Un bouton vu de profil, une fleur ouverte vue de dessus. On va de l'un à l'autre par deux chemins : mélanger les
# **pixels**, ou mélanger les **facteurs** et redessiner.
#
# **Prédisez.** Qu'y a-t-il au milieu de chaque chemin ?


# %%
def mix_factors(z):
    """z (1, 2) dans [0, 1] : ouverture et inclinaison -> image (1, 3, 64, 64), redessinée."""
    a, b = z[0].clamp(0, 1).tolist()
    return render(replace(rose, openness=a, tilt=10 + 65 * b))[None]


corners = [[mix_factors(torch.tensor([[a, b]])) for b in (0.0, 1.0)] for a in (0.0, 1.0)]


def mix_pixels(z):
    """Même z, mais les pixels des quatre coins sont additionnés en proportion."""
    a, b = z[0].clamp(0, 1)
    low, high = (torch.lerp(*corner, b) for corner in corners)
    return torch.lerp(low, high, a)


# %%
path = [torch.tensor([[t, t]]) for t in np.linspace(0, 1, 6, dtype=np.float32)]
plots.image_grid(
    torch.cat([*map(mix_pixels, path), *map(mix_factors, path)]),
    alt="En haut, un bouton s'efface sous une fleur en surimpression. En bas, le bouton s'ouvre.",
    columns=6,
    scale=1,
    rows=["pixels", "facteurs"],
    title="Mêmes extrémités : les pixels fondent, la fleur s'ouvre",
)
same = [torch.allclose(mix_pixels(z), mix_factors(z), atol=1e-5) for z in path]
print("même image au départ et à l'arrivée :", same[0] and same[-1])
print("même image en chemin :", any(same[1:-1]))

# %% [markdown]
# En haut, deux fleurs transparentes : un fondu. En bas, chaque image intermédiaire est un lotus que l'on pourrait rencontrer.
#
# ### À manipuler : un espace latent fait à la main
#
# Chaque point de la carte est un couple de nombres. Promenez-y la souris, ou les flèches du clavier : les deux images
# répondent au même point. Trouvez où elles se ressemblent, et où elles diffèrent le plus.

# %%
from lessons_lib.widgets.latent_map import LatentMap

LatentMap(
    {"pixels": mix_pixels, "facteurs": mix_factors},
    axes=("ouverture", "inclinaison"),
    limits=(0, 1, 0, 1),
    start=(0.5, 0.5),
    prior=False,
    title="Deux façons de mélanger, un même point",
)

# %% [markdown]
# Les deux images coïncident aux quatre coins et s'éloignent au centre. Voilà pourquoi l'on veut un espace latent : on s'y
# promène sans quitter les lotus.
#
# Ici, cet espace est écrit à la main. Devant de vraies photographies, personne ne donne les facteurs. Le réseau ne reçoit que
# les images et doit inventer ses propres réglages. C'est le sujet de tout le cours.

# %% [markdown]
# ## 6. Graines : un hasard que l'on peut rejouer
#
# Une **graine** (*seed*) est le numéro d'une suite de hasard. Même graine, même suite. Le cours passe partout un `generator`
# explicite, pour que chaque leçon se rejoue à l'identique.
#
# **Prédisez.** Dans ce code, `second` est-il égal à `first` ? Et `again` ?

# %%
generator = torch.Generator().manual_seed(7)
first = torch.randn(3, generator=generator)
second = torch.randn(3, generator=generator)
again = torch.randn(3, generator=torch.Generator().manual_seed(7))
print("second == first :", torch.equal(second, first))
print("again  == first :", torch.equal(again, first))
print(
    "deux jardins de graine 0 sont identiques :",
    torch.equal(garden.images[:5], SyntheticLotus(5, seed=0).images),
)
print("les jardins de graines 0 et 1 aussi :", torch.equal(garden.images[:5], SyntheticLotus(5, seed=1).images))

# %% [markdown]
# Un générateur avance à chaque tirage : `second` est la suite de `first`, non sa répétition. Pour rejouer, il faut repartir de
# la graine.
#
# Une limite : d'un processeur à l'autre, les derniers chiffres d'un long calcul peuvent différer. Un même entraînement, avec
# la même graine, peut donc s'en écarter peu à peu sur une autre machine.
#
# ## 7. Vos photographies
#
# `PhotoFolder` lit un dossier, recadre chaque image en carré et la ramène dans [−1, 1]. Vos fichiers ne sont jamais modifiés et ne quittent
# pas la machine. La cellule suivante fabrique un dossier d'essai avec deux fichiers abîmés.
#
# **Prédisez.** Que doit faire le programme devant eux : s'arrêter, se taire, autre chose ?

# %%
import tempfile
from pathlib import Path

from lessons_lib.images import to_jpeg
from lessons_lib.photos import PhotoFolder

folder = tempfile.TemporaryDirectory()
for index, image in enumerate(garden.images[:6]):
    Path(folder.name, f"lotus {index}.jpg").write_bytes(to_jpeg(image, scale=4))
whole_file = Path(folder.name, "lotus 0.jpg").read_bytes()
Path(folder.name, "coupée.jpg").write_bytes(whole_file[: len(whole_file) // 3])
Path(folder.name, "courses.jpg").write_text("du pain, du thé", encoding="utf-8")

mine = PhotoFolder(folder.name, size=64)
print(f"{len(mine)} images, forme {tuple(mine.images.shape)}")
folder.cleanup()

# %% [markdown]
# Ni l'un ni l'autre : le reste est lu, et un rapport nomme chaque fichier écarté avec la raison (`mine.report` le garde).
#
# Pour vos images, écrivez en tête de leçon `SOURCE = "chemin/du/dossier"`. Quelques dizaines suffisent pour essayer ; un
# même sujet, bien centré, aide beaucoup.
#
# `SOURCE = "oxford"` ouvre les 137 photographies de lotus du jeu *Oxford 102 Flowers*. Elles ne sont pas
# livrées : `open_dataset("oxford", download=True)` les prend sur le réseau, 345 Mo, une seule fois. Rien dans le cours ne les exige.

# %% [markdown]
# ## 8. La route
#
# | Étape | L'idée | Ce qui manque encore |
# |---|---|---|
# | **Autoencodeur** (01) | résumer chaque image en quelques nombres, puis la redessiner | on ne sait pas où tirer ces nombres |
# | **VAE** (02) | ranger ces résumés suivant une loi connue, d'où l'on tire | les images sont floues, les détails se perdent |
# | **GAN** (04) | opposer un générateur et un discriminateur | l'entraînement oscille, des variétés disparaissent |
# | **WGAN** (05) | remplacer le discriminateur par une critique, qui estime une distance entre lois | la critique est bridée par l'écrêtage de ses poids |
# | **WGAN-GP** (06) | brider sa pente plutôt que ses poids : la pénalité de gradient | le calcul est plus long ; reste à juger les images |
#
# Chaque étape répond au défaut de la précédente. La leçon 03 explore l'espace latent, la leçon 07 apprend à juger un
# générateur, la leçon 08 se contente de peu d'images.

# %% [markdown]
# ## En résumé
#
# - Un **modèle génératif** apprend une loi sur des exemples, puis y tire. $x \sim p_\theta(x)$.
# - Une **image** est un tenseur float32 (3, H, W), dans [−1, 1] : $x = p / 127{,}5 - 1$.
# - Une loi par pixel donne de la bouillie : elle ignore les liaisons. Les liaisons deux à deux donnent des fantômes : une loi normale ne sait qu'additionner.
# - Le jardin tient dans douze **facteurs**. Mélanger des facteurs reste parmi les lotus, mélanger des pixels en sort.
# - Un **espace latent** joue le rôle des facteurs quand personne ne les donne. Le réseau doit l'apprendre.
# - Une **graine** rejoue un hasard.
#
# ## Quiz
#
# Le noyau corrige et explique chaque réponse. Fausse, elle se retente autant que vous voulez. Le score reste sur votre machine.

# %%
from lessons_lib.widgets.quiz import Quiz

Quiz("00")

# %% [markdown]
# ## À vous : l'exercice
#
# Ouvrez l'exercice [00 · Premiers pas](../exercises/00_premiers_pas.ipynb) : il vous demande d'écrire la conversion d'un tenseur en
# pixels, celle que quatre fautes ont défigurée plus haut. La vérification nomme les fautes courantes. La
# [solution](../solutions/00_premiers_pas.ipynb) est à côté.
#
# Puis passez à la [leçon 01 · L'autoencodeur](01_autoencodeur.ipynb), ou revenez à l'[accueil](../course/accueil.ipynb).
#
# ## Sources
#
# - D. Foster, *Generative Deep Learning*, 2ᵉ édition, O'Reilly, 2023, chapitre 1 : modèles génératifs et discriminants.
# - M.-E. Nilsback et A. Zisserman, « Automated Flower Classification over a Large Number of Classes », ICVGIP, 2008 : le jeu
#   *Oxford 102 Flowers*.
# - D. P. Kingma et M. Welling, « Auto-Encoding Variational Bayes », ICLR, 2014 : le VAE.
# - I. Goodfellow et coll., « Generative Adversarial Nets », NeurIPS, 2014 : le GAN.
# - M. Arjovsky, S. Chintala et L. Bottou, « Wasserstein Generative Adversarial Networks », ICML, 2017 : le WGAN.
# - I. Gulrajani et coll., « Improved Training of Wasserstein GANs », NeurIPS, 2017 : le WGAN-GP.
