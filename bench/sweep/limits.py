"""What ends a sweep before its last trial: signals, a budget, too many failures."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

from bench.console import count, duration
from bench.runner import Outcome


class Stopped(BaseException):
    """A signal has asked for the end. `code` is the exit code that says so."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        super().__init__("interrupted" if number == signal.SIGINT else "terminated")


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise Stopped the first time and end the process at once the second;
    slots and children die with it."""
    numbers = (signal.SIGINT, signal.SIGTERM)

    def at_once(number: int, frame: Any) -> None:
        os._exit(128 + number)

    def stop(number: int, frame: Any) -> None:
        for each in numbers:
            signal.signal(each, at_once)
        raise Stopped(number)

    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


class Limits:
    """A budget in seconds for the whole sweep, and a number of failures; None is without limit."""

    def __init__(self, budget: float | None, failures: int | None) -> None:
        self.budget, self.most = budget, failures
        self._begin, self._failures = time.monotonic(), 0

    def count(self, outcome: Outcome) -> None:
        """A trial has ended."""
        self._failures += outcome.status.failed

    def exceeded(self) -> str | None:
        """Why the sweep has to end now, if it has to."""
        if self.budget is not None and time.monotonic() - self._begin > self.budget:
            return f"the budget of {duration(self.budget)} is used up"
        if self.most is not None and self._failures >= self.most:
            return f"{count(self._failures, 'trial')} failed"
        return None
