"""The shape of the house: who may import whom, and what must not load TensorFlow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import house

ROOT = Path(__file__).parent.parent

# From bottom to top, room by room: what stands in one line imports nothing of a later one.
ORDER = [
    {"bench", "bench._moved", "bench._interrupts", "bench.trainer"},
    {"bench.vocabulary", "bench.trial", "bench.ranges", "bench.registry"},
    {"bench.store", "bench.console"},
    {"bench.metrics"},
    {"bench.gan.backend", "bench.gan.environment"},
    {"bench.gan.keys", "bench.gan.program", "bench.gan.state"},
    {"bench.gan.parts"},
    {"bench.gan.networks"},
    {"bench.gan.data"},
    {"bench.gan.tasks", "bench.gan.methods"},
    {"bench.gan.game"},
    {"bench.gan.training"},
    {"bench.gan.contract", "bench.gan.trainers", "bench.gan"},
    {"bench.analysis"},
    {"bench.grid"},
    {"bench.runner"},
    {"bench.report", "bench.catalogue", "bench.diagnose"},
    {"bench.sweep"},
    {"bench.status", "bench.replay", "bench.merge", "bench.pack", "bench.submit"},
    {"bench.completion", "bench.__main__"},
]


def level(module: str) -> int:
    """Of the longest prefix of the module's name that has one."""
    while module:
        for i, names in enumerate(ORDER):
            if module in names and (module != "bench" or i == 0):
                return i
        module = module.rpartition(".")[0]
    raise LookupError


def test_every_module_has_a_level():
    for name in house.modules():
        assert name in ORDER[0] or level(name) > 0, name


@pytest.mark.parametrize("name", sorted(house.modules()))
def test_no_upward_import(name):
    if name == "bench":  # it hands out what stands above it, inside functions
        assert house.imports(name, lazily=False, types=False) <= ORDER[0]
        return
    for imported in house.imports(name, types=False) - {"bench", name}:
        assert level(imported) <= level(name), f"{name} imports {imported}"


def test_training_and_analysis_never_meet():
    theirs = {"bench.analysis": ("bench.gan",), "bench.gan": ("bench.analysis",)}
    theirs["bench.grid"] = ("bench.analysis",)
    for name in house.modules():
        for side, others in theirs.items():
            if name.startswith(side):
                assert not [i for i in house.imports(name) if i.startswith(others)], name


def test_no_room_stands_on_itself():
    assert not house.circles(house.between_rooms())
    assert not house.circles(house.between_modules())


def test_the_house_is_as_simple_as_its_plan():
    assert len(house.inside("bench.analysis")) <= 15
    assert len(house.inside("bench.gan")) <= 35
    assert {room for room, own in house.rooms().items() if len(own) > 14} == set()


def test_circles_are_found():
    edges = {("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")}
    assert house.circles(edges) == [{"a", "b", "c"}]
    assert house.circles(edges - {("c", "a")}) == []
    assert house.floors({("bench.a", "bench.b"), ("bench.b", "bench.c")})["bench.a"] == 2


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
    ("from bench.submit import main; main(['--help'])", ("pandas", "numpy")),
    ("from bench.diagnose import main; main(['--help'])", ("pandas", "numpy")),
    ("from bench.__main__ import main; main([])", ("pandas", "numpy")),
    ("from bench.sweep import main; assert main([{toml!r}, '-n']) == 0", ("pandas", "scipy")),
]


@pytest.mark.parametrize(("code", "also"), LIGHT, ids=[code[:50] for code, _ in LIGHT])
def test_does_not_load_tensorflow(code, also, tmp_path):
    toml = str(ROOT / "experiments" / "quickstart.toml")
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
