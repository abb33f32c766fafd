"""A page in Debian's Chromium, driven over its own debugging protocol."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--remote-debugging-port=0", "--remote-allow-origins=*"),
)


class Page:
    """One tab. `events` are all messages of the browser that answered no call."""

    def __init__(self, address: str) -> None:
        import websocket

        self._socket = websocket.create_connection(address, timeout=30)
        self._calls = 0
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol -> its result."""
        self._calls += 1
        self._socket.send(json.dumps({"id": self._calls, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._calls:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page -> its value."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def open(self, file: Path) -> None:
        """Load a file and wait until it is complete."""
        self.call("Page.navigate", url=file.as_uri())
        deadline = time.monotonic() + 30
        while self.run("document.readyState") != "complete" or self.run("location.href") == (
            "about:blank"
        ):
            assert time.monotonic() < deadline, "the page did not load"
            time.sleep(0.05)

    def named(self, name: str) -> list[dict[str, Any]]:
        """The events of one kind so far."""
        return [event["params"] for event in self.events if event.get("method") == name]

    def close(self) -> None:
        """End the conversation."""
        self._socket.close()


@contextmanager
def chromium() -> Iterator[Page]:
    """A fresh browser without a window, with a profile of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(PROGRAM), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            page = Page(_tab(_port(Path(profile))))
            yield page
            page.close()
        finally:
            browser.terminate()
            browser.wait(timeout=20)


def _port(profile: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        file = profile / "DevToolsActivePort"
        if file.exists() and file.read_text().strip():
            return int(file.read_text().split()[0])
        time.sleep(0.05)
    raise TimeoutError("Chromium did not start")


def _tab(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
        tabs = json.load(answer)
    return str(next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"))
