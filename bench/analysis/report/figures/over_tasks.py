"""Figures over all tasks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.analysis import plots, statistics
from bench.analysis.declared import Drawn, figure
from bench.analysis.report.figures import leaders
from bench.analysis.tables import outcomes
from bench.analysis.tables.findings import Findings


@figure("profiles", over_tasks=True)
def _profiles(findings: Findings) -> Drawn | None:
    """Share of the trials with q at most τ, as a mean over the tasks{bands}.
    Shown are the methods that were run on all tasks."""
    trials, common = _on_all_tasks(findings)
    if len(common) < 2:
        return None
    bands = "" if outcomes.raced(trials) else ", with 95 % bootstrap bands"
    return Drawn(plots.profiles(trials, common, *leaders.seen(findings)), {"bands": bands})


class MeanRanks(NamedTuple):
    """The mean ranks of methods over blocks, and the difference that counts."""

    methods: list[str]
    """The methods that were run on all tasks."""
    ranks: np.ndarray
    """The mean rank of each [methods], 1 the best."""
    blocks: int
    """The number of blocks."""
    unit: str
    """The meaning of a block, in words."""
    p: float
    """The p of Friedman's test."""
    distance: float
    """Nemenyi's critical difference: ranks that differ by less cannot be told apart."""

    @property
    def separates(self) -> bool:
        """True where at least two methods can be told apart, so that there is something to see."""
        return bool(np.ptp(self.ranks) >= self.distance)


def mean_ranks(findings: Findings) -> MeanRanks | None:
    """The mean ranks of q over all tasks; None of fewer than three methods or two blocks, or where
    a race has decided the numbers of seeds."""
    if findings.raced:
        return None
    trials, common = _on_all_tasks(findings)
    if len(common) < 3:
        return None
    scores, unit = blocks(trials)
    if len(scores) < 2 or scores.shape[1] < 3:
        return None
    found = statistics.friedman(scores.to_numpy())
    methods = list(map(str, scores))
    distance = statistics.critical_difference(len(methods), len(scores))
    return MeanRanks(methods, found.ranks, len(scores), unit, found.p, distance)


@figure("critical_difference", over_tasks=True)
def _critical_difference(findings: Findings) -> Drawn | None:
    """Mean ranks of q over {count} blocks (each {unit}), Friedman p = {p}. A bar joins methods
    whose ranks cannot be told apart. It depends on the other methods in the figure as well: the
    table of all pairs has the tests that decide."""
    found = mean_ranks(findings)
    if found is None or not found.separates:
        return None
    look = leaders.look(findings)
    drawn = plots.critical_difference(found.methods, found.ranks, found.blocks, look)
    return Drawn(drawn, {"count": str(found.blocks), "unit": found.unit, "p": f"{found.p:.2g}"})


def _on_all_tasks(findings: Findings) -> tuple[pd.DataFrame, list[str]]:
    """The methods that were run on every task on which q ranks them, and their trials there."""
    trials = _ranked_by_q(findings.compared)
    tasks = trials["task"].nunique()
    count = trials.groupby("method", sort=False)["task"].nunique()
    common = [str(method) for method in count.index[count == tasks]]
    return trials[trials["method"].isin(common)], common


def _ranked_by_q(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials of those tasks on which q was measured and chance takes part: without chance, q is
    of a game, and other runs would be the same."""
    groups = (own for _, own in trials.groupby("task", sort=False))
    kept = [o for o in groups if o["q_tail"].notna().any() and not outcomes.deterministic(o)]
    return pd.concat(kept) if kept else trials.head(0)


def blocks(trials: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """q_tail [blocks, methods] and what a block is: a task (median over its trials) where there
    are at least 3, else a seed on a task; incomplete blocks are left out, failures are infinite."""
    filled = outcomes.with_failures(trials, ["q_tail"])
    few = trials["task"].nunique() < 3
    wide = filled.pivot_table(
        index=["task", "seed"] if few else ["task"],
        columns="method",
        values="q_tail",
        aggfunc=_middle,
        sort=False,
    )
    # without a method of which q was never measured
    wide = wide[[name for name in dict.fromkeys(trials["method"]) if name in wide]].dropna()
    return (
        wide,
        "a seed on a task, so that the ranks hold for these tasks only"
        if few
        else "a task, median over its seeds",
    )


def _middle(values: pd.Series) -> float:
    return outcomes.spread(values.to_numpy(dtype=float)).median if values.notna().any() else np.nan
