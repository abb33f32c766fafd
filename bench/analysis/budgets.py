"""By which budget trials are compared, and in what their time is then counted: steps or gradients.

A budget in gradients gives each method another number of steps. Its trials stand on one task all
the same, and whatever is drawn or compared along their training is counted in gradients.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from bench import cost
from bench.analysis.labels import task_of
from bench.trial import Trial


def budgets(trials: Sequence[Trial], costs: Sequence[float]) -> list[int]:
    """The budget in gradients by which each trial is compared; 0: the number of its steps.

    `costs` [n] are the gradients of one step (NaN: not known). A stored trial names the budget of
    the sweep that trained it, and the next sweep that asks for it may have another one, or none: it
    is the same trial. So a trial is counted with any budget of its task that buys just its steps;
    where several do, with that which explains the most trials. The order of the trials, and so that
    of the folders, decides nothing. A trial has one row: of two sweeps that share it, the one by
    gradients has it when both are read together.
    """
    groups: dict[Hashable, list[int]] = {}
    for place, trial in enumerate(trials):
        groups.setdefault(_task(trial), []).append(place)
    found = [0] * len(trials)
    for places in groups.values():
        known = {trials[place].gradients for place in places} - {0}
        fits = {p: _fitting(trials[p], costs[p], known) for p in places} if known else {}
        left = [place for place in places if fits.get(place)]
        while left:
            count = Counter(budget for place in left for budget in fits[place])
            own = Counter(trials[place].gradients for place in left)
            best = max(count, key=lambda b: (count[b], own[b], -b))
            for place in [place for place in left if best in fits[place]]:
                found[place] = best
                left.remove(place)
    return found


def _task(trial: Trial) -> Hashable:
    """The task with its options, whatever its length."""
    name, properties = task_of(trial)
    return name, *sorted((k, str(v)) for k, v in properties.items() if k != "steps")


def _fitting(trial: Trial, each: float, known: set[int]) -> set[int]:
    """The budgets that buy just the steps of a trial; its own is always one of them."""
    fitting = {b for b in known if each == each and cost.steps(each, b) == trial.steps}
    return fitting | ({trial.gradients} if trial.gradients else set())


def in_gradients(trials: pd.DataFrame) -> bool:
    """Whether the trials of a task (or of one of its methods) are compared by their gradients."""
    return bool(len(trials) and (trials["gradients"] > 0).all())


def scale(trials: pd.DataFrame) -> np.ndarray:
    """What a step of each trial counts [n]: 1, or its gradients. One that is not known, because the
    trial crashed, follows from budget and steps."""
    if not in_gradients(trials):
        return np.ones(len(trials))
    each = trials["gradients_per_step"].fillna(trials["gradients"] / trials["steps"])
    return each.to_numpy(dtype=float)


def length(trials: pd.DataFrame) -> np.ndarray:
    """The budget of each trial [n], in steps or in gradients."""
    column = "gradients" if in_gradients(trials) else "steps"
    return trials[column].to_numpy(dtype=float)


def axis(trials: pd.DataFrame) -> str:
    """What stands at an axis along their training."""
    return "gradients" if in_gradients(trials) else "training step"


def words(trials: pd.DataFrame) -> str:
    """How long the trials of a task are: "5000 steps", "8000 gradients (1168 to 4000 steps)"."""
    steps = sorted(int(n) for n in trials["steps"].unique())
    if not in_gradients(trials):
        return f"{', '.join(map(str, steps))} steps"
    budget = ", ".join(str(n) for n in sorted(trials["gradients"].unique()))
    return (
        f"{budget} gradients ({' to '.join(map(str, dict.fromkeys((steps[0], steps[-1]))))} steps)"
    )
