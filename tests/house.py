"""Measures the house from its imports, and prints it: python -m tests.house

A *room* is a folder of `bench`, and its entries are its modules; a room within it has its own. An
*arrow* goes from a room to another one that a module of it imports, inside of functions too; what
is imported for types only is none, nor an `__init__` that hands out names of its own room. For
arrows, a closet within a room (`report/html`) belongs to the room, and each noun and command that
lies directly in `bench` stands for itself. A room's *floor* is the longest way down from it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

BENCH = Path(__file__).parent.parent / "bench"


@cache
def modules() -> dict[str, ast.Module]:
    """Name -> syntax tree, of every module of the package."""
    found = {}
    for file in sorted(BENCH.rglob("*.py")):
        parts = ("bench", *file.relative_to(BENCH).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(file.read_text(encoding="utf-8"))
    return found


def imports(name: str, lazily: bool = True, types: bool = True) -> set[str]:
    """Modules of ours that a module imports: with those inside functions, and with those that only
    type checkers import, unless told otherwise."""
    names = imported(_nodes(modules()[name], lazily, types))
    return names if lazily else names - lazy()


def imported(nodes: Iterable[ast.AST]) -> set[str]:
    """The modules of ours that the import statements among some nodes name."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            own = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {node.module} if own - set(modules()) else set()
            names |= own
    return names & set(modules())


@cache
def lazy() -> set[str]:
    """Modules behind a lazy door: the name is there before the module is (`backend.Lazy`)."""
    calls = [node for tree in modules().values() for node in ast.walk(tree)]
    doors = [c for c in calls if isinstance(c, ast.Call) and ast.unparse(c.func) == "Lazy"]
    return {str(ast.literal_eval(door.args[0])) for door in doors}


def _nodes(tree: ast.Module, lazily: bool, types: bool) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not types and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        elif isinstance(node, ast.Module) or lazily:
            waiting += ast.iter_child_nodes(node)


def folder(name: str) -> str:
    """The folder of a module; that of a package is itself."""
    return name if _package(name) else name.rpartition(".")[0]


def room(name: str) -> str:
    """The room of a module, as arrows have it."""
    parts = folder(name).split(".")
    if len(parts) == 1:
        return name
    return ".".join(parts[: 3 if parts[1] in ("gan", "analysis") else 2])


def _package(name: str) -> bool:
    return (BENCH.parent / name.replace(".", "/")).is_dir()


def rooms() -> dict[str, list[str]]:
    """Room -> its entries: the modules in it."""
    found: dict[str, list[str]] = {name: [] for name in modules() if _package(name)}
    for name in modules():
        if not _package(name):
            found[folder(name)].append(name)
    return found


def arrows(groups: dict[str, str]) -> set[tuple[str, str]]:
    """(from, to) between groups of modules: `groups` says which one each module belongs to."""
    found = set()
    for name in groups:
        for imported in imports(name, types=False):
            ends = groups[name], groups.get(imported, "")
            facade = _package(name) and (imported + ".").startswith(name + ".")
            if ends[1] and ends[0] != ends[1] and not facade:
                found.add(ends)
    return found


def between_rooms() -> set[tuple[str, str]]:
    """The arrows between all rooms."""
    return arrows({name: room(name) for name in modules()})


def inside(side: str) -> set[tuple[str, str]]:
    """The arrows between the rooms of "bench.gan" or "bench.analysis"."""
    return {(a, b) for a, b in between_rooms() if a.startswith(side) and b.startswith(side)}


def between_modules() -> set[tuple[str, str]]:
    """The arrows between modules, of what is imported with them."""
    return {
        (name, imported)
        for name in modules()
        for imported in imports(name, lazily=False, types=False)
        if not _package(imported) and name != imported
    }


def circles(edges: set[tuple[str, str]]) -> list[set[str]]:
    """Groups of rooms that can each be reached from each other."""
    below = {a: _below(a, edges) for a, _ in edges}
    found = [{b for b in seen if a in below.get(b, ())} for a, seen in below.items()]
    return [c for i, c in enumerate(found) if c and c not in found[:i]]


def _below(start: str, edges: set[tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        room = waiting.pop()
        new = {b for a, b in edges if a == room} - found
        found |= new
        waiting += new
    return found


def floors(edges: set[tuple[str, str]]) -> dict[str, int]:
    """Room -> the length of the longest way down. Raises RecursionError for a circle."""

    @cache
    def floor(room: str) -> int:
        return max((1 + floor(b) for a, b in edges if a == room), default=0)

    return {room: floor(room) for room in {end for edge in edges for end in edge}}


def main() -> None:
    """Print the figures."""
    edges = between_rooms()
    rounds = circles(edges)
    level = {} if rounds else floors(edges)
    for name, own in sorted(rooms().items()):
        print(f"{name:32} {len(own):3} modules   floor {level.get(name, '-')}")
    print(f"\n{len(level)} rooms, {len(set(level.values()))} floors, {len(edges)} arrows")
    for side in ("bench.gan", "bench.analysis"):
        print(f"{len(inside(side))} arrows inside {side}")
    print(f"{len(rounds)} circles", *(", ".join(sorted(c)) for c in rounds), sep="\n  ")


if __name__ == "__main__":
    main()
