# %% [markdown]
# # Exercice 05 · La distance et sa critique
#
# **Durée :** 50 minutes. **Après** la leçon [05 · La distance de Wasserstein](../lessons/05_wasserstein.ipynb).
#
# Vous écrivez le coût d'un plan, la distance sur une droite, la perte de la critique, l'écrêtage et un pas critique entier. Entre-temps,
# vous prédisez trois mesures et vous relisez une boucle fautive. À la fin, vos fonctions font tourner un WGAN, et vérifient le théorème de
# la leçon : aucune critique ne dépasse la distance.

# %%
import torch
from torch import nn

from lessons_lib import losses, plots
from lessons_lib.models import ToyCritic, ToyGenerator
from lessons_lib.training import AdversarialConfig, train_wgan
from lessons_lib.transport import jensen_shannon, kl, wasserstein_1d_densities

REAL, FAKE, CRITIC = plots.PALETTE["real"], plots.PALETTE["generated"], plots.PALETTE["critic"]
GREY, ACCENT = plots.PALETTE["prior"], plots.PALETTE["accent"]

# %% [markdown]
# ## 1. Ce que coûte un plan
#
# **À quoi cela sert.** La distance est le coût du meilleur plan : pour comparer deux plans, il faut d'abord savoir ce que coûte chacun.
#
# Le tableau `plan`, de forme (N, N), dit quelle masse va de chaque déblai (une ligne, à la place `x[i]`) à chaque remblai (une colonne, à
# la place `y[j]`). Les masses totalisent 1 ; les places sont en mètres.
#
# $$\sum_{i,j} \gamma_{ij}\, |x_i - y_j|$$
#
# En mots : chaque masse paie la longueur de son trajet, et l'on additionne. Le résultat est en mètres.
#
# ### Le résultat attendu
#
# Deux plans du même chantier : des masses d'un demi en 0 et en 4, à porter pour un quart en 1 et pour trois quarts en 3.
#
# **Prédisez.** Calculez chaque coût de tête. Lequel des deux plans est le moins cher ?

# %%
worksites = {
    "Ce plan coûte 2": [(0, 3, 0.5), (4, 1, 0.25), (4, 3, 0.25)],
    "Celui-ci coûte 1,5": [(0, 1, 0.25), (0, 3, 0.25), (4, 3, 0.5)],
}
drawing, axes = plots.figure(8, 2.9, 1, 2)
for ax, (name, trips) in zip(axes, worksites.items(), strict=True):
    for start, end, mass in trips:
        ax.plot([start, end], [1, 0], color=GREY, linestyle="-", linewidth=16 * mass, solid_capstyle="butt")
        label = {0.25: "1/4", 0.5: "1/2"}[mass]
        ax.text(0.7 * start + 0.3 * end, 0.7, label, ha="center", va="center", fontsize=9, backgroundcolor="white")
    ax.plot([0, 4], [1, 1], "o", color=REAL, markersize=9, linestyle="none", zorder=3)
    ax.plot([1, 3], [0, 0], "s", color=FAKE, markersize=9, linestyle="none", zorder=3)
    ax.set(xlim=(-0.5, 4.5), ylim=(-0.25, 1.25), yticks=[0, 1], yticklabels=["y", "x"])
    ax.set(xlabel="place (mètres)", title=name)
    ax.grid(False)
plots.show(drawing, alt="Deux plans à trois trajets, d'épaisseur égale à la masse ; ceux de gauche se croisent.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Il y a N × N trajets possibles, un par case du plan. Faites d'abord le tableau de leurs longueurs, de la même forme que le plan.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `x[:, None]` est une colonne : PyTorch l'étend face à la ligne `y`. Un trajet a la même longueur vers la gauche et vers la droite ;
# une case vide ne coûte rien.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "cout_du_plan", "locked": false, "schema_version": 3, "solution": true}
def transport_cost(plan, x, y):
    """Le coût d'un plan, en mètres. plan : (N, N), des masses de somme 1 ; x, y : (N,), en mètres. Rend un scalaire."""
    ### BEGIN SOLUTION
    return (plan * (x[:, None] - y).abs()).sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_cout_du_plan", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("cout_du_plan", transport_cost)

# %% [markdown]
# ## 2. La distance, sur une droite
#
# **À quoi cela sert.** Ici, le meilleur plan se trouve sans rien chercher : vous aurez la distance exacte, à laquelle comparer une critique.
#
# Les briques de la loi $p$ sont aux places `x`, celles de la loi $q$ aux places `y` : deux tenseurs de forme (N,), dans le
# désordre. La distance est la longueur moyenne d'un trajet, pour le meilleur plan de transport.
#
# ### Le résultat attendu
#
# Cinq briques. À gauche, chacune va à la place qui a le même numéro dans la liste. À droite, le meilleur plan.
#
# **Prédisez.** Les trajets du meilleur plan se croisent-ils ?

# %%
by_number = [(3, 2), (0, 5), (4, -1), (1, 6), (2, 3.5)]
best = [(0, -1), (1, 2), (2, 3.5), (3, 5), (4, 6)]
drawing, axes = plots.figure(8, 2.5, 1, 2)
for ax, plan, name in zip(axes, (by_number, best), ("Dans l'ordre des listes", "Le meilleur plan"), strict=True):
    for start, end in plan:
        ax.annotate("", (end, 0), (start, 1), arrowprops={"arrowstyle": "->", "color": GREY})
        ax.plot(start, 1, "o", color=REAL)
        ax.plot(end, 0, "s", color=FAKE)
    length = sum(abs(end - start) for start, end in plan) / 5
    ax.set(ylim=(-0.25, 1.25), yticks=[0, 1], yticklabels=["y", "x"], xlabel="place")
    ax.set_title(f"{name} : {length:.2g}".replace(".", ","))
plots.show(drawing, alt="À gauche cinq flèches qui se croisent ; à droite cinq flèches qui ne se croisent pas.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Dans le meilleur plan, la brique la plus à gauche va à la place la plus à gauche, la suivante à la suivante, et ainsi de suite.
# Que faut-il faire aux deux listes pour que les numéros se correspondent ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `x.sort().values` range les places dans l'ordre croissant. Un trajet a la même longueur vers la gauche et vers la droite.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "wasserstein_1d", "locked": false, "schema_version": 3, "solution": true}
def wasserstein_1d(x, y):
    """La distance de Wasserstein entre deux échantillons de même taille. x, y : (N,). Rend un scalaire."""
    ### BEGIN SOLUTION
    return (x.sort().values - y.sort().values).abs().mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_wasserstein_1d", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("wasserstein_1d", wasserstein_1d)

# %% [markdown]
# ## 3. Prédire : deux lois qui s'éloignent
#
# **À quoi cela sert.** Savoir quelle mesure guide un générateur, selon qu'il est loin de sa cible ou qu'il la touche déjà.
#
# La loi $p$ est uniforme entre 0 et 1 mètre ; la loi $q$ est la même, décalée de $\theta$. On double $\theta$, de loin puis de près. Que
# deviennent la divergence de Jensen-Shannon, $\mathrm{KL}(p\,\|\,q)$ et la distance de Wasserstein ?
#
# ### Le résultat attendu
#
# Rendez une étiquette par question : `"double"` ; `"constante"`, si la valeur est la même avant et après, finie et non nulle ;
# `"infinie"` ou `"nulle"`, si elle l'est avant et après.
#
# | clé | mesure | de | à |
# |---|---|---|---|
# | `js_loin` | Jensen-Shannon | $\theta = 2$ | $\theta = 4$ |
# | `kl_loin` | KL | $\theta = 2$ | $\theta = 4$ |
# | `w_loin` | Wasserstein | $\theta = 2$ | $\theta = 4$ |
# | `js_pres` | Jensen-Shannon | $\theta = 0{,}25$ | $\theta = 0{,}5$ |
# | `kl_pres` | KL | $\theta = 0{,}25$ | $\theta = 0{,}5$ |

# %%
drawing, axes = plots.figure(8.5, 2.9, 2, 2, sharey=True, sharex="row")
for ax, theta in zip(axes.flat, (2, 4, 0.25, 0.5), strict=True):
    ax.fill_between([0, 1], [1, 1], color=REAL, alpha=0.35, linewidth=0)
    ax.plot([0, 0, 1, 1], [0, 1, 1, 0], color=REAL, linestyle="-")
    ax.plot([theta, theta, theta + 1, theta + 1], [0, 1, 1, 0], color=FAKE, linestyle="--")
    ax.set_title(rf"$\theta$ = {theta}".replace(".", ","), fontsize=9.5)
    ax.set(yticks=[], ylim=(0, 1.45), xlim=(-0.3, 5.3) if theta > 1 else (-0.3, 1.8))
    ax.text(0, 1.1, "$p$", color=REAL, ha="left")
    ax.text(theta + 1, 1.1, "$q$", color=FAKE, ha="right")
for ax in axes[1]:
    ax.set_xlabel("place (mètres)")
    ax.set_xticks([0, 0.5, 1, 1.5], ["0", "0,5", "1", "1,5"])
drawing.suptitle("De loin, rien de commun ; de près, une part commune", x=0.01, ha="left", fontsize=11)
plots.show(
    drawing,
    alt="Quatre cadres : deux créneaux séparés de 2 puis de 4, et deux qui se recouvrent, décalés de 0,25 puis 0,5.",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Pour la KL, cherchez une place où $p$ met de la masse et où $q$ n'en met pas. Pour la Jensen-Shannon, comparez chaque loi à leur moyenne
# $m = (p + q)/2$.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Coupez $p$ en deux : la part que $q$ recouvre, et celle qui dépasse. Quelle est la longueur de ce qui dépasse, et que vaut $p / m$ sur
# chaque part ? De loin, tout dépasse.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "prediction_distances", "locked": false, "schema_version": 3, "solution": true}
def predict():
    """Vos cinq prédictions. Rend un dict : clé de la question -> "double", "constante", "infinie" ou "nulle"."""
    ### BEGIN SOLUTION
    return {
        "js_loin": "constante", "kl_loin": "infinie", "w_loin": "double",
        "js_pres": "double", "kl_pres": "infinie",
    }  # fmt: skip
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_prediction_distances", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("prediction_distances", predict)

# %% [markdown]
# Cette cellule calcule les trois mesures, pour un décalage de 0 à 4 mètres.

# %%
dx = 1 / 64
grid = torch.arange(0, 5, dx).numpy()
p = (grid < 1).astype(float)
shifts = {theta: ((grid >= theta) & (grid < theta + 1)).astype(float) for theta in grid[grid <= 4][::4]}
js = {theta: jensen_shannon(p, q, dx) for theta, q in shifts.items()}
w = {theta: wasserstein_1d_densities(p, q, grid) for theta, q in shifts.items()}
for theta in (0.25, 0.5, 2, 4):
    print(f"theta = {theta:<4} : KL = {kl(p, shifts[theta], dx):.1f}, JS = {js[theta]:.2f}, W = {w[theta]:.2f}")

drawing, ax = plots.figure(7.5, 3.1)
ax.axvspan(0, 1, color=GREY, alpha=0.15, linewidth=0)
ax.text(0.5, 3.6, "part commune", ha="center", color="#555555")
ax.plot(list(w), list(w.values()), color=CRITIC, linestyle="-")
ax.plot(list(js), list(js.values()), color=FAKE, linestyle="--")
ax.text(4.08, w[4], "Wasserstein", color=CRITIC, va="center")
ax.text(4.08, js[4], "Jensen-Shannon", color=FAKE, va="center")
ax.text(1.5, 3.6, r"KL : infinie dès que $\theta$ > 0", color="#333333")
ax.set(xlabel=r"décalage, $\theta$ (mètres)", ylabel="mètres, ou nats", xlim=(0, 5.3), xticks=range(5), ylim=(0, 4.2))
ax.set_title("La Jensen-Shannon monte tant que les lois se touchent, puis ne dit plus rien")
plots.show(drawing, alt="Wasserstein est une droite ; Jensen-Shannon monte jusqu'à 1 mètre, puis reste plate.")

# %% [markdown]
# ## 4. La perte de la critique
#
# **À quoi cela sert.** C'est ce que la critique descend : son opposé, l'écart des notes, suivra la distance.
#
# La critique note les images. Elle cherche le plus grand écart entre la note moyenne des vraies et celle des fausses ; une perte,
# elle, descend :
#
# $$L_{\text{critique}} = \mathbb{E}[f(G(z))] - \mathbb{E}[f(x)]$$
#
# En mots : la moyenne des notes des fausses images, moins la moyenne des notes des vraies.
#
# ### Le résultat attendu
#
# La même critique, à trois moments. **Prédisez** le signe de la perte pour chacun.

# %%
moments = {"au début : 0,0": (0.0, 0.0), "elle se trompe : +2,0": (-1.0, 1.0), "elle a appris : −3,0": (1.5, -1.5)}
generator = torch.Generator().manual_seed(0)
drawing, axes = plots.figure(8, 2.3, 1, 3, sharey=True)
for ax, (name, (real_mean, fake_mean)) in zip(axes, moments.items(), strict=True):
    for row, centre, colour, marker in ((1, real_mean, REAL, "o"), (0, fake_mean, FAKE, "s")):
        notes = torch.randn(9, generator=generator)
        ax.plot(notes - notes.mean() + centre, [row] * 9, marker, color=colour, linestyle="none", alpha=0.6)
        ax.plot([centre, centre], [row - 0.3, row + 0.3], color=colour, linestyle="-")
    ax.set(
        yticks=[0, 1], yticklabels=["fausses", "vraies"], ylim=(-0.5, 1.5), xlim=(-4.5, 4.5), xlabel="note", title=name
    )
plots.show(drawing, alt="Trois cadres : notes mêlées, notes des fausses à droite, puis notes des vraies à droite.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Ni sigmoïde ni logarithme : les notes sont des réels quelconques, et l'on n'en prend que des moyennes.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# La perte doit descendre quand les vraies images sont mieux notées. De quel signe doit donc être leur moyenne ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "perte_critique", "locked": false, "schema_version": 3, "solution": true}
def critic_loss(real_scores, fake_scores):
    """La perte de la critique du WGAN. real_scores, fake_scores : (N,), des réels quelconques. Rend un scalaire."""
    ### BEGIN SOLUTION
    return fake_scores.mean() - real_scores.mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_perte_critique", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("perte_critique", critic_loss)

# %% [markdown]
# ## 5. L'écrêtage
#
# **À quoi cela sert.** Sans borne, la critique multiplie ses notes au lieu de mieux distinguer. L'écrêtage borne sa pente, en une ligne.
#
# Après l'appel, chaque paramètre de la critique, poids ou biais, est dans $[-c, c]$. Celui qui dépassait est à la borne la plus proche ; les
# autres sont intacts. L'optimiseur garde les paramètres qu'il connaît : la fonction les change **sur place**, sans rien ajouter au graphe
# du gradient.
#
# ### Le résultat attendu
#
# Un petit réseau, écrêté à $c = 0{,}1$ par la bibliothèque du cours. Un point par paramètre.
#
# **Prédisez.** Après l'écrêtage, peut-on retrouver le poids d'avant ?

# %%
torch.manual_seed(0)
critic = ToyCritic(hidden=8, layers=2)
before = {name: parameter.detach().clone() for name, parameter in critic.named_parameters()}
losses.clip_weights(critic, 0.1)
drawing, ax = plots.figure(6, 3.4)
ax.axhspan(-0.1, 0.1, color=GREY, alpha=0.15, linewidth=0)
for kind, colour, marker, size in (("weight", CRITIC, "o", 4), ("bias", ACCENT, "s", 5)):
    pairs = [(before[key], value.detach()) for key, value in critic.named_parameters() if key.endswith(kind)]
    old, new = (torch.cat([tensor.flatten() for tensor in tensors]) for tensors in zip(*pairs, strict=True))
    ax.plot(old, new, marker, color=colour, markersize=size, linestyle="none")
ax.text(-0.62, -0.02, "poids (●)", color=CRITIC)
ax.text(-0.62, -0.06, "biais (■)", color="#A86A00")
ax.text(0.32, 0.115, "borne, $c$ = 0,1", color="#555555")
ax.set(xlabel="paramètre, avant", ylabel="après", xlim=(-0.7, 0.7), ylim=(-0.16, 0.16), yticks=[-0.1, 0, 0.1])
ax.set_title("Hors de la bande, les paramètres finissent tous à la borne")
plots.show(
    drawing, alt="Un palier à −0,1, une rampe de pente 1 entre les bornes, un palier à 0,1 ; poids et biais la suivent."
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `critic.parameters()` parcourt tout, poids et biais, couche par couche. En PyTorch, une méthode dont le nom finit par `_` change le tenseur
# lui-même ; sans `_`, elle en rend un autre.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Changer sur place un paramètre qui demande un gradient lève une erreur, sauf dans un bloc `with torch.no_grad():`. Il y a deux bornes, de
# signes contraires.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "ecretage", "locked": false, "schema_version": 3, "solution": true}
def clip_weights(critic, limit):
    """Ramène sur place chaque paramètre de `critic`, un nn.Module, dans [−limit, limit]. limit : réel > 0. Ne rend rien."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.clamp_(-limit, limit)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_ecretage", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("ecretage", clip_weights)

# %% [markdown]
# ## 6. Un pas critique, en entier
#
# **À quoi cela sert.** C'est le cœur de l'algorithme : répété, ce pas amène la critique près de son maximum, pente bornée.
#
# `real` et `fake` sont deux lots ; `fake` est déjà coupé du générateur. Un pas : noter les deux lots, calculer la perte, faire avancer
# l'optimiseur, borner les paramètres à `limit`. Un pas précédent a pu laisser des gradients. Rendez la perte qui a été rétropropagée.
#
# ### Le résultat attendu
#
# Une critique linéaire $f(x) = w x$ part de $w = 0$ ; le pas d'apprentissage est 0,1, la borne 0,5. Les vraies données sont en moyenne 1,5
# plus à droite que les fausses.
#
# **Prédisez.** De combien $w$ monte-t-il à chaque pas, et quand s'arrête-t-il ?

# %%
weights = [0.0, 0.15, 0.3, 0.45, 0.5, 0.5, 0.5]  # w après 0, 1, 2… pas, à la main
drawing, (left, right) = plots.figure(8.5, 3.1, 1, 2)
left.plot([0.6, 1.0, 1.4], [0, 0, 0], "o", color=REAL, linestyle="none", zorder=3)
left.plot([-0.9, -0.5, -0.1], [0, 0, 0], "s", color=FAKE, linestyle="none", zorder=3)
for steps in (0, 1, 2, 4):
    left.plot([-1.2, 1.7], [-1.2 * weights[steps], 1.7 * weights[steps]], color=CRITIC, linestyle="-", linewidth=1)
    left.text(1.75, 1.7 * weights[steps], f"{steps} pas", color=CRITIC, va="center", fontsize=9)
left.text(1.0, -0.17, "vraies", color=REAL, ha="center")
left.text(-0.5, -0.17 - 0.3, "fausses", color=FAKE, ha="center")
left.set(xlabel="x", ylabel="note, $f(x)$", xlim=(-1.3, 2.4), title="La pente monte du côté des vraies")
right.axhline(0.5, color=GREY, linestyle=":")
right.text(0, 0.515, "borne", color="#555555")
right.plot(weights, "o-", color=CRITIC)
right.set(xlabel="pas critiques", ylabel="poids, $w$", ylim=(-0.03, 0.6), title="À la borne, elle s'arrête")
plots.show(
    drawing, alt="À gauche quatre droites de plus en plus pentues ; à droite le poids monte, puis reste à la borne."
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Vous avez déjà écrit la perte et l'écrêtage. Il reste les trois gestes de tout entraînement : effacer les gradients, rétropropager,
# avancer.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Les poids doivent être dans l'intervalle quand la fonction se termine : à quel moment faut-il donc les y ramener ? Et les gradients, à
# quel moment faut-il les effacer pour que seuls comptent ceux de cette perte ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "pas_critique", "locked": false, "schema_version": 3, "solution": true}
def critic_step(critic, optimizer, real, fake, limit):
    """Un pas de la critique. real, fake : (N, D) ; critic : (N, D) -> (N,) ; limit : la borne. Rend la perte, un scalaire.

    optimizer : celui des paramètres de la critique.
    """
    ### BEGIN SOLUTION
    loss = critic_loss(critic(real), critic(fake))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    clip_weights(critic, limit)
    return loss
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_pas_critique", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("pas_critique", critic_step)

# %% [markdown]
# ## 7. Une boucle à relire
#
# **À quoi cela sert.** Une faute dans une boucle ne lève souvent aucune erreur : il faut la lire, ou la reconnaître à ce qu'elle fait.
#
# Voici l'algorithme 1 d'Arjovsky, Chintala et Bottou (2017). `batch()` rend un lot de vraies données, `noise()` un lot de bruit ; chaque
# optimiseur ne connaît que les poids de son joueur. La critique doit noter haut les vraies données. **Une ligne est fausse.**
#
# ```python
#  1  for step in range(steps):
#  2      for _ in range(5):
#  3          real, fake = batch(), generator(noise()).detach()
#  4          loss = critic(fake).mean() - critic(real).mean()
#  5          critic_optimizer.zero_grad()
#  6          loss.backward()
#  7          critic_optimizer.step()
#  8          clip_weights(critic, 0.01)
#  9      loss = critic(generator(noise())).mean()
# 10      generator_optimizer.zero_grad()
# 11      loss.backward()
# 12      generator_optimizer.step()
# ```
#
# ### Le résultat attendu
#
# Une boucle juste, celle de la bibliothèque : à une dimension, les vraies données sont autour de 3.

# %%
torch.manual_seed(0)
generator, points = ToyGenerator(latent=1, hidden=16, layers=1, dimensions=1), 3 + torch.randn(2000, 1) / 2
config = AdversarialConfig(steps=120, batch_size=128, learning_rate=0.005, critic_learning_rate=2e-3, clip=0.1)
z = torch.randn(40, 1)
seen = {0: generator(z)[:, 0].detach()}
for step in train_wgan(generator, ToyCritic(hidden=32, layers=2, dimensions=1), points, config):
    if step.index % 10 == 0:
        with torch.inference_mode():
            seen[step.index] = generator(z)[:, 0]
drawing, ax = plots.figure(7, 3)
ax.axhspan(2, 4, color=REAL, alpha=0.25, linewidth=0)
for index, fake in seen.items():
    ax.plot([index] * 40, fake, "s", color=FAKE, markersize=3, alpha=0.6, linestyle="none")
ax.text(123, 3, "vraies", color=REAL, va="center")
ax.text(123, 1.3, "engendrées", color=FAKE, va="center")
ax.set(xlabel="pas du générateur", ylabel="place", xlim=(-5, 150), ylim=(-1.5, 5), xticks=range(0, 121, 20))
ax.set_title("Dans une boucle juste, les points engendrés rejoignent les vrais")
plots.show(drawing, alt="Des colonnes de points roses montent de 0 vers la bande des vraies données, entre 2 et 4.")

# %% [markdown]
# Rendez deux réponses : `ligne`, un numéro ; `effet`, ce que fait alors le générateur : `"il s'éloigne"`, `"il reste sur place"`,
# `"il est plus lent"`, `"il oscille"` ou `"aucun effet"`.
#
# <details><summary>Un indice</summary>
#
# Pour chaque joueur, suivez un seul nombre : la note moyenne des fausses données. Chacun veut-il la voir monter ou descendre ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Un optimiseur fait toujours descendre la perte. Vérifiez que l'ordre est le bon pour chaque joueur : une perte, effacer, rétropropager,
# avancer. Puis relisez ce que chacun descend.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "lecture_boucle", "locked": false, "schema_version": 3, "solution": true}
def review():
    """La ligne fausse et son effet. Rend un dict : "ligne" -> un entier de 1 à 12, "effet" -> une étiquette."""
    ### BEGIN SOLUTION
    return {"ligne": 9, "effet": "il s'éloigne"}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_lecture_boucle", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("lecture_boucle", review)

# %% [markdown]
# ## Et maintenant
#
# **Un WGAN avec vos fonctions.** Votre pas critique fait tourner la boucle, telle qu'elle est imprimée, puis réparée ; votre distance la
# suit. Deux fois 120 pas : quelques secondes.


# %%
def play(sign, steps=120):
    """La distance après chaque pas. sign : celui de la perte du générateur, 1 comme imprimé, −1 une fois réparé."""
    torch.manual_seed(0)
    generator, critic = nn.Linear(1, 1), ToyCritic(hidden=32, layers=2, dimensions=1)
    critic_optimizer = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
    generator_optimizer = torch.optim.RMSprop(generator.parameters(), lr=0.02)
    distances = []
    for _ in range(steps):
        for _ in range(5):
            critic_step(
                critic, critic_optimizer, 3 + torch.randn(128, 1) / 2, generator(torch.randn(128, 1)).detach(), 0.1
            )
        loss = sign * critic(generator(torch.randn(128, 1))).mean()
        generator_optimizer.zero_grad()
        loss.backward()
        generator_optimizer.step()
        with torch.no_grad():
            real, fake = 3 + torch.randn(400) / 2, generator(torch.randn(400, 1))[:, 0]
        distances.append(float(wasserstein_1d(real, fake)))
    return distances


# %%
printed, repaired = play(1), play(-1)
drawing, ax = plots.figure(7, 3)
for distances, name, colour, dash in ((printed, "telle quelle", GREY, "--"), (repaired, "réparée", FAKE, "-")):
    ax.plot(distances, color=colour, linestyle=dash)
    ax.text(122, distances[-1], name, color="#555555" if colour == GREY else colour, va="center")
ax.set(
    xlabel="pas du générateur", ylabel="votre distance, $W$", xlim=(0, 145), ylim=(-0.4, 9), xticks=range(0, 121, 20)
)
ax.set_title("Un signe : l'une s'enfuit, l'autre arrive")
plots.show(drawing, alt="Deux courbes partent ensemble ; l'une monte sans cesse, l'autre descend près de zéro.")
print("telle quelle, la distance a plus que doublé :", printed[-1] > 2 * printed[0])
print("réparée, elle finit sous 0,5 :", repaired[-1] < 0.5)

# %% [markdown]
# **Le théorème.** Six couples de lois. Pour chacun, `wasserstein_1d` donne la distance. `critic_step` entraîne une critique écrêtée ;
# on divise son écart par sa plus grande pente, pour la ramener à une pente de 1. Six entraînements : une dizaine de secondes.
#
# **Prédisez.** Où seront les six points, par rapport à la diagonale ?


# %%
def train(x, y):
    """L'écart que trouve une critique écrêtée entre deux échantillons (N,), ramené à une pente de 1."""
    torch.manual_seed(0)
    critic = ToyCritic(hidden=32, layers=2, dimensions=1)
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3)
    for _ in range(400):
        loss = critic_step(critic, optimizer, x[:, None], y[:, None], 0.1)
    line = torch.linspace(min(x.min(), y.min()), max(x.max(), y.max()), 1000)[:, None].requires_grad_()
    steepest = torch.autograd.grad(critic(line).sum(), line)[0].abs().max()
    return (-loss / steepest).item()


# %%
a, b = torch.randn((2, 300), generator=torch.Generator().manual_seed(0))
side = torch.where(b > 0, 2.0, -2.0)
laws = {
    "décalée de 1": (a, a + 1), "décalée de 2": (a, a + 2), "décalée de 4": (a, a + 4),
    "élargie 5 fois": (a, 5 * a), "coupée en deux": (a, 0.3 * a + side), "rétrécie": (a, 0.2 * a),
}  # fmt: skip
found = {name: (wasserstein_1d(x, y).item(), train(x, y)) for name, (x, y) in laws.items()}

drawing, ax = plots.figure(6.5, 4)
ax.plot([0, 4.5], [0, 4.5], color="#333333", linestyle="--")
ax.text(4.2, 4.35, "écart = $W$", ha="right")
for name, (distance, gap) in found.items():
    ax.plot(distance, gap, "o", color=CRITIC)
    ax.text(distance + 0.1, gap, name, va="top" if name == "rétrécie" else "center", fontsize=8.5)
ax.set(xlabel="votre distance, $W$", ylabel="écart de la critique, à pente 1", xlim=(0, 5.4), ylim=(0, 4.6))
ax.set_title("Aucune critique ne passe au-dessus de la distance")
plots.show(drawing, alt="Six points violets, tous sous la diagonale, de plus en plus loin d'elle vers la droite.")
print("aucune critique ne dépasse la distance :", all(gap <= distance * 1.001 for distance, gap in found.values()))
print("pour une loi décalée de 4, elle trouve moins des deux tiers :", found["décalée de 4"][1] < 4 * 2 / 3)

# %% [markdown]
# Tous les points sont sous la diagonale : c'est le côté facile du théorème, que vos fonctions viennent de vérifier. Aucun ne la
# touche. Pour une loi seulement décalée, une droite de pente 1 suffirait ; mais la critique écrêtée n'a pas la même pente partout.
# C'est la seconde panne de la leçon, vue sur une droite. La leçon 06 borne la pente autrement.
