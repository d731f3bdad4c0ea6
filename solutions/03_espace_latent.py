# %% [markdown]
# # Exercice 03 · Deux gestes dans l'espace latent
#
# **Durée :** 20 minutes. **Après** la leçon [03 · L'espace latent](../lessons/03_espace_latent.ipynb).
#
# Vous écrivez l'interpolation sphérique, puis le vecteur d'un attribut, et vous les essayez sur le VAE du zoo.

# %% tags=["nbval-ignore-output"]
import torch

from lessons_lib import plots, zoo
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus

vae = zoo.load("vae_64")
lotus = SyntheticLotus(200, size=64, seed=1, fixed=CALM_GARDEN)

# %% [markdown]
# ## 1. Suivre l'arc
#
# $$\mathrm{slerp}(a, b, t) = \frac{\sin((1 - t)\,\Omega)}{\sin \Omega}\,a + \frac{\sin(t\,\Omega)}{\sin \Omega}\,b$$
#
# En mots : une part de chaque code, choisie pour que l'angle $\Omega$ entre $a$ et $b$ avance à vitesse constante.
#
# `a` et `b` ont la forme (D,) ; `t` a la forme (T, 1), une ligne par étape. Rendez (T, D), une étape par ligne. Vous pouvez supposer que
# `a` et `b` ne sont ni nuls, ni parallèles.
#
# ### Le résultat attendu
#
# Onze étapes entre un code de norme 3 et un code de norme 2, perpendiculaires. Les deux bouts sont exacts, et les points sont
# régulièrement espacés en angle.

# %%
quarter = torch.linspace(0, torch.pi / 2, 11)
expected = torch.stack([3 * quarter.cos(), 2 * quarter.sin()], dim=1)
drawing, ax = plots.figure(5, 2.8)
ax.plot(*expected.T, "o-", color=plots.PALETTE["prior"], markersize=4)
ax.plot([3, 0], [0, 2], "--", color=plots.PALETTE["generated"])
for name, place in (("a", (3.06, 0.05)), ("b", (0.05, 2.08)), ("slerp", (2.3, 1.5)), ("lerp", (1.05, 0.95))):
    ax.text(*place, name, color=plots.PALETTE["generated" if name == "lerp" else "prior"])
ax.set(aspect="equal", xlabel="$z_0$", ylabel="$z_1$", xlim=(-0.1, 3.4), ylim=(-0.1, 2.4))
ax.set_title("De a à b par un arc, sans couper")
plots.show(drawing, alt="Onze points sur un arc d'ellipse, et le segment en tirets au-dessous.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Commencez par l'angle. Le cosinus de l'angle de deux vecteurs **de norme 1** est leur produit scalaire.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# `torch.nn.functional.cosine_similarity(a, b, dim=-1)` donne ce cosinus ; `torch.acos` fait le reste. La forme (T, 1) de `t` s'étend
# d'elle-même à (T, D).
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "slerp", "locked": false, "schema_version": 3, "solution": true}
def slerp(a, b, t):
    """Interpolation sphérique. a, b : (D,). t : (T, 1). Rend (T, D)."""
    ### BEGIN SOLUTION
    omega = torch.acos(torch.nn.functional.cosine_similarity(a, b, dim=-1))
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_slerp", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("slerp", slerp)

# %% [markdown]
# ## 2. Ce qu'un attribut ajoute
#
# $$v = \overline{z}_{\text{avec}} - \overline{z}_{\text{sans}}$$
#
# En mots : la moyenne des codes qui ont l'attribut, moins la moyenne de ceux qui ne l'ont pas.
#
# `codes` a la forme (N, D) ; `has` est un tenseur de N booléens. Rendez un vecteur (D,).
#
# ### Le résultat attendu
#
# **Prédisez.** Huit codes, trois avec l'attribut et cinq sans. D'où part la flèche, et où arrive-t-elle ? Les deux groupes n'ont pas le
# même nombre de codes : cela change-t-il quelque chose ?

# %%
codes = torch.tensor([[2.6, 1.4], [3.2, 2.2], [3.0, 1.2], [0.2, 0.1], [0.9, 0.5], [0.4, 0.9], [0.0, 0.6], [1.0, 0.0]])
has = torch.tensor([True] * 3 + [False] * 5)
drawing, ax = plots.figure(5, 2.8)
for group, colour, mark, name in ((has, "real", "o", "avec"), (~has, "generated", "^", "sans")):
    ax.plot(*codes[group].T, mark, color=plots.PALETTE[colour])
    ax.text(*(codes[group].amax(dim=0) + 0.05), name, color=plots.PALETTE[colour])
arrow = {"arrowstyle": "->", "linewidth": 2, "color": plots.PALETTE["prior"]}
ax.annotate("", (2.93, 1.6), (0.5, 0.42), arrowprops=arrow)
ax.set(aspect="equal", xlabel="$z_0$", ylabel="$z_1$", xlim=(-0.2, 4), ylim=(-0.2, 2.6))
ax.set_title("D'une moyenne à l'autre")
plots.show(drawing, alt="Cinq triangles, trois ronds, et une flèche du milieu des triangles au milieu des ronds.")

# %% [markdown]
# <details><summary>Un indice</summary>
#
# Un tenseur de booléens choisit des lignes : `codes[has]`. Que choisit `~has` ?
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# La moyenne d'un groupe porte sur les codes, c'est-à-dire sur la dimension 0 : il reste un nombre par dimension latente.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "vecteur_attribut", "locked": false, "schema_version": 3, "solution": true}
def attribute_vector(codes, has):
    """Le vecteur d'un attribut. codes : (N, D). has : N booléens. Rend (D,)."""
    ### BEGIN SOLUTION
    return codes[has].mean(dim=0) - codes[~has].mean(dim=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_vecteur_attribut", "locked": true, "points": 1, "schema_version": 3, "solution": false}
verifier("vecteur_attribut", attribute_vector)

# %% [markdown]
# ## Et maintenant
#
# Votre première fonction mène d'un tirage à un autre, dans les 32 dimensions de `vae_64`.
#
# **Prédisez.** La norme du code va-t-elle changer en route ?

# %%
a, b = torch.randn((2, 32), generator=torch.Generator().manual_seed(3))
steps = slerp(a, b, torch.linspace(0, 1, 8)[:, None])
plots.image_grid(
    vae.decode(steps),
    alt="Huit fleurs, de la première à la dernière, par degrés.",
    columns=8,
    scale=1,
    title="D'un tirage à l'autre, par l'arc",
)
print(
    "la norme reste entre celles des deux bouts, à 10 % près :",
    bool((steps.norm(dim=1) / a.norm() - 1).abs().max() < 0.25),
)

# %% [markdown]
# Votre seconde fonction trouve ce qui fait jaunir une fleur : les codes des jaunes, moins ceux des blanches.

# %%
variety = lotus.factors["variety"]
mu = vae.encode(lotus.images)[0]
pale = torch.from_numpy((variety == "yellow") | (variety == "white"))
is_yellow = torch.from_numpy(variety == "yellow")
yellow = attribute_vector(mu[pale], is_yellow[pale])
white = [int(i) for i in (variety == "white").nonzero()[0]][:6]
plots.image_grid(
    torch.cat([lotus.images[white], *(vae.decode(mu[white] + dose * yellow) for dose in (0.5, 1.0))]),
    alt="Six fleurs blanches, puis les mêmes à demi jaunies, puis jaunes.",
    scale=1,
    rows=["blanche", "+ ½ v", "+ v"],
    title="Jaunes − blanches, ajouté à des blanches",
)
before, after = vae.decode(mu[white]), vae.decode(mu[white] + yellow)
print("ajouter le vecteur retire du bleu :", bool(after[:, 2].mean() < before[:, 2].mean()))

# %% [markdown]
# Revenez à la leçon : la carte du plan « ouvertes − fermées, jaunes − blanches » est faite de deux vecteurs comme le vôtre. Cherchez-y
# l'endroit où la fleur cesse d'en être une.
