"""Names, hyper-parameters from signatures, suggestions."""

from __future__ import annotations

import pytest

from bench.registry import BadPart, Registry, UnknownName, suggest


def test_keyword_only_arguments_are_hyper_parameters():
    registry = Registry("loss")

    @registry(better="lower")
    def mine(real, fake, *, weight=2.0):
        """One line.

        More.
        """
        return weight

    part = registry["mine"]
    assert (part.kind, part.defaults, part.traits) == ("loss", {"weight": 2.0}, {"better": "lower"})
    assert part.summary == "One line."
    assert part(0, 0, weight=3.0) == 3.0
    assert "mine" in registry
    assert [p.name for p in registry] == ["mine"]


def test_a_hyper_parameter_needs_a_default():
    with pytest.raises(ValueError, match="'gamma' needs a default"):

        @Registry("regularizer")
        def bad(d, *, gamma):
            """Bad."""


def test_an_argument_is_given_by_position_or_is_a_hyper_parameter():
    def mine(d, real, fake, weight=1.0):
        """The key would land in `weight`."""

    def extra(d, real, fake, key, weight):
        """Nobody gives the weight."""

    def good(d, real, fake, key=None, *, weight=1.0):
        """Some leave the key out."""

    made = Registry("regularizer", "d real fake key")
    for bad in (mine, extra):
        with pytest.raises(BadPart, match="weight: make it keyword-only") as error:
            made(bad)
        assert "a regularizer is called with (d, real, fake, key)" in str(error.value)
    made(good)
    assert [part.name for part in made] == ["good"]
    Registry("metric", "d real fake", constants=True)(mine)  # no sweep sets a number of a metric


def test_a_name_is_taken_once():
    registry = Registry("loss")

    def make(module):
        def hinge(real, fake):
            """Loss."""

        hinge.__module__ = module
        return hinge

    registry(make("a"))
    registry(make("a"))  # the same file read again
    with pytest.raises(ValueError, match="loss 'hinge' is already defined in a"):
        registry(make("b"))


def test_unknown_names_get_the_nearest():
    registry = Registry("loss")
    registry(test_a_name_is_taken_once)
    with pytest.raises(
        UnknownName, match=r'unknown loss "test_a_name_is_token_once" \(did you mean'
    ):
        registry["test_a_name_is_token_once"]
    assert suggest("zzz", ["b", "a"]) == " (there is: a, b)"
    assert suggest("zzz", []) == ""
