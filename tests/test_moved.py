"""Old names of modules give the modules themselves: plugins and notebooks still say them."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from bench._moved import MOVED, resolved
from tests import house

PROMISED = ("comparing", "ranking", "convergence", "sensitivity", "plots", "statistics")
GAN = ("backend", "keys", "instruments", "features", "diagnostics", "tasks", "networks")


@pytest.mark.parametrize("old", MOVED)
def test_an_old_name_gives_the_module_itself(old):
    assert importlib.import_module(old) is importlib.import_module(MOVED[old])
    assert importlib.import_module(old).__spec__.name == MOVED[old]


@pytest.mark.parametrize(
    "name", [f"bench.analysis.{n}" for n in PROMISED] + [f"bench.gan.{n}" for n in GAN]
)
def test_what_plugins_use_can_be_imported(name):
    parent, _, last = name.rpartition(".")
    namespace: dict[str, object] = {}
    exec(f"from {parent} import {last}\nimport {name}", namespace)
    assert namespace[last] is importlib.import_module(name)


def test_another_name_is_not_found():
    with pytest.raises(ModuleNotFoundError, match=r"bench\.gan\.feature$|'bench.gan.feature'"):
        importlib.import_module("bench.gan.feature")


INSIDE = {
    "bench.gan.regularizers.gradient": "bench.gan.parts.regularizers.gradient",
    "bench.gan.regularizers.batches": "bench.gan.parts.regularizers.outputs",
    "bench.gan.dynamics.unrolled": "bench.gan.parts.dynamics.unrolled",
    "bench.metrics.points": "bench.metrics.planar.planar",
    "bench.analysis.plots.curves": "bench.analysis.plots.curves",
    "bench.gan.featuresque": "bench.gan.featuresque",
    "other.gan.features": "other.gan.features",
}
"""Name -> the present one: in a package that moved, and renamed after it; the last never moved."""


@pytest.mark.parametrize("name", INSIDE)
def test_the_longest_moved_part_of_a_name_decides(name):
    assert resolved(name) == INSIDE[name]


def test_a_module_of_a_moved_package_is_not_loaded_twice():
    """In a new process, where the old names come first: each part is registered once."""
    program = """
import bench.gan.regularizers.gradient as old, bench.gan.regularizers.batches as renamed
from bench.gan.regularizers import gradient
import bench.gan.parts.regularizers.gradient as new, bench.gan.parts.regularizers.outputs as outputs
assert old is new and old is gradient and renamed is outputs
assert old.__spec__.name == old.__name__ == "bench.gan.parts.regularizers.gradient"
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_old_name_hides_a_module():
    assert [name for name in house.modules() if resolved(name) != name] == []
    assert [new for new in MOVED.values() if new not in house.modules()] == []


def test_a_module_that_a_moved_package_never_had_is_not_found():
    with pytest.raises(ModuleNotFoundError, match=r"parts\.regularizers\.gradients"):
        importlib.import_module("bench.gan.regularizers.gradients")


def test_names_of_divided_modules_are_found_where_notebooks_look():
    from bench.analysis import ranking
    from bench.analysis.tables import answers

    assert ranking.answers is answers.answers
    assert ranking.Answer is answers.Answer
    with pytest.raises(AttributeError, match="answer"):
        _ = ranking.answer
