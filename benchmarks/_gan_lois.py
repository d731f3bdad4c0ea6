"""Ce que WGAN-GP atteint sur des lois jouets : une pente de 1 là où la masse se déplace, et les huit gaussiennes."""

import dataclasses
import statistics
import time
from collections.abc import Iterator

import ot
import torch
from torch import Tensor

from benchmarks import Mesure
from lessons_lib import toys
from lessons_lib.losses import LOSSES, gradient_penalty, input_gradient
from lessons_lib.models import ToyCritic, ToyGenerator
from lessons_lib.training import AdversarialConfig, critic_step, train_wgan_gp

SEEDS = range(10)
LAW = "huit_gaussiennes"
EIGHT = AdversarialConfig(
    steps=2000,
    batch_size=128,
    learning_rate=1e-3,
    decay=True,
    average=0.99,
    betas=(0.5, 0.9),
    critic_steps=2,
    penalty_weight=1.0,
)
PAIRS = (("deux_segments", "deux_lunes"), ("anneau", "huit_gaussiennes"), ("huit_gaussiennes", "rouleau"))


def mesures() -> Iterator[Mesure]:
    """Les mesures des lois jouets."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # des réseaux aussi petits vont plus vite sur un seul cœur
    try:
        for first, second in PAIRS:
            slope, share = trained_critic(first, second)
            yield Mesure(f"pente médiane, {first} vers {second}", slope, "", "0.9 à 1.1", abs(slope - 1) <= 0.1)
            yield Mesure(f"écart des scores / distance exacte, {first} vers {second}", share, "", "≥ 0.5", share >= 0.5)
        yield from eight_gaussians()
    finally:
        torch.set_num_threads(threads)


def trained_critic(first: str, second: str, steps: int = 1500) -> tuple[float, float]:
    """Une critique entraînée entre deux lois : (médiane de ‖∇f‖ là où la masse se déplace, écart / distance exacte).

    La médiane se prend sur les segments du plan de transport exact. Seule, elle ne suffit pas : une critique qui
    monterait dans le mauvais sens aurait aussi une pente de 1, mais un écart négatif.
    """
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(0)
    real, fake = (toys.sample(name, 4000, generator=random) for name in (first, second))
    critic = ToyCritic(hidden=64)
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.5, 0.9))
    for _ in range(steps):
        chosen = torch.randint(4000, (2, 256), generator=random)
        critic_step(
            critic,
            lambda points: points,  # les fausses sont fixes : seule la critique apprend
            optimizer,
            real[chosen[0]],
            fake[chosen[1]],
            LOSSES["wasserstein"],
            penalty=gradient_penalty,
            penalty_weight=10.0,
        )
    real, fake = real[:500], fake[:500]
    slope = input_gradient(critic, _on_the_plan(real, fake).requires_grad_(True)).norm(dim=1)
    with torch.no_grad():
        gap = critic(real).mean() - critic(fake).mean()
    return float(slope.detach().median()), float(gap) / toys.transport_distance(real, fake)


def _on_the_plan(real: Tensor, fake: Tensor) -> Tensor:
    """Un point tiré sur chaque segment du plan optimal entre deux nuages de même taille, (N, 2)."""
    plan = ot.emd([], [], ot.dist(real.numpy(), fake.numpy(), metric="euclidean"))
    partner = torch.from_numpy(plan.argmax(axis=1))
    share = torch.rand(len(real), 1, generator=torch.Generator().manual_seed(1))
    return share * real + (1 - share) * fake[partner]


def eight_gaussians() -> Iterator[Mesure]:
    """Dix graines de WGAN-GP sur les huit gaussiennes : modes couverts, bons échantillons, durée."""
    results = [run(seed) for seed in SEEDS]
    complete = sum(modes == 8 and good >= 0.6 and seconds <= 20 for modes, good, seconds in results)
    yield Mesure("huit gaussiennes : graines 8 modes, 60 %, 20 s", complete, "sur 10", "≥ 9", complete >= 9)
    yield Mesure("huit gaussiennes : bons échantillons, médiane", statistics.median(r[1] for r in results), "")
    yield Mesure("huit gaussiennes : bons échantillons, minimum", min(r[1] for r in results), "")
    yield Mesure("huit gaussiennes : durée, médiane", statistics.median(r[2] for r in results), "s")
    longest = max(r[2] for r in results)
    yield Mesure("huit gaussiennes : durée, maximum", longest, "s", "< 20", longest < 20)


def run(seed: int) -> tuple[int, float, float]:
    """Un entraînement : (modes couverts sur 8, part des bons échantillons, secondes)."""
    torch.manual_seed(seed)
    points = toys.sample(LAW, 20_000, generator=torch.Generator().manual_seed(seed))
    config = dataclasses.replace(EIGHT, seed=seed)
    training = train_wgan_gp(ToyGenerator(latent=8, hidden=64), ToyCritic(hidden=64), points, config)
    start = time.perf_counter()
    for _ in training:
        pass
    seconds = time.perf_counter() - start
    drawn = training.sample(torch.randn(10_000, 8, generator=torch.Generator().manual_seed(seed)))
    return toys.modes_covered(drawn, LAW), toys.good_share(drawn, LAW), seconds
