"""Two methods side by side: effects with intervals, tests, and how many seeds would decide."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis import statistics
from bench.analysis.tables import races
from bench.analysis.tables.contrast import (
    DETERMINISTIC,
    METRIC,
    RANKS,
    RATES,
    UNTESTED,
    compare,
    contrast,
    decided,
    seeds_needed,
    sides,
)
from bench.analysis.tables.outcomes import deterministic, with_failures
from bench.analysis.tables.races import RACED, UNRACED, Races
from bench.analysis.verdicts import Verdict

__all__ = ["COLUMNS", "DETERMINISTIC", "METRIC", "RANKS", "RATES", "UNTESTED"]
__all__ += ["against", "compare", "decided", "needed", "pair", "pairwise", "why"]

NONE: Races = MappingProxyType({})
"""No task was raced."""

COLUMNS = (
    *("task", "method", "other", "primary", "trials", "trials of other", "better", "better low"),
    *("better high", "p", "smallest_p", "p_brunner_munzel", "p_paired", "pairs", "correlation"),
    *("p_dunnett", "rate difference", "rate difference low", "rate difference high", "p_rates"),
    *("p_holm", "family", "comparisons", "seeds"),
)


def against(
    frame: pd.DataFrame,
    baseline: str,
    success: str = Verdict.CONVERGED,
    metric: str = METRIC,
    raced: Races = NONE,
) -> pd.DataFrame:
    """Every method against the baseline on the same task -> the columns of `compare`; the family
    of the correction is the whole table. No rows where the baseline is missing.

    p_dunnett: of all methods of the task against the baseline, by their means; NaN where any trial
    failed, as it has no place in a mean. `raced` are the tasks whose seeds were added until it was
    decided: their rows have what the race has found, and no test for a fixed number of seeds.
    """
    rows: list[dict[str, Any]] = []
    for task, own in frame.groupby("task", sort=False):
        methods = [m for m in own["method"].unique() if m != baseline]
        if len(methods) == own["method"].nunique():
            continue
        if task in raced:
            made = sides(own, success, metric)
            found = (contrast(made, method, baseline) for method in methods)
            rows += [races.contrast(raced[str(task)], row) for row in found]
        else:
            second = _dunnett(own, methods, baseline, metric)
            made = sides(own, success, metric)
            found = (contrast(made, method, baseline) for method in methods)
            rows += [row | {"p_dunnett": p} for row, p in zip(found, second, strict=True)]
    return _corrected(rows, f"against {baseline}")


def _dunnett(own: pd.DataFrame, methods: list[str], baseline: str, metric: str) -> np.ndarray:
    needed = ("task", "method", "status", "deterministic", metric)
    own = own[[name for name in needed if name in own]]
    filled = with_failures(own, [metric]).reindex(columns=own.columns.union([metric]))
    if filled[metric].isna().any() or deterministic(own):
        return np.full(len(methods), math.nan)
    *groups, control = (filled.loc[filled["method"] == m, metric] for m in (*methods, baseline))
    return statistics.dunnett(groups, control)


def pairwise(
    frame: pd.DataFrame,
    success: str = Verdict.CONVERGED,
    metric: str = METRIC,
    baseline: str | None = None,
    raced: Races = NONE,
) -> pd.DataFrame:
    """All pairs of methods of each task -> the columns of `compare`; `raced` as in `against`.

    Every pair is in one family of tests and has one adjusted p: the pairs with the baseline are the
    rows of `against`, on all tasks; the other pairs of a task are a family of their own.
    """
    first = against(frame, baseline, success, metric, raced) if baseline else _corrected([], "")
    tables = []
    for task, own in frame.groupby("task", sort=False):
        methods = [m for m in own["method"].unique() if m != baseline]
        made = sides(own, success, metric)
        pairs = itertools.combinations(methods, 2)
        found = [contrast(made, a, b) for a, b in pairs]
        if task in raced:
            found = [races.contrast(raced[str(task)], row) for row in found]
        rest = _corrected(found, _family(task, own, baseline))
        tables += [first[first["task"] == task], rest]
    kept = [table for table in tables if len(table)]
    return pd.concat(kept, ignore_index=True) if kept else first


def _family(task: Any, own: pd.DataFrame, baseline: str | None) -> str:
    without = f" without {baseline}" if (own["method"] == baseline).any() else ""
    return f"pairs on {task}{without}"


def pair(table: pd.DataFrame, method: str, other: str) -> pd.DataFrame:
    """Those rows of a table of pairs that compare these two, `method` first: the same test, with
    the same adjusted p, whichever of the two is named first."""
    rows = table.to_dict("records")
    same = [row for row in rows if (row["method"], row["other"]) == (method, other)]
    turned = [_turned(row) for row in rows if (row["method"], row["other"]) == (other, method)]
    return pd.DataFrame(same + turned, columns=list(COLUMNS))


def _turned(row: dict[Any, Any]) -> dict[Any, Any]:
    return row | {
        "method": row["other"],
        "other": row["method"],
        "trials": row["trials of other"],
        "trials of other": row["trials"],
        "better": 1 - row["better"],
        "better low": 1 - row["better high"],
        "better high": 1 - row["better low"],
        "rate difference": 0.0 - row["rate difference"],
        "rate difference low": 0.0 - row["rate difference high"],
        "rate difference high": 0.0 - row["rate difference low"],
    }


def _corrected(rows: Iterable[dict[str, Any]], family: str) -> pd.DataFrame:
    """The rows as a table: the p of each primary comparison adjusted by Holm for all of them, and
    the seeds that would decide what they leave undecided."""
    table = pd.DataFrame(list(rows))
    if table.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    tested = table["primary"].isin([RATES, RANKS])
    p = table["p_rates"].where(table["primary"] == RATES, table["p"])
    by_race = table["primary"] == RACED
    adjusted = pd.Series(statistics.holm(p), index=table.index)
    table["p_holm"] = table["p_holm"].where(by_race, adjusted) if by_race.any() else adjusted
    table["family"], table["comparisons"] = family, int(tested.sum())
    table["seeds"] = pd.Series([seeds_needed(row) for row in table.to_dict("records")], dtype=float)
    return table[list(COLUMNS)]


def doubt(row: dict[Any, Any]) -> str:
    if row["primary"] == DETERMINISTIC:
        return "both do the same; deterministic: one run is all there is"
    if row["primary"] == UNRACED:
        return "the race did not compare them, and its numbers of seeds allow no other test"
    if row["primary"] == RACED:
        return "the race goes on" if math.isnan(row["p_holm"]) else f"not decided; {adjusted(row)}"
    if row["primary"] == UNTESTED:
        return "several settings of one seed are not independent, so that there is no test"
    if math.isnan(row["p_holm"]):
        return "so few trials cannot reach 0.05"
    return f"a difference is not shown; {adjusted(row)}"


def why(row: Any) -> str:
    """The ground of the decision on a row: the adjusted p with its test and its family, or the
    reason why there is none. It reads the same wherever it is said."""
    if row["primary"] in (RATES, RANKS, RACED) and not math.isnan(row["p_holm"]):
        return adjusted(row)
    return "deterministic: one run is all there is" if decided(row) else doubt(row)


def adjusted(row: Any) -> str:
    if row["primary"] == RACED:
        return f"by the race, adjusted p = {row['p_holm']:.2g}"
    test = "Boschloo's test of the rates" if row["primary"] == RATES else "Mann-Whitney's test of q"
    count = f"{row['comparisons']} comparison{'s' if row['comparisons'] > 1 else ''}"
    return f"{test}, Holm-adjusted p = {row['p_holm']:.2g} ({count} {preposition(row)})"


def preposition(row: Any) -> str:
    return str(row["family"]).replace("pairs on", "of pairs on", 1)


def needed(row: Any) -> str:
    """A few words on what would decide a row that is undecided."""
    if row["primary"] == DETERMINISTIC:
        return "they do the same"
    if row["primary"] == UNTESTED:
        return "several settings of one seed"
    if row["primary"] in (RACED, UNRACED):
        if row["primary"] == UNRACED:
            return "not compared by the race"
        return "the race goes on" if math.isnan(row["p_holm"]) else "the race did not decide"
    if not math.isnan(row["seeds"]):
        return f"{row['seeds']:.0f} seeds"
    return "equal rates, unequal q" if apart(row) else "no difference seen"


def apart(row: Any) -> bool:
    """True where rates that decide are equal, and q by itself shows a difference, which decides
    nothing: no sentence may then say that there is none."""
    return bool(row["primary"] == RATES and (row["better low"] > 0.5 or row["better high"] < 0.5))


def shown(p: float) -> str:
    return "–" if math.isnan(p) else f"{p:.2g}"
