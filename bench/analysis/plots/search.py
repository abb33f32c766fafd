"""The effect of hyper-parameters: maps, and the best of a search of k trials."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from bench.analysis.plots.style import MUTED, PAGE, checks, grid, row_height, small, styled, width
from bench.analysis.plots.style.labels import End, draw_crowd, name_lines
from bench.analysis.plots.style.looks import Look
from bench.analysis.plots.style.names import name as shown
from bench.analysis.plots.style.names import names as all_shown
from bench.analysis.tables import sensitivity

MAP = "cividis"  # ordered in lightness, the same for colour-blind eyes
PANELS = 18
"""Most maps in a figure."""
CELLS_HIGH = 200
"""Most rows of cells in a figure, over all of its panels that stand above each other."""


@styled
def maps(trials: pd.DataFrame, axes_of: Mapping[str, Sequence[str]], success: str) -> Figure:
    """Rate of success over the settings of each method of one task: two hyper-parameters as a map,
    one as a line of cells. `axes_of`: method -> its hyper-parameters, the first two are drawn; of
    more than 18 methods, those of the first 18."""
    drawn = list(axes_of)[:PANELS]
    rows, columns = grid(len(drawn), 1.6)
    figure = Figure(
        figsize=(min(width(), 2.6 * columns + 0.7), (2.15 if width() >= PAGE else 1.5) * rows + 0.3)
    )
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[len(drawn) :]:
        ax.set_visible(False)
    titles = all_shown(drawn, (width() - 1.4) / columns)
    for ax, method in zip(axes, drawn, strict=False):
        draw_map(ax, trials[trials["method"] == method], axes_of[method][:2], success)
        ax.set_title(titles[method])
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, 1), MAP),
        ax=list(axes),
        shrink=min(0.8, 3.0 / figure.get_size_inches()[1]),
        label=f"rate of {success}",
    )
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return figure


@checks.checked(names=checks.column, success=checks.outcome)
def draw_map(ax: Axes, trials: pd.DataFrame, names: Sequence[str], success: str) -> None:
    """Rate of success of one method over one or two hyper-parameters, on the reader's axes. Values
    of a random search are put into 6 cells per axis. Raises UnknownName for a hyper-parameter or
    outcome that there is not."""
    (x, x_labels), (y, y_labels) = (
        _cells(trials[names[i]]) if i < len(names) else (pd.Series(0, trials.index), [""])
        for i in range(2)
    )
    _heat(ax, _rates(trials, success, y, x, (len(y_labels), len(x_labels))), x_labels, y_labels)
    ax.set(
        xlabel=shown(names[0]) if len(names) else "",
        ylabel=shown(names[1]) if len(names) > 1 else "",
    )


@styled
def windows(trials: pd.DataFrame, name: str, methods: Sequence[str], success: str) -> Figure:
    """Rate of success of each method (a row, from the top) over one hyper-parameter, a panel per
    task; all other hyper-parameters and the seeds are pooled. Of very many methods the first are
    drawn, so many that the panels have 200 rows together."""
    tasks = list(dict.fromkeys(trials["task"]))
    rows, columns = grid(len(tasks), 1.6, 4)
    drawn = list(methods)[: max(5, CELLS_HIGH // rows)] if rows > 1 else list(methods)[:80]
    high = row_height(len(drawn)) * len(drawn) + 0.65
    figure = Figure(figsize=(width(), 0.35 + high * rows))
    axes = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    titles = all_shown(tasks, (width() - 1.4) / columns)
    for ax, task in zip(axes, tasks, strict=False):
        _window(ax, trials[trials["task"] == task], name, drawn, success)
        ax.set_title(titles[task])
    for ax in axes[len(tasks) :]:
        ax.set_visible(False)
    some = f", the best {len(drawn)} of {len(methods)} methods" if len(drawn) < len(methods) else ""
    title = f"{success}: percent of the trials{some}"
    figure.suptitle(title, x=0.01, ha="left", fontsize="medium")
    return figure


@checks.checked(name=checks.column, methods=checks.method, success=checks.outcome)
def draw_window(
    ax: Axes, trials: pd.DataFrame, name: str, methods: Sequence[str], success: str
) -> None:
    """One panel of `windows`, of the trials of one task, on the reader's own axes. Raises
    UnknownName for a hyper-parameter, method or outcome that there is not."""
    _window(ax, trials, name, methods, success)


def _window(
    ax: Axes, trials: pd.DataFrame, name: str, methods: Sequence[str], success: str
) -> None:
    trials = trials[["method", "outcome", name]]
    own = trials[trials["method"].isin(list(methods)) & trials[name].notna()]
    x, labels = _cells(own[name])
    y = own["method"].map({method: i for i, method in enumerate(methods)})
    rates = _rates(own, success, y, x, (len(methods), len(labels)))
    _heat(ax, rates, labels, list(all_shown(methods).values()))
    ax.invert_yaxis()
    ax.set_xlabel(shown(name))


def _rates(
    trials: pd.DataFrame, success: str, y: pd.Series, x: pd.Series, shape: tuple[int, int]
) -> np.ndarray:
    """Rates of success [rows, columns] of the trials whose cells are (y, x); NaN without any."""
    rates = np.full(shape, math.nan)
    known = (x.notna() & y.notna()).to_numpy()
    trials, x, y = trials[known], x[known], y[known]
    found = (trials["outcome"] == success).groupby([y.to_numpy(int), x.to_numpy(int)]).mean()
    rows, columns = (found.index.get_level_values(i) for i in range(2))
    rates[rows, columns] = found.to_numpy()
    return rates


def _heat(ax: Axes, rates: np.ndarray, x_labels: Sequence[str], y_labels: Sequence[str]) -> None:
    ax.imshow(rates, cmap=MAP, vmin=0, vmax=1, aspect="auto", origin="lower")
    for (row, column), rate in np.ndenumerate(rates):
        text = "–" if math.isnan(rate) else f"{100 * rate:.0f}"
        colour = "black" if math.isnan(rate) or rate > 0.5 else "white"
        style = {"ha": "center", "va": "center", "fontsize": small(), "color": colour}
        ax.text(column, row, text, **style).set_in_layout(False)  # it lies within the panel
    ax.set_xticks(range(len(x_labels)), x_labels, rotation=45 if len(x_labels) > 3 else 0)
    ax.set_yticks(range(len(y_labels)), y_labels)
    ax.grid(visible=False)


def _cells(values: pd.Series) -> tuple[pd.Series, list[str]]:
    """The cell of each value, and what the cells are called."""
    known = np.sort(values.dropna().unique())
    if len(known) <= sensitivity.CELLS:
        place = {value: i for i, value in enumerate(known)}
        return values.map(place), [f"{value:.3g}" for value in known]
    cells, edges = pd.qcut(values, 6, labels=False, retbins=True, duplicates="drop")
    return cells, [f"≤{edge:.2g}" for edge in edges[1:]]


@styled
def best_of_k(
    trials: pd.DataFrame, look: Mapping[str, Look], order: Sequence[str] | None = None
) -> Figure:
    """The best of k random trials of each method of one task, median and quartiles. Of more than
    eight methods the first eight of `order`, the best first, are in colour."""
    figure = Figure(figsize=(width(), 2.8))
    ax = figure.subplots()
    trials = trials[["task", "method", "status", "q_tail"]]  # of hundreds of columns
    lines = draw_crowd(
        ax, trials, look, order, lambda m, own, band: draw_best_of_k(ax, own, look[m], m, band)
    )
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    name_lines(ax, [End.of(line, m, look[m]) for m, line in lines.items()])
    if not ax.lines:
        ax.text(0.5, 0.5, "not measured", transform=ax.transAxes, ha="center", color=MUTED)
    return figure


def draw_best_of_k(
    ax: Axes, trials: pd.DataFrame, look: Look, label: str = "", band: bool = True
) -> None:
    """The median (line) and quartiles (band) of the best q of k of the trials of one method, drawn
    without replacement. Nothing is drawn while half of the draws are all failures. `label`: its
    name in a legend."""
    table = sensitivity.best_of_k(trials)
    finite = table[np.isfinite(table["median"])]
    if finite.empty:
        return
    line = {"color": look.colour, "linestyle": look.dash}
    marker = "o" if len(finite) == 1 else ""
    ax.plot(finite["k"], finite["median"], label=shown(label), marker=marker, markersize=3, **line)
    known = finite[np.isfinite(finite["high"])]
    if band:
        ax.fill_between(
            known["k"], known["low"], known["high"], color=look.colour, alpha=0.12, linewidth=0
        )
    ax.set(xlabel="trials in the search, k", ylabel="best q among k")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if table["k"].max() > 20:
        ax.set_xscale("log")
