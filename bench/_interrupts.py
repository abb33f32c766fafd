"""Ends a command at Ctrl-C and SIGTERM from its first import on, without a traceback.

`python -m bench.X` imports this package before anything of X runs, and may be interrupted while it
does. `install` is for that time; `bench.console.run` takes over from it. A program that imports
`bench` keeps its own handlers. Nothing is imported here that Python has not loaded by itself: the
module `signal` would take the longest part of what is to be guarded.
"""

from __future__ import annotations

import atexit
import os
import sys

try:
    import _signal as signal
except ImportError:  # another Python than CPython
    import signal

WORDS = {int(signal.SIGINT): "interrupted", int(signal.SIGTERM): "terminated"}
"""Number of a signal -> the word that a command ends with."""

_SCRIPT = "gan-bench"


def install() -> None:
    """End this process at once at a signal, where it is a command of this package."""
    if _command():
        for number in WORDS:
            if signal.getsignal(number) in (signal.default_int_handler, signal.SIG_DFL):
                signal.signal(number, end)
        atexit.register(_close)  # the first that is registered is the last that runs


def _command() -> bool:
    """True where Python is just looking for `-m bench.X`, or runs the console script."""
    arguments = sys.argv[:1]
    if arguments != ["-m"]:
        return bool(arguments) and os.path.basename(arguments[0]).startswith(_SCRIPT)
    asked = sys.orig_argv
    names = [asked[i + 1] for i in range(1, len(asked) - 1) if asked[i] == "-m"]
    return bool(names) and names[0].split(".")[0] == __name__.split(".")[0] and _short(names[0])


def _short(name: str) -> bool:
    """True for `bench` and `bench.X`: what lies deeper is no command of a user's."""
    return name.count(".") <= 1


def ends(code: int) -> None:
    """Make a command that was interrupted end with this exit code, whatever Python makes of it."""
    global _code
    _code = code


_code: int | None = None


def _close() -> None:
    """The last step of a command: nothing is left to be interrupted.

    Python puts the default handlers back before it has taken everything down, so that a signal in
    those last moments would end a command that is done as one that was killed. And it kills itself
    where an extension's import was interrupted, though the exception has been handled since.
    """
    for number in WORDS:
        if signal.getsignal(number) is end:
            signal.signal(number, signal.SIG_IGN)
    if _code is not None:
        for stream in (sys.stdout, sys.stderr):
            try:  # noqa: SIM105 -- contextlib is not loaded yet where a first import is interrupted
                stream.flush()
            except (AttributeError, OSError, ValueError):  # no stream, nobody who reads, closed
                pass
        os._exit(_code)


def end(number: int, frame: object = None) -> None:
    """End this process at once with the word and the exit code of a signal."""
    os.write(2, f"{WORDS[number]}\n".encode())
    os._exit(128 + number)
