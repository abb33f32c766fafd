"""Tells what is being trained now, in running/, of no interest afterwards: a file of each slot, and
one of the sweep, with its counts and its time left."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.store import files, listing

_NAME = "running"
_SWEEP = ".sweep.json"  # no slot: names of slots have no dot


def write(folder: Path, slot: str, record: Mapping[str, Any]) -> None:
    """Write what a slot trains now. A full disk does not stop it here: nothing is lost."""
    with contextlib.suppress(files.StoreError):
        content = json.dumps(record, allow_nan=False).encode()
        files.write(folder / _NAME / f"{slot}.json", content, durable=False)


def write_sweep(folder: Path, record: Mapping[str, Any]) -> None:
    """Write the counts of a running sweep and its time left, as `write` does."""
    write(folder, _SWEEP.removesuffix(".json"), record)


def read(folder: Path) -> list[dict[str, Any]]:
    """Read what the slots of a running sweep train, or of a killed one, in the order of their
    names."""
    found = []
    for name in listing.running(folder).names:
        record = _read(folder / _NAME / name)
        if record and record.get("slot") == name.removesuffix(".json"):
            found.append(record)  # and no copy of another slot's
    return found


def read_sweep(folder: Path) -> dict[str, Any] | None:
    """Read the counts of a running sweep, or of a killed one; None where there are none."""
    return _read(folder / _NAME / _SWEEP)


def clear(folder: Path, sweep: bool = True) -> None:
    """Remove what killed slots have left. Only while nobody trains. The counts of the sweep stay
    where `sweep` is false."""
    for name in listing.running(folder).names:
        (folder / _NAME / name).unlink(missing_ok=True)
    if sweep:
        (folder / _NAME / _SWEEP).unlink(missing_ok=True)


def doing(at: Mapping[str, Any], steps: int) -> str:
    """The work of a slot in a few words: "step 1,200 of 5,000", "compiling"."""
    if at["phase"] == "training":
        return f"step {at['step']:,} of {steps:,}"
    return str(at["phase"])


def _read(file: Path) -> dict[str, Any] | None:
    with contextlib.suppress(OSError, ValueError, RecursionError):  # it has just gone
        found = json.loads(files.read(file))
        return found if isinstance(found, dict) else None
    return None
