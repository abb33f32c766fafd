"""Docstrings make sense in a hover: a subject and a verb, and each field has its own."""

from __future__ import annotations

import ast

import pytest

from tests import house

ROOMS = [f"bench.gan.{room}" for room in ("parts", "networks", "data", "methods")]


def strings(tree: ast.Module) -> list[ast.Constant]:
    """The docstrings of a module, its classes, functions, constants and fields."""
    bodies = [getattr(node, "body", None) for node in ast.walk(tree)]
    found = [x for body in bodies if isinstance(body, list) for x in body]
    values = [x.value for x in found if isinstance(x, ast.Expr)]
    return [v for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]


def mute(tree: ast.Module) -> list[str]:
    """Class.field of every public field that no docstring follows."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for field, after in zip(node.body, [*node.body[1:], None], strict=True):
                said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                if isinstance(field, ast.AnnAssign) and not said:
                    found.append(f"{node.name}.{ast.unparse(field.target)}")
    return found


def modules(room: str) -> list[ast.Module]:
    return [tree for name, tree in house.modules().items() if house.room(name) == room]


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_begin_with_a_subject(room):
    for tree in modules(room):
        for text in strings(tree):
            assert text.value.split()[0] not in ("Of", "What", "Whether"), text.value


@pytest.mark.parametrize("room", ROOMS)
def test_fields_are_documented_one_by_one(room):
    assert [name for tree in modules(room) for name in mute(tree)] == []


def test_what_is_missing_is_found():
    tree = ast.parse(
        'class K(NamedTuple):\n    """Two."""\n    a: int\n    """The a."""\n    b: int'
    )
    assert [found.value for found in strings(tree)] == ["Two.", "The a."]
    assert mute(tree) == ["K.b"]
