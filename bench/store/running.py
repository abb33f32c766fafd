"""Tells what is being trained now: running/<slot>.json, of no interest afterwards."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.store import files

_NAME = "running"


def write(folder: Path, slot: str, record: Mapping[str, Any]) -> None:
    """Write what a slot trains now. A full disk does not stop it here: nothing is lost."""
    with contextlib.suppress(files.StoreError):
        content = json.dumps(record, allow_nan=False).encode()
        files.write(folder / _NAME / f"{slot}.json", content, durable=False)


def read(folder: Path) -> list[dict[str, Any]]:
    """Read what the slots of a running sweep train, or of a killed one, in the order of their
    names."""
    found = []
    for file in sorted((folder / _NAME).glob("[!.]*.json")):
        with contextlib.suppress(OSError, ValueError):  # it has just gone
            found.append(json.loads(file.read_bytes()))
    return found


def clear(folder: Path) -> None:
    """Remove what killed slots have left. Only while nobody trains."""
    for file in (folder / _NAME).glob("*.json"):
        file.unlink(missing_ok=True)
