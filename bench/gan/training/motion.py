"""The players' motion: the size of a step beside the weights, and how sharply the path turns.

Taken at each evaluation from the weights at a few steps before it, by stopping the compiled loop
there: it changes no trajectory, costs nothing inside the loop, and no weights are stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from bench.gan.backend import Tensors
from bench.gan.state import State

Array = np.ndarray

WINDOW = 10
"""Steps of each of the two displacements between which the angle is taken; noise averages out."""


class Point(NamedTuple):
    """The weights of both players at a step."""

    g: Array
    """The generator's, flat, float64 [P_G]."""
    d: Array
    """The discriminator's, flat, float64 [P_D]."""


def point(state: State) -> Point:
    """All trainable numbers of a state, as float64."""
    return Point(*(_flat(player.weights) for player in (state.g, state.d)))


def window(done: int, stop: int) -> int:
    """Steps of a displacement between two evaluations: 10 where two of them fit."""
    return min(WINDOW, (stop - done) // 2)


def marks(done: int, stop: int) -> list[int]:
    """The steps after `done` at which to stop, in order: `stop` itself, the one before it, and both
    ends of the last two windows."""
    w = window(done, stop)
    return sorted({stop - 2 * w, stop - w, stop - 1, stop} - {done})


def motion(points: Mapping[int, Point], done: int, stop: int) -> dict[str, float | None]:
    """Curves of one evaluation after step `stop`, where the one before was after step `done`.

    `points` are the weights at the steps that `marks` gives, and at `done`. The curves are:
    update_ratio_g, update_ratio_d: |w_t - w_{t-1}| / |w_{t-1}| of the last step; 1e-4 to 1e-2 is
    usual. turning_angle: degrees between the displacements of the last two windows, both players
    together; with two numbers in all (the Dirac-GAN) it has the sign of the rotation. None where
    the evaluations are less than two steps apart, or nothing moves.
    """
    before, after = points[stop - 1], points[stop]
    found: dict[str, float | None] = {
        f"update_ratio_{name}": _ratio(old, new)
        for name, old, new in zip("gd", before, after, strict=True)
    }
    # two windows end to end, [w_{t-2k}, w_{t-k}, w_t], and the two displacements between them
    w = window(done, stop)
    path = [np.concatenate(points[stop - k * w]) for k in (2, 1, 0)]
    return found | {"turning_angle": turning(*np.diff(path, axis=0)) if w else None}


def turning(first: Array, second: Array) -> float | None:
    """Angle from one displacement [P] to the next, in degrees: -180 to 180 in the plane (P = 2),
    else 0 to 180. None where nothing moves."""
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    if not lengths > 0:
        return None
    cos = first @ second / lengths
    if len(first) == 2:
        sin = (first[0] * second[1] - first[1] * second[0]) / lengths
        return float(np.degrees(np.arctan2(sin, cos)))
    return float(np.degrees(np.arccos(np.clip(cos, -1, 1))))


def _ratio(old: Array, new: Array) -> float | None:
    size = np.linalg.norm(old)
    return float(np.linalg.norm(new - old) / size) if size > 0 else None


def _flat(tensors: Tensors) -> Array:
    return np.concatenate([np.ravel(t).astype(np.float64) for t in tensors])
