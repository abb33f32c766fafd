"""The tables of a sweep's TOML as one JSON Schema, made of what is registered."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

from bench import registry
from bench.gan import methods as catalogue
from bench.gan.methods.rules import COUNTS
from bench.gan.tasks.options import files, fitting
from bench.grid import lengths, methods, race, sweep, trainers
from bench.grid.checks import reference_values as references
from bench.grid.own_networks import PLAYERS
from bench.grid.schema import axes, numbers, words
from bench.grid.schema.forms import (
    NUMBER,
    TEXT,
    Schema,
    closed,
    either,
    has_any,
    names,
    of_keys,
    one_or_several,
    ref,
    several,
    told,
    whole,
)
from bench.metrics.quantities import OTHERS, card
from bench.ranges import FINITE, LEARNING_RATE
from bench.registry import Part
from bench.trial import File, Verdict, digest_name
from bench.vocabulary.races import SPENDING

DRAFT = "http://json-schema.org/draft-04/schema#"
_SEEDS: Schema = {"type": "string", "pattern": r"^\s*[0-9]{1,20}\s*\.\.\s*[0-9]{1,20}\s*$"}
_SEED = whole(0, 2**31 - 1)
_SHARE: Schema = {
    "type": "number",
    **{"minimum": 0, "exclusiveMinimum": True, "maximum": 1, "exclusiveMaximum": True},
}
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_FUNCTION: Schema = {"type": "string", "pattern": r"^.+:[A-Za-z_][A-Za-z0-9_]*$"}
_WORDS = several(TEXT)


def schema() -> Schema:
    """The schema of a sweep's TOML, of all parts that are registered when it is called."""
    makers: Mapping[str, Callable[[], Schema]] = {
        "sweep": _sweep,
        "grid": lambda: ref("axes"),
        "zip": lambda: several(axes.axes(numbers.LIST)),
        "random": axes.drawn,
        "exclude": lambda: several(axes.matching(one_or_several, _trial_keys())),
        "task": _tasks,
        "method": lambda: several(_method()),
        "reference": lambda: several(_reference()),
        "race": _race,
    }
    tables = {}
    for name in sweep.KEYS[""]:
        made = makers[name]() if name in makers else _fixed(name)
        tables[name] = told(made, words.TABLES.get(name, ""))
    listed = {"properties": {"sweep": {"required": ["methods"]}}}
    own = {"$schema": DRAFT, "title": "A sweep of gan-stability-bench", "description": _ABOUT}
    seeded = {"properties": {"sweep": {"required": ["seeds"]}}}
    met = either({"required": ["method"]}, listed), either({"required": ["race"]}, seeded)
    whole_file = closed(tables, ["sweep"], allOf=list(met))
    return own | whole_file | {"definitions": _definitions()}


_ABOUT = (
    "One file is one question: which trials to train. Made by python -m bench.catalogue --schema, "
    "of the parts that this version has; bench/grid/sweep.py explains every key by an example."
)


def _definitions() -> dict[str, Schema]:
    limits = {r for own in axes.owned().values() for _, r in own.values()} | {FINITE, LEARNING_RATE}
    found = numbers.definitions(sorted(limits, key=str), registry.known_hparams())
    for kind, parts in registry.KINDS.items():
        found[kind] = names({part.name: part.summary for part in parts})
    found["metric"] = names(
        {"success": "the rate of success"}
        | {name: card(name).label for name in [p.name for p in registry.metric] + [*OTHERS]}
    )
    found["axes"] = axes.axes(numbers.AXIS)
    found["catalogued"] = names(
        {name: recipe.source for name, recipe in catalogue.CATALOGUE.items()}
    )
    return found


# --- trials --------------------------------------------------------------------------------------


def _sweep() -> Schema:
    kinds = {
        "tasks": several(ref("task"), uniqueItems=True),
        "methods": several(ref("catalogued"), uniqueItems=True),
        "seeds": _by_task(either(_SEEDS, several(_SEED, uniqueItems=True))),
        "steps": _by_task(whole(1, lengths.STEPS_MOST)),
        "gradients": _by_task(whole(1, lengths.STEPS_MOST)),
        "evaluations": _by_task(whole(1, lengths.MOST)),
        "plugins": _WORDS,
    }
    both = {key: {"type": "integer"} for key in ("steps", "gradients")}
    made = of_keys(sweep.KEYS["sweep"], kinds, words.SWEEP, ["tasks"])
    return made | {"not": {"properties": both, "required": list(both)}}


def _by_task(one: Schema) -> Schema:
    """A value, or a table with one for each task."""
    return either(one, closed({part.name: one for part in registry.task}))


def _fixed(name: str) -> Schema:
    """A table that holds fixed keys and nothing else; any table where they are not known."""
    if name not in sweep.KEYS:
        return {"type": ["object", "array"]}
    verdicts = {verdict.value: "" for verdict in Verdict if verdict is not Verdict.NONE}
    kinds = {"success": names(verdicts), "baseline": TEXT}
    kinds |= {"budgets": several(_SHARE)}
    factor = either(axes.factor(), several(axes.factor()))
    kinds |= {"factors": {"type": "object", "minProperties": 2, "additionalProperties": factor}}
    return of_keys(sweep.KEYS[name], kinds, words.ANALYSIS)


def _tasks() -> Schema:
    return closed({part.name: _task(part) for part in registry.task})


def _task(part: Part) -> Schema:
    """The options of a task, each a value or a list of values."""
    own = {}
    digests = set(map(digest_name, files(part.defaults)))
    for name, default in part.defaults.items():
        if name not in digests:
            limit = f"{part.ranges[name]}; " if name in part.ranges else ""
            shown = str(default) or "none"
            text = f"{limit}{shown} where nothing is given. A list of values is an axis."
            own[name] = told(one_or_several(_option(part, name)), text)
    return told(closed(own), inspect.getdoc(part.fn) or "")


def _option(part: Part, name: str) -> Schema:
    default = part.defaults[name]
    if name in part.ranges:
        return numbers.option(part.ranges[name], type(default) is int)
    if isinstance(default, bool):
        return {"type": "boolean"}
    if name == "network":
        known = sorted(fitting(bool(part.traits.get("images"))))
        return names({name: registry.network[name].summary for name in known})
    if name in PLAYERS:
        return either(_FUNCTION, {"enum": [""]})
    return {"type": "string"} if isinstance(default, str | File) else _SCALAR


# --- methods -------------------------------------------------------------------------------------


def _method() -> Schema:
    """A [[method]]: of the catalogue by its name alone, composed, or trained by a program."""
    fields = words.of_fields()
    letters = f"^{methods.NAME.pattern}$"
    own_name: Schema = {"type": "string", "pattern": letters, "maxLength": methods.LONGEST}
    kinds: dict[str, Schema] = {
        "name": either(ref("catalogued"), own_name),
        "base": ref("catalogued"),
        "tasks": several(ref("task"), uniqueItems=True),
        "grid": ref("axes"),
        "trainer": either(ref("trainer"), _FUNCTION),
        "command": _WORDS,
        "files": _WORDS,
        **{key: ref(kind) for key, kind in methods.PARTS.items()},
        **{key: several(ref(kind), 0, uniqueItems=True) for key, kind in methods.LISTS.items()},
        **dict.fromkeys(COUNTS, whole(1, methods.COUNT_MOST)),
    }
    made = of_keys(methods.KEYS, kinds, {**fields, **words.METHOD}, ["name"])
    composed = has_any(["base", *methods.STRUCTURE])
    of_catalogue = {"properties": {"name": ref("catalogued")}}
    new = {"properties": {"name": {"not": ref("catalogued")}}, **composed}
    others = [key for key in methods.KEYS if key not in trainers.KEYS]
    program = {"not": has_any(others)}
    command = {"required": ["files"], "not": has_any([*others, "trainer"])}
    return made | {
        "anyOf": [of_catalogue | {"not": composed}, new],
        "dependencies": {"trainer": program, "command": command},
    }


# --- what is known, and what is left out ---------------------------------------------------------


def _trial_keys() -> Mapping[str, Schema]:
    seed = either(_SEED, _SEEDS, several(_SEED))
    task, method = one_or_several(ref("task")), one_or_several(TEXT)
    return {"task": task, "method": method, "seed": seed}


def _race() -> Schema:
    seeds = whole(1, race.MOST_SEEDS)
    kinds = {
        "baseline": TEXT,
        "pairs": several(several(TEXT, 2, maxItems=2)),
        "looks": either(several(seeds, uniqueItems=True, maxItems=race.MOST_LOOKS), TEXT),
        "alpha": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 0.5},
        "least": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1},
        "spending": names(dict.fromkeys(SPENDING, "")),
    }
    made = of_keys(race.KEYS, kinds, words.RACE, ["looks"])
    return made | {"not": {"required": ["baseline", "pairs"]}}


def _reference() -> Schema:
    kinds = {
        "task": ref("task"),
        "method": one_or_several(TEXT),
        "order": names(dict.fromkeys(references.ORDERS, "")),
        "metric": ref("metric"),
        "value": NUMBER,
        "source": TEXT,
        "error": {"type": "number", "minimum": 0},
        "at": axes.matching(dict, {}),
    }
    keys = (*references.KEYS, *references.OPTIONAL)
    other = {"properties": {"metric": {"not": {"enum": ["success"]}}}}
    rate = {"properties": {"value": {"minimum": 0, "maximum": 1}}}
    return of_keys(keys, kinds, words.REFERENCE, references.KEYS) | {"anyOf": [other, rate]}
