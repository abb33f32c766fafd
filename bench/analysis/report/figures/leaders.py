"""The methods in the order of what they reach: who is in colour where not all can be."""

from __future__ import annotations

import pandas as pd

from bench.analysis import plots
from bench.analysis.tables.findings import Findings


def order(findings: Findings, task: str = "") -> list[str]:
    """The methods of a task as the ranking has them, the best first, and then those that are not
    ranked. Without a task, by their mean rank over the tasks."""
    ranked = findings.tables.get("ranking", pd.DataFrame(columns=["task", "method", "rank"]))
    own = ranked[ranked["task"] == task] if task else ranked
    mean = own.groupby("method", sort=False)["rank"].mean().sort_values(kind="stable")
    return list(dict.fromkeys([*map(str, mean.index), *findings.methods]))


def look(findings: Findings) -> dict[str, plots.Look]:
    """The looks of all methods: those that lead on a task, or over all, have different colours."""
    methods = findings.methods
    yardsticks = set(methods) - set(findings.compared["method"].unique())
    if len(methods) - len(yardsticks) <= plots.EIGHT:
        return plots.looks(methods, yardsticks=yardsticks)
    orders = [order(findings, task) for task in ["", *findings.tasks]]
    return plots.looks(methods, orders, yardsticks)


def seen(findings: Findings, task: str = "") -> tuple[dict[str, plots.Look], list[str]]:
    """The looks of all methods, and the methods of a task (or over all) from the best on."""
    return look(findings), order(findings, task)
