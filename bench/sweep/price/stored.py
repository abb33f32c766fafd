"""Measured seconds of trials that results folders hold: this sweep's, its neighbours', and the
published ones. Those of another processor are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.registry import UnknownName
from bench.runner.phases import Spent
from bench.store import Store, StoreError
from bench.store.glance import Glance, glance
from bench.store.provenance import cpu
from bench.sweep.price.rates import Rates
from bench.sweep.price.typical import Structure, Work, structure, work
from bench.trial import Status, Trial

PUBLISHED = Path(__file__).parents[3] / "results"
"""The folder of the published results, in a checkout."""

EACH = 4
"""Stored trials of a structure that are looked at."""

MOST = 200
"""Trials of another folder that are looked at: ids are hashes, so the first ones are a sample."""

PROBE = "a probe"
"""The source of what was measured by `bench.sweep.price.probe`."""

FOLDERS = 20
"""Other folders that are looked into."""


@dataclass
class Known:
    """The speed that older trials tell."""

    rates: Rates = field(default_factory=Rates)
    """Their measured seconds over typical ones."""
    sources: Counter[str] = field(default_factory=Counter)
    """Results folder -> the number of its trials that tell."""

    def take(self, found: Glance, source: Path) -> None:
        """Add a trial. One that did not complete, or was trained elsewhere, tells nothing."""
        if found.status is not Status.COMPLETED or found.cpu != cpu():
            return
        try:
            kind, due = structure(found.trial), work(found.trial)
        except (UnknownName, TypeError, ValueError):  # a part that this sweep does not know
            return
        add(self.rates, kind, due, found.seconds, Spent.from_record(found.phases))
        self.sources[str(source)] += 1


def known(trials: Iterable[Trial], todo: Iterable[Trial], store: Store) -> Known:
    """The speed that the stored ones of `trials` tell, and where these do not have the structure of
    all `todo`, the trials of folders beside it."""
    found, missing = Known(), {structure(trial) for trial in todo}
    if not missing:
        return found
    for trial in _sample(trials, store):
        if seen := glance(store, trial.id):
            found.take(seen, store.path)
    if any(not found.rates.knows(kind) for kind in missing):
        for other in _others(store.path):
            for id in sorted(_ids(other))[:MOST]:
                if seen := glance(other, id):
                    found.take(seen, other.path)
    return found


def add(rates: Rates, kind: Structure, due: Work, seconds: float, spent: Spent | None) -> None:
    """Note the seconds of a trial that completed; `due` are its typical ones."""
    if spent:
        part = "start" if spent.fresh else "warm"
        rates.add(kind, part, spent.start, getattr(due, part))
        rates.add(kind, "train", spent.train, due.train)
        rates.add(kind, "end", spent.end, due.end)
        return
    # Nobody knows whether it compiled: its seconds are shared out as is typical of one in three.
    share = seconds / (due.start / 3 + due.train + due.end)
    for part, value in (("start", due.start), ("train", due.train), ("end", due.end)):
        rates.add(kind, part, share * value, value)


def _sample(trials: Iterable[Trial], store: Store) -> Iterator[Trial]:
    """A few of the stored trials of each structure."""
    ids, seen = store.ids(), Counter[Structure]()
    for trial in trials:
        if trial.id in ids and seen[kind := structure(trial)] < EACH:
            seen[kind] += 1
            yield trial


def _others(own: Path) -> list[Store]:
    """The results folders beside one, and the published ones."""
    found: Mapping[Path, Store] = {
        folder.resolve(): Store(folder)
        for parent in (own.parent, PUBLISHED)
        for folder in (sorted(parent.iterdir()) if parent.is_dir() else [])
        if Store(folder).exists()
    }
    return [store for path, store in found.items() if path != own.resolve()][:FOLDERS]


def _ids(store: Store) -> set[str]:
    try:
        return store.ids()
    except StoreError:  # an archive that is cut off: others tell
        return set()
