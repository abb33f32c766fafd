"""Keeps values that take seconds to find and are the same every time, as JSON.

The folder is `$XDG_CACHE_HOME` (or ~/.cache)/gan-stability-bench. A name holds all that the value
depends on. A value that cannot be read is found again, one that cannot be written is not kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from bench.store import files

T = TypeVar("T")


def folder() -> Path:
    """The folder of the cache; it need not exist."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(root) / "gan-stability-bench"


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
