"""Results folders -> findings: what was read, and the declared tables made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from bench.analysis import declared, frame
from bench.analysis.frame.asked import Asks
from bench.analysis.frame.reading import in_order
from bench.analysis.frame.sweeps import Declaration, read_sweep
from bench.analysis.guards import check_table, guarded, ours, say_nothing_to_show
from bench.analysis.report import sections
from bench.analysis.report.figures.training import CURVES, LOSSES
from bench.analysis.tables import answers, outcomes, races, ranking
from bench.analysis.tables.findings import Findings, Tables
from bench.store import asked as stored


def silent(text: str) -> None:
    """Says nothing of how far a report is."""


def collect(
    folders: Sequence[Path],
    cost: frame.Cost = frame.not_known,
    tell: Callable[[str], None] = silent,
    asked: Asks = stored.asked_for,
) -> Findings:
    """Read the folders and make all declared tables; `cost` and `asked` are as `frame.read` has
    them, and `tell` is told how far it is. Raises NoResults, StoreError, and BadDeclaration where a
    plugin's table or figure has no place or a plugin's table cannot be made."""
    sections.sections()
    tell("reading the trials ...")
    data = frame.read(folders, curves=CURVES, signals=LOSSES, cost=cost, asked=asked)
    sweeps = tuple(read_sweep(folder) for folder in folders)
    sweeps = (replace(sweeps[0], faults=(*sweeps[0].faults, *_unlike(sweeps))), *sweeps[1:])
    order = [read_sweep(folder) for folder in in_order(folders)]
    trials = _in_order(data.trials, [m for sweep in order for m in sweep.methods])
    once = outcomes.distinct(trials)
    data = replace(data, trials=once, repeats=len(trials) - len(once))
    trials = once
    raced = races.raced(sweeps, trials)
    trials = races.marked(trials, raced)
    data = replace(data, trials=trials)
    tried = races.without_search(_compared(trials), raced)
    evaluated = ranking.evaluate(tried, data.hparams, order[0].success)
    made = Tables()
    findings = Findings(sweeps, data, evaluated, made)
    for table in sorted(declared.TABLES.values(), key=lambda table: not ours(table.make)):
        tell(f"{len(trials)} trials: table {table.name} ...")
        numbers = _make(table, findings)
        if numbers is not None:
            made[table.name] = numbers
    said = answers.answers(
        made["ranking"],
        made["outcomes"],
        made["pairwise"],
        made.get("comparisons"),
        findings.success,
    )
    shown = Tables({name: table for name, table in made.items() if _says_something(table)})
    for table in declared.TABLES.values():
        if table.name not in shown:
            say_nothing_to_show(table.name, table.make)
    return replace(findings, tables=shown, answers=said)


def _compared(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials without yardsticks, which play no game, unless there is nothing else."""
    methods = trials[~trials["yardstick"].eq(True)]  # not where it is not known
    return trials if methods.empty else methods


def _unlike(sweeps: Sequence[Declaration]) -> Iterator[str]:
    """A sentence for each thing that the sweeps do not declare alike."""
    for what in ("success", "baseline"):
        said = {getattr(sweep, what) for sweep in sweeps} - {None}
        if len(said) > 1:
            kept = getattr(min(sweeps, key=lambda sweep: sweep.folder.resolve()), what)
            text = f"the folders declare more than one {what} ({', '.join(sorted(said))})"
            yield f"{text}: that of the first folder by name counts here, {kept}"


def _make(table: declared.Table, findings: Findings) -> pd.DataFrame | None:
    """The numbers of a table. Raises BadDeclaration where a plugin's function fails, or gives what
    is no table."""
    with guarded("table", table.name, table.make):
        numbers = table.make(findings)
    if numbers is not None:
        check_table(table.name, table.make, numbers)
    return numbers


def _says_something(table: pd.DataFrame) -> bool:
    return len(table) > 0 and not set(table) <= {*outcomes.CELL, "trials", "failed"}


def _in_order(trials: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Within a task: the methods of the list in its order, then the others."""
    place = {method: i for i, method in reversed(list(enumerate(methods)))}
    key = trials["method"].map(lambda method: place.get(method, len(place)))
    order = trials.assign(place=key).sort_values(["task", "place", "method", "seed", "id"])
    return order.drop(columns="place").reset_index(drop=True)
