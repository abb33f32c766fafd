"""python -m bench.merge FROM ... INTO: put the results of several machines in one folder.

Copying one folder over another merges them as well, since a trial has the same file name on every
machine; but of two files with one name, copying keeps the last and says nothing. This command
says which trials two machines have trained to unequal curves, and keeps those of INTO. A trial that
failed in INTO is replaced by one that did not.

Exit codes: 0 merged, 1 full disk, 2 a folder without results, 3 merged, but trials are unequal.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.console import count, parser, run
from bench.store import Store, StoreError, commands
from bench.store.differences import differences
from bench.store.lock import Locked, lock


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    into, sources = Store(options.into), [Store(path) for path in options.folders]
    try:
        for source in sources:
            if reason := commands.absent(source.path):
                raise StoreError(reason)
            if source.path.resolve() == into.path.resolve():
                raise StoreError(f"{source.path}: cannot be merged into itself")
        with lock(into.create().path):
            unequal = [text for source in sources for text in _merge(source, into)]
    except (StoreError, Locked, OSError) as error:
        print(error, file=sys.stderr)
        return 1 if getattr(error, "full", False) else 2
    for text in unequal:
        print(text)
    if unequal:
        print(f"{count(len(unequal), 'trial')} unequal; {into.path} keeps its own")
    return 3 if unequal else 0


def _parser() -> argparse.ArgumentParser:
    made = parser("merge", __doc__)
    add = made.add_argument
    add("folders", nargs="+", type=Path, metavar="FROM", help="results folders of other machines")
    add("into", type=Path, metavar="INTO", help="the results folder that they are merged into")
    return made


def _merge(source: Store, into: Store) -> list[str]:
    """Add the trials of a store to another. Returns a line for each unequal pair."""
    known, unequal, added = into.ids(), [], 0
    for id in sorted(source.ids()):
        if id in known and not into.brief(id).status.failed:
            unequal += _compare(id, source, into)
        elif id not in known or not source.brief(id).status.failed:
            for file in source.files(id):
                into.adopt(file, source)
            added += 1
    for file in source.shared():
        if not (into.path / file).exists():
            into.adopt(file, source)
    print(f"{source.path}: {count(added, 'trial')} added to {into.path}")
    return unequal


def _compare(id: str, source: Store, into: Store) -> list[str]:
    if source.brief(id).status.failed or source.raw(id) == into.raw(id):
        return []
    result = source.read(id)
    found = differences(into.read(id), result)[:1]
    return [f"{id} ({result.trial.label}): {text}" for text in found]


if __name__ == "__main__":
    run(main)
