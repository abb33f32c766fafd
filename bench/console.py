"""The terminal of all commands: the console, options and numbers with units, exit codes.

NO_COLOR, FORCE_COLOR and TERM=dumb are honoured. No control character is written into a file or a
pipe.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import math
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from bench import __version__
from bench._interrupts import WORDS, end, ends
from bench.trial import Status
from bench.vocabulary import errors

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

T = TypeVar("T", int, float)

COLOURS = {
    Status.COMPLETED: "green",
    Status.DIVERGED: "yellow",
    Status.CRASHED: "red",
    Status.TIMEOUT: "red",
    Status.OUT_OF_MEMORY: "red",
}

_SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_BYTES = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def console() -> Console:
    """A console on standard output. A file or a pipe has no width to wrap lines at."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 200
    return Console(highlight=False, markup=False, soft_wrap=True, width=width)


def parser(name: str, about: str | None) -> argparse.ArgumentParser:
    """The parser of `python -m bench.NAME`, with --help and --version alike for all commands.

    `about` is the docstring of the command's module: its first paragraph stands before the
    options, the others behind them.
    """
    first, _, rest = (about or "").partition("\n\n")
    empty = _Parser(
        prog=f"python -m bench.{name}",
        description=first,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    empty.add_argument("--version", action="version", version=f"gan-stability-bench {__version__}")
    return empty


class _Parser(argparse.ArgumentParser):
    """A parser that refuses empty values, and whose errors are one line.

    `-o "$UNSET"` gives an option an empty value: it would be taken for this folder, or for no
    option at all.
    """

    def add_argument(self, *names: Any, **how: Any) -> argparse.Action:
        """Add an argument whose values are not empty."""
        action = super().add_argument(*names, **how)
        if action.nargs != 0:
            action.type = _not_empty(action.type)
        return action

    def error(self, message: str) -> NoReturn:
        """End with exit code 2 and a line that names the fault and where all options are told."""
        self.exit(2, f"{errors.brief(f'{self.prog}: {message} (--help tells all options)')}\n")


def _not_empty(kind: Any) -> Callable[[str], Any]:
    """The type of an argument: the same as `kind`, which is not given an empty text."""

    def read(text: str) -> Any:
        if not text.strip():
            raise argparse.ArgumentTypeError("the value is empty: leave it out, or give one")
        return text if kind is None else kind(text)

    read.__name__ = getattr(kind, "__name__", "value")
    return read


def run(main: Callable[[], int]) -> NoReturn:
    """Run a command and end with its exit code.

    It ends with a word where it is interrupted (130) or terminated (143), without one where nobody
    reads on, as in `| head` (141). A character that the terminal's encoding lacks is replaced.
    """
    _replace_unprintable()
    came = _Came()
    try:
        with came.watched():
            code = main()
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes
        code = 141
    except OSError as error:
        if came.number or not _no_room(error):
            code = came.end(error)
        else:
            print(f"cannot write what was asked for: {error.strerror}", file=sys.stderr)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
    except BaseException as error:
        code = came.end(error)
    sys.exit(code)


class _Came:
    """The signal that has come, if any: it ends the command whatever was made of its exception.

    An import or a callback that is interrupted may turn KeyboardInterrupt into another error, or
    print it and go on.
    """

    def __init__(self) -> None:
        self.number = 0

    def end(self, error: BaseException) -> int:
        """The exit code at a signal, with its word. Raises the error where there was none."""
        if isinstance(error, KeyboardInterrupt):
            self.number = self.number or signal.SIGINT
        if not self.number:
            raise error
        print(WORDS[self.number], file=sys.stderr)
        ends(128 + self.number)
        return 128 + self.number

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Raise KeyboardInterrupt at a signal that nobody else handles."""
        main = threading.current_thread() is threading.main_thread()
        numbers = [n for n in WORDS if main and signal.getsignal(n) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._note) for number in numbers}
        hook, sys.unraisablehook = sys.unraisablehook, self._swallowed
        try:
            yield
            if self.number:
                raise KeyboardInterrupt
        finally:
            sys.unraisablehook = hook
            for number, handler in before.items():
                if signal.getsignal(number) == self._note:
                    signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        raise KeyboardInterrupt

    def _swallowed(self, lost: Any) -> None:
        """End at once where a callback has swallowed the exception; show other errors as ever."""
        if self.number and isinstance(lost.exc_value, KeyboardInterrupt):
            end(self.number)
        else:
            sys.__unraisablehook__(lost)


def _replace_unprintable() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a notebook or a test has another one
            stream.reconfigure(errors="replace")


def _no_room(error: OSError) -> bool:
    """True for an error of the output itself: a full disk, a terminal that is gone."""
    return error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def live() -> bool:
    """True where lines on standard output can be drawn anew."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def table(*columns: str, numbers: tuple[str, ...] = ()) -> Table:
    """An empty table without lines; the columns of `numbers` follow, aligned to the right."""
    from rich.table import Table

    empty = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        empty.add_column(name, overflow="fold")
    for name in numbers:
        empty.add_column(name, justify="right")
    return empty


def count(n: int, noun: str) -> str:
    """ "1 trial", "2 trials"."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def duration(seconds: float | None) -> str:
    """Seconds for a reader: "2 h 5 min"; "unknown" for None."""
    if seconds is None:
        return "unknown"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def about(seconds: float) -> str:
    """A time that is not known to the second: "about 3 min"."""
    for below, unit in ((120, 5), (600, 30), (7200, 60), (math.inf, 600)):
        if seconds < below:
            text = duration(max(unit, unit * round(seconds / unit)))
            break
    return f"about {text.removesuffix(' 0 s').removesuffix(' 0 min')}"


def whole(text: str) -> int:
    """An option's whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def seconds(text: str) -> float:
    """An option's time: 90, 90s, 10m, 2h, 1d -> seconds."""
    return _quantity(text, _SECONDS, "a time such as 90s, 10m or 2h", float)


def size(text: str) -> int:
    """An option's amount of memory: 500M, 4G -> bytes."""
    number = text.upper().removesuffix("B").removesuffix("I")
    return _quantity(number, _BYTES, "an amount of memory such as 500M or 4G", int)


def _quantity(text: str, units: dict[str, int], form: str, kind: Callable[[float], T]) -> T:
    match = re.fullmatch(r"(\d+\.?\d*)\s*([A-Za-z]*)", text)
    if not match or match[2] not in units or not float(match[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is not {form}")
    return kind(float(match[1]) * units[match[2]])


def first_line(message: str) -> str:
    """The line of an error's message that says what is wrong; the whole message is in the store.

    It is the first one in plain Python. TensorFlow and Keras begin with where in the program it
    was: there it is the last `SomeError: ...` of a trace, or the last line that is not indented.
    """
    lines = [line for line in _STYLED.sub("", message).splitlines() if line.strip()]
    for i in range(len(lines) - 1):
        if "Exception encountered when calling" in lines[i]:
            lines[i] += f" {lines[i + 1].strip()}"  # Keras has the reason in the next line
    first = lines[0].strip() if lines else ""
    if first == "in user code:":
        said = [line.strip() for line in lines if re.match(r"\s+\w+: ", line)]
    elif first == "Graph execution error:":
        said = [line for line in lines if not line[0].isspace() and line[-1] != ":"]
    else:
        said = []
    return (said[-1] if said else first)[:LONGEST]


LONGEST = 300
_STYLED = re.compile(r"\x1b\[[0-9;]*m")
