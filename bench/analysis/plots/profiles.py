"""Over all tasks: the whole distribution of q per method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bench.analysis import statistics
from bench.analysis.plots.style import styled, width
from bench.analysis.plots.style.labels import End, in_grey, name_lines, say_rest
from bench.analysis.plots.style.looks import FEW, Look, crowd
from bench.analysis.plots.style.names import name
from bench.analysis.tables import outcomes


@styled
def profiles(
    trials: pd.DataFrame,
    methods: Sequence[str],
    look: Mapping[str, Look],
    order: Sequence[str] | None = None,
) -> Figure:
    """Performance profiles (Agarwal et al. 2021) of methods that were run on all of the tasks. Of
    more than eight, the first eight of `order`, the best first, are in colour."""
    figure = Figure(figsize=(width(), 2.9))
    ax, ends = figure.subplots(), []
    leaders, rest = crowd(methods, look, order)
    for method in rest:
        with in_grey(ax):
            draw_profile(ax, trials[trials["method"] == method], look[method], band=False)
    for method in leaders:
        before = len(ax.lines)
        own = trials[trials["method"] == method]
        band = len(methods) <= FEW and not outcomes.raced(trials)
        draw_profile(ax, own, look[method], method, band)
        ends += [End.of(line, method, look[method]) for line in ax.lines[before:]]
    name_lines(ax, ends)
    say_rest(ax, len(rest))
    return figure


def draw_profile(
    ax: Axes, trials: pd.DataFrame, look: Look, label: str = "", band: bool = True
) -> None:
    """Share of the trials of one method with q_tail at most tau, mean over its tasks, with its
    bootstrap band; failed trials never get there. `label`: its name in a legend."""
    filled = outcomes.with_failures(trials, ["q_tail"])
    groups = [own["q_tail"].dropna().to_numpy() for _, own in filled.groupby("task")]
    groups = [own for own in groups if len(own)]
    if not groups:
        return
    tau = np.linspace(0, 1.2, 121)
    found = statistics.performance_profile(groups, tau, seed=0)
    ax.plot(tau, found.share, color=look.colour, linestyle=look.dash, label=name(label))
    if band:
        ax.fill_between(tau, found.low, found.high, color=look.colour, alpha=0.12, linewidth=0)
    ax.set(xlabel="threshold τ", ylabel="share of trials with q ≤ τ", ylim=(-0.03, 1.03))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
