"""Les vérifications de la leçon 03 : le juste passe de plusieurs façons, l'erreur est nommée."""

import re

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.checks import EXERCISES, CheckFailed, verifier
from lessons_lib.checks.lesson_03 import reference_attribute, reference_slerp

# --- slerp, écrite de quatre façons ------------------------------------------------------------


def by_cosine(a, b, t):
    omega = torch.acos(F.cosine_similarity(a, b, dim=-1))
    return torch.sin((1 - t) * omega) / torch.sin(omega) * a + torch.sin(t * omega) / torch.sin(omega) * b


def by_scalar_product(a, b, t):
    omega = ((a @ b) / (a.norm() * b.norm())).arccos()
    return ((omega * (1 - t)).sin() * a + (omega * t).sin() * b) / omega.sin()


def by_exponential(a, b, t):
    """Les deux parts par la partie imaginaire de exp(i s Ω)."""
    omega = torch.acos((F.normalize(a, dim=0) * F.normalize(b, dim=0)).sum())
    parts = [torch.exp(1j * share * omega).imag for share in (1 - t, t)]
    return (parts[0] * a + parts[1] * b) / torch.exp(1j * omega).imag


def in_a_loop(a, b, t):
    u, v = a / a.norm(), b / b.norm()
    omega = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    rows = [(torch.sin((1 - s) * omega) * a + torch.sin(s * omega) * b) / torch.sin(omega) for s in t.flatten()]
    return torch.stack(rows)


# --- le vecteur d'attribut, écrit de quatre façons ---------------------------------------------


def by_masks(codes, has):
    return codes[has].mean(dim=0) - codes[~has].mean(dim=0)


def by_lists(codes, has):
    inside = torch.stack([code for code, own in zip(codes, has, strict=True) if own])
    outside = torch.stack([code for code, own in zip(codes, has, strict=True) if not own])
    return inside.mean(0) - outside.mean(0)


def by_weights(codes, has):
    weight = torch.where(has, 1 / has.sum(), -1 / (~has).sum())
    return weight @ codes


def by_product(codes, has):
    has = has.float()
    return (has @ codes) / has.sum() - ((1 - has) @ codes) / (1 - has).sum()


ANSWERS = [
    *(("slerp", answer) for answer in (by_cosine, by_scalar_product, by_exponential, in_a_loop)),
    *(("vecteur_attribut", answer) for answer in (by_masks, by_lists, by_weights, by_product)),
]


@pytest.mark.parametrize(("name", "answer"), ANSWERS, ids=lambda value: getattr(value, "__name__", value))
def test_several_right_answers_pass(name, answer, capsys):
    verifier(name, answer)
    assert capsys.readouterr().out.startswith(f"✔ {EXERCISES[name].signature}\n")


def failure(name, function) -> str:
    with pytest.raises(CheckFailed) as caught:
        verifier(name, function)
    return str(caught.value)


def without_normalising(a, b, t):
    omega = torch.acos(torch.dot(a, b))
    return torch.sin((1 - t) * omega) / torch.sin(omega) * a + torch.sin(t * omega) / torch.sin(omega) * b


def normalised_lerp(a, b, t):
    path = a + t * (b - a)
    return path / path.norm(dim=-1, keepdim=True) * a.norm()


def backwards(a, b, t):
    return by_cosine(a, b, 1 - t)


def unit_ends(a, b, t):
    return by_cosine(F.normalize(a, dim=-1), F.normalize(b, dim=-1), t)


def in_degrees(a, b, t):
    omega = torch.acos(F.cosine_similarity(a, b, dim=-1)) * 180 / torch.pi
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


@pytest.mark.parametrize(
    ("name", "wrong", "named"),
    [
        ("slerp", lambda a, b, t: a + t * (b - a), "l'interpolation linéaire"),
        ("slerp", without_normalising, "ne sont pas de norme 1"),
        ("slerp", normalised_lerp, "ramenée à la norme de a"),
        ("slerp", backwards, "les rôles sont échangés"),
        ("slerp", unit_ends, "ramené à la norme 1"),
        ("slerp", in_degrees, "en radians"),
        ("vecteur_attribut", lambda codes, has: -by_masks(codes, has), "le signe est inversé"),
        ("vecteur_attribut", lambda codes, has: codes[has].mean(0) - codes.mean(0), "de tous les codes"),
        ("vecteur_attribut", lambda codes, has: torch.where(has, 1.0, -1.0) @ codes, "sommés, et non moyennés"),
        ("vecteur_attribut", lambda codes, has: (torch.where(has, 1.0, -1.0)[:, None] * codes).mean(0), "nombre total"),
    ],
)
def test_mistake_written_otherwise_is_named(name, wrong, named):
    assert re.search(rf"Erreur reconnue\u00a0: .*{named}", failure(name, wrong))


def test_gradient_must_reach_both_ends():
    assert "n'atteint pas b." in failure("slerp", lambda a, b, t: by_cosine(a, b.detach(), t))


def test_references_agree_with_a_case_done_by_hand():
    a, b = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 3.0])
    third = reference_slerp(a, b, torch.tensor([[1 / 3]]))  # un tiers d'angle droit : 30°
    assert third[0].tolist() == pytest.approx([3 * 0.8660254, 1.5], abs=1e-5)
    codes, has = torch.tensor([[0.0, 1.0], [2.0, 1.0], [7.0, 0.0]]), torch.tensor([False, False, True])
    assert reference_attribute(codes, has).tolist() == pytest.approx([6.0, -1.0], abs=1e-5)


def test_slerp_keeps_the_norm_and_lerp_does_not():
    a, b = F.normalize(torch.randn(2, 32, generator=torch.Generator().manual_seed(0)), dim=-1)
    t = torch.linspace(0, 1, 9)[:, None]
    norms: Tensor = reference_slerp(a, b, t).norm(dim=-1)
    assert norms.tolist() == pytest.approx([1.0] * 9, abs=1e-5)
    assert float(((1 - t) * a + t * b).norm(dim=-1).min()) < 0.9
