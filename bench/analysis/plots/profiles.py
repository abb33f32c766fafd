"""Over all tasks: the whole distribution of q per method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bench.analysis import statistics
from bench.analysis.plots.style import WIDTH, Look, fitting, styled
from bench.analysis.tables import outcomes


@styled
def profiles(trials: pd.DataFrame, methods: Sequence[str], look: Mapping[str, Look]) -> Figure:
    """Performance profiles (Agarwal et al. 2021) of methods that were run on all of the tasks."""
    figure = Figure(figsize=(WIDTH, 3.4))
    ax = figure.subplots()
    for method in methods:
        draw_profile(ax, trials[trials["method"] == method], look[method], method)
    handles = ax.get_legend_handles_labels()[0]
    figure.legend(handles=handles, loc="outside upper center", ncols=fitting(handles))
    return figure


def draw_profile(ax: Axes, trials: pd.DataFrame, look: Look, label: str) -> None:
    """Share of the trials of one method with q_tail at most tau, mean over its tasks, with its
    bootstrap band; failed trials never get there."""
    filled = outcomes.with_failures(trials, ["q_tail"])
    groups = [own["q_tail"].dropna().to_numpy() for _, own in filled.groupby("task")]
    groups = [own for own in groups if len(own)]
    if not groups:
        return
    tau = np.linspace(0, 1.2, 121)
    found = statistics.performance_profile(groups, tau, seed=0)
    ax.plot(tau, found.share, color=look.colour, linestyle=look.dash, label=label)
    ax.fill_between(tau, found.low, found.high, color=look.colour, alpha=0.12, linewidth=0)
    ax.set(xlabel="threshold τ", ylabel="share of trials with q ≤ τ", ylim=(-0.03, 1.03))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
