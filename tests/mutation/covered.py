"""The tests that execute each line of the package: python -m tests.mutation.covered map.json

Each test is a context of coverage.py. A fixture of a module or session is a context too, that
belongs to all tests which ask for it: it runs in the first of them only.
"""

from __future__ import annotations

import ast
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.mutation import scratch

TIMEOUT = 900.0
"""Seconds for one file of tests."""

MOST = 10.0
"""Seconds of tests that are run on one change; of those in the mirror folder, twice as many."""


class Contexts:
    """A pytest plugin: says to coverage which test runs, and keeps how long each takes."""

    def __init__(self, folder: Path, file: Path) -> None:
        import coverage

        self.file = file
        self.coverage = coverage.Coverage(None, source=[str(folder / "bench")], config_file=False)
        self.coverage.start()
        self.seconds: dict[str, float] = defaultdict(float)
        self.users: dict[str, list[str]] = defaultdict(list)
        self.node = ""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.node = nodeid
        self.coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] += report.duration

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            for fixtures in item._fixtureinfo.name2fixturedefs.values():
                for fixture in fixtures:
                    self.users[_context(fixture)].append(item.nodeid)

    def pytest_fixture_setup(self, fixturedef: Any) -> None:
        if fixturedef.scope != "function":
            self.coverage.switch_context(_context(fixturedef))

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        self.coverage.switch_context(self.node)

    def pytest_runtest_call(self, item: Any) -> None:
        self.coverage.switch_context(item.nodeid)

    def pytest_unconfigure(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        lines = {file: data.contexts_by_lineno(file) for file in data.measured_files()}
        found = {"seconds": self.seconds, "users": self.users, "lines": lines}
        self.file.write_text(json.dumps(found))


def _context(fixture: Any) -> str:
    return f"fixture {fixture.baseid} {fixture.argname}"


def run(folder: Path, tests: list[str]) -> dict[str, Any]:
    """The map of some files of tests: {"seconds": {test: s}, "lines": {file: {line: [tests]}}}."""
    seconds: dict[str, float] = {}
    lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name in tests:
        with tempfile.TemporaryDirectory() as kept:
            file = Path(kept) / "found.json"
            start = time.monotonic()
            ran = scratch.pytest(folder, [name], TIMEOUT, plugins=[_later(folder, file)])
            text = file.read_text() if file.exists() else ""
        print(f"{time.monotonic() - start:7.1f} s  {name}  {ran.found}", file=sys.stderr)
        if text:
            _add(json.loads(text), folder, seconds, lines)
    plain = {file: {line: sorted(who) for line, who in own.items()} for file, own in lines.items()}
    return {"seconds": seconds, "lines": plain}


class _later:
    def __init__(self, *about: Path) -> None:
        self.about = about

    def pytest_addoption(self) -> None:
        """The first hook there is: nothing of ours is imported yet."""

    def pytest_configure(self, config: Any) -> None:
        config.pluginmanager.register(Contexts(*self.about))


def _add(found: dict[str, Any], folder: Path, seconds: Any, lines: Any) -> None:
    seconds |= found["seconds"]
    for file, contexts in found["lines"].items():
        own = lines[str(Path(file).relative_to(folder))]
        for line, names in contexts.items():
            for name in names:
                own[int(line)] |= set(found["users"].get(name, ())) or {name}


class Map:
    """Line -> tests, as `run` has stored it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    @classmethod
    def of(cls, parts: Iterable[dict[str, Any]]) -> Map:
        """The map of several files of maps together. A fork of its own session hears no Ctrl-C, so
        that tests of it fail there without a fault."""
        made = cls()
        for found in parts:
            made.seconds |= found["seconds"]
            for file, lines in found["lines"].items():
                for line, tests in lines.items():
                    made.lines[file][line] += [t for t in tests if "ctrl_c" not in t]
        return made

    def tests(self, file: str, line: int, source: str) -> list[str]:
        """The tests of a line, those of the mirror folder first, then the quick ones.

        A line that runs while modules are imported (a constant, a default) is tested by whatever
        runs the body of its function, or else any line of its file.
        """
        own = self.lines.get(file, {})
        found: set[str] = set()
        for first, last in _around(source, line):
            found = {t for i in range(first, last + 1) for t in own.get(str(i), ()) if t}
            if found:
                break
        mirror = str(Path(file).parent).replace("bench", "tests", 1)
        own_file = f"{mirror}/test_{Path(file).name}"
        nth: dict[str, int] = defaultdict(int)

        def place(test: str) -> tuple[object, ...]:
            """The file of the same name first, then one test of each file after the other, of files
            with a slow one (such as its fixture makes of the first one) later."""
            where = test.partition("::")[0]
            nth[where] += 1
            late = nth[where] + (20 if self._slowest[where] > MOST else 0)
            return where != own_file, not test.startswith(mirror), late

        quick_first = sorted(found, key=lambda test: self.seconds.get(test, 0.0))
        return list(self._within(sorted(quick_first, key=place), mirror))

    @cached_property
    def _slowest(self) -> dict[str, float]:
        found: dict[str, float] = defaultdict(float)
        for test, seconds in self.seconds.items():
            file = test.partition("::")[0]
            found[file] = max(found[file], seconds)
        return found

    def _within(self, ordered: list[str], mirror: str) -> Iterator[str]:
        spent = 0.0
        for test in ordered:
            spent += self.seconds.get(test, 0)
            if spent > MOST * (2 if test.startswith(mirror) else 1):
                return
            yield test


def _around(source: str, line: int) -> Iterator[tuple[int, int]]:
    """The line, its statement, its function or class, the file; each as first and last line."""
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.stmt)]
    ends = {(n.lineno, n.end_lineno or n.lineno) for n in nodes if not hasattr(n, "body")}
    blocks = {(n.lineno, n.end_lineno or n.lineno) for n in nodes if hasattr(n, "body")}
    yield line, line
    for spans in (ends, blocks):
        around = [span for span in spans if span[0] <= line <= span[1]]
        yield from sorted(around, key=lambda span: span[1] - span[0])
    yield 1, len(source.splitlines())


def main() -> None:
    """Write the map of the files of tests that are named, or of all."""
    scratch.warm()
    with scratch.copy() as folder:
        every = sorted(str(f.relative_to(folder)) for f in (folder / "tests").rglob("test_*.py"))
        found = run(folder, sys.argv[2:] or every)
    Path(sys.argv[1]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
