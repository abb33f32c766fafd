"""Two methods side by side: effects with intervals, tests, and how many seeds would decide."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis import statistics
from bench.analysis.quantities import quantity
from bench.analysis.tables import with_failures
from bench.analysis.verdicts import Verdict

METRIC = "q_tail"

RATES, RANKS = "rates", "ranks"
"""The primary comparison is by rates of success on a task where some trials succeed and some do
not, else by the ranks of the metric. The pooled number of successes decides it, which says nothing
of who is better, so that the choice costs no error."""


def against(
    frame: pd.DataFrame, baseline: str, success: str = Verdict.CONVERGED, metric: str = METRIC
) -> pd.DataFrame:
    """Every method against the baseline on the same task -> the columns of `compare`; the family
    of the correction is the whole table. No rows where the baseline is missing.

    p_dunnett: of all methods of the task against the baseline, by their means; NaN where any trial
    failed, as it has no place in a mean.
    """
    rows: list[dict[str, Any]] = []
    for _, own in frame.groupby("task", sort=False):
        methods = [m for m in own["method"].unique() if m != baseline]
        if len(methods) < own["method"].nunique():
            second = _dunnett(own, methods, baseline, metric)
            found = (compare(own, method, baseline, success, metric) for method in methods)
            rows += [row | {"p_dunnett": p} for row, p in zip(found, second, strict=True)]
    return _corrected(rows)


def _dunnett(own: pd.DataFrame, methods: list[str], baseline: str, metric: str) -> np.ndarray:
    filled = with_failures(own, [metric]).reindex(columns=own.columns.union([metric]))
    if filled[metric].isna().any():
        return np.full(len(methods), math.nan)
    *groups, control = (filled.loc[filled["method"] == m, metric] for m in (*methods, baseline))
    return statistics.dunnett(groups, control)


def pairwise(
    frame: pd.DataFrame, success: str = Verdict.CONVERGED, metric: str = METRIC
) -> pd.DataFrame:
    """All pairs of methods of each task -> the columns of `compare`; the family of the correction
    is the task."""
    tables = [
        _corrected(
            compare(own, first, second, success, metric)
            for first, second in itertools.combinations(own["method"].unique(), 2)
        )
        for _, own in frame.groupby("task", sort=False)
    ]
    return pd.concat(tables, ignore_index=True) if tables else _corrected([])


COLUMNS = (
    *("task", "method", "other", "primary", "trials", "trials of other", "better", "better low"),
    *("better high", "p", "p_holm", "smallest_p", "p_brunner_munzel", "p_paired", "pairs"),
    *(
        "correlation",
        "p_dunnett",
        "rate difference",
        "rate difference low",
        "rate difference high",
        "p_rates",
    ),
    *("p_rates_holm", "seeds"),
)


def compare(
    trials: pd.DataFrame,
    method: str,
    other: str,
    success: str = Verdict.CONVERGED,
    metric: str = METRIC,
) -> dict[str, Any]:
    """One method against another on one task, failures ranked last -> a row of numbers.

    better: the probability that a trial of the method is better than one of the other (A12, ties
    half) with its interval; p: Mann-Whitney (NaN: too few trials to reach 0.05, or not measured);
    smallest_p: the least that so many trials can give; p_brunner_munzel: without equal variances;
    p_paired: Wilcoxon on the seeds that both have (one setting each), `pairs` of them, with their
    Spearman correlation; rate difference: of success, with Newcombe's interval; p_rates: Boschloo.
    """
    filled = with_failures(trials, [metric]).reindex(columns=trials.columns.union([metric]))
    own, rest = (filled[filled["method"] == name] for name in (method, other))
    succeeded = [int((part["outcome"] == success).sum()) for part in (own, rest)]
    rates = statistics.compare_rates(succeeded[0], len(own), succeeded[1], len(rest))
    return {
        "task": trials["task"].iloc[0],
        "method": method,
        "other": other,
        "primary": _primary(trials["outcome"] == success, trials.get(metric)),
        "trials": len(own),
        "trials of other": len(rest),
        **_ranks(own, rest, metric),
        "rate difference": rates.difference,
        "rate difference low": rates.interval.low,
        "rate difference high": rates.interval.high,
        "p_rates": rates.p,
        "p_dunnett": math.nan,
        "rates": (succeeded[0] / max(len(own), 1), succeeded[1] / max(len(rest), 1)),
    }


def _primary(success: pd.Series, values: pd.Series | None) -> str:
    mixed = success.any() and not success.all()
    return RATES if mixed or values is None or values.isna().all() else RANKS


def _ranks(own: pd.DataFrame, rest: pd.DataFrame, metric: str) -> dict[str, float]:
    sign = -1.0 if quantity(metric).lower_is_better else 1.0  # larger is better from here on
    x, y = (sign * part[metric].dropna() for part in (own, rest))
    if not len(x) or not len(y):
        names = ("better", "p", "smallest_p", "p_brunner_munzel", "p_paired", "correlation")
        nothing = dict.fromkeys(names, math.nan)
        return nothing | {"better low": 0.0, "better high": 1.0, "pairs": 0}
    test, interval = statistics.mann_whitney(x, y), statistics.a12_interval(x, y)
    pairs = _paired(own, rest, metric)
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


def _paired(own: pd.DataFrame, rest: pd.DataFrame, metric: str) -> statistics.Paired | None:
    """The seeds that both have; None where a seed occurs twice (several settings)."""
    if own["seed"].duplicated().any() or rest["seed"].duplicated().any():
        return None
    x, y = (part.set_index("seed")[metric].dropna() for part in (own, rest))
    common = x.index.intersection(y.index)
    return statistics.wilcoxon(x[common], y[common]) if len(common) else None


def _p(test: statistics.Comparison) -> float:
    return math.nan if test.p is None else test.p


def _corrected(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """The rows as a table with p adjusted by Holm and the seeds that would decide."""
    table = pd.DataFrame(list(rows))
    if table.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    table["p_holm"] = statistics.holm(table["p"])
    table["p_rates_holm"] = statistics.holm(table["p_rates"])
    needed = [_needed(row, len(table)) for row in table.to_dict("records")]
    table["seeds"] = pd.Series(needed, dtype=float)
    return table[list(COLUMNS)]


def _needed(row: dict[Any, Any], comparisons: int) -> int | None:
    if row["primary"] == RATES:
        rate, other = row["rates"]
        return statistics.seeds_for_rates(rate, other, comparisons)
    return statistics.seeds_for_a12(row["better"], comparisons)


def decided(row: Any) -> bool:
    """Whether a corrected row separates its two methods by the primary comparison."""
    p = row["p_rates_holm"] if row["primary"] == RATES else row["p_holm"]
    return bool(p < statistics.ALPHA)


def sentences(table: pd.DataFrame) -> list[str]:
    """What a table of one pair (a row per task) says, in words."""
    return [line for row in table.to_dict("records") for line in _words(row)]


def _words(row: dict[Any, Any]) -> list[str]:
    a, b = row["method"], row["other"]
    lines = [
        f"{row['task']}: {a} ({row['trials']} trials) against {b} ({row['trials of other']} trials)"
    ]
    if not math.isnan(row["better"]):
        lines += [
            f"  effect        P({a} better) = {row['better']:.2f} "
            f"({row['better low']:.2f} to {row['better high']:.2f}), "
            f"{statistics.size(row['better'])}; Cliff's delta {2 * row['better'] - 1:+.2f}"
        ]
    lines += [
        f"  success       difference of rates {100 * row['rate difference']:+.0f} points "
        f"({100 * row['rate difference low']:+.0f} to {100 * row['rate difference high']:+.0f}), "
        f"Boschloo p = {row['p_rates']:.2g}",
        f"  tests         Mann-Whitney p = {_shown(row['p'])} (least possible "
        f"{_shown(row['smallest_p'])}), Brunner-Munzel p = {_shown(row['p_brunner_munzel'])}, "
        f"{_paired_words(row)}",
        f"  verdict       {_verdict(row)}",
        f"  seeds needed  {_seeds(row)}",
    ]
    return lines


def _paired_words(row: dict[Any, Any]) -> str:
    """How many seeds pair them: not all, where one of the two lacks some."""
    if not row["pairs"]:
        return "not paired by seed (none in common, or several trials of one)"
    most = max(row["trials"], row["trials of other"])
    common = f"the {row['pairs']} seeds in common" if row["pairs"] < most else "seed"
    return (
        f"paired by {common} p = {_shown(row['p_paired'])} "
        f"(correlation {_shown(row['correlation'])})"
    )


def _verdict(row: dict[Any, Any]) -> str:
    a, b = row["method"], row["other"]
    by = "by the rates of success" if row["primary"] == RATES else "by the ranks of q"
    if not decided(row):
        few = row["primary"] == RANKS and math.isnan(row["p"])
        return f"undecided {by}: " + (
            "so few trials cannot reach 0.05" if few else "the data are compatible with no effect"
        )
    effect = row["rate difference"] if row["primary"] == RATES else row["better"] - 0.5
    better, worse = (a, b) if effect > 0 else (b, a)
    ahead = row["better"] if better == a else 1 - row["better"]
    low = row["better low"] if better == a else 1 - row["better high"]
    much = statistics.meaningful(ahead, statistics.Interval(low, 1.0))
    return f"{better} is better than {worse} {by}" + (", and by much" if much else "")


def _seeds(row: dict[Any, Any]) -> str:
    if math.isnan(row["seeds"]):
        return "no number would do for an effect like this: there is none"
    return (
        f"{row['seeds']:.0f} per method would find an effect as large as the one seen "
        f"in {statistics.POWER:.0%} of the cases"
    )


def _shown(p: float) -> str:
    return "–" if math.isnan(p) else f"{p:.2g}"
