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
from typing import Any

from bench import ranges, registry
from bench.gan.training.program import PLACEHOLDER
from bench.grid.plugins import Plugin
from bench.grid.source import Node, leaves
from bench.ranges import FINITE, Range, shown
from bench.registry import suggest
from bench.store import files
from bench.trial import Method

KEYS = ("name", "trainer", "command", "files", "tasks", "grid")
"""The keys of a [[method]] with a trainer or a command."""

PREFIX = "train."
"""The beginning of the names of its hyper-parameters."""

GIVEN = ("seed", "steps", "out", "python", "task")
"""What a command can ask for beside its hyper-parameters, as `{seed}`."""


@dataclass(frozen=True)
class Program:
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


def read(table: Node, root: Node) -> Program:
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


def _trainer(table: Node) -> Program:
    node = table["trainer"]
    written, name = node.string(), table["name"].string()
    file, colon, function = written.rpartition(":")
    if not colon and not written.endswith(".py"):
        if written not in registry.trainer:
            known = {part.name for part in registry.trainer}
            hint = suggest(written, known) if known else ""
            raise node.error(f'unknown trainer "{written}"{hint}; one of yours is "file.py:train"')
        part = registry.trainer[written]
        hparams = {PREFIX + key: float(value) for key, value in part.defaults.items()}
        limits = {PREFIX + key: limit for key, limit in part.ranges.items()}
        return Program(_method(name, {}, trainer=written), hparams, limits)
    if not colon or not function.isidentifier():
        raise node.expected('"file.py:function", such as "my_gan.py:train"')
    file += "" if file.endswith(".py") else ".py"
    start = _file(node, file)
    found = {posixpath.basename(file): start}
    tree = _tree(node, file, start)
    _beside(node, posixpath.dirname(file), tree, found)
    found |= _named(table, posixpath.dirname(file))
    defaults, limits = _arguments(node, file, tree, function)
    method = _method(name, found, trainer=f"{posixpath.basename(file)}:{function}")
    return Program(method, defaults, limits, found)


def _file(node: Node, written: str) -> Plugin:
    """A file of a trainer's. Raises GridError where it is not there."""
    if (found := node.source.files.beside(written)) is None:
        raise node.error(f'{node.name} = {shown(node.value)}: no file "{written}" there')
    return Plugin(*found, program=True)


def _tree(node: Node, file: str, plugin: Plugin) -> ast.Module:
    """The syntax tree of a Python file. Raises GridError."""
    try:
        return ast.parse(plugin.source)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise node.error(f"{file}{line}: {reason}") from error


def _beside(node: Node, folder: str, tree: ast.Module, found: dict[str, Plugin]) -> None:
    """Add the files that one imports from its folder, and those that they import."""
    waiting = [("", tree)]
    while waiting:
        place, tree = waiting.pop()
        for name in _imported(tree, place):
            if name in found:
                continue
            code = node.source.files.beside(posixpath.join(folder, name))
            if code is None:
                continue
            found[name] = Plugin(*code, program=True)
            waiting.append((posixpath.dirname(name), _tree(node, name, found[name])))


def _imported(tree: ast.Module, place: str) -> Iterator[str]:
    """The names of the files that a module may import from the folder of the trainer; its own
    folder is `place`."""
    for node in ast.walk(tree):
        paths: list[str] = []
        if isinstance(node, ast.Import):
            paths = [alias.name.replace(".", "/") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").replace(".", "/")
            if node.level:
                up = posixpath.normpath(posixpath.join(place, *[".."] * (node.level - 1)))
                base = posixpath.normpath(posixpath.join(up, base))
            paths = [base, *(posixpath.join(base, alias.name) for alias in node.names)]
        for path in map(posixpath.normpath, paths):
            parts = path.split("/")
            for length in range(1, len(parts) + 1):
                if parts[0] not in ("..", ".", ""):
                    module = "/".join(parts[:length])
                    yield from (f"{module}.py", f"{module}/__init__.py")


def _arguments(
    node: Node, file: str, tree: ast.Module, name: str
) -> tuple[dict[str, float], dict[str, Range]]:
    """The hyper-parameters of a function with their defaults and ranges: those of its keyword-only
    arguments that are numbers. Raises GridError."""
    functions = {found.name: found for found in _functions(tree)}
    if name not in functions:
        hint = suggest(name, functions) if functions else ""
        raise node.error(f"{file} has no function {name}{hint}: write def {name}(run, *, ...)")
    function, place = functions[name], f"{file}:{functions[name].lineno}"
    if isinstance(function, ast.AsyncFunctionDef):
        raise node.error(f"{place}: {name} is a coroutine: leave async out")
    own = function.args
    positional = [*own.posonlyargs, *own.args]
    if not positional:
        raise node.error(f"{place}: {name} is called with the run: write def {name}(run, *, ...)")
    if len(positional) > 1:
        text = f"make {positional[1].arg} keyword-only, {name}(run, *, {positional[1].arg}=...)"
        raise node.error(f"{place}: {text}: its keyword-only arguments are hyper-parameters")
    constants = _constants(tree)
    defaults: dict[str, float] = {}
    limits: dict[str, Range] = {}
    for argument, given in zip(own.kwonlyargs, own.kw_defaults, strict=True):
        if given is None:
            raise node.error(f"{place}: hyper-parameter {argument.arg} needs a default")
        try:
            value = _literal(given, constants)
        except ValueError as error:
            text = f"the default of {argument.arg} is not known before it runs: write a number"
            raise node.error(f"{place}: {text}") from error
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue  # a word, None: it keeps its default
        full, limit = PREFIX + argument.arg, _range(argument.annotation, value)
        if fault := limit.fault(value):
            raise node.error(f"{place}: its default {argument.arg} = {shown(value)} {fault}")
        defaults[full], limits[full] = float(value), limit
    return defaults, limits


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module that lie in no class and no other function."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        statement = waiting.pop(0)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement
        elif not isinstance(statement, ast.ClassDef):
            waiting += [s for s in ast.iter_child_nodes(statement) if isinstance(s, ast.stmt)]


def _constants(tree: ast.Module) -> dict[str, Any]:
    """The names at the top of a module that stand for a value as it is written."""
    found: dict[str, Any] = {}
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        value: Any = getattr(statement, "value", None)
        for target in (t for t in targets if isinstance(t, ast.Name) and value):
            try:
                found[target.id] = ast.literal_eval(value)
            except (ValueError, TypeError):
                found.pop(target.id, None)
    return found


def _literal(node: ast.expr, constants: Mapping[str, Any]) -> Any:
    """The value of a default. Raises ValueError where only running it tells."""
    if isinstance(node, ast.Name):
        if node.id not in constants:
            raise ValueError(node.id)
        return constants[node.id]
    try:
        return ast.literal_eval(node)
    except TypeError as error:
        raise ValueError(ast.unparse(node)) from error


def _range(annotation: ast.expr | None, default: float) -> Range:
    """The range that an annotation says by a name of `bench.ranges`; `int` is for whole numbers."""
    name = ast.unparse(annotation).strip("'\"").rpartition(".")[2] if annotation else ""
    if name == "int":
        return Range(FINITE.text, whole=True)
    known = vars(ranges).get(name) if name else None
    return (ranges.of(known, default, {}) if known is not None else None) or FINITE


# --- a command -----------------------------------------------------------------------------------


def _command(table: Node, root: Node) -> Program:
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
    return Program(method, dict.fromkeys(owned, 0.0), dict.fromkeys(owned, FINITE), found)


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
        if len(found[name].source) > files.LARGEST_TEXT:
            raise node.error(f'"{written}" is larger than 64 MiB: read it from its own place')
    return found
