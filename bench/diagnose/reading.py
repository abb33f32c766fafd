"""Finds out the format of a log, and reads it."""

from __future__ import annotations

import os
from pathlib import Path

from bench.diagnose.formats import events, records, stored, table, text
from bench.diagnose.formats.lines import lines
from bench.diagnose.log import Log, LogError
from bench.diagnose.places import absent
from bench.store import Store

MOST_FILES = 20
"""Logs of a folder that are read at most."""

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".log", ".txt", ".out")
"""Endings of the files that are taken for logs within a folder."""

_EVENTS = "tfevents"


def read(path: Path) -> tuple[Log, ...]:
    """The logs of a file or of a folder, one for each run.

    Read are tables (Keras' CSVLogger, Lightning's metrics.csv, CTGAN's losses, W&B's exported
    charts), JSON lines (StyleGAN's stats.jsonl), TensorBoard's events, text with names before its
    numbers, and results of our own. Nothing in a log is executed. Raises LogError.
    """
    try:
        if os.path.isdir(path):
            return _folder(path)
        if reason := absent(path):
            raise LogError(reason)
        if not path.is_file():
            raise LogError(f"{path}: no file; write the log into one")
    except (OSError, ValueError) as error:
        raise LogError(f"{path}: cannot be read: {error}") from error
    if stored.holds(path.absolute()):
        return stored.trial(path)
    if _EVENTS in path.name:
        return events.read(str(path), [path])
    return _file(path)


def _file(path: Path) -> tuple[Log, ...]:
    found = lines(path)
    notes: tuple[str, ...] = ()
    if found.share < 1:
        notes = (f"a long file: {found.share:.2g} of it is read, in parts spread over all of it",)
    if records.is_json(found.lines):
        return records.read(path, found, notes)
    if sign := table.separator(found.lines):
        return table.read(path, found, sign, notes)
    return text.read(path, found, notes)


def _folder(folder: Path) -> tuple[Log, ...]:
    if Store(folder).exists():
        return stored.read(folder, MOST_FILES)
    groups = _groups(folder)
    if not groups:
        known = ", ".join(ENDINGS)
        raise LogError(f"{folder}: no log in it (*{_EVENTS}*, {known}); name the file itself")
    found: list[Log] = []
    faults = []
    for group in groups[:MOST_FILES]:
        try:
            if _EVENTS in group[0].name:
                found += events.read(str(group[0].parent), group)
            else:
                found += _file(group[0])
        except LogError as error:
            faults.append(str(error))
    if not found:
        raise LogError(faults[0])
    left = [f"{len(groups) - MOST_FILES} more logs are not read"] if groups[MOST_FILES:] else []
    if faults or left:
        first = found[0]
        found[0] = Log(first.name, first.form, first.series, (*first.notes, *faults[:3], *left))
    return tuple(found)


def _groups(folder: Path) -> list[list[Path]]:
    """The logs of a folder: files, and the event files of each of its folders together."""
    found: dict[Path, list[Path]] = {}
    for place, folders, names in os.walk(folder):  # links to folders are not followed
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not path.is_file():
                continue
            if _EVENTS in name:
                found.setdefault(Path(place), []).append(path)
            elif name.endswith(ENDINGS) and not name.startswith("."):
                found[path] = [path]
        if len(found) > 50 * MOST_FILES:
            break
    return list(found.values())
