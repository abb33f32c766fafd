"""Finds the line of each key of a TOML text, which `tomllib` does not tell.

The text has been read by `tomllib` already, so it is valid: the scanner only has to find the
beginning of each key and of each element of an array, and need not judge the rest.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left

KeyPath = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")  # between pairs, and between elements of arrays
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]*")  # numbers, booleans, dates (which may hold a space)
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'", re.DOTALL
)


def scan(text: str) -> dict[KeyPath, int]:
    """Find the line, from 1, on which each key path of a valid TOML text first appears.

    Elements of arrays are in it by their index: ("method", 0, "name").
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[KeyPath, int] = {}
        self._ends = [i for i, character in enumerate(text) if character == "\n"]
        self._elements: dict[KeyPath, int] = {}  # [[array]] -> the index of its last element

    def document(self) -> None:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.position < len(self.text):
            table = self._header() if self._at("[") else self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> KeyPath:
        """Pass a [table] or [[array]] -> the path that the following pairs belong to."""
        brackets = 2 if self._at("[[") else 1
        start, self.position = self.position, self.position + brackets
        *parents, last = self._key()
        self.position += brackets
        path: KeyPath = ()
        for part in parents:
            path = self._inside((*path, part))
        path = (*path, last)
        if brackets == 2:
            self._elements[path] = self._elements.get(path, -1) + 1
            path = self._inside(path)
        self._record(path, start)
        return path

    def _inside(self, path: KeyPath) -> KeyPath:
        """The path of a table: below an array of tables, in the last element of that array."""
        return (*path, self._elements[path]) if path in self._elements else path

    def _pair(self, table: KeyPath) -> KeyPath:
        start = self.position
        path = (*table, *self._key())
        self._record(path, start)
        self.position += len("=")
        self._skip(_SPACE)
        self._value(path)
        return table

    def _value(self, path: KeyPath) -> None:
        if self._at("["):
            self._array(path)
        elif self._at("{"):
            self._inline_table(path)
        else:
            self._skip(_STRING if self._at('"') or self._at("'") else _BARE_VALUE)

    def _array(self, path: KeyPath) -> None:
        self._open()
        index = 0
        while not self._at("]"):
            self._record((*path, index), self.position)
            self._value((*path, index))
            index += 1
            self._skip(_BLANK)
        self.position += len("]")

    def _inline_table(self, path: KeyPath) -> None:
        self._open()
        while not self._at("}"):
            self._pair(path)
            self._skip(_BLANK)
        self.position += len("}")

    def _open(self) -> None:
        self.position += 1
        self._skip(_BLANK)

    def _key(self) -> list[str]:
        """Pass a dotted key, up to the character that ends it -> its parts."""
        parts = []
        while True:
            self._skip(_SPACE)
            if self._at('"') or self._at("'"):
                parts.append(tomllib.loads(f"string = {self._skip(_STRING)}")["string"])
            else:
                parts.append(self._skip(_BARE_KEY))
            self._skip(_SPACE)
            if not self._at("."):
                return parts
            self.position += len(".")

    def _record(self, path: KeyPath, position: int) -> None:
        line = bisect_left(self._ends, position) + 1
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _at(self, prefix: str) -> bool:
        return self.text.startswith(prefix, self.position)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.position)
        if match is None:  # not valid TOML, or valid TOML that this scanner does not know
            raise ValueError(f"unexpected text at position {self.position} of the TOML file")
        self.position = match.end()
        return match[0]
