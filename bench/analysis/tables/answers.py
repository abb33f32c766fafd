"""The ranking in sentences: which method is best on each task, and what the data cannot say."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd

from bench.analysis import statistics
from bench.analysis.tables import comparing, outcomes


class Answer(NamedTuple):
    """The sentences about one task."""

    task: str
    """The task."""
    leads: str
    """The best method, and how sure that is."""
    search: str
    """The rate of success over all settings that were tried; "" without a search."""
    unsure: str
    """The methods that the data cannot tell apart; "" where everything is decided."""
    brief: str = ""
    """The same as `leads` in a few words, for a page of many tasks."""


def answers(
    ranked: pd.DataFrame,
    outcomes: pd.DataFrame,
    pairs: pd.DataFrame,
    baseline: pd.DataFrame | None,
    success: str,
) -> list[Answer]:
    """One answer per task from the tables of `ranking`, `outcomes.outcomes` (of all trials),
    `comparing.pairwise` and `comparing.against` (None: no baseline)."""
    return [
        Answer(
            str(task),
            _leads(rows, baseline, success),
            _search(rows, outcomes[outcomes["task"] == task], baseline, success),
            _unsure(rows, pairs[pairs["task"] == task]),
            _brief(rows, baseline, success),
        )
        for task, rows in ranked.groupby("task", sort=False)
    ]


def over_tasks(ranked: pd.DataFrame, baseline: pd.DataFrame | None, success: str) -> str:
    """One sentence over all tasks, from the tables of `ranking` and `comparing.against` (None: no
    baseline). "" for a single task, whose own sentence says as much."""
    count = ranked["task"].nunique()
    if count < 2:
        return ""
    if not ranked["success"].any():
        chosen = " at its chosen setting" if (ranked["setting"] != "").any() else ""
        return f"no method {success} on any of the {count} tasks{chosen}."
    by_method = ranked.groupby("method", sort=False)
    found = by_method["rate"].agg(["mean", "min", "max", "size"]).join(by_method["rank"].mean())
    common = found[found["size"] == count].sort_values(["mean", "rank"], ascending=[False, True])
    if common.empty:
        return f"no method was run on all {count} tasks: read them one by one."
    best = common.iloc[0]
    level = list(map(str, common.index[common["mean"] == best["mean"]]))
    chosen = ", each at its chosen setting" if (ranked["setting"] != "").any() else ""
    few = "" if len(common) == len(found) else f" of the {len(common)} methods run on all"
    return (
        f"{_listed(level)} {success} {'equally ' if len(level) > 1 else 'most '}often{few}"
        f"{chosen}: in {_percent(best['mean'])} % of the trials as a mean over tasks"
        f"{_range(best)}{_better_on(level[0], baseline, count)}."
    )


def _range(row: pd.Series) -> str:
    if row["min"] == row["max"]:
        return ""
    return f" ({_percent(row['min'])} to {_percent(row['max'])} % by task)"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _listed(methods: list[str], most: int = 4) -> str:
    """ "`a`", "`a` and `b`", "`a`, `b`, `c` and 4 others": the first few."""
    names = [f"`{method}`" for method in methods]
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} others"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _better_on(best: str, baseline: pd.DataFrame | None, count: int) -> str:
    """The number of tasks on which the tests show the best to be better than the baseline."""
    if baseline is None or baseline.empty:
        return ""
    rows = [row for row in baseline.to_dict("records") if row["method"] == best]
    if not rows:
        return ""
    shown = [row for row in rows if comparing.decided(row)]
    ahead = sum(_ahead(row) for row in shown)
    worse = f", worse on {len(shown) - ahead}" if len(shown) > ahead else ""
    other = f"the baseline `{rows[0]['other']}`"
    if not ahead:
        return f"; `{best}` is not shown to be better than {other} on any task{worse}"
    return f"; `{best}` is shown to be better than {other} on {ahead} of {count} tasks{worse}"


def _ahead(row: dict[Any, Any]) -> bool:
    """True where the method of a row did better than the other."""
    by_rates = row["primary"] == comparing.RATES or row["rate difference"] != 0
    return bool(row["rate difference"] > 0 if by_rates else row["better"] > 0.5)


def _search(
    rows: pd.DataFrame, outcomes: pd.DataFrame, baseline: pd.DataFrame | None, success: str
) -> str:
    """The method that works most often wherever it is set, and the baseline beside it."""
    if (rows["setting"] == "").all() or len(outcomes) < 2 or not outcomes["success"].any():
        return ""
    ordered = outcomes.sort_values("rate", ascending=False, kind="stable")
    best, rest = ordered.iloc[0], ordered[1:]
    names = set() if baseline is None else set(baseline["other"])
    others = [row for _, row in rest.iterrows() if row["method"] in names]
    said = f"Over all settings that were tried, `{best['method']}` {success} most often"
    return (
        "; ".join(
            [
                f"{said}: {_often(best)}",
                *(f"the baseline `{o['method']}`: {_often(o)}" for o in others),
            ]
        )
        + "."
    )


def _often(row: pd.Series) -> str:
    rate = f"{100 * row['rate']:.0f} %"
    bare = row["interval"] in (outcomes.NONE, outcomes.SEEN)
    found = "" if bare else f", {_limits(row)}"
    return f"{row['success']} of {row['trials']} trials ({rate}{found})"


def _limits(row: pd.Series) -> str:
    over = f" {outcomes.OVER_GRID}" if row["interval"] == outcomes.OVER_GRID else ""
    return f"{100 * row['low']:.0f} to {100 * row['high']:.0f} %{over}"


def _rate(row: pd.Series, success: str) -> str:
    if row["interval"] == outcomes.NONE:
        beside = "deterministic: one run is all there is"
    elif row["interval"] == outcomes.SEEN:
        beside = "as seen in the race"
    else:
        beside = f"95 % interval {_limits(row)}"
    return f"{row['success']} of {row['trials']} trials {success} ({beside})"


def _leads(rows: pd.DataFrame, baseline: pd.DataFrame | None, success: str) -> str:
    best, measured = rows.iloc[0], rows["q_tail median"].notna().any()
    name = f"`{best['method']}`" + (f" with {best['setting']}" if best["setting"] else "")
    if len(rows) == 1:
        return f"{name} is the only method: {_rate(best, success)}."
    if not rows["success"].any():
        total, median = rows["trials"].sum(), best["q_tail median"]
        known = math.isfinite(median)
        closest = f"; {name} has the lowest median q, {median:.2g}" if known else ""
        chosen = " at its chosen setting" if (rows["setting"] != "").any() else ""
        return f"no method succeeded{chosen}: 0 of {total} trials {success}{closest}."
    level = rows.loc[rows["rate"] == best["rate"], "method"]
    verb = "leads"
    if len(level) > 1:
        others = _listed(list(map(str, level[1:])))
        lowest = " (with the lowest q) and, with the same rate," if measured else " and"
        name, verb = f"{name}{lowest} {others}", "lead"
    return f"{name} {verb}: {_rate(best, success)}{_over_baseline(best, baseline)}."


def _brief(rows: pd.DataFrame, baseline: pd.DataFrame | None, success: str) -> str:
    best = rows.iloc[0]
    if not rows["success"].any():
        return f"no method {success}."
    level = list(map(str, rows.loc[rows["rate"] == best["rate"], "method"]))
    others = f" (and {len(level) - 1} others as often)" if len(level) > 1 else ""
    row = _against(best, baseline)
    beside = ""
    if row is not None:
        shown = comparing.decided(row)
        than = f"better than `{row['other']}`"
        beside = f"; {than}" if shown else f"; not shown to be {than}"
        tested = not math.isnan(row["p_holm"])
        beside += f" (adjusted p = {row['p_holm']:.2g})" if tested else ""
    rate = f"{best['success']} of {best['trials']} trials {success}"
    return f"`{best['method']}`{others}: {rate}{beside}."


def _against(best: pd.Series, baseline: pd.DataFrame | None) -> Any:
    """The row that compares the best method of a task with the baseline; None where there is
    none."""
    if baseline is None or baseline.empty:
        return None
    same = baseline[(baseline["task"] == best["task"]) & (baseline["method"] == best["method"])]
    return None if same.empty else same.iloc[0]


def _over_baseline(best: pd.Series, baseline: pd.DataFrame | None) -> str:
    row = _against(best, baseline)
    if row is None:
        return ""
    what = f"`{best['method']}` is better than the baseline `{row['other']}`"
    shown = what if comparing.decided(row) else f"the data do not show that {what}"
    return f"; {shown} ({comparing.why(row)})"


def _unsure(rows: pd.DataFrame, pairs: pd.DataFrame) -> str:
    best = rows.iloc[0]["method"]
    own = pairs[(pairs["method"] == best) | (pairs["other"] == best)]
    open_ = own[[not comparing.decided(row) for row in own.to_dict("records")]]
    if open_.empty:
        return ""
    needed: dict[str, list[str]] = {}
    for row in sorted(open_.to_dict("records"), key=lambda row: _order(row["seeds"])):
        other = row["other"] if row["method"] == best else row["method"]
        needed.setdefault(comparing.needed(row), []).append(f"`{other}`")
    listed = "; ".join(f"{', '.join(others)} ({what})" for what, others in needed.items())
    counted = (
        ". The seeds are those per method that would tell in "
        f"{100 * statistics.POWER:.0f} % of the cases, at the level after correction, if the true "
        "difference is as large as the one seen."
    )
    seeds = counted if open_["seeds"].notna().any() else "."
    return f"Over all pairs of methods the data cannot tell `{best}` from {listed}{seeds}"


def _order(seeds: float) -> float:
    return math.inf if math.isnan(seeds) else seeds
