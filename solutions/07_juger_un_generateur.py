# %% [markdown]
# # Exercice 07 · Juger un générateur
#
# **Durée :** 60 minutes. **Après** la leçon [07 · Juger un générateur](../lessons/07_juger_un_generateur.ipynb).
#
# Vous écrivez de quoi dresser un tableau de marque : une distance débarrassée de son biais, la précision et le rappel, une troncature, un
# détecteur de copies. S'y ajoutent deux exercices de lecture. À la fin, vos fonctions jugent sept générateurs, dont un tricheur.

# %% tags=["nbval-ignore-output"]
import scipy.linalg
import torch
from matplotlib.patches import Circle

from lessons_lib import metrics, plots, zoo
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus
from lessons_lib.metrics.features import LotusFeatures, features_of
from lessons_lib.metrics.precision_recall import radii as radii_by_the_library
from lessons_lib.recipes import RECIPES
from lessons_lib.widgets.latent_axes import truncated_normal

REAL, FAKE, CRITIC, GREY, ACCENT = plots.PALETTE.values()
NETWORKS = {"AE": "autoencoder_64", "VAE": "vae_64", "GAN": "gan_64", "WGAN": "wgan_64", "WGAN-GP": "wgan_gp_64"}
networks = {label: zoo.load(name) for label, name in NETWORKS.items()}
lotus = SyntheticLotus(400, size=64, seed=1000, fixed=CALM_GARDEN).images  # aucun réseau ne les a vues
reference, unknown = lotus[:200], lotus[200:]  # 200 vraies de référence, 200 autres pour comparer
learned = SyntheticLotus(200, size=64, seed=RECIPES["wgan_gp_64"].data_seed, fixed=CALM_GARDEN).images
codes = torch.randn((200, 64), generator=torch.Generator().manual_seed(0))
uniforms = torch.rand((200, 64), generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def paint(label, z=codes):
    """Les images de ces codes : (N, 64) -> (N, 3, 64, 64)."""
    network = networks[label]
    return getattr(network, "decode", network)(z[:, : network.latent])


# %%
features = LotusFeatures()  # (N, 3, 64, 64) -> (N, 32)
real = features_of(reference, features)
other = features_of(unknown, features)
print("caractéristiques de 200 vraies images :", tuple(real.shape), " et de 200 autres :", tuple(other.shape))

# %% [markdown]
# ## 1. La distance entre deux nuages
#
# **À quoi cela sert.** Un générateur se présente par quelques images, que quelqu'un a choisies. Un nombre calculé sur 200 images tirées au
# hasard laisse bien moins à choisir.
#
# $$\|m_a - m_b\|^2 + \mathrm{tr}\Big(C_a + C_b - 2\,(C_a C_b)^{1/2}\Big)$$
#
# En mots : l'écart des moyennes $m$ des deux nuages, au carré, plus ce qu'il faut pour changer la forme de l'un en celle de l'autre. Les
# covariances $C$ sont centrées, et divisées par le nombre de points moins un. $(C_a C_b)^{1/2}$ est une racine de **matrice**.
#
# ### Le résultat attendu
#
# Les caractéristiques de trois lots d'images, vues dans le plan où les vraies s'étalent le plus. Après chaque nom, la distance aux 200
# vraies de référence.
#
# **Prédisez.** Le premier lot est fait de vraies images. Sa distance est-elle nulle ?

# %%
lots = {"d'autres vraies": unknown, "un VAE": paint("VAE"), "un WGAN-GP, z ÷ 5": paint("WGAN-GP", codes / 5)}
plane = torch.linalg.svd(real - real.mean(dim=0), full_matrices=False).Vh[:2].T  # (32, 2)
drawing, axes = plots.figure(7.2, 2.6, 1, 3, sharey=True)
for ax, (name, images) in zip(axes, lots.items(), strict=True):
    cloud = features_of(images, features)
    colour, marker = (REAL, "^") if "vraies" in name else (FAKE, "s")
    ax.scatter(*(real @ plane).T, s=6, color=GREY)
    ax.scatter(*(cloud @ plane).T, s=6, color=colour, marker=marker)
    ax.set_title(f"{name} : {metrics.frechet_distance(cloud, real):.0f}", fontsize=10)
    ax.set(xlabel="premier axe", xticks=[], yticks=[])
axes[0].set_ylabel("second axe")
drawing.suptitle(
    "Plus le nuage s'écarte du gris, ou s'y resserre, plus la distance est grande", x=0.02, ha="left", fontsize=11
)
plots.show(
    drawing, alt="Trois cadres : un nuage qui couvre le gris ; un autre, un peu déplacé ; un amas serré au milieu."
)

# %% [markdown]
# Elle n'est pas nulle, et pourtant les deux lois sont les mêmes : gardez-le en tête.
#
# <details><summary>Un indice</summary>
#
# `torch.cov` veut une **ligne** par caractéristique, et non une colonne. `scipy.linalg.sqrtm` prend la racine d'une matrice entière.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Quatre résumés d'abord : deux moyennes (D,), deux covariances (D, D). Puis le **produit matriciel** des covariances, sa racine, la trace.
# `sqrtm` rend un tableau NumPy, parfois avec une partie imaginaire minuscule : prenez `.real`.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "cloud_distance", "locked": false, "schema_version": 3, "solution": true}
def cloud_distance(a, b):
    """La distance de Fréchet, au carré, entre deux nuages. a : (N, D), b : (M, D). Rend un nombre."""
    ### BEGIN SOLUTION
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    root = torch.from_numpy(scipy.linalg.sqrtm((cov_a @ cov_b).numpy()).real)
    return (a.mean(dim=0) - b.mean(dim=0)).square().sum() + torch.trace(cov_a + cov_b - 2 * root)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_cloud_distance", "locked": true, "points": 2, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("nuages", cloud_distance)

# %% [markdown]
# ## 2. Prédire ce qui déplace les mesures
#
# **À quoi cela sert.** Un chiffre se déplace sans que le générateur ait changé. Qui sait dans quel sens ne se laisse pas impressionner.
#
# Cinq prédictions, chacune `"monte"`, `"descend"` ou `"ne change pas"`.
#
# On **tronque** de plus en plus un WGAN-GP, de 3 à 0,3 :
#
# - `"précision"` : la part de ses images que les boules des vraies contiennent ;
# - `"rappel"` : la part des vraies que ses boules contiennent.
#
# On compare de plus en plus d'**images**, de 40 à 200, tirées toujours des deux mêmes lois :
#
# - `"Fréchet"` : la distance de Fréchet, en moyenne sur de nombreux essais ;
# - `"noyau"` : la distance à noyau, en moyenne sur de nombreux essais ;
# - `"barre du noyau"` : l'écart type de la distance à noyau, d'un essai à l'autre.
#
# ### Le résultat attendu
#
# Voici trois autres expériences, et le mot qui les décrit.

# %%
weak = features_of(paint("WGAN-GP", codes / 3), features)
rows = torch.randperm(200, generator=torch.Generator().manual_seed(0))
shares = (0, 50, 100, 150, 200)
tries = {
    "monte": ("décalage du nuage", [metrics.frechet_distance(other + share / 400, real) for share in shares]),
    "descend": ("vraies parmi 200", [metrics.frechet_distance(torch.cat([other[:s], weak[s:]]), real) for s in shares]),
    "ne change pas": ("décalage de l'ordre", [metrics.frechet_distance(other[rows.roll(s)], real) for s in shares]),
}
drawing, axes = plots.figure(7.2, 2.5, 1, 3)
for ax, (word, (what, values)) in zip(axes, tries.items(), strict=True):
    ax.plot(shares, values, color=FAKE, linestyle="-", marker="o", markersize=4)
    ax.set(xlabel=what, xticks=[0, 100, 200], ylim=(0, 1.2 * max(values)), title=word)
axes[0].set_ylabel("distance de Fréchet")
plots.show(drawing, alt="Trois courbes : la première monte, la deuxième descend, la troisième est plate.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Pour la troncature, demandez-vous ce que deviennent deux sortes de fleurs rares : les ratées, et les originales.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Pour le nombre d'images, séparez deux questions : où est la moyenne des essais, et combien un essai s'en écarte-t-il ? Une mesure peut
# avoir l'un de ces défauts sans l'autre.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true}
def predict():
    """Les cinq prédictions. Rend un dictionnaire : "précision", "rappel", "Fréchet", "noyau", "barre du noyau"."""
    ### BEGIN SOLUTION
    return {
        "précision": "monte",
        "rappel": "descend",
        "Fréchet": "descend",
        "noyau": "ne change pas",
        "barre du noyau": "descend",
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_predict", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("predire_mesures", predict)

# %% [markdown]
# **Les prédictions, vérifiées.** À droite, 60 essais à chaque taille, entre vraies images ; la barre est leur écart type.

# %%
thresholds, sizes, random = (0.3, 0.6, 1.0, 1.5, 3.0), (40, 60, 100, 150, 200), torch.Generator().manual_seed(0)
moved = [
    metrics.precision_recall(real, features_of(paint("WGAN-GP", truncated_normal(uniforms, t)), features))
    for t in thresholds
]
both, trials = torch.cat([real, other]), torch.zeros(2, len(sizes), 60)
for i, size in enumerate(sizes):
    for j in range(60):
        a, b = both[torch.randperm(400, generator=random)[: 2 * size]].split(size)
        trials[:, i, j] = torch.tensor([metrics.frechet_distance(a, b), metrics.kernel_distance(a, b)])
drawing, axes = plots.figure(7.4, 2.7, 1, 3)
for values, dash, name, lift in zip(
    zip(*moved, strict=True), ("-", "--"), ("précision", "rappel"), (-0.12, -0.14), strict=True
):
    axes[0].plot(thresholds, values, color=FAKE, linestyle=dash, marker="o", markersize=4)
    axes[0].text(3.0, values[-1] + lift, name, color=FAKE)
axes[0].set(xlim=(3.15, 0.1), ylim=(0, 1.05), xlabel="seuil, de plus en plus bas", title="On tronque")
for ax, values, name in zip(axes[1:], trials, ("Fréchet", "noyau"), strict=True):
    ax.errorbar(sizes, values.mean(dim=1), values.std(dim=1), color=REAL, marker="^", markersize=4, capsize=3)
    ax.axhline(0, color=GREY, linestyle="--", linewidth=1)
    ax.set(xlabel="images de chaque côté", title=f"{name}, entre vraies")
plots.show(drawing, alt="La précision monte et le rappel tombe ; Fréchet descend ; le noyau reste autour de zéro.")
bars = trials[1].std(dim=1)
print("précision au seuil 0,3 plus haute qu'au seuil 3 :", moved[0][0] > moved[-1][0])
print("rappel au seuil 0,3 plus bas qu'au seuil 3 :", moved[0][1] < moved[-1][1])
print("Fréchet descend à chaque taille :", bool((trials[0].mean(dim=1).diff() < 0).all()))
print("le noyau reste à moins d'un demi-écart type de zéro :", bool((trials[1].mean(dim=1).abs() < bars / 2).all()))
print("sa barre est au moins deux fois plus courte à la fin :", bool(2 * bars[-1] < bars[0]))

# %% [markdown]
# ## 3. Jusqu'à une infinité d'images
#
# **À quoi cela sert.** Comparer deux générateurs jugés sur des nombres d'images différents, ou sur trop peu d'images.
#
# $$d(N) \approx d_\infty + \frac{s}{N}$$
#
# En mots : la distance mesurée est celle que l'on cherche, plus un biais qui décroît comme $1/N$ (Chong et Forsyth, 2020). Contre $1/N$,
# c'est une droite. Une infinité d'images est en $1/N = 0$ : on cherche l'**ordonnée à l'origine**. La droite est celle des moindres
# carrés, ajustée à tous les points.
#
# ### Le résultat attendu
#
# **Prédisez.** Deux lots de vraies images viennent de la même loi. Où leur droite doit-elle arriver ?

# %%
drawing, ax = plots.figure(6.4, 2.9)
for name, cloud, colour, marker in (
    ("vraies", other, REAL, "^"),
    ("VAE", features_of(paint("VAE"), features), FAKE, "s"),
):
    line = metrics.frechet_at_infinity(cloud, real, sizes=(80, 100, 130, 200), repeats=8)
    ax.plot([1 / size for size in line.sizes], line.means, marker, color=colour, markersize=5)
    ax.plot([0, 0.0125], [line.value, line.value + 0.0125 * line.slope], color=colour, linestyle=":", linewidth=1)
    ax.plot(0, line.value, "*", color=ACCENT, markersize=13)
    ax.text(0.0128, line.means[0], name, color=colour, va="center")
ax.axhline(0, color=GREY, linestyle="--", linewidth=1)
ax.set(xlim=(-0.0005, 0.0145), xlabel="1 / nombre d'images", ylabel="distance de Fréchet")
ax.set_title("Les étoiles sont ce que l'on cherche")
plots.show(
    drawing, alt="Deux droites montantes ; à gauche, une étoile orange près de zéro, une autre nettement au-dessus."
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Qu'est-ce qui tient lieu d'abscisse : le nombre d'images, ou autre chose ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `numpy.polyfit(x, y, 1)` rend deux nombres : la pente, puis l'ordonnée à l'origine. `torch.linalg.lstsq` convient aussi, avec une colonne
# de 1.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "at_infinity", "locked": false, "schema_version": 3, "solution": true}
def at_infinity(sizes, values):
    """La distance extrapolée à une infinité d'images. sizes : (K,), nombres d'images. values : (K,). Rend un nombre."""
    ### BEGIN SOLUTION
    lines = torch.stack([torch.ones_like(sizes), 1 / sizes], dim=1)
    return torch.linalg.lstsq(lines, values[:, None]).solution[0, 0]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_at_infinity", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("infini", at_infinity)

# %% [markdown]
# ## 4. Une boule autour de chaque point
#
# **À quoi cela sert.** On ne connaît pas les lois, seulement des points. La réunion de boules tracées autour d'eux tient lieu de la loi : elle
# dit ce qui est « dedans ».
#
# La boule d'un point va jusqu'à son $k$-ième **voisin** du même nuage. Là où les points sont rares, elle est grande ; là où ils se serrent,
# petite. Un point n'est pas son propre voisin.
#
# ### Le résultat attendu
#
# Le même nuage de douze points, avec $k = 1$ puis $k = 3$.
#
# **Prédisez.** Quel point aura la plus grande boule ?

# %%
spots = torch.randn((11, 2), generator=torch.Generator().manual_seed(5)) * torch.tensor([0.7, 0.5])
spots = torch.cat([spots, torch.tensor([[2.6, 0.9]])])
drawing, axes = plots.figure(7, 2.9, 1, 2, sharey=True)
for ax, k in zip(axes, (1, 3), strict=True):
    for centre, radius in zip(spots, radii_by_the_library(spots, k), strict=True):
        ax.add_patch(Circle(centre.tolist(), radius.item(), color=REAL, alpha=0.15, linewidth=0))
    ax.plot(*spots.T, "o", color=REAL, markersize=4)
    ax.set(aspect="equal", xlim=(-3, 5.5), ylim=(-2, 3.3), xlabel="$x_0$", title=f"k = {k}")
axes[0].set_ylabel("$x_1$")
drawing.suptitle("Le point isolé a la plus grande boule", x=0.02, ha="left", fontsize=11)
plots.show(drawing, alt="Douze points et leurs boules : petites dans l'amas, très grande autour du point isolé.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `torch.cdist(points, points)` donne toutes les distances. Que vaut sa diagonale ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Triez chaque ligne, ou prenez `kthvalue`. Le premier nombre de chaque ligne triée est la distance du point à lui-même.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "radii", "locked": false, "schema_version": 3, "solution": true}
def radii(points, k):
    """La distance de chaque point à son k-ième voisin. points : (N, D). k : un entier. Rend (N,)."""
    ### BEGIN SOLUTION
    return torch.cdist(points, points).sort(dim=1).values[:, k]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_radii", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("boules", radii)

# %% [markdown]
# ## 5. Précision et rappel
#
# **À quoi cela sert.** Séparer deux fautes que la distance de Fréchet mêle : peindre mal, et peindre toujours la même chose.
#
# - **Précision** : la part des fausses images qui tombent dans au moins une boule des **vraies**.
# - **Rappel** : la part des vraies images qui tombent dans au moins une boule des **fausses**.
#
# ### Le résultat attendu
#
# Trois générateurs de points, devant les boules des vraies, $k = 3$.
#
# **Prédisez.** Le deuxième ne sort jamais des boules des vraies. Lequel des deux nombres le trahit ?

# %%
random = torch.Generator().manual_seed(2)
true = torch.randn((60, 2), generator=random)
painted = {
    "varié": torch.randn((60, 2), generator=random),
    "effondré": torch.tensor([0.4, 0.2]) + 0.12 * torch.randn((60, 2), generator=random),
    "éparpillé": 2.4 * torch.randn((60, 2), generator=random),
}
drawing, axes = plots.figure(7.4, 3.3, 1, 3, sharey=True)
for ax, (name, points) in zip(axes, painted.items(), strict=True):
    for centre, radius in zip(true, radii_by_the_library(true, 3), strict=True):
        ax.add_patch(Circle(centre.tolist(), radius.item(), color=REAL, alpha=0.12, linewidth=0))
    ax.plot(*true.T, "^", color=REAL, markersize=3)
    ax.plot(*points.T, "s", color=FAKE, markersize=3)
    precision, recall = (f"{share:.2f}".replace(".", ",") for share in metrics.precision_recall(true, points))
    ax.set(aspect="equal", xlim=(-4, 4), ylim=(-4, 4), xlabel="$x_0$")
    ax.set_title(f"{name}\nprécision {precision}, rappel {recall}", fontsize=9.5)
axes[0].set_ylabel("$x_1$")
plots.show(
    drawing,
    alt="Trois nuages roses devant les boules des vraies : mêlé à elles, serré au milieu, débordant de partout.",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Le tableau des distances entre vraies et fausses, (N, M), sert aux deux nombres. Ce sont les rayons comparés, et le sens de la lecture,
# qui changent.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Une ligne par vraie : le rayon de chacune se compare à toute sa ligne, donc les rayons ont la forme (N, 1). `any` dit si une case au moins est vraie ; le long
# de quelle dimension, pour obtenir un verdict par fausse image ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "precision_recall", "locked": false, "schema_version": 3, "solution": true}
def precision_recall(real, fake, k):
    """Précision et rappel. real : (N, D), fake : (M, D), k : un entier. Rend deux nombres : (précision, rappel)."""
    ### BEGIN SOLUTION
    distances = torch.cdist(real, fake)
    precision = (distances <= radii(real, k)[:, None]).any(dim=0).double().mean()
    recall = (distances <= radii(fake, k)[None, :]).any(dim=1).double().mean()
    return precision, recall
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_precision_recall", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("precision_rappel", precision_recall)

# %% [markdown]
# ## 6. Tronquer
#
# **À quoi cela sert.** Échanger de la diversité contre de la qualité, sans réentraîner. C'est aussi ce qui embellit bien des planches : un
# article honnête dit son seuil.
#
# Tirez les nombres de chaque code suivant la loi normale ; **retirez** (tirez de nouveau) chaque nombre dont la valeur absolue dépasse le
# seuil, jusqu'à ce qu'aucun ne dépasse. Tout le hasard vient de `generator`.
#
# ### Le résultat attendu
#
# La loi que l'on doit obtenir, par SciPy, pour deux seuils.
#
# **Prédisez.** Que deviendrait la courbe, aux deux bords, si l'on ramenait au seuil ce qui le dépasse ?

# %%
from scipy.stats import truncnorm

places = torch.linspace(-3.2, 3.2, 400)
drawing, ax = plots.figure(6.6, 2.7)
ax.plot(places, torch.exp(-places.square() / 2) / (2 * torch.pi) ** 0.5, color=GREY, linestyle="--")
ax.text(2.0, 0.09, "sans troncature", color=GREY)
for threshold, colour, dash, height in ((0.7, FAKE, "-", 0.72), (1.5, CRITIC, "-.", 0.42)):
    ax.plot(places, truncnorm(-threshold, threshold).pdf(places), color=colour, linestyle=dash)
    ax.text(threshold + 0.1, height, f"seuil {threshold}".replace(".", ","), color=colour)
ax.set(xlim=(-3.2, 3.2), ylim=(0, 0.85), xlabel="un nombre du code z", ylabel="densité")
ax.set_title("La courbe est coupée net aux deux seuils, et relevée entre eux")
plots.show(drawing, alt="Trois courbes : une cloche, et deux cloches coupées net à 0,7 et à 1,5.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Un second tirage peut dépasser, lui aussi. Quelle sorte de boucle recommence tant qu'il reste quelque chose à faire ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `z[out] = …` remplace seulement les nombres où le masque `out` est vrai ; donnez-lui autant de nombres que le masque compte de vrais. N'oubliez pas
# `generator=generator`, à chaque tirage.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "truncated", "locked": false, "schema_version": 3, "solution": true}
def truncated(count, latent, threshold, generator):
    """Des codes tronqués, par retirage. threshold : en écarts types. Rend (count, latent)."""
    ### BEGIN SOLUTION
    z = torch.randn((count, latent), generator=generator)
    while (out := z.abs() > threshold).any():
        z[out] = torch.randn(int(out.sum()), generator=generator)
    return z
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_truncated", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("troncature", truncated)

# %% [markdown]
# ## 7. Les suspectes
#
# **À quoi cela sert.** Pour la distance de Fréchet, la précision et le rappel, des copies des images apprises valent de vraies images. Il faut une mesure
# qui les dénonce.
#
# Pour chaque image, cherchez la distance à la **plus proche** image apprise. Est-elle trop petite ? On le demande à de vraies images que le
# réseau n'a jamais vues : le seuil est la distance que 95 % d'entre elles dépassent. Au-dessous, une image est **suspecte**. Une vraie image
# inconnue l'est donc une fois sur vingt : c'est le taux de fausses alarmes.
#
# ### Le résultat attendu
#
# Deux cents fausses images, dont trente copies à peine retouchées, et 200 vraies inconnues, en vignettes de 16 pixels.
#
# **Prédisez.** Combien de suspectes parmi les vraies inconnues ?

# %%
fakes = paint("WGAN-GP")
noise = torch.randn((30, 3, 64, 64), generator=torch.Generator().manual_seed(3))
fakes[torch.arange(30) * 6] = (learned[:30] + 0.15 * noise).clamp(-1, 1)
small = {
    "fausses": metrics.thumbnails(fakes),
    "apprises": metrics.thumbnails(learned),
    "inconnues": metrics.thumbnails(reference),
}
found = metrics.memorisation(small["fausses"], small["apprises"], small["inconnues"])
innocent = torch.cdist(small["inconnues"], small["apprises"]).amin(dim=1)
drawing, ax = plots.figure(6.8, 2.8)
bins = torch.linspace(0, 10, 51)
ax.hist(innocent, bins=bins, histtype="step", color=REAL, linewidth=1.5)
ax.hist(found.distances, bins=bins, color=FAKE, alpha=0.55)
ax.axvline(innocent.quantile(0.05), color=ACCENT, linestyle="--")
ax.set(xlabel="distance à l'image apprise la plus proche", ylabel="nombre d'images")
ax.set_title("À gauche du trait orange : les suspectes")
plots.show(
    drawing, alt="Un petit tas rose près de zéro, loin des autres ; un trait orange au bord gauche du tas des vraies."
)
print("au moins trente suspectes parmi les fausses :", int(found.suspect.sum()) >= 30)
print("suspectes parmi les 200 vraies inconnues :", int((innocent < innocent.quantile(0.05)).sum()))

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `torch.cdist` donne une distance par couple. Un minimum, le long de la bonne dimension, laisse une distance par image.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Le même calcul sert deux fois : pour les fausses, et pour les vraies inconnues. `quantile(q)` rend la valeur au-dessous de laquelle se
# trouve la part `q` ; 95 % au-dessus, c'est combien au-dessous ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "suspects", "locked": false, "schema_version": 3, "solution": true}
def suspects(fake, train, held_out):
    """Vrai pour chaque image suspecte. fake : (N, D), train : (M, D), held_out : (K, D). Rend (N,), des booléens."""
    ### BEGIN SOLUTION
    threshold = torch.cdist(held_out, train).amin(dim=1).quantile(0.05)
    return torch.cdist(fake, train).amin(dim=1) < threshold
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_suspects", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("suspectes", suspects)

# %% [markdown]
# ## 8. Lire un tableau de marque
#
# **À quoi cela sert.** Aucune colonne ne juge seule. Lues ensemble, elles disent de quoi un générateur est malade.
#
# Quatre générateurs, rangés au hasard. L'un **copie** ce qu'il a appris, à un grain près ; l'un s'est **effondré** : il peint toujours
# presque la même fleur ; l'un est **flou** ; le dernier **va bien**. La ligne grise, de vraies images inconnues, donne l'échelle. La colonne
# « voisins » est la distance médiane à la plus proche image apprise, rapportée à celle de vraies inconnues.
#
# Rendez le diagnostic de chaque ligne : `"copie"`, `"effondré"`, `"flou"` ou `"va bien"`, sous `"A"`, `"B"`, `"C"` et `"D"`.
#
# ### Le résultat attendu

# %%
grain = 0.05 * torch.randn(learned.shape, generator=torch.Generator().manual_seed(4))
four = [
    (learned + grain).clamp(-1, 1), paint("WGAN-GP", truncated_normal(uniforms, 0.3)), paint("VAE"), paint("WGAN-GP"),
]  # fmt: skip
order = torch.randperm(4, generator=torch.Generator().manual_seed(65)).tolist()
rows = {letter: four[i] for letter, i in zip("ABCD", order, strict=True)} | {"vraies": unknown}
drawing, axes = plots.figure(7.6, 2.6, 1, 4, sharey=True)
for line, (letter, images) in enumerate(rows.items()):
    cloud, tiny = features_of(images, features), metrics.thumbnails(images)
    values = (
        metrics.frechet_distance(cloud, real), *metrics.precision_recall(real, cloud),
        metrics.memorisation(tiny, small["apprises"], small["inconnues"]).ratio,
    )  # fmt: skip
    for ax, value, most, digits in zip(axes, values, (150, 1, 1, 1.2), (0, 2, 2, 2), strict=True):
        ax.barh(line, value, color=GREY if letter == "vraies" else FAKE, alpha=0.75, height=0.6)
        ax.text(1.5 * most, line, f"{value:.{digits}f}".replace(".", ","), ha="right", va="center")
        ax.set(xlim=(0, 1.52 * most), xticks=[])
for ax, name in zip(axes, ("Fréchet", "précision", "rappel", "voisins"), strict=True):
    ax.set_title(name, fontsize=10)
axes[0].set_yticks(range(5), rows)
axes[0].invert_yaxis()
drawing.suptitle("Quatre générateurs, quatre diagnostics", x=0.02, ha="left", fontsize=11)
plots.show(drawing, alt="Un tableau de barres : cinq lignes, A, B, C, D et vraies ; quatre colonnes.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Commencez par la colonne qui peut annuler toutes les autres : celle qui dénonce les copies.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Un effondrement se voit à la diversité, un flou à la qualité. Quelle colonne mesure l'une, quelle colonne mesure l'autre ? Ne vous fiez pas
# au rang dans la colonne de Fréchet.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "read_table", "locked": false, "schema_version": 3, "solution": true}
def read_table():
    """Le diagnostic de chaque ligne. Rend un dictionnaire : "A", "B", "C", "D" -> une étiquette."""
    ### BEGIN SOLUTION
    return {"A": "flou", "B": "copie", "C": "va bien", "D": "effondré"}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_read_table", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("lecture_tableau", read_table)

# %% [markdown]
# **Les diagnostics, vérifiés.** Six images de chaque générateur, les premières, non choisies. L'œil reconnaît le flou et l'effondrement, une
# fois prévenu ; la copie, non.

# %%
names = read_table()
plots.image_grid(
    torch.cat([rows[letter][:6] for letter in "ABCD"]),
    alt="Quatre lignes de six fleurs, de A à D : l'une est floue, une autre presque toujours la même.",
    rows=[f"{letter} : {names[letter]}" for letter in "ABCD"],
    scale=1,
    title="Rien, à l'œil, ne dit lequel copie",
)

# %% [markdown]
# ## Et maintenant
#
# Vos fonctions jugent les cinq réseaux du cours, le WGAN-GP tronqué au seuil 0,5, et un tricheur qui rend les images apprises, à un grain
# près. La distance est celle d'une infinité d'images ; la dernière colonne compte les suspectes, sur 200. Comptez dix secondes.
#
# **Prédisez.** Combien de colonnes le tricheur gagne-t-il ?


# %%
def judge(images):
    """Quatre nombres pour 200 images : Fréchet à l'infini, précision, rappel, nombre de suspectes."""
    cloud, sizes, random = features_of(images, features), torch.tensor([80.0, 100.0, 130.0, 200.0]), torch.Generator()
    random.manual_seed(0)
    means = [
        sum(
            float(cloud_distance(*(part[torch.randperm(200, generator=random)[:size]] for part in (cloud, real))))
            for _ in range(8)
        ) / 8
        for size in sizes.int().tolist()
    ]  # fmt: skip
    precision, recall = precision_recall(real, cloud, 3)
    caught = suspects(metrics.thumbnails(images), small["apprises"], small["inconnues"])
    return float(at_infinity(sizes.double(), torch.tensor(means).double())), precision, recall, int(caught.sum())


# %%
cut = truncated(200, 64, 0.5, torch.Generator().manual_seed(1))
judged = {label: judge(paint(label)) for label in networks}
judged |= {"WGAN-GP tronqué": judge(paint("WGAN-GP", cut)), "tricheur": judge((learned + grain).clamp(-1, 1))}
drawing, axes = plots.figure(7.8, 3.2, 1, 4, sharey=True)
for line, (label, values) in enumerate(judged.items()):
    for ax, value, most, digits in zip(axes, values, (150, 1, 1, 200), (0, 2, 2, 0), strict=True):
        ax.barh(line, max(value, 0), color=ACCENT if label == "tricheur" else FAKE, alpha=0.75, height=0.6)
        text = f"{float(value):.{digits}f}".replace(".", ",").replace("-", "−")
        ax.text(1.5 * most, line, text.replace("−0", "0"), ha="right", va="center")
        ax.set(xlim=(0, 1.52 * most), xticks=[])
for ax, name in zip(axes, ("Fréchet, à l'infini", "précision", "rappel", "suspectes"), strict=True):
    ax.set_title(name, fontsize=10)
axes[0].set_yticks(range(len(judged)), judged)
axes[0].invert_yaxis()
drawing.suptitle("Votre tableau de marque : une colonne sur quatre dénonce le tricheur", x=0.02, ha="left", fontsize=11)
plots.show(drawing, alt="Sept lignes, quatre colonnes : le tricheur, en orange, est bon partout, mais a 200 suspectes.")
honest = [values for label, values in judged.items() if label != "tricheur"]
print("le tricheur a la plus petite distance :", all(judged["tricheur"][0] < values[0] for values in honest))
print("et le plus grand rappel :", all(judged["tricheur"][2] > values[2] for values in honest))
print("mais toutes ses images sont suspectes :", judged["tricheur"][3] == 200)
print("la troncature a fait tomber le rappel :", bool(2 * judged["WGAN-GP tronqué"][2] < judged["WGAN-GP"][2]))

# %% [markdown]
# Le tricheur gagne deux colonnes sur quatre, Fréchet et le rappel ; la dernière le dénonce.
#
# ### Compter avec des mots
#
# Reste à dire **ce qui** manque. Le recensement (`census`) lit la variété de chaque fleur. Le voici pour le WGAN-GP, avec vos codes
# tronqués, puis sans.

# %%
cut = truncated(200, 64, 0.5, torch.Generator().manual_seed(1))
counted = {"tronqué": metrics.census(paint("WGAN-GP", cut)), "entier": metrics.census(paint("WGAN-GP"))}
drawing, ax = plots.figure(6.4, 2.6)
for shift, (name, hatch) in zip((-0.2, 0.2), (("tronqué", "//"), ("entier", "")), strict=True):
    heights = list(counted[name].varieties.values())
    ax.bar(torch.arange(5) + shift, heights, 0.36, color=FAKE, alpha=0.8 if hatch else 0.45, hatch=hatch)
    ax.text(4.7, 60 if hatch else 45, ("▨ " if hatch else "■ ") + name, color=FAKE)
ax.axhline(40, color=GREY, linestyle="--", linewidth=1)
ax.set(xticks=range(5), xticklabels=list(counted["entier"].varieties), xlim=(-0.5, 5.8), ylabel="fleurs, sur 200")
ax.set_title("La troncature rend les variétés plus inégales")
plots.show(drawing, alt="Des barres par variété, avec et sans troncature ; une ligne grise à 40.")
spread = {name: torch.tensor(list(c.varieties.values())).double().std() for name, c in counted.items()}
print("variétés moins égales une fois tronqué :", bool(spread["tronqué"] > spread["entier"]))
