"""Takes over trials that another sweep has trained already: equal ids are equal trials."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from bench.store import Store, StoreError
from bench.trial import Trial


def reuse(trials: Iterable[Trial], store: Store, folders: Iterable[Path]) -> int:
    """Take over those of `trials` that other results folders have and the store has not -> number.

    A trial that failed there is left, to be trained here, and so is one whose files are damaged,
    with a line about it. Raises StoreError for a folder without results and for a full disk.
    """
    wanted, taken = {trial.id for trial in trials} - store.ids(), 0
    for other in map(Store, folders):
        if not other.exists():
            raise StoreError(f"{other.path}: no results here to reuse; name a results folder")
        other.tell()
        found = {id for id in sorted(wanted & other.ids()) if _take(id, store, other)}
        if found:
            _adopt([f for f in other.shared() if f.parts[0] == "real"], store, other)
        wanted -= found
        taken += len(found)
    return taken


def _take(id: str, store: Store, other: Store) -> bool:
    """Take over a trial. Returns False for one that failed and, with a line, for one whose files
    are damaged. Raises StoreError for a full disk."""
    try:
        return not other.brief(id).status.failed and _adopt(other.files(id), store, other)
    except StoreError as error:
        if error.written:
            raise
        print(error, file=sys.stderr)
        return False


def _adopt(files: Iterable[Path], store: Store, other: Store) -> bool:
    """Take over files that the store has not. Returns True. Raises StoreError."""
    new = [f for f in files if f.parts[0] == "trials" or not (store.path / f).exists()]
    store.adopt(new, other)
    return True
