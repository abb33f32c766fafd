"""Axes -> the grid points of a method: every hyper-parameter that it owns, resolved to a number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from bench.grid import axes
from bench.grid.axes import Axes, Bundle, Times
from bench.grid.methods import MethodEntry, known_hparams
from bench.grid.source import Node, nearest
from bench.grid.tasks import MOST

Point = dict[str, float]


def points(sweep: Axes, entry: MethodEntry, task_hparams: Mapping[str, float]) -> list[Point]:
    """The grid points of one method on one task, in the order of the axes.

    Of the sweep's axes a method takes those that it owns; its own replace them. Precedence, lowest
    first: signature default and recipe (in `entry.hparams`), task, sweep, method.
    Raises GridError for a tie that this method cannot have, and for far too many points.
    """
    own = axes.own(entry)
    replaced = entry.axes.keys()
    ties = {n: node for n, node in sweep.ties.items() if n in entry.hparams.keys() - replaced}
    ties |= own.ties
    targets = {name: _target(name, ties, entry) for name in ties}
    kept = entry.hparams.keys() - replaced
    bundles = [{n: v for n, v in bundle.items() if n in kept} for bundle in sweep.bundles]
    rows = [_rows(bundle) for bundle in (*bundles, *own.bundles) if bundle]
    if math.prod(map(len, rows)) > MOST:
        raise entry.node.error(f'method "{entry.method.name}" has more than {MOST} grid points')
    start = dict(entry.hparams)
    start |= {name: float(value) for name, value in task_hparams.items() if name in start}
    return [_tied(point, targets) for point in _cross(start, rows)]


def _target(name: str, ties: Mapping[str, Node], entry: MethodEntry) -> str:
    """The axis at the end of a chain of ties."""
    chain = [name]
    while chain[-1] in ties:
        node = ties[chain[-1]]
        after = node.value
        if after not in entry.hparams:
            raise node.error(_no_target(chain[-1], after, entry))
        chain.append(after)
        if after in chain[:-1]:
            raise node.error(f"circular ties: {' -> '.join(chain)}")
    return chain[-1]


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
    return axes.rounded(value * recommended) if isinstance(value, Times) else value


def _tied(point: Point, targets: Mapping[str, str]) -> Point:
    return point | {name: point[target] for name, target in targets.items()}
