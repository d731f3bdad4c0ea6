# %% [markdown]
# # Exercice 02 · Le cœur du VAE en deux fonctions
#
# **Durée :** 20 minutes. **Après** la leçon
# [02 · L'autoencodeur variationnel](../lessons/02_autoencodeur_variationnel.ipynb).
#
# Vous écrivez le tirage reparamétré, puis la divergence de Kullback-Leibler, et vous les essayez sur un VAE entraîné.

# %% tags=["nbval-ignore-output"]
import torch
from torch.distributions import Normal, kl_divergence

from lessons_lib import plots, zoo
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus

lotus = SyntheticLotus(8, size=64, seed=1, fixed=CALM_GARDEN).images

# %% [markdown]
# ## 1. Tirer sans couper le gradient
#
# $$z = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim \mathcal{N}(0, I)$$
#
# En mots : le centre, plus le hasard multiplié par l'écart type. Le hasard arrive par l'argument `eps` : la fonction n'en crée
# aucun. L'encodeur rend `mu` et `logvar`, le logarithme de la **variance** $\sigma^2$, tous deux de forme (N, D).
#
# ### Le résultat attendu
#
# Mille tirages de la loi de centre (1 ; −1) et d'écarts types (1,5 ; 0,5), faits ici par PyTorch.

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
    """z = mu + sigma · eps. mu, logvar, eps : (N, D). Rend z : (N, D)."""
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
    """KL(N(mu, sigma²) ‖ N(0, 1)) en nats par image. mu, logvar : (N, D). Rend un scalaire."""
    ### BEGIN SOLUTION
    per_dimension = 0.5 * (mu.square() + logvar.exp() - 1 - logvar)
    return per_dimension.sum(dim=1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_kl", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("kl", kl)

# %% [markdown]
# ## Et maintenant
#
# Un VAE entraîné décrit chaque lotus par une loi à 32 dimensions. Votre première fonction tire quatre codes par image,
# et le décodeur les montre.
#
# **Prédisez.** Les quatre images d'une ligne seront-elles identiques ?

# %%
vae = zoo.load("vae_64")
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
costs = torch.stack([kl(mu[i : i + 1], logvar[i : i + 1]) for i in range(4)])
print("chaque lotus coûte quelque chose :", bool((costs > 0).all()))
print("le lot coûte la moyenne des quatre :", torch.allclose(costs.mean(), kl(mu, logvar)))
print("un code tiré de la loi a priori ne coûterait rien :", kl(0 * mu, 0 * logvar).item() == 0)

# %% [markdown]
# Revenez à la leçon : la carte latente vous montre ces nuages, et l'entraînement en sept étapes refait, à chaque pas, vos
# deux calculs.
