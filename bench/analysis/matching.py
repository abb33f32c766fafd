"""Whether a trial has the values that a reference names."""

from __future__ import annotations

import math
from typing import Any

from bench.trial import Scalar


def same(value: Any, wanted: Scalar) -> bool:
    """Whether a hyper-parameter or an option (None or NaN: the trial has none) has the value that
    is wanted. "x3" of a recommended number is a product: rounded."""
    if value is None or isinstance(value, str) or isinstance(wanted, str | bool):
        return bool(value == wanted)
    return math.isclose(value, wanted, rel_tol=1e-9)
