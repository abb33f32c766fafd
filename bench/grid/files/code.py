"""Reads the text of a trainer, which is not run while a sweep is read: its functions, their
hyper-parameters, and what it imports from beside it."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from bench import ranges
from bench.ranges import FINITE, Range, shown
from bench.registry import suggest

Function = ast.FunctionDef | ast.AsyncFunctionDef

RUN = "run"
"""The first argument of a function that is a trainer, as `bench.catalogue --check` looks for it."""


def parsed(file: str, source: bytes) -> ast.Module:
    """The syntax tree of a Python file. Raises ValueError in words, with its line."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise ValueError(f"{file}{line}: {reason}") from error


def imported(tree: ast.Module, place: str) -> Iterator[str]:
    """The names of the files that a module may import from the folder of a trainer, by its path
    from there; the module's own folder is `place`."""
    for node in ast.walk(tree):
        paths: list[str] = []
        if isinstance(node, ast.Import):
            paths = [alias.name.replace(".", "/") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").replace(".", "/")
            if node.level:
                up = [".."] * (node.level - 1)
                base = posixpath.join(place, *up, base)
            paths = [base, *(posixpath.join(base, alias.name) for alias in node.names)]
        for path in map(posixpath.normpath, paths):
            parts = path.split("/")
            for length in range(1, len(parts) + 1):
                module = "/".join(parts[:length])
                if parts[0] not in ("..", ".", ""):
                    yield from (f"{module}.py", f"{module}/__init__.py")


def trainers(tree: ast.Module) -> list[str]:
    """The names of the functions whose first argument is `run`."""
    return [f.name for f in _functions(tree) if [a.arg for a in _positional(f)[:1]] == [RUN]]


def arguments(file: str, tree: ast.Module, name: str) -> tuple[dict[str, float], dict[str, Range]]:
    """The hyper-parameters of a function with their defaults and ranges: those of its keyword-only
    arguments that are numbers. Raises ValueError in words for what is no trainer."""
    functions = {found.name: found for found in _functions(tree)}
    if name not in functions:
        hint = suggest(name, functions) if functions else ""
        raise ValueError(f"{file} has no function {name}{hint}: write def {name}(run, *, ...)")
    function, place = functions[name], f"{file}:{functions[name].lineno}"
    _check(function, place)
    constants = _constants(tree)
    defaults: dict[str, float] = {}
    limits: dict[str, Range] = {}
    own = function.args
    for argument, given in zip(own.kwonlyargs, own.kw_defaults, strict=True):
        if given is None:
            raise ValueError(f"{place}: hyper-parameter {argument.arg} needs a default")
        try:
            value = _literal(given, constants)
        except ValueError as error:
            text = f"the default of {argument.arg} is not known before it runs: write a number"
            raise ValueError(f"{place}: {text}") from error
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue  # a word, None: it keeps its default
        limit = _range(argument.annotation, value)
        if fault := limit.fault(value):
            text = f"its default {argument.arg} = {shown(value)} {fault}"
            raise ValueError(f"{place}: {text}")
        defaults[argument.arg], limits[argument.arg] = float(value), limit
    return defaults, limits


def _check(function: Function, place: str) -> None:
    """Raises ValueError for a function that cannot be called with a run and numbers by name."""
    name, given = function.name, _positional(function)
    if isinstance(function, ast.AsyncFunctionDef):
        raise ValueError(f"{place}: {name} is a coroutine: leave async out")
    if not given:
        raise ValueError(f"{place}: {name} is called with the run: write def {name}(run, *, ...)")
    if len(given) > 1:
        text = f"make {given[1].arg} keyword-only, {name}(run, *, {given[1].arg}=...)"
        raise ValueError(f"{place}: {text}: its keyword-only arguments are hyper-parameters")


def _positional(function: Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args]


def _functions(tree: ast.Module) -> Iterator[Function]:
    """The functions of a module that lie in no class and no other function."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        statement = waiting.pop(0)
        if isinstance(statement, Function):
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
