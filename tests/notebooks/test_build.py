"""`construire` sur un petit cours de trois cellules : déterminisme, identifiants, échecs, exercices."""

import re
import textwrap

import nbformat
import pytest

from course import construire, notebooks

LESSON = """
    # %% [markdown]
    # # Essai

    # %%
    import io
    import os
    import random

    import torch
    from IPython.display import Image, display
    from tqdm.auto import tqdm

    from lessons_lib.images import to_jpeg

    print(os.path.basename(os.getcwd()), os.environ["OMP_WAIT_POLICY"])

    # %% tags=["nbval-ignore-output"]
    for _ in tqdm(range(3)):
        pass
    print(random.random())

    # %%
    torch.manual_seed(0)
    display(Image(data=to_jpeg(torch.randn(3, 8, 8)), format="jpeg", alt="du bruit"))
"""
GAP = (
    '# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "double", "locked": false, '
    '"schema_version": 3, "solution": true}'
)
SOLUTION = f'''
    # %% [markdown]
    # # Le double

    {GAP}
    def double(x):
        """Le double de x."""
        ### BEGIN SOLUTION
        return 2 * x
        ### END SOLUTION

    # %%
    double(4)
'''


@pytest.fixture
def write(tmp_path):
    def write(text, folder="lessons"):
        source = tmp_path / folder / "99_essai.py"
        source.parent.mkdir(exist_ok=True)
        source.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return source

    return write


@pytest.fixture
def build():
    """Construit une source ; rend (réussite, tout ce qui a été dit)."""

    def build(source, force=False):
        said = []
        return construire.build(source, force=force, say=said.append), "\n".join(said)

    return build


def as_notebook(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def test_same_bytes_twice_but_for_ignored_cells(write, build):
    source = write(LESSON)
    assert build(source)[0]
    first = as_notebook(source)
    assert build(source, force=True)[0]
    second = as_notebook(source)
    ignored = [i for i, cell in enumerate(first.cells) if "tags" in cell.metadata]
    assert ignored == [2]
    assert first.cells[2].outputs != second.cells[2].outputs
    first.cells[2].outputs = second.cells[2].outputs
    assert notebooks.as_bytes(first) == notebooks.as_bytes(second)


def test_built_notebook_is_clean_and_ran_where_it_lives(write, build):
    source = write(LESSON)
    _, said = build(source)
    assert re.search(r"lessons/99_essai : construit en \d+,\d s, \d Ko\.", said)
    notebook = as_notebook(source)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info", "course"}
    _, facts, ignored, picture = notebook.cells
    assert facts.outputs[0].text == "lessons PASSIVE\n"
    assert [output.output_type for output in ignored.outputs] == ["stream"]
    assert set(picture.outputs[0].data) == {"image/jpeg", "text/plain"}
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2, 3]


def test_unchanged_source_is_skipped_unless_forced(write, build):
    source = write("# %%\nprint(1)\n")
    build(source)
    before = source.with_suffix(".ipynb").stat().st_mtime_ns
    assert build(source) == (True, "lessons/99_essai : inchangé.")
    assert source.with_suffix(".ipynb").stat().st_mtime_ns == before
    build(source, force=True)
    assert source.with_suffix(".ipynb").stat().st_mtime_ns > before


@pytest.mark.parametrize("content", ["", "{", '{"cells": []}'])
def test_damaged_notebook_counts_as_changed(tmp_path, content):
    target = tmp_path / "99_essai.ipynb"
    assert construire.recorded_digest(target) is None
    target.write_text(content)
    assert construire.recorded_digest(target) is None


def test_failure_shows_the_cell_and_keeps_the_old_notebook(write, build):
    source = write("# %%\nprint(1)\n")
    build(source)
    old = source.with_suffix(".ipynb").read_bytes()
    write('# %%\nprint(1)\n\n# %%\nraise RuntimeError("panne")\n\n# %%\nprint(2)\n')
    built, said = build(source)
    assert not built
    assert source.with_suffix(".ipynb").read_bytes() == old
    assert "une cellule a échoué ; l'ancien notebook reste en place" in said
    assert 'Cellule 2 :\n    raise RuntimeError("panne")' in said
    assert said.endswith("RuntimeError: panne")
    assert "\x1b" not in said
    assert sorted(p.name for p in source.parent.iterdir()) == ["99_essai.ipynb", "99_essai.py"]


def test_endless_cell_is_stopped(write, build, monkeypatch):
    monkeypatch.setattr(notebooks, "CELL_SECONDS", 1)
    source = write("# %%\nprint(1)\n\n# %%\nimport time\n\ntime.sleep(60)\n")
    built, said = build(source)
    assert not built
    assert "une cellule dépasse 1 s" in said
    assert "Cellule 2 :" in said
    assert not source.with_suffix(".ipynb").exists()


def test_dead_kernel_is_told(write, build):
    built, said = build(write("# %%\nimport os\n\nos._exit(1)\n"))
    assert not built
    assert "le noyau s'est arrêté" in said


def test_interrupted_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    target = tmp_path / "a.ipynb"
    notebooks.write(target, b"ancien")

    def fail(*_):
        raise OSError("disque plein")

    monkeypatch.setattr(notebooks.os, "replace", fail)
    with pytest.raises(OSError, match="disque plein"):
        notebooks.write(target, b"nouveau")
    assert target.read_bytes() == b"ancien"
    assert list(tmp_path.iterdir()) == [target]


def test_ids_survive_an_insertion_and_differ(write):
    text = "# %%\nprint(1)\n\n# %% [markdown]\n# texte\n\n# %%\nprint(1)\n"
    before = [cell.id for cell in notebooks.read_source(write(text)).cells]
    after = [cell.id for cell in notebooks.read_source(write("# %%\nprint(0)\n\n" + text)).cells]
    assert after[1:] == before
    assert len(set(before)) == 3
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", one) for one in after)


def test_widget_view_leaves_its_still_picture():
    view = {notebooks.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "Carte()", "image/jpeg": "AAAA"}
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data=view)])
    notebook = notebooks.clean(nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {}}))
    assert notebook.cells[0].outputs[0].data == {"text/plain": "Carte()", "image/jpeg": "AAAA"}
    assert "widgets" not in notebook.metadata


def test_carriage_returns_keep_the_last_state_of_a_line():
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("stream", text="a 1\ra 2\nb\n")])
    notebook = notebooks.clean(nbformat.v4.new_notebook(cells=[cell]))
    assert notebook.cells[0].outputs[0].text == "a 2\nb\n"


def test_solution_gives_its_exercise(write, build, tmp_path):
    source = write(SOLUTION, "solutions")
    built, said = build(source)
    assert built
    assert "exercises/99_essai : écrit" in said
    solution = as_notebook(source)
    exercise = nbformat.read(tmp_path / "exercises" / "99_essai.ipynb", as_version=4)
    assert [cell.id for cell in exercise.cells] == [cell.id for cell in solution.cells]
    assert exercise.cells[1].source == (
        'def double(x):\n    """Le double de x."""\n    # Votre code ici\n    raise NotImplementedError'
    )
    assert all(cell.get("outputs", []) == [] for cell in exercise.cells)
    assert solution.cells[2].outputs[0].data == {"text/plain": "8"}
    assert "exercises" not in build(source)[1]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("### END SOLUTION", "pass", "les marques doivent aller par deux"),
        ("### BEGIN SOLUTION", "pass", "les marques doivent aller par deux"),
        ("    return 2 * x", "    ### BEGIN SOLUTION", "les marques doivent aller par deux"),
        ("### BEGIN SOLUTION", "# BEGIN SOLUTION", "chacune seule sur sa ligne"),
        (GAP, "# %%", "demande l'en-tête nbgrader"),
        ('"grade_id": "double", ', "", "en-tête nbgrader incomplet, il manque grade_id."),
        ('"schema_version": 3', '"schema_version": 2', "métadonnées nbgrader refusées"),
        (
            "### BEGIN SOLUTION\n        return 2 * x\n        ### END SOLUTION",
            "return 2 * x",
            "effacée en entier",
        ),
        (SOLUTION, "# %%\nprint(1)\n", "l'exercice n'aurait rien à compléter"),
    ],
)
def test_wrong_solution_is_refused_before_running(write, build, tmp_path, old, new, sentence):
    assert old in SOLUTION
    built, said = build(write(SOLUTION.replace(old, new), "solutions"))
    assert not built
    assert "le texte source est à corriger" in said
    assert sentence in said
    assert said.count("\n") == 1, "un seul défaut, une seule phrase"
    assert not (tmp_path / "exercises").exists()


class TestSelection:
    @pytest.fixture
    def available(self, tmp_path):
        for name in ("lessons/01_a.py", "lessons/02_b.py", "solutions/01_a.py", "course/accueil.py"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
        return construire.sources(tmp_path)

    @pytest.mark.parametrize(
        ("names", "chosen"),
        [
            ([], ["course/accueil", "lessons/01_a", "lessons/02_b", "solutions/01_a"]),
            (["01"], ["lessons/01_a", "solutions/01_a"]),
            (["02_b", "01_a"], ["lessons/01_a", "lessons/02_b", "solutions/01_a"]),
            (["solutions/01_a.py"], ["solutions/01_a"]),
            (["lessons/01"], ["lessons/01_a"]),
            (["accueil"], ["course/accueil"]),
        ],
    )
    def test_chooses_by_number_name_or_path(self, available, names, chosen):
        found = construire.select(names, available)
        assert [f"{source.parent.name}/{source.stem}" for source in found] == chosen

    @pytest.mark.parametrize("name", ["7", "0", "b", "exercises/01"])
    def test_unknown_name_lists_the_known_ones(self, available, name):
        with pytest.raises(ValueError, match=rf"« {name} » ne désigne aucun.*\n(.*\n)*  lessons/02_b"):
            construire.select([name], available)

    def test_command_says_so_and_returns_2(self, capsys):
        assert construire.main(["inconnue"]) == 2
        assert "« inconnue » ne désigne aucun texte source" in capsys.readouterr().err
