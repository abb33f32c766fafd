"""Games of two numbers, min_x max_y f(x, y), in closed form: values, slopes, local minimax points.

f1, f2 and f3 are those of Wang et al. 2020 (follow the ridge), figure 2, with the starts of their
code (gd-zhang/Follow-the-Ridge, quadratic.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray

_STEP = 1e-100
"""The imaginary step of a derivative, which has no rounding: f is analytic."""
_NEAR = 1e-5
"""The step of a difference of two slopes, in units of the point."""


@dataclass(frozen=True)
class Saddle:
    """A game of two numbers: x descends f, y ascends it."""

    value: Callable[[Any, Any, Callable[[Any], Any]], Any]
    """(x, y, exp) -> f, of anything that can be added and multiplied; exp is that of its kind."""

    start: tuple[float, float]
    """The point (x, y) at which its pictures begin."""

    minimax: bool
    """True where the origin is a local minimax point."""

    def __call__(self, x: Any, y: Any) -> Any:
        """f at points, x and y of equal shapes [...] -> [...]."""
        return self.value(x, y, np.exp)

    def slopes(self, x: Array, y: Array) -> Array:
        """(df/dx, df/dy) at points, x and y [...] -> [2, ...]."""
        x, y = np.asarray(x, float), np.asarray(y, float)
        turned = self(x + 1j * _STEP, y), self(x, y + 1j * _STEP)
        return np.array([np.imag(t) / _STEP for t in turned])

    def curvature(self, x: float, y: float) -> Array:
        """The second derivatives at a point, [2, 2]."""
        near = _NEAR * max(1.0, abs(x), abs(y))
        ends = [(x + near * dx, y + near * dy) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        right, left, up, down = (self.slopes(*map(np.asarray, end)) for end in ends)
        found = np.array([right - left, up - down]) / (2 * near)
        return (found + found.T) / 2

    def best_answers(self, x: float, y: float) -> bool:
        """True where the second-order conditions of a local minimax point hold at (x, y): y cannot
        gain, and x cannot if y answers. f_yy < 0 and f_xx - f_xy^2 / f_yy > 0. Jin et al. 2020."""
        (xx, xy), (_, yy) = self.curvature(x, y)
        return bool(yy < 0 < xx - xy**2 / yy)


def _f1(x: Any, y: Any, exp: Callable[[Any], Any]) -> Any:
    return -3 * x * x - y * y + 4 * x * y


def _f2(x: Any, y: Any, exp: Callable[[Any], Any]) -> Any:
    return 3 * x * x + y * y + 4 * x * y


def _f3(x: Any, y: Any, exp: Callable[[Any], Any]) -> Any:
    valley = y - 3 * x + 0.05 * x * x * x
    quartic = 0.4 * x * x - 0.1 * valley * valley - 0.01 * y * y * y * y
    return quartic * exp(-0.01 * (x * x + y * y))


SADDLES = {
    "ridge_1": Saddle(_f1, (5.0, 7.0), True),
    "ridge_2": Saddle(_f2, (6.0, 5.0), False),
    "ridge_3": Saddle(_f3, (7.0, 5.0), True),
}
"""The games by the names of their tasks."""
