"""python -m bench.pack results/x INTO: a small copy of a results folder, to publish.

Every trial is kept, in one file; every command reads it like the folder that it was made from, and
a sweep goes on from it. Samples are kept of the trials that a report shows: of each method on each
task the best, the median and the worst; along training those of points, as images are not shown
moving. --drop leaves out series that the report does not need; where a verdict would depend on one,
nothing is written. --rows leaves out all series and samples, for thousands of trials: each keeps
its verdict and its row in the table of trials, and 400 bytes. All that needs no curve works on it:
tables and comparisons, a sweep that goes on, and `bench.replay --verify`, which compares rows.
ro-crate-metadata.json describes the folder for archives (RO-Crate 1.1), with the licence and the
creators that --license and --creator say.

Exit codes: 0 written, 1 full disk, 2 a folder without results, or a series that cannot be dropped.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import load
from bench.analysis import frame
from bench.analysis.frame.sweeps import read_sweep
from bench.console import count, parser, run
from bench.registry import suggest
from bench.store import Store, StoreError, archive, commands, crate
from bench.store.encoding import encode
from bench.store.lock import Locked, lock
from bench.trial import Result
from bench.vocabulary import errors

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class CannotDrop(Exception):
    """A series that does not exist, or that something depends on."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    source, into = Store(options.results), Store(options.into)
    try:
        if reason := commands.absent(source.path):
            raise StoreError(reason)
        if not source.ids():
            raise StoreError(f"{source.path}: no trial has finished yet")
        if into.ids():
            raise StoreError(f"{into.path}: holds results already")
        results = list(_without(source, options.drop))
        trials = load(source.path, all=True)
        if options.drop:
            _unchanged(trials, results, options.drop)
        if options.rows:
            results = _rows(results)
        with lock(into.create().path):
            shown = set() if options.rows else _shown(trials)
            _write(source, into, results, shown, samples=not options.rows)
            crate.write(into.path, results, _about(options))
    except (StoreError, Locked, CannotDrop, OSError) as error:
        errors.say(error)
        return 1 if getattr(error, "full", False) else 2
    size = sum(file.stat().st_size for file in into.path.rglob("*") if file.is_file())
    print(f"{count(len(results), 'trial')} in {into.path}, {size / 2**20:.1f} MiB")
    return 0


def _parser() -> argparse.ArgumentParser:
    made = parser("pack", __doc__)
    made.add_argument("results", type=Path, help="a results folder: results/x")
    made.add_argument("into", type=Path, help="a folder that holds no results yet")
    text = "series to leave out: gradient_g_max,logit_real"
    made.add_argument("--drop", type=_names, default=(), metavar="NAME,...", help=text)
    text = "leave out all series and samples; keep of each trial its row in the table of trials"
    made.add_argument("--rows", action="store_true", help=text)
    text = "the licence of the results, by its SPDX identifier: CC-BY-4.0, MIT"
    made.add_argument("--license", type=_spdx, metavar="SPDX", help=text)
    text = "a name of who made the results; may be given several times"
    made.add_argument("--creator", action="append", default=[], metavar="NAME", help=text)
    return made


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _spdx(text: str) -> str:
    """An identifier of a licence. Raises ArgumentTypeError for what cannot be one."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no SPDX identifier such as CC-BY-4.0")
    return text


def _about(options: argparse.Namespace) -> crate.About:
    """The words about the results: their name and question, licence and creators."""
    name, declared = options.into.resolve().name, read_sweep(options.results)
    return crate.About(name, declared.question, options.license or "", tuple(options.creator))


def _without(source: Store, drop: Collection[str]) -> Iterator[Result]:
    """All results without some series. Raises CannotDrop for one that no trial has."""
    known: set[str] = set()
    for result in source:
        mine = {*result.curves, *result.signals} - {"step"}
        known |= mine
        gone = sorted(mine & {*drop} | {*result.facts.get("dropped", ())})
        yield replace(
            result,
            curves={name: v for name, v in result.curves.items() if name not in gone},
            signals={name: v for name, v in result.signals.items() if name not in gone},
            facts={**result.facts, **({"dropped": gone} if gone else {})},
        )
    for name in drop:
        if name not in known:
            raise CannotDrop(f'no trial has the series "{name}"{suggest(name, known)}')


def _rows(results: Sequence[Result]) -> list[Result]:
    """The results without their series, each with its row."""
    from bench.analysis.frame.rows import condense, rows  # loads numpy

    return list(map(condense, results, rows(results)))


def _unchanged(trials: pd.DataFrame, results: Sequence[Result], drop: Sequence[str]) -> None:
    """Raises CannotDrop where a trial ends otherwise without the dropped series."""
    with tempfile.TemporaryDirectory() as folder:
        archive.write(Path(folder), map(encode, results))
        small = frame.load(folder)
        now = dict(zip(small["id"], small["outcome"], strict=True))
    for row in trials.itertuples():
        if now[row.id] != row.outcome:
            text = f"{row.outcome}, and would be {now[row.id]} without {', '.join(drop)}"
            raise CannotDrop(f"{row.task} {row.method} seed {row.seed} ({row.id}) is {text}")


def _shown(trials: pd.DataFrame) -> set[str]:
    """Ids of the trials whose samples a report shows."""
    from bench.analysis.report import samples

    groups = trials.groupby(["task", "method"], sort=False)
    return {row.id for _, group in groups for row in samples.shown(group)}


def _seen(samples: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The samples that a report shows: images do not move."""
    moving = "snapshots" in samples and samples["snapshots"].ndim == 3
    return {k: v for k, v in samples.items() if moving or k not in ("snapshots", "steps")}


def _write(
    source: Store, into: Store, results: Sequence[Result], shown: set[str], samples: bool
) -> None:
    for file in source.shared():
        into.adopt(file, source)
    for result in results:
        id, failed = result.trial.id, result.status.failed  # their logs say why
        for file in source.files(id)[:-1]:
            if file.parts[0] == "samples" and id in shown:
                into.write_samples(id, _seen(source.samples(id)))
            elif failed and (file.parts[0] != "samples" or samples):
                into.adopt(file, source)
    archive.write(into.path, map(encode, results))  # last: now there are results


if __name__ == "__main__":
    run(main)
