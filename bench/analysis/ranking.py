"""Which method is best on each task, how sure that is, and what the data cannot say.

Where hyper-parameters were searched, the best setting is chosen on one half of the seeds and what
it reaches is reported on the other, and the same again with the halves exchanged (cross-fitting):
every seed is reported, each at a setting that was chosen without it. On the same seeds the best of
many would look better than it is (Cawley and Talbot 2010).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bench.analysis import comparing, statistics, tables
from bench.analysis.tables import CELL
from bench.analysis.verdicts import Verdict

POOLED = "all settings"
"""What stands in place of a setting where none could be chosen fairly."""


class Evaluated(NamedTuple):
    """`trials`: those on which methods are compared; `settings`: a row per task, method and choice
    (two where there was a search) with the columns task, method, setting (text; "" where there is
    only one), chosen_on, reported_on (numbers of trials)."""

    trials: pd.DataFrame
    settings: pd.DataFrame


def evaluate(
    frame: pd.DataFrame, hparams: Sequence[str], success: str = Verdict.CONVERGED
) -> Evaluated:
    """The trials to compare methods on: all of them where a method has one setting; else each half
    of the seeds (every other one) at the setting that is best on the other half (rate of success,
    then median q_tail). With one seed, nothing can be chosen fairly: all settings."""
    parts, rows = [], []
    for (task, method), trials in frame.groupby(list(CELL), sort=False):
        names = [n for n in hparams if len(trials[n].drop_duplicates()) > 1]
        for choice in _choices(trials, names, success):
            parts.append(choice.trials)
            rows.append((task, method, choice.setting, choice.chosen_on, len(choice.trials)))
    columns = ["task", "method", "setting", "chosen_on", "reported_on"]
    return Evaluated(pd.concat(parts), pd.DataFrame(rows, columns=columns))


class _Choice(NamedTuple):
    """A setting in words, the number of trials it was chosen from, and those it is judged by."""

    setting: str
    chosen_on: int
    trials: pd.DataFrame


def _choices(trials: pd.DataFrame, names: list[str], success: str) -> list[_Choice]:
    if not names:
        return [_Choice("", 0, trials)]
    first = np.isin(trials["seed"], np.unique(trials["seed"])[::2])
    halves = trials[first], trials[~first]
    found = [_choose(one, other, names, success) for one, other in (halves, halves[::-1])]
    return [choice for choice in found if choice] or [_Choice(POOLED, 0, trials)]


def _choose(
    chosen_on: pd.DataFrame, rest: pd.DataFrame, names: list[str], success: str
) -> _Choice | None:
    """The best setting of some trials, and the others that have it; None without any."""
    for setting in _scores(chosen_on, names, success).index if len(rest) else ():
        values = setting if isinstance(setting, tuple) else (setting,)
        own = rest[_matches(rest, names, values)]
        if len(own):
            text = ", ".join(f"{n}={v:g}" for n, v in zip(names, values, strict=True) if v == v)
            return _Choice(text, len(chosen_on), own)
    return None


def _scores(trials: pd.DataFrame, names: list[str], success: str) -> pd.DataFrame:
    """A row per setting, the best first."""
    filled = tables.with_failures(trials, ["q_tail"])
    groups = filled.assign(success=filled["outcome"] == success).groupby(names, dropna=False)
    scores = groups.agg(rate=("success", "mean"), q=("q_tail", "median"))
    return scores.sort_values(["rate", "q"], ascending=[False, True], kind="stable")


def _matches(trials: pd.DataFrame, names: list[str], values: tuple[Any, ...]) -> np.ndarray:
    same = [
        (trials[n].isna() if v != v else trials[n] == v) for n, v in zip(names, values, strict=True)
    ]
    return np.logical_and.reduce(same)


def ranking(evaluated: Evaluated, success: str = Verdict.CONVERGED) -> pd.DataFrame:
    """The methods of each task, the best first.

    Columns: task, rank, method, setting, trials, success, rate with its interval (low, high,
    interval: see `tables.rated`; where that is Wilson's, Clopper and Pearson's "exact low" and
    "exact high" beside it), failed, "q_tail median", "q_tail low", "q_tail high" (quartiles; a
    failed trial has the worst), "iqm", "iqm low", "iqm high" (bootstrap over the trials).
    """
    table = tables.outcomes(evaluated.trials, success)
    kept = ["task", "method", "trials", "success", "rate", "low", "high", "interval", "failed"]
    exact = [_exact(row) for row in table.to_dict("records")]
    table = table[kept].assign(
        **{"exact low": [i[0] for i in exact], "exact high": [i[1] for i in exact]}
    )
    spreads = tables.final_metrics(evaluated.trials, ["q_tail"], keep=True)
    table = table.merge(spreads.drop(columns=["trials", "failed"]), on=list(CELL))
    table = table.merge(_iqm(evaluated.trials), on=list(CELL))
    return _ranked(table.merge(_in_words(evaluated.settings), on=list(CELL)))


def _exact(row: dict[Any, Any]) -> tuple[float, float]:
    if row["interval"] != tables.WILSON:
        return math.nan, math.nan
    return statistics.clopper_pearson(row["success"], row["trials"])


def _in_words(settings: pd.DataFrame) -> pd.DataFrame:
    """task, method, setting: both, where the halves of the seeds chose different ones."""
    groups = settings.groupby(list(CELL), sort=False)["setting"]
    return groups.agg(lambda chosen: " or ".join(dict.fromkeys(chosen))).reset_index()


def _iqm(trials: pd.DataFrame) -> pd.DataFrame:
    rows = []
    filled = tables.with_failures(trials, ["q_tail"])
    for (task, method), own in filled.groupby(list(CELL), sort=False):
        values = own["q_tail"].dropna().to_numpy()
        middle, low, high = math.nan, math.nan, math.nan
        if len(values):
            middle = statistics.iqm([values])
            if not tables.deterministic(own):
                low, high = statistics.stratified_bootstrap([values], statistics.iqm, 0, reps=1000)
        rows.append((task, method, middle, low, high))
    return pd.DataFrame(rows, columns=[*CELL, "iqm", "iqm low", "iqm high"])


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """By rate of success, then by q where it was measured; methods that are equal in both share a
    rank."""
    median = table["q_tail median"]
    key = pd.DataFrame({"rate": -table["rate"], "q": median.fillna(math.inf)})
    place = {task: i for i, task in enumerate(table["task"].unique())}
    order = key.assign(task=table["task"].map(place)).sort_values(["task", "rate", "q"])
    table, key = table.loc[order.index], key.loc[order.index]
    pairs = list(zip(table["task"], key["rate"], key["q"], strict=True))
    ranks: list[int] = []
    for i, (task, *_) in enumerate(pairs):
        same = i > 0 and pairs[i - 1] == pairs[i]
        first = next(j for j, pair in enumerate(pairs) if pair[0] == task)
        ranks.append(ranks[-1] if same else i - first + 1)
    table.insert(1, "rank", ranks)
    return table.reset_index(drop=True)


class Answer(NamedTuple):
    """What is said of one task: `leads` in one sentence, `search` how often trials of any setting
    succeeded (empty without a search), `unsure` what the data cannot say (empty where everything
    is decided)."""

    task: str
    leads: str
    search: str
    unsure: str


def answers(
    ranked: pd.DataFrame,
    outcomes: pd.DataFrame,
    pairs: pd.DataFrame,
    baseline: pd.DataFrame | None,
    success: str,
) -> list[Answer]:
    """One answer per task from the tables of `ranking`, `tables.outcomes` (of all trials),
    `comparing.pairwise` and `comparing.against` (None: no baseline)."""
    return [
        Answer(
            str(task),
            _leads(rows, baseline, success),
            _search(rows, outcomes[outcomes["task"] == task], baseline, success),
            _unsure(rows, pairs[pairs["task"] == task]),
        )
        for task, rows in ranked.groupby("task", sort=False)
    ]


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
    found = "" if row["interval"] == tables.NONE else f", {_limits(row)}"
    return f"{row['success']} of {row['trials']} trials ({rate}{found})"


def _limits(row: pd.Series) -> str:
    over = f" {tables.OVER_GRID}" if row["interval"] == tables.OVER_GRID else ""
    return f"{100 * row['low']:.0f} to {100 * row['high']:.0f} %{over}"


def _rate(row: pd.Series, success: str) -> str:
    if row["interval"] == tables.NONE:
        beside = "deterministic: one run is all there is"
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
        closest = "" if math.isnan(median) else f"; {name} has the lowest median q, {median:.2g}"
        return f"no method succeeded: 0 of {total} trials {success}{closest}."
    level = rows.loc[rows["rate"] == best["rate"], "method"]
    verb = "leads"
    if len(level) > 1:
        others = ", ".join(f"`{method}`" for method in level[1:])
        lowest = " (with the lowest q) and, with the same rate," if measured else " and"
        name, verb = f"{name}{lowest} {others}", "lead"
    return f"{name} {verb}: {_rate(best, success)}{_over_baseline(best, baseline)}."


def _over_baseline(best: pd.Series, baseline: pd.DataFrame | None) -> str:
    if baseline is None or baseline.empty:
        return ""
    same = baseline[(baseline["task"] == best["task"]) & (baseline["method"] == best["method"])]
    if same.empty:
        return ""
    row = same.iloc[0]
    what = f"`{best['method']}` is better than the baseline `{row['other']}`"
    shown = what if comparing.decided(row) else f"not shown is that {what}"
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
        "; the seeds are those per method that would tell in "
        f"{100 * statistics.POWER:.0f} % of the cases, at the level after correction, were the "
        "difference as large as it looks."
    )
    seeds = counted if open_["seeds"].notna().any() else "."
    return f"Over all pairs of methods the data cannot tell `{best}` from {listed}{seeds}"


def _order(seeds: float) -> float:
    return math.inf if math.isnan(seeds) else seeds
