# %% [markdown]
# # Exercice 03 · Six gestes dans l'espace latent
#
# **Durée :** 50 minutes. **Après** la leçon [03 · L'espace latent](../lessons/03_espace_latent.ipynb).
#
# Vous prédisez la norme d'un mélange, vous suivez l'arc, vous isolez un attribut, vous transportez une ouverture d'une fleur à une
# autre, vous comptez les dimensions vivantes ; enfin vous diagnostiquez quatre VAE du zoo. Le premier dessin prend une dizaine de
# secondes.

# %% tags=["nbval-ignore-output"]
from dataclasses import replace

import torch

from lessons_lib import plots, zoo
from lessons_lib.images import grid, to_array
from lessons_lib.losses import kl_to_standard_normal
from lessons_lib.lotus import CALM_GARDEN, Factors, SyntheticLotus, render

vae = zoo.load("vae_64")
lotus = SyntheticLotus(200, size=64, seed=1, fixed=CALM_GARDEN)
openness, variety = lotus.factors["openness"], lotus.factors["variety"]

# %% [markdown]
# ## 1. À quelle distance de 0 ?
#
# **À quoi cela sert.** Savoir, avant de décoder un mélange de codes, s'il est encore là où vivent les tirages.
#
# Un tirage de $\mathcal{N}(0, I)$ à $D$ dimensions est à une distance de 0 voisine de $\sqrt{D}$. Mêlez-en $K$, indépendants, avec les
# parts $w_1, \dots, w_K$. Pour résumer la norme du mélange par un seul nombre, dont la valeur est exacte :
#
# $$\sqrt{\mathbb{E}\,\|w_1 z_1 + \dots + w_K z_K\|^2}$$
#
# En mots : la racine de la moyenne de la norme au carré, sur tous les tirages possibles.
#
# `dimensions` est l'entier $D$ ; `shares` est le vecteur des $K$ parts, qui peuvent être négatives. Rendez un nombre, sans rien tirer.
#
# ### Le résultat attendu
#
# Voici des normes mesurées sur 4 000 mélanges à 32 dimensions. Le trait de chaque tas est, à un dixième près, ce que
# votre fonction doit rendre.
#
# **Prédisez.** La différence de deux tirages, qui va de l'un à l'autre, est-elle plus courte ou plus longue qu'un tirage ?

# %%
draws = torch.randn((4000, 16, 32), generator=torch.Generator().manual_seed(0))
mixes = {
    "un tirage": draws[:, 0],
    "moyenne de 16": draws.mean(dim=1),
    "milieu de deux": draws[:, [0, 1]].mean(dim=1),
    "différence de deux": draws[:, 0] - draws[:, 1],
}
drawing, ax = plots.figure(7, 2.8)
for (name, mixed), colour in zip(mixes.items(), ("real", "generated", "accent", "critic"), strict=True):
    norms = mixed.norm(dim=1)
    typical = norms.square().mean().sqrt()
    ax.hist(norms, 40, density=True, histtype="stepfilled", color=plots.PALETTE[colour], alpha=0.5)
    ax.vlines(typical, 0, 2.5, color=plots.PALETTE[colour], linestyle="-", linewidth=1.5)
    ax.text(typical, 2.6, f"{name}\n{typical:.1f}".replace(".", ","), color=plots.PALETTE[colour], ha="center")
ax.set(xlabel="norme du mélange", ylabel="densité", yticks=[], xlim=(0, 10.5), ylim=(0, 3.5))
ax.set_title("La moyenne rapproche de 0, la différence en éloigne")
plots.show(
    drawing,
    alt="Quatre tas de normes : moyenne de 16 vers 1,4, milieu de deux vers 4, un tirage vers 5,7, différence vers 8.",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Regardez une seule coordonnée du mélange. Multiplier un tirage par une part multiplie sa variance par un autre nombre : lequel ? Et les
# variances de tirages indépendants s'additionnent.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# La norme au carré est une somme sur les coordonnées. Elles sont $D$, et toutes ont la même variance.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "norme_attendue", "locked": false, "schema_version": 3, "solution": true}
def expected_norm(dimensions, shares):
    """La racine de E ‖w1 z1 + … + wK zK‖². dimensions : D, un entier. shares : les parts w, (K,). Rend un nombre."""
    ### BEGIN SOLUTION
    return (dimensions * shares.square().sum()).sqrt()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_norme_attendue", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("norme_attendue", expected_norm)

# %% [markdown]
# ## 2. Suivre l'arc
#
# **À quoi cela sert.** Passer d'un tirage à un autre sans descendre vers 0, là où le décodeur rend toujours la même fleur moyenne.
#
# $$\mathrm{slerp}(a, b, t) = \frac{\sin((1 - t)\,\Omega)}{\sin \Omega}\,a + \frac{\sin(t\,\Omega)}{\sin \Omega}\,b$$
#
# En mots : une part de chaque code, choisie pour que l'angle $\Omega$ entre $a$ et $b$ avance à vitesse constante.
#
# `a` et `b` ont la forme (D,) ; `t` a la forme (T, 1), une ligne par étape. Rendez (T, D), une étape par ligne. Vous pouvez supposer que
# `a` et `b` ne sont ni nuls, ni parallèles.
#
# ### Le résultat attendu
#
# Onze étapes entre un code de norme 3 et un code de norme 2, perpendiculaires. Les deux bouts sont exacts ; comme les
# normes diffèrent, l'arc est un quart d'ellipse.

# %%
quarter = torch.linspace(0, torch.pi / 2, 11)
expected = torch.stack([3 * quarter.cos(), 2 * quarter.sin()], dim=1)
drawing, ax = plots.figure(5, 2.8)
ax.plot(*expected.T, "o-", color=plots.PALETTE["prior"], markersize=4)
ax.plot([3, 0], [0, 2], "--", color=plots.PALETTE["generated"])
for name, place in (("a", (3.06, 0.05)), ("b", (0.05, 2.08)), ("slerp", (2.3, 1.5)), ("lerp", (1.05, 0.95))):
    ax.text(*place, name, color=plots.PALETTE["generated" if name == "lerp" else "prior"])
ax.set(aspect="equal", xlabel="$z_0$", ylabel="$z_1$", xlim=(-0.1, 3.4), ylim=(-0.1, 2.4))
ax.set_title("De a à b par un arc, sans couper")
plots.show(drawing, alt="Onze points sur un arc d'ellipse, et le segment en tirets au-dessous.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Commencez par l'angle. Le cosinus de l'angle de deux vecteurs **de norme 1** est leur produit scalaire.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `torch.nn.functional.cosine_similarity(a, b, dim=-1)` donne ce cosinus ; `torch.acos` fait le reste. La forme (T, 1) de `t` s'étend
# d'elle-même à (T, D).
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "slerp", "locked": false, "schema_version": 3, "solution": true}
def slerp(a, b, t):
    """Interpolation sphérique. a, b : (D,). t : (T, 1). Rend (T, D)."""
    ### BEGIN SOLUTION
    omega = torch.acos(torch.nn.functional.cosine_similarity(a, b, dim=-1))
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_slerp", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("slerp", slerp)

# %% [markdown]
# ## 3. Ce qu'un attribut ajoute
#
# **À quoi cela sert.** Trouver, à partir d'images étiquetées, la direction qui ouvre une fleur ou qui la jaunit, sans aucun entraînement.
#
# $$v = \overline{z}_{\text{avec}} - \overline{z}_{\text{sans}}$$
#
# En mots : la moyenne des codes qui ont l'attribut, moins la moyenne de ceux qui ne l'ont pas.
#
# `codes` a la forme (N, D) ; `has` est un tenseur de N booléens. Rendez un vecteur (D,).
#
# ### Le résultat attendu
#
# **Prédisez.** Huit codes, trois avec l'attribut et cinq sans. D'où part la flèche, et où arrive-t-elle ? Les deux groupes n'ont pas le
# même nombre de codes : cela change-t-il quelque chose ?

# %%
codes = torch.tensor([[2.6, 1.4], [3.2, 2.2], [3.0, 1.2], [0.2, 0.1], [0.9, 0.5], [0.4, 0.9], [0.0, 0.6], [1.0, 0.0]])
has = torch.tensor([True] * 3 + [False] * 5)
drawing, ax = plots.figure(5, 2.8)
for group, colour, mark, name in ((has, "real", "o", "avec"), (~has, "generated", "^", "sans")):
    ax.plot(*codes[group].T, mark, color=plots.PALETTE[colour])
    ax.text(*(codes[group].amax(dim=0) + 0.05), name, color=plots.PALETTE[colour])
arrow = {"arrowstyle": "->", "linewidth": 2, "color": plots.PALETTE["prior"]}
ax.annotate("", (2.93, 1.6), (0.5, 0.42), arrowprops=arrow)
ax.set(aspect="equal", xlabel="$z_0$", ylabel="$z_1$", xlim=(-0.2, 4), ylim=(-0.2, 2.6))
ax.set_title("D'une moyenne à l'autre")
plots.show(drawing, alt="Cinq triangles, trois ronds, et une flèche du milieu des triangles au milieu des ronds.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Un tenseur de booléens choisit des lignes : `codes[has]`. Que choisit `~has` ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# La moyenne d'un groupe porte sur les codes, c'est-à-dire sur la dimension 0 : il reste un nombre par dimension latente.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "vecteur_attribut", "locked": false, "schema_version": 3, "solution": true}
def attribute_vector(codes, has):
    """Le vecteur d'un attribut. codes : (N, D). has : N booléens. Rend (D,)."""
    ### BEGIN SOLUTION
    return codes[has].mean(dim=0) - codes[~has].mean(dim=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_vecteur_attribut", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("vecteur_attribut", attribute_vector)

# %% [markdown]
# ## 4. Une analogie : *a* est à *b* ce que *c* est à… ?
#
# **À quoi cela sert.** Un vecteur d'attribut demande deux groupes d'images. Deux images suffisent à une analogie : la même fleur, fermée
# puis ouverte, montre le déplacement que vous appliquez à une troisième.
#
# $$d - c = s\,(b - a)$$
#
# En mots : on va de $c$ à $d$ par le même déplacement que de $a$ à $b$, répété $s$ fois. La **force** $s$ peut dépasser 1, ou être
# négative.
#
# `a`, `b` et `c` ont la forme (D,) ; `strengths` a la forme (T,), une force par réponse. Rendez (T, D), un code par ligne.
#
# ### Le résultat attendu
#
# Le jardin est de synthèse : on connaît la bonne réponse. Une fleur blanche s'ouvre de *a* à *b* ; la fleur rose *c* doit s'ouvrir
# d'autant.
#
# **Prédisez.** Votre réponse passera par les codes et par le décodeur. En quoi différera-t-elle des images du bas ?


# %%
def with_openness(index, *values):
    """La fleur index du jardin, redessinée à chaque ouverture : (len(values), 3, 64, 64)."""
    flower = Factors.from_row(lotus.factors[index])
    return torch.stack([render(replace(flower, openness=min(value, 1.0)), 64) for value in values])


sides, above = (int(i) for i in (variety == "white").nonzero()[0][:2])  # vue de côté, vue d'en haut
pink = int(((variety == "pink") & (openness < 0.2)).nonzero()[0][0])
pair = with_openness(above, 0.1, 0.8)
doses = torch.tensor([0.0, 1 / 3, 2 / 3, 1.0])
truth = with_openness(pink, *(openness[pink] + 0.7 * doses).tolist())
plots.image_grid(
    torch.cat([pair, truth]),
    alt="Un bouton blanc et la même fleur ouverte ; puis un bouton rose qui s'ouvre en quatre images.",
    labels=["a", "b", "c, force 0", "1/3", "2/3", "1"],
    columns=6,
    scale=1,
    title="Ce que a et b montrent, c doit le faire",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Il n'y a qu'un déplacement, de forme (D,), pour toutes les forces. Seule sa longueur change d'une ligne à l'autre.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# (T,) et (D,) ne se multiplient pas tels quels : donnez aux forces la forme (T, 1). Puis (T, D) et (D,) s'additionnent.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "arithmetique", "locked": false, "schema_version": 3, "solution": true}
def analogy(a, b, c, strengths):
    """Les codes qui sont à c ce que b est à a. a, b, c : (D,). strengths : (T,). Rend (T, D)."""
    ### BEGIN SOLUTION
    return c + strengths[:, None] * (b - a)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_arithmetique", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("arithmetique", analogy)

# %% [markdown]
# ## 5. Compter les dimensions vivantes
#
# **À quoi cela sert.** C'est le premier chiffre à regarder après avoir entraîné un VAE : combien de dimensions disent quelque chose de
# l'image ?
#
# $$\mathrm{KL}_j = \frac{1}{N} \sum_{i=1}^{N} \tfrac{1}{2} \left(\mu_{ij}^2 + \sigma_{ij}^2 - 1 - \log \sigma_{ij}^2\right)$$
#
# En mots : la divergence de la dimension $j$, en moyenne sur les images. La dimension est **vivante** si cette moyenne dépasse un seuil,
# 0,05 nat dans la leçon.
#
# `mu` et `logvar` ont la forme (N, D), et `logvar` est $\log \sigma^2$ ; `threshold` est le seuil, en nats. Rendez un entier.
#
# ### Le résultat attendu
#
# À gauche, huit images et trois dimensions inventées : un point par image, un trait à la moyenne. À droite, les comptes que donnent les
# fiches du zoo.
#
# **Prédisez.** La deuxième dimension ne sert qu'à une image sur huit. Vit-elle ?

# %%
toy = torch.tensor(
    [[0.9, 0.7, 1.1, 0.4, 0.8, 1.2, 0.6, 0.7], [0.8] + [0.01] * 7, [0.02, 0.03, 0.01, 0.04, 0.02, 0.09, 0.01, 0.02]]
)
betas = (1, 4, 16, 64, 128, 256, 1024)
counts = [zoo.card(f"beta_vae_32_b{beta:04d}")["figures"]["active"] for beta in betas]
drawing, (left, right) = plots.figure(7.4, 2.9, 1, 2, width_ratios=[1, 1.25])
for j, values in enumerate(toy):
    colour = plots.PALETTE["real" if values.mean() > 0.05 else "prior"]
    left.semilogy(j + torch.linspace(-0.25, 0.25, 8), values, "o", color=colour, markersize=4, alpha=0.7)
    left.plot([j - 0.35, j + 0.35], [values.mean()] * 2, "-", color=colour, linewidth=3)
left.axhline(0.05, color=plots.PALETTE["accent"], linestyle="--")
left.text(2.42, 0.055, "seuil", color=plots.PALETTE["accent"], ha="right")
left.set_xticks([0, 1, 2], ["vivante", "vivante", "éteinte"])
left.set_yticks([0.01, 0.1, 1], ["0,01", "0,1", "1"])
left.minorticks_off()
left.set(ylabel="KL, en nats", title="La moyenne décide")
right.plot(range(7), counts, "o-", color=plots.PALETTE["real"])
for place, count in enumerate(counts):
    right.text(place + 0.12, count + 0.35, str(count), color=plots.PALETTE["real"])
right.set_xticks(range(7), betas)
right.set(xlabel="$\\beta$, le prix d'un nat", ylabel="dimensions vivantes", ylim=(-0.6, 11.4), xlim=(-0.4, 6.6))
right.set_title("Plus le nat est cher, moins il en vit")
plots.show(
    drawing, alt="À gauche trois groupes de points et leur moyenne ; à droite des comptes qui tombent de 10 à 0."
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Trois étapes : une divergence par image et par dimension, (N, D) ; une moyenne, (D,) ; une comparaison.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# La moyenne porte sur le lot, la dimension 0. Comparer un tenseur à un nombre donne des booléens, et leur somme compte les vrais.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "dimensions_actives", "locked": false, "schema_version": 3, "solution": true}
def active_dimensions(mu, logvar, threshold):
    """Le nombre de dimensions vivantes. mu, logvar : (N, D). threshold : en nats. Rend un entier."""
    ### BEGIN SOLUTION
    kl = 0.5 * (mu.square() + logvar.exp() - 1 - logvar)  # (N, D)
    return int((kl.mean(dim=0) > threshold).sum())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_dimensions_actives", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("dimensions_actives", active_dimensions)

# %% [markdown]
# ## 6. Lire une famille : quatre diagnostics
#
# **À quoi cela sert.** Régler $\beta$ sur vos propres images, où personne ne vous dira la bonne valeur.
#
# Quatre VAE du zoo, dans le désordre : seul $\beta$ les distingue. Chaque ligne montre la KL de chaque dimension, de la plus grande à la
# plus petite ; les reconstructions des trois images du haut ; trois tirages de $\mathcal{N}(0, I)$, décodés.
#
# | Étiquette | Ce qu'elle veut dire |
# |---|---|
# | « prix trop bas » | le code est précis, mais un tirage tombe le plus souvent dans un trou |
# | « bon compromis » | les reconstructions gardent les facteurs, et les tirages sont des fleurs variées |
# | « prix trop haut » | quelques dimensions vivent, mais des facteurs se sont perdus |
# | « effondrement » | le code ne dit plus rien de l'image |

# %% tags=["nbval-ignore-output"]
recipe = zoo.card("beta_vae_32_b0001")["recipe"]
garden = SyntheticLotus(200, size=32, seed=1, fixed=recipe["fixed"]).images
shuffled = torch.tensor([1, 16, 128, 1024])[torch.randperm(4, generator=torch.Generator().manual_seed(4))]
unknown = {name: zoo.load(f"beta_vae_32_b{int(beta):04d}") for name, beta in zip("ABCD", shuffled, strict=True)}
z = torch.randn((6, 10), generator=torch.Generator().manual_seed(0))[[0, 1, 3]]

# %%
drawing, frames = plots.figure(6.8, 5.2, 5, 3, width_ratios=[1.1, 1.6, 1.6])
for (bars, middle, right), (name, model) in zip(frames, [("", None), *unknown.items()], strict=True):
    pictures = [garden[[0, 2, 6]]]
    if model:
        mu, logvar = model.encode(garden)
        kl = kl_to_standard_normal(mu, logvar, per_dimension=True).sort(descending=True).values
        bars.bar(range(10), kl, color=plots.PALETTE["real"])
        bars.set(ylim=(0, 3.8), xticks=[], yticks=[0, 1, 2, 3])
        bars.set_ylabel(name, rotation=0, fontsize=14, labelpad=14, va="center")
        pictures = [model.decode(mu[[0, 2, 6]]), model.decode(z)]
    for strip, shown in zip((middle, right), pictures, strict=False):
        strip.imshow(to_array(grid(shown, columns=3, padding=1)), interpolation="nearest")
        strip.set_axis_off()
frames[0, 0].text(0.5, 0, "KL de chaque\ndimension, en nats", ha="center", fontsize=10)
frames[0, 1].set_title("images, puis reconstructions", fontsize=10, loc="center")
frames[0, 2].text(0.5, 0, "tirages de N(0, I), décodés", ha="center", fontsize=10)
for blank in frames[0, ::2]:
    blank.set_axis_off()
drawing.suptitle("Quatre prix du nat, quatre façons de coder les mêmes fleurs", x=0.02, ha="left", fontsize=11)
plots.show(
    drawing,
    alt="A : deux barres, fleurs ouvertes et pâles. B : huit barres, images et tirages justes. C : aucune barre, "
    "la même fleur partout. D : dix hautes barres, images justes, tirages brouillés.",
)

# %% [markdown]
# Rendez un dictionnaire à cinq clés. Les quatre premières, `"A"` à `"D"`, ont pour valeur une étiquette du tableau, et chacune sert une
# fois. La cinquième est une prédiction.
#
# **Prédisez.** Dans une dimension éteinte, que valent $\mu$ et $\sigma$ d'une image à l'autre ? La clé `"éteinte"` vaut
# `"mu fixe, sigma 0"`, `"mu fixe, sigma 1"`, `"mu varie, sigma 0"` ou `"mu varie, sigma 1"`.
#
# <details><summary>Un indice</summary>
#
# Regardez d'abord les deux extrêmes : qui n'a aucune barre, et qui n'en a que de hautes ? Puis comparez les reconstructions aux images du
# haut : la couleur, l'ouverture, l'eau.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Une barre nulle veut dire que le nuage de chaque image est égal à la loi a priori, dans cette dimension. Quels sont la moyenne et
# l'écart type de cette loi ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "lecture_beta", "locked": false, "schema_version": 3, "solution": true}
def read_beta():
    """Le diagnostic des modèles A à D, et la prédiction. Rend un dictionnaire de cinq étiquettes."""
    ### BEGIN SOLUTION
    return {
        "A": "prix trop haut",
        "B": "bon compromis",
        "C": "effondrement",
        "D": "prix trop bas",
        "éteinte": "mu fixe, sigma 1",
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_lecture_beta", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("lecture_beta", read_beta)

# %% [markdown]
# ## Et maintenant
#
# **La prédiction, vérifiée.** Un point par dimension de chacun des quatre modèles : de combien $\mu$ bouge d'une image à l'autre, et la
# largeur moyenne du nuage.

# %% tags=["nbval-ignore-output"]
verdicts = read_beta()
drawing, ax = plots.figure(6.2, 3.4)
turn = torch.linspace(0, torch.pi / 2, 50)
ax.plot(turn.sin(), turn.cos(), "-", color=plots.PALETTE["prior"], alpha=0.4, linewidth=6)
marks = {"A": ("accent", "s"), "B": ("real", "o"), "C": ("prior", "D"), "D": ("generated", "^")}
for (name, model), (colour, mark) in zip(unknown.items(), marks.values(), strict=True):
    mu, logvar = model.encode(garden)
    count = active_dimensions(mu, logvar, 0.05)
    ax.plot(mu.std(dim=0), (logvar / 2).exp().mean(dim=0), mark, color=plots.PALETTE[colour], markersize=6, alpha=0.8)
    row = "ABCD".index(name)
    ax.plot(1.62, 1.0 - 0.12 * row, mark, color=plots.PALETTE[colour], markersize=6)
    label = f"{name} : {verdicts[name]}, {count} sur 10"
    ax.text(1.68, 1.0 - 0.12 * row, label, color=plots.PALETTE[colour], va="center")
ax.set(xlabel="écart type de $\\mu$ d'une image à l'autre", ylabel="$\\sigma$ moyen", xlim=(-0.05, 3.1), ylim=(0, 1.08))
ax.set_xticks([0, 0.5, 1, 1.5])
ax.set_title("Une dimension éteinte rend la loi a priori, quelle que soit l'image")
plots.show(
    drawing, alt="Les dimensions éteintes s'entassent en mu fixe et sigma 1 ; les vivantes suivent un arc vers sigma 0."
)

# %% [markdown]
# Sur l'arc gris, la variance de $\mu$ et celle du nuage font 1 à elles deux : c'est la variance de la loi a priori. Votre compte, en
# légende, retrouve celui de chaque fiche du zoo.
#
# **Un chemin.** Votre interpolation mène d'un tirage à un autre, dans les 32 dimensions de `vae_64`. **Prédisez.** La norme du code
# va-t-elle changer en route ?

# %%
a, b = torch.randn((2, 32), generator=torch.Generator().manual_seed(3))
steps = slerp(a, b, torch.linspace(0, 1, 8)[:, None])
plots.image_grid(
    vae.decode(steps),
    alt="Huit fleurs, de la première à la dernière, par degrés.",
    columns=8,
    scale=1,
    title="D'un tirage à l'autre, par l'arc",
)
ends = torch.stack([a.norm(), b.norm()])
between = (steps.norm(dim=1) > 0.9 * ends.min()) & (steps.norm(dim=1) < 1.1 * ends.max())
print("la norme reste entre celles des deux bouts, à 10 % près :", bool(between.all()))

# %% [markdown]
# **Revenir sur la coquille.** Six moyennes de 16 tirages, décodées telles quelles, puis étirées : votre première fonction dit de combien.

# %%
means = torch.randn((6, 16, 32), generator=torch.Generator().manual_seed(3)).mean(dim=1)
stretch = expected_norm(32, torch.ones(1)) / expected_norm(32, torch.full((16,), 1 / 16))
tight, wide = vae.decode(means), vae.decode(float(stretch) * means)
plots.image_grid(
    torch.cat([tight, wide]),
    alt="Six fois presque la même fleur rose et pâle ; puis six fleurs différentes.",
    scale=1,
    rows=["moyenne de 16", "étirée"],
    title="Étirer la moyenne rend leur variété aux fleurs",
)
print(f"facteur d'étirement : {float(stretch):.0f}")
print("la variété double, au moins :", bool(wide.std(dim=0).mean() > 2 * tight.std(dim=0).mean()))

# %% [markdown]
# **L'analogie, décodée.** Une paire vue d'en haut ouvre la fleur rose. Une autre, vue de côté, l'ouvre aussi, mais l'aplatit : une seule
# paire transmet aussi ce qu'elle a de particulier. La dernière ligne prend votre vecteur d'attribut, une moyenne sur tout le jardin.

# %%
centre = vae.encode(lotus.images)[0]
pairs = {"vue d'en haut": pair, "vue de côté": with_openness(sides, 0.1, 0.8)}
lines = [truth]
for pictures in pairs.values():
    start, end = vae.encode(pictures)[0]
    lines.append(vae.decode(analogy(start, end, centre[pink], doses)))
known = torch.from_numpy((openness > 0.7) | (openness < 0.3))
opened = attribute_vector(centre[known], torch.from_numpy(openness > 0.7)[known])
lines.append(vae.decode(analogy(torch.zeros(32), opened, centre[pink], doses)))
plots.image_grid(
    torch.cat(lines),
    alt="Quatre boutons roses qui s'ouvrent : le vrai ; un autre, un peu flou ; un qui s'aplatit ; un qui s'ouvre.",
    scale=1,
    rows=["la vraie fleur", *pairs, "moyenne du jardin"],
    title="Une seule paire transmet aussi son point de vue",
)
error = [(line[-1] - truth[-1]).square().mean() for line in lines]
print("la paire vue d'en haut approche mieux la vraie fleur :", bool(error[1] < error[2]))

# %% [markdown]
# **Jaunir.** Le même vecteur d'attribut, avec d'autres groupes : les codes des jaunes, moins ceux des blanches.

# %%
mu = vae.encode(lotus.images)[0]
pale = torch.from_numpy((variety == "yellow") | (variety == "white"))
is_yellow = torch.from_numpy(variety == "yellow")
yellow = attribute_vector(mu[pale], is_yellow[pale])
white = [int(i) for i in (variety == "white").nonzero()[0]][:6]
plots.image_grid(
    torch.cat([lotus.images[white], *(vae.decode(mu[white] + dose * yellow) for dose in (0.5, 1.0))]),
    alt="Six fleurs blanches, puis les mêmes à demi jaunies, puis jaunes.",
    scale=1,
    rows=["blanche", "+ ½ v", "+ v"],
    title="Jaunes − blanches, ajouté à des blanches",
)
before, after = vae.decode(mu[white]), vae.decode(mu[white] + yellow)
print("ajouter le vecteur retire du bleu :", bool(after[:, 2].mean() < before[:, 2].mean()))

# %% [markdown]
# Revenez à la leçon : la carte du plan « ouvertes − fermées, jaunes − blanches » est faite de deux vecteurs comme le vôtre. Cherchez-y
# l'endroit où la fleur cesse d'en être une.
