"""Copies of the working tree that faults are put into, and pytest in processes forked from a warm
one: TensorFlow, pandas and scipy are imported once, and our own modules anew for each fault."""

from __future__ import annotations

import compileall
import contextlib
import importlib
import os
import py_compile
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent

HEAVY = ("numpy", "pandas", "scipy.stats", "scipy.optimize", "matplotlib.figure", "jinja2")
HEAVY += ("sklearn.cluster", "sklearn.neighbors", "pytest", "rich.console")
FOREIGN = (*HEAVY, "tensorflow", "keras")
"""Modules that are imported before the forks. None of them starts a thread or runs an operation."""


MOST = 6 * 2**30
"""Bytes that a process may ask for."""

TEXT = 6000
"""Characters of what pytest prints that are kept, from the end."""


class Ran(NamedTuple):
    """A run of pytest on a copy."""

    found: str
    """The test that failed; "import" or "timeout" in its place; "" where all passed."""
    seconds: float
    """The time that it took."""
    text: str
    """The end of what pytest printed."""


@contextlib.contextmanager
def copy() -> Iterator[Path]:
    """A copy of what git knows of the working tree, with compiled files that go by content."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        listed = ["git", "ls-files", "-co", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, names.splitlines()):
            if (ROOT / name).is_file():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, Path(folder) / name)
        by_content = py_compile.PycInvalidationMode.CHECKED_HASH
        compileall.compile_dir(f"{folder}/bench", quiet=1, invalidation_mode=by_content)
        yield Path(folder)


@contextlib.contextmanager
def changed(file: Path, text: str) -> Iterator[None]:
    """The file with another text, for as long as the block takes."""
    before = file.read_bytes()
    file.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        file.write_bytes(before)


def warm(modules: Sequence[str] = FOREIGN) -> None:
    """Import what all forks have in common."""
    from bench.gan.environment import prepare_process

    prepare_process()
    for name in modules:
        importlib.import_module(name)


def pytest(folder: Path, arguments: Sequence[str], timeout: float, *, plugins=()) -> Ran:
    """Run pytest in a fork of this process, in the folder and on its modules."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        start = time.monotonic()
        pid = os.fork()
        if not pid:
            _child(folder, arguments, output.fileno(), plugins)
        code = wait(pid, start + timeout)
        seconds = time.monotonic() - start
        output.seek(0)
        text = output.read()
    if code is None:
        return Ran("timeout", seconds, text[-TEXT:])
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)
    if code == 5:
        raise LookupError(f"no such tests: {' '.join(arguments)}\n{text[-TEXT:]}")
    return Ran("" if code == 0 else failed[1] if failed else "import", seconds, text[-TEXT:])


def _child(folder: Path, arguments: Sequence[str], output: int, plugins: Sequence[object]) -> None:
    code = 70
    try:
        os.setsid()
        frugal()
        os.dup2(output, 1)
        os.dup2(output, 2)
        enter(folder)
        import pytest

        quiet = ["-q", "--no-header", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist"]
        code = int(pytest.main([*quiet, *arguments], plugins=list(plugins)))
    finally:
        sys.stdout.flush()
        os._exit(code)


def frugal() -> None:
    """Have this process fail where it asks for more memory than any test needs: a fault may."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST, MOST))


def enter(folder: Path) -> None:
    """Go to a folder, forget our modules, and find them there from now on."""
    os.chdir(folder)
    os.environ.update(PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1")
    sys.dont_write_bytecode = True
    for name in [n for n in sys.modules if n.partition(".")[0] in ("bench", "tests")]:
        del sys.modules[name]
    sys.path[:] = [str(folder), *(p for p in sys.path if p not in ("", str(ROOT)))]
    importlib.invalidate_caches()


def wait(pid: int, end: float) -> int | None:
    """The exit code; None where it had to be killed."""
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # what it has left behind
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None
