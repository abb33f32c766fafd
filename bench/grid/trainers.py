"""Reads `trainer` and `command` of a [[method]]: its files, and the hyper-parameters that it owns.

No file of a trainer is run here: its keyword-only arguments are read from its text, and so is what
it imports from beside it. A sweep can be planned where PyTorch is not installed.
"""

from __future__ import annotations

import ast
import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import registry
from bench.gan.training.process import PLACEHOLDER
from bench.grid.files import code
from bench.grid.files.stored import Files
from bench.grid.plugins import Plugin
from bench.grid.source import GridError, Node, Source, leaves, shown
from bench.ranges import FINITE, Range
from bench.registry import suggest
from bench.store.files import LARGEST_TEXT
from bench.store.files import read as read_file
from bench.trial import Method

KEYS = ("name", "trainer", "command", "files", "tasks", "grid")
"""The keys of a [[method]] with a trainer or a command."""

PREFIX = "train."
"""The beginning of the names of its hyper-parameters."""

GIVEN = ("seed", "steps", "out", "python", "task")
"""Words that a command can ask for beside its hyper-parameters, as `{seed}`."""


@dataclass(frozen=True)
class External:
    """A trainer or a command as a [[method]] gives it."""

    method: Method
    """The method that it is."""
    hparams: Mapping[str, float] = field(default_factory=dict)
    """Every hyper-parameter that it owns -> its default."""
    ranges: Mapping[str, Range] = field(default_factory=dict)
    """Every hyper-parameter that it owns -> its range."""
    files: Mapping[str, Plugin] = field(default_factory=dict)
    """The name of each of its files, relative to the folder that it is run in -> the file."""


def asked(table: Node) -> bool:
    """True where a [[method]] table asks for a trainer or a command."""
    return "trainer" in table or "command" in table


def read(table: Node, root: Node) -> External:
    """Read a [[method]] table with a trainer or a command. Raises GridError."""
    for key in table.value:
        if key not in KEYS:
            what = "trainer" if "trainer" in table else "command"
            text = f"a method with a {what} has no {key}: it trains as it likes; leave it out"
            raise table[key].error(text)
    if "trainer" not in table:
        return _command(table, root)
    if "command" in table:
        raise table["command"].error("a method has a trainer or a command: leave one of them out")
    return _trainer(table)


def _method(name: str, own: Mapping[str, Plugin], **how: Any) -> Method:
    return Method(
        name, loss="", normalizer="", optimizer="", dynamics="", files=tuple(sorted(own)), **how
    )


# --- a function ----------------------------------------------------------------------------------


def _trainer(table: Node) -> External:
    node = table["trainer"]
    written, name = node.string(), table["name"].string()
    file, colon, function = written.rpartition(":")
    if not colon and not written.endswith(".py"):
        if written not in registry.trainer:
            known = {part.name for part in registry.trainer}
            hint = suggest(written, known) if known else ""
            raise node.error(f'unknown trainer "{written}"{hint}; one of yours is "file.py:train"')
        part = registry.trainer[written]
        if not part.fn.__module__.startswith("bench.gan."):  # its process knows no plugins
            text = f'"{written}" is registered by a plugin: name it "file.py:{written}"'
            raise node.error(text)
        hparams = {PREFIX + key: float(value) for key, value in part.defaults.items()}
        limits = {PREFIX + key: limit for key, limit in part.ranges.items()}
        return External(_method(name, {}, trainer=written), hparams, limits)
    if not colon or not function.isidentifier():
        raise node.expected('"file.py:function", such as "my_gan.py:train"')
    file += "" if file.endswith(".py") else ".py"
    start = _file(node, file)
    folder, own = posixpath.split(file)
    found = {own: start}
    tree = _beside(node, folder, own, found)
    found |= _named(table, folder)
    try:
        numbers, limits = code.arguments(file, tree, function)
    except ValueError as error:
        raise node.error(error) from error
    method = _method(name, found, trainer=f"{own}:{function}")
    return External(
        method,
        {PREFIX + key: value for key, value in numbers.items()},
        {PREFIX + key: limit for key, limit in limits.items()},
        found,
    )


def _file(node: Node, written: str) -> Plugin:
    """A file of a trainer's. Raises GridError where it is not there."""
    if (found := node.source.files.beside(written)) is None:
        raise node.error(f'{node.name} = {shown(node.value)}: no file "{written}" there')
    return Plugin(*found, program=True)


def _beside(node: Node, folder: str, name: str, found: dict[str, Plugin]) -> ast.Module:
    """Add the files that a trainer imports from its folder, and those that they import -> its own
    syntax tree. Raises GridError."""
    trees: dict[str, ast.Module] = {}
    waiting = [name]
    while waiting:
        file = waiting.pop()
        try:
            trees[file] = code.parsed(_join(folder, file), found[file].source)
        except ValueError as error:
            raise node.error(error) from error
        for other in code.imported(trees[file], posixpath.dirname(file)):
            beside = None if other in found else node.source.files.beside(_join(folder, other))
            if beside is not None:
                found[other] = Plugin(*beside, program=True)
                waiting.append(other)
    return trees[name]


def _join(folder: str, name: str) -> str:
    return posixpath.join(folder, name)


def of_file(file: Path) -> Iterator[tuple[str, External | str]]:
    """The trainers that a file has: the name of each function whose first argument is `run`, and
    the method that it is, or what is wrong with it. Raises ValueError in words for another file
    than one of Python, OSError for one that cannot be read."""
    for name in code.trainers(code.parsed(file.name, read_file(file, LARGEST_TEXT))):
        source = Source(file, "", {}, files=Files(file.parent))
        table = Node(source, (), {"name": name, "trainer": f"{file.name}:{name}"})
        try:
            yield name, read(table, table)
        except GridError as error:
            yield name, str(error).removeprefix(f"{source.place(())}: ")


# --- a command -----------------------------------------------------------------------------------


def _command(table: Node, root: Node) -> External:
    node = table["command"]
    words = [word.string() for word in node.elements('words: ["python", "train.py"]')]
    found = _named(table, "")
    if not found:
        text = "a command without files: name those that it runs, files = [...]; they count"
        raise node.error(f"{text} in a trial's id, and are what it finds in its folder")
    used = {m[2] for word in words for m in PLACEHOLDER.finditer(word) if m[2]}
    own = {name for name, _ in leaves(table["grid"])} if "grid" in table else set()
    everybody = set(_given(root))
    owned = sorted({n for n in own | used if n.startswith(PREFIX)})
    for name in sorted(used - set(owned) - set(GIVEN)):
        known = [*GIVEN, *sorted(own | everybody)]
        raise node.error(f"unknown {{{name}}} in the command{suggest(name, known)}")
    for name in owned:
        if name not in own | everybody:
            raise node.error(f"{{{name}}} has no number: give it, grid.{name} = [...]")
    method = _method(table["name"].string(), found, command=tuple(words))
    return External(method, dict.fromkeys(owned, 0.0), dict.fromkeys(owned, FINITE), found)


def _given(root: Node) -> Iterator[str]:
    """The names of the axes of a sweep that belong to trainers."""
    tables = [root["grid"]] if "grid" in root else []
    tables += root["zip"].tables() if "zip" in root else []
    tables += [root["random"]] if "random" in root else []
    for table in tables:
        yield from (name for name, _ in leaves(table) if name.startswith(PREFIX))


def _named(table: Node, folder: str) -> dict[str, Plugin]:
    """The files that `files` names. Raises GridError for one that is not there, or not below the
    folder of the others."""
    found: dict[str, Plugin] = {}
    for node in table["files"].elements("file names") if "files" in table else ():
        written = node.string()
        name = posixpath.relpath(written, folder or ".")
        if os.path.isabs(written) or name.startswith("../") or not re.search(r"\w", name):
            raise node.error(f'"{written}" does not lie in the folder that it is run in: move it')
        found[name] = _file(node, written)
        if len(found[name].source) > LARGEST_TEXT:
            raise node.error(f'"{written}" is larger than 64 MiB: read it from its own place')
    return found
