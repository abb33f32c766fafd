"""A function in a process of its own: its answer, or the word of its death."""

from __future__ import annotations

import pytest

from bench.grid.checks.apart import Died, call


def test_an_answer_is_that_of_the_function():
    assert call("operator:neg", 5) == -5


@pytest.mark.parametrize("code", [0, 3])
def test_a_process_that_ends_without_an_answer_has_died_whatever_its_code(code):
    with pytest.raises(Died, match="the process died"):
        call("os:_exit", code)
