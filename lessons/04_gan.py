# %% [markdown]
# # 04 · Le GAN
#
# **Durée :** 60 minutes. **Prérequis :** la leçon [02 · L'autoencodeur variationnel](02_autoencodeur_variationnel.ipynb), et
# [03 · L'espace latent](03_espace_latent.ipynb) ; l'entropie croisée d'un
# classifieur à deux classes.
#
# **À la fin de cette leçon, vous saurez :**
#
# - écrire le jeu du générateur et du discriminateur, et les deux tours d'un pas d'entraînement ;
# - établir le discriminateur optimal, et dire quelle divergence le générateur fait alors descendre ;
# - expliquer pourquoi on remplace la perte minimax par la perte non saturante ;
# - lire les courbes d'un GAN, et dire ce qu'elles ne montrent pas ;
# - provoquer, compter et reconnaître un effondrement de modes.
#
# Pour travailler sur vos propres photographies, remplacez `SOURCE` par le chemin de leur dossier.

# %% tags=["nbval-ignore-output"]
import math

import torch
from torch.distributions import Categorical, MixtureSameFamily, Normal

from lessons_lib import plots, toys, zoo
from lessons_lib.images import to_array
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus
from lessons_lib.photos import open_dataset

SOURCE = "synthetique"  # ou "oxford", ou le chemin d'un dossier de photographies
lotus = open_dataset(SOURCE, n=400, size=32, seed=1, fixed=CALM_GARDEN)
flowers = SyntheticLotus(4, size=64, seed=2026, fixed=CALM_GARDEN).images  # des fleurs du même jardin, à 64 pixels
REAL, FAKE, CRITIC, GREY, ACCENT = plots.PALETTE.values()
print(f"{len(lotus)} images, forme {tuple(lotus.images.shape)}")

# %% [markdown]
# ## 1. L'idée : un faussaire et un détective
#
# Le VAE peint flou, car sa perte compare des pixels et se contente de leur moyenne. Il manquait un juge qui regarde la fleur
# entière. Ce juge sera un réseau.
#
# Le **générateur** (*generator*) $G$ est un faussaire : d'un bruit $z$ tiré suivant $\mathcal{N}(0, I)$, il peint une fausse fleur
# $G(z)$. Le **discriminateur** (*discriminator*) $D$ est un détective : devant une image $x$, il rend $D(x)$, la probabilité
# qu'elle soit vraie.
#
# Ils s'entraînent à tour de rôle. Le détective apprend à les distinguer ; le faussaire, à le tromper. Aucune fausse fleur n'est
# jamais comparée à une vraie : le faussaire ne voit pas les photographies, il n'entend que le verdict. L'ensemble est un **réseau
# antagoniste génératif** (*generative adversarial network*, GAN).

# %%
with torch.no_grad():
    forgery = zoo.load("vae_64").decode(torch.randn((1, 32), generator=torch.Generator().manual_seed(7)))[0]
drawing, ax = plots.figure(7, 2.95)
for picture, y, colour in ((forgery, 2.7, FAKE), (flowers[1], 0.0, REAL)):
    ax.imshow(to_array(picture), extent=(3.5, 5.5, y, y + 2), zorder=2)
    ax.plot([3.5, 5.5, 5.5, 3.5, 3.5], [y, y, y + 2, y + 2, y], color=colour, linewidth=3, linestyle="-", zorder=3)
ax.bar(torch.arange(8) * 0.13 - 0.45, torch.tensor([-3, 1, 4, 2, 3, -1, -3, 2]) * 0.14, 0.1, 3.7, color=GREY)
ax.fill([1.3, 1.3, 2.8, 2.8], [3.3, 4.1, 4.7, 2.7], color=FAKE, linewidth=0)
ax.fill([6.9, 6.9, 8.5, 8.5], [1.2, 3.5, 2.75, 1.95], color=CRITIC, linewidth=0)
ax.text(2.1, 3.7, "$G$", color="white", fontsize=15, ha="center", va="center")
ax.text(7.6, 2.35, "$D$", color="white", fontsize=15, ha="center", va="center")
words = ((0, 2.7, "bruit $z$"), (2.05, 2.2, "le faussaire"), (7.7, 0.7, "le détective"), (2.2, 0.9, "une vraie fleur"))
for x, y, word in (*words, (10.2, 2.1, "$D(x)$, la probabilité\nque la fleur soit vraie")):
    ax.text(x, y, word, ha="center", fontsize=9)
for x, y, to_x, to_y in ((0.7, 3.7, 1.2, 3.7), (2.9, 3.7, 3.4, 3.7), (5.6, 3.7, 6.8, 2.8), (5.6, 1.0, 6.8, 1.9)):
    ax.annotate("", (to_x, to_y), (x, y), arrowprops={"arrowstyle": "->"})
back = {"arrowstyle": "->", "color": CRITIC, "linestyle": "--", "connectionstyle": "arc3,rad=0.42"}
ax.annotate("", (2.2, 4.75), (8.3, 2.95), arrowprops=back)
ax.text(6.0, 5.4, "le gradient dit comment mieux tromper", color=CRITIC, ha="center")
ax.set(xlim=(-0.7, 11.6), ylim=(-0.1, 5.8), title="Le faussaire ne voit jamais les fleurs : il n'entend que le verdict")
ax.set_axis_off()
plots.show(
    drawing, "Un bruit entre dans G, qui peint une fleur ; D reçoit celle-ci ou une vraie, et rend une probabilité."
)

# %% [markdown]
# ## 2. Deux réseaux en miroir, et une erreur à trouver
#
# Voici les deux réseaux du cours, étage par étage. Ils suivent DCGAN (Radford et coll. 2016) : des convolutions partout, une
# normalisation par lot (*batch normalisation*, BatchNorm) dans le générateur, des ReLU d'un côté, des LeakyReLU de l'autre, une
# tangente hyperbolique pour finir dans [−1, 1].
#
# Le second réseau rend un **score** (*score*) $a$, un réel quelconque ; la probabilité est sa sigmoïde, $D(x) = \sigma(a)$. Le
# code l'appelle `Critic` : la leçon 05 emploiera le même réseau sans sigmoïde, sous le nom de critique.
#
# **Trouvez l'erreur.** On lit dans une synthèse sur les modèles génératifs que le générateur est un réseau convolutif, et le
# discriminateur un réseau déconvolutif.
#
# **Prédisez.** Avant d'exécuter : de combien de nombres part chaque réseau, et à combien arrive-t-il ?

# %%
from torch import nn

from lessons_lib.models import Critic, Generator

torch.manual_seed(0)
generator, critic = Generator(size=32, latent=64, width=32), Critic(size=32, width=32)


def stages(network, h):
    """Les formes par où passe une donnée : à l'entrée, après chaque convolution, à la sortie."""
    shapes = [h.shape[1:]]
    for layer in network.layers:
        h = layer(h)
        if isinstance(layer, (nn.Unflatten, nn.Conv2d)):
            shapes.append(h.shape[1:])
    shapes += [] if h.ndim == 4 else [h.shape[1:]]
    return "  ->  ".join("×".join(str(n) for n in shape) for shape in shapes)


print("générateur    :", stages(generator.eval(), torch.randn(1, 64)))
print("discriminateur :", stages(critic, lotus.images[:1]))
fake = generator(torch.randn(5, 64))
print("cinq fausses images :", tuple(fake.shape), "  leurs scores :", tuple(critic(fake).shape))

# %% [markdown]
# <details><summary>Réponse : l'erreur</summary>
#
# Les deux adjectifs sont échangés. Le discriminateur **réduit** : ses convolutions de pas 2 mènent d'une image à un nombre. Le
# générateur **agrandit** : il va de 64 nombres à une image, par des convolutions *transposées*, que l'on appelle parfois
# « déconvolutions », ou comme ici par un agrandissement suivi d'une convolution. Le mot « déconvolution » est d'ailleurs
# impropre : rien n'y est inversé.
#
# Un moyen de ne plus s'y tromper : demandez de quel côté est l'image.
#
# </details>
#
# ## 3. Le jeu, en une équation
#
# $$\min_G \max_D \; V(D, G) = \mathbb{E}_{x \sim p}\big[\log D(x)\big] + \mathbb{E}_{z}\big[\log\big(1 - D(G(z))\big)\big]$$
#
# En mots : le détective marque des points quand il croit aux vraies fleurs ($D(x)$ près de 1) et pas aux fausses ($D(G(z))$ près
# de 0). Il fait monter $V$ ; le faussaire, qui n'agit que sur le second terme, la fait descendre. C'est un **jeu minimax**
# (*minimax game*).
#
# Faire monter $V$, c'est faire descendre $-V$, l'entropie croisée d'un classifieur à deux classes. La voici, écrite avec les scores
# $a$ : $-\log \sigma(a) = \log(1 + e^{-a})$, la fonction `softplus` en $-a$.

# %% tags=["lib:lessons_lib.losses.discriminator_loss"]
from torch.nn import functional as F


def discriminator_loss(real_scores, fake_scores):
    return F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()


real_scores, fake_scores = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([-3.0, 0.2, 1.0])
by_hand = -(real_scores.sigmoid().log().mean() + (1 - fake_scores.sigmoid()).log().mean())
print("égale à la formule écrite avec D :", torch.allclose(discriminator_loss(real_scores, fake_scores), by_hand))
lost = discriminator_loss(torch.zeros(4), torch.zeros(4))
print(f"D répond 1/2 partout             : {lost:.3f}   et 2 log 2 vaut {2 * math.log(2):.3f}")
sure = torch.tensor([200.0])
print("score 200, avec D puis log       :", (1 - sure.sigmoid()).log().item())
print("score 200, avec softplus         :", -F.softplus(sure).item())

# %% [markdown]
# Un nombre à retenir : $2 \log 2 \approx 1{,}386$, la perte d'un détective qui tire à pile ou face. Et les scores évitent le
# $-\infty$ d'un détective trop sûr de lui.
#
# ## 4. Le détective optimal
#
# Fixons le faussaire. Ses images suivent une loi $q$, les vraies une loi $p$ :
#
# $$V(D, G) = \int \big( p(x) \log D(x) + q(x) \log(1 - D(x)) \big)\, dx$$
#
# $D(x)$ se choisit séparément en chaque $x$ : il suffit de maximiser $p \log y + q \log(1-y)$. Sa dérivée $p/y - q/(1-y)$
# ne s'annule qu'une fois :
#
# $$D^*(x) = \frac{p(x)}{p(x) + q(x)}$$
#
# En mots : à nombres égaux, la part des vraies parmi les images semblables à $x$.
#
# ### Un cas où la réponse est connue
#
# À une dimension, tout se vérifie. Les vraies données suivent une loi à deux bosses, les fausses une loi normale. Un petit réseau apprend
# à les distinguer sans connaître $p$ ni $q$ : il ne voit que des tirages.
#
# **Prédisez.** Que répondra-t-il là où les deux courbes se croisent ? Entre les bosses ? Tout à gauche, où il n'y a presque rien ?

# %%
from lessons_lib.models import ToyCritic, ToyGenerator

p = MixtureSameFamily(Categorical(torch.ones(2)), Normal(torch.tensor([-1.4, 1.2]), torch.tensor([0.5, 0.35])))
q = Normal(0.6, 1.0)
torch.manual_seed(0)
detective = ToyCritic(hidden=64, layers=2, dimensions=1)
optimizer = torch.optim.Adam(detective.parameters(), lr=5e-3)
for _ in range(600):
    loss = discriminator_loss(detective(p.sample((512, 1))), detective(q.sample((512, 1))))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

x = torch.linspace(-4, 4.5, 1701)
dx = x[1] - x[0]
p_x, q_x = p.log_prob(x).exp(), q.log_prob(x).exp()
best = p_x / (p_x + q_x)
with torch.no_grad():
    learnt = detective(x[:, None]).sigmoid()
print(
    "écart moyen entre D appris et p / (p + q) : moins de 0,05,", bool(((learnt - best).abs() * p_x * dx).sum() < 0.05)
)

# %%
drawing, (top, bottom) = plots.figure(6.6, 3.3, 2, 1, sharex=True, height_ratios=(1, 1.2))
for density, colour, dash in ((p_x, REAL, "-"), (q_x, FAKE, "--")):
    top.fill_between(x, density, color=colour, alpha=0.15, linewidth=0)
    top.plot(x, density, color=colour, linestyle=dash)
top.text(-1.4, 0.44, "$p$, les vraies", color=REAL, ha="center")
top.text(2.2, 0.22, "$q$, les fausses", color=FAKE)
top.set(ylabel="densité", ylim=(0, 0.72), title="Le détective appris retrouve la part des vraies, $p / (p + q)$")
bottom.plot(x, best, color=GREY, linewidth=6, alpha=0.4, linestyle="-")
bottom.plot(x, learnt, color=CRITIC, linestyle="-")
bottom.axhline(0.5, color=GREY, linestyle=":", linewidth=1)
bottom.text(4.5, 0.53, "autant de vraies que de fausses", color="#555555", ha="right", fontsize=9)
bottom.text(-3.35, 0.2, "$p / (p + q)$, calculé", color="#555555")
bottom.text(-3.95, 0.97, "appris : ici, presque aucun exemple", color=CRITIC)
bottom.set(xlabel="$x$", ylabel="$D(x)$", ylim=(-0.03, 1.1), xlim=(-4, 4.5))
plots.show(drawing, "En haut deux densités ; en bas D appris suit p / (p + q), élevé sur les bosses, nul entre elles.")

# %% [markdown]
# Aux croisements, ½ : autant de vraies que de fausses. Entre les bosses, presque tout est faux, et $D$ descend. Tout à gauche, où
# aucun exemple ne tombe, la réponse ne vaut rien : le réseau extrapole.
#
# ## 5. Ce que le faussaire fait alors descendre
#
# Mettons $D^*$ dans $V$. Avec la loi moyenne $m = (p + q)/2$, on a $D^* = p / 2m$, et
#
# $$V(D^*, G) = \mathrm{KL}(p \,\|\, m) + \mathrm{KL}(q \,\|\, m) - 2 \log 2 = 2\,\mathrm{JS}(p, q) - \log 4$$
#
# La **divergence de Jensen-Shannon** JS est la moyenne de ces deux KL. En mots : devant le meilleur détective, le faussaire
# rapproche $q$ de $p$. Elle est nulle si les lois sont égales, et seulement alors ; $D^*$ vaut ½ partout. Elle ne dépasse jamais
# $\log 2$.
#
# **Prédisez.** On glisse $q$ d'un bout à l'autre de l'axe. Où $V(D^*, G)$ est-elle la plus basse ? Et loin des bosses ?


# %%
def value(scores, p_x, q_x):
    """V(D, G) par une somme sur la grille ; D est donné par ses scores a, log D = -softplus(-a)."""
    return -float((dx * (p_x * F.softplus(-scores) + q_x * F.softplus(scores))).sum())


def jensen_shannon(p_x, q_x):
    m_x = (p_x + q_x) / 2
    return float((dx * (p_x * (p_x / m_x).log() + q_x * (q_x / m_x).log())).sum()) / 2


ceiling, reached = (value(scores, p_x, q_x) for scores in (p_x.log() - q_x.log(), learnt.logit()))
print(f"V(D*, G)        : {ceiling:.2f}")
print(f"2 JS - log 4    : {2 * jensen_shannon(p_x, q_x) - math.log(4):.2f}")
print("V(D appris, G)  : en dessous, à moins de 0,05,", 0 <= ceiling - reached < 0.05)

# %%
fixed = Normal(0.0, 0.35)
centres = torch.linspace(-3, 3, 121)
optimal = []
for centre in centres:
    moving = Normal(centre, 0.35)
    scores = fixed.log_prob(x) - moving.log_prob(x)  # D* = p / (p + q), donc a* = log p - log q
    optimal.append(value(scores, fixed.log_prob(x).exp(), moving.log_prob(x).exp()))

drawing, ax = plots.figure(7, 2.7)
ax.axhline(-math.log(4), color=GREY, linestyle=":")
ax.axhline(0, color=GREY, linestyle=":")
ax.plot(centres, optimal, color=CRITIC, linestyle="-")
ax.text(-3, -math.log(4) + 0.05, "$-\\log 4$ : D répond ½ partout,\nJS = 0", color="#555555")
ax.text(0, 0.06, "0 : D ne se trompe jamais, JS = $\\log 2$", color="#555555", ha="center")
ax.annotate("ici, une pente", (0.6, -0.72), (1.2, -1.05), arrowprops={"arrowstyle": "->"})
ax.annotate("ici, plus rien", (2.4, -0.03), (2.1, -0.5), arrowprops={"arrowstyle": "->"})
ax.set(xlabel="centre de $q$ ($p$ reste en 0)", ylabel="$V(D^*, G)$", ylim=(-1.5, 0.25))
ax.set_title("Une cuvette tant que les lois se recouvrent, un plateau dès qu'elles se séparent")
plots.show(drawing, "V de D* fait une cuvette, au plus bas en zéro, et s'aplatit au-delà d'une unité et demie.")
slopes = [optimal[k + 1] - optimal[k - 1] for k in (70, 110)]
print("la pente est 50 fois plus faible en 2,5 qu'en 0,5 :", slopes[1] < slopes[0] / 50)

# %% [markdown]
# La réponse juste est bien au fond de la cuvette. Mais sur le plateau, rien ne dit au faussaire de quel côté aller : la leçon 05
# part de là.
#
# ## 6. Deux pertes pour le faussaire
#
# Au début, les fausses images sont mauvaises : $D(G(z))$ est près de 0, le score $a$ très négatif. Le jeu demande au faussaire de
# faire descendre $\log(1 - D)$, dont la dérivée par rapport à $a$ vaut $-D$ : presque rien. Celui qui a tout à apprendre n'apprend
# pas.
#
# Goodfellow et coll. proposent une autre perte, $-\log D$, dite **non saturante** (*non-saturating*), de dérivée $-(1 - D)$ : forte
# justement quand le faux est démasqué. Le sens est le même, faire monter $D(G(z))$, et le point d'équilibre aussi. Mais ce n'est plus
# la JS que l'on fait descendre.
#
# **Prédisez.** Quelle perte l'emporte quand le faux passe pour vrai ?


# %% tags=["lib:lessons_lib.losses.minimax_generator_loss", "lib:lessons_lib.losses.non_saturating_generator_loss"]
def minimax_generator_loss(fake_scores):
    return -F.softplus(fake_scores).mean()


def non_saturating_generator_loss(fake_scores):
    return F.softplus(-fake_scores).mean()


scores = torch.linspace(-6, 6, 241, requires_grad=True)
drawing, (left, right) = plots.figure(8, 2.6, 1, 2)
minimax = (minimax_generator_loss, r"$\log(1 - D)$", GREY, "--")
for loss, name, colour, dash in (minimax, (non_saturating_generator_loss, r"$-\log D$", FAKE, "-")):
    values = torch.stack([loss(score) for score in scores])
    push = -torch.autograd.grad(values.sum(), scores)[0]
    for ax, curve in ((left, values.detach()), (right, push)):
        ax.plot(scores.detach(), curve, color=colour, linestyle=dash)
        ax.text(6.2, curve[-1], name, color=colour, va="center")
right.axvspan(-6, -2, color=ACCENT, alpha=0.15, linewidth=0)
right.text(-5.8, 0.45, "au début :\nle faux est\ndémasqué", fontsize=8.5)
axis = {"xlabel": "score $a$ d'une fausse image", "xlim": (-6.5, 10), "xticks": (-6, -3, 0, 3, 6)}
left.set(ylabel="perte", title="Les deux pertes descendent…", **axis)
right.set(ylabel="poussée", title="… mais une seule pousse au début", **axis)
plots.show(drawing, "À gauche deux pertes décroissantes ; à droite leurs pentes, nulles chacune d'un côté.")

# %%
# Le faussaire débute et ne bouge pas ; seul le détective apprend. Quel gradient le faussaire recevrait-il ?
points = toys.sample("huit_gaussiennes", 4000, generator=torch.Generator().manual_seed(0))
beginner, detective = ToyGenerator(), ToyCritic()
optimizer = torch.optim.Adam(detective.parameters(), lr=1e-3)
losses = {r"$\log(1 - D)$": minimax_generator_loss, r"$-\log D$": non_saturating_generator_loss}
lengths = {name: [] for name in losses}
for _ in range(201):
    fake_scores = detective(beginner(torch.randn(256, 2)))
    for name, loss in losses.items():
        gradients = torch.autograd.grad(loss(fake_scores), beginner.parameters(), retain_graph=True)
        lengths[name].append(torch.cat([gradient.flatten() for gradient in gradients]).norm().item())
    loss = discriminator_loss(detective(points[torch.randint(len(points), (256,))]), fake_scores)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

drawing, ax = plots.figure(7, 2.5)
for (name, values), colour, dash in zip(lengths.items(), (GREY, FAKE), ("--", "-"), strict=True):
    ax.semilogy(values, color=colour, linestyle=dash)
    ax.text(202, values[-1], name, color=colour, va="center")
ax.set(xlabel="pas du détective", ylabel="gradient du faussaire", xlim=(0, 226))
ax.set_title("Plus le détective est bon, moins la perte minimax enseigne")
plots.show(drawing, "Échelle logarithmique : le gradient de log(1 − D) s'éteint, celui de −log D grandit.")
minimax, alive = (values[-1] for values in lengths.values())
print("au bout de 200 pas, le second dépasse 100 fois le premier :", alive > 100 * minimax)

# %% [markdown]
# ## 7. La boucle, écrite
#
# Un pas d'entraînement a deux tours, chacun avec son optimiseur.
#
# **Tour du détective.** Tirer de vraies images et de fausses ; faire descendre sa perte. Le faussaire ne bouge pas : ses images sont
# calculées sans gradient (`no_grad`).
#
# **Tour du faussaire.** Tirer de nouvelles fausses images ; faire descendre *sa* perte. Ici le gradient **doit traverser** le
# détective pour arriver au faussaire, mais les poids du détective ne changent pas : `inputs=` dit quels poids reçoivent un gradient.
#
# Les arguments facultatifs servent plus loin : la pénalité en leçon 06, l'augmentation en leçon 08. `gap` est l'écart entre le score
# moyen des vraies et celui des fausses.
#
# **Prédisez.** Après un tour du détective, quels poids ont changé ? Et après un tour du faussaire ?


# %% tags=["lib:lessons_lib.training.critic_step"]
def critic_step(critic, generator, optimizer, real, z, loss, *, penalty=None, penalty_weight=1.0, augment=None):
    with torch.no_grad():
        fake = generator(z)
    if augment is not None:
        real, fake = augment(real), augment(fake)
    real_scores, fake_scores = critic(torch.cat([real, fake])).chunk(2)
    objective = loss.critic(real_scores, fake_scores)
    parts = {"critic": objective.detach(), "gap": (real_scores.mean() - fake_scores.mean()).detach()}
    if penalty is not None:
        excess = penalty(critic, real, fake)
        objective = objective + penalty_weight * excess
        parts["penalty"] = excess.detach()
    optimizer.zero_grad()
    objective.backward()
    optimizer.step()
    return parts


# %% tags=["lib:lessons_lib.training.generator_step"]
def generator_step(generator, critic, optimizer, z, loss, *, augment=None, real=None):
    fake = generator(z)
    fake_scores = critic(fake if augment is None else augment(fake))
    if loss.relativistic:
        real_scores = critic(real if augment is None else augment(real)).detach()
        objective = loss.generator(fake_scores, real_scores)
    else:
        objective = loss.generator(fake_scores)
    optimizer.zero_grad()
    objective.backward(inputs=list(generator.parameters()))
    optimizer.step()
    return {"generator": objective.detach()}


# %%
from lessons_lib.losses import LOSSES

torch.manual_seed(0)
players = {"faussaire": ToyGenerator(), "détective": ToyCritic()}
forger, detective = players.values()
optimizers = {name: torch.optim.Adam(player.parameters(), lr=1e-3) for name, player in players.items()}
turns = {
    "détective": lambda: critic_step(
        detective, forger, optimizers["détective"], points[:64], torch.randn(64, 2), LOSSES["non_saturating"]
    ),
    "faussaire": lambda: generator_step(
        forger, detective, optimizers["faussaire"], torch.randn(64, 2), LOSSES["non_saturating"]
    ),
}
for turn, play in turns.items():
    before = {name: [weight.clone() for weight in player.parameters()] for name, player in players.items()}
    play()
    for name, player in players.items():
        moved = any(not torch.equal(old, new) for old, new in zip(before[name], player.parameters(), strict=True))
        print(f"tour du {turn} : le {name} a changé, {moved}")

# %% [markdown]
# ## 8. Un cas jouet : huit gaussiennes
#
# La bonne réponse est connue : huit amas, appelés **modes** (*modes*), que l'on peut compter. On tire 2 500 faux points. Un point est
# *bon* s'il tombe à moins de trois écarts types d'un mode ; un mode est *couvert* s'il a au moins un bon point.
#
# L'entraînement dure une dizaine de secondes.
#
# **Prédisez.** Le faussaire part d'un nuage quelconque. Trouvera-t-il les modes un par un, ou tous à la fois ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.observers import History, progress
from lessons_lib.training import AdversarialConfig, train_gan


def follow(training, every=50):
    """Déroule un entraînement sur des points ; garde les pertes, et 2 500 faux points tous les `every` pas."""
    z = torch.randn(2500, 2, generator=torch.Generator().manual_seed(5))
    history, clouds = History(), {}
    for step in progress(training):
        history.add(step)
        if step.index % every == 0:
            with torch.no_grad():
                clouds[step.index] = training.sampler(z)
    return history, clouds


healthy = AdversarialConfig(steps=1500, batch_size=128, learning_rate=1e-3, betas=(0.5, 0.9), critic_steps=1)
torch.manual_seed(0)
history, clouds = follow(train_gan(ToyGenerator(), ToyCritic(), points, healthy))


# %%
def panels(clouds, chosen, title, alt):
    """Les faux points à quatre instants, sur les vrais."""
    drawing, axes = plots.figure(7.4, 2.5, 1, len(chosen), sharex=True, sharey=True)
    for ax, index in zip(axes, chosen, strict=True):
        ax.scatter(*points[:300].T, s=14, color=REAL, alpha=0.25, linewidth=0)
        ax.scatter(*clouds[index][:300].T, s=3, color=FAKE, linewidth=0)
        covered = toys.modes_covered(clouds[index], "huit_gaussiennes")
        ax.set(aspect="equal", xlim=(-3.4, 3.4), ylim=(-3.4, 3.4), xticks=(), yticks=())
        ax.set_title(f"pas {index}\n{covered} mode{'s' * (covered > 1)} sur 8", fontsize=9.5)
    drawing.suptitle(title + "\n", x=0.01, ha="left", fontsize=11)
    plots.show(drawing, alt)


panels(
    clouds,
    (50, 250, 500, 1500),
    "D'abord des sauts, puis le cercle, puis les huit modes",
    "Quatre instants : un nuage rose désordonné, puis un anneau, puis huit amas sur les huit taches bleu-vert.",
)
print("au moins 6 modes sur 8 :", toys.modes_covered(clouds[1500], "huit_gaussiennes") >= 6)
print("plus d'un tiers de bons points :", toys.good_share(clouds[1500], "huit_gaussiennes") > 1 / 3)

# %% [markdown]
# ## 9. Lire les courbes
#
# Deux pertes, et une troisième courbe que l'on n'a pas d'habitude : la vraie distance entre les faux points et les vrais, calculée par
# transport optimal (leçon 05). En pointillé, ce que chaque courbe vaut quand $q = p$ et que le détective est optimal : $2 \log 2$,
# $\log 2$, et la distance entre deux tirages de vrais points.
#
# **Prédisez.** Laquelle des trois descend du début à la fin ?


# %%
def read_curves(history, clouds, title, alt, modes=8):
    """Les pertes, leur niveau si D est optimal et si G couvre `modes` modes sur 8, et la distance aux vrais points."""
    paid = math.log((modes + 8) / modes)  # -log D*, avec D* = (1/8) / (1/8 + 1/modes) sur un mode couvert
    levels = (modes / 8 * paid + math.log((modes + 8) / 8), paid)
    drawing, axes = plots.figure(8.6, 2.4, 1, 3)
    for ax, name in zip(axes, ("perte du détective", "perte du faussaire", "distance aux vrais points"), strict=True):
        ax.set(title=name, xlabel="pas", ylabel="unités du plan" if ax is axes[2] else "nats", ylim=(0, 3.5))
    for ax, name, colour, level in zip(axes, ("critic", "generator"), (CRITIC, FAKE), levels, strict=False):
        smooth = torch.tensor(history.losses[name]).unfold(0, 30, 1).mean(dim=1)  # moyenne de 30 pas
        ax.plot(history.index[29:], smooth, color=colour, linestyle="-")
        ax.axhline(level, color="black", linestyle=":")
        ax.text(1590, level, f"{level:.2f}".replace(".", ","), va="center")
    away = [(i, toys.transport_distance(cloud[:300], points[:300])) for i, cloud in clouds.items() if i % 100 == 0]
    axes[2].plot(*zip(*away, strict=True), "o-", color=ACCENT, markersize=3)
    axes[2].axhline(toys.transport_distance(points[300:600], points[:300]), color="black", linestyle=":")
    drawing.suptitle(title, x=0.01, ha="left", fontsize=11)
    plots.show(drawing, alt)


title = "La distance descend ; la perte du faussaire n'en dit rien"
read_curves(
    history, clouds, title, "Les deux pertes restent près de leurs repères, 1,39 et 0,69 ; la distance descend."
)

# %% [markdown]
# | courbe | ce qu'elle dit | ce qu'elle ne dit pas |
# |---|---|---|
# | détective près de $2 \log 2$ | il ne distingue plus | si les faux sont bons, ou lui mauvais |
# | détective près de 0 | il gagne toujours | si le faussaire apprend encore |
# | faussaire en baisse | il trompe mieux *ce* détective | que les images s'améliorent : le juge change à chaque pas |
# | oscillations | les joueurs se poursuivent | que l'entraînement échoue |
#
# Une loi tient pourtant. Le même $D(G(z))$ compte dans les deux pertes non saturantes, et $-\log(1 - D) - \log D \ge 2 \log 2$ : leur
# **somme** ne descend pas sous $2\log 2$. Gardez-la en tête.
#
# ### Le laboratoire
#
# Choisissez une loi, ou dessinez-la. À faire :
#
# 1. le détective seul, plusieurs fois (bouton « critique seule ») : le fond se creuse, les flèches (le gradient de chaque faux point) s'allongent ;
# 2. la même chose avec la perte minimax : que deviennent les flèches ?
# 3. les préréglages « effondrement », puis « réparez-le ».

# %%
from lessons_lib.widgets.gan_lab import GANLab

lab = GANLab()
lab.run(300)  # quelques secondes, pour arriver sur une partie commencée
lab

# %% [markdown]
# ## 10. Un DCGAN sur les lotus
#
# Les deux réseaux de la section 2, 400 images de 32 pixels, 500 pas de chaque joueur : une quinzaine de secondes sur deux cœurs. On
# garde une **moyenne mobile exponentielle** (*exponential moving average*) des poids du faussaire : ses images sautent moins d'un pas
# à l'autre. Le même $z$ est peint à trois moments.
#
# **Prédisez.** Qu'apprend-il d'abord : les couleurs, la place de la fleur, ou le bord des pétales ?

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
generator, critic = Generator(size=32, latent=64, width=32), Critic(size=32, width=32)
config = AdversarialConfig(
    steps=500, batch_size=16, learning_rate=1e-3, betas=(0.0, 0.99), critic_steps=1, average=0.95
)
training = train_gan(generator, critic, lotus.images, config)
z = torch.randn((6, 64), generator=torch.Generator().manual_seed(3))
lotus_history, paintings = History(), []
for step in progress(training):
    lotus_history.add(step)
    if step.index in (25, 150, 500):
        with torch.no_grad():
            paintings.append(training.sampler(z))

# %%
plots.image_grid(
    torch.cat([*paintings, lotus.images[:6]]),
    "Trois lignes de six images : des taches, puis une fleur au centre, puis des couleurs variées ; en bas de vrais lotus.",
    rows=["pas 25", "pas 150", "pas 500", "vraies"],
    title="Six bruits z, toujours les mêmes, peints à trois moments",
)
spread, real_spread = paintings[-1].std(dim=0).mean(), lotus.images.std(dim=0).mean()
print("les six images varient au moins moitié autant que les vraies :", bool(spread > 0.5 * real_spread))
pair = [torch.tensor(lotus_history.losses[name][-200:]).mean() for name in ("critic", "generator")]
print("la somme des deux pertes reste au-dessus de 1,386 :", bool(sum(pair) > 2 * math.log(2)))

# %% [markdown]
# La place et les couleurs viennent d'abord ; les feuilles et le bord des pétales, ensuite.
#
# ## 11. Le résultat d'un long entraînement
#
# Le même jeu à 64 pixels, avec bien plus d'images et de pas : la recette `gan_64` du zoo, apprise sur les mêmes images que `vae_64`.
#
# **Prédisez.** Le GAN est-il plus net que le VAE ? Plus varié ?
#
# Sous les images, un explorateur. Bougez un curseur, puis tirez de nouvelles fleurs. Une coordonnée de $z$ a-t-elle un sens à elle
# seule ? Quand on resserre la troncature, que gagne-t-on, que perd-on ?

# %%
from lessons_lib.widgets.latent_explorer import LatentExplorer

gan, vae = zoo.load("gan_64"), zoo.load("vae_64")
recipe = zoo.card("gan_64")["recipe"]
print(f"{recipe['images']} images, {recipe['config']['steps']} pas, {recipe['latent']} dimensions latentes")
z = torch.randn((4, gan.latent), generator=torch.Generator().manual_seed(3))
with torch.no_grad():
    painted, decoded = gan(z), vae.decode(z[:, :32])
plots.image_grid(
    torch.cat([flowers, decoded, painted]),
    "Trois lignes : de vrais lotus, des tirages flous du VAE, des tirages plus nets du GAN.",
    rows=["vraies", "VAE", "GAN"],
    title="Mêmes images d'apprentissage, deux façons d'apprendre",
)


def sharpness(images):
    """L'écart moyen entre deux pixels voisins d'une ligne."""
    return (images[..., 1:] - images[..., :-1]).abs().mean()


real, blurred, sharp = (sharpness(images) for images in (flowers, decoded, painted))
print("la netteté du GAN est plus proche de celle des vraies :", bool(abs(sharp - real) < abs(blurred - real)))
LatentExplorer(gan, z[:1], shown=6, title="Le faussaire, un curseur par dimension de z")

# %% [markdown]
# Le GAN tranche : ses contours sont nets, et ses erreurs franches. Le VAE hésite : il rend une moyenne. La variété, elle, ne se juge pas sur
# quatre images. Dans l'explorateur, plusieurs coordonnées font presque la même chose : rien, dans la perte, ne donne un sens à
# chacune. Et le GAN n'a pas d'encodeur : on ne sait pas quel $z$ donne une image voulue.
#
# ## 12. Deux échecs, exprès
#
# Retour aux huit gaussiennes. Premier essai : le faussaire n'a que 16 neurones par couche au lieu de 128. Second essai : les réseaux
# d'origine, mais un détective qui apprend dix fois plus lentement. Rien d'autre ne change. Une quinzaine de secondes.
#
# **Prédisez.** Supposez que le faussaire ne peigne qu'un mode sur huit. Sur ce mode, $p$ a un huitième de sa masse et $q$ toute la
# sienne : que répond le détective optimal ? Que paie le faussaire, $-\log D^*$ ?

# %% tags=["nbval-ignore-output"]
from dataclasses import replace

torch.manual_seed(0)
narrow_history, narrow_clouds = follow(train_gan(ToyGenerator(hidden=16), ToyCritic(), points, healthy))

torch.manual_seed(0)
slow_detective = replace(healthy, critic_learning_rate=healthy.learning_rate / 10)
slow_history, slow_clouds = follow(train_gan(ToyGenerator(), ToyCritic(), points, slow_detective))

# %%
title = "Premier essai : presque tous les points sont bons, et sept modes manquent"
alt = "Quatre instants : le nuage rose se ramasse sur un seul mode et n'en part plus."
panels(narrow_clouds, (50, 150, 500, 1500), title, alt)
title = "Les deux pertes sont plates, exactement là où le calcul les attend pour un seul mode"
alt = "La perte du détective suit 0,39, celle du faussaire 2,20 ; la distance reste haute."
read_curves(narrow_history, narrow_clouds, title, alt, modes=1)

late = {index: cloud for index, cloud in narrow_clouds.items() if index > 1000}
print("jamais plus de 3 modes sur 8 :", max(toys.modes_covered(c, "huit_gaussiennes") for c in late.values()) <= 3)
print(
    "plus de la moitié de bons    :", sum(toys.good_share(c, "huit_gaussiennes") for c in late.values()) > len(late) / 2
)
paid = sum(narrow_history.losses["generator"][-500:]) / 500
print("perte du faussaire à moins de 0,2 de log 9 :", abs(paid - math.log(9)) < 0.2)

# %% [markdown]
# C'est l'**effondrement de modes** (*mode collapse*). Chaque point, pris seul, est excellent ; l'ensemble ne vaut rien.
#
# Les courbes le disaient, à qui sait lire : $D^* = \frac{1/8}{1/8 + 1} = \frac{1}{9}$, et le faussaire paie $\log 9 \approx 2{,}20$. Avec
# $k$ modes sur huit, il paierait $\log\frac{k + 8}{k}$. Des pertes **plates et loin de l'équilibre** : le détective gagne, car il
# manque quelque chose.
#
# Pourquoi y rester ? Sa perte est une moyenne de verdicts isolés : rien n'y demande de varier. Et dès qu'un point s'écarte, il est
# dans le vide, où tout est faux : un détective assez rapide l'y condamne aussitôt.
#
# **Prédisez.** Et le second essai, au détective trop lent ?

# %%
title = "Second essai : tout le nuage fuit le verdict, sans jamais s'arrêter"
alt = "Quatre instants : le nuage rose est une petite tache allongée, chaque fois ailleurs."
panels(slow_clouds, (600, 900, 1200, 1500), title, alt)
title = "Les pertes sont exactement celles de l'équilibre, et rien n'est appris"
alt = "Les deux pertes sont collées à leurs repères ; la distance aux vrais points reste grande."
read_curves(slow_history, slow_clouds, title, alt)
late = [toys.modes_covered(cloud, "huit_gaussiennes") for index, cloud in slow_clouds.items() if index > 500]
print("jamais plus de 3 modes sur 8 :", max(late) <= 3)
for name, word, level in (("critic", "détective", 2), ("generator", "faussaire", 1)):
    gap = sum(slow_history.losses[name][-500:]) / 500 - level * math.log(2)
    print(f"perte du {word} à moins de 0,2 de son repère :", abs(gap) < 0.2)

# %% [markdown]
# Le détective condamne un endroit quand le nuage l'a déjà quitté. Il hésite donc partout : ½, comme à l'équilibre. Les
# repères supposent un détective presque optimal, et celui-ci ne l'est pas.
#
# **Aucune des deux pertes ne remplace donc les images.** Regardez-les côte à côte, et comptez ce qui se compte : couleurs, variétés,
# images presque égales.
#
# ## 13. Diagnostiquez
#
# Un essai raté en préparant cette leçon, gardé tel quel : le DCGAN de la section 10, à un mot près, arrêté au pas 150. Les deux
# fonctions de la section 7 sont justes. Une dizaine de secondes.
#
# **Prédisez.** Après l'exécution, répondez dans l'ordre, sans déplier la réponse :
#
# 1. D'après la somme des deux pertes, que se passe-t-il d'impossible ?
# 2. Les deux tours jugent-ils les fausses images avec le même détective ?
# 3. Quel mot du code en est la cause ?

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
generator, critic = Generator(size=32, latent=64, width=32), Critic(size=32, width=32, normalise=True)
training = train_gan(generator, critic, lotus.images, replace(config, steps=150))
failed = History()
for step in progress(training):
    failed.add(step)

# %%
drawing, ax = plots.figure(6.5, 2.5)
for name, word, colour, dash in (("critic", "détective", CRITIC, "-"), ("generator", "faussaire", FAKE, "--")):
    smooth = torch.tensor(failed.losses[name]).unfold(0, 10, 1).median(dim=1).values  # médiane de 10 pas
    ax.plot(failed.index[9:], smooth, color=colour, linestyle=dash)
    ax.text(152, smooth[-1], word, color=colour, va="center")
ax.axhline(2 * math.log(2), color=GREY, linestyle=":")
ax.text(150, 2 * math.log(2) + 0.05, "2 log 2, le plancher de leur somme", color="#555555", ha="right")
ax.set(xlabel="pas", ylabel="perte", xlim=(0, 180), ylim=(0, 2), title="Les deux joueurs gagnent à la fois")
plots.show(drawing, "Les pertes du détective et du faussaire passent toutes deux sous la moitié de leur repère.")
with torch.no_grad():
    rubbish = training.sampler(torch.randn((6, 64), generator=torch.Generator().manual_seed(3)))
plots.image_grid(rubbish, "Six images criardes qui se ressemblent toutes.")
total = torch.tensor(failed.losses["critic"]) + torch.tensor(failed.losses["generator"])
print("la somme des deux pertes, médiane des 50 derniers pas, est sous 2 log 2 :", bool(total[-50:].median() < 1.386))

# %% [markdown]
# <details><summary>Réponse : le diagnostic</summary>
#
# La somme ne peut pas passer sous $2 \log 2$ si le même $D$ note les mêmes faux. Il y a donc **deux** détectives.
#
# Le mot est `normalise=True` : une BatchNorm dans le discriminateur. Elle note une image d'après les moyennes de *son lot*. Au tour du
# détective, le lot mêle vraies et fausses, et les moyennes suffisent à les séparer. Au tour du faussaire, le lot n'a que des
# fausses : tout est recentré, et les mêmes images passent pour vraies. Le faussaire ne reçoit aucun reproche.
#
# Deux remèdes : des lots séparés, comme le font la plupart des DCGAN, ou pas de BatchNorm de ce côté. Le cours prend le second, que la leçon 06
# rendra obligatoire.
#
# </details>

# %% [markdown]
# ## En résumé
#
# - Le détective fait monter $V(D, G)$, le faussaire la fait descendre, chacun son tour.
# - À faussaire fixé, $D^* = p/(p+q)$, et $V = 2\,\mathrm{JS}(p, q) - \log 4$.
# - La perte non saturante garde un gradient quand le faux est démasqué.
# - Une perte de GAN ne mesure pas la qualité. Repères : $2 \log 2$ et $\log 2$ à l'équilibre, somme jamais sous $2 \log 2$.
# - Effondrement de modes : des images bonnes une à une, toutes semblables. On regarde, et l'on compte.
#
# ## Quiz
#
# Sept questions, et chaque réponse est expliquée.

# %%
from lessons_lib.widgets.quiz import Quiz

Quiz("04")

# %% [markdown]
# ## À vous : l'exercice
#
# Écrivez les deux pertes, la réponse du meilleur détective et un pas entier du jeu ; dites où couper le gradient ; comptez les modes, et
# lisez les courbes de quatre parties : [exercice 04](../exercises/04_gan.ipynb). La [solution](../solutions/04_gan.ipynb) est à côté.
#
# ## Sources
#
# - I. J. Goodfellow et coll., « Generative Adversarial Nets », NeurIPS, 2014, [arXiv:1406.2661](https://arxiv.org/abs/1406.2661) :
#   le jeu (équation 1), $D^*$ (proposition 1), la JS (théorème 1).
# - A. Radford, L. Metz et S. Chintala, « Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
#   Networks », ICLR, 2016, [arXiv:1511.06434](https://arxiv.org/abs/1511.06434) : DCGAN.
# - M. Arjovsky et L. Bottou, « Towards Principled Methods for Training Generative Adversarial Networks », ICLR, 2017,
#   [arXiv:1701.04862](https://arxiv.org/abs/1701.04862) : le gradient qui s'éteint (section 2).
# - L. Metz et coll., « Unrolled Generative Adversarial Networks », ICLR, 2017, [arXiv:1611.02163](https://arxiv.org/abs/1611.02163).
#
# Détails et lectures : [ressources](../course/ressources.md).
