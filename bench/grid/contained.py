"""Runs a user's file so that it leaves the process as it was: where it is, what ends it, and what
is printed as the answer of a command."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import NoReturn, TextIO

PATIENCE = 4.0
"""Seconds after which a reader wants to know why nothing happens."""

_NOISY = "tensorflow"
"""The module whose import prints ten lines that no setting silences."""


@contextlib.contextmanager
def contained(file: str) -> Iterator[None]:
    """Run a user's file inside of a `with`.

    Afterwards the working folder and the handlers of signals are the old ones. `os._exit` raises
    SystemExit meanwhile. What is printed goes to the error stream, without what TensorFlow prints
    when it is imported. A line says which file takes long.
    """
    stream = os.dup(2)
    notice = threading.Timer(PATIENCE, _say, [stream, f"running {file} ..."])
    notice.daemon = True
    notice.start()
    leave, os._exit = os._exit, _exit
    try:
        with _in_place(), _output():
            yield
    finally:
        os._exit = leave
        notice.cancel()
        os.close(stream)


def _say(descriptor: int, text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(descriptor, f"{text}\n".encode(errors="replace"))


def _exit(status: int) -> NoReturn:
    raise SystemExit(status)


@contextlib.contextmanager
def _in_place() -> Iterator[None]:
    """Restore the working folder, and after a file that did not fail the handlers of signals."""
    main = threading.current_thread() is threading.main_thread()
    handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM) if main}
    try:
        place = os.getcwd()
    except OSError:  # it is gone already
        place = ""
    try:
        yield
        for number, handler in handlers.items():
            if signal.getsignal(number) is not handler and handler is not None:
                signal.signal(number, handler)
    finally:
        if place:
            with contextlib.suppress(OSError):
                os.chdir(place)


@contextlib.contextmanager
def _output() -> Iterator[None]:
    """Send standard output to the error stream, and leave out TensorFlow's noise.

    Where a crash must be seen whatever it takes (in the process of a trial), nothing is redirected:
    all of its output is a log.
    """
    if faulthandler.is_enabled() or not _ordinary():
        with contextlib.redirect_stdout(sys.stderr):
            yield
        return
    sys.stdout.flush()
    sys.stderr.flush()
    saved, known = (os.dup(1), os.dup(2)), _NOISY in sys.modules
    with tempfile.TemporaryFile() as kept, _stream(os.dup(2)) as shown:
        for descriptor in (1, 2):
            os.dup2(kept.fileno(), descriptor)
        try:
            with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
                yield
        finally:
            for descriptor, old in zip((1, 2), saved, strict=True):
                os.dup2(old, descriptor)
                os.close(old)
            if known or _NOISY not in sys.modules:
                kept.seek(0)
                shown.flush()
                shutil.copyfileobj(kept, shown.buffer)


def _ordinary() -> bool:
    """True where both streams are those that the process was started with."""
    try:
        return (sys.stdout.fileno(), sys.stderr.fileno()) == (1, 2)
    except (AttributeError, OSError, ValueError):
        return False


def _stream(descriptor: int) -> TextIO:
    return os.fdopen(descriptor, "w", encoding=sys.stderr.encoding, errors="replace")
