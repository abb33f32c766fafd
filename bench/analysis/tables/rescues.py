"""Methods that would have worked where the baseline failed: the table behind "try this first".

A trial of the baseline is matched with the trials of another method on the same task, seed and
learning rates, whatever else that method has to set. The baseline itself is matched with its own
other seeds there: luck alone rescues so many, since a failure was what a trial was picked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis import statistics
from bench.analysis.tables import outcomes
from bench.analysis.verdicts import Verdict

LEAST = 5
"""Matched trials without which nothing is said."""


def table(
    trials: pd.DataFrame,
    baseline: str,
    hparams: Sequence[str],
    success: str = Verdict.CONVERGED,
) -> pd.DataFrame:
    """A row per outcome of the baseline other than success, and method; the best method first.

    Columns: ended (the outcome), on (tasks and numbers of trials), method, matched (trials of the
    baseline that ended so and have a counterpart), rescued (mean over them of the share of the
    counterparts that succeeded) with its interval (`statistics.over_grid`: seeds of a task
    resampled).
    On a task that was raced there is no interval: outcomes decided the numbers of its trials.
    Deterministic trials are left out: chance rescues none of them.
    """
    if "deterministic" in trials:
        trials = trials[~trials["deterministic"].astype(bool)]
    known = list(dict.fromkeys(["task", "method", "seed", "outcome", *hparams]))
    hits = trials[known].assign(hit=trials["outcome"] == success)
    own = hits[hits["method"] == baseline]
    by_race = {str(task) for task, each in trials.groupby("task") if outcomes.raced(each)}
    keys = ["task", "seed", *outcomes.varying(own, hparams)]
    shares = {str(m): _shares(others, keys) for m, others in hits.groupby("method", sort=False)}
    rows: list[dict[str, Any]] = []
    for ended, failed in own[~own["hit"]].groupby("outcome", sort=False):
        found = _methods(failed[keys], shares, own, keys, baseline, str(ended))
        rows += sorted(found, key=lambda row: -row["rescued"])
    for row in rows:
        if by_race & row.pop("tasks"):
            row |= {"rescued low": math.nan, "rescued high": math.nan}
    columns = ["ended", "on", "method", "matched", "rescued", "rescued low", "rescued high"]
    return pd.DataFrame(rows, columns=columns)


def _methods(
    failed: pd.DataFrame,
    of: Mapping[str, pd.DataFrame],
    own: pd.DataFrame,
    keys: list[str],
    baseline: str,
    ended: str,
) -> Iterator[dict[str, Any]]:
    for method, others in of.items():
        again = method == baseline
        shares = other_seeds(failed, own, keys) if again else failed.merge(others, on=keys)
        if len(shares) >= LEAST:
            counts = shares.groupby("task", sort=False).size()
            share, interval = mean(shares)
            yield {
                "ended": ended,
                "on": ", ".join(f"{task} {count}" for task, count in counts.items()),
                "method": f"{method}, other seeds" if again else str(method),
                "matched": len(shares),
                "rescued": share,
                "rescued low": interval.low,
                "rescued high": interval.high,
                "tasks": set(counts.index),
            }


def _shares(others: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The share of the trials of one method that succeeded, by task, seed and setting: those of
    them that a trial of the baseline is matched with."""
    return others.groupby(keys)["hit"].mean().rename("share").reset_index()


def other_seeds(failed: pd.DataFrame, own: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """task, seed, share of the other seeds of the baseline at the same setting that succeeded: a
    row per trial that has some. The trial itself failed."""
    places = [key for key in keys if key != "seed"]
    counts = own.groupby(places)["hit"].agg(["sum", "size"]).reset_index()
    found = failed.merge(counts[counts["size"] > 1], on=places)
    return found.assign(share=found["sum"] / (found["size"] - 1))


def mean(shares: pd.DataFrame) -> tuple[float, statistics.Interval]:
    """The mean of `share`, and its percentile interval over the seeds of the tasks."""
    groups = shares.groupby(["task", "seed"])["share"]
    interval = statistics.of_clusters(groups.sum().to_numpy(float), groups.size().to_numpy(float))
    return float(shares["share"].mean()), interval
