"""The numbers of a sweep as JSON Schema: one definition for each range that some part declares.

A number may be given as it is, as a factor ("x3"), as a tie to another axis ("x4 lr_g"), as one
that moves (`{schedule = "cosine", to = 0}`), or drawn from a range of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bench.grid.numbers import planned
from bench.grid.schema.forms import Schema, closed, either, names, ref, several, told
from bench.ranges import Range
from bench.vocabulary.schedules import FORMS

FACTOR = r"x\s*\+?([0-9]*[1-9][0-9]*(\.[0-9]*)?|[0-9]*\.[0-9]*[1-9][0-9]*)([eE][+-]?[0-9]+)?"
"""A factor above 0, as in "x3" and "x 0.1"."""

AXIS, LIST, DRAWN = "axis", "list", "drawn"
"""The places of a number, which begin the names of definitions: in [grid], in [[zip]], in
[random]."""

_MEANINGS = {
    "linear": "on a straight line",
    "cosine": "on half a cosine",
    "constant": "it stays, after a warm-up",
}
_SCHEDULE = {
    "from": "The first value, or a factor of the number that is taken otherwise.",
    "to": 'The last value, or a factor such as "x0.1".',
    "until": "The share of the training at which the last value is reached.",
    "warmup": "The share of the training in which the first value is reached from 0.",
}


def number(limit: Range) -> Schema:
    """A number in a range."""
    (low, low_in), (high, high_in) = limit.ends
    made: Schema = {"type": "number", "minimum": low, "maximum": high}
    made |= {} if low_in else {"exclusiveMinimum": True}
    made |= {} if high_in else {"exclusiveMaximum": True}
    return made | {"multipleOf": 1} if limit.whole else made


def option(limit: Range, whole: bool) -> Schema:
    """A number of a task; a count is written without a point."""
    made = number(limit)
    if whole:
        made.pop("multipleOf", None)
        made["type"] = "integer"
    return made


def at(place: str, limit: Range) -> Schema:
    """A reference to the definition of a number in one of the places."""
    return ref(f"{place}_{_slug(limit)}")


def definitions(limits: Iterable[Range], axes: Iterable[str]) -> dict[str, Schema]:
    """The definitions that `at` refers to, of these ranges; `axes` are the names that a tie may
    have."""
    found: dict[str, Schema] = {
        "factor": {"type": "string", "pattern": f"^{FACTOR}$"},
        "tie": {"type": "string", "pattern": _tie(axes)},
    }
    for limit in limits:
        found |= {f"{place}_{_slug(limit)}": made for place, made in _places(limit).items()}
    return found


def _tie(axes: Iterable[str]) -> str:
    """The pattern of another axis, or of a multiple of it. Those of trainers have any name."""
    known = "|".join(re.escape(name) for name in sorted(axes))
    return rf"^({FACTOR}\s+)?({known}|train\.[A-Za-z_][A-Za-z0-9_]*)$"


def _places(limit: Range) -> dict[str, Schema]:
    value = either(number(limit), ref("factor"))
    if not limit.whole:  # a whole number cannot move
        value["anyOf"].append(_schedule(limit))
    ends = {"low": number(limit), "high": number(limit)}
    scale = names({"linear": "equally likely everywhere", "log": "equally likely in each decade"})
    return {
        AXIS: told(either(*value["anyOf"], ref("tie"), several(value)), f"Each is {limit}."),
        LIST: told(several(value), f"Each is {limit}."),
        DRAWN: told(closed({**ends, "scale": scale}, ends), f"Both ends are {limit}."),
    }


def _schedule(limit: Range) -> Schema:
    """A number that moves. A rate may end at 0."""
    end = number(limit)
    if limit.text == "> 0":
        end.pop("exclusiveMinimum")
    value = either(end, ref("factor"))
    share = {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1}
    forms = names({form: _MEANINGS.get(form, "") for form in FORMS})
    own = {"schedule": told(forms, "The way from the first value to the last.")}
    kinds = {"from": value, "to": value, "until": share, "warmup": share}
    for key in planned.KEYS:
        own.setdefault(key, told(kinds.get(key, {}), _SCHEDULE.get(key, "")))
    stays = {"properties": {"schedule": {"enum": ["constant"]}}, "required": ["warmup"]}
    stays["not"] = {"anyOf": [{"required": ["to"]}, {"required": ["until"]}]}
    moves = [form for form in FORMS if form != "constant"]
    ends = {"properties": {"schedule": {"enum": moves}}, "required": ["to"]}
    return closed(own, ["schedule"], anyOf=[stays, ends])


def _slug(limit: Range) -> str:
    """The name of a range in a definition: "> 0" is "above_0"."""
    (low, low_in), (high, high_in) = limit.ends
    text = limit.text
    if text.startswith(">"):
        text = f"{'from' if low_in else 'above'}_{low:g}"
    elif text != "finite":
        text = f"{'from' if low_in else 'above'}_{low:g}_{'to' if high_in else 'below'}_{high:g}"
    return re.sub(r"[^\w.]", "_", f"{'whole_' if limit.whole else ''}{text}".replace("-", "minus_"))
