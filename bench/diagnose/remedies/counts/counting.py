"""Counts on a factorial which remedy helps after which failure.

    python -m bench.diagnose.remedies.counts results/stabilizers
    python -m bench.diagnose.remedies.counts results/stabilizers -o mine.csv

A remedy is a change of one factor. For each trial that failed, its partner is the trial of the same
task and seed that differs in that factor alone: did it converge? A trial without a partner is not
counted, so a sweep that is still running will do. Beside it stands what another seed would have
done without any change: the share of the other seeds of the same settings that converged, a mean
over the same trials. Intervals resample seeds, each with all of its trials.

A partner that was still improving at the end has not converged. Trials of a task have the same
number of gradients in all, so a remedy that costs more in a step had fewer steps.

Exit codes: 0 written; 2 there are no trials, or they are no such factorial.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bench
from bench.analysis import statistics
from bench.analysis.frame import NoResults
from bench.analysis.tables import rescues
from bench.console import parser
from bench.diagnose.remedies.counts.changes import CHANGES, FACTORS, Change
from bench.diagnose.remedies.counts.table import ALL, ANY, ENDINGS, FILE, Count
from bench.gan.methods.cost import gradients
from bench.store import StoreError
from bench.trial import Method, Verdict
from bench.vocabulary import errors

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = [f"factor.{name}" for name in FACTORS]
KEYS = ["task", "seed", *COLUMNS]


class NoFactorial(ValueError):
    """Trials that have no partners, or several."""


def main(argv: Sequence[str] | None = None) -> int:
    """Count, and write the file. Returns the exit code."""
    made = parser("diagnose.remedies.counts", __doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("results", type=Path, help="the results folder of a factorial")
    made.add_argument("-o", "--output", type=Path, default=FILE, help="the file of counts")
    options = made.parse_args(argv)
    try:
        trials = bench.load(options.results)
        rows = list(counts(trials))
    except (StoreError, NoResults, NoFactorial) as error:
        errors.say(f"{options.results}: {error}" if isinstance(error, NoFactorial) else error)
        return 2
    write(options.output, rows)
    print(f"{len(trials)} trials: {len(rows)} counts in {options.output}")
    return 0


def write(path: Path, rows: Sequence[Count]) -> None:
    """The counts as CSV, shares with three digits."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Count._fields)
        writer.writerows(
            [f"{cell:.3g}" if isinstance(cell, float) else cell for cell in row] for row in rows
        )


def counts(trials: pd.DataFrame) -> Iterator[Count]:
    """Yield a count for each task (and all of them), ending (and any) and remedy with a pair.

    `trials` is a frame as `bench.load` gives it. Raises NoFactorial where a factor is missing,
    where two trials of a task and seed differ in none of the factors, or where nothing failed that
    has a partner.
    """
    if missing := [name for name in KEYS if name not in trials]:
        raise NoFactorial(
            f"no column {missing[0]}: give a sweep whose [analysis.factors] are "
            f"{', '.join(FACTORS)}, such as that of experiments/stabilizers.toml"
        )
    own = trials.assign(hit=trials["outcome"] == Verdict.CONVERGED)
    own = own[own["outcome"].isin(set(Verdict) - {Verdict.NONE})][[*KEYS, "outcome", "hit"]]
    if own.duplicated(KEYS).any():
        raise NoFactorial(
            "trials of one task and seed differ in none of the factors: leave some out"
        )
    found = [one for name in CHANGES for one in _remedy(own, name)]
    if not found:
        raise NoFactorial("no trial that failed has a partner that differs from it in one factor")
    yield from found


def _remedy(own: pd.DataFrame, name: str) -> Iterator[Count]:
    change = CHANGES[name]
    pairs = partners(own, change)
    costs = cost(change.before), cost(change.after)
    for task in (ALL, *sorted(pairs["task"].unique())):
        here = pairs if task == ALL else pairs[pairs["task"] == task]
        for ending in (ANY, *ENDINGS):
            chosen = here if ending == ANY else here[here["outcome"] == ending]
            if len(chosen):
                yield _count(chosen, own, (str(task), ending, name), costs)


def partners(own: pd.DataFrame, change: Change) -> pd.DataFrame:
    """The trials that failed and have a partner: KEYS and outcome of the trial, and `share`, 1
    where the partner converged and 0 where it did not."""
    column = f"factor.{change.factor}"
    failed = own[own["outcome"].isin(list(ENDINGS)) & own[column].isin(list(change.levels))]
    moved = failed.assign(before=failed[column], **{column: failed[column].map(change.levels)})
    others = own[[*KEYS, "hit"]].rename(columns={"hit": "share"})
    moved = moved.astype({column: own[column].dtype})
    pairs = moved.drop(columns="hit").merge(others, on=KEYS)
    return pairs.assign(**{column: pairs["before"], "share": pairs["share"].astype(float)})


def _count(
    pairs: pd.DataFrame, own: pd.DataFrame, names: tuple[str, str, str], costs: tuple[float, float]
) -> Count:
    share, interval = rescues.mean(pairs)
    failed = pairs[KEYS].astype({name: own[name].dtype for name in COLUMNS})
    again = rescues.other_seeds(failed, own, KEYS)
    luck, around = math.nan, statistics.Interval(math.nan, math.nan)
    if len(again):
        luck, around = rescues.mean(again)
    return Count(
        *names,
        pairs=len(pairs),
        converged=round(share * len(pairs)),
        low=interval.low,
        high=interval.high,
        seeds=int(pairs["seed"].nunique()),
        again=len(again),
        luck=luck,
        luck_low=around.low,
        luck_high=around.high,
        before=costs[0],
        after=costs[1],
    )


def cost(settings: Mapping[str, Any]) -> float:
    """The gradients of one step of a method with these settings."""
    return gradients(Method("counted", **settings))
