# %% [markdown]
# # 02 · L'autoencodeur variationnel
#
# **Durée :** 60 minutes. **Prérequis :** la leçon [01 · L'autoencodeur](01_autoencodeur.ipynb) ; la loi normale : moyenne,
# écart type, densité.
#
# **À la fin de cette leçon, vous saurez :**
#
# - remplacer un point latent par une loi normale, et dire ce que $\mu$ et $\sigma$ règlent ;
# - tirer au hasard sans perdre le gradient (astuce de reparamétrisation) ;
# - établir l'ELBO, la perte du VAE, et en lire chaque terme ;
# - tirer des fleurs de lotus qui n'ont jamais existé, et parcourir leur carte ;
# - reconnaître un effondrement de l'a posteriori.

# %% tags=["nbval-ignore-output"]
import math

import torch
from torch.distributions import Normal

from lessons_lib import plots, zoo
from lessons_lib.lotus import CALM_GARDEN, SIMPLE_GARDEN, VARIETIES, VARIETY_COLOURS, SyntheticLotus
from lessons_lib.photos import open_dataset

SOURCE = "synthetique"  # ou "oxford", ou le chemin d'un dossier de photographies
lotus = open_dataset(SOURCE, n=400, size=64, seed=1, fixed=CALM_GARDEN)
unseen = SyntheticLotus(200, size=64, seed=2026, fixed=CALM_GARDEN).images  # mises de côté
simple = SyntheticLotus(200, size=64, seed=5, fixed=SIMPLE_GARDEN)
x = lotus.images[:6]
print("un lot d'images :", tuple(x.shape))

# %% [markdown]
# ## 1. L'idée : un nuage plutôt qu'un point
#
# L'autoencodeur pose chaque image sur **un point** de l'espace latent. Rien ne l'oblige à remplir l'espace entre les
# points : la leçon 01 y a trouvé des trous.
#
# L'autoencodeur variationnel (*variational autoencoder*, VAE) pose chaque image sur **un petit nuage**. Le décodeur
# doit rendre la même fleur où que l'on tombe dans le nuage. Deux nuages voisins se recouvrent : entre deux fleurs, il
# faut donc une fleur intermédiaire. Et l'ensemble des nuages est prié de ressembler à une loi connue, où l'on saura
# tirer : la **loi a priori** (*prior*), ici $\mathcal{N}(0, I)$.

# %%
generator = torch.Generator().manual_seed(3)
centres = torch.randn((14, 2), generator=generator)
circle = torch.linspace(0, 2 * torch.pi, 60)

drawing, (left, right) = plots.figure(8, 3.6, 1, 2, sharex=True, sharey=True)
left.scatter(*centres.T, s=26, color=plots.PALETTE["real"])
left.set_title("Autoencodeur : des points, et du vide entre eux")
for centre in centres:
    for radius, opacity in ((1, 0.28), (2, 0.14)):
        edge = centre[:, None] + radius * 0.33 * torch.stack([circle.cos(), circle.sin()])
        right.fill(*edge, color=plots.PALETTE["real"], alpha=opacity, linewidth=0)
for radius in (1, 2):
    right.plot(radius * circle.cos(), radius * circle.sin(), color=plots.PALETTE["prior"], linestyle="--")
right.text(0, 2.1, "loi a priori", color=plots.PALETTE["prior"], ha="center")
right.set_title("VAE : des nuages qui couvrent la loi a priori")
for ax in (left, right):
    ax.set(aspect="equal", xlabel="$z_0$", xlim=(-2.6, 2.6), ylim=(-2.6, 2.6))
left.set_ylabel("$z_1$")
plots.show(
    drawing, "À gauche quatorze points isolés, à droite quatorze nuages qui se recouvrent dans deux cercles gris."
)

# %% [markdown]
# ## 2. Une loi normale par image
#
# L'encodeur du VAE rend deux vecteurs, un **centre** et une **taille** par dimension latente :
#
# $$q(z \mid x) = \mathcal{N}\big(z ;\ \mu(x),\ \mathrm{diag}\,\sigma^2(x)\big)$$
#
# En mots : pour une image $x$ donnée, chaque coordonnée $z_j$ suit une loi normale de moyenne $\mu_j$ et d'écart type
# $\sigma_j$, **indépendamment des autres**. C'est une hypothèse du VAE : les dimensions latentes sont indépendantes,
# donc non corrélées. À deux dimensions, le nuage est une ellipse dont les axes suivent ceux du repère. Avec $D$
# dimensions latentes, deux fois $D$ nombres le décrivent.
#
# Dans le code, le réseau rend `mu` et `logvar`, le logarithme de la variance : $\log \sigma^2$ peut prendre n'importe
# quelle valeur réelle, alors que $\sigma$ doit rester positif.

# %%
from lessons_lib.models import VAE

torch.manual_seed(0)
model = VAE(size=64, latent=2, width=16)
mu, logvar = model.encode(x)
print("mu :", tuple(mu.shape), "  logvar :", tuple(logvar.shape))
for value in (-4.0, 0.0, 2.0):
    print(f"logvar = {value:4.1f}  ->  sigma = {torch.tensor(value / 2).exp():.3f}")

# %% [markdown]
# ## 3. Tirer sans perdre le gradient
#
# Pour entraîner l'encodeur, la perte doit se dériver par rapport à $\mu$ et $\sigma$. Or « tirer un nombre au hasard »
# n'est pas une opération que l'on dérive.
#
# L'astuce de reparamétrisation (*reparameterisation trick*) sort le hasard du chemin : on tire
# $\varepsilon \sim \mathcal{N}(0, I)$, qui ne dépend d'aucun poids, puis on calcule
#
# $$z = \mu + \sigma \odot \varepsilon$$
#
# En mots : le centre, plus la taille multipliée par un hasard. $z$ suit bien la loi voulue, et son calcul n'est plus qu'une
# multiplication et une addition.
#
# **Prédisez.** Avec `mu = 1` et `sigma = 0.5`, que vaut la dérivée de $z$ par rapport à $\mu$ ? Et par rapport à
# $\sigma$ ? Laquelle dépend du tirage ?


# %% tags=["lib:lessons_lib.losses.reparameterize"]
def reparameterize(mu, logvar, *, generator=None):
    epsilon = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + (0.5 * logvar).exp() * epsilon


mu = torch.full((1, 3), 1.0, requires_grad=True)
sigma = torch.full((1, 3), 0.5, requires_grad=True)
z = reparameterize(mu, 2 * sigma.log(), generator=torch.Generator().manual_seed(0))
z.sum().backward()
epsilon = torch.randn((1, 3), generator=torch.Generator().manual_seed(0))

print("dz/dmu vaut 1 partout              :", torch.equal(mu.grad, torch.ones(1, 3)))
print("dz/dsigma vaut le tirage epsilon   :", torch.allclose(sigma.grad, epsilon, atol=1e-5))
print("un tirage direct garde le gradient :", Normal(mu, sigma).sample().requires_grad)

# %% [markdown]
# La dérivée par rapport à $\mu$ vaut 1 : déplacer le centre déplace $z$ d'autant. Celle par rapport à $\sigma$ vaut
# $\varepsilon$ : agrandir le nuage éloigne davantage les points qui étaient déjà loin. Le tirage direct, lui, coupe le
# graphe de calcul : aucun gradient n'y passe.
#
# ## 4. D'où vient la perte : l'ELBO, pas à pas
#
# **1. Le but.** On veut que les vraies images soient probables pour le modèle : que $\log p(x)$ soit grand, avec
# $p(x) = \int p(x \mid z)\, p(z)\, dz$. En mots : la probabilité de $x$ (une densité, en
# toute rigueur) est la moyenne, sur tous les codes tirés suivant $p(z)$, de la probabilité que ce code donne $x$. On
# appelle $p(x)$ l'**évidence** (*evidence*), et $p(x \mid z)$ une **vraisemblance** (*likelihood*).
#
# **2. L'obstacle.** Presque tous les $z$ donnent une image sans rapport avec $x$. Une moyenne sur des tirages de $p(z)$
# manque presque toujours ceux qui comptent.

# %% [markdown]
# **3. Le détour.** On tire $z$ là où il a des chances de convenir : dans le nuage $q(z \mid x)$ de l'encodeur. L'écart d'une
# loi $q$ à une loi $p$ se mesure par la **divergence de Kullback-Leibler**,
# $\mathrm{KL}(q\,\|\,p) = \mathbb{E}_q[\log q(z) - \log p(z)]$ : la moyenne, quand $z$ suit $q$, de l'écart des logarithmes.
#
# Prenez le logarithme de la règle de Bayes, $p(x) = p(x \mid z)\,p(z) / p(z \mid x)$, ajoutez et retranchez
# $\log q(z \mid x)$, puis faites la moyenne sous $q$ :
#
# $$\log p(x) = \mathbb{E}_{q}\left[\log p(x \mid z)\right] - \mathrm{KL}\big(q(z \mid x)\,\|\,p(z)\big)
#   + \mathrm{KL}\big(q(z \mid x)\,\|\,p(z \mid x)\big)$$
#
# **4. La borne.** Le dernier terme compare $q$ à la vraie **loi a posteriori** (*posterior*), inconnue. Mais une divergence KL
# n'est jamais négative. En l'ôtant, on obtient une quantité calculable, qui ne dépasse jamais $\log p(x)$ : la **borne
# inférieure de l'évidence** (*evidence lower bound*, ELBO).
#
# $$\mathrm{ELBO} = \underbrace{\mathbb{E}_{q}\left[\log p(x \mid z)\right]}_{\text{bien reconstruire}}
#   - \underbrace{\mathrm{KL}\big(q(z \mid x)\,\|\,p(z)\big)}_{\text{rester près de la loi a priori}}$$
#
# La perte du VAE est son opposé, $-\mathrm{ELBO}$. Elle se mesure en **nats** (*nats*), l'unité d'information des logarithmes
# naturels.

# %% [markdown]
# ### Un cas où la réponse est connue
#
# Soit un monde à une dimension : $z \sim \mathcal{N}(0, 1)$ et $x = z + \text{bruit}$, le bruit étant normal, centré, d'écart type
# $s = 0{,}5$. Tout s'y calcule à la main : $p(x) = \mathcal{N}(0,\ 1 + s^2)$, et la vraie loi a posteriori est
# $p(z \mid x) = \mathcal{N}\big(x / (1+s^2),\ s^2/(1+s^2)\big)$.
#
# **Prédisez.** La cellule fait varier le centre de $q$, en gardant la bonne taille. Où l'ELBO sera-t-elle maximale, et de combien
# restera-t-elle alors sous $\log p(x)$ ?

# %%
s, observed = 0.5, torch.tensor(1.2)
log_evidence = Normal(0.0, (1 + s**2) ** 0.5).log_prob(observed)
true_mean, true_std = observed / (1 + s**2), (s**2 / (1 + s**2)) ** 0.5


def elbo(mean, std):
    expected_log_likelihood = Normal(0.0, s).log_prob(observed - mean) - std**2 / (2 * s**2)
    kl = 0.5 * (mean**2 + std**2 - 1 - 2 * torch.log(torch.as_tensor(std)))
    return expected_log_likelihood - kl


centres = torch.linspace(-0.2, 2.1, 231)
values = elbo(centres, true_std)
best = centres[values.argmax()]
print(f"meilleur centre : {best:.2f}   vraie moyenne a posteriori : {true_mean:.2f}")
print(f"écart à log p(x) au meilleur centre : {abs(log_evidence - elbo(true_mean, true_std)):.4f}")

# %%
drawing, ax = plots.figure(7, 3.2)
ax.axhline(log_evidence, color=plots.PALETTE["prior"], linestyle="--")
ax.text(-0.18, log_evidence + 0.08, "$\\log p(x)$, qu'on ne sait pas calculer en général", color="#555555")
ax.plot(centres, values, color=plots.PALETTE["real"])
ax.text(0.02, -3.6, "ELBO", color=plots.PALETTE["real"])
ax.plot(true_mean, log_evidence, "o", color=plots.PALETTE["generated"])
ax.annotate(
    "$q$ est la vraie\nloi a posteriori", (true_mean, log_evidence), (1.28, -3.0), arrowprops={"arrowstyle": "-"}
)
ax.annotate("", (0.35, elbo(torch.tensor(0.35), true_std)), (0.35, log_evidence), arrowprops={"arrowstyle": "<->"})
ax.text(0.4, -2.05, "$\\mathrm{KL}(q\\,\\|\\,p(z|x))$")
ax.set(xlabel="centre de $q$", ylabel="nats", ylim=(-5, -1))
ax.set_title("L'ELBO reste sous $\\log p(x)$ et ne l'atteint qu'en un point")
plots.show(drawing, "Parabole de l'ELBO sous une droite horizontale, log p de x, touchée en un seul point.")

# %% [markdown]
# L'ELBO atteint $\log p(x)$ quand $q$ est exactement la vraie loi a posteriori. La faire monter, c'est donc améliorer le
# modèle, rapprocher l'encodeur de cette loi, ou les deux.
#
# ## 5. Un terme : rester près de la loi a priori
#
# Entre deux lois normales, la divergence KL a une forme close, c'est-à-dire une formule exacte, sans tirage. Vers
# $\mathcal{N}(0, 1)$, pour une dimension :
#
# $$\mathrm{KL} = \tfrac{1}{2}\left(\mu^2 + \sigma^2 - 1 - \log \sigma^2\right)$$
#
# En mots : $\mu^2$ punit l'éloignement du centre, $\sigma^2$ punit un nuage trop grand, $-\log\sigma^2$ punit un nuage trop
# petit. Le tout vaut zéro pour $\mu = 0$, $\sigma = 1$ seulement. On somme sur les dimensions, on moyenne sur le lot.


# %% tags=["lib:lessons_lib.losses.kl_to_standard_normal"]
def kl_to_standard_normal(mu, logvar, per_dimension=False):
    kl = 0.5 * (mu.square() + logvar.exp() - 1 - logvar)
    by_dimension = kl.mean(dim=0)
    return by_dimension if per_dimension else by_dimension.sum()


from torch.distributions import kl_divergence

mu, sigma = torch.tensor([[0.8, -1.5]]), torch.tensor([[0.4, 1.3]])
closed = kl_to_standard_normal(mu, 2 * sigma.log())
reference = kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0)).sum()
draws = mu + sigma * torch.randn((200_000, 2), generator=torch.Generator().manual_seed(0))
sampled = (Normal(mu, sigma).log_prob(draws) - Normal(0.0, 1.0).log_prob(draws)).sum(dim=1).mean()
print(f"forme close          : {closed:.2f} nats")
print(f"torch.distributions  : {reference:.2f} nats")
print(f"200 000 tirages      : égal à 0,02 près, {bool(abs(sampled - closed) < 0.02)}")

# %%
grid = torch.linspace(-2.5, 2.5, 200)
sigmas = torch.linspace(0.05, 2.5, 200)
zero = torch.zeros(1)
drawing, (left, right) = plots.figure(8, 2.9, 1, 2, sharey=True)
left.plot(grid, [kl_to_standard_normal(m.view(1, 1), zero.view(1, 1)) for m in grid], color=plots.PALETTE["real"])
left.set(xlabel="$\\mu$ (avec $\\sigma = 1$)", ylabel="KL, en nats", title="S'éloigner coûte de plus en plus")
right.plot(
    sigmas,
    [kl_to_standard_normal(zero.view(1, 1), 2 * s.log().view(1, 1)) for s in sigmas],
    color=plots.PALETTE["generated"],
)
right.axvline(1, color=plots.PALETTE["prior"], linestyle=":")
right.set(xlabel="$\\sigma$ (avec $\\mu = 0$)", title="Trop petit ou trop grand : les deux coûtent")
plots.show(drawing, "À gauche une parabole en mu, à droite une courbe en sigma, nulle en 1 et très haute près de 0.")

# %% [markdown]
# Tout tient au mur près de $\sigma = 0$. Sans lui, l'encodeur réduirait chaque nuage à un point, et l'on reviendrait à
# l'autoencodeur.
#
# ## 6. L'autre terme : bien reconstruire
#
# $\log p(x \mid z)$ demande une loi sur les pixels. Si chaque valeur suit, indépendamment des autres, une loi normale
# autour de la valeur décodée, avec un écart type fixe $s$ :
#
# $$-\log p(x \mid z) = \frac{\|x - \hat{x}\|^2}{2 s^2} + \frac{P}{2}\log(2\pi s^2)$$
#
# $P$ est le nombre de valeurs d'une image. La norme au carré de la leçon 01 revient, divisée par $2s^2$ ; le reste est
# constant. Avec $s = 1/\sqrt{2}$, c'est elle, à cette constante près.
# Un $s$ plus petit exige plus de précision : c'est lui qui règle l'équilibre avec la KL.
#
# Pour des pixels noirs ou blancs, sans gris, on prend plutôt une loi de Bernoulli : $-\log p(x \mid z)$ est alors l'entropie
# croisée binaire.

# %%
from lessons_lib.losses import reconstruction_loss, squared_error

x_hat = 0.9 * x
constant = x[0].numel() / 2 * torch.log(torch.tensor(torch.pi))
difference = reconstruction_loss(x_hat, x, "gaussian", sigma=0.5**0.5) - constant
print("même valeur que la norme au carré :", torch.allclose(difference, squared_error(x_hat, x), rtol=1e-3))
halved = reconstruction_loss(x_hat, x, sigma=0.1) - reconstruction_loss(x, x, sigma=0.1)
whole = reconstruction_loss(x_hat, x, sigma=0.2) - reconstruction_loss(x, x, sigma=0.2)
print(f"diviser s par 2 multiplie ce terme par {halved / whole:.0f}")

# %% [markdown]
# ## 7. Les sept étapes d'un pas d'entraînement
#
# 1. Prendre un lot d'images $x$.
# 2. L'encodeur rend $\mu$ et $\log\sigma^2$.
# 3. Tirer $\varepsilon \sim \mathcal{N}(0, I)$ et former $z = \mu + \sigma \odot \varepsilon$.
# 4. Le décodeur rend $\hat{x}$.
# 5. Mesurer la perte : reconstruction, plus divergence KL.
# 6. Rétropropager : le gradient traverse le décodeur, $z$, puis l'encodeur.
# 7. Corriger les poids.
#
# Les étapes 2 à 4 sont dans `model(x)`. Voici un pas en entier ; `beta` vaut 1 pour la vraie ELBO.


# %% tags=["lib:lessons_lib.training.vae_step"]
def vae_step(model, optimizer, x, config, generator=None):
    x_hat, mu, logvar = model(x, generator=generator)  # étapes 2 à 4
    reconstruction = reconstruction_loss(x_hat, x, config.likelihood, config.sigma)  # étape 5
    kl = kl_to_standard_normal(mu, logvar)
    loss = reconstruction + config.beta * kl
    optimizer.zero_grad()
    loss.backward()  # étape 6
    optimizer.step()  # étape 7
    return {"loss": loss.detach(), "reconstruction": reconstruction.detach(), "kl": kl.detach()}


# %% [markdown]
# ## 8. Un court entraînement
#
# 300 pas sur 400 images, avec un réseau étroit : une trentaine de secondes sur deux cœurs. Vous pouvez l'interrompre
# (bouton ■) : le modèle et l'historique des pertes sont conservés.
#
# **Prédisez.** La divergence KL part presque de zéro. Va-t-elle monter, descendre, ou rester là ?

# %% tags=["nbval-ignore-output"]
from lessons_lib.observers import live_curves, progress, record
from lessons_lib.training import TrainingConfig, train_vae

torch.manual_seed(0)
model = VAE(size=64, latent=16, width=12)
config = TrainingConfig(steps=300, batch_size=32, learning_rate=2e-3, sigma=0.8)
history = record(live_curves(progress(train_vae(model, lotus.images, config))))

# %%
plots.curves(history, "Trois courbes : la perte et la reconstruction descendent, la divergence KL monte.")
kl_curve = history.losses["kl"]
print(f"constante : {x[0].numel() / 2 * math.log(2 * math.pi * config.sigma**2):.0f} nats")
print("la KL monte :", sum(kl_curve[-10:]) > 2 * sum(kl_curve[:10]))
with torch.inference_mode():
    x_hat = model.decode(model.encode(x)[0])
plots.image_grid(
    torch.cat([x, x_hat]),
    "Six lotus, et au-dessous leurs reconstructions floues mais de la bonne couleur.",
    rows=["image", "après\n300 pas"],
)

# %% [markdown]
# Comment lire ces courbes :
#
# - la **reconstruction** descend : les fleurs se précisent. Elle ne descend pas jusqu'à zéro, car la constante
#   $\frac{P}{2}\log(2\pi s^2)$ affichée ci-dessus en fait partie ;
# - la **KL** monte : pour reconstruire, l'encodeur doit distinguer les images, donc s'écarter de $\mathcal{N}(0, I)$. Une
#   KL qui reste à zéro serait un mauvais signe ;
# - leur **somme** descend. C'est elle, et elle seule, que l'on minimise.

# %% [markdown]
# ## 9. Le résultat d'un long entraînement
#
# Le même code, un réseau plus large, davantage d'images et de pas : c'est une recette du zoo, que vous pouvez refaire par
# `python3 -m course entrainer vae_64`. Les poids sont livrés avec le cours.
#
# Comme les images de cette leçon, celles de la recette viennent de `CALM_GARDEN` : la fleur et les feuilles y gardent leur place, tout le reste
# varie.

# %%
vae, autoencoder = zoo.load("vae_64"), zoo.load("autoencoder_64")
recipe = zoo.card("vae_64")["recipe"]
print(f"{recipe['images']} images, {recipe['config']['steps']} pas, {recipe['latent']} dimensions latentes")

with torch.inference_mode():
    rebuilt = vae.decode(vae.encode(unseen[:6])[0])
plots.image_grid(
    torch.cat([unseen[:6], rebuilt]),
    "Six lotus jamais vus et leurs reconstructions par le VAE du zoo.",
    rows=["jamais vue", "VAE"],
)

# %% [markdown]
# ## 10. Tirer des fleurs, avec le même $z$ dans les deux réseaux
#
# On tire $z \sim \mathcal{N}(0, I)$ et on le décode deux fois : par l'autoencodeur, puis par le VAE. Mêmes images
# d'apprentissage, mêmes couches à la dernière de l'encodeur près, même nombre de pas, et **mêmes codes**.
#
# **Prédisez.** Lequel des deux rend des fleurs ?

# %%
z = torch.randn((6, 32), generator=torch.Generator().manual_seed(7))
with torch.inference_mode():
    pairs = torch.cat([autoencoder.decode(z), vae.decode(z)])
plots.image_grid(
    pairs,
    "En haut, l'autoencodeur rend des taches et quelques fleurs abîmées ; en bas, le VAE rend surtout des lotus, flous.",
    rows=["auto-\nencodeur", "VAE"],
    title="Les mêmes tirages de N(0, I), deux décodeurs",
)

# %%
with torch.inference_mode():
    mu, logvar = vae.encode(unseen)
    codes = autoencoder.encode(unseen)
    cloud = mu + (0.5 * logvar).exp() * torch.randn(mu.shape, generator=torch.Generator().manual_seed(0))
drawing, ax = plots.figure(7.5, 2.8)
for name, points, marker, color in (("VAE", cloud, "o", "real"), ("autoencodeur", codes, "s", "generated")):
    widths = torch.linalg.eigvalsh(points.T.cov()).sqrt()
    ax.semilogy(widths, marker, color=plots.PALETTE[color], markersize=4)
    ax.text(31.6, widths[-1], name, color=plots.PALETTE[color], va="center")
    print(f"{name} : épaisseurs dans un rapport de plus de 20, {bool(widths[-1] > 20 * widths[0])}")
ax.axhline(1, color=plots.PALETTE["prior"], linestyle="--")
ax.text(0, 1.15, "le tirage de N(0, I)", color="#555555")
ax.set(xlabel="axe principal du nuage, du plus mince au plus épais", ylabel="épaisseur (écart type)", xlim=(-1, 38))
ax.set_title("Le nuage du VAE est bien plus rond que la galette de l'autoencodeur")
plots.show(
    drawing, "Les épaisseurs du VAE vont de 0,3 à 2 environ ; celles de l'autoencodeur, de moins de 0,1 à plus de 3."
)

# %% [markdown]
# Un tirage de $\mathcal{N}(0, I)$ est rond. Le nuage de l'autoencodeur est une galette : très mince dans certaines
# directions, étirée dans d'autres. Presque tous les tirages tombent à côté, là où le décodeur n'a jamais rien appris. Le
# nuage du VAE est bien plus rond, et la plupart des tirages y tombent.
#
# Il reste des ratés dans la ligne du bas : la KL n'a rapproché le nuage de la loi a priori qu'en partie.

# %% [markdown]
# ## 11. Deux dimensions : la carte entière sous les yeux
#
# Avec deux dimensions latentes, l'espace tient sur une page. Le jardin est simplifié : seules la variété et l'ouverture
# changent. Le décodeur y est peu exigeant sur le détail ($s = 2$) : la KL a donc toute latitude pour ranger les nuages.
#
# On décode une grille de $z$ posée aux **quantiles** (*quantiles*) de la loi normale, les valeurs sous lesquelles tombe une
# part donnée des tirages : chaque case compte ainsi pour la même part.

# %%
flat_vae, flat_ae = zoo.load("vae_64_2d"), zoo.load("autoencoder_64_2d")
ticks = Normal(0.0, 1.0).icdf(torch.linspace(0.05, 0.95, 7))
z = torch.cartesian_prod(-ticks, ticks).flip(1)  # (49, 2) : lignes de haut en bas, colonnes de gauche à droite
with torch.inference_mode():
    manifold = flat_vae.decode(z)
plots.image_grid(
    manifold,
    "Sept lignes et sept colonnes de lotus : la couleur et l'ouverture changent par degrés d'une case à l'autre.",
    columns=7,
    scale=1,
    title="Toutes les fleurs du VAE à deux dimensions",
)

# %% [markdown]
# ### Sous la souris
#
# Chaque marque est une image du jardin. **Déplacez la souris** : l'image décodée suit. Cliquez pour l'épingler ; quittez la
# carte, elle revient. Au clavier : flèches, Entrée, Échap.
#
# Choisissez une image : les ellipses montrent $q(z \mid x)$ à un et deux écarts types. *Retirer epsilon* en tire un nouveau, à
# $\mu$ et $\sigma$ fixés : le point change de place dans le nuage.

# %%
from lessons_lib.widgets.latent_map import LatentMap

with torch.inference_mode():
    mu, logvar = flat_vae.encode(simple.images)
varieties = [VARIETIES[name] for name in simple.factors["variety"]]
LatentMap(
    flat_vae.decode,
    posterior=(mu, logvar),
    images=simple.images,
    colour_by={"Variété": varieties, "Ouverture": simple.factors["openness"]},
    palette=VARIETY_COLOURS,
)

# %% [markdown]
# **Prédisez.** Par où passer pour ouvrir une fleur sans changer sa couleur ? Et que voit-on à la frontière de deux
# variétés ?
#
# ### Les deux réseaux sur la même carte
#
# Le même $z$, décodé par l'autoencodeur et par le VAE. Cherchez un endroit où l'un donne une fleur et l'autre un fantôme.

# %%
with torch.inference_mode():
    ae_codes = flat_ae.encode(simple.images)
LatentMap(
    {"Autoencodeur": flat_ae.decode, "VAE": flat_vae.decode},
    {"Autoencodeur": ae_codes, "VAE": mu},
    colour_by={"Variété": varieties},
    palette=VARIETY_COLOURS,
    title="Le même z dans les deux réseaux",
)

# %% [markdown]
# ### Trente-deux dimensions, un curseur chacune
#
# Dans `vae_64`, quelles dimensions servent ? Celles dont la KL est grande : l'encodeur y écrit quelque chose. Là où elle est
# presque nulle, les nuages restent voisins de $\mathcal{N}(0, 1)$, et le code ne dit presque rien. L'explorateur montre d'abord
# les six dimensions de plus grande KL ; vous en réglez le nombre.

# %%
from lessons_lib.widgets.latent_explorer import LatentExplorer

with torch.inference_mode():
    mu, logvar = vae.encode(unseen)
per_dimension = kl_to_standard_normal(mu, logvar, per_dimension=True)
ranked = per_dimension.sort(descending=True).values
useful = int((ranked.cumsum(0) < 0.9 * ranked.sum()).sum()) + 1
drawing, ax = plots.figure(7.5, 2.6)
ax.bar(range(32), ranked, color=plots.PALETTE["real"])
ax.set(xlabel="dimension latente, triée", ylabel="KL, en nats")
ax.set_title(f"{useful} dimensions sur 32 portent 90 % de l'information")
plots.show(drawing, f"Barres décroissantes : après la dimension {useful}, la divergence KL est faible.")
LatentExplorer(vae.decode, mu[:1], importance=per_dimension, shown=6, original=unseen[0])

# %% [markdown]
# ## 12. Un échec, exprès : l'effondrement de l'a posteriori
#
# La KL reçoit un poids démesuré, $\beta = 200$ au lieu de 1. L'entraînement dure une dizaine de secondes.
#
# **Prédisez.** Que deviennent les six reconstructions ?

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
collapsed = VAE(size=64, latent=16, width=12)
config = TrainingConfig(steps=100, batch_size=32, learning_rate=2e-3, sigma=0.8, beta=200.0)
failure = record(progress(train_vae(collapsed, lotus.images, config)))

# %%
plots.curves(failure, "La divergence KL tombe à zéro et y reste.", names=["kl"])
with torch.inference_mode():
    mu, logvar = collapsed.encode(x)
    x_hat = collapsed.decode(reparameterize(mu, logvar, generator=torch.Generator().manual_seed(0)))
plots.image_grid(
    torch.cat([x, x_hat]),
    "Six lotus différents, et au-dessous six fois la même image moyenne.",
    rows=["image", "beta = 200"],
)
print(f"KL finale : {kl_to_standard_normal(mu, logvar):.0f} nat")
print("les six reconstructions se ressemblent :", bool(x_hat.std(dim=0).mean() < 0.2 * x.std(dim=0).mean()))

# %% [markdown]
# La KL est à zéro : chaque nuage est devenu $\mathcal{N}(0, I)$, le code ne dit plus rien de l'image, et le décodeur rend la
# moyenne du jardin. C'est l'**effondrement de l'a posteriori** (*posterior collapse*) ; la courbe de la KL l'annonce.
#
# La même panne vient sans prévenir quand on **moyenne** la reconstruction sur les pixels tout en **sommant** la KL : la
# reconstruction pèse alors 12 288 fois moins. D'où la règle du cours : des nats par image, somme sur les pixels comme sur
# les dimensions latentes, moyenne sur le lot.
#
# ## 13. Ce que le VAE ne sait pas faire
#
# Ses images restent **floues**. Quand plusieurs détails sont possibles pour un même code, l'erreur au carré est minimale à
# leur moyenne, et une moyenne de pétales nets est un pétale flou. Il faudrait une perte qui juge la fleur entière : ce sera
# le travail d'un second réseau.

# %% [markdown]
# ## En résumé
#
# - Le VAE encode une image par une loi normale $\mathcal{N}(\mu, \sigma^2)$, à dimensions indépendantes.
# - $z = \mu + \sigma \odot \varepsilon$ laisse passer le gradient : le hasard est dans $\varepsilon$.
# - La perte est $-\mathrm{ELBO}$ : reconstruction plus KL, en nats par image.
# - La KL range les nuages sous $\mathcal{N}(0, I)$ : on peut donc y tirer, et s'y promener.
# - KL à zéro : effondrement de l'a posteriori. Images floues : la moyenne des possibles.
#
# ## Quiz
#
# Sept questions, dont les sept étapes à remettre dans l'ordre. Chaque réponse, juste ou fausse, est expliquée.

# %%
from lessons_lib.widgets.quiz import Quiz

Quiz("02")

# %% [markdown]
# ## À vous : l'exercice
#
# Écrivez vous-même la reparamétrisation, la KL, la perte entière et un remède à l'effondrement ; prédisez ce que règle $s$ ; trouvez la
# ligne qui fait échouer un VAE : [exercice 02](../exercises/02_autoencodeur_variationnel.ipynb), 50 minutes. La vérification nomme les
# fautes courantes. La [solution](../solutions/02_autoencodeur_variationnel.ipynb) est à côté.
#
# ## Sources
#
# - D. P. Kingma et M. Welling, « Auto-Encoding Variational Bayes », ICLR, 2014, [arXiv:1312.6114](https://arxiv.org/abs/1312.6114) :
#   l'ELBO (équation 3), la reparamétrisation (section 2.4), la KL en forme close (annexe B).
# - D. J. Rezende, S. Mohamed et D. Wierstra, « Stochastic Backpropagation and Approximate Inference in Deep Generative
#   Models », ICML, 2014, [arXiv:1401.4082](https://arxiv.org/abs/1401.4082).
# - D. P. Kingma et M. Welling, « An Introduction to Variational Autoencoders », 2019,
#   [arXiv:1906.02691](https://arxiv.org/abs/1906.02691) : la démonstration complète.
# - I. Higgins et coll., « beta-VAE : Learning Basic Visual Concepts with a Constrained Variational Framework », ICLR, 2017 :
#   ce que règle le poids de la KL.
#
# Détails et lectures : [ressources](../course/ressources.md).
