"""Phase portraits as figures of their own, and each of their panels on a reader's axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.analysis.games.paths import Path
from bench.analysis.plots.portraits.chosen import by_field, known, own_field, plain, some
from bench.analysis.plots.portraits.flow import draw_field
from bench.analysis.plots.portraits.steps import draw_distance, draw_eigenvalues
from bench.analysis.plots.style import checks, grid, side_by_side, small, styled, width
from bench.analysis.plots.style.looks import EIGHT, Look
from bench.analysis.plots.style.names import names
from bench.metrics.planar.saddles import SADDLES

PORTRAYED = ("dirac", "bilinear", *SADDLES)
"""The tasks that are games of two numbers."""
_ROW, _LOWER = 2.6, 2.35
"""Inches of a row of portraits, and of a row below them."""


@styled
def portraits(trials: pd.DataFrame, look: Mapping[str, Look]) -> Figure:
    """The games of two numbers of one task: a phase portrait for each field that methods move in,
    and below the eigenvalues of a step and the distance to the equilibrium with theory's slope.

    `trials` are rows of `bench.load` of one task; of each method the first trial with a stored path
    is drawn, and at most eight methods. Raises ValueError where there is none (see `portrayed`).
    """
    found = dict(list(some(trials).items())[:EIGHT])
    groups = by_field(found)
    rows, columns = grid(len(groups), 1.6)
    below = side_by_side(2, 2.5)
    high, bottom = (
        rows * min(_ROW, width() / columns + 0.4),
        _LOWER * (2 // below) + 0.2 * len(found) / _fitting(found),
    )
    figure = Figure(figsize=(width(), high + bottom))
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=[high, bottom])[:, 0]
    axes = upper.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[len(groups) :]:
        ax.set_visible(False)
    for ax, (title, own) in zip(axes, groups.items(), strict=False):
        draw_field(ax, own_field(own), own, look)
        ax.set_title(title, fontsize=small())
    shape: dict[str, Any] = {"width_ratios": (1, 1.5)} if below == 2 else {}
    circle, course = lower.subplots(2 // below, below, squeeze=False, **shape).ravel()
    draw_eigenvalues(circle, found, look)
    draw_distance(course, found, look)
    _legend(figure, found, look)
    return figure


@checks.looked("trials")
def draw_portrait(ax: Axes, trials: pd.DataFrame, look: Mapping[str, Look]) -> None:
    """The phase portrait of a game of two numbers on the reader's axes: the vector field of the
    first trial, its nullclines (theta stands still on the solid one, psi on the dotted one), and
    the paths of all trials, the first of each method.

    `trials` are rows of `bench.load` of one task, such as "dirac" or "ridge_1". A circle is the
    start, a dot the end of a path that stays in the panel, a cross the origin. Raises ValueError
    where no trial has stored a path, or none plays a game whose field is known.
    """
    found = some(trials)
    draw_field(ax, own_field(found), found, look)


@checks.looked("trials")
def draw_spectrum(ax: Axes, trials: pd.DataFrame, look: Mapping[str, Look]) -> None:
    """The eigenvalues of one step of each method near the equilibrium, beside the unit circle, on
    the reader's axes: inside it a method converges, and the angle is how far it turns in a step.
    Methods whose step is not known in closed form (Adam, clipping) have none."""
    draw_eigenvalues(ax, known(trials), look)


@checks.looked("trials")
def draw_course(ax: Axes, trials: pd.DataFrame, look: Mapping[str, Look]) -> None:
    """The distance of each method to the equilibrium along training, on the reader's axes, and
    dashed the slope that the spectral radius of its step gives."""
    draw_distance(ax, known(trials), look)


def portrayed(trials: pd.DataFrame) -> list[str]:
    """The methods of rows of `bench.load` of one task that have a portrait, of which `portraits`
    draws the first eight; none where no trial has stored a path in a game of two numbers whose
    field is known in closed form."""
    return list(known(trials))


def _legend(figure: Figure, found: Mapping[str, Path], look: Mapping[str, Look]) -> None:
    short, look = names(list(found)), plain(found, look)
    handles = [
        Line2D([], [], color=look[m].colour, linestyle=look[m].dash, marker=look[m].marker,
               markerfacecolor="none", markersize=4.5, label=short[m])
        for m in found
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=_fitting(found))


def _fitting(found: Mapping[str, Path]) -> int:
    """The number of names that fit beside each other."""
    longest = max(map(len, names(list(found)).values()))
    return max(1, min(len(found), int(13 * width() / (longest + 6))))
