"""La course reprend où elle s'est arrêtée, et ne reprend jamais les images d'une autre recette."""

import json

import torch
from safetensors.torch import load_file

from benchmarks import _qualite_course as course


def folder_with_images(folder):
    images = torch.randint(0, 256, (20, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    course.save({"essai": images}, folder / "images.safetensors")
    (folder / "cadences.json").write_text(json.dumps(dict.fromkeys(course.RECIPES, 0.05)))
    return folder


def test_a_run_in_two_parts_gives_the_images_of_a_single_run(tmp_path):
    once, twice = (folder_with_images(tmp_path / name) for name in ("once", "twice") if not (tmp_path / name).mkdir())
    threads = torch.get_num_threads()
    arguments = {"device": "cpu", "threads": 1}
    whole = course.run(once, "essai", "recommandee", 0, seconds=120, **arguments)
    first = load_file(course.run(twice, "essai", "recommandee", 0, seconds=60, **arguments))
    assert sorted(first) == ["0030", "0060"]
    resumed = course.run(twice, "essai", "recommandee", 0, seconds=120, **arguments)
    torch.set_num_threads(threads)
    expected, got = load_file(whole), load_file(resumed)
    assert sorted(got) == ["0030", "0060", "0120"]
    assert all(torch.equal(got[mark], expected[mark]) for mark in expected)
    assert got["0120"].shape == (course.SAMPLES, 3, 64, 64) and got["0120"].dtype == torch.uint8


def test_another_recipe_or_pace_has_another_fingerprint():
    article, frugal = course.RECIPES["article"], course.RECIPES["recommandee"]
    prints = {article.fingerprint(1.0), article.fingerprint(2.0), frugal.fingerprint(1.0)}
    assert len(prints) == 3
    assert article.fingerprint(1.0) in prints
