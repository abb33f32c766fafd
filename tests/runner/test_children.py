"""A child and its slot in this process: what a batch's trials share, and what is told of them."""

from __future__ import annotations

import os
from dataclasses import FrozenInstanceError, fields, replace
from types import SimpleNamespace

import pytest

from bench.runner import child, events, messages, slot
from bench.runner.messages import Finished, Setup, Unfit
from bench.runner.phases import At, Phase
from bench.trial import Method, Result, Status, Trial

TRIALS = tuple(Trial("ring8", Method("ns"), seed, 100) for seed in range(3))


def finished(trial, status=Status.COMPLETED):
    return Finished(Result(trial, status))


def test_plugins_are_loaded_and_a_step_is_compiled_for_the_first_trial_of_a_batch(monkeypatch):
    asked = []

    def attempt(trial, setup, pipe, first, fresh):
        asked.append((trial.seed, first, fresh))
        return finished(trial, Status.CRASHED if trial.seed == 1 else Status.COMPLETED)

    monkeypatch.setattr(child, "_attempt", attempt)
    other = Trial("ring8", Method("r1"), 5, 100)
    found = list(child._train_all([TRIALS[0], other, *TRIALS[1:]], Setup(), None))
    assert asked == [(0, True, True), (5, False, True), (1, False, False)]
    assert [f.result.trial.seed for f in found] == [0, 5, 1]  # none after one that failed


@pytest.mark.parametrize(
    ("first", "second", "setup", "together"),
    [
        ("ring8", "grid25", Setup(), True),
        ("digits8_twins", "digits8_twins", Setup(), True),
        ("ring8", "digits8_twins", Setup(), False),
        ("digits8_twins", "ring8", Setup(), False),
        ("digits8_twins", "ring8", Setup(portable=True), True),
    ],
)
def test_no_child_computes_convolutions_and_dense_networks_with_the_same_instructions(
    first, second, setup, together, monkeypatch
):
    """The first trial chooses them: all that the processor has where there are convolutions."""
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    monkeypatch.setattr(child, "_load", lambda setup: None)
    monkeypatch.setattr(child, "_all_instructions", False)
    seen = []

    def train(trial, setup, messages, fresh):
        seen.append((trial.task, os.environ.get("ONEDNN_MAX_CPU_ISA")))
        return finished(trial)

    monkeypatch.setattr(child, "_train", train)
    trials = [Trial(task, Method("ns"), 0, 100) for task in (first, second)]
    answers = list(child._train_all(trials, setup, None))
    most = {"ring8": "AVX2", "grid25": "AVX2", "digits8_twins": "AVX2" if setup.portable else None}
    assert seen == [(t.task, most[t.task]) for t in trials[: 1 + together]]
    assert isinstance(answers[1], Unfit) is not together


def test_a_trial_that_needs_other_instructions_gets_a_fresh_child(monkeypatch):
    """The child of the batch before answers that it has not got them, and is closed."""
    asked, closed, kept = [], [], []

    def made(name, answer):
        return SimpleNamespace(
            ask=lambda trial: asked.append(name) or True,
            close=lambda: closed.append(name),
            can_go_on=lambda setup: True,
            next=lambda: answer,
            broken=lambda setup, seconds: None,
        )

    monkeypatch.setattr(slot, "_idle", made("old", Unfit()))
    fresh = made("new", finished(TRIALS[0]))
    monkeypatch.setattr(slot, "_Child", lambda setup: fresh)
    desk = SimpleNamespace(show=lambda *about: None, keep=kept.append, abandoned=lambda: False)
    assert slot.work(TRIALS[:1], Setup(), desk) == 1
    assert (asked, closed, len(kept)) == (["old", "new"], ["old"], 1)
    assert slot._idle is fresh


def test_progress_is_told_twice_a_second_and_at_both_ends(monkeypatch):
    """A hundred measurements in five seconds."""
    from bench.gan.training import train

    now, told = [50.0], []

    def fit(trial, watch):
        for step in range(1, 101):
            now[0] += 0.05
            watch(step, {})
        return SimpleNamespace(result=Result(trial, Status.COMPLETED), samples={}, real={})

    monkeypatch.setattr(train, "fit", fit)
    monkeypatch.setattr(child, "time", SimpleNamespace(monotonic=lambda: now[0]))
    pipe = SimpleNamespace(send=told.append)
    child._train(TRIALS[0], Setup(), pipe, fresh=True)
    steps = [at.step for at in told]
    assert steps[0] == 1
    assert steps[-1] == 100
    assert 9 <= len(steps) <= 12
    assert told[-1].phase == Phase.MEASURING


def test_a_slot_counts_what_is_done_when_nobody_waits_any_more(monkeypatch):
    """The second of three trials is not waited for."""
    ends = iter([finished(TRIALS[0]), None])
    shown, kept = [], []
    desk = SimpleNamespace(
        show=lambda trial, at, left: shown.append((trial.seed, at.phase, left)), keep=kept.append
    )
    closed = []
    process = SimpleNamespace(ask=lambda trial: trial.seed == 0, close=lambda: closed.append(1))
    monkeypatch.setattr(slot, "_child", lambda setup: process)
    monkeypatch.setattr(slot, "_idle", None)
    monkeypatch.setattr(slot, "_await", lambda *about: next(ends))
    monkeypatch.setattr(slot, "time", SimpleNamespace(monotonic=lambda: 0.0))
    assert slot._in_one_child(TRIALS, Setup(), desk, until=1.0) == 1
    assert [f.result.trial.seed for f in kept] == [0]
    assert shown == [(0, Phase.COMPILING, 2), (1, Phase.STARTING, 1)]
    assert (closed, slot._idle) == ([1], None)


def test_a_child_goes_on_with_the_next_batch_until_it_keeps_too_much(monkeypatch):
    """Of another setup, dead, with many structures, or large, it makes room for a fresh one."""
    resident, alive = 100, [True]
    monkeypatch.setattr(slot.machine, "resident", lambda pid: resident)
    own = slot._Child.__new__(slot._Child)
    own.setup, own.structures = Setup(memory=201), {"a"}
    own.process = SimpleNamespace(pid=1, is_alive=lambda: alive[0])
    assert own.can_go_on(Setup(memory=201))
    assert not own.can_go_on(Setup(memory=202))
    resident = 101
    assert not own.can_go_on(Setup(memory=201))
    resident = 100
    own.structures = {str(i) for i in range(slot.MOST)}
    assert not own.can_go_on(Setup(memory=201))
    own.structures.pop()
    assert own.can_go_on(Setup(memory=201))
    alive[0] = False
    assert not own.can_go_on(Setup(memory=201))


def test_events_are_written_where_a_folder_is_named_and_its_parents_are_made(tmp_path):
    trial = replace(TRIALS[0], seed=7)
    with events.writer(None, trial) as write:
        write(1, {"loss_d": 0.5})
    with events.writer(tmp_path / "new" / "er", trial) as write:
        write(1, {"loss_d": 0.5})
    (file,) = (tmp_path / "new/er").glob(f"ring8.ns.seed7.{trial.id[:8]}/events.*")
    assert b"loss_d" in file.read_bytes()


@pytest.mark.parametrize(
    "message",
    [
        Setup(),
        finished(TRIALS[0]),
        finished(TRIALS[0]).notice,
        messages.Now("x", "id", "label", 10, 1.0, At(Phase.TRAINING, 3)),
        messages.Returned(TRIALS),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_does_not_change_once_it_is_made(message):
    """A slot passes one on while it trains the next trial."""
    for field in fields(message):
        with pytest.raises(FrozenInstanceError):
            setattr(message, field.name, None)


def test_a_child_that_goes_on_finds_what_others_have_compiled_since(monkeypatch):
    fetched = []
    process = SimpleNamespace(can_go_on=lambda setup: True)
    monkeypatch.setattr(slot, "_kept", SimpleNamespace(fetch=lambda: fetched.append(1)))
    monkeypatch.setattr(slot, "_idle", process)
    assert slot._child(Setup()) is process
    assert (fetched, slot._idle) == ([1], None)
