# %% [markdown]
# # 05 · La distance de Wasserstein
#
# **Durée :** 60 minutes. **Prérequis :** la leçon [04 · Le GAN](04_gan.ipynb) ; savoir ce que sont une moyenne et la pente d'une
# courbe.
#
# **À la fin de cette leçon, vous saurez :**
#
# - dire pourquoi la divergence de Jensen-Shannon n'apprend rien au générateur quand les deux lois ne se touchent pas ;
# - lire un plan de transport, et calculer une distance de Wasserstein à la main, par un tri, puis par un programme linéaire ;
# - passer du plan de transport à la critique, et démontrer qu'aucune critique ne dépasse la distance ;
# - écrire les deux pertes du WGAN et l'écrêtage des poids ;
# - reconnaître les deux pannes de l'écrêtage, et dire ce que la perte d'une critique mesure ou ne mesure pas.

# %%
from functools import partial

import numpy as np
import ot  # POT, « Python Optimal Transport » : le transport optimal exact
import torch

from lessons_lib import plots, zoo
from lessons_lib.losses import LOSSES
from lessons_lib.models import ToyCritic, ToyGenerator
from lessons_lib.toys import sample, transport_distance

REAL, FAKE, CRITIC = plots.PALETTE["real"], plots.PALETTE["generated"], plots.PALETTE["critic"]
GREY, ACCENT = plots.PALETTE["prior"], plots.PALETTE["accent"]

# %% [markdown]
# ## 1. Deux murs qui ne se touchent pas
#
# Un mur mince se dresse en $x = 0$ : c'est la loi $p$ des vraies données. Le générateur en dresse un autre, tout pareil, en
# $x = \theta$ : c'est la loi $q$ qu'il engendre. Il n'a qu'un bouton, $\theta$, et la bonne réponse est connue : $\theta = 0$.
#
# Trois nombres peuvent dire si les murs sont loin l'un de l'autre : la divergence KL, celle de Jensen-Shannon, que le GAN
# de la leçon 04 fait descendre, et une nouvelle venue, la **distance de Wasserstein** $W$. Celle-ci répond à une question de
# maçon : de combien faut-il déplacer chaque brique, en moyenne, pour faire d'un mur l'autre ?
#
# Les murs ont la même hauteur : seule compte l'abscisse. La cellule range donc les briques dans onze colonnes, de 0 à 1 mètre.
#
# **Prédisez.** Le mur passe de $\theta = 1$ à $\theta = 0{,}1$ : dix fois plus près. Que devient chaque nombre ?

# %%
from lessons_lib.transport import jensen_shannon, kl, wasserstein_1d

columns, wall = np.linspace(0, 1, 11), np.eye(11)  # wall[k] : toutes les briques dans la colonne k
trips = abs(columns[:, None] - columns)
js = [jensen_shannon(wall[0], q, dx=1) for q in wall]
w = [ot.emd2(wall[0], q, trips) for q in wall]
for k in (10, 5, 1, 0):
    print(f"theta = {columns[k]:.1f} : KL = {kl(wall[0], wall[k], dx=1):.1f}, JS = {js[k]:.2f}, W = {w[k]:.2f}")

drawing, (left, right) = plots.figure(9, 3.1, 1, 2, width_ratios=(1, 1.6))
for place, name, colour in ((0, "vrai, $p$", REAL), (0.7, "engendré, $q$", FAKE)):
    left.plot([place, place], [0, 1], color=colour, linewidth=6, linestyle="-", solid_capstyle="butt")
    left.text(place, 1.05, name, ha="center", color=colour)
for height in (0.2, 0.5, 0.8):
    left.annotate("", (0.06, height), (0.64, height), arrowprops={"arrowstyle": "->", "color": GREY})
left.set(xlim=(-0.3, 1.1), ylim=(0, 1.25), xlabel="x (mètres)", title=r"Chaque brique parcourt $\theta$")
right.plot(columns[1:], js[1:], "s--", columns[:1], js[:1], "s", color=FAKE)
right.plot(columns, w, "o-", color=CRITIC)
right.text(0.1, 0.74, r"Jensen-Shannon : $\log 2$", color=FAKE)
right.text(0.62, 0.5, r"Wasserstein : $\theta$", color=CRITIC)
right.set(xlabel=r"place du mur engendré, $\theta$ (mètres)", title="Seule la distance de Wasserstein a une pente")
plots.show(drawing, "Deux murs ; Jensen-Shannon est un plateau qui tombe à zéro en zéro, Wasserstein une droite.")

# %% [markdown]
# La KL est infinie, la Jensen-Shannon vaut $\log 2 \approx 0{,}69$, où que soit le mur : elles ne demandent que « les lois se
# recouvrent-elles ? ». $W$ demande « à quelle distance ? », en mètres.
#
# Pourquoi $\log 2$ ? Sur le premier mur, la moyenne $m = (p + q)/2$ vaut la moitié de $p$, donc
# $\mathrm{KL}(p\,\|\,m) = \log 2$. De même sur le second. $\theta$ n'y paraît pas.
#
# Et des images ? Un générateur à 64 dimensions latentes n'atteint qu'une feuille mince dans un espace de 12 288 dimensions. Les vraies
# fleurs forment sans doute une autre feuille mince, et deux telles feuilles ne se recouvrent presque jamais (Arjovsky et Bottou 2017).
#
# ## 2. Le discriminateur apprend, le gradient s'éteint
#
# Les murs restent à un mètre l'un de l'autre, et un discriminateur s'entraîne. Après chaque pas, on mesure la **poussée** que
# recevrait le générateur : la dérivée de sa perte par rapport à $\theta$. Il faut quelques secondes.
#
# **Prédisez.** À mesure que le discriminateur s'améliore, le générateur reçoit-il un meilleur signal ?


# %%
def walls(n, generator, theta=1.0):
    """n points du vrai mur et n points du mur engendré : deux tenseurs (n, 2)."""
    heights = torch.rand((2, n, 1), generator=generator)
    return torch.cat([0 * heights[0], heights[0]], dim=1), torch.cat([theta + 0 * heights[1], heights[1]], dim=1)


def train_critic(laws, loss, constrain=lambda critic: None, steps=600, hidden=32, layers=2):
    """Entraîne une critique entre deux lois fixes ; rend la critique et la suite des poussées."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    critic = ToyCritic(hidden=hidden, layers=layers)
    optimizer, pushes = torch.optim.Adam(critic.parameters(), lr=1e-3), []
    for _ in range(steps):
        real, fake = laws(128, generator)
        fake.requires_grad_()
        objective = loss.critic(critic(real), critic(fake))
        optimizer.zero_grad()
        objective.backward()
        optimizer.step()
        constrain(critic)
        gradient = torch.autograd.grad(loss.generator(critic(fake)), fake)[0]  # (n, 2)
        pushes.append(gradient[:, 0].sum().item())  # tous les points se déplacent ensemble, le long de x
    return critic, pushes


# %%
pushes = {name: train_critic(walls, LOSSES[name])[1] for name in ("minimax", "non_saturating")}

drawing, ax = plots.figure(7.5, 3)
for name, label, colour, dash in (
    ("minimax", "minimax", FAKE, "-"),
    ("non_saturating", "non saturante", GREY, "--"),
):
    ax.semilogy(pushes[name], color=colour, linestyle=dash)
    ax.text(608, pushes[name][-1], label, color=colour, va="center")
ax.set(xlabel="pas du discriminateur", ylabel=r"poussée sur $\theta$", xlim=(0, 720), ylim=(1e-3, 100))
ax.set_xticks(range(0, 601, 100))
ax.set_title("Le discriminateur progresse : une poussée s'éteint, l'autre s'emballe")
plots.show(
    drawing, "La poussée de la perte minimax monte puis s'éteint ; celle de la perte non saturante grandit toujours."
)
print(
    "minimax : la poussée finit 20 fois au-dessous de son maximum :",
    max(pushes["minimax"]) > 20 * pushes["minimax"][-1],
)
late, early = pushes["non_saturating"][-1], pushes["non_saturating"][49]
print("non saturante : elle finit 10 fois au-dessus de sa valeur au pas 50 :", late > 10 * early)

# %% [markdown]
# Avec la perte minimax, un discriminateur sûr de lui n'indique plus de direction. La perte non saturante évite l'extinction, mais
# sa poussée grandit sans cesse : elle ne dit rien non plus de la distance du mur, qui n'a pas bougé. Entraîner un GAN, c'est donc garder
# le discriminateur imparfait, et l'équilibre est fragile.
#
# ## 3. Le terrassier
#
# En 1781, Gaspard Monge pose le problème des **déblais** et des **remblais** : porter toute la terre des uns aux autres, avec le moins
# d'efforts possible. L'effort est la masse multipliée par la distance. D'où l'autre nom de $W$, la distance du terrassier (*earth
# mover's distance*).
#
# Un **plan de transport** (*transport plan*) $\gamma$ est un tableau : $\gamma_{ij}$ est la masse prise à la place $i$ et déposée
# à la place $j$. Chaque ligne vide un déblai, chaque colonne remplit un remblai.

# %% [markdown]
# En une équation, où $\Pi(p, q)$ est l'ensemble des plans qui vident $p$ et remplissent $q$ :
#
# $$W(p, q) = \min_{\gamma \in \Pi(p, q)} \sum_{i,j} \gamma_{ij}\, |x_i - y_j|
#   = \min_{\gamma \in \Pi(p, q)} \mathbb{E}_{(x, y) \sim \gamma}\, \|x - y\|$$
#
# En mots : de tous les plans possibles, le moins cher ; son prix est la longueur moyenne d'un trajet.
#
# ### Un cas à la main
#
# Quatre briques d'un quart chacune. Elles sont en 0, 0, 1 et 5 ; on les veut en 1, 2, 4 et 4.
#
# **Prédisez.** Cherchez un plan sur le papier. Quelle longueur totale trouvez-vous ? Pouvez-vous faire mieux que 8 ?
#
# Le coût et les marges dépendent linéairement de $\gamma$ : c'est un **programme linéaire** (*linear program*). POT le résout ; `scipy`, qui ne sait rien du
# transport, aussi.

# %%
from fractions import Fraction

from scipy.optimize import linprog

places = np.arange(6)
p = np.array([2, 1, 0, 0, 0, 1]) / 4  # les déblais
q = np.array([0, 1, 1, 0, 2, 0]) / 4  # les remblais
cost = abs(places[:, None] - places).astype(float)

plans = {
    "Le plus cher": ot.emd(p, q, 5 - cost),
    "En proportion": np.outer(p, q),  # chaque déblai se partage entre tous les remblais
    "Optimal": ot.emd(p, q, cost),
}
for name, plan in plans.items():
    fair = np.allclose(plan.sum(axis=1), p) and np.allclose(plan.sum(axis=0), q)
    print(f"{name:13} : vide p et remplit q, {fair} ; coût {(plan * cost).sum():.3f}")

empties = np.kron(np.eye(6), np.ones(6))  # ligne i : la somme des gamma[i, :]
fills = np.kron(np.ones(6), np.eye(6))  # ligne j : la somme des gamma[:, j]
solution = linprog(cost.ravel(), A_eq=np.vstack([empties, fills]), b_eq=np.concatenate([p, q]))
print(f"scipy, linprog : {solution.fun:.2f}   à la main : {(1 + 2 + 3 + 1) / 4:.2f}")

# %%
drawing, axes = plots.figure(9, 3.7, 1, 3, sharey=True)
for ax, (name, plan) in zip(axes, plans.items(), strict=True):
    ax.grid(False)
    ax.imshow(plan, cmap="Purples", vmin=0, vmax=0.5)
    ax.plot([-0.5, 5.5], [-0.5, 5.5], color=GREY, linestyle=":", linewidth=1)
    for i, j in zip(*plan.nonzero(), strict=True):
        label = str(Fraction(plan[i, j]).limit_denominator(100))
        ax.text(j, i, label, ha="center", va="center", fontsize=8, color="white" if plan[i, j] > 0.3 else "black")
    for k in range(6):
        ax.text(5.7, k, "■" * round(4 * p[k]), color=REAL, va="center", clip_on=False)
        ax.text(k, -0.65, "\n".join("■" * round(4 * q[k])), color=FAKE, ha="center", linespacing=0.8)
    ax.set(xlabel="déposée en", xticks=places, yticks=places)
    ax.set_title(f"{name} : {(plan * cost).sum():.4g}".replace(".", ","), pad=32)
axes[0].set_ylabel("prise en")
plots.show(
    drawing, "Trois tableaux aux mêmes marges ; plus les cases pleines sont près de la diagonale, moins le plan coûte."
)

# %% [markdown]
# Une case pleine loin de la diagonale est un long trajet. Les trois tableaux ont les mêmes sommes par ligne (■ bleu-vert) et par
# colonne (■ rose) : trois plans du même chantier. Le meilleur coûte 7 quarts. Il n'est pas toujours unique : que la brique en 1
# reste sur place ou parte en 4, le prix est le même.
#
# ## 4. Sur une droite, il suffit de trier
#
# Si deux trajets se croisent, échanger leurs arrivées ne coûte jamais plus. Sur une droite, la brique la plus à gauche va donc à la
# place la plus à gauche, et ainsi de suite. Si $x_{(i)}$ est la $i$-ième valeur dans l'ordre croissant :
#
# $$W = \frac{1}{N} \sum_{i=1}^{N} \big|x_{(i)} - y_{(i)}\big|$$
#
# En mots : trier les deux échantillons, et moyenner les écarts, rang par rang.


# %%
def wasserstein_by_sorting(x, y):  # deux échantillons de même taille, (N,)
    return (x.sort().values - y.sort().values).abs().mean()


from scipy.stats import wasserstein_distance

print("les quatre briques :", wasserstein_by_sorting(torch.tensor([0.0, 0, 1, 5]), torch.tensor([1.0, 2, 4, 4])).item())
x = torch.randn(12, generator=torch.Generator().manual_seed(4))
y = 2 * torch.randn(12, generator=torch.Generator().manual_seed(5)) + 1
found, general = wasserstein_by_sorting(x, y), wasserstein_1d(x, y)  # celle-ci accepte deux tailles différentes
print("égal à scipy et à la bibliothèque :", np.allclose([found, general], wasserstein_distance(x, y), rtol=1e-5))

drawing, ax = plots.figure(7.5, 3.3)
for values, name, place, colour, dash in ((x, "$F_p$", (1.4, 0.9), REAL, "-"), (y, "$F_q$", (2.7, 0.83), FAKE, "--")):
    ax.ecdf(values, color=colour, linestyle=dash)
    ax.text(*place, name, color=colour)
for rank, (start, end) in enumerate(zip(x.sort().values, y.sort().values, strict=True)):
    ax.fill_between([start, end], rank / 12, (rank + 1) / 12, color=ACCENT, alpha=0.3, linewidth=0)
    height = (rank + 0.5) / 12
    ax.annotate("", (end, height), (start, height), arrowprops={"arrowstyle": "->", "color": GREY})
ax.set(xlabel="t", ylabel="part de la loi à gauche de t")
ax.set_title("Douze trajets, rang par rang : leur moyenne est l'aire orange, $W$")
plots.show(drawing, "Deux escaliers montants ; entre eux, douze flèches horizontales remplissent une aire orange.")

# %% [markdown]
# Chaque escalier est une **fonction de répartition** (*cumulative distribution function*) : $F_p(t)$ est la part de la loi $p$ à
# gauche de $t$. Par tranches horizontales, l'aire est faite de trajets, un par rang. Par tranches verticales, elle dit combien de terre
# passe en $t$ : $W = \int |F_p(t) - F_q(t)|\, dt$.
#
# ### Sous la main : deux lois sur une droite
#
# Éloignez les deux lois, resserrez-les, changez leur forme. Puis, sous chacune des trois mesures, *Descendre la pente* déplace la loi
# générée comme le ferait un générateur. La courbe violette sera expliquée à la section 6.
#
# **Prédisez.** Les deux lois ne se touchent pas. Laquelle des trois mesures saura ramener l'une sur l'autre ?

# %%
from lessons_lib.widgets.wasserstein_1d import Wasserstein1D

Wasserstein1D()

# %% [markdown]
# ## 5. Dans le plan, trier ne suffit plus
#
# À deux dimensions, il n'y a plus d'ordre de gauche à droite, mais le programme linéaire demeure : POT le résout exactement, pour
# quelques milliers de points.
#
# Pourquoi ne pas entraîner ainsi un générateur d'images ? Le tableau a $N \times N$ cases, à refaire à chaque pas. Et un lot dit
# mal sa loi quand les dimensions sont nombreuses : aucun point n'y a de proche voisin.
#
# **Prédisez.** On tire deux fois 80 points de la **même** loi $\mathcal{N}(0, I)$ : la vraie distance est zéro. Quelle distance trouve-t-on à
# 1, 10, 100, 1 000 dimensions ?

# %%
generator = torch.Generator().manual_seed(1)
piles, cloud = sample("huit_gaussiennes", 80, generator=generator), 1.2 * torch.randn((80, 2), generator=generator)
plan = ot.emd([], [], torch.cdist(cloud, piles).double().numpy())  # [] : des masses égales
dimensions = (1, 10, 100, 1000)
pairs = [torch.randn((2, 80, d), generator=generator) for d in dimensions]
between = [ot.emd2([], [], torch.cdist(a, b).double().numpy()) for a, b in pairs]

drawing, (left, right) = plots.figure(9, 3.9, 1, 2)
for i, j in zip(*plan.nonzero(), strict=True):
    left.plot(*torch.stack([cloud[i], piles[j]]).T, color=GREY, linewidth=0.7, linestyle="-")
left.scatter(*cloud.T, s=12, color=FAKE, marker="s", zorder=3)
left.scatter(*piles.T, s=14, color=REAL, zorder=3)
left.set(aspect="equal", xlabel="$x_0$", ylabel="$x_1$", title="Le plan optimal, du nuage aux huit tas")
right.loglog(dimensions, between, "o-", color=FAKE)
right.loglog(dimensions, np.sqrt(dimensions), "s--", color=GREY)
right.text(2.5, 0.3, "$W$ entre deux tirages", color=FAKE)
right.text(60, 3.5, "longueur d'un point", color="#555555")
right.set_xticks(dimensions, ["1", "10", "100", "1 000"])
right.set(xlabel="nombre de dimensions", ylabel="distance", title="La vraie distance est 0 : un lot n'en dit rien")
plots.show(
    drawing, "À gauche des traits relient un nuage à huit tas ; à droite la distance estimée croît avec la dimension."
)
print("à 1 000 dimensions, deux tirages sont plus loin l'un de l'autre que de l'origine :", between[-1] > 1000**0.5)
print("le plan apparie les points un à un :", int((plan > 0).sum()) == 80)

# %% [markdown]
# Il faut un autre chemin vers le même nombre, où un réseau puisse apprendre d'un lot à l'autre.
#
# ## 6. L'autre chemin : la dualité
#
# Une entreprise propose de faire le transport à votre place. Elle affiche un tarif $f$ : elle vous achète au prix $f(y)$ chaque
# brique qu'elle prend en $y$, et vous la revend $f(x)$ en $x$. Vous n'acceptez que si cela ne coûte jamais plus cher que le
# trajet :
#
# $$f(x) - f(y) \leq \|x - y\| \quad \text{pour tous } x, y$$
#
# Une telle fonction est dite **1-lipschitzienne** (*1-Lipschitz*) : sa pente ne dépasse 1 nulle part. On note
# $\|f\|_L \leq 1$, et $\|f\|_L \leq K$ si sa pente ne dépasse pas $K$.

# %% [markdown]
# **Le théorème** (Kantorovitch et Rubinstein, 1958). Avec le meilleur tarif, l'entreprise gagne exactement ce que vous aurait
# coûté le meilleur plan :
#
# $$W(p, q) = \max_{\|f\|_L \leq 1} \ \mathbb{E}_{x \sim p}[f(x)] - \mathbb{E}_{y \sim q}[f(y)]$$
#
# En mots : cherchez la fonction de pente au plus 1 qui sépare le mieux les deux lois ; l'écart de ses moyennes est la distance.
#
# **Le côté facile, démontré.** Prenez n'importe quel plan $\gamma$ et n'importe quelle $f$ 1-lipschitzienne. Le plan a $p$ et
# $q$ pour marges, donc
#
# $$\mathbb{E}_p[f] - \mathbb{E}_q[f] = \mathbb{E}_{(x, y) \sim \gamma}[f(x) - f(y)] \leq \mathbb{E}_{(x, y) \sim \gamma}\|x - y\|$$
#
# Toute fonction donne au plus $W$, tout plan coûte au moins $W$. On admet que le meilleur de chaque côté l'atteint, et on le vérifie
# sur les quatre briques.
#
# **Prédisez.** Parmi 150 fonctions tirées au hasard, combien donneront plus de 1,75 ?

# %%
rng = np.random.default_rng(0)
shares = rng.dirichlet(np.ones(3), 150)  # un mélange de plans est un plan
costs = [sum(w * (ot.emd(p, q, rng.random((6, 6))) * cost).sum() for w in three) for three in shares]
functions = [np.insert(rng.uniform(-1, 1, 5).cumsum(), 0, 0) for _ in range(150)]  # leur pente reste entre −1 et 1
gaps = [abs(f @ (p - q)) for f in functions]
slope = np.diff(np.eye(6), axis=0)  # slope @ f : la pente entre places voisines, que l'on garde entre −1 et 1
f = linprog(q - p, A_ub=np.vstack([slope, -slope]), b_ub=np.ones(10), bounds=[(0, 0)] + [(None, None)] * 5).x
print("fonctions qui dépassent 1,75 :", sum(gap > 1.75 for gap in gaps), f"  la meilleure : {f @ (p - q):.2f}")
print("plans qui coûtent moins de 1,75 :", sum(total < 1.75 - 1e-9 for total in costs))

drawing, (left, right) = plots.figure(9.4, 3.4, 1, 2, width_ratios=(1.15, 1))
for values, marker, colour, name in ((gaps, ".", CRITIC, "fonctions"), (costs, "x", ACCENT, "plans")):
    left.plot(values, rng.uniform(0.1, 0.85, 150), marker, color=colour, markersize=4)
    left.text(np.mean(values), 0.9, f"150 {name}", color=colour, ha="center")
left.axvline(1.75, color="#333333", linestyle="--")
left.plot(f @ (p - q), 0.5, "o", color=CRITIC, markersize=9)
left.set(yticks=[], ylim=(0, 1), xlabel="écart des moyennes, ou coût", title="Par-dessous, par-dessus : $W$ = 1,75")
right.bar(places - 0.15, 4 * p, width=0.3, color=REAL)
right.bar(places + 0.15, 4 * q, width=0.3, color=FAKE, hatch="//", edgecolor="white")
right.plot(places, f + 5, "o-", color=CRITIC)
right.set(xlabel="place", ylabel="briques, et $f$ décalée", title="La meilleure fonction a une pente de ±1")
plots.show(drawing, "Points violets à gauche de 1,75, croix orange à droite ; une ligne brisée au-dessus des briques.")

# %% [markdown]
# De $q$ (rose) vers $p$ (bleu-vert), $f$ monte de 1 par mètre, dans la direction du transport. C'est ce qui manquait au
# discriminateur : un point engendré n'a qu'à monter sur $f$, et la pente ne s'éteint pas avec la distance.
#
# ## 7. La critique
#
# Remplaçons $f$ par un réseau : la **critique** (*critic*). C'est le discriminateur, à trois différences près : pas de sigmoïde, le
# score est un réel quelconque ; pas de logarithme dans les pertes ; et une pente bornée. Elle ne dit plus « vrai » ou « faux » :
# elle note, et seul l'écart des notes compte.
#
# $$L_{\text{critique}} = \mathbb{E}[f(G(z))] - \mathbb{E}[f(x)] \qquad\qquad L_G = -\mathbb{E}[f(G(z))]$$
#
# En mots : la critique baisse la note des fausses images et monte celle des vraies ; le générateur fait monter la note des siennes.


# %% tags=["lib:lessons_lib.losses.wasserstein_critic_loss", "lib:lessons_lib.losses.wasserstein_generator_loss"]
def wasserstein_critic_loss(real_scores, fake_scores):
    return fake_scores.mean() - real_scores.mean()


def wasserstein_generator_loss(fake_scores):
    return -fake_scores.mean()


real_scores, fake_scores = torch.tensor([3.0, 1.0]), torch.tensor([-1.0, 0.0])
print("perte de la critique  :", wasserstein_critic_loss(real_scores, fake_scores).item())
print("perte du générateur   :", wasserstein_generator_loss(fake_scores).item())
print("100 points de plus    :", wasserstein_critic_loss(real_scores + 100, fake_scores + 100).item())
print("des notes 10 fois plus grandes :", wasserstein_critic_loss(10 * real_scores, 10 * fake_scores).item())

# %% [markdown]
# La dernière ligne montre le danger. Sans borne, la critique n'a pas à mieux distinguer : il lui suffit de tout multiplier.
#
# Arjovsky, Chintala et Bottou (2017) proposent la borne la plus simple : après chaque pas, ramener chaque poids entre $-c$ et
# $c$. C'est l'**écrêtage des poids** (*weight clipping*). Des poids bornés donnent une pente bornée par un certain $K$, que fixent
# $c$ et l'architecture. L'écart que trouve la critique est alors, au mieux, $K \cdot W$.
#
# **Prédisez.** Devant les deux murs de la section 2, laquelle donnera une poussée qui se stabilise : une critique libre, ou une
# critique écrêtée à $c = 0{,}1$ ?


# %% tags=["lib:lessons_lib.losses.clip_weights"]
@torch.no_grad()
def clip_weights(critic, limit):
    for weight in critic.parameters():
        weight.clamp_(-limit, limit)


wasserstein = LOSSES["wasserstein"]
_, free = train_critic(walls, wasserstein)
_, clipped = train_critic(walls, wasserstein, constrain=partial(clip_weights, limit=0.1))

drawing, ax = plots.figure(7.5, 3.3)
for values, label, colour, dash in (
    (pushes["minimax"], "GAN, minimax", FAKE, "-"), (pushes["non_saturating"], "GAN, non saturant", GREY, "--"),
    (free, "critique libre", CRITIC, ":"), (clipped, "critique écrêtée", CRITIC, "-"),
):  # fmt: skip
    ax.semilogy(values, color=colour, linestyle=dash)
    ax.text(608, values[-1], label, color=colour, va="center")
ax.set(xlabel="pas de la critique", ylabel=r"poussée sur $\theta$", xlim=(0, 790), ylim=(1e-3, 5e3))
ax.set_xticks(range(0, 601, 100))
ax.set_title("Entraînée davantage, la critique écrêtée pousse toujours autant")
plots.show(drawing, "Une courbe s'éteint, deux s'emballent, celle de la critique écrêtée devient horizontale.")
print("écrêtée : la poussée varie peu sur les 100 derniers pas :", min(clipped[-100:]) > 0.7 * max(clipped[-100:]))
print("libre : elle finit 100 fois au-dessus de sa valeur au pas 50 :", free[-1] > 100 * free[49])

# %% [markdown]
# La critique libre s'emballe, comme prévu. La critique écrêtée se stabilise : la poussée est sa pente, qui ne dépend plus du nombre
# de pas. On peut l'entraîner autant que l'on veut.
#
# ### Un cas où la réponse est connue
#
# Entre les murs, $W = \theta$. On entraîne une critique à trois distances, avec trois bornes : neuf entraînements, une dizaine de secondes.
#
# **Prédisez.** Si l'écart vaut $K \cdot W$, avec un $K$ propre à chaque borne, que verra-t-on en échelles logarithmiques ?

# %%
distances, limits = (0.5, 1.0, 2.0), (0.05, 0.1, 0.2)
gaps = {limit: [] for limit in limits}
for limit in limits:
    for theta in distances:
        laws, clip = partial(walls, theta=theta), partial(clip_weights, limit=limit)
        critic, _ = train_critic(laws, wasserstein, clip, steps=500)
        real, fake = laws(500, torch.Generator().manual_seed(1))
        gaps[limit].append(-wasserstein_critic_loss(critic(real), critic(fake)).item())

drawing, ax = plots.figure(6.5, 3.3)
for limit, marker in zip(limits, "ovs", strict=True):
    ax.loglog(distances, gaps[limit], marker=marker, linestyle="-", color=CRITIC)
    ax.text(2.1, gaps[limit][-1], f"c = {limit}".replace(".", ","), color=CRITIC, va="center")
ax.loglog(distances, distances, color="#333333", linestyle="--")
ax.text(2.1, 2.2, "$W$ exacte", va="bottom")
ax.set(xlabel=r"distance entre les murs, $\theta = W$ (mètres)", ylabel="écart des notes", xlim=(0.45, 2.9))
ax.set_xticks(distances, ["0,5", "1", "2"])
ax.minorticks_off()
ax.set_title("Trois critiques, trois échelles : l'écart suit $K \\cdot W$")
plots.show(
    drawing, "Trois droites montantes, presque parallèles à celle de la distance exacte, à des hauteurs éloignées."
)
ratios = [gaps[0.1][1] / gaps[0.05][1], gaps[0.2][1] / gaps[0.1][1]]
print("doubler c multiplie l'écart par 5 à 12 :", all(5 < ratio < 12 for ratio in ratios))

# %% [markdown]
# À borne fixée, l'écart suit la distance : il la mesure, à un facteur $K$ près. Mais $K$ change brutalement avec $c$ : doubler
# $c$ multiplie l'écart par 8 environ. Pourquoi 8 ? Le score traverse trois couches, et
# la borne en double chaque poids.
#
# Deux critiques donnent donc deux nombres qui ne se comparent pas, comme des longueurs dans deux unités dont on aurait perdu le
# rapport.
#
# ### Sous la main : la pente d'une critique
#
# Trois critiques partent des mêmes poids : sans contrainte, écrêtée, et retenue par une **pénalité de gradient**, sujet de la leçon 06. En
# gris, la meilleure fonction. En bas, la pente là où la masse passe. Réglez $c$.
#
# **Prédisez.** Trouverez-vous une borne $c$ pour laquelle la pente vaut 1 partout où il le faut ?

# %%
from lessons_lib.widgets.lipschitz_lab import LipschitzLab

LipschitzLab()

# %% [markdown]
# ## 8. Un WGAN, en entier
#
# Le pas critique et le pas du générateur sont ceux de la leçon 04, avec les deux pertes ci-dessus et une ligne de plus :
#
# ```python
# for _ in range(5):                     # cinq pas critiques, de la leçon 04
#     critic_step(critic, generator, critic_optimizer, real, z, wasserstein)
#     clip_weights(critic, 0.05)         # la ligne de plus
# generator_step(generator, critic, generator_optimizer, z, wasserstein)
# ```
#
# Cinq pas critiques pour un pas du générateur : la critique doit approcher son maximum avant que l'on suive sa pente.
#
# La loi est faite de huit gaussiennes. On fait 800 pas, en une dizaine de secondes. Tous les 20 pas, on note l'écart que voit la
# critique, et la distance exacte entre 300 points de chaque loi, par POT. Deux tirages de la vraie loi ne sont pas non plus à
# distance nulle : c'est le plancher.
#
# **Prédisez.** Les deux courbes descendront-elles ensemble ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.observers import progress
from lessons_lib.training import AdversarialConfig, train_wgan

points = sample("huit_gaussiennes", 4000, generator=torch.Generator().manual_seed(0))
held_out = sample("huit_gaussiennes", 300, generator=torch.Generator().manual_seed(1))
z = torch.randn((300, 2), generator=torch.Generator().manual_seed(2))


def train_and_measure(clip, steps, every=20):
    """Rend 300 points engendrés, et trois suites : le pas, l'écart que voit la critique, la distance exacte."""
    torch.manual_seed(0)
    generator, critic, measures = ToyGenerator(hidden=64), ToyCritic(hidden=64), []
    config = AdversarialConfig(steps, batch_size=128, learning_rate=3e-4, critic_learning_rate=1e-3, clip=clip)
    for step in progress(train_wgan(generator, critic, points, config), f"c = {clip}"):
        if step.index % every == 0:
            with torch.inference_mode():
                fake = generator(z)
            measures.append((step.index, step.losses["gap"], transport_distance(held_out, fake)))
    return fake, *torch.tensor(measures).T


fake, index, gap, distance = train_and_measure(clip=0.05, steps=800)

# %%
from scipy.stats import spearmanr

drawing, (left, right) = plots.figure(9, 3.6, 1, 2, width_ratios=(1, 1.5))
left.scatter(*held_out[:150].T, s=8, color=REAL)
left.scatter(*fake[:200].T, s=8, color=FAKE, marker="s")
left.set(aspect="equal", xlim=(-3, 3), ylim=(-3, 3), title="Les huit tas, et ce que le WGAN engendre")
right.plot(index, distance / distance[0], color="#333333", linestyle="-")
right.plot(index, gap / gap.max(), color=CRITIC, linestyle="--")
floor = transport_distance(held_out, points[:300]) / distance[0]
right.axhline(floor, color=GREY, linestyle=":")
right.text(815, distance[-1] / distance[0] + 0.04, "distance exacte")
right.text(815, floor + 0.03, "plancher", color="#555555")
right.text(815, -0.02, "écart", color=CRITIC)
right.set(xlabel="pas du générateur", ylabel="part de la plus grande valeur", xlim=(0, 1100), xticks=range(0, 801, 200))
right.set_title("L'écart descend avec la distance, puis ne voit plus rien")
plots.show(drawing, "À gauche un anneau de points sur huit tas ; à droite deux courbes descendent, l'une jusqu'à zéro.")
print("la distance est au moins divisée par 2 :", bool(distance[-5:].mean() < distance[0] / 2))
print("les rangs sont liés (Spearman) :", bool(spearmanr(gap, distance)[0] > 0.5))
print("à la fin, l'écart a perdu plus de 80 % :", bool(gap[-5:].mean() < 0.2 * gap.max()))
print("la distance reste à plus de 1,5 fois le plancher :", bool(distance[-5:].mean() / distance[0] > 1.5 * floor))

# %% [markdown]
# ## 9. Ce que dit la perte de la critique, et ce qu'elle ne dit pas
#
# **Ce qu'elle dit.** Au cours d'**un même** entraînement, l'écart descend quand les échantillons s'améliorent. La perte d'un GAN ne
# le fait pas. On peut donc suivre un WGAN à sa courbe.
#
# **Ce qu'elle ne dit pas.**
#
# - Sa valeur n'est pas $W$, mais au mieux $K \cdot W$, et $K$ est inconnu : on ne compare ni deux architectures, ni deux bornes.
# - Un écart presque nul ne prouve pas que les lois sont égales : **cette** critique ne voit plus de différence. Ici, la distance est
#   encore loin du plancher.
# - S'il monte au tout début, c'est que la critique apprend, et non que le générateur empire.
#
# Pour rapporter un résultat, mesurez la qualité autrement : ici par la distance exacte ; pour des images, par des mesures qui ne
# dépendent d'aucune critique.

# %% [markdown]
# ## 10. Première panne de l'écrêtage : des gradients qui explosent ou s'évanouissent
#
# Le gradient descend du score vers les pixels, et chaque couche le multiplie par ses poids. Avec trois couches, on s'en accommode.
# Avec douze, la plage des bornes possibles devient très étroite.
#
# L'expérience est celle de Gulrajani et coll. (2017, section 3), en petit : une critique de douze couches cachées, trois bornes, et
# la norme du gradient mesurée à chaque étage. Les fausses données sont les vraies, floutées par un bruit d'écart type 1.
#
# **Prédisez.** Entre la plus petite borne et la plus grande, dix fois plus large, par combien le gradient qui arrive à l'entrée
# est-il multiplié ?


# %%
def blurred(n, generator):
    """Les huit gaussiennes, et les mêmes floutées : deux tenseurs (n, 2)."""
    real, other = sample("huit_gaussiennes", 2 * n, generator=generator).chunk(2)
    return real, other + torch.randn((n, 2), generator=generator)


def gradient_by_layer(critic, x):
    """La norme moyenne de la dérivée du score par rapport à l'entrée de chaque couche, de x au score."""
    stages = [x.requires_grad_()]
    for layer in critic.layers:
        stages.append(layer(stages[-1]))
    return [g.norm(dim=1).mean().item() for g in torch.autograd.grad(stages[-1].sum(), stages[:-1:2])]


def clipped_critic(limit, **options):
    return train_critic(blurred, wasserstein, partial(clip_weights, limit=limit), **options)[0]


x = torch.cat(blurred(256, torch.Generator().manual_seed(3)))
deep = {c: clipped_critic(c, layers=12, hidden=24, steps=200) for c in (0.03, 0.1, 0.3)}
norms = {c: gradient_by_layer(critic, x) for c, critic in deep.items()}

# %%
drawing, ax = plots.figure(7, 3.2)
for c, word in ((0.3, "il explose"), (0.1, "il tient"), (0.03, "il s'évanouit")):
    ax.semilogy(norms[c], "o-", color=CRITIC, markersize=4)
    ax.text(-0.3, norms[c][0], f"c = {c} : {word}".replace(".", ","), color=CRITIC, ha="right", va="center")
ax.set(xlabel="couche, de l'entrée (0) au score (12)", ylabel="norme du gradient", xlim=(-5.5, 12.3))
ax.set_xticks(range(0, 13, 2))
ax.set_title("Un gradient part du score, à droite : arrive-t-il à l'entrée, à gauche ?")
plots.show(drawing, "Trois lignes partent ensemble à droite et s'écartent : l'une monte, l'une reste, l'autre plonge.")
print("entre les extrêmes, un facteur de plus de dix milliards :", norms[0.3][0] > 1e10 * norms[0.03][0])
print("la borne du milieu reste entre 0,01 et 1 000 :", 0.01 < norms[0.1][0] < 1000)

# %% [markdown]
# Dix fois plus sur la borne, plus de dix milliards de fois sur le gradient : $c$ se règle à la main, et de nouveau à chaque changement
# d'architecture.
#
# ## 11. Seconde panne : des critiques trop simples
#
# Les poids veulent grandir, l'écrêtage les arrête : presque tous finissent collés à $-c$ ou à $c$. Avec deux valeurs seulement, on ne
# dessine que des reliefs simples.
#
# Pour en juger, POT rend aussi la **meilleure** fonction de pente 1, comme pour les quatre briques : un cône sur chaque vraie donnée, dont
# il calcule la hauteur. On la compare à trois critiques écrêtées à 0,03, 0,1 et 0,3 (cinq secondes).
#
# **Prédisez.** Les vraies données forment huit tas. À quoi ressemble le relief de la meilleure critique ? Et celui de la critique
# écrêtée ?

# %%
simple_critics = {c: clipped_critic(c, layers=3, hidden=64, steps=400) for c in (0.03, 0.1, 0.3)}
simple_critic = simple_critics[0.1]
real, fake = blurred(800, torch.Generator().manual_seed(9))
heights = ot.emd([], [], torch.cdist(real, fake).double().numpy(), log=True)[1]["u"]


def best_critic(x):
    return (torch.tensor(heights).float() - torch.cdist(x, real)).amax(dim=1)


def gap_of(critic):
    return (critic(real).mean() - critic(fake).mean()).item()


def steepest(critic):
    return torch.autograd.grad(critic(plane).sum(), plane)[0].norm(dim=1).max().item()


ticks = torch.linspace(-3.4, 3.4, 90)
plane = torch.cartesian_prod(ticks, ticks).requires_grad_()
weights = torch.cat([weight.detach().flatten() for weight in simple_critic.parameters()])
seen = [gap_of(critic) / steepest(critic) / gap_of(best_critic) for critic in simple_critics.values()]
print("la meilleure atteint la distance exacte :", abs(gap_of(best_critic) - transport_distance(real, fake)) < 0.01)
print("plus des trois quarts des poids sont à la borne :", bool((weights.abs() > 0.0999).float().mean() > 0.75))
print("à pente 1, l'écrêtée voit de 30 à 50 % de la distance, pour trois bornes :", all(0.3 < s < 0.5 for s in seen))

# %%
drawing, (left, middle, right) = plots.figure(8.8, 3.2, 1, 3)
for ax, critic, name in (
    (left, best_critic, "La meilleure : huit sommets"),
    (middle, simple_critic, "Écrêtée : une seule butte"),
):
    height = critic(plane).detach().view(90, 90).T
    ax.contourf(ticks, ticks, height, 9, cmap="Purples")
    ax.scatter(*real[:150].T, s=5, color=REAL)
    ax.set(aspect="equal", title=name)
    ax.grid(False)
right.hist(weights, bins=41, color=CRITIC)
right.set(xlabel="valeur du poids", xticks=[-0.1, 0, 0.1], yticks=[], title="Les poids, collés à −c et à c")
plots.show(
    drawing, "Un relief à huit sommets, un relief à une seule butte, et un histogramme à deux barres aux extrémités."
)

# %% [markdown]
# La meilleure critique a un sommet sur chaque tas. La critique écrêtée n'a qu'une butte : ramenée à pente 1, elle ne voit pas
# la moitié de la distance, quelle que soit la borne. Un générateur qui la suit n'a guère de raison de se ranger sur les
# tas : d'où l'anneau de la section 8.
#
# ## 12. Un échec, exprès : la borne mal choisie
#
# Le même WGAN, deux fois 300 pas, avec une borne cinquante fois plus petite, puis vingt fois plus grande. Une dizaine de secondes.
#
# **Prédisez.** Laquelle laissera les points sur place ? Laquelle les fera courir d'un côté à l'autre ?

# %% tags=["nbval-ignore-output"]
failures = {"c = 0,001": train_and_measure(0.001, 300, every=10), "c = 1": train_and_measure(1.0, 300, every=10)}

titles = (
    ("immobile", "Un écart infime", "La distance ne bouge pas"),
    ("à côté", "L'écart change de signe", "La distance oscille"),
)
drawing, axes = plots.figure(9, 4.8, 2, 3)
for row, (name, (fake, index, gap, distance)), said in zip(axes, failures.items(), titles, strict=True):
    row[0].scatter(*held_out[:100].T, s=5, color=REAL)
    row[0].scatter(*fake[:100].T, s=5, color=FAKE, marker="s")
    row[0].set(aspect="equal", xlim=(-5, 5), ylim=(-5, 5), title=f"{name} : {said[0]}")
    row[1].plot(index, gap, color=CRITIC, linestyle="--")
    row[1].set(xlabel="pas", title=said[1])
    row[2].plot(index, distance, color="#333333", linestyle="-")
    row[2].set(xlabel="pas", ylim=(0, 4), title=said[2])
plots.show(drawing, "En haut des points immobiles et un écart infime ; en bas un écart et une distance qui oscillent.")
(_, _, tight, still), (_, _, loose, wild) = failures.values()
assert tight.abs().max() < 1e-6 and still[-1] > 0.95 * still[0], "borne trop petite : rien ne bouge"
assert loose.abs().max() > 100 and wild[-1] > 1, "borne trop grande : écart énorme, distance jamais réduite"

# %% [markdown]
# Comment lire ces courbes :
#
# - **borne trop petite** : l'écart est infime, la distance ne bouge pas. Les gradients sont plus petits que le $10^{-8}$ qu'Adam ajoute
#   à ses divisions : plus rien n'atteint le générateur. Augmentez $c$ ;
# - **borne trop grande** : l'écart est énorme et change de signe, ce qui est impossible pour une critique à son maximum. Elle est en
#   retard, et le générateur saute par-dessus sa cible. Baissez $c$ ou le pas d'apprentissage, ou ajoutez des pas critiques.
#
# ## 13. Des lotus : le WGAN du zoo
#
# `wgan_64` a le réseau, les images, la graine et le budget de `gan_64` (leçon 04) : seules changent les pertes et la ligne de
# l'écrêtage. Sa recette : `python3 -m course entrainer wgan_64`.
#
# **Prédisez.** Le même $z$ donnera-t-il la même fleur dans les deux réseaux ?

# %%
z = torch.randn((5, 64), generator=torch.Generator().manual_seed(5))
with torch.inference_mode():
    flowers = torch.cat([zoo.load("gan_64")(z), zoo.load("wgan_64")(z)])
plots.image_grid(
    flowers,
    "Cinq lotus du GAN, et au-dessous cinq lotus du WGAN, tirés des mêmes codes : d'autres fleurs.",
    rows=["GAN", "WGAN"],
    title="Mêmes codes, deux générateurs",
)
for name in ("gan_64", "wgan_64"):
    recipe = zoo.card(name)["recipe"]
    print(
        f"{name:8} : {recipe['images']} images, {recipe['config']['steps']} pas, pas critiques : {recipe['config']['critic_steps']}"
    )

# %% [markdown]
# Deux fleurs sans rapport : chaque générateur a rangé le jardin à sa façon. À budget égal, les fleurs du WGAN sont plutôt moins
# nettes, comme la section 11 le laissait craindre. Il y gagne une critique que l'on peut entraîner longtemps, et une courbe lisible.
# La leçon 06 garde ce gain et remplace l'écrêtage.
#
# ## En résumé
#
# - Quand les lois ne se touchent pas, la Jensen-Shannon est un plateau : plus de gradient.
# - $W$ est le coût du meilleur plan de transport. Sur une droite, il suffit de trier.
# - C'est aussi le plus grand écart $\mathbb{E}_p[f] - \mathbb{E}_q[f]$ d'une fonction de pente au plus 1.
# - WGAN : ni sigmoïde ni logarithme, plusieurs pas critiques, des poids écrêtés.
# - L'écart suit $W$ au cours d'un entraînement, à un facteur $K$ près ; il ne se compare pas d'une critique à l'autre.
# - L'écrêtage a deux pannes : des gradients qui explosent ou s'évanouissent, des critiques trop simples.
#
# ## Quiz
#
# Huit questions ; chaque réponse est expliquée.

# %%
from lessons_lib.widgets.quiz import Quiz

Quiz("05")

# %% [markdown]
# ## À vous : l'exercice
#
# Écrivez le coût d'un plan, la distance sur une droite, la perte de la critique, l'écrêtage, un pas critique ; relisez une boucle fautive,
# puis faites tourner un WGAN : [exercice 05](../exercises/05_wasserstein.ipynb), 50 minutes. La vérification nomme les fautes
# courantes. La [solution](../solutions/05_wasserstein.ipynb) est à côté.
#
# ## Sources
#
# - M. Arjovsky, S. Chintala et L. Bottou, « Wasserstein Generative Adversarial Networks », ICML, 2017,
#   [arXiv:1701.07875](https://arxiv.org/abs/1701.07875) : les deux murs (exemple 1), la dualité (équation 2), l'algorithme 1.
# - M. Arjovsky et L. Bottou, « Towards Principled Methods for Training Generative Adversarial Networks », ICLR, 2017,
#   [arXiv:1701.04862](https://arxiv.org/abs/1701.04862) : les feuilles minces, le gradient qui s'éteint.
# - I. Gulrajani et coll., « Improved Training of Wasserstein GANs », NeurIPS, 2017,
#   [arXiv:1704.00028](https://arxiv.org/abs/1704.00028) : les deux pannes (section 3).
# - G. Monge, « Mémoire sur la théorie des déblais et des remblais », 1781.
# - G. Peyré et M. Cuturi, *Computational Optimal Transport*, 2019, [arXiv:1803.00567](https://arxiv.org/abs/1803.00567).
#
# Détails et lectures : [ressources](../course/ressources.md).
