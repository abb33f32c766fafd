"""results/<sweep>/: the one door between training and analysis.

    sweep.toml          a copy of what was asked
    provenance.json     the machine and the versions of the last run
    trials/<id>.json    one file per trial: the truth; anything else can be rebuilt from it
    samples/<id>.npz    generated samples of a trial
    real/<name>.npz     real samples of a task, to look at beside the generated ones
    logs/<id>.log       what a trial that failed has printed
    plugins/            the user's files that define parts, by digest
    running/            what is being trained now; of no interest afterwards

A file is written under another name in the same folder and renamed when it is whole, so that a
reader never sees half a file and a killed writer leaves none. Two folders are merged by copying
one over the other.
"""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol

from bench.trial import Result, Status, Trial

if TYPE_CHECKING:
    import numpy as np

SCHEMA = 1
_OF_THE_SWEEP = ("sweep.toml", "provenance.json")
_TEMPORARY = ".tmp-"


class StoreError(Exception):
    """A results folder that cannot be read or written; the message says which and why. `full` tells
    a disk without room from what would be wrong with any disk."""

    full = False

    @classmethod
    def of(cls, file: Path, error: OSError) -> StoreError:
        """What the operating system says about writing a file or folder."""
        told = cls(f"cannot write {file}: {error.strerror}")
        told.full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return told


class Brief(NamedTuple):
    """What the plan of a sweep must know of a stored trial."""

    status: Status
    seconds: float


class _Save(Protocol):
    def __call__(self, file: IO[bytes], /) -> object: ...


@dataclass(frozen=True)
class Store:
    """A results folder. Opening one touches nothing; `create` makes the folders."""

    path: Path

    def create(self) -> Store:
        """Make the folders. Raises StoreError where that is not possible."""
        try:
            for name in ("trials", "samples", "real", "logs", "plugins", "running"):
                (self.path / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path / "trials"):
                pass
        except OSError as error:
            raise StoreError.of(self.path, error) from error
        return self

    def write(self, result: Result, samples: Mapping[str, np.ndarray] | None = None) -> None:
        """Store a result, whole or not at all. Samples first: a trial counts when its JSON is
        there. Raises StoreError where there is no room."""
        if samples:
            self._write_arrays(self.path / "samples" / f"{result.trial.id}.npz", samples)
        text = json.dumps(_encode(result), allow_nan=False, separators=(",", ":"))
        _write(self._trial_file(result.trial.id), lambda file: _put(file, text))

    def write_text(self, name: str, text: str) -> None:
        """Store a text file of the sweep itself, such as its TOML."""
        _write(self.path / name, lambda file: _put(file, text))

    def write_log(self, id: str, log: bytes) -> None:
        """Store what a trial has printed."""
        _write(self.path / "logs" / f"{id}.log", lambda file: file.write(log))

    def write_now(self, slot: str, record: Mapping[str, Any]) -> None:
        """Say what a slot trains now. A full disk is no reason to stop here: nothing is lost."""
        with contextlib.suppress(StoreError):
            text = json.dumps(record, allow_nan=False)
            file = self.path / "running" / f"{slot}.json"
            _write(file, lambda stream: _put(stream, text), durable=False)

    def now(self) -> list[dict[str, Any]]:
        """What the slots of a running sweep train, or of one that was killed; by their names."""
        found = []
        for file in sorted((self.path / "running").glob("[!.]*.json")):
            with contextlib.suppress(OSError, ValueError):  # it has just gone
                found.append(json.loads(file.read_bytes()))
        return found

    def tidy(self) -> None:
        """Remove what killed writers have left. Only while nobody writes."""
        for file in (*self.path.glob(f"*/{_TEMPORARY}*"), *self.path.glob(f"{_TEMPORARY}*")):
            file.unlink(missing_ok=True)
        for file in (self.path / "running").glob("*.json"):
            file.unlink(missing_ok=True)

    def write_plugin(self, name: str, digest: str, source: bytes) -> None:
        """Store a user's file, so that its trials can be trained again when it has changed."""
        _write(self.path / "plugins" / f"{digest}-{name}", lambda file: file.write(source))

    def plugins(self) -> dict[str, tuple[Path, bytes]]:
        """Digest -> original file name and content of each plugin."""
        files = sorted((self.path / "plugins").glob("[!.]*-*"))
        names = [(file, file.name.partition("-")) for file in files]
        return {name[0]: (Path(name[2]), file.read_bytes()) for file, name in names}

    def write_real(self, name: str, samples: Mapping[str, np.ndarray]) -> None:
        """Store real samples of a task, once."""
        file = self.path / "real" / f"{name}.npz"
        if not file.exists():
            self._write_arrays(file, samples)

    def ids(self) -> set[str]:
        """Ids of the trials that have a result, read from the folder alone."""
        try:
            names = os.listdir(self.path / "trials")
        except (FileNotFoundError, NotADirectoryError):
            return set()
        return {n[:-5] for n in names if n.endswith(".json") and not n.startswith(_TEMPORARY)}

    def read(self, id: str) -> Result:
        """The result of one trial. Raises StoreError for a file that does not parse."""
        file = self._trial_file(id)
        try:
            return _decode(json.loads(file.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{file}: not a result of this program ({error})") from error

    def brief(self, id: str) -> Brief:
        """Status and seconds of one trial, from the head of its file: ten times as fast as all of
        it. Raises StoreError for a file that does not parse."""
        try:
            head, curves, _ = self._trial_file(id).read_bytes().partition(b',"curves":')
            record = json.loads(head + b"}") if curves else {}
            return Brief(Status(record["status"]), record["seconds"])
        except (OSError, ValueError, KeyError):
            result = self.read(id)
            return Brief(result.status, result.seconds)

    def __iter__(self) -> Iterator[Result]:
        """All results, in the order of their ids."""
        return (self.read(id) for id in sorted(self.ids()))

    def raw(self, id: str) -> bytes:
        """The file of a trial as it is."""
        return self._trial_file(id).read_bytes()

    def files(self, id: str) -> list[Path]:
        """The files of a trial, relative to the store; its result is the last, as in `write`."""
        names = (f"samples/{id}.npz", f"logs/{id}.log", f"trials/{id}.json")
        return [Path(name) for name in names if (self.path / name).exists()]

    def shared(self) -> list[Path]:
        """The files that are of no single trial, relative to the store."""
        files = (*self.path.glob("real/[!.]*"), *self.path.glob("plugins/[!.]*"))
        own = (self.path / name for name in _OF_THE_SWEEP)
        return [f.relative_to(self.path) for f in (*files, *own) if f.exists()]

    def adopt(self, file: Path, other: Store) -> None:
        """Take over a file of another store, whole or not at all."""
        content = (other.path / file).read_bytes()
        _write(self.path / file, lambda stream: stream.write(content))

    def samples(self, id: str) -> dict[str, np.ndarray]:
        """Generated samples of a trial; empty where none are stored."""
        return _read_arrays(self.path / "samples" / f"{id}.npz")

    def real(self, name: str) -> dict[str, np.ndarray]:
        """Real samples of a task; empty where none are stored."""
        return _read_arrays(self.path / "real" / f"{name}.npz")

    def _trial_file(self, id: str) -> Path:
        return self.path / "trials" / f"{id}.json"

    def _write_arrays(self, file: Path, arrays: Mapping[str, np.ndarray]) -> None:
        import numpy as np

        _write(file, lambda stream: np.savez_compressed(stream, **arrays))  # type: ignore[arg-type]


def _write(file: Path, save: _Save, durable: bool = True) -> None:
    """Write `file` at once: temporary name, flush to disk, rename, flush the folder.

    Raises StoreError. What is not `durable` may be lost when the machine stops, not before.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=file.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                save(stream)
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
            os.chmod(name, 0o644)
            os.replace(name, file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if durable:
            _sync_folder(file.parent)
    except OSError as error:
        raise StoreError.of(file, error) from error


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and rename is durable enough
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put(file: IO[bytes], text: str) -> None:
    file.write(text.encode())


def _read_arrays(file: Path) -> dict[str, np.ndarray]:
    import numpy as np

    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def as_stored(curves: Mapping[str, Any]) -> Mapping[str, Any]:
    """Curves or signals with the values that they have after writing and reading."""
    return _finite(curves)


def _encode(result: Result) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "id": result.trial.id,
        "trial": result.trial.record(),
        "status": result.status.value,
        "seconds": result.seconds,
        "error": result.error,
        "curves": _finite(result.curves),
        "signals": _finite(result.signals),
        "facts": _finite(result.facts),
        "provenance": result.provenance,
    }


def _decode(record: Mapping[str, Any]) -> Result:
    if record["schema"] != SCHEMA:
        raise ValueError(f"schema {record['schema']}, this version reads {SCHEMA}")
    names = ("curves", "signals", "facts", "error", "seconds", "provenance")
    return Result(
        trial=Trial.from_record(record["trial"]),
        status=Status(record["status"]),
        **{name: record[name] for name in names},
    )


def _finite(value: Any) -> Any:
    """NaN and infinity are no JSON: a value that is not a number is stored as missing.

    Nine digits tell every float32 from its neighbours, and are read three times as fast as 17.
    """
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else None
    return value
