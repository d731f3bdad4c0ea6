# %% [markdown]
# # Réseaux génératifs : de l'autoencodeur au WGAN-GP
#
# Ce cours apprend à une machine à dessiner des fleurs de lotus. Vous écrivez les lignes qui comptent, vous voyez les
# premières idées échouer, et vous promenez la souris dans ce que le réseau a appris.
#
# Tout s'exécute chez vous : ni compte, ni carte graphique, ni connexion.
#
# **Pour commencer : [leçon 00 · Premiers pas](../lessons/00_premiers_pas.ipynb).**

# %%
from lessons_lib import plots
from lessons_lib.lotus import SyntheticLotus

plots.image_grid(
    SyntheticLotus(12, size=128, seed=3).images,
    alt="Douze lotus de couleurs variées, en bouton ou épanouis, posés sur l'eau parmi leurs feuilles.",
    columns=6,
    scale=1,
)

# %% [markdown]
# Aucune photographie ici : ces fleurs sont dessinées par le cours, à partir de douze facteurs. Un réseau, lui, ne voit que
# des images. Retrouver les facteurs sans qu'on les lui donne, puis inventer des fleurs neuves : voilà le sujet.
#
# ## La route

# %%
import numpy as np

from course.programme import lessons

stages = "Premiers\npas|Autoencodeur|VAE|Espace\nlatent|GAN|Distance de\nWasserstein|WGAN-GP"
stages = f"{stages}|Juger les\nimages|Peu de\ndonnées".split("|")
ready = {int(lesson.number) for lesson in lessons()}
teal, grey = plots.PALETTE["real"], plots.PALETTE["prior"]

drawing, ax = plots.figure(9.6, 2.4)
river = np.linspace(-0.6, len(stages) - 0.4, 200)
ax.plot(river, 0.4 * np.sin(1.3 * river), color="#CFE6EA", linewidth=14, linestyle="-")
for i, stage in enumerate(stages):
    y = 0.4 * np.sin(1.3 * i)
    face, edge, ink, line = (teal, teal, "white", "-") if i in ready else ("white", grey, grey, ":")
    pad = {"boxstyle": "circle,pad=0.45", "facecolor": face, "edgecolor": edge, "linestyle": line}
    ax.text(i, y, f"{i:02d}", ha="center", va="center", color=ink, fontsize=11, bbox=pad)
    ax.text(i, y - 0.5, stage, ha="center", va="top", color="black" if i in ready else grey, fontsize=10)
ax.set(xlim=(-0.7, len(stages) - 0.3), ylim=(-1.45, 0.8))
ax.set_axis_off()
ax.set_title("La route : en plein, les étapes que vous pouvez suivre aujourd'hui")
plots.show(drawing, alt="Un chemin d'eau relie neuf étapes numérotées ; les leçons prêtes sont en plein.")

# %% [markdown]
# Chaque étape répond au défaut de la précédente. L'autoencodeur résume une image, mais ne sait pas inventer. Le VAE
# invente, mais ses fleurs sont floues. Le GAN les rend nettes, mais s'entraîne mal. La distance de Wasserstein, puis le WGAN-GP,
# rendent l'entraînement plus stable. Reste à juger ce que l'on a obtenu, et à faire avec le peu d'images que l'on a.
#
# ## Les leçons

# %%
from IPython.display import Markdown, display

table = ["| | Leçon | Durée | Vous saurez, entre autres… | À vous |", "|---|---|---|---|---|"]
for lesson in lessons():
    link, exercise = f"../lessons/{lesson.name}.ipynb", f"../exercises/{lesson.name}.ipynb"
    table.append(
        f"| {lesson.number} | [**{lesson.title}**]({link}) | {lesson.minutes} min "
        f"| {lesson.outcomes[0]} | [exercice]({exercise}) |"
    )
display(Markdown("\n".join(table)))

# %% [markdown]
# La durée comprend la lecture, les manipulations et le quiz ; l'exercice demande à peu près autant de temps. Une leçon entière
# s'exécute en moins de 90 s : le reste du temps est à vous. Les solutions sont dans le dossier `solutions`, sous le même nom.
#
# Sous la main pendant la lecture :
#
# - [la notation](notation.md) : chaque symbole, son nom dans le code, sa forme, son unité ;
# - [le glossaire](glossaire.md) : chaque terme, et son nom anglais ;
# - [les ressources](ressources.md) : les livres et les articles d'où vient le cours.

# %% [markdown]
# ## Exécuter une cellule
#
# Une leçon est une suite de cellules, de texte ou de code. Cliquez dans une cellule de code, puis tapez **Maj + Entrée** : elle s'exécute,
# son résultat s'affiche dessous, et la suivante est choisie. Le *noyau*, le programme Python derrière la page, se souvient de tout ce qu'elle a
# calculé. Entre crochets, à gauche, `[*]` signifie « en cours » et un nombre, « terminée ».
#
# Les résultats que vous voyez en ouvrant une leçon viennent d'une exécution précédente. Les curseurs et les cartes, eux, ne s'animent
# qu'après avoir exécuté leur cellule et celles qui la précèdent.
#
# Vous pouvez tout modifier. C'est même le but.

# %% [markdown]
# ## En cas d'ennui
#
# | Ce qui arrive | Ce qu'il faut faire |
# |---|---|
# | Une cellule n'en finit pas | bouton ■, « Interrompre le noyau » : ce qui est déjà calculé reste |
# | `NameError` : un nom n'est pas défini | une cellule a été sautée, ou le noyau a redémarré : bouton ▶▶, « Redémarrer le noyau et exécuter toutes les cellules » |
# | Un curseur ou une carte ne répond plus | le noyau a redémarré : même remède |
# | La machine est lente | fermez les autres leçons (panneau « Terminaux et noyaux en cours d'exécution »), ou baissez `n` et le nombre de pas en tête de cellule |
# | Pas de connexion | rien : seules les photographies d'Oxford, facultatives, se téléchargent |
# | L'onglet a été fermé | rouvrez l'adresse affichée dans le terminal, ou relancez `python3 -m course` |
# | Une leçon est trop modifiée | `python3 -m course construire 01 --tout` la refait à neuf ; gardez d'abord une copie de la vôtre |
# | Vous doutez de l'installation | `python3 -m course tester` vérifie tout |
