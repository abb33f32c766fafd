"""When a sweep ends before its last trial, and what it need not train: by made-up notices."""

from __future__ import annotations

import signal
import time

import numpy as np
import pytest

from bench.console import duration
from bench.runner import Notice
from bench.store import Store, StoreError
from bench.sweep.limits import Limits, Stopped, stoppable
from bench.sweep.reuse import reuse
from bench.trial import Method, Result, Status, Trial


def notice(status: Status) -> Notice:
    return Notice("id", status, 1.0)


def test_failures_are_counted_and_divergence_is_none():
    limits = Limits(None, 2)
    for status in (Status.DIVERGED, Status.COMPLETED, Status.CRASHED, Status.DIVERGED):
        limits.count(notice(status))
        assert limits.exceeded() is None
    limits.count(notice(Status.TIMEOUT))
    assert limits.exceeded() == "2 trials failed"
    limits.count(notice(Status.OUT_OF_MEMORY))
    assert limits.exceeded() == "3 trials failed"


def test_one_failure_may_be_too_many():
    limits = Limits(None, 1)
    assert limits.exceeded() is None
    limits.count(notice(Status.CRASHED))
    assert limits.exceeded() == "1 trial failed"


def test_the_budget_of_time_is_used_up_after_it_and_not_at_it(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limits, free = Limits(60.0, None), Limits(None, None)
    for seconds, over in ((0, False), (60, False), (60.1, True)):
        now[0] = 100.0 + seconds
        assert bool(limits.exceeded()) is over
        assert free.exceeded() is None
    assert limits.exceeded() == f"the budget of {duration(60)} is used up"


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_signal_ends_it_with_its_code_and_is_ours_no_longer(number, code, text):
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Stopped, match=text) as caught, stoppable():
        signal.raise_signal(number)
    assert caught.value.code == code
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def trial(seed: int) -> Trial:
    return Trial("ring8", Method("ns"), seed, 10)


def folder(path, seeds, status=Status.COMPLETED, fill=1.0) -> Store:
    store = Store(path).create()
    for seed in seeds:
        store.write(Result(trial(seed), status, seconds=fill), {"fake": np.full(3, fill)})
    store.write_real("ring8", {"real": np.full(2, fill)})
    store.write_text("sweep.toml", f"fill {fill}")
    store.write_plugin("x.py", "d", str(fill).encode())
    return store


def test_trials_that_others_have_are_taken_over_once(tmp_path):
    mine = folder(tmp_path / "mine", [0])
    first = folder(tmp_path / "first", [0, 1, 2], fill=2.0)
    second = folder(tmp_path / "second", [2, 3, 9], fill=3.0)
    folders = [first.path, second.path]
    assert reuse(map(trial, range(6)), mine, folders) == 3
    seconds = {r.trial.seed: r.seconds for r in mine}
    assert seconds == {0: 1.0, 1: 2.0, 2: 2.0, 3: 3.0}  # 9 was not asked for
    assert mine.samples(trial(3).id)["fake"].tolist() == [3.0] * 3
    assert mine.real("ring8")["real"].tolist() == [1.0] * 2
    assert (mine.path / "sweep.toml").read_text() == "fill 1.0"
    assert mine.plugins()["d"][1] == b"1.0"
    assert reuse(map(trial, range(6)), mine, folders) == 0


def test_trials_that_failed_there_are_left_and_taken_from_where_they_did_not(tmp_path):
    mine = Store(tmp_path / "mine").create()
    failed = folder(tmp_path / "failed", [0, 1], Status.CRASHED)
    diverged = folder(tmp_path / "diverged", [1], Status.DIVERGED)
    assert reuse(map(trial, range(2)), mine, [failed.path, diverged.path]) == 1
    assert {r.trial.seed: r.status for r in mine} == {1: Status.DIVERGED}
    assert mine.real("ring8")


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"--reuse .*nothing: no such folder"):
        reuse([trial(0)], folder(tmp_path / "x", []), [tmp_path / "nothing"])
