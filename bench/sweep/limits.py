"""Ends a sweep before its last trial: at a signal, at the end of its budget, at too many
failures."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

from bench.console import count, duration
from bench.runner import Notice


class Stopped(BaseException):
    """The end of a sweep by a signal. `code` is the exit code that says so."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        super().__init__("interrupted" if number == signal.SIGINT else "terminated")


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Make Ctrl-C and SIGTERM raise Stopped the first time, and end the process the second time;
    slots and children die with it."""
    numbers = (signal.SIGINT, signal.SIGTERM)

    def at_once(number: int, frame: Any) -> None:
        os._exit(128 + number)

    came: list[int] = []

    def stop(number: int, frame: Any) -> None:
        for each in numbers:
            signal.signal(each, at_once)
        came.append(number)
        raise Stopped(number)

    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    except Exception as error:
        if came:  # what was interrupted, an import say, has made another error of it
            raise Stopped(came[0]) from error
        raise
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


class Limits:
    """A budget in seconds for the whole sweep, and a number of failures; None is without limit."""

    def __init__(self, budget: float | None, failures: int | None) -> None:
        self.budget, self.most = budget, failures
        self._begin, self._failures = time.monotonic(), 0

    def count(self, notice: Notice) -> None:
        """Count a finished trial."""
        self._failures += notice.status.failed

    def exceeded(self) -> str | None:
        """The reason for which the sweep has to end now; None where it may go on."""
        if self.budget is not None and time.monotonic() - self._begin > self.budget:
            return f"the budget of {duration(self.budget)} is used up"
        if self.most is not None and self._failures >= self.most:
            return f"{count(self._failures, 'trial')} failed"
        return None
