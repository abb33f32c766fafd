"""Compares the values of a trial with those that a reference names."""

from __future__ import annotations

import math
from typing import Any

from bench.trial import Scalar


def same(value: Any, wanted: Scalar) -> bool:
    """True where a hyper-parameter or an option has the value that is wanted. None or NaN stands
    for one that the trial does not have. "x3" of a recommended number is a product, so it is
    rounded."""
    if value is None or isinstance(value, str) or isinstance(wanted, str | bool):
        return bool(value == wanted)
    return math.isclose(value, wanted, rel_tol=1e-9)
