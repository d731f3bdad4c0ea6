"""Les pertes adverses et les pénalités, comparées à des calculs indépendants."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib import losses
from lessons_lib.losses import LOSSES, clip_weights, gradient_penalty, interpolate, r1_penalty, r2_penalty

REAL = torch.tensor([1.2, -0.3, 4.0], dtype=torch.float64)
FAKE = torch.tensor([-0.7, 0.4, 2.5], dtype=torch.float64)


def probability(scores):
    return 1 / (1 + torch.exp(-scores))


EXPECTED = {
    "minimax": (
        -probability(REAL).log().mean() - (1 - probability(FAKE)).log().mean(),
        (1 - probability(FAKE)).log().mean(),
    ),
    "non_saturating": (
        F.binary_cross_entropy_with_logits(REAL, torch.ones_like(REAL))
        + F.binary_cross_entropy_with_logits(FAKE, torch.zeros_like(FAKE)),
        -probability(FAKE).log().mean(),
    ),
    "least_squares": (0.5 * ((REAL - 1) ** 2).mean() + 0.5 * (FAKE**2).mean(), 0.5 * ((FAKE - 1) ** 2).mean()),
    # max(0, 1 − x) : 0, 1,3 et 0 ; max(0, 1 + x) : 0,3, 1,4 et 3,5
    "hinge": (torch.tensor(1.3 / 3 + 5.2 / 3), -FAKE.mean()),
    "wasserstein": (torch.tensor(2.2 / 3 - 4.9 / 3), torch.tensor(-2.2 / 3)),
    "relativistic": (-probability(REAL - FAKE).log().mean(), -probability(FAKE - REAL).log().mean()),
}


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_each_loss_matches_its_equation(name, shape):
    loss, real, fake = LOSSES[name], REAL.view(shape), FAKE.view(shape)
    critic, generator = EXPECTED[name]
    arguments = (fake, real) if loss.relativistic else (fake,)
    assert loss.critic(real, fake).item() == pytest.approx(critic.item(), rel=1e-6)
    assert loss.generator(*arguments).item() == pytest.approx(generator.item(), rel=1e-6)


def test_every_loss_is_listed():
    assert set(EXPECTED) == set(LOSSES)


def test_the_undecided_discriminator_costs_two_log_two():
    zeros = torch.zeros(5)
    assert losses.discriminator_loss(zeros, zeros).item() == pytest.approx(2 * math.log(2))


def test_the_losses_survive_scores_that_saturate_a_sigmoid():
    far = torch.tensor([400.0, -400.0])
    for name, loss in LOSSES.items():
        arguments = (far, far) if loss.relativistic else (far,)
        assert math.isfinite(loss.critic(far, far)), name
        assert math.isfinite(loss.generator(*arguments)), name


def test_minimax_gradient_dies_where_the_non_saturating_one_does_not():
    recognised = torch.tensor([-12.0], requires_grad=True)
    (slope,) = torch.autograd.grad(losses.minimax_generator_loss(recognised), recognised)
    (lively,) = torch.autograd.grad(losses.non_saturating_generator_loss(recognised), recognised)
    assert abs(slope.item()) == pytest.approx(1 / (1 + math.exp(12)), rel=1e-4)
    assert lively.item() == pytest.approx(-1, rel=1e-4)


def test_relativistic_losses_refuse_scores_of_different_shapes():
    with pytest.raises(ValueError, match="même forme"):
        losses.relativistic_critic_loss(torch.zeros(4), torch.zeros(4, 1))


class Linear(nn.Module):
    """f(x) = <w, x> : son gradient vaut w partout."""

    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, x):
        return (x * self.weight).flatten(1).sum(dim=1)


def images(seed, count=4):
    return torch.randn(count, 3, 5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("norm", [0.25, 1.0, 3.0])
def test_the_penalty_of_a_linear_critic_is_known(norm):
    weight = images(0, 1)[0]
    critic = Linear(norm * weight / weight.norm())
    assert gradient_penalty(critic, images(1), images(2)).item() == pytest.approx((norm - 1) ** 2, abs=1e-12)
    one_sided = gradient_penalty(critic, images(1), images(2), one_sided=True).item()
    assert one_sided == pytest.approx(max(0.0, norm - 1) ** 2, abs=1e-12)
    assert r1_penalty(critic, images(1)).item() == pytest.approx(norm**2)
    assert r2_penalty(critic, None, images(2)).item() == pytest.approx(norm**2)


def test_the_penalty_trains_the_critic_by_its_known_derivative():
    weight = images(0, 1)[0]
    critic = Linear(3 * weight / weight.norm())
    gradient_penalty(critic, images(1), images(2)).backward()
    # d/dw (‖w‖ − 1)² = 2 (‖w‖ − 1) w / ‖w‖
    assert torch.allclose(critic.weight.grad, 4 * weight / weight.norm(), atol=1e-10)


class Curved(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(12, 7), nn.Tanh(), nn.Linear(7, 1)).double()

    def forward(self, x):
        return self.layers(x)


def test_the_penalty_matches_finite_differences():
    critic = Curved()
    real, fake = images(1)[:, :, :2, :2], images(2)[:, :, :2, :2]
    x_hat = interpolate(real, fake, generator=torch.Generator().manual_seed(3))
    step, norms = 1e-6, []
    with torch.no_grad():
        for image in x_hat:
            moves = step * torch.eye(12, dtype=torch.float64).view(12, 3, 2, 2)
            slope = (critic(image + moves) - critic(image - moves)).flatten() / (2 * step)
            norms.append(slope.norm())
    expected = (torch.stack(norms) - 1).square().mean().item()
    found = gradient_penalty(critic, real, fake, generator=torch.Generator().manual_seed(3)).item()
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("penalty", [gradient_penalty, r1_penalty, r2_penalty])
def test_second_derivatives_of_the_penalties(penalty):
    critic = Curved()
    real, fake = images(1)[:, :, :2, :2], images(2)[:, :, :2, :2]

    def of_weights(*weights):
        def functional(x):
            return torch.func.functional_call(critic, dict(zip(names, weights, strict=True)), (x,))

        return penalty(functional, real, fake, generator=torch.Generator().manual_seed(3))

    names, weights = zip(*critic.named_parameters(), strict=True)
    weights = tuple(weight.detach().clone().requires_grad_(True) for weight in weights)
    # Le dernier biais n'entre dans aucun gradient : la pénalité n'en dépend pas.
    names, weights = names[:-1], weights[:-1]
    critic.layers[-1].bias.requires_grad_(False)
    assert torch.autograd.gradcheck(of_weights, weights)


def test_x_hat_lies_on_the_segment_with_one_uniform_epsilon_per_image():
    real, fake = images(1, 2000), images(2, 2000)
    x_hat = interpolate(real, fake, generator=torch.Generator().manual_seed(0))
    epsilon = ((x_hat - fake) / (real - fake)).flatten(1)
    assert torch.allclose(epsilon, epsilon[:, :1].expand_as(epsilon), atol=1e-6)
    first = epsilon[:, 0].sort().values
    assert first[0] >= 0 and first[-1] <= 1
    # Kolmogorov-Smirnov contre la loi uniforme : seuil à 0,1 % pour 2 000 tirages
    uniform = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000
    assert (first - uniform).abs().max() < 1.95 / math.sqrt(2000)


def test_interpolation_is_drawn_from_the_generator_given():
    def draw(seed):
        return interpolate(images(1), images(2), generator=torch.Generator().manual_seed(seed))

    assert torch.equal(draw(0), draw(0))
    assert not torch.equal(draw(0), draw(1))


def test_the_penalty_leaves_the_images_and_the_generator_alone():
    real, fake = images(1), images(2).requires_grad_(True)
    gradient_penalty(Curved().layers[0:1].append(Linear(torch.ones(75).double())), real, fake).backward()
    assert fake.grad is None
    assert not real.requires_grad


def test_points_have_a_penalty_too():
    assert gradient_penalty(Linear(torch.tensor([3.0, 4.0])), torch.zeros(6, 2), torch.ones(6, 2)).item() == 16


def test_different_shapes_are_refused():
    with pytest.raises(ValueError, match="même forme"):
        gradient_penalty(Curved(), torch.zeros(4, 3, 2, 2), torch.zeros(4, 3, 2, 3))


def test_clipping_bounds_every_weight_and_keeps_the_small_ones():
    critic = nn.Linear(3, 2)
    with torch.no_grad():
        critic.weight.copy_(torch.tensor([[0.005, -0.4, 0.3], [0.02, 0.0, -0.001]]))
        critic.bias.fill_(-1.0)
    clip_weights(critic, 0.01)
    assert critic.weight.flatten().tolist() == pytest.approx([0.005, -0.01, 0.01, 0.01, 0.0, -0.001])
    assert critic.bias.tolist() == pytest.approx([-0.01, -0.01])
    assert critic.weight.requires_grad


@pytest.mark.parametrize("limit", [0, -0.01])
def test_a_clip_must_be_positive(limit):
    with pytest.raises(ValueError, match="strictement positive"):
        clip_weights(nn.Linear(2, 2), limit)
