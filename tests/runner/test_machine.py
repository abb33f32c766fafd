"""What the machine lets us do, against those who have asked it before."""

from __future__ import annotations

import math
import mmap
import os
from pathlib import Path

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


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux tells it")
def test_memory_counts_where_it_is_used_and_not_where_it_is_reserved():
    """As VmRSS of the kernel's own account, of this process and of none."""
    mib = 2**20
    before = machine.resident(os.getpid())
    with mmap.mmap(-1, 1024 * mib) as reserved:
        assert abs(machine.resident(os.getpid()) - before) < 64 * mib
        for place in range(0, 256 * mib, mmap.PAGESIZE):
            reserved[place] = 1
        used = machine.resident(os.getpid()) - before
        lines = Path("/proc/self/status").read_text().splitlines()
        rss = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))
        assert abs(used - 256 * mib) < 64 * mib
        assert abs(machine.resident(os.getpid()) - rss) < 64 * mib
    assert machine.resident(2**30) == 0
