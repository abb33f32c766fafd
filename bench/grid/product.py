"""Crosses axes into the grid points of a method, with every hyper-parameter that it owns
resolved."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from bench import registry
from bench.grid import axes
from bench.grid.axes import Axes, Bundle
from bench.grid.methods import MethodEntry
from bench.grid.numbers import ratios
from bench.grid.numbers.planned import Planned, factor, scaled
from bench.grid.numbers.ratios import Ratio, Times
from bench.grid.source import Node, nearest
from bench.grid.tasks import MOST
from bench.ranges import shown
from bench.registry import known_hparams, own_hparams
from bench.vocabulary import schedules
from bench.vocabulary.schedules import Moving

Point = dict[str, float]
Row = dict[str, "float | Planned"]


def points(sweep: Axes, entry: MethodEntry, task_hparams: Mapping[str, float]) -> list[Point]:
    """Cross the axes of one method on one task into its grid points, in the order of the axes.

    A method takes those of the sweep's axes that it owns; its own replace them. Precedence, lowest
    first: signature default and recipe (in `entry.hparams`), task, ratios of the recipe, sweep,
    method. A ratio of the recipe to another number follows that number, unless the sweep or the
    method gives its own (see `bench.grid.checks.doubts`).
    Raises GridError for a tie that this method cannot have, for a number outside of its range
    wherever it comes from, and for far too many points.
    """
    # The axes: those of the sweep that the method owns, and its own.
    own = axes.own(entry)
    replaced = entry.axes.keys()
    ties = {n: node for n, node in sweep.ties.items() if n in entry.hparams.keys() - replaced}
    ties |= own.ties
    kept = entry.hparams.keys() - replaced
    bundles = [{n: v for n, v in bundle.items() if n in kept} for bundle in sweep.bundles]
    rows = [_rows(bundle) for bundle in (*bundles, *own.bundles) if bundle]
    if math.prod(map(len, rows)) > MOST:
        raise entry.node.error(
            f'method "{entry.method.name}" has more than {MOST} grid points: give fewer values'
        )
    # The numbers where no axis says otherwise.
    recommended = {n: float(value) for n, value in task_hparams.items() if n in entry.hparams}
    start = ratios.resolved({**entry.hparams, **recommended}, entry.ratios)
    # Ties of the file, and ratios of the recipe that neither an axis nor a tie replaces.
    tied = {name: axes.tie(node) for name, node in ties.items()}
    given = {name for row in rows for name in row[0]}
    for name, ratio in entry.ratios.items():
        if ratio.target and not {name} & (given | tied.keys()) and not _leads(ratio, name, tied):
            tied[name] = ratio
    targets = {name: _target(name, tied, ties, entry) for name in tied}
    nodes = {name: node for name, node in sweep.nodes.items() if name in kept} | dict(entry.axes)
    for bundle in (*bundles, *own.bundles):
        _check_factors(entry, bundle, start, nodes)
    moving = [_scheduled(point, entry, given) for point in _cross(start, rows)]
    found = [schedules.flat(_tied(point, targets)) for point in moving]
    _check_ranges(entry, found, start, nodes)
    _check_together(entry, found, nodes)
    return found


def _scheduled(point: Point, entry: MethodEntry, given: Collection[str]) -> Point:
    """A point with the schedules of the recipe. A number that an axis has `given` is the one that a
    recipe's schedule is a factor of; it replaces one whose first value is a number itself."""
    found = dict(point)
    for name, schedule in entry.schedules.items():
        kept = name not in given or (schedule.relative and not isinstance(point[name], Moving))
        if kept:
            found[name] = schedule.resolved(point[name])
    return found


def _check_factors(
    entry: MethodEntry, bundle: Bundle, start: Point, nodes: Mapping[str, Node]
) -> None:
    """Refuse factors of a number that is 0: all of them are 0. Raises GridError."""
    for name, values in bundle.items():
        if start[name] == 0 and any(isinstance(value, Times) for value in values):
            place = next(e for e in _each(nodes[name]) if isinstance(e.value, str))
            text = f'method "{entry.method.name}": {name} = "{place.value}" is a factor of 0, '
            raise place.error(text + "the number that is taken without this axis: give a number")


def _check_ranges(
    entry: MethodEntry, points: Sequence[Point], start: Point, nodes: Mapping[str, Node]
) -> None:
    """Refuse a number outside of its range, wherever it comes from. Raises GridError."""
    for name, value in dict.fromkeys(pair for point in points for pair in point.items()):
        own, _, what = name.partition("@")
        if what and (what not in schedules.FORMS or not value):
            continue  # shares of the training, and an end at 0, are checked where they are read
        fault = entry.ranges[own].fault(value)
        if fault:
            place, origin = _origin(value, start[own], nodes.get(own))
            text = f'method "{entry.method.name}": {name} = {shown(value)}{origin} {fault}'
            raise (place or entry.node).error(text)


def _origin(value: float, recommended: float, node: Node | None) -> tuple[Node | None, str]:
    """The origin of a number that is outside of its range: (node or None, words)."""
    if node is None:
        return None, ", of the catalogue or the task,"
    for element in _each(node):
        text = element.value
        if not isinstance(text, str):
            continue
        if axes.tie(element).target:
            return element, f', tied to "{text}",'
        if _resolved(factor(element), recommended) == value:
            return element, f' ("{text}" of {shown(recommended)})'
    return node, ""


def _each(node: Node) -> list[Node]:
    """The values of an axis: those of a list, or the single one."""
    return node.elements("numbers") if isinstance(node.value, list) else [node]


def _check_together(entry: MethodEntry, points: Sequence[Point], nodes: Mapping[str, Node]) -> None:
    """Refuse numbers of one part that cannot stand together, as the part itself says (its trait
    `forbids`, see `bench.registry.Part`). Raises GridError."""
    for kind, part in entry.method.parts():
        forbids = registry.KINDS[kind][part].traits.get("forbids")
        if forbids is None:
            continue
        for point in points:
            if reason := forbids(**own_hparams(part, schedules.still(point))):
                given = [node for name, node in nodes.items() if name.startswith(f"{part}.")]
                place = given[-1] if given else entry.node
                raise place.error(f'method "{entry.method.name}": {part}: {reason}')


def _leads(ratio: Ratio, name: str, ties: Mapping[str, Ratio]) -> bool:
    """True where the ties of the sweep lead from the target of a recipe's ratio to the number that
    the ratio gives."""
    seen: set[str] = set()
    while ratio.target in ties and ratio.target not in seen:
        seen.add(ratio.target)
        ratio = ties[ratio.target]
    return ratio.target == name


def _target(
    name: str, ties: Mapping[str, Ratio], nodes: Mapping[str, Node], entry: MethodEntry
) -> Ratio:
    """Follow a chain of ties -> the axis at its end, and the product of the factors on the way."""
    chain, factor = [name], 1.0
    while chain[-1] in ties:
        node, tie = nodes.get(chain[-1], entry.node), ties[chain[-1]]
        if tie.target not in entry.hparams:
            raise node.error(_no_target(chain[-1], tie.target, entry))
        chain.append(tie.target)
        factor *= tie.factor
        if tie.target in chain[:-1]:
            raise node.error(f"circular ties: {' -> '.join(chain)}; give one of them a number")
    return Ratio(factor, chain[-1])


def _no_target(name: str, target: str, entry: MethodEntry) -> str:
    known = known_hparams()
    if target in known:
        return f'"{name}" is tied to "{target}", which method "{entry.method.name}" does not have'
    return f'"{name}" is tied to an unknown axis "{target}"{nearest(target, known, entry.hparams)}'


def _rows(bundle: Bundle) -> list[Row]:
    return [dict(zip(bundle, row, strict=True)) for row in zip(*bundle.values(), strict=True)]


def _cross(start: Point, rows: Sequence[list[Row]]) -> Iterator[Point]:
    for combination in itertools.product(*rows):
        row = {name: value for part in combination for name, value in part.items()}
        yield start | {name: _resolved(value, start[name]) for name, value in row.items()}


def _resolved(value: float | Planned, recommended: float) -> float:
    if isinstance(value, Planned):
        return value.resolved(recommended)
    return ratios.rounded(value * recommended) if isinstance(value, Times) else value


def _tied(point: Point, targets: Mapping[str, Ratio]) -> Point:
    return point | {name: scaled(point[tie.target], tie.factor) for name, tie in targets.items()}
