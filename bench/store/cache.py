"""Keeps values that take seconds to find and are the same every time, as JSON.

The folder is `$XDG_CACHE_HOME` (or ~/.cache)/gan-stability-bench. A name holds all that the value
depends on. A value that cannot be read is found again, one that cannot be written is not kept.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from bench.store import files

T = TypeVar("T")


def folder() -> Path:
    """The folder of the cache; it need not exist."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(root) / "gan-stability-bench"


def for_matplotlib() -> None:
    """Choose a folder for matplotlib's settings and list of fonts; to be called before its import.

    Without a home that can be written it warns in four lines, whatever the command. Then it gets a
    folder in this cache, and where that cannot be written either, one that goes with the process.
    """
    root = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    if os.environ.get(_MATPLOTLIB) or _writable(Path(root) / "matplotlib"):
        return
    own = folder() / "matplotlib"
    if not _writable(own):
        own = Path(tempfile.mkdtemp(prefix="matplotlib-"))
        atexit.register(_remove, own, os.getpid())
    os.environ[_MATPLOTLIB] = str(own)  # forks and children of this process find it too


_MATPLOTLIB = "MPLCONFIGDIR"


def _writable(place: Path) -> bool:
    """True for a folder that can be written, or made."""
    there = next(path for path in (place, *place.parents) if os.path.lexists(path))
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _remove(place: Path, process: int) -> None:
    """Remove a folder, in the process that made it alone."""
    if os.getpid() == process:
        shutil.rmtree(place, ignore_errors=True)


def load(name: str) -> Any:
    """The value that is kept under a name; None without it, or where the file is damaged."""
    try:
        return json.loads(files.read(folder() / f"{name}.json"))
    except (OSError, ValueError):
        return None


def keep(name: str, value: Any) -> None:
    """Keep plain data under a name, if the folder can be written."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        files.write(folder() / f"{name}.json", json.dumps(value).encode(), durable=False)
    except (OSError, files.StoreError):
        pass


def cached(name: str, make: Callable[[], T], read: Callable[[Any], T]) -> T:
    """The value of make(), kept under a name from one process to the next.

    `read` turns the kept JSON into the value. It raises ValueError, TypeError, KeyError or
    AttributeError for other JSON, and the value is then made again.
    """
    if (known := load(name)) is not None:
        try:
            return read(known)
        except (ValueError, TypeError, KeyError, AttributeError):
            pass
    made = make()
    keep(name, made)
    return made
