"""Refuses a period that is longer than the trials that have it: what it is about would never be
done, and the method would stand in the results under its name all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.grid.source import Node, leaves
from bench.trial import Trial

_PERIOD = ".period"
"""The end of the name of each hyper-parameter that counts steps."""


def check(root: Node, trials: Sequence[Trial]) -> None:
    """Raises GridError for a number of steps that a sweep gives and a trial does not come to."""
    entries = root["method"].tables() if "method" in root else []
    for entry in entries:
        own = [trial for trial in trials if trial.method.name == entry["name"].value]
        if "lazy" in entry:
            few = [t.steps for t in own if t.method.lazy > t.steps]
            _refuse(entry["lazy"], "lazy", own[0].method.lazy if own else 0, few)
        for name, node in _given(entry):
            _check(name, node, own)
    for name, node in _given(root):
        _check(name, node, trials)


def _given(table: Node) -> Iterator[tuple[str, Node]]:
    for name, node in leaves(table["grid"]) if "grid" in table else ():
        if name.endswith(_PERIOD):
            yield name, node


def _check(name: str, node: Node, trials: Sequence[Trial]) -> None:
    values = [(t.hparams[name], t.steps) for t in trials if name in t.hparams]
    given = node.value if isinstance(node.value, list) else [node.value]
    for value in (v for v in given if isinstance(v, int | float)):
        _refuse(node, name, value, [n for own, n in values if own == value and own > n])


def _refuse(node: Node, name: str, value: float, few: Sequence[int]) -> None:
    if few:
        text = f"{name} = {value:g} in trials of {min(few)} steps would have no effect"
        raise node.error(f"{text}: give a smaller one, or more steps")
