"""The runner with slots that are made up: batches, their order, deaths, and what is told once."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace

import pytest

from bench import runner
from bench.runner.messages import Finished, Notice, Now, Returned, failure, raised
from bench.runner.phases import At, Phase
from bench.runner.queue import MOST, Batches
from bench.trial import Method, Result, Status, Trial

METHODS = [Method("a"), Method("b"), Method("c")]


def trials(seeds: int, methods: int = 2) -> list[Trial]:
    """In the order of a sweep: seed by seed, all methods of each."""
    return [
        Trial("ring8", method, seed, 10) for seed in range(seeds) for method in METHODS[:methods]
    ]


def names(batch) -> str:
    return " ".join(f"{trial.method.name}{trial.seed}" for trial in batch)


def test_a_batch_takes_along_later_trials_of_its_structure_and_leaves_work_for_all():
    """12 left for 2 slots: at most a quarter; the first that is left leads."""
    batches = Batches(trials(6))
    assert len(batches) == 12
    assert names(batches.take(2)) == "a0 a1 a2"
    assert names(batches.take(2)) == "b0 b1 b2"
    assert names(batches.take(2)) == "a3 a4"
    assert names(batches.take(1)) == "b3 b4"
    assert len(batches) == 2
    assert names(batches.take(1)) == "a5"
    assert names(batches.take(1)) == "b5"
    assert not batches


def test_a_batch_has_64_trials_at_most():
    assert MOST == 64
    batches = Batches(trials(300, methods=1))
    assert [len(batches.take(1)) for _ in range(5)] == [64, 64, 64, 54, 27]


def test_what_comes_back_goes_to_its_place():
    batches = Batches(trials(8))
    taken = batches.take(2)
    assert names(taken) == "a0 a1 a2 a3"
    assert names(batches.take(2)) == "b0 b1 b2"
    batches.put(taken[1:])
    assert names(batches.take(1)) == "a1 a2 a3 a4 a5 a6"
    batches.put(taken[3:] + taken[1:3])
    assert names(batches.take(4)) == "a1 a2"


class Slots:
    """A pool whose slots do with a batch what they are told: `fate(trials)` -> a Returned."""

    def __init__(self, fate, jobs: int = 1) -> None:
        self.jobs, self.fate, self.closed = jobs, fate, 0
        self.given: list[tuple[Trial, ...]] = []
        self.back: list[Returned] = []
        self.kept: list[Finished] = []
        self.present: list[Now] = []
        self.waited: list[float] = []

    def busy(self) -> int:
        return len(self.back)

    def submit(self, batch: tuple[Trial, ...]) -> None:
        assert len(self.back) < self.jobs, "more batches than slots"
        self.given.append(batch)
        self.back.append(self.fate(batch))

    def now(self) -> list[Now]:
        return self.present

    def wait(self, seconds: float) -> list[Returned]:
        self.waited.append(seconds)
        back, self.back = self.back, []
        return back

    def keep(self, finished: Finished) -> None:
        self.kept.append(finished)

    def close(self) -> None:
        self.closed += 1


def notice(trial: Trial) -> Notice:
    return Notice(trial.id, Status.COMPLETED, 1.0)


def told(pool: Slots, todo: list[Trial]) -> list[Notice]:
    """All notices, of a thousand looks at most: whoever never ends is found too."""
    return [notice for notice in itertools.islice(runner.run(todo, pool), 1000) if notice]


def test_every_trial_is_told_once_and_the_pool_is_closed():
    pool = Slots(lambda batch: Returned(batch, tuple(map(notice, batch))), jobs=2)
    todo = trials(5)
    assert sorted(n.id for n in told(pool, todo)) == sorted(t.id for t in todo)
    assert pool.closed == 1
    assert sorted(t.id for batch in pool.given for t in batch) == sorted(t.id for t in todo)


def test_a_slot_that_hands_the_rest_back_is_given_it_again():
    pool = Slots(lambda batch: Returned(batch, (notice(batch[0]),)))
    todo = trials(3, methods=1)
    assert [n.id for n in told(pool, todo)] == [t.id for t in todo]
    assert [names(batch) for batch in pool.given] == ["a0 a1", "a1", "a2"]


def test_notices_that_came_before_count():
    """A slot that tells of its trials while it works, and dies after the first."""
    todo = trials(4, methods=1)
    pool = Slots(lambda batch: Returned(batch, tuple(map(notice, batch[1:]))))
    pool.present = [Now("x", todo[1].id, "", 0, 10, 0.0, ended=(notice(todo[0]),))]
    assert {n.id for n in told(pool, todo)} == {t.id for t in todo}
    assert names(pool.given[0]) == "a0 a1"


@pytest.mark.parametrize("lost", [True, False])
def test_a_trial_whose_slots_die_five_times_is_given_up(lost):
    """`lost`: the slot has died; else its batch comes back untouched."""
    todo = trials(2, methods=1)
    bad = todo[0].id

    def fate(batch):
        if batch[0].id == bad:
            return Returned(batch, (), lost=lost, why="no power")
        return Returned(batch, tuple(map(notice, batch)))

    pool = Slots(fate)
    found = {n.id: n for n in told(pool, todo)}
    assert sum(batch[0].id == bad for batch in pool.given) == runner.ATTEMPTS == 5
    assert found[todo[1].id].status == Status.COMPLETED
    assert found[bad].status == Status.CRASHED
    assert "died 5 times" in found[bad].error
    assert "no power" in found[bad].error
    (kept,) = pool.kept
    assert (kept.result.trial.id, kept.result.error["type"]) == (bad, "slot")


def test_a_slot_that_dies_later_in_its_batch_harms_the_next_trial_only():
    """It has done one trial each time: nobody is given up, however often it dies."""
    pool = Slots(lambda batch: Returned(batch, (notice(batch[0]),), lost=True))
    assert all(n.status == Status.COMPLETED for n in told(pool, trials(12, methods=1)))
    assert not pool.kept


def test_closing_the_generator_stops_the_slots():
    pool = Slots(lambda batch: Returned((), ()))
    going = runner.run(trials(2), pool)
    next(going)
    going.close()
    assert pool.closed == 1
    assert pool.waited == [0.25]  # whoever watches gets a word in four times a second


TRIAL = Trial("ring8", Method("a"), 0, 10)


def test_a_notice_has_the_error_of_a_failure_only():
    crashed = failure(TRIAL, Status.CRASHED, 2.0, type="KeyError", message="'x'\nmore")
    assert crashed.notice == Notice(TRIAL.id, Status.CRASHED, 2.0, "KeyError: 'x'")
    error = {"type": "nonfinite", "step": 7, "what": "loss_d"}
    diverged = Finished(Result(TRIAL, Status.DIVERGED, error=error, seconds=3.0))
    assert diverged.notice == Notice(TRIAL.id, Status.DIVERGED, 3.0, None)


def test_messages_are_plain_data_and_back():
    at = At(Phase.TRAINING, 3, 1.25, 1, 0.5)
    now = Now(
        "x", TRIAL.id, "a label", 10, 1.5, at, left=2, ended=(replace(notice(TRIAL), error="why"),)
    )
    assert Now.from_record(now.record()) == now
    assert Notice.from_record(notice(TRIAL).record()) == notice(TRIAL)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MemoryError("all of it"), Status.OUT_OF_MEMORY),
        (type("ResourceExhaustedError", (Exception,), {})("all of it"), Status.OUT_OF_MEMORY),
        (ValueError("all of it"), Status.CRASHED),
    ],
)
def test_what_was_raised_becomes_a_status(error, status):
    found = raised(TRIAL, error, 4.0).result
    assert (found.status, found.seconds) == (status, 4.0)
    assert (found.error["type"], found.error["message"]) == (type(error).__name__, "all of it")
    assert found.error["traceback"].endswith(": all of it\n")
    assert found.provenance["bench"]


def test_a_log_is_the_end_of_what_was_printed():
    """64 KiB of it, in the order in which it came."""
    import multiprocessing

    from bench.runner import slot

    child = slot._Child.__new__(slot._Child)
    child.log = b""
    child.output, writes = multiprocessing.Pipe(duplex=False)
    for letter in b"abcd":
        for _ in range(8):
            os.write(writes.fileno(), bytes([letter]) * 4096)
        child._drain()
    assert child.log == b"c" * 2**15 + b"d" * 2**15
    assert child.printed() == "d" * 8192
    writes.close()
    child._drain()
    assert child.output.closed
