"""Numbers of one part that cannot stand together, whichever part of the method it is."""

from __future__ import annotations

import pytest

from bench import registry
from tests.grid.conftest import named

TOML = """[sweep]
tasks = ["dirac"]
seeds = [0]

[grid]
{axis}

[[method]]
name = "m"
loss = "hinge"
regularizers = ["r1", "apart", "r2"]
"""


def equal(one: float, two: float) -> str | None:
    return f"one = two = {one:g}" if one == two else None


@pytest.fixture(autouse=True)
def apart(parts):
    registry.regularizer(named("apart", one=1.0, two=2.0), forbids=equal)


def test_a_part_behind_others_that_forbid_nothing(load, message):
    text = TOML.replace("{axis}", "apart.one = [0.5, 2.0]")
    assert message(text) == 'grid.toml:6: method "m": apart: one = two = 2'
    assert len(load(text.replace("2.0]", "2.5]")).trials) == 2


def test_the_place_is_that_of_its_last_axis_or_of_the_method(message):
    both = TOML.replace("{axis}", "apart.one = [0.5, 3.0]\napart.two = [3.0]")
    assert message(both).startswith('grid.toml:7: method "m": apart: one = two = 3')
