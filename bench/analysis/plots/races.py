"""A race: the difference of rates of each comparison over the looks, between its boundaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.analysis.plots.style import INK, MUTED, grid, small, styled, width
from bench.analysis.plots.style.looks import Look
from bench.analysis.plots.style.names import wrapped
from bench.analysis.statistics.sequential import boundaries, needed
from bench.analysis.tables.races import Comparison

_MOST = 24
"""Comparisons that are drawn: of more the first."""
_MOST_APART = 1.1
"""End of the axis: a difference of 1, and room for its point."""


@styled
def race(comparisons: Sequence[Comparison], look: Mapping[str, Look]) -> Figure:
    """The comparisons of a race on one task, a panel each; see `draw_race`. Of more than 24 the
    first are drawn."""
    shown = comparisons[:_MOST]
    rows, columns = grid(len(shown), 2.2)
    figure = Figure(figsize=(width(), 1.9 * rows + 0.3))
    axes = figure.subplots(rows, columns, squeeze=False, sharey=True, sharex=True).ravel()
    for ax in axes[len(shown) :]:
        ax.set_visible(False)
    for place, (ax, one) in enumerate(zip(axes, shown, strict=False)):
        draw_race(ax, one, look)
        if place % columns:
            ax.set_ylabel("")
        if place + columns < len(shown):
            ax.set_xlabel("")
    return figure


def draw_race(ax: Axes, comparison: Comparison, look: Mapping[str, Look]) -> None:
    """The difference of the rates of success of one comparison of a race at each look, on a
    reader's axes, with bars where two methods are told apart. `look` has the colours of the
    methods. Above 0 the method has more successes, below 0 the other one.

    A bar begins at the least difference that decides for as many successes as there were; at a look
    to come, at the least one for any number of them.
    """
    state, looks = comparison.state, np.array(comparison.design.looks)
    path = [(a - b) / int(n) for (a, b), n in zip(comparison.path, looks, strict=False)]
    begins = boundaries(comparison.design).apart.copy()
    for place, table in enumerate(comparison.path):
        begins[place] = needed(comparison.design, *table, place)
    wide = 0.3 * float(np.min(np.diff(looks, prepend=0)))
    for n, at in zip(looks, begins, strict=True):
        for sign in (1, -1) if at <= 1 else ():
            span = sorted((sign * at, sign * _MOST_APART))
            ax.fill_between((n - wide, n + wide), *span, color=MUTED, alpha=0.35, linewidth=0)
    ax.axhline(0.0, color=MUTED, linewidth=0.8)
    ahead = state.other if path and path[-1] < 0 else state.method
    line: Any = {"color": look[ahead].colour, "linewidth": 1.6}
    ax.plot(looks[: len(path)], path, marker="o", markersize=3.5, zorder=3, **line)
    if path and comparison.ended and state.ended not in ("better", "worse"):
        style: Any = {"markersize": 7.0, "markeredgecolor": INK, "markerfacecolor": "white"}
        ax.plot(looks[len(path) - 1], path[-1], marker="o", zorder=3, **style)
    ax.set(xlim=(0, looks[-1] + 2 * wide), ylim=(-_MOST_APART, _MOST_APART))
    ax.set(xlabel="seeds a method", ylabel="difference of rates")
    ax.set_xticks(looks)
    title = f"{state.method} – {state.other}: {_end(state.ended)}"
    ax.set_title(wrapped(title, 30), fontsize=small(), loc="left")


def _end(ended: str) -> str:
    words = {"better": "better", "worse": "worse", "futile": "given up", "undecided": "undecided"}
    return words.get(ended, "goes on")
