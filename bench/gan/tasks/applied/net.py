"""A table whose distribution is known: a Bayes net of three categories and two numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

Array = np.ndarray

LEVELS = (2, 3, 4)
NUMBERS = 2
CELLS = int(np.prod(LEVELS))
"""Combinations of levels, the modes of the table."""

ONE = np.array([0.7, 0.3])
TWO = np.array([[0.55, 0.3, 0.15], [0.15, 0.3, 0.55]])
THREE = np.array([[0.5, 0.25, 0.15, 0.1], [0.1, 0.5, 0.25, 0.15], [0.15, 0.1, 0.5, 0.25]])
MEANS = np.array([[-2.0, 0.0, 2.0], [2.0, -2.0, 0.0]])
SPREAD = np.array([0.5, 0.8])
OFFSETS = np.array([-1.5, 0.0, 1.0, 3.0])
SLOPE, REST = 0.6, 0.5


@dataclass(frozen=True, eq=False)
class Net:
    """p(a) p(b | a) p(c | b) p(x | a, b) p(y | x, c): levels a, b, c and numbers x, y.

    x is normal around means[a, b] with the deviation spread[a], y around offsets[c] + slope x with
    the deviation rest.
    """

    one: Array
    """p(a) [2]."""
    two: Array
    """p(b | a) [2, 3]."""
    three: Array
    """p(c | b) [3, 4]."""
    means: Array
    """[2, 3]."""
    spread: Array
    """[2]."""
    offsets: Array
    """[4]."""
    slope: float
    """The change of y with x."""
    rest: float
    """The deviation of y around its mean."""

    @cached_property
    def shares(self) -> Array:
        """p(a, b, c) of all cells [24]; cell 12 a + 4 b + c."""
        found: Array = (self.one[:, None] * self.two)[:, :, None] * self.three[None]
        return found.ravel()

    def draw(self, rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        """(cells [n], numbers [n, 2])."""
        cells = rng.choice(CELLS, n, p=self.shares)
        return cells, self.numbers(rng, cells)

    def numbers(self, rng: np.random.Generator, cells: Array) -> Array:
        """The numbers x, y [n, 2] of rows in these cells [n]."""
        a, b, c = split(cells)
        x = self.means[a, b] + self.spread[a] * rng.normal(size=len(cells))
        y = self.offsets[c] + self.slope * x + self.rest * rng.normal(size=len(cells))
        return np.stack([x, y], 1)

    def log_density(self, cells: Array, numbers: Array) -> Array:
        """The log-density [n] of rows."""
        a, b, c = split(cells)
        x, y = numbers.T
        with np.errstate(divide="ignore"):
            found: Array = np.log(self.shares)[cells]
        found = found + _normal(x, self.means[a, b], self.spread[a])
        return found + _normal(y, self.offsets[c] + self.slope * x, self.rest)


def truth() -> Net:
    """The table of this package; ours. Its rarest cell has a share of 0.45 %."""
    return Net(ONE, TWO, THREE, MEANS, SPREAD, OFFSETS, SLOPE, REST)


def fitted(cells: Array, numbers: Array) -> Net:
    """The net of this form that fits rows best: shares with one row added to each, means, and
    least squares for y. Deviations are at least 0.01."""
    a, b, c = split(cells)
    x, y = numbers.T

    one, two, three = _shares((2,), a), _shares((2, 3), a, b), _shares((3, 4), b, c)
    mean = np.full((2, 3), x.mean())
    for cell in {*zip(a.tolist(), b.tolist(), strict=True)}:
        mean[cell] = x[(a == cell[0]) & (b == cell[1])].mean()
    off = x - mean[a, b]
    spread = np.array([_deviation(off[a == level]) for level in range(2)])
    columns = np.concatenate([np.eye(4)[c], x[:, None]], 1)
    found = np.linalg.lstsq(columns, y, rcond=None)[0]
    rest = _deviation(y - columns @ found)
    return Net(one, two, three, mean, spread, found[:4], float(found[4]), rest)


def split(cells: Array) -> tuple[Array, Array, Array]:
    """The levels a, b, c of cells [n]."""
    return cells // 12, cells // 4 % 3, cells % 4


def cells(levels: Array) -> Array:
    """The cells [n] of rows whose levels are blocks of scores [n, 9]: the largest one counts."""
    a, b, c = (block.argmax(1) for block in np.split(levels, [2, 5], axis=1))
    found: Array = 12 * a + 4 * b + c
    return found


def blocks(cells: Array) -> Array:
    """The one-hot blocks [n, 9] of cells [n]."""
    a, b, c = split(cells)
    return np.concatenate([np.eye(2)[a], np.eye(3)[b], np.eye(4)[c]], 1)


def _shares(shape: tuple[int, ...], *levels: Array) -> Array:
    """The shares of the last levels, given the others, with one row added to each."""
    counts = np.ones(shape)
    np.add.at(counts, levels, 1)
    found: Array = counts / counts.sum(-1, keepdims=True)
    return found


def _deviation(off: Array) -> float:
    return max(float(np.sqrt(np.mean(off**2))) if len(off) else 0.0, 0.01)


def _normal(x: Array, mean: Array, deviation: Array | float) -> Array:
    found: Array = -0.5 * ((x - mean) / deviation) ** 2 - np.log(deviation * np.sqrt(2 * np.pi))
    return found
