"""Takes over trials that another sweep has trained already: equal ids are equal trials."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.store import Store, StoreError
from bench.trial import Trial


def reuse(trials: Iterable[Trial], store: Store, folders: Iterable[Path]) -> int:
    """Take over those of `trials` that other results folders have and the store has not -> number.

    A trial that failed there is left, to be trained here. Raises StoreError for a folder without
    results and for a full disk.
    """
    wanted, taken = {trial.id for trial in trials} - store.ids(), 0
    for other in map(Store, folders):
        if not other.exists():
            raise StoreError(f"{other.path}: no results here to reuse; name a results folder")
        found = {id for id in wanted & other.ids() if not other.brief(id).status.failed}
        files = [file for id in sorted(found) for file in other.files(id)]
        for file in [*files, *(f for f in other.shared() if f.parts[0] == "real")]:
            if not (store.path / file).exists():
                store.adopt(file, other)
        wanted -= found
        taken += len(found)
    return taken
