"""Phase portraits of games of two numbers: the field, the paths of methods in it, their spectra."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.analysis.games import spectra
from bench.analysis.games.fields import Field, field
from bench.analysis.games.paths import Path, paths
from bench.analysis.plots.style import (
    INK,
    MUTED,
    checks,
    grid,
    side_by_side,
    small,
    styled,
    width,
)
from bench.analysis.plots.style.looks import EIGHT, Look
from bench.analysis.plots.style.names import names
from bench.metrics.planar.saddles import SADDLES

Array = np.ndarray

PORTRAYED = ("dirac", "bilinear", *SADDLES)
"""The tasks that are games of two numbers."""
PANELS = 6
"""Most fields of a figure; games of more penalties are drawn by `draw_portrait`."""

_WIDE = 1.65
"""The half width of a portrait, in the larger number of the start."""
_ARROWS, _FINE = 17, 121
"""Arrows along a side, and points of the grid on which nullclines are found."""
_TURN = np.pi / 10
"""Evaluations that lie this far apart about the origin are not joined by a line."""
_ROW, _LOWER = 2.6, 2.35
"""Inches of a row of portraits, and of a row below them."""
_WIDEST, _THINNEST = 2.2, 0.9
"""The widths of the first and the last line: of lines that lie on each other all are seen."""
_LEADING = 0.6
"""The share of the largest eigenvalue from which on others are looked at."""
_SEEN = (1e-9, 1e4)
"""The least and the largest distance that is drawn, in that of the start."""
_NEAR = 0.1
"""The share of its first distance within which a trial has come near to the equilibrium."""


@styled
def portraits(trials: pd.DataFrame, look: Mapping[str, Look]) -> Figure:
    """The games of two numbers of one task: a phase portrait for each field that methods move in,
    and below the eigenvalues of a step and the distance to the equilibrium with theory's slope.

    `trials` are rows of `bench.load` of one task; of each method the first trial with a stored path
    is drawn, and at most eight methods. Raises ValueError where there is none (see `portrayed`).
    """
    found = dict(list(_some(trials).items())[:EIGHT])
    groups = _by_field(found)
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
        _portrait(ax, _field(own), own, look)
        ax.set_title(title, fontsize=small())
    shape: dict[str, Any] = {"width_ratios": (1, 1.5)} if below == 2 else {}
    circle, course = lower.subplots(2 // below, below, squeeze=False, **shape).ravel()
    _spectrum(circle, found, look)
    _course(course, found, look)
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
    found = _some(trials)
    _portrait(ax, _field(found), found, look)


@checks.looked("trials")
def draw_spectrum(ax: Axes, trials: pd.DataFrame, look: Mapping[str, Look]) -> None:
    """The eigenvalues of one step of each method near the equilibrium, beside the unit circle, on
    the reader's axes: inside it a method converges, and the angle is how far it turns in a step.
    Methods whose step is not known in closed form (Adam, clipping) have none."""
    _spectrum(ax, _known(trials), look)


@checks.looked("trials")
def draw_course(ax: Axes, trials: pd.DataFrame, look: Mapping[str, Look]) -> None:
    """The distance of each method to the equilibrium along training, on the reader's axes, and
    dashed the slope that the spectral radius of its step gives."""
    _course(ax, _known(trials), look)


def portrayed(trials: pd.DataFrame) -> list[str]:
    """The methods of rows of `bench.load` of one task that have a portrait, of which `portraits`
    draws the first eight; none where no trial has stored a path in a game of two numbers whose
    field is known in closed form."""
    return list(_known(trials))


def _some(trials: pd.DataFrame) -> dict[str, Path]:
    found = _known(trials)
    if not found:
        raise ValueError(
            "no phase portrait: no trial here has a stored path in a game of two numbers (dirac, "
            "bilinear, ridge_1 ...; train older results anew)"
        )
    return found


def _known(trials: pd.DataFrame) -> dict[str, Path]:
    """The paths of the methods whose field is known in closed form."""
    return {method: path for method, path in paths(trials).items() if field(path.trial)}


def _plain(found: Mapping[str, Path], look: Mapping[str, Look]) -> dict[str, Look]:
    """The looks of the methods with whole lines, as dashes are theory's; where two have one colour,
    the dashes tell them apart."""
    colours = [look[method].colour for method in found]
    return {
        method: look[method]._replace(
            dash="-" if colours.count(look[method].colour) == 1 else look[method].dash
        )
        for method in found
    }


def _field(found: Mapping[str, Path]) -> Field:
    own = field(next(iter(found.values())).trial)
    assert own  # only such are asked for
    return own


def _by_field(found: Mapping[str, Path]) -> dict[str, dict[str, Path]]:
    """The title of each field -> the paths in it; the first `PANELS`."""
    groups: dict[str, dict[str, Path]] = {}
    for method, path in found.items():
        own = field(path.trial)
        if own:
            groups.setdefault(own.title, {})[method] = path
    return dict(list(groups.items())[:PANELS])


def _portrait(ax: Axes, own: Field, found: Mapping[str, Path], look: Mapping[str, Look]) -> None:
    look = _plain(found, look)
    start = np.array([path.first[0] for path in found.values()])
    reach = _WIDE * float(np.abs([*start, own.start]).max())
    _arrows(ax, own, reach)
    _nullclines(ax, own, reach)
    for thick, (method, path) in zip(_thick(found), found.items(), strict=True):
        _line(ax, path, look[method], reach, thick)
    ax.plot(*start[0], "o", color=INK, markersize=4.5, markerfacecolor="white", zorder=4)
    ax.plot(0, 0, "+", color=INK, markersize=7, markeredgewidth=1.2, zorder=4)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.set(xlabel="theta  (G)", ylabel="psi  (D)")
    ax.locator_params(nbins=4)
    ax.grid(False)


def _arrows(ax: Axes, own: Field, reach: float) -> None:
    """Arrows of one length, darker where the field is longer."""
    side = np.linspace(-reach, reach, _ARROWS + 2)[1:-1]
    theta, psi = np.meshgrid(side, side)
    v = own.v(theta, psi)
    length = np.hypot(*v)
    unit = np.divide(v, length, out=np.zeros_like(v), where=length > 0)
    shade = np.sqrt(length / (np.quantile(length, 0.95) or 1.0))
    ax.quiver(
        theta, psi, *unit, np.clip(shade, 0, 1), cmap="Greys", clim=(-0.5, 1.6), pivot="mid",
        angles="xy", scale=1.35 * _ARROWS, width=0.0042, headwidth=4, zorder=1,
    )  # fmt: skip


def _nullclines(ax: Axes, own: Field, reach: float) -> None:
    side = np.linspace(-reach, reach, _FINE)
    theta, psi = np.meshgrid(side, side)
    for part, dash in zip(own.v(theta, psi), ("-", ":"), strict=True):
        if part.min() < 0 < part.max():
            ax.contour(theta, psi, part, [0.0], colors=MUTED, linewidths=0.8, linestyles=[dash])


def _thick(found: Mapping[str, Path]) -> Array:
    """The widths of the lines, in points."""
    return np.linspace(_WIDEST if len(found) > 1 else 1.2, _THINNEST, len(found))


def _line(ax: Axes, path: Path, look: Look, reach: float, thick: float) -> None:
    """A path: the first steps, and the evaluations after them where they lie close together."""
    points = path.first
    if len(path.later) and _close(np.vstack([points[-1:], path.later])):
        points = np.vstack([points, path.later])
    inside = np.abs(points).max(1) < 3 * reach  # far points would only cost space
    points = points[: len(points) if inside.all() else int(np.argmin(inside)) + 1]
    ax.plot(*points.T, color=look.colour, linestyle=look.dash, linewidth=thick, zorder=3)
    last = path.later[-1] if len(path.later) else points[-1]
    if np.abs(last).max() < reach:
        ax.plot(*last, "o", color=look.colour, markersize=2.0 + thick, zorder=5)


def _close(points: Array) -> bool:
    """True where no two points in turn are far apart about the origin."""
    angles = np.unwrap(np.arctan2(points[:, 1], points[:, 0]))
    return bool(np.abs(np.diff(angles)).max(initial=0.0) < _TURN)


def _spectrum(ax: Axes, found: Mapping[str, Path], look: Mapping[str, Look]) -> None:
    around = np.linspace(0, 2 * np.pi, 721)
    ax.plot(np.cos(around), np.sin(around), color=MUTED, linewidth=0.9, zorder=1)
    every: list[complex] = []
    for thick, (method, path) in zip(_thick(found), found.items(), strict=True):
        own = spectra.eigenvalues(path.trial)
        own = own[np.abs(own) >= _LEADING * np.abs(own).max(initial=0.0)]
        every += [*own]
        ax.plot(
            own.real, own.imag, look[method].marker, color=look[method].colour,
            markersize=2.5 + 1.5 * thick, markerfacecolor="none", markeredgewidth=1.1, zorder=3,
        )  # fmt: skip
    _zoom(ax, np.array(every, complex))
    ax.set(xlabel="real part of an eigenvalue", ylabel="imaginary part")
    ax.set_title("one step near the equilibrium", fontsize=small())
    if not every:
        ax.text(0.5, 0.5, "not known", transform=ax.transAxes, ha="center", color=MUTED)


def _zoom(ax: Axes, every: Array) -> None:
    """Limits around the leading eigenvalues with the circle beside them: all of it where they are
    spread, a part where all lie close to 1."""
    leading = every if len(every) else np.array([1.0, -1.0, 1j])
    high = 1.25 * max(np.abs(leading.imag).max(), 0.02)
    low, right = min(leading.real.min(), 1.0), max(leading.real.max(), 1.0)
    margin = max(0.12 * (right - low), 0.15 * high)
    ax.set(xlim=(low - margin, right + margin), ylim=(-high, high))
    ax.locator_params(nbins=4)


def _course(ax: Axes, found: Mapping[str, Path], look: Mapping[str, Look]) -> None:
    look, lowest, highest = _plain(found, look), 1.0, 1.0
    for thick, (method, path) in zip(_thick(found), found.items(), strict=True):
        start = float(np.hypot(*path.first[0]))
        steps, radius = np.append(0, path.steps), np.append(start, path.radius)
        seen = np.clip(radius, start * _SEEN[0], start * _SEEN[1])
        lowest, highest = min(lowest, seen.min()), max(highest, seen.max())
        own = look[method]
        ax.plot(steps, radius, color=own.colour, linestyle=own.dash, linewidth=thick)
        rho = spectra.radius(path.trial)
        if rho is not None and (radius[-1] < _NEAR * start or _linear(path)):
            ends = _slope(steps, radius, rho, _linear(path))
            ax.plot(*ends, color=INK, linestyle=(0, (4, 3)), linewidth=0.9, zorder=4)
    ax.set_yscale("log")
    ax.set_ylim(lowest / 2, highest * 2)
    ax.set_xlim(0, max((path.steps[-1] for path in found.values()), default=1))
    ax.set(xlabel="steps", ylabel="distance to the equilibrium")
    ax.set_title("dashed: the slope of theory", fontsize=small())
    ax.locator_params(axis="x", nbins=4)


def _linear(path: Path) -> bool:
    """True where field and step are linear, so that theory's slope holds everywhere; `symplectic`
    takes another sign far from the equilibrium."""
    own, here = field(path.trial), path.first[0]
    if path.trial.method.dynamics == "symplectic":
        return False
    return own is not None and np.allclose(own.v(*here), own.jacobian() @ here, rtol=1e-5)


def _slope(steps: Array, radius: Array, rho: float, linear: bool) -> tuple[Array, Array]:
    """A line of theory's slope at the mean height of what is seen of a course: on a linear game of
    its late half, on another one of its last quarter, where it is near the equilibrium."""
    seen = (radius >= radius[0] * _SEEN[0]) & (radius <= radius[0] * _SEEN[1])
    end = float(steps[seen][-1])
    late = seen & (steps >= end * (0.5 if linear else 0.75))
    level = np.mean(np.log(radius[late]) - np.log(rho) * steps[late])
    x = np.array([0.0, end])
    return x, np.exp(level + np.log(rho) * x)


def _legend(figure: Figure, found: Mapping[str, Path], look: Mapping[str, Look]) -> None:
    short, look = names(list(found)), _plain(found, look)
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
