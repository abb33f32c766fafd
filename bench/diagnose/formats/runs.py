"""Puts the columns of a file in order: which of them counts the steps, and where a run begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from bench.console import count
from bench.diagnose.columns import STEPS, is_step
from bench.diagnose.log import Column, Log, LogError, Series

SHUFFLED = 0.1
"""The share of falling steps from which on a file is out of order, and not several runs."""


def logs(
    name: str, form: str, columns: Mapping[str, Column], notes: tuple[str, ...] = ()
) -> tuple[Log, ...]:
    """The runs of one file, in its order. Raises LogError where no column holds a number.

    Rows without a step take that of the row before.
    """
    series = {one: own for one, own in columns.items() if len(own.values) and not is_step(one)}
    if not series:
        text = "no numbers in it that are called something; a loss is written as Loss_G: 0.7"
        raise LogError(f"{name}: {text}, as a CSV with a header or as JSON lines")
    rows = 1 + max(int(own.rows[-1]) for own in columns.values() if len(own.rows))
    steps, said = _steps(columns, rows)
    order, starts, told = _order(steps)
    found = tuple(
        Log(f"{name}{label}", form, own, (*notes, *said, *told))
        for label, own in _split(series, steps, order, starts)
    )
    if not found:
        raise LogError(f"{name}: no series has a value")
    return found


def _steps(columns: Mapping[str, Column], rows: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """The step of every row, by the finest column that does not begin anew with each epoch."""
    named = sorted((name for name in columns if is_step(name)), key=_fineness)
    usable = [name for name in named if len(columns[name].values)]
    filled = {name: _filled(columns[name], rows) for name in usable}
    for name in usable:
        falls = int(np.sum(np.diff(filled[name]) < 0))
        others = [o for o in usable if o != name and not (np.diff(filled[o]) < 0).any()]
        within = falls and any(len(np.unique(filled[o])) > falls for o in others)
        if np.ptp(filled[name]) > 0 and not within:
            return filled[name], ()
        if within:
            return np.arange(rows, dtype=float), (
                f"{name} begins anew with each {others[0]}: rows are counted instead",
            )
    if usable and np.ptp(filled[usable[0]]) == 0 and rows > 1:
        said = f"{usable[0]} stands still: rows are counted instead"
        return np.arange(rows, dtype=float), (said,)
    return np.arange(rows, dtype=float), ("no column of steps: rows are counted",)


def _fineness(name: str) -> int:
    plain = "".join(c for c in name.lower().rpartition("/")[2] if c.isalpha())
    return STEPS.index(plain)


def _filled(column: Column, rows: int) -> np.ndarray:
    """The values of a column in all rows; those before the first take the first."""
    kept = np.isfinite(column.values)
    if not kept.any():
        return np.zeros(rows)
    values, places = column.values[kept], column.rows[kept]
    at = np.searchsorted(places, np.arange(rows), side="right") - 1
    found: np.ndarray = values[np.maximum(at, 0)]
    return found


def _order(steps: np.ndarray) -> tuple[np.ndarray, list[int], tuple[str, ...]]:
    """The order of the rows, the places in it at which runs begin, and words on both.

    A step back to the first one or before it begins a run; one into what was already logged is a
    training that went on from a checkpoint, whose later values count. With many steps back, rows
    are out of order.
    """
    falls = np.flatnonzero(np.diff(steps) < 0) + 1
    if not len(falls):
        return np.arange(len(steps)), [0], ()
    if len(steps) > 2 and len(falls) > max(1, SHUFFLED * len(steps)):
        return np.argsort(steps, kind="stable"), [0], ("steps are out of order: sorted",)
    starts, kept, begin, gone = [0], np.ones(len(steps), bool), 0, 0
    for place in falls:
        if steps[place] <= steps[begin]:
            begin = int(place)
            starts.append(begin)
            continue
        again = np.flatnonzero(kept[begin:place] & (steps[begin:place] >= steps[place])) + begin
        kept[again] = False
        gone += len(again)
    order = np.flatnonzero(kept)
    begins = [int(np.searchsorted(order, start)) for start in starts]
    said = []
    if len(starts) > 1:
        said.append(f"{len(starts)} runs stand in it one after the other: each is looked at alone")
    if gone:
        said.append(f"steps go back: {count(gone, 'row')} that a later one repeats are left out")
    return order, begins, tuple(said)


def _split(
    series: Mapping[str, Column], steps: np.ndarray, order: np.ndarray, starts: list[int]
) -> Iterator[tuple[str, dict[str, Series]]]:
    """Yield for each run its label and its series."""
    place = np.full(len(steps), -1)
    place[order] = np.arange(len(order))
    ends = [*starts[1:], len(order)]
    for number, (begin, end) in enumerate(zip(starts, ends, strict=True), 1):
        own = {}
        for name, column in series.items():
            at = place[column.rows]
            inside = np.flatnonzero((at >= begin) & (at < end))
            inside = inside[np.argsort(at[inside], kind="stable")]
            if len(inside):
                own[name] = Series(steps[column.rows[inside]], column.values[inside])
        if own:
            yield (f" (run {number})" if len(starts) > 1 else ""), own
