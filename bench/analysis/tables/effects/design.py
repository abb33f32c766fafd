"""Trials of one task -> the full factorial among them: every level with every other, every seed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

PREFIX = "factor."
"""The columns of the frame that hold the levels of declared factors begin with this."""

Level = Hashable
Cell = tuple[Level, ...]


@dataclass(frozen=True)
class Design:
    """A full factorial: each seed has a trial in each cell."""

    task: str
    """The task."""
    levels: Mapping[str, Sequence[Level]]
    """Factor -> its levels: numbers by size, words in the order of the trials."""
    seeds: tuple[int, ...]
    """The seeds, each of which has all cells."""
    trials: pd.DataFrame
    """The trials that belong to it."""
    left: tuple[str, ...] = ()
    """Sentences about what was left out."""

    @property
    def cells(self) -> int:
        """The number of cells."""
        return math.prod(len(levels) for levels in self.levels.values())

    def table(self, outcome: np.ndarray) -> np.ndarray:
        """The mean of an `outcome` of the trials [n] in each cell of each seed, [seeds, levels of
        the first factor, levels of the second, ...]."""
        names = [PREFIX + name for name in self.levels]
        keys = ["seed", *names]
        means = (
            self.trials[keys].assign(outcome=outcome).groupby(keys, sort=False)["outcome"].mean()
        )
        order = itertools.product(self.seeds, *self.levels.values())
        shape = [len(self.seeds), *(len(levels) for levels in self.levels.values())]
        return means.reindex(pd.MultiIndex.from_tuples(order)).to_numpy().reshape(shape)


def design(trials: pd.DataFrame) -> Design | None:
    """Find the full factorial among the trials of one task, whose factors are the columns
    "factor.<name>" of the frame. None where none was declared.

    A level that was not crossed with all others (that of a control, say) is left out; so is a seed
    that has not all cells yet, and a factor of which one level remains. A trial that failed is in
    it: its outcome is a failure. Where less than two factors or seeds remain, the design has no
    seeds, and `left` says why.
    """
    columns = [str(c) for c in trials if str(c).startswith(PREFIX) and trials[c].notna().any()]
    if not columns:
        return None
    task, left = str(trials["task"].iloc[0]), []
    known = trials[trials[columns].notna().all(axis=1)]
    if len(known) < len(trials):
        left.append(f"{len(trials) - len(known)} trials that have not all factors")
    known, dropped = _crossed(known, columns)
    left += dropped
    levels = {
        c.removeprefix(PREFIX): _levels(known[c]) for c in columns if len(_levels(known[c])) > 1
    }
    names = [PREFIX + name for name in levels]
    cells = math.prod(len(own) for own in levels.values())
    # The seeds that have all cells.
    count = known[["seed", *names]].drop_duplicates().groupby("seed").size()
    seeds = tuple(int(seed) for seed in count.index[count == cells])
    if len(seeds) < len(count):
        left.append(f"{len(count) - len(seeds)} of {len(count)} seeds that have not all cells")
    if len(levels) < 2 or len(seeds) < 2:
        why = "fewer than two factors vary" if len(levels) < 2 else "fewer than two whole seeds"
        return Design(task, levels, (), known.head(0), (*left, why))
    return Design(task, levels, seeds, known[known["seed"].isin(seeds)], tuple(left))


def _levels(values: pd.Series) -> list[Level]:
    found = values.unique().tolist()
    numbers = all(isinstance(value, int | float) for value in found)
    return sorted(found) if numbers else found


def _crossed(trials: pd.DataFrame, columns: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The trials without the levels that were not crossed, and a sentence for each of these. The
    level with the smallest share of its cells goes first, until every cell is there."""
    dropped: list[str] = []
    while True:
        cells = trials[list(columns)].drop_duplicates()
        counts = {column: cells[column].value_counts(sort=False) for column in columns}
        whole = math.prod(len(count) for count in counts.values())
        if len(cells) == whole:
            return trials, dropped
        shares = [
            (count / (whole / len(counts[column])), column, level)
            for column in columns
            for level, count in counts[column].items()
        ]
        _, column, level = min(shares, key=lambda one: one[0])
        name = column.removeprefix(PREFIX)
        dropped.append(f"{name} = {level}, which was not crossed with all other levels")
        trials = trials[trials[column] != level]
