"""La course reprend où elle s'est arrêtée, et ne reprend jamais les images d'une autre recette."""

import json

import torch
from safetensors.torch import load_file

from benchmarks import _qualite_courbe as courbe
from benchmarks import _qualite_course as course
from benchmarks import qualite
from lessons_lib.lotus import SyntheticLotus


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


def test_the_race_is_judged_by_the_lotus_network_and_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(qualite, "FOLDER", tmp_path)
    monkeypatch.setattr(courbe, "REFERENCE", 80)
    flowers = SyntheticLotus(course.SAMPLES, course.SIZE, seed=300).images
    noise = torch.rand(flowers.shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    drawn = {(name, seed): {30: noise, 60: flowers} for name in course.RECIPES for seed in course.SEEDS}
    textures = {(name, mark): [3.0, 2.0, 1.0] for name in course.RECIPES for mark in (30, 60)}
    measures = {one.nom: one.valeur for one in qualite._curves("synthetique", drawn, textures)}
    title = "qualité : distance de Fréchet des lotus"
    floor = measures[f"{title}, vraies images"]
    good, bad = (
        measures[f"{title}, WGAN-GP frugal, {mark} s"].partition(" ")[0].replace(",", ".") for mark in (60, 30)
    )
    assert float(good) < 2 * floor and float(bad) > 3 * float(good)
    assert len(measures) == 1 + len(textures)
    assert (tmp_path / "synthetique-courbes.png").exists()


def test_photographs_are_not_judged_by_a_network_that_never_saw_any(tmp_path, monkeypatch):
    monkeypatch.setattr(qualite, "FOLDER", tmp_path)
    assert list(qualite._curves("oxford", {}, {("article", 30): [3.0]})) == []
    assert (tmp_path / "oxford-courbes.png").exists()
