# %% [markdown]
# # 08 · Peu de données
#
# **Durée :** 60 minutes. **Prérequis :** la leçon [07 · Juger un générateur](07_juger_un_generateur.ipynb) ; savoir ce qu'est un
# classifieur, et pourquoi il se juge sur des images jamais vues.
#
# **À la fin de cette leçon, vous saurez :**
#
# - expliquer ce qui arrive à une critique qui n'a que 68 images, et le voir sur ses notes ;
# - dire pourquoi l'augmentation classique passe dans les images engendrées, et l'augmentation différentiable non ;
# - lire comment la qualité et les copies dépendent du nombre d'images ;
# - séparer l'entraînement de l'évaluation sans laisser de quasi-doubles des deux côtés ;
# - mesurer si des images engendrées aident un classifieur, et dire quand elles n'aident pas.
#
# Tout est à 32 pixels, pour aller vite. Pour travailler sur vos photographies, remplacez `SOURCE` par le chemin de leur dossier.

# %% tags=["nbval-ignore-output"]
import json
from pathlib import Path

import torch
from IPython.display import Markdown

from lessons_lib import plots, zoo
from lessons_lib.augment import AUGMENTATIONS, augment
from lessons_lib.lotus import CALM_GARDEN, SyntheticLotus
from lessons_lib.models import Critic, Generator
from lessons_lib.photos import open_dataset
from lessons_lib.training import AdversarialConfig, train_wgan_gp

SOURCE = "synthetique"  # ou "oxford", ou le chemin d'un dossier de photographies
lotus = open_dataset(SOURCE, n=68, size=32, seed=0)
never_seen = SyntheticLotus(256, size=32, seed=1000, fixed=CALM_GARDEN).images  # de quoi juger
REAL, FAKE, CRITIC, GREY, ACCENT = plots.PALETTE.values()
print(f"{len(lotus)} images, forme {tuple(lotus.images.shape)}")

# %% [markdown]
# ## 1. Une critique qui apprend par cœur
#
# Avec 68 images, le générateur n'est pas le premier à souffrir : c'est la critique. Au lieu d'apprendre ce qu'est un lotus, elle peut
# apprendre **lesquels** on lui a montrés. Elle donne alors une bonne note à ces 68 images, et une mauvaise à tout le reste, même à une
# vraie photographie qu'elle ne connaît pas.
#
# Le générateur, qui ne voit le monde que par elle, n'a plus qu'un moyen de lui plaire : recopier.
#
# On le mesure avec trois groupes d'images : **apprises** $x$, **inconnues** $x'$ et **engendrées** $G(z)$. Karras et ses coauteurs (2020)
# comparent les notes moyennes :
#
# $$r = \frac{\mathbb{E}\,f(x) - \mathbb{E}\,f(x')}{\mathbb{E}\,f(x) - \mathbb{E}\,f(G(z))}$$
#
# En mots : où tombent les inconnues, entre les apprises ($r = 0$) et les engendrées ($r = 1$) ? Un juge honnête les met avec les
# apprises.

# %% [markdown]
# Deux entraînements de 200 pas, identiques, sur les 17 premières images : l'un sans, l'autre avec l'augmentation que la section 3
# explique. Comptez une vingtaine de secondes.
#
# **Prédisez.** Dans lequel les notes des apprises et des inconnues s'écarteront-elles le plus ?

# %% tags=["nbval-ignore-output"]
known, unknown = lotus.images[:17], lotus.images[17:]
FEW = AdversarialConfig(steps=200, batch_size=16, learning_rate=1e-3, critic_steps=1, average=0.99)


def overfitting(config):
    """Tous les dix pas : (pas, notes moyennes des apprises, des inconnues, des engendrées)."""
    torch.manual_seed(0)
    generator, critic = Generator(size=32, latent=32, width=16), Critic(size=32, width=16)
    z = torch.randn((64, 32), generator=torch.Generator().manual_seed(1))
    rows, random = [], torch.Generator().manual_seed(2)
    for step in train_wgan_gp(generator, critic, known, config):
        if step.index % 10 == 0:
            with torch.no_grad():
                groups = (augment(part, config.augment, generator=random) for part in (known, unknown, generator(z)))
                rows.append((step.index, *(critic(part).mean().item() for part in groups)))
    return torch.tensor(rows)


notes = {
    "sans": overfitting(FEW),
    "avec": overfitting(AdversarialConfig(**vars(FEW) | {"augment": ("translation", "cutout")})),
}

# %%
drawing, axes = plots.figure(6.4, 2.8, 1, 2, sharey=True)
titles = {"sans": "Sans : les inconnues décrochent", "avec": "Avec : elles restent proches"}
for ax, (name, rows) in zip(axes, notes.items(), strict=True):
    lines = (("apprises", REAL, "-"), ("inconnues", GREY, "--"), ("engendrées", FAKE, ":"))
    for column, (label, colour, dash) in enumerate(lines, start=1):
        ax.plot(rows[:, 0], rows[:, column], color=colour, linestyle=dash, label=label)
        ax.text(
            205, rows[-1, column] + (0, -0.35, 0.35)[column - 1] * (name == "avec"), label, color=colour, fontsize=8
        )
    ax.set(xlim=(0, 285), xlabel="pas", title=titles[name], xticks=[0, 100, 200])
axes[0].set_ylabel("note moyenne")
plots.show(
    drawing, "Sans augmentation, les inconnues tombent sous les engendrées ; avec, elles restent près des apprises."
)
memory = {name: (rows[:, 1] - rows[:, 2])[-5:].mean() for name, rows in notes.items()}
print(
    "l'augmentation divise par plus de trois l'écart entre apprises et inconnues :",
    bool(memory["avec"] < memory["sans"] / 3),
)
last = notes["sans"][-5:].mean(dim=0)
print("sans elle, les inconnues sont notées plus bas que les fausses (r > 1) :", bool(last[2] < last[3]))

# %% [markdown]
# Sans augmentation, les inconnues décrochent : la critique a retenu ses 17 images. Elle juge même de vraies fleurs inconnues moins bonnes
# que les fausses : $r$ dépasse 1. Avec augmentation, l'écart entre apprises et inconnues reste bien plus petit : les retouches
# changent à chaque pas, il y a bien moins à retenir. (Toutes les images notées y sont retouchées.)
#
# ## 2. L'augmentation classique, et sa fuite
#
# Un classifieur qui manque d'images reçoit des **retouches** des siennes : retournées, décalées, rognées, recolorées. L'étiquette ne
# change pas. C'est l'**augmentation de données** (*data augmentation*) classique.
#
# Peut-on faire de même pour un GAN : retoucher d'avance les vraies images, et entraîner sur ce gros tas ?

# %%
flower = lotus.images[5:6].repeat(4, 1, 1, 1)
random = torch.Generator().manual_seed(4)
rows = {"intacte": flower} | {name: augment(flower, (name,), generator=random) for name in AUGMENTATIONS}
FRENCH = {"intacte": "intacte", "colour": "couleur", "translation": "décalage", "cutout": "trou"}
plots.image_grid(
    torch.cat(list(rows.values())).clamp(-1, 1),
    "Quatre lignes : la même fleur intacte, recolorée, décalée avec un bord gris, puis percée d'un carré gris.",
    rows=[FRENCH[name] for name in rows],
    columns=4,
    scale=2,
    title="Une retouche change les pixels, pas l'étiquette",
)
print("formes conservées :", {tuple(images.shape) for images in rows.values()})

# %% [markdown]
# **Prédisez.** Un générateur entraîné sur des images décalées et trouées, que peindra-t-il ?
#
# Voici deux WGAN-GP du zoo, de même recette et de même budget. Le premier a vu les 68 images ; le second, 40 retouches de chacune,
# décalées et trouées d'avance.

# %%
z = torch.randn((256, 64), generator=torch.Generator().manual_seed(0))


@torch.inference_mode()
def flowers(name):
    """256 images d'un réseau du zoo, toujours du même bruit : (256, 3, 32, 32)."""
    return zoo.load(name)(z)


# %%
plain, leaking, clean = (flowers(f"few_32_n0068{end}") for end in ("", "_retouched", "_augmented"))
plots.image_grid(
    torch.cat([plain[:8], leaking[:8]]),
    "Première ligne : huit petites fleurs. Seconde ligne : des fleurs percées et bordées de gris.",
    rows=["68 images", "retouchées"],
    columns=8,
    scale=2,
    title="Les trous et les bords gris sont passés dans les images engendrées",
)


def grey_share(images):
    """La part des pixels presque exactement gris : les trois canaux à moins de 0,08 de zéro."""
    return (images.abs().amax(dim=1) < 0.08).float().mean().item()


print(
    "le générateur des images retouchées peint au moins trois fois plus de gris :",
    grey_share(leaking) > 3 * grey_share(plain),
)

# %% [markdown]
# C'est une **fuite** (*leak*). Elle n'a rien d'une panne : un générateur apprend la loi de ce qu'on lui montre. Si l'on montre $T(x)$,
# il apprend à peindre des $T(x)$. Un classifieur s'en moque, puisqu'il ne peint rien ; un générateur, non.
#
# ## 3. L'augmentation différentiable
#
# Zhao et ses coauteurs (2020) ne retouchent plus les données, mais **ce que la critique voit** : les vraies images **et** les fausses,
# par les mêmes retouches $T$, tirées au hasard à chaque fois.
#
# $$L_{\text{critique}} = \mathbb{E}\big[f(T(G(z)))\big] - \mathbb{E}\big[f(T(x))\big],\qquad
#   L_{\text{générateur}} = -\mathbb{E}\big[f(T(G(z)))\big]$$
#
# En mots : la critique ne compare plus deux lois d'images, mais deux lois d'images **retouchées**. Un trou ne trahit plus personne : il y
# en a des deux côtés. Le générateur n'a donc aucune raison d'en peindre.
#
# Au tour du générateur, le gradient doit **traverser** $T$ pour atteindre ses poids. La retouche doit donc être dérivable par rapport aux
# pixels : c'est l'**augmentation différentiable** (*differentiable augmentation*). La pénalité de gradient s'ajoute, prise sur les images
# retouchées.


# %% tags=["lib:lessons_lib.augment._integers", "lib:lessons_lib.augment.cutout"]
def _integers(n, below, images, generator):
    return torch.randint(below, (n, 1), generator=generator, device=images.device)


_HOLE = 1 / 2  # côté du trou, en part de celui de l'image


def cutout(images, generator=None):
    n, _, height, width = images.shape
    top = _integers(n, height, images, generator) - round(height * _HOLE) // 2
    left = _integers(n, width, images, generator) - round(width * _HOLE) // 2
    y, x = torch.arange(height, device=images.device), torch.arange(width, device=images.device)
    in_rows = (y >= top) & (y < top + round(height * _HOLE))
    in_columns = (x >= left) & (x < left + round(width * _HOLE))
    hole = in_rows[:, None, :, None] & in_columns[:, None, None, :]  # (N, 1, H, W)
    return images.masked_fill(hole, 0.0)


# %%
pixels = torch.ones((2, 3, 32, 32), requires_grad=True)
holed = cutout(pixels, torch.Generator().manual_seed(2))
holed.sum().backward()
reached = pixels.grad[:, 0]  # (2, 32, 32) : 1 où le gradient passe, 0 dans le trou
drawing, axes = plots.figure(5.2, 2.5, 1, 2)
for ax, image, number in zip(axes, reached, (1, 2), strict=True):
    ax.imshow(image, cmap="Purples", vmin=0, vmax=1.4)
    ax.set(title=f"image {number}", xticks=[0, 31], yticks=[0, 31])
    ax.grid(False)
drawing.suptitle("Le gradient passe partout, sauf dans le trou ; chaque image a le sien", fontsize=10)
plots.show(drawing, "Deux carrés violets, chacun percé d'un rectangle clair à une place différente.")
print("gradient 1 hors du trou, 0 dedans :", bool((reached == holed[:, 0].detach()).all()))
print("l'entrée n'est pas modifiée :", bool((pixels == 1).all()))

# %% [markdown]
# ### Quand une retouche ne fuit-elle pas ?
#
# La critique ne garantit plus que $T(G(z))$ ressemble à $T(x)$. Peut-on en déduire que $G(z)$ ressemble à $x$ ? Oui, si deux lois
# différentes donnent toujours deux lois retouchées différentes (Karras et coll., 2020).
#
# **Un cas dont on connaît la réponse.** Une flèche pointe dans l'une de quatre directions, suivant une loi $p$ (quatre nombres). La retouche :
# avec une chance $q$, on la tourne au hasard, d'un quart de tour, de deux, de trois ou d'aucun. La loi retouchée est
#
# $$p' = (1 - q)\,p + q\,\big(\tfrac14, \tfrac14, \tfrac14, \tfrac14\big)$$
#
# Si $q < 1$, on retrouve $p$ : il suffit de retrancher $q/4$, puis de diviser par $1 - q$. Si $q = 1$, toutes les lois donnent la même : la critique est
# aveugle à la direction.
#
# **Prédisez.** Pour $q = 1$, quelle direction le générateur apprendra-t-il ?

# %%
law = torch.tensor([0.7, 0.2, 0.1, 0.0])
uniform = torch.full((4,), 0.25)
drawing, axes = plots.figure(6.4, 2.2, 1, 3, sharey=True)
for ax, q in zip(axes, (0.0, 0.6, 1.0), strict=True):
    seen = (1 - q) * law + q * uniform
    ax.bar(range(4), seen, color=REAL, alpha=0.85)
    ax.set(xticks=range(4), xticklabels=["→", "↑", "←", "↓"], ylim=(0, 0.8))
    ax.set_title(
        f"q = {q:.1f}".replace(".", ",") + (" : tout est perdu" if q == 1 else " : rien n'est perdu"), fontsize=9
    )
    if q < 1:
        found = (seen - q * uniform) / (1 - q)
        print(f"q = {q} : la loi se retrouve, {torch.allclose(found, law, atol=1e-6)}")
axes[0].set_ylabel("part vue par la critique")
plots.show(drawing, "Trois histogrammes : inégal, moins inégal, puis plat.")

# %% [markdown]
# Pour $q = 1$, n'importe laquelle : rien ne la lui enseigne. Gardez donc toujours une part d'images intactes, ou des retouches dont
# les traces se voient, comme un bord gris, que les vraies images n'ont pas.
#
# ## 4. La fuite a-t-elle disparu ?
#
# Mêmes 68 images, mêmes retouches que le réseau qui fuit, mais aux deux côtés.
#
# **Prédisez.** Reste-t-il des trous gris ?

# %%
plots.image_grid(
    torch.cat([leaking[:8], clean[:8]]),
    "Première ligne : des fleurs percées de gris. Seconde ligne : des fleurs entières.",
    rows=["vraies seules", "deux côtés"],
    columns=8,
    scale=2,
    title="Les mêmes retouches, des deux côtés : la fuite disparaît",
)
print("moins de gris que le réseau qui fuit :", grey_share(clean) < 0.5 * grey_share(leaking))

# %% [markdown]
# Les fleurs sont entières, et le gris est au moins deux fois plus rare. Les retouches étaient pourtant les mêmes.
#
# ### Sous la main : entraînez-le vous-même
#
# Cent pas, une dizaine de secondes. Relancez la cellule avec `augment=()`, puis avec `("colour", "translation", "cutout")`. Les
# curseurs changent les réglages en route.

# %% tags=["nbval-ignore-output"]
from lessons_lib.widgets.training_monitor import TrainingMonitor

torch.manual_seed(0)
config = AdversarialConfig(
    steps=100, batch_size=16, learning_rate=1e-3, critic_steps=1, average=0.9, augment=("translation", "cutout")
)
training = train_wgan_gp(Generator(size=32, latent=32, width=16), Critic(size=32, width=16), lotus.images, config)
history = TrainingMonitor(training, title="68 lotus, augmentation différentiable").run()

# %% [markdown]
# ## 5. Combien d'images faut-il ?
#
# Douze WGAN-GP du zoo, de même recette et de même budget (4 000 pas de 32 images) ; seul change le nombre d'images apprises : 17, 34, 68,
# 137, 500 ou 5 000. Pour chacun, une version sans augmentation, et une avec.
#
# **Prédisez.** À budget égal, la qualité s'améliore-t-elle jusqu'au bout ? Et où l'augmentation aide-t-elle le plus ?

# %%
COUNTS = (17, 34, 68, 137, 500, 5000)
names = {(n, way): f"few_32_n{n:04d}" + way for n in COUNTS for way in ("", "_augmented")}
series = {key: flowers(name) for key, name in names.items()}
for way, title in (
    ("", "Sans augmentation : en haut, des copies ; en bas, du neuf"),
    ("_augmented", "Avec augmentation : des fleurs plus loin des apprises"),
):
    plots.image_grid(
        torch.cat([series[n, way][:6] for n in COUNTS]),
        f"{title}. Six lignes de six petites fleurs, une ligne par nombre d'images.",
        rows=[f"{n}" for n in COUNTS],
        columns=6,
        scale=2,
        title=title,
    )

# %%
from lessons_lib.metrics import frechet_distance, uncertainty
from lessons_lib.metrics.features import LotusFeatures, features_of

network = LotusFeatures()
held_out = features_of(never_seen, network)
scores = {}
for key, name in names.items():
    points = features_of(series[key], network)
    card = zoo.card(name)["generated"]
    error = uncertainty(lambda part: frechet_distance(part, held_out), points, repeats=20)
    scores[key] = card | {"frechet": frechet_distance(points, held_out), "error": error}
lines = ["| images | augmentation | texture | Fréchet des lotus | rappel | voisins |", "|---" * 6 + "|"]
for (n, way), row in scores.items():
    cells = (
        f"{row['texture']:.1f}",
        f"{row['frechet']:.0f} ± {row['error']:.0f}",
        f"{row['recall']:.2f}",
        f"{row['neighbours']:.2f}",
    )
    lines.append(f"| {n} | {'avec' if way else 'sans'} | " + " | ".join(cells).replace(".", ",") + " |")
Markdown("\n".join(lines))

# %%
drawing, axes = plots.figure(6.6, 2.8, 1, 3)
PANELS = {"frechet": "Fréchet des lotus", "recall": "rappel", "neighbours": "voisins (0 : copies)"}
for ax, (key, title) in zip(axes, PANELS.items(), strict=True):
    for way, dash, marker, label in (("", "--", "s", "sans"), ("_augmented", "-", "o", "avec")):
        values = [scores[n, way][key] for n in COUNTS]
        errors = [scores[n, way]["error"] for n in COUNTS] if key == "frechet" else None
        ax.errorbar(COUNTS, values, yerr=errors, color=FAKE, linestyle=dash, marker=marker, markersize=4, capsize=2)
        ax.text(6500, values[-1], label, color=FAKE, va="center", fontsize=8)
    ax.set(xscale="log", xlabel="images apprises", xlim=(13, 20000))
    ax.set_title(title, fontsize=9)
axes[2].axhline(1, color=GREY, linestyle=":", linewidth=1)
drawing.suptitle("Plus d'images, moins de copies ; avec augmentation, Fréchet est plus haut", fontsize=10)
plots.show(
    drawing,
    "Trois cadres en fonction du nombre d'images : la distance de Fréchet, le rappel, et le rapport des voisins.",
)

# %% [markdown]
# Colonne par colonne :
#
# - **Sans augmentation**, Fréchet et le rappel s'améliorent surtout de 17 à 68 images, la texture de 137 à 500 ; au-delà, à ce budget, seuls
#   les voisins montent nettement. À 17 images, ils tombent à 0,6 et le rappel à zéro : des copies.
# - **Avec augmentation**, les voisins remontent partout, et jusqu'à 137 images la texture est meilleure. Mais la distance de Fréchet est
#   partout moins bonne, et le rappel aussi dès 68 images : la tâche est plus difficile pour 4 000 pas. Dès 500 images, où
#   l'on ne copie plus, l'augmentation coûte sans rien rendre.
#
# Zhao et ses coauteurs, qui entraînent bien plus longtemps, gagnent aussi en distance de Fréchet. Ici, une seule graine par
# réseau : ne lisez que les grands écarts.
#
# **Sous la main.** Le même code z, trois réseaux : 17 images, 17 avec augmentation, 500 sans. Tirez au hasard,
# comparez.

# %% tags=["nbval-ignore-output"]
from lessons_lib.widgets.latent_explorer import LatentExplorer

SHOWN = {"17": (17, ""), "17, avec": (17, "_augmented"), "500": (500, "")}
decoders = {label: zoo.load(names[key]) for label, key in SHOWN.items()}
LatentExplorer(decoders, z[:1], shown=3)

# %% [markdown]
# ## 6. Une panne provoquée : les quasi-doubles
#
# Sur le web, la même photographie circule en plusieurs fichiers : recadrée, éclaircie, recompressée. Parmi les 137 lotus d'Oxford, sept
# paires sont dans ce cas. Si l'un des deux fichiers sert à apprendre et l'autre à juger, le jugement est faux.
#
# Soixante fleurs, chacune en deux exemplaires, le second un peu plus clair. Un classifieur très simple, le plus proche voisin, doit dire
# la variété. On sépare apprentissage et jugement de deux façons : **image par image**, ou **fleur par fleur**.
#
# **Prédisez.** De combien l'exactitude, la part de bonnes réponses, va-t-elle baisser quand les doubles restent ensemble ?

# %%
garden = SyntheticLotus(60, size=32, seed=3)
points = garden.images.flatten(1)
points = torch.cat([points, (points + 0.06).clamp(-1, 1)])  # (120, 3072) : l'image i et l'image i + 60 sont doubles
varieties = list(garden.factors["variety"]) * 2


def accuracy(learned, judged):
    """Part des images de ``judged`` dont la plus proche de ``learned`` est de la même variété."""
    nearest = torch.cdist(points[judged], points[learned]).argmin(dim=1)
    return sum(varieties[i] == varieties[learned[j]] for i, j in zip(judged, nearest, strict=True)) / len(judged)


by_image, by_flower = [], []
for seed in range(20):
    random = torch.Generator().manual_seed(seed)
    order = torch.randperm(120, generator=random).tolist()
    by_image.append(accuracy(order[:60], order[60:]))
    flowers_order = torch.randperm(60, generator=random).tolist()
    learned, judged = (
        [i + copy for i in part for copy in (0, 60)] for part in (flowers_order[:30], flowers_order[30:])
    )
    by_flower.append(accuracy(learned, judged))
print(f"image par image : {sum(by_image) / 20:.2f} ; fleur par fleur : {sum(by_flower) / 20:.2f}")

# %%
drawing, ax = plots.figure(6.2, 1.9)
for y, (values, colour, marker) in enumerate(((by_flower, REAL, "o"), (by_image, ACCENT, "s"))):
    ax.plot(values, [y] * 20, marker, color=colour, alpha=0.5)
    ax.plot(sum(values) / 20, y, "|", color=colour, markersize=28)
ax.axvline(0.2, color=GREY, linestyle="--", linewidth=1)
ax.text(0.205, 1.35, "au hasard", color=GREY, fontsize=8)
ax.set(xlim=(0.1, 1), ylim=(-0.6, 1.6), yticks=[0, 1], yticklabels=["fleur par fleur", "image par image"])
ax.set(xlabel="exactitude annoncée", title="Des doubles des deux côtés : une réussite inventée")
plots.show(drawing, "Deux lignes de points : ceux de la séparation image par image sont bien plus à droite.")

# %% [markdown]
# Le classifieur n'a pas changé. Avec une séparation image par image, la moitié environ des images jugées avaient leur double parmi les
# apprises : la réponse était soufflée. La règle : on range d'abord les images par
# **groupes** de doubles, puis on tire les groupes. Elle vaut aussi pour la mémorisation de la leçon 07, et pour un GAN qui nourrit un
# classifieur : le GAN ne doit rien avoir vu des images qui jugent.

# %% [markdown]
# ## 7. Un GAN comme augmentation
#
# L'idée tente : puisqu'un GAN fabrique des fleurs, qu'il en fabrique pour un classifieur qui en manque. Une mesure a été faite d'avance
# (`python3 -m course mesurer augmentation`), sur deux tâches :
#
# - les cinq **variétés** des fleurs de synthèse ; 1 000 fleurs jugent ;
# - **lotus ou nénuphar**, sur les photographies d'Oxford ; 120 photographies jugent, doubles mis ensemble.
#
# Le même classifieur apprend de quatre façons : de vraies images seules ; des mêmes, **retouchées** (miroir et décalage) ; d'un lot fait pour
# moitié d'images **engendrées** ; ou des deux à la fois. Chaque classe a son WGAN-GP, qui n'a vu que les images d'entraînement. Quatre graines.
#
# **Prédisez.** Les images engendrées feront-elles mieux que de simples retouches ?

# %%
measured = json.loads(Path("08_classifieur.json").read_text(encoding="utf-8"))
WAYS = ("réelles", "retouchées", "engendrées", "retouchées et engendrées")
lines = ["| tâche | images par classe | " + " | ".join(WAYS) + " |", "|---" * 6 + "|"]
for row in measured["rows"]:
    cells = []
    for way in WAYS:
        values = 100 * torch.tensor(row["accuracy"][way])
        cells.append(f"{values.mean():.1f} ± {values.std() / len(values) ** 0.5:.1f}".replace(".", ","))
    lines.append(f"| {row['task']} | {row['per_class']} | " + " | ".join(cells) + " |")
Markdown("\n".join(lines))

# %%
drawing, axes = plots.figure(6.8, 3.6, 2, 2, sharey=True)
for ax, row in zip(axes.flat, measured["rows"], strict=True):
    for y, (way, marker) in enumerate(zip(WAYS, "osD^", strict=True)):
        values = 100 * torch.tensor(row["accuracy"][way])
        colour = FAKE if "engendrées" in way else REAL
        ax.plot(values, [-y] * len(values), marker, color=colour, alpha=0.3, markersize=4)
        ax.errorbar(values.mean(), -y, xerr=values.std() / len(values) ** 0.5, fmt=marker, color=colour, capsize=4)
    low = 20 if row["task"] == "variétés" else 50
    ax.axvline(low, color=GREY, linestyle="--", linewidth=1)
    ax.set(yticks=[0, -1, -2, -3], ylim=(-3.5, 0.5), xlim=(low - 3, 101), xlabel="exactitude, en %")
    ax.set_yticklabels(["réelles", "retouchées", "engendrées", "les deux"], fontsize=8)
    ax.set_title(f"{row['task'].capitalize()}, {row['per_class']} par classe", fontsize=9)
drawing.suptitle("Les retouches seules font toujours mieux que les images engendrées seules", fontsize=10)
plots.show(
    drawing,
    "Quatre cadres, un par tâche et par nombre d'images : l'exactitude des quatre façons, graine à graine ; en pointillé, le hasard.",
)

# %% [markdown]
# ### Le gain, graine à graine
#
# Les quatre façons partagent les mêmes graines : on compare donc **par paires**. Le gain d'une graine est une différence ; l'erreur
# type est celle de la moyenne de ces différences.

# %%
print(f"{'tâche':20} {'par classe':>10}   gain des images engendrées, en points (sans retouches ; avec)")
for row in measured["rows"]:
    gains = []
    for before, after in (("réelles", "engendrées"), ("retouchées", "retouchées et engendrées")):
        gain = 100 * (torch.tensor(row["accuracy"][after]) - torch.tensor(row["accuracy"][before]))
        gains.append(f"{gain.mean():+5.1f} ± {gain.std() / len(gain) ** 0.5:.1f}")
    print(f"{row['task']:20} {row['per_class']:10}   " + "   ;   ".join(gains))

# %% [markdown]
# Trois leçons, et aucune n'est simple.
#
# - **Les retouches d'abord.** Seules, elles rapportent plus que les images engendrées seules, dans les quatre cas, sans rien entraîner.
# - **Quand cela aide.** Sans retouches, 5 fleurs par variété : plus de 7 points. Avec retouches, lotus contre nénuphar, 17 photographies par
#   classe : près de 6 points, près de quatre fois l'erreur.
# - **Quand cela n'aide pas.** Avec 68 photographies et sans retouches, les images engendrées font **perdre** plus de 5 points, sans doute parce
#   que la moitié de chaque lot est de moindre qualité. Ajoutées aux retouches, elles n'apportent rien de net, ni là ni sur les variétés.
#
# Quatre graines du classifieur, mais un seul GAN et un seul partage par ligne : un autre tirage bougerait ces chiffres. Méfiez-vous d'un article qui ne
# montre que la colonne la plus flatteuse.

# %% [markdown]
# ## En résumé
#
# - Avec peu d'images, c'est d'abord la critique qui apprend par cœur ; $r$ le mesure.
# - Retoucher les seules vraies images fait passer les retouches dans les images engendrées.
# - Retoucher les vraies **et** les fausses, aux deux tours, garde l'avantage sans la fuite, si la retouche laisse retrouver la loi.
# - Sous la centaine d'images, regardez d'abord les voisins : c'est là que l'on copie.
# - Les doubles vont du même côté ; un gain se donne par paires, avec son erreur.
# - Des images engendrées peuvent aider un classifieur, ou lui nuire : seule la mesure le dit, après de simples retouches.
#
# ## Quiz
#
# Chaque réponse est expliquée.

# %%
from lessons_lib.widgets.quiz import Quiz

Quiz("08")

# %% [markdown]
# ## À vous : l'exercice
#
# Écrivez un miroir et un décalage que le gradient traverse, les deux pertes augmentées, la séparation sans doubles, la mesure du
# surapprentissage et celle d'un gain : [exercice 08](../exercises/08_peu_de_donnees.ipynb). La vérification nomme les fautes courantes.
# La [solution](../solutions/08_peu_de_donnees.ipynb) est à côté.

# %% [markdown]
# ## Sources
#
# - S. Zhao et coll., « Differentiable Augmentation for Data-Efficient GAN Training », NeurIPS, 2020,
#   [arXiv:2006.10738](https://arxiv.org/abs/2006.10738) : l'augmentation des deux côtés.
# - T. Karras et coll., « Training Generative Adversarial Networks with Limited Data », NeurIPS, 2020,
#   [arXiv:2006.06676](https://arxiv.org/abs/2006.06676) : la mesure $r$ (équation 1), les retouches qui ne fuient pas (section 2.2).
# - A. Antoniou, A. Storkey et H. Edwards, « Data Augmentation Generative Adversarial Networks », 2017,
#   [arXiv:1711.04340](https://arxiv.org/abs/1711.04340) : un GAN pour nourrir un classifieur.
# - S. Ravuri et O. Vinyals, « Classification Accuracy Score for Conditional Generative Models », NeurIPS, 2019,
#   [arXiv:1905.10887](https://arxiv.org/abs/1905.10887) : quand les images engendrées nourrissent mal un classifieur.
# - M.-E. Nilsback et A. Zisserman, « Automated Flower Classification over a Large Number of Classes », ICVGIP, 2008 : les photographies.
#
# Détails et lectures : [ressources](../course/ressources.md).
