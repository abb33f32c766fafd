"""Says of a path that there is nothing, before anything is imported that reads."""

from __future__ import annotations

import os
from pathlib import Path

from bench.vocabulary import search


def absent(path: Path) -> str:
    """The reason why nothing is at a path, with the nearest name; "" where there is something."""
    if os.path.exists(path):
        return ""
    others = os.listdir(path.parent) if os.path.isdir(path.parent) else []
    near = search.near(path.name, others)
    hint = f" (did you mean {path.with_name(near[0])}?)" if near else ""
    return f"{path}: no such file or folder{hint}"
