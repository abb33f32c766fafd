"""Reads `methods` of [sweep] and the [[method]] tables into methods and the numbers they own."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bench import registry
from bench.gan import methods as catalogue
from bench.gan.methods import Recipe, rules
from bench.grid import trainers
from bench.grid.numbers import planned
from bench.grid.numbers.planned import Planned
from bench.grid.numbers.ratios import Ratio, parse
from bench.grid.plugins import Plugin
from bench.grid.source import Node, leaves
from bench.grid.tasks import distinct
from bench.ranges import LEARNING_RATE, Range
from bench.trial import Method

LEARNING_RATES = {"lr_g": 1e-4, "lr_d": 1e-4}

PARTS = {
    "loss": "loss",
    "normalizer": "normalizer",
    "g_normalizer": "normalizer",
    "optimizer": "optimizer",
    "dynamics": "dynamics",
    "network": "network",
}
"""Key of a [[method]] -> the kind of the part that it names."""
LISTS = {"regularizers": "regularizer", "augmentations": "augmentation", "extras": "extra"}
"""Key of a [[method]] -> the kind of the parts that it lists."""
STRUCTURE = tuple(own.name for own in fields(Method) if own.name != "name")
"""The keys of a [[method]] that compose one: the fields of a method."""
COUNT_MOST = 1000
"""Largest number of steps, samples or networks that a step of a method is made of: each is a piece
of its program."""
KEYS = ("name", "base", *STRUCTURE, "tasks", "grid")
"""All keys of a [[method]]."""
NAME = re.compile(r"[A-Za-z0-9_.+-]+")
"""The characters of a method's name."""
LONGEST = 60
"""Most characters of a method's name."""


@dataclass(frozen=True)
class MethodEntry:
    """One method of the sweep."""

    method: Method
    """Its structure."""
    hparams: Mapping[str, float]
    """Every hyper-parameter that it owns -> the default, or the recipe's number."""
    ranges: Mapping[str, Range]
    """Every hyper-parameter that it owns -> its range."""
    tasks: tuple[str, ...]
    """The tasks that it is trained on."""
    axes: Mapping[str, Node]
    """Its own axes, which replace those of the sweep."""
    node: Node
    """The place of its name in the file, for errors."""
    ratios: Mapping[str, Ratio]
    """The hyper-parameters that its recipe gives as ratios."""
    recipe: Recipe
    """The entry of the catalogue that it is or begins with."""
    schedules: Mapping[str, Planned] = field(default_factory=dict)
    """The hyper-parameters that its recipe moves along the training."""
    files: Mapping[str, Plugin] = field(default_factory=dict)
    """The files of its trainer, by their names."""


def read(root: Node, tasks: Iterable[str]) -> list[MethodEntry]:
    """Read the methods of a sweep, in the order of the file. Raises GridError."""
    sweep, tasks = root["sweep"], tuple(tasks)
    short = distinct(sweep, "methods", "method", catalogue.CATALOGUE) if "methods" in sweep else {}
    entries = [_named(name, node, tasks) for name, node in short.items()]
    if "method" in root:
        entries += [_described(table, tasks, root) for table in root["method"].tables(KEYS)]
    if not entries:
        raise sweep.beside("methods").error(
            'no methods: neither [[method]] tables nor sweep.methods = ["ns", ...]'
        )
    seen: set[str] = set()
    for entry in entries:
        if entry.method.name in seen:
            raise entry.node.error(
                f'a second method with the name "{entry.method.name}": rename one'
            )
        seen.add(entry.method.name)
    return entries


def _named(name: str, node: Node, tasks: tuple[str, ...]) -> MethodEntry:
    recipe = catalogue.CATALOGUE[name]
    return _entry(recipe.method, recipe, tasks, {}, node)


def programs(entries: Iterable[MethodEntry]) -> tuple[Plugin, ...]:
    """The files of all trainers, once each."""
    return tuple(dict.fromkeys(file for entry in entries for file in entry.files.values()))


def _described(table: Node, tasks: tuple[str, ...], root: Node) -> MethodEntry:
    """Read a [[method]] table: an entry of the catalogue, or a method composed here."""
    if "name" not in table:
        raise table.error('a method without a name: give it one, name = "..."')
    start, recipe = _start(table)
    program = trainers.read(table, root) if trainers.asked(table) else None
    method = program.method if program else _compose(start, table)
    own = distinct(table, "tasks", "task", tasks) if "tasks" in table else tasks
    axes: dict[str, Node] = {}
    for name, node in leaves(table["grid"]) if "grid" in table else ():
        if name in axes:
            raise node.error(f'axis "{name}" is given twice: leave one out')
        axes[name] = node
    if program:
        values, limits = dict(program.hparams), dict(program.ranges)
        recipe, own = Recipe(method), tuple(own)
        return MethodEntry(
            method, values, limits, own, axes, table["name"], {}, recipe, files=program.files
        )
    return _entry(method, recipe, tuple(own), axes, table["name"])


def _start(table: Node) -> tuple[Method, Recipe]:
    """The method and the recipe that a [[method]] table begins with, before its keys change it."""
    node = table["name"]
    name = node.string()
    composed = "base" in table or any(key in table for key in STRUCTURE)
    if not NAME.fullmatch(name):
        raise node.error(f'method name "{name}" may hold letters, digits and _ . + - only')
    if len(name) > LONGEST:
        text = f"a method's name has at most {LONGEST} characters, to fit into figures"
        raise node.error(f"{text}; this one has {len(name)}")
    if not composed:
        recipe = _recipe(node)
        return recipe.method, recipe
    if name in catalogue.CATALOGUE:
        raise node.error(
            f'"{name}" is a method of the catalogue: give what is composed here a name of its own'
        )
    if "base" not in table:
        return Method(name), Recipe(Method(name))
    recipe = _recipe(table["base"])
    return replace(recipe.method, name=name), recipe


def _recipe(node: Node) -> Recipe:
    """The entry of the catalogue that a node names."""
    name = node.string()
    if name not in catalogue.CATALOGUE:
        raise node.unknown("method", name, catalogue.CATALOGUE)
    return catalogue.CATALOGUE[name]


def _compose(method: Method, table: Node) -> Method:
    """Put the parts that a [[method]] table names into a method. Raises GridError."""
    parts: dict[str, Any] = {}
    for key, kind in PARTS.items():
        if key in table:
            name = table[key].string()
            if name not in registry.KINDS[kind]:
                raise table[key].unknown(kind, name, _names(kind))
            parts[key] = name
    parts |= {key: _several(table, key, kind) for key, kind in LISTS.items() if key in table}
    parts |= {key: table[key].whole(most=COUNT_MOST) for key in rules.COUNTS if key in table}
    method = replace(method, **parts)
    with warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always")
        try:
            rules.check(method)
        except rules.IllegalMethod as error:
            raise table["name"].error(f'method "{method.name}": {error}') from error
    for doubt in doubts:
        table["name"].warn(doubt.category, str(doubt.message))
    return method


def _several(table: Node, key: str, kind: str) -> tuple[str, ...]:
    if table[key].value == []:  # a base without its own
        return ()
    return tuple(distinct(table, key, kind, _names(kind)))


def _entry(
    method: Method,
    recipe: Recipe,
    tasks: tuple[str, ...],
    axes: Mapping[str, Node],
    node: Node,
) -> MethodEntry:
    """Resolve the numbers of a method: the defaults of signatures first, then the recipe's numbers,
    of which a base may have some that the method does not own."""
    hparams, ranges = dict(LEARNING_RATES), dict.fromkeys(LEARNING_RATES, LEARNING_RATE)
    for kind, name in method.parts():
        part = registry.KINDS[kind][name]
        hparams |= {f"{name}.{hparam}": float(value) for hparam, value in part.defaults.items()}
        ranges |= {f"{name}.{hparam}": range_ for hparam, range_ in part.ranges.items()}
    owned = {name: value for name, value in recipe.hparams.items() if name in hparams}
    moved = {name: planned.of(v) for name, v in owned.items() if isinstance(v, Mapping)}
    hparams |= {name: float(v) for name, v in owned.items() if isinstance(v, float | int)}
    given = {name: parse(value) for name, value in owned.items() if isinstance(value, str)}
    ratios = {n: r for n, r in given.items() if not r.target or r.target in hparams}
    return MethodEntry(method, hparams, ranges, tasks, axes, node, ratios, recipe, moved)


def _names(kind: str) -> set[str]:
    return {part.name for part in registry.KINDS[kind]}
