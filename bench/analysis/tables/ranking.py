"""The best method on each task, and how sure that is.

Where hyper-parameters were searched, the best setting is chosen on one half of the seeds and what
it reaches is reported on the other, and the same again with the halves exchanged (cross-fitting):
every seed is reported, each at a setting that was chosen without it. On the same seeds the best of
many would look better than it is (Cawley and Talbot 2010).
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bench.analysis import statistics
from bench.analysis.tables import outcomes
from bench.analysis.tables.outcomes import CELL
from bench.analysis.verdicts import Verdict

POOLED = "all settings"
"""The words in place of a setting where none could be chosen fairly."""


class Evaluated(NamedTuple):
    """The trials on which methods are compared, each method at its best setting."""

    trials: pd.DataFrame
    """A row per trial, with the columns of the frame that it was chosen from."""
    settings: pd.DataFrame
    """A row per task, method and choice of a setting, of which there are two after a search.
    Columns: task, method, setting (text; "" where there is only one), chosen_on and reported_on
    (numbers of trials)."""


def evaluate(
    frame: pd.DataFrame, hparams: Sequence[str], success: str = Verdict.CONVERGED
) -> Evaluated:
    """The trials to compare methods on: all of them where a method has one setting; else each half
    of the seeds (every other one) at the setting that is best on the other half (rate of success,
    then median q_tail). With one seed, nothing can be chosen fairly: all settings."""
    needed = dict.fromkeys([*CELL, *hparams, "seed", "outcome", "status", "q_tail"])
    narrow = frame[[name for name in needed if name in frame]]  # of hundreds of columns
    narrow = narrow.set_axis(pd.RangeIndex(len(frame)))
    parts, rows = [], []
    for (task, method), trials in narrow.groupby(list(CELL), sort=False):
        names = [n for n in hparams if len(trials[n].drop_duplicates()) > 1]
        for choice in _choices(trials, names, success):
            parts.append(choice.trials.index)
            rows.append((task, method, choice.setting, choice.chosen_on, len(choice.trials)))
    columns = ["task", "method", "setting", "chosen_on", "reported_on"]
    return Evaluated(frame.iloc[np.concatenate(parts)], pd.DataFrame(rows, columns=columns))


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
    filled = outcomes.with_failures(trials, ["q_tail"])
    groups = filled.assign(success=filled["outcome"] == success).groupby(names, dropna=False)
    scores = pd.DataFrame({"rate": groups["success"].mean(), "q": groups["q_tail"].median()})
    return scores.sort_values(["rate", "q"], ascending=[False, True], kind="stable")


def _matches(trials: pd.DataFrame, names: list[str], values: tuple[Any, ...]) -> np.ndarray:
    same = [
        (trials[n].isna() if v != v else trials[n] == v) for n, v in zip(names, values, strict=True)
    ]
    every: np.ndarray = np.logical_and.reduce(same)
    return every


def ranking(evaluated: Evaluated, success: str = Verdict.CONVERGED) -> pd.DataFrame:
    """The methods of each task, the best first.

    Columns: task, rank, method, setting, trials, success, rate with its interval (low, high,
    interval: see `outcomes.rated`; where that is Wilson's, Clopper and Pearson's "exact low" and
    "exact high" beside it), failed, "q_tail median", "q_tail low", "q_tail high" (quartiles; a
    failed trial has the worst), "iqm", "iqm low", "iqm high" (bootstrap over the trials; NaN of a
    race).
    """
    table = outcomes.outcomes(evaluated.trials, success)
    kept = ["task", "method", "trials", "success", "rate", "low", "high", "interval", "failed"]
    exact = [_exact(row) for row in table.to_dict("records")]
    table = table[kept].assign(
        **{"exact low": [i[0] for i in exact], "exact high": [i[1] for i in exact]}
    )
    spreads = outcomes.final_metrics(evaluated.trials, ["q_tail"], keep=True)
    table = table.merge(spreads.drop(columns=["trials", "failed"]), on=list(CELL))
    table = table.merge(_iqm(evaluated.trials), on=list(CELL))
    return _ranked(table.merge(_in_words(evaluated.settings), on=list(CELL)))


def _exact(row: dict[Any, Any]) -> tuple[float, float]:
    if row["interval"] != outcomes.WILSON:
        return math.nan, math.nan
    return statistics.clopper_pearson(row["success"], row["trials"])


def _in_words(settings: pd.DataFrame) -> pd.DataFrame:
    """task, method, setting: both, where the halves of the seeds chose different ones."""
    groups = settings.groupby(list(CELL), sort=False)["setting"]
    return groups.agg(lambda chosen: " or ".join(dict.fromkeys(chosen))).reset_index()


def _iqm(trials: pd.DataFrame) -> pd.DataFrame:
    rows = []
    known = (*CELL, "status", "q_tail", "deterministic", "raced")
    filled = outcomes.with_failures(trials[[n for n in known if n in trials]], ["q_tail"])
    for (task, method), own in filled.groupby(list(CELL), sort=False):
        values = own["q_tail"].dropna().to_numpy()
        middle, low, high = math.nan, math.nan, math.nan
        if len(values):
            middle = statistics.iqm([values])
            if not outcomes.deterministic(own) and not outcomes.raced(own):
                low, high = statistics.iqm_interval(values, 0, reps=1000)
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


def __getattr__(name: str) -> Any:
    """The sentences of `bench.analysis.tables.answers`, which stood here once: notebooks say so."""
    if name in ("Answer", "answers"):
        return getattr(importlib.import_module("bench.analysis.tables.answers"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
