"""results/<sweep>/: the one door between training and analysis.

    sweep.toml          a copy of what was asked
    provenance.json     the machine and the versions of the last run
    asked.json          the ids of the trials that sweep.toml asks for
    race.json           the looks of a race, and what they decided (see `bench.store.kept.races`)
    trials/<id>.json    one file per trial: the truth; anything else can be rebuilt from it
    samples/<id>.npz    generated samples of a trial
    real/<name>.npz     real samples of a task, to look at beside the generated ones
    logs/<id>.log       what a trial that failed has printed
    plugins/            the user's files that define parts, by digest
    running/            what is being trained now; of no interest afterwards
    .cache/             what was slow to read of all this; it may be deleted
    trials.xz           instead of trials/, or beside it: trials as they were published

Every file is whole or not there (see `bench.store.files`). A file of any other name does not count
(see `bench.store.listing`), and is never touched. Two folders are merged by copying one
over the other; of two files with one name the last copied is kept, and nothing can tell that there
were two: `python -m bench.merge` compares them first.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.store import archive, files, listing, provenance, running, transfer
from bench.store.encoding import Brief, brief, decode, encode
from bench.store.files import StoreError
from bench.store.kept import contents
from bench.trial import Result

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Brief", "Store", "StoreError"]


@dataclass(frozen=True)
class Store:
    """A results folder. Opening one touches nothing; `create` makes the folders."""

    path: Path
    """The folder, such as results/quickstart."""

    def create(self) -> Store:
        """Make the folders. Raises StoreError where they cannot be made or written."""
        try:
            for name in ("trials", "samples", "real", "logs", "plugins", "running"):
                (self.path / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path / "trials"):
                pass
        except OSError as error:
            raise StoreError.of(self.path, error) from error
        return self

    def write(self, result: Result, samples: Mapping[str, np.ndarray] | None = None) -> None:
        """Store a result, whole or not at all: its samples first, since a trial counts when its
        JSON is there. Raises StoreError where there is no room."""
        if samples:
            self.write_samples(result.trial.id, samples)
        transfer.set_aside(self._trial_file(result.trial.id))
        files.write(self._trial_file(result.trial.id), encode(result))

    def write_samples(self, id: str, samples: Mapping[str, np.ndarray]) -> None:
        """Store the samples of a trial."""
        _write_arrays(self.path / "samples" / f"{id}.npz", samples)

    def write_text(self, name: str, text: str) -> None:
        """Store a text file of the sweep itself, such as its TOML."""
        files.write(self.path / name, text.encode())

    def write_log(self, id: str, log: bytes) -> None:
        """Store the output of a trial that failed."""
        files.write(self.path / "logs" / f"{id}.log", log)

    def write_now(self, slot: str, record: Mapping[str, Any]) -> None:
        """Write what a slot trains now; see `bench.store.running`."""
        running.write(self.path, slot, record)

    def now(self) -> list[dict[str, Any]]:
        """Read what the slots train now; see `bench.store.running`."""
        return running.read(self.path)

    def tidy(self) -> None:
        """Remove the files that killed writers have left. Only while nobody writes."""
        files.tidy(self.path)
        running.clear(self.path)

    def write_plugin(self, name: str, digest: str, source: bytes) -> None:
        """Store a user's file, so that its trials can be trained again after it has changed."""
        files.write(self.path / "plugins" / f"{digest}-{name}", source)

    def plugins(self) -> dict[str, tuple[Path, bytes]]:
        """Read the plugins: digest -> original file name and content. Raises OSError."""
        return listing.read_plugins(self.path)

    def write_real(self, name: str, samples: Mapping[str, np.ndarray]) -> None:
        """Store real samples of a task, once."""
        file = self.path / "real" / f"{name}.npz"
        if not file.exists():
            _write_arrays(file, samples)

    def exists(self) -> bool:
        """True for a results folder, even before its first trial is finished."""
        return os.path.isdir(self.path / "trials") or os.path.isfile(self.path / archive.NAME)

    def ids(self) -> set[str]:
        """The ids of the trials that have a result, read from the folder alone. Files that are no
        results are left out; `tell` says which. Raises StoreError for a damaged archive."""
        return listing.ids(self.path)

    def tell(self) -> None:
        """Print a line about files that do not count. Raises StoreError for a damaged archive."""
        listing.tell(self.path)

    def read(self, id: str) -> Result:
        """Read the result of one trial. Raises StoreError for a file that does not parse."""
        return next(result for _, result in self.named([id]))

    def named(self, ids: Sequence[str]) -> Iterator[tuple[str, Result]]:
        """(name of its content, result) of each trial; see `bench.store.kept.contents`. Raises
        StoreError for a file that does not parse."""
        found = contents.read(self.path, ids)
        for file in map(self._trial_file, ids):
            with transfer.in_words(file):
                name, content = next(found)
                result = decode(content)
            yield name, result

    def brief(self, id: str) -> Brief:
        """Read status and seconds of one trial from the ends of its file: twenty times as fast as
        all of it. Raises StoreError for a file that was cut off or is no result."""
        return self.briefs([id])[id]

    def briefs(self, ids: Iterable[str]) -> dict[str, Brief]:
        """Id -> status and seconds of many trials; see `brief`. Raises StoreError."""
        return {
            id: brief(*ends) or Brief((own := self.read(id)).status, own.seconds)
            for id, ends in contents.ends(self.path, ids)
        }

    def __iter__(self) -> Iterator[Result]:
        """Yield all results, in the order of their ids. Raises StoreError."""
        return (result for _, result in self.named(sorted(self.ids())))

    def raw(self, id: str) -> bytes:
        """Read the file of a trial as it is; one in trials/ comes before one in the archive."""
        return self._published(id) or files.read(self._trial_file(id))

    def files(self, id: str) -> list[Path]:
        """List the files of a trial, relative to the store; its result is the last."""
        names = (f"samples/{id}.npz", f"logs/{id}.log")
        return [*(Path(n) for n in names if (self.path / n).is_file()), Path(f"trials/{id}.json")]

    def shared(self) -> list[Path]:
        """List the files that belong to no single trial, relative to the store."""
        return listing.shared(self.path)

    def adopt(self, places: Path | Iterable[Path], other: Store) -> None:
        """Take over files of another store, each whole or not at all; in `provenance.json` the
        paths from there become paths from here. Raises StoreError where one is damaged there: none
        is written then."""
        own = [places] if isinstance(places, Path) else list(places)
        contents = {file: transfer.checked(other.path, file, other.raw) for file in own}
        if (name := Path(provenance.NAME)) in contents:
            contents[name] = provenance.carried(contents[name], other.path, self.path)
        for file, content in contents.items():
            transfer.set_aside(self.path / file)
            files.write(self.path / file, content)

    def samples(self, id: str) -> dict[str, np.ndarray]:
        """Read the generated samples of a trial; empty where none are stored."""
        return _read_arrays(self.path / "samples" / f"{id}.npz")

    def real(self, name: str) -> dict[str, np.ndarray]:
        """Read the real samples of a task; empty where none are stored."""
        return _read_arrays(self.path / "real" / f"{name}.npz")

    def _published(self, id: str) -> bytes:
        """The result of a trial that is in the archive alone; b"" for any other."""
        content = archive.read(self.path).get(id, b"")
        file = self._trial_file(id) if content else None
        return b"" if file and file.is_file() and not listing.no_trial(file) else content

    def _trial_file(self, id: str) -> Path:
        return self.path / "trials" / f"{id}.json"


def _write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    import numpy as np

    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    files.write(file, content.getvalue())


def _read_arrays(file: Path) -> dict[str, np.ndarray]:
    from bench.store import arrays  # loads numpy

    if not os.path.lexists(file):
        return {}
    return arrays.read(file)[1]
