"""A picture of a race has the path of the difference, and bars that it enters just where it is
decided."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from bench.analysis import plots
from bench.analysis.tables import races
from bench.vocabulary.races import Course, Race

RACE = Race((("r1", "ns"), ("sngan", "ns")), (5, 10, 15), least=0.5, spending="pocock")
COUNTS = {
    ("r1", "ns"): ((5, 1), (10, 1)),
    ("sngan", "ns"): ((1, 1), (1, 1)),
}
LOOK = plots.looks(["ns", "r1", "sngan"])


def drawn(pair):
    found = races.comparisons(RACE, Course("ring8", (), COUNTS))
    one = next(c for c in found if (c.state.method, c.state.other) == pair)
    ax = Figure().subplots()
    plots.draw_race(ax, one, LOOK)
    return ax, one


def bars(ax):
    """Seeds in the middle of each upper bar -> the difference at which it begins."""
    found = {}
    for bar in ax.collections:
        box = bar.get_paths()[0].get_extents()
        if box.y0 > 0:
            found[round((box.x0 + box.x1) / 2)] = box.y0
    return found


def test_the_path_enters_a_bar_where_it_is_decided():
    ax, one = drawn(("r1", "ns"))
    assert one.state.ended == "better"
    path = next(line for line in ax.lines if line.get_marker() == "o")
    assert list(path.get_xdata()) == [5, 10]
    assert list(path.get_ydata()) == pytest.approx([0.8, 0.9])
    begins = bars(ax)
    assert 5 not in begins or begins[5] > 0.8
    assert begins[10] <= 0.9
    assert begins[15] < begins[10]
    assert path.get_color() == LOOK["r1"].colour
    assert ax.get_title(loc="left") == "r1 – ns: better"


def test_an_end_without_a_decision_is_hollow():
    ax, one = drawn(("sngan", "ns"))
    assert one.state.ended == "futile"
    hollow = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
    assert [list(line.get_xdata()) for line in hollow] == [[10]]


def test_a_race_before_its_first_look_is_drawn():
    found = races.comparisons(RACE, Course("ring8", (), dict.fromkeys(COUNTS, ())))
    ax = Figure().subplots()
    plots.draw_race(ax, found[0], LOOK)
    assert ax.get_title(loc="left") == "r1 – ns: goes on"


def test_the_figure_has_a_panel_for_each_comparison():
    found = races.comparisons(RACE, Course("ring8", (), COUNTS))
    figure = plots.race(found, LOOK)
    assert [ax.get_title(loc="left") for ax in figure.axes if ax.get_visible()] == [
        "r1 – ns: better",
        "sngan – ns: given up",
    ]
