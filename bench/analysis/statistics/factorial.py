"""Main effects and two-way interactions of a full factorial, with seeds as blocks.

Every seed has one value in every cell. The values of one seed share their start and their data, so
that a seed, and not a trial, is what is drawn independently: all that is said here rests on one
profile for each seed, its means over the other factors.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bench.analysis.statistics.bootstrap import REPS
from bench.analysis.statistics.common import LEVEL, Interval
from bench.analysis.statistics.rates import drawn, wilson

EXACT = 14
"""Most seeds of which all 2^(seeds - 1) changes of sign are tried; of more, 9,999 drawn ones."""
_DRAWN = 9999
_ROUNDING = 1e-12


class Effect(NamedTuple):
    """The effect of one factor, or the interaction of two."""

    factors: tuple[int, ...]
    """The axis of the factor, or of both, from 0."""
    means: np.ndarray
    """The mean at each level [a], or at each pair of levels [a, b], over all other factors."""
    deviations: np.ndarray
    """A factor's `means` less the mean of all; for a pair, what is left of it when the effects of
    both factors are taken off: 0 where they add up."""
    low: np.ndarray
    """Lower ends of the intervals of `deviations`."""
    high: np.ndarray
    """Upper ends of these intervals."""
    differences: tuple[tuple[float, Interval], ...]
    """Each level of a factor less the first one, with its interval; none for a pair."""
    share: float
    """Share of the variance of the means of the cells; NaN where all cells are alike."""
    p: float
    """p-value against no effect."""
    smallest_p: float
    """The least p that so many seeds can reach."""


def effects(values: ArrayLike, seed: int = 0, level: float = LEVEL) -> list[Effect]:
    """Estimate all main effects, then all interactions of two factors, of `values` [seeds, levels
    of the first factor, levels of the second, ...]: one value (a success is 1) in each cell.

    In a balanced design these means are the least-squares estimates of the model with seeds as
    blocks. Intervals are percentiles over resampled seeds; with fewer than about eight they are too
    narrow. Where all seeds have the same profile there is nothing to resample, and an interval says
    what a seed that is unlike all of these could change (`wilson`), for values in [0, 1].

    The test: the deviations of an effect are computed in each seed, d_s, and the statistic is the
    sum of squares of their mean over the seeds, which is the numerator of the F test of the
    balanced design. Under no effect, d_s and -d_s are equally likely; so the signs of whole seeds
    are changed, all of them or (1 + hits) / (1 + 9,999) with drawn ones and a fixed `seed`. Between
    two levels that is the exact permutation of the levels within each seed. Of more levels it is
    exact where deviations are symmetric about 0, and nearly so otherwise; unlike a permutation of
    all levels it does not need their variances to be equal (Winkler et al. 2014, "Permutation
    inference for the general linear model": sign flipping, whole blocks).

    Raises ValueError for fewer than two seeds or factors, a factor of one level, or NaN.
    """
    table = np.asarray(values, dtype=float)
    if table.ndim < 3 or min(table.shape) < 2 or np.isnan(table).any():
        shape = "values [seeds, levels, levels, ...], two or more of each, and no NaN"
        raise ValueError(f"effects takes {shape}, not {table.shape}")
    factors = range(table.ndim - 1)
    asked = [*itertools.combinations(factors, 1), *itertools.combinations(factors, 2)]
    signs = _signs(len(table), seed)
    total = float(np.var(table.mean(axis=0)))
    return [_effect(table, which, signs, total, level) for which in asked]


def _effect(
    table: np.ndarray, which: tuple[int, ...], signs: np.ndarray, total: float, level: float
) -> Effect:
    others = tuple(axis + 1 for axis in range(table.ndim - 1) if axis not in which)
    profiles = table.mean(axis=others)
    own = _centred(profiles)
    low, high = _ends(own.reshape(len(table), -1), level)
    shape = own.shape[1:]
    differences = []
    for place in range(shape[0] if len(which) == 1 else 0):
        apart = profiles[:, place] - profiles[:, 0]
        ends = (0.0, 0.0) if place == 0 else (float(e[0]) for e in _ends(apart[:, None], level))
        differences.append((float(apart.mean()), Interval(*ends)))
    mean = own.mean(axis=0)
    return Effect(
        which,
        profiles.mean(axis=0),
        mean,
        low.reshape(shape),
        high.reshape(shape),
        tuple(differences),
        float(np.mean(mean**2)) / total if total > _ROUNDING else math.nan,
        _p(own.reshape(len(table), -1), signs),
        2.0 ** (1 - len(table)) if len(table) <= EXACT else 1 / len(signs),
    )


def _centred(profiles: np.ndarray) -> np.ndarray:
    """The profiles [S, a] or [S, a, b] less the mean of each seed, and of a pair less the effects
    of both factors."""
    found = profiles
    for axis in range(1, profiles.ndim):
        found = found - found.mean(axis=axis, keepdims=True)
    return found


def _signs(seeds: int, seed: int) -> np.ndarray:
    """Signs of the seeds [n, S], first those as they are. The first seed keeps its own: to change
    all signs changes no sum of squares."""
    if seeds <= EXACT:
        found: Iterator[Sequence[int]] = itertools.product((1, -1), repeat=seeds - 1)
        return np.array([(1, *rest) for rest in found], dtype=float)
    rng = np.random.default_rng(seed)
    rest = rng.integers(0, 2, (_DRAWN, seeds)) * 2.0 - 1
    return np.vstack([np.ones(seeds), rest])


def _p(own: np.ndarray, signs: np.ndarray) -> float:
    """The share of the signs [n, S] with which the mean of the deviations [S, k] has as large a sum
    of squares as without; the first row of the signs is that."""
    squares = ((signs @ own) ** 2).sum(axis=1)
    return float(np.mean(squares >= squares[0] * (1 - 1e-9) - _ROUNDING))


def _ends(own: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the intervals of the means of columns [S, k] -> [k] each."""
    count = len(own)
    means = drawn(count, REPS) @ own / count
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(means, tails, axis=0, method="nearest")
    unlike = wilson(0, count, level).high
    flat = np.ptp(own, axis=0) < _ROUNDING
    middle = own[0] * (1 - unlike)
    return np.where(flat, middle - unlike, low), np.where(flat, middle + unlike, high)
