"""The field in which two players move, and paths in it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from bench.analysis.games.fields import Field
from bench.analysis.games.paths import Path
from bench.analysis.plots.portraits.chosen import plain, widths
from bench.analysis.plots.style import INK, MUTED
from bench.analysis.plots.style.looks import Look

Array = np.ndarray

_WIDE = 1.65
"""The half width of a portrait, in the larger number of the start."""
_ARROWS, _FINE = 17, 121
"""Arrows along a side, and points of the grid on which nullclines are found."""
_TURN = np.pi / 10
"""Evaluations that lie this far apart about the origin are not joined by a line."""


def draw_field(ax: Axes, own: Field, found: Mapping[str, Path], look: Mapping[str, Look]) -> None:
    """A field with its arrows and nullclines, the start, the origin, and the paths in it."""
    look = plain(found, look)
    start = np.array([path.first[0] for path in found.values()])
    reach = _WIDE * float(np.abs([*start, own.start]).max())
    _arrows(ax, own, reach)
    _nullclines(ax, own, reach)
    for thick, (method, path) in zip(widths(found), found.items(), strict=True):
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
