"""An import of ours inside a function has a reason: at the top it would load something heavy."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests import house

ROOMS = sorted({name.partition(".")[2].partition(".")[0] for name in house.modules()} - {""})

HEAVY = {"tensorflow", "keras", "numpy", "pandas", "scipy", "sklearn", "matplotlib", "distributed"}

AFTER_A_FORK = {"bench.gan.training.train", "bench.gan.training.external"}
"""Modules that a slot imports when its output is silenced, and a child finds there."""


def inner(name: str) -> set[str]:
    """Modules of ours that a module imports inside functions."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [n for n in ast.walk(house.modules()[name]) if isinstance(n, functions)]
    return {i for node in nodes for i in house.imported(ast.walk(node))}


@cache
def heavy(name: str) -> frozenset[str]:
    """The heavy packages that come with a module: its own imports and those of all it imports."""
    found: set[str] = set()
    waiting, seen = [name], {name}
    while waiting:
        module = waiting.pop()
        found |= packages(module) & HEAVY
        new = house.imports(module, lazily=False, types=False) - seen
        seen |= new
        waiting += new
    return frozenset(found)


def packages(name: str) -> set[str]:
    """The packages that a module imports at its top, for types only aside."""
    nodes = list(house._nodes(house.modules()[name], lazily=False, types=False))
    plain = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    parts = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {whole.partition(".")[0] for whole in plain | parts}


@pytest.mark.parametrize("room", ROOMS)
def test_an_inner_import_saves_loading_something(room):
    names = [n for n in house.modules() if (n + ".").startswith(f"bench.{room}.")]
    assert names
    idle = {
        (name, imported)
        for name in names
        for imported in inner(name) - AFTER_A_FORK
        if not heavy(imported) - heavy(name)
    }
    assert idle == set()


def test_what_is_heavy_is_known():
    assert "pandas" in heavy("bench.analysis.frame.frame")
    assert "tensorflow" not in heavy("bench.runner.slot")
    assert heavy("bench.store.store") == set()
