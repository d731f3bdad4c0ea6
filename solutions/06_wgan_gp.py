# %% [markdown]
# # Exercice 06 · Un WGAN-GP, pièce par pièce
#
# **Durée :** 60 minutes. **Après** la leçon [06 · WGAN-GP](../lessons/06_wgan_gp.ipynb).
#
# Vous écrivez la pénalité de gradient en quatre gestes, un étage de critique qui l'accepte, le calendrier de l'article, la moyenne
# mobile du générateur et une mesure de son progrès ; entre les deux, vous relisez un tutoriel qui se trompe. À la fin, votre pénalité
# tient une critique devant de vraies fleurs, et toutes vos fonctions entraînent un petit WGAN-GP.

# %% tags=["nbval-ignore-output"]
import copy

import scipy.linalg
import torch
from torch import nn

from lessons_lib import plots, toys, zoo
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus
from lessons_lib.models import Critic, ToyCritic, ToyGenerator
from lessons_lib.training import AdversarialConfig, train_wgan_gp

REAL, FAKE = plots.PALETTE["real"], plots.PALETTE["generated"]

lotus = SyntheticLotus(96, size=64, seed=1, fixed=CALM_GARDEN).images
with torch.inference_mode():
    forged = zoo.load("vae_64").decode(torch.randn((96, 32), generator=torch.Generator().manual_seed(0)))
real, fake = (nn.functional.avg_pool2d(images, 2) for images in (lotus, forged.clone()))
print("vraies :", tuple(real.shape), "  fausses :", tuple(fake.shape))

# %% [markdown]
# ## 1. Premier geste : mélanger
#
# **À quoi cela sert.** Choisir où la pente sera mesurée : entre les vraies et les fausses images, là où passe le transport.
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
    title="Plus la dose est forte, plus la vraie fleur paraît",
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
    """Un point au hasard de chaque segment. real, fake : (N, 3, H, W). Rend x_hat : (N, 3, H, W)."""
    ### BEGIN SOLUTION
    epsilon = torch.rand(len(real), 1, 1, 1)
    return epsilon * real + (1 - epsilon) * fake
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_mix", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("melange", mix)

# %% [markdown]
# ## 2. Deuxième geste : noter
#
# **À quoi cela sert.** Donner à la critique les mélanges à noter, et garder de quoi suivre, ensuite, l'effet de chaque pixel sur la note.
#
# La critique prend un lot (N, 3, H, W) et rend $N$ notes, $f(\hat{x})$. PyTorch ne retient le calcul que pour les tenseurs qui **demandent
# le gradient**. Le mélange arrive sans : c'est à vous de le demander, puis de noter, puis de rendre les deux, `x_hat` et `scores`.
#
# ### Le résultat attendu
#
# Pour l'exemple, une critique très simple : elle mesure jusqu'où l'image s'avance dans la direction qui va de la fausse fleur moyenne à
# la vraie fleur moyenne.
#
# **Prédisez.** Quand la dose de vraie fleur augmente régulièrement, comment la note d'une critique **linéaire** monte-t-elle ?

# %%
toward = (real.mean(dim=0) - fake.mean(dim=0)).flatten()
notes = torch.lerp(fake[1:2], real[1:2], doses).flatten(1) @ (toward / toward.norm())
plots.image_grid(
    torch.lerp(fake[1:2], real[1:2], doses),
    alt="Quatre surimpressions, de plus en plus proches de la vraie fleur ; leur note monte de gauche à droite.",
    labels=[f"note {note:.1f}".replace(".", ",").replace("-", "−") for note in notes],
    columns=4,
    scale=4,
    title="Une image, une note : quatre images, quatre notes",
)
print("la note monte avec la dose :", bool((notes.diff() > 0).all()))
rises = notes.diff() / doses.flatten().diff()
print("d'autant pour chaque dixième de dose :", torch.allclose(rises, rises[:1], rtol=1e-3))

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `requires_grad_()` change un tenseur en place. Faut-il l'appeler avant ou après que la critique a noté ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Avant : ce qui est calculé plus tôt n'est pas retenu. Rendez ensuite le tenseur noté lui-même, et non une copie, avec ses notes, dans
# l'ordre de la docstring.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "score", "locked": false, "schema_version": 3, "solution": true}
def score(critic, x_hat):
    """Les notes des mélanges. critic : (N, 3, H, W) -> (N,). x_hat : (N, 3, H, W), sans gradient.

    Rend (x_hat, scores) : x_hat demande maintenant le gradient ; scores : (N,).
    """
    ### BEGIN SOLUTION
    x_hat.requires_grad_()
    return x_hat, critic(x_hat)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_score", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("notes", score)

# %% [markdown]
# ## 3. Troisième geste : dériver
#
# **À quoi cela sert.** Obtenir ce que la pénalité va mesurer : la pente de chaque note par rapport aux **pixels**, et non aux poids.
#
# $$\nabla_{\hat{x}} f(\hat{x})$$
#
# En mots : pour chaque pixel, de combien la note monte quand on l'éclaircit un peu. C'est donc une image, de la forme de `x_hat`. La
# pénalité sera elle-même dérivée par rapport aux poids : le calcul de la pente doit être retenu, lui aussi.
#
# ### Le résultat attendu
#
# Soit $r$ une vraie fleur, et la critique $f(x) = -\tfrac12 \|x - r\|^2$. Sa pente se calcule à la main : $r - x$.
#
# **Prédisez.** Un pixel gris, dans la pente, est un pixel qu'il ne faut pas changer. Quelle pente sera la plus grise ?

# %%
mixed = torch.lerp(fake[1:2], real[1:2], doses)
plots.image_grid(
    torch.cat([mixed, (real[1:2] - mixed) / 2]),  # une différence va de -2 à 2 : on la ramène dans [-1, 1]
    alt="Quatre mélanges ; dessous, leur pente, grise à droite, où l'on devine à gauche une fleur et son négatif.",
    rows=["x_hat", "pente"],
    scale=3,
    title="La pente d'une note est une image : ce qui la ferait monter",
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `torch.autograd.grad(sorties, entrées)` rend un tuple, un élément par entrée. La sortie doit être un seul nombre : la somme des notes
# convient, car la note d'une image ne dépend que d'elle.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# L'option `create_graph=True` retient le calcul de la pente. Sans elle, la valeur est la même, mais rien ne pourra plus en être dérivé.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "input_gradient", "locked": false, "schema_version": 3, "solution": true}
def input_gradient(x_hat, scores):
    """La pente de chaque note. x_hat : (N, 3, H, W). scores : (N,), calculées à partir de x_hat.

    Rend (N, 3, H, W), encore dérivable par rapport aux poids de la critique.
    """
    ### BEGIN SOLUTION
    return torch.autograd.grad(scores.sum(), x_hat, create_graph=True)[0]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_input_gradient", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("gradient", input_gradient)

# %% [markdown]
# ## 4. Quatrième geste : pénaliser
#
# **À quoi cela sert.** Changer « la pente doit valoir 1 » en un nombre que l'on ajoute à la perte de la critique.
#
# $$\mathbb{E}\Big[\big(\|\nabla_{\hat{x}} f(\hat{x})\| - 1\big)^2\Big]$$
#
# En mots : la norme de la pente de chaque image, son écart à 1, au carré, en moyenne sur le lot. Le poids $\lambda$ reste dehors.
# `x_hat` est votre mélange ; appelez `score`, puis `input_gradient`, puis finissez.
#
# ### Le résultat attendu
#
# **Prédisez.** Une critique linéaire a la même pente $p$ partout. Pour quelles pentes la pénalité vaut-elle 1 ?

# %%
slopes = torch.linspace(0, 3, 100)
drawing, ax = plots.figure(5.5, 2.6)
ax.plot(slopes, (slopes - 1) ** 2, color=plots.PALETTE["critic"], linestyle="-")
ax.axvline(1, color=plots.PALETTE["accent"], linestyle="--")
ax.set(xticks=range(4), xlabel="pente de la critique", ylabel="pénalité", title="Une seule pente est gratuite : 1")
plots.show(drawing, alt="Une parabole nulle en 1, qui vaut 1 en 0 et en 2, et 4 en 3.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Combien de normes faut-il pour un lot de N images ? La norme d'une image porte sur tous ses pixels **et** ses trois canaux.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `flatten(1)` met toutes les valeurs d'une image sur une seule ligne ; `norm(dim=1)` prend la norme de chaque ligne. Le reste se lit
# dans la formule, de l'intérieur vers l'extérieur.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "penalty", "locked": false, "schema_version": 3, "solution": true}
def gradient_penalty(critic, x_hat):
    """E (‖∇f(x_hat)‖ − 1)². critic : (N, 3, H, W) -> (N,). x_hat : (N, 3, H, W). Rend un scalaire."""
    ### BEGIN SOLUTION
    gradient = input_gradient(*score(critic, x_hat))
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_penalty", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("penalite", gradient_penalty)

# %% [markdown]
# ## 5. Un étage de critique à réparer
#
# **À quoi cela sert.** La somme des notes ne se dérive image par image que si aucune image n'influence la note d'une autre.
#
# Cet étage vient d'un tutoriel. Il divise la taille par deux, mais une critique pénalisée ne peut pas l'employer :
#
# ```python
# [nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
# ```
#
# Rendez une liste de couches qui divise aussi la taille par deux, garde une activation, et ne mêle pas les images.
#
# ### Le résultat attendu
#
# La même fleur passe trois fois dans l'étage ; seules ses sept voisines changent. On regarde une carte de sortie. En bas, un étage de la
# critique du cours.
#
# **Prédisez.** Les trois cartes du haut seront-elles les mêmes ?

# %%
torch.manual_seed(0)
to_repair = nn.Sequential(nn.Conv2d(3, 16, kernel_size=4, stride=2, padding=1), nn.BatchNorm2d(16), nn.LeakyReLU(0.2))
maps = []
for stage in (to_repair, Critic(size=32, width=16).layers[:2]):
    with torch.no_grad():
        lots = [torch.cat([real[1:2], others]) for others in (real[2:9], fake[2:9], 0.1 * real[2:9] - 0.9)]
        seen = torch.stack([stage(lot)[0, 3] for lot in lots])  # (3, 16, 16)
    maps.append((2 * (seen - seen.min()) / (seen.max() - seen.min()) - 1)[:, None].expand(-1, 3, -1, -1))
    print("trois fois la même carte :", torch.allclose(seen, seen[:1].expand_as(seen), atol=1e-4))
plots.image_grid(
    torch.cat(maps),
    alt="En haut, trois cartes d'une même fleur, plus claires ou plus sombres ; en bas, trois cartes identiques.",
    rows=["à réparer", "attendu"],
    labels=2 * ["vraies voisines", "fausses", "sombres"],
    scale=6,
    title="L'étage du haut ne voit pas que la fleur",
)

# %% [markdown]
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
    """Une liste de couches : (N, before, H, W) -> (N, after, H/2, W/2)."""
    ### BEGIN SOLUTION
    return [nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1), nn.LeakyReLU(0.2)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_stage", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("etage_critique", critic_stage)

# %% [markdown]
# ## 6. Le calendrier de l'article
#
# **À quoi cela sert.** Plus le générateur progresse, plus il faut une bonne critique pour lui montrer ce qui manque encore.
#
# 5 pas critiques par pas du générateur dans la première moitié de l'entraînement, 10 dès la moitié. Les pas sont numérotés de 0 à
# `total - 1` : sur 100 pas, le premier à 10 est le pas 50.
#
# ### Le résultat attendu
#
# **Prédisez.** Sur 100 pas du générateur, combien de pas critiques en tout ?

# %%
drawing, ax = plots.figure(6, 2.4)
ax.step([0, 50, 100], [5, 10, 10], where="post", color=plots.PALETTE["critic"], linestyle="-")
ax.fill_between([0, 50, 100], [5, 10, 10], step="post", color=plots.PALETTE["critic"], alpha=0.2, linewidth=0)
for place, height, name in ((25, 2, "50 × 5 = 250"), (75, 4.5, "50 × 10 = 500")):
    ax.text(place, height, name, color=plots.PALETTE["critic"], ha="center")
ax.set(xlim=(0, 100), ylim=(0, 11), yticks=[0, 5, 10], xlabel="pas du générateur, sur 100", ylabel="pas critiques")
ax.set_title("À la moitié, la critique travaille deux fois plus : 750 pas en tout")
plots.show(drawing, alt="Une marche d'escalier : 5 jusqu'au pas 50, puis 10 ; les aires valent 250 et 500.")

# %% [markdown]
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
# ## 7. Lire un tutoriel qui se trompe
#
# **À quoi cela sert.** Ces fautes ont été vues dans des tutoriels connus. Aucune n'arrête le programme : seule la lecture les trouve.
#
# **Le passage A.** `descend(optimizer, loss)` efface les gradients, dérive la perte, puis fait un pas ; `batches` rend des lots de vraies
# données.
#
# ```python
#  1  for index in range(total):
#  2      for _ in range(critic_steps(index, total)):
#  3          real = next(batches)
#  4          fake = generator(torch.randn(64, 2)).detach()
#  5          x_hat = mix(real, fake)
#  6          penalty = gradient_penalty(critic, x_hat)
#  7          loss = critic(real).mean() - critic(fake).mean() + 10 * penalty
#  8          critic_optimizer.zero_grad()
#  9          loss.backward()
# 10          critic_optimizer.step()
# 11      fake = generator(torch.randn(64, 2))
# 12      descend(generator_optimizer, -critic(fake).mean())
# ```

# %% [markdown]
# **Le passage B.** `real` et `fake` ont la forme (N, 3, H, W), et arrivent sans gradient.
#
# ```python
#  1  def gradient_penalty(critic, real, fake):
#  2      epsilon = torch.rand(len(real), 1, 1, 1)
#  3      x_hat = epsilon * real + (1 - epsilon) * fake
#  4      x_hat.requires_grad_(True)
#  5      scores = critic(x_hat)
#  6      gradients = torch.autograd.grad(outputs=scores,
#  7                                      inputs=x_hat,
#  8                                      grad_outputs=torch.ones_like(scores),
#  9                                      create_graph=True)[0]
# 10      norms = gradients.norm(2, dim=1)
# 11      return ((norms - 1) ** 2).mean()
# ```
#
# Dans chaque passage, **une seule** ligne est fausse. Rendez son numéro, pour `"A"` et pour `"B"`. Sous `"fausses"`, prédisez où le
# passage A, tel quel, mène les fausses données : `"vers les vraies"`, `"loin des vraies"`, `"nulle part"` ou `"au hasard"`.
#
# ### Le résultat attendu
#
# À gauche, ce que donne le passage A une fois réparé. À droite, la pénalité d'une critique linéaire sur des images de 32 × 32, dont la
# pente se partage également entre tous les pixels.

# %%
target = torch.tensor([2.0, 0.0]) + 0.3 * torch.randn((500, 2), generator=torch.Generator().manual_seed(0))
torch.manual_seed(0)
generator, codes = ToyGenerator(hidden=32), torch.randn(150, 2)
before = generator(codes).detach()
for _ in train_wgan_gp(generator, ToyCritic(hidden=32), target, AdversarialConfig(150, 64, learning_rate=2e-3)):
    pass
drawing, (left, right) = plots.figure(7.2, 2.9, 1, 2)
for points, colour, marker, name, place in (
    (before, plots.PALETTE["prior"], "^", "au début", (-0.4, 0.75)), (target[:150], REAL, "o", "vraies", (2.6, 0.9)),
    (generator(codes).detach(), FAKE, "s", "fausses, à la fin", (1.2, -1.3)),
):  # fmt: skip
    left.scatter(*points.T, s=7, color=colour, marker=marker)
    left.text(*place, name, color=colour)
left.set(aspect="equal", xlim=(-1, 4), ylim=(-1.6, 1.6), title="A, réparé : les fausses rejoignent les vraies")
slopes = torch.logspace(-2, 7, 200, base=2)
for best, colour, dash, name in ((1, "critic", "-", "attendu"), (32, "accent", "--", "passage B")):
    right.plot(slopes, (slopes / best - 1) ** 2, color=plots.PALETTE[colour], linestyle=dash)
    right.text(1.6 * best, 1.9, name, color=plots.PALETTE[colour], ha="right")
right.set(xscale="log", ylim=(0, 2.2), xlabel="pente, en échelle logarithmique", ylabel="pénalité")
right.set_xticks([1, 32], ["1", "32"])
right.minorticks_off()
right.set_title("B demande une pente de 32")
plots.show(drawing, alt="À gauche, un nuage rose sur le nuage des vraies ; à droite, deux creux, en 1 et en 32.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Pour A, dites à haute voix qui veut de bonnes notes : le générateur, pour ses images ; et la critique, pour lesquelles ? Rappelez-vous
# qu'une perte **descend**. Pour B, écrivez la forme de chaque tenseur en face de sa ligne.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Dans B, comparez ligne à ligne avec vos quatre gestes, et cherchez combien de nombres chaque ligne rend pour une image. D'où peut venir
# 32, pour une image de 32 × 32 ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "read_tutorial", "locked": false, "schema_version": 3, "solution": true}
def read_tutorial():
    """La ligne fausse des passages A et B, et une prédiction. Rend un dictionnaire : deux numéros, une étiquette."""
    ### BEGIN SOLUTION
    return {"A": 7, "B": 10, "fausses": "loin des vraies"}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_read_tutorial", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("lecture_tutoriel", read_tutorial)

# %% [markdown]
# **La prédiction, vérifiée.** On exécute le passage A tel quel, avec vos fonctions. Un point du plan y est une image d'un pixel à deux
# canaux. Comptez quelques secondes.


# %%
def point_players(seed):
    """Un générateur et une critique pour des points, rangés comme des images (N, 2, 1, 1) ; leurs optimiseurs."""
    torch.manual_seed(seed)
    painter = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    judge = nn.Sequential(nn.Flatten(), nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    networks = painter.append(nn.Unflatten(1, (2, 1, 1))), judge.append(nn.Flatten(0))
    return *networks, *(torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.0, 0.9)) for network in networks)


def descend(optimizer, loss):
    """Un pas qui fait descendre la perte."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


# %% tags=["nbval-ignore-output"]
def tutorial(total=30):
    """Le passage A, tel quel. Rend les fausses données au début et tous les dix pas : (4, 150, 2)."""
    generator, critic, generator_optimizer, critic_optimizer = point_players(seed=0)
    batches = (target[torch.randperm(500)[:64], :, None, None] for _ in iter(int, 1))  # des lots, sans fin
    path = [generator(codes)]
    for index in range(total):
        for _ in range(critic_steps(index, total)):
            real = next(batches)
            fake = generator(torch.randn(64, 2)).detach()
            x_hat = mix(real, fake)
            penalty = gradient_penalty(critic, x_hat)
            loss = critic(real).mean() - critic(fake).mean() + 10 * penalty
            critic_optimizer.zero_grad()
            loss.backward()
            critic_optimizer.step()
        fake = generator(torch.randn(64, 2))
        descend(generator_optimizer, -critic(fake).mean())
        path += [generator(codes)] if index % 10 == 9 else []
    return torch.stack(path).detach().flatten(2)


# %%
predicted, path = read_tutorial()["fausses"], tutorial()
drawing, ax = plots.figure(6.4, 2.7)
ax.scatter(*target[:150].T, s=9, color=REAL)
for step, points in zip(range(0, 40, 10), path, strict=True):
    ax.scatter(*points.T, s=5, color=FAKE, marker="s", alpha=0.3 + step / 60)
middles = path.mean(dim=1)
ax.annotate("", middles[-1], middles[0], arrowprops={"arrowstyle": "->", "color": "#222222", "linewidth": 1.6})
ax.text(2, 1.25, "vraies", color=REAL, ha="center")
ax.set(aspect="equal", xlabel="$x_0$", ylabel="$x_1$", xlim=(-8, 3.5), ylim=(-1, 4))
ax.set_title("Passage A : les fausses données suivent la flèche")
plots.show(
    drawing, alt="Le nuage des vraies données, quatre nuages de fausses, et la flèche qui joint le premier au dernier."
)
apart = (middles - target.mean(dim=0)).norm(dim=1).diff()  # plus ou moins loin des vraies, d'un relevé au suivant
seen = "loin des vraies" if (apart > 0).all() else "vers les vraies" if (apart < 0).all() else "au hasard"
print("prédit :", predicted, "  vu :", seen)

# %% [markdown]
# ## 8. La moyenne mobile des poids
#
# **À quoi cela sert.** Deux réseaux qui se poursuivent oscillent. La moyenne des derniers poids du générateur peint souvent mieux que
# chacun d'eux : c'est l'une des pièces de la recette frugale de la leçon.
#
# $$\bar{\theta} \leftarrow d\,\bar{\theta} + (1 - d)\,\theta$$
#
# En mots : après chaque pas, la moyenne garde une part $d$ (`decay`) d'elle-même, et prend le reste au modèle. Elle ne s'entraîne pas :
# elle ne doit pas retenir de gradient.
#
# Changez les paramètres de `average` **en place**, et recopiez tels quels les **tampons** (*buffers*) du modèle, comme les statistiques de
# BatchNorm. Rendez `average`.
#
# ### Le résultat attendu
#
# Un poids qui oscille, et sa moyenne pour deux valeurs de $d$, calculée par SciPy.
#
# **Prédisez.** Avec $d = 0{,}99$, la moyenne sera plus lisse. Que perd-elle en échange ?

# %%
from scipy.signal import lfilter

steps = torch.arange(300)
weight = 1 - torch.exp(-steps / 40) + 0.25 * torch.sin(steps / 5)
drawing, ax = plots.figure(7, 2.8)
ax.plot(steps, weight, color=plots.PALETTE["generated"], linestyle="-", alpha=0.5, linewidth=1)
ax.text(303, weight[-1], "modèle", color=plots.PALETTE["generated"], va="center")
for d, colour, dash in ((0.9, "critic", "-"), (0.99, "accent", "--")):
    mean, _ = lfilter([1 - d], [1, -d], weight.numpy(), zi=[d * weight[0].item()])  # elle part du modèle
    ax.plot(steps, mean, color=plots.PALETTE[colour], linestyle=dash)
    ax.text(303, mean[-1] - (0.16 if d == 0.99 else 0.0), f"d = {d}".replace(".", ","), color=plots.PALETTE[colour])
ax.set(
    xlabel="pas",
    ylabel="un poids",
    xlim=(0, 345),
    title="Plus d est grand, plus la moyenne est lisse, et plus elle tarde",
)
plots.show(
    drawing, alt="Une courbe qui oscille autour de 1 ; une moyenne qui ondule un peu ; une autre, lisse et en retard."
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Parcourez ensemble `average.parameters()` et `model.parameters()`. Un tenseur se change en place par une méthode dont le nom finit par un
# trait bas, comme `copy_`, `mul_` ou `lerp_`.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Mettez le tout sous `with torch.no_grad():`. Puis une seconde boucle, sur `average.buffers()` et `model.buffers()`, avec `copy_`.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "update_average", "locked": false, "schema_version": 3, "solution": true}
def update_average(average, model, decay):
    """Rapproche la moyenne du modèle, en place. average, model : le même réseau. decay : de 0 à 1. Rend average."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        for kept, current in zip(average.parameters(), model.parameters(), strict=True):
            kept.lerp_(current, 1 - decay)
        for kept, current in zip(average.buffers(), model.buffers(), strict=True):
            kept.copy_(current)
    return average
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_update_average", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("moyenne_mobile", update_average)

# %% [markdown]
# ## 9. La distance de Fréchet
#
# **À quoi cela sert.** Suivre d'un seul nombre le progrès d'un générateur. Elle mesure l'écart entre deux lois résumées par leur moyenne $m$
# et leur covariance $C$, comme si elles étaient gaussiennes. Elle ne se cite jamais seule : deux lois très différentes peuvent avoir les
# mêmes résumés, et des copies des images d'entraînement y sont parfaites.
#
# $$\|m_a - m_b\|^2 + \mathrm{tr}\Big(C_a + C_b - 2\,(C_a C_b)^{1/2}\Big)$$
#
# En mots : l'écart des moyennes, au carré, plus ce qu'il faut pour changer une forme de nuage en l'autre. La trace, $\mathrm{tr}$, est la
# somme de la diagonale. La racine d'une matrice $M$ est la matrice $R$, sans valeur propre négative, telle que $R R = M$. Par usage, le
# résultat reste au carré. La FID est ce nombre, pour des caractéristiques d'images.
#
# ### Le résultat attendu
#
# Trois paires de lois du plan, et leur distance. Chaque ellipse est à deux écarts types du centre.
#
# **Prédisez.** La dernière paire a les mêmes moyennes et les mêmes largeurs. Sa distance est-elle nulle ?

# %%
from lessons_lib.metrics import frechet_distance as by_the_library

turn = torch.tensor([[0.8, -0.6], [0.6, 0.8]])
wide, round_ = torch.diag(torch.tensor([2.0, 0.6])), torch.eye(2)
pairs = {"décaler": (round_, round_, 2.0), "élargir": (round_, wide, 0.0), "tourner": (turn @ wide, turn.T @ wide, 0.0)}
points = torch.randn((2000, 2), generator=torch.Generator().manual_seed(0))
points = (points - points.mean(dim=0)) @ torch.linalg.inv(torch.linalg.cholesky(points.T.cov())).T  # moments exacts
angle = torch.linspace(0, 2 * torch.pi, 100)
drawing, axes = plots.figure(7, 2.5, 1, 3, sharey=True)
for ax, (name, (one, other, shift)) in zip(axes, pairs.items(), strict=True):
    clouds = points @ one.T, points @ other.T + torch.tensor([shift, 0])
    for cloud, shape, move, colour, dash in zip(
        clouds, (one, other), (0, shift), (REAL, FAKE), ("-", "--"), strict=True
    ):
        ax.plot(*(2 * shape @ torch.stack([angle.cos(), angle.sin()]) + torch.tensor([[move], [0]])),
                color=colour, linestyle=dash)  # fmt: skip
        ax.scatter(*cloud[:60].T, s=3, color=colour)
    ax.set(aspect="equal", xlim=(-4.5, 4.5), ylim=(-3.5, 3.5), xticks=[-4, 0, 4])
    ax.set_title(f"{name} : {by_the_library(*clouds):.2f}".replace(".", ","), fontsize=10)
drawing.suptitle("Changer de place, de largeur ou de sens éloigne deux lois", x=0.02, ha="left", fontsize=11)
plots.show(
    drawing, alt="Trois paires d'ellipses : décalées, distance 4 ; l'une ronde et l'autre large, 1,16 ; croisées, 3,51."
)

# %% [markdown]
# <details><summary>Un indice</summary>
#
# `scipy.linalg.sqrtm` prend la racine d'une matrice entière ; `torch.sqrt`, celle de chaque nombre. Laquelle faut-il ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Trois morceaux : l'écart des moyennes ; la racine du **produit** matriciel des covariances ; la trace. `sqrtm` veut un tableau NumPy et
# rend un tableau NumPy : `torch.from_numpy` en refait un tenseur.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "frechet", "locked": false, "schema_version": 3, "solution": true}
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    """La distance de Fréchet, au carré, entre deux gaussiennes. mean_a, mean_b : (D,). cov_a, cov_b : (D, D).

    Rend un nombre.
    """
    ### BEGIN SOLUTION
    root = torch.from_numpy(scipy.linalg.sqrtm((cov_a @ cov_b).numpy()).real)
    return (mean_a - mean_b).square().sum() + torch.trace(cov_a + cov_b - 2 * root)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_frechet", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("frechet", frechet_distance)

# %% [markdown]
# ## Et maintenant
#
# Votre étage fait une critique, vos quatre gestes la tiennent. Devant elle, de vrais lotus et les fausses fleurs d'un VAE, à 32
# pixels. On l'entraîne deux fois 60 pas, sans puis avec votre pénalité : une dizaine de secondes.
#
# **Prédisez.** Où sera la pente de chaque critique ?


# %% tags=["nbval-ignore-output"]
def trained_slopes(weight):
    """La pente d'une critique aux points x_hat, après 60 pas ; weight : lambda."""
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
# ### Un WGAN-GP entier, par vos fonctions
#
# Votre mélange, votre pénalité, votre calendrier, votre moyenne et votre distance, sur huit gaussiennes : une dizaine de secondes.
#
# **Prédisez.** La distance du générateur à la vraie loi descend-elle régulièrement ? Et celle de sa moyenne ?


# %%
def train_points(total=160, decay=0.9):
    """160 pas d'un WGAN-GP. Rend les points de la moyenne, (1000, 2), et les distances (80, 2) : modèle, moyenne."""
    generator, critic, generator_optimizer, critic_optimizer = point_players(seed=0)
    average, z = copy.deepcopy(generator).requires_grad_(False), torch.randn(1000, 2)
    moments = eight.mean(dim=0), eight.T.cov()
    distances = []
    for index in range(total):
        for _ in range(critic_steps(index, total)):
            x = eight[torch.randint(len(eight), (128,)), :, None, None]
            fakes = generator(torch.randn(128, 2)).detach()
            penalty = gradient_penalty(critic, mix(x, fakes))  # lambda = 1
            descend(critic_optimizer, critic(fakes).mean() - critic(x).mean() + penalty)
        descend(generator_optimizer, -critic(generator(torch.randn(128, 2))).mean())
        update_average(average, generator, decay)
        if index % 2:
            clouds = [network(z).detach().flatten(1) for network in (generator, average)]
            distances.append([float(frechet_distance(c.mean(dim=0), c.T.cov(), *moments)) for c in clouds])
    return clouds[1], torch.tensor(distances)


eight = toys.sample("huit_gaussiennes", 4000, generator=torch.Generator().manual_seed(0))


# %%
def draw(clouds, distances):
    """Des nuages devant les huit tas, chacun avec sa distance ; puis les distances du modèle et de sa moyenne."""
    drawing, axes = plots.figure(7.6, 2.7, 1, 3, width_ratios=(1, 1, 1.5))
    for ax, (name, (cloud, distance)) in zip(axes, clouds.items(), strict=False):
        ax.scatter(*cloud[:300].T, s=4, color=FAKE, marker="s")
        ax.scatter(*eight[:200].T, s=6, color=REAL)
        ax.set(aspect="equal", xlim=(-4, 4), ylim=(-4, 4), xticks=[-2, 0, 2], yticks=[-2, 0, 2])
        ax.set_title(f"{name} : {abs(distance):.2f}".replace(".", ","), fontsize=10)
    for curve, colour, width, label in zip(
        distances.T, ("prior", "critic"), (1, 2), ("modèle", "moyenne"), strict=True
    ):
        axes[2].plot(range(1, 160, 2), curve, color=plots.PALETTE[colour], linestyle="-", linewidth=width)
        axes[2].text(95, 0.16 if width == 1 else 0.02, label, color=plots.PALETTE[colour])
    axes[2].set(yscale="log", xlabel="pas du générateur", ylabel="distance de Fréchet")
    axes[2].set_title("La moyenne tarde, puis se calme", fontsize=10)
    drawing.suptitle(
        "Une seule bosse est à distance nulle : ce nombre ne se cite pas seul", x=0.02, ha="left", fontsize=11
    )
    plots.show(drawing, alt="Un anneau de points sur huit tas ; une tache au milieu ; deux courbes qui descendent.")


# %%
painted, distances = train_points()
moments = eight.mean(dim=0), eight.T.cov()
bump = moments[0] + points @ torch.linalg.cholesky(moments[1]).T  # une gaussienne qui a exactement ces moments
clouds = {
    name: (cloud, float(frechet_distance(cloud.mean(dim=0), cloud.T.cov(), *moments)))
    for name, cloud in (("votre WGAN-GP", painted), ("une gaussienne", bump))
}
draw(clouds, distances)
wobble = distances[40:].log().diff(dim=0).abs().mean(dim=0)
print("la moyenne oscille au moins deux fois moins que le modèle :", bool(2 * wobble[1] < wobble[0]))
print("sa distance est divisée par dix au moins :", bool(10 * distances[-1, 1] < distances[0, 1]))
print("celle de la gaussienne est nulle :", abs(clouds["une gaussienne"][1]) < 1e-3)

# %% [markdown]
# La gaussienne du milieu a la moyenne et la covariance des huit tas, et rien d'autre. La distance de Fréchet n'y voit aucune
# différence ; l'œil, si. La leçon 07 donne les mesures à lire à côté d'elle.
