"""Finds the bound at which each trial would cease to succeed, were one bound moved.

A criterion is a conjunction of bounds, and holds in the tail of a run when it holds at 80 % of its
evaluations. With all bounds but one as they are, a trial succeeds up to some value of that one: its
*edge*. A rate of success at any other bound is the share of the trials whose edge lies beyond it,
so that nothing needs to be read or judged again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bench.analysis.verdicts import signals
from bench.analysis.verdicts import thresholds as at
from bench.analysis.verdicts.runs import COMPARE, Runs

if TYPE_CHECKING:  # a plan imports this through the verdicts, and does not wait for pandas
    import pandas as pd


class Band(NamedTuple):
    """A bound of a criterion, between the best trivial sampler and real samples."""

    metric: str
    """The metric that is bounded."""
    sign: str
    """The comparison in force: ">=", "<=", ">" or "<"."""
    bound: float
    """The bound in force."""
    trivial: float
    """The value that the best trivial sampler reaches."""
    real: float
    """The value that real samples reach."""
    by: str
    """The name of that trivial sampler."""


def edges(runs: Runs) -> dict[str, np.ndarray]:
    """The edges of the runs: "edge.<metric>" of each bound of the criterion -> the strictest value
    of it at which the criterion holds in the tail, the other bounds as they are [N]. NaN where no
    value would do."""
    found = {}
    for metric, (sign, _) in runs.criterion.items():
        if sign in COMPARE:
            # Where another bound fails, no value of this one helps: NaN sorts behind all values.
            values = np.where(_others(runs, metric), runs.curve(metric), math.nan)
            found[f"edge.{metric}"] = _edge(signals.late(values, signals.TAIL), sign)
    return found


def _others(runs: Runs, metric: str) -> np.ndarray:
    """True at each evaluation [N, T] where all other bounds hold."""
    holds = np.ones(runs.curve("step").shape, bool)
    for other, (sign, bound) in runs.criterion.items():
        if other != metric:
            holds &= COMPARE[sign](runs.curve(other), bound)
    return holds


def _edge(tail: np.ndarray, sign: str) -> np.ndarray:
    """The value that just enough evaluations of each tail reach [N]."""
    count = tail.shape[1]
    if not count:
        return np.full(len(tail), math.nan)
    enough = next(k for k in range(1, count + 1) if k / count >= at.MOST)
    upwards = -1.0 if sign.startswith(">") else 1.0  # the best first, and NaN last
    return upwards * np.sort(upwards * tail, axis=1)[:, enough - 1]


def columns(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The bands of a result as columns of the frame: "band.<metric>" with .sign, .bound, .trivial,
    .real and .by. A result whose facts have no bands has no such column."""
    criterion: Mapping[str, Any] = facts.get("criterion") or {}
    found: dict[str, Any] = {}
    for metric, known in (facts.get("bands") or {}).items():
        if metric in criterion and None not in (known.get("trivial"), known.get("real")):
            sign, bound = criterion[metric]
            band = Band(metric, sign, bound, known["trivial"], known["real"], known.get("by", ""))
            found |= {f"band.{metric}.{name}": getattr(band, name) for name in band._fields[1:]}
    return found


def bands(trials: pd.DataFrame) -> Iterator[Band]:
    """Yield the bands of one task, as its first trial that knows them has them."""
    names = [
        str(c)[5:-5] for c in trials if str(c).startswith("band.") and str(c).endswith(".sign")
    ]
    for metric in names:
        table = trials[[f"band.{metric}.{name}" for name in Band._fields[1:]]].dropna()
        if len(table):
            sign, bound, trivial, real, by = table.iloc[0]
            yield Band(metric, sign, float(bound), float(trivial), float(real), str(by))


def rate(trials: pd.DataFrame, band: Band, bound: np.ndarray) -> np.ndarray:
    """The share of the trials whose tail holds the criterion with each other `bound` of the band's
    metric [B]; a trial that broke off, or was not measured, does not."""
    if f"edge.{band.metric}" not in trials:  # none of them got to its end
        return np.zeros(len(bound))
    edge = trials[f"edge.{band.metric}"].to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        holds: np.ndarray = COMPARE[band.sign](edge[:, None], bound)
    rates: np.ndarray = np.mean(holds, axis=0)
    return rates
