"""`--only`: some of the trials of a sweep."""

from __future__ import annotations

import pytest

from bench import grid

TEXT = """\
[sweep]
tasks = ["ring", "dirac"]
methods = ["ns", "r1"]
seeds = "0..4"
[grid]
lr_g = [1e-3, 3e-3]
r1.gamma = [1, 2]
[task.ring]
centred = [true, false]
"""


@pytest.fixture
def trials(load):
    return load(TEXT).trials


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("task=ring", lambda t: t.task == "ring"),
        ("method=r1", lambda t: t.method.name == "r1"),
        ("seed=3", lambda t: t.seed == 3),
        ("seed=0..2", lambda t: t.seed <= 2),
        ("seed=3..9", lambda t: t.seed >= 3),
        ("seed=0,seed=4", lambda t: t.seed in (0, 4)),
        ("lr_g=0.001", lambda t: t.hparams["lr_g"] == 1e-3),
        (
            "lr_g=3e-3,r1.gamma=2.0",
            lambda t: t.hparams.get("r1.gamma", 0) * t.hparams["lr_g"] == 6e-3,
        ),
        ("r1.gamma=1,r1.gamma=2", lambda t: "r1.gamma" in t.hparams),
        ("centred=true", lambda t: t.options.get("centred") is True),
        ("shape=circle", lambda t: t.task == "ring"),
        (" method = ns , seed = 1 ", lambda t: t.method.name == "ns" and t.seed == 1),
    ],
)
def test_the_trials_that_match_in_their_order(trials, only, expected):
    chosen = grid.select(trials, only)
    assert chosen == tuple(filter(expected, trials))
    assert 0 < len(chosen) < len(trials)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("", '"" is not of the form key=value'),
        ("r1", '"r1" is not of the form key=value'),
        ("seed=", '"seed=" is not of the form key=value'),
        ("metod=r1", 'unknown key "metod" (did you mean "method"?)'),
        ("method=r11", 'no trial has method=r11 (did you mean "r1"?)'),
        ("seed=7", "no trial has seed=7 (there is: 0, 1, 2, 3, 4)"),
        ("seed=one", "no trial has seed=one (there is: 0, 1, 2, 3, 4)"),
        ("seed=7..9", "no trial has seed=7..9 (there is: 0, 1, 2, 3, 4)"),
        ("seed=3..1", 'the range "3..1" ends before it begins'),
        ("lr_g=2", "no trial has lr_g=2 (there is: 0.001, 0.003)"),
        ("method=ns,r1.gamma=1", "no trial matches all of this; leave a part of it out"),
    ],
)
def test_what_cannot_be_selected(trials, only, expected):
    with pytest.raises(grid.GridError) as caught:
        grid.select(trials, only)
    assert str(caught.value) == f"--only {only}: {expected}"
