"""Reads a sweep's TOML file into a tree of nodes that know their place.

Every error is one finished message that begins with the place: `grid.toml:14: ...`, or
`-S grid.lr_g: ...` for a value that was given on the command line.
"""

from __future__ import annotations

import re
import sys
import tomllib
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.grid.files.lines import KeyPath, scan
from bench.grid.files.stored import Files, Lost
from bench.registry import suggest
from bench.store import files
from bench.vocabulary.search import near

_LONGEST = 200
"""Most characters that are shown of a value."""


class GridError(Exception):
    """A sweep that cannot be run as it is written. The message is finished: place and reason."""


@dataclass(frozen=True)
class Source:
    """A file as it was read."""

    path: Path
    """The file."""
    text: str
    """Its text."""
    lines: Mapping[KeyPath, int]
    """The line of every key."""
    overridden: tuple[KeyPath, ...] = ()
    """The keys that overrides have set."""
    files: Files = field(default_factory=lambda: Files(Path()))
    """The files that it names."""

    def place(self, path: KeyPath) -> str:
        """The place of a key in words; for a key that is not there, the place of its table."""
        for override in self.overridden:
            made = path == override[: len(path)] and path not in self.lines  # a table around it
            if path and (made or path[: len(override)] == override):
                return f"-S {'.'.join(map(str, override))}"
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.path}:{self.lines[path] if path else 1}"


@dataclass(frozen=True)
class Node:
    """One value of the file. Its readers raise GridError where it is of another type."""

    source: Source
    """The file that it stands in."""
    path: KeyPath
    """The keys that lead to it."""
    value: Any
    """The value itself."""

    @property
    def name(self) -> str:
        """The key path as a user writes it: sweep.seeds."""
        return ".".join(part for part in self.path if isinstance(part, str))

    def error(self, reason: object) -> GridError:
        """The error to raise about this value."""
        return GridError(f"{self.source.place(self.path)}: {reason}")

    def warn(self, category: type[Warning], reason: str) -> None:
        """Warn of a doubtful value; Python shows the warning with the line of the file."""
        path, _, line = self.source.place(self.path).rpartition(":")
        where = (path, int(line)) if line.isdigit() else (f"{path}:{line}".lstrip(":"), 1)
        warnings.warn_explicit(reason, category, *where)

    def expected(self, what: str) -> GridError:
        """The error about a value of the wrong type."""
        return self.error(f"{self.name} must be {what}, not {shown(self.value)}")

    def unknown(self, kind: str, name: str, known: Iterable[str]) -> GridError:
        """The error about a name that is not known; names the nearest one that is."""
        return self.error(f'unknown {kind} "{name}"{suggest(name, known)}')

    def __contains__(self, key: str) -> bool:
        return key in self.value

    def __getitem__(self, key: str | int) -> Node:
        return Node(self.source, (*self.path, key), self.value[key])

    def beside(self, key: str) -> Node:
        """The node that `key` would be in this table, for errors about missing keys."""
        return Node(self.source, (*self.path, key), None)

    def table(self, known: Iterable[str] | None = None) -> dict[str, Node]:
        """The nodes of a table, which may only hold the `known` keys."""
        if not isinstance(self.value, dict):
            raise self.expected("a table")
        if known is not None:
            for key in self.value:
                if key not in known:
                    where = f" in {self.name}" if self.name else ""
                    raise self[key].error(f'unknown key "{key}"{where}{suggest(key, known)}')
        return {key: self[key] for key in self.value}

    def elements(self, what: str) -> list[Node]:
        """The nodes of a list that is not empty. `what` names its elements in an error."""
        if not isinstance(self.value, list):
            raise self.expected(f"a list of {what}")
        if not self.value:
            raise self.error(f"{self.name} is empty")
        return [self[index] for index in range(len(self.value))]

    def tables(self, known: Iterable[str] | None = None) -> list[Node]:
        """The nodes of an array of tables."""
        nodes = self.elements(f"tables: [[{self.name}]]")
        for node in nodes:
            node.table(known)
        return nodes

    def string(self) -> str:
        """A string that is not empty."""
        if not isinstance(self.value, str):
            raise self.expected("a string")
        if not self.value:
            raise self.error(f"{self.name} is empty")
        return self.value

    def place(self) -> Path:
        """The place of the file of data that a string names. Raises GridError where it is lost."""
        try:
            return self.source.files.place(self.string())
        except Lost as lost:
            raise self.error(f"{self.name}: {lost}") from lost

    def number(self) -> float:
        """A finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.expected("a number")
        if not abs(self.value) <= sys.float_info.max:  # so that NaN is refused as well
            raise self.expected("a finite number")
        return float(self.value)

    def whole(self, least: int = 1, most: int | None = None) -> int:
        """A whole number of at least `least` and, where it is given, at most `most`."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < least:
            raise self.expected(f"a whole number of at least {least}")
        if most is not None and self.value > most:
            raise self.error(f"{self.name} = {self.value} is more than {most}")
        return self.value


def read(file: Path, overrides: Iterable[str] = (), files: Files | None = None) -> Node:
    """Read a TOML file -> its root, with the overrides (`key.path=value`) put in place. The `files`
    that it names lie beside it, where nothing is said.

    Raises GridError for a file that cannot be read or is no TOML, and for a bad override.
    """
    text = _text(file)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise GridError(_syntax_error(file, text, error)) from error
    paths = tuple(_override(data, override) for override in overrides)
    return Node(Source(file, text, scan(text), paths, files or Files(file.parent)), (), data)


_WHOLE = {"low", "high", "schedule"}
"""Keys of a table that is a value of its own: a range, or a schedule."""


def leaves(table: Node) -> Iterator[tuple[str, Node]]:
    """Yield (dotted name, node) of a table of axes; `r1.gamma` is in TOML a table in a table."""
    for key, node in table.table().items():
        if not isinstance(node.value, dict) or _WHOLE & node.value.keys():
            yield key, node
        elif not node.value:
            raise node.error(f"{node.name} is empty")
        else:
            yield from ((f"{key}.{name}", leaf) for name, leaf in leaves(node))


def nearest(name: str, known: Iterable[str], here: Iterable[str]) -> str:
    """The nearest `known` name as a suggestion; where none is near, the names there are `here`."""
    return suggest(name, near(name, known) or here)


def shown(value: object) -> str:
    """A value as TOML writes it; of a table or a list, only that it is one."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) <= _LONGEST else f'"{value[:_LONGEST]} ..."'
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return str(value)


def _text(file: Path) -> str:
    try:
        raw = files.read(file, files.LARGEST_TEXT)
    except OSError as error:
        raise GridError(f"{file}: {error.strerror}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise GridError(f"{file}:{line}: not UTF-8 text") from error


def _syntax_error(file: Path, text: str, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"{file}: nested too deeply"
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
    if found is None:
        return f"{file}: {error}"
    reason, line, column = found.groups()
    place = f"{line}:{column}" if line else str(text.rstrip().count("\n") + 1)
    return f"{file}:{place}: {reason}"


def _override(data: dict[str, Any], override: str) -> KeyPath:
    """Put one override into the data. -> the path that it sets."""
    key, equals, text = override.partition("=")
    key = key.strip()
    try:
        path = _key(key) if equals else ()
    except tomllib.TOMLDecodeError:
        path = ()
    if not path:
        raise GridError(f"-S {override}: not of the form key.path=value")
    table: Any = data
    for length, part in enumerate(path[:-1], start=1):
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise GridError(f'-S {key}: "{".".join(path[:length])}" is not a table')
    table[path[-1]] = _value(key, text.strip())
    return path


def _key(key: str) -> tuple[str, ...]:
    path: tuple[str, ...] = ()
    value: Any = tomllib.loads(f"{key}=0")
    while isinstance(value, dict):
        ((part, value),) = value.items()
        path = (*path, part)
    return path


def _value(key: str, text: str) -> Any:
    """Read a TOML value, or a bare word as a string: shells take the quotes of `seeds="0..4"`
    away."""
    try:
        data = tomllib.loads(f"value={text}")
    except (ValueError, RecursionError) as error:
        if re.fullmatch(r"[\w.+/~-]+", text):
            return text
        raise GridError(f"-S {key}: not a TOML value: {text}") from error
    if len(data) > 1:
        raise GridError(f"-S {key}: not a TOML value: {text}")
    return data["value"]
