"""Commands in processes of their own that need not import TensorFlow again.

A nursery, one for all tests of a process, has imported what `bench.runner.slot.prepare` does. It
forks the processes of commands, and these fork what they would start: their slots, and those that
answer a question while a sweep is read. Each is a process as `python -m` would begin it, with its
own environment, folder, session and pipes; only its four seconds of importing are spent once.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import multiprocessing
import os
import random
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests import commands

_ENDED = struct.Struct("=id")
"""A process's wait status and its seconds of CPU time, those of all it has waited for included."""
_MOST = 2**17
"""Bytes of a message: the words and the environment of a command."""

spent = 0.0
"""Seconds of CPU time of all commands that have ended, for `tests.order`."""


class Command(subprocess.Popen[str]):
    """`python -m MODULE WORD ...`, begun in a session of its own by the nursery.

    What `subprocess.Popen` does with a child, it does with this process, which is none of ours: the
    nursery waits for it and says how it ended.
    """

    def _execute_child(self, args: Any, *options: Any) -> None:
        (_, _, _, _, cwd, env, _, _, _, *streams) = options[:15]
        theirs = (streams[0], streams[3], streams[5])
        given = [own if fd == -1 else fd for own, fd in enumerate(theirs)]
        self._told, telling = os.pipe()
        self.pid = _nursery().begin(list(args), dict(env), os.fspath(cwd), [*given, telling])
        os.close(telling)
        self._close_pipe_fds(*streams)
        self._child_created = True

    def _try_wait(self, flags: int) -> tuple[int, int]:
        global spent
        if flags & os.WNOHANG and not select.select([self._told], [], [], 0)[0]:
            return 0, 0
        status, seconds = _ENDED.unpack(os.read(self._told, _ENDED.size))
        os.close(self._told)
        spent += seconds
        return self.pid, status

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self._handle_exitstatus(status)
        return self.returncode


def run(words: list[str], folder: Path | None, **more: str) -> subprocess.CompletedProcess[str]:
    """As `commands.run`, of a command of ours."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = commands.environment(**more)
    process = Command(words, cwd=folder or Path.cwd(), env=environment, **pipes)
    out, err = process.communicate()
    return subprocess.CompletedProcess(words, process.returncode, out, err)


class _Nursery:
    """The tests' end of the nursery."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=commands.ROOT,
                env=commands.environment(),
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self.close)

    def begin(self, words: list[str], env: dict[str, str], cwd: str, fds: list[int]) -> int:
        """Have it begin a command, with standard streams and a pipe for its end -> its process."""
        message = json.dumps((words, env, cwd)).encode()
        socket.send_fds(self.socket, [message], fds)
        return int(self.socket.recv(64))

    def close(self) -> None:
        self.socket.close()
        self.process.wait()


_the_one: _Nursery | None = None


def _nursery() -> _Nursery:
    global _the_one
    _the_one = _the_one or _Nursery()
    return _the_one


# --- the nursery's own process ------------------------------------------------------------------


def _serve(asking: socket.socket) -> list[str] | None:
    """Fork a process for each command that is asked for, and say how it ended -> the words of the
    command, in its process; None in this one, when nobody asks any more."""
    ended, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    running: dict[int, int] = {}
    while True:
        ready = select.select([asking, ended], [], [])[0]
        if ended in ready:
            os.read(ended, 1024)
            _tell_of_ended(running)
        if asking in ready:
            message, fds, _, _ = socket.recv_fds(asking, _MOST, 4)
            if not message:
                return None
            words, env, cwd = json.loads(message)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                for fd in (ended, woken, fds[3], *running.values()):
                    os.close(fd)
                asking.close()
                os.setsid()
                _become(env, cwd, fds[:3])
                return words
            for fd in fds[:3]:
                os.close(fd)
            running[pid] = fds[3]
            asking.send(str(pid).encode())


def _tell_of_ended(running: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (found := os.wait4(-1, os.WNOHANG))[0]:
            pid, status, used = found
            with contextlib.suppress(BrokenPipeError):
                os.write(running[pid], _ENDED.pack(status, used.ru_utime + used.ru_stime))
            os.close(running.pop(pid))


def _become(env: dict[str, str], cwd: str, fds: Sequence[int]) -> None:
    """Make this fork what a new process would be."""
    _as_begun()
    for own, fd in enumerate(fds):
        os.dup2(fd, own)
    for fd in {*fds} - {0, 1, 2}:
        os.close(fd)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, errors="backslashreplace", buffering=1)  # noqa: SIM115
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = cwd


def _as_begun() -> None:
    """No handler of a signal, and no random number, of the process that this one is a fork of."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed()


class _Answer(subprocess.Popen[bytes]):
    """`python -c CODE` as a fork of this process."""

    def _execute_child(self, args: Any, *options: Any) -> None:
        theirs = (options[9], options[12], options[14])  # of the pipes for 0, 1 and 2
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                _as_begun()
                for own, fd in enumerate(theirs):
                    os.dup2(fd, own)
                os.closerange(3, 256)
                exec(args[-1], {})
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        self._child_created = True
        for fd in theirs:
            os.close(fd)


def _answering(code: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return _Answer([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe)


def _slots(self: Any) -> Any:
    """In place of `LocalPool._start`: loky's own workers, but for how they begin."""
    from joblib.externals.loky import ProcessPoolExecutor

    self.store.tidy()
    fork = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(self.jobs, context=fork, initializer=_as_begun)


def main() -> None:
    """Import, serve, and in each fork run its command."""
    from bench.gan.environment import prepare_process

    prepare_process()
    from bench.grid.checks import apart
    from bench.runner import local, slot

    slot.prepare(keep=False)
    for name in ("bench.sweep.execution", "sklearn.cluster"):
        importlib.import_module(name)

    local.LocalPool._start, apart._started = _slots, _answering  # type: ignore[method-assign]
    words = _serve(socket.socket(fileno=int(sys.argv[1])))
    if words is None:
        return
    interpreter, option, module, *rest = words
    assert (interpreter, option) == (sys.executable, "-m")
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
