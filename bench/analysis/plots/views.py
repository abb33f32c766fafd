"""The part of a metric that a panel shows, its ticks and its label."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import (
    Locator,
    LogFormatterSciNotation,
    LogLocator,
    MaxNLocator,
    ScalarFormatter,
)

from bench.analysis.frame import budgets
from bench.analysis.frame.measured import card
from bench.analysis.plots.style import MUTED
from bench.analysis.plots.style.names import wrapped

_NICE = (1, 2, 2.5, 5, 10)


class View(NamedTuple):
    """The part of the numbers along an axis that a panel shows."""

    low: float
    """The lower end."""
    high: float
    """The upper end."""
    log: bool = False
    """True for a logarithmic axis."""
    marks: tuple[float, ...] = ()
    """The values to compare with; a dotted line stands at each."""
    whole: bool = False
    """True where the numbers are counts."""

    def locator(self, most: int) -> Locator:
        """The finder of at most so many ticks."""
        if self.log:
            return LogLocator(numticks=most)
        if self.whole:
            return MaxNLocator(most, integer=True, steps=(1, 2, 4, 5, 10))
        return MaxNLocator(most, steps=_NICE)

    def ticks(self) -> tuple[np.ndarray, list[str], str]:
        """The values of its ticks [n], their texts [n], and a power of ten that belongs to all."""
        found = np.asarray(self.locator(4).tick_values(self.low, self.high), dtype=float)
        found = found[(found >= self.low) & (found <= self.high)]
        write = LogFormatterSciNotation() if self.log else ScalarFormatter()
        write.create_dummy_axis(minpos=self.low)
        if write.axis is not None:
            write.axis.set_view_interval(self.low, self.high)
        texts = write.format_ticks(list(found))
        return found, texts, write.get_offset()


def bulk(long: pd.DataFrame, metric: str) -> np.ndarray:
    """The range of a metric's values [2] without the outermost half percent; empty without any."""
    values = long.loc[long["metric"] == metric, "value"].dropna().to_numpy()
    return np.quantile(values, [0.005, 0.995]) if len(values) else values


def scale(ax: Axes, trials: pd.DataFrame, metric: str, bulk: np.ndarray) -> None:
    """Give an axes the limits of `view`, and lines at what to compare with."""
    seen = view(trials, metric, bulk)
    if seen is None:
        ax.text(0.5, 0.5, "not measured", transform=ax.transAxes, ha="center", color=MUTED)
    else:
        for mark in seen.marks:
            ax.axhline(mark, color="#555555", linewidth=0.9, linestyle=":")
        if seen.log:
            ax.set_yscale("log")
        ax.set_ylim(seen.low, seen.high)
        if seen.whole:
            ax.yaxis.set_major_locator(seen.locator(8))
    ax.set_xlim(*steps(trials)[:2])
    ax.locator_params(axis="x", nbins=4)


def steps(trials: pd.DataFrame) -> View:
    """The axis of steps, to the end that was planned."""
    return View(0.0, 1.02 * float(budgets.length(trials).max()))


def view(trials: pd.DataFrame, metric: str, bulk: np.ndarray) -> View | None:
    """Limits that hold the bulk of the values and not a single spike, and what to compare with;
    None where there is nothing to show."""
    expected = trials["modes_expected"].max() if metric in ("modes", "modes_1") else math.nan
    if not np.isnan(expected):
        return View(-0.03 * expected, 1.06 * expected, marks=(float(expected),), whole=True)
    if not len(bulk):
        return None
    low, high = map(float, bulk)
    if metric == "radius":
        return View(low / 2, high * 2, log=True)
    marks = (0.0, 1.0) if metric == "q" else ()
    low, high = min([low, *marks]), max([high, *marks])
    margin = 0.06 * (high - low) or 0.5
    return View(low - margin, high + margin, marks=marks)


def label(metric: str, trials: pd.DataFrame) -> str:
    """The label of a metric's axis, its explanation on a line of its own."""
    first, *more = card(metric, trials).axis.split("  (")
    return "\n".join([wrapped(first, 40), *(wrapped(f"({part}", 40) for part in more)])
