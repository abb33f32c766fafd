"""Puts runs of equal length side by side: their series as arrays, a row for each.

Numbers of the curves are computed for all runs at once: one after the other, ten thousand trials
would take most of a minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bench.analysis.verdicts import thresholds as at
from bench.trial import Result
from bench.vocabulary.names import check_signal

COMPARE: Mapping[str, Callable[[ArrayLike, ArrayLike], Any]] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
}


class Runs:
    """Results with curves of equal length [N, T], signals of equal length [N, B] and one criterion;
    see `alike`. A value that is missing is NaN."""

    def __init__(self, results: Sequence[Result]) -> None:
        self.results = results
        self._curves: dict[str, np.ndarray] = {}

    def curve(self, metric: str) -> np.ndarray:
        """The values of a metric [N, T]; "fd_ratio" is `fd` in units of its floor."""
        if metric == "fd_ratio":
            ratio: np.ndarray = self.curve("fd") / self.fact("floor", zero=False)[:, None]
            return ratio
        if metric not in self._curves:
            self._curves[metric] = _table([result.curves for result in self.results], metric)
        return self._curves[metric]

    def blocks(self, signal: str) -> np.ndarray:
        """The values of a training signal [N, B], one for each block of steps. Raises
        UndeclaredName."""
        check_signal(signal, self.results[0].signals)
        return _table([result.signals for result in self.results], signal)

    def fact(self, name: str, zero: bool = True) -> np.ndarray:
        """A number from the facts [N]. NaN where a result does not know it; without `zero`, also
        where it is 0."""
        known = (result.facts.get(name) for result in self.results)
        return np.array([math.nan if x is None or not (x or zero) else float(x) for x in known])

    @property
    def is_game(self) -> bool:
        """True where they have a distance to the equilibrium in place of samples."""
        return "radius" in self.results[0].curves

    @property
    def criterion(self) -> Mapping[str, tuple[str, float]]:
        """The criterion of success: metric -> comparison and threshold."""
        return self.results[0].facts.get("criterion") or {}

    @property
    def unjudged(self) -> np.ndarray:
        """True where no bound of a criterion could be set for the data [N]; the facts say why."""
        return np.array([bool(r.facts.get("criterion_missing")) for r in self.results])

    @cached_property
    def distance(self) -> np.ndarray:
        """The distance q [N, T]; in a game log10(r_t / r_0), where r_0 is `radius_start` of the
        facts, or the first value."""
        if not self.is_game:
            return self.curve("q")
        radius, start = self.curve("radius"), self.fact("radius_start", zero=False)
        if radius.shape[1]:
            start = np.where(np.isnan(start), radius[:, 0], start)
        with np.errstate(divide="ignore"):  # at the equilibrium itself
            logarithm: np.ndarray = np.log10(radius / start[:, None])
        shrunk: np.ndarray = np.maximum(logarithm, np.log10(np.finfo(float).tiny))
        return shrunk

    @cached_property
    def success(self) -> np.ndarray:
        """True at each evaluation where the task's criterion holds -> bool [N, T].

        A value that is missing does not hold, and no criterion is never met. Raises ValueError for
        a comparison other than >=, <=, >, <.
        """
        if not self.criterion and self.is_game:
            converged: np.ndarray = np.less(self.distance, at.GAME_CONVERGED)
            return converged
        holds = np.full(self.curve("step").shape, bool(self.criterion))
        for metric, (comparison, threshold) in self.criterion.items():
            if comparison not in COMPARE:
                raise ValueError(
                    f'criterion of {metric}: "{comparison}" is none of {", ".join(COMPARE)}'
                )
            holds &= COMPARE[comparison](self.curve(metric), threshold)
        return holds


def alike(results: Sequence[Result]) -> Iterator[tuple[list[int], Runs]]:
    """Yield the results in groups that can stand side by side: their places, and the runs."""
    groups: dict[Any, list[int]] = {}
    for i, result in enumerate(results):
        lengths = (len(series.get("step", ())) for series in (result.curves, result.signals))
        criterion = str(result.facts.get("criterion"))
        key = (result.status, *lengths, criterion, "radius" in result.curves)
        groups.setdefault(key, []).append(i)
    for places in groups.values():
        yield places, Runs([results[i] for i in places])


def _table(series: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    """One series of each run as floats [N, T]; NaN where a value or the whole series is missing."""
    length = len(series[0].get("step", ()))
    nothing = [math.nan] * length
    rows = [found if (found := own.get(name)) is not None else nothing for own in series]
    return np.array(rows, dtype=float).reshape(len(series), length)
