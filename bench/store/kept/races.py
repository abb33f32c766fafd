"""Keeps what a race has counted and decided: race.json, beside the trials.

    {"race": {...}, "trials": "<digest>", "courses": [...], "states": [...]}

`race` is the declaration, `trials` the digest of the trials that it may ask for. A look that stands
here is never taken again. `states` follow from the rest, and are there for whoever only reads.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.store import files
from bench.store.files import LARGEST_TEXT, StoreError
from bench.vocabulary.races import Course, Race, State

NAME = "race.json"
"""The file's name."""


@dataclass(frozen=True)
class Record:
    """A race as a results folder keeps it."""

    race: Race
    """The declaration."""
    trials: str
    """Digest of the ids of all trials that it may ask for."""
    courses: tuple[Course, ...] = ()
    """The course of each task so far."""
    states: tuple[State, ...] = ()
    """Its comparisons as they stand."""


def write(folder: Path, record: Record) -> None:
    """Store a record, whole or not at all. Raises StoreError where there is no room."""
    content = {
        "race": asdict(record.race),
        "trials": record.trials,
        "courses": [_plain(course) for course in record.courses],
        "states": [asdict(state) for state in record.states],
    }
    files.write(folder / NAME, json.dumps(content, indent=1).encode())


def read(folder: Path) -> Record | None:
    """Read the record of a results folder; None where it holds no race. Raises StoreError for a
    file that is none: its looks cannot be taken again."""
    file = folder / NAME
    if not os.path.lexists(file):
        return None
    try:
        found = json.loads(files.read(file, LARGEST_TEXT))
        return Record(
            _race(found["race"]),
            str(found["trials"]),
            tuple(map(_course, found["courses"])),
            tuple(_state(own) for own in found["states"]),
        )
    except OSError as error:
        raise StoreError.of(file, error) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        text = f"{file}: cannot be read ({str(error)[:100]}): it has the looks of the race"
        raise StoreError(f"{text}; copy it there again, or begin anew with --fresh") from error


def _plain(course: Course) -> dict[str, Any]:
    pairs = [[*pair, [list(table) for table in own]] for pair, own in course.counts.items()]
    settings = {method: dict(own) for method, own in course.settings.items()}
    trials = list(course.trials)
    return {"task": course.task, "trials": trials, "counts": pairs, "settings": settings}


def _race(found: Mapping[str, Any]) -> Race:
    pairs = tuple((str(method), str(other)) for method, other in found["pairs"])
    looks = tuple(int(look) for look in found["looks"])
    return Race(**{**found, "pairs": pairs, "looks": looks})


def _course(found: Mapping[str, Any]) -> Course:
    counts = {
        (str(method), str(other)): tuple((int(a), int(b)) for a, b in tables)
        for method, other, tables in found["counts"]
    }
    settings = {
        str(method): {str(name): float(value) for name, value in own.items()}
        for method, own in found["settings"].items()
    }
    trials = found["trials"] if "trials" in found else [found["trial"]]  # once there was one
    known = tuple(str(id) for id in trials if id)
    return Course(str(found["task"]), known, counts, settings)


def _state(found: Mapping[str, Any]) -> State:
    first, second = found["successes"]
    return State(**{**found, "successes": (int(first), int(second))})
