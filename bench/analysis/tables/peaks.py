"""Metrics whose last values over the seeds fall into two heaps: a method finds all or nothing.

A mean, a median and an interval hide this: between the heaps, where they lie, is no trial.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.analysis.tables import outcomes

CHANCE = 0.01
"""The probability below which a gap is none of chance: as many values that are drawn uniformly
between the same ends have one so wide, with two values on either side, more rarely."""
FEWEST = 2
"""The least number of trials in a heap: a single one is an outlier."""


class Peaks(NamedTuple):
    """Two heaps of the last values of a metric, over the trials of one method."""

    task: str
    """The task."""
    method: str
    """The method."""
    metric: str
    """The metric."""
    below: tuple[float, ...]
    """The values of the lower heap, in order."""
    above: tuple[float, ...]
    """The values of the upper heap, in order."""

    @property
    def gap(self) -> float:
        """The share of the range of all values that lies between the heaps."""
        return (self.above[0] - self.below[-1]) / (self.above[-1] - self.below[0])

    @property
    def words(self) -> str:
        """The two heaps in words: "retrieval has two peaks over 8 trials: 3 at 0.96 or ..."."""
        above, below = _down(self.above[0]), _up(self.below[-1])
        more = " or more" if _down(self.above[-1]) != above else ""
        less = " or less" if _up(self.below[0]) != below else ""
        return (
            f"`{self.method}`: {self.metric} has two peaks over {len(self.below + self.above)} "
            f"trials: {len(self.above)} at {above}{more}, {len(self.below)} at {below}{less}, none "
            "between"
        )


def peaks(trials: pd.DataFrame, success: str) -> Iterator[Peaks]:
    """Yield the heaps of each method of each task that has some: of the metrics of its criterion
    the one whose heaps are farthest apart.

    `trials` are rows of `bench.load` at one setting a method. Only heaps that decide are told: of
    one of them no trial ended as `success`, of the other one some did. Trials that broke off have
    no last value and take no part.
    """
    done = trials[~outcomes.failed(trials)]
    for (task, method), own in done.groupby(list(outcomes.CELL), sort=False):
        if outcomes.deterministic(own):
            continue
        hits = own["outcome"].to_numpy() == success
        found = []
        for metric in decisive(own):
            heaps = split(own[metric].to_numpy(dtype=float), hits)
            if heaps is not None:
                found.append(Peaks(str(task), str(method), metric, *heaps))
        if found:
            yield max(found, key=lambda one: one.gap)


def decisive(trials: pd.DataFrame) -> list[str]:
    """The metrics that the criterion of some trials bounds, of which they have last values."""
    names = [str(c)[5:] for c in trials if str(c).startswith("edge.") and trials[c].notna().any()]
    return [name for name in names if name in trials and trials[name].notna().any()]


def split(
    values: np.ndarray, hits: np.ndarray
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """The two heaps of some values [N], `hits` [N] saying which trials succeeded; None where they
    are one heap, or both of them succeed or fail."""
    known = np.isfinite(values)
    order = np.argsort(values[known], kind="stable")
    own, good = values[known][order], hits[known][order]
    inner = np.diff(own)[FEWEST - 1 : len(own) - FEWEST]
    if not len(inner) or own[-1] == own[0]:
        return None
    at = int(inner.argmax()) + FEWEST
    share = inner.max() / (own[-1] - own[0])
    # a gap of chance has so many places, and all inner values beside it
    chance = len(inner) * (1 - share) ** (len(own) - 2)
    # of whole numbers that follow each other there is nothing between
    counts = bool((own == np.round(own)).all()) and inner.max() < 2
    if chance >= CHANCE or counts or good[:at].any() == good[at:].any():
        return None
    return tuple(own[:at].tolist()), tuple(own[at:].tolist())


def _down(value: float) -> str:
    """Two digits, not above the value."""
    return _rounded(value, np.floor)


def _up(value: float) -> str:
    """Two digits, not below the value."""
    return _rounded(value, np.ceil)


def _rounded(value: float, how: np.ufunc) -> str:
    if value == 0 or not np.isfinite(value):
        return f"{value:g}"
    unit = 10.0 ** (np.floor(np.log10(abs(value))) - 1)
    # what is a multiple of the unit but for rounding stays as it is
    return f"{how(round(value / unit, 6)) * unit:.2g}"
