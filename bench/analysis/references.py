"""What is known of a method, beside what was measured: published numbers and controls.

A reference is declared in the sweep's TOML before anything is trained:

    [[reference]]
    task = "ring8"
    method = "pacgan2"
    metric = "modes"                # one of `bench.analysis.quantities`, or "success"
    value = 7.9
    error = 0.1                     # its standard error, where it was published
    source = "Lin et al. 2018, table 1"
    at = {lr_g = 1e-3}              # optional: of the trials with these numbers alone

A control is one whose metric is "success" and whose value is 0 (negative) or 1 (positive).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from bench.analysis import statistics, tables
from bench.analysis.sweeps import Reference

CONFIDENCE = 0.99
"""Of the bands: with a dozen references, one in eight would miss a 95 % band by chance alone."""
_Z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))


def table(
    trials: pd.DataFrame, compared: pd.DataFrame, references: Iterable[Reference], success: str
) -> pd.DataFrame:
    """A row per reference: task, method, at, metric, known, known error, measured (the mean, or
    the rate of success) with "measured low" and "measured high" (its 99 % band), trials, failed,
    agrees, source.

    A reference with numbers `at` is about all `trials` that have them; one without is about those
    that methods are `compared` on, of the best setting where there was a search.

    The band of a rate is Wilson's, that of a mean Student's; `agrees` takes the published error
    into account: for a rate beside the distance to the limit on that side (Newcombe 1998). One
    trial has no band: the known error alone decides. "–": not even that is there, or a trial has
    no number.
    """
    return pd.DataFrame(
        [_row(_own(trials if r.at else compared, r), r, success) for r in references]
    )


def _row(own: pd.DataFrame, reference: Reference, success: str) -> dict[str, Any]:
    if reference.metric == "success":
        measured, low, high, agrees = _rate(own, reference, success)
    else:
        measured, low, high, agrees = _mean(own, reference)
    return {
        "task": reference.task,
        "method": reference.method,
        "at": ", ".join(f"{name} = {number:g}" for name, number in reference.at.items()),
        "metric": reference.metric,
        "known": reference.value,
        "known error": reference.error,
        "measured": measured,
        "measured low": low,
        "measured high": high,
        "trials": len(own),
        "failed": int(tables.failed(own).sum()),
        "agrees": agrees,
        "source": reference.source,
    }


def _own(trials: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """The trials that a reference is about. "x3" of a recommended number is a product: rounded."""
    chosen = (trials["task"] == reference.task) & (trials["method"] == reference.method)
    for name, number in reference.at.items():
        numbers = trials[name].to_numpy(dtype=float) if name in trials else np.nan
        chosen &= np.isclose(numbers, number, rtol=1e-9, atol=0)
    return trials[chosen]


def _rate(own: pd.DataFrame, reference: Reference, success: str) -> tuple[float, float, float, str]:
    if own.empty:
        return math.nan, math.nan, math.nan, "–"
    hits = int((own["outcome"] == success).sum())
    low, high = statistics.wilson(hits, len(own), CONFIDENCE)
    rate = hits / len(own)
    reach = high - rate if reference.value > rate else rate - low
    error = 0.0 if math.isnan(reference.error) else reference.error
    inside = abs(reference.value - rate) <= math.hypot(reach, _Z * error)
    return rate, low, high, "yes" if inside else "no"


def _mean(own: pd.DataFrame, reference: Reference) -> tuple[float, float, float, str]:
    values = own[reference.metric].to_numpy(dtype=float) if reference.metric in own else np.empty(0)
    if len(values) == 0 or not np.isfinite(values).all():
        return math.nan, math.nan, math.nan, "–"
    if len(values) == 1:
        width, error = _Z, 0.0
    else:
        width = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)
        error = values.std(ddof=1) / math.sqrt(len(values))
    mean, known = values.mean(), not math.isnan(reference.error)
    both = math.hypot(error, reference.error if known else 0.0)
    inside = abs(mean - reference.value) <= width * both
    agrees = ("yes" if inside else "no") if known or len(values) > 1 else "–"
    return mean, mean - width * error, mean + width * error, agrees
