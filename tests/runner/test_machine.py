"""What the machine lets us do, against those who have asked it before."""

from __future__ import annotations

import math

import joblib
import pytest

from bench.runner import machine


def test_cores_are_those_that_joblib_counts():
    assert machine.cores() == joblib.cpu_count()


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, math.inf),
        ({"cpu.max": "max 100000"}, math.inf),
        ({"cpu.max": "150000 100000"}, 1.5),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, math.inf),
        ({"cpu/cpu.cfs_quota_us": "400000", "cpu/cpu.cfs_period_us": "100000"}, 4.0),
    ],
)
def test_the_quota_of_a_cgroup(tmp_path, monkeypatch, files, cores):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    assert machine._quota() == cores
