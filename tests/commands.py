"""Commands in processes of their own, which import the checkout and not whatever is installed; and
in this process, where no test of a process needs the seconds that TensorFlow takes to import.

`environment` is what makes it so. `tests/conftest.py` puts it into the environment of all tests, so
that a process inherits it; a test that makes an environment of its own starts from it.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
KEPT = "--tf_xla_persistent_cache_"
"""The flag by which a process keeps the steps that it compiles: see `bench.gan.compilation`."""
LIGHT = ("--formats", "csv,md,png")
"""Options of a report of which a test reads the page and the tables: half of the time goes into the
vector files and LaTeX."""


def environment(*folders: Path, **more: str) -> dict[str, str]:
    """The environment of a process: the checkout comes first where modules are looked for, then
    `folders`. It keeps compiled steps as any process does, and not in the tests' own folder."""
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = dict.fromkeys([str(ROOT), *map(str, folders), *filter(None, known)])
    rest = {name: value for name, value in os.environ.items() if KEPT not in value}
    return {**rest, "PYTHONPATH": os.pathsep.join(paths), **more}


def command(name: str, *words: object) -> list[str]:
    """The words of `python -m bench.NAME`, by the Python that runs the tests."""
    return [sys.executable, "-m", f"bench.{name}", *map(str, words)]


def run(
    words: Iterable[str], folder: Path | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with its output as text."""
    options: dict[str, Any] = {"capture_output": True, "text": True, "env": environment()}
    return subprocess.run(list(words), cwd=folder, **(options | more))


def inside(name: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a command of ours in this process, with its output as text."""
    out, err, given = io.StringIO(), io.StringIO(), list(map(str, words))
    main = importlib.import_module(f"bench.{name}").main
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(given)
    return subprocess.CompletedProcess(given, code, out.getvalue(), err.getvalue())


def bench(name: str, *words: object, folder: Path | None = None) -> str:
    """The output of a command of ours. Its errors fail the test."""
    done = run(command(name, *words), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
