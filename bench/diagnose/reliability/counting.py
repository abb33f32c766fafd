"""Counts on trials how often each finding is right, with each task and each method held out.

    python -m bench.diagnose.reliability results/diagnose
    python -m bench.diagnose.reliability results/diagnose -o mine.csv

A trial's losses and what its discriminator says are looked at as a log would be; what it was comes
from the measurements of its samples. Rules have no bound that is fitted here. What is chosen is
which of them are failures: that choice is made without each task, and without each method, in turn,
and the trials of the one held out are judged by it. Methods of the same losses are held out
together. `told.csv` beside the counts says how well a
logistic regression on numbers of the same series does, on tasks and methods that it has not seen:
no sentence rests on it, and it bounds what simple rules could gain.

Exit codes: 0 written; 2 there are no trials.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.analysis import statistics
from bench.console import parser
from bench.diagnose.reliability import regression
from bench.diagnose.reliability.cases import Case, Look, cases, families
from bench.diagnose.reliability.table import ANY, FAILED, FEWEST, FILE, LEVELS, TRUTHS, Counted
from bench.store import StoreError
from bench.vocabulary import errors


def main(argv: Sequence[str] | None = None) -> int:
    """Count, and write the files. Returns the exit code."""
    made = parser("diagnose.reliability", __doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("results", type=Path, nargs="+", help="results folders of sweeps")
    made.add_argument("-o", "--output", type=Path, default=FILE, help="the file of counts")
    options = made.parse_args(argv)
    try:
        known = families([case for folder in options.results for case in cases(folder)])
    except StoreError as error:
        errors.say(error)
        return 2
    if not known:
        errors.say(f"{options.results[0]}: no trial with losses and a verdict")
        return 2
    rows = [*_each(known), *_together(known)]
    write(options.output, ("rule", "series", *Counted._fields), rows)
    told = regression.rows(known)
    write(options.output.with_name("told.csv"), regression.COLUMNS, told)
    print(f"{len(known)} trials: {len(rows)} counts in {options.output}")
    return 0


def write(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table as CSV, numbers with three digits."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(
            [f"{cell:.3g}" if isinstance(cell, float) else cell for cell in row] for row in rows
        )


def _each(known: Sequence[Case]) -> Iterator[tuple[Any, ...]]:
    for look in sorted({look for case in known for look in case.looks}):
        for truth in TRUTHS:
            yield (*look, *count(known, look, truth))


def _together(known: Sequence[Case]) -> Iterator[tuple[Any, ...]]:
    """Counts for each level of information, by rules that were chosen without the trial's task."""
    for level in LEVELS:
        chosen = {task: failures(_without(known, "task", task)) for task in _all(known, "task")}
        seen = [
            case._replace(looks=frozenset({(ANY, level)} if case.shown(level) & own else ()))
            for case in known
            for own in [chosen[case.task]]
        ]
        for truth in TRUTHS:
            yield (ANY, level, *_counts(seen, (ANY, level), truth))


def failures(known: Sequence[Case]) -> frozenset[Look]:
    """The looks that are failures by these trials."""
    looks = {look for case in known for look in case.looks}
    return frozenset(look for look in looks if _tells(known, look))


def count(known: Sequence[Case], look: Look, truth: str) -> Counted:
    """The counts of one look and one truth."""
    found = _counts(known, look, truth)
    if truth != FAILED:
        return found
    tasks, methods = (_agree(known, look, found.tells, what) for what in ("task", "family"))
    return found._replace(agree_tasks=tasks, agree_methods=methods)


def _agree(known: Sequence[Case], look: Look, whole: bool, what: str) -> float:
    """The share of the tasks or families without which a look tells what it tells with all."""
    there = {getattr(case, what) for case in known if look in case.looks}
    same = [_tells(_without(known, what, name), look) == whole for name in there]
    return float(np.mean(same))


def _without(known: Sequence[Case], what: str, name: str) -> list[Case]:
    return [case for case in known if getattr(case, what) != name]


def _all(known: Sequence[Case], what: str) -> list[str]:
    return sorted({getattr(case, what) for case in known})


def _tells(known: Sequence[Case], look: Look) -> bool:
    return _counts(known, look, FAILED).tells


def _counts(known: Sequence[Case], look: Look, truth: str) -> Counted:
    usable = [c for c in known if c.truths[truth] is not None and (c.has(look) or look in c.looks)]
    own = [case for case in usable if look in case.looks]
    rest = [case for case in usable if look not in case.looks]
    tasks = _all(own, "task")
    by_task = [[bool(case.truths[truth]) for case in own if case.task == task] for task in tasks]
    least = min((float(np.mean(each)) for each in by_task if len(each) >= FEWEST), default=math.nan)
    first = (truth, len(own), *_rate(own, truth))
    return Counted(*first, len(rest), *_rate(rest, truth), len(tasks), least)


def _rate(own: Sequence[Case], truth: str) -> tuple[int, float, float]:
    """The number of trials of which a truth holds, and the interval of their share, whose clusters
    are the trials of one family of methods on one task."""
    if not own:
        return 0, 0.0, 1.0
    groups: dict[tuple[str, str], list[bool]] = {}
    for case in own:
        groups.setdefault((case.task, case.family), []).append(bool(case.truths[truth]))
    right, sizes = (np.array([f(g) for g in groups.values()], float) for f in (sum, len))
    interval = statistics.of_clusters(right, sizes)
    return int(right.sum()), interval.low, interval.high
