"""Reads steps, gradients and evaluations of [sweep] into the lengths of trials."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bench.gan.methods import cost
from bench.grid.source import Node
from bench.registry import Part, suggest
from bench.trial import Method, affordable

EVALUATIONS = 100
"""Number of evaluations where none is asked for."""
MOST = 1_000_000
"""Largest number of evaluations: more are a slip of the finger."""
STEPS_MOST = 2**31 - 1
"""Largest number of steps: the trainer counts them in 32 bits."""


class Length(NamedTuple):
    """The length of a trial."""

    steps: int
    """Number of steps."""
    evaluations: int
    """Number of evaluations, at equal distances."""
    gradients: int
    """The budget in gradients that `steps` comes from; 0: it was given in steps."""


@dataclass(frozen=True)
class Budget:
    """The budget of the trials of one task, in steps or in gradients."""

    task: str
    """The task."""
    steps: int
    """Number of steps of all methods; 0 for a budget in gradients."""
    gradients: Node | None
    """The budget in gradients, from which each method gets its own number of steps."""
    evaluations: Node | None
    """The number of evaluations, where it is given."""

    def of(self, method: Method) -> Length:
        """The length of a method's trials. Raises GridError for a budget in gradients that is less
        than one step, or less than the evaluations that are asked for."""
        if self.gradients is None:
            return Length(self.steps, self._evaluations(self.steps), 0)
        gradients = self.gradients.whole(most=STEPS_MOST)
        each = cost.gradients(method)
        if math.isnan(each):
            text = f"the gradients of {method.name}, a trainer of its own, are not known"
            raise self.gradients.error(f"{text}: give steps in place of gradients")
        steps = affordable(each, gradients)
        if not steps:
            text = f"{gradients} gradients are less than one step of {method.name} ({each:.3g})"
            raise self.gradients.error(text)
        return Length(steps, self._evaluations(steps, f" of {method.name}"), gradients)

    def _evaluations(self, steps: int, whose: str = "") -> int:
        if self.evaluations is None:
            return min(EVALUATIONS, steps)
        evaluations = self.evaluations.whole(most=MOST)
        if evaluations > steps:
            text = f'{evaluations} evaluations of task "{self.task}" in only {steps} steps{whose}'
            raise self.evaluations.error(text)
        return evaluations


def read(sweep: Node, part: Part, names: Mapping[str, Node]) -> Budget:
    """Read the budget of one task from the table [sweep]. Raises GridError."""
    steps, gradients, evaluations = (
        per_task(sweep, key, part.name, names) for key in ("steps", "gradients", "evaluations")
    )
    if gradients is not None:
        if steps is not None:
            text = f'task "{part.name}" has steps and gradients: leave one of them out'
            raise gradients.error(text)
        gradients.whole(most=STEPS_MOST)
        return Budget(part.name, 0, gradients, evaluations)
    if steps is None and "steps" not in part.traits:
        text = f'sweep.steps is missing: task "{part.name}" recommends none'
        raise sweep.beside("steps").error(text)
    count = steps.whole(most=STEPS_MOST) if steps else part.traits["steps"]
    budget = Budget(part.name, count, None, evaluations)
    budget._evaluations(budget.steps)  # refused here: before the methods are read
    return budget


def mixed(sweep: Node, tasks: Iterable[str]) -> tuple[str, ...]:
    """A warning where gradients are given for some tasks alone: the others have steps, and with
    them another question."""
    given = sweep.value.get("gradients") and sweep["gradients"]
    if given is None or not isinstance(given.value, dict):
        return ()
    others = [task for task in dict.fromkeys(tasks) if task not in given.value]
    text = (
        f"{', '.join(others)}: no gradients are given, so that all methods have the same number of "
        "steps there and unequal gradients"
    )
    return (f"warning: {given.error(text)}",) if others else ()


def per_task(sweep: Node, key: str, name: str, names: Mapping[str, Node]) -> Node | None:
    """Find the value for one task of a key that is one value or a table with one per task."""
    if key not in sweep:
        return None
    if not isinstance(sweep[key].value, dict):
        return sweep[key]
    nodes = sweep[key].table()
    for task, node in nodes.items():
        if task not in names:
            raise node.error(f'task "{task}" is not in this sweep{suggest(task, names)}')
    return nodes.get(name)
