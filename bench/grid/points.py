"""Axes -> the grid points of a method: every hyper-parameter that it owns, resolved to a number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from bench.grid import axes, ratios
from bench.grid.axes import Axes, Bundle
from bench.grid.methods import MethodEntry, known_hparams
from bench.grid.ratios import Ratio, Times
from bench.grid.source import Node, nearest
from bench.grid.tasks import MOST

Point = dict[str, float]


def points(sweep: Axes, entry: MethodEntry, task_hparams: Mapping[str, float]) -> list[Point]:
    """The grid points of one method on one task, in the order of the axes.

    Of the sweep's axes a method takes those that it owns; its own replace them. Precedence, lowest
    first: signature default and recipe (in `entry.hparams`), task, ratios of the recipe, sweep,
    method. A ratio of the recipe to another number follows that number, unless the sweep or the
    method gives its own (see `bench.grid.doubts`).
    Raises GridError for a tie that this method cannot have, and for far too many points.
    """
    own = axes.own(entry)
    replaced = entry.axes.keys()
    ties = {n: node for n, node in sweep.ties.items() if n in entry.hparams.keys() - replaced}
    ties |= own.ties
    kept = entry.hparams.keys() - replaced
    bundles = [{n: v for n, v in bundle.items() if n in kept} for bundle in sweep.bundles]
    rows = [_rows(bundle) for bundle in (*bundles, *own.bundles) if bundle]
    if math.prod(map(len, rows)) > MOST:
        raise entry.node.error(f'method "{entry.method.name}" has more than {MOST} grid points')
    start = dict(entry.hparams)
    start |= {name: float(value) for name, value in task_hparams.items() if name in start}
    start = ratios.resolved(start, entry.ratios)
    tied = {name: axes.tie(node) for name, node in ties.items()}
    given = {name for row in rows for name in row[0]}
    for name, ratio in entry.ratios.items():
        if ratio.target and not {name} & (given | tied.keys()) and not _leads(ratio, name, tied):
            tied[name] = ratio
    targets = {name: _target(name, tied, ties, entry) for name in tied}
    return [_tied(point, targets) for point in _cross(start, rows)]


def _leads(ratio: Ratio, name: str, ties: Mapping[str, Ratio]) -> bool:
    """Whether the sweep ties what a recipe's ratio is of to the very number that it gives."""
    seen: set[str] = set()
    while ratio.target in ties and ratio.target not in seen:
        seen.add(ratio.target)
        ratio = ties[ratio.target]
    return ratio.target == name


def _target(
    name: str, ties: Mapping[str, Ratio], nodes: Mapping[str, Node], entry: MethodEntry
) -> Ratio:
    """The axis at the end of a chain of ties, and the product of the factors on the way."""
    chain, factor = [name], 1.0
    while chain[-1] in ties:
        node, tie = nodes.get(chain[-1], entry.node), ties[chain[-1]]
        if tie.target not in entry.hparams:
            raise node.error(_no_target(chain[-1], tie.target, entry))
        chain.append(tie.target)
        factor *= tie.factor
        if tie.target in chain[:-1]:
            raise node.error(f"circular ties: {' -> '.join(chain)}")
    return Ratio(factor, chain[-1])


def _no_target(name: str, target: str, entry: MethodEntry) -> str:
    known = known_hparams()
    if target in known:
        return f'"{name}" is tied to "{target}", which method "{entry.method.name}" does not have'
    return f'"{name}" is tied to an unknown axis "{target}"{nearest(target, known, entry.hparams)}'


def _rows(bundle: Bundle) -> list[Point]:
    return [dict(zip(bundle, row, strict=True)) for row in zip(*bundle.values(), strict=True)]


def _cross(start: Point, rows: Sequence[list[Point]]) -> Iterator[Point]:
    for combination in itertools.product(*rows):
        row = {name: value for part in combination for name, value in part.items()}
        yield start | {name: _resolved(value, start[name]) for name, value in row.items()}


def _resolved(value: float, recommended: float) -> float:
    return ratios.rounded(value * recommended) if isinstance(value, Times) else value


def _tied(point: Point, targets: Mapping[str, Ratio]) -> Point:
    return point | {name: _multiple(tie, point[tie.target]) for name, tie in targets.items()}


def _multiple(tie: Ratio, value: float) -> float:
    return value if tie.factor == 1 else ratios.rounded(tie.factor * value)
