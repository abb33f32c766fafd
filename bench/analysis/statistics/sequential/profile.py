"""Finds the likeliest two rates that differ by a given number, and the score test against it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_PARTS = 16
"""Parts into which a range of differences is divided."""
_PASSES = 6
"""Number of times that it is."""


def crossings(rising: Callable[[np.ndarray], np.ndarray], levels: list[float]) -> list[float]:
    """The differences from -1 to 1 at which a rising function passes each level, to 1e-6: the end
    of the range where it does not. The function takes and gives arrays [n]."""
    low = np.full(len(levels), -1.0)
    width = 2.0
    inner = np.arange(1, _PARTS) / _PARTS
    for _ in range(_PASSES):
        points = low[:, None] + width * inner
        below = rising(points.ravel()).reshape(points.shape) < np.array(levels)[:, None]
        width /= _PARTS
        low = low + width * below.sum(axis=1)
    return [round(float(at), 6) + 0.0 for at in low + width / 2]  # no -0.0


def likeliest(
    s1: int | np.ndarray, s2: int | np.ndarray, n: int, apart: float | np.ndarray
) -> np.ndarray:
    """The likeliest first rate where the second is less by `apart` (from -1 to 1), for `s1` and
    `s2` successes of n seeds each; in closed form (Farrington and Manning 1990, for equal groups).
    Arrays of shapes that fit give one of their common shape."""
    one, two = np.asarray(s1) / n, np.asarray(s2) / n
    # The root of 2 p^3 + b p^2 + c p + d where the likelihood has its maximum.
    b = -(2 + one + two + 3 * apart)
    c = apart**2 + apart * (2 * one + 2) + one + two
    d = -one * apart * (1 + apart)
    v = (b / 6) ** 3 - b * c / 24 + d / 4
    u = np.sqrt(np.maximum((b / 6) ** 2 - c / 6, 0)) * np.where(v < 0, -1, 1)
    cube = np.where(u == 0, 1, u**3)
    angle = np.where(u == 0, 1.0, v / cube)
    w = (np.pi + np.arccos(np.clip(angle, -1, 1))) / 3
    found: np.ndarray = 2 * u * np.cos(w) - b / 6
    return found.clip(np.maximum(0.0, apart), np.minimum(1.0, 1 + apart))


def score_against(
    s1: int | np.ndarray, s2: int | np.ndarray, n: int, apart: float | np.ndarray
) -> np.ndarray:
    """The score statistic of the difference of two rates against the difference `apart`, for `s1`
    and `s2` successes of n seeds each (Miettinen and Nurminen 1985, without their factor
    (2 n - 1) / 2 n). Infinite where the difference cannot be, 0 where it is just the observed one.
    Shapes are as in `likeliest`."""
    one = likeliest(s1, s2, n, apart)
    two = one - apart
    variance = np.maximum(one * (1 - one) + two * (1 - two), 0) / n
    excess = (np.asarray(s1) - np.asarray(s2)) / n - apart
    excess = np.where(np.abs(excess) < 1e-12, 0.0, excess)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(excess == 0, 0.0, excess / np.sqrt(variance))
