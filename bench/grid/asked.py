"""The trials that the sweep of a results folder asks for, also where an older run did not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.grid import source
from bench.grid.files.stored import Lost, opened
from bench.grid.source import GridError
from bench.grid.sweep import load
from bench.store import Store, StoreError, asked, commands
from bench.store.provenance import recorded

_OF_A_USER = ("path", "features", "generator", "discriminator")
"""The options of a task that name a file of the user's."""


def asked_for(folder: Path) -> frozenset[str] | None:
    """Find the ids of the trials that the sweep.toml of a results folder asks for; None where the
    folder was never said to hold others.

    The last run has stored them (see `bench.store.asked`). Where it has not, or sweep.toml has been
    edited since, the file is read as a sweep, unless it names files of the user's: who reads
    results need not trust whoever made them. Raises NotKnown where it cannot be told, and the
    folder may hold trials that nobody asks for any more.
    """
    known = asked.read(folder)
    if known is not None or not _doubtful(folder):
        return known
    found, why, remedy = _read(folder)
    if found is not None:
        return found
    if asked.edited(folder):
        raise asked.not_known(folder, f"was edited after the last run, and {why}", remedy)
    if len(Store(folder).ids()) > (recorded(folder).planned or 0):
        raise asked.not_known(
            folder, f"asks for fewer trials than are stored here, and {why}", remedy
        )
    return None


_MEND = "mend it, or copy the file of the sweep there again"


def _read(folder: Path) -> tuple[frozenset[str] | None, str, str]:
    """The ids that the sweep of a folder asks for, read as a sweep. Where it cannot be: None, the
    reason and the remedy."""
    try:
        found = opened(folder)
        toml = source.read(found.toml, found.overrides).value
        if own := sorted({*_of_a_user(toml)}):
            named = f"names files of a user's ({', '.join(own)}), which are not run to read results"
            remedy = f"`{commands.again(folder)}` runs what it asks for now, and notes it"
            return None, named, remedy
        ids = frozenset(trial.id for trial in load(folder).trials)
    except (OSError, ValueError, GridError, Lost, StoreError) as error:
        return None, f"does not read ({_first_line(error)})", _MEND
    if not ids & Store(folder).ids():
        return None, "asks for none of the stored trials", _MEND
    return ids, "", ""


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _doubtful(folder: Path) -> bool:
    """True where a run has planned trials: its sweep.toml may have been edited since."""
    return recorded(folder).planned is not None or (folder / asked.NAME).is_file()


def _of_a_user(toml: Mapping[str, Any]) -> Iterator[str]:
    """The keys of a sweep that name files of the user's."""
    sweep, tasks = toml.get("sweep"), toml.get("task")
    if isinstance(sweep, dict) and "plugins" in sweep:
        yield "plugins"
    for task in tasks.values() if isinstance(tasks, dict) else ():
        yield from (name for name in task if name in _OF_A_USER) if isinstance(task, dict) else ()
