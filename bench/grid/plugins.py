"""Plugins: a user's own Python files, which register parts as the modules of `bench.gan` do, and
installed packages that do so by an entry point of the group "gan_stability_bench"."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

from bench.grid.source import GridError

GROUP = "gan_stability_bench"


def load_plugins(files: Iterable[Path]) -> None:
    """Import installed plugins and run plugin files, so that `bench.registry` knows their parts.

    A process that trains the trials of a sweep calls this as well, with `Sweep.plugins`.
    Raises GridError with the line of the plugin, or the name of the package, that failed.
    """
    _load_installed()
    for file in files:
        _load(file.resolve())


def _load_installed() -> None:
    """What installed packages offer under the entry point group `GROUP`."""
    for point in entry_points(group=GROUP):
        try:
            point.load()
        except Exception as error:
            raise GridError(f"plugin {point.name} ({point.value}): {_reason(error)}") from error


def _load(file: Path) -> None:
    # The name must be the same each time: a registry lets only the same module define a part again.
    digest = hashlib.sha256(str(file).encode()).hexdigest()[:8]
    name = f"bench_plugin_{file.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise GridError(f"{file}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise GridError(f"{file}:{_line(file, error)}: {_reason(error)}") from error


def _line(file: Path, error: BaseException) -> int:
    """The last line of the plugin that ran."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame.lineno for frame in frames if frame.filename == str(file)]
    return (own[-1] if own else None) or 1


def _reason(error: BaseException) -> str:
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {reason}".removesuffix(": ")
