# %% [markdown]
# # Exercice 02 · Le cœur du VAE
#
# **Durée :** 50 minutes. **Après** la leçon
# [02 · L'autoencodeur variationnel](../lessons/02_autoencodeur_variationnel.ipynb).
#
# Vous écrivez le tirage reparamétré, la divergence de Kullback-Leibler, la perte entière, puis un remède à l'effondrement de
# l'a posteriori. Vous prédisez ce que règle l'écart type du décodeur, et vous trouvez la ligne qui fait échouer un VAE. À la fin,
# vos quatre fonctions en sauvent un autre.

# %% tags=["nbval-ignore-output"]
import math
from fractions import Fraction

import torch
from torch.distributions import Normal, kl_divergence

from lessons_lib import plots, zoo
from lessons_lib.lotus import CALM_GARDEN, SIMPLE_GARDEN, SyntheticLotus
from lessons_lib.models import VAE
from lessons_lib.training import TrainingConfig, train_vae

vae = zoo.load("vae_64")
lotus = SyntheticLotus(8, size=64, seed=1, fixed=CALM_GARDEN).images
small = SyntheticLotus(200, size=32, seed=1, fixed=SIMPLE_GARDEN).images  # pour de très courts entraînements
print("lotus :", tuple(lotus.shape), "  petits lotus :", tuple(small.shape))

# %% [markdown]
# ## 1. Tirer sans couper le gradient
#
# **À quoi cela sert.** À choisir un code au hasard dans le nuage d'une image, tout en laissant l'encodeur apprendre de la reconstruction.
#
# $$z = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim \mathcal{N}(0, I)$$
#
# En mots : le centre, plus le hasard multiplié par l'écart type. Le hasard arrive par l'argument `eps` : la fonction n'en crée
# aucun. L'encodeur rend `mu` et `logvar`, le logarithme de la **variance** $\sigma^2$, tous deux de forme (N, D).
#
# ### Le résultat attendu
#
# Mille tirages de la loi de centre (1 ; −1) et d'écarts types (1,5 ; 0,5), faits ici par PyTorch.
#
# **Prédisez.** Avec `logvar = 0` partout, quelle forme aurait ce nuage ?

# %%
mu, logvar = torch.tensor([1.0, -1.0]), 2 * torch.tensor([1.5, 0.5]).log()
torch.manual_seed(0)
expected = Normal(mu, torch.tensor([1.5, 0.5])).sample((1000,))

drawing, ax = plots.figure(5, 2.6)
ax.scatter(*expected.T, s=4, color=plots.PALETTE["prior"])
ax.scatter(*mu, s=60, marker="+", color=plots.PALETTE["real"])
ax.set(xlabel="$z_0$", ylabel="$z_1$", aspect="equal")
ax.set_title("Trois fois plus large que haut, autour de (1, -1)")
plots.show(drawing, alt="Un nuage de mille points, large et plat, autour d'une croix en (1, -1).")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Il faut d'abord passer de `logvar` à l'écart type. Prenez un exemple : sigma = 2 donne logvar = log 4.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# La moitié du logarithme d'un nombre est le logarithme de sa racine carrée. L'exponentielle défait le logarithme.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "reparameterize", "locked": false, "schema_version": 3, "solution": true}
def reparameterize(mu, logvar, eps):
    """z = mu + sigma · eps. mu, logvar, eps : (N, D). Rend z : (N, D)."""
    ### BEGIN SOLUTION
    sigma = (0.5 * logvar).exp()
    return mu + sigma * eps
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_reparameterize", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("reparametrisation", reparameterize)

# %% [markdown]
# ## 2. Ce que coûte un nuage
#
# **À quoi cela sert.** C'est le terme qui range les nuages sous la loi a priori, et la jauge qui dit si les codes portent
# quelque chose.
#
# La divergence de Kullback-Leibler mesure, en nats, combien la loi d'une image s'éloigne de la loi a priori. Pour une
# dimension :
#
# $$\mathrm{KL} = \tfrac{1}{2}\left(\mu^2 + \sigma^2 - 1 - \log \sigma^2\right)$$
#
# Les dimensions s'additionnent ; les images du lot se moyennent.
#
# ### Le résultat attendu
#
# **Prédisez.** Où cette courbe touche-t-elle zéro ? Un nuage trop petit coûte-t-il moins qu'un nuage trop grand ?

# %%
sigmas = torch.linspace(0.1, 2.5, 200)
drawing, ax = plots.figure(5.5, 2.6)
for centre, dash in ((0.0, "-"), (1.0, "--")):
    cost = kl_divergence(Normal(centre, sigmas), Normal(0.0, 1.0))
    ax.plot(sigmas, cost, dash, color=plots.PALETTE["prior"])
    ax.text(2.52, cost[-1], f"mu = {centre:.0f}", va="center")
ax.set(xlabel="sigma", ylabel="KL (nats)", xlim=(0, 3.1))
ax.set_title("Le seul nuage gratuit est la loi a priori : mu = 0, sigma = 1")
plots.show(drawing, alt="Deux courbes en creux, au plus bas en sigma = 1 ; celle de mu = 0 y touche zéro.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Écrivez d'abord la valeur de chaque dimension, un tenseur (N, D), sans vous soucier des sommes. Que vaut $\sigma^2$ en
# fonction de `logvar` ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# $\log \sigma^2$ est `logvar` lui-même, et $\sigma^2$ son exponentielle. Sommez ensuite sur la dimension 1, puis prenez
# la moyenne.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "kl", "locked": false, "schema_version": 3, "solution": true}
def kl(mu, logvar):
    """KL(N(mu, sigma²) ‖ N(0, 1)) en nats par image. mu, logvar : (N, D). Rend un scalaire."""
    ### BEGIN SOLUTION
    per_dimension = 0.5 * (mu.square() + logvar.exp() - 1 - logvar)
    return per_dimension.sum(dim=1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_kl", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("kl", kl)

# %% [markdown]
# ## 3. La perte entière
#
# **À quoi cela sert.** C'est ce que l'entraînement fait descendre. Une moyenne à la place d'une somme, un carré oublié, et le VAE
# s'effondre sans message d'erreur.
#
# $$-\mathrm{ELBO} = \frac{\|x - \hat{x}\|^2}{2 s^2} + \frac{P}{2}\log(2\pi s^2) + \mathrm{KL}$$
#
# En mots : l'erreur au carré, rapportée à la variance du décodeur ; une constante par valeur de l'image ; la divergence KL. Le tout en
# **nats par image**, en moyenne sur le lot.
#
# L'argument `sigma` est $s$, l'écart type du **décodeur** : un nombre, le même pour tous les pixels. Les nuages, eux, sont décrits par
# `mu` et `logvar`. $P$ est le nombre de valeurs d'une image.
#
# ### Le résultat attendu
#
# Un VAE entraîné, quatre lotus, leurs reconstructions : on ne change que $s$ dans la perte.
#
# **Prédisez.** La perte peut-elle être négative ? Que se passe-t-il sans la constante ?

# %%
with torch.inference_mode():
    mu, logvar = vae.encode(lotus[:4])
    x_hat = vae.decode(mu)
    latent_cost = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(0.0, 1.0)).sum() / 4
widths = torch.linspace(0.05, 0.4, 150)
surprise = torch.stack([-Normal(x_hat, s).log_prob(lotus[:4]).sum() / 4 for s in widths]) + latent_cost
peak = torch.stack([-Normal(x_hat, s).log_prob(x_hat).sum() / 4 for s in widths])
typical = (lotus[:4] - x_hat).square().mean().sqrt()

drawing, ax = plots.figure(7, 2.9)
for values, colour, dash in ((surprise, "real", "-"), (surprise - peak, "prior", "--")):
    ax.plot(widths, values / 1000, dash, color=plots.PALETTE[colour])
ax.text(0.25, -7.6, "la perte", color=plots.PALETTE["real"])
ax.text(0.15, 2.9, "sans la constante", color="#5f5f5f")
ax.plot(typical, surprise.min() / 1000, "o", color=plots.PALETTE["accent"])
ax.text(typical + 0.012, surprise.min() / 1000 - 1.2, "creux : s est la taille typique de l'erreur", color="#9a6200")
ax.axhline(0, color="#bbbbbb", linewidth=0.8, linestyle="-")
ax.set(xlabel="s, l'écart type du décodeur", ylabel="milliers de nats", xlim=(0, 0.42), ylim=(-17, 17))
ax.set_title("La constante retient s : la perte a un creux")
plots.show(drawing, alt="La perte descend, passe sous zéro, remonte ; sans la constante, elle descend toujours.")
print("la perte la plus basse est négative :", bool(surprise.min() < 0))
print("le creux est à la taille de l'erreur :", bool((widths[surprise.argmin()] - typical).abs() < 0.01))

# %% [markdown]
# Une densité peut dépasser 1 : son logarithme est alors positif, et la perte négative.
#
# <details><summary>Un indice</summary>
#
# Réduisez d'abord chaque image à un seul nombre : `flatten(1)` pose toutes ses valeurs sur une ligne. La moyenne sur le lot vient en
# dernier, et une seule fois.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# $P$ se compte sur `x[0]`, une seule image, couleurs comprises. `sigma` est un nombre : `math.log` suffit à son logarithme. Et vous avez
# déjà écrit la KL.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "elbo", "locked": false, "schema_version": 3, "solution": true}
def negative_elbo(x, x_hat, mu, logvar, sigma):
    """−ELBO, en nats par image. x, x_hat : (N, 3, H, W). mu, logvar : (N, D). sigma : un nombre. Rend un scalaire."""
    ### BEGIN SOLUTION
    error = (x - x_hat).square().flatten(1).sum(dim=1).mean()
    constant = x[0].numel() / 2 * math.log(2 * math.pi * sigma**2)
    return error / (2 * sigma**2) + constant + kl(mu, logvar)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_elbo", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("elbo", negative_elbo)

# %% [markdown]
# ## 4. Des bits gratuits
#
# **À quoi cela sert.** À empêcher l'effondrement de l'a posteriori, quand le décodeur trouve plus simple d'ignorer le code.
#
# Au début d'un entraînement, un code ne sert encore à rien, mais sa KL se paie déjà : l'encodeur la ramène à zéro, et n'y revient parfois
# jamais. Kingma et ses coauteurs offrent donc à chaque dimension un forfait de $\lambda$ nats, les **bits gratuits** (*free bits*) :
#
# $$\sum_{j} \max\Big(\lambda,\ \frac{1}{N}\sum_{i} \mathrm{KL}_{ij}\Big)$$
#
# En mots : pour chaque dimension $j$, la KL **moyenne du lot** ; si elle est sous le forfait, on compte le forfait ; puis on additionne les
# dimensions. Sous le forfait, la perte ne dépend plus de la KL : y ranger de l'information ne coûte rien de plus.
#
# Dans le code, $\lambda$ s'appelle `floor`, le plancher, en nats par dimension.
#
# ### Le résultat attendu
#
# **Prédisez.** Deux images, trois dimensions, un plancher de 1 nat : combien de nats au total ?

# %%
images = torch.tensor([[0.0, 0.2, 2.0], [0.4, 2.2, 3.0]])  # la KL de deux images, trois dimensions
counted = [1.0, 1.2, 2.5]
drawing, (left, right) = plots.figure(8, 2.8, 1, 2, width_ratios=(2, 3))
left.plot([0, 1, 3], [1, 1, 3], "-", color=plots.PALETTE["accent"])
left.plot([0, 3], [0, 3], "--", color=plots.PALETTE["prior"])
left.text(1.1, 0.55, "KL ordinaire", color="#5f5f5f")
left.set(xlabel="KL moyenne du lot (nats)", ylabel="nats comptés", xlim=(0, 3), ylim=(0, 3.2))
left.set_title("Sous le forfait, la pente est nulle")
for j in range(3):
    right.bar(j - 0.18, images[:, j].sum() / 2, 0.32, color=plots.PALETTE["prior"])
    right.bar(j + 0.18, counted[j], 0.32, color=plots.PALETTE["accent"], hatch="//", edgecolor="white")
    right.plot([j - 0.18] * 2, images[:, j], "o", color="#222222", markersize=4, clip_on=False)
    right.text(j + 0.18, counted[j] + 0.08, f"{counted[j]:.1f}".replace(".", ","), ha="center", color="#9a6200")
right.plot([-0.5, 2.5], [1, 1], color="#555555", linestyle=":")
right.text(2.55, 1, "plancher", va="center", color="#555555")
right.set(xticks=range(3), xlabel="dimension", ylabel="nats", xlim=(-0.5, 3.2), ylim=(0, 3.3))
right.set_title("Points : images ; gris : moyenne ; hachures : compté")
plots.show(drawing, alt="À gauche un palier, puis une droite. À droite trois dimensions, comptées 1, 1,2 et 2,5 nats.")
print(f"au total : {sum(counted):.1f} nats")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Trois opérations, dans cet ordre : moyenner sur les images, comparer au plancher, additionner les dimensions. La dimension 1 de la figure
# montre pourquoi l'ordre compte : une image y est sous le plancher, mais pas la moyenne.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `clamp` borne un tenseur valeur par valeur, d'un côté ou de l'autre ; `torch.maximum` compare deux tenseurs. Quelle forme a le tenseur à
# borner : (N, D), (N,) ou (D,) ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "bits_gratuits", "locked": false, "schema_version": 3, "solution": true}
def free_bits(mu, logvar, floor):
    """La KL avec bits gratuits, en nats par image. mu, logvar : (N, D). floor : nats par dimension. Rend un scalaire."""
    ### BEGIN SOLUTION
    per_dimension = 0.5 * (mu.square() + logvar.exp() - 1 - logvar)
    return per_dimension.mean(dim=0).clamp(min=floor).sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_bits_gratuits", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("bits_gratuits", free_bits)

# %% [markdown]
# ## 5. Prédire avant d'entraîner
#
# **À quoi cela sert.** $s$ est un réglage que l'on change souvent : autant savoir ce qu'il déplace avant d'attendre la fin d'un
# entraînement.
#
# Voici un petit VAE à deux dimensions latentes, entraîné 200 pas avec $s = 0{,}8$ et $\beta = 1$ : quelques secondes. Son point de départ sert de
# comparaison.
#
# ### Le résultat attendu
#
# Trente nuages, et trois mesures : la KL, l'erreur $\|x - \hat{x}\|^2$ et la taille moyenne des nuages.


# %%
def trained(s, beta):
    """Un petit VAE après 200 pas, toujours de la même graine : ses centres, ses tailles (N, 2) et ses mesures."""
    torch.manual_seed(0)
    model = VAE(size=32, latent=2, width=8)
    config = TrainingConfig(steps=200, batch_size=32, learning_rate=3e-3, sigma=s, beta=beta)
    for _ in train_vae(model, small, config):
        pass
    with torch.inference_mode():
        mu, logvar = model.encode(small)
        sigma, error = (0.5 * logvar).exp(), (small - model.decode(mu)).square().sum() / len(small)
        cost = kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0)).sum() / len(small)
    return mu, sigma, {"kl": float(cost), "erreur": float(error), "taille": float(sigma.mean())}


def clouds(ax, mu, sigma, measures, title):
    """Dessine trente nuages, à un écart type, et les mesures au-dessous."""
    turn = torch.linspace(0, 2 * torch.pi, 50)
    circle = torch.stack([turn.cos(), turn.sin()])
    ax.plot(*circle, "--", color=plots.PALETTE["prior"])
    for centre, size in zip(mu[:30], sigma[:30], strict=True):
        ax.fill(*(centre[:, None] + size[:, None] * circle), color=plots.PALETTE["real"], alpha=0.4, linewidth=0)
    told = "KL {kl:.1f}   erreur {erreur:.0f}   taille {taille:.2f}".format(**measures).replace(".", ",")
    ax.set(aspect="equal", xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), title=title, xlabel=f"$z_0$\n{told}", ylabel="$z_1$")


first = trained(s=0.8, beta=1.0)

# %%
drawing, ax = plots.figure(4.2, 3.9)
clouds(ax, *first, "s = 0,8 : de tout petits nuages")
plots.show(drawing, alt="Trente petites ellipses dispersées autour d'un cercle gris en tirets, la loi a priori.")
print("taille moyenne sous 0,2 :", first[2]["taille"] < 0.2)

# %% [markdown]
# On recommence avec **s = 3,2**, quatre fois plus, sans rien changer d'autre : même graine, mêmes images, $\beta = 1$. Répondez à cinq
# questions.
#
# | clé | question | réponses possibles |
# |---|---|---|
# | `kl` | la KL, en fin d'entraînement | `"monte"`, `"descend"`, `"ne change pas"` |
# | `erreur` | l'erreur $\lVert x - \hat{x} \rVert^2$, en fin d'entraînement | les mêmes |
# | `taille` | la taille moyenne des nuages | les mêmes |
# | `lot` | la perte d'un réseau sur un lot où chaque image figure deux fois, au lieu d'une | les mêmes |
# | `equivalence` | en gardant s = 0,8, par combien multiplier $\beta$ pour obtenir le même réseau ? | `"1/16"`, `"1/4"`, `1`, `2`, `4`, `8`, `16` |
#
# <details><summary>Un indice</summary>
#
# Dans la perte, par quel nombre l'erreur est-elle divisée avant, et après ? Lequel des deux termes pèse alors davantage ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Multiplier toute la perte par un même nombre ne déplace pas son minimum. Écrivez la perte pour s = 3,2, puis multipliez-la de façon à
# retrouver l'erreur telle qu'elle était pour s = 0,8 : que devient le facteur de la KL ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "lecture_prediction", "locked": false, "schema_version": 3, "solution": true}
def predict():
    """Les cinq prédictions : {"kl": …, "erreur": …, "taille": …, "lot": …, "equivalence": …}."""
    ### BEGIN SOLUTION
    return {"kl": "descend", "erreur": "monte", "taille": "monte", "lot": "ne change pas", "equivalence": 16}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_lecture_prediction", "locked": true, "points": 2, "schema_version": 3, "solution": false}
verifier("lecture_prediction", predict)

# %% [markdown]
# Maintenant seulement, l'expérience : le réseau de départ, celui dont $s$ a changé, et un troisième dont seul $\beta$ a changé, d'après votre
# réponse. Une dizaine de secondes.

# %%
answer = predict()
runs = [first, trained(s=3.2, beta=1.0), trained(s=0.8, beta=float(Fraction(answer["equivalence"])))]
drawing, axes = plots.figure(9.6, 3.5, 1, 3)
for ax, run, title in zip(
    axes, runs, ("s = 0,8 : petits nuages", "s = 3,2 : grands nuages", "s = 0,8, avec votre β"), strict=True
):
    clouds(ax, *run, title)
plots.show(drawing, alt="De petits nuages à gauche ; au milieu et à droite, les mêmes nuages, plus grands.")
before, after = runs[0][2], runs[1][2]
for name, said in (("kl", "la KL"), ("erreur", "l'erreur"), ("taille", "la taille")):
    print(f"{said} {'monte' if after[name] > before[name] else 'descend'} ; vous aviez dit : {answer[name]}")
print("les deux derniers réseaux ont les mêmes centres :", torch.allclose(runs[1][0], runs[2][0], atol=0.05))
twice = torch.cat([lotus, lotus])
losses = [negative_elbo(x, vae.decode(vae.encode(x)[0]), *vae.encode(x), 0.8) for x in (lotus, twice)]
print("chaque image en double, même perte :", torch.allclose(*losses))

# %% [markdown]
# Un décodeur moins exigeant laisse les nuages grandir et se recouvrir. Changer $s$ ou changer $\beta$, c'est déplacer un seul et même curseur.

# %% [markdown]
# ## 6. Trouver la ligne
#
# **À quoi cela sert.** À chercher une panne qui ne dit pas son nom : ce code s'exécute sans erreur et sa perte descend ; seules ses
# images et sa KL le trahissent.
#
# ### Ce qu'il donne
#
# Un pas d'entraînement du VAE, écrit avec `torch.distributions` ; ses lignes sont numérotées. **Une seule est fausse.** La cellule fait
# 100 pas avec $s = 0{,}8$ et $\beta = 1$, le réglage qui a donné de si petits nuages ci-dessus.


# %%
def training_step(model, optimizer, x, s):  # ligne 1
    mu, logvar = model.encode(x)  # ligne 2
    law = Normal(mu, (0.5 * logvar).exp())  # ligne 3
    z = law.sample()  # ligne 4
    x_hat = model.decode(z)  # ligne 5
    log_likelihood = Normal(x_hat, s).log_prob(x).flatten(1).sum(dim=1)  # ligne 6
    kl_of_each = kl_divergence(law, Normal(0.0, 1.0)).sum(dim=1)  # ligne 7
    loss = (kl_of_each - log_likelihood).mean()  # ligne 8
    optimizer.zero_grad()  # ligne 9
    loss.backward()  # ligne 10
    optimizer.step()  # ligne 11
    return kl_of_each.mean().item()


torch.manual_seed(0)
suspect = VAE(size=32, latent=2, width=8)
optimizer = torch.optim.Adam(suspect.parameters(), lr=3e-3)
costs = [training_step(suspect, optimizer, small[torch.randint(200, (32,))], s=0.8) for _ in range(100)]
with torch.inference_mode():
    rebuilt = suspect.decode(suspect.encode(small[:6])[0])

# %%
plots.image_grid(
    torch.cat([small[:6], rebuilt]),
    alt="Six lotus différents, et au-dessous six fois la même tache moyenne.",
    rows=["image", "VAE"],
    scale=3,
    title="Six fleurs différentes, une seule reconstruction",
)
print(f"KL au centième pas : {costs[-1]:.2f} nat")

# %% [markdown]
# Ce sont les signes d'un effondrement de l'a posteriori, mais $\beta$ et $s$ sont innocents. Rendez le numéro de la ligne fausse.
#
# <details><summary>Un indice</summary>
#
# Le décodeur apprend : il rend l'image moyenne. Qui n'apprend qu'une moitié de ce qu'il devrait ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Partez de la perte et remontez les deux termes jusqu'à `mu`. Par quel chemin le gradient de la reconstruction devrait-il passer ?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "lecture_passage", "locked": false, "schema_version": 3, "solution": true}
def wrong_line():
    """Le numéro de la ligne fausse, de 1 à 11."""
    ### BEGIN SOLUTION
    return 4
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_lecture_passage", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("lecture_passage", wrong_line)

# %% [markdown]
# Corrigez cette ligne dans la cellule, par votre `reparameterize` ou par une méthode voisine de `Normal`, et relancez : la KL quitte zéro,
# les six fleurs se distinguent.

# %% [markdown]
# ## Et maintenant
#
# Un VAE entraîné décrit chaque lotus par une loi à 32 dimensions. Votre première fonction tire quatre codes par image,
# et le décodeur les montre.
#
# **Prédisez.** Les quatre images d'une ligne seront-elles identiques ?

# %%
mu, logvar = vae.encode(lotus[:4])
generator = torch.Generator().manual_seed(0)
draws = [reparameterize(mu, logvar, torch.randn(mu.shape, generator=generator)) for _ in range(4)]
columns = [lotus[:4], *(vae.decode(z) for z in draws)]
plots.image_grid(
    torch.stack(columns, dim=1).flatten(0, 1),
    alt="Quatre lignes : un lotus, puis quatre décodages presque semblables de son nuage.",
    columns=5,
    title="L'original, puis quatre tirages",
)
print("deux tirages donnent deux codes :", not torch.equal(draws[0], draws[1]))

# %% [markdown]
# Votre seconde fonction dit combien de nats coûte chaque lotus. Un nat de plus, c'est un code un peu plus précis.

# %%
mu, logvar = vae.encode(lotus[:4])
costs = torch.stack([kl(mu[i : i + 1], logvar[i : i + 1]) for i in range(4)])
print("chaque lotus coûte quelque chose :", bool((costs > 0).all()))
print("le lot coûte la moyenne des quatre :", torch.allclose(costs.mean(), kl(mu, logvar)))
print("un code tiré de la loi a priori ne coûterait rien :", kl(0 * mu, 0 * logvar).item() == 0)

# %% [markdown]
# ### Vos quatre fonctions sauvent un VAE
#
# Avec $s = 8$, un réglage absurde choisi exprès, le décodeur n'exige presque rien. On entraîne deux fois le même réseau, 200 pas, sans puis
# avec un plancher de 1 nat. Votre −ELBO y perd votre KL, que vos bits gratuits remplacent. Une dizaine de secondes.
#
# **Prédisez.** Que rend chacun des deux ?


# %%
def trained_with_floor(floor):
    """Un petit VAE après 200 pas, entraîné par vos fonctions : six reconstructions, et la KL de chaque dimension."""
    torch.manual_seed(0)
    model = VAE(size=32, latent=2, width=8)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(200):
        x = small[torch.randint(200, (32,))]
        mu, logvar = model.encode(x)
        x_hat = model.decode(reparameterize(mu, logvar, torch.randn(mu.shape)))
        loss = negative_elbo(x, x_hat, mu, logvar, 8.0) - kl(mu, logvar) + free_bits(mu, logvar, floor)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.inference_mode():
        mu, logvar = model.encode(small)
        return model.decode(mu[:6]), torch.stack([kl(mu[:, j : j + 1], logvar[:, j : j + 1]) for j in range(2)])


(without, none), (saved, some) = trained_with_floor(0.0), trained_with_floor(1.0)
plots.image_grid(
    torch.cat([small[:6], without, saved]),
    alt="Six lotus ; au-dessous six fois la même image ; au-dessous encore, six fleurs floues mais différentes.",
    rows=["image", "sans\nplancher", "avec\n1 nat"],
    scale=3,
    title="Avec le plancher, les six fleurs se distinguent",
)
print("sans plancher, chaque dimension est sous 0,1 nat :", bool((none < 0.1).all()))
print("avec lui, chaque dimension dépasse 0,5 nat :", bool((some > 0.5).all()))

# %% [markdown]
# Le forfait n'est pas une amélioration gratuite : la perte n'est plus exactement −ELBO, mais une quantité plus grande. Pour suivre ou
# comparer des modèles, on revient à la vraie KL. Et avant tout plancher, un $s$ raisonnable.
#
# Revenez à la leçon : la carte latente vous montre ces nuages, et l'entraînement en sept étapes refait, à chaque pas, vos
# deux calculs.
#
# ## Source
#
# - D. P. Kingma, T. Salimans, R. Jozefowicz, X. Chen, I. Sutskever et M. Welling, « Improved Variational Inference with Inverse
#   Autoregressive Flow », NeurIPS, 2016, [arXiv:1606.04934](https://arxiv.org/abs/1606.04934) : les bits gratuits.
