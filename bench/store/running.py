"""Tells what is being trained now: running/<slot>.json, of no interest afterwards."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.store import files, listing

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
    for name in listing.running(folder).names:
        with contextlib.suppress(OSError, ValueError, RecursionError):  # it has just gone
            record = json.loads(files.read(folder / _NAME / name))
            if isinstance(record, dict) and record.get("slot") == name.removesuffix(".json"):
                found.append(record)  # and no copy of another slot's
    return found


def clear(folder: Path) -> None:
    """Remove what killed slots have left. Only while nobody trains."""
    for name in listing.running(folder).names:
        (folder / _NAME / name).unlink(missing_ok=True)
