"""Ranges: what a number of a part can be, written as the annotation of its argument.

    @regularizer
    def r1(d, real, fake, key, *, gamma: NonNegative = 10.0): ...

`bench.registry` reads the annotation, and a sweep is refused whose numbers lie outside. An argument
that is annotated as a plain number, or not at all, may be any number that float32 can hold. A
number counts as training sees it: 1 - 1e-9 is 1 there, and 1e-46 is 0.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

LARGEST = 3e38
"""Above this lies infinity, in float32."""

SMALLEST = 2.0**-126
"""Below this TensorFlow takes a float32 for 0: numbers that are not normal are flushed."""

WHOLE_MOST = 2**20
"""A size or count above this is a slip of the finger; whole numbers up to 2^24 are exact."""

_BOUND = re.compile(r"(>=|>)\s*(\S+)")
_INTERVAL = re.compile(r"([\[(])\s*(\S+),\s*(\S+?)\s*([\])])")


@dataclass(frozen=True)
class Range:
    """The numbers that a hyper-parameter can be: those of an interval, or its whole numbers."""

    text: str
    """The interval: "[0, 1)", "(-1, 1)", "> 0", ">= 0", or "finite" for all that float32 holds."""
    whole: bool = False
    """True where only the whole numbers of the interval belong to the range."""
    why: str = ""
    """The reason why a number outside does not work, for the error; "" where none is given."""

    def __str__(self) -> str:
        return f"a whole number in {self.text}" if self.whole else self.text

    @cached_property
    def ends(self) -> tuple[tuple[float, bool], tuple[float, bool]]:
        """(lower end, whether it belongs to the range), the same of the upper end. Raises
        ValueError for a text that is no interval."""
        if self.text == "finite":
            return (-LARGEST, False), (LARGEST, False)
        if bound := _BOUND.fullmatch(self.text):
            return (float(bound[2]), bound[1] == ">="), (LARGEST, False)
        if found := _INTERVAL.fullmatch(self.text):
            return (float(found[2]), found[1] == "["), (float(found[3]), found[4] == "]")
        raise ValueError(f'"{self.text}" is no range such as "[0, 1)" or "> 0"')

    def holds(self, value: float) -> bool:
        """True where a number is in the range, as it stands."""
        (low, low_in), (high, high_in) = self.ends
        above = value >= low if low_in else value > low
        below = value <= high if high_in else value < high
        return above and below and (not self.whole or value == math.floor(value))

    def fault(self, value: Any) -> str:
        """The fault of a number, worded to stand behind it in a sentence; "" where it has none."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "is not a number"
        if not abs(value) < LARGEST:  # so that NaN is refused as well
            return f"is beyond what training can hold: |x| < {LARGEST:.0e} (float32)"
        if not self.holds(value):
            return self._outside("is")
        seen = single(value)
        if value and not seen:
            return "is 0 in the precision of training (float32): write 0 where it may be 0"
        if not self.holds(seen):
            return self._outside(f"is {seen:g} in the precision of training (float32), which is")
        return ""

    def _outside(self, verb: str) -> str:
        inside = f"not {self}" if self.whole else f"outside {_set(self.text)}"
        return f"{verb} {inside}" + (f": {self.why}" if self.why else "")


def single(value: float) -> float:
    """A number as float32 holds it in a TensorFlow program, where tiny ones are 0."""
    return 0.0 if abs(value) < SMALLEST else struct.unpack("f", struct.pack("f", value))[0]


def shown(value: object) -> str:
    """A number with all the digits that matter: 1, 0.99999999, 1e+300."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _set(text: str) -> str:
    """A range as an interval: "> 0" is "(0, inf)"."""
    bound = _BOUND.fullmatch(text)
    return f"{'[' if bound[1] == '>=' else '('}{bound[2]}, inf)" if bound else text


FINITE = Range("finite")
"""The range of a number of which nothing else is known."""

LEARNING_RATE = Range("> 0", why="a player with a learning rate of 0 never moves")
_COUNTED = f"[1, {WHOLE_MOST}]"

Real = Annotated[float, FINITE]
Positive = Annotated[float, Range("> 0")]
NonNegative = Annotated[float, Range(">= 0")]
LearningRate = Annotated[float, LEARNING_RATE]
Weight = Annotated[
    float, Range(">= 0", why="below 0 it rewards what it shall prevent, 0 goes without it")
]
"""The strength of a penalty. At 0 it is the method without it: a control."""
Decay = Annotated[
    float, Range("[0, 1)", why="an average with 1 never moves, one with more explodes")
]
Momentum = Annotated[float, Range("(-1, 1)", why="beyond, each step is a larger one than the last")]
Fraction = Annotated[float, Range("[0, 1)")]
Share = Annotated[float, Range("[0, 1]")]
PositiveShare = Annotated[float, Range("(0, 1]")]
Scale = Annotated[float, Range("(0, 64]")]
"""Factor on the channels of a network, of which at least one always remains."""
Period = Annotated[float, Range(_COUNTED, whole=True)]
Count = Annotated[int, Range(_COUNTED, whole=True)]
Width = Annotated[int, Range("[1, 16384]", whole=True)]
"""Units of a layer: two layers of 16,384 hold a gigabyte of weights between them."""
Number = Annotated[int, Range(f"[0, {WHOLE_MOST}]", whole=True)]
"""A number of samples; 0 for all that there are."""
OwnWidth = Annotated[int, Range("[0, 16384]", whole=True)]
"""The same of one player; 0 for the width of both."""
Depth = Annotated[int, Range("[0, 16]", whole=True)]
"""Hidden layers of a dense network of one player; 0 for as many as it usually has."""
WidthOfFour = Annotated[int, Range("[4, 16384]", whole=True)]
"""The same, of networks whose narrowest layer has a quarter of the units."""


def of(annotation: Any, default: Any, names: dict[str, Any]) -> Range | None:
    """The range that an annotation says, or FINITE for a number; None for what is none.

    `names` maps each name that an annotation in quotes may use to its value. Raises NameError for
    another.
    """
    while isinstance(annotation, str):  # in quotes twice, where a file delays its annotations
        annotation = eval(annotation, names)
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, Range):
            return item
    number = isinstance(default, int | float) and not isinstance(default, bool)
    return FINITE if number else None
