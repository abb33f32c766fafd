"""The longest test files first, so that no worker is left alone with one of them at the end.

`seconds.json` beside this file has the seconds of CPU time of each file in the last noted run of
the whole suite, those of the processes that it started included: what else the machine does then
changes them little. `pytest --note-seconds` notes those of the files that it runs. A file that it
does not have is taken for a long one.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests import forked

ROOT = Path(__file__).parent.parent
NOTED = ROOT / "tests" / "seconds.json"
LEAST = 2.0
"""Seconds below which the place of a file does not matter: it is noted as 0."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--note-seconds",
        action="store_true",
        help=f"note the seconds of CPU time of each file in {NOTED.name}",
    )


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False  # or xdist begins with the files of most tests
    if config.option.note_seconds and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Clock())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    noted = _noted()
    files = [_file(item.nodeid) for item in items]
    place = {file: (-noted.get(file, math.inf), file) for file in files}
    items.sort(key=lambda item: place[_file(item.nodeid)])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a report, which may travel to another process, the CPU time since the last one."""
    global _before
    report = yield
    now = _cpu_seconds()
    report.cpu_seconds, _before = now - _before, now  # type: ignore[attr-defined]
    return report


def _cpu_seconds() -> float:
    """Seconds of this process and of those that it has started and waited for, or the nursery."""
    return sum(os.times()[:4]) + forked.spent


_before = _cpu_seconds()


class _Clock:
    """Adds up the seconds of each file, and notes them at the end."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[_file(report.nodeid)] += getattr(report, "cpu_seconds", report.duration)

    def pytest_sessionfinish(self, session: Any) -> None:
        now = {file: round(s) if s >= LEAST else 0 for file, s in self._seconds.items()}
        noted = dict(sorted({**_noted(), **now}.items()))
        here = {file: s for file, s in noted.items() if (ROOT / file).is_file()}
        NOTED.write_text(json.dumps(here, indent=0) + "\n", encoding="utf-8")


def _noted() -> dict[str, int]:
    found: dict[str, int] = json.loads(NOTED.read_text(encoding="utf-8"))
    return found


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
