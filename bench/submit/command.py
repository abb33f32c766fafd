"""python -m bench.submit results/mine: are these results fit to stand beside others?

A results folder or a packed one is looked through: every trial there, controls on each task, seeds,
versions, the files that it was trained with. Then some of its trials, drawn at random, are trained
again: --trials says how many; which ones, its trials' names decide, or --seed. The last line says

    verified      every one of them came out equal bit for bit
    consistent    on another machine or with other versions bits differ, and the numbers of
                  successes do not (McNemar's exact test, at 5 %)
    neither       what came out is something else, or so few trials cannot tell

Trials are trained with the plugins that the folder brings: trust whoever made it. Nothing is
written.

Exit codes: 0 verified or consistent, and nothing lacks; 2 there are no results; 3 something lacks,
or neither.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.console import parser, whole
from bench.gan.environment import prepare_process
from bench.replay import trained_again
from bench.store import Store, StoreError, commands
from bench.submit.agreement import LEAST, Again, Word, word
from bench.trial import digest
from bench.vocabulary import errors

if TYPE_CHECKING:
    from bench.submit.checks import Check
    from bench.trial import Result

TRIALS = 10
"""Number of trials that are trained again where nothing is said."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    prepare_process()  # before anything loads numpy
    if reason := commands.absent(options.results):
        errors.say(reason)
        return 2
    store = Store(options.results)
    try:
        store.tell()
        if not store.ids():
            raise StoreError(f"{store.path}: no trial has finished yet")
        complete = _checked(store)
        return 0 if _compared(store, options.trials, options.seed) and complete else 3
    except StoreError as error:
        errors.say(error)
        return 2


def _parser() -> argparse.ArgumentParser:
    made = parser("submit", __doc__)
    made.add_argument("results", type=Path, help="a results folder, or a packed one")
    text = f"trials to train again ({TRIALS}; fewer than {LEAST} can be verified only)"
    made.add_argument("--trials", type=whole, default=TRIALS, metavar="K", help=text)
    text = "a whole number that decides which trials; else their names do"
    made.add_argument("--seed", type=int, metavar="N", help=text)
    return made


def _checked(store: Store) -> bool:
    """Print what a stranger would ask for, and whether it is there. True where all of it is."""
    from bench.submit import checks  # loads pandas

    found = checks.checks(store)
    for one in found:
        print(_line(one))
    return all(one.holds for one in found)


def _line(one: Check) -> str:
    return f"{one.about:11} {'' if one.holds else 'LACKS '}{one.words}"


def drawn(ids: Iterable[str], k: int, seed: int | None = None) -> list[str]:
    """Some of the trials, k at most, by the seed; without one by all of their names, so that nobody
    chooses them."""
    names = sorted(ids)
    number = int(digest("".join(names).encode()), 16) if seed is None else seed
    return random.Random(number).sample(names, min(k, len(names)))


def _compared(store: Store, k: int, seed: int | None) -> bool:
    """Train some trials again and say what came of it. True where it is what is stored."""
    briefs = store.briefs(store.ids())
    ids = drawn((id for id, brief in briefs.items() if not brief.status.failed), k, seed)
    if not ids:
        print(f"{Word.NEITHER}: every trial failed")
        return False
    pairs: list[Again] = []
    for id in ids:
        stored = store.read(id)
        if (again := _again(store, stored)) is None:
            return False
        pairs.append(again)
        first = next(iter(again.differences), "equal bit for bit")
        print(f"{'trained':11} {id} ({stored.trial.label}): {first}", flush=True)
    found = word(pairs, store.path)
    print(f"{found.word}: {found.why}")
    return found.word is not Word.NEITHER


def _again(store: Store, stored: Result) -> Again | None:
    """Train a trial again; None, with the reason on a line, where that cannot be done."""
    from bench.grid import Lost
    from bench.runner import Unsupported

    try:
        return Again(stored, trained_again(store, stored))
    except (Unsupported, Lost) as error:
        print(f"{Word.NEITHER}: {stored.trial.id} cannot be trained here: {error}")
        return None
