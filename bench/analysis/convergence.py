"""Time to convergence per task and method."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.analysis import budgets, statistics
from bench.analysis.tables import CELL


class Times(NamedTuple):
    """`steps` [n]: where a trial converged, or the full budget where it did not (`converged` [n]
    False), also when it broke off before. Under a budget in gradients they are gradients."""

    steps: np.ndarray
    converged: np.ndarray


def times(trials: pd.DataFrame) -> Times:
    """The time to convergence of each trial, censored at the budget."""
    at = trials["converged_at"].to_numpy(dtype=float) * budgets.scale(trials)
    converged = ~np.isnan(at)
    return Times(np.where(converged, at, budgets.length(trials)), converged)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """A row per task and method that has a criterion to converge to.

    Columns: task, method, trials, converged (reached the criterion at 4 successive evaluations,
    even if it was lost later), unit (steps or gradients, of what follows), "time" with its low and
    high (quartiles of Kaplan-Meier; infinity: not reached), ert (time per success, failures at the
    full budget), par10, p_logrank (all methods of the task equally fast?).
    """
    rows = []
    known = frame[frame["criterion"].fillna("") != ""]
    for task, trials in known.groupby("task", sort=False):
        groups = {m: times(own) for m, own in trials.groupby("method", sort=False)}
        test = statistics.logrank(
            [g.steps for g in groups.values()], [g.converged for g in groups.values()]
        )
        for method, group in groups.items():
            low, median, high = (_quantile(group, share) for share in (0.25, 0.5, 0.75))
            budget = float(budgets.length(trials).max())
            rows.append(
                {
                    **dict(zip(CELL, (task, method), strict=True)),
                    "trials": len(group.steps),
                    "converged": int(group.converged.sum()),
                    "unit": "gradients" if budgets.in_gradients(trials) else "steps",
                    "time median": median,
                    "time low": low,
                    "time high": high,
                    "ert": statistics.ert(*group),
                    "par10": statistics.par10(*group, budget=budget),
                    "p_logrank": test.p if len(groups) > 1 else math.nan,
                }
            )
    return pd.DataFrame(rows)


def _quantile(group: Times, share: float) -> float:
    curve = statistics.kaplan_meier(*group)
    reached = curve.steps[curve.share <= 1 - share + 1e-12]
    return float(reached[0]) if len(reached) else math.inf
