"""Takes over trials that another sweep has trained already: equal ids are equal trials."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from bench.store import Brief, Store, StoreError, commands
from bench.trial import Trial
from bench.vocabulary import errors


def reuse(trials: Iterable[Trial], store: Store, folders: Iterable[Path]) -> int:
    """Take over those of `trials` that other results folders have and the store has not -> number.

    A trial that failed there is left, to be trained here, and so is one whose files are damaged,
    with a line about it. Raises StoreError for a folder without results and for a full disk.
    """
    wanted, taken = {trial.id for trial in trials} - store.ids(), 0
    for other in map(_opened, folders):
        other.tell()
        found = {id for id in sorted(wanted & other.ids()) if _take(id, store, other)}
        if found:
            _adopt([f for f in other.shared() if f.parts[0] == "real"], store, other)
        wanted -= found
        taken += len(found)
    return taken


def foreseen(
    trials: Iterable[Trial], present: Collection[str], folders: Iterable[Path]
) -> dict[str, Brief]:
    """The trials that `reuse` would take over, id -> status and seconds, where the ids in `present`
    are stored already. Changes nothing. Raises StoreError for a folder without results."""
    wanted, found = {trial.id for trial in trials} - set(present), dict[str, Brief]()
    for other in map(_opened, folders):
        briefs = {id: other.brief(id) for id in sorted(wanted & other.ids() - found.keys())}
        found |= {id: brief for id, brief in briefs.items() if not brief.status.failed}
    return found


def _opened(folder: Path) -> Store:
    if reason := commands.absent(folder):
        raise StoreError(f"--reuse {reason}")
    return Store(folder)


def _take(id: str, store: Store, other: Store) -> bool:
    """Take over a trial. Returns False for one that failed and, with a line, for one whose files
    are damaged. Raises StoreError for a full disk."""
    try:
        return not other.brief(id).status.failed and _adopt(other.files(id), store, other)
    except StoreError as error:
        if error.written:
            raise
        errors.say(error)
        return False


def _adopt(files: Iterable[Path], store: Store, other: Store) -> bool:
    """Take over files that the store has not. Returns True. Raises StoreError."""
    new = [f for f in files if f.parts[0] == "trials" or not (store.path / f).exists()]
    store.adopt(new, other)
    return True
