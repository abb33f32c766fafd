"""Ranges: which numbers they hold, how a part declares them, and that every part does."""

from __future__ import annotations

import inspect
from typing import Annotated

import numpy as np
import pytest

from bench import gan, ranges, registry
from bench.gan.methods import CATALOGUE
from bench.ranges import Decay, Period, Range
from bench.registry import BadPart, Registry
from bench.trial import File

gan.load_parts()
PARTS = [part for kind in registry.KINDS.values() for part in kind]
INFINITE = float("inf")


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("[0, 1)", (0, -0.0, 0.5, 1 - 1e-6), (1, -1e-9, 1.5)),
        ("[0, 1]", (0, 1), (-1e-9, 1.001)),
        ("(0, 1]", (1e-6, 1), (0, 1.001)),
        ("(-1, 1)", (-0.999, 0, 0.999), (-1, 1)),
        ("> 0", (1e-37, 1, 2e38), (0, -1)),
        (">= 0", (0, 1e-37, 2e38), (-1e-30,)),
        (">= -2.5", (-2.5, 0), (-2.6,)),
        ("finite", (-2.9e38, 0, 2.9e38), ()),
    ],
)
def test_the_ends_of_a_range(text, inside, outside):
    limit = Range(text)
    assert [limit.fault(value) for value in inside] == [""] * len(inside)
    assert all("is outside " in limit.fault(value) for value in outside)


@pytest.mark.parametrize("text", ["[0, 1)", "> 0", "finite"])
@pytest.mark.parametrize("value", [float("nan"), INFINITE, -INFINITE, 1e300, -3.1e38, 10**400])
def test_no_range_holds_what_float32_does_not(text, value):
    assert "is beyond what training can hold" in Range(text).fault(value)


@pytest.mark.parametrize("value", [True, False, "1", None, [1.0]])
def test_no_range_holds_what_is_no_number(value):
    assert Range("finite").fault(value) == "is not a number"


def test_a_number_counts_as_training_sees_it():
    """0.99999999999 is 1 in float32, and what is smaller than its normal numbers is 0."""
    assert np.float32(0.99999999999) == 1
    said = Range("[0, 1)").fault(0.99999999999)
    assert said.startswith("is 1 in the precision of training (float32), which is outside [0, 1)")
    assert not Range("[0, 1]").fault(0.99999999999)
    for tiny in (1e-46, -1e-39):
        assert Range("finite").fault(tiny).startswith("is 0 in the precision of training (float32)")


@pytest.mark.parametrize("value", [0.1, 1 / 3, -2.9e38, 1e-37, 5.0, 0.0])
def test_single_is_numpy_s_float32(value):
    assert ranges.single(value) == float(np.float32(value))


def test_whole_numbers():
    limit = Range("[1, 1048576]", whole=True)
    assert not any(limit.fault(value) for value in (1, 5.0, 2**20))
    assert limit.fault(2.5) == "is not a whole number in [1, 1048576]"
    assert limit.fault(0) == "is not a whole number in [1, 1048576]"
    assert limit.fault(2**20 + 1)


def test_a_text_that_is_no_range():
    for text in ("[0 1]", "< 1", "", "[0, 1"):
        with pytest.raises(ValueError, match="is no range such as"):
            Range(text).fault(0.5)


class TestDeclared:
    def test_an_annotation_is_read(self):
        def mine(d, *, a: Decay = 0.5, b: Period = 3, c: float = 1.0, e=2.0):
            """Mine."""

        made = Registry("regularizer")
        made(mine)
        assert {name: str(limit) for name, limit in made["mine"].ranges.items()} == {
            "a": "[0, 1)",
            "b": "a whole number in [1, 1048576]",
            "c": "finite",
            "e": "finite",
        }

    def test_a_default_outside_raises_where_it_is_written(self):
        def mine(*, decay: Decay = 1.0):
            """Mine."""

        with pytest.raises(BadPart, match=r"mine: its default decay = 1 is outside \[0, 1\)"):
            Registry("extra")(mine)

    @pytest.mark.parametrize("default", [float("nan"), INFINITE, 1e300, 10**400, 1e-46])
    def test_a_default_that_float32_does_not_hold(self, default):
        def mine(*, weight=default):
            """Mine."""

        with pytest.raises(BadPart, match="mine: its default weight = "):
            Registry("extra")(mine)

    @pytest.mark.parametrize("default", ["a", None, True, (1.0,)])
    def test_a_hyper_parameter_is_a_number(self, default):
        def mine(*, weight=default):
            """Mine."""

        with pytest.raises(BadPart, match=r"mine: weight = .* is not a number"):
            Registry("extra")(mine)
        Registry("task", options=True)(mine)  # an option of a task may be a word

    def test_an_annotation_that_cannot_be_read(self):
        def mine(*, weight: Positiv = 1.0):  # noqa: F821
            """Mine."""

        with pytest.raises(BadPart, match="Positiv of weight cannot be read: name 'Positiv'"):
            Registry("extra")(mine)

    def test_a_range_that_is_none(self):
        def mine(*, weight: Annotated[float, Range("[0; 1]")] = 1.0):
            """Mine."""

        with pytest.raises(ValueError, match="is no range"):
            Registry("extra")(mine)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.kind} {part.name}")
def test_every_number_of_ours_declares_its_range(part):
    """A forgotten annotation would let any number pass."""
    for name, default in part.defaults.items():
        if not isinstance(default, bool | str | File):
            annotation = inspect.signature(part.fn).parameters[name].annotation
            assert annotation not in ("float", "int"), f"{part.name}.{name}"
            assert name in part.ranges


def test_what_tasks_and_recipes_say_is_in_range_and_belongs_to_somebody():
    """A sweep checks the numbers in force; these are all there are."""
    kinds = [kind for name, kind in registry.KINDS.items() if name not in ("task", "metric")]
    limits = {
        f"{part.name}.{n}": r for kind in kinds for part in kind for n, r in part.ranges.items()
    }
    limits |= {"lr_g": ranges.LEARNING_RATE, "lr_d": ranges.LEARNING_RATE}
    tables = {f"task {part.name}": part.traits.get("hparams", {}) for part in registry.task}
    tables |= {f"method {name}": recipe.hparams for name, recipe in CATALOGUE.items()}
    for where, numbers in tables.items():
        for name, value in numbers.items():
            if isinstance(value, float | int):  # or a factor of what a task recommends, a schedule
                assert not limits[name].fault(value), f"{where}: {name}"


def test_a_recipe_names_numbers_of_its_own_parts_only():
    for name, recipe in CATALOGUE.items():
        owners = {part for _, part in recipe.method.parts()}
        for number in recipe.hparams:
            assert number in ("lr_g", "lr_d") or number.partition(".")[0] in owners, name
