"""The course of training: metrics and losses against the step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from bench.analysis.frame import budgets
from bench.analysis.frame.measured import card
from bench.analysis.plots.style import WIDTH, Look, fitting, styled
from bench.analysis.tables import outcomes
from bench.trial import Status

FEW = 6
"""So many methods share one panel; more get a panel each."""

_OUT_OF_SIGHT = 1e9
_THIN = 25
_DENSE = 120  # points of a curve from which on thick lines hide each other


@styled
def curves(
    long: pd.DataFrame, trials: pd.DataFrame, metrics: Sequence[str], look: Mapping[str, Look]
) -> Figure:
    """Metrics of one task along training: each trial thin, and the median over a method's trials
    with its quartiles.

    `long` has columns id, method, step, metric, value; `trials` is the frame of the same task.
    After a failed trial has broken off (x) it counts as the worst, so that the median of a method
    leaves the panel once half of its trials have failed. Up to 6 methods share a panel.
    """
    methods = [m for m in look if (trials["method"] == m).any()]
    many = len(methods) > FEW
    columns = 5 if many else 1
    rows = math.ceil(len(methods) / columns) if many else 1
    size = (WIDTH, (1.45 * rows + 0.55) * len(metrics)) if many else (WIDTH, 3.5)
    figure = Figure(figsize=size)
    if many:
        blocks = figure.subfigures(len(metrics), 1, squeeze=False)
        for block, metric in zip(blocks[:, 0], metrics, strict=True):
            _small_multiples(block, long, trials, metric, methods, look, (rows, columns))
        return figure
    axes = figure.subplots(1, len(metrics), squeeze=False)[0]
    for ax, metric in zip(axes, metrics, strict=True):
        for method in methods:
            draw_curves(ax, long, trials, metric, method, look[method])
        ax.set(xlabel=budgets.axis(trials), ylabel=_wrapped(card(metric, trials).axis))
        _scale(ax, trials, metric, _bulk(long, metric))
    handles = [_handle(m, look[m], bool((long["method"] == m).any())) for m in methods]
    figure.legend(handles=handles, loc="outside upper center", ncols=fitting(handles))
    return figure


def _small_multiples(
    block: SubFigure,
    long: pd.DataFrame,
    trials: pd.DataFrame,
    metric: str,
    methods: Sequence[str],
    look: Mapping[str, Look],
    shape: tuple[int, int],
) -> None:
    axes = block.subplots(*shape, sharex=True, sharey=True, squeeze=False).ravel()
    own = long[long["metric"] == metric]
    bulk = _bulk(own, metric)
    for ax, method in zip(axes, methods, strict=False):
        draw_curves(ax, own, trials, metric, method, look[method]._replace(dash="-"))
        _scale(ax, trials, metric, bulk)
        ax.set_title(method, fontsize=8)
    for i in range(len(methods), len(axes)):
        axes[i].set_visible(False)
        axes[i - shape[1]].tick_params(labelbottom=True)
    block.supxlabel(budgets.axis(trials), fontsize=9)
    block.supylabel(_wrapped(card(metric, trials).axis), fontsize=9)


def draw_curves(
    ax: Axes, long: pd.DataFrame, trials: pd.DataFrame, metric: str, method: str, look: Look
) -> None:
    """One metric of one method of a task on the reader's axes: median, quartiles and each trial
    (of more than 25, the first 25 alone are drawn thin; all count)."""
    table = _wide(long, metric, method)
    if table.empty:
        return
    table.columns = table.columns * budgets.scale(trials[trials["method"] == method])[0]
    status = trials.set_index("id")["status"].reindex(table.index)
    alone = (trials["method"] == method).sum() == 1
    shown = table.to_numpy()[:_THIN]
    if not alone:
        steps = table.columns.to_numpy(dtype=float)
        lines = [np.column_stack([steps, values]) for values in shown]
        thin = LineCollection(lines, colors=look.colour, linewidths=0.6, alpha=0.35)
        thin.set_rasterized(len(table) > _THIN)
        ax.add_collection(thin, autolim=True)
    for values, how in zip(shown, status[:_THIN], strict=True):
        known = np.flatnonzero(~np.isnan(values))
        if how != Status.COMPLETED and len(known):
            end = (table.columns[known[-1]], values[known[-1]])
            ax.plot(*end, "x", color=look.colour, markersize=6, markeredgewidth=1.6, zorder=5)
    low, middle, high = _quartiles(table, trials[trials["method"] == method], metric)
    width = 1.8 if len(middle) <= _DENSE else 1.1
    ax.plot(table.columns, middle, color=look.colour, linestyle=look.dash, linewidth=width)
    ax.fill_between(table.columns, low, high, color=look.colour, alpha=0.15, linewidth=0)


def _wide(long: pd.DataFrame, metric: str, method: str) -> pd.DataFrame:
    """[trial, step] -> value; NaN where a trial has none."""
    own = long[(long["metric"] == metric) & (long["method"] == method)]
    row, rows = pd.factorize(own["id"], sort=True)
    columns, column = np.unique(own["step"], return_inverse=True)
    table = np.full((len(rows), len(columns)), math.nan)
    table[row, column] = own["value"]
    return pd.DataFrame(table, index=rows.astype(str), columns=columns)


def _quartiles(table: pd.DataFrame, trials: pd.DataFrame, metric: str) -> np.ndarray:
    """Lower quartile, median and upper quartile at each step [3, steps], failures the worst."""
    worst = card(metric, trials).worst
    values = table.reindex(trials["id"]).to_numpy(copy=True)
    if worst is not None:
        broken = outcomes.failed(trials).to_numpy()
        values[broken] = np.where(np.isnan(values[broken]), worst, values[broken])
    spreads = [outcomes.spread(column) for column in values.T]
    found = np.array([[s.low, s.median, s.high] for s in spreads]).T
    return np.where(np.isinf(found), _OUT_OF_SIGHT, found)


def _bulk(long: pd.DataFrame, metric: str) -> np.ndarray:
    """The range of a metric's values [2] without the outermost half percent; empty without any."""
    values = long.loc[long["metric"] == metric, "value"].dropna().to_numpy()
    return np.quantile(values, [0.005, 0.995]) if len(values) else values


def _scale(ax: Axes, trials: pd.DataFrame, metric: str, bulk: np.ndarray) -> None:
    """Limits that hold the bulk of the values and not a single spike, and what to compare with."""
    expected = trials["modes_expected"].max() if metric in ("modes", "modes_1") else math.nan
    if not np.isnan(expected):
        ax.axhline(expected, color="#555555", linewidth=0.9, linestyle=":")
        ax.set_ylim(-0.03 * expected, 1.06 * expected)
        ax.yaxis.set_major_locator(
            MaxNLocator(8 if ax.get_ylabel() else 4, integer=True, steps=(1, 2, 4, 5, 10))
        )
    elif len(bulk) and metric == "radius":
        ax.set_yscale("log")
        ax.set_ylim(bulk[0] / 2, bulk[1] * 2)
    elif len(bulk):
        low, high = bulk
        if metric == "q":
            low, high = min(low, 0.0), max(high, 1.0)
            ax.axhline(0, color="#555555", linewidth=0.9, linestyle=":")
            ax.axhline(1, color="#555555", linewidth=0.9, linestyle=":")
        margin = 0.06 * (high - low) or 0.5
        ax.set_ylim(low - margin, high + margin)
    else:
        ax.text(0.5, 0.5, "not measured", transform=ax.transAxes, ha="center", color="#777777")
    ax.set_xlim(0, 1.02 * budgets.length(trials).max())
    ax.locator_params(axis="x", nbins=4)


def _handle(method: str, look: Look, measured: bool) -> Line2D:
    label = method if measured else f"{method} (not measured)"
    return Line2D([], [], color=look.colour, linestyle=look.dash, label=label)


def _wrapped(label: str) -> str:
    return label.replace("  (", "\n(")
