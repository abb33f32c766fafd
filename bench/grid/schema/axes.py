"""The tables of a sweep's TOML whose keys are hyper-parameters: axes, and what finds trials."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bench import registry
from bench.grid import tasks
from bench.grid.schema import numbers, words
from bench.grid.schema.forms import NUMBER, Schema, closed, either, names, told, whole
from bench.ranges import FINITE, LEARNING_RATE, Range
from bench.registry import Part


def owned() -> dict[str, dict[str, tuple[Part, Range]]]:
    """Part -> its numbers that can be axes -> (the part, the range), of all parts of methods."""
    kinds = [kind for name, kind in registry.KINDS.items() if name not in ("task", "trainer")]
    return {
        part.name: {name: (part, part.ranges[name]) for name in part.defaults}
        for kind in kinds
        if kind is not registry.metric
        for part in kind
        if part.defaults
    }


def axes(place: str, more: Mapping[str, Schema] = {}, required: Iterable[str] = ()) -> Schema:
    """A table of axes: `r1.gamma` is a key of the table r1, or in quotes a key of its own."""
    rates = {"lr_g": "The generator's learning rate.", "lr_d": "The discriminator's learning rate."}
    tables = {name: told(numbers.at(place, LEARNING_RATE), text) for name, text in rates.items()}
    full = place == numbers.AXIS  # elsewhere the first line is enough
    quoted: dict[str, Schema] = {}
    for name, own in owned().items():
        part = next(part for part, _ in own.values())
        inner = {
            number: told(numbers.at(place, limit), _given(limit, part.defaults[number]))
            for number, (_, limit) in own.items()
        }
        about = inspect.getdoc(part.fn) if full else part.summary
        tables[name] = told(closed(inner, minProperties=1), about or "")
        quoted |= {rf"^{name}\.{number}$": numbers.at(place, own[number][1]) for number in own}
    free = numbers.at(place, FINITE)
    own_text = "Keyword arguments of trainers, as train.lr."
    train: Schema = {"type": "object", "minProperties": 1, "additionalProperties": free}
    tables |= {"train": told(train, own_text), **more}
    return closed(tables, required, patternProperties=quoted | {r"^train\.[A-Za-z_]\w*$": free})


def _given(limit: Range, default: Any) -> str:
    """The words at a number: its range, and what it is where nothing is given."""
    return f"{limit}; {default} where neither task nor method says otherwise"


def drawn() -> Schema:
    """The table [random]: axes that are drawn, how many points, and their seed."""
    counts = {"samples": whole(1, tasks.MOST), "seed": {"type": "integer", "minimum": 0}}
    more = {key: told(made, words.RANDOM.get(key, "")) for key, made in counts.items()}
    return axes(numbers.DRAWN, more, more) | {"minProperties": len(more) + 1}


def matching(values: Callable[[Schema], Schema], more: Mapping[str, Schema]) -> Schema:
    """A table of hyper-parameters and options of tasks, such as trials are found by. `values` makes
    the form of one value that of the key."""
    number = values(NUMBER)
    options: dict[str, set[str]] = {}
    for part in registry.task:
        for name, default in part.defaults.items():
            options.setdefault(name, set()).add(_kind(default))
    found = {name: values({"type": sorted(kinds)}) for name, kinds in options.items()}
    found |= {"lr_g": number, "lr_d": number}
    for name, own in owned().items():
        found[name] = closed(dict.fromkeys(own, number), patternProperties={"@": number})
    found["train"] = {"type": "object", "additionalProperties": number}
    free = {r"[.@]": number, "_digest$": values({"type": "string"})}
    return closed({**found, **more}, minProperties=1, patternProperties=free)


def factor() -> Schema:
    """The name of a difference of trials: a key of a method, or a hyper-parameter."""
    keys = {name: text for name, text in words.of_fields().items() if name != "name"}
    rates = {"lr_g": "The generator's learning rate.", "lr_d": "The discriminator's learning rate."}
    numbers_of = {
        f"{name}.{number}": part.summary
        for name, own in owned().items()
        for number, (part, _) in own.items()
    }
    free: Schema = {"type": "string", "pattern": r"^train\.|@"}
    return either(names(keys | rates | numbers_of), free)


def _kind(default: object) -> str:
    """The kind of value that an option has, in JSON's words."""
    if isinstance(default, bool):
        return "boolean"
    return "number" if isinstance(default, int | float) else "string"
