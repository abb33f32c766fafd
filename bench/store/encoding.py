"""Turns a result into the JSON of its file, and back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from bench.trial import Result, Status, Trial

SCHEMA = 1

UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""Errors of reading and decoding a file that is not what it should be."""

_BRIEF = re.compile(rb'},"status":"([a-z_]+)","seconds":([0-9.e+-]+),"error":')
"""Finds status and seconds. It cannot match inside of a string, whose quotes are escaped."""


_IDENTITY = re.compile(rb'\s*\{\s*"schema"\s*:\s*\d+\s*,\s*"id"\s*:\s*"([0-9a-f]+)"')


class Brief(NamedTuple):
    """The part of a stored trial that the plan of a sweep needs."""

    status: Status
    """The status that it ended with."""
    seconds: float
    """Seconds that it took."""


def as_stored(curves: Mapping[str, Any]) -> Mapping[str, Any]:
    """Curves or signals with the values that they would have after writing and reading."""
    return {name: _finite(values) for name, values in curves.items()}


def encode(result: Result) -> bytes:
    """The content of the file of a trial: status and seconds first, for `brief`, then the
    curves."""
    record = {
        "schema": SCHEMA,
        "id": result.trial.id,
        "trial": result.trial.record(),
        "status": result.status.value,
        "seconds": result.seconds,
        "error": result.error,
        "curves": _finite(result.curves),
        "signals": _finite(result.signals),
        "facts": _finite(result.facts),
        "provenance": result.provenance,
    }
    return json.dumps(record, allow_nan=False, separators=(",", ":")).encode()


def decode(content: bytes) -> Result:
    """The result in the content of a file. Raises ValueError, KeyError or TypeError for any other
    content."""
    record = json.loads(content)
    if record["schema"] != SCHEMA:
        raise ValueError(f"schema {record['schema']}, this version reads {SCHEMA}")
    names = ("curves", "signals", "facts", "error", "seconds", "provenance")
    return Result(
        trial=Trial.from_record(record["trial"]),
        status=Status(record["status"]),
        **{name: record[name] for name in names},
    )


def identity(first: bytes) -> str | None:
    """The id of a result from the first bytes of its file; None where they do not tell."""
    found = _IDENTITY.match(first)
    return found[1].decode() if found else None


def brief(first: bytes, last: bytes) -> Brief | None:
    """Status and seconds from the first bytes of a file and its last two. None where they do not
    tell: then the whole file does, or says its fault."""
    found = _BRIEF.search(first)
    if not found or last != b"}}":
        return None
    try:
        return Brief(Status(found[1].decode()), float(found[2]))
    except ValueError:
        return None


def _finite(value: Any) -> Any:
    """The value with None in place of NaN and infinity, which JSON does not have.

    Nine digits tell every float32 from its neighbours, and are read three times as fast as 17.
    """
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else None
    return value
