"""The names of arguments' types: how many of them say nothing (`Any`), counted in the source."""

from __future__ import annotations

import ast
import sys
from collections import Counter

import pytest

from bench.gan.backend import Lazy
from tests import house

MOST = 0.1
MOST_OF_A_ROOM = 0.05

ROOMS = sorted({house.room(name) for name in house.modules() if name.startswith("bench.gan")})
PARTS = [f"bench.gan.{room}" for room in ("parts", "networks", "data", "methods")]


def arguments(tree: ast.Module) -> list[ast.arg]:
    """The arguments of all functions of a module, but for `self` and `cls`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            given = node.args
            own = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            found += [arg for arg in own if arg and arg.arg not in ("self", "cls")]
    return found


def silent(arg: ast.arg) -> bool:
    """True where the annotation of an argument is `Any`, or there is none."""
    return arg.annotation is None or ast.unparse(arg.annotation) in ("Any", "Any | None")


def counted() -> tuple[Counter[str], Counter[str]]:
    """(silent arguments, all arguments) of each room of `bench.gan`."""
    quiet: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    for name, tree in house.modules().items():
        if name.startswith("bench.gan"):
            own = arguments(tree)
            all_[house.room(name)] += len(own)
            quiet[house.room(name)] += sum(map(silent, own))
    return quiet, all_


def test_arguments_say_what_they_are():
    quiet, all_ = counted()
    for room in sorted(all_):
        print(f"{room:24} {quiet[room]:4} of {all_[room]:4} arguments are Any")
    assert quiet.total() <= MOST * all_.total()
    assert all_.total() > 1000


@pytest.mark.parametrize("room", ROOMS)
def test_arguments_of_a_room_say_what_they_are(room):
    quiet, all_ = counted()
    assert quiet[room] <= MOST_OF_A_ROOM * all_[room]


def test_silent_arguments_are_counted():
    tree = ast.parse(
        "def f(a: Any, /, b: int, *c: Any, d: Any | None = None, e: Tensor, **g): ...\n"
        "class K:\n    def h(self, x: dict[str, Any]): ..."
    )
    assert [a.arg for a in arguments(tree) if silent(a)] == ["a", "d", "c", "g"]
    assert len(arguments(tree)) == 7


@pytest.mark.parametrize("room", PARTS)
def test_functions_import_nothing_of_ours(room):
    """Keras layers are behind one lazy door (see `bench.gan.backend`), so no function has to."""
    own = [name for name in house.modules() if house.room(name) == room]
    assert own
    for name in own:
        assert house.imports(name) - house.lazy() == house.imports(name, lazily=False), name


def test_layers_come_through_the_lazy_door():
    from bench.gan.parts import layers

    door = Lazy("bench.gan.parts.layers")
    assert door.PixelNorm is layers.PixelNorm is sys.modules["bench.gan.parts.layers"].PixelNorm
    with pytest.raises(AttributeError, match="PixelNrm"):
        _ = door.PixelNrm
