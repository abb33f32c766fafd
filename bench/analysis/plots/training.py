"""The course of training: metrics and losses against the step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.analysis.frame import budgets
from bench.analysis.frame.measured import card
from bench.analysis.plots import views
from bench.analysis.plots.panels import Panel, Panels
from bench.analysis.plots.style import (
    MUTED,
    TALL,
    checks,
    grid,
    side_by_side,
    small,
    styled,
    width,
)
from bench.analysis.plots.style.labels import End, name_lines
from bench.analysis.plots.style.looks import FEW, GREY, Look, crowd
from bench.analysis.plots.style.names import names
from bench.analysis.tables import outcomes
from bench.trial import Status

METRICS = 12
"""Most metrics in a figure."""

_OUT_OF_SIGHT = 1e9
_THIN = 25
_DENSE = 120  # points of a curve from which on thick lines hide each other
_ROW = 1.2  # inches of a row of small panels
_AROUND = 0.55  # inches of labels around the rows of a metric


@styled
def curves(
    long: pd.DataFrame,
    trials: pd.DataFrame,
    metrics: Sequence[str],
    look: Mapping[str, Look],
    order: Sequence[str] | None = None,
) -> Figure:
    """Metrics of one task along training: each trial thin, and the median over a method's trials
    with its quartiles.

    `long` has columns id, method, step, metric, value; `trials` is the frame of the same task.
    After a failed trial has broken off (x) it counts as the worst, so that the median of a method
    leaves the panel once half of its trials have failed. Yardsticks (see `plots.looks`) are grey
    medians in each panel. Up to 6 methods share a panel. More have a
    panel each; of very many the first of `order` have one, and the medians of the others are grey
    behind them. The first 12 metrics are drawn.
    """
    long, trials = _narrow(long, trials)
    metrics = list(metrics)[:METRICS]
    leaders, rest = crowd(trials["method"], look, order)
    if len(leaders) + len(rest) > FEW:
        return _small_multiples(long, trials, metrics, look, order)
    rows, columns = grid(len(metrics), 2.0)
    figure = Figure(figsize=(width(), 2.6 * rows))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[len(metrics) :]:
        ax.set_visible(False)
    for place, (ax, metric) in enumerate(zip(axes, metrics, strict=False)):
        ends = [
            End.of(line, m, look[m])
            for m in leaders
            for line in _draw(ax, long, trials, metric, m, look[m])
        ]
        for yardstick in _yardsticks(trials, look):
            points = _median(long, trials, metric, yardstick)
            own = {"color": look[yardstick].colour, "linestyle": look[yardstick].dash}
            drawn = ax.plot(*zip(*points, strict=True), linewidth=1.1, **own) if points else []
            ends += [End.of(line, yardstick, look[yardstick]) for line in drawn]
        ax.set(xlabel=budgets.axis(trials), ylabel=views.label(metric, trials))
        views.scale(ax, trials, metric, views.bulk(long, metric))
        if place % columns == columns - 1 or place == len(metrics) - 1:
            name_lines(ax, ends, rows)
            _say_unmeasured(ax, [m for m in leaders if not (long["method"] == m).any()])
    return figure


def _yardsticks(trials: pd.DataFrame, look: Mapping[str, Look]) -> list[str]:
    """The yardsticks among the methods of some trials, in the order of their looks."""
    here = set(trials["method"])
    return [method for method, own in look.items() if own.yardstick and method in here]


def _say_unmeasured(ax: Axes, methods: Sequence[str]) -> None:
    """Write above a panel which methods have no curves at all."""
    if methods:
        text = f"not measured: {', '.join(names(methods).values())}"
        ax.set_title(text, loc="right", fontsize=small(), color=MUTED)


def _small_multiples(
    long: pd.DataFrame,
    trials: pd.DataFrame,
    metrics: Sequence[str],
    look: Mapping[str, Look],
    order: Sequence[str] | None,
) -> Figure:
    """A block per metric, with a panel per method."""
    columns = side_by_side(5, 1.05)
    most = max(1, int((TALL / len(metrics) - _AROUND) / _ROW)) * columns
    leaders, rest = crowd(trials["method"], look, order, most)
    shape = math.ceil(len(leaders) / columns), columns
    figure = Figure(figsize=(width(), (_ROW * shape[0] + _AROUND) * len(metrics)))
    blocks = figure.subfigures(len(metrics), 1, squeeze=False)
    by_method = {str(m): own for m, own in trials.groupby("method", sort=False)}
    for block, metric in zip(blocks[:, 0], metrics, strict=True):
        own = long[long["metric"] == metric]
        of = {str(m): part for m, part in own.groupby("method", sort=False, observed=True)}
        of |= {m: own[:0] for m in by_method if m not in of}
        behind_all = [*rest, *_yardsticks(trials, look)]
        grey = [line for m in behind_all if (line := _median(of[m], by_method[m], metric, m))]
        ax, titles = block.subplots(), names(leaders, (width() - 0.9) / columns)
        view = views.view(trials, metric, views.bulk(own, metric))
        panels = Panels(ax, [titles[m] for m in leaders], columns, views.steps(trials), view)
        for place, method in enumerate(leaders):
            panel, plain = panels[place], look[method]._replace(dash="-")
            behind = LineCollection(
                grey, colors=GREY, linewidths=0.5, transform=panel.transform, zorder=1.5
            )
            panel.hold([ax.add_collection(behind, autolim=False)])
            _draw(ax, of[method], by_method[method], metric, method, plain, panel)
        others = [f"{len(rest)} other methods"] if rest else []
        others += names(_yardsticks(trials, look)).values()
        grey_ones = f"   (in grey: the medians of {' and '.join(others)})" if others else ""
        block.supxlabel(budgets.axis(trials) + grey_ones, fontsize="medium")
        block.supylabel(views.label(metric, trials), fontsize="medium")
    return figure


@checks.checked(metric=checks.metric, method=checks.method)
def draw_curves(
    ax: Axes, long: pd.DataFrame, trials: pd.DataFrame, metric: str, method: str, look: Look
) -> None:
    """One metric of one method on the reader's axes: median, quartiles and each trial (of more than
    25, the first 25 alone are drawn thin; all count). `long` may hold other tasks too: the curves
    of `trials`, which are of one task, are drawn. Raises UnknownName for a metric or method that
    they have not."""
    _draw(ax, *_narrow(long, trials), metric, method, look)
    ax.set(xlabel=budgets.axis(trials), ylabel=views.label(metric, trials))


def _narrow(long: pd.DataFrame, trials: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The curves of some trials, and the columns of these that are needed, of hundreds."""
    needed = {"id", "method", "status", "steps", "gradients", "gradients_per_step"}
    needed |= {"modes_expected"}
    long = long[["id", "method", "metric", "step", "value"]]
    return long[long["id"].isin(trials["id"])], trials[[n for n in trials if n in needed]]


def _draw(
    ax: Axes,
    long: pd.DataFrame,
    trials: pd.DataFrame,
    metric: str,
    method: str,
    look: Look,
    panel: Panel | None = None,
) -> list[Line2D]:
    """Draw one method, on the axes or in a panel of it -> the line of its median, where it was
    measured."""
    table = _wide(long, metric, method)
    if table.empty:
        return []
    trials = trials[trials["method"] == method]
    table.columns = table.columns * budgets.scale(trials)[0]
    status = trials.set_index("id")["status"].reindex(table.index)
    alone, drawn = len(trials) == 1, list[Artist]()
    place: dict[str, Any] = {"transform": panel.transform} if panel else {}
    steps, shown = table.columns.to_numpy(dtype=float), table.to_numpy()[:_THIN]
    if not alone:
        lines = [np.column_stack([steps, values]) for values in shown]
        thin = LineCollection(lines, colors=look.colour, linewidths=0.6, alpha=0.35)
        thin.set_rasterized(len(table) > _THIN)
        if panel:  # below all other lines: those of all panels become one image
            thin.set(transform=panel.transform, zorder=1.9)
        ax.add_collection(thin, autolim=panel is None)
        drawn.append(thin)
    broken = (status[:_THIN] != Status.COMPLETED).to_numpy()
    drawn += _crosses(ax, steps, shown[broken], look.colour, place)
    low, middle, high = _quartiles(table, trials, metric)
    thick = 1.8 if len(middle) <= _DENSE else 1.1
    style: Any = {"color": look.colour, "linestyle": look.dash, "linewidth": thick}
    line = ax.plot(table.columns, middle, **style, **place)
    band: Any = {"color": look.colour, "alpha": 0.15, "linewidth": 0}
    drawn.append(ax.fill_between(table.columns, low, high, **band, **place))
    if panel:
        panel.hold([*drawn, *line])
    return line


def _crosses(
    ax: Axes, steps: np.ndarray, broken: np.ndarray, colour: str, place: Mapping[str, Any]
) -> list[Line2D]:
    """Mark the last point of each curve [trials, steps] that broke off."""
    known = [(values, np.flatnonzero(~np.isnan(values))) for values in broken]
    ends = [(steps[own[-1]], values[own[-1]]) for values, own in known if len(own)]
    cross: Any = {"color": colour, "markersize": 6, "markeredgewidth": 1.6, "zorder": 5}
    return ax.plot(*np.transpose(ends), "x", **cross, **place) if ends else []


def _median(
    long: pd.DataFrame, trials: pd.DataFrame, metric: str, method: str
) -> list[tuple[float, float]]:
    """The median of one method as points; none where it was not measured."""
    table, own = _wide(long, metric, method), trials[trials["method"] == method]
    if table.empty:
        return []
    steps = table.columns.to_numpy(dtype=float) * budgets.scale(own)[0]
    return list(zip(steps.tolist(), _quartiles(table, own, metric)[1].tolist(), strict=True))


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
    middle, low, high = outcomes.spreads(values.T)
    found = np.array([low, middle, high])
    return np.where(np.isinf(found), _OUT_OF_SIGHT, found)
