"""What a trial does to its process happens to nobody else."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from unittest import mock

import pytest

from bench.runner import machine
from bench.store import Store
from tests.runner.sweeps import marked, soon, start, write

HARM = {3: "die", 9: "segfault", 15: "loop", 18: "leave", 21: "hog", 27: "raise"}


@pytest.fixture(scope="module")
def hurt(tmp_path_factory):
    """A sweep of 30 trials of one structure, six of which do harm: its folder, exit code, output,
    and the memory of its runner along the way."""
    folder = tmp_path_factory.mktemp("hurt")
    toml = write(folder, 30, harm=HARM)
    with open(folder / "out", "w") as out:
        limits = ("--trial-timeout", "30s", "--memory", "2G")
        process = start(toml, "-j", "2", "--tensorboard", *limits, stdout=out, stderr=out)
        sizes, at = [], "0/"
        while process.poll() is None:
            text = (folder / "out").read_text()
            if text.rpartition("[")[2][:3] != at:  # another trial has ended
                at = text.rpartition("[")[2][:3]
                sizes.append(machine.resident(process.pid))
            soon(lambda: process.poll() is not None, 0.02)
    return folder, process.returncode, (folder / "out").read_text(), sizes


def test_every_harm_becomes_the_status_of_its_trial_alone(hurt):
    folder, code, out, _ = hurt
    results = list(Store(folder / "results/small"))
    failed = {r.trial.seed: (str(r.status), r.error["type"]) for r in results if r.status.failed}
    assert failed == {
        3: ("crashed", "SIGKILL"),
        9: ("crashed", "SIGSEGV"),
        15: ("timeout", "timeout"),
        18: ("crashed", "exit"),
        21: ("out_of_memory", "memory"),
        27: ("crashed", "RuntimeError"),
    }, out
    assert sum(r.status == "completed" for r in results) == 24
    assert code == 3


def test_a_failed_trial_has_a_traceback_and_a_log(hurt):
    store = Store(hurt[0] / "results/small")
    failed = {r.trial.seed: r for r in store if r.status.failed}
    assert 'raise RuntimeError("a bug in a plugin")' in failed[27].error["traceback"]
    assert "in do_harm" in failed[9].error["traceback"]  # where Python was at the segfault
    logs = {file.stem: file.read_text() for file in (store.path / "logs").iterdir()}
    assert set(logs) == {result.trial.id for result in failed.values()}
    for seed, result in failed.items():
        assert f"about to {HARM[seed]}" in logs[result.trial.id]


def test_no_process_is_left(hurt):
    assert soon(lambda: not marked(hurt[0])), marked(hurt[0])


def test_the_runner_s_memory_is_flat(hurt):
    *_, sizes = hurt
    first, last = sizes[len(sizes) // 4], sizes[-1]
    assert len(sizes) > 10
    assert last - first < 10 * 2**20


@pytest.fixture(scope="module")
def fresh():
    """A process that has imported nothing yet. This one may have run TensorFlow, and is then no
    longer safe to fork."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        with mock.patch.dict(os.environ, {"CUDA_VISIBLE_DEVICES": ""}):
            pool.submit(os.getpid).result(120)  # now it is there
        yield pool


def prepared() -> bool:
    """True where a slot, once it is prepared, forks its children."""
    from bench.runner import slot

    slot.prepare()
    return machine.forkable()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="Linux forks, others spawn")
def test_a_slot_forks(fresh):
    assert fresh.submit(prepared).result(120) is True


def test_forked_or_spawned_or_not_isolated_a_trial_gives_equal_bits(tmp_path, fresh):
    from bench import grid
    from bench.gan.training.train import fit

    toml = write(tmp_path, 3)
    forked, spawned = (fresh.submit(isolated, toml, how).result(120) for how in (True, False))
    here = [fit(trial).result for trial in grid.load(toml).trials]
    assert len({str(result.curves) for result in here}) == 3  # seeds do differ
    assert forked == spawned == [(r.trial.id, r.curves, r.signals) for r in here]


def isolated(toml: Path, fork: bool) -> list[tuple]:
    """What the children of a slot give, forked or spawned."""
    from bench import grid
    from bench.runner import slot
    from bench.runner.messages import Setup

    assert prepared()
    sweep, kept = grid.load(toml), []
    setup = Setup(sweep.plugins, portable=True)  # as in this process, which has chosen already
    with mock.patch.object(machine, "forkable", return_value=fork):
        assert slot.work(sweep.trials, setup, Desk(kept)) == 3
    return [(e.result.trial.id, e.result.curves, e.result.signals) for e in kept]


class Desk:
    """Keeps finished trials in a list."""

    def __init__(self, finished):
        self.finished = finished

    def keep(self, finished):
        self.finished.append(finished)

    def show(self, trial, at, left):
        pass

    def abandoned(self):
        return False


def test_a_process_that_leaves_without_a_word(hurt):
    _, code, out, _ = hurt
    assert code == 3
    assert "ended with code 7" in out
    assert all(f"{n}/30" in out for n in range(1, 31))  # each is told, and so are those after it


def test_a_killed_slot_costs_nothing_but_time(tmp_path):
    toml = write(tmp_path, 6, pause=0.3)
    process = start(toml, "-j", "2")
    store = Store(tmp_path / "results/small")
    assert soon(lambda: len(store.ids()) >= 2)
    slots = [int(file.stem) for file in (store.path / "running").glob("[!.]*.json")]
    os.kill(slots[0], signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, ""), out
    assert len(store.ids()) == 6
    assert out.count(": completed") == 6


def test_event_files_of_children_are_read_by_tensorflow_s_own_reader(hurt):
    """Of trials that came through beside those that took their process with them."""
    import tensorflow as tf

    store = Store(hurt[0] / "results/small")
    completed = [result for result in store if result.status == "completed"]
    for result in completed:
        trial = result.trial
        run = f"tensorboard/tiny.ns.seed{trial.seed}.{trial.id[:8]}"
        (file,) = store.path.glob(f"{run}/events*")
        first, *events = tf.compat.v1.train.summary_iterator(str(file))
        assert first.file_version == "brain.Event:2"
        points = [(e.step, {v.tag: v.simple_value for v in e.summary.value}) for e in events]
        assert [step for step, _ in points] == result.curves["step"]
        assert [values["q"] for _, values in points] == pytest.approx(result.curves["q"], rel=1e-6)
    assert len({str(result.curves["q"]) for result in completed}) > 1
