# %% [markdown]
# # Exercice 00 · D'un tenseur à des pixels
#
# **Durée :** 10 minutes. **Après** la leçon [00 · Premiers pas](../lessons/00_premiers_pas.ipynb).
#
# Vous écrivez la fonction qui rend une image du cours visible sur un écran.

# %% [markdown]
# ## L'idée
#
# **À quoi cela sert.** Toute image que vous verrez dans ce cours, vraie ou inventée, passe par cette conversion avant d'atteindre
# l'écran.
#
# Dans le cours, une image est un tenseur de réels dans [−1, 1], de forme (3, H, W) : les trois couleurs d'abord. Un écran
# attend des entiers de 0 à 255 (`torch.uint8`), de forme (H, W, 3) : les trois couleurs en dernier.
#
# Un réseau sort parfois un peu de l'intervalle, 1,02 par exemple. Ces valeurs doivent devenir 255, et non recommencer
# à 0.

# %% tags=["nbval-ignore-output"]
import torch

from lessons_lib import plots
from lessons_lib.lotus import SyntheticLotus

lotus = SyntheticLotus(8, size=64, seed=0).images

# %% [markdown]
# ## Le résultat attendu
#
# À gauche, l'image affichée par la bibliothèque : c'est celle que votre fonction doit produire. À droite, la même image
# dont on a seulement arrondi les valeurs : il n'en reste que quelques couleurs.

# %%
plots.image_grid(
    torch.stack([lotus[2], lotus[2].round()]),
    alt="Un lotus en couleurs ; à côté, le même réduit à quelques couleurs vives.",
    scale=3,
    labels=["attendu", "arrondi sans conversion"],
)
print("avant :", tuple(lotus[2].shape), lotus[2].dtype)
print("après : (64, 64, 3) torch.uint8, avec -1 -> 0, 0.1 -> 140 et 1 -> 255")

# %% [markdown]
# ## À vous
#
# <details><summary>Un indice</summary>
#
# Quatre gestes : changer d'échelle, ramener au bord ce qui dépasse, arrondir et convertir en entiers, déplacer un axe.
# Cherchez la droite qui envoie −1 sur 0 et 1 sur 255.
#
# </details>
#
# <details><summary>Un indice de plus</summary>
#
# Les méthodes `clamp`, `round`, `to` et `permute` d'un tenseur font chacune l'un des gestes. `reshape` ne convient pas :
# elle ne déplace pas les axes. La conversion en entiers tronque, d'où l'arrondi juste avant.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "to_pixels", "locked": false, "schema_version": 3, "solution": true}
def to_pixels(image):
    """Convertit une image (3, H, W) de [-1, 1] en pixels (H, W, 3) de type torch.uint8."""
    ### BEGIN SOLUTION
    values = (image + 1) * 127.5
    return values.clamp(0, 255).round().to(torch.uint8).permute(1, 2, 0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "verifier_to_pixels", "locked": true, "points": 1, "schema_version": 3, "solution": false}
from lessons_lib.checks import verifier

verifier("vers_pixels", to_pixels)

# %% [markdown]
# ## Et maintenant
#
# Vos pixels sont ceux d'un fichier d'image : matplotlib les affiche sans rien convertir. La luminosité,
# ce réglage des appareils photo, est une addition sur le tenseur ; votre fonction ramène au bord ce qui déborde.
#
# **Prédisez.** Avec une luminosité de 0,6, que deviennent les parties claires de la fleur ?

# %%
drawing, axes = plots.figure(7, 2.2, 1, 4)
for ax, light in zip(axes, (-0.6, 0.0, 0.6, 1.2), strict=True):
    pixels = to_pixels(lotus[2] + light)
    ax.imshow(pixels.numpy())
    ax.set_axis_off()
    ax.set_title(f"{light:+.1f}".replace(".", ","), fontsize=9)
print("pixels :", tuple(pixels.shape), pixels.dtype)
print("du blanc à 255 dans la dernière image :", 255 in pixels)
plots.show(drawing, alt="Le même lotus, de plus en plus clair ; à la fin, presque tout est blanc.")

# %% [markdown]
# Les valeurs qui débordent se confondent toutes au bord : c'est une perte d'information, comme sur une photographie
# surexposée.
#
# La [leçon 01 · L'autoencodeur](../lessons/01_autoencodeur.ipynb) confie ces tenseurs à un réseau.
