"""The figures of a factorial show its rates where its axes say."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from bench.analysis import plots
from bench.analysis.tables import effects
from tests.analysis.tables.test_effects import trials


@pytest.fixture
def one():
    frame = trials(seeds=range(8), win=lambda s, loss, rate: loss == "hinge" and rate >= 1)
    return effects.estimated(frame, "converged")[0]


def test_each_level_stands_at_its_rate(one):
    ax = plt.figure().subplots()
    plots.draw_effects(ax, one)
    rows = dict(
        zip((label.get_text() for label in ax.get_yticklabels()), ax.get_yticks(), strict=True)
    )
    points = {float(line.get_ydata()[0]): line for line in ax.lines if line.get_marker() == "o"}
    found = {name: float(points[row].get_xdata()[0]) for name, row in rows.items()}
    assert found == pytest.approx({"ns": 0, "hinge": 2 / 3, "0.3": 0, "1": 0.5, "3": 0.5})
    assert {line.get_markerfacecolor() for line in points.values()} != {"white"}  # told from chance


def test_each_pair_of_levels_has_its_rate(one):
    ax = plt.figure().subplots()
    plots.draw_interaction(ax, one)
    texts = {text.get_position(): text.get_text() for text in ax.texts}
    shape = ax.images[0].get_array().shape
    assert shape == (3, 2)  # the factor of more levels stands upright
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("loss", "rate")
    assert texts == {
        (0, 0): "0",
        (0, 1): "0",
        (0, 2): "0",
        (1, 0): "0",
        (1, 1): "100",
        (1, 2): "100",
    }
    assert ax.get_title() == "least additive"
