"""Warns of what a sweep does to the recipes of the catalogue, when it is read.

A recipe whose numbers are replaced is another method under the same name. What a sweep gives is
in force all the same; a warning says where it takes from a recipe what defines it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from bench import registry
from bench.gan import methods as catalogue
from bench.gan.methods.rules import DoubtfulMethod
from bench.grid.axes import Axes
from bench.grid.methods import MethodEntry
from bench.grid.numbers.ratios import parse
from bench.grid.source import Node
from bench.trial import Trial


def warn(entries: Iterable[MethodEntry], sweep: Axes, trials: Sequence[Trial]) -> None:
    """Warns with DoubtfulMethod, at the line of the axis or of the method, once for each."""
    for entry in entries:
        own = [trial for trial in trials if trial.method == entry.method]
        _ratios(entry, sweep, own)
        _kinds(entry, own)


def _ratios(entry: MethodEntry, sweep: Axes, trials: Sequence[Trial]) -> None:
    """Warn of a number that a sweep gives and a recipe defines by its ratio to another one."""
    for name, ratio in entry.ratios.items():
        target = ratio.target or name
        nodes = [node for n in (name, target) if (node := entry.axes.get(n) or sweep.nodes.get(n))]
        if not nodes or (not ratio.target and _factors(nodes[0])):
            continue
        node = nodes[0]
        places = {(t.hparams[name], t.hparams[target]) for t in trials}
        found = sorted({a / b for a, b in places if b}) if ratio.target else []
        if ratio.target and all(math.isclose(f, ratio.factor, rel_tol=2e-3) for f in found):
            continue
        now = f": here {name} / {target} is {', '.join(f'{f:.3g}' for f in found)}" if found else ""
        node.warn(
            DoubtfulMethod,
            f'"{entry.method.name}" is defined by {name} = "{ratio}" '
            f"({entry.recipe.sources.get(name, entry.recipe.source)}), and {node.name} is in its "
            f"place{now}. To keep the ratio, give the method an axis of its own: "
            f'grid.{name} = "{ratio}"',
        )


def _factors(node: Node) -> bool:
    """True where an axis has factors only: they multiply the recipe's own number."""
    values = node.value if isinstance(node.value, list) else [node.value]
    return all(isinstance(v, str) and not parse(v).target for v in values)


def _kinds(entry: MethodEntry, trials: Sequence[Trial]) -> None:
    """Warn of a recipe that meets data of another kind than its numbers are for."""
    meant = entry.recipe.data
    for task in dict.fromkeys(trial.task for trial in trials) if meant else ():
        kind = registry.task[task].traits.get("data", meant)
        if kind == meant:
            continue
        twins = [n for n, r in catalogue.CATALOGUE.items() if r.source == entry.recipe.source]
        twins = [n for n in twins if catalogue.CATALOGUE[n].data == kind]
        remedy = f'; "{twins[0]}" has those for {kind}' if twins else ""
        entry.node.warn(
            DoubtfulMethod,
            f'"{entry.method.name}" has the numbers of its paper for {meant}, and the data of '
            f"{task} are {kind}{remedy}",
        )
