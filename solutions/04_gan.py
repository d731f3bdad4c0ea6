# %% [markdown]
# # Exercice 04 · Le jeu du faussaire et du détective
#
# **Durée :** 60 minutes. **Après** la leçon [04 · Le GAN](../lessons/04_gan.ipynb).
#
# Vous écrivez la perte de chaque joueur, la réponse du meilleur détective possible, puis un pas entier du jeu. Vous dites où couper le
# gradient, vous comptez les modes couverts, et vous lisez les courbes de quatre parties. Pour finir, vous regardez ce que ces courbes
# cachaient, et vos deux joueurs se poursuivre. Les quatre parties prennent une dizaine de secondes.

# %% tags=["nbval-ignore-output"]
import math

import torch
from torch import nn
from torch.distributions import Bernoulli, Categorical, MixtureSameFamily, Normal

from lessons_lib import plots, toys
from lessons_lib.checks.lesson_04.game import reference_play, small_game
from lessons_lib.losses import LOSSES
from lessons_lib.models import ToyCritic, ToyGenerator
from lessons_lib.training import AdversarialConfig, critic_step, generator_step, train_gan

torch.set_num_threads(1)  # de si petits réseaux vont plus vite sur un seul cœur
REAL, FAKE, CRITIC, GREY, ACCENT = plots.PALETTE.values()

# %% [markdown]
# ## 1. La perte du détective
#
# **À quoi cela sert.** C'est le seul juge du faussaire : une erreur de signe ou un infini ici, et toute la partie est perdue.
#
# Le détective rend un score $a$, un réel ; sa probabilité est $D(x) = \sigma(a)$. Il veut $D$ grand devant les vraies images, petit
# devant les fausses :
#
# $$-\mathbb{E}\big[\log D(x)\big] - \mathbb{E}\big[\log(1 - D(G(z)))\big]$$
#
# En mots : une moyenne sur les vraies, une moyenne sur les fausses, et leur somme. Les scores peuvent aller jusqu'à 200 : $D$ vaut
# alors exactement 0 ou 1 à l'ordinateur, et son logarithme n'est plus un nombre utile. Partez des scores.
#
# ### Le résultat attendu
#
# **Prédisez.** Ce que coûte une fausse image selon son score. De quelle droite la courbe s'approche-t-elle à droite ?

# %%
scores = torch.linspace(-6, 6, 121)
cost = -Bernoulli(logits=scores).log_prob(torch.zeros(121))
drawing, ax = plots.figure(5.5, 2.6)
ax.plot(scores, cost, color=CRITIC, linestyle="-")
ax.plot(0, cost[60], "o", color=ACCENT)
ax.annotate("D = ½ : log 2", (0, cost[60]), (-4.5, 2.2), arrowprops={"arrowstyle": "-"})
ax.set(xlabel="score d'une fausse image", ylabel="perte du détective (nats)")
ax.set_title("Prendre une fausse pour une vraie coûte de plus en plus")
plots.show(drawing, alt="Une courbe nulle à gauche, qui vaut log 2 au score zéro, puis monte en ligne droite.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Écrivez $-\log \sigma(a)$ et $-\log(1 - \sigma(a))$ avec l'exponentielle : les deux se simplifient en $\log(1 + e^{\ldots})$. Que
# devient l'un quand on change le signe de $a$ ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# PyTorch a une fonction pour $\log(1 + e^{a})$, qui ne déborde pas : `torch.nn.functional.softplus`. Prenez la moyenne de chaque groupe, puis
# additionnez.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "discriminator_loss", "locked": false, "schema_version": 3, "solution": true}
def discriminator_loss(real_scores, fake_scores):
    """La perte du détective. real_scores : (N,), fake_scores : (M,). Rend un scalaire, en nats."""
    ### BEGIN SOLUTION
    on_real = torch.nn.functional.softplus(-real_scores).mean()
    on_fake = torch.nn.functional.softplus(fake_scores).mean()
    return on_real + on_fake
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_discriminator_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("perte_discriminateur", discriminator_loss)

# %% [markdown]
# ## 2. Le meilleur détective possible
#
# **À quoi cela sert.** Savoir ce que répondrait un détective parfait, pour juger celui que l'on a.
#
# En un point $x$, les vraies ont la densité $p(x)$ et les fausses la densité $q(x)$. Le détective y choisit un nombre $y$ entre 0 et 1,
# sa réponse $D(x)$, et gagne
#
# $$p \log y + q \log(1 - y)$$
#
# En mots : ce que lui rapportent les vraies qui tombent là, plus ce que lui rapportent les fausses. Rendez le $y$ qui rapporte le plus,
# pour chaque élément de `p` et de `q`. Là où les deux densités sont nulles, rendez ½.
#
# ### Le résultat attendu
#
# Aucune formule ici : l'ordinateur essaie 400 réponses, et garde la meilleure.
#
# **Prédisez.** À gauche, $p = 0{,}1$ et $q = 0{,}3$ : où est le sommet ? À droite, que répond-on entre les deux bosses des vraies ?

# %%
y = torch.linspace(0.0025, 0.9975, 400)


def gain(p, q):
    """Ce que rapporte chaque réponse y. p, q : (N,). Rend (N, 400)."""
    return p[:, None] * y.log() + q[:, None] * (1 - y).log()


x = torch.linspace(-4, 4, 300)
bumps = MixtureSameFamily(Categorical(torch.ones(2)), Normal(torch.tensor([-1.5, 1.5]), torch.tensor([0.5, 0.5])))
p, q = bumps.log_prob(x).exp(), Normal(0.0, 1.5).log_prob(x).exp()

# %%
drawing, (left, right) = plots.figure(8.6, 2.8, 1, 2)
for a, b, colour, dash in ((0.1, 0.3, FAKE, "--"), (0.2, 0.2, GREY, ":"), (0.3, 0.1, REAL, "-")):
    values = gain(torch.tensor([a]), torch.tensor([b]))[0]
    left.plot(y, values, color=colour, linestyle=dash)
    left.plot(y[values.argmax()], values.max(), "o", color=colour)
    place = values.max() + (0.03 if a != b else -0.2)
    left.text(y[values.argmax()], place, f"p = {a}, q = {b}".replace(".", ","), color=colour, ha="center")
left.set(xlabel="réponse $y$", ylabel="gain", ylim=(-0.8, 0), title="Chaque paire a son sommet")
for density, colour, dash in ((p, REAL, "-"), (q, FAKE, "--")):
    right.plot(x, density, color=colour, linestyle=dash, linewidth=1)
    right.fill_between(x, density, color=colour, alpha=0.15, linewidth=0)
right.plot(x, y[gain(p, q).argmax(dim=1)], color=CRITIC, linestyle="-")
right.text(-1.5, 0.78, "meilleure réponse", color=CRITIC, ha="center")
right.text(1.5, 0.44, "vraies", color=REAL, ha="center")
right.text(4.1, 0.24, "fausses", color=FAKE, ha="right")
right.set(xlabel="$x$", ylim=(0, 1), title="Les sommets, d'un bout à l'autre de l'axe")
plots.show(
    drawing, alt="À gauche trois courbes et leurs sommets ; à droite la meilleure réponse, haute sur les bosses."
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Au sommet, la dérivée par rapport à $y$ est nulle. Écrivez-la : elle a deux termes, un par densité.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Imaginez cent images tombées au même endroit, tirées à nombres égaux des deux lois. Combien sont vraies ? Pour le cas où il n'y en a
# aucune, `torch.where` choisit entre deux tenseurs, élément par élément.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "optimal_discriminator", "locked": false, "schema_version": 3, "solution": true}
def optimal_discriminator(p, q):
    """La réponse du meilleur détective. p, q : densités des vraies et des fausses, (N,). Rend (N,), dans [0, 1]."""
    ### BEGIN SOLUTION
    return torch.where(p + q > 0, p / (p + q), 0.5)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_optimal_discriminator", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("discriminateur_optimal", optimal_discriminator)

# %% [markdown]
# ## 3. La perte du faussaire
#
# **À quoi cela sert.** C'est par elle que le verdict devient un conseil, et le plus mauvais faussaire doit en recevoir un aussi.
#
# La perte **non saturante** : $-\mathbb{E}\big[\log D(G(z))\big]$. En mots : la surprise d'un détective qui croirait toutes ces images
# vraies. Elle pousse fort quand le faux est démasqué.
#
# ### Le résultat attendu
#
# **Prédisez.** Pour les scores −3, 0 et 3, la perte d'une image est écrite sur la figure. Où la pente est-elle la plus forte ?

# %%
scores = torch.linspace(-6, 6, 121)
cost = -Bernoulli(logits=scores).log_prob(torch.ones(121))
drawing, ax = plots.figure(5.5, 2.6)
ax.plot(scores, cost, color=FAKE, linestyle="-")
for index in (30, 60, 90):
    ax.plot(scores[index], cost[index], "o", color=ACCENT)
    ax.text(scores[index] + 0.2, cost[index] + 0.25, f"{cost[index]:.2f}".replace(".", ","))
ax.set(xlabel="score d'une fausse image", ylabel="perte du faussaire (nats)", ylim=(0, 6.2))
ax.set_title("Un faux démasqué coûte cher ; un faux réussi, presque rien")
plots.show(drawing, alt="Une droite qui descend à gauche, puis une courbe qui s'éteint à droite ; 3,05, 0,69 et 0,05.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# L'un des deux termes de la perte précédente convient presque : lequel, et appliqué à quels scores ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Le faussaire veut que ses images passent pour vraies : jugez-les comme le détective juge les vraies.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "generator_loss", "locked": false, "schema_version": 3, "solution": true}
def generator_loss(fake_scores):
    """La perte non saturante du faussaire. fake_scores : (N,). Rend un scalaire, en nats."""
    ### BEGIN SOLUTION
    return torch.nn.functional.softplus(-fake_scores).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_generator_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("perte_generateur", generator_loss)

# %% [markdown]
# ## 4. Un pas du jeu
#
# **À quoi cela sert.** C'est la boucle de tous les GAN du cours. L'ordre des lignes y fait toute la différence.
#
# Une partie, `game`, réunit les deux réseaux et leurs optimiseurs :
#
# | | réseau | optimiseur |
# |---|---|---|
# | faussaire | `game.generator` | `game.generator_optimizer` |
# | détective | `game.critic` | `game.critic_optimizer` |
#
# Un pas a deux tours : le détective joue, **lui seul bouge** ; puis le faussaire répond au détective qu'il vient d'affronter, et **lui
# seul bouge**. Employez le même bruit `z` aux deux tours.
#
# ### Le résultat attendu
#
# La vérification joue une partie minuscule, à quatre poids, dont elle a fait le calcul à la main : $G(z) = w_0 z + w_1$, et le score est
# une droite. Dans l'un de ses essais, un pas précédent a laissé des gradients dans les poids. Voici un pas juste, avec une vraie donnée
# et une fausse.
#
# **Prédisez.** À quel tour faut-il couper le gradient à la sortie du générateur, et à quel tour surtout pas ?

# %%
game, one = small_game(0.5, -1.0, 0.5, 0.0), torch.ones(1, 1)
before, after = game.weights(), reference_play(game, one, one)
line = torch.tensor([-1.2, 1.6])
fakes = [float(weights[0] + weights[1]) for weights in (before, after)]
drawing, axes = plots.figure(8.6, 2.7, 1, 2, sharey=True)
for ax, moved in zip(axes, (False, True), strict=True):
    ax.plot(line, after[2] * line + after[3], color=CRITIC, linestyle="-")
    ax.plot(1, after[2] + after[3], "s", color=REAL)
    ax.text(0.93, after[2] + after[3] + 0.12, "vraie", color=REAL, ha="right")
    at = fakes[moved]
    ax.plot(at, after[2] * at + after[3], "o", color=FAKE)
    ax.text(at + 0.1, after[2] * at + after[3] - 0.3, "fausse", color=FAKE)
    ax.set(xlabel="donnée $x$", ylim=(-1.4, 1.6), yticks=(-1, 0, 1))
axes[0].plot(line, before[2] * line + before[3], color=GREY, linestyle="--")
axes[0].text(-1.2, -0.32, "avant", color="#555555")
axes[0].set(ylabel="score", title="Tour du détective : sa droite se redresse")
axes[1].plot(fakes[0], after[2] * fakes[0] + after[3], "o", color=FAKE, alpha=0.3)
axes[1].annotate("", (fakes[1], 0.45), (fakes[0], 0.45), arrowprops={"arrowstyle": "->", "color": FAKE})
axes[1].set_title("Tour du faussaire : la fausse monte vers la vraie")
plots.show(
    drawing, alt="À gauche la droite des scores devient plus raide ; à droite la fausse donnée remonte cette droite."
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Chaque tour a la même forme : une perte, `zero_grad()`, `backward()`, `step()`. Seuls changent la perte et l'optimiseur.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `.detach()` rend les mêmes valeurs, sans leur histoire : rien ne remonte plus au faussaire. C'est ce que veut le détective. Le
# faussaire, lui, n'apprend que par ce qui remonte.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "play", "locked": false, "schema_version": 3, "solution": true}
def play(game, real, z):
    """Un pas du jeu : le tour du détective, puis celui du faussaire. Rend les poids des deux joueurs."""
    ### BEGIN SOLUTION
    fake = game.generator(z).detach()
    loss = discriminator_loss(game.critic(real), game.critic(fake))
    game.critic_optimizer.zero_grad()
    loss.backward()
    game.critic_optimizer.step()

    loss = generator_loss(game.critic(game.generator(z)))
    game.generator_optimizer.zero_grad()
    loss.backward()
    game.generator_optimizer.step()
    ### END SOLUTION
    return game.weights()


# %% nbgrader={"grade": true, "grade_id": "verifier_play", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("tour_de_jeu", play)

# %% [markdown]
# ## 5. Où couper ?
#
# **À quoi cela sert.** Un `detach` de trop, et le faussaire n'apprend rien, sans message d'erreur. Un de moins, et le programme s'arrête,
# ou la mémoire enfle.
#
# Voici un pas du jeu, sans aucune coupure. Il ne peint qu'une fois, pour les deux tours.
#
# ```python
#  1  fake = generator(z)
#  2  critic_loss = discriminator_loss(critic(real), critic(fake))     # B : real     A : fake
#  3  critic_optimizer.zero_grad()
#  4  critic_loss.backward()
#  5  critic_optimizer.step()
#  6
#  7  scores = critic(fake)                                            # C : fake
#  8  forger_loss = generator_loss(scores)                             # D : scores
#  9  generator_optimizer.zero_grad()
# 10  forger_loss.backward()
# 11  generator_optimizer.step()
# 12
# 13  history.append(forger_loss)                                      # E : forger_loss
# ```
#
# ### Le résultat attendu
#
# L'**histoire** d'un tenseur, ce sont les calculs dont il vient ; la rétropropagation la remonte. Voici les cinq endroits où `.detach()`
# l'arrêterait.

# %%
drawing, ax = plots.figure(8.6, 3)
boxes = {(1.4, 2): ("$G$", FAKE), (4.4, 2): ("$D$", CRITIC), (1.4, 0): ("$G$", FAKE), (4.4, 0): ("$D$", CRITIC)}
for (x, y), (name, colour) in boxes.items():
    ax.text(
        x, y, name, color="white", ha="center", va="center", bbox={"facecolor": colour, "edgecolor": "none", "pad": 7}
    )
words = [(0, 2, "z"), (2.6, 2, "fake"), (2.6, 1.15, "real"), (6.6, 2, "critic_loss")]
words += [(0, 0, "z"), (2.6, 0, "fake"), (5.6, 0, "scores"), (7.2, 0, "forger_loss"), (9.2, 0, "history")]
for x, y, word in words:
    ax.text(x, y, word, family="monospace", ha="center", va="center", fontsize=9)
links = [(0.2, 2, 1.1, 2), (1.7, 2, 2.2, 2), (3, 2, 4.1, 2), (3, 1.2, 4.1, 1.8), (4.7, 2, 5.9, 2)]
links += [(0.2, 0, 1.1, 0), (1.7, 0, 2.2, 0), (3, 0, 4.1, 0), (4.7, 0, 5.2, 0), (6, 0, 6.5, 0), (7.9, 0, 8.7, 0)]
for x, y, to_x, to_y in links:
    ax.annotate("", (to_x, to_y), (x, y), arrowprops={"arrowstyle": "->"})
places = {"A": (3.5, 2.3), "B": (3.5, 1.1), "C": (3.5, 0.35), "D": (6.25, 0.35), "E": (8.3, 0.35)}
for letter, (x, y) in places.items():
    ax.text(x, y, letter, color=ACCENT, weight="bold", ha="center", va="center", fontsize=12)
ax.text(-0.3, 2.75, "tour du détective", color="#555555")
ax.text(-0.3, 0.75, "tour du faussaire", color="#555555")
ax.set(xlim=(-0.4, 9.9), ylim=(-0.5, 3.1), title="Cinq endroits où l'histoire passe, ou s'arrête")
ax.set_axis_off()
plots.show(
    drawing, alt="Deux chaînes, z, G, fake, D, perte ; A et C sur fake, B sur real, D sur scores, E avant la courbe."
)

# %% [markdown]
# Rendez un dictionnaire à six clés. De `"A"` à `"E"`, l'étiquette est `"couper"` (il faut un `.detach()`), `"garder"` (il n'en faut
# surtout pas) ou `"indifférent"`. Pour juger une lettre, supposez les autres bien traitées.
#
# La clé `"F"` est une prédiction : à quels joueurs la ligne 10 apporte-t-elle un gradient, dans `.grad` ? `"le faussaire"`,
# `"le détective"`, `"les deux"` ou `"aucun"`.
#
# <details><summary>Un indice</summary>
#
# Pour chaque lettre, partez de la perte et remontez les flèches. Quels poids rencontrez-vous ? Le tour en cours veut-il les atteindre ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `backward` consomme l'histoire qu'elle remonte : on ne la remonte pas deux fois. Et une perte rangée dans une liste garde la sienne aussi
# longtemps que la liste existe.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "where_to_cut", "locked": false, "schema_version": 3, "solution": true}
def where_to_cut():
    """Ce qu'il faut faire aux lettres A à E, et la prédiction F. Rend un dictionnaire de six étiquettes."""
    ### BEGIN SOLUTION
    return {
        "A": "couper",
        "B": "indifférent",
        "C": "garder",
        "D": "garder",
        "E": "couper",
        "F": "les deux",
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_where_to_cut", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("a_detacher", where_to_cut)

# %% [markdown]
# Le passage, exécuté avec vos coupures et vos pertes, puis avec une coupure de plus ou de moins. Seul ce qu'apporte la ligne 10 est
# compté.


# %%
def passage(cut):
    """Les lignes 1 à 10, coupées aux lettres de `cut`. Rend les joueurs à qui la ligne 10 apporte un gradient."""
    game, real, z = small_game(0.5, -1.0, 0.5, 0.0), torch.ones(4, 1), torch.tensor([[-1.0], [0.0], [1.0], [2.0]])

    def taken(letter, tensor):
        return tensor.detach() if letter in cut else tensor

    fake = game.generator(z)
    discriminator_loss(game.critic(taken("B", real)), game.critic(taken("A", fake))).backward()
    for player in (game.critic, game.generator):
        player.zero_grad()
    generator_loss(taken("D", game.critic(taken("C", fake)))).backward()
    players = {"faussaire": game.generator, "détective": game.critic}
    return [name for name, player in players.items() if next(player.parameters()).grad is not None]


yours = {letter for letter, label in where_to_cut().items() if label == "couper"}
for said, cut in (("vos coupures", yours), ("sans A", yours - {"A"}), *((f"{x} en plus", yours | {x}) for x in "BCD")):
    try:
        print(f"{said:12} : un gradient pour", " et ".join(passage(cut)))
    except RuntimeError:
        print(f"{said:12} : RuntimeError")

# %% [markdown]
# La coupure en C est la plus traîtresse : aucun message, et un faussaire qui ne bougera jamais. La ligne 10 dépose aussi un gradient chez
# le détective. Il ne s'en sert pas : seul l'optimiseur du faussaire fait un pas, et la ligne 3 efface ce reste au tour suivant.
#
# ## 6. Compter les modes couverts
#
# **À quoi cela sert.** Une image à la fois, un effondrement de modes ne se voit pas. Il se compte.
#
# $$\#\,\{\, k : \min_i \|x_i - c_k\| \le 3\sigma \,\}$$
#
# En mots : le nombre de centres dont le point engendré le plus proche est à trois $\sigma$ au plus. Les centres sont assez éloignés pour
# qu'un point n'en couvre jamais deux.
#
# `points` a la forme (N, 2), `centres` la forme (K, 2) ; `sigma` est un nombre, dans la même unité. Rendez un entier.
#
# ### Le résultat attendu
#
# Le rayon des cercles est trois $\sigma$. **Prédisez** le compte de chaque dessin, sans lire son titre.

# %%
law = toys.Toy("quatre modes", (((-1.0, 1.0),), ((1.0, 1.0),), ((-1.0, -1.0),), ((1.0, -1.0),)), sigma=0.2)
noise = 0.2 * torch.randn((40, 2), generator=torch.Generator().manual_seed(1))
corner, few = torch.tensor([[0.55, 1.45], [0.3, -0.2], [-0.1, 0.4]]), torch.tensor([[-0.9, -1.1], [1.0, -0.5]])
clouds = [law.modes[0] + noise, torch.cat([law.modes[1] + noise[:20], few]), corner]
drawing, axes = plots.figure(7.4, 2.7, 1, 3, sharex=True, sharey=True)
turn = torch.linspace(0, 2 * math.pi, 80)
for ax, cloud in zip(axes, clouds, strict=True):
    for centre in law.modes:
        ax.plot(centre[0] + 0.6 * turn.cos(), centre[1] + 0.6 * turn.sin(), color=GREY, linestyle="-", linewidth=1)
        ax.plot(*centre, "+", color=REAL, markersize=8)
    ax.plot(*cloud.T, "o", color=FAKE, markersize=3)
    covered = toys.modes_covered(cloud, law)
    title = f"{len(cloud)} points, {covered} mode{'s' * (covered > 1)} sur 4"
    ax.set(aspect="equal", xlim=(-1.8, 1.8), ylim=(-1.8, 1.8), xticks=(), yticks=(), title=title)
drawing.suptitle("Quarante points au même endroit ne couvrent qu'un mode", x=0.01, ha="left", fontsize=11)
plots.show(
    drawing, alt="Quatre cercles ; 40 points sur un seul, 22 points sur trois, trois points tous hors des cercles."
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `torch.cdist(points, centres)` donne toutes les distances, (N, K). Que dit une colonne ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Comparer ce tableau à un rayon donne des booléens. Réduisez les N points d'abord (`any` répond « au moins un »), puis comptez les modes.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "count_modes", "locked": false, "schema_version": 3, "solution": true}
def count_modes(points, centres, sigma):
    """Le nombre de modes couverts. points : (N, 2). centres : (K, 2). sigma : écart type. Rend un entier."""
    ### BEGIN SOLUTION
    near = torch.cdist(points, centres) <= 3 * sigma  # (N, K)
    return int(near.any(dim=0).sum())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_count_modes", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("compter_modes", count_modes)

# %% [markdown]
# ## 7. Lire les courbes de quatre parties
#
# **À quoi cela sert.** Pendant un long entraînement, on n'a souvent que ces deux courbes pour décider s'il faut l'arrêter.
#
# | Étiquette | Ce qu'elle veut dire |
# |---|---|
# | « équilibre possible » | le détective fait à peine mieux que pile ou face, et cela dure |
# | « détective écrasant » | il ne se trompe plus ; le faussaire est démasqué à chaque fois |
# | « modes manquants » | le faussaire peint bien, mais trop peu de choses, et n'en bouge plus |
# | « poursuite » | chacun gagne à son tour, indéfiniment |
#
# Trois parties se jouent sur les huit gaussiennes de la leçon ; la quatrième, sur un seul nombre, avec un optimiseur qui a de l'élan.
# Leur ordre est tiré au hasard. Une dizaine de secondes.


# %% tags=["nbval-ignore-output"]
def planar(forger, **changes):
    """Une partie sur les huit gaussiennes : les pertes (800, 2), et 2 500 faux points à la fin."""
    usual = {"steps": 800, "batch_size": 64, "learning_rate": 1e-3, "betas": (0.5, 0.9), "critic_steps": 1}
    training = train_gan(forger, ToyCritic(layers=2), points, AdversarialConfig(**usual | changes))
    losses = [[step.losses["critic"], step.losses["generator"]] for step in training]
    with torch.no_grad():
        return torch.tensor(losses), training.sampler(torch.randn(2500, 2))


def one_number():
    """Une partie où tout est dans deux nombres : les pertes (800, 2), et la place du faux et la pente, (800, 2)."""
    game, zero, losses, path = small_game(0.0, -2.0, 0.0, 0.0), torch.zeros(8, 1), [], []
    judge, painter = (
        torch.optim.SGD(player.parameters(), lr=0.02, momentum=0.8) for player in (game.critic, game.generator)
    )
    for _ in range(800):
        judged = critic_step(game.critic, game.generator, judge, zero, zero, LOSSES["non_saturating"])
        painted = generator_step(game.generator, game.critic, painter, zero, LOSSES["non_saturating"])
        losses.append([float(judged["critic"]), float(painted["generator"])])
        path.append(game.weights()[1:3])
    return torch.tensor(losses), torch.stack(path)


# %% tags=["nbval-ignore-output"]
points = toys.sample("huit_gaussiennes", 4000, generator=torch.Generator().manual_seed(0))
patch = ToyGenerator()
patch.layers = nn.Linear(2, 2)
nn.init.constant_(patch.layers.weight, 0.05)
patch.layers.bias.data = torch.tensor([2.0, 0.0])
torch.manual_seed(0)
runs = [
    planar(ToyGenerator(layers=2)),
    planar(ToyGenerator(layers=2), learning_rate=1e-5, critic_learning_rate=1e-3),
    planar(patch, learning_rate=3e-4, critic_learning_rate=1e-3),
    one_number(),
]
order = torch.randperm(4, generator=torch.Generator().manual_seed(22))
runs = {name: runs[index] for name, index in zip("ABCD", order, strict=True)}

# %% [markdown]
# ### Le résultat attendu
#
# Les pertes, en moyenne sur dix pas. En pointillé, les deux repères de la leçon, 2 log 2 et log 2.

# %%
drawing, axes = plots.figure(8.6, 2.9, 1, 4, sharey=True)
for ax, (name, (losses, _)) in zip(axes, runs.items(), strict=True):
    smooth = losses.unfold(0, 10, 1).mean(dim=2).clamp(max=4.5)
    for column, word, colour, dash in ((0, "détective", CRITIC, "-"), (1, "faussaire", FAKE, "--")):
        ax.axhline((2 - column) * math.log(2), color=GREY, linestyle=":", linewidth=1)
        ax.plot(smooth[:, column], color=colour, linestyle=dash, linewidth=1.4)
        if name == "B":
            ax.text(790, smooth[-200:, column].mean() + 0.4, word, color=colour, ha="right")
    ax.set(title=name, xlabel="pas", ylim=(0, 4.4), xticks=(0, 400, 800))
axes[0].set_ylabel("perte (nats)")
axes[0].text(150, 3.9, "le faussaire\nsort du cadre", color=FAKE, fontsize=8.5, va="center")
drawing.suptitle("Quatre parties, quatre allures : lesquelles faut-il arrêter ?", x=0.01, ha="left", fontsize=11)
plots.show(
    drawing,
    alt="A : le violet à zéro, le rose hors du cadre. B : deux courbes plates, à 0,4 et 2,2. C : deux courbes près des repères. "
    "D : deux courbes qui ondulent autour des repères.",
)

# %% [markdown]
# Rendez un dictionnaire à cinq clés : `"A"` à `"D"`, une étiquette du tableau chacune ; et `"modes"`, un entier. Dans la partie des modes
# manquants, d'après le niveau où la perte du faussaire se pose, combien de modes sur huit couvre-t-il ?
#
# <details><summary>Un indice</summary>
#
# Trois questions, dans l'ordre. Les courbes sont-elles plates ? Sont-elles sur leurs repères ? Sinon, qui gagne : toujours, ou presque ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Devant un détective presque optimal, un faussaire qui couvre $k$ modes sur huit paie $\log \frac{k + 8}{k}$ : c'est la leçon, section 12.
# Essayez plusieurs $k$.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "read_curves", "locked": false, "schema_version": 3, "solution": true}
def read_curves():
    """Le diagnostic des parties A à D, et le nombre de modes couverts. Rend un dictionnaire à cinq clés."""
    ### BEGIN SOLUTION
    return {
        "A": "détective écrasant",
        "B": "modes manquants",
        "C": "équilibre possible",
        "D": "poursuite",
        "modes": 1,
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_read_curves", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("lecture_courbes_gan", read_curves)

# %% [markdown]
# ## Et maintenant
#
# **Derrière les courbes.** Voici ce que chaque partie a engendré, sous votre diagnostic et votre compte. Dans la partie à un seul nombre,
# chaque pas est un point : la place du faux, et la pente du détective.

# %% tags=["nbval-ignore-output"]
verdicts, centres = read_curves(), toys.toy("huit_gaussiennes").modes
drawing, axes = plots.figure(8.6, 2.9, 1, 4)
for ax, (name, (_, made)) in zip(axes, runs.items(), strict=True):
    ax.set(xticks=(), yticks=(), xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    if len(made) == 800:
        ax.plot(*made.T, color=CRITIC, linestyle="-", linewidth=1)
        ax.plot(0, 0, "s", color=REAL)
        ax.set(xlabel="place du faux", ylabel="pente")
        told = "il tourne"
    else:
        ax.scatter(*points[:300].T, s=14, color=REAL, alpha=0.25, linewidth=0)
        ax.scatter(*made[:400].T, s=3, color=FAKE, linewidth=0)
        count = count_modes(made, centres, 0.05)
        told = f"{count} mode{'s' * (count > 1)} sur 8"
    ax.set_title(f"{name} : {verdicts[name]}\n{told}", fontsize=9)
drawing.suptitle("Vos diagnostics, et ce que les parties ont engendré", x=0.01, ha="left", fontsize=11)
plots.show(
    drawing,
    alt="A : un nuage informe. B : un point sur un seul mode. C : les huit modes. D : une boucle autour du but.",
)

# %% [markdown]
# Sur la partie B, le compte est celui que ses courbes annonçaient. Sur la partie A, quelques points tombent dans un cercle par hasard : un
# compte seul ne dit pas que les images sont bonnes. Et l'équilibre des courbes C reste une possibilité, que seule l'image confirme.
#
# **Une poursuite, de près.** Une partie assez petite pour que l'on voie tout. Les vraies données sont des nombres autour de 2. Le
# faussaire rend $G(z) = w_0 z + w_1$ : il n'a que deux boutons, l'étalement et le centre. Le détective rend le score $w_2 x + w_3$ : sa
# pente $w_2$ dit de quel côté sont les vraies.
#
# **Prédisez.** Le centre des fausses données ira-t-il droit vers celui des vraies ?


# %%
def duel():
    """Votre partie : vraies données, bruits, et les quatre poids pas après pas, (160, 4)."""
    generator = torch.Generator().manual_seed(0)
    real, z = 2 + 0.5 * torch.randn((256, 1), generator=generator), torch.randn((256, 1), generator=generator)
    game = small_game(0.5, -1.0, 0.0, 0.0)
    return real, z, torch.stack([play(game, real, z) for _ in range(160)])


# %%
real, z, path = duel()
centre = path[:, 0] * z.mean() + path[:, 1]

drawing, (left, right) = plots.figure(8.6, 3.1, 1, 2, width_ratios=(1.3, 1))
left.plot(centre, color=FAKE, linestyle="-")
left.axhline(real.mean(), color=REAL, linestyle="--")
left.text(160, real.mean() + 0.2, "centre des vraies", color=REAL, ha="right")
left.set(xlabel="pas du jeu", ylabel="centre des fausses", title="Il dépasse le but, revient, s'en approche")
right.plot(centre, path[:, 2], color=CRITIC, linestyle="-")
right.plot(centre[0], path[0, 2], "o", color=CRITIC)
right.plot(real.mean(), 0, "s", color=REAL)
right.annotate("équilibre", (real.mean(), 0), (0.1, -0.3), color=REAL, arrowprops={"arrowstyle": "-"})
right.annotate("départ", (centre[0], path[0, 2]), (-0.6, 0.6))
right.set(xlabel="centre des fausses", ylabel="pente du détective", title="Les deux joueurs se tournent autour")
plots.show(
    drawing, "À gauche une oscillation amortie autour du centre des vraies ; à droite une spirale vers l'équilibre."
)
print("le centre finit à moins de 0,2 de celui des vraies :", bool((centre[-1] - real.mean()).abs() < 0.2))
print("il est passé de l'autre côté en chemin             :", bool(centre.max() > real.mean() + 0.5))
print("l'étalement des fausses est retrouvé               :", bool(abs(path[-1, 0]) > 0.4))

# %% [markdown]
# Le centre tourne avant d'arriver : chacun répond au coup de l'autre, et la cible bouge. D'où les oscillations des courbes de la
# leçon.
#
# L'étalement, lui, n'est pas retrouvé : les fausses données sont bien moins étalées que les vraies. Pourquoi le détective ne le dit-il
# pas ? Comparez sa réponse, à la fin, à celle du meilleur détective possible, que vous avez écrite.

# %%
_, _, path = duel()
w0, w1, w2, w3 = path[-1]
x = torch.linspace(0.2, 3.8, 400)
p, q = Normal(2.0, 0.5).log_prob(x).exp(), Normal(w1, w0.abs()).log_prob(x).exp()
best = optimal_discriminator(p, q)
drawing, ax = plots.figure(6.6, 2.9)
ax.fill_between(x, p / 4, color=REAL, alpha=0.2, linewidth=0)
ax.fill_between(x, q / 4, color=FAKE, alpha=0.2, linewidth=0)
ax.plot(x, best, color=GREY, linestyle="--")
ax.plot(x, (w2 * x + w3).sigmoid(), color=CRITIC, linestyle="-")
ax.text(3.8, 0.9, "le meilleur détective", color="#555555", ha="right")
ax.text(3.8, 0.55, "celui de votre partie", color=CRITIC, ha="right")
ax.text(1.45, 0.04, "vraies", color=REAL, ha="right")
ax.text(2, 0.8, "fausses", color=FAKE, ha="center")
ax.set(xlabel="$x$", ylabel="$D(x)$", ylim=(0, 1.05), title="Une droite ne peut pas dire « trop serré »")
plots.show(
    drawing,
    alt="Le meilleur détective fait un creux au centre et monte à 1 sur les bords ; celui de la partie reste plat.",
)
print("au bord, le meilleur détective dit « vraie » :", bool(best[0] > 0.9 and best[-1] > 0.9))

# %% [markdown]
# Le meilleur détective verrait que le centre est trop peuplé et les bords trop vides. Le vôtre ne sait tracer qu'une droite : il compare
# des centres, et ne voit pas les largeurs. Un faussaire n'apprend que ce que son détective sait voir.
