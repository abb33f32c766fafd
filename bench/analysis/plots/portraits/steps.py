"""One step of each method near the equilibrium, and what theory makes of it along training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from bench.analysis.games import spectra
from bench.analysis.games.fields import field
from bench.analysis.games.paths import Path
from bench.analysis.plots.portraits.chosen import plain, widths
from bench.analysis.plots.style import INK, MUTED, small
from bench.analysis.plots.style.looks import Look

Array = np.ndarray

_LEADING = 0.6
"""The share of the largest eigenvalue from which on others are looked at."""
_SEEN = (1e-9, 1e4)
"""The least and the largest distance that is drawn, in that of the start."""
_NEAR = 0.1
"""The share of its first distance within which a trial has come near to the equilibrium."""


def draw_eigenvalues(ax: Axes, found: Mapping[str, Path], look: Mapping[str, Look]) -> None:
    """The eigenvalues of a step of each method, beside the unit circle."""
    around = np.linspace(0, 2 * np.pi, 721)
    ax.plot(np.cos(around), np.sin(around), color=MUTED, linewidth=0.9, zorder=1)
    every: list[complex] = []
    for thick, (method, path) in zip(widths(found), found.items(), strict=True):
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


def draw_distance(ax: Axes, found: Mapping[str, Path], look: Mapping[str, Look]) -> None:
    """The distance to the equilibrium along training, and dashed the slope of theory."""
    look, lowest, highest = plain(found, look), 1.0, 1.0
    for thick, (method, path) in zip(widths(found), found.items(), strict=True):
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
