"""Known values of a method beside those that were measured: published numbers and controls.

A reference is declared in the sweep's TOML before anything is trained:

    [[reference]]
    task = "ring8"
    method = "pacgan2"
    metric = "modes"                # one of `bench.metrics.quantities`, or "success"
    value = 7.9
    error = 0.1                     # its standard error, where it was published
    source = "Lin et al. 2018, table 1"
    at = {lr_g = 1e-3, sigma = 0.1} # optional: of the trials with these numbers and options alone
    order = ">"                     # optional: the claim is that the method lies above the value

`method` may be a list: the same is then known of each of them. A control is one whose metric is
"success" and whose value is 0 (negative) or 1 (positive).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from bench.analysis import statistics
from bench.analysis.frame.sweeps import Reference
from bench.analysis.tables import outcomes
from bench.trial import Scalar, same

CONFIDENCE = 0.99
"""The level of the bands. At 95 %, chance alone would put one of a dozen references outside of its
band in nearly every other report; at 99 %, in one of nine."""
_Z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))


def table(
    trials: pd.DataFrame, compared: pd.DataFrame, references: Iterable[Reference], success: str
) -> pd.DataFrame:
    """A row per reference: task, method, at, metric, known, known error, measured (the mean, or
    the rate of success) with "measured low" and "measured high" (its 99 % band), trials, failed,
    agrees, source.

    A reference with values `at` (hyper-parameters or options of the task) is about all `trials`
    that have them; one without is about those that methods are `compared` on, of the best setting
    where there was a search. Task and method are those of the sweep's file: where an option of the
    task is an axis, all of its values are meant unless `at` names one.

    The band of a rate is that of `statistics.rate_interval`, that of a mean Student's; `agrees`
    takes the published error into account: for a rate beside the distance to the limit on that side
    (Newcombe 1998). One trial, or a deterministic one however often it was run, has no band: the
    known error alone decides (a rate then is what it is). "–": not even that is there, a trial has
    no number, or a race has decided how many there are; "0 trials": there are none.

    A reference with an `order` is a claim: "yes" where the measured value lies on that side of the
    known one by more than the same width, "no" where it does so on the other side, and "not shown"
    between. Where there is such a claim the column order has ">" or "<", and "" for the others.
    """
    known = list(references)
    rows = [_row(_own(trials if r.at else compared, r), r, success) for r in known]
    found = pd.DataFrame(rows)
    return found if any(r.order for r in known) else found.drop(columns="order", errors="ignore")


def _row(own: pd.DataFrame, reference: Reference, success: str) -> dict[str, Any]:
    by_race = outcomes.raced(own)
    if own.empty:
        measured, low, high, agrees = math.nan, math.nan, math.nan, "0 trials"
    elif reference.metric == "success":
        measured, low, high, agrees = _rate(own, reference, success)
    else:
        measured, low, high, agrees = _mean(own, reference)
    if by_race:
        low, high, agrees = math.nan, math.nan, "–"
    return {
        "task": reference.task,
        "method": reference.method,
        "at": ", ".join(f"{name} = {_shown(value)}" for name, value in reference.at.items()),
        "metric": reference.metric,
        "order": reference.order,
        "known": reference.value,
        "known error": reference.error,
        "measured": measured,
        "measured low": low,
        "measured high": high,
        "trials": len(own),
        "failed": int(outcomes.failed(own).sum()),
        "agrees": agrees,
        "source": reference.source,
    }


def _shown(value: Scalar) -> str:
    return str(value) if isinstance(value, str | bool) else f"{value:g}"


def _own(trials: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """The trials that a reference is about."""
    chosen = pd.Series(True, trials.index)
    for kind in ("task", "method"):
        names = trials[f"{kind}.name" if f"{kind}.name" in trials else kind]
        chosen &= names == getattr(reference, kind)
    for name, value in reference.at.items():
        found = trials.get(f"option.{name}", trials.get(name))
        chosen &= False if found is None else found.map(lambda one, value=value: same(one, value))
    return trials[chosen]


def _rate(own: pd.DataFrame, reference: Reference, success: str) -> tuple[float, float, float, str]:
    hits = own["outcome"] == success
    rate = float(hits.mean())
    error = 0.0 if math.isnan(reference.error) else reference.error
    low, high, reach = math.nan, math.nan, 0.0
    if not outcomes.deterministic(own):
        seeds = own["seed"] if "seed" in own else pd.Series(own.index)
        low, high = statistics.rate_interval(hits, seeds, CONFIDENCE)
        reach = high - rate if reference.value > rate else rate - low
    return rate, low, high, _agrees(reference, rate, math.hypot(reach, _Z * error))


def _mean(own: pd.DataFrame, reference: Reference) -> tuple[float, float, float, str]:
    values = own[reference.metric].to_numpy(dtype=float) if reference.metric in own else np.empty(0)
    if len(values) == 0 or not np.isfinite(values).all():
        return math.nan, math.nan, math.nan, "–"
    mean, known = values.mean(), not math.isnan(reference.error)
    if len(values) == 1 or outcomes.deterministic(own):
        width, error = _Z, math.nan
    else:
        width = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)
        error = values.std(ddof=1) / math.sqrt(len(values))
    both = math.hypot(0.0 if math.isnan(error) else error, reference.error if known else 0.0)
    told = known or not math.isnan(error)
    agrees = _agrees(reference, mean, width * both) if told else "–"
    return mean, mean - width * error, mean + width * error, agrees


def _agrees(reference: Reference, measured: float, width: float) -> str:
    """Holds a measured value, known to within a width, against a reference."""
    above = measured - reference.value
    if not reference.order:
        return "yes" if abs(above) <= width else "no"
    if abs(above) <= width:
        return "not shown"
    return "yes" if (above > 0) == (reference.order == ">") else "no"
