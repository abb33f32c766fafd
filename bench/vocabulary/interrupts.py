"""Interrupts of a command, which the exceptions of a user's code may imitate."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Interrupts:
    """Tells a signal that ends a command (Ctrl-C, SIGTERM) from an exception that the user's code
    raises itself."""

    def __init__(self) -> None:
        self._came = False

    def caused(self, error: BaseException) -> bool:
        """True where a signal that came while it was watched for is the cause of an error. What its
        handler raises may be KeyboardInterrupt or an exception of the command's own."""
        return self._came and not isinstance(error, Exception)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Watch for signals inside of a `with`. Each does what it did before, if anything."""
        main = threading.current_thread() is threading.main_thread()  # no other thread may
        numbers = (signal.SIGINT, signal.SIGTERM) if main else ()
        before = {n: handler for n in numbers if callable(handler := signal.getsignal(n))}

        def stop(number: int, frame: FrameType | None) -> None:
            self._came = True
            before[signal.Signals(number)](number, frame)

        for number in before:  # an ignored one stays ignored
            signal.signal(number, stop)
        try:
            yield
        finally:
            for number, handler in before.items():
                if signal.getsignal(number) is stop:  # the handler may have set another one
                    signal.signal(number, handler)
