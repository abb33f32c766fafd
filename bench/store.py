"""results/<sweep>/: the one door between training and analysis.

    sweep.toml          a copy of what was asked
    provenance.json     the machine and the versions of the last run
    trials/<id>.json    one file per trial: the truth; anything else can be rebuilt from it
    samples/<id>.npz    generated samples of a trial
    real/<name>.npz     real samples of a task, to look at beside the generated ones

A file is written under another name in the same folder and renamed when it is whole, so that a
reader never sees half a file and a killed writer leaves none. Two folders are merged by copying
one over the other.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from bench.trial import Result, Status, Trial

if TYPE_CHECKING:
    import numpy as np

SCHEMA = 1
_TEMPORARY = ".tmp-"


class StoreError(Exception):
    """A results folder that cannot be read or written; the message says which and why."""


class _Save(Protocol):
    def __call__(self, file: IO[bytes], /) -> None: ...


@dataclass(frozen=True)
class Store:
    """A results folder. Opening one touches nothing; `create` makes the folders."""

    path: Path

    def create(self) -> Store:
        """Make the folders. Raises StoreError where that is not possible."""
        try:
            for name in ("trials", "samples", "real"):
                (self.path / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path / "trials"):
                pass
        except OSError as error:
            raise StoreError(f"cannot write results to {self.path}: {error.strerror}") from error
        return self

    def write(self, result: Result, samples: Mapping[str, np.ndarray] | None = None) -> None:
        """Store a result, whole or not at all. Samples first: a trial counts when its JSON is
        there."""
        if samples:
            self._write_arrays(self.path / "samples" / f"{result.trial.id}.npz", samples)
        text = json.dumps(_encode(result), allow_nan=False, separators=(",", ":"))
        _write(self._trial_file(result.trial.id), lambda file: _put(file, text))

    def write_text(self, name: str, text: str) -> None:
        """Store a text file of the sweep itself, such as its TOML."""
        _write(self.path / name, lambda file: _put(file, text))

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

    def __iter__(self) -> Iterator[Result]:
        """All results, in the order of their ids."""
        return (self.read(id) for id in sorted(self.ids()))

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


def _write(file: Path, save: _Save) -> None:
    """Write `file` at once: temporary name, flush to disk, rename, flush the folder."""
    descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            save(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(file.parent)


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


def _encode(result: Result) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "id": result.trial.id,
        "trial": result.trial.record(),
        "status": result.status.value,
        "error": result.error,
        "curves": _finite(result.curves),
        "signals": _finite(result.signals),
        "facts": _finite(result.facts),
        "seconds": result.seconds,
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
