# %% [markdown]
# # Exercice 01 · Mesurer une reconstruction
#
# **Durée :** 10 minutes. **Après** la leçon [01 · L'autoencodeur](../lessons/01_autoencodeur.ipynb).
#
# Vous écrivez la perte que l'autoencodeur fait baisser, puis vous l'employez pour comparer trois copies d'un lotus.

# %% [markdown]
# ## L'idée
#
# $$\frac{1}{N} \sum_{i=1}^{N} \ell(x_i, \hat{x}_i), \qquad \ell(x, \hat{x}) = \lVert x - \hat{x} \rVert^2$$
#
# En mots : pour chaque image, la somme des carrés des écarts, sur toutes ses valeurs ; puis la moyenne sur les $N$ images
# du lot. Ainsi, un lot deux fois plus grand donne une perte du même ordre, tandis qu'une image plus grande compte
# davantage.
#
# Dans le code, $x$ est `x` et $\hat{x}$ est `x_hat`, de forme (N, 3, H, W).

# %% tags=["nbval-ignore-output"]
import torch
from torch.nn import functional as F

from lessons_lib import plots
from lessons_lib.lotus import SyntheticLotus

lotus = SyntheticLotus(8, size=64, seed=0).images

# %% [markdown]
# ## Le résultat attendu
#
# Deux petites images de 12 valeurs. La première copie se trompe de 0,5 partout, la seconde de 1.
#
# | | par image | sur le lot |
# |---|---|---|
# | première | 12 fois 0,25, soit 3 | |
# | seconde | 12 fois 1, soit 12 | 7,5 |

# %%
x = torch.zeros(2, 3, 2, 2)
x_hat = torch.stack([x[0] + 0.5, x[1] - 1])
plots.image_grid(
    torch.cat([x, x_hat]),
    alt="Deux carrés gris ; en dessous, un carré plus clair et un carré noir.",
    columns=2,
    scale=40,
    rows=["x", "x_hat"],
)

# %% [markdown]
# ## À vous
#
# <details><summary>Un indice</summary>
#
# Trois étapes, dans cet ordre : l'écart au carré, valeur par valeur ; la somme à l'intérieur de chaque image, qui laisse
# N nombres ; la moyenne de ces nombres.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `flatten(1)` range chaque image sur une ligne : la forme devient (N, 3·H·W). Il reste à sommer sur la dimension 1.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "squared_error", "locked": false, "schema_version": 3, "solution": true}
def squared_error(x_hat, x):
    """La norme au carré de x - x_hat, par image, moyennée sur le lot. x_hat, x : (N, 3, H, W). Rend un scalaire."""
    ### BEGIN SOLUTION
    return (x - x_hat).square().flatten(1).sum(dim=1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_squared_error", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("reconstruction", squared_error)

# %% [markdown]
# ## Et maintenant
#
# Trois copies imparfaites des mêmes lotus : floue, bruitée, ou décalée de deux pixels vers la droite.
#
# **Prédisez.** Laquelle vous semble la plus proche de l'original ? Laquelle votre perte préfère-t-elle ?

# %%
generator = torch.Generator().manual_seed(0)
copies = {
    "floue": F.avg_pool2d(lotus, 5, stride=1, padding=2, count_include_pad=False),
    "bruitée": (lotus + 0.15 * torch.randn(lotus.shape, generator=generator)).clamp(-1, 1),
    "décalée": lotus.roll(2, dims=3),
}
losses = {name: squared_error(copy, lotus).item() for name, copy in copies.items()}
plots.image_grid(
    torch.cat([lotus[:4], *(copy[:4] for copy in copies.values())]),
    alt="Quatre lotus, puis leurs copies floues, bruitées, et décalées de deux pixels.",
    columns=4,
    rows=["original", *copies],
)
print("de la plus petite perte à la plus grande :", ", ".join(sorted(losses, key=losses.get)))

# %% [markdown]
# La copie décalée garde chaque pétale net, et l'œil la distingue à peine de l'original. La perte la juge pourtant la plus
# mauvaise : elle compare chaque pixel à celui qui occupe la même place.
#
# Un réseau qui hésite sur la place d'un pétale a donc intérêt à le peindre flou. Vous retrouverez ce flou dans toutes les
# reconstructions de la [leçon 02 · L'autoencodeur variationnel](../lessons/02_autoencodeur_variationnel.ipynb).
