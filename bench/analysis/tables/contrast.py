"""One method against another on one task: a row of numbers, and whether it decides."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bench.analysis import statistics
from bench.analysis.frame.measured import card
from bench.analysis.tables.outcomes import deterministic, with_failures
from bench.analysis.tables.races import RACED
from bench.analysis.verdicts import Verdict

METRIC = "q_tail"

RATES, RANKS = "rates", "ranks"
"""The primary comparison is by rates of success on a task where some trials succeed and some do
not, else by the ranks of the metric. The pooled number of successes decides it, which says nothing
of who is better, so that the choice costs no error."""


DETERMINISTIC, UNTESTED = "deterministic", "no test"
"""In place of a primary comparison: both methods draw nothing at random, so that two runs that
differ are different; or a method has several trials of one seed, which are no independent ones."""


class Side(NamedTuple):
    """The trials of one method on one task, as a comparison needs them."""

    hits: np.ndarray
    """True [n] for each trial that succeeded."""
    seeds: np.ndarray
    """The seed of each trial [n]."""
    metric: np.ndarray
    """The metric of each trial [n], so that larger is better; a failed trial has the worst value,
    NaN was not measured."""
    rate: statistics.Interval
    """The interval of its rate of success."""
    deterministic: bool
    """True where all of its trials drew nothing at random."""
    repeated: bool
    """True where a seed has several trials, at several settings."""


class Sides(NamedTuple):
    """All methods of one task, made once for all of their pairs."""

    task: Any
    """The task."""
    primary: str
    """The comparison that decides: `RATES` or `RANKS`."""
    of: dict[str, Side]
    """The trials of each method."""


def sides(trials: pd.DataFrame, success: str = Verdict.CONVERGED, metric: str = METRIC) -> Sides:
    """The methods of the trials of one task, ready to be compared."""
    needed = ("task", "method", "seed", "outcome", "status", "deterministic", metric)
    trials = trials[[name for name in needed if name in trials]]  # of hundreds of columns
    filled = with_failures(trials, [metric]).reindex(columns=trials.columns.union([metric]))
    sign = -1.0 if card(metric, trials).lower_is_better else 1.0
    found = {}
    for method, own in filled.groupby("method", sort=False):
        hits, seeds = (own["outcome"] == success).to_numpy(), own["seed"].to_numpy()
        found[str(method)] = Side(
            hits,
            seeds,
            sign * own[metric].to_numpy(dtype=float),
            statistics.rate_interval(hits, seeds),
            deterministic(own),
            len(np.unique(seeds)) < len(seeds),
        )
    primary = _primary(trials["outcome"] == success, trials.get(metric))
    return Sides(trials["task"].iloc[0], primary, found)


def compare(
    trials: pd.DataFrame,
    method: str,
    other: str,
    success: str = Verdict.CONVERGED,
    metric: str = METRIC,
) -> dict[str, Any]:
    """One method against another on one task, failures ranked last -> a row of numbers; see
    `contrast`."""
    return contrast(sides(trials, success, metric), method, other)


def contrast(made: Sides, method: str, other: str) -> dict[str, Any]:
    """One method of a task against another -> a row of numbers.

    better: the probability that a trial of the method is better than one of the other (A12, ties
    half) with its interval; p: Mann-Whitney (NaN: too few trials to reach 0.05, or not measured);
    smallest_p: the least that so many trials can give; p_brunner_munzel: without equal variances;
    p_paired: Wilcoxon on the seeds that both have (one setting each), `pairs` of them, with their
    Spearman correlation; rate difference: of success, with Newcombe's interval; p_rates: Boschloo.
    Where both methods are deterministic, or one has several trials of a seed, there are no p.
    """
    own, rest = made.of[method], made.of[other]
    row = {
        "task": made.task,
        "method": method,
        "other": other,
        "primary": made.primary,
        "trials": len(own.hits),
        "trials of other": len(rest.hits),
        **_ranks(own, rest),
        **_rates(own, rest),
        "p_dunnett": math.nan,
    }
    if own.deterministic and rest.deterministic:
        return row | {"primary": DETERMINISTIC} | dict.fromkeys((*_TESTS, *_BOUNDS), math.nan)
    if own.repeated or rest.repeated:
        none = dict.fromkeys((*_TESTS, "better low", "better high"), math.nan)
        return row | {"primary": UNTESTED} | none
    return row


_TESTS = ("p", "smallest_p", "p_brunner_munzel", "p_paired", "correlation", "p_rates")
_BOUNDS = ("better low", "better high", "rate difference low", "rate difference high")


def _rates(own: Side, rest: Side) -> dict[str, Any]:
    """The difference of the rates of success, and the rates of both themselves ("rates")."""
    (k, n), (j, m) = ((int(side.hits.sum()), len(side.hits)) for side in (own, rest))
    test, rates = statistics.compare_rates(k, n, j, m), (k / n, j / m)
    low, high = statistics.difference(rates[0], own.rate, rates[1], rest.rate)
    return {
        "rate difference": test.difference,
        "rate difference low": low,
        "rate difference high": high,
        "p_rates": test.p,
        "rates": rates,
    }


def _primary(success: pd.Series, values: pd.Series | None) -> str:
    mixed = success.any() and not success.all()
    return RATES if mixed or values is None or values.isna().all() else RANKS


def _ranks(own: Side, rest: Side) -> dict[str, float]:
    x, y = (side.metric[~np.isnan(side.metric)] for side in (own, rest))
    if not len(x) or not len(y):
        names = ("better", "p", "smallest_p", "p_brunner_munzel", "p_paired", "correlation")
        nothing = dict.fromkeys(names, math.nan)
        return nothing | {"better low": 0.0, "better high": 1.0, "pairs": 0}
    test, interval = statistics.mann_whitney(x, y), statistics.a12_interval(x, y)
    pairs = _paired(own, rest)
    return {
        "better": test.a12,
        "better low": interval.low,
        "better high": interval.high,
        "p": _p(test),
        "smallest_p": test.smallest_p,
        "p_brunner_munzel": _p(statistics.brunner_munzel(x, y)),
        "p_paired": _p(pairs.comparison) if pairs else math.nan,
        "pairs": pairs.pairs if pairs else 0,
        "correlation": pairs.correlation if pairs else math.nan,
    }


def _paired(own: Side, rest: Side) -> statistics.Paired | None:
    """The seeds that both have; None where a seed occurs twice (several settings)."""
    if own.repeated or rest.repeated:
        return None
    _, first, second = np.intersect1d(
        own.seeds, rest.seeds, assume_unique=True, return_indices=True
    )
    x, y = own.metric[first], rest.metric[second]
    known = ~(np.isnan(x) | np.isnan(y))
    return statistics.wilcoxon(x[known], y[known]) if known.any() else None


def _p(test: statistics.Comparison) -> float:
    return math.nan if test.p is None else test.p


def seeds_needed(row: dict[Any, Any]) -> float:
    """Seeds per method that would decide at the level after correction, were the difference as
    large as the one seen; 0 where it is decided, NaN where no number would do.

    What so many seeds have left undecided, so many do not decide: an exact test gives more by
    itself (an undecided table is not rejected, and is the likeliest one), a formula may not.
    """
    if decided(row):
        return 0.0
    if row["primary"] == RATES:
        rate, rest = row["rates"]
        found = statistics.seeds_for_rates(rate, rest, row["comparisons"])
    elif row["primary"] == RANKS:
        found = statistics.seeds_for_a12(row["better"], row["comparisons"])
    else:
        found = None
    return math.nan if found is None else max(found, row["trials"] + 1, row["trials of other"] + 1)


def decided(row: Any) -> bool:
    """True where a corrected row separates its two methods by the primary comparison. Methods that
    are deterministic are separate if they differ at all."""
    if row["primary"] == DETERMINISTIC:
        return bool(row["rate difference"] != 0 or abs(row["better"] - 0.5) > 1e-9)
    if row["primary"] == RACED:  # at the level of the race, which may be another
        return bool(row["rate difference low"] > 0 or row["rate difference high"] < 0)
    return bool(row["p_holm"] < statistics.ALPHA)
