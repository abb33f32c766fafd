"""The effects of a factorial: the outcome at each level of each factor, and the pair that does not
add up most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bench.analysis.plots.search import MAP
from bench.analysis.plots.style import INK, MUTED, PAGE, small, styled, width
from bench.analysis.statistics.common import Interval
from bench.analysis.statistics.rates import of_clusters
from bench.analysis.tables.effects import Estimated, shown, strongest

_GAP = 0.7
"""Rows between two factors."""
_ALPHA = 0.05


@styled
def effects(ends: Estimated, early: Sequence[Estimated] = ()) -> Figure:
    """The effects on success on one task, and beside them the largest interaction of two factors.
    `early`: the same for the criterion reached by a share of the budget, of which the first is
    drawn in grey."""
    beside = width() >= PAGE
    rows = sum(len(levels) + _GAP for levels in ends.design.levels.values())
    high = 0.17 * rows + 0.75
    figure = Figure(figsize=(width(), high if beside else high + 2.2))
    rows_columns = (1, 2) if beside else (2, 1)
    ratios = (3, 2) if beside else (1,)
    left, right = figure.subplots(*rows_columns, width_ratios=ratios).ravel()
    draw_effects(left, ends, early)
    draw_interaction(right, ends)
    return figure


def draw_effects(ax: Axes, ends: Estimated, early: Sequence[Estimated] = ()) -> None:
    """The rate of success at each level of each factor, over all other factors, with its 95 %
    interval over seeds, on the reader's axes; a factor whose effect is not told from chance has
    hollow points. Grey points: those of the first of `early`."""
    rows = _rows(ends)
    for one, colour in (*((first, MUTED) for first in early[:1]), (ends, INK)):
        for (factor, level), row in rows.items():
            mean, (low, high) = _rate(one, factor, level)
            told = one.p_holm[factor] < _ALPHA
            style: Any = {"color": colour, "zorder": 3 if one is ends else 2}
            ax.plot([low, high], [row, row], linewidth=1.2, **style)
            ax.plot(mean, row, "o", markersize=4.5, markerfacecolor=colour if told else "white",
                    **style)  # fmt: skip
    for factor, (name, levels) in enumerate(ends.design.levels.items()):
        top = rows[factor, 0]
        ax.text(0.0, top - 0.72, name, fontsize=small(), color=MUTED, style="italic",
                transform=ax.get_yaxis_transform(), va="center")  # fmt: skip
        means = [_rate(ends, factor, i)[0] for i in range(len(levels))]
        ax.plot(means, [rows[factor, i] for i in range(len(levels))], color=INK, linewidth=0.6,
                alpha=0.5)  # fmt: skip
    labels = [shown(level) for levels in ends.design.levels.values() for level in levels]
    ax.set_yticks(list(rows.values()), labels)
    ax.set(ylim=(max(rows.values()) + 0.6, -1.2), xlim=(-0.02, 1.02))
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_xlabel("trials that succeed" + (f" (grey: {early[0].outcome})" if early else ""))
    ax.grid(visible=False, axis="y")


def draw_interaction(ax: Axes, ends: Estimated) -> None:
    """The rate of success in percent at each pair of levels of the two factors that add up least,
    on the reader's axes."""
    effect = strongest(ends)
    first, second = ends.of(effect)
    means = effect.means if effect.means.shape[0] >= effect.means.shape[1] else effect.means.T
    y, x = (first, second) if means is effect.means else (second, first)
    ax.imshow(means, cmap=MAP, vmin=0, vmax=1, aspect="auto")
    for (row, column), mean in np.ndenumerate(means):
        ax.text(column, row, f"{100 * mean:.0f}", ha="center", va="center", fontsize=small(),
                color="black" if mean > 0.5 else "white")  # fmt: skip
    for name, set_ticks in ((x, ax.set_xticks), (y, ax.set_yticks)):
        levels = [shown(level) for level in ends.design.levels[name]]
        long = name == x and max(map(len, levels)) > 6
        turned: Any = {"rotation": 30, "ha": "right"} if long else {}
        set_ticks(range(len(levels)), levels, **turned)
    p = float(ends.p_holm[list(ends.effects).index(effect)])
    told = "" if p < _ALPHA else " (not told from chance)"
    ax.set(xlabel=x, ylabel=y)
    ax.set_title(f"least additive{told}", fontsize=small())
    ax.grid(visible=False)


def _rows(ends: Estimated) -> dict[tuple[int, int], float]:
    """(factor, level) -> its row, from the top."""
    rows, at = {}, 0.0
    for factor, levels in enumerate(ends.design.levels.values()):
        for level in range(len(levels)):
            rows[factor, level] = at
            at += 1
        at += _GAP
    return rows


def _rate(one: Estimated, factor: int, level: int) -> tuple[float, Interval]:
    """The mean of an outcome at a level of a factor, with its interval over seeds."""
    seeds = len(one.cells)
    rates = one.cells.take(level, axis=factor + 1).reshape(seeds, -1).mean(axis=1)
    return float(rates.mean()), of_clusters(rates, np.ones(seeds))
