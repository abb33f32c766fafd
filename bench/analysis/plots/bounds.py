"""The ranking as a bound of the criterion moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from bench.analysis.frame.measured import card
from bench.analysis.plots.style import INK, MUTED, checks, grid, small, styled, width
from bench.analysis.plots.style.labels import End, in_grey, name_lines, say_rest
from bench.analysis.plots.style.looks import Look, crowd
from bench.analysis.plots.style.names import name, wrapped
from bench.analysis.verdicts import edges
from bench.analysis.verdicts.edges import Band

_POINTS = 401
_ROOM = 0.04
_LIFT = 0.009
"""Most that a line stands above or below its share, so that equal ones stay visible."""
_WORDS = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than"}


@styled
def bands(
    trials: pd.DataFrame, look: Mapping[str, Look], order: Sequence[str] | None = None
) -> Figure:
    """The methods of one task while one bound of its criterion moves, a panel per bound; see
    `draw_bound`. `trials` know at least one band (`bench.analysis.verdicts.edges.bands`). Of more
    than eight methods the first eight of `order`, the best first, are in colour."""
    found = list(edges.bands(trials))
    rows, columns = grid(len(found), 1.9)
    figure = Figure(figsize=(width(), 2.4 * rows + 0.3))
    axes = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for ax in axes[len(found) :]:
        ax.set_visible(False)
    leaders, rest = crowd(trials["method"], look, order)
    grey, seen = ({m: look[m] for m in some} for some in (rest, leaders))
    for place, (ax, band) in enumerate(zip(axes, found, strict=False)):
        with in_grey(ax):
            _lines(ax, trials, band, grey)
        lines = _bound(ax, trials, band, seen)
        if place % columns:
            ax.set_ylabel("")
        if place % columns == columns - 1 or place == len(found) - 1:
            ends = [End.of(line, m, look[m]) for m, line in lines.items()]
            name_lines(ax, ends, rows)
    say_rest(axes[min(columns, len(found)) - 1], len(rest))
    return figure


@checks.checked(metric=checks.metric)
@checks.looked("trials")
def draw_bound(ax: Axes, trials: pd.DataFrame, metric: str, look: Mapping[str, Look]) -> None:
    """The share of the trials of each method of one task whose tail holds the criterion, against
    the bound on one metric, from what the best trivial sampler reaches (left) to what real samples
    reach; the other bounds are as they are, and a line marks the bound in force. Nothing is drawn
    where the results do not say what those samplers reach. Raises UnknownName for a metric that
    there is not."""
    band = next((b for b in edges.bands(trials) if b.metric == metric), None)
    if band is None:
        ax.text(0.5, 0.5, "not known", transform=ax.transAxes, ha="center", color=MUTED)
        return
    _bound(ax, trials, band, {str(m): look[str(m)] for m in trials["method"].unique()})


def _bound(
    ax: Axes, trials: pd.DataFrame, band: Band, look: Mapping[str, Look]
) -> dict[str, Line2D]:
    """Draw the methods in the order of their looks, and what stands around -> the line of each."""
    start, end = _span(band)
    lines = _lines(ax, trials, band, look)
    ax.set(xlim=(start, end), ylim=(-0.04, 1.04), ylabel="share that holds the criterion")
    marks = _marks(band, abs(end - start))
    for value, text in marks.items():
        inside = band.bound == value
        # on the left, too, where the next line on its right has its name on that line's left
        right = [other for other in (end, *marks) if (other - value) * (end - start) > 0]
        room = min(abs(other - value) for other in right) / abs(end - start)
        ax.axvline(value, color=INK if inside else MUTED, linewidth=1.0,
                   linestyle="-" if inside else ":")  # fmt: skip
        _mark(ax, value, text, left=room < 0.1)
    label = card(band.metric, trials).short  # a panel has no room for its explanation
    ax.set_xlabel(wrapped(f"{label}, {_WORDS[band.sign]}", 26))
    whole = all(float(v).is_integer() for v in (band.trivial, band.real, band.bound))
    ax.xaxis.set_major_locator(MaxNLocator(4, integer=whole))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return lines


def _lines(
    ax: Axes, trials: pd.DataFrame, band: Band, look: Mapping[str, Look]
) -> dict[str, Line2D]:
    start, end = _span(band)
    x = np.linspace(start, end, _POINTS)
    known = np.array([band.bound, band.trivial, band.real])
    x = np.sort(np.concatenate([x, known]))[:: 1 if end > start else -1]
    lines = {}
    for place, (method, (colour, dash, *_)) in enumerate(look.items()):
        lift = _LIFT * (1 - 2 * place / max(len(look) - 1, 1))
        share = edges.rate(trials[trials["method"] == method], band, x) + lift
        (lines[method],) = ax.plot(x, share, color=colour, linestyle=dash, linewidth=1.4)
    return lines


def _marks(band: Band, span: float) -> dict[float, str]:
    """Value -> name of each vertical line; lines that nearly fall together share one."""
    marks = {band.bound: "in force"}
    for value, text in ((band.trivial, band.by or "trivial"), (band.real, "real")):
        near = next((v for v in marks if abs(v - value) < 0.03 * span), value)
        marks[near] = f"{marks[near]}, {text}" if near in marks else text
    return marks


def _span(band: Band) -> tuple[float, float]:
    """The axis from the trivial sampler's side to that of real samples, with all marks on it."""
    sign = 1.0 if band.real >= band.trivial else -1.0
    ends = sorted(sign * v for v in (band.trivial, band.real, band.bound))
    room = _ROOM * (ends[-1] - ends[0]) or 0.05 * abs(ends[0]) or 0.05
    return sign * (ends[0] - room), sign * (ends[-1] + room)


def _mark(ax: Axes, value: float, text: str, left: bool) -> None:
    """A name along a vertical line, on its left where there is no room on its right."""
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
    ax.annotate(
        name(text), (value, 0.98), (-3 if left else 3, 0), xycoords=("data", "axes fraction"),
        textcoords="offset points", rotation=90, ha="right" if left else "left", va="top",
        fontsize=small(), color="#444444", bbox=box,
    )  # fmt: skip
