"""Two results of one trial: no difference is missed, on either side, by whoever compares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench import merge, replay
from bench.store import Store
from bench.store.differences import differences
from bench.trial import Method, Result, Status, Trial

TRIAL = Trial("ring8", Method("ns"), 3, 10)
HERE = Result(
    TRIAL,
    Status.COMPLETED,
    {"step": [5, 10], "q": [1.0, None]},
    signals={"loss_d": [0.25, 0.5, 0.125]},
    provenance={"numpy": "1", "cpu": "a"},
)

# what the other one has, and what is said first, by (here, there) and by (there, here)
UNEQUAL = {
    "a curve only there": (
        {"curves": HERE.curves | {"fd": [0.5, 0.25]}},
        ["curves fd: in one of the two only"] * 2,
    ),
    "a curve only here": (
        {"curves": {"step": [5, 10]}},
        ["curves q: in one of the two only"] * 2,
    ),
    "no curve at all": ({"curves": {}}, ["curves q: in one of the two only"] * 2),
    "a signal only there": (
        {"signals": HERE.signals | {"loss_g": [0.0, 0.0, 0.0]}},
        ["signals loss_g: in one of the two only"] * 2,
    ),
    "a signal only here": ({"signals": {}}, ["signals loss_d: in one of the two only"] * 2),
    "a value only here": (
        {"curves": {"step": [5, 10], "q": [None, None]}},
        ["curves q[0]: 1.0 stored, None now", "curves q[0]: None stored, 1.0 now"],
    ),
    "a value only there": (
        {"curves": {"step": [5, 10], "q": [1.0, 0.0]}},
        ["curves q[1]: None stored, 0.0 now", "curves q[1]: 0.0 stored, None now"],
    ),
    "a longer curve": (
        {"signals": {"loss_d": [0.25, 0.5, 0.125, 0.0]}},
        [
            "signals loss_d: 3 values stored, 4 now",
            "signals loss_d: 4 values stored, 3 now",
        ],
    ),
    "the last value": (
        {"signals": {"loss_d": [0.25, 0.5, 0.375]}},
        [
            "signals loss_d[2]: 0.125 stored, 0.375 now",
            "signals loss_d[2]: 0.375 stored, 0.125 now",
        ],
    ),
    "the status": (
        {"status": Status.DIVERGED},
        ["status: completed stored, diverged now", "status: diverged stored, completed now"],
    ),
}


def other(name: str) -> Result:
    return replace(HERE, provenance={"numpy": "2", "cpu": "a"}, **UNEQUAL[name][0])


@pytest.mark.parametrize("name", UNEQUAL)
def test_every_difference_is_found_from_both_sides(name):
    there, said = other(name), UNEQUAL[name][1]
    for (a, b), first in zip(((HERE, there), (there, HERE)), said, strict=True):
        found = differences(a, b)
        assert found[0] == first
        numbers = (r.provenance["numpy"] for r in (a, b))
        assert found[-1] == "numpy: {} stored, {} now".format(*numbers)
        assert not [text for text in found if text.startswith("cpu")]


def test_another_machine_alone_is_no_difference():
    assert differences(HERE, replace(HERE, provenance={"numpy": "2"}, seconds=9.0)) == []


def test_what_was_dropped_is_no_difference_and_the_rest_is_compared():
    """Dropped from either: left out in both."""
    small = replace(HERE, curves={"step": [5, 10]}, facts={"dropped": ["q"]})
    assert differences(small, HERE) == differences(HERE, small) == []
    bad = replace(small, signals={"loss_d": [0.25, 0.5, 0.0]})
    assert differences(bad, HERE)[0].startswith("signals loss_d[2]")
    assert differences(HERE, bad)[0].startswith("signals loss_d[2]")


def test_all_that_differs_is_listed_the_most_telling_first():
    there = replace(HERE, status=Status.DIVERGED, curves={"step": [5, 9], "fd": []}, signals={})
    assert differences(HERE, there) == [
        "status: completed stored, diverged now",
        "curves fd: in one of the two only",
        "curves q: in one of the two only",
        "curves step[1]: 10 stored, 9 now",
        "signals loss_d: in one of the two only",
    ]


def folder(path, result: Result) -> Store:
    store = Store(path).create()
    store.write(result)
    return store


@pytest.mark.parametrize("name", [name for name in UNEQUAL if name != "the status"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_merge_is_as_sharp(tmp_path, capsys, name, turned):
    pair = [HERE, other(name)]
    into, source = reversed(pair) if turned else pair
    stores = folder(tmp_path / "from", source), folder(tmp_path / "into", into)
    assert merge.main([str(store.path) for store in stores]) == 3
    assert UNEQUAL[name][1][turned] in capsys.readouterr().out
    assert stores[1].read(TRIAL.id) == into


@pytest.mark.parametrize("name", UNEQUAL)
@pytest.mark.parametrize("turned", [False, True])
def test_a_replay_is_as_sharp(tmp_path, capsys, monkeypatch, name, turned):
    pair = [HERE, other(name)]
    stored, again = reversed(pair) if turned else pair
    monkeypatch.setattr(replay, "_train", lambda *_, **__: again)
    store = folder(tmp_path / "x", stored)
    assert replay.main([str(store.path), TRIAL.id, "--verify"]) == 3
    out = capsys.readouterr().out
    assert UNEQUAL[name][1][turned] in out
    assert "equal bit for bit" not in out
