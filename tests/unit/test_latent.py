"""L'espace latent, contre des calculs faits autrement."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import nn

from lessons_lib.latent import (
    FactorReader,
    angle,
    attribute_vector,
    code_directions,
    lerp,
    principal_directions,
    regression_directions,
    slerp,
    traversal,
)


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


# --- interpoler -------------------------------------------------------------------------------


def test_both_interpolations_start_and_end_where_asked(random):
    a, b = torch.randn(2, 5, 16, generator=random)
    for between in (lerp, slerp):
        assert between(a, b, 0.0) == pytest.approx(a, abs=1e-5) and between(a, b, 1.0) == pytest.approx(b, abs=1e-5)


def test_lerp_of_a_path_follows_the_straight_line():
    path = lerp(torch.tensor([0.0, 1.0]), torch.tensor([4.0, -1.0]), torch.tensor([0.0, 0.25, 1.0])[:, None])
    assert path.tolist() == [[0.0, 1.0], [1.0, 0.5], [4.0, -1.0]]


def test_slerp_turns_at_constant_speed_as_a_rotation_does(random):
    """Rotation du plan (a, b), par exponentielle de matrice : R(tΩ) a = exp(tΩ (v uᵀ − u vᵀ)) a."""
    a, b = torch.randn(2, 7, generator=random, dtype=torch.float64)
    b *= a.norm() / b.norm()
    u = (a / a.norm()).numpy()
    v = b.numpy() - (b.numpy() @ u) * u
    v /= np.linalg.norm(v)
    omega = math.acos(float(a @ b) / float(a.norm() * b.norm()))
    plane = np.outer(v, u) - np.outer(u, v)
    for t in (0.1, 0.5, 0.8):
        assert slerp(a, b, t).numpy() == pytest.approx(scipy.linalg.expm(t * omega * plane) @ a.numpy(), abs=1e-10)


def test_slerp_keeps_the_norm_that_lerp_loses(random):
    a, b = torch.nn.functional.normalize(torch.randn(2, 100, generator=random), dim=1) * 10
    times = torch.linspace(0, 1, 9)[:, None]
    assert slerp(a, b, times).norm(dim=1) == pytest.approx(torch.full((9,), 10.0), rel=1e-4)
    assert lerp(a, b, 0.5).norm() < 8


def test_slerp_of_almost_parallel_codes_is_lerp_and_has_no_nan():
    a = torch.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
    b = torch.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0 + 1e-5], [1.0, 0.0, 0.0]])
    turned = slerp(a, b, 0.3)
    assert turned[:2] == pytest.approx(lerp(a, b, 0.3)[:2], abs=1e-5)
    assert turned[2].tolist() == pytest.approx([math.sin(0.15 * math.pi), math.cos(0.15 * math.pi), 0.0], abs=1e-6)


def test_angle_stays_precise_between_almost_parallel_codes():
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([math.cos(1e-4), math.sin(1e-4)])
    assert float(angle(a, b)) == pytest.approx(1e-4, rel=1e-3)
    assert float(torch.acos(torch.clamp(a @ b, max=1))) != pytest.approx(1e-4, rel=1e-3)
    assert float(angle(a, -3 * a)) == pytest.approx(math.pi, rel=1e-6)


@pytest.mark.parametrize("b", [torch.tensor([-2.0, 0.0]), torch.zeros(2)])
def test_slerp_refuses_what_has_no_arc(b):
    with pytest.raises(ValueError, match="Employez lerp"):
        slerp(torch.tensor([1.0, 0.0]), b, 0.5)


def test_traversal_adds_multiples_of_the_direction():
    walked = traversal(torch.tensor([[1.0, 1.0]]), torch.tensor([0.0, 2.0]), [-1, 0, 1.5])
    assert walked.tolist() == [[1.0, -1.0], [1.0, 1.0], [1.0, 4.0]]


# --- arithmétique d'attributs -----------------------------------------------------------------


def test_attribute_vector_recovers_the_shift_and_works_on_images(random):
    codes = torch.randn(400, 4, generator=random) * 0.1
    has = np.arange(400) % 3 == 0
    codes[torch.from_numpy(has)] += torch.tensor([0.0, 2.0, 0.0, -1.0])
    assert attribute_vector(codes, has) == pytest.approx(torch.tensor([0.0, 2.0, 0.0, -1.0]), abs=0.05)
    assert attribute_vector(codes.view(400, 1, 2, 2), has).shape == (1, 2, 2)


@pytest.mark.parametrize("mask", [[True] * 3, [False] * 3, [True, False]])
def test_attribute_vector_needs_both_kinds(mask):
    with pytest.raises(ValueError, match="un booléen par code"):
        attribute_vector(torch.zeros(3, 2), mask)


# --- directions -------------------------------------------------------------------------------


def alignment(found, expected):
    """|cosinus| entre vecteurs de même rang."""
    return torch.nn.functional.cosine_similarity(found, torch.as_tensor(expected).float(), dim=1).abs()


def test_principal_components_of_codes_are_numpy_s(random):
    codes = torch.randn(500, 6, generator=random) * torch.tensor([5.0, 0.1, 3.0, 0.2, 2.0, 1.0])
    _, singular, right = np.linalg.svd(codes.numpy() - codes.numpy().mean(axis=0), full_matrices=False)
    found = code_directions(codes, 3)
    assert alignment(found.vectors, right[:3]).min() > 0.99999
    assert found.scores.numpy() == pytest.approx(singular[:3] ** 2 / (singular**2).sum(), rel=1e-4)
    assert found.vectors.norm(dim=1) == pytest.approx(torch.ones(3))
    assert found.names == ("composante 1", "composante 2", "composante 3")


class Linear(nn.Module):
    """Un générateur dont la première couche est une matrice connue."""

    def __init__(self, matrix):
        super().__init__()
        self.latent = matrix.shape[1]
        first = nn.Linear(matrix.shape[1], matrix.shape[0])
        first.weight.data, first.bias.data = matrix.clone(), torch.ones(matrix.shape[0])
        self.layers = nn.Sequential(first, nn.BatchNorm1d(matrix.shape[0]), nn.Linear(matrix.shape[0], 48))

    def forward(self, z):
        return self.layers(z).view(-1, 3, 4, 4)


def test_principal_directions_of_a_linear_layer_are_its_right_singular_vectors(random):
    """Comme le dit Shen et Zhou 2021 (SeFa) : les vecteurs propres de WᵀW."""
    left, right = (torch.linalg.qr(torch.randn(n, n, generator=random))[0] for n in (40, 5))
    matrix = left[:, :5] @ torch.diag(torch.tensor([9.0, 5.0, 3.0, 1.0, 0.5])) @ right.T
    network = Linear(matrix).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    found = principal_directions(network, 3, samples=4000, generator=random)
    assert alignment(found.vectors, right.T[:3]).min() > 0.995
    squares = torch.tensor([81.0, 25.0, 9.0]) / (81 + 25 + 9 + 1 + 0.25)
    assert found.scores == pytest.approx(squares, abs=0.02)
    assert network.training and all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_principal_directions_accept_another_layer_and_fewer_samples_than_activations(random):
    network = Linear(torch.randn(40, 5, generator=random)).eval()
    found = principal_directions(network, 2, layer=network.layers[2], samples=30, generator=random)
    assert found.vectors.shape == (2, 5) and found.scores[0] >= found.scores[1] > 0
    once, again = (principal_directions(network, 2, generator=torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(once.vectors, again.vectors)
    with pytest.raises(ValueError, match="ne fait pas partie du réseau"):
        principal_directions(network, 2, layer=nn.Linear(2, 2))
    with pytest.raises(ValueError, match="de 1 à 5"):
        principal_directions(network, 6)


def test_regression_finds_the_direction_of_each_factor_and_says_what_it_is_worth(random):
    codes = torch.randn(3000, 4, generator=random)
    opening, size = torch.tensor([1.0, 2.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
    factors = {
        "ouverture": codes @ opening + 7,
        "largeur": codes @ size + torch.randn(3000, generator=random) * math.sqrt(2),
        "hasard": torch.randn(3000, generator=random),
    }
    found = regression_directions(codes, factors, independent=False, generator=random)
    assert alignment(found.vectors[:2], torch.stack([opening, size])).min() > 0.995
    assert found.vectors[0] @ opening > 0
    assert found.scores[0] == pytest.approx(1, abs=1e-4)
    assert found.scores[1] == pytest.approx(0.5, abs=0.07) and abs(found.scores[2]) < 0.05
    assert torch.equal(found["largeur"], found.vectors[1]) and len(found) == 3
    with pytest.raises(KeyError, match="ouverture, largeur, hasard"):
        found["couleur"]


def test_regression_follows_the_codes_not_the_predictor(random):
    """Les codes d'un facteur f : (f, f, 0) + un bruit partagé ; le prédicteur de f le soustrait par la 3e dimension."""
    factor, noise = torch.randn(2, 4000, generator=random)
    codes = torch.stack([factor + noise, factor, noise], dim=1) + 0.01 * torch.randn(4000, 3, generator=random)
    predictor = np.linalg.lstsq(codes[:, [0, 2]].numpy(), factor.numpy(), rcond=None)[0]
    assert predictor[1] < -0.9
    found = regression_directions(codes, {"f": factor}, generator=random)
    assert alignment(found.vectors, [[1.0, 1.0, 0.0]]).item() > 0.998


def test_independent_directions_change_one_factor_alone(random):
    codes = torch.randn(2000, 5, generator=random)
    weights = torch.tensor([[1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0, 0.0]])
    factors = {"a": codes @ weights[0], "b": codes @ weights[1]}
    together = regression_directions(codes, factors, independent=False, generator=random)
    alone = regression_directions(codes, factors, generator=random)
    assert (weights @ together["a"])[1] > 0.5
    assert weights @ alone["a"] == pytest.approx(torch.tensor([(weights @ alone["a"])[0], 0.0]), abs=1e-5)
    expected, *_ = np.linalg.lstsq(weights.numpy(), np.eye(2), rcond=None)
    assert alignment(alone.vectors, expected.T).min() > 0.995


def test_a_factor_in_words_gives_one_direction_per_category(random):
    codes = torch.randn(300, 3, generator=random)
    words = np.where(codes[:, 0].numpy() > 0, "rose", "blanc")
    found = regression_directions(codes, {"couleur": words}, generator=random)
    assert found.names == ("couleur : blanc", "couleur : rose")
    assert found.vectors[0] == pytest.approx(-found.vectors[1], abs=1e-4) and found["couleur : rose"][0] > 0.95


@pytest.mark.parametrize("count", [4, 10])
def test_regression_needs_one_value_per_code_and_enough_codes(count):
    with pytest.raises(ValueError, match="plus de codes que de dimensions"):
        regression_directions(torch.zeros(10, 12), {"a": range(count)})


# --- lire les facteurs d'une image ------------------------------------------------------------


def test_factor_reader_reads_what_can_be_read(random):
    colours = torch.rand(900, 3, generator=random) * 2 - 1
    images = colours[:, :, None, None].expand(-1, -1, 4, 4)
    factors = {"rouge": colours[:, 0] * 3, "produit": colours[:, 1] * colours[:, 2], "hasard": torch.rand(900)}
    reader = FactorReader(lambda x: x.mean(dim=(2, 3)), images, factors, ridge=1e-3, generator=random)
    assert reader.scores[:2] == pytest.approx(torch.ones(2), abs=1e-3) and reader.scores[2] < 0.1
    unseen = torch.tensor([0.5, -0.5, 0.8]).view(1, 3, 1, 1).expand(2, 3, 4, 4)
    read = reader(unseen)
    assert read["rouge"] == pytest.approx(torch.full((2,), 1.5), abs=0.01)
    assert read["produit"] == pytest.approx(torch.full((2,), -0.4), abs=0.01)
    with pytest.raises(ValueError, match="il en faut autant"):
        FactorReader(lambda x: x, images[:5], factors)
