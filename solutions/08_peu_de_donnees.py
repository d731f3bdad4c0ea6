# %% [markdown]
# # Exercice 08 · Peu de données
#
# **Durée :** 60 minutes. **Après** la leçon [08 · Peu de données](../lessons/08_peu_de_donnees.ipynb).
#
# Vous écrivez deux retouches, les pertes qui les emploient, la mesure de ce qu'une critique apprend par cœur, une séparation qui garde
# les doubles ensemble, et le calcul d'un gain avec son erreur ; entre les deux, vous relisez un protocole où une ligne est fausse. À la fin, vos fonctions
# disent ensemble si des retouches empêchent une critique d'apprendre 24 fleurs par cœur.

# %% tags=["nbval-ignore-output"]
import scipy.ndimage
import scipy.stats
import torch
from torch import nn

from lessons_lib import augment, plots, zoo
from lessons_lib.losses import gradient_penalty
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus
from lessons_lib.metrics import frechet_distance, thumbnails
from lessons_lib.models import Critic

REAL, FAKE, ACCENT = (plots.PALETTE[name] for name in ("real", "generated", "accent"))

calm = SyntheticLotus(600, size=32, seed=3, fixed=CALM_GARDEN).images
whole = SyntheticLotus(600, size=32, seed=4).images
print("jardin calme :", tuple(calm.shape), "  jardin entier :", tuple(whole.shape))

# %% [markdown]
# ## 1. Un miroir à pile ou face
#
# **À quoi cela sert.** Donner deux images à voir pour une : la retouche la plus simple, et souvent la première que l'on essaie.
#
# $$T(x) = \begin{cases} \text{le reflet de } x & \text{une fois sur deux} \\ x & \text{sinon} \end{cases}$$
#
# En mots : on tire à pile ou face pour **chaque** image, et l'on échange sa gauche et sa droite si c'est pile. Le hasard vient du
# `Generator` donné : le même tirage pourra être rejoué. Les images données ne changent pas.
#
# ### Le résultat attendu
#
# **Prédisez.** Les six images seront-elles toutes retournées, ou quelques-unes seulement ? Vérifiez en comparant les feuilles.

# %%
six = calm[[0, 4, 5, 6, 7, 9]]
reflect = nn.functional.affine_grid(torch.tensor([[[-1.0, 0, 0], [0, 1, 0]]]), (1, 3, 32, 32), align_corners=False)
turned = nn.functional.grid_sample(six, reflect.expand(6, -1, -1, -1), mode="nearest", align_corners=False)
plots.image_grid(
    torch.cat([six, turned[:1], six[1:3], turned[3:4], six[4:5], turned[5:]]),
    alt="Six fleurs ; dessous, les mêmes, dont la première, la quatrième et la dernière sont retournées.",
    rows=["données", "rendues"],
    scale=3,
    title="Chaque fleur a son tirage : ici, trois sont retournées",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `torch.rand(…, generator=generator)` tire suivant la loi uniforme entre 0 et 1. Combien faut-il de tirages pour un lot (N, 3, H, W) ? Et
# quelle dimension porte la gauche et la droite ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Donnez aux tirages la forme (N, 1, 1, 1). `torch.where(condition, a, b)` prend dans `a` là où la condition est vraie, et dans `b`
# ailleurs ; `flip` rend un nouveau tenseur.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "mirror", "locked": false, "schema_version": 3, "solution": true}
def mirror(images, generator):
    """Retourne chaque image gauche-droite une fois sur deux. images : (N, 3, H, W). generator : un torch.Generator.

    Rend un nouveau tenseur, (N, 3, H, W).
    """
    ### BEGIN SOLUTION
    tossed = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
    return torch.where(tossed, images.flip(3), images)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_mirror", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("miroir", mirror)

# %% [markdown]
# ## 2. Un décalage que le gradient traverse
#
# **À quoi cela sert.** Bouger l'image sans perdre le chemin qui va de chaque pixel rendu au pixel donné : c'est par là que le générateur
# apprendra.
#
# $$T(x)_{i,\,j} = x_{i - b,\; j - d}, \qquad 0 \text{ hors de l'image}$$
#
# En mots : le pixel rendu à la ligne $i$, colonne $j$, est celui que l'image donnée avait $b$ lignes plus haut et $d$ colonnes plus à
# gauche. $b$ est `down`, $d$ est `right` ; chaque image a les siens, qui peuvent être négatifs. Ce qui se découvre est gris, c'est-à-dire
# 0.
#
# ### Le résultat attendu
#
# SciPy sait décaler, mais il ne connaît pas les gradients.
#
# **Prédisez.** Lequel des quatre décalages de `moves` donnera un bord gris à droite **et** en bas ?

# %%
moves = [(0, 0), (6, 0), (0, 6), (-6, -6)]  # right, down
shifted = [torch.from_numpy(scipy.ndimage.shift(calm[5], (0, down, right), order=0)) for right, down in moves]
plots.image_grid(
    torch.stack(shifted),
    alt="La même fleur, puis décalée à droite, en bas, en haut à gauche, avec des bandes grises du côté opposé.",
    labels=["0, 0", "6, 0", "0, 6", "−6, −6"],
    columns=4,
    scale=4,
    title="Le bord gris est du côté que l'image a quitté",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `torch.roll` décale aussi, mais ce qui sort revient de l'autre côté. `nn.functional.pad(images, (m, m, m, m))` entoure les images
# d'une marge grise de `m` pixels.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Dans l'image entourée de sa marge, prenez une fenêtre de la taille de départ. Pour que l'image aille à droite, de quel côté la fenêtre
# va-t-elle ? Procédez image par image ; `torch.stack` réunit ensuite les fenêtres et laisse passer le gradient.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "shift", "locked": false, "schema_version": 3, "solution": true}
def shift(images, right, down):
    """Décale chaque image. images : (N, C, H, W). right, down : (N,), des entiers, en pixels.

    Rend un nouveau tenseur, (N, C, H, W), que l'on peut dériver par rapport aux images.
    """
    ### BEGIN SOLUTION
    height, width = images.shape[2:]
    margin = int(max(right.abs().max(), down.abs().max()))
    wide = nn.functional.pad(images, (margin, margin, margin, margin))
    moved = []
    for image, dx, dy in zip(wide, right.tolist(), down.tolist(), strict=True):
        moved.append(image[:, margin - dy : margin - dy + height, margin - dx : margin - dx + width])
    return torch.stack(moved)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_shift", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("decalage", shift)

# %% [markdown]
# ## 3. Les pertes augmentées
#
# **À quoi cela sert.** Placer la retouche là où elle aide la critique sans passer dans les images engendrées.
#
# $$\underbrace{\mathbb{E}\, f\big(T(G(z))\big) - \mathbb{E}\, f\big(T(x)\big)}_{\text{perte de la critique}}
# \qquad \underbrace{-\,\mathbb{E}\, f\big(T(G(z))\big)}_{\text{perte du générateur}}$$
#
# En mots : la critique ne note que des images retouchées, vraies ou fausses, à son tour comme au tour du générateur. `retouch` est la
# fonction $T$ ; elle tire son hasard elle-même, à chaque appel.
#
# ### Le résultat attendu
#
# Deux générateurs ont appris les mêmes 68 fleurs, avec les mêmes retouches : un décalage et un trou gris. Pour l'un, on a retouché les
# vraies images seules ; pour l'autre, vraies et fausses, aux deux tours.
#
# **Prédisez.** Lequel peindra des trous ?

# %%
z = torch.randn((8, 64), generator=torch.Generator().manual_seed(3))
with torch.inference_mode():
    painted = {name: zoo.load(f"few_32_n0068_{name}")(z) for name in ("retouched", "augmented")}
plots.image_grid(
    torch.cat(list(painted.values())),
    alt="En haut, des images mangées par du gris ; en bas, des fleurs entières.",
    rows=["vraies seules", "les deux"],
    scale=2,
    title="Retoucher les vraies seules : le gris passe dans les images",
)
grey = {name: (images.abs() < 0.1).all(dim=1).double().mean().item() for name, images in painted.items()}
print("au moins trois fois plus de gris, vraies seules :", grey["retouched"] > 3 * grey["augmented"])

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Comptez les images que la critique note dans les deux formules : trois groupes. Chacun passe par `retouch`.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Au tour de la critique, le générateur ne bouge pas : `detach()` est permis, sur l'image engendrée. Au tour du générateur, rien ne doit
# couper le gradient entre ses poids et la note.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "augmented_losses", "locked": false, "schema_version": 3, "solution": true}
def augmented_losses(critic, generator, real, z, retouch):
    """Les pertes d'un WGAN augmenté. critic : images -> (N,). generator : z -> images. real : (N, 3, H, W).

    z : (N, latent). retouch : images -> images, de même forme. Rend (perte de la critique, perte du générateur),
    deux scalaires.
    """
    ### BEGIN SOLUTION
    fake = generator(z)
    critic_loss = critic(retouch(fake.detach())).mean() - critic(retouch(real)).mean()
    return critic_loss, -critic(retouch(fake)).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_augmented_losses", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("pertes_augmentees", augmented_losses)

# %% [markdown]
# ## 4. Ce que la critique a appris par cœur
#
# **À quoi cela sert.** Savoir, pendant l'entraînement, si la critique reconnaît des lotus ou seulement ceux qu'on lui a montrés.
#
# On note trois groupes : des vraies **apprises**, des vraies **inconnues**, des **fausses**. La mesure (Karras et coll., 2020) est l'écart
# entre les notes moyennes des apprises et des inconnues, **rapporté à** l'écart entre celles des apprises et des fausses.
#
# Elle vaut 0 quand les inconnues sont notées comme les apprises, et 1 quand elles le sont comme les fausses. Elle peut dépasser 1, ou être négative.
#
# ### Le résultat attendu
#
# Trois critiques imaginaires ; chaque point est une image, le trait, la moyenne du groupe.
#
# **Prédisez.** Si l'on ajoute 10 à toutes les notes d'une critique, que devient la mesure ?

# %%
drawing, axes = plots.figure(7.4, 2.5, 1, 3, sharey=True)
spread = torch.linspace(-1, 1, 9)
for ax, (centre, name) in zip(axes, ((4, "0 : rien"), (2, "un demi"), (0, "1 : tout")), strict=True):
    groups = (("apprises", 4, REAL, "o"), ("inconnues", centre, plots.PALETTE["prior"], "^"), ("fausses", 0, FAKE, "s"))
    for x, (_, mean, colour, marker) in enumerate(groups):
        ax.scatter(x + 0.2 * spread, mean + spread[[3, 0, 8, 5, 2, 7, 1, 6, 4]], s=10, color=colour, marker=marker)
        ax.plot([x - 0.3, x + 0.3], [mean, mean], color=colour, linestyle="-")
    ax.set_xticks(range(3), [group[0] for group in groups], fontsize=8)
    ax.set_title(name, fontsize=10)
axes[0].set_ylabel("note")
drawing.suptitle("Plus les inconnues descendent vers les fausses, plus la critique a appris par cœur", x=0.02, ha="left",
                 fontsize=11)  # fmt: skip
plots.show(drawing, alt="Trois cadres : les inconnues au niveau des apprises, à mi-chemin, puis au niveau des fausses.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Trois moyennes suffisent. Les groupes n'ont pas la même taille.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Les deux écarts partent de la même moyenne. Gardez leur signe : une critique peut, par chance, noter les inconnues mieux que les
# apprises.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "overfit", "locked": false, "schema_version": 3, "solution": true}
def overfit(known, new, fake):
    """La part apprise par cœur. known, new, fake : (A,), (B,), (C,), les notes de trois groupes. Rend un nombre."""
    ### BEGIN SOLUTION
    return (known.mean() - new.mean()) / (known.mean() - fake.mean())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_overfit", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("surapprentissage", overfit)

# %% [markdown]
# ## 5. Les doubles restent ensemble
#
# **À quoi cela sert.** Une image « inconnue » dont le double a servi à apprendre n'est pas inconnue : toute la mesure serait faussée.
#
# `pairs` est un tenseur de quasi-doubles, deux numéros par ligne. Si 0 et 1 sont des doubles, et 1 et 2 aussi, alors 0, 1 et 2 forment un seul
# **groupe**. On tire des groupes entiers, au hasard, et l'on s'arrête dès que l'évaluation a au moins `held_out` images.
#
# ### Le résultat attendu
#
# Quatorze images, six paires, et une séparation possible pour `held_out = 6`.
#
# **Prédisez.** Combien d'images l'évaluation peut-elle compter au plus, ici ?

# %%
linked = torch.tensor([[4, 5], [0, 1], [2, 3], [3, 4], [1, 2], [9, 7]])
held = torch.tensor([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0]).bool()  # 6 à évaluer, 8 à apprendre
drawing, ax = plots.figure(7, 1.9)
for i, j in linked.tolist():
    place = torch.linspace(0, torch.pi, 30)
    ax.plot((i + j) / 2 + abs(j - i) / 2 * place.cos(), 0.3 + 0.35 * abs(j - i) * place.sin(),
            color=plots.PALETTE["prior"], linestyle="-")  # fmt: skip
for side, colour, marker, name in ((held, ACCENT, "s", "évaluation"), (~held, REAL, "o", "entraînement")):
    ax.scatter(side.nonzero(), torch.zeros(int(side.sum())), s=150, color=colour, marker=marker)
    ax.text(1 if marker == "o" else 8.5, -1.0, name, color=colour)
for i in range(14):
    ax.text(i, 0, str(i), color="white", ha="center", va="center", fontsize=8)
ax.set(xlim=(-0.6, 13.6), ylim=(-1.2, 1.3), yticks=[], xticks=[])
ax.grid(False)
ax.set_title("Aucun trait ne relie les deux côtés")
plots.show(drawing, alt="Quatorze pastilles ; celles que des traits relient ont toutes la même couleur.")
print("paires coupées :", int((held[linked[:, 0]] != held[linked[:, 1]]).sum()))

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Commencez par donner à chaque image son propre numéro de groupe, `torch.arange(count)`. Que faire de ces numéros à chaque paire ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# À la paire (i, j), **toutes** les images du groupe de j passent dans le groupe de i. Parcourez ensuite les images dans l'ordre de
# `torch.randperm(count, generator=generator)` : chacune emmène tout son groupe, tant que le compte n'y est pas.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "split", "locked": false, "schema_version": 3, "solution": true}
def split(count, pairs, held_out, generator):
    """Sépare `count` images sans couper un groupe de doubles. pairs : (P, 2), des numéros. held_out : un nombre d'images.

    generator : un torch.Generator. Rend un masque (count,), vrai pour les images à évaluer.
    """
    ### BEGIN SOLUTION
    group = torch.arange(count)
    for i, j in pairs.tolist():
        group[group == group[j].item()] = group[i].item()
    mask = torch.zeros(count, dtype=torch.bool)
    for i in torch.randperm(count, generator=generator):
        if mask.sum() < held_out:
            mask |= group == group[i]
    return mask
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_split", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("doubles", split)

# %%
sizes = [int(split(14, linked, 6, torch.Generator().manual_seed(seed)).sum()) for seed in range(300)]
print("la prédiction, vérifiée sur 300 tirages : de", min(sizes), "à", max(sizes), "images à évaluer")

# %% [markdown]
# Le pire cas : l'évaluation a cinq images, une de moins que le compte, et le groupe de six arrive.
#
# ## 6. Lire un protocole, et prédire une fuite
#
# **À quoi cela sert.** Une mesure faussée ne lève pas d'erreur : elle se prévient en lisant.
#
# Ici, `draw(images, n)` tire $n$ images au hasard ; `descend` efface les gradients, dérive la perte et fait un pas.
#
# ```python
#  1  mask = split(len(images), pairs, 48, random)
#  2  known, new = images[~mask], images[mask]
#  3  for step in range(4000):
#  4      real = retouch(draw(images, 32))
#  5      fake = retouch(generator(torch.randn(32, 64)).detach())
#  6      loss = critic(fake).mean() - critic(real).mean()
#  7      descend(critic_optimizer, loss + 10 * gradient_penalty(critic, real, fake))
#  8      fake = generator(torch.randn(32, 64))
#  9      descend(generator_optimizer, -critic(retouch(fake)).mean())
# 10  with torch.no_grad():
# 11      fake = generator(torch.randn(48, 64))
# 12      rate = overfit(*(critic(retouch(part)) for part in (known, new, fake)))
# ```
#
# **Une seule** ligne est fausse : rendez son numéro sous `"ligne"`. Sous `"taux"`, dites comment est alors `rate` quand la critique apprend par
# cœur : `"trop petit"`, `"trop grand"` ou `"juste"`.

# %% [markdown]
# Puis prédisez. On retouche les **vraies images seules**, et l'on suppose que le générateur apprend exactement ce qu'on lui montre : la
# retouche se verra-t-elle dans ses images ? Répondez `"se voit"` ou `"ne se voit pas"` :
#
# - `"entier"` : le miroir, dans le jardin entier, où les feuilles poussent partout ;
# - `"calme"` : le miroir, dans le jardin calme ;
# - `"couleurs"` : luminosité, saturation et contraste tirés au hasard, dans le jardin entier.
#
# Enfin `"penche"` : toutes les vraies fleurs penchent à droite. Le miroir à pile ou face s'applique aux vraies **et** aux fausses, aux deux
# tours. Comment peuvent pencher les fleurs d'un générateur dont la critique ne distingue plus les images des vraies ? `"à droite seulement"`,
# `"à gauche seulement"`, `"à droite ou à gauche"` ou `"toutes droites"`.
#
# ### Le résultat attendu
#
# Pour répondre, regardez les deux jardins, sans retouche.

# %%
plots.image_grid(
    torch.cat([whole[:8], calm[:8]]),
    alt="En haut, huit fleurs entourées de feuilles diverses ; en bas, huit fleurs et trois feuilles à la même place.",
    rows=["entier", "calme"],
    scale=2,
    title="Deux jardins : où sont les feuilles ?",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Pour la ligne, suivez une seule image : une de celles que le masque réserve. Où passe-t-elle ? Pour les prédictions, demandez-vous si
# l'image retouchée pourrait être tirée, telle quelle, dans le jardin.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Pour `"penche"`, mettez-vous à la place de la critique : dessinez ce qu'elle voit des vraies fleurs, après le miroir. Puis cherchez toutes
# les façons de peindre qui, après le même miroir, donnent le même dessin.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "read_protocol", "locked": false, "schema_version": 3, "solution": true}
def read_protocol():
    """La ligne fausse et cinq prédictions. Rend un dictionnaire : "ligne" (un numéro), "taux", "entier", "calme",
    "couleurs" et "penche" (des étiquettes).
    """
    ### BEGIN SOLUTION
    return {
        "ligne": 4,
        "taux": "trop petit",
        "entier": "ne se voit pas",
        "calme": "se voit",
        "couleurs": "se voit",
        "penche": "à droite ou à gauche",
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_read_protocol", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("lecture_protocole", read_protocol)

# %% [markdown]
# **Les prédictions, vérifiées.** Une retouche se voit si elle éloigne les images de leur jardin. On mesure, par la distance de Fréchet
# de la leçon 07 entre vignettes de huit pixels de côté, combien elle les éloigne d'autres fleurs du même jardin, et on divise par la
# distance sans retouche : 1 veut dire que rien ne se voit.

# %%
random, halves = torch.Generator().manual_seed(0), {"entier": whole.chunk(2), "calme": calm.chunk(2)}
retouches = {"miroir": mirror, "couleurs": augment.colour}
places = (("miroir", "entier"), ("miroir", "calme"), ("couleurs", "entier"))
moments = {name: [thumbnails(half, 8).double() for half in pair] for name, pair in halves.items()}
times = {}
for name, garden in places:
    retouched = thumbnails(retouches[name](halves[garden][0], random), 8).double()
    times[name, garden] = float(frechet_distance(retouched, moments[garden][1]) / frechet_distance(*moments[garden]))
drawing, ax = plots.figure(6.4, 2.1)
for y, (key, marker) in enumerate(zip(places, "osD", strict=True)):
    ax.plot([1, times[key]], [y, y], color=plots.PALETTE["prior"], linestyle="-")
    ax.plot(times[key], y, marker, color=REAL, markersize=8)
ax.axvline(1, color=ACCENT, linestyle="--")
ax.set(xscale="log", xlim=(0.8, 20), ylim=(2.5, -0.5), xlabel="distance, sans retouche = 1")
ax.set_yticks(range(3), [f"{name}, jardin {garden}" for name, garden in places])
ax.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
ax.minorticks_off()
ax.set_title("Le miroir ne se voit que là où les feuilles ont une place fixe")
plots.show(
    drawing, alt="Trois points : le miroir près de 1 au jardin entier, plus loin au jardin calme ; les couleurs, loin."
)
print("miroir, jardin entier, moins de 1,5 fois :", times["miroir", "entier"] < 1.5)
print("miroir, jardin calme, plus de 2 fois :", times["miroir", "calme"] > 2)
print("couleurs, jardin entier, plus de 5 fois :", times["couleurs", "entier"] > 5)

# %% [markdown]
# Pour les fleurs qui penchent, un calcul suffit : trois silhouettes, chacune donnée par trois hauteurs, plus hautes à droite, et leurs reflets. On dresse la liste de tout
# ce que la critique peut voir, après le miroir, de trois générateurs ; à pile ou face, chaque silhouette de la liste est aussi fréquente.

# %%
right = torch.tensor([[0, 1, 2], [0, 2, 3], [1, 2, 4]])  # la hauteur en trois endroits : tout penche à droite
worlds = {"à droite": right, "à gauche": right.flip(1), "les deux": torch.cat([right, right.flip(1)])}
views = {name: sorted(torch.cat([bars, bars.flip(1)]).unique(dim=0).tolist()) for name, bars in worlds.items()}
print("la critique voit la même chose des trois :", views["à droite"] == views["à gauche"] == views["les deux"])

# %% [markdown]
# ## 7. Un gain et son erreur
#
# **À quoi cela sert.** Deux entraînements de graines différentes ne finissent pas au même point : un gain mesuré une fois peut n'être que de la chance.
#
# On entraîne donc un classifieur avec $n$ graines, sans puis avec augmentation, **les mêmes graines** des deux côtés. Le gain d'une graine est la
# différence $d$ de ses deux exactitudes. La fonction rend la moyenne des $d$, et son **erreur type** :
#
# $$\bar d = \frac1n \sum d_i \qquad e = \sqrt{\frac{1}{n\,(n-1)} \sum (d_i - \bar d)^2}$$
#
# En mots : l'erreur type dit de combien la moyenne bougerait si l'on recommençait avec d'autres graines. C'est l'écart type des
# différences, calculé avec $n - 1$, divisé par la racine de $n$.
#
# ### Le résultat attendu
#
# Deux augmentations imaginaires, de même gain moyen ; chaque trait relie les deux entraînements d'une graine.
#
# **Prédisez.** Pour laquelle le gain est-il le plus sûr ?

# %%
before = torch.tensor([60.0, 66, 70, 75, 79])
after = before + torch.tensor([5, 4, 6, 5, 5]), before.flip(0) + 5
drawing, axes = plots.figure(7, 2.7, 1, 2, sharey=True)
for ax, values in zip(axes, after, strict=True):
    for one, other in zip(before, values, strict=True):
        ax.plot([0, 1], [one, other], "o-", color=REAL)
    gains = values - before
    ax.set_title(f"gain : {gains.mean():.0f} ± {scipy.stats.sem(gains):.1f} points".replace(".", ","), fontsize=10)
    ax.set_xticks([0, 1], ["sans", "avec"])
    ax.set_xlim(-0.3, 1.3)
axes[0].set_ylabel("exactitude, en %")
drawing.suptitle("Même gain moyen : c'est le désordre des traits qui fait l'erreur", x=0.02, ha="left", fontsize=11)
plots.show(drawing, alt="À gauche, cinq traits presque parallèles ; à droite, cinq traits qui se croisent.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Calculez d'abord les différences, graine par graine. Ensuite, oubliez les exactitudes.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `torch.std` divise par $n - 1$ ; `np.std`, par $n$ si l'on ne dit rien. Combien y a-t-il de graines ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "gain", "locked": false, "schema_version": 3, "solution": true}
def gain(without, augmented):
    """Le gain moyen et son erreur type. without, augmented : (n,), les exactitudes des mêmes graines.

    Rend (gain moyen, erreur type) ; le gain est positif si l'augmentation aide.
    """
    ### BEGIN SOLUTION
    differences = augmented - without
    return differences.mean(), differences.std() / len(differences) ** 0.5
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_gain", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("gain", gain)

# %% [markdown]
# ## Et maintenant
#
# Toutes vos fonctions, devant une critique qui n'a que 24 vraies fleurs. Son adversaire est un générateur **parfait** : il rend d'autres
# fleurs du même jardin. Presque rien ne distingue les vraies des fausses : ce que la critique apprend ne vaut guère que pour les fleurs qu'on lui montre. On
# l'entraîne 80 pas, quatre fois sans et quatre fois avec vos retouches : une vingtaine de secondes.
#
# **Prédisez.** Avec les retouches, l'écart des notes entre fleurs apprises et inconnues disparaît-il, ou diminue-t-il ?


# %%
def memorise(known, new, others, seed, retouched):
    """80 pas d'une critique ; rend (écart des notes entre apprises et inconnues, part apprise par cœur)."""
    torch.manual_seed(seed)
    random, critic = torch.Generator().manual_seed(seed), Critic(size=32, width=8)
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))

    def retouch(images):
        if not retouched:
            return images
        right, down = torch.randint(-4, 5, (2, len(images)), generator=random)
        return shift(mirror(images, random), right, down)

    for _ in range(80):
        z = torch.randint(len(others), (len(known),))  # le générateur parfait : un numéro, une fleur
        loss, _ = augmented_losses(critic, lambda z: others[z], known, z, retouch)
        loss = loss + gradient_penalty(critic, retouch(known), retouch(others[z]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        notes = [critic(images) for images in (known, new, others)]
    return notes[0].mean() - notes[1].mean(), overfit(*notes)


# %% tags=["nbval-ignore-output"]
garden = torch.cat([calm[:60], (calm[:12] + 0.06).clamp(-1, 1)])  # douze fleurs ont un double, un peu plus clair
pairs = torch.stack([torch.arange(12), torch.arange(60, 72)], dim=1)
mask = torch.as_tensor(split(len(garden), pairs, 48, torch.Generator().manual_seed(0))).bool()
known, new, others = garden[~mask], garden[mask], calm[72:192]
runs = torch.tensor([[memorise(known, new, others, seed, way) for way in (False, True)] for seed in range(4)])
gaps, rates = runs[..., 0], runs[..., 1]
mean, error = gain(*gaps.T)
drawing, ax = plots.figure(5.6, 2.8)
for pair in gaps:
    ax.plot([0, 1], pair, "o-", color=plots.PALETTE["critic"])
ax.set_xticks([0, 1], ["sans retouche", "avec les vôtres"])
ax.set(xlim=(-0.4, 1.4), ylim=(0, 1.15 * gaps.max()), ylabel="écart, apprises − inconnues")
said = f"{mean:.2f} ± {error:.2f}".replace(".", ",").replace("-", "−")
ax.locator_params(axis="y", integer=True, nbins=5)
ax.set_title(f"Vos retouches réduisent l'écart : {said}")
plots.show(drawing, alt="Quatre traits qui descendent : l'écart des notes est plus petit avec les retouches.")
cut = int((mask[pairs[:, 0]] != mask[pairs[:, 1]]).sum())
print(f"{len(known)} fleurs apprises, {len(new)} inconnues ; paires coupées : {cut}")
print("sans retouche, part apprise par cœur, en moyenne au-dessus d'un demi :", bool(rates[:, 0].mean() > 0.5))
print("l'écart baisse à chaque graine :", bool((gaps[:, 1] < gaps[:, 0]).all()))
print("de plus de deux erreurs types :", bool(mean < -2 * error))

# %% [markdown]
# L'écart diminue, mais il ne disparaît pas : la critique retient aussi des fleurs retournées et décalées. Des retouches
# freinent la mémorisation ; elles ne remplacent pas des images. Et votre `gain` porte ici sur un écart que l'on veut voir **baisser** : il
# est donc négatif.
