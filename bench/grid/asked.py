"""The trials that the sweep of a results folder asks for, also where an older run did not say."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.grid.source import GridError
from bench.grid.sweep import load
from bench.store import Store, asked, files
from bench.store.provenance import recorded

_OF_A_USER = ("path", "features", "generator", "discriminator")
"""The options of a task that name a file of the user's."""


def asked_for(folder: Path) -> frozenset[str] | None:
    """Find the ids of the trials that the sweep.toml of a results folder asks for; None where that
    is not known.

    The last run has stored them (see `bench.store.asked`). Where it has not, or sweep.toml has been
    edited since, the file is read as a sweep, unless it names files of the user's: who reads
    results need not trust whoever made them.
    """
    known = asked.read(folder)
    if known is not None or not _doubtful(folder):
        return known
    try:
        toml = tomllib.loads(files.read(folder / "sweep.toml", files.LARGEST_TEXT).decode())
        if _of_a_user(toml):
            return None
        trials = load(folder).trials
    except (OSError, ValueError, GridError):
        return None
    found = frozenset(trial.id for trial in trials)
    return found if found & Store(folder).ids() else None


def _doubtful(folder: Path) -> bool:
    """True where a run has planned trials: its sweep.toml may have been edited since."""
    return recorded(folder).planned is not None or (folder / asked.NAME).is_file()


def _of_a_user(toml: Mapping[str, Any]) -> bool:
    sweep, tasks = toml.get("sweep", {}), toml.get("task", {})
    options = {name for task in tasks.values() if isinstance(task, dict) for name in task}
    return "plugins" in sweep or bool(options & {*_OF_A_USER})
