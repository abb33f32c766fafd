"""Old names of modules give the modules themselves: plugins and notebooks still say them."""

from __future__ import annotations

import importlib

import pytest

from bench._moved import MOVED

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
