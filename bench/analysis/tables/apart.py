"""The pairs of methods that the data tell apart on a task, and those that they do not."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from bench.analysis.tables import comparing
from bench.analysis.tables.races import UNRACED

MOST = 18
"""Methods beyond which only the leaders have their pairs shown."""


class Pair(NamedTuple):
    """Two methods and what the data say of them."""

    told: bool | None
    """True where the data tell the two apart, False where not; None: they were not compared."""
    why: str
    """The test with its adjusted p, or the reason why there is none; what would decide it."""


class Apart(NamedTuple):
    """The pairs of the methods of a task."""

    task: str
    """The task."""
    methods: tuple[str, ...]
    """The methods, the best first: `MOST` at most."""
    left_out: int
    """The number of methods that are not among them, which did worse."""
    rows: tuple[tuple[Pair, ...], ...]
    """Row i has the pairs of method i with the methods 0 to i - 1."""

    @property
    def unsure(self) -> int:
        """The number of methods that cannot be told from the best."""
        return sum(row[0].told is False for row in self.rows[1:])

    @property
    def told(self) -> int:
        """The number of pairs that the data tell apart."""
        return sum(pair.told is True for row in self.rows for pair in row)

    @property
    def pairs(self) -> int:
        """The number of pairs."""
        return sum(len(row) for row in self.rows)


def apart(ranked: pd.DataFrame, pairs: pd.DataFrame) -> list[Apart]:
    """The pairs of each task with at least two methods, from the tables of `ranking` (for the
    order) and `comparing.pairwise`."""
    found = []
    for task, own in ranked.groupby("task", sort=False):
        methods = tuple(map(str, own["method"]))
        if len(methods) > 1:
            found.append(_of_task(str(task), methods, pairs[pairs["task"] == task]))
    return found


def _of_task(task: str, methods: tuple[str, ...], pairs: pd.DataFrame) -> Apart:
    records = pairs.to_dict("records")
    known = {frozenset((str(row["method"]), str(row["other"]))): row for row in records}
    shown = methods[:MOST]
    rows = tuple(
        tuple(_pair(known.get(frozenset((method, other)))) for other in shown[:i])
        for i, method in enumerate(shown)
    )
    return Apart(task, shown, len(methods) - len(shown), rows)


def _pair(row: dict[Any, Any] | None) -> Pair:
    if row is None:
        return Pair(None, "not compared")
    why = comparing.why(row)
    if row["primary"] == UNRACED:
        return Pair(None, why)
    if comparing.decided(row):
        return Pair(True, why)
    seeds = row["seeds"]
    found = "no difference seen" if seeds != seeds else f"{seeds:.0f} seeds would decide"
    tested = row["primary"] in (comparing.RATES, comparing.RANKS)
    return Pair(False, f"{why}; {found}" if tested else why)
