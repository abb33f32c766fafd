"""Tables of the trials: their outcomes, and the values that they reached.

Every function takes the frame of `bench.analysis.frame.load` and gives a frame of numbers; how
numbers are written is decided at the end, by `bench.analysis.report.formats`. A trial that failed
(its status is not `completed`) takes part in medians and ranks with the worst value, and the number
of those that failed stands beside them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bench.analysis import statistics
from bench.analysis.frame.measured import card
from bench.analysis.verdicts import Verdict
from bench.analysis.verdicts.signals import quantile
from bench.trial import Status

CELL = ("task", "method")

OUTCOMES = (
    Verdict.CONVERGED,
    Verdict.IMPROVING,
    Verdict.STALLED,
    Verdict.MODE_DROP,
    Verdict.OSCILLATING,
    Verdict.DEGRADED,
    Verdict.COLLAPSED,
    Verdict.DIVERGED,
    Status.CRASHED,
    Status.TIMEOUT,
    Status.OUT_OF_MEMORY,
    Status.COMPLETED,
)
"""The ways a trial can end, from best to worst: its verdict, or its status where it has none (a
trial that completed has none only when nothing was measured)."""

FINAL = ("q", "modes", "modes_1", "high_quality", "mode_kl", "pairwise_ratio", "confidence", "fd")
LOSSES = ("loss_d_var", "loss_g_var", "loss_d_sd_scaled", "loss_g_sd_scaled")


class Spread(NamedTuple):
    """A median and the quartiles around it."""

    median: float
    """The median."""
    low: float
    """The lower quartile."""
    high: float
    """The upper quartile."""


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """The sweep in one table, a row per task and method.

    Columns: task, method, trials, ended ("4 converged, 1 mode_drop"), and the medians over the
    trials of the modes, of the proxy distance q and of the detrended variance of the
    discriminator's loss; NaN where nothing was measured. Where there are games, their median
    distance to the equilibrium stands in front of that variance, which says nothing of a game.
    """
    shown = {"modes": "modes", "q": "proxy q", "loss_d_var": "loss variance"}
    measured = frame.get("radius", pd.Series(math.nan, frame.index)).notna()
    games = measured.groupby(frame["task"]).transform("any")
    if games.any():
        frame = frame.assign(loss_d_var=frame["loss_d_var"].mask(games))
        shown = dict([*list(shown.items())[:2], ("radius", "radius"), *list(shown.items())[2:]])
    known = frame[[name for name in (*CELL, "outcome", "status", *shown) if name in frame]]
    filled = with_failures(known, shown).reindex(columns=known.columns.union([*shown]))
    rows = [
        {"task": task, "method": method, "trials": len(trials), "ended": ended(trials["outcome"])}
        | {f"{name} (median)": spread(trials[metric]).median for metric, name in shown.items()}
        for (task, method), trials in filled.groupby(list(CELL), sort=False)
    ]
    return pd.DataFrame(rows)


def ended(outcomes: Iterable[str]) -> str:
    """Counts of the ways that trials ended, from best to worst: "4 converged, 1 mode_drop"."""
    counts = pd.Series(list(outcomes), dtype=object).value_counts()
    return ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if name in counts)


def outcomes(
    frame: pd.DataFrame, success: str = Verdict.CONVERGED, by: Sequence[str] = CELL
) -> pd.DataFrame:
    """Counts of the ways that trials ended, a row per task and method (or per group of `by`).

    Columns: trials, success (trials whose outcome is `success`), rate with its 95 % interval (low,
    high) and the origin of that (interval: see `Rated.interval`), failed (status not completed),
    one count per outcome and per status there is.
    """
    keys = [frame[name] for name in by]
    hits = (frame["outcome"] == success).groupby(keys, sort=False, dropna=False)
    table = pd.DataFrame({"trials": hits.size(), "success": hits.sum()})
    needed = frame[[name for name in _RATED if name in frame]]  # of hundreds of columns
    found = [rated(needed.iloc[rows], success) for rows in _rows(hits)]
    table["rate"] = table["success"] / table["trials"]
    for name in Rated._fields:
        table[name] = [getattr(own, name) for own in found]
    table["failed"] = failed(frame).groupby(keys, sort=False, dropna=False).sum()
    for column, names, prefix in (("outcome", OUTCOMES, ""), ("status", Status, "status ")):
        present = set(frame[column])
        for name in (str(n) for n in names if n in present):
            count = (frame[column] == name).groupby(keys, sort=False, dropna=False).sum()
            table[f"{prefix}{name}"] = count
    return table.reset_index()


def _rows(groups: Any) -> list[np.ndarray]:
    """The places of the rows of each group of a `groupby`, the groups in their order."""
    number = groups.ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(number[order])) + 1) if len(order) else []


_RATED = ("outcome", "seed", "deterministic", "raced")
"""The columns that `rated` looks at."""

WILSON, OVER_GRID, NONE, SEEN = "Wilson", "over this grid", "deterministic", "as seen"
"""The four origins of the interval of a rate. "Wilson": each seed has one trial. "over this grid":
each seed has trials at several settings, and seeds are resampled. "deterministic": there is no
interval, as another run would be the same. "as seen": there is none, as a race has decided the
number of seeds by their outcomes (the column `raced`)."""


class Rated(NamedTuple):
    """The 95 % interval of a rate."""

    low: float
    """Its lower end; NaN where there is no interval."""
    high: float
    """Its upper end; NaN where there is no interval."""
    interval: str
    """The origin of the interval: `WILSON`, `OVER_GRID`, `NONE` or `SEEN`."""


def rated(trials: pd.DataFrame, success: str) -> Rated:
    """The interval of the rate of success of trials of one method."""
    if deterministic(trials):
        return Rated(math.nan, math.nan, NONE)
    if raced(trials):
        return Rated(math.nan, math.nan, SEEN)
    seeds = trials["seed"] if "seed" in trials else pd.Series(trials.index)
    low, high = statistics.rate_interval(trials["outcome"] == success, seeds)
    return Rated(low, high, OVER_GRID if seeds.duplicated().any() else WILSON)


def axis_of_rates(trials: pd.DataFrame) -> str:
    """The label of the axis of their rates, which names the interval."""
    if "interval" in trials:
        kinds = set(trials["interval"])
    else:
        kinds = {rated(own, Verdict.CONVERGED).interval for _, own in trials.groupby("method")}
    if kinds <= {NONE, SEEN}:
        return "rate"
    return "rate, 95 % interval" + (f"\n{OVER_GRID}" if kinds == {OVER_GRID} else "")


def final_metrics(
    frame: pd.DataFrame,
    metrics: Sequence[str] = FINAL,
    by: Sequence[str] = CELL,
    keep: bool = False,
) -> pd.DataFrame:
    """Median and quartiles over the trials of each metric's last value.

    Columns: those of `by`, trials, failed, and per metric "<metric> median", "<metric> low" and
    "<metric> high". A failed trial has the worst value, where the metric has a direction; infinity
    says that so many failed. A metric that nobody measured is left out, or with `keep` missing.
    """
    known = [m for m in metrics if m in frame and frame[m].notna().any()]
    table = _spreads(frame, known, by)
    columns = [f"{m} {part}" for m in metrics for part in Spread._fields if m in known or keep]
    return table.reindex(columns=[*by, "trials", "failed", *columns])


def loss_variance(frame: pd.DataFrame, by: Sequence[str] = CELL) -> pd.DataFrame:
    """Median and quartiles over the trials of the losses' detrended variance and of their scaled
    standard deviation, which alone compares different losses. Failed trials take part with what
    was measured before they broke off."""
    return _spreads(frame, [name for name in LOSSES if frame[name].notna().any()], by)


def _spreads(frame: pd.DataFrame, metrics: Sequence[str], by: Sequence[str]) -> pd.DataFrame:
    rows = []
    known = dict.fromkeys([*by, *metrics, "task", "status"])
    filled = with_failures(frame[[name for name in known if name in frame]], metrics)
    for key, trials in filled.groupby(list(by), sort=False, dropna=False):
        row = dict(zip(by, key, strict=True))
        row |= {"trials": len(trials), "failed": int(failed(trials).sum())}
        if metrics:
            found = spreads(trials[list(metrics)].to_numpy(float).T)
            for metric, *own in zip(metrics, *found, strict=True):
                row |= {f"{metric} {n}": float(v) for n, v in zip(found._fields, own, strict=True)}
        rows.append(row)
    return pd.DataFrame(rows)


def varying(frame: pd.DataFrame, hparams: Iterable[str]) -> list[str]:
    """Those hyper-parameters in which trials of one task and method differ."""
    settings = {name: frame[[*CELL, name]].drop_duplicates() for name in hparams}
    return [name for name, rows in settings.items() if rows.duplicated(list(CELL)).any()]


def failed(trials: pd.DataFrame) -> pd.Series:
    """True for each trial that broke off: diverged, crashed, timed out, out of memory."""
    return trials["status"] != Status.COMPLETED


def deterministic(trials: pd.DataFrame) -> bool:
    """True where all of these trials drew nothing at random: another seed would do the same."""
    known = trials.get("deterministic")
    return known is not None and len(known) > 0 and bool(known.astype(bool).all())


def raced(trials: pd.DataFrame) -> bool:
    """True where a race has decided the number of any of these trials by their outcomes: an
    interval or a test for a number that was fixed beforehand would be wrong of them."""
    return "raced" in trials and bool(trials["raced"].any())


def distinct(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials without those deterministic ones that did exactly what one of another seed did:
    one run is all there is, however often it was made."""
    known = trials.get("deterministic")
    if known is None or not known.astype(bool).any():
        return trials
    told = trials.drop(columns=["id", "seed", "seconds", "cpu_seconds", "sweep"], errors="ignore")
    repeated = told.duplicated() & known.astype(bool)
    return trials[~repeated].reset_index(drop=True) if repeated.any() else trials


def game(trials: pd.DataFrame) -> bool:
    """True where the task is a game, whose q is about the distance to its equilibrium."""
    return "contraction" in trials and bool(trials["contraction"].notna().any())


def with_failures(frame: pd.DataFrame, metrics: Iterable[str]) -> pd.DataFrame:
    """The frame with the worst value for each failed trial, in those of the metrics that have a
    worst value and were measured at all on the trial's task."""
    filled = frame.copy()
    for metric in metrics:
        worst = card(metric, frame).worst
        if metric in frame and worst is not None:
            measured = frame[metric].notna().groupby(frame["task"]).transform("any")
            filled[metric] = frame[metric].mask(failed(frame) & measured, worst)
    return filled


def spread(values: ArrayLike) -> Spread:
    """Median and quartiles of those values that there are, the infinitely bad among them."""
    return Spread(*map(float, spreads(values)))


class Spreads(NamedTuple):
    """The medians of several series and the quartiles around them."""

    median: np.ndarray
    """The medians."""
    low: np.ndarray
    """The lower quartiles."""
    high: np.ndarray
    """The upper quartiles."""


def spreads(values: ArrayLike) -> Spreads:
    """Medians and quartiles of series [..., n] -> each [...]; NaN of a series without values. The
    infinitely bad among them count."""
    return Spreads(*(quantile(values, q, infinite=True) for q in (0.5, 0.25, 0.75)))
