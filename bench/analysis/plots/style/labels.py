"""Names beside the lines of a panel, in place of a legend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from scipy.optimize import isotonic_regression

from bench.analysis.plots.style import INK, MUTED, small
from bench.analysis.plots.style.looks import FEW, GREY, Look, crowd
from bench.analysis.plots.style.names import names

_OFF = 1.045
"""The left end of the names, in widths of the axes."""
_LINE = 1.3
"""The distance of two names, in sizes of their text."""
_SHARE = 0.68
"""The share of a figure's height that its rows of axes have at least."""


class End(NamedTuple):
    """The place that a name belongs to."""

    method: str
    """The method."""
    x: float
    """The end of its line, in the numbers of the axis."""
    y: float
    """The height of that end."""
    look: Look
    """The look of the line."""

    @classmethod
    def of(cls, line: Line2D, method: str, look: Look) -> End:
        """The last point of a line that has one on the axes."""
        x, y = (np.ravel(np.asarray(values, dtype=float)) for values in line.get_data())
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        last = known[-1] if len(known) else -1
        return cls(method, float(x[last]), float(y[last]), look)


def spread(heights: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Places for labels that lie at least `gap` apart between `low` and `high`, with the least sum
    of squared distances from `heights` [n] -> [n], in the same order. Where so many do not fit they
    lie closer.

    Labels in order, each `gap` above the one before, are an isotonic regression of their heights
    minus what lies below them.
    """
    n = len(heights)
    if n == 0:
        return np.asarray(heights, dtype=float)
    gap = min(gap, (high - low) / max(n - 1, 1))
    order = np.lexsort([-np.arange(n), heights])  # of equal ones the first is on top
    below = gap * np.arange(n)
    free = isotonic_regression(np.asarray(heights, dtype=float)[order] - below).x
    placed = np.empty(n)
    placed[order] = np.clip(free, low, high - below[-1]) + below
    return placed


def name_lines(ax: Axes, ends: Sequence[End], rows: int = 1) -> None:
    """Write the name of each line at the right of the axes, with a thin line to its end, so that no
    two names overlap. `rows`: of axes above each other in the figure."""
    figure = ax.get_figure(root=True)
    if figure is None or not ends:
        return
    high = 72 * figure.get_size_inches()[1] * _SHARE / rows
    text = names(end.method for end in ends)
    size = small()
    gap = _LINE * (size if isinstance(size, int | float) else 8.0) / high
    inverse = ax.transAxes.inverted()
    ends_of = [inverse.transform(ax.transData.transform((end.x, end.y))) for end in ends]
    places = np.clip(np.array(ends_of), 0.0, 1.0)
    heights = spread(places[:, 1], gap, 0.0, 1.0)
    for end, (x, y), height in zip(ends, places.tolist(), heights.tolist(), strict=True):
        line = Line2D([x, _OFF - 0.005], [y, height], transform=ax.transAxes, linewidth=0.9)
        line.set(color=end.look.colour, linestyle=end.look.dash, clip_on=False, label=_NAMELESS)
        ax.add_artist(line)
        ax.text(
            _OFF, height, text[end.method], transform=ax.transAxes, ha="left", va="center",
            fontsize=size, color=INK,
        )  # fmt: skip


_NAMELESS = "_line to a name"


@contextmanager
def in_grey(ax: Axes) -> Iterator[None]:
    """Turns the lines that are drawn within it thin and grey: those of methods behind others."""
    before = len(ax.lines)
    yield
    for line in ax.lines[before:]:
        line.set(color=GREY, linestyle="-", linewidth=0.6, markersize=2.5, zorder=1.5)
        line.set_marker("o" if line.get_marker() not in ("None", "") else "")


def draw_crowd(
    ax: Axes,
    trials: pd.DataFrame,
    look: Mapping[str, Look],
    order: Sequence[str] | None,
    draw: Callable[[str, pd.DataFrame, bool], None],
) -> dict[str, Line2D]:
    """Draw the methods of one task, those that do not lead in grey behind the others, and say how
    many these are -> the first line of each leader that has one, in their order. `draw` gets a
    method, its trials, and whether it has a band."""
    groups = {str(m): own for m, own in trials.groupby("method", sort=False)}
    leaders, rest = crowd(groups, look, order)
    for method in rest:
        with in_grey(ax):
            draw(method, groups[method], False)
    lines = {}
    for method in leaders:
        before = len(ax.lines)
        draw(method, groups[method], len(groups) <= FEW)
        if len(ax.lines) > before:
            lines[method] = ax.lines[before]
    if ax.lines:
        say_rest(ax, len(rest))
    return lines


def say_rest(ax: Axes, count: int) -> None:
    """Write above a panel how many methods are in grey."""
    if count:
        others = "1 other method" if count == 1 else f"{count} other methods"
        ax.set_title(f"in grey: {others}", loc="right", fontsize=small(), color=MUTED)
