"""Schedules: numbers that move along the training, and how a trial names them.

    gamma = {schedule = "cosine", from = 10, to = 1, until = 0.5, warmup = 0.05}

A trial has plain numbers only. One that moves has its first value under its own name, and beside it
`gamma@cosine` (the last value), `gamma@until` and `gamma@warmup`, in shares of the training: so a
schedule counts in a trial's id, and has columns in a frame. The moving number itself is made inside
of the training (`bench.gan.game.moving`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

FORMS = ("linear", "cosine", "constant")
"""The ways from the first value to the last. "constant" has a warm-up only."""

UNTIL, WARMUP = "until", "warmup"

Number = TypeVar("Number")


@dataclass(frozen=True)
class Schedule:
    """A number that moves from a first value to a last one.

    It is 0 at the first step, rises to `start` on a straight line over the share `warmup`, then
    goes to `to` up to the share `until`, and stays there.
    """

    form: str
    """One of `FORMS`."""
    start: float
    """The value after the warm-up."""
    to: float
    """The value from `until` on."""
    until: float = 1.0
    """The share of the training at which `to` is reached, in (warmup, 1]."""
    warmup: float = 0.0
    """The share of the training until `start` is reached, in [0, until)."""

    def numbers(self, name: str) -> dict[str, float]:
        """The numbers by which a trial names it. `name` is that of the hyper-parameter."""
        found = {name: self.start, f"{name}@{self.form}": self.to}
        if self.form != "constant":
            found[f"{name}@{UNTIL}"] = self.until
        if self.warmup:
            found[f"{name}@{WARMUP}"] = self.warmup
        return found

    def at(self, progress: float) -> float:
        """The value at a share of the training in [0, 1]."""
        if progress < self.warmup:
            return self.start * progress / self.warmup
        u = min((progress - self.warmup) / (self.until - self.warmup), 1.0)
        return self.start + (self.to - self.start) * fraction(self.form, u)


class Moving(float):
    """The first value of a number that moves, with its schedule."""

    schedule: Schedule
    """The schedule."""

    def __new__(cls, schedule: Schedule) -> Moving:
        """Make the number of a schedule."""
        found = super().__new__(cls, schedule.start)
        found.schedule = schedule
        return found


def fraction(form: str, u: float) -> float:
    """The share of the way from the first value to the last at a share u of the time."""
    return {"linear": u, "cosine": (1 - math.cos(math.pi * u)) / 2, "constant": 0.0}[form]


def flat(numbers: Mapping[str, float]) -> dict[str, float]:
    """Numbers as a trial has them: those that move with the numbers of their schedules."""
    found: dict[str, float] = {}
    for name, value in numbers.items():
        found |= value.schedule.numbers(name) if isinstance(value, Moving) else {name: value}
    return found


def base(name: str) -> str:
    """The hyper-parameter that a number of a trial belongs to: "lr_g" of "lr_g@cosine"."""
    return name.partition("@")[0]


def moves(numbers: Mapping[str, object]) -> bool:
    """True where one of a trial's numbers moves."""
    return any("@" in name for name in numbers)


def forms(numbers: Mapping[str, Number]) -> dict[str, str]:
    """The hyper-parameters of a trial that move -> the form of each."""
    parts = (name.partition("@") for name in numbers)
    return {own: form for own, _, form in parts if form in FORMS}


def still(numbers: Mapping[str, Number]) -> dict[str, Number]:
    """The numbers of a trial without those of its schedules."""
    return {name: value for name, value in numbers.items() if "@" not in name}
