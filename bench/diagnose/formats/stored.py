"""Reads trials of our own: a results folder, or a packed one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.analysis import verdicts
from bench.diagnose.log import Log, LogError, Series
from bench.store import Store, StoreError
from bench.trial import Result


def read(folder: Path, most: int) -> tuple[Log, ...]:
    """The logs of the trials of a results folder, `most` of them at most. Raises LogError."""
    try:
        store = Store(folder)
        ids = sorted(store.ids())
        if not ids:
            raise LogError(f"{folder}: no trial has finished yet")
        left = len(ids) - most
        notes = (f"{left} more trials are not looked at",) if left > 0 else ()
        return tuple(log(f"{folder}: {one[:8]}", store.read(one), notes) for one in ids[:most])
    except StoreError as error:
        raise LogError(str(error)) from error


def holds(path: Path) -> bool:
    """True for the file of a trial in its results folder."""
    return path.suffix == ".json" and path.parent.name == "trials" and len(path.stem) >= 16


def trial(path: Path) -> tuple[Log, ...]:
    """The log of the file of a trial. Raises LogError."""
    try:
        return (log(str(path), Store(path.absolute().parent.parent).read(path.stem)),)
    except StoreError as error:
        raise LogError(str(error)) from error


def log(name: str, result: Result, notes: tuple[str, ...] = ()) -> Log:
    """The log of a trial: its training signals, and what was measured of it as curves."""
    found = {**_series(result.curves), **_series(result.signals)}
    own = verdicts.judge(result)
    said = f"with what was measured of its samples, the verdict is {own.verdict} ({own.rule})"
    if result.error and "what" in result.error:
        broke = f"{result.error['what']} was not finite at step {result.error['step']}"
        said = f"{said}: {broke}, and values are kept before it"
    name = f"{name} ({result.trial.label}, {result.status})"
    return Log(name, "a trial", found, (said, *notes))


def _series(given: Mapping[str, Any]) -> dict[str, Series]:
    steps = np.array(given.get("step", ()), float)
    found = {}
    for name, values in given.items():
        if name != "step" and all(isinstance(v, int | float | None) for v in values):
            known = np.array([np.nan if v is None else v for v in values], float)
            kept = ~np.isnan(known)  # None: not measured
            if kept.any() and len(known) == len(steps):
                found[name] = Series(steps[kept], known[kept])
    return found
