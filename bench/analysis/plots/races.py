"""A race: the statistic of each comparison over the looks, between its boundaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.analysis.plots.style import INK, MUTED, grid, small, styled, width
from bench.analysis.plots.style.looks import Look
from bench.analysis.plots.style.names import wrapped
from bench.analysis.statistics.sequential import boundaries, counts
from bench.analysis.tables.races import Comparison

_MOST = 24
"""Comparisons that are drawn: of more the first."""
_ROOM = 1.15


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
    """The score statistic of one comparison of a race against the seeds of each look, on a reader's
    axes, with the boundaries beyond which two methods are told apart. `look` has the colours of the
    methods. Above 0 the method has more successes, below 0 the other one."""
    state, looks = comparison.state, np.array(comparison.design.looks)
    critical = boundaries(comparison.design).critical
    path = [float(counts.score(int(n))[at]) for at, n in zip(comparison.path, looks, strict=False)]
    most = _ROOM * max(3.0, *map(abs, path), *critical[np.isfinite(critical)])
    # A bar from the boundary to the end of the panel at each look: who enters it is decided.
    near = np.minimum(critical, most)
    wide = 0.3 * float(np.min(np.diff(looks, prepend=0)))
    for n, at in zip(looks, near, strict=True):
        for low, high in ((at, most), (-most, -at)):
            ax.fill_between((n - wide, n + wide), low, high, color=MUTED, alpha=0.35, linewidth=0)
    ax.axhline(0.0, color=MUTED, linewidth=0.8)
    ahead = state.other if path and path[-1] < 0 else state.method
    line: Any = {"color": look[ahead].colour, "linewidth": 1.6}
    ax.plot([0, *looks[: len(path)]], [0.0, *path], marker="o", markersize=3.0, zorder=3, **line)
    if path and comparison.ended and state.ended not in ("better", "worse"):
        style: Any = {"markersize": 6.5, "markeredgecolor": INK, "markerfacecolor": "white"}
        ax.plot(looks[len(path) - 1], path[-1], marker="o", **style)
    ax.set(xlim=(0, looks[-1] + 2 * wide), ylim=(-most, most), xlabel="seeds a method")
    ax.set_ylabel("score statistic")
    ax.set_xticks(looks)
    title = f"{state.method} – {state.other}: {_end(state.ended)}"
    ax.set_title(wrapped(title, 30), fontsize=small(), loc="left")


def _end(ended: str) -> str:
    words = {"better": "better", "worse": "worse", "futile": "given up", "undecided": "undecided"}
    return words.get(ended, "goes on")
