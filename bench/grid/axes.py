"""Reads [grid], [[zip]], [random] and a method's own axes into the axes of a sweep.

A *bundle* is a group of axes that move together: name -> values, all of one length. An axis of
[grid] is a bundle of its own, a [[zip]] is one of several axes, and the draws of [random] are one
of all its axes. The grid is the product of the bundles (`bench.grid.product`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bench.grid.methods import MethodEntry
from bench.grid.numbers import planned, ratios
from bench.grid.numbers.planned import Planned
from bench.grid.numbers.ratios import Ratio, rounded
from bench.grid.source import Node, leaves, nearest
from bench.grid.tasks import MOST
from bench.ranges import Range, shown
from bench.registry import known_hparams

Bundle = Mapping[str, Sequence["float | Planned"]]
"""Axes that move together: name -> values, each a number, a factor (`Times`) or a schedule."""


@dataclass(frozen=True)
class Axes:
    """The axes of a sweep or of one method."""

    bundles: tuple[Bundle, ...]
    """The bundles; the grid is their product."""
    ties: Mapping[str, Node]
    """The name of an axis -> the node that names another axis, whose number it takes."""
    nodes: Mapping[str, Node]
    """The name of an axis -> the node that gives it, for errors."""


@dataclass(frozen=True)
class Limit:
    """The range of an axis."""

    range: Range
    """The numbers that it may have."""
    whose: str = ""
    """The owner of a range that is not everybody's, with which an error begins."""


Limits = Mapping[str, Limit]


def read(root: Node, entries: Sequence[MethodEntry]) -> Axes:
    """Read the axes of a sweep. Raises GridError for a wrong one, or one that no method owns."""
    owned = {name: Limit(r) for entry in entries for name, r in entry.ranges.items()}
    nodes: dict[str, Node] = {}
    grid = _collect(root["grid"], owned, nodes) if "grid" in root else {}
    zips = root["zip"].tables() if "zip" in root else []
    bundles = [_zip(node, _collect(node, owned, nodes), owned) for node in zips]
    if "random" in root:
        bundles.append(_random(root["random"], owned, nodes))
    product = _product(grid, owned)
    return Axes((*product.bundles, *bundles), product.ties, nodes)


def own(entry: MethodEntry) -> Axes:
    """Read the axes that a method brings itself. Raises GridError."""
    for name, node in entry.axes.items():
        if name not in entry.hparams:
            near = nearest(name, entry.hparams, entry.hparams)
            raise node.error(f'method "{entry.method.name}" has no "{name}"{near}')
    whose = f'method "{entry.method.name}": '
    return _product(entry.axes, {name: Limit(r, whose) for name, r in entry.ranges.items()})


def _collect(table: Node, owned: Limits, seen: dict[str, Node]) -> dict[str, Node]:
    """Collect the axes of one table, each owned by some method, none `seen` in another table."""
    axes: dict[str, Node] = {}
    for name, node in leaves(table):
        if name not in owned:
            raise node.error(_not_owned(name, owned))
        if name in seen:
            raise node.error(f'axis "{name}" is given twice: leave one out')
        seen[name] = axes[name] = node
    return axes


def _not_owned(name: str, owned: Limits) -> str:
    known = known_hparams()
    if name in known:
        part = name.partition(".")[0]
        return f'no method of this sweep has the part "{part}", which owns "{name}"'
    return f'unknown hyper-parameter "{name}"{nearest(name, known, owned)}'


def _product(axes: Mapping[str, Node], limits: Limits) -> Axes:
    """Read the axes of [grid]: a string that names another axis is a tie, anything else a bundle of
    its own."""
    ties = {n: node for n, node in axes.items() if isinstance(node.value, str) and tie(node).target}
    values = {n: _values(n, node, limits[n]) for n, node in axes.items() if n not in ties}
    return Axes(tuple({name: numbers} for name, numbers in values.items()), ties, axes)


def _values(name: str, node: Node, limit: Limit) -> list[float | Planned]:
    if isinstance(node.value, dict) and "schedule" in node.value:
        return [planned.read(name, node, limit.range)]
    if isinstance(node.value, dict):
        raise node.error(f"{node.name} is a range: ranges belong under [random]")
    if isinstance(node.value, list):
        return _several(name, node, limit)
    if isinstance(node.value, str):
        return [planned.factor(node)]
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise node.expected("a number, a list of numbers or the name of another axis")
    return [_number(name, node, limit)]


def _several(name: str, node: Node, limit: Limit) -> list[float | Planned]:
    return [_one(name, e, limit) for e in node.elements('numbers, or factors such as "x3"')]


def _one(name: str, node: Node, limit: Limit) -> float | Planned:
    if isinstance(node.value, dict):
        return planned.read(name, node, limit.range)
    return planned.factor(node) if isinstance(node.value, str) else _number(name, node, limit)


def tie(node: Node) -> Ratio:
    """Read a tie: "lr_g", "x4 lr_g", or "x4" without a target. Raises GridError."""
    try:
        return ratios.parse(node.value)
    except ValueError as error:
        text = 'the name of another axis, or a factor above 0, as in "x4 lr_g" and "x4"'
        raise node.expected(text) from error


def _number(name: str, node: Node, limit: Limit) -> float:
    """Read a number in its range. The numbers of factors and ties are checked in
    `bench.grid.product`."""
    number = node.number()
    if fault := limit.range.fault(number):
        raise node.error(f"{limit.whose}{name} = {shown(number)} {fault}")
    return number


def _zip(table: Node, axes: Mapping[str, Node], limits: Limits) -> Bundle:
    if len(axes) < 2:
        raise table.error("a [[zip]] needs two axes or more to move together")
    bundle = {}
    for name, node in axes.items():
        bundle[name] = _several(name, node, limits[name])
    lengths = {len(values) for values in bundle.values()}
    if len(lengths) > 1:
        sizes = ", ".join(f"{name} has {len(values)}" for name, values in bundle.items())
        raise table.error(f"the axes of a [[zip]] must be of equal length: {sizes}")
    return bundle


def _random(table: Node, owned: Limits, seen: dict[str, Node]) -> Bundle:
    """Draw points once for the sweep: the same for every method. A longer list of them begins with
    the shorter one, so that a sweep can be widened."""
    for key in ("samples", "seed"):
        if key not in table.table():
            raise table.error(f"random.{key} is missing: a whole number")
    samples, seed = table["samples"].whole(), table["seed"].whole(least=0)
    if samples > MOST:
        raise table["samples"].error(f"random.samples is more than {MOST}")
    given = {key: value for key, value in table.value.items() if key not in ("samples", "seed")}
    axes = _collect(Node(table.source, table.path, given), owned, seen)
    if not axes:
        raise table.error("[random] has no axes: give one such as lr_g = {low = 1e-4, high = 1e-2}")
    return {name: _draws(name, node, samples, seed, owned[name]) for name, node in axes.items()}


def _draws(name: str, node: Node, samples: int, seed: int, limit: Limit) -> list[float]:
    if not isinstance(node.value, dict):
        raise node.expected('a range such as {low = 1e-5, high = 1e-2, scale = "log"}')
    ends = node.table(("low", "high", "scale"))
    for key in ("low", "high"):
        if key not in ends:
            raise node.error(f"{node.name} has no {key}")
    low, high = (_number(f"{name}.{key}", node[key], limit) for key in ("low", "high"))
    scale = node["scale"].string() if "scale" in node else "linear"
    if scale not in ("linear", "log"):
        raise node["scale"].unknown("scale", scale, ("linear", "log"))
    if not low < high:
        raise node.error(f"{node.name}: low = {low:g} is not below high = {high:g}")
    if scale == "log" and low <= 0:
        raise node["low"].error(f"{node.name}: a log scale needs a low above 0")
    # A generator of its own for each point: adding points or axes leaves the others as they are.
    uniform = [Random(f"{seed} {name} {index}").random() for index in range(samples)]
    drawn = [_between(low, high, u, scale == "log") for u in uniform]
    return [float(round(value)) for value in drawn] if limit.range.whole else drawn


def _between(low: float, high: float, u: float, log: bool) -> float:
    if log:
        value = math.exp((1 - u) * math.log(low) + u * math.log(high))
    else:
        value = (1 - u) * low + u * high
    return rounded(value)
