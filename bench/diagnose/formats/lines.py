"""Lines of a text file of any length, in bounded time and memory."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import NamedTuple

from bench.diagnose.log import LogError

MOST = 2**24
"""Bytes that are read of one file; of a longer one, blocks at equal distances."""

BLOCK = 2**16
"""Bytes of such a block."""

_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Lines(NamedTuple):
    """The lines of a file, or a share of them that is spread over all of it."""

    lines: list[str]
    """Whole lines, without their ends and without empty ones."""
    share: float
    """The share of the file that they are; 1 for all of it."""
    cut: bool
    """True where the last line has no end: it may have been cut off."""


def lines(path: Path) -> Lines:
    """The lines of a file. Raises LogError for one that is empty, no text or not to be opened."""
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            head = file.read(min(size, MOST))
            blocks = [head] if size <= MOST else _spread(file, size)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from error
    if not head.strip(b" \t\r\n\0"):
        raise LogError(f"{path}: empty; was the log flushed? name another file")
    coding = next((name for mark, name in _WIDE.items() if head.startswith(mark)), "utf-8-sig")
    if coding != "utf-8-sig":
        blocks = [head]  # a block might begin in the middle of a character
    elif _binary(head[:BLOCK]):
        text = "a binary file, no log in text, JSON, CSV or TensorBoard's events (*tfevents*)"
        raise LogError(f"{path}: {text}; name the log itself")
    found = [_whole(block.decode(coding, "replace"), i) for i, block in enumerate(blocks)]
    kept = [line for part in found for line in part]
    return Lines(
        kept, min(1.0, sum(map(len, blocks)) / size), head[-1:] not in (b"\n", b"\r", b"\0")
    )


def _spread(file: object, size: int) -> list[bytes]:
    """Blocks at equal distances, the first at the start and the last at the end."""
    count = MOST // BLOCK
    found = []
    for i in range(count):
        file.seek((size - BLOCK) * i // (count - 1))  # type: ignore[attr-defined]
        found.append(file.read(BLOCK))  # type: ignore[attr-defined]
    return found


def _whole(text: str, block: int) -> list[str]:
    """The lines of a block, without the piece that another block than the first begins with."""
    every = text.splitlines()[1 if block else 0 :]
    return [line for line in every if line.strip(" \t\0")]


def _binary(head: bytes) -> bool:
    """True for bytes that are no text: a zero, or more than a tenth of other control characters."""
    head = head.rstrip(b"\0")  # of a disk that was full
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\b\x1b" for byte in head)
    replaced = head.decode("utf-8", "replace").count("\ufffd")
    return b"\0" in head or 10 * (odd + replaced) > len(head)
