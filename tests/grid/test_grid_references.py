"""References that are about some of the trials: by hyper-parameters and by options of the task."""

from __future__ import annotations

import pytest

from tests.grid.bad.methods import reference

AXES = '[task.ring]\nsigma = [0.1, 0.2]\nshape = ["circle", "square"]\n[grid]\nlr_g = [1, 2]\n'


def about(*lines):
    """A sweep over two options and a number, with a reference at the values of some `lines`."""
    return AXES + reference() + "".join(f"at.{line}\n" for line in lines)


@pytest.mark.parametrize(
    "at",
    [
        (),
        ("sigma = 0.2",),
        ("sigma = 0.1", 'shape = "square"', "lr_g = 2"),
        ("centred = false",),
        ("r1.gamma = 5",),
    ],
)
def test_it_may_name_options_and_numbers_that_some_trial_has(load, at):
    assert len(load(about(*at)).trials) > 8


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (("sigma = 0.3",), "no trial of this reference has sigma = 0.3"),
        (("sigma = 0.1", "lr_g = 3"), "no trial of this reference has lr_g = 3"),
        (('shape = "line"',), 'no trial of this reference has shape = "line"'),
        (("shape = 1",), "no trial of this reference has shape = 1"),
        (("centred = true",), "no trial of this reference has centred = true"),
        (("sgma = 0.1",), 'unknown hyper-parameter or option "sgma" (did you mean "sigma"?)'),
    ],
)
def test_one_that_no_trial_answers_is_refused_with_its_line(message, at, reason):
    text = about(*at)
    assert message(text) == f"grid.toml:{text.count(chr(10))}: {reason}"


def test_values_that_no_trial_has_together_are_refused(message):
    text = about("sigma = 0.1", 'shape = "square"') + '[[exclude]]\nshape = "square"\n'
    text += "sigma = 0.1\n"
    line = text[: text.index("at.shape")].count("\n") + 1
    assert message(text) == f'grid.toml:{line}: no trial of this reference has shape = "square"'
