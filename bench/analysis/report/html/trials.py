"""The single trials: seed by seed, and as the table that every number leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from bench.analysis.plots.endings import OUTCOME_COLOURS
from bench.analysis.report import formats, words
from bench.analysis.report.html.elements import cell_address
from bench.analysis.tables import outcomes
from bench.analysis.tables.findings import Findings
from bench.trial import Status

_MOST = 800
"""More trials than this are not shown seed by seed: the figure of outcomes says more."""

LETTERS: Mapping[str, str] = {
    **{name: name[0].upper() for name in outcomes.OUTCOMES},
    "degraded": "G",
    "collapsed": "L",
    "diverged": "D",
    Status.CRASHED: "X",
    Status.OUT_OF_MEMORY: "Y",
    Status.COMPLETED: "?",
}


class Key(NamedTuple):
    """An entry of the legend."""

    outcome: str
    """The way a trial ended."""
    letter: str
    """The letter that stands for it."""


class Letter(NamedTuple):
    """A trial in the grid."""

    outcome: str
    """The way it ended."""
    letter: str
    """The letter that stands for it."""
    id: str
    """The trial's id, whose row it leads to."""
    q: str
    """Its q, in digits."""


class GridRow(NamedTuple):
    """A method and setting in the grid."""

    name: str
    """The method with its setting."""
    letters: Sequence[Letter | None]
    """A trial per seed; None where there is none."""


class Grid(NamedTuple):
    """The trials of a task: a row per method and setting, a column per seed."""

    task: str
    """The task."""
    seeds: Sequence[int]
    """The heads of the columns."""
    rows: Sequence[GridRow]
    """The rows."""


class Seeds(NamedTuple):
    """All trials seed by seed, as the template draws them."""

    too_many: int
    """The number of trials where they are too many to show, else 0."""
    legend: Sequence[Key]
    """The outcomes that occur."""
    grids: Sequence[Grid]
    """One per task."""


def seeds(findings: Findings) -> Seeds:
    """A grid per task: a row per method and setting, a column per seed, a letter per outcome that
    leads to its trial."""
    trials = findings.trials
    if len(trials) > _MOST:
        return Seeds(len(trials), (), ())
    present = [name for name in outcomes.OUTCOMES if (trials["outcome"] == name).any()]
    groups = trials.groupby("task", sort=False)
    grids = [_grid(str(task), own, findings.settings) for task, own in groups]
    return Seeds(0, [Key(str(name), LETTERS[name]) for name in present], grids)


def _grid(task: str, trials: pd.DataFrame, settings: Sequence[str]) -> Grid:
    heads, rows = sorted(trials["seed"].unique()), []
    for key, own in trials.groupby(["method", *settings], sort=False, dropna=False):
        name = " ".join([str(key[0]), *(_setting(settings, key[1:]))])
        found = {trial["seed"]: trial for trial in own[::-1].to_dict("records")}
        rows.append(GridRow(name, [_letter(found[s]) if s in found else None for s in heads]))
    return Grid(task, heads, rows)


def _setting(names: Sequence[str], values: Sequence[Any]) -> list[str]:
    return [
        f"{name}={value:g}" for name, value in zip(names, values, strict=True) if value == value
    ]


def _letter(trial: Mapping[Any, Any]) -> Letter:
    ended = trial["outcome"]
    return Letter(str(ended), LETTERS[ended], trial["id"], formats.number(trial["q_tail"]))


class Head(NamedTuple):
    """The head of a column of the table of trials."""

    name: str
    """The words in it."""
    number: bool
    """True for numbers, to the right."""


class Trials(NamedTuple):
    """The table of trials, as the template draws it."""

    commands: str
    """The commands that train one trial again."""
    several: bool
    """True where the trials are of several sweeps, which then have a column."""
    heads: Sequence[Head]
    """The heads of the columns."""
    rows: Sequence[Mapping[str, Any]]
    """A mapping per trial, by the names that the template uses."""


def trials(findings: Findings) -> Trials:
    """One row per trial, with what identifies it to `--only`; the first trial of a task and method
    carries the address that the numbers about them lead to."""
    settings, sweeps = findings.settings, {str(s.folder): s.name for s in findings.sweeps}
    seen: set[str] = set()
    rows = []
    for trial in findings.trials.to_dict("records"):
        address = cell_address(trial["task"], trial["method"])
        own = {"address": address, "first": address not in seen, "sweep": sweeps[trial["sweep"]]}
        rows.append(_row(trial) | own | {"only": selection(trial, settings)})
        seen.add(address)
    several, numeric = len(sweeps) > 1, {"seed", "q", "steps", "seconds"}
    names = ("task", "method", "seed", "outcome", "rule or error", "q", "steps", "seconds")
    heads = ["id", *(["sweep"] if several else []), *names, "--only"]
    commands = "\n".join(words.again_one(sweep) for sweep in findings.sweeps)
    return Trials(commands, several, [Head(name, name in numeric) for name in heads], rows)


def _row(trial: Mapping[Any, Any]) -> dict[str, Any]:
    why = trial["error"] if isinstance(trial["error"], str) else trial["rule"]
    return {
        **{name: str(trial[name]) for name in ("id", "task", "method", "seed", "outcome")},
        "why": str(why),
        "q": formats.number(trial["q_tail"]),
        "steps": f"{trial['steps_done']:.0f}",
        "seconds": formats.number(trial["seconds"]),
    }


def selection(trial: Mapping[Any, Any], settings: Sequence[str]) -> str:
    """The words by which `bench.sweep --only` finds this trial: its task with the options that its
    label tells, its method, seed, and hyper-parameters that vary."""
    task, _, options = str(trial["task"]).partition(" (")
    known = [o for o in options.rstrip(")").split(", ") if o and o.split("=")[0] not in _NOT_KEYS]
    method = str(trial["method"]).partition(" (")[0]
    values = [f"{n}={trial[n]!r}" for n in settings if trial[n] == trial[n]]
    parts = [f"task={task}", *known, f"method={method}", f"seed={trial['seed']}", *values]
    return ",".join(parts)


_NOT_KEYS = ("steps", "gradients", "path")


def colours() -> str:
    """The outcomes' colours as CSS."""
    return "".join(f".o-{name}{{--o:{colour}}}" for name, colour in OUTCOME_COLOURS.items())
