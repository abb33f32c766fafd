"""No class and no function is too long to be read at once."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

BENCH = Path(__file__).parent.parent / "bench"

MOST_OF_A_CLASS = 150
"""Lines, with docstrings."""
MOST_OF_A_FUNCTION = 40
"""Lines of code: without docstrings, comments and blank lines."""

_NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}


def too_long(source: str) -> list[str]:
    """The classes and functions of a module that are too long: "Store has 155 lines"."""
    tree, code = ast.parse(source), _code(source)
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = set(range(node.lineno, (node.end_lineno or 0) + 1))
        own, most = len(lines), MOST_OF_A_CLASS
        if not isinstance(node, ast.ClassDef):
            own, most = len(lines & code - _docstrings(node)), MOST_OF_A_FUNCTION
        if own > most:
            found.append(f"{node.name} has {own} lines")
    return found


def _code(source: str) -> set[int]:
    """The numbers of the lines that hold code or a string."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        line
        for token in tokens
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }


def _docstrings(node: ast.AST) -> set[int]:
    """The numbers of the lines of all docstrings in a function."""
    return {
        line
        for inner in ast.walk(node)
        if isinstance(inner, ast.Expr)
        and isinstance(inner.value, ast.Constant)
        and isinstance(inner.value.value, str)
        for line in range(inner.lineno, (inner.end_lineno or 0) + 1)
    }


def test_no_class_over_150_lines_and_no_function_over_40_of_code():
    files = {file: file.read_text(encoding="utf-8") for file in sorted(BENCH.rglob("*.py"))}
    found = {f.relative_to(BENCH).as_posix(): too_long(source) for f, source in files.items()}
    assert {file: names for file, names in found.items() if names} == {}


def test_lines_are_counted():
    body = ["    x = 1", "", "    # a comment", *["    x += 1"] * (MOST_OF_A_FUNCTION - 1)]
    head = ["def f():", '    """A docstring', "", '    of three lines."""']
    assert too_long("\n".join([*head, *body])) == ["f has 41 lines"]
    assert too_long("\n".join([*head, *body[:-1]])) == []
    fields = [f"    x{i} = {i}" for i in range(MOST_OF_A_CLASS)]
    assert too_long("\n".join(["class C:", *fields])) == ["C has 151 lines"]
    assert too_long("\n".join(["class C:", *fields[1:]])) == []
