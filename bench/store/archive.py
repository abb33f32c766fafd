"""trials.xz: all results of a sweep in one small file, for publication.

A line for each trial, the content of its file, in the order of the ids. One file instead of
thousands has a quarter of their size, since what trials have in common is stored once.
"""

from __future__ import annotations

import functools
import hashlib
import json
import lzma
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bench.store import files
from bench.store.encoding import identity
from bench.store.files import StoreError
from bench.store.kept import beside

NAME = "trials.xz"

_PIECE = 2**22
"""Bytes that are unpacked at a time."""
_LONGEST = 64 * 2**20
"""Most bytes of one trial. A file that unpacks to more without a line break holds no trials."""
_MEMORY = 512 * 2**20
"""Most bytes that unpacking itself may take; what `write` has written takes 65 MiB."""


class Index(NamedTuple):
    """The table of contents of an archive."""

    digest: str
    """A hash of the packed file; "" without an archive."""
    ids: frozenset[str]
    """The ids of its trials."""
    damage: str
    """The reason why trials of it are lost; "" where none are."""


class _Archive(NamedTuple):
    lines: Mapping[str, bytes]
    damage: str
    digest: str


def write(folder: Path, contents: Iterable[bytes]) -> None:
    """Store the contents of the files of trials, which hold no line breaks. Raises StoreError."""
    files.write(folder / NAME, lzma.compress(b"".join(line + b"\n" for line in contents), preset=9))


def read(folder: Path) -> Mapping[str, bytes]:
    """Id of each archived trial -> content of its file; empty without an archive.

    Of an archive that was cut off, the trials before the cut. Raises StoreError for a file in which
    there is none.
    """
    return _found(folder).lines


def digest(folder: Path) -> str:
    """A hash of the packed file that `read` has read; "" without an archive. Raises StoreError."""
    return _found(folder).digest


def index(folder: Path) -> Index:
    """The table of contents of an archive, which is kept beside it: many trials take a second to
    unpack. Raises StoreError as `read` does."""
    stat = _stat(folder)
    return Index("", frozenset(), _without(folder)) if stat is None else _indexed(folder, stat)


def _found(folder: Path) -> _Archive:
    stat = _stat(folder)
    return _Archive({}, _without(folder), "") if stat is None else _read(folder / NAME, stat)


def _without(folder: Path) -> str:
    return "a link to nothing" if os.path.islink(folder / NAME) else ""


_Stat = tuple[int, ...]


def _stat(folder: Path) -> _Stat | None:
    """Numbers that change with the archive of a folder; None without one. Raises StoreError."""
    file = os.path.join(folder, NAME)
    if not os.path.exists(file):
        return None
    try:
        stat = os.stat(file)
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}") from error
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


def _indexed(folder: Path, stat: _Stat) -> Index:
    """Found anew each time by the bytes of the file, whatever its times say."""
    try:
        name = _hash(files.read(folder / NAME))
    except OSError:
        name = ""  # `_read` says why
    known = _parsed(name, beside.load(folder, f"index-{name[:32]}"))
    if known is not None:
        return known
    whole = _read(folder / NAME, stat)
    if whole.digest != name:  # written again within one tick of the clock
        whole = _read.__wrapped__(folder / NAME, stat)
    made = Index(whole.digest, frozenset(whole.lines), whole.damage)
    if len(made.ids) >= beside.LEAST:
        content = json.dumps([made.digest, sorted(made.ids), made.damage]).encode()
        beside.keep(folder, f"index-{made.digest[:32]}", content)
    return made


def _parsed(name: str, content: bytes | None) -> Index | None:
    """The index that is kept of the archive of that hash; None where it is of another."""
    try:
        digest, ids, damage = json.loads(content or b"")
    except (ValueError, TypeError):
        return None
    return Index(digest, frozenset(ids), damage) if digest == name else None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@functools.lru_cache(maxsize=4)
def _read(file: Path, stat: _Stat) -> _Archive:
    """Read an archive; kept while the file is the same, since a report asks for each trial
    alone."""
    lines: dict[str, bytes] = {}
    lost, why, digest = 0, "", ""
    try:
        content = files.read(file)
        digest = _hash(content)
        for line in _lines(content):
            if (id := identity(line)) and line.endswith(b"}"):
                lines[id] = line
            else:
                lost += 1
    except (OSError, EOFError, lzma.LZMAError) as error:
        why = getattr(error, "strerror", None) or str(error)
    if (why or lost) and not lines:
        reason = why or "no line of it is a trial"
        raise StoreError(
            f"{file}: not an archive of this program ({reason}); copy it again from where it came"
        )
    if why:
        return _Archive(lines, f"{why}; {len(lines)} trials before that are read", digest)
    return _Archive(lines, f"{lost} of its lines are no trials" if lost else "", digest)


def _lines(content: bytes) -> Iterator[bytes]:
    """The whole lines of a packed file. Raises LZMAError where it is damaged, EOFError where it was
    cut off, after the lines before that."""
    if not content:
        raise EOFError("it is empty")
    unpack = lzma.LZMADecompressor(memlimit=_MEMORY)
    rest = b""
    while not unpack.eof:
        piece = unpack.decompress(content, max_length=_PIECE)
        content = b""
        if not piece and unpack.needs_input:
            raise EOFError("it was cut off")
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        if len(rest) > _LONGEST:
            raise lzma.LZMAError("it unpacks to something else")
    if unpack.unused_data.strip(b"\0"):
        raise lzma.LZMAError("there is something behind its end")
    if rest:
        yield rest
