"""The slots of a cluster without one: a client, futures, a nursery's pipe and a clock made up."""

from __future__ import annotations

from multiprocessing import Pipe
from types import SimpleNamespace

import pytest

from bench.runner import NoCluster, cluster, machine
from bench.runner.messages import Done, Returned, Setup
from bench.runner.nursery import Nursery
from bench.runner.phases import At, Phase
from bench.store import Store
from bench.trial import Method, Trial

TRIAL = Trial("ring8", Method("ns"), 0, 10)


class Client:
    """Counts how often it was asked for its workers' threads."""

    status = "running"

    def __init__(self) -> None:
        self.threads, self.asked = {"one": 2, "other": 3}, 0

    def nthreads(self):
        self.asked += 1
        return self.threads


class Future:
    def __init__(self, status, value=None) -> None:
        self.status, self.value, self.released = status, value, False

    def result(self):
        return self.value

    def exception(self):
        return self.value

    def release(self):
        self.released = True


@pytest.fixture
def clock(monkeypatch):
    """A clock that runs while somebody sleeps, and else stands still."""
    times = [1000.0]

    def sleep(seconds):
        times[0] += seconds

    own = SimpleNamespace(monotonic=lambda: times[0], time=lambda: times[0], sleep=sleep)
    monkeypatch.setattr(cluster, "time", own)
    return times


@pytest.fixture
def pool(monkeypatch, tmp_path, clock):
    monkeypatch.setattr(cluster.DaskPool, "_connect", lambda self, seconds: Client())
    pool = cluster.DaskPool("tcp://nowhere", Store(tmp_path).create(), Setup(), patience=9.0)
    pool._queue = SimpleNamespace(get=lambda batch: [])
    return pool


def test_waiting_takes_as_long_as_was_said_where_nothing_comes_back(pool, clock):
    pool._flying[Future("pending")] = (TRIAL,)
    assert pool.wait(0.3) == [Returned((), ())]
    assert 1000.3 <= clock[0] < 1000.4
    pool._flying[Future("finished", False)] = (TRIAL,)
    assert pool.wait(0.3) == [Returned((), ()), Returned((TRIAL,))]
    assert clock[0] < 1000.4
    assert pool.busy() == 1


def test_workers_are_counted_once_a_second(pool, clock):
    for seconds, asked in [(0, 1), (0.9, 1), (1.1, 2), (1.9, 2), (2.2, 3)]:
        clock[0] = 1000 + seconds
        assert pool._look_after() == []
        assert pool._client.asked == asked, seconds
    assert pool.jobs == 5


def test_a_cluster_is_given_up_when_it_had_no_worker_for_as_long_as_patience_says(pool, clock):
    clock[0] += 60
    assert pool._look_after() == []  # a minute on it has workers
    pool._client.threads = {}
    clock[0] += 8
    assert pool._look_after() == []
    assert pool.jobs == 1
    clock[0] += 2
    with pytest.raises(NoCluster, match=r"no worker at tcp://nowhere for 9 s: start some"):
        pool._look_after()


@pytest.mark.parametrize(
    ("future", "lost", "why"),
    [
        (Future("finished", False), False, ""),
        (Future("finished", True), True, "its worker has died"),
        (Future("error", KeyError("x")), True, "KeyError('x')"),
        (Future("cancelled"), True, "cancelled"),
    ],
)
def test_a_batch_comes_back_done_or_says_why_it_is_lost(pool, future, lost, why):
    pool._flying[future] = (TRIAL,)
    assert pool._collect(future) == Returned((TRIAL,), (), lost, why)
    assert future.released == (future.status == "finished")


def test_the_cap_of_memory_is_that_of_the_setup_or_else_of_the_worker_s_machine(monkeypatch):
    monkeypatch.setattr(machine, "default_cap", lambda jobs: 100 + jobs)
    errand = cluster._Errand.__new__(cluster._Errand)
    errand.worker = SimpleNamespace(state=SimpleNamespace(nthreads=4))
    assert errand.setup(Setup(timeout=3.0)) == Setup(timeout=3.0, memory=104)
    assert errand.setup(Setup(memory=7)).memory == 7


def test_a_task_has_moved_where_another_worker_has_begun_it():
    """Dask keeps the mark on the scheduler, for all workers."""
    errand, mark = cluster._Errand.__new__(cluster._Errand), []
    errand._begun = SimpleNamespace(is_set=lambda: bool(mark), set=lambda: mark.append(1))
    assert [errand.moved(), errand.moved()] == [False, True]


def test_a_nursery_s_messages_come_until_its_batch_is_done():
    """None for each time that there was none; what comes after Done is of the next batch."""
    nursery = Nursery.__new__(Nursery)
    nursery.pipe, theirs = Pipe()
    place = (TRIAL, At(Phase.TRAINING, 3), 5)
    messages = nursery.messages(0.0)
    theirs.send(place)
    assert next(messages) == place
    assert next(messages) is None
    for message in (place, Done(), "next"):
        theirs.send(message)
    assert list(messages) == [place]
    assert nursery.pipe.recv() == "next"
