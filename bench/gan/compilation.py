"""Compiled steps that outlive their process: XLA's persistent compilation cache, guarded.

Compiling a step takes seconds, and its machine code depends on nothing but the step's structure,
TensorFlow and the processor. XLA can keep it in a folder. Whatever it finds there it believes: a
file that was cut short makes a trial fail, as does one that goes while it is looked for. So XLA has
a folder for each process, of links to files whose names hold their checksums:

    compiled/<versions and processor>/<structure>.<checksum>.pb    shared by all processes
    compiled/<versions and processor>/of-<process>/<structure>.pb  what XLA reads and writes
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import zlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from bench.store import cache, files
from bench.store.provenance import cpu, cpuinfo

LARGEST = 256 * 2**20
"""Bytes that all kept steps may take; the oldest go first. A step takes about 1 MB."""
FREE = 2**30
"""Bytes that must be free beside it: a trial fails where XLA cannot write."""

_VARIABLE = "TF_XLA_FLAGS"
_FLAG = "--tf_xla_persistent_cache_"


class Kept:
    """The compiled steps that this process, and those that it forks, can use.

    `shared` is the folder of all processes, `own` that of XLA in this one.
    """

    def __init__(self, shared: Path) -> None:
        self.shared, self.own = shared, shared / f"of-{platform.node()}-{os.getpid()}"
        self.own.mkdir(parents=True, exist_ok=True)

    def fetch(self) -> None:
        """Link what others have shared since, where it is as its name says."""
        with contextlib.suppress(OSError):
            there = {file.name for file in self.own.iterdir()}
            for file in self.shared.glob("*.pb"):
                name = f"{file.name.split('.')[0]}.pb"
                if name in there:
                    continue
                if _whole(name, file):
                    _link(file, self.own / name)
                else:
                    _remove(file)

    def share(self) -> None:
        """Give to others what was compiled here. XLA writes a file under another name and renames
        it, so that every one that is there is whole."""
        with contextlib.suppress(OSError):
            there = {file.name.split(".")[0] for file in self.shared.glob("*.pb")}
            for file in self.own.glob("*.pb"):
                if file.name.split(".")[0] not in there:
                    _link(file, self.shared / _shared_name(file.name, file))

    def tidy(self) -> None:
        """Remove the folders of processes that have ended, and the oldest steps above LARGEST."""
        here = f"of-{platform.node()}-"  # of processes elsewhere nobody knows whether they live
        for place in self.shared.parent.glob("*/of-*"):
            if place.name.startswith(here) and not _alive(place.name.removeprefix(here)):
                shutil.rmtree(place, ignore_errors=True)
        room = LARGEST
        for _, size, file in sorted(_files(self.shared.parent), reverse=True):
            room -= size
            if room < 0:
                _remove(file)


def keep() -> Kept | None:
    """Let this process keep compiled steps; to be called before TensorFlow compiles anything.

    None where the folder cannot be written, the disk is nearly full, the folder's name has a space
    or a quote (where flags end), or TF_XLA_FLAGS names a folder already.
    """
    flags = os.environ.get(_VARIABLE, "")
    if _FLAG in flags or re.search(r"[\s'\"\\]", str(folder())):
        return None
    try:
        kept = Kept(folder())
        kept.tidy()
        if shutil.disk_usage(kept.own).free < FREE:
            return None
    except OSError:
        return None
    own = f"{_FLAG}directory={kept.own} {_FLAG}prefix=step"
    os.environ[_VARIABLE] = f"{flags} {own}".strip()
    return kept


def folder() -> Path:
    """The folder of the steps that this TensorFlow compiles for this processor."""
    packages = [f"{name} {version(name)}" for name in ("tensorflow", "keras")]
    told = [*packages, platform.machine(), cpu(), _features(), os.environ.get("XLA_FLAGS", "")]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()
    return cache.folder() / "compiled" / digest[:16]


def _shared_name(name: str, file: Path) -> str:
    content = files.read(file)  # a pipe that has the name of a step is not waited for
    return f"{name.split('.')[0]}.{len(content):x}-{zlib.crc32(content):08x}.pb"


def _whole(name: str, file: Path) -> bool:
    """True for a file that is what its name says."""
    try:
        return file.name == _shared_name(name, file)
    except OSError:
        return False


def _remove(file: Path) -> None:
    """Remove whatever has a step's name, if it can be."""
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            file.unlink()


def _link(file: Path, target: Path) -> None:
    with contextlib.suppress(FileExistsError):
        try:
            os.link(file, target)
        except PermissionError:  # a file system without links
            shutil.copyfile(file, target)


def _features() -> str:
    """The processor's features where the system tells them: XLA compiles for all that it finds."""
    return next((line for line in cpuinfo() if line.startswith(("flags", "Features"))), "")


def _files(parent: Path) -> Iterator[tuple[float, int, Path]]:
    """(time, size, file) of all shared steps."""
    for file in parent.glob("*/*.pb"):
        with contextlib.suppress(OSError):
            found = file.stat()
            yield found.st_mtime, found.st_size, file


def _alive(process: str) -> bool:
    """True for a process of this machine that runs, whoever's it is."""
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True
