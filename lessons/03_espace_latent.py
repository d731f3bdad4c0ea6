# %% [markdown]
# # 03 · L'espace latent
#
# **Durée :** 60 minutes. **Prérequis :** la leçon [02 · L'autoencodeur variationnel](02_autoencodeur_variationnel.ipynb) ; norme,
# produit scalaire et angle de deux vecteurs.
#
# **À la fin de cette leçon, vous saurez :**
#
# - dire où vivent les tirages de $\mathcal{N}(0, I)$, et choisir entre interpolation linéaire et sphérique ;
# - parcourir une direction latente, et en trouver une qui a un sens ;
# - calculer avec des attributs : bouton + ouverture = fleur, et voir où ce calcul se trompe ;
# - dire quelles dimensions d'un VAE survivent quand $\beta$ augmente, et soigner un effondrement ;
# - comparer le nuage des codes à la loi a priori, et y trouver des trous.
#
# Cette leçon emploie le jardin de synthèse : ses facteurs sont connus, et les réseaux livrés l'ont appris. Vos photographies
# n'ont pas de facteurs ; elles reviennent à la leçon 04. Le premier dessin prend une dizaine de secondes.

# %% tags=["nbval-ignore-output"]
from dataclasses import replace

import torch

from lessons_lib import plots, zoo
from lessons_lib.images import grid, to_array
from lessons_lib.lotus import CALM_GARDEN, SIMPLE_GARDEN, VARIETIES, VARIETY_COLOURS, Factors, SyntheticLotus, render

lotus = SyntheticLotus(400, size=64, seed=1, fixed=CALM_GARDEN)  # des fleurs que vae_64 n'a jamais vues
vae = zoo.load("vae_64")
mu, logvar = vae.encode(lotus.images)
openness, variety = lotus.factors["openness"], lotus.factors["variety"]
print("codes :", tuple(mu.shape))

# %% [markdown]
# ## 1. Deux chemins entre deux fleurs
#
# Voici un bouton blanc et une fleur jaune. On demande le chemin de l'un à l'autre, en sept images. Le plus simple est la ligne
# droite, ou **interpolation linéaire** (*linear interpolation*, lerp) :
#
# $$\mathrm{lerp}(a, b, t) = (1 - t)\,a + t\,b$$
#
# En mots : une part $1 - t$ du départ, une part $t$ de l'arrivée, et $t$ va de 0 à 1. La formule vaut pour des images comme pour
# des codes.
#
# **Prédisez.** Au milieu du chemin, $t = \tfrac{1}{2}$, que voit-on si $a$ et $b$ sont les deux images ? Et si ce sont leurs
# codes, décodés ensuite ?


# %% tags=["lib:lessons_lib.latent.lerp"]
def lerp(a, b, t):
    return (1 - t) * a + t * b


bud = int(((variety == "white") & (openness < 0.2)).nonzero()[0][0])
bloom = int(((variety == "yellow") & (openness > 0.8)).nonzero()[0][0])
t = torch.linspace(0, 1, 7)[:, None]  # (7, 1) : sept codes d'un coup
by_pixels = lerp(lotus.images[bud], lotus.images[bloom], t[:, :, None, None])
by_codes = vae.decode(lerp(mu[bud], mu[bloom], t))
plots.image_grid(
    torch.cat([by_pixels, by_codes]),
    "En haut, deux photographies en transparence ; en bas, un bouton blanc s'ouvre et jaunit par degrés.",
    scale=1,
    rows=["pixels", "codes"],
    title="Les pixels se superposent, les codes font éclore",
)

# %% [markdown]
# En pixels, un fondu enchaîné : au milieu, deux fleurs à demi transparentes, que le jardin ne contient pas. En codes, une éclosion :
# chaque étape est une fleur, un peu floue, comme tout ce que rend ce VAE.
#
# La ligne droite est la même dans les deux cas. Ce qui change, c'est l'espace où elle passe : le décodeur a appris à rendre une fleur là
# où se trouvent les codes.
#
# ## 2. Où vivent les tirages
#
# Où se trouvent-ils, justement ? Pour $z \sim \mathcal{N}(0, I)$ à $D$ dimensions, chaque $z_j^2$ vaut 1 en moyenne, donc :
#
# $$\mathbb{E}\,\|z\|^2 = D$$
#
# En mots : la norme au carré vaut $D$ en moyenne ; la norme est donc voisine de $\sqrt{D}$.
#
# **Prédisez.** La densité de $\mathcal{N}(0, I)$ est la plus haute en $z = 0$. Sur 10 000 tirages à 32 dimensions, combien
# tomberont à une distance de 0 inférieure à la moitié de $\sqrt{32}$ ?

# %%
generator = torch.Generator().manual_seed(0)
drawing, ax = plots.figure(7, 2.6)
for dimensions, colour in ((2, "prior"), (8, "accent"), (32, "real"), (128, "critic")):
    norms = torch.randn((10_000, dimensions), generator=generator).norm(dim=1)
    ax.hist(norms, 40, density=True, histtype="stepfilled", color=plots.PALETTE[colour], alpha=0.6)
    ax.text(dimensions**0.5 - 0.1, 0.68, f"D = {dimensions}", color=plots.PALETTE[colour], ha="center")
    if dimensions == 32:
        print("à moins de la moitié de √32 de l'origine :", int((norms < 0.5 * 32**0.5).sum()), "tirage")
        print(f"norme moyenne au carré : {norms.square().mean():.0f}")
ax.set(xlabel="norme de $z$", ylabel="densité", ylim=(0, 0.78), yticks=[])
ax.set_xticks([0, 2**0.5, 8**0.5, 32**0.5, 128**0.5], ["0", "√2", "√8", "√32", "√128"])
ax.set_title("Les tirages s'éloignent de 0 sans s'étaler")
plots.show(drawing, "Quatre histogrammes de normes : leur centre est la racine de D, leur largeur ne change pas.")

# %% [markdown]
# Aucun, ou presque. La densité est bien la plus haute au centre, mais le centre a trop peu de **volume** : à 32 dimensions, presque toute la
# place est loin de 0. Les tirages vivent sur une coquille de rayon $\sqrt{D}$, dont l'épaisseur ne croît pas. Pensez à une orange : en
# grande dimension, tout est dans la peau. C'est la **concentration de la norme** (*concentration of measure*).
#
# ## 3. Corde ou arc : lerp et slerp
#
# Tracez un segment entre deux points d'une coquille : il passe par l'intérieur.
#
# **Prédisez.** Deux tirages à 32 dimensions sont presque perpendiculaires. Quelle est la norme au milieu du segment : $\sqrt{32}$, la moitié,
# ou $\sqrt{32 / 2}$ ?

# %% [markdown]
# Pour rester sur la coquille, on tourne au lieu de couper. C'est l'**interpolation sphérique** (*spherical linear interpolation*, slerp) :
#
# $$\mathrm{slerp}(a, b, t) = \frac{\sin((1 - t)\,\Omega)}{\sin \Omega}\,a + \frac{\sin(t\,\Omega)}{\sin \Omega}\,b$$
#
# $\Omega$ est l'angle de $a$ et $b$. En mots : encore une part de chacun, mais les deux parts sont choisies pour que l'angle avance à
# vitesse constante. Si $a$ et $b$ ont la même norme, elle ne change pas en route.
#
# Dans le code, l'angle se calcule par l'arc tangente : l'arc cosinus du produit scalaire perd sa précision quand $a$ et $b$ sont presque
# parallèles.


# %% tags=["lib:lessons_lib.latent.angle", "lib:lessons_lib.latent.slerp"]
SMALLEST_ANGLE = 1e-4  # radians ; en dessous, l'arc et la corde se confondent


def angle(a, b):
    u, v = a / a.norm(dim=-1, keepdim=True), b / b.norm(dim=-1, keepdim=True)
    return 2 * torch.atan2((u - v).norm(dim=-1, keepdim=True), (u + v).norm(dim=-1, keepdim=True))


def slerp(a, b, t):
    omega = angle(a, b).clamp_min(SMALLEST_ANGLE)
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


a, b = torch.randn((2, 500, 1, 32), generator=generator)  # 500 paires de tirages
path = {"lerp": lerp(a, b, t).norm(dim=-1), "slerp": slerp(a, b, t).norm(dim=-1)}  # (500, 7)
shell = torch.randn((10_000, 32), generator=generator).norm(dim=1).quantile(torch.tensor([0.01, 0.99]))
print("angle moyen, à 2° près, de 90° :", bool((torch.rad2deg(angle(a, b)).mean() - 90).abs() < 2))
for name, norms in path.items():
    inside = float((norms[:, 3] > shell[0]).float().mean())
    print(f"{name} : milieux sur la coquille, plus de neuf sur dix : {inside > 0.9}")

# %%
circle = torch.linspace(0, 2 * torch.pi, 100)
drawing, (left, right) = plots.figure(7.8, 2.6, 1, 2)
left.plot(circle.cos(), circle.sin(), color=plots.PALETTE["prior"], linestyle="-", linewidth=7, alpha=0.35)
ends = torch.tensor([[0.97, 0.24], [-0.24, 0.97]])
for name, route, colour, mark in (("lerp", lerp, "generated", "^"), ("slerp", slerp, "real", "o")):
    steps = route(*ends, t)
    left.plot(*steps.T, marker=mark, markersize=5, color=plots.PALETTE[colour])
    left.text(*(steps[3] * (0.68 if name == "lerp" else 1.12)), name, color=plots.PALETTE[colour], ha="center")
    low, middle, high = path[name].quantile(torch.tensor([0.1, 0.5, 0.9]), dim=0)
    right.fill_between(t[:, 0], low, high, color=plots.PALETTE[colour], alpha=0.2, linewidth=0)
    right.plot(t[:, 0], middle, marker=mark, markersize=5, color=plots.PALETTE[colour])
    right.text(0.5, middle[3] + (0.2 if name == "slerp" else -0.42), name, color=plots.PALETTE[colour], ha="center")
right.axhspan(*shell, color=plots.PALETTE["prior"], alpha=0.18, linewidth=0)
right.text(1.04, 32**0.5, "98 %\ndes tirages", color="#555555", va="center")
left.set(aspect="equal", xlim=(-1.25, 1.7), ylim=(-0.35, 1.25), title="La corde coupe, l'arc suit la coquille")
left.set_axis_off()
right.set(xlabel="$t$", ylabel="norme du code", xlim=(-0.03, 1.28), title="Au milieu, lerp sort de la coquille")
plots.show(
    drawing, "À gauche une corde et un arc ; à droite la norme de lerp creuse au milieu, celle de slerp reste haute."
)

# %% [markdown]
# $\sqrt{32/2}$, soit 4 au lieu de 5,7 : le théorème de Pythagore, car les deux moitiés sont perpendiculaires. Presque aucun tirage de
# $\mathcal{N}(0, I)$ n'est aussi près de 0.
#
# ### Est-ce que cela se voit ?
#
# Sur une paire, à peine. L'effet s'accumule quand on mêle davantage de codes : la moyenne de $K$ tirages a une norme voisine de
# $\sqrt{D / K}$.
#
# **Prédisez.** Six moyennes de 16 tirages : six fleurs différentes, ou presque la même six fois ?

# %%
z = torch.randn((200, 16, 32), generator=torch.Generator().manual_seed(3))
mixtures = {
    "un tirage": z[:, 0],
    "milieu lerp": lerp(z[:, 0], z[:, 1], 0.5),
    "milieu slerp": slerp(z[:, 0], z[:, 1], 0.5),
    "moyenne de 16": z.mean(dim=1),
    "la même,\nramenée à √32": z.mean(dim=1) * 16**0.5,
}
decoded = {name: vae.decode(codes) for name, codes in mixtures.items()}
shown = ("un tirage", "moyenne de 16", "la même,\nramenée à √32")
plots.image_grid(
    torch.cat([decoded[name][:6] for name in shown]),
    "Trois lignes de fleurs : variées, puis presque toutes la même, pâle et rose, puis variées de nouveau.",
    scale=1,
    rows=shown,
    title="Vers le centre, les fleurs se ressemblent",
)
spread = {name: float(images.std(dim=0).mean()) for name, images in decoded.items()}  # écart type, pixel par pixel
print("le milieu slerp garde la variété d'un tirage :", spread["milieu slerp"] > 0.95 * spread["un tirage"])
print("le milieu lerp en perd plus d'un dixième     :", spread["milieu lerp"] < 0.9 * spread["un tirage"])
print("la moyenne de 16 en perd plus de la moitié   :", spread["moyenne de 16"] < 0.5 * spread["un tirage"])

# %% [markdown]
# Vers le centre, le décodeur rend la fleur moyenne. Remettre le code à la bonne norme rend aux images leur variété.
#
# | Vous mêlez… | Employez | Pourquoi |
# |---|---|---|
# | deux tirages de $\mathcal{N}(0, I)$ | slerp | le chemin reste sur la coquille |
# | les codes $\mu$ de deux images | lerp, ou slerp | leurs normes diffèrent, et le VAE a appris entre les nuages |
# | la moyenne de plusieurs tirages | la moyenne, ramenée à $\sqrt{D}$ | sinon, toutes les moyennes se ressemblent |
#
# Sur un VAE, la différence reste petite. Un générateur qui n'a jamais décodé que des tirages de $\mathcal{N}(0, I)$, celui de la leçon 04, y est
# plus sensible.
#
# ## 4. Parcourir une direction
#
# Un **balayage** (*traversal*) avance d'un code $z$ le long d'une direction $d$, de norme 1 :
#
# $$z + v\,d$$
#
# En mots : on part de $z$, on ajoute $v$ fois $d$. Si $d$ est un axe, une seule dimension bouge. Mais n'importe quel vecteur est une
# direction.
#
# **Prédisez.** Le long de l'axe de plus grande KL, une seule chose changera-t-elle dans l'image ?


# %% tags=["lib:lessons_lib.latent.traversal"]
def traversal(z, direction, values):
    values = torch.as_tensor(values, dtype=z.dtype, device=z.device)
    return z.reshape(1, -1) + values[:, None] * direction.to(z)


from lessons_lib.losses import kl_to_standard_normal

per_dimension = kl_to_standard_normal(mu, logvar, per_dimension=True)
ranked = per_dimension.argsort(descending=True).tolist()
pink = int(((variety == "pink") & (openness < 0.2)).nonzero()[0][0])
chosen = [*ranked[:2], ranked[-1]]
rows = [vae.decode(traversal(mu[pink], torch.eye(32)[j], torch.linspace(-3, 3, 5))) for j in chosen]
plots.image_grid(
    torch.cat(rows),
    "Deux lignes où forme, couleur et eau changent ensemble ; une troisième où rien ne change.",
    scale=1,
    rows=[f"z[{j}]\n{per_dimension[j]:.1f} nat".replace(".", ",") for j in chosen],
    title="Un axe change plusieurs choses à la fois, ou rien",
)
still = (rows[2][0] - rows[2][-1]).abs().mean() < 0.1 * (rows[0][0] - rows[0][-1]).abs().mean()
print("la dimension de plus petite KL ne change presque rien :", bool(still))

# %% [markdown]
# Un axe mêle la couleur, la forme et l'eau. C'est normal : rien dans la perte ne demande que l'axe numéro 23 s'appelle « ouverture ». On dit que
# les facteurs sont **enchevêtrés** (*entangled*).
#
# Pourtant l'ouverture est bien là, de travers. Une **régression linéaire** (*linear regression*) la trouve : de combien le code moyen se
# déplace-t-il quand l'ouverture croît, les autres facteurs restant fixes ? Ce déplacement donne la direction $d$. Le **coefficient de
# détermination** $R^2$, mesuré sur des codes mis de côté, dit si les codes connaissent ce facteur : 1, exactement ; 0, pas du tout.
#
# ### À manipuler : des curseurs qui ont un nom
#
# Chaque curseur avance le long d'une direction ainsi trouvée. Ouvrez le bouton, puis changez l'heure : les deux se composent.
# *Nouveau tirage* change la fleur de départ et laisse les curseurs en place. Poussez « ouverture » à fond : à partir de quand l'image se
# gâte-t-elle ? Vous êtes sorti de la région des codes.

# %%
from lessons_lib.latent import regression_directions
from lessons_lib.widgets.latent_explorer import LatentExplorer

factors = {"ouverture": "openness", "inclinaison": "tilt", "heure": "hour", "eau": "water"}
known = {french: lotus.factors[name] for french, name in factors.items()}
directions = regression_directions(mu, known, generator=torch.Generator().manual_seed(0))
for name, score in zip(directions.names, directions.scores, strict=True):
    print(f"{name:<11} : R² de plus de 0,85 : {bool(score > 0.85)}")
LatentExplorer(
    vae.decode,
    mu[pink],
    directions=directions,
    limit=5.0,
    original=lotus.images[pink],
    title="Ouvrir, basculer, éclairer : des directions de vae_64",
)

# %% [markdown]
# ## 5. Calculer avec des attributs
#
# Sans régression, on peut faire plus court. Le **vecteur d'attribut** (*attribute vector*) va de la moyenne des codes *sans* l'attribut à
# la moyenne des codes *avec* :
#
# $$v = \overline{z}_{\text{avec}} - \overline{z}_{\text{sans}}$$
#
# En mots : ce que l'attribut ajoute, en moyenne, au code. Il ne reste qu'à l'ajouter à un autre code :
# bouton + (ouvertes − fermées) = fleur.
#
# La même soustraction se fait sur les images. Et comme le jardin est de synthèse, on connaît la réponse : la même fleur, redessinée avec
# 0,7 d'ouverture en plus.
#
# **Prédisez.** Que donne la somme en pixels ?

# %%
from lessons_lib.latent import attribute_vector

opened, closed = openness > 0.7, openness < 0.3
known = opened | closed
in_codes = attribute_vector(mu[known], opened[known])  # (32,)
in_pixels = attribute_vector(lotus.images[known], opened[known])  # (3, 64, 64)
buds = [int(i) for i in (openness < 0.2).nonzero()[0]]
images = lotus.images[buds]
results = {
    "bouton": images,
    "somme\nen pixels": (images + in_pixels).clamp(-1, 1),
    "somme\nen codes": vae.decode(mu[buds] + in_codes),
    "la vraie\nfleur": torch.stack(
        [render(replace(Factors.from_row(lotus.factors[i]), openness=float(openness[i]) + 0.7), 64) for i in buds]
    ),
}
plots.image_grid(
    torch.cat([pictures[1:5] for pictures in results.values()]),
    "Des boutons ; les mêmes entourés d'un halo rose ; des fleurs ouvertes un peu floues ; les vraies fleurs ouvertes.",
    scale=1,
    rows=list(results),
    title="En pixels, un fantôme ; en codes, la fleur s'ouvre",
)

# %% [markdown]
# En pixels, le bouton est toujours là : on lui a collé le fantôme rose d'une fleur moyenne. En codes, la fleur s'ouvre, dans sa couleur, sous
# son angle.
#
# Mesurons-le. `FactorReader` lit l'ouverture dans une image, par une régression sur son code. Il ne vaut que pour des images qui ressemblent au
# jardin : on l'essaie d'abord sur les vraies fleurs.

# %%
from lessons_lib.latent import FactorReader

reader = FactorReader(
    lambda x: vae.encode(x)[0], lotus.images, {"ouverture": openness}, generator=torch.Generator().manual_seed(0)
)
read = {name.replace("\n", " "): reader(pictures)["ouverture"] for name, pictures in results.items()}
drawing, ax = plots.figure(6.6, 2.1)
for line, (values, colour) in enumerate(zip(read.values(), ("prior", "generated", "real", "accent"), strict=True)):
    ax.plot(values[:40], torch.full((40,), 3.0 - line), "|", markersize=7, color=plots.PALETTE[colour])
    ax.plot(values.mean(), 3 - line, "|", markersize=24, markeredgewidth=3, color=plots.PALETTE[colour])
ax.set_yticks([3, 2, 1, 0], list(read))
ax.set_ylim(-0.6, 3.6)
ax.set(
    xlabel="ouverture lue (0 : bouton, 1 : pleine fleur)",
    title="La somme en codes ouvre davantage que la somme en pixels",
)
plots.show(
    drawing, "Quatre nuages de points : boutons vers 0,1, pixels vers 0,6, codes vers 0,7, vraies fleurs vers 0,8."
)
means = {name: float(values.mean()) for name, values in read.items()}
print("le lecteur se trompe de moins de 0,1 sur les vraies fleurs :", abs(means["la vraie fleur"] - 0.81) < 0.1)
print("ordre : bouton < pixels < codes < vraie fleur :", list(means.values()) == sorted(means.values()))

# %% [markdown]
# L'ordre est celui que voit l'œil, mais l'écart est plus petit : le lecteur d'ouverture prend le fantôme pour une demi-fleur. Une mesure ne
# dispense pas de regarder.
#
# ### Le piège : un attribut peut en cacher un autre
#
# Supposez que, dans votre collection, toutes les fleurs ouvertes soient jaunes et tous les boutons blancs. Le calcul ne change pas.
#
# **Prédisez.** Que fera ce vecteur « ouverture » à un bouton rose ?

# %%
confused = (opened & (variety == "yellow")) | (closed & (variety == "white"))
biased = attribute_vector(mu[confused], opened[confused])
bright = [i for i in buds if variety[i] in ("pink", "crimson", "blue")][:4]
plots.image_grid(
    torch.cat([lotus.images[bright], vae.decode(mu[bright] + in_codes), vae.decode(mu[bright] + biased)]),
    "Des boutons roses, carmin et bleus ; ouverts dans leur couleur ; puis ouverts mais jaunis ou orangés.",
    scale=1,
    rows=["bouton", "+ ouverture", "+ ouverture\nbiaisée"],
    title="Ouvertes et jaunes vont ensemble : le vecteur fait les deux",
)
print(f"{int(confused.sum())} images au lieu de {int(known.sum())}")
shift = vae.decode(mu[bright] + biased) - vae.decode(mu[bright] + in_codes)
print("le vecteur biaisé retire du bleu :", bool(shift[:, 2].mean() < shift[:, :2].mean()))

# %% [markdown]
# Il l'ouvre et le pousse vers le jaune : le rose vire à l'orangé. Une différence de moyennes ne connaît pas les causes : elle prend **tout** ce qui distingue les deux groupes. Avec de
# vraies photographies, où rien n'est tiré indépendamment, c'est la règle et non l'exception : équilibrez les groupes.
#
# ### À manipuler : un plan dans 32 dimensions
#
# La carte montre un plan : l'origine est un bouton blanc, un axe ouvre, l'autre jaunit. Chaque marque est un code du jardin, projeté
# sur ce plan. **Déplacez la souris** vers le coin supérieur droit ; au clavier, les flèches.

# %%
from lessons_lib.widgets.latent_map import LatentMap

pale = (variety == "yellow") | (variety == "white")
yellow = attribute_vector(mu[pale], variety[pale] == "yellow")
LatentMap(
    vae.decode,
    mu,
    colour_by={"Ouverture": openness, "Variété": [VARIETIES[name] for name in variety]},
    palette=VARIETY_COLOURS,
    embed=(mu[bud], torch.stack([in_codes, yellow])),
    axes=("ouvertes − fermées", "jaunes − blanches"),
    limits=(-0.8, 1.8, -0.8, 1.8),
    title="Un plan de vae_64 : un bouton blanc, qui s'ouvre et qui jaunit",
)

# %% [markdown]
# ## 6. Le prix d'un nat
#
# Combien de dimensions un VAE emploie-t-il ? Sa perte répond :
#
# $$\frac{\|x - \hat{x}\|^2}{2 s^2} + \beta\ \mathrm{KL}\big(q(z \mid x)\,\|\,p(z)\big)$$
#
# En mots : $\beta$ est le **prix d'un nat**. Une dimension vit si l'erreur qu'elle efface vaut plus que les nats qu'elle coûte.
#
# ### Un cas où la réponse est connue
#
# Pour un VAE linéaire, tout se calcule. Si le nuage a une variance $\lambda_j$ le long de son $j$-ième axe, cette dimension coûte
# $\tfrac{1}{2} \log \frac{\lambda_j}{\beta s^2}$ nats tant que $\lambda_j > \beta s^2$, et zéro ensuite. Le VAE garde donc les plus grands axes
# de l'ACP, et les abandonne un à un quand le prix monte.
#
# La cellule entraîne six VAE linéaires sur un nuage de variances 9, 3 et 1, en quelques secondes.
#
# **Prédisez.** Avec $s = 1$, à quel $\beta$ la troisième dimension s'éteint-elle ?

# %%
from torch import nn

from lessons_lib.losses import squared_error

variances = torch.tensor([9.0, 3.0, 1.0])
cloud = torch.randn((300, 3), generator=generator)
left_axes, _, right_axes = torch.linalg.svd(cloud - cloud.mean(dim=0), full_matrices=False)
cloud = left_axes @ right_axes * (300 * variances).sqrt()  # variances exactes
prices, measured = [0.4, 0.8, 1.6, 3.2, 6.4, 12.8], []
for beta in prices:
    torch.manual_seed(0)
    encoder, decoder = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
    log_variance = nn.Parameter(torch.zeros(3))
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters(), log_variance], lr=0.1)
    for _ in range(500):
        centre = encoder(cloud)
        kl = kl_to_standard_normal(centre, log_variance.expand_as(centre), per_dimension=True)
        noise = (log_variance.exp() * decoder.weight.square().sum(dim=0)).sum()  # ce que coûte epsilon, en moyenne
        loss = (squared_error(decoder(centre), cloud) + noise) / 2 + beta * kl.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    measured.append(kl.detach().sort(descending=True).values)

# %%
prices_drawn = torch.logspace(-0.5, 1.2, 200)
drawing, ax = plots.figure(6.6, 2.7)
for j, colour in enumerate(("real", "critic", "accent")):
    ax.semilogx(
        prices_drawn, (0.5 * (variances[j] / prices_drawn).log()).clamp_min(0), "-", color=plots.PALETTE[colour]
    )
    ax.semilogx(prices, [kl[j] for kl in measured], "o", color=plots.PALETTE[colour], markersize=6)
    ax.annotate(f"$\\lambda = {variances[j]:.0f}$", (variances[j], 0), (variances[j], 0.35), ha="center",
                color=plots.PALETTE[colour], arrowprops={"arrowstyle": "->", "color": plots.PALETTE[colour]})  # fmt: skip
ax.set_xticks([0.4, 1, 3, 9], ["0,4", "1", "3", "9"])
ax.minorticks_off()
ax.set(xlabel="$\\beta$, le prix d'un nat (échelle logarithmique)", ylabel="KL, en nats")
ax.set_title("Chaque dimension s'éteint quand le prix dépasse sa variance")
plots.show(
    drawing, "Trois droites décroissantes qui touchent zéro en bêta égal 1, 3 et 9 ; les points mesurés sont dessus."
)
theory = torch.stack([(0.5 * (variances / beta).log()).clamp_min(0) for beta in prices])
print("mesure et formule à 0,1 nat près :", bool((torch.stack(measured) - theory).abs().max() < 0.1))

# %% [markdown]
# À $\beta = 1$, sa variance. Les points sont les réseaux entraînés, les traits la formule : ils tombent dessus.
#
# ### Sept vrais VAE
#
# Le zoo contient une famille : sept VAE à dix dimensions, la même recette, les mêmes images de 32 pixels, le même nombre de pas. Seul $\beta$
# change, de 1 à 1 024. Quatre facteurs varient dans ce jardin : la variété, l'ouverture, l'heure et l'eau.
#
# **Prédisez.** Quand $\beta$ monte, qu'est-ce qui disparaît d'abord des reconstructions : la lumière, la couleur de l'eau, l'ouverture,
# la variété ?

# %% tags=["nbval-ignore-output"]
betas = (1, 4, 16, 64, 128, 256, 1024)
family = {beta: zoo.load(f"beta_vae_32_b{beta:04d}") for beta in betas}
garden = SyntheticLotus(300, size=32, seed=1, fixed=zoo.card("beta_vae_32_b0001")["recipe"]["fixed"])
drawing, frames = plots.figure(6.6, 2.5, 2, 8, height_ratios=[1, 1.6])
living = []
for (bars, strip), beta in zip(frames.T, (None, *betas), strict=True):
    shown = garden.images[[0, 1, 4]]
    if beta:
        centre, log_variance = family[beta].encode(garden.images)
        kl = kl_to_standard_normal(centre, log_variance, per_dimension=True).sort(descending=True).values
        living.append(int((kl > 0.05).sum()))
        bars.bar(range(10), kl.clamp_min(0.05), color=[plots.PALETTE["real" if k > 0.05 else "prior"] for k in kl])
        bars.set(title=f"$\\beta$ = {beta}", ylim=(0, 3.8), xlabel=f"{living[-1]} sur 10")
        shown = family[beta].decode(centre[[0, 1, 4]])
    bars.set(xticks=[], yticks=[0, 1, 2, 3] if beta == 1 else [])
    strip.imshow(to_array(grid(shown, columns=1, padding=1)), interpolation="nearest")
    strip.set_axis_off()
frames[0, 0].set_axis_off()
frames[0, 0].text(0.95, 0.5, "KL de chaque\ndimension,\nen nats", ha="right", va="center", fontsize=9)
frames[1, 0].set_title("images", fontsize=10)
plots.show(
    drawing,
    "Sept colonnes : dix barres vivantes et des reconstructions nettes à gauche ; aucune barre et une seule image à droite.",
)
print("dimensions vivantes :", living)

# %% [markdown]
# À 1 024, plus rien. Entre les deux, qu'a-t-on perdu, et dans quel ordre ? On tire un code dans chaque nuage, et l'on demande à une
# régression ce qu'elle y lit encore.

# %%
from lessons_lib.losses import reparameterize

names = {"eau": "water", "heure": "hour", "ouverture": "openness"}
known = {french: garden.factors[name] for french, name in names.items()}
known["carmin ou non"] = (garden.factors["variety"] == "crimson").astype(float)
scores = []
for model in family.values():
    codes = reparameterize(*model.encode(garden.images), generator=torch.Generator().manual_seed(0))
    found = regression_directions(codes, known, generator=torch.Generator().manual_seed(1))
    scores.append(found.scores.clamp_min(0))
drawing, ax = plots.figure(6.4, 2.5)
labels = {"eau": (2.5, 0.25, "prior"), "heure": (3.4, 0.25, "accent"), "ouverture": (3.9, 0.55, "real")}
labels["carmin ou non"] = (5.6, 0.3, "generated")
for curve, (name, (x, y, colour)) in zip(torch.stack(scores).T, labels.items(), strict=True):
    ax.plot(range(7), curve, "o-", color=plots.PALETTE[colour], markersize=5)
    ax.text(x, y, name, color=plots.PALETTE[colour], ha="right" if x < 3.5 else "center")
ax.set_xticks(range(7), betas)
ax.set(xlabel="$\\beta$, le prix d'un nat", ylabel="$R^2$ de la régression", ylim=(-0.03, 1.05))
ax.set_title("L'eau s'efface la première, la couleur de la fleur la dernière")
plots.show(drawing, "Quatre courbes qui tombent à zéro : l'eau, puis l'heure, puis l'ouverture, puis le carmin.")
print("à 64, l'eau ne se lit plus, l'ouverture encore :", bool(scores[3][0] < 0.3 < scores[3][2]))
print("à 256, il ne reste que le carmin :", bool(scores[5][:3].max() < 0.15 < scores[5][3]))

# %% [markdown]
# Chaque facteur s'efface quand les pixels qu'il change ne valent plus leurs nats. Une fleur carmin parmi des fleurs pâles change beaucoup de
# pixels, et de beaucoup : elle résiste la dernière. La teinte de l'eau change peu chaque pixel : elle part la première. Ce n'est pas l'ordre
# qu'un jardinier aurait choisi.
#
# ### À manipuler : le curseur $\beta$
#
# Glissez $\beta$ : les barres grises sont les dimensions éteintes. Puis choisissez le rang d'une dimension : celle du triangle rose est
# balayée de −2 à 2. Que montre le balayage d'une dimension éteinte ?

# %%
from lessons_lib.widgets.beta_explorer import BetaExplorer

BetaExplorer(family, garden.images, shown=4, beta=64)

# %% [markdown]
# Un balayage éteint ne montre rien : la même image, répétée.
#
# On a espéré davantage du $\beta$-VAE : qu'un nat cher **démêle** (*disentangle*) les facteurs, une dimension pour chacun. Cherchez, à
# $\beta = 16$, une dimension qui ne change qu'une chose. Rien dans la perte ne le garantit : le hasard des poids de départ en décide souvent.
#
# ## 7. Un échec, exprès : s'effondrer, puis guérir
#
# Un VAE neuf, $\beta = 1\,024$ pendant 100 pas, puis $\beta = 4$ pendant 200 : une dizaine de secondes.
#
# **Prédisez.** Une dimension éteinte peut-elle se rallumer ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.models import VAE
from lessons_lib.observers import progress
from lessons_lib.training import TrainingConfig, train_vae

torch.manual_seed(0)
patient = VAE(size=32, latent=10, width=12)
config = TrainingConfig(steps=300, batch_size=32, learning_rate=2e-3, sigma=0.4, beta=1024.0)
training, kl_curve = train_vae(patient, garden.images, config), []
for step in progress(training):
    kl_curve.append(step.losses["kl"])
    if step.index == 100:
        with torch.inference_mode():
            ill = patient.decode(patient.encode(garden.images)[0])
        training.change(beta=4.0)
with torch.inference_mode():
    cured = patient.decode(patient.encode(garden.images)[0])

# %%
drawing, ax = plots.figure(6.4, 2.1)
ax.axvspan(0, 100, color=plots.PALETTE["prior"], alpha=0.15, linewidth=0)
ax.plot(range(1, 301), kl_curve, color=plots.PALETTE["real"])
ax.text(50, 0.55 * max(kl_curve), "$\\beta$ = 1 024\nle code ne dit rien", ha="center", color="#555555")
ax.text(170, 0.2 * max(kl_curve), "$\\beta$ = 4 : les dimensions se rallument", color=plots.PALETTE["real"])
ax.set(xlabel="pas", ylabel="KL, en nats par image", title="Une KL collée à zéro dès le départ : l'effondrement")
plots.show(drawing, "La KL reste à zéro pendant 100 pas, puis monte à une dizaine de nats quand bêta baisse.")
plots.image_grid(
    torch.cat([garden.images[:8], ill[:8], cured[:8]]),
    "Huit lotus ; huit fois la même tache ; huit reconstructions floues mais distinctes.",
    scale=1,
    rows=["image", "pas 100", "pas 300"],
)
print(
    "au pas 100, les reconstructions se confondent :",
    bool(ill.std(dim=0).mean() < 0.1 * garden.images.std(dim=0).mean()),
)
print(
    "au pas 300, elles se distinguent              :",
    bool(cured.std(dim=0).mean() > 0.5 * garden.images.std(dim=0).mean()),
)
print("KL au pas 100 sous 0,1 nat, au pas 300 au-dessus de 5 :", kl_curve[99] < 0.1, kl_curve[-1] > 5)

# %% [markdown]
# | Ce que l'on voit | Ce qui s'est passé | Que faire |
# |---|---|---|
# | une KL nulle dès le départ, la même image partout | un nat coûte plus qu'il ne rapporte | baisser $\beta$ ou $s$ ; vérifier les sommes de la perte |
# | quelques dimensions à zéro, de bonnes images | elles ne rapportaient rien : le jardin a peu de facteurs | rien : c'est un réglage, pas une panne |
# | une KL qui s'effondre en cours de route | le décodeur a appris à se passer du code | partir d'un petit $\beta$ et le faire monter |
#
# Ici, baisser $\beta$ a suffi. La précaution habituelle va dans l'autre sens : $\beta$ part de 0 et monte peu à peu, le temps que le code
# serve à quelque chose. C'est l'**échauffement** (*warm-up*, *KL annealing*).

# %% [markdown]
# ## 8. Les trous : le nuage de tous les codes
#
# Chaque image a son nuage $q(z \mid x)$. Leur mélange est la **loi a posteriori agrégée** (*aggregate posterior*) :
#
# $$q(z) = \frac{1}{N} \sum_{i=1}^{N} q(z \mid x_i)$$
#
# En mots : on choisit une image au hasard, puis un point dans son nuage. C'est là que le décodeur a appris. Or on tire dans $p(z) = \mathcal{N}(0, I)$.
# Un **trou** est un endroit où l'on tire souvent et où le décodeur n'a presque rien appris : $q(z)$ y est bien plus petit que $p(z)$.
#
# À deux dimensions, tout se dessine. Appelons trou ce qui est sous le dixième de $p(z)$.
#
# **Prédisez.** Quelle part des tirages tombe dans un trou : 1 %, 10 %, la moitié ?

# %% tags=["nbval-ignore-output"]
from torch.distributions import Normal

flat = zoo.load("vae_64_2d")
simple = SyntheticLotus(400, size=64, seed=5, fixed=SIMPLE_GARDEN)
centres, log_variances = flat.encode(simple.images)


def log_prior(z):  # (M, 2) -> (M,)
    return Normal(0.0, 1.0).log_prob(z).sum(dim=1)


def log_aggregate(z, count=400):  # le mélange des nuages des count premières images
    clouds = Normal(centres[:count], (0.5 * log_variances[:count]).exp())
    return torch.logsumexp(clouds.log_prob(z[:, None]).sum(dim=2), dim=1) - torch.tensor(count).log()


draws = torch.randn((3000, 2), generator=torch.Generator().manual_seed(2))
hole = log_aggregate(draws) < log_prior(draws) - torch.tensor(10.0).log()
few = log_aggregate(draws, 100) < log_prior(draws) - torch.tensor(10.0).log()
print("plus d'un tirage sur trois dans un trou :", bool(hole.float().mean() > 1 / 3))
print("quatre fois moins d'images, davantage de trous :", bool(few.sum() > hole.sum()))

# %%
ticks = torch.linspace(-3, 3, 121)
places = torch.cartesian_prod(ticks, ticks).flip(1)  # (x, y), ligne par ligne
density = log_aggregate(places).exp().view(121, 121)
drawing, (left, right) = plots.figure(6.6, 3.1, 1, 2, sharex=True, sharey=True)
left.contourf(ticks, ticks, density.sqrt(), levels=5, cmap="GnBu")
for radius in (1, 2):
    left.plot(radius * circle.cos(), radius * circle.sin(), color="#555555", linestyle="--", linewidth=1)
right.scatter(*draws[~hole][:300].T, s=5, color=plots.PALETTE["real"])
right.scatter(*draws[hole][:300].T, s=10, marker="x", linewidth=0.8, color=plots.PALETTE["generated"])
left.set(title="La loi agrégée $q(z)$", ylabel="$z_1$")
right.set(title="Tirages de $p(z)$ : croix dans un trou")
for ax in (left, right):
    ax.set(aspect="equal", xlabel="$z_0$", xlim=(-3, 3), ylim=(-3, 3))
    ax.grid(False)
plots.show(
    drawing, "À gauche des filaments denses séparés de vide ; à droite des croix roses dans les vides, très nombreuses."
)
plots.image_grid(
    flat.decode(torch.cat([draws[~hole][:5], draws[hole][:5]])),
    "Cinq lotus aux couleurs franches ; puis cinq lotus dont la couleur hésite entre deux variétés.",
    scale=1,
    rows=["dans un nuage", "dans un trou"],
)

# %% [markdown]
# La loi agrégée est faite de filaments ; entre eux, presque rien. Les tirages tombés dans un trou donnent souvent des fleurs
# dont la couleur hésite entre deux variétés. Avec davantage d'images, les trous rétrécissent sans se combler.
#
# La KL moyenne de la perte se partage exactement en deux (Hoffman et Johnson, 2016) :
#
# $$\overline{\mathrm{KL}}\big(q(z \mid x)\,\|\,p(z)\big) = \underbrace{I(x ; z)}_{\text{information}} + \underbrace{\mathrm{KL}\big(q(z)\,\|\,p(z)\big)}_{\text{trous}}$$
#
# En mots : des nats qui servent à reconnaître l'image, son **information mutuelle** (*mutual information*) avec le code, et des nats perdus à s'écarter de la
# loi a priori. La perte ne voit que leur somme.

# %%
rank = torch.randint(0, 400, (4000,), generator=torch.Generator().manual_seed(0))
z = reparameterize(centres[rank], log_variances[rank], generator=torch.Generator().manual_seed(1))
log_own = Normal(centres[rank], (0.5 * log_variances[rank]).exp()).log_prob(z).sum(dim=1)
information = float((log_own - log_aggregate(z)).mean())
gap = float((log_aggregate(z) - log_prior(z)).mean())
total = float(kl_to_standard_normal(centres, log_variances))
drawing, ax = plots.figure(6.4, 1.4)
ax.barh(0, information, color=plots.PALETTE["real"])
ax.barh(0, gap, left=information, color=plots.PALETTE["generated"], hatch="//", edgecolor="white")
ax.text(information / 2, 0, "information", color="white", ha="center", va="center")
ax.text(information + gap / 2, 0.62, "trous", color=plots.PALETTE["generated"], ha="center")
ax.set(
    yticks=[], ylim=(-0.5, 1), xlabel="nats par image", title="La plus grande part de la KL sert à reconnaître l'image"
)
plots.show(drawing, "Une barre en deux morceaux : l'information, longue, puis les trous, plus courts.")
print("information + trous = KL, à 0,2 nat près :", abs(information + gap - total) < 0.2)
print("les trous pèsent plus d'un nat           :", gap > 1)

# %% [markdown]
# ## En résumé
#
# - Les tirages de $\mathcal{N}(0, I)$ vivent sur une coquille de rayon $\sqrt{D}$ : lerp la quitte, slerp la suit.
# - Une direction qui a un sens est rarement un axe ; une régression sur les facteurs connus la trouve.
# - Un vecteur d'attribut s'ajoute aux codes, pas aux pixels ; il emporte tout ce qui distingue les deux groupes.
# - $\beta$ est le prix d'un nat : une dimension vit si elle rapporte plus qu'elle ne coûte.
# - La loi a posteriori agrégée n'est pas la loi a priori : on tire aussi dans les trous.
#
# ## Quiz
#
# Huit questions. Chaque réponse, juste ou fausse, est expliquée.

# %%
from lessons_lib.widgets.quiz import Quiz

Quiz("03")

# %% [markdown]
# ## À vous : l'exercice
#
# Prédisez la norme d'un mélange, écrivez slerp, le vecteur d'attribut et une analogie, comptez les dimensions vivantes, puis diagnostiquez
# quatre VAE : [exercice 03](../exercises/03_espace_latent.ipynb), 50 minutes. La vérification nomme les fautes courantes. La
# [solution](../solutions/03_espace_latent.ipynb) est à côté.
#
# ## Sources
#
# - K. Shoemake, « Animating Rotation with Quaternion Curves », SIGGRAPH, 1985 : slerp, pour des rotations.
# - T. White, « Sampling Generative Networks », 2016, [arXiv:1609.04468](https://arxiv.org/abs/1609.04468) : slerp et vecteurs
#   d'attributs dans un espace latent, leurs biais compris.
# - I. Higgins et coll., « beta-VAE », ICLR, 2017 : $\beta$ et l'espoir de démêler.
# - J. Lucas et coll., « Don't Blame the ELBO ! A Linear VAE Perspective on Posterior Collapse », NeurIPS, 2019,
#   [arXiv:1911.02469](https://arxiv.org/abs/1911.02469) : la formule du VAE linéaire.
# - F. Locatello et coll., « Challenging Common Assumptions in the Unsupervised Learning of Disentangled Representations », ICML, 2019 :
#   démêler sans étiquettes n'est pas garanti.
# - M. Hoffman et M. Johnson, « ELBO surgery », 2016 : le partage de la KL.
#
# Détails et lectures : [ressources](../course/ressources.md).
