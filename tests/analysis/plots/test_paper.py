"""Figures for paper: PDFs of both widths, whose text is text of a legible size."""

import re
import zlib

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from bench.analysis import frame, plots
from tests.analysis.synthetic import result, write


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    made = [result("converged", method=m, seed=s) for m in ("ns", "r1") for s in range(3)]
    return frame.load(write(tmp_path_factory.mktemp("paper") / "x", made))


def box(pdf):
    """The size of the page in inches."""
    found = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf.read_bytes())
    return tuple(float(v) / 72 for v in found.groups())


def test_a_pdf_has_the_width_of_a_page_or_column_and_text_as_text(trials, tmp_path):
    look = plots.looks(["ns", "r1"])
    (page,) = plots.save(plots.survival(trials, look), tmp_path / "x", ("pdf",))
    with plots.column():
        (column,) = plots.save(plots.survival(trials, look), tmp_path / "x_column", ("pdf",))
    assert box(page)[0] == pytest.approx(6.9, abs=0.01)
    assert box(column)[0] == pytest.approx(3.3, abs=0.01)
    for file in (page, column):
        content = file.read_bytes()
        assert b"/Subtype /Type3" not in content
        assert b"/FontFile2" in content  # TrueType, embedded
        assert b"CreationDate" not in content
        streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)
        texts = [s for s in map(_inflated, streams) if b" Tj" in s or b" TJ" in s]
        assert texts


def _inflated(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_equal_figures_give_equal_pdfs(trials, tmp_path):
    look = plots.looks(["ns", "r1"])
    files = [
        plots.save(plots.costs(trials, look), tmp_path / name, ("pdf", "svg")) for name in "ab"
    ]
    for one, other in zip(*files, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_svg_keeps_text_as_text(trials, tmp_path):
    (svg,) = plots.save(plots.survival(trials, plots.looks(["ns", "r1"])), tmp_path / "x", ("svg",))
    text = svg.read_text()
    assert re.search(r"<text[^>]*>r1</text>", text)
    assert "DejaVu Sans" in text
    assert "Verdana" in text  # what a reader has who has not that font
    assert "lean" not in text


def test_a_figure_of_a_plugin_is_shrunk_to_a_column_with_legible_text(tmp_path):
    drawn = Figure(figsize=(10, 4))
    ax = drawn.subplots()
    ax.set_title("a title", fontsize=20)
    ax.set_xlabel("small", fontsize=7)
    plots.fit_to_column(drawn)
    assert drawn.get_size_inches() == pytest.approx([3.3, 1.32])
    sizes = {t.get_text(): t.get_fontsize() for t in drawn.findobj(Text)}
    assert sizes["a title"] == pytest.approx(6.6)
    assert sizes["small"] == 6
    small = Figure(figsize=(2, 2))
    plots.fit_to_column(small)
    assert small.get_size_inches() == pytest.approx([2, 2])


def test_the_reader_keeps_settings_and_width():
    import matplotlib as mpl

    before = mpl.rcParams["font.size"], mpl.rcParams["font.sans-serif"]
    with pytest.raises(ValueError, match="x"), plots.column():
        raise ValueError("x")
    assert (mpl.rcParams["font.size"], mpl.rcParams["font.sans-serif"]) == before
    assert plots.critical_difference(["a", "b"], [1, 2], 5, plots.looks("ab")).get_size_inches()[
        0
    ] == pytest.approx(6.9)
