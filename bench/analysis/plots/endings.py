"""The outcomes of the trials, as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from bench.analysis.plots.style import (
    ROWS,
    checks,
    fitting,
    row_height,
    side_by_side,
    small,
    styled,
    width,
)
from bench.analysis.plots.style.names import names
from bench.analysis.tables.outcomes import OUTCOMES, axis_of_rates, rated
from bench.analysis.verdicts import Verdict
from bench.trial import Status

OUTCOME_COLOURS: Mapping[str, str] = {
    Verdict.CONVERGED: "#009E73",
    Verdict.IMPROVING: "#8FD3F4",
    Verdict.STALLED: "#C4C4C4",
    Verdict.MODE_DROP: "#F0E442",
    Verdict.OSCILLATING: "#CC79A7",
    Verdict.DEGRADED: "#E69F00",
    Verdict.COLLAPSED: "#C8501A",
    Verdict.DIVERGED: "#1F1F1F",
    Status.CRASHED: "#ffffff",
    Status.TIMEOUT: "#ffffff",
    Status.OUT_OF_MEMORY: "#ffffff",
    Status.COMPLETED: "#ffffff",
}
_HATCHES: Mapping[str, str] = {
    Status.CRASHED: "xxx",
    Status.TIMEOUT: "///",
    Status.OUT_OF_MEMORY: "\\\\\\",
    Status.COMPLETED: "...",
}


@styled
def outcomes(trials: pd.DataFrame, methods: Sequence[str], success: str) -> Figure:
    """The outcomes of the trials of one task, a bar per method. Beside them stands the rate of
    success with its 95 % interval (see `bench.analysis.tables.outcomes.rated`). Of more than 80
    methods the first are drawn."""
    present = set(trials["method"])
    every = [m for m in methods if m in present]
    methods = every[:ROWS]
    needed = [n for n in ("method", "outcome", "seed", "deterministic", "raced") if n in trials]
    trials = trials.loc[trials["method"].isin(methods), needed]
    handles = [Patch(**_fill(n), label=n) for n in OUTCOMES if (trials["outcome"] == n).any()]
    columns = side_by_side(2, 2.0)
    high = row_height(len(methods)) * len(methods) + 0.9
    figure = Figure(
        figsize=(width(), 0.2 * -(-len(handles) // fitting(handles)) + high * (2 / columns))
    )
    shape: dict[str, Any] = {"width_ratios": (3, 1.3)} if columns == 2 else {}
    bars, rates = figure.subplots(2 // columns, columns, sharey=True, **shape).ravel()
    draw_outcomes(bars, trials, methods)
    for place, method in enumerate(methods):
        _rate(rates, place, trials[trials["method"] == method], success)
    rates.set(xlim=(-0.02, 1.02), xlabel=f"{success}: {axis_of_rates(trials)}")
    rates.tick_params(left=columns == 1, labelleft=columns == 1)
    rates.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    rates.grid(axis="y", visible=False)
    if len(methods) < len(every):
        bars.set_title(f"the first {len(methods)} of {len(every)} methods", fontsize=small())
    figure.legend(handles=handles, loc="outside upper center", ncols=fitting(handles))
    return figure


@checks.checked(methods=checks.method)
def draw_outcomes(ax: Axes, trials: pd.DataFrame, methods: Sequence[str]) -> None:
    """Shares of the outcomes as stacked bars, a bar per method, on the reader's axes. Raises
    UnknownName for a method without trials."""
    counts, text = trials["method"].value_counts(), names(methods)
    present = [name for name in OUTCOMES if (trials["outcome"] == name).any()]
    for place, method in enumerate(methods):
        own = trials.loc[trials["method"] == method, "outcome"]
        _bar(ax, place, own, present, 8.0 if len(methods) <= 20 else 6.0)
    ax.set_yticks(range(len(methods)), [f"{text[m]}  (n = {counts[m]})" for m in methods])
    ax.set_ylim(len(methods) - 0.4, -0.6)
    ax.set(xlim=(0, 1), xlabel="share of trials  (number in the bar)")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.grid(axis="y", visible=False)


def _bar(ax: Axes, place: int, outcomes: pd.Series, present: Sequence[str], size: float) -> None:
    left = 0.0
    for name in present:
        count = int((outcomes == name).sum())
        if count:
            share = count / len(outcomes)
            ax.barh(place, share, left=left, height=0.72, **_fill(name))
            if share >= 0.04:
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
                ax.text(
                    left + share / 2,
                    place,
                    str(count),
                    ha="center",
                    va="center",
                    fontsize=size,
                    color="white" if _dark(OUTCOME_COLOURS[name]) else "black",
                    bbox=box if name in _HATCHES else None,
                ).set_in_layout(False)  # it lies within the bar
            left += share


def _fill(name: str) -> dict[str, Any]:
    edge = "#777777" if name in _HATCHES else "white"
    return {
        "facecolor": OUTCOME_COLOURS[name],
        "edgecolor": edge,
        "hatch": _HATCHES.get(name),
        "linewidth": 0.8,
    }


def _dark(colour: str) -> bool:
    red, green, blue = mpl.colors.to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def _rate(ax: Axes, place: int, trials: pd.DataFrame, success: str) -> None:
    low, high, _ = rated(trials, success)
    rate = float((trials["outcome"] == success).mean())
    ax.plot([low, high], [place, place], color="#444444", linewidth=1.4)
    ax.plot(rate, place, "o", color=OUTCOME_COLOURS[success], markersize=6, clip_on=False, zorder=3)
