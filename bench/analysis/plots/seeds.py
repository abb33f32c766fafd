"""The last values of single trials: what medians and intervals hide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.analysis.frame.measured import card
from bench.analysis.plots.style import (
    INK,
    MUTED,
    ROWS,
    TALL,
    row_height,
    side_by_side,
    small,
    styled,
    width,
)
from bench.analysis.plots.style.looks import Look
from bench.analysis.plots.style.names import names, wrapped
from bench.analysis.verdicts import edges

_SPREAD = 0.28
"""Half of the height, in rows, over which the points of a row are spread."""


@styled
def seeds(
    trials: pd.DataFrame, metrics: Sequence[str], look: Mapping[str, Look], order: Sequence[str]
) -> Figure:
    """The last value of each trial of one task as a point: a row per method, a panel per metric (at
    most two). A dotted line is the bound of the criterion, where the results know it. Trials that
    broke off have no point, and their number stands at the right. Methods stand in an `order`, of
    more than 80 the first."""
    present = set(trials["method"])
    methods = [method for method in order if method in present][:ROWS]
    own = trials[trials["method"].isin(methods)]
    shown = list(metrics)[:2]
    columns = min(side_by_side(2, 2.0), len(shown))
    rows = -(-len(shown) // columns)
    high = row_height(len(methods)) * len(methods) + 0.75
    figure = Figure(figsize=(width(), min(high * rows, 2 * TALL)))
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for place, (ax, metric) in enumerate(zip(axes, shown, strict=True)):
        _seeds(ax, own, metric, look, methods)
        if place % columns:
            ax.tick_params(labelleft=False, left=False)
    return figure


def _seeds(
    ax: Axes,
    trials: pd.DataFrame,
    metric: str,
    look: Mapping[str, Look],
    methods: Sequence[str],
) -> None:
    values = trials[metric] if metric in trials else pd.Series(np.nan, trials.index)
    for place, method in enumerate(methods):
        own = values[trials["method"] == method].to_numpy(dtype=float)
        known = own[np.isfinite(own)]
        # neighbours in rank lie apart, so that equal values are seen one by one
        lift = np.linspace(-_SPREAD, _SPREAD, len(known)) if len(known) > 1 else np.zeros(1)
        ax.plot(np.sort(known), place + lift[: len(known)], "o", color=look[method].colour,
                markersize=4.0, alpha=0.75, markeredgewidth=0, clip_on=False)  # fmt: skip
        if len(known) < len(own):
            ax.annotate(f"{len(own) - len(known)} without", (1, place), (-2, 0),
                        xycoords=("axes fraction", "data"), textcoords="offset points",
                        ha="right", va="center", color=MUTED, fontsize=small())  # fmt: skip
    band = next((b for b in edges.bands(trials) if b.metric == metric), None)
    if band is not None:
        ax.axvline(band.bound, color=INK, linewidth=0.9, linestyle=":")
    text = names(methods)
    ax.set_yticks(range(len(methods)), [text[method] for method in methods])
    ax.set(ylim=(len(methods) - 0.5, -0.5), xlabel=wrapped(card(metric, trials).short, 34))
    ax.grid(axis="y", visible=False)
