"""The machine: its system, its cores, its memory, whether it may fork, and death with a parent."""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

GIB = 2**30

_CHILD = 1.5 * GIB
"""Memory that a trial is expected to need, for the default number of jobs."""

CGROUP = Path("/sys/fs/cgroup")
_PR_SET_PDEATHSIG = 1


class Unsupported(Exception):
    """The error for a system on which nothing can be trained; the message says why and where to."""


def check() -> str:
    """Make sure that this system can train, before anything begins.

    Returns "" on Linux, and elsewhere a line for the user: training is untried there. Raises
    Unsupported where a process cannot be forked, or not be killed with all that it has started:
    trials are isolated by both.
    """
    if sys.platform == "linux" and hasattr(os, "fork"):
        return ""
    named = _NAMES.get(sys.platform, sys.platform)
    needed = (os, "fork"), (os, "setpgid"), (os, "killpg"), (signal, "SIGKILL")
    if sys.platform == "win32" or not all(hasattr(*pair) for pair in needed):
        raise Unsupported(
            f"training does not work on {named}: each trial is a process that must be started and "
            "killed safely\nwith its children (fork, killpg); train on Linux, on Windows in WSL 2"
            "\n(catalogue, plan, status and report work here)"
        )
    return (
        f"training is untried on {named}: each trial starts a new Python (spawn), since TensorFlow "
        "must not be forked there, and no cap of memory is watched"
    )


def startable() -> None:
    """Make sure that this process can start another Python, before it does. Raises Unsupported.

    A program that gave its rights away, or whose Python lies in a folder of somebody else's, may
    run a Python that it cannot start: whatever it spawns ends at once with code 255, and no word.
    """
    python = sys.executable or "Python"
    if not os.access(python, os.X_OK):
        raise Unsupported(
            f"training starts processes of its own, and this user cannot run {python}: each ends "
            "before it begins\nrun the command with a Python that this user can start, as "
            "/usr/bin/python3, or install one in a folder that is open to all"
        )


_NAMES = {"win32": "Windows", "darwin": "macOS", "linux": "Linux without fork"}


def cores() -> int:
    """Cores that this process may use, affinity and the cgroup's quota considered.

    As `joblib.cpu_count`, whose import takes longer than the rest of a plan.
    """
    own = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, math.ceil(min(own, _quota())))


def default_jobs() -> int:
    """Trials at a time: one per core, or fewer where memory is short."""
    memory = available_memory()
    return cores() if memory is None else max(1, min(cores(), int(memory / _CHILD)))


def default_cap(jobs: int) -> int | None:
    """Bytes that one child may use, so that `jobs` of them leave a tenth of the free memory; None
    where memory cannot be watched."""
    memory = available_memory()
    return None if memory is None else max(int(_CHILD), int(0.9 * memory / jobs))


def available_memory() -> int | None:
    """Bytes free for new processes, within the cgroup's limit; None where the system does not
    tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    table = {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    limits = [_cgroup("memory.max", "memory.current")]
    limits.append(_cgroup("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
    return int(min(table["MemAvailable"], *limits))


def _quota() -> float:
    """Cores that a cgroup, version 2 or 1, lets its processes use; infinite without a limit."""
    for files in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = map(
                int, " ".join((CGROUP / f).read_text(encoding="utf-8") for f in files).split()
            )
        except (OSError, ValueError):  # "max"
            continue
        if quota > 0:
            return quota / period
    return math.inf


def _cgroup(most: str, now: str) -> float:
    """Bytes that a cgroup, version 2 or 1, leaves; infinite where it sets no limit."""
    try:
        return int((CGROUP / most).read_text(encoding="utf-8")) - int(
            (CGROUP / now).read_text(encoding="utf-8")
        )
    except (OSError, ValueError):  # "max"
        return float("inf")


def resident(pid: int) -> int:
    """Bytes of physical memory that a process uses; 0 for one that is gone."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def proportional(pid: int) -> int:
    """Bytes of physical memory that a process uses, of what it shares with others its part; 0 for
    one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return resident(pid)
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def alive(pid: int) -> bool:
    """True for a process that is there, and has not ended and waits to be taken note of."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[:1] != ["Z"]


def oom_kills() -> int:
    """Number of processes killed by the kernel for want of memory; 0 where it does not tell."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, kill -9 included (Linux).

    The parent is named, because it may be gone before this call. Elsewhere a process notices its
    parent's end when it next writes to it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if orphaned(parent):
        os._exit(1)


@contextlib.contextmanager
def deaf_children() -> Iterator[None]:
    """Start processes that do not hear Ctrl-C. It reaches the whole process group, and the runner
    alone decides what it means."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def orphaned(parent: int) -> bool:
    """True where the process that was our parent is gone."""
    return os.getppid() != parent


def forkable() -> bool:
    """True where this process may fork children that use TensorFlow: on Linux, from one thread, and
    without a GPU, whose driver does not survive a fork."""
    return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1 and not _gpu()


def _gpu() -> bool:
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    return not hidden and (os.path.exists("/dev/nvidia0") or os.path.exists("/dev/kfd"))
