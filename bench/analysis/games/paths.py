"""The paths of trials of games of two numbers, as their results have stored them."""

from __future__ import annotations

from pathlib import Path as Folder
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.store import Store
from bench.trial import Result, Trial

Array = np.ndarray


class Path(NamedTuple):
    """The motion of one trial."""

    trial: Trial
    """The trial."""
    first: Array
    """(theta, psi) at the start and after each of the first steps, [T, 2]."""
    later: Array
    """(theta, psi) at the evaluations after these, [E, 2]."""
    steps: Array
    """The steps of all evaluations, [A]."""
    radius: Array
    """The distance to the origin at the evaluations, [A]."""


def paths(trials: pd.DataFrame) -> dict[str, Path]:
    """Method -> the path of its first trial that has one. `trials` are rows of `bench.load` of one
    task. Raises StoreError for a file that cannot be read."""
    found: dict[str, Path] = {}
    for sweep, id, method in zip(trials["sweep"], trials["id"], trials["method"], strict=True):
        if method not in found:
            path = of(Store(Folder(sweep)).read(id))
            if path is not None:
                found[str(method)] = path
    return found


def of(result: Result) -> Path | None:
    """The path that a result has stored; None where it has none."""
    stored = result.facts.get("path")
    if not stored or not stored["theta"]:
        return None
    first = np.array([stored["theta"], stored["psi"]], float).T
    curves = {
        name: np.array(result.curves.get(name, []), float)
        for name in ("step", "theta", "psi", "radius")
    }
    after = curves["step"] >= len(first)
    later = np.array([curves["theta"][after], curves["psi"][after]]).T
    return Path(result.trial, first, later, curves["step"], curves["radius"])
