"""The best methods: rates with intervals, and mean ranks over tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from bench.analysis import statistics
from bench.analysis.plots.style import (
    MUTED,
    ROWS,
    TALL,
    checks,
    row_height,
    side_by_side,
    small,
    styled,
    width,
)
from bench.analysis.plots.style.looks import Look
from bench.analysis.plots.style.names import names
from bench.analysis.tables import outcomes
from bench.metrics.quantities import GAME


@styled
def ranking(
    ranked: pd.DataFrame, look: Mapping[str, Look], success: str, game: bool = False
) -> Figure:
    """The methods of one task, the best on top: rate of success with its interval, and median q
    with its quartiles where it was measured; rows of `bench.analysis.tables.ranking.ranking`. Of
    more than 80 methods the best are drawn."""
    best = ranked.head(ROWS)
    columns = side_by_side(2, 2.0)
    high = row_height(len(best)) * len(best) + 0.75
    figure = Figure(figsize=(width(), min(high * (2 / columns), 2 * TALL)))
    rates, quality = figure.subplots(2 // columns, columns, sharey=True).ravel()
    draw_rates(rates, best, look)
    draw_quality(quality, best, look)
    if columns == 1:
        quality.tick_params(labelleft=True, left=True)
    rates.set_xlabel(f"{success}: {outcomes.axis_of_rates(ranked)}")
    if len(best) < len(ranked):
        rates.set_title(f"the best {len(best)} of {len(ranked)} methods", fontsize=small())
    if game:
        quality.set_xlabel(GAME)
    return figure


@checks.looked("ranked")
def draw_rates(ax: Axes, ranked: pd.DataFrame, look: Mapping[str, Look]) -> None:
    """Rate of success of each method with its interval, on the reader's axes."""
    for place, row in enumerate(ranked.to_dict("records")):
        colour = look[row["method"]].colour
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=2)
        ax.plot(row["rate"], place, "o", color=colour, markersize=_mark(len(ranked)), clip_on=False)
    text = names(ranked["method"])
    labels = [f"{text[str(row.method)]}  (n = {row.trials})" for row in ranked.itertuples()]
    ax.set_yticks(range(len(ranked)), labels)
    ax.set(ylim=(len(ranked) - 0.5, -0.5), xlim=(-0.02, 1.02))
    ax.set_xlabel(outcomes.axis_of_rates(ranked))
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.grid(axis="y", visible=False)


@checks.looked("ranked")
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
            ax.text(0.02, place, "not measured", va="center", color=MUTED, fontsize=small())
            continue
        ax.plot([min(low, end), min(high, end)], [place, place], color=colour, linewidth=2)
        ax.plot(min(middle, end), place, "o" if np.isfinite(middle) else "x", color=colour,
                markersize=_mark(len(table)))  # fmt: skip
        if np.isinf(high):
            ax.annotate(
                "failed", (end, place), ha="right", va="bottom", fontsize=small(), color=MUTED
            )
    start = min(0.0, float(finite.min())) if len(finite) else 0.0
    ax.set(
        xlim=(start - 0.02 * (end - start), end),
        xlabel="q at the end, median and quartiles\n(0: real data)",
    )
    if len(ax.get_shared_y_axes().get_siblings(ax)) == 1:  # no other axes have the names
        ax.set_yticks(range(len(table)), list(names(table["method"]).values()))
        ax.set_ylim(len(table) - 0.5, -0.5)
    ax.tick_params(left=False)
    ax.grid(axis="y", visible=False)


def _mark(rows: int) -> float:
    """The size of a marker in one of so many rows, in points."""
    return 6.0 if rows <= 20 else 3.5


@styled
def critical_difference(
    methods: Sequence[str],
    ranks: Sequence[float] | np.ndarray,
    blocks: int,
    look: Mapping[str, Look],
) -> Figure:
    """Mean ranks [methods] over `blocks` blocks, 1 the best; a bar joins methods whose ranks differ
    by less than Nemenyi's critical difference (Demsar 2006). Of more than 80 methods the best are
    drawn; the difference is that among all."""
    rows = min(len(methods), ROWS)
    figure = Figure(figsize=(width(), row_height(rows) * rows + 1.0))
    draw_ranks(figure.subplots(), methods, ranks, blocks, look)
    return figure


def draw_ranks(
    ax: Axes,
    methods: Sequence[str],
    ranks: Sequence[float] | np.ndarray,
    blocks: int,
    look: Mapping[str, Look],
) -> None:
    """The picture of `critical_difference` on the reader's axes. Raises UnknownName for a method
    without a look."""
    checks.check("methods", methods, look)
    ranks = np.asarray(ranks, dtype=float)
    distance = statistics.critical_difference(len(methods), blocks)
    order = np.argsort(ranks, kind="stable")[:ROWS]
    place_of = {int(i): place for place, i in enumerate(order)}
    ends = max(ranks[order]), min(ranks[order])
    unit = max(ends[0] - ends[1], distance) / 100
    for place, i in enumerate(order):
        ax.plot(ranks[i], place, "o", color=look[methods[i]].colour, markersize=_mark(len(order)))
        ax.annotate(f"{ranks[i]:.2f}", (ranks[i], place), (6, 0), textcoords="offset points",
                    va="center", fontsize=small())  # fmt: skip
    lane = -1
    for group in statistics.cliques(ranks, distance):
        top, bottom = place_of.get(group[0], len(order)), place_of.get(group[-1], len(order) - 1)
        if top < bottom:
            lane += 1
            x = ends[0] + (14 + 2.5 * (lane % LANES)) * unit
            ax.plot([x, x], [top - 0.2, bottom + 0.2], color="#555555", linewidth=2.5)
    start = ends[1]
    ax.plot([start, start + distance], [-1, -1], color="#555555", linewidth=1.5, marker="|")
    ax.annotate(f"critical difference {distance:.2f}", (start, -1), (0, 3),
                textcoords="offset points", fontsize=small(), va="bottom")  # fmt: skip
    text = names(methods)
    ax.set_yticks(range(len(order)), [text[methods[i]] for i in order])
    ax.xaxis.set_major_locator(MaxNLocator(7))
    right = max(ends[0] + (16 + 2.5 * min(lane + 1, LANES)) * unit, start + distance + 2 * unit)
    high = 1.9 if len(order) <= 20 else 3.2
    ax.set(ylim=(len(order) - 0.5, -high), xlim=(start - 4 * unit, right))
    some = f", the best {len(order)} of {len(methods)}" if len(order) < len(methods) else ""
    ax.set_xlabel(
        f"mean rank over {blocks} blocks{some}\n(1: best; a bar joins what cannot be told apart)"
    )
    ax.grid(axis="y", visible=False)


LANES = 8
"""Most bars beside each other; further ones share a lane with an earlier one."""
