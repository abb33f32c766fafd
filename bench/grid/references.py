"""[[reference]]: what is known of a method on a task. Checked here, used by the report."""

from __future__ import annotations

from collections.abc import Iterable

from bench.grid.source import Node
from bench.trial import Trial

_KEYS = ("task", "method", "metric", "value", "error", "source")


def check(root: Node, trials: Iterable[Trial]) -> None:
    """Raises GridError for a reference of which a report could make nothing."""
    if "reference" not in root:
        return
    pairs = {(trial.task, trial.method.name) for trial in trials}
    for table in root["reference"].tables(_KEYS):
        _check(table, pairs)


def _check(table: Node, pairs: set[tuple[str, str]]) -> None:
    from bench.analysis.quantities import QUANTITIES

    for key in _KEYS:
        if key != "error" and key not in table:
            raise table.error(f"a reference without {key}")
    task, method, metric = (table[key].string() for key in ("task", "method", "metric"))
    table["source"].string()
    if (task, method) not in pairs:
        raise table["method"].error(f'this sweep does not train "{method}" on "{task}"')
    if metric != "success" and metric not in QUANTITIES:
        raise table["metric"].unknown("metric", metric, ("success", *QUANTITIES))
    value = table["value"].number()
    if metric == "success" and not 0 <= value <= 1:
        raise table["value"].error(f"a rate of success is from 0 to 1, not {value:g}")
    if "error" in table and table["error"].number() < 0:
        raise table["error"].error("a standard error cannot be negative")
