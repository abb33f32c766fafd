"""Values given on the command line: `-S key.path=value`."""

from __future__ import annotations

import pytest

from tests.grid.reading import SWEEP, names


def test_a_value_is_replaced_or_added(load):
    text = SWEEP + "[grid]\nlr_g = [1, 2]\nr1.gamma = 3\n"
    sweep = load(text, "grid.lr_g = [5]", "grid.adam.beta1=0.25", 'sweep.methods=["r1"]')
    assert names(sweep, "lr_g", "adam.beta1", "r1.gamma") == [(5, 0.25, 3)]
    assert sweep.text == text
    assert sweep.overrides[1] == "grid.adam.beta1=0.25"


def test_a_table_is_made_where_there_is_none(load):
    sweep = load(SWEEP, "analysis.baseline=ns", "task.ring.sigma=1")
    assert sweep.analysis == {"baseline": "ns"}
    assert sweep.trials[0].options["sigma"] == 1.0


def test_a_shell_takes_quotes_away(load):
    quoted, bare = load(SWEEP, 'sweep.seeds="0..2"'), load(SWEEP, "sweep.seeds=0..2")
    assert quoted.trials == bare.trials
    assert len(bare.trials) == 6


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("sweep.steps", "-S sweep.steps: not of the form key.path=value"),
        ("=1", "-S =1: not of the form key.path=value"),
        ("a b=1", "-S a b=1: not of the form key.path=value"),
        ("grid.lr_g=[1,", "-S grid.lr_g: not a TOML value: [1,"),
        ("grid.lr_g=1\nx=2", "-S grid.lr_g: not a TOML value: 1\nx=2"),
        ("sweep.tasks.x=1", '-S sweep.tasks.x: "sweep.tasks" is not a table'),
        (
            "sweep.steps=0",
            "-S sweep.steps: sweep.steps must be a whole number of at least 1, not 0",
        ),
        (
            'sweep.tasks=["ring", "dirak"]',
            '-S sweep.tasks: unknown task "dirak" (did you mean "dirac"?)',
        ),
        (
            "grid.r1.gama=1",
            '-S grid.r1.gama: unknown hyper-parameter "r1.gama" (did you mean "r1.gamma"?)',
        ),
        (
            "grid={lr_g=true}",
            "-S grid: grid.lr_g must be a number, a list of numbers or the name of another "
            "axis, not true",
        ),
        ("seeds=0..4", '-S seeds: unknown key "seeds" (did you mean "sweep.seeds"?)'),
        ("seed=4", '-S seed: unknown key "seed" (did you mean "sweep.seeds"?)'),
        ("lr_g=1", '-S lr_g: unknown key "lr_g" (did you mean "grid.lr_g"?)'),
        (
            "baseline=ns",
            '-S baseline: unknown key "baseline" '
            '(did you mean "analysis.baseline" or "race.baseline"?)',
        ),
        (
            "r1.gamma=1",
            '-S r1.gamma: unknown key "r1.gamma" (did you mean "grid.r1.gamma"?)',
        ),
        ("sigma=1", '-S sigma: unknown key "sigma" (did you mean "task.ring.sigma"?)'),
        ("gird.lr_g=1", '-S gird.lr_g: unknown key "gird" (did you mean "grid"?)'),
        (
            "sweep.seed=1",
            '-S sweep.seed: unknown key "seed" in sweep (did you mean "seeds"?)',
        ),
    ],
)
def test_a_bad_one_is_named(message, override, expected):
    assert message(SWEEP, override) == expected


def test_what_is_wrong_in_the_file_keeps_its_line(message):
    said = message(SWEEP + "[grid]\nlr_g = []\n", "grid.lr_d=1", "sweep.steps=5")
    assert said == "grid.toml:6: grid.lr_g is empty"
