"""The longest test files are run first, and each whole."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tests import order


def test_long_files_are_first_and_each_file_stays_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(order, "NOTED", tmp_path / "seconds.json")
    order.NOTED.write_text(json.dumps({"a.py": 3, "b.py": 40, "c.py": 40}))
    ids = ["a.py::x", "b.py::y", "c.py::x", "b.py::x", "d.py::x", "a.py::a[b::c]"]
    items = [SimpleNamespace(nodeid=id) for id in ids]
    order.pytest_collection_modifyitems(items)
    assert [item.nodeid for item in items] == [
        "d.py::x",  # unknown, perhaps long
        "b.py::y", "b.py::x",
        "c.py::x",
        "a.py::x", "a.py::a[b::c]",
    ]  # fmt: skip


def test_a_run_notes_the_seconds_of_its_files_and_keeps_those_of_others(tmp_path, monkeypatch):
    monkeypatch.setattr(order, "NOTED", tmp_path / "seconds.json")
    here, other = "tests/test_order.py", "tests/order.py"
    order.NOTED.write_text(json.dumps({other: 7, here: 1, "tests/gone.py": 9}))
    clock = order._Clock()
    for name, seconds in ((f"{here}::x", 5.25), (f"{here}::y", 2.0), ("tests/house.py::x", 1.9)):
        report = SimpleNamespace(nodeid=name, duration=60.0, cpu_seconds=seconds)
        clock.pytest_runtest_logreport(report)
    clock.pytest_sessionfinish(None)
    assert json.loads(order.NOTED.read_text()) == {other: 7, here: 7, "tests/house.py": 0}


def test_a_report_says_the_cpu_time_of_this_process_and_its_children(monkeypatch):
    """User, system, and both of children that were waited for; the fifth is a clock on the wall."""
    times = iter([(1.0, 2.0, 4.0, 8.0, 600.0), (1.5, 2.25, 4.125, 8.0625, 900.0)])
    found = []
    with monkeypatch.context() as patched:  # the reports of this very test are made after it
        patched.setattr(order, "_before", 0.0)
        patched.setattr(order.forked, "spent", 0.0)
        patched.setattr(order.os, "times", lambda: next(times))
        for _ in range(2):
            hook = order.pytest_runtest_makereport()
            next(hook)
            with pytest.raises(StopIteration) as end:
                hook.send(SimpleNamespace())
            found.append(end.value.value.cpu_seconds)
    assert found == [15.0, 0.9375]
