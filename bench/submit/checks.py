"""The checks of a results folder that need no training: what a reviewer would ask for first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from bench.analysis import frame
from bench.analysis.frame.sweeps import Declaration, read_sweep
from bench.analysis.tables import outcomes, ranking, references
from bench.console import count
from bench.gan import load_parts
from bench.gan.methods import rules
from bench.grid import Lost, kept_files
from bench.grid.asked import asked_for
from bench.store import Store
from bench.sweep.power import a12_over
from bench.trial import NUMERICS, Result

SEEDS = next(n for n in range(2, 64) if a12_over(n) is not None)
"""Fewest seeds of a method with which any difference between two can be told from chance."""

_VERSIONS = ("bench", "numerics", "python", "tensorflow", "keras", "numpy", "scipy", "cpu")
"""Keys that the provenance of every result must have."""


_NO_DRAWS = "none are needed: nothing is drawn at random"


class Check(NamedTuple):
    """A thing that results need before they stand beside others."""

    about: str
    """The thing, in a word."""
    holds: bool
    """True where it is there."""
    words: str
    """The words for what is there; where something lacks, for that and for how it comes."""


def checks(store: Store) -> list[Check]:
    """All checks of a results folder. Raises StoreError for a file that cannot be read."""
    load_parts()
    found = frame.read(store.path, asked=asked_for)
    declared, results = read_sweep(store.path), list(store)
    return [
        _question(declared),
        _complete(store, found),
        _failed(results),
        _controls(found, declared),
        _seeds(_rivals(found.trials, results), raced=declared.race is not None),
        _provenance(results),
        _files(store, results),
    ]


def _of(about: str, lacks: Iterable[str], there: str) -> Check:
    """A check that holds where nothing lacks; of what lacks, three things are named."""
    found = list(lacks)
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return Check(about, not found, "; ".join(found[:3]) + more if found else there)


def _question(declared: Declaration) -> Check:
    lacks = [*declared.faults, *declared.absent]
    first = declared.question.strip().partition("\n")[0]
    if not lacks and not first:
        lacks = ["sweep.toml opens with no comment: say what is asked, and what was expected"]
    return _of("question", lacks, first)


def _complete(store: Store, found: frame.Data) -> Check:
    folder = str(store.path)
    done, planned = found.done.get(folder, 0), found.planned.get(folder)
    if planned is None:
        return Check("trials", False, "it is not known which trials were asked for (asked.json)")
    lacks = [f"{done} of {planned} are stored"] if done < planned else []
    return _of("trials", lacks, f"all {planned} that were asked for")


def _failed(results: Sequence[Result]) -> Check:
    by_status = pd.Series([str(r.status) for r in results if r.status.failed], dtype=str)
    lacks = [f"{n} {status}" for status, n in by_status.value_counts().items()]
    return _of("failures", lacks, "no trial failed (divergence is an outcome)")


def _controls(found: frame.Data, declared: Declaration) -> Check:
    """On each task that is no game a method that is known to succeed, and somewhere one that is
    known not to; and both do as they are known to. The criteria have negative controls of their own
    on each task: samplers that learn nothing."""
    own = [one for one in declared.references if one.metric == "success" and not one.order]
    compared = ranking.evaluate(found.trials, found.hparams, declared.success).trials
    table = references.table(found.trials, compared, own, declared.success)
    kinds = table["known"] > 0.5 if len(table) else pd.Series(dtype=bool)
    table = table.assign(kind=kinds.map({True: "positive", False: "negative"}))
    return _of("controls", _uncontrolled(_drawn(found.trials), table), _controlled(table))


def _drawn(trials: pd.DataFrame) -> list[str]:
    """The names of the tasks in which something is drawn at random."""
    names = trials["task.name"] if "task.name" in trials else trials["task"]
    return [
        str(name)
        for name, own in trials.groupby(names, sort=False)
        if not outcomes.deterministic(own)
    ]


def _uncontrolled(tasks: Sequence[str], table: pd.DataFrame) -> Iterator[str]:
    positive = set(table.loc[table["kind"] == "positive", "task"]) if len(table) else set()
    for task in tasks:
        if task not in positive:
            yield f"{task} has no positive control: a [[reference]] of success near 1"
    if tasks and not (table["kind"] == "negative").any():
        yield "there is no negative control: a [[reference]] of success = 0"
    for row in table.itertuples() if len(table) else ():
        if row.agrees != "yes":
            yield f"the {row.kind} control {row.method} on {row.task}: {row.measured:.0%} succeed"


def _controlled(table: pd.DataFrame) -> str:
    if not len(table):
        return _NO_DRAWS
    names = {
        kind: ", ".join(dict.fromkeys(table[table["kind"] == kind]["method"]))
        for kind in ("positive", "negative")
    }
    return "; ".join(f"{kind}: {own}" for kind, own in names.items() if own)


def _rivals(trials: pd.DataFrame, results: Iterable[Result]) -> pd.DataFrame:
    """The trials of methods that are compared with others, and no yardsticks."""
    ids = {trial.id for trial in rules.compared(result.trial for result in results)}
    return trials[trials["id"].isin(ids)]


def _seeds(trials: pd.DataFrame, raced: bool) -> Check:
    """As many seeds for each method that a difference can be told from chance, and the same: but
    for a race, which gives those more seeds that are told apart later."""
    lacks, fewest = [], []
    for task, own in trials.groupby("task", sort=False):
        if outcomes.deterministic(own):
            continue
        seeds = {str(name): set(group["seed"]) for name, group in own.groupby("method")}
        least = min(seeds, key=lambda name: len(seeds[name]))
        fewest.append(len(seeds[least]))
        if fewest[-1] < SEEDS:
            lacks.append(f"{task}: {least} has {count(fewest[-1], 'seed')}, {SEEDS} are needed")
        elif not raced and len({frozenset(one) for one in seeds.values()}) > 1:
            lacks.append(f"{task}: methods have different seeds, {least} the fewest")
    which = "as many as the race took" if raced else "the same for all"
    there = f"{min(fewest)} or more of each method, {which}" if fewest else _NO_DRAWS
    return _of("seeds", lacks, there)


def _provenance(results: Sequence[Result]) -> Check:
    lacks = []
    for key in _VERSIONS:
        if without := [r.trial.id for r in results if r.provenance.get(key) is None]:
            lacks.append(f"{count(len(without), 'trial')} without {key} ({without[0]})")
    known = {str(r.provenance.get("numerics", NUMERICS)) for r in results} - {str(NUMERICS)}
    if known:
        older = ", ".join(sorted(known))
        lacks.append(f"numerics {older}, and here they are {NUMERICS}: train them again")
    if dirty := sum(bool(r.provenance.get("dirty")) for r in results):
        lacks.append(f"{count(dirty, 'trial')} of a source that was changed and not committed")
    return _of("provenance", lacks, ", ".join(_told(results)))


def _told(results: Sequence[Result]) -> Iterator[str]:
    """The versions and machines that results were made with, each once."""
    for key in ("tensorflow", "numpy", "cpu"):
        known = dict.fromkeys(str(r.provenance.get(key)) for r in results)
        yield f"{'' if key == 'cpu' else f'{key} '}{' and '.join(known)}"


def _files(store: Store, results: Sequence[Result]) -> Check:
    """Every file that a trial was trained with: plugins, networks, trainers, data."""
    lacks: dict[str, None] = {}
    named: set[str] = set()
    for result in results:
        named |= result.trial.plugins.keys()
        try:
            kept = kept_files(store, result.trial)
            kept.plugins(kept.moved(result.trial))
        except Lost as lost:
            lacks.setdefault(str(lost))
    return _of("files", lacks, ", ".join(sorted(named)) or "none of a user's")
