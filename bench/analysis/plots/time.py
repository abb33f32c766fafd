"""The time to convergence, and its cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bench.analysis import statistics
from bench.analysis.frame import budgets
from bench.analysis.plots.style import MUTED, checks, side_by_side, styled, width
from bench.analysis.plots.style.labels import End, draw_crowd, in_grey, name_lines, say_rest
from bench.analysis.plots.style.looks import Look, crowd
from bench.analysis.plots.style.names import wrapped
from bench.analysis.tables import convergence, outcomes
from bench.metrics.quantities import GAME
from bench.trial import Status

COSTS = {
    "steps_done": "steps",
    "gradient_evaluations": "gradient evaluations",
    "cpu_seconds": "CPU seconds",
    "seconds": "seconds by the clock",
}
"""Currencies of a trial's cost: column of the frame -> label."""


def currency(_: Mapping[str, Any]) -> Iterable[str]:
    """The columns that are a cost."""
    return COSTS


_OWN_END = (Status.COMPLETED, Status.DIVERGED)


@styled
def survival(
    trials: pd.DataFrame, look: Mapping[str, Look], order: Sequence[str] | None = None
) -> Figure:
    """Share of the trials of one task that have reached the criterion, along training, a line per
    method, and at the right edge the share that holds it at the end. Of more than eight methods the
    first eight of `order`, the best first, are in colour."""
    figure = Figure(figsize=(width(), 2.9))
    ax = figure.subplots()
    fixed = not outcomes.raced(trials)
    lines = draw_crowd(
        ax, trials, look, order, lambda m, own, few: draw_survival(ax, own, look[m], few and fixed)
    )
    for place, line in enumerate(lines.values()):  # lifted, so that equal ones stay visible
        line.set_ydata(np.asarray(line.get_ydata()) + _LIFT * ((len(lines) - 1) / 2 - place))
    ax.set(xlim=(0, _EDGE * budgets.length(trials).max()))
    name_lines(ax, [End.of(line, m, look[m]) for m, line in lines.items()])
    return figure


_LIFT = 0.004
_EDGE = 1.045
"""The end of the axis of steps, in budgets: it leaves room for a mark behind the last step."""


def draw_survival(ax: Axes, trials: pd.DataFrame, look: Look, band: bool = True) -> None:
    """Kaplan-Meier's estimate of the share that has reached the criterion, for the trials of one
    method, with its log(-log) `band`; a trial that failed counts as not there to the end of the
    budget. The dot behind the last step is the share that holds the criterion at the end: what lies
    between it and the line was reached and lost again."""
    curve = statistics.kaplan_meier(*convergence.times(trials))
    last = budgets.length(trials).max()
    steps = np.append(curve.steps, last)
    share, low, high = (np.append(v, v[-1]) for v in (curve.share, curve.low, curve.high))
    ax.step(steps, 1 - share, where="post", color=look.colour, linestyle=look.dash)
    if band:
        edges = 1 - high, 1 - low
        ax.fill_between(steps, *edges, step="post", color=look.colour, alpha=0.12, linewidth=0)
    held, end = float(convergence.holds(trials).mean()), 1.02 * last
    ax.plot([end, end], [1 - share[-1], held], color=look.colour, linewidth=0.9)
    ax.plot(end, held, "o", color=look.colour, markersize=5, zorder=3)
    ax.set(xlabel=budgets.axis(trials), ylabel="share that has reached the criterion")
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


@styled
def costs(
    trials: pd.DataFrame, look: Mapping[str, Look], order: Sequence[str] | None = None
) -> Figure:
    """Median q against the median cost of a trial of one task, in three currencies; the bars are
    quartiles. Time is that of the processor where every trial has it, else that of the clock. Of
    more than eight methods the first eight of `order`, the best first, are in colour."""
    columns = side_by_side(3, 1.9)
    rows = -(-3 // columns)
    figure = Figure(figsize=(width(), 2.6 if rows == 1 else 2.0 * rows))
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    leaders, rest = crowd(trials["method"], look, order)
    label, ends = GAME if outcomes.game(trials) else "q at the end", {}
    for place, cost in enumerate(("steps_done", "gradient_evaluations", time_of(trials))):
        with in_grey(axes[place]):
            _cost(axes[place], trials, cost, look, rest)
        ends[place] = _cost(axes[place], trials, cost, look, leaders)
        axes[place].set_xlabel(wrapped(f"{COSTS[cost]} per trial", 22))
        if place % columns == 0:
            axes[place].set_ylabel(label)
    for place in range(columns - 1, len(axes), columns):  # when the common axis is known
        name_lines(axes[place], ends[place], rows)
    say_rest(axes[columns - 1], len(rest))
    return figure


def time_of(trials: pd.DataFrame) -> str:
    """The column of their time: other work on the machine lengthens only that of the clock. A trial
    that was killed has no other."""
    whole = trials.loc[trials["status"].isin(_OWN_END), "cpu_seconds"]
    return "cpu_seconds" if len(whole) and whole.notna().all() else "seconds"


@checks.checked(cost=currency)
@checks.looked("trials")
def draw_cost(ax: Axes, trials: pd.DataFrame, cost: str, look: Mapping[str, Look]) -> None:
    """Median and quartiles of q_tail and of one cost, a cross per method, on the reader's axes.
    A method of which half the trials failed stands at the upper edge. Raises UnknownName for a cost
    that is no column of `COSTS`."""
    _cost(ax, trials, cost, look, list(dict.fromkeys(trials["method"])))
    label = GAME if outcomes.game(trials) else "q at the end"
    ax.set(xlabel=f"{COSTS[cost]} per trial", ylabel=label)


def _cost(
    ax: Axes, trials: pd.DataFrame, cost: str, look: Mapping[str, Look], order: Sequence[str]
) -> list[End]:
    """Draw the methods in this order -> the places of their medians."""
    needed = trials[["task", "method", "status", "q_tail", cost]]  # of hundreds of columns
    filled, ends = outcomes.with_failures(needed, ["q_tail"]), []
    top = 1.1 * max([1.0, *filled["q_tail"][np.isfinite(filled["q_tail"])]])
    for method in order:
        own = filled[filled["method"] == method]
        x, y = outcomes.spread(own[cost]), outcomes.spread(own["q_tail"])
        if np.isnan(y.median):
            continue
        colour, marker = look[method].colour, look[method].marker
        inner = [min(v, top) for v in y]
        ax.plot([x.low, x.high], [inner[0]] * 2, color=colour, linewidth=1.2)
        ax.plot([x.median] * 2, [inner[1], inner[2]], color=colour, linewidth=1.2)
        mark = marker if np.isfinite(y.median) else "x"
        ax.plot(x.median, inner[0], mark, color=colour, markersize=5)
        ends.append(End(method, float(x.median), float(inner[0]), look[method]))
    if filled[cost].isna().all() and not ax.texts:  # others may be drawn in grey before
        ax.text(0.5, 0.5, "not measured", transform=ax.transAxes, ha="center", color=MUTED)
    most = float(filled[cost].max())
    ax.set_xlim(0, 1.1 * most if most > 0 else 1.0)
    ax.locator_params(axis="x", nbins=4)
    return ends
