"""Work over all cores."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

Call = tuple[Any, tuple[Any, ...], dict[str, Any]]
"""A function with its arguments, as `joblib.delayed` makes it."""

_OURS = ("bench.report", "bench.__main__", "bench.pack")
"""The modules that are run as commands and work over all cores."""


def count() -> int:
    """The number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


def alone() -> bool:
    """True where this process is a command of ours that nobody else has put threads into: its forks
    are whole, and have everything that it has imported and read.

    A program that imports `bench` may have any threads, and TensorFlow's do not outlive a fork.
    """
    main = getattr(sys.modules.get("__main__"), "__spec__", None)
    script = os.path.basename(sys.argv[0] if sys.argv else "").startswith("gan-bench")
    ours = script or (main is not None and main.name in _OURS)
    plain = "tensorflow" not in sys.modules and threading.active_count() == 1
    return sys.platform == "linux" and ours and plain


def over_cores(work: Iterable[Call]) -> list[Any]:
    """Run calls, each made by `joblib.delayed`, over all cores -> what they gave, in their order.

    On one core they run here, one after the other. Of several, the processes are forks of this one
    where it is `alone`, else joblib's.
    """
    calls = list(work)
    if (cores := min(count(), len(calls))) < 2:
        return [function(*own, **named) for function, own, named in calls]
    return _forked(calls, cores) if alone() else _joblib(calls)


_calls: Sequence[Call] = ()
"""The calls that the forks are made for, which they know from this process."""


def _forked(calls: Sequence[Call], cores: int) -> list[Any]:
    """Run calls in forks of this process; their words to stderr come in the order of the calls."""
    global _calls
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    _calls = calls
    pool = ProcessPoolExecutor(cores, get_context("fork"), _silent)
    try:
        with warnings.catch_warnings():  # numpy's own threads, which are made for forks, are many
            warnings.filterwarnings("ignore", ".*multi-threaded.*fork", DeprecationWarning)
            waiting = [pool.submit(_call, place) for place in range(len(calls))]
        found = []
        for future in waiting:
            value, said = future.result()
            sys.stderr.write(said)
            found.append(value)
        return found
    except BaseException:
        for process in list(pool._processes.values()):  # else they would go on to their ends
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        _calls = ()


def _silent() -> None:
    """A fork leaves Ctrl-C to the process that it is made of, which ends it without a word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _call(place: int) -> tuple[Any, str]:
    function, own, named = _calls[place]
    with contextlib.redirect_stderr(io.StringIO()) as said:
        value = function(*own, **named)
    return value, said.getvalue()


def _joblib(calls: Sequence[Call]) -> list[Any]:
    """Run calls in processes that begin anew.

    A process that has come to hold much memory is replaced between two calls. joblib warns of
    that from a thread of its own. Where warnings are errors it would end the thread, and nobody
    would wait for the calls any more.
    """
    from joblib import Parallel

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped while", UserWarning)
        return list(Parallel(n_jobs=-1)(calls))
