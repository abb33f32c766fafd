"""python -m bench.status results/x: the state of a sweep, running or not, from any terminal.

Exit codes: 0 told, 2 there is no such folder.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.console import COLOURS, console, count, duration, parser, run, table
from bench.store import Store, StoreError
from bench.store.encoding import UNREADABLE
from bench.store.files import read
from bench.store.lock import holder


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        record = status(options.results)
        Store(options.results).tell()
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(record, indent=1))
    else:
        _show(record)
    return 0


def status(folder: Path) -> dict[str, Any]:
    """The state of the sweep in a results folder, as plain data.

    `runner` names the process that works on it (None: nobody does) and `running` lists what its
    slots train now. `statuses` counts the stored trials by their status, `seconds` is the time that
    they trained, and `planned` is the number of trials of the last plan (None where it is not
    known). Raises StoreError where there are no results.
    """
    store = Store(folder)
    if not store.exists():
        raise StoreError(f"{folder}: no results here; name a folder such as results/quickstart")
    briefs = [store.brief(id) for id in store.ids()]
    runner = holder(folder)
    return {
        "results": str(folder),
        "runner": runner,
        "planned": _planned(folder),
        "stored": len(briefs),
        "statuses": dict(Counter(brief.status.value for brief in briefs)),
        "seconds": sum(brief.seconds for brief in briefs),
        "running": store.now() if runner else [],
    }


def _parser() -> argparse.ArgumentParser:
    made = parser("status", __doc__)
    made.add_argument("results", type=Path, help="a results folder: results/x")
    made.add_argument("--json", action="store_true", help="as JSON")
    return made


def _planned(folder: Path) -> int | None:
    try:
        planned: int | None = json.loads(read(folder / "provenance.json"))["planned"]
        return planned if isinstance(planned, int) else None
    except UNREADABLE:
        return None


def _show(record: dict[str, Any]) -> None:
    out = console()
    runner = f"in use by {record['runner']}" if record["runner"] else "no sweep is running"
    stored = f"{count(record['stored'], 'trial')} stored"
    if record["planned"] is not None:  # which may be others: the store can be that of a wider grid
        stored += f", {record['planned']} asked for"
    out.print(f"{record['results']}: {stored}, {duration(record['seconds'])} of training; {runner}")
    for name, n in sorted(record["statuses"].items()):
        out.print(f"  {n:6} {name}", style=COLOURS[name])
    if record["running"]:
        rows = table("training now", numbers=("step", "of", "since"))
        for now in record["running"]:
            since = duration(max(0.0, time.time() - now["since"]))
            rows.add_row(now["label"], str(now["step"]), str(now["steps"]), since)
        out.print(rows)
        out.print(count(len(record["running"]), "slot"))


if __name__ == "__main__":
    run(main)
