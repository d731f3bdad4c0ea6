# %% [markdown]
# # Exercice 04 · Le jeu du faussaire et du détective
#
# **Durée :** 25 minutes. **Après** la leçon [04 · Le GAN](../lessons/04_gan.ipynb).
#
# Vous écrivez la perte de chaque joueur, puis un pas entier du jeu : deux tours, dans le bon ordre. Pour finir, vous regardez vos deux
# joueurs se poursuivre.

# %% tags=["nbval-ignore-output"]
import torch

from lessons_lib import plots

REAL, FAKE, CRITIC, GREY, ACCENT = plots.PALETTE.values()

# %% [markdown]
# ## 1. La perte du détective
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
cost = -torch.distributions.Bernoulli(logits=scores).log_prob(torch.zeros(121))
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
    """La perte du détective. real_scores : (N,), fake_scores : (M,). Rend un scalaire, en nats."""
    ### BEGIN SOLUTION
    on_real = torch.nn.functional.softplus(-real_scores).mean()
    on_fake = torch.nn.functional.softplus(fake_scores).mean()
    return on_real + on_fake
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_discriminator_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("perte_discriminateur", discriminator_loss)

# %% [markdown]
# ## 2. La perte du faussaire
#
# La perte **non saturante** : $-\mathbb{E}\big[\log D(G(z))\big]$. En mots : la surprise d'un détective qui croirait toutes ces images
# vraies. Elle pousse fort quand le faux est démasqué.
#
# ### Le résultat attendu
#
# Pour les scores −3, 0 et 3, la perte d'une image vaut à peu près 3,05, 0,69 et 0,05.
#
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
    """La perte non saturante du faussaire. fake_scores : (N,). Rend un scalaire, en nats."""
    ### BEGIN SOLUTION
    return torch.nn.functional.softplus(-fake_scores).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_generator_loss", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("perte_generateur", generator_loss)

# %% [markdown]
# ## 3. Un pas du jeu
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
# La vérification joue une partie minuscule, à quatre poids, dont elle a fait le calcul à la main. Dans l'un de ses essais, un pas
# précédent a laissé des gradients dans les poids.
#
# **Prédisez.** À quel tour faut-il couper le gradient à la sortie du générateur, et à quel tour surtout pas ?

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
    """Un pas du jeu : le tour du détective, puis celui du faussaire. Rend les poids des deux joueurs."""
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
# ## Et maintenant
#
# Une partie assez petite pour que l'on voie tout. Les vraies données sont des nombres autour de 2. Le faussaire rend
# $G(z) = w_0 z + w_1$ : il n'a que deux boutons, l'étalement et le centre. Le détective rend le score $w_2 x + w_3$ : sa pente $w_2$
# dit de quel côté sont les vraies.
#
# **Prédisez.** Le centre des fausses données ira-t-il droit vers celui des vraies ?

# %%
from lessons_lib.checks.lesson_04_game import small_game

generator = torch.Generator().manual_seed(0)
real, z = 2 + 0.5 * torch.randn((256, 1), generator=generator), torch.randn((256, 1), generator=generator)
game = small_game(0.5, -1.0, 0.0, 0.0)
path = torch.stack([play(game, real, z) for _ in range(160)])  # (160, 4) : les quatre poids, pas après pas
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
# L'étalement, lui, n'est pas retrouvé : les fausses données sont bien moins étalées que les vraies. Ce détective ne sait tracer qu'une
# droite : il compare des centres, et ne voit pas les largeurs. Un faussaire n'apprend que ce que son détective sait voir.
