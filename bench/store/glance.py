"""A glance at a stored trial: what it was, how it ended and how long it took, without its curves.

A file begins with the trial and ends with its provenance, so that two small pieces of it are read.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from bench.store import archive, files
from bench.store.encoding import brief
from bench.store.files import StoreError
from bench.store.store import Store
from bench.trial import Status, Trial

_PIECE = 4096
_METHOD = re.compile(rb'"method":\{"name":("(?:[^"\\]|\\.)*")')
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Glance:
    """The ends of a stored trial."""

    trial: Trial
    """The trial itself."""
    status: Status
    """The status that it ended with."""
    seconds: float
    """Seconds that it took."""
    cpu: str
    """The model of the processor that it was trained on; "": not recorded."""
    phases: dict[str, Any] | None
    """Its seconds by phase (see `bench.runner.phases.Spent`); None: not recorded."""


def glance(store: Store, id: str) -> Glance | None:
    """Look at a trial. None where the pieces do not tell, or the file is no result."""
    try:
        first, last = _pieces(store, id)
        found = brief(first, last[-2:])
        if found is None:
            return None
        trial = Trial.from_record(_value(first, b'"trial":', first.find))
        cpu = str(_value(last, b'"cpu":', last.rfind) or "")
        phases = _value(last, b'"phases":', last.rfind)
    except (OSError, ValueError, KeyError, TypeError, StoreError):
        return None
    return Glance(trial, *found, cpu, phases if isinstance(phases, dict) else None)


class End(NamedTuple):
    """The end of a stored trial, by method."""

    id: str
    """The trial's id."""
    method: str
    """Its method; "": the file does not tell in its first bytes."""
    status: Status
    """The status that it ended with."""
    seconds: float
    """Seconds that it took."""


def ends(store: Store) -> Iterator[End]:
    """The ends of all stored trials, in the order of their ids. Raises StoreError for a file that
    was cut off or is no result."""
    published, names = archive.read(store.path), dict[bytes, str]()
    for id in sorted(store.ids()):
        try:
            first, last = files.ends(f"{store.path}/trials/{id}.json", _PIECE)
        except OSError:
            first, last = published.get(id, b"")[:_PIECE], published.get(id, b"")[-2:]
        named = _METHOD.search(first)
        quoted = named[1] if named else b'""'
        if quoted not in names:
            names[quoted] = json.loads(quoted)
        yield End(id, names[quoted], *(brief(first, last) or store.brief(id)))


def _pieces(store: Store, id: str) -> tuple[bytes, bytes]:
    try:
        with open(store.path / "trials" / f"{id}.json", "rb") as file:
            first = file.read(_PIECE)
            file.seek(max(0, os.fstat(file.fileno()).st_size - _PIECE))
            return first, file.read()
    except (FileNotFoundError, NotADirectoryError):
        content = archive.read(store.path)[id]
        return content[:_PIECE], content[-_PIECE:]


def _value(piece: bytes, key: bytes, find: Any) -> Any:
    """The JSON value behind a key. It cannot be part of a string, whose quotes are escaped."""
    place = find(key)
    if place < 0:
        return None
    return _DECODER.raw_decode(piece[place + len(key) :].decode(errors="replace"))[0]
