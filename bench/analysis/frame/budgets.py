"""Finds the budget by which trials are compared, and counts their time in it: steps or gradients.

A budget in gradients gives each method another number of steps. Its trials stand on one task all
the same, and whatever is drawn or compared along their training is counted in gradients.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.analysis.frame.labels import task_of
from bench.trial import Trial, affordable


def budgets(
    trials: Sequence[Trial], costs: Sequence[float], steps_first: bool = False
) -> list[int]:
    """Find the budget in gradients by which each trial is compared; 0: the number of its steps.

    `costs` [n] are the gradients of one step (NaN: not known). A stored trial names the budget of
    the sweep that trained it, but other sweeps with another budget, or none, may share it. So a
    trial fits its number of steps, and every budget of its task that buys just as many. Where it
    fits several, the one that explains most trials counts; of equals, gradients before steps,
    unless `steps_first`. The order of trials and folders decides nothing. A trial has one row: of
    two sweeps that share it, one has it when both are read together.
    """
    groups: dict[Hashable, list[int]] = {}
    for place, trial in enumerate(trials):
        groups.setdefault(_task(trial), []).append(place)
    found = [0] * len(trials)
    for places in groups.values():
        known = {trials[place].gradients for place in places} - {0}
        fits = {place: _fitting(trials[place], costs[place], known) for place in places}
        left = places if known else []
        # Greedy: the length that fits most trials takes them, then the next one of the others.
        while left:
            count = Counter(length for place in left for length in fits[place])
            best = max(count, key=lambda n: (count[n], bool(n.steps) == steps_first, -sum(n)))
            for place in left:
                found[place] = best.gradients if best in fits[place] else found[place]
            left = [place for place in left if best not in fits[place]]
    return found


class _Length(NamedTuple):
    """A length of trials: so many gradients, or so many steps."""

    gradients: int
    steps: int = 0


def _task(trial: Trial) -> Hashable:
    """The task with its options, whatever its length."""
    name, properties = task_of(trial)
    return name, *sorted((k, str(v)) for k, v in properties.items() if k != "steps")


def _fitting(trial: Trial, each: float, known: set[int]) -> set[_Length]:
    """List the lengths that explain a trial: its steps, the budgets that buy just these, its own
    budget."""
    fitting = {_Length(b) for b in known if each == each and affordable(each, b) == trial.steps}
    own = {_Length(trial.gradients)} if trial.gradients else set()
    return {_Length(0, trial.steps), *fitting, *own}


def in_gradients(trials: pd.DataFrame) -> bool:
    """True where trials of a task (or of one of its methods) are compared by their gradients."""
    return bool(len(trials) and (trials["gradients"] > 0).all())


def scale(trials: pd.DataFrame) -> np.ndarray:
    """The units that a step of each trial counts [n]: 1, or its gradients. Where a trial that
    crashed does not know them, they are its budget divided by its steps."""
    if not in_gradients(trials):
        return np.ones(len(trials))
    each = trials["gradients_per_step"].fillna(trials["gradients"] / trials["steps"])
    return each.to_numpy(dtype=float)


def length(trials: pd.DataFrame) -> np.ndarray:
    """The budget of each trial [n], in steps or in gradients."""
    column = "gradients" if in_gradients(trials) else "steps"
    return trials[column].to_numpy(dtype=float)


def axis(trials: pd.DataFrame) -> str:
    """The label of an axis along the training of these trials."""
    return "gradients" if in_gradients(trials) else "training step"


def words(trials: pd.DataFrame) -> str:
    """Tell the length of the trials of a task: "5000 steps", "8000 gradients (1168 to 4000
    steps)"."""
    steps = sorted(int(n) for n in trials["steps"].unique())
    if not in_gradients(trials):
        return f"{', '.join(map(str, steps))} steps"
    budget = ", ".join(str(n) for n in sorted(trials["gradients"].unique()))
    return (
        f"{budget} gradients ({' to '.join(map(str, dict.fromkeys((steps[0], steps[-1]))))} steps)"
    )
