"""[[reference]]: what is known of a method on a task. Checked here, used by the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench import registry
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
    _check_metric(table["metric"])
    value = table["value"].number()
    if metric == "success" and not 0 <= value <= 1:
        raise table["value"].error(f"a rate of success is from 0 to 1, not {value:g}")
    if "error" in table and table["error"].number() < 0:
        raise table["error"].error("a standard error cannot be negative")
    if "at" in table:
        _check_place(table["at"], pairs[task, method])


def _check_metric(node: Node) -> None:
    """A metric of ours, or of a plugin."""
    from bench.analysis.quantities import QUANTITIES

    known = dict.fromkeys(("success", *QUANTITIES, *(part.name for part in registry.metric)))
    if node.value not in known:
        raise node.unknown("metric", node.value, known)


def _check_place(at: Node, trials: list[Trial]) -> None:
    """Some trials must have all of the hyper-parameters and options under `at`."""
    from bench.analysis.matching import same

    for name, node in leaves(at):
        known = {**trials[0].options, **trials[0].hparams}
        if name not in known:
            raise node.unknown("hyper-parameter or option", name, known)
        wanted = node.value if isinstance(node.value, str | bool) else node.number()
        trials = [t for t in trials if same({**t.options, **t.hparams}.get(name), wanted)]
        if not trials:
            raise node.error(f"no trial of this reference has {name} = {shown(node.value)}")
