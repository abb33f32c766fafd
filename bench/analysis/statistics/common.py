"""Defines the level, the interval and the input of all statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

LEVEL = 0.95
"""Confidence level of intervals."""
ALPHA = 0.05
"""Level of significance."""
POWER = 0.8
"""Probability with which a difference is to be found."""

Scores = Sequence[np.ndarray]
"""One array of runs per task; tasks may have different numbers of runs."""


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    """Its lower end."""
    high: float
    """Its upper end."""


def runs(values: ArrayLike) -> np.ndarray:
    """Values of runs as floats [n], infinite ones allowed. Raises ValueError for NaN: a run that
    failed has the worst value, not none."""
    found = np.ravel(np.asarray(values, dtype=float))
    if np.isnan(found).any():
        raise ValueError("NaN among the runs: give a run that failed the worst value")
    return found
