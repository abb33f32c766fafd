"""The time to convergence, and its cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from bench.analysis import statistics
from bench.analysis.frame import budgets
from bench.analysis.plots.style import MUTED, WIDTH, Look, fitting, styled
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
_OWN_END = (Status.COMPLETED, Status.DIVERGED)


@styled
def survival(trials: pd.DataFrame, look: Mapping[str, Look]) -> Figure:
    """Share of the trials of one task that have reached the criterion, along training, a line per
    method, and at the right edge the share that holds it at the end."""
    figure = Figure(figsize=(WIDTH, 3.4))
    ax = figure.subplots()
    few = trials["method"].nunique() <= FEW
    for method, own in trials.groupby("method", sort=False):
        draw_survival(ax, own, look[str(method)], band=few)
    ax.set(xlim=(0, _EDGE * budgets.length(trials).max()))
    handles = [
        Line2D([], [], color=look[m].colour, linestyle=look[m].dash, label=m)
        for m in trials["method"].unique()
    ]
    handles.append(
        Line2D([], [], color=MUTED, marker="o", linestyle="", label="hold it at the end")
    )
    figure.legend(handles=handles, loc="outside upper center", ncols=fitting(handles))
    return figure


FEW = 6
"""The largest number of methods whose curves have bands: those of more would hide each other."""
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
def costs(trials: pd.DataFrame, look: Mapping[str, Look]) -> Figure:
    """Median q against the median cost of a trial of one task, in three currencies; the bars are
    quartiles. Time is that of the processor where every trial has it, else that of the clock."""
    figure = Figure(figsize=(WIDTH, 3.1))
    axes = figure.subplots(1, 3, sharey=True)
    for ax, cost in zip(axes, ("steps_done", "gradient_evaluations", time_of(trials)), strict=True):
        draw_cost(ax, trials, cost, look)
        ax.set_xlabel(f"{COSTS[cost]} per trial")
    axes[0].set_ylabel(GAME if outcomes.game(trials) else "q at the end")
    handles = [
        Line2D([], [], color=look[m].colour, marker="o", linestyle="", label=m)
        for m in trials["method"].unique()
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=fitting(handles))
    return figure


def time_of(trials: pd.DataFrame) -> str:
    """The column of their time: other work on the machine lengthens only that of the clock. A trial
    that was killed has no other."""
    whole = trials.loc[trials["status"].isin(_OWN_END), "cpu_seconds"]
    return "cpu_seconds" if len(whole) and whole.notna().all() else "seconds"


def draw_cost(ax: Axes, trials: pd.DataFrame, cost: str, look: Mapping[str, Look]) -> None:
    """Median and quartiles of q_tail and of one cost, a cross per method, on the reader's axes.
    A method of which half the trials failed stands at the upper edge."""
    filled = outcomes.with_failures(trials, ["q_tail"])
    top = 1.1 * max([1.0, *filled["q_tail"][np.isfinite(filled["q_tail"])]])
    for method, own in filled.groupby("method", sort=False):
        x, y = outcomes.spread(own[cost]), outcomes.spread(own["q_tail"])
        if np.isnan(y.median):
            continue
        colour, inner = look[str(method)].colour, [min(v, top) for v in y]
        ax.plot([x.low, x.high], [inner[0]] * 2, color=colour, linewidth=1.2)
        ax.plot([x.median] * 2, [inner[1], inner[2]], color=colour, linewidth=1.2)
        ax.plot(x.median, inner[0], "o" if np.isfinite(y.median) else "x", color=colour)
    most = float(filled[cost].max())
    ax.set_xlim(0, 1.1 * most if most > 0 else 1.0)
    ax.locator_params(axis="x", nbins=4)
