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


GIB = 2**30


@pytest.mark.parametrize(
    ("cores", "gib", "jobs"), [(8, None, 8), (8, 6.1, 4), (2, 100, 2), (8, 0.2, 1), (8, 3, 2)]
)
def test_jobs_are_one_a_core_or_as_many_as_memory_bears(monkeypatch, cores, gib, jobs):
    """A child is expected to need 1.5 GiB."""
    free = None if gib is None else int(gib * GIB)
    monkeypatch.setattr(machine, "cores", lambda: cores)
    monkeypatch.setattr(machine, "available_memory", lambda: free)
    assert machine.default_jobs() == jobs


@pytest.mark.parametrize(("gib", "jobs", "cap"), [(40, 4, 9), (40, 1, 36), (4, 4, 1.5)])
def test_children_together_leave_a_tenth_of_the_free_memory(monkeypatch, gib, jobs, cap):
    monkeypatch.setattr(machine, "available_memory", lambda: gib * GIB)
    assert machine.default_cap(jobs) == pytest.approx(cap * GIB, abs=1)


def test_no_cap_where_memory_cannot_be_watched(monkeypatch):
    monkeypatch.setattr(machine, "available_memory", lambda: None)
    assert machine.default_cap(3) is None


V1 = {"memory/memory.limit_in_bytes": 900, "memory/memory.usage_in_bytes": 350}


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({"memory.max": 700, "memory.current": 300}, 400),
        (V1, 550),
        (V1 | {"memory.max": 700, "memory.current": 300}, 400),
        ({"memory.max": "max", "memory.current": 300}, None),
        ({}, None),
    ],
)
def test_free_memory_is_what_the_group_leaves(tmp_path, monkeypatch, files, left):
    """In MiB, of a machine that has more."""
    mib = 2**20
    for name, number in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{number * mib if isinstance(number, int) else number}\n")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    lines = Path("/proc/meminfo").read_text().splitlines()
    free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    found = machine.available_memory()
    assert (found == left * mib) if left else (abs(found - free) < 0.5 * GIB)


def test_cores_are_whole_and_one_at_least(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: range(6))
    for quota, cores in ((math.inf, 6), (1.5, 2), (0.2, 1), (4.0, 4)):
        monkeypatch.setattr(machine, "_quota", lambda quota=quota: quota)
        assert machine.cores() == cores


def test_who_was_killed_for_want_of_memory_is_counted_by_the_kernel(tmp_path, monkeypatch):
    """0 where it keeps no such account; and a process that is gone uses no memory."""
    account = tmp_path / "vmstat"
    monkeypatch.setattr(machine, "Path", lambda name: account)
    assert (machine.oom_kills(), machine.resident(1)) == (0, 0)
    account.write_text("nr_free_pages 9\noom_kill 3\noom_kill_other 5\n")
    assert machine.oom_kills() == 3
