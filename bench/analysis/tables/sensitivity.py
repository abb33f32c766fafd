"""The dependence of each method on its hyper-parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis import statistics
from bench.analysis.tables import outcomes
from bench.analysis.tables.outcomes import CELL
from bench.analysis.verdicts import Verdict

CELLS = 10
"""Most values of a hyper-parameter that have a cell each in a figure."""


def _narrow(frame: pd.DataFrame, hparams: Sequence[str] = ()) -> pd.DataFrame:
    """The columns that are needed here, of hundreds: each part of a frame copies all it has."""
    own = ("outcome", "status", "deterministic", "raced", "q_tail")
    needed = dict.fromkeys([*CELL, *hparams, *own])
    return frame[[name for name in needed if name in frame]]


def searched(trials: pd.DataFrame, hparams: Sequence[str]) -> list[str]:
    """The hyper-parameters that vary among trials of one task and method, without those that are
    tied to an earlier one (equal values everywhere)."""
    names = [name for name in hparams if len(trials[name].dropna().drop_duplicates()) > 1]
    kept: list[str] = []
    for name in names:
        if not any(_tied(trials[name], trials[other]) for other in kept):
            kept.append(name)
    return kept


def _tied(first: pd.Series, second: pd.Series) -> bool:
    pairs = pd.DataFrame({"a": first, "b": second}).drop_duplicates()
    return len(pairs) == pairs["a"].nunique() == pairs["b"].nunique()


def window(trials: pd.DataFrame, hparams: Sequence[str]) -> str:
    """The hyper-parameter that was searched for the most methods; "" where none was for two."""
    methods: dict[str, set[str]] = {}
    for (_, method), own in trials[[*CELL, *hparams]].groupby(list(CELL), sort=False):
        for name in searched(own, hparams):
            methods.setdefault(name, set()).add(str(method))
    name = max(methods, key=lambda name: len(methods[name]), default="")
    return name if len(methods.get(name, ())) > 1 else ""


def windows(frame: pd.DataFrame, hparams: Sequence[str], success: str) -> pd.DataFrame:
    """The table behind the figure of that name, with intervals. It has a row per task, method and
    value of the hyper-parameter that was searched for most methods (columns as of
    `outcomes.outcomes`). It is empty where there is none, or where it has more values than the
    figure has cells (a random search)."""
    name = window(frame, hparams)
    if not name or frame[name].nunique() > CELLS:
        return pd.DataFrame()
    known = frame[frame[name].notna()]
    places = [known[key].map({v: i for i, v in enumerate(known[key].unique())}) for key in CELL]
    ordered = known.iloc[np.lexsort([known[name], *places[::-1]])]
    table = outcomes.outcomes(ordered, success, [*CELL, name])
    return table[[*CELL, name, "trials", "success", "rate", "low", "high", "interval", "failed"]]


def settings(trials: pd.DataFrame, names: Sequence[str], success: str) -> list[np.ndarray]:
    """1 for each seed that succeeded, 0 for the others, by setting of one task and method ->
    [settings][seeds]."""
    hit = (trials["outcome"] == success).astype(float)
    keys = [trials[name] for name in names]
    return [own.to_numpy() for _, own in hit.groupby(keys, dropna=False)]


def table(
    frame: pd.DataFrame, hparams: Sequence[str], success: str = Verdict.CONVERGED
) -> pd.DataFrame:
    """A row per task and method with more than one setting.

    Columns: task, method, settings and trials (numbers of them), works (the share of the settings
    that succeed on at least 80 % of their seeds) with "works low" and "works high" (its two-level
    bootstrap interval; Wilson's where all resamples are alike; none of a race), "random rate" (the
    rate of success of a random setting), "best q" and "median q" (of the median q_tail of each
    setting, the lowest and the middle one), importance (the hyper-parameters and pairs of them with
    at least 1 % of the variance of the ranks of q_tail, the largest share first, in words: "lr_g
    70%, r1.gamma 12%")."""
    rows = []
    filled = outcomes.with_failures(_narrow(frame, hparams), ["q_tail"])
    for (task, method), trials in filled.groupby(list(CELL), sort=False):
        names = searched(trials, hparams)
        if names:
            rows.append(
                {
                    "task": task,
                    "method": method,
                    **_works(trials, names, success),
                    **_gap(trials, names),
                    **_importance(trials, names),
                }
            )
    return pd.DataFrame(rows)


def _works(trials: pd.DataFrame, names: list[str], success: str) -> dict[str, Any]:
    groups = settings(trials, names, success)
    share = statistics.share_that_works(groups, seed=0)
    low, high = share.interval
    if outcomes.deterministic(trials) or outcomes.raced(trials):
        low = high = math.nan
    elif low == high:  # all resamples are alike, which is no certainty
        low, high = statistics.wilson(round(share.share * len(groups)), len(groups))
    return {
        "settings": len(groups),
        "trials": len(trials),
        "works": share.share,
        "works low": low,
        "works high": high,
        "random rate": float((trials["outcome"] == success).mean()),
    }


def _gap(trials: pd.DataFrame, names: list[str]) -> dict[str, float]:
    medians = trials.groupby(names, dropna=False)["q_tail"].median().dropna().to_numpy()
    if not len(medians):
        return {"best q": math.nan, "median q": math.nan}
    ordered = np.sort(medians)
    return {"best q": float(ordered[0]), "median q": float(ordered[len(ordered) // 2])}


def _importance(trials: pd.DataFrame, names: list[str]) -> dict[str, str]:
    known = trials.dropna(subset=["q_tail"])
    if len(known) < 2:
        return {"importance": ""}
    found = statistics.importance({n: known[n].tolist() for n in names}, known["q_tail"])
    shares = {**found.main, **{f"{a} x {b}": share for (a, b), share in found.pairs.items()}}
    order = sorted(shares, key=lambda name: -shares[name])
    return {"importance": ", ".join(f"{n} {shares[n]:.0%}" for n in order if shares[n] >= 0.01)}


def best_of_k(trials: pd.DataFrame) -> pd.DataFrame:
    """The q_tail that the best of k random trials of one task and method reaches.

    Columns: k, median, low, high (quartiles of the best of k; infinity where failures are still
    likely), expected (the mean; infinite as soon as k failures can be drawn). At most 40 values of
    k, up to the number of trials.
    """
    values = outcomes.with_failures(_narrow(trials), ["q_tail"])["q_tail"].dropna().to_numpy()
    return _best(tuple(values.tolist())).copy()


@lru_cache(maxsize=1024)
def _best(values: tuple[float, ...]) -> pd.DataFrame:
    """`best_of_k` of values. A report has it as a table, and in a figure of two widths."""
    n = max(len(values), 1)
    ks = np.arange(1, n + 1) if n <= 40 else np.unique(np.geomspace(1, n, 40).round().astype(int))
    rows = [
        (
            k,
            *statistics.bests_of(values, k, (0.5, 0.25, 0.75)),
            statistics.expected_best(values, k),
        )
        for k in ks.tolist()
        if len(values)
    ]
    table = pd.DataFrame(rows, columns=["k", "median", "low", "high", "expected"])
    return table.astype(dict.fromkeys(table.columns[1:], float) | {"k": int})


def best_of_k_table(frame: pd.DataFrame) -> pd.DataFrame:
    """`best_of_k` of every task and method, with those columns in front."""
    parts = [
        best_of_k(trials).assign(task=str(task), method=str(method))
        for (task, method), trials in _narrow(frame).groupby(list(CELL), sort=False)
    ]
    whole = pd.concat(parts, ignore_index=True)
    return whole[[*CELL, *(name for name in whole if name not in CELL)]]


def transfer(frame: pd.DataFrame, hparams: Sequence[str], success: str) -> pd.DataFrame:
    """The best setting of a method on one task (by rate of success, then q), tried on another.

    Columns: method, chosen_on, reported_on, setting, trials, rate; a row per ordered pair of tasks
    that have that setting.
    """
    rows = []
    filled = outcomes.with_failures(_narrow(frame, hparams), ["q_tail"])
    for method, own in filled.groupby("method", sort=False):
        names = searched(own, hparams)
        if not names or own["task"].nunique() < 2:
            continue
        groups = own.assign(hit=own["outcome"] == success).groupby(["task", *names], sort=False)
        scores = groups.agg(rate=("hit", "mean"), q=("q_tail", "median"), trials=("hit", "size"))
        scores = scores.reset_index()
        for task in own["task"].unique():
            best = scores[scores["task"] == task].sort_values(
                ["rate", "q"], ascending=[False, True], kind="stable"
            )
            if len(best):
                rows += _elsewhere(best.iloc[0], scores, names, str(method))
    columns = ["method", "chosen_on", "reported_on", "setting", "trials", "rate"]
    return pd.DataFrame(rows, columns=columns)


def _elsewhere(
    best: pd.Series, scores: pd.DataFrame, names: list[str], method: str
) -> list[tuple[Any, ...]]:
    same = scores[(scores[names] == best[names]).all(axis=1) & (scores["task"] != best["task"])]
    text = ", ".join(f"{name}={best[name]:g}" for name in names)
    return [
        (method, best["task"], row["task"], text, row["trials"], row["rate"])
        for row in same.to_dict("records")
    ]
