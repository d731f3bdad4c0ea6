"""Les pertes comparées à des calculs indépendants : torch.distributions, Monte-Carlo, différences finies."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from lessons_lib.losses import kl_to_standard_normal, reconstruction_loss, reparameterize, squared_error


def random_images(count=4, size=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand((count, 3, size, size), generator=generator, dtype=torch.float64) * 1.8 - 0.9


def test_squared_error_sums_over_pixels_and_averages_over_the_batch():
    x = torch.zeros(2, 3, 4, 4)
    x_hat = torch.stack([torch.full((3, 4, 4), 1.0), torch.full((3, 4, 4), 2.0)])
    assert squared_error(x_hat, x).item() == pytest.approx((48 * 1 + 48 * 4) / 2)


def test_gaussian_likelihood_matches_torch_distributions():
    x, x_hat, sigma = random_images(seed=1), random_images(seed=2), 0.3
    expected = -Independent(Normal(x_hat, sigma), 3).log_prob(x).mean()
    assert reconstruction_loss(x_hat, x, "gaussian", sigma).item() == pytest.approx(expected.item(), rel=1e-12)


def test_bernoulli_likelihood_matches_torch_distributions():
    x, x_hat = random_images(seed=3), random_images(seed=4)
    law = Independent(Bernoulli(probs=(x_hat + 1) / 2, validate_args=False), 3)
    expected = -law.log_prob((x + 1) / 2).mean()
    assert reconstruction_loss(x_hat, x, "bernoulli").item() == pytest.approx(expected.item(), rel=1e-9)


def test_kl_matches_torch_distributions_per_dimension_and_summed():
    mu, logvar = torch.randn(2, 16, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(0.0, 1.0)).mean(dim=0)
    torch.testing.assert_close(kl_to_standard_normal(mu, logvar, per_dimension=True), expected)
    torch.testing.assert_close(kl_to_standard_normal(mu, logvar), expected.sum())


def test_kl_matches_a_monte_carlo_estimate():
    mu, logvar = torch.tensor([[0.7, -0.2]]), torch.tensor([[-0.8, 0.4]])
    generator = torch.Generator().manual_seed(0)
    z = reparameterize(mu.expand(400_000, 2), logvar.expand(400_000, 2), generator=generator)
    law, prior = Normal(mu, (0.5 * logvar).exp()), Normal(0.0, 1.0)
    draws = (law.log_prob(z) - prior.log_prob(z)).sum(dim=1)
    error = draws.std().item() / math.sqrt(len(draws))
    assert abs(draws.mean().item() - kl_to_standard_normal(mu, logvar).item()) < 4 * error


@settings(max_examples=60, deadline=None)
@given(st.floats(-4, 4), st.floats(-6, 3))
def test_kl_is_positive_and_zero_only_at_the_standard_normal(mu, logvar):
    kl = kl_to_standard_normal(torch.tensor([[mu]]).double(), torch.tensor([[logvar]]).double()).item()
    assert kl >= -1e-15  # l'arrondi de exp(logvar) - 1 - logvar, tout près de zéro
    if abs(mu) > 1e-3 or abs(logvar) > 1e-3:
        assert kl > 0


def test_reparameterize_has_the_right_mean_and_standard_deviation():
    mu, logvar = torch.tensor([[2.0, -1.0]]), torch.tensor([[0.0, -2.0]])
    z = reparameterize(mu.expand(200_000, 2), logvar.expand(200_000, 2), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(z.mean(dim=0), mu[0], atol=0.01, rtol=0)
    torch.testing.assert_close(z.std(dim=0), (0.5 * logvar[0]).exp(), atol=0.01, rtol=0)


def test_reparameterize_is_reproducible_with_a_generator():
    mu, logvar = torch.zeros(3, 2), torch.zeros(3, 2)
    first = reparameterize(mu, logvar, generator=torch.Generator().manual_seed(5))
    again = reparameterize(mu, logvar, generator=torch.Generator().manual_seed(5))
    other = reparameterize(mu, logvar, generator=torch.Generator().manual_seed(6))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_gradients_match_finite_differences():
    mu, logvar = torch.randn(2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    mu.requires_grad_()
    logvar.requires_grad_()

    def draw(mu, logvar):
        return reparameterize(mu, logvar, generator=torch.Generator().manual_seed(2))

    assert torch.autograd.gradcheck(kl_to_standard_normal, (mu, logvar))
    assert torch.autograd.gradcheck(draw, (mu, logvar))
    x_hat, x = random_images(2, 4, seed=5).requires_grad_(), random_images(2, 4, seed=6)
    for likelihood in ("gaussian", "bernoulli"):
        assert torch.autograd.gradcheck(lambda a, name=likelihood: reconstruction_loss(a, x, name), (x_hat,))


def test_errors_say_what_to_do():
    x = random_images()
    with pytest.raises(ValueError, match="même forme"):
        squared_error(x, x[:2])
    with pytest.raises(ValueError, match="« gaussian » ou « bernoulli »"):
        reconstruction_loss(x, x, "poisson")
    with pytest.raises(ValueError, match="strictement positif"):
        reconstruction_loss(x, x, sigma=0.0)
