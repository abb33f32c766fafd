"""The trials that a sweep asks for: asked.json, beside the sweep.toml that it belongs to.

A store only grows. What an edited sweep does not ask for any more stays in it, and this file tells
which trials those are.

    {"sweep.toml": "<digest>", "inputs": "<digest>", "asked": {"": ["<id>", ...], ...}}

`asked` has the ids of each run of one sweep.toml, by its overrides (`-S`) in one text. A run with
other overrides adds its trials; a run after the file or one of its inputs (plugins, data, networks)
has changed begins anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.store import files

NAME = "asked.json"


def write(
    folder: Path, toml: str, overrides: Iterable[str], inputs: Iterable[str], ids: Iterable[str]
) -> int:
    """Store the ids of the trials that a run of a sweep asks for -> the number of those that its
    sweep.toml asks for in all. `inputs` are the digests of what it reads. Raises StoreError."""
    key = {"sweep.toml": digest(toml.encode()), "inputs": digest("\n".join(inputs).encode())}
    known = _read(folder)
    same = all(known.get(name) == value for name, value in key.items())
    asked = dict(known["asked"]) if same else {}
    asked[_key(tuple(overrides))] = sorted(ids)
    files.write(folder / NAME, json.dumps(key | {"asked": asked}).encode())
    return len({id for own in asked.values() for id in own})


def read(folder: Path) -> frozenset[str] | None:
    """Read the ids of the trials that the sweep.toml of a results folder asks for; None where the
    folder does not say, or says it of another sweep.toml."""
    known = _read(folder)
    try:
        present = digest(files.read(folder / "sweep.toml"))
    except OSError:
        return None
    if known.get("sweep.toml") != present:
        return None
    return frozenset(id for ids in known["asked"].values() for id in ids)


def runs(folder: Path) -> list[tuple[str, ...]]:
    """List the overrides of each run of the present sweep.toml of a results folder; empty where the
    folder does not say."""
    known = _read(folder)
    return [] if read(folder) is None else list(map(_overrides, known["asked"]))


def _key(overrides: tuple[str, ...]) -> str:
    """The overrides of a run in one text: a line for each, or JSON where one has several lines."""
    several = any("\n" in text for text in overrides)
    return json.dumps(overrides) if several else "\n".join(overrides)


def _overrides(key: str) -> tuple[str, ...]:
    return tuple(json.loads(key) if key.startswith("[") else key.split("\n") if key else ())


class NotKnown(Exception):
    """The error for a folder that does not tell what it asks for, though it may hold trials that
    nobody asks for any more. The message says why, what counts therefore, and what to do."""


def not_known(folder: Path, why: str, remedy: str) -> NotKnown:
    """The error about the sweep.toml of a results folder, in one line."""
    return NotKnown(
        f"{folder / 'sweep.toml'} {why}: which of the stored trials it asks for is not known, "
        f"and all of them count here; {remedy}"
    )


def edited(folder: Path) -> bool:
    """True where the folder says what was asked for, and its sweep.toml is another by now."""
    there = os.path.lexists(folder / "sweep.toml")
    return there and bool(_read(folder)) and read(folder) is None


def unreadable(folder: Path) -> str:
    """Say why the sweep.toml of a results folder cannot be read; "" where it can, or is not
    there."""
    file = folder / "sweep.toml"
    if not os.path.lexists(file):
        return ""
    try:
        tomllib.loads(files.read(file).decode("utf-8-sig"))
    except OSError as error:
        return error.strerror or "no file that can be read"
    except (ValueError, RecursionError) as error:  # no UTF-8, no TOML, or tables without end
        return str(error)[:100]
    return ""


def asked_for(folder: Path) -> frozenset[str] | None:
    """The same as `read`. Raises NotKnown where sweep.toml has been edited since the last run."""
    if edited(folder):
        why = "was edited after the last run, and is not read as a sweep here"
        raise not_known(folder, why, "`bench.load` and `bench.report` read it")
    return read(folder)


def digest(content: bytes) -> str:
    """16 hex digits of a content."""
    return hashlib.sha256(content).hexdigest()[:16]


def _read(folder: Path) -> dict[str, Any]:
    """The file as it is; empty where there is none, or none of this form."""
    try:
        found = json.loads(files.read(folder / NAME))
    except (OSError, ValueError):
        return {}
    asked = found.get("asked") if isinstance(found, dict) else None
    whole = isinstance(asked, dict) and all(isinstance(ids, list) for ids in asked.values())
    return found if whole else {}
