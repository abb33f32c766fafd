"""Reads a schedule of a TOML, whose numbers may be factors of the recommended one:

gamma = {schedule = "cosine", from = "x10", to = 1, until = 0.5}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.grid.numbers import ratios
from bench.grid.numbers.ratios import Ratio, Times
from bench.grid.source import Node
from bench.ranges import Range, shown
from bench.vocabulary.schedules import FORMS, Moving, Schedule

KEYS = ("schedule", "from", "to", "until", "warmup")
"""The keys of a schedule."""


@dataclass(frozen=True)
class Planned:
    """A schedule before its factors are resolved."""

    form: str
    """One of `bench.vocabulary.schedules.FORMS`."""
    start: float
    """The first value, a number or a factor (`Times`)."""
    to: float
    """The last value, alike."""
    until: float
    """The share of the training at which the last value is reached."""
    warmup: float
    """The share of the training in which the first value is reached from 0."""

    @property
    def relative(self) -> bool:
        """True where the first value is a factor of the number that is taken otherwise."""
        return isinstance(self.start, Times)

    def resolved(self, recommended: float) -> Moving:
        """The number that moves, where the method would take a `recommended` one."""
        start, to = (_resolved(value, recommended) for value in (self.start, self.to))
        return Moving(Schedule(self.form, start, to, self.until, self.warmup))


def scaled(value: float, factor: float) -> float:
    """A number times a factor, rounded to four digits; one that moves is moved as a whole."""
    if factor == 1:
        return value
    if not isinstance(value, Moving):
        return ratios.rounded(factor * value)
    own = value.schedule
    start, to = (ratios.rounded(factor * end) for end in (own.start, own.to))
    return Moving(Schedule(own.form, start, to, own.until, own.warmup))


def read(name: str, node: Node, limit: Range) -> Planned:
    """Read a schedule of the number `name`. Raises GridError."""
    table = node.table(KEYS)
    if limit.whole:
        raise node.error(f"{name} is a whole number, which cannot move along the training")
    if "schedule" not in table:
        raise node.error(f"{node.name} has no schedule: one of {', '.join(FORMS)}")
    form = table["schedule"].string()
    if form not in FORMS:
        raise table["schedule"].unknown("schedule", form, FORMS)
    start = _end(name, table["from"], limit) if "from" in table else Times(1)
    if form == "constant":
        for key in ("to", "until"):
            if key in table:
                raise table[key].error(f'{key} would do nothing: a "constant" schedule stays')
        if "warmup" not in table:
            raise node.error(f'{node.name} is "constant" without a warmup: give the number alone')
        to = start
    elif "to" not in table:
        raise node.error(f"{node.name} has no `to`: the value that it moves to")
    else:
        to = _end(name, table["to"], limit)
    warmup = _share(table["warmup"], 0.0, 1.0) if "warmup" in table else 0.0
    until = _share(table["until"], warmup, 1.0) if "until" in table else 1.0
    return Planned(form, start, to, until, warmup)


def of(given: Mapping[str, float | str]) -> Planned:
    """The schedule that a recipe has, in the words of a TOML."""

    def end(key: str) -> float:
        value = given.get(key, "x1")
        return Times(ratios.parse(value).factor) if isinstance(value, str) else float(value)

    shares = (float(given.get(key, least)) for key, least in (("until", 1.0), ("warmup", 0.0)))
    return Planned(str(given["schedule"]), end("from"), end("to"), *shares)


def factor(node: Node) -> Times:
    """Read a factor: "x0.3" is 0.3 times the recommended number, which differs between tasks."""
    try:
        ratio = ratios.parse(node.value)
    except ValueError:
        ratio = Ratio(1, "no number")
    if ratio.target:
        raise node.expected('a number, or a factor above 0 such as "x3"')
    return Times(ratio.factor)


def _end(name: str, node: Node, limit: Range) -> float:
    if isinstance(node.value, str):
        return factor(node)
    number = node.number()
    # a rate may end at 0: the player then stands still at the very end only
    if fault := "" if number == 0 and limit.text == "> 0" else limit.fault(number):
        raise node.error(f"{name} = {shown(number)} {fault}")
    return number


def _share(node: Node, least: float, most: float) -> float:
    """A share of the training above `least`, up to `most`."""
    number = node.number()
    if not least < number <= most:
        text = f"{node.name} = {shown(number)} is no share of the training in ({least:g}, {most:g}]"
        raise node.error(text)
    return number


def _resolved(value: float, recommended: float) -> float:
    return ratios.rounded(value * recommended) if isinstance(value, Times) else value
