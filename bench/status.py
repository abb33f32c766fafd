"""python -m bench.status results/x: the state of a sweep, running or not, from any terminal.

Exit codes: 0 told, 2 there is no such folder.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.console import COLOURS, about, console, count, duration, first_line, parser, run, table
from bench.store import Store, StoreError, asked, commands, running
from bench.store.kept import races
from bench.store.lock import holder
from bench.store.provenance import recorded
from bench.store.running import doing
from bench.sweep.price.glance import ends, told
from bench.trial import Status
from bench.vocabulary import errors

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 10
"""Failures and methods that are shown; --json has all."""

LATE = 30.0
"""Seconds after which the sweep's own word of its time left is said to be old."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        record = status(options.results, None if options.json else SHOWN)
        Store(options.results).tell()
    except StoreError as error:
        errors.say(error)
        return 2
    if options.json:
        print(json.dumps(record, indent=1))
    else:
        _show(record)
    return 0


def status(folder: Path, most: int | None = None) -> dict[str, Any]:
    """The state of the sweep in a results folder, as plain data.

    `runner` names the process that works on it (None: nobody does). `running` lists what its slots
    train now. `sweep` has its counts: `todo` and `done` trials, `elapsed` and `left` seconds,
    `ended` (method -> verdict or status -> number); None where nobody works on it, or has just
    begun. `statuses` counts the stored trials by status, `methods` by method and status. `failures`
    describes those that failed, `most` of them at most. `seconds` is the time that all trained, and
    `planned` the number of trials of the last plan (None where it is not known). `edited` is true
    where sweep.toml was edited after that plan, `unreadable` says why it cannot be read (None: it
    can). `race` has the comparisons of a race as they stand (None: it is none). Raises StoreError
    where there are no results.
    """
    store = Store(folder)
    if reason := commands.absent(folder):
        raise StoreError(reason)
    found, runner = list(ends(store)), holder(folder)
    unreadable = asked.unreadable(folder)
    methods: dict[str, Counter[str]] = {}
    for end in found:
        methods.setdefault(end.method, Counter())[end.status.value] += 1
    failed = [end.id for end in found if end.status.failed]
    return {
        "results": str(folder),
        "runner": runner,
        "planned": recorded(folder).planned,
        "edited": asked.edited(folder) and not unreadable,
        "unreadable": unreadable or None,
        "stored": len(found),
        "statuses": dict(Counter(end.status.value for end in found)),
        "methods": {name: dict(counts) for name, counts in methods.items()},
        "seconds": sum(end.seconds for end in found),
        "failures": [_failure(store, id) for id in failed[:most]],
        "running": _at_work(store) if runner else [],
        "sweep": _counts(folder) if runner else None,
        "race": _race(folder),
    }


def _race(folder: Path) -> list[dict[str, Any]] | None:
    """The comparisons of a race, each with its end in words; None where there is no race."""
    kept = races.read(folder)
    if kept is None:
        return None
    return [asdict(state) | {"words": state.words} for state in kept.states]


def _parser() -> argparse.ArgumentParser:
    made = parser("status", __doc__)
    made.add_argument("results", type=Path, help="a results folder: results/x")
    made.add_argument("--json", action="store_true", help="as JSON")
    return made


def _failure(store: Store, id: str) -> dict[str, Any]:
    """A trial that failed: the first line of its error, and the file that tells the most."""
    result = store.read(id)
    error = result.error or {}
    text = f"{error.get('type', 'error')}: {first_line(str(error.get('message', '')))}"
    return {
        "id": id,
        "trial": result.trial.label,
        "status": result.status.value,
        "error": text,
        "log": str(told(store, id)),
    }


def _at_work(store: Store) -> list[dict[str, Any]]:
    """The trials that slots are at; those that have handed their batch back are at none."""
    names = ("slot", "id", "label", "steps", "since")
    return [
        {name: now[name] for name in names} | {name: now["at"][name] for name in ("phase", "step")}
        for now in store.now()
        if now["at"]["phase"] != "waiting"
    ]


def _counts(folder: Path) -> dict[str, Any] | None:
    """The counts of the running sweep, with its time left from now on."""
    record = running.read_sweep(folder)
    if record is None:
        return None
    age = max(0.0, time.time() - record.pop("time"))
    left = record["left"]
    return record | {"age": age, "left": None if left is None else max(0.0, left - age)}


def _show(record: dict[str, Any]) -> None:
    out = console()
    runner = f"in use by {record['runner']}" if record["runner"] else "no sweep is running"
    stored = f"{count(record['stored'], 'trial')} stored"
    if record["planned"] is not None:  # which may be others: the store can be that of a wider grid
        stored += f", {record['planned']} asked for"
        if record["edited"]:
            stored += " by the last run"
    out.print(f"{record['results']}: {stored}, {duration(record['seconds'])} of training; {runner}")
    if record["edited"]:
        command = f"{commands.again(Path(record['results']))} -n"
        out.print(f"  sweep.toml was edited since: `{command}` counts what it asks for now")
    if record["unreadable"]:
        out.print(f"  sweep.toml cannot be read ({record['unreadable']}): what it asks for is not")
        out.print("  known; make it readable, or copy the file of the sweep there again")
    for name, n in sorted(record["statuses"].items()):
        out.print(f"  {n:6} {name}", style=COLOURS[name])
    _show_methods(record["methods"], out)
    _show_failures(record, out)
    if record["race"]:
        rows = table("task", "comparison", "race", numbers=("looks", "seeds", "succeeded"))
        for one in record["race"]:
            names, won = f"{one['method']} - {one['other']}", "{}, {}".format(*one["successes"])
            rows.add_row(one["task"], names, one["words"], str(one["look"]), str(one["seeds"]), won)
        out.print(rows)
    if record["running"]:
        rows = table("training now", "at", numbers=("since",))
        for now in record["running"]:
            since = duration(max(0.0, time.time() - now["since"]))
            rows.add_row(now["label"], doing(now, now["steps"]), since)
        out.print(rows)
        out.print(count(len(record["running"]), "slot"))
    if record["sweep"]:
        out.print(_left(record["sweep"]))


def _left(sweep: Mapping[str, Any]) -> str:
    """The counts and times of a running sweep in a line."""
    left = "time left not known yet" if sweep["left"] is None else f"{about(sweep['left'])} left"
    old = f" (as it said {duration(sweep['age'])} ago)" if sweep["age"] > LATE else ""
    done = f"{sweep['done']:,}/{sweep['todo']:,} trials of this run"
    return f"{done}, {duration(sweep['elapsed'])} elapsed, {left}{old}"


def _show_methods(methods: Mapping[str, Mapping[str, int]], out: Console) -> None:
    """A row for each method: those with failures first, and of many the rest in one."""
    names = sorted(methods, key=lambda name: (-_failed(methods[name]), name))
    shown = names if len(names) <= SHOWN + 1 else names[:SHOWN]
    used = [s for s in Status if any(s.value in counts for counts in methods.values())]
    rows = table("method", numbers=tuple(s.value for s in used))
    groups = {name: [name] for name in shown}
    if rest := names[len(shown) :]:
        groups[f"{len(rest)} other methods"] = rest
    for text, own in groups.items():
        total = sum((Counter(methods[name]) for name in own), Counter[str]())
        rows.add_row(text, *(str(total[s.value]) for s in used))
    if len(names) > 1:
        out.print(rows)


def _failed(counts: Mapping[str, int]) -> int:
    return sum(n for name, n in counts.items() if Status(name).failed)


def _show_failures(record: Mapping[str, Any], out: Console) -> None:
    failures: Iterable[Mapping[str, Any]] = record["failures"]
    for failure in failures:
        out.print(f"{failure['id']} {failure['trial']}: {failure['status']}: {failure['error']}")
        out.print(f"  log: {failure['log']}")
    rest = _failed(record["statuses"]) - len(record["failures"])
    if rest:
        out.print(f"and {count(rest, 'other trial')} that failed (--json lists all)")


if __name__ == "__main__":
    run(main)
