"""The page of many trials stays small and is soon ready."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bench import report
from bench.analysis.report import write
from tests import many
from tests.browser import chromium
from tests.commands import LIGHT

pytestmark = pytest.mark.skipif(
    chromium.PROGRAM is None, reason="no chromium here (Debian: apt-get install chromium)"
)

NODES, BYTES, SECONDS = 15_000, 4_000_000, 1.0
LOADS = 6


class Measured(NamedTuple):
    nodes: int
    bytes: int
    seconds: float
    """From the start of navigation until the rows of the trials are there: the best of several
    loads, since other programs take time from the browser."""
    processor: float
    """The time that the page's main thread computed, at its first load."""
    rows: int
    faults: list


def measure(file):
    with chromium.chromium() as page:
        page.call("Performance.enable", timeDomain="threadTicks")
        times, processor = [], 0.0
        for i in range(LOADS):
            page.open(file)
            found = page.call("Performance.getMetrics")["metrics"]
            if i == 0:
                processor = next(m["value"] for m in found if m["name"] == "TaskDuration")
            times.append(
                page.run("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
            )
            if min(times) <= 1000 * SECONDS:
                break
        return Measured(
            page.run("document.querySelectorAll('*').length"),
            file.stat().st_size,
            min(times) / 1000,
            processor,
            page.run("document.querySelectorAll('#table-trials tbody tr').length"),
            page.named("Runtime.exceptionThrown"),
        )


def written(folder, *arguments):
    results = many.make(folder / "x", *arguments)
    assert report.main([str(results), "-o", str(folder / "out"), *LIGHT]) == 0
    return measure(folder / "out" / "index.html")


def test_hundreds_of_trials_are_ready_at_once(tmp_path, monkeypatch):
    """Without pictures, which take most of the time of a report: their room is held elsewhere."""
    monkeypatch.setattr(write, "_draw_all", lambda *_: [])
    found = written(tmp_path, 600, 6, 2)
    assert found.nodes <= NODES
    assert found.bytes <= BYTES
    assert found.processor <= SECONDS
    assert found.rows == 25
    assert found.faults == []


@pytest.mark.slow
@pytest.mark.timeout(1800)  # the report of so many trials takes minutes
def test_thousands_of_trials_of_many_methods_are_ready_in_a_second(tmp_path):
    found = written(tmp_path, 5050, 18, 3)
    assert found.nodes <= NODES
    assert found.bytes <= BYTES
    assert found.seconds <= SECONDS
    assert found.rows == 25
    assert found.faults == []


@pytest.mark.slow
def test_twelve_tasks_fit_into_a_page(tmp_path):
    found = written(tmp_path, 360, 3, 12)
    assert found.nodes <= NODES
    assert found.bytes <= BYTES
    assert found.faults == []
