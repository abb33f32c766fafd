"""The longest test files are run first, and each whole."""

from __future__ import annotations

import json
from types import SimpleNamespace

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
        clock.pytest_runtest_logreport(SimpleNamespace(nodeid=name, duration=seconds))
    clock.pytest_sessionfinish(None)
    assert json.loads(order.NOTED.read_text()) == {other: 7, here: 7, "tests/house.py": 0}
