"""Docstrings begin with the thing or with what it does, as a reader meets them in an IDE."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench"

ROOMS = sorted(path.name for path in BENCH.iterdir() if path.name != "__pycache__")

QUESTIONS = ("Of", "What", "Whatever", "Whether", "How", "Why", "Where", "When", "Which", "Who")
"""A docstring that begins like this finishes the line that it documents, and says nothing alone."""


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, text) of every docstring: of modules, classes, functions, fields and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for i, statement in enumerate(node.body):
                before = node.body[i - 1] if i else None
                documents = i == 0 or isinstance(before, ast.Assign | ast.AnnAssign)
                if documents and isinstance(statement, ast.Expr):
                    value = statement.value
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield statement.lineno, value.value


def fault(text: str) -> str | None:
    """The fault of a docstring in words; None: there is none."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    first = re.match(r"\w*", paragraph)
    if first and first[0] in QUESTIONS:
        return f'begins with "{first[0]}"'
    if not re.match(r'["`(\[{|\w/~*$<-]', paragraph):
        return "does not begin with a word"
    if not re.search(r"[.:?!\])`][)\"\']?( |$)", paragraph):
        return "has no end of a sentence"
    return None


def faults(file: Path) -> list[str]:
    """The faults of a file's docstrings, each with its place."""
    found = docstrings(ast.parse(file.read_text(encoding="utf-8")))
    place = file.relative_to(BENCH).as_posix()
    return [f"{place}:{line}: {what}" for line, text in found if (what := fault(text))]


def mute(tree: ast.Module) -> list[tuple[int, str]]:
    """(line, Class.field) of every public field that no docstring follows."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for field, after in zip(node.body, [*node.body[1:], None], strict=True):
                said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                if isinstance(field, ast.AnnAssign) and not said:
                    found.append((field.lineno, f"{node.name}.{ast.unparse(field.target)}"))
    return [(line, name) for line, name in found if "._" not in name]


def files(room: str) -> list[Path]:
    return sorted((BENCH / room).rglob("*.py")) if (BENCH / room).is_dir() else [BENCH / room]


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_say_something_alone(room):
    assert [text for file in files(room) if file.suffix == ".py" for text in faults(file)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_fields_are_documented_one_by_one(room):
    trees = {f: ast.parse(f.read_text()) for f in files(room) if f.suffix == ".py"}
    assert [f"{f}:{line}: {name}" for f, tree in trees.items() for line, name in mute(tree)] == []


def test_faults_are_found():
    assert fault("Of the slot, among all of the cluster.") == 'begins with "Of"'
    assert fault("What a slot must know\nbeside its trials.") == 'begins with "What"'
    assert fault("Whether it is so.") == 'begins with "Whether"'
    assert fault("a name without an end") == "has no end of a sentence"
    assert fault("The slot's name, unique in the cluster.") is None
    assert fault("Offers nothing.") is None
    source = (
        'class C:\n    """A class."""\n    x = 1\n    """Of x."""\n    y()\n    "no docstring"\n'
    )
    assert [text for _, text in docstrings(ast.parse(source))] == ["A class.", "Of x."]
    two = 'class K(NamedTuple):\n    """Two."""\n    a: int\n    """The a."""\n    b: int'
    assert mute(ast.parse(two)) == [(5, "K.b")]
