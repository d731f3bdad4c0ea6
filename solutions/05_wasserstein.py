# %% [markdown]
# # Exercice 05 · La distance et sa critique
#
# **Durée :** 20 minutes. **Après** la leçon [05 · La distance de Wasserstein](../lessons/05_wasserstein.ipynb).
#
# Vous écrivez la distance de Wasserstein sur une droite, puis la perte de la critique. Vous vérifiez ensuite, avec les deux, le
# théorème de la leçon : aucune critique ne dépasse la distance.

# %%
import torch

from lessons_lib import plots
from lessons_lib.losses import clip_weights
from lessons_lib.models import ToyCritic

REAL, FAKE, CRITIC = plots.PALETTE["real"], plots.PALETTE["generated"], plots.PALETTE["critic"]

# %% [markdown]
# ## 1. La distance, sur une droite
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
        ax.annotate("", (end, 0), (start, 1), arrowprops={"arrowstyle": "->", "color": plots.PALETTE["prior"]})
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
    """La distance de Wasserstein entre deux échantillons de même taille. x, y : (N,). Rend un scalaire."""
    ### BEGIN SOLUTION
    return (x.sort().values - y.sort().values).abs().mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_wasserstein_1d", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("wasserstein_1d", wasserstein_1d)

# %% [markdown]
# ## 2. La perte de la critique
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
    """La perte de la critique du WGAN. real_scores, fake_scores : (N,), des réels quelconques. Rend un scalaire."""
    ### BEGIN SOLUTION
    return fake_scores.mean() - real_scores.mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_perte_critique", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("perte_critique", critic_loss)

# %% [markdown]
# ## Et maintenant
#
# Six couples de lois. Pour chacun, votre première fonction donne la distance. Votre seconde fonction entraîne une critique écrêtée ;
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
        loss = critic_loss(critic(x[:, None]), critic(y[:, None]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        clip_weights(critic, 0.1)
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
    ax.text(distance + 0.1, gap, name, va="center", fontsize=8.5)
ax.set(xlabel="votre distance, $W$", ylabel="écart de la critique, à pente 1", xlim=(0, 5.4), ylim=(0, 4.6))
ax.set_title("Aucune critique ne passe au-dessus de la distance")
plots.show(drawing, alt="Six points violets, tous sous la diagonale, de plus en plus loin d'elle vers la droite.")
print("aucune critique ne dépasse la distance :", all(gap <= distance * 1.001 for distance, gap in found.values()))
print("pour une loi décalée de 4, elle trouve moins des deux tiers :", found["décalée de 4"][1] < 4 * 2 / 3)

# %% [markdown]
# Tous les points sont sous la diagonale : c'est le côté facile du théorème, que vos deux fonctions viennent de vérifier. Aucun ne la
# touche. Pour une loi seulement décalée, une droite de pente 1 suffirait ; mais la critique écrêtée n'a pas la même pente partout.
# C'est la seconde panne de la leçon, vue sur une droite. La leçon 06 borne la pente autrement.
