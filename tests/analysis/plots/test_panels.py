"""Panels on one axes show what axes of their own would show."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bench.analysis.plots.panels import Panels
from bench.analysis.plots.style import in_style
from bench.analysis.plots.views import View

STEPS = View(0.0, 5100.0)
LOSS, RADIUS, COUNT = View(0.93, 1.54), View(0.03, 40.0, log=True), View(-0.2, 8.5, whole=True)


def _drawn(y: View | None, count: int = 5, columns: int = 3):
    with in_style():
        figure = Figure(figsize=(6, 3))
        ax = figure.subplots()
        panels = Panels(ax, [f"method {i}" for i in range(count)], columns, STEPS, y)
        FigureCanvasAgg(figure).draw()
    return ax, panels


def _texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("y", [LOSS, COUNT, View(-3e6, 9e6)])
def test_ticks_are_those_of_an_axes_with_these_limits(y):
    ax = Figure().subplots()
    ax.set_ylim(y.low, y.high)
    ax.locator_params(axis="y", nbins=4, **({"steps": (1, 2, 4, 5, 10)} if y.whole else {}))
    FigureCanvasAgg(ax.figure).draw()
    values, texts, power = y.ticks()
    shown = [label for label in ax.get_yticklabels() if y.low <= label.get_position()[1] <= y.high]
    assert texts == [label.get_text() for label in shown]
    assert values == pytest.approx([label.get_position()[1] for label in shown])
    assert power == ax.yaxis.get_offset_text().get_text()


def test_numbers_have_their_place_in_a_panel():
    _, panels = _drawn(LOSS)
    frames = [panels[i].box.extents for i in range(5)]
    for (x0, y0, x1, y1), panel in zip(frames, map(panels.__getitem__, range(5)), strict=True):
        assert panel.transform.transform((0, 0.93)) == pytest.approx((x0, y0))
        assert panel.transform.transform((5100, 1.54)) == pytest.approx((x1, y1))
        middle = panel.transform.transform((1275, 1.235))
        assert middle == pytest.approx((x0 + (x1 - x0) / 4, (y0 + y1) / 2))
    left, top = np.array(frames)[:, 0], np.array(frames)[:, 3]
    assert left[0] < left[1] < left[2]
    assert (left[3], left[4]) == pytest.approx((left[0], left[1]))
    assert top[3] < frames[0][1]


def test_numbers_of_a_logarithm_have_equal_distances():
    _, panels = _drawn(RADIUS)
    heights = panels[1].transform.transform([(0, 0.03), (0, 0.3), (0, 3.0), (0, 30.0)])[:, 1]
    assert np.diff(heights) == pytest.approx([np.diff(heights)[0]] * 3)
    values, texts, _ = RADIUS.ticks()
    assert values == pytest.approx([0.1, 1, 10])
    assert ["10" in text for text in texts] == [True] * 3


def test_the_outer_panels_have_numbers_and_each_has_a_title():
    ax, _ = _drawn(LOSS)
    assert [t for t in _texts(ax) if t.startswith("method")] == [f"method {i}" for i in range(5)]
    assert _texts(ax).count("1.2") == 2  # of two rows
    assert _texts(ax).count("2000") == 3  # below the last of each column
    assert _texts(_drawn(View(0, 3e7))[0]).count("1e7") == 2


@pytest.mark.parametrize("end", [1020.0, 10_200.0, 5_100.0])
@pytest.mark.parametrize(("width", "columns"), [(6.9, 5), (3.3, 3)])
def test_no_two_numbers_lie_upon_each_other(end, width, columns):
    with in_style():
        figure = Figure(figsize=(width, 3))
        ax = figure.subplots()
        Panels(ax, [f"m{i}" for i in range(7)], columns, View(0.0, end), RADIUS)
        FigureCanvasAgg(figure).draw()
        boxes = [text.get_window_extent() for text in ax.texts]
    overlapping = [(a, b) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]
    assert overlapping == []


def test_what_leaves_a_panel_is_cut_off():
    ax, panels = _drawn(LOSS)
    (line,) = ax.plot([0, 5000], [-90, 90], transform=panels[0].transform)
    panels[0].hold([line])
    assert line.get_clip_box().extents == pytest.approx(panels[0].box.extents)
    assert not line.get_in_layout()


def test_a_metric_that_nobody_measured_is_named():
    assert _texts(_drawn(None)[0]).count("not measured") == 5
