"""Warns of conclusions that a planned sweep cannot support: one sentence of each kind, at most.

Pure functions of the trials; nothing is refused for it. Every bound follows from what the verdicts
and tests themselves ask for, so that a changed threshold changes the sentence.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench import registry
from bench.analysis.frame.labels import labels, task_of
from bench.analysis.frame.rows import contraction
from bench.analysis.statistics.boschloo import rejected
from bench.analysis.statistics.common import ALPHA
from bench.analysis.verdicts import Verdict, signals
from bench.analysis.verdicts import thresholds as at
from bench.console import count
from bench.gan.methods import cost
from bench.sweep.power import a12_over
from bench.trial import Trial

if TYPE_CHECKING:
    import pandas as pd

EQUAL = 1.1
"""Costs of a step closer than this are not told apart: the count is no better."""

Tasks = Mapping[str, Mapping[str, list[Trial]]]
"""Task (with its options where they differ) -> method -> trials."""


def advice(trials: Iterable[Trial], baseline: str | None) -> dict[str, str]:
    """The warnings that apply: kind ("settings", "evaluations", "budget", "gradients", "seeds") ->
    a sentence."""
    tasks = _tasks(trials)
    found = {
        "settings": settings(tasks),
        "evaluations": evaluations(tasks),
        "budget": budget(tasks, baseline),
        "gradients": gradients(tasks),
        "seeds": seeds(tasks),
    }
    return {kind: text for kind, text in found.items() if text}


def settings(tasks: Tasks) -> str | None:
    """Warn of methods of a task that are tried at unequal numbers of settings."""
    found = []
    for task, methods in tasks.items():
        tried = {
            method: len({tuple(sorted(trial.hparams.items())) for trial in own})
            for method, own in methods.items()
        }
        few, many = (which(tried, key=tried.__getitem__) for which in (min, max))
        if tried[few] < tried[many]:
            found.append((tried[many] / tried[few], task, many, tried[many], few, tried[few]))
    if not found:
        return None
    _, task, many, most, few, least = max(found)
    return (
        f"{task}: {many} has {count(most, 'setting')}, {few} {least}: "
        f"the best of {most} looks better than the best of {least}{_also(found, task)}"
    )


def evaluations(tasks: Tasks) -> str | None:
    """Warn of trials that are measured too seldom for some verdicts."""
    found = []
    for task, methods in tasks.items():
        fewest = min(trial.evaluations for own in methods.values() for trial in own)
        needed = _needed(_is_game(methods))
        lacking = [f"no {what} ({n} needed)" for what, n in needed.items() if fewest < n]
        if lacking:
            found.append((-fewest, task, lacking))
    if not found:
        return None
    fewest, task, lacking = max(found)
    few = f"with {count(-fewest, 'evaluation')} a trial"
    return f"{task}: {few} {', '.join(lacking)}{_also(found, task)}"


def budget(tasks: Tasks, baseline: str | None) -> str | None:
    """Warn of budgets that give the baseline fewer steps than its task recommends; where no
    baseline is declared, that give every method fewer."""
    found = []
    for task, methods in tasks.items():
        facts = registry.task[_any(methods).task].traits
        got = {m: max(t.steps for t in own) for m, own in methods.items()}
        method = baseline if baseline in got else max(got, key=got.__getitem__)
        if "steps" in facts and got[method] < facts["steps"]:
            share = facts["steps"] / got[method]
            found.append((share, task, method, got[method], facts["steps"]))
    if not found:
        return None
    _, task, method, steps, recommended = max(found)
    return (
        f"{task}: {method} gets {steps} of the {recommended} steps that the task recommends: what "
        f"has not converged by then may only be slow{_also(found, task)}"
    )


def gradients(tasks: Tasks) -> str | None:
    """Warn of methods that take unequal numbers of gradients, because they get equal numbers of
    steps. Games are left out: there the step itself is looked at."""
    found = []
    for task, methods in tasks.items():
        if _any(methods).gradients or _is_game(methods):
            continue
        each = {m: cost.gradients(own[0].method) for m, own in methods.items()}
        each = {method: known for method, known in each.items() if known == known}
        if not each:  # trainers of the user's own
            continue
        cheap, dear = (which(each, key=each.__getitem__) for which in (min, max))
        if each[dear] >= EQUAL * each[cheap]:
            found.append((each[dear] / each[cheap], task, dear, each[dear], cheap, each[cheap]))
    if not found:
        return None
    ratio, task, dear, most, cheap, least = max(found)
    return (
        f"{task}: at equal steps {dear} takes {most:.3g} / {least:.3g} = {ratio:.2g} times the "
        f"gradients of {cheap}; `gradients = N` in place of `steps` gives each the same"
        f"{_also(found, task)}"
    )


def seeds(tasks: Tasks) -> str | None:
    """Warn of too few seeds to tell any difference from chance. Games are left out: nothing in them
    is drawn at random."""
    found = []
    for task, methods in tasks.items():
        fewest = min(len({trial.seed for trial in own}) for own in methods.values())
        if len(methods) > 1 and not _is_game(methods) and a12_over(fewest) is None:
            found.append((-fewest, task))
    if not found:
        return None
    fewest, task = -max(found)[0], max(found)[1]
    what = "difference in q" if rejected(fewest, ALPHA).any() else "difference"
    enough = _least(lambda n: a12_over(n) is not None)
    return (
        f"{task}: with {count(fewest, 'seed')} a method no {what} can reach p < {ALPHA:g} "
        f"({enough} needed){_also(found, task)}"
    )


def improving(trials: pd.DataFrame, baseline: str | None) -> str | None:
    """Warn where most trials of the baseline (of every method, where none is declared) still
    improved when their budget ended. `trials` has columns task, method, outcome."""
    own = trials[trials["method"] == baseline] if baseline else trials
    found = []
    for task, group in own.groupby("task", sort=False):
        still = int((group["outcome"] == Verdict.IMPROVING).sum())
        if 2 * still > len(group):
            found.append((still / len(group), str(task), still, len(group)))
    if not found:
        return None
    _, task, still, of = max(found)
    whose = f" of {baseline}" if baseline else ""
    return (
        f"{task}: {still} of {count(of, 'trial')}{whose} still improved when the budget ended: "
        f"too early to say where they end{_also(found, task)}"
    )


def _tasks(trials: Iterable[Trial]) -> Tasks:
    groups: dict[tuple[object, ...], dict[str, list[Trial]]] = {}
    for trial in trials:
        key = (trial.task, *sorted(trial.options.items()))
        groups.setdefault(key, {}).setdefault(trial.method.name, []).append(trial)
    names = labels([task_of(t, t.gradients) for t in map(_any, groups.values())])
    return dict(zip(names, groups.values(), strict=True))


def _any(methods: Mapping[str, list[Trial]]) -> Trial:
    return next(iter(methods.values()))[0]


def _is_game(methods: Mapping[str, list[Trial]]) -> bool:
    return registry.task[_any(methods).task].traits.get("data") == "game"


def _also(found: Sequence[tuple[object, ...]], shown: str) -> str:
    """Name the tasks beside the worst one, which is shown."""
    others = [str(task) for _, task, *_ in found if task != shown]
    if not others:
        return ""
    more = f" and {len(others) - 2} more" if len(others) > 2 else ""
    return f" (likewise {', '.join(others[:2])}{more})"


def _needed(game: bool) -> dict[str, int]:
    """Conclusion about a trial -> the least number of evaluations that it needs."""

    def late(n: int) -> np.ndarray:
        return signals.late(np.arange(n, 0, -1.0))

    least = {"time to convergence": at.HOLD}
    least["`improving`"] = _least(lambda n: signals.mann_kendall(late(n)) < at.SIGNIFICANT)
    if game:
        least["contraction"] = _least(lambda n: bool(np.isfinite(_contraction(n))))
    else:
        wave = _least(lambda n: bool(np.isfinite(signals.oscillation(late(n)).r)))
        least["`oscillating` by a cycle"] = wave
    return dict(sorted(least.items(), key=lambda item: -item[1]))


def _contraction(n: int) -> float:
    steps = range(1, n + 1)
    return contraction({"step": [*steps], "radius": [0.9**step for step in steps]})


def _least(holds: Callable[[int], bool]) -> int:
    return next(n for n in itertools.count(1) if holds(n))
