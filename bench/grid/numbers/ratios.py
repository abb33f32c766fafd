"""Reads numbers that are given as a multiple: "x3" of the number that a method takes otherwise, and
"x4 lr_g" of another number of the same trial."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

_RATIO = re.compile(r"x\s*([^\sA-Za-z]\S*)(?:\s+(\S+))?")


class Times(float):
    """A factor of the number that a method takes on a task without the axis."""


@dataclass(frozen=True)
class Ratio:
    """A multiple of another number."""

    factor: float
    """The factor, above 0."""
    target: str = ""
    """The hyper-parameter that is multiplied; empty: the number that the method takes otherwise."""

    def __str__(self) -> str:
        """The ratio as a recipe or a sweep writes it."""
        return f"x{self.factor:g} {self.target}".rstrip()


def parse(text: str) -> Ratio:
    """Read the ratio "x4", "x4 lr_g" or "lr_g", which is once lr_g.

    Raises ValueError for a factor that is no number above 0.
    """
    match = _RATIO.fullmatch(text)
    if match is None:
        return Ratio(1.0, text)
    factor = float(match[1])
    if not 0 < factor < math.inf:
        raise ValueError(f"a factor of {factor:g} is not above 0")
    return Ratio(factor, match[2] or "")


def rounded(value: float) -> float:
    """Round to four digits: last bits of a computation may differ, and a trial's id would too."""
    return float(f"{value:.4g}")


def resolved(numbers: Mapping[str, float], ratios: Mapping[str, Ratio]) -> dict[str, float]:
    """Resolve the numbers that a recipe gives as ratios, of each other or of their own value in
    `numbers` -> all numbers."""

    def value(name: str) -> float:
        ratio = ratios.get(name)
        if ratio is None:
            return numbers[name]
        return rounded(ratio.factor * (value(ratio.target) if ratio.target else numbers[name]))

    return {**numbers, **{name: value(name) for name in ratios}}
