"""A finding: something that a rule sees in a log, with its numbers and its place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """Something that a rule sees in a log."""

    rule: str
    """The rule in two or three words, such as "not finite"."""

    series: str
    """The role of the series that it was seen in."""

    words: str
    """A sentence with the numbers."""

    step: float = math.nan
    """The step at which it begins; NaN for one of the whole course."""

    sick: bool = True
    """False for what is worth knowing and no failure."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    """The numbers that the rule looked at."""

    reliability: str = ""
    """The share of trials that looked so and had failed, in words; "" where none was counted."""
