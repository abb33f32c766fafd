"""[[reference]]: what is known of a method on a task. Checked here, used by the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench import registry
from bench.grid.selection import options
from bench.grid.source import Node, leaves, shown
from bench.trial import Trial

_KEYS = ("task", "method", "metric", "value", "source")
_OPTIONAL = ("error", "at")


def check(root: Node, trials: Iterable[Trial]) -> None:
    """Raises GridError for a reference of which a report could make nothing."""
    if "reference" not in root:
        return
    pairs: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        pairs.setdefault((trial.task, trial.method.name), []).append(trial)
    for table in root["reference"].tables((*_KEYS, *_OPTIONAL)):
        _check(table, pairs)


def _check(table: Node, pairs: Mapping[tuple[str, str], list[Trial]]) -> None:
    for key in _KEYS:
        if key not in table:
            raise table.error(f"a reference without {key}")
    task, method, metric = (table[key].string() for key in ("task", "method", "metric"))
    table["source"].string()
    if (task, method) not in pairs:
        raise table["method"].error(f'this sweep does not train "{method}" on "{task}"')
    _check_metric(table["metric"], task)
    value = table["value"].number()
    if metric == "success" and not 0 <= value <= 1:
        raise table["value"].error(f"a rate of success is from 0 to 1, not {value:g}")
    if "error" in table and table["error"].number() < 0:
        raise table["error"].error("a standard error cannot be negative")
    if "at" in table:
        _check_place(table["at"], pairs[task, method])


def _check_metric(node: Node, task: str) -> None:
    """A metric of ours, or of a plugin, that is measured on this task."""
    from bench.metrics.quantities import QUANTITIES

    known = dict.fromkeys(("success", *QUANTITIES, *(part.name for part in registry.metric)))
    if node.value not in known:
        raise node.unknown("metric", node.value, known)
    facts = registry.task[task].traits
    is_game, kind = facts.get("data") == "game", _KINDS.get(str(node.value))
    measured = node.value in registry.metric or node.value in ("q_tail", "mode_tv")
    if is_game and measured:
        raise node.error(f"{task} is a game: nothing is generated, so it has no {node.value}")
    if not is_game and kind == "game":
        raise node.error(f"{task} is no game, so it has no {node.value}")
    if "data" in facts and not is_game and kind in ("points", "images") and kind != facts["data"]:
        raise node.error(f"{node.value} is measured on {kind}, and {task} has none")


_KINDS = {
    **dict.fromkeys(("radius", "contraction"), "game"),
    **dict.fromkeys(("high_quality", "mode_spread"), "points"),
    **dict.fromkeys(("confidence", "agreement"), "images"),
}
"""The tasks on which a metric is measured, where it is not on all that generate something."""


def _check_place(at: Node, trials: list[Trial]) -> None:
    """Some trials must have all of the hyper-parameters and options under `at`."""
    from bench.trial import same

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
