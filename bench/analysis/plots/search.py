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
from matplotlib.ticker import PercentFormatter

from bench.analysis.plots.style import MUTED, WIDTH, Look, fitting, styled
from bench.analysis.tables import sensitivity

MAP = "cividis"  # ordered in lightness, the same for colour-blind eyes


@styled
def maps(trials: pd.DataFrame, axes_of: Mapping[str, Sequence[str]], success: str) -> Figure:
    """Rate of success over the settings of each method of one task: two hyper-parameters as a map,
    one as a line of cells. `axes_of`: method -> its hyper-parameters, the first two are drawn."""
    columns = min(3, len(axes_of))
    rows = math.ceil(len(axes_of) / columns)
    figure = Figure(figsize=(min(WIDTH, 3.0 * columns + 0.8), 2.5 * rows + 0.3))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[len(axes_of) :]:
        ax.set_visible(False)
    scale = ScalarMappable(Normalize(0, 1), MAP)
    for ax, (method, names) in zip(axes, axes_of.items(), strict=False):
        draw_map(ax, trials[trials["method"] == method], names[:2], success)
        ax.set_title(method)
    bar = figure.colorbar(scale, ax=list(axes), shrink=0.8, label=f"rate of {success}")
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return figure


def draw_map(ax: Axes, trials: pd.DataFrame, names: Sequence[str], success: str) -> None:
    """Rate of success of one method over one or two hyper-parameters, on the reader's axes. Values
    of a random search are put into 6 cells per axis."""
    (x, x_labels), (y, y_labels) = (
        _cells(trials[names[i]]) if i < len(names) else (pd.Series(0, trials.index), [""])
        for i in range(2)
    )
    _heat(ax, _rates(trials, success, y, x, (len(y_labels), len(x_labels))), x_labels, y_labels)
    ax.set(xlabel=names[0] if names else "", ylabel=names[1] if len(names) > 1 else "")


@styled
def windows(trials: pd.DataFrame, name: str, methods: Sequence[str], success: str) -> Figure:
    """Rate of success of each method (a row, from the top) over one hyper-parameter, a panel per
    task; all other hyper-parameters and the seeds are pooled."""
    tasks = list(dict.fromkeys(trials["task"]))
    figure = Figure(figsize=(WIDTH, 1.1 + 0.24 * len(methods)))
    axes = figure.subplots(1, len(tasks), squeeze=False, sharey=True)[0]
    for ax, task in zip(axes, tasks, strict=True):
        draw_window(ax, trials[trials["task"] == task], name, methods, success)
        ax.set_title(task)
    figure.suptitle(f"{success}: percent of the trials", x=0.01, ha="left", fontsize="medium")
    return figure


def draw_window(
    ax: Axes, trials: pd.DataFrame, name: str, methods: Sequence[str], success: str
) -> None:
    """One panel of `windows`, of the trials of one task, on the reader's own axes."""
    own = trials[trials["method"].isin(list(methods)) & trials[name].notna()]
    x, labels = _cells(own[name])
    y = own["method"].map({method: i for i, method in enumerate(methods)})
    _heat(ax, _rates(own, success, y, x, (len(methods), len(labels))), labels, methods)
    ax.invert_yaxis()
    ax.set_xlabel(name)


def _rates(
    trials: pd.DataFrame, success: str, y: pd.Series, x: pd.Series, shape: tuple[int, int]
) -> np.ndarray:
    """Rates of success [rows, columns] of the trials whose cells are (y, x); NaN without any."""
    rates = np.full(shape, math.nan)
    found = (trials["outcome"] == success).groupby([y.to_numpy(int), x.to_numpy(int)]).mean()
    rows, columns = (found.index.get_level_values(i) for i in range(2))
    rates[rows, columns] = found.to_numpy()
    return rates


def _heat(ax: Axes, rates: np.ndarray, x_labels: Sequence[str], y_labels: Sequence[str]) -> None:
    ax.imshow(rates, cmap=MAP, vmin=0, vmax=1, aspect="auto", origin="lower")
    for (row, column), rate in np.ndenumerate(rates):
        text = "–" if math.isnan(rate) else f"{100 * rate:.0f}"
        colour = "black" if math.isnan(rate) or rate > 0.5 else "white"
        ax.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
    ax.set_xticks(range(len(x_labels)), x_labels, rotation=45 if len(x_labels) > 4 else 0)
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
def best_of_k(trials: pd.DataFrame, look: Mapping[str, Look]) -> Figure:
    """The best of k random trials of each method of one task, median and quartiles."""
    figure = Figure(figsize=(WIDTH, 3.2))
    ax = figure.subplots()
    for method, own in trials.groupby("method", sort=False):
        draw_best_of_k(ax, own, look[str(method)], str(method))
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    handles = ax.get_legend_handles_labels()[0]
    if handles:
        figure.legend(handles=handles, loc="outside upper center", ncols=fitting(handles))
    else:
        ax.text(0.5, 0.5, "not measured", transform=ax.transAxes, ha="center", color=MUTED)
    return figure


def draw_best_of_k(ax: Axes, trials: pd.DataFrame, look: Look, label: str) -> None:
    """The median (line) and quartiles (band) of the best q of k of the trials of one method, drawn
    without replacement. Nothing is drawn while half of the draws are all failures."""
    table = sensitivity.best_of_k(trials)
    finite = table[np.isfinite(table["median"])]
    if finite.empty:
        return
    ax.plot(finite["k"], finite["median"], color=look.colour, linestyle=look.dash, label=label)
    band = finite[np.isfinite(finite["high"])]
    ax.fill_between(
        band["k"], band["low"], band["high"], color=look.colour, alpha=0.12, linewidth=0
    )
    ax.set(xlabel="trials in the search, k", ylabel="best q among k")
    if table["k"].max() > 20:
        ax.set_xscale("log")
