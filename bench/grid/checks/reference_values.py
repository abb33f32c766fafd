"""[[reference]]: what is known of a method on a task. Checked here, used by the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench import registry
from bench.grid.selection import options
from bench.grid.source import Node, leaves, shown
from bench.metrics.quantities import OTHERS
from bench.trial import Trial, same

KEYS = ("task", "method", "metric", "value", "source")
"""The keys that a reference needs."""
OPTIONAL = ("error", "at", "order")
"""The keys that it may have."""
ORDERS = (">", "<")
"""Claims of order: the value measured lies above or below the known one."""


def check(root: Node, trials: Iterable[Trial]) -> None:
    """Raises GridError for a reference of which a report could make nothing."""
    if "reference" not in root:
        return
    pairs: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        pairs.setdefault((trial.task, trial.method.name), []).append(trial)
    for table in root["reference"].tables((*KEYS, *OPTIONAL)):
        _check(table, pairs)


def _check(table: Node, pairs: Mapping[tuple[str, str], list[Trial]]) -> None:
    for key in KEYS:
        if key not in table:
            raise table.error(f"a reference without {key}")
    task, metric, own = table["task"].string(), table["metric"].string(), table["method"]
    table["source"].string()
    methods = own.elements("methods") if isinstance(own.value, list) else [own]
    for node in methods:
        if (task, node.string()) not in pairs:
            raise node.error(f'this sweep does not train "{node.value}" on "{task}"')
    _check_metric(table["metric"], task)
    value = table["value"].number()
    if "order" in table and table["order"].string() not in ORDERS:
        raise table["order"].expected('">" or "<"')
    if metric == "success" and not 0 <= value <= 1:
        raise table["value"].error(f"a rate of success is from 0 to 1, not {value:g}")
    if "error" in table and table["error"].number() < 0:
        raise table["error"].error("a standard error cannot be negative")
    if "at" in table:
        for node in methods:
            _check_place(table["at"], pairs[task, node.string()])


def _check_metric(node: Node, task: str) -> None:
    """A metric of ours, or of a plugin, that is measured on this task."""
    known = dict.fromkeys(("success", *(part.name for part in registry.metric), *OTHERS))
    if node.value not in known:
        raise node.unknown("metric", node.value, known)
    name, data = str(node.value), registry.task[task].traits.get("data")
    own = [part for part in registry.metric if part.name == name]
    on = OTHERS[name].on if name in OTHERS else "samples" if own else ""
    if data == "game" and on == "samples":
        raise node.error(f"{task} is a game: nothing is generated, so it has no {name}")
    if data != "game" and on == "game":
        raise node.error(f"{task} is no game, so it has no {name}")
    needs = [need for part in own for need in part.traits.get("needs", ())]
    for kind in (_KINDS[need] for need in needs if need in _KINDS):
        if data is not None and kind != data:
            raise node.error(f"{name} is measured on {kind}, and {task} has none")


_KINDS = {"apart": "points", "sharp": "points", "confidence": "images", "agree": "images"}
"""The data of which alone a sample has such a field, which a metric may need."""


def _check_place(at: Node, trials: list[Trial]) -> None:
    """Some trials must have all of the hyper-parameters and options under `at`."""
    for name, node in leaves(at):
        values = [{**options(t), **t.hparams} for t in trials]
        known = {key for own in values for key in own}
        if name not in known:
            raise node.unknown("hyper-parameter or option", name, known)
        wanted = node.value if isinstance(node.value, str | bool) else node.number()
        met = [t for t, own in zip(trials, values, strict=True) if same(own.get(name), wanted)]
        if not met:
            raise node.error(f"no trial of this reference has {name} = {shown(node.value)}")
        trials = met
