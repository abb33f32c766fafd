"""Names, hyper-parameters from signatures, suggestions."""

from __future__ import annotations

import pytest

from bench.registry import Registry, UnknownName, suggest


def test_keyword_only_arguments_are_hyper_parameters():
    registry = Registry("loss")

    @registry(better="lower")
    def mine(real, fake, *, weight=2.0):
        """One line.

        More.
        """
        return weight

    part = registry["mine"]
    assert (part.kind, part.defaults, part.facts) == ("loss", {"weight": 2.0}, {"better": "lower"})
    assert part.summary == "One line."
    assert part(0, 0, weight=3.0) == 3.0
    assert "mine" in registry
    assert [p.name for p in registry] == ["mine"]


def test_a_hyper_parameter_needs_a_default():
    with pytest.raises(ValueError, match="'gamma' needs a default"):

        @Registry("regularizer")
        def bad(d, *, gamma):
            """Bad."""


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
