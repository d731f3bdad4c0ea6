"""Chaque notebook exécuté suit son texte source, se lit sans noyau et reste léger."""

import base64

import nbformat
import pytest

from course import construire, notebooks

SOURCES = construire.sources()
FIGURE_BYTES = 60_000
NOTEBOOK_BYTES = 400_000


@pytest.fixture(params=SOURCES, ids=lambda source: f"{source.parent.name}/{source.stem}")
def source(request):
    return request.param


@pytest.fixture
def built(source):
    path = source.with_suffix(".ipynb")
    if not path.exists():
        pytest.fail(f"{path.name} n'existe pas : lancez « python3 -m course construire {source.stem} ».")
    return nbformat.read(path, as_version=4)


def outputs(notebook):
    """(numéro de cellule, sortie) pour toutes les sorties."""
    cells = enumerate(notebook.cells, start=1)
    return [(number, output) for number, cell in cells for output in cell.get("outputs", [])]


def pictures(notebook):
    """(numéro de cellule, type, image en base 64, métadonnées) pour toutes les images."""
    return [
        (number, kind, data, output.metadata.get(kind, {}))
        for number, output in outputs(notebook)
        for kind, data in output.get("data", {}).items()
        if kind.startswith("image/")
    ]


def test_text_and_notebook_are_in_step(source, built):
    expected = notebooks.read_source(source)
    rebuild = f"{source.stem} : le texte a changé ; lancez « python3 -m course construire {source.stem} »."
    for number, (ours, theirs) in enumerate(zip(expected.cells, built.cells, strict=False), start=1):
        assert theirs.source == ours.source, f"cellule {number}. {rebuild}"
        assert (theirs.id, theirs.cell_type, theirs.metadata) == (ours.id, ours.cell_type, ours.metadata)
    assert len(built.cells) == len(expected.cells), rebuild
    assert built.metadata == expected.metadata, rebuild


def test_every_code_cell_ran_in_order(built):
    counts = [cell.execution_count for cell in built.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_no_error_and_no_warning_is_shown(built):
    for number, output in outputs(built):
        assert output.output_type != "error", f"cellule {number} : {output.get('evalue')}"
        assert output.get("name") != "stderr", f"cellule {number} : {output.get('text')}"


def test_no_widget_view_without_its_kernel(built):
    for number, output in outputs(built):
        assert notebooks.WIDGET_VIEW not in output.get("data", {}), f"cellule {number}"


def test_every_picture_has_an_alternative_text(built):
    for number, kind, _, metadata in pictures(built):
        assert metadata.get("alt", "").strip(), f"cellule {number} : {kind} sans texte de remplacement"


def test_pictures_and_notebook_are_light(source, built):
    for number, kind, data, _ in pictures(built):
        assert kind != "image/svg+xml", f"cellule {number} : nbval compare les SVG octet par octet"
        size = len(base64.b64decode(data))
        assert size <= FIGURE_BYTES, f"cellule {number} : {kind} de {size} octets"
    size = source.with_suffix(".ipynb").stat().st_size
    assert size <= NOTEBOOK_BYTES, f"{size} octets : moins de figures, plus petites, ou en moins de couleurs"
