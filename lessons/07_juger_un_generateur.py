# %% [markdown]
# # 07 · Juger un générateur
#
# **Durée :** 60 minutes. **Prérequis :** la leçon [06 · WGAN-GP](06_wgan_gp.ipynb) ; savoir ce que sont la moyenne et la covariance
# d'un nuage de points.
#
# **À la fin de cette leçon, vous saurez :**
#
# - dire pourquoi l'œil, et un chiffre seul, se laissent tromper par quelques images ;
# - calculer une distance de Fréchet, et montrer combien elle dépend du nombre d'images ;
# - mesurer la précision et le rappel, et les déplacer par la troncature ;
# - reconnaître un générateur qui copie, et dire à quel risque on l'accuse à tort ;
# - lire un tableau de marque avec ses barres d'erreur.
#
# Cette leçon emploie les fleurs de synthèse : il faut assez de vraies images pour mesurer, et des facteurs connus pour compter.

# %% tags=["nbval-ignore-output"]
import torch
from IPython.display import Markdown

from lessons_lib import plots, zoo
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus
from lessons_lib.toys import sample

REAL, FAKE, CRITIC, GREY, ACCENT = plots.PALETTE.values()
NETWORKS = {"AE": "autoencoder_64", "VAE": "vae_64", "GAN": "gan_64", "WGAN": "wgan_64", "WGAN-GP": "wgan_gp_64"}
networks = {label: zoo.load(name) for label, name in NETWORKS.items()}
# Aucun réseau n'a vu ces images : (800, 3, 64, 64).
real = SyntheticLotus(800, size=64, seed=1000, fixed=CALM_GARDEN).images


# %%
@torch.inference_mode()
def draw(label, count=256, seed=0):
    """count images du réseau de ce nom, tirées de N(0, I) : (count, 3, 64, 64)."""
    network = networks[label]
    z = torch.randn((count, network.latent), generator=torch.Generator().manual_seed(seed))
    return torch.cat([getattr(network, "decode", network)(part) for part in z.split(64)])


fakes = {label: draw(label) for label in networks}
print(f"{len(real)} vraies images jamais apprises, {len(fakes['GAN'])} images de chacun des {len(fakes)} réseaux")

# %% [markdown]
# ## 1. L'œil se laisse tromper
#
# Un générateur se présente par quelques images. Qui les a choisies ?
#
# Voici deux lignes de six images du **même** réseau, l'autoencodeur de la leçon 01, dont les codes sont tirés au hasard. La seconde
# ligne montre les six premières. La première montre, parmi 256, les six qui ressemblent le plus à de vraies fleurs.
#
# **Prédisez.** Le réseau vous semblera-t-il bon d'après la première ligne ?

# %%
from lessons_lib.metrics.features import LotusFeatures, features_of

network = LotusFeatures()  # 32 nombres par image ; la section 2 dit d'où ils viennent
real_features = features_of(real, network)  # (800, 32)
features = {label: features_of(images, network) for label, images in fakes.items()}
distance_to_real = torch.cdist(features["AE"], real_features).amin(dim=1)  # (256,)
best = distance_to_real.argsort()[:6]
plots.image_grid(
    torch.cat([fakes["AE"][best], fakes["AE"][:6]]),
    "Première ligne : six fleurs lisibles. Seconde ligne, du même réseau : des taches et des fleurs défaites.",
    rows=["choisies", "au hasard"],
    columns=6,
    scale=1,
    title="Le même réseau paraît bon quand on choisit ses images",
)

# %% [markdown]
# Six images choisies ne disent rien du réseau : elles disent qu'on a su choisir. Un article honnête montre des images **non choisies**
# (*uncurated*), et en dit la graine.
#
# ### Six images ne montrent pas ce qui manque
#
# Supposez qu'une sorte de fleur compte pour 5 % du jardin, et que le générateur l'ait oubliée. Vous regardez n images : avec quelle
# probabilité un générateur **parfait** n'en montrerait-il aucune non plus ?
#
# $$P(\text{aucune}) = (1 - 0{,}05)^n$$
#
# En mots : tant que cette probabilité est grande, ne pas voir cette fleur ne prouve rien.
#
# **Prédisez.** Combien d'images faut-il regarder pour que l'absence devienne suspecte, c'est-à-dire pour que cette probabilité passe sous 5 % ?

# %%
counts = torch.arange(1, 101)
drawing, ax = plots.figure(6.2, 2.7)
for share, dash, place in ((0.20, ":", 7), (0.05, "-", 27), (0.02, "--", 65)):
    unseen = (1 - share) ** counts
    ax.plot(counts, unseen, color=FAKE, linestyle=dash)
    ax.text(place + 2, unseen[place - 1] + 0.02, f"{100 * share:.0f} % du jardin", color=FAKE)
ax.axhline(0.05, color=GREY, linestyle="--", linewidth=1)
ax.set(xlim=(0, 101), ylim=(0, 1), xlabel="images regardées", ylabel="chance de n'en voir aucune")
ax.set_title("Ce qui est rare échappe au regard, même sans être oublié")
plots.show(drawing, "Trois courbes décroissantes ; celle de 5 % atteint le seuil de 0,05 vers 59 images.")
print("chance de ne pas voir un vingtième du jardin sur 6 images :", f"{0.95**6:.2f}")
print("images à regarder pour que l'absence devienne suspecte :", int((0.95**counts < 0.05).int().argmax()) + 1)

# %% [markdown]
# Il faut 59 images pour soupçonner l'oubli d'un vingtième du jardin. Personne n'en regarde autant avec soin : il faut **compter**.
#
# ## 2. Dans quel espace comparer ?
#
# Comparer des images, c'est choisir une distance. Celle des pixels est mauvaise : elle punit un décalage que l'œil ne voit pas, et
# pardonne un flou qu'il voit.
#
# Les mesures modernes comparent donc des **caractéristiques** (*features*), l'avant-dernière couche d'un réseau entraîné à autre
# chose. Les articles prennent Inception, qui reconnaît des photographies. Le cours a le sien, `factors_64` : il a appris à lire la
# variété, l'ouverture ou l'inclinaison d'un lotus, et ses 32 caractéristiques décrivent la fleur plutôt que ses pixels.
#
# **Prédisez.** Une fleur décalée de trois pixels, la même floutée, et une **autre** fleur : laquelle est la plus loin en pixels ? En
# caractéristiques ? Sous chaque image, sa distance à la première, en pixels puis en caractéristiques ; une autre fleur vaut 100 %.

# %%
flower = real[2:3]
changed = {
    "la fleur": flower,
    "décalée": flower.roll(3, dims=3),
    "floutée": torch.nn.functional.avg_pool2d(flower, 7, stride=1, padding=3, count_include_pad=False),
    "une autre": real[7:8],
}
images = torch.cat(list(changed.values()))
pixels = (images - images[:1]).flatten(1).norm(dim=1)  # (4,)
others = (features_of(images, network) - features_of(images[:1], network)).norm(dim=1)
percent = [f"{100 * a / pixels[3]:.0f} % · {100 * b / others[3]:.0f} %" for a, b in zip(pixels, others, strict=True)]
plots.image_grid(
    images,
    "Quatre images : une fleur, la même décalée de trois pixels, la même floutée, et une autre.",
    labels=[f"{name}\n{both}" for name, both in zip(changed, percent, strict=True)],
    columns=4,
    scale=2,
    title="Le décalage compte plus en pixels (1er nombre) qu'en caractéristiques (2nd)",
)
print(
    "la fleur décalée est plus près en caractéristiques qu'en pixels :",
    bool(others[1] / others[3] < pixels[1] / pixels[3]),
)
print("en pixels, le flou coûte moins que le décalage :", bool(pixels[2] < pixels[1]))

# %% [markdown]
# En pixels, le décalage, presque invisible, coûte plus que le flou. En caractéristiques, il compte moins.
#
# ## 3. La distance de Fréchet
#
# On a deux nuages de caractéristiques : celui des vraies images, celui des fausses. L'idée de Heusel et de ses coauteurs (2017) : ajuster
# une **loi normale** à chacun, puis mesurer le transport de l'une à l'autre comme à la leçon 05, mais en comptant le **carré** de chaque
# trajet (Wasserstein d'ordre 2). Entre lois normales, ce coût a une formule. C'est la distance de **Fréchet** ; avec les caractéristiques d'Inception, on l'appelle **FID** (*Fréchet inception distance*).
#
# $$d^2 = \|m_a - m_b\|^2 + \mathrm{tr}\Big(C_a + C_b - 2\,(C_a C_b)^{1/2}\Big)$$
#
# En mots : le carré de la distance entre les deux centres, plus l'écart entre les deux étendues. $m$ est la moyenne du nuage, $C$ sa
# covariance, $\mathrm{tr}$ la somme de la diagonale. $(C_a C_b)^{1/2}$ est la matrice dont le carré est $C_a C_b$.
#
# Une loi normale ne voit que le centre et l'étendue : le reste du nuage est oublié.


# %% tags=["lib:lessons_lib.metrics.frechet.square_root", "lib:lessons_lib.metrics.frechet.frechet_distance"]
def square_root(covariance):
    values, axes = torch.linalg.eigh(covariance)  # une matrice symétrique se lit sur ses axes
    return axes * values.clamp_min(0).sqrt() @ axes.T


def frechet_distance(a, b):
    a, b = a.double(), b.double()
    cov_a, cov_b = torch.atleast_2d(torch.cov(a.T)), torch.atleast_2d(torch.cov(b.T))
    root = square_root(cov_a)
    # (C_a C_b)^½ et (C_a^½ C_b C_a^½)^½ ont la même trace, et la seconde est symétrique.
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp_min(0).sqrt().sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross).item()


# %% [markdown]
# **Un cas dont on connaît la réponse.** Deux lois normales sur une droite, de moyennes 0 et 3, d'écarts types 1 et 2. La formule se
# réduit à $(m_a - m_b)^2 + (\sigma_a - \sigma_b)^2$ : 9 de déplacement, 1 d'étirement, soit 10.
#
# **Prédisez.** Deux lois de même centre et de même étendue, l'une en deux bosses, l'autre en une : que vaut la distance ?

# %%
random = torch.Generator().manual_seed(0)
a = torch.randn((200_000, 1), generator=random)
b = 3 + 2 * torch.randn((200_000, 1), generator=random)
print(f"deux lois normales : {frechet_distance(a, b):.1f}, pour 10 attendu")
two_bumps = torch.where(torch.rand(a.shape, generator=random) < 0.5, -2.0, 2.0) + 0.5 * a
one_bump = two_bumps.std() * torch.randn(a.shape, generator=random)
print(f"deux bosses contre une, même étendue : {frechet_distance(two_bumps, one_bump):.1f}")

drawing, axes = plots.figure(6.4, 2.2, 1, 2)
for ax, pair, title in zip(
    axes,
    ((a, b), (two_bumps, one_bump)),
    ("Fréchet 10 : elle voit l'écart", "Fréchet 0 : la forme lui échappe"),
    strict=True,
):
    for points, colour, dash in zip(pair, (REAL, FAKE), ("-", "--"), strict=True):
        heights, edges = torch.histogram(points.flatten(), 90, range=(-7, 9), density=True)
        ax.plot((edges[1:] + edges[:-1]) / 2, heights, color=colour, linestyle=dash)
    ax.set(title=title, xlabel="x", yticks=[])
axes[0].set_ylabel("densité")
plots.show(drawing, "À gauche, deux cloches éloignées ; à droite, deux bosses et une large cloche de même étendue.")

# %% [markdown]
# Zéro n'est donc pas la preuve que deux lois se valent. Voici les cinq réseaux, 256 images chacun.

# %%
held_out = real_features[:256]
for label, points in features.items():
    print(f"{label:8} distance de Fréchet des lotus : {frechet_distance(points, held_out):5.1f}")

# %% [markdown]
# Le chiffre n'a pas d'unité parlante : il ne se lit que par comparaison, avec les **mêmes** vraies images, le **même** réseau de
# caractéristiques et le **même** nombre d'images. La section suivante dit pourquoi.
#
# ## 4. Le piège du petit nombre
#
# Prenez deux échantillons de **vraies** images. Leur loi est la même : la distance devrait être nulle.
#
# **Prédisez.** Avec 25 images de chaque côté, la distance entre vraies images sera-t-elle plus petite que celle du GAN à 256 images ?

# %%
from lessons_lib.metrics import kernel_distance

wgan_gp = features_of(draw("WGAN-GP", 800), network)
sizes, repeats, random = (25, 50, 100, 200, 400), 12, torch.Generator().manual_seed(0)
curves = {name: torch.zeros(len(sizes), repeats) for name in ("Fréchet, vraies", "Fréchet, WGAN-GP", "noyau, vraies")}
for i, size in enumerate(sizes):
    for j in range(repeats):
        rows = torch.randperm(800, generator=random)
        mine, other = real_features[rows[:size]], real_features[rows[400 : 400 + size]]
        curves["Fréchet, vraies"][i, j] = frechet_distance(mine, other)
        curves["Fréchet, WGAN-GP"][i, j] = frechet_distance(wgan_gp[rows[:size]], other)
        curves["noyau, vraies"][i, j] = kernel_distance(mine, other)
gan_at_256 = frechet_distance(features["GAN"], held_out)
print("25 vraies contre 25 vraies, plus loin que 256 du GAN :", bool(curves["Fréchet, vraies"][0].mean() > gan_at_256))

# %%
drawing, axes = plots.figure(6.4, 2.9, 1, 2)
for name, colour, dash in (("Fréchet, vraies", REAL, "-"), ("Fréchet, WGAN-GP", FAKE, "--")):
    means, spread = curves[name].mean(dim=1), curves[name].std(dim=1)
    axes[0].errorbar(sizes, means, yerr=spread, color=colour, linestyle=dash, capsize=3, marker="o", markersize=4)
    axes[0].text(425, means[-1], name.partition(", ")[2], color=colour, va="center")
axes[0].axhline(gan_at_256, color=GREY, linestyle=":", linewidth=1)
axes[0].text(395, gan_at_256 + 2, "GAN, 256 images", color=GREY, ha="right")
axes[0].set(xlim=(0, 540), ylim=(0, 60), xlabel="images de chaque côté", title="Fréchet : biaisée vers le haut")
means, spread = curves["noyau, vraies"].mean(dim=1), curves["noyau, vraies"].std(dim=1)
axes[1].errorbar(sizes, means, yerr=spread, color=REAL, capsize=3, marker="o", markersize=4)
axes[1].axhline(0, color=GREY, linestyle="--", linewidth=1)
axes[1].set(xlim=(0, 430), xlabel="images de chaque côté", title="Noyau : sans biais, mais incertain")
for ax in axes:
    ax.title.set_fontsize(9)
plots.show(drawing, "À gauche, deux courbes qui descendent de 40 vers 5 ; à droite, des barres centrées sur zéro.")

# %% [markdown]
# Entre vraies images, la distance est grande, et ne descend que si leur nombre monte (barres : écart type de douze essais).
# C'est un **biais** (*bias*) : une erreur qui reste en moyenne. La moyenne et la covariance de peu de points s'écartent des vraies, et cet
# écart s'ajoute à la distance.
#
# **Première parade : extrapoler.** Chong et Forsyth (2020) remarquent que le biais décroît en $1/N$. On trace la distance contre $1/N$,
# on prolonge la droite, et on lit ce qu'elle vaut en $1/N = 0$ : le **FID à l'infini**.
#
# **Seconde parade : un noyau.** Un noyau note ici la ressemblance de deux points. La distance à noyau (*kernel
# inception distance*, KID) compare la ressemblance moyenne dans chaque nuage et d'un nuage à l'autre, sans jamais comparer un point à
# lui-même : elle est sans biais. À droite, sa moyenne reste près de zéro dès 25 images. Ses barres, elles, sont larges : sans biais ne veut pas dire précis.

# %%
from lessons_lib.metrics import frechet_at_infinity

drawing, ax = plots.figure(6.2, 2.8)
for label, colour, marker in (("vraies", REAL, "o"), ("WGAN-GP", FAKE, "s")):
    points = {"vraies": real_features[:400], "WGAN-GP": wgan_gp[:400]}[label]
    line = frechet_at_infinity(points, real_features[400:], sizes=(100, 150, 200, 300, 400), repeats=12)
    inverse = torch.tensor([0.0, *(1 / size for size in line.sizes)])
    ax.plot(inverse[1:], line.means, marker, color=colour, markersize=6)
    ax.plot(inverse, line.value + line.slope * inverse, color=colour, linestyle="-" if marker == "o" else "--")
    ax.errorbar(0, line.value, yerr=line.error, fmt=marker, color=ACCENT, capsize=4)
    ax.text(0.0103, line.value + line.slope * 0.01, label, color=colour, va="center")
    print(f"{label} : à 400 images {line.means[-1]:.0f}, à l'infini {round(line.value)} environ")
ax.set(xlim=(-0.0004, 0.0118), ylim=(-3, 24), xlabel="1 / nombre d'images", ylabel="distance de Fréchet")
ax.set_title("À l'infini (orange), seul le WGAN-GP garde un écart")
plots.show(drawing, "Deux droites montantes ; à gauche, celle des vraies images arrive près de zéro.")

# %% [markdown]
# Les vraies images arrivent près de zéro, comme il se doit ; le WGAN-GP garde un écart, qui est le sien. Avec 68 photographies, la
# droite elle-même est incertaine : donnez le chiffre avec son erreur, ou ne le donnez pas.
#
# ## 5. Précision et rappel : deux questions, deux nombres
#
# Un seul nombre mêle deux fautes : peindre **mal**, et peindre **toujours la même chose**. Kynkäänniemi et ses coauteurs (2019) les
# séparent.
#
# On ne connaît pas les lois, seulement des points. Autour de chaque point on trace une boule, jusqu'à son k-ième voisin du même
# échantillon ; la réunion des boules dessine la région où la loi tombe.
#
# - **précision** : la part des fausses images dans les boules des vraies ; « ce qu'il peint est-il crédible ? »
# - **rappel** : la part des vraies dans les boules des fausses ; « sait-il tout peindre ? »
#
# **Prédisez.** Un générateur qui ne connaît que deux des huit bosses, mais les connaît bien : précision ? rappel ?


# %% tags=["lib:lessons_lib.metrics.precision_recall.radii", "lib:lessons_lib.metrics.precision_recall.precision_recall"]
def radii(points, k):
    return torch.cdist(points, points).kthvalue(k + 1, dim=1).values  # le premier voisin d'un point est lui-même


def precision_recall(real, fake, k=3):
    distances = torch.cdist(real, fake)
    precision = (distances <= radii(real, k)[:, None]).any(dim=0)
    recall = (distances <= radii(fake, k)[None, :]).any(dim=1)
    return precision.float().mean().item(), recall.float().mean().item()


# %%
from matplotlib.patches import Circle

random = torch.Generator().manual_seed(3)
piles = sample("huit_gaussiennes", 80, generator=random)
piles = piles + 0.15 * torch.randn(piles.shape, generator=random)  # de quoi voir les boules
angle = torch.atan2(piles[:, 1], piles[:, 0])
collapsed = piles[(angle > -0.2) & (angle < 1.2)].repeat(6, 1)[:80]
collapsed = collapsed + 0.08 * torch.randn(collapsed.shape, generator=random)
everywhere = 1.4 * torch.randn((80, 2), generator=random)
drawing, axes = plots.figure(6.4, 3.1, 1, 2, sharey=True)
for ax, points, name in zip(axes, (collapsed, everywhere), ("Effondré", "Éparpillé"), strict=True):
    for centre, radius in zip(piles, radii(piles, 3), strict=True):
        ax.add_patch(Circle(centre.tolist(), radius.item(), color=REAL, alpha=0.12, linewidth=0))
    ax.plot(*piles.T, "o", color=REAL, markersize=3)
    ax.plot(*points.T, "s", color=FAKE, markersize=3.5)
    precision, recall = precision_recall(piles, points)
    ax.set(aspect="equal", xlim=(-3, 3), ylim=(-3, 3), xlabel="$x_0$")
    ax.set_title(
        f"{name} : précision {precision:.2f}, rappel {recall:.2f}".replace("0.", "0,").replace("1.", "1,"), fontsize=9
    )
    print(f"{name} : précision de plus de moitié, {precision > 0.5} ; rappel de plus de moitié, {recall > 0.5}")
plots.show(drawing, "Deux cadres : les points roses sur deux des huit amas, puis partout, surtout hors des boules.")

# %% [markdown]
# L'effondré peint juste et oublie presque tout ; l'éparpillé peint surtout à côté. La **couverture** (*coverage*), voisine du rappel, est la part
# des boules des vraies où tombe au moins une fausse.
#
# ### La troncature déplace l'équilibre
#
# On peut gagner en précision sans réentraîner : tirer z plus près de 0. La **troncature** (*truncation*) rejette toute coordonnée dont
# la valeur absolue dépasse un seuil, en écarts types, et la tire de nouveau. Les codes rares disparaissent, et avec eux les images rares : les ratées,
# mais aussi les originales.
#
# **Prédisez.** Quand le seuil descend de 3 à 0,3, que deviennent la précision, le rappel, et la distance de Fréchet ?
# À gauche de la figure, chaque point est un seuil, de 0,3 (rappel presque nul) à 3.

# %% tags=["nbval-ignore-output"]
from lessons_lib.widgets.latent_axes import truncated_normal

thresholds = (0.3, 0.6, 1.0, 1.5, 3.0)
uniform = torch.rand((256, 64), generator=torch.Generator().manual_seed(1))
moved = {}
for label in ("GAN", "WGAN-GP"):
    for threshold in thresholds:
        with torch.inference_mode():
            z = truncated_normal(uniform, threshold)  # (256, 64), |z| au plus threshold
            images = torch.cat([networks[label](part) for part in z.split(64)])
        points = features_of(images, network)
        moved[label, threshold] = (*precision_recall(held_out, points), frechet_distance(points, held_out))
for label in ("GAN", "WGAN-GP"):
    print(label, [tuple(round(value, 2) for value in moved[label, threshold]) for threshold in thresholds])

# %%
drawing, axes = plots.figure(6.4, 2.9, 1, 2)
for label, marker, dash in (("GAN", "s", "--"), ("WGAN-GP", "o", "-")):
    precision, recall, frechet = zip(*(moved[label, threshold] for threshold in thresholds), strict=True)
    axes[0].plot(recall, precision, color=FAKE, linestyle=dash, marker=marker, markersize=5)
    axes[0].text(recall[-1] + 0.03, precision[-1] + 0.004, label, color=FAKE, va="center")
    axes[1].plot(thresholds, frechet, color=FAKE, linestyle=dash, marker=marker, markersize=5)
axes[0].set(xlim=(-0.05, 1.12), ylim=(0.86, 1.01), xlabel="rappel", ylabel="précision")
axes[0].set_title("La précision se paie en rappel")
axes[1].set(ylim=(0, 150), xlabel="seuil, en écarts types", ylabel="distance de Fréchet")
axes[1].set_title("Trop tronquer éloigne de la loi")
plots.show(
    drawing, "À gauche, la précision monte quand le rappel tombe ; à droite, Fréchet explose pour les petits seuils."
)
low, high = moved["WGAN-GP", 0.3], moved["WGAN-GP", 3.0]
print("seuil bas : précision plus haute", low[0] > high[0], "; rappel presque nul", low[1] < 0.05)
print("seuil bas : Fréchet au moins cinq fois plus grande", low[2] > 5 * high[2])

# %% [markdown]
# Tronquer n'améliore pas un générateur : cela choisit ses images. Un article qui donne une belle planche doit dire son seuil.
#
# **Sous la main.** Dans l'explorateur, baissez « Troncature » puis tirez plusieurs fois : les fleurs deviennent plus sages, et se
# ressemblent. Montez-la à 3 : les surprises reviennent, les ratées aussi. Le GAN et le WGAN-GP répondent au même code.

# %% tags=["nbval-ignore-output"]
from lessons_lib.widgets.latent_explorer import LatentExplorer

start = torch.randn((1, 64), generator=torch.Generator().manual_seed(2))
LatentExplorer({"GAN": networks["GAN"], "WGAN-GP": networks["WGAN-GP"]}, start, shown=4)

# %% [markdown]
# ## 6. Compter avec des mots : le recensement
#
# Une distance ne dit pas **ce qui** manque. Puisque `factors_64` lit la variété et l'ouverture d'une fleur, on peut recenser ce que
# montrent 256 images, et le comparer au jardin, où les cinq variétés sont également fréquentes.
#
# **Prédisez.** Le GAN a la meilleure précision des cinq. Peint-il autant de chaque variété ?

# %%
from lessons_lib.metrics import census

SHOWN = ("GAN", "WGAN-GP", "vraies")
counted = {label: census(real[:256] if label == "vraies" else fakes[label], network.network) for label in SHOWN}
drawing, ax = plots.figure(6.4, 2.6)
for i, (label, hatch) in enumerate(zip(SHOWN, ("//", "", ""), strict=True)):
    heights = torch.tensor(list(counted[label].varieties.values())) / counted[label].count
    spread = (heights * (1 - heights) / counted[label].count).sqrt()  # l'erreur type d'une part
    colour = REAL if label == "vraies" else FAKE
    ax.bar(
        torch.arange(5) + 0.27 * (i - 1), heights, 0.25, yerr=spread, color=colour, alpha=0.8, hatch=hatch, capsize=2
    )
    ax.text(4.75, 0.30 - 0.045 * i, ("▨ " if hatch else "■ ") + label, color=colour)
ax.axhline(0.2, color=GREY, linestyle="--", linewidth=1)
ax.set(xticks=range(5), xticklabels=list(counted["GAN"].varieties), xlim=(-0.5, 5.6), ylabel="part des images")
ax.set_title("Le GAN peint bien trop peu de lotus bleus")
plots.show(drawing, "Barres par variété : celle du GAN est bien trop basse pour le bleu.")
print(
    "variétés sous la moitié de leur part :",
    {k: [v for v, n in c.varieties.items() if n < 25] for k, c in counted.items()},
)

# %% [markdown]
# Toutes les variétés sont là, mais le bleu est plus de deux fois trop rare chez le GAN : un effondrement **partiel**, que ni l'œil ni la
# précision ne montrent. Le lecteur répond toujours, même devant une tache : le recensement ne dit rien de la qualité.
#
# ## 7. A-t-il appris par cœur ?
#
# Un générateur qui rend les images d'entraînement vaut de vraies images pour Fréchet, pour la précision et pour le rappel. On cherche donc, pour
# chaque image engendrée, sa plus proche image **d'entraînement**. Mais « proche » par rapport à quoi ? À de **vraies images inconnues**.
#
# - Le **seuil** : la distance que 95 % des vraies inconnues dépassent. En dessous, une image est **suspecte**.
# - Un innocent a donc environ 5 % de suspectes. On n'**avertit** que si elles sont trop nombreuses pour le hasard.
#
# Voici deux WGAN-GP de 32 pixels, de même recette : l'un a appris 17 images, l'autre 500.

# %% tags=["nbval-ignore-output"]
from lessons_lib.metrics import memorisation, thumbnails
from lessons_lib.pairs import pairs_figure
from lessons_lib.recipes import RECIPES

judged = {}
for count in (17, 500):
    name = f"few_32_n{count:04d}"
    train, unknown = RECIPES[name].data(), RECIPES[name].held_out()
    with torch.inference_mode():
        images = zoo.load(name)(torch.randn((256, 64), generator=torch.Generator().manual_seed(0)))
    judged[count] = (images, train, memorisation(*(thumbnails(part) for part in (images, train, unknown))))

# %%
for count, (_, _, copies) in judged.items():
    print(f"{count} images apprises : suspectes au-delà de la limite, {copies.warning}")
plots.show(
    pairs_figure(*judged[17]),
    "Six fleurs engendrées, chacune au-dessus de l'image apprise dont elle est presque la copie.",
)

# %% [markdown]
# Dix-sept images : alarme ; cinq cents : aucune. Sous chaque couple, sa distance rapportée à celle d'une vraie inconnue (0 : une copie). Ces distances se
# prennent entre vignettes de 16 pixels.
#
# ### À quel risque accuse-t-on à tort ?
#
# Un détecteur ne vaut que par ses fausses alarmes. On le mesure sur des innocents : 200 « générateurs » parfaits, dont les images sont
# de **vraies** images inconnues. Chacun reçoit ses 100 images ; 100 autres posent le seuil.
#
# **Prédisez.** La limite est réglée pour accuser à tort un innocent sur cent. Combien en trouvera-t-on sur 200 ?

# %%
small = thumbnails(real)  # (800, 768)
train = small[:400]
alarms, shares, random = 0, [], torch.Generator().manual_seed(0)
for _ in range(200):
    rows = 400 + torch.randperm(400, generator=random)
    innocent = memorisation(small[rows[:100]], train, small[rows[100:200]])
    alarms += innocent.warning
    shares.append(int(innocent.suspect.sum()))
drawing, ax = plots.figure(6.2, 2.4)
ax.hist(shares, bins=range(0, innocent.limit + 8), color=REAL, alpha=0.8)
ax.axvline(innocent.limit + 0.5, color=ACCENT, linestyle="--")
ax.text(innocent.limit + 0.8, 15, "au-delà :\nalarme", color=ACCENT)
ax.set(xlabel="images suspectes, sur 100", ylabel="innocents, sur 200", title="Un innocent a lui aussi des suspectes")
plots.show(drawing, "Un histogramme étalé de 0 à une douzaine, avant une ligne orange.")
print(f"fausses alarmes : {alarms} sur 200 ; la limite est de {innocent.limit} suspectes sur 100")

# %% [markdown]
# Quelques suspectes ne prouvent rien ; il en faut plus que la limite. Et l'inverse est vrai : ce détecteur compare des vignettes de
# 16 pixels. Une copie recolorée ou retournée lui échappe. L'absence d'alarme n'est pas un certificat.
#
# ## 8. Une panne provoquée : le tricheur
#
# Voici un « générateur » qui tire une image d'entraînement, et l'éclaircit ou l'assombrit d'un rien. Jugez-le comme les autres. Le tableau des
# cinq réseaux a été calculé d'avance par `Scoreboard` (leçon 06) : chaque chiffre y porte son erreur type. On y ajoute le
# tricheur, et un GAN tronqué plus simplement : z divisé par deux. Précision et rappel y sont comptés sur des vignettes, d'où l'écart avec
# la section 5.
#
# **Prédisez.** Sur quelles colonnes le tricheur gagnera-t-il ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.scoreboard import Scoreboard, ScoreTable

recipe = RECIPES["wgan_gp_64"]
train = SyntheticLotus(600, size=64, seed=recipe.data_seed, fixed=CALM_GARDEN).images  # 600 des 3 000 images apprises
board = Scoreboard(train, recipe.held_out())
board.rows |= ScoreTable.read("06_tableau.csv").rows


def cheat(z):
    rows = (z[:, 0].abs() * 1e6).long() % len(train)
    return (train[rows] + 0.02 * z[:, :1, None, None]).clamp(-1, 1)


board.add("tricheur", cheat, latent=64)
board.add("GAN tronqué", lambda z: networks["GAN"](0.5 * z), latent=64)
KEYS = ("texture", "frechet", "precision", "recall", "coverage", "neighbours", "suspects")
Markdown(board.markdown(*KEYS))

# %%
plots.show(
    board.figure(title="Le tricheur gagne en texture et en Fréchet ; ses voisins, près de 0, le dénoncent"),
    "Sept rangs, six cadres : le tricheur a la plus petite texture et le plus petit Fréchet ; ses voisins sont presque nuls.",
)
values = {label: row.values for label, row in board.rows.items()}
honest = [label for label in values if label != "tricheur"]
print(
    "le tricheur a la plus petite distance de Fréchet :",
    all(values["tricheur"]["frechet"] < values[k]["frechet"] for k in honest),
)
print("le tricheur est dénoncé par ses voisins :", values["tricheur"]["neighbours"] < 0.2)
print("tronquer le GAN fait baisser son rappel :", values["GAN tronqué"]["recall"] < values["GAN"]["recall"])

# %% [markdown]
# Le tricheur gagne sur Fréchet et sur la texture. Mais ses **voisins**, presque nuls, et ses 256 suspectes le dénoncent. Aucune colonne ne
# suffit : c'est le tableau qui juge.
#
# ## 9. Lire un tableau de marque
#
# Quatre questions, dans l'ordre :
#
# 1. **Mêmes conditions ?** Mêmes vraies images, même nombre, mêmes caractéristiques, même budget.
# 2. **Copie-t-il ?** Si les voisins sont bien au-dessous de 1, les autres colonnes ne comptent plus.
# 3. **L'écart dépasse-t-il l'erreur ?** L'erreur type d'une différence est $\sqrt{e_1^2 + e_2^2}$, où $e_1$ et $e_2$ sont les deux erreurs ; au-dessous
#    du double, ne concluez pas.
# 4. **Qualité ou diversité ?** Précision et texture d'un côté, rappel et couverture de l'autre.
#
# **Prédisez.** Le VAE et le GAN ont presque la même distance de Fréchet. L'un est-il meilleur ?

# %%
rows = board.rows


def separated(a, b, key):
    """Vrai si l'écart entre deux réseaux dépasse deux erreurs types de leur différence."""
    error = (rows[a].errors[key] ** 2 + rows[b].errors[key] ** 2) ** 0.5
    return abs(rows[a].values[key] - rows[b].values[key]) > 2 * error


asked = (
    ("VAE", "GAN", "frechet"),
    ("VAE", "GAN", "recall"),
    ("VAE", "GAN", "precision"),
    ("GAN", "WGAN-GP", "frechet"),
)
for a, b, key in asked:
    print(f"{a} et {b}, {key} : {'écart net' if separated(a, b, key) else 'on ne peut pas conclure'}")

# %% [markdown]
# Le VAE et le GAN ne se départagent ni sur Fréchet ni sur le rappel. Leurs fautes diffèrent : le VAE est flou, et moins précis ;
# le GAN est net, et pauvre en lotus bleus. Dans Fréchet, elles pèsent autant.
#
# L'erreur affichée est celle d'un **autre choix d'images**. Un autre entraînement, avec une autre graine, bougerait davantage : pour
# comparer deux méthodes, et non deux réseaux, il faut plusieurs graines.
#
# ## En résumé
#
# - Quelques images ne prouvent rien : elles sont choisies, et ce qui est rare leur échappe.
# - Fréchet compare les centres et les étendues de deux nuages ; elle est biaisée vers le haut, d'autant plus qu'on a peu d'images.
# - Précision : peint-il bien ? Rappel : peint-il tout ? La troncature échange l'un contre l'autre.
# - Le recensement dit ce qui manque ; les voisins disent ce qui est copié.
# - Un détecteur se donne avec ses fausses alarmes, un chiffre avec son erreur.
#
# ## Quiz
#
# Chaque réponse est expliquée.

# %%
from lessons_lib.widgets.quiz import Quiz

Quiz("07")

# %% [markdown]
# ## À vous : l'exercice
#
# Écrivez la distance de Fréchet, prolongez-la à l'infini, comptez précision et rappel, tronquez, trouvez les suspectes, et lisez des
# tableaux : [exercice 07](../exercises/07_juger_un_generateur.ipynb). La vérification nomme les fautes courantes. La
# [solution](../solutions/07_juger_un_generateur.ipynb) est à côté.

# %% [markdown]
# ## Sources
#
# - M. Heusel et coll., « GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium », NeurIPS, 2017,
#   [arXiv:1706.08500](https://arxiv.org/abs/1706.08500) : la distance de Fréchet (équation 6).
# - M. J. Chong et D. Forsyth, « Effectively Unbiased FID and Inception Score and Where to Find Them », CVPR, 2020,
#   [arXiv:1911.07023](https://arxiv.org/abs/1911.07023) : le biais et l'extrapolation.
# - M. Bińkowski et coll., « Demystifying MMD GANs », ICLR, 2018, [arXiv:1801.01401](https://arxiv.org/abs/1801.01401) : le noyau.
# - T. Kynkäänniemi et coll., « Improved Precision and Recall Metric for Assessing Generative Models », NeurIPS, 2019,
#   [arXiv:1904.06991](https://arxiv.org/abs/1904.06991) : précision, rappel et troncature.
# - M. F. Naeem et coll., « Reliable Fidelity and Diversity Metrics for Generative Models », ICML, 2020,
#   [arXiv:2002.09797](https://arxiv.org/abs/2002.09797) : la couverture.
# - C. Meehan, K. Chaudhuri et S. Dasgupta, « A Non-Parametric Test to Detect Data-Copying in Generative Models », AISTATS, 2020,
#   [arXiv:2004.05675](https://arxiv.org/abs/2004.05675).
#
# Détails et lectures : [ressources](../course/ressources.md).
