"""Faults that were thought of by hand, each with the tests that find it.

    python -m tests.mutation.faults                    # all of them: half an hour
    python -m tests.mutation.faults metrics store      # those of some tables
    python -m tests.mutation.faults --find metrics     # say which test finds each
    python -m tests.mutation.faults --check            # say which are out of date, and run no test

The tables are `faults/*.toml`: `file`, the text `old` that must be there exactly once, the text
`new` in its place, `what` is wrong, and `tests`, each of which must fail. A fault whose old text is
not there (or twice), or whose test has gone, is out of date, and is said to be: write it anew, its
test may be blind by now.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.mutation import quick, scratch
from tests.mutation.covered import Map

TABLES = Path(__file__).parent / "faults"
TIMEOUT = 100.0


class Fault(NamedTuple):
    """A plausible fault of the code."""

    table: str
    """The table that it stands in."""
    file: str
    """The file, relative to the root."""
    old: str
    """The text that is right."""
    new: str
    """The text that is wrong."""
    what: str
    """The fault in a few words."""
    tests: tuple[str, ...]
    """The tests that find it; with `--find`, files of tests one of which may."""


def faults(tables: Sequence[str] = ()) -> Iterator[Fault]:
    """Read the faults of some tables, or of all."""
    for path in sorted(TABLES.glob("*.toml")):
        if not tables or path.stem in tables:
            for row in tomllib.loads(path.read_text(encoding="utf-8"))["fault"]:
                tests = tuple(row.pop("tests"))
                yield Fault(path.stem, **row, tests=tests)


def outdated(fault: Fault) -> str:
    """The reason for which a fault cannot be put in, or not be looked for; "" where it can."""
    path = scratch.ROOT / fault.file
    if not path.exists():
        return f"{fault.file} is gone"
    count = path.read_text(encoding="utf-8").count(fault.old)
    if count != 1:
        return f"{fault.file} has {fault.old!r} {count} times"
    return "".join(f"no test {name}" for name in fault.tests if not _exists(name))


def _exists(test: str) -> bool:
    """True where the file of a test is there and defines its function."""
    file, *names = test.partition("[")[0].split("::")
    path = scratch.ROOT / file
    if not path.exists():
        return False
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return all(re.search(rf"(?:def|class) {name}\b", text) for name in names)


def mended(fault: Fault) -> tuple[str, str]:
    """The text of a fault's file, and the text with the fault."""
    text = (scratch.ROOT / fault.file).read_text(encoding="utf-8")
    return text, text.replace(fault.old, fault.new)


def _mapped(fault: Fault, known: Map) -> tuple[str, ...]:
    """The tests that run a fault's first line."""
    text = (scratch.ROOT / fault.file).read_text(encoding="utf-8")
    line = text.partition(fault.old)[0].count("\n") + 1
    return tuple(known.tests(fault.file, line, text))


def attempts(
    folder: Path,
    chosen: Sequence[Fault],
    told: Callable[[Fault, list[str]], None],
    together: bool,
) -> None:
    """Put in each fault and run its tests: `told(fault, what each of them says)` for each. All
    `together`: the first that fails is enough."""
    able = [f for f in chosen if quick.able(f.tests, *mended(f))]

    def work(attempt: quick.Try) -> None:
        for fault in able:
            groups = [fault.tests] if together else [[t] for t in fault.tests]
            told(fault, [attempt(fault.file, *mended(fault), g, TIMEOUT) for g in groups])

    quick.session(folder, sorted({t.partition("::")[0] for f in able for t in f.tests}), work)
    for fault in chosen:
        if fault not in able:
            with scratch.changed(folder / fault.file, mended(fault)[1]):
                groups = [fault.tests] if together else [(t,) for t in fault.tests]
                runs = [scratch.pytest(folder, ["-x", *g], TIMEOUT) for g in groups]
            told(fault, [ran.found for ran in runs])


def main() -> int:
    """The command line. Returns the exit code: 1 where a fault is not found or out of date."""
    made = argparse.ArgumentParser(prog="tests.mutation.faults", description=__doc__)
    made.add_argument("tables", nargs="*", help="names of tables, such as metrics")
    made.add_argument("--find", action="store_true", help="one of the tests is enough: say which")
    made.add_argument("--check", action="store_true", help="run no test")
    made.add_argument("--maps", nargs="*", type=Path, default=(), help="of tests.mutation.covered")
    options = made.parse_args()
    chosen = list(faults(options.tables))
    if options.maps:
        known = Map.of(json.loads(path.read_text()) for path in options.maps)
        chosen = [f._replace(tests=_mapped(f, known) or f.tests) for f in chosen]
    old = {fault: text for fault in chosen if (text := outdated(fault))}
    bad = [*old]
    for fault, text in old.items():
        print(f"{fault.table}: {fault.what}: OUT OF DATE: {text}")
    if options.check:
        return 1 if old else 0

    def told(fault: Fault, found: list[str]) -> None:
        if options.find:
            said = next(filter(None, found), "NOT FOUND")
        else:
            blind = [t for t, name in zip(fault.tests, found, strict=True) if not name]
            said = f"NOT FOUND by {', '.join(blind)}" if blind else "found"
        if said.startswith("NOT"):
            bad.append(fault)
        print(f"{fault.table}: {fault.what}: {said}", flush=True)

    scratch.warm()
    with scratch.copy() as folder:
        attempts(folder, [f for f in chosen if f not in old], told, options.find)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
