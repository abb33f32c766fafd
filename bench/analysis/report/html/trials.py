"""The single trials: seed by seed, and as the table that every number leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from bench.analysis.plots.endings import OUTCOME_COLOURS
from bench.analysis.report import formats, words
from bench.analysis.report.html import coding
from bench.analysis.report.html.data import data
from bench.analysis.tables import outcomes
from bench.analysis.tables.findings import Findings
from bench.trial import Status

CELLS = 900
"""More places of trials than this are not shown seed by seed: the figure of outcomes says more."""

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
    groups = list(trials.groupby("task", sort=False))
    if sum(_cells(own, findings.settings) for _, own in groups) > CELLS:
        return Seeds(len(trials), (), ())
    present = [name for name in outcomes.OUTCOMES if (trials["outcome"] == name).any()]
    grids = [_grid(str(task), own, findings.settings) for task, own in groups]
    return Seeds(0, [Key(str(name), LETTERS[name]) for name in present], grids)


def _cells(trials: pd.DataFrame, settings: Sequence[str]) -> int:
    """The number of cells of a grid: its rows times its columns."""
    return len(trials[["method", *settings]].drop_duplicates()) * int(trials["seed"].nunique())


def _grid(task: str, trials: pd.DataFrame, settings: Sequence[str]) -> Grid:
    heads, rows = sorted(trials["seed"].unique()), []
    trials = trials[[*dict.fromkeys(["method", *settings, "seed", "outcome", "id", "q_tail"])]]
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
    key: str
    """The name of the column in the data that it is sorted by."""
    number: bool
    """True for numbers, to the right."""


class Trials(NamedTuple):
    """The table of trials, as the template draws it: its rows are made by the page's script."""

    total: int
    """The number of trials."""
    where: str
    """The sentence on the folder in which commands work."""
    heads: Sequence[Head]
    """The heads of the columns."""
    tasks: Sequence[str]
    """The tasks to choose from."""
    methods: Sequence[str]
    """The methods to choose from."""
    outcomes: Sequence[str]
    """The ways of ending to choose from."""
    data: Markup
    """All trials as JSON."""


def trials(findings: Findings) -> Trials:
    """The table of trials, whose rows a reader pages, searches, filters, sorts and opens. Raises
    StoreError for samples that cannot be read."""
    known = data(findings)
    heads = list(_heads(findings))
    choices = (findings.tasks, findings.methods, known["outcomes"])
    where = words.where(findings)
    return Trials(len(findings.trials), where, heads, *choices, coding.script(known))


def _heads(findings: Findings) -> Iterator[Head]:
    yield Head("trial", "id", False)
    if len(findings.sweeps) > 1:
        yield Head("sweep", "sweep", False)
    yield Head("task", "task", False)
    yield Head("method", "method", False)
    if findings.settings:
        yield Head("setting", "setting", False)
    yield Head("seed", "seed", True)
    yield Head("verdict", "outcome", False)
    yield Head("rule or error", "why", False)
    yield Head("q", "q", True)
    yield Head("steps", "steps", True)
    yield Head("seconds", "seconds", True)


def colours() -> str:
    """The outcomes' colours as CSS."""
    return "".join(f".o-{name}{{--o:{colour}}}" for name, colour in OUTCOME_COLOURS.items())
