"""The best methods: rates with intervals, and mean ranks over tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bench.analysis import statistics
from bench.analysis.plots.style import MUTED, WIDTH, Look, styled
from bench.analysis.tables import outcomes
from bench.metrics.quantities import GAME


@styled
def ranking(
    ranked: pd.DataFrame, look: Mapping[str, Look], success: str, game: bool = False
) -> Figure:
    """The methods of one task, the best on top: rate of success with its interval, and median q
    with its quartiles where it was measured; rows of `bench.analysis.tables.ranking.ranking`."""
    figure = Figure(figsize=(WIDTH, 0.32 * len(ranked) + 0.9))
    rates, quality = figure.subplots(1, 2, sharey=True)
    draw_rates(rates, ranked, look)
    draw_quality(quality, ranked, look)
    rates.set_xlabel(f"{success}: {outcomes.axis_of_rates(ranked)}")
    if game:
        quality.set_xlabel(GAME)
    return figure


def draw_rates(ax: Axes, ranked: pd.DataFrame, look: Mapping[str, Look]) -> None:
    """Rate of success of each method with its interval, on the reader's axes."""
    for place, row in enumerate(ranked.to_dict("records")):
        colour = look[row["method"]].colour
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=2)
        ax.plot(row["rate"], place, "o", color=colour, markersize=7, clip_on=False)
    labels = [f"{row.method}  (n = {row.trials})" for row in ranked.itertuples()]
    ax.set_yticks(range(len(ranked)), labels)
    ax.set(ylim=(len(ranked) - 0.5, -0.5), xlim=(-0.02, 1.02))
    ax.set_xlabel(outcomes.axis_of_rates(ranked))
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.grid(axis="y", visible=False)


def draw_quality(ax: Axes, ranked: pd.DataFrame, look: Mapping[str, Look]) -> None:
    """Median q of each method with its quartiles; an arrow where a quartile is a failure."""
    table = ranked.reindex(columns=["method", "q_tail median", "q_tail low", "q_tail high"])
    values = table.iloc[:, 1:].to_numpy(dtype=float)
    finite = values[np.isfinite(values)]
    end = max(1.05, float(finite.max()) * 1.08) if len(finite) else 1.05
    for place, (method, (middle, low, high)) in enumerate(
        zip(table["method"], values, strict=True)
    ):
        colour = look[method].colour
        if np.isnan(middle):
            ax.text(0.02, place, "not measured", va="center", color=MUTED, fontsize=8)
            continue
        ax.plot([min(low, end), min(high, end)], [place, place], color=colour, linewidth=2)
        ax.plot(min(middle, end), place, "o" if np.isfinite(middle) else "x", color=colour)
        if np.isinf(high):
            ax.annotate("failed", (end, place), ha="right", va="bottom", fontsize=7, color=MUTED)
    start = min(0.0, float(finite.min())) if len(finite) else 0.0
    ax.set(
        xlim=(start - 0.02 * (end - start), end),
        xlabel="q at the end, median and quartiles\n(0: real data)",
    )
    ax.tick_params(left=False)
    ax.grid(axis="y", visible=False)


@styled
def critical_difference(
    methods: Sequence[str], ranks: np.ndarray, blocks: int, look: Mapping[str, Look]
) -> Figure:
    """Mean ranks [methods] over `blocks` blocks, 1 the best; a bar joins methods whose ranks differ
    by less than Nemenyi's critical difference (Demsar 2006)."""
    figure = Figure(figsize=(WIDTH, 0.3 * len(methods) + 1.3))
    draw_ranks(figure.subplots(), methods, ranks, blocks, look)
    return figure


def draw_ranks(
    ax: Axes, methods: Sequence[str], ranks: np.ndarray, blocks: int, look: Mapping[str, Look]
) -> None:
    """The picture of `critical_difference` on the reader's axes."""
    distance = statistics.critical_difference(len(methods), blocks)
    order = np.argsort(ranks, kind="stable")
    for place, i in enumerate(order):
        ax.plot(ranks[i], place, "o", color=look[methods[i]].colour, markersize=7)
        ax.annotate(f"{ranks[i]:.2f}", (ranks[i], place), (6, 0), textcoords="offset points",
                    va="center", fontsize=7)  # fmt: skip
    place_of = {int(i): place for place, i in enumerate(order)}
    for lane, group in enumerate(statistics.cliques(ranks, distance)):
        x = len(methods) + 0.25 + 0.12 * lane
        ax.plot([x, x], [place_of[group[0]], place_of[group[-1]]], color="#555555", linewidth=4)
    ax.plot([1, 1 + distance], [-0.8, -0.8], color="#555555", linewidth=1.5, marker="|")
    ax.annotate(f"critical difference {distance:.2f}", (1, -0.95), fontsize=8, va="bottom")
    ax.set_xticks(range(1, len(methods) + 1))
    ax.set_yticks(range(len(methods)), [methods[i] for i in order])
    ax.set(ylim=(len(methods) - 0.5, -1.7), xlim=(0.8, max(len(methods) + 1.0, 1.2 + distance)))
    ax.set_xlabel(
        f"mean rank over {blocks} blocks  (1: best; a bar joins what cannot be told apart)"
    )
    ax.grid(axis="y", visible=False)
