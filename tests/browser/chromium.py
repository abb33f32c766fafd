"""A page in Debian's Chromium, driven over a pipe by its own debugging protocol.

It needs no package: messages are JSON, each ended by a zero byte, on the browser's descriptors 3
and 4.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--remote-debugging-pipe"),
)
_LAUNCH = """import os, sys
ends = [os.dup2(int(end), 100 + i) for i, end in enumerate(sys.argv[1:3])]
for end, expected in zip(ends, (3, 4)):
    os.dup2(end, expected)
os.execv(sys.argv[3], sys.argv[3:])"""
"""Puts the two ends of the pipes at the descriptors that the browser expects them at."""
PATIENCE = 60
"""Seconds that an answer of the browser may take."""


class Page:
    """One tab. `events` are all messages of the browser that answered no call."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._rest, self._session, self._calls = b"", "", 0
        self.events: list[dict[str, Any]] = []
        self._attach()

    def _attach(self) -> None:
        """Open a tab of its own, and listen to it."""
        tab = self.call("Target.createTarget", url="about:blank")["targetId"]
        found = self.call("Target.attachToTarget", targetId=tab, flatten=True)
        self._session = found["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol -> its result."""
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._calls:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _read(self) -> dict[str, Any]:
        """The next message of the browser."""
        pieces = [self._rest]
        while b"\0" not in pieces[-1]:
            ready, _, _ = select.select([self._from], [], [], PATIENCE)
            assert ready, f"Chromium did not answer in {PATIENCE} s"
            piece = os.read(self._from, 1 << 20)
            assert piece, "Chromium has ended"
            pieces.append(piece)
        first, _, self._rest = b"".join(pieces).partition(b"\0")
        found = json.loads(first)
        assert isinstance(found, dict)
        return found

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page -> its value; of a promise, what it holds."""
        found = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def open(self, file: Path, fragment: str = "") -> None:
        """Load a file, at a place in it, and wait until it is complete."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=file.as_uri() + fragment)
        deadline = time.monotonic() + PATIENCE
        while self.run("document.readyState") != "complete" or self.run("location.href") == (
            "about:blank"
        ):
            assert time.monotonic() < deadline, "the page did not load"
            time.sleep(0.05)

    def wait(self, script: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + PATIENCE
        while not self.run(script):
            assert time.monotonic() < deadline, f"never true: {script}"
            time.sleep(0.02)

    def size(self, width: int, height: int = 800) -> None:
        """Give the window a size in pixels; one below 500 is a phone's."""
        device = {"deviceScaleFactor": 1, "mobile": width < 500}
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, **device)

    def named(self, name: str) -> list[dict[str, Any]]:
        """The events of one kind so far."""
        return [event["params"] for event in self.events if event.get("method") == name]


@contextmanager
def chromium() -> Iterator[Page]:
    """A fresh browser without a window, with a profile of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        theirs, ours = os.pipe()
        mine, their_end = os.pipe()
        command = [str(PROGRAM), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        ends = map(str, (theirs, their_end))
        browser = subprocess.Popen(
            [sys.executable, "-S", "-c", _LAUNCH, *ends, *command],
            pass_fds=(theirs, their_end),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(their_end)
        try:
            yield Page(ours, mine)
        finally:
            browser.terminate()
            browser.wait(timeout=20)
            os.close(ours)
            os.close(mine)
