"""Names of files and folders, made of names that users have given."""

from __future__ import annotations

import hashlib
import re

MOST = 100
"""Most characters: a file system takes 255 bytes, of which endings and prefixes need some."""


def part(text: str) -> str:
    """A text as a part of a file name or of an address: letters, digits, ".", "=", "-" and "_". A
    long one is cut, and ends in 8 hex digits that tell it from others."""
    plain = re.sub(r"[^A-Za-z0-9.=-]+", "_", text).strip("_")
    if len(plain) <= MOST:
        return plain
    return f"{plain[: MOST - 9]}_{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:8]}"


def fault(name: str) -> str:
    """The reason why a text cannot be the name of a folder, in words; "" for one that can."""
    if not name.strip(". "):
        return "has no name"
    if name.startswith("."):
        return 'has a name that begins with "."'
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        return "has a line break or another control character in its name"
    if len(name.encode(errors="replace")) > 2 * MOST:
        return f"has a name of more than {2 * MOST} bytes"
    return ""
