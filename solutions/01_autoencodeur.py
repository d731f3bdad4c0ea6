# %% [markdown]
# # Exercice 01 · De la perte à l'entraînement, en cinq gestes
#
# **Durée :** 50 minutes. **Après** la leçon [01 · L'autoencodeur](../lessons/01_autoencodeur.ipynb).
#
# Vous comptez ce qu'un code épargne, vous écrivez la perte, l'ACP, puis un pas d'entraînement entier ; vous lisez quatre courbes. À
# la fin, votre pas entraîne deux réseaux, et votre ACP dit lequel sait faire mieux qu'elle. Le premier dessin prend une dizaine de
# secondes.

# %% tags=["nbval-ignore-output"]
import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib import plots, zoo
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus

garden = SyntheticLotus(600, size=64, seed=1, fixed=CALM_GARDEN).images
autoencoder = zoo.load("autoencoder_64")
decoder_weights = sum(weight.numel() for weight in autoencoder.decoder.parameters())
print(f"images : {tuple(garden.shape)}    code : {autoencoder.latent} nombres    décodeur : {decoder_weights} poids")

# %% [markdown]
# ## 1. Ce qu'un code épargne vraiment
#
# **À quoi cela sert.** Savoir si un autoencodeur résume, ou s'il ne fait que déplacer les nombres dans ses poids.
#
# La leçon annonce un facteur 384 : 12 288 nombres par image, 32 par code. Mais qui reçoit les codes ne peut rien en faire sans le
# décodeur. Comptons-le :
#
# $$r = \frac{N \cdot 3HW}{N \cdot D + P}$$
#
# En mots : les nombres des $N$ images, divisés par tout ce qu'il faut garder pour les repeindre, un code de $D$ nombres par image et les
# $P$ poids d'un seul décodeur. Un poids compte pour un nombre.
#
# Dans le code, `x` est le lot (N, 3, H, W), `latent` est $D$ et `weights` est $P$.
#
# ### Le résultat attendu
#
# **Prédisez.** Avec le décodeur de `autoencoder_64`, à partir de combien d'images garde-t-on moins de nombres qu'on n'en avait : deux,
# vingt, deux mille ?

# %%
from lessons_lib.checks.lesson_01.size import reference as expected_ratio

counts = [2**power for power in range(21)]
virtual = torch.zeros(1, 3, 64, 64)
ratios = [expected_ratio(virtual.expand(n, -1, -1, -1), 32, decoder_weights).item() for n in counts]
drawing, ax = plots.figure(7, 3)
ax.plot(counts, ratios, color=plots.PALETTE["real"])
ax.text(counts[-1], ratios[-1] * 0.8, "décodeur compris", color=plots.PALETTE["real"], ha="right", va="top")
for level, name, left in ((384, "384, sans le décodeur", 1), (1, "1 : rien n'est épargné", 30_000)):
    ax.axhline(level, color=plots.PALETTE["prior"], linestyle="--", linewidth=1)
    ax.text(left, 1.3 * level, name, color=plots.PALETTE["prior"])
ax.set(xscale="log", yscale="log", xlabel="nombre d'images", ylabel="combien de fois moins", ylim=(0.03, 1500))
ax.set_xticks([1, 100, 10_000, 1_000_000], ["1", "100", "10 000", "1 000 000"])
ax.set_yticks([0.1, 1, 10, 100], ["0,1", "1", "10", "100"])
ax.set_title("Le décodeur coûte cher à quelques images, et presque rien à un million")
plots.show(drawing, alt="Une courbe part de 0,05, coupe le niveau 1 vers vingt images et monte jusqu'à 384.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Écrivez séparément le haut et le bas de la fraction. Dans le bas, qu'est-ce qui grandit avec le lot, et qu'est-ce qui ne change pas ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `x.numel()` compte toutes les valeurs d'un tenseur ; `len(x)` donne $N$. Gardez la virgule : deux barres de division l'ôtent.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "compression", "locked": false, "schema_version": 3, "solution": true}
def compression(x, latent, weights):
    """Combien de fois moins de nombres. x : (N, 3, H, W). latent : nombres du code. weights : poids du décodeur."""
    ### BEGIN SOLUTION
    return x.numel() / (len(x) * latent + weights)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_compression", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("taille_du_code", compression)

# %% [markdown]
# Votre fonction situe les 600 fleurs de cet exercice sur la courbe.

# %%
for latent in (2, 32, 512):
    print(f"600 images, code de {latent:>3} nombres : {compression(garden, latent, decoder_weights):.1f} fois moins")
print(f"poids du décodeur / nombres des 600 codes de 32 : {decoder_weights / (600 * 32):.0f}")

# %% [markdown]
# Sur 600 images, le décodeur pèse treize fois plus que tous les codes de 32 nombres : diviser ceux-ci par seize n'y change
# presque rien. Un autoencodeur n'est pas d'abord un outil pour gagner de la place. Ce que l'on veut de lui, c'est le code.
#
# ## 2. La perte de reconstruction
#
# **À quoi cela sert.** Donner à l'entraînement un seul nombre à faire baisser, et aux comparaisons de la suite une même mesure.
#
# $$\frac{1}{N} \sum_{i=1}^{N} \ell(x_i, \hat{x}_i), \qquad \ell(x, \hat{x}) = \lVert x - \hat{x} \rVert^2$$
#
# En mots : pour chaque image, la somme des carrés des écarts, sur toutes ses valeurs ; puis la moyenne sur les $N$ images
# du lot. Ainsi, un lot deux fois plus grand donne une perte du même ordre, tandis qu'une image plus grande compte
# davantage.
#
# Dans le code, $x$ est `x` et $\hat{x}$ est `x_hat`, de forme (N, 3, H, W).
#
# ### Le résultat attendu
#
# Deux petites images de 12 valeurs. La première copie se trompe de 0,5 partout, la seconde de 1.
#
# | | par image | sur le lot |
# |---|---|---|
# | première | 12 fois 0,25, soit 3 | |
# | seconde | 12 fois 1, soit 12 | 7,5 |

# %%
x = torch.zeros(2, 3, 2, 2)
x_hat = torch.stack([x[0] + 0.5, x[1] - 1])
plots.image_grid(
    torch.cat([x, x_hat]),
    alt="Deux carrés gris ; en dessous, un carré plus clair et un carré noir.",
    columns=2,
    scale=40,
    rows=["x", "x_hat"],
    labels=["image 1", "image 2", "écart 0,5", "écart 1"],
    title="Deux copies fausses partout",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Trois étapes, dans cet ordre : l'écart au carré, valeur par valeur ; la somme à l'intérieur de chaque image, qui laisse
# N nombres ; la moyenne de ces nombres.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `flatten(1)` range chaque image sur une ligne : la forme devient (N, 3·H·W). Il reste à sommer sur la dimension 1.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "squared_error", "locked": false, "schema_version": 3, "solution": true}
def squared_error(x_hat, x):
    """La norme au carré de x - x_hat, par image, moyennée sur le lot. x_hat, x : (N, 3, H, W). Rend un scalaire."""
    ### BEGIN SOLUTION
    return (x - x_hat).square().flatten(1).sum(dim=1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_squared_error", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("reconstruction", squared_error)

# %% [markdown]
# ## 3. Le meilleur résumé linéaire
#
# **À quoi cela sert.** Connaître le plancher : ce qu'un autoencodeur sans fonction d'activation ferait de mieux, sans un seul pas
# d'entraînement.
#
# $$\hat{x} = \overline{x} + \sum_{j=1}^{k} \big\langle x - \overline{x},\, v_j \big\rangle\, v_j$$
#
# En mots : partez de la moyenne $\overline{x}$ du nuage ; le long de chacune des $k$ directions $v_j$ où le nuage centré s'étale le plus,
# avancez d'autant que le point.
#
# Les reconstructions d'un autoencodeur linéaire à $k$ nombres sont toutes dans un même espace à $k$ dimensions, et celui des $k$
# premières directions laisse la plus petite erreur. Baldi et Hornik (1989) ont montré que sa perte n'a pas d'autre minimum, seulement
# des cols : une descente bien réglée finit donc par l'atteindre.
#
# `x` est un lot (N, D), un point par ligne ; `k` est un entier. Rendez un lot (N, D).
#
# ### Le résultat attendu
#
# **Prédisez.** Avec une seule direction, en quoi six fleurs peuvent-elles encore différer ?

# %%
from lessons_lib.checks.lesson_01.acp import reference as expected_pca

flat = garden.flatten(1)  # (600, 12288)
kept = [64, 16, 4, 1]
rows = torch.stack([flat[:6], *(expected_pca(flat, k)[:6] for k in kept)])
plots.image_grid(
    rows.view(-1, 3, 64, 64),
    alt="Six lotus ; en dessous, leurs reconstructions par 64, 16, 4 et 1 directions, de plus en plus semblables entre elles.",
    columns=6,
    scale=1,
    rows=["original", "64 directions", "16 directions", "4 directions", "1 direction"],
    title="Chaque direction retirée emporte un détail",
)
print("forme d'une ligne, une fois aplatie :", tuple(rows[1].shape))

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Quatre étapes : retrancher la moyenne de chaque dimension, trouver les directions, encoder en $k$ nombres, décoder. La leçon les montre
# dans sa cinquième section ; essayez d'abord sans la rouvrir.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `torch.linalg.svd(…, full_matrices=False)` rend trois tenseurs. Le dernier contient les directions, **une par ligne**, de la plus étalée à
# la moins étalée. Les mêmes directions servent deux fois : à l'aller, puis au retour.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "pca_reconstruct", "locked": false, "schema_version": 3, "solution": true}
def pca_reconstruct(x, k):
    """L'ACP à k directions du lot lui-même. x : (N, D). k : entier, de 1 à min(N, D). Rend x_hat : (N, D)."""
    ### BEGIN SOLUTION
    mean = x.mean(dim=0)
    _, _, directions = torch.linalg.svd(x - mean, full_matrices=False)
    z = (x - mean) @ directions[:k].T  # encoder : (N, D) -> (N, k)
    return mean + z @ directions[:k]  # décoder : (N, k) -> (N, D)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_pca_reconstruct", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("acp", pca_reconstruct)

# %% [markdown]
# ## 4. Un pas d'entraînement
#
# **À quoi cela sert.** Ce pas revient dans tout le cours : le VAE en change la perte, le GAN en fait alterner deux.
#
# Reconstruire, mesurer, corriger. Le réseau reçoit `noisy`, les images bruitées, et doit retrouver `x`, les images propres. La perte est
# celle que vous venez d'écrire. L'optimiseur `optimizer` connaît déjà les poids du réseau `model`.
#
# $$w \leftarrow w - \eta\, \nabla_w\, \frac{1}{N} \sum_{i=1}^{N} \ell\big(x_i, \mathrm{model}(\tilde{x}_i)\big)$$
#
# En mots : chaque poids descend d'une petite part de son gradient ; $\tilde{x}$ est `noisy`, et $\eta$, le pas d'apprentissage, est dans
# l'optimiseur. Le gradient ne doit rien garder du pas précédent.
#
# ### Le résultat attendu
#
# La vérification emploie un autoencodeur de deux poids : l'encodeur multiplie tout par $a$, le décodeur par $b$. Sans bruit, la
# perte est nulle quand $ab = 1$.
#
# **Prédisez.** Il y a donc une infinité de bonnes réponses. Vers laquelle vont deux départs différents ?

# %%
from lessons_lib.checks.lesson_01.step import reference as expected_step

one_pixel = torch.ones(1, 1, 1, 1)
a, b = torch.meshgrid(torch.linspace(0, 2.5, 80), torch.linspace(0, 2.5, 80), indexing="xy")
drawing, ax = plots.figure(6.2, 3.6)
shades = ["#FFFFFF", "#F4F4F4", "#E9E9E9", "#DEDEDE", "#D2D2D2", "#C6C6C6"]
ax.contourf(a, b, (1 - a * b).square(), levels=[0, 0.02, 0.1, 0.4, 1, 4, 30], colors=shades)
ax.grid(visible=False)
ax.plot(line := torch.linspace(0.4, 2.5, 80), 1 / line, color=plots.PALETTE["prior"], linestyle="--")
ax.text(0.6, 2.2, "perte nulle : a b = 1", color="#444444")
for start, colour, mark in (([1.9, 0.2], "real", "o"), ([0.2, 0.5], "generated", "^")):
    path = [torch.tensor(start)]
    for _ in range(12):
        path.append(expected_step(path[-1], 0.0, one_pixel, one_pixel)[:2])
    ax.plot(*torch.stack(path).T, color=plots.PALETTE[colour], marker=mark, markersize=5, linestyle="-", linewidth=1)
    ax.text(start[0] + 0.06, start[1] - 0.02, "départ", color=plots.PALETTE[colour], va="top")
ax.set(aspect="equal", xlabel="poids $a$ de l'encodeur", ylabel="poids $b$ du décodeur", xlim=(0, 2.5), ylim=(0, 2.5))
ax.set_title("Douze pas mènent à la vallée, chacun par son chemin")
plots.show(drawing, alt="Une vallée courbe, a b égale 1 ; deux suites de points y descendent depuis deux départs.")

# %% [markdown]
# Après le départ, chaque marque est le résultat d'un appel de la fonction demandée. Les fonds clairs sont les petites pertes.
#
# <details><summary>Un indice</summary>
#
# Cinq actions, ici en désordre : avancer, effacer les anciens gradients, mesurer, rétropropager, reconstruire. Laquelle écrit dans les
# poids ? De laquelle a-t-elle besoin ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# La perte sait rétropropager ; l'optimiseur sait effacer et avancer. Rendez la perte **sans son graphe**, par `.detach()` ou `.item()` : une
# liste de pertes qui garderaient le leur remplirait la mémoire.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "train_step", "locked": false, "schema_version": 3, "solution": true}
def train_step(model, optimizer, x, noisy):
    """Un pas. x, noisy : (N, 3, H, W). Rend la perte qui a servi à le faire, en norme au carré par image."""
    ### BEGIN SOLUTION
    loss = squared_error(model(noisy), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_train_step", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("pas_d_entrainement", train_step)

# %% [markdown]
# ## 5. Lire quatre courbes
#
# **À quoi cela sert.** Un entraînement qui échoue ne lève aucune erreur. Ses courbes sont ce que vous aurez pour comprendre.
#
# Quatre vrais entraînements du même petit réseau, sur les lotus réduits à 8 × 8 pixels ; leurs réglages sont rangés hors de la vue. L'erreur
# est donnée en parts de celle que ferait l'image moyenne : à 1, le réseau ne sert à rien. Le trait gris est l'ACP à 16 axes, sur les
# images mises de côté.
#
# L'une des courbes est saine. Aux autres, il est arrivé l'un de ces accidents : `"surapprentissage"` (le réseau retient ses images et ne sait
# rien des autres), `"goulot trop étroit"`, `"pas trop grand"` (le pas d'apprentissage), `"arrêt trop tôt"`. Une même étiquette peut
# servir deux fois, ou pas du tout.
#
# ### Le résultat attendu
#
# Un dictionnaire, une étiquette par lettre : `{"A": …, "B": …, "C": …, "D": …}`. La courbe saine est `"tout va bien"`. Les quatre
# entraînements durent quelques secondes.

# %% tags=["nbval-ignore-output"]
from lessons_lib.checks.lesson_01.curves import four_trainings

small = F.avg_pool2d(garden, 8)  # (600, 3, 8, 8)
small = small - small[:500].mean(dim=0)
train, held_out = small[:500], small[500:]
runs = four_trainings(train.flatten(1), held_out.flatten(1))

# %%
axes = torch.linalg.svd(train.flatten(1), full_matrices=False).Vh[:16]
floor = 1 - (held_out.flatten(1) @ axes.T).square().sum() / held_out.square().sum()
drawing, frames = plots.figure(9, 2.8, 1, 4, sharey=True)
for ax, (name, run) in zip(frames, runs.items(), strict=True):
    for curve, colour, dash in zip(run, ("real", "generated"), ("-", "--"), strict=True):
        ax.plot(range(0, 300, 2), curve, color=plots.PALETTE[colour], linestyle=dash)
    ax.axhline(floor, color=plots.PALETTE["prior"], linestyle=":")
    ax.set(title=name, xlabel="pas", ylim=(0, 2.6))
frames[0].set_ylabel("erreur / image moyenne")
for height, name, colour in (
    (2.4, "— apprises", "real"),
    (2.15, "- - mises de côté", "generated"),
    (1.9, "··· ACP, 16 axes", "prior"),
):
    frames[0].text(295, height, name, color=plots.PALETTE[colour], fontsize=8.5, ha="right")
drawing.suptitle("Une seule de ces paires de courbes est saine", x=0.01, ha="left", fontsize=11)
plots.show(
    drawing,
    alt="A : deux plateaux confondus vers 0,7. B : une courbe près de 0, l'autre vers 0,2. C : deux courbes vers 0,07. "
    "D : deux courbes qui sortent du cadre, puis tremblent autour de 1.",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Posez à chaque courbe trois questions, dans cet ordre. Est-elle régulière ? Les deux courbes finissent-elles ensemble ? À quelle hauteur, par
# rapport au trait gris ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Un écart entre les deux courbes parle des images ; une hauteur commune parle du réseau ; des tremblements parlent de la descente. Et une
# courbe encore en pente à la fin demande à continuer.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "diagnosis", "locked": false, "schema_version": 3, "solution": true}
def diagnosis():
    """Une étiquette par courbe. Rend un dictionnaire : les clés sont "A", "B", "C" et "D"."""
    ### BEGIN SOLUTION
    return {"A": "goulot trop étroit", "B": "surapprentissage", "C": "tout va bien", "D": "pas trop grand"}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_diagnosis", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("lecture_courbes", diagnosis)

# %% [markdown]
# Voici les réglages qui étaient cachés.

# %%
from lessons_lib.checks.lesson_01.curves import SETTINGS

for name, label in diagnosis().items():
    images, latent, rate = SETTINGS[name]
    print(f"{name} : {images or len(train)} images, code de {latent}, pas d'apprentissage {rate} -> {label}")

# %% [markdown]
# ## Et maintenant : votre pas, votre perte, votre ACP
#
# Deux autoencodeurs à quatre nombres, sur les lotus de 8 × 8 pixels : l'un est linéaire, l'autre a une tangente hyperbolique entre ses
# couches. Votre pas les entraîne, votre perte les mesure, votre ACP trace le plancher. Quelques secondes.
#
# **Prédisez.** Lequel des deux passe sous le plancher ?

# %%
NETWORKS = {
    "linéaire": lambda: [nn.Linear(192, 4), nn.Linear(4, 192)],
    "avec tanh": lambda: [
        nn.Linear(192, 96),
        nn.Tanh(),
        nn.Linear(96, 4),
        nn.Linear(4, 96),
        nn.Tanh(),
        nn.Linear(96, 192),
    ],
}


def trained_losses(layers, steps=600):
    """La perte à chaque pas, sur toutes les images à la fois."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), *layers(), nn.Unflatten(1, (3, 8, 8)))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    return torch.tensor([float(train_step(model, optimizer, train, train)) for _ in range(steps)])


# %%
descents = {name: trained_losses(layers) for name, layers in NETWORKS.items()}
floor = squared_error(pca_reconstruct(train.flatten(1), 4).view_as(train), train)
drawing, ax = plots.figure(7, 3)
for (name, losses), colour, dash in zip(descents.items(), ("generated", "critic"), ("-", "--"), strict=True):
    ax.plot(losses, color=plots.PALETTE[colour], linestyle=dash)
    ax.text(605, losses[-1], name, color=plots.PALETTE[colour], va="center")
ax.axhline(floor, xmax=600 / 700, color=plots.PALETTE["real"], linestyle=":")
ax.text(8, 0.94 * floor, "votre ACP, 4 directions", color=plots.PALETTE["real"], va="top")
ax.set(xlabel="pas", ylabel="perte", xlim=(0, 700), ylim=(0, 2.5 * floor))
ax.set_title("Le réseau linéaire se pose sur votre ACP, l'autre passe dessous")
plots.show(drawing, alt="Deux courbes descendent : l'une s'arrête sur une droite horizontale, l'autre la traverse.")
print("linéaire, jamais sous le plancher :", bool(descents["linéaire"].min() > 0.9999 * floor))
print("linéaire, à 2 % du plancher à la fin :", bool(descents["linéaire"][-1] < 1.02 * floor))
print("avec tanh, sous le plancher de plus de 10 % :", bool(descents["avec tanh"][-1] < 0.9 * floor))

# %% [markdown]
# Le même pas, la même perte, le même goulot : il a suffi de deux tangentes hyperboliques. Attention, ces pertes sont celles des images
# apprises ; la courbe B vous a montré ce que cela peut cacher.
#
# ## Ce que votre perte ne voit pas
#
# Trois copies imparfaites des mêmes lotus : floue, bruitée, ou décalée de deux pixels vers la droite.
#
# **Prédisez.** Laquelle vous semble la plus proche de l'original ? Laquelle votre perte préfère-t-elle ?

# %%
lotus = SyntheticLotus(8, size=64, seed=0).images
generator = torch.Generator().manual_seed(0)
copies = {
    "floue": F.avg_pool2d(lotus, 5, stride=1, padding=2, count_include_pad=False),
    "bruitée": (lotus + 0.15 * torch.randn(lotus.shape, generator=generator)).clamp(-1, 1),
    "décalée": lotus.roll(2, dims=3),
}
losses = {name: squared_error(copy, lotus).item() for name, copy in copies.items()}
plots.image_grid(
    torch.cat([lotus[:4], *(copy[:4] for copy in copies.values())]),
    alt="Quatre lotus, puis leurs copies floues, bruitées, et décalées de deux pixels.",
    columns=4,
    rows=["original", *copies],
    title="Trois façons d'abîmer une fleur",
)
print("de la plus petite perte à la plus grande :", ", ".join(sorted(losses, key=losses.get)))

# %% [markdown]
# La copie décalée garde chaque pétale net, et l'œil la distingue à peine de l'original. La perte la juge pourtant la plus
# mauvaise : elle compare chaque pixel à celui qui occupe la même place.
#
# Un réseau qui hésite sur la place d'un pétale a donc intérêt à le peindre flou. Vous retrouverez ce flou dans toutes les
# reconstructions de la [leçon 02 · L'autoencodeur variationnel](../lessons/02_autoencodeur_variationnel.ipynb).
