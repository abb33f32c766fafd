"""Texts that are laid out once are where matplotlib puts them when it measures each of them."""

from __future__ import annotations

import contextlib

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from bench.analysis.plots.style import texts
from bench.analysis.plots.style.saving import save

UNLIKE = (
    {"rotation": 45},
    {"rotation": 45, "rotation_mode": "anchor"},
    {"ha": "right"},
    {"va": "top"},
    {"ma": "right"},
    {"linespacing": 2.5},
    {"fontsize": 13},
    {"fontweight": "bold"},
    {"parse_math": False},
    {"color": "red"},
    {"bbox": {"pad": 2.0}},
)
"""Properties in which texts of the same words differ."""


def _figure() -> Figure:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots(1, 2)
    for i, ax in enumerate(axes):
        ax.plot([1, 20 * (1 + i)], [-3, 5e4])
        for place, style in enumerate(({}, *UNLIKE, {})):
            ax.text(2 + i, 400 * place, "one\n$x^2$ and more", **style)
    axes[1].set_xscale("log")
    wrapped = axes[0].text(0.5, 9, "a text of many words that has to be wrapped " * 3, wrap=True)
    wrapped.set_in_layout(False)
    return figure


def test_files_are_the_same_byte_for_byte(tmp_path, monkeypatch):
    save(_figure(), tmp_path / "before")
    quick = save(_figure(), tmp_path / "quick")
    monkeypatch.setattr(texts, "laid_out_once", lambda figure: contextlib.nullcontext())
    plain = save(_figure(), tmp_path / "plain")
    for one, other in zip(quick, plain, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.suffix


@pytest.mark.parametrize("style", UNLIKE, ids=str)
def test_a_text_is_laid_out_by_its_own_properties(style):
    figure = Figure()
    same, other = figure.text(0.1, 0.2, "one\ntwo $x$"), figure.text(0.7, 0.6, "one\ntwo $x$")
    other.set(**style)
    renderer = figure._get_renderer()
    expected = [Text._get_layout(text, renderer) for text in (same, other)]
    with texts.laid_out_once(figure):
        for _ in range(2):
            for text, (box, lines, corner) in zip((same, other), expected, strict=True):
                found = text._get_layout(renderer)
                assert found[0].bounds == box.bounds
                assert found[1:] == (lines, corner)


def test_equal_texts_are_measured_once_and_as_before_afterwards(monkeypatch):
    count, lay = [], Text._get_layout
    monkeypatch.setattr(Text, "_get_layout", lambda self, r: count.append(1) or lay(self, r))
    monkeypatch.setattr(texts, "_kept", {})
    figure = Figure()
    many = [figure.text(i / 9, i / 11, "equal", color=f"C{i}") for i in range(9)]
    renderer = figure._get_renderer()
    with texts.laid_out_once(figure):
        boxes = [text.get_window_extent(renderer) for text in many]
    assert len(count) == 1
    assert boxes[8].x0 - boxes[0].x0 == pytest.approx(8 / 9 * figure.bbox.width)
    assert not any("_get_layout" in vars(text) for text in many)
