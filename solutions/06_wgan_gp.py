# %% [markdown]
# # Exercice 06 · La pénalité de gradient, en quatre gestes
#
# **Durée :** 35 minutes. **Après** la leçon [06 · WGAN-GP](../lessons/06_wgan_gp.ipynb).
#
# Vous écrivez le mélange, puis la pénalité, un étage de critique qui la supporte, et le calendrier de l'article. À la fin, votre
# pénalité tient la pente d'une critique devant de vraies et de fausses fleurs.

# %% tags=["nbval-ignore-output"]
import torch
from torch import nn

from lessons_lib import plots, zoo
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus

lotus = SyntheticLotus(96, size=64, seed=1, fixed=CALM_GARDEN).images
with torch.inference_mode():
    forged = zoo.load("vae_64").decode(torch.randn((96, 32), generator=torch.Generator().manual_seed(0)))
real, fake = (nn.functional.avg_pool2d(images, 2) for images in (lotus, forged.clone()))
print("vraies :", tuple(real.shape), "  fausses :", tuple(fake.shape))

# %% [markdown]
# ## 1. Premier geste : mélanger
#
# $$\hat{x} = \varepsilon\, x + (1 - \varepsilon)\, G(z), \qquad \varepsilon \sim \mathcal{U}(0, 1)$$
#
# En mots : pour chaque image, un point au hasard du segment qui va de la fausse à la vraie. La fonction tire elle-même
# $\varepsilon$, **un par image**.
#
# ### Le résultat attendu
#
# **Prédisez.** Voici quatre mélanges, aux doses 0,1, 0,4, 0,6 et 0,9. Où est la vraie fleur, où est la fausse ?

# %%
doses = torch.tensor([0.1, 0.4, 0.6, 0.9]).view(4, 1, 1, 1)
plots.image_grid(
    torch.cat([fake[1:2], torch.lerp(fake[1:2], real[1:2], doses), real[1:2]]),
    alt="Six images : une fausse fleur, quatre surimpressions, une vraie fleur.",
    labels=["fausse", "0,1", "0,4", "0,6", "0,9", "vraie"],
    columns=6,
    scale=3,
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `torch.rand` tire suivant la loi uniforme entre 0 et 1 ; `torch.randn`, suivant la loi normale. Combien faut-il de nombres pour un lot
# de forme (N, 3, H, W) ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# N nombres. Pour multiplier chaque image par le sien, donnez-leur la forme (N, 1, 1, 1) : PyTorch les étend à tous les pixels.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "mix", "locked": false, "schema_version": 3, "solution": true}
def mix(real, fake):
    """Un point au hasard de chaque segment. real, fake : (N, 3, H, W). Rend x_hat : (N, 3, H, W)."""
    ### BEGIN SOLUTION
    epsilon = torch.rand(len(real), 1, 1, 1)
    return epsilon * real + (1 - epsilon) * fake
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_mix", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("melange", mix)

# %% [markdown]
# ## 2. Les trois autres : noter, dériver, pénaliser
#
# $$\mathbb{E}\Big[\big(\|\nabla_{\hat{x}} f(\hat{x})\| - 1\big)^2\Big]$$
#
# En mots : la pente de la note de chaque image, son écart à 1, au carré, en moyenne sur le lot. Le poids $\lambda$ reste dehors.
# `x_hat` arrive sans gradient : demandez-le avec `requires_grad_()`.
#
# ### Le résultat attendu
#
# **Prédisez.** Une critique linéaire a la même pente $p$ partout. Pour quelles pentes la pénalité vaut-elle 1 ?

# %%
slopes = torch.linspace(0, 3, 100)
drawing, ax = plots.figure(5.5, 2.6)
ax.plot(slopes, (slopes - 1) ** 2, color=plots.PALETTE["critic"], linestyle="-")
ax.axvline(1, color=plots.PALETTE["accent"], linestyle="--")
ax.set(xlabel="pente de la critique", ylabel="pénalité", title="Une seule pente est gratuite : 1")
plots.show(drawing, alt="Une parabole nulle en 1, qui vaut 1 en 0 et en 2, et 4 en 3.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `torch.autograd.grad(sorties, entrées)` rend un tuple. La sortie doit être un seul nombre : la somme des notes convient, car la note
# d'une image ne dépend que d'elle.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# La pénalité sera elle-même dérivée par rapport aux poids : il faut garder le graphe du gradient. Puis `flatten(1)` met toutes les
# valeurs d'une image sur une seule ligne.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "penalty", "locked": false, "schema_version": 3, "solution": true}
def gradient_penalty(critic, x_hat):
    """E (‖∇f(x_hat)‖ − 1)². critic : (N, 3, H, W) -> (N,). x_hat : (N, 3, H, W). Rend un scalaire."""
    ### BEGIN SOLUTION
    x_hat.requires_grad_()
    scores = critic(x_hat)
    gradient = torch.autograd.grad(scores.sum(), x_hat, create_graph=True)[0]
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_penalty", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("penalite", gradient_penalty)

# %% [markdown]
# ## 3. Un étage de critique à réparer
#
# Cet étage vient d'un tutoriel. Il divise la taille par deux, mais une critique pénalisée ne peut pas l'employer :
#
# ```python
# [nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
# ```
#
# Rendez une liste de couches qui divise aussi la taille par deux, garde une activation, et ne mêle pas les images.
#
# <details><summary>Un indice</summary>
#
# Quelle couche regarde tout le lot à la fois ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Vous pouvez ôter cette couche, ou la remplacer par une normalisation qui ne regarde qu'une image, comme `nn.GroupNorm(1, after)`.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "stage", "locked": false, "schema_version": 3, "solution": true}
def critic_stage(before, after):
    """Une liste de couches : (N, before, H, W) -> (N, after, H/2, W/2)."""
    ### BEGIN SOLUTION
    return [nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1), nn.LeakyReLU(0.2)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_stage", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("etage_critique", critic_stage)

# %% [markdown]
# ## 4. Le calendrier de l'article
#
# 5 pas critiques par pas du générateur dans la première moitié de l'entraînement, 10 dès la moitié. Les pas sont numérotés de 0 à
# `total - 1` : sur 100 pas, le premier à 10 est le pas 50.
#
# <details><summary>Un indice</summary>
#
# Quelle part de l'entraînement est faite au pas `index` ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Comparez cette part à un demi. À la moitié exactement, on est déjà à 10.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "schedule", "locked": false, "schema_version": 3, "solution": true}
def critic_steps(index, total):
    """Le nombre de pas critiques au pas `index` d'un entraînement de `total` pas. Rend un entier."""
    ### BEGIN SOLUTION
    return 10 if 2 * index >= total else 5
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_schedule", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("calendrier", critic_steps)

# %% [markdown]
# ## Et maintenant
#
# Votre étage fait une critique, vos deux fonctions la tiennent. Devant elle, de vrais lotus et les fausses fleurs d'un VAE, à 32
# pixels. On l'entraîne deux fois 60 pas, sans puis avec votre pénalité : une dizaine de secondes.
#
# **Prédisez.** Où sera la pente de chaque critique ?


# %% tags=["nbval-ignore-output"]
def trained_slopes(weight):
    """La pente d'une critique aux points x_hat, après 60 pas ; weight : lambda."""
    torch.manual_seed(0)
    critic = nn.Sequential(*critic_stage(3, 16), *critic_stage(16, 32), nn.Flatten(), nn.Linear(32 * 8 * 8, 1))
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
    for _ in range(60):
        loss = critic(fake).mean() - critic(real).mean() + weight * gradient_penalty(critic, mix(real, fake))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x_hat = mix(real, fake).requires_grad_()
    return torch.autograd.grad(critic(x_hat).sum(), x_hat)[0].flatten(1).norm(dim=1)


# %%
slopes = {weight: trained_slopes(weight) for weight in (0.0, 10.0)}
drawing, ax = plots.figure(7, 2.8)
bins = torch.logspace(-0.5, 2.5, 60)
for weight, colour, name in ((0.0, "prior", "sans pénalité"), (10.0, "critic", "avec la vôtre")):
    ax.hist(slopes[weight], bins=bins, color=plots.PALETTE[colour])
    ax.text(1.3 * slopes[weight].median(), 60, name, color=plots.PALETTE[colour])
ax.axvline(1, color=plots.PALETTE["accent"], linestyle="--")
ax.set(xscale="log", xlabel="pente, en échelle logarithmique", ylabel="nombre d'images", xlim=(0.3, 900), ylim=(0, 96))
ax.set_title("Votre pénalité tient la pente près de 1")
plots.show(drawing, alt="Deux tas : l'un très à droite, sans pénalité ; l'autre près de 1, avec elle.")
print("avec la pénalité, pente médiane à moins de 0,3 de 1 :", abs(slopes[10.0].median().item() - 1) < 0.3)
print("sans elle, pente médiane au-dessus de 3 :", slopes[0.0].median().item() > 3)

# %% [markdown]
# Revenez à la leçon : le générateur n'a plus qu'à suivre cette pente.
