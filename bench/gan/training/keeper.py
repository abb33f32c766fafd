"""Keeps a trainer: starts it, waits for it, and ends it with everything that it has started.

    python -I -S keeper.py PARENT FOLDER STATUS COMMAND...

A trainer may fork, start sessions of its own, or die and leave children behind. The keeper adopts
all of them (a "child subreaper" of Linux), so that none is left when it ends: because the trainer
has ended, because it was told to (SIGTERM), or because the process PARENT that started it has died,
which the kernel says by another signal (SIGHUP). In the last case it removes FOLDER, as nobody else
will. The exit code of the trainer, negative for a signal, or the reason why it could not be
started, goes to the descriptor STATUS. Nothing of this package is imported: it starts in 20
milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from typing import NoReturn

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LINUX = sys.platform == "linux"

TICK = 0.05
"""Seconds between two looks, where no signal tells."""

PATIENCE = 5.0
"""Seconds in which processes that were killed have to be gone."""


class _Told(BaseException):
    """The signal to end; its number is the only argument."""


def main(parent: int, folder: str, status: int, command: list[str]) -> int:
    """Run a command to its end. Returns the exit code of the keeper, which is always 0."""
    signal.signal(signal.SIGTERM, _tell)
    signal.signal(signal.SIGHUP, _tell)
    said, pid, alone = "", 0, False
    try:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)
        pid = _start(command, status)
        said = _wait(pid, parent)
    except _Told as told:
        # The parent's other threads may take a while to die: until then it seems to be there.
        alone = told.args == (signal.SIGHUP,)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _end(pid)
    if said:
        with contextlib.suppress(OSError):
            os.write(status, said.encode())
    if alone or os.getppid() != parent:
        import shutil  # takes as long as all of the above

        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _tell(number: int, frame: object) -> NoReturn:
    raise _Told(number)


def _prctl(option: int, value: int) -> None:
    if _LINUX:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _start(command: list[str], status: int) -> int:
    """Start the trainer in a session of its own -> its process."""
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.set_inheritable(status, False)
        os.execvp(command[0], command)
    except OSError as error:
        os.write(status, f"{command[0]}: {error.strerror}".encode())
    finally:
        os._exit(127)


def _wait(pid: int, parent: int) -> str:
    """Wait for the trainer, and for whoever else is ours meanwhile -> its exit code."""
    while True:
        if os.getppid() != parent:
            raise _Told(signal.SIGHUP)
        found, ended = os.waitpid(-1, 0 if _LINUX else os.WNOHANG)
        if found == pid:
            return str(os.waitstatus_to_exitcode(ended))
        if not found:
            time.sleep(TICK)


def _end(pid: int) -> None:
    """Kill everything that the trainer has started, and what is started meanwhile."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if pid:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        left = kin(os.getpid())
        for one in left:
            with contextlib.suppress(OSError):
                os.kill(one, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not left:
            return
        time.sleep(0.002)


def kin(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have started (Linux)."""
    found, waiting = [], [pid]
    while waiting:
        new = _children(waiting.pop())
        found += new
        waiting += new
    return found


def _children(pid: int) -> list[int]:
    """The children of all threads of a process; none where it is gone, or the system does not
    tell."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with (
                contextlib.suppress(OSError),
                open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file,
            ):
                found += map(int, file.read().split())
    return found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
