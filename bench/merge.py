"""python -m bench.merge FROM ... INTO: put the results of several machines in one folder.

Copying one folder over another merges them as well, since a trial has the same file name on every
machine; but of two files with one name, copying keeps the last and says nothing. This command
says which trials two machines have trained to unequal curves, and keeps those of INTO. A trial that
failed in INTO is replaced by one that did not. Each file is read before it is taken over: one that
is damaged is named and left out. `provenance.json` of INTO tells where the files of each sweep lie,
so that every trial can be trained again from there.

Exit codes: 0 merged, 1 full disk, 2 a folder without results, 3 merged, but trials are unequal or
files are damaged.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.console import count, parser, run
from bench.store import Store, StoreError, commands
from bench.store.differences import replaces, unequal
from bench.store.lock import Locked, lock
from bench.store.provenance import NAME, joined
from bench.vocabulary import errors


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
            source.tell()
        with lock(into.create().path):
            into.tell()
            told = [text for source in sources for text in _merge(source, into)]
    except (StoreError, Locked, OSError) as error:
        errors.say(error)
        return 1 if getattr(error, "full", False) else 2
    for text in told:
        print(text)
    if told:
        print(f"{count(len(told), 'trial')} unequal or damaged; {into.path} keeps its own")
    return 3 if told else 0


def _parser() -> argparse.ArgumentParser:
    made = parser("merge", __doc__)
    add = made.add_argument
    add("folders", nargs="+", type=Path, metavar="FROM", help="results folders of other machines")
    add("into", type=Path, metavar="INTO", help="the results folder that they are merged into")
    return made


def _merge(source: Store, into: Store) -> list[str]:
    """Add the trials of a store to another. Returns a line for each unequal or damaged one."""
    known, told, added = into.ids(), [], 0
    for id in sorted(source.ids()):
        try:
            if id not in known or replaces(id, source, into):
                into.adopt(source.files(id), source)
                added += 1
            elif text := unequal(id, into, source):
                told.append(text)
        except StoreError as error:
            told += _damaged(error)
    for file in source.shared():
        try:
            if not (into.path / file).exists():
                into.adopt(file, source)
        except StoreError as error:
            told += _damaged(error)
    try:
        if text := joined(source.path, into.path):
            into.write_text(NAME, text)
    except StoreError as error:
        told += _damaged(error)
    print(f"{source.path}: {count(added, 'trial')} added to {into.path}")
    return told


def _damaged(error: StoreError) -> list[str]:
    """The line about a file that cannot be read. Raises the error where it cannot be written."""
    if error.written:
        raise error
    return [str(error)]


if __name__ == "__main__":
    run(main)
