"""The place of a trial while it trains, and the seconds of its phases afterwards."""

from __future__ import annotations

import json

import pytest

from bench.runner import phases
from bench.runner.messages import Notice, Now
from bench.runner.phases import At, Phase, Spent, Watch
from bench.store import Store
from bench.trial import Status
from tests.runner.sweeps import soon, start, write


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    times = [100.0]
    monkeypatch.setattr(phases.time, "perf_counter", lambda: times[0])
    return times


def test_compiling_is_told_from_training(clock):
    """Ten steps take 2 s each, after 7 s of the compiler; the end takes 3 s."""
    watch = Watch(fresh=True)
    assert watch.at == At(Phase.COMPILING)
    for step in (1, 4, 10):
        clock[0] = 100 + 7 + 2 * step
        at = watch.measured(step, steps=10)
        assert (at.step, at.seconds) == (step, 7 + 2 * step)
        assert at.phase == ("training" if step < 10 else "measuring at the end")
        assert at.pace == (None if step == 1 else 2)
    assert watch.spent(30.0) == Spent(start=7, train=20, end=3, fresh=True)


def test_one_measurement_cannot_tell_compiling_from_training(clock):
    watch = Watch(fresh=False)
    assert watch.at.phase == "starting"
    clock[0] += 5
    assert watch.measured(8, steps=8).pace is None
    assert watch.spent(6.0) is None


def test_messages_survive_json():
    spent = Spent(1.5, 2.5, 0.5, True)
    notice = Notice("abc", Status.CRASHED, 4.5, "ValueError: no", spent)
    at = At(Phase.TRAINING, 7, 3.5, 2, 1.0)
    now = Now("12", "def", "ring8 ns seed 0", 9, 1e9, at, 3, (notice,))
    assert Now.from_record(json.loads(json.dumps(now.record()))) == now
    assert Notice.from_record({**notice.record(), "spent": None}).spent is None
    assert Spent.from_record({"start": 1, "other": 2}) is None


def test_a_slot_tells_its_phases_and_a_trial_keeps_them(tmp_path):
    """Two batches of two trials in one slot: the first of each compiles, the second does not."""
    process = start(write(tmp_path, 4, pause=0.5), "-j", "1")
    store, seen = Store(tmp_path / "results/small"), []

    def told():
        for now in store.now():
            if (place := (now["at"]["phase"], now["left"])) not in seen:
                seen.append(place)
        return process.poll() is not None

    assert soon(told, 120)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, ""), out
    begun = [place for place in seen if place[0] not in ("training", "measuring at the end")]
    assert begun[:3] == [("importing TensorFlow", 1), ("compiling", 1), ("starting", 0)]
    results = sorted(store, key=lambda result: result.trial.seed)
    assert [result.facts["phases"]["fresh"] for result in results][:2] == [True, False]
    for result in results:
        spent = result.facts["phases"]
        assert spent["start"] + spent["train"] + spent["end"] == pytest.approx(
            result.seconds, rel=0.05
        )


def test_a_dask_worker_tells_the_same(tmp_path):
    """The desk of a nursery passes on what a slot says; here without a cluster."""
    from multiprocessing import Pipe

    from bench.runner.nursery import _Desk
    from bench.trial import Method, Trial

    ours, theirs = Pipe()
    trial, at = Trial("ring8", Method("ns"), 0, 10), At(Phase.TRAINING, 3)
    _Desk(theirs, 1).show(trial, at, 5)
    assert ours.recv() == (trial, at, 5)
