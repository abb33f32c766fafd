"""Time to convergence per task and method."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.analysis import statistics
from bench.analysis.frame import budgets
from bench.analysis.tables.outcomes import CELL, deterministic
from bench.analysis.verdicts import thresholds


class Times(NamedTuple):
    """The times to convergence of n trials, censored at the budget."""

    steps: np.ndarray
    """The step [n] at which a trial first reached the criterion. A trial that did not has the full
    budget, also when it broke off before. Under a budget in gradients they are gradients."""
    reached: np.ndarray
    """True [n] for a trial that reached the criterion."""


def times(trials: pd.DataFrame) -> Times:
    """The time to convergence of each trial, censored at the budget."""
    at = trials["converged_at"].to_numpy(dtype=float) * budgets.scale(trials)
    reached = ~np.isnan(at)
    return Times(np.where(reached, at, budgets.length(trials)), reached)


def holds(trials: pd.DataFrame) -> np.ndarray:
    """True where the criterion holds at the end of each trial (in the tail, see `thresholds.MOST`),
    whenever it was reached; False for a trial that broke off -> bool [n]."""
    if "rule.success" not in trials:
        return np.zeros(len(trials), bool)
    return trials["rule.success"].to_numpy(dtype=float) >= thresholds.MOST


def table(frame: pd.DataFrame, untested: Collection[str] = ()) -> pd.DataFrame:
    """A row per task and method that has a criterion to converge to.

    Columns: task, method, trials, reached (the criterion held at 4 successive evaluations, even if
    it was lost later), "held at the end" (it holds in the tail), relapsed (it was lost at least
    once), unit (steps or gradients, of what follows), "time" with its low and high (quartiles of
    Kaplan-Meier until it was reached; infinity: it was not), ert (time per trial that reached it,
    failures at the full budget), par10, p_logrank (all methods of the task equally fast?; none
    where they are deterministic, or a seed has trials at several settings, or on the tasks
    `untested`, whose numbers of seeds depend on the outcomes).
    """
    rows = []
    known = frame[frame["criterion"].fillna("") != ""]
    for task, trials in known.groupby("task", sort=False):
        own = {str(m): part for m, part in trials.groupby("method", sort=False)}
        groups = {method: times(part) for method, part in own.items()}
        test = statistics.logrank(
            [g.steps for g in groups.values()], [g.reached for g in groups.values()]
        )
        tested = len(groups) > 1 and not deterministic(trials) and not _repeated(trials)
        tested = tested and task not in untested
        for method, group in groups.items():
            low, median, high = (_quantile(group, share) for share in (0.25, 0.5, 0.75))
            budget = float(budgets.length(trials).max())
            rows.append(
                {
                    **dict(zip(CELL, (task, method), strict=True)),
                    "trials": len(group.steps),
                    "reached": int(group.reached.sum()),
                    "held at the end": int(holds(own[method]).sum()),
                    "relapsed": int((own[method]["relapses"] > 0).sum()),
                    "unit": "gradients" if budgets.in_gradients(trials) else "steps",
                    "time median": median,
                    "time low": low,
                    "time high": high,
                    "ert": statistics.ert(*group),
                    "par10": statistics.par10(*group, budget=budget),
                    "p_logrank": test.p if tested else math.nan,
                }
            )
    return pd.DataFrame(rows)


def _repeated(trials: pd.DataFrame) -> bool:
    """True where a method has several trials of one seed, at several settings: they are no
    independent trials, and a test would take them for such."""
    return bool(trials.duplicated(["method", "seed"]).any())


def _quantile(group: Times, share: float) -> float:
    curve = statistics.kaplan_meier(*group)
    reached = curve.steps[curve.share <= 1 - share + 1e-12]
    return float(reached[0]) if len(reached) else math.inf
