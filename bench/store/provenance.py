"""Tells the provenance of a number: versions, machine, threads, and the state of the source.

`recorded` is the one reader of the file that keeps it, provenance.json.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from bench import __version__
from bench.store.files import LARGEST_TEXT, StoreError, read
from bench.trial import NUMERICS

NAME = "provenance.json"
"""The file of a results folder that keeps the provenance of its last run."""

_PACKAGES = ("tensorflow", "keras", "numpy", "scipy")
_FLAGS = (
    *("TF_ENABLE_ONEDNN_OPTS", "TF_XLA_FLAGS", "XLA_FLAGS", "TF_DETERMINISTIC_OPS"),
    "ONEDNN_MAX_CPU_ISA",
    *("NVIDIA_TF32_OVERRIDE", "OPENBLAS_CORETYPE", "MKL_CBWR"),
)
"""Environment variables that change the rounding of numbers."""


@functools.cache
def _fixed() -> dict[str, Any]:
    return {
        "bench": __version__,
        "numerics": NUMERICS,
        "python": platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
        "system": platform.system(),
        "machine": platform.machine(),
        "cpu": cpu(),
        "gpu": _gpus(),
        **_git(),
    }


def provenance() -> dict[str, Any]:
    """The provenance of a result, as plain data: versions, machine, thread settings, flags that
    change numbers, and the git commit."""
    flags = {name: value for name in _FLAGS if (value := _numeric(os.environ.get(name, "")))}
    threads = os.environ.get("TF_NUM_INTRAOP_THREADS", "all")
    return _fixed() | {"flags": flags, "threads": threads}


def _numeric(flags: str) -> str:
    """The flags without those that say where XLA keeps compiled steps: they change no number."""
    kept = "--tf_xla_persistent_cache_"
    return " ".join(flag for flag in flags.split() if not flag.startswith(kept))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def cpuinfo() -> list[str]:
    """The lines in which Linux describes the processors; none where the system has no such file."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def cpu() -> str:
    """The processor's model name where the system tells it."""
    names = [line.partition(":")[2].strip() for line in cpuinfo() if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _gpus() -> list[str]:
    """The models of NVIDIA's cards that TensorFlow may use, where the driver tells them."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return []
    files = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Model")]


def _git() -> dict[str, Any]:
    """The commit, and `dirty` where the source differs from it; nothing outside of a checkout."""
    folder = Path(__file__).parents[2]
    if not (folder / ".git").exists():
        return {}
    try:
        commit = _run(folder, "rev-parse", "HEAD")
        return {"commit": commit, "dirty": bool(_run(folder, "status", "--porcelain", "bench"))}
    except (OSError, subprocess.SubprocessError):
        return {}


def _run(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, timeout=10, check=True)
    return done.stdout.decode(errors="replace").strip()


Table = dict[str, dict[str, str]]
"""The files that the TOML of one sweep names: the name as it is written there -> "path", where it
lay; "near", its path from the results folder, if that is known; and "digest", of its content."""


class Recorded(NamedTuple):
    """The content of a results folder's `provenance.json`, as far as it can be read."""

    values: dict[str, Any]
    """Everything that it says, as it stands there; empty where it cannot be read."""
    fault: str = ""
    """The reason why it cannot be read; "": it can."""

    @property
    def planned(self) -> int | None:
        """The number of trials that the last run asked for; None: it does not say."""
        number = self.values.get("planned")
        return number if type(number) is int and number >= 0 else None

    @property
    def overrides(self) -> tuple[str, ...] | None:
        """The changes to the TOML that the last run was given by -S; None: no list of texts."""
        found = self.values.get("overrides", [])
        texts = isinstance(found, list) and all(isinstance(text, str) for text in found)
        return tuple(found) if texts else None

    @property
    def tables(self) -> list[Table]:
        """The files of the folder's own sweep, then those of each sweep that was merged into it: a
        table for each, empty where it cannot be read."""
        merged = self.values.get("merged", [])
        found = [self.values.get("files", {}), *(merged if isinstance(merged, list) else [])]
        return [_known(table) if _are_files(table) else {} for table in found]


def recorded(folder: Path) -> Recorded:
    """Read the `provenance.json` of a results folder, whatever stands in its place."""
    try:
        found = json.loads(read(folder / NAME, LARGEST_TEXT))
    except OSError as error:
        return Recorded({}, error.strerror or str(error))
    except (ValueError, RecursionError) as error:
        return Recorded({}, str(error)[:100])
    return Recorded(found) if isinstance(found, dict) else Recorded({}, "it is no table")


def kept(folder: Path) -> dict[str, Any]:
    """The part of a results folder's `provenance.json` that its sweep can go on from.

    `overrides` are the changes to its TOML, and `files` has the place and the digest of each file
    that the TOML names, as `bench.grid.files.stored.record` makes it; both are empty where nothing
    is said. Raises StoreError for a file that cannot be read.
    """
    file = folder / NAME
    found = recorded(folder) if os.path.lexists(file) else Recorded({})
    files = found.values.get("files", {})
    fault = found.fault or ("" if found.overrides is not None else "overrides are no list of texts")
    if not fault and not _are_files(files):
        fault = "files are no table of texts"
    if fault:
        text = f"{file}: cannot be read ({fault}): it says how this sweep was changed by -S"
        raise StoreError(f"{text}; name the TOML that these results were made from")
    return {"overrides": list(found.overrides or ()), "files": _known(files)}


def carried(content: bytes, source: Path, into: Path) -> bytes:
    """The content of `source`'s `provenance.json` for the folder `into`: each "near" leads from
    there to the same file. What is no such content stays as it is."""
    try:
        values = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(values, dict) or not any(tables := Recorded(values).tables):
        return content
    own, *merged = (_carried(table, source, into) for table in tables)
    more = {"merged": merged} if merged else {}
    return json.dumps(values | {"files": own} | more, indent=1).encode()


def joined(source: Path, into: Path) -> str:
    """The text of `into`'s `provenance.json` with the files of `source`'s sweeps among those that
    were merged into it; "" where it says them already.

    One table for all would not do: two sweeps have files of one name, and a feature network is
    loaded with the plugins of its own sweep alone. Raises StoreError where either cannot be read.
    """
    kept(source), kept(into)
    found = recorded(into)
    own, *merged = found.tables
    tables = (_carried(table, source, into) for table in recorded(source).tables)
    more = [table for table in tables if table and table not in (own, *merged)]
    return json.dumps(found.values | {"merged": [*merged, *more]}, indent=1) if more else ""


def near(path: Path, folder: Path) -> str:
    """The path from a results folder to a file; "" where there is none."""
    try:
        return os.path.relpath(path, folder.resolve())
    except ValueError:  # another drive of Windows
        return ""


def _carried(table: Table, source: Path, into: Path) -> Table:
    """The table with each "near" from `into`, which leads to the file that `source` would find."""
    found = {}
    for written, known in table.items():
        inside = source.resolve() / Path(known["path"]).name
        lay = Path(os.path.normpath(source.resolve() / (known.get("near") or known["path"])))
        place = inside if inside.is_file() and not lay.is_file() else lay
        found[written] = known | {"near": near(place, into)}
    return found


def _known(files: Table) -> Table:
    return {name: one for name, one in files.items() if {"path", "digest"} <= one.keys()}


def _are_files(found: Any) -> bool:
    """True for a table of files, each a table of texts."""
    return isinstance(found, dict) and all(
        isinstance(one, dict) and all(_can_be_a_path(text) for text in one.values())
        for one in found.values()
    )


def _can_be_a_path(found: Any) -> bool:
    """True for a text that a file system can take for a path."""
    try:
        return isinstance(found, str) and len(os.fsencode(found)) < 4096 and "\0" not in found
    except UnicodeError:  # half a character
        return False
