"""The shape of the house: who may import whom, and what must not load TensorFlow."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench"

# From bottom to top, room by room: what stands in one line imports nothing of a later one.
ORDER = [
    {"bench", "bench._moved"},
    {"bench.trial", "bench.ranges", "bench.registry"},
    {"bench.store", "bench.console"},
    {"bench.metrics"},
    {"bench.gan.backend", "bench.gan.keys", "bench.gan.state"},
    {"bench.gan.parts"},
    {"bench.gan.networks"},
    {"bench.gan.data"},
    {"bench.gan.tasks", "bench.gan.methods"},
    {"bench.gan.game"},
    {"bench.gan.training"},
    {"bench.gan.contract", "bench.gan"},
    {"bench.analysis"},
    {"bench.grid"},
    {"bench.runner"},
    {"bench.report", "bench.catalogue"},
    {"bench.sweep"},
    {"bench.status", "bench.replay", "bench.merge", "bench.pack"},
    {"bench.__main__"},
]


def level(module: str) -> int:
    """Of the longest prefix of the module's name that has one."""
    while module:
        for i, names in enumerate(ORDER):
            if module in names and (module != "bench" or i == 0):
                return i
        module = module.rpartition(".")[0]
    raise LookupError


def modules() -> dict[str, ast.Module]:
    found = {}
    for file in BENCH.rglob("*.py"):
        parts = ("bench", *file.relative_to(BENCH).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(file.read_text())
    return found


def imports(tree: ast.Module, known: set[str], lazily: bool = True) -> set[str]:
    """Modules of ours that a file imports; `lazily` includes those inside functions."""
    nodes = ast.walk(tree) if lazily else tree.body
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names & known


TREES = modules()


def test_every_module_has_a_level():
    for name in TREES:
        assert name == "bench" or level(name) > 0, name


@pytest.mark.parametrize("name", sorted(TREES))
def test_no_upward_import(name):
    if name in ("bench", "bench.gan"):  # they hand out what stands above them, inside functions
        assert not imports(TREES[name], set(TREES), lazily=False) - {"bench"}
        return
    for imported in imports(TREES[name], set(TREES)) - {"bench", "bench.gan", name}:
        assert level(imported) <= level(name), f"{name} imports {imported}"


def test_training_and_analysis_never_meet():
    for name, tree in TREES.items():
        theirs = {
            "bench.analysis": ("bench.gan", "bench.metrics"),
            "bench.gan": ("bench.analysis",),
        }
        for side, others in theirs.items():
            if name.startswith(side):
                assert not [i for i in imports(tree, set(TREES)) if i.startswith(others)], name


HEAVY = ("tensorflow", "keras")
LIGHT = [
    ("import bench.analysis, bench.analysis.frame, bench.analysis.tables.outcomes", ()),
    ("from bench import gan; gan.load_parts()", ()),
    ("from bench.sweep import main; main(['--help'])", ("pandas", "numpy")),
    ("from bench.report import main; main(['--help'])", ("pandas", "numpy")),
    ("from bench.catalogue import main; main(['methods', 'r3gan']); main(['losses'])", ("pandas",)),
    ("from bench.status import main; main([{results!r}])", ("pandas", "numpy")),
    ("from bench.merge import main; main([{results!r}, {results!r}])", ("pandas", "numpy")),
    ("from bench.replay import main; main(['--help'])", ("pandas", "numpy")),
    ("from bench.__main__ import main; main([])", ("pandas", "numpy")),
    ("from bench.sweep import main; assert main([{toml!r}, '-n']) == 0", ("pandas", "scipy")),
]


@pytest.mark.parametrize(("code", "also"), LIGHT, ids=[code[:50] for code, _ in LIGHT])
def test_does_not_load_tensorflow(code, also, tmp_path):
    toml = str(BENCH.parent / "experiments" / "quickstart.toml")
    program = f"""
import sys
try:
    {code.format(toml=toml, results=str(tmp_path))}
except SystemExit as end:
    assert not end.code
loaded = [name for name in {(*HEAVY, *also)} if name in sys.modules]
sys.exit("loaded: " + ", ".join(loaded) if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
