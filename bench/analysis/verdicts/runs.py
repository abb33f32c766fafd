"""Runs of equal length side by side: their series as arrays, a row for each.

What is computed of a trial's curves is computed of all of them at once: one after the other, ten
thousand trials would take most of a minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from bench.analysis.verdicts import thresholds as at
from bench.names import check_signal
from bench.trial import Result

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
}


class Runs:
    """Results whose curves have equal lengths [N, T], signals too [N, B], and with one criterion;
    see `alike`. A value that is missing is NaN."""

    def __init__(self, results: Sequence[Result]) -> None:
        self.results = results
        self._curves: dict[str, np.ndarray] = {}

    def curve(self, metric: str) -> np.ndarray:
        """A metric at each evaluation [N, T]; "fd_ratio" is `fd` in units of its floor."""
        if metric == "fd_ratio":
            return self.curve("fd") / self.fact("floor", zero=False)[:, None]
        if metric not in self._curves:
            self._curves[metric] = _table([result.curves for result in self.results], metric)
        return self._curves[metric]

    def blocks(self, signal: str) -> np.ndarray:
        """A training signal in each block of steps [N, B]. Raises UndeclaredName."""
        check_signal(signal, self.results[0].signals)
        return _table([result.signals for result in self.results], signal)

    def fact(self, name: str, zero: bool = True) -> np.ndarray:
        """A number that the task knows [N], NaN where it does not; or where it is 0, if that
        means nothing."""
        known = (result.facts.get(name) for result in self.results)
        return np.array([math.nan if x is None or not (x or zero) else float(x) for x in known])

    @property
    def is_game(self) -> bool:
        """Whether they have a distance to the equilibrium in place of samples."""
        return "radius" in self.results[0].curves

    @property
    def criterion(self) -> Mapping[str, tuple[str, float]]:
        """What counts as a success: metric -> comparison and threshold."""
        return self.results[0].facts.get("criterion") or {}

    @property
    def unjudged(self) -> np.ndarray:
        """True where no bound of a criterion could be set for the data [N]. The result says why."""
        return np.array([bool(r.facts.get("criterion_missing")) for r in self.results])

    @cached_property
    def distance(self) -> np.ndarray:
        """q [N, T], or of a game log10(r_t / r_0); r_0 is `radius_start` of the facts, or the
        first value."""
        if not self.is_game:
            return self.curve("q")
        radius, start = self.curve("radius"), self.fact("radius_start", zero=False)
        if radius.shape[1]:
            start = np.where(np.isnan(start), radius[:, 0], start)
        with np.errstate(divide="ignore"):  # at the equilibrium itself
            return np.maximum(np.log10(radius / start[:, None]), np.log10(np.finfo(float).tiny))

    @cached_property
    def success(self) -> np.ndarray:
        """Whether the task's criterion holds, at each evaluation -> bool [N, T].

        A value that is missing does not hold, and no criterion is never met. Raises ValueError for
        a comparison other than >=, <=, >, <.
        """
        if not self.criterion and self.is_game:
            return self.distance < at.GAME_CONVERGED
        holds = np.full(self.curve("step").shape, bool(self.criterion))
        for metric, (comparison, threshold) in self.criterion.items():
            if comparison not in COMPARE:
                raise ValueError(f'criterion of {metric}: "{comparison}" is no comparison')
            holds &= COMPARE[comparison](self.curve(metric), threshold)
        return holds


def alike(results: Sequence[Result]) -> Iterator[tuple[list[int], Runs]]:
    """The results in groups that can stand side by side: their places, and the runs."""
    groups: dict[Any, list[int]] = {}
    for i, result in enumerate(results):
        lengths = (len(series.get("step", ())) for series in (result.curves, result.signals))
        criterion = str(result.facts.get("criterion"))
        key = (result.status, *lengths, criterion, "radius" in result.curves)
        groups.setdefault(key, []).append(i)
    for places in groups.values():
        yield places, Runs([results[i] for i in places])


def _table(series: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    """One series of each as floats; NaN where a value is missing, or all of the series."""
    length = len(series[0].get("step", ()))
    nothing = [math.nan] * length
    rows = [found if (found := own.get(name)) is not None else nothing for own in series]
    return np.array(rows, dtype=float).reshape(len(series), length)
