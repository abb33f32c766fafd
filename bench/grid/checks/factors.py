"""[analysis.factors]: the factors whose effects a report estimates. Checked here."""

from __future__ import annotations

from collections.abc import Sequence

from bench.grid.source import Node
from bench.trial import Trial

LEAST = 2
"""The least number of levels of a factor, and the least number of factors."""


def check(root: Node, trials: Sequence[Trial]) -> None:
    """Raises GridError for a factor that no trial has or that all trials have alike, and for
    a budget that is no share."""
    if "analysis" not in root:
        return
    analysis = root["analysis"]
    if "factors" in analysis:
        factors = analysis["factors"].table()
        if len(factors) < LEAST:
            raise analysis["factors"].error(f"{len(factors)} factors: give {LEAST} at least")
        for node in factors.values():
            _check(node, trials)
    if "budgets" in analysis:
        _check_budgets(analysis["budgets"])


def _check(node: Node, trials: Sequence[Trial]) -> None:
    """Check one factor: a key of a trial, or a list of keys whose values are taken together."""
    keys = node.elements("keys") if isinstance(node.value, list) else [node]
    known = dict.fromkeys(key for trial in trials for key in trial.choices)
    for key in keys:
        if key.string() not in known:
            raise key.unknown("hyper-parameter or key of a method", key.string(), known)
    names = [key.string() for key in keys]
    if len({trial.level(names) for trial in trials}) < LEAST:
        raise node.error(f"{node.name}: all trials have the same {' and '.join(names)}")


def _check_budgets(node: Node) -> None:
    """Check the budgets: each is a share of the budget of the sweep."""
    for each in node.elements("numbers"):
        if not 0 < each.number() < 1:
            text = f"{node.name} holds shares of the sweep's own budget, between 0 and 1"
            raise each.error(f"{text}, not {each.number():g}")
