"""A real Dask cluster of two worker processes: killed in part, killed whole, and never hung on."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter

import pytest

from bench.store import Store
from tests.runner.sweeps import MARK, marked, soon, start, sweep, write

pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec("distributed"), reason='needs pip install ".[dask]"'
)


class Cluster:
    """A scheduler and two workers on this machine, each in a process of its own."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.address = folder, f"tcp://127.0.0.1:{self.port}"
        self.processes: list[subprocess.Popen] = []

    def start(self):
        self.run("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        for _ in range(2):
            self.worker()

    def worker(self):
        options = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder))
        self.run("worker", self.address, *options)

    def run(self, what, *options):
        (self.folder / "elsewhere").mkdir(exist_ok=True)
        command = [sys.executable, "-m", "dask", what, *options]
        environment = os.environ | {MARK: str(self.folder)}
        log = open(self.folder / "log", "a")  # noqa: SIM115
        self.processes.append(
            subprocess.Popen(
                command,
                cwd=self.folder / "elsewhere",
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        )
        log.close()

    def kill(self, *which):
        """Kill some of the processes with all that they have started (a worker's nanny as well)."""
        for process in [self.processes[i] for i in which] or self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    cluster.start()
    yield cluster
    for process in cluster.processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def failures(store):
    return {r.trial.seed: str(r.status) for r in store if r.status.failed}


def test_a_killed_worker_loses_the_trial_in_flight_alone(cluster, tmp_path):
    cluster.kill(2)  # one thread: the first batch is half of the trials
    begun = tmp_path / "begun"
    notes = {seed: f"note {begun} {seed}" for seed in range(12)}
    harm = notes | {7: "segfault", 10: "raise"}
    process = start(write(tmp_path, 12, pause=0.3, harm=harm), "--scheduler", cluster.address)
    store = Store(tmp_path / "results/small")
    assert soon(lambda: len(store.ids()) >= 3 or process.poll() is not None, 120)
    stored = {id: store.raw(id) for id in store.ids()}
    assert len(stored) < 6  # they do not wait for the end of their batch
    cluster.kill(1)
    cluster.worker()
    out, err = process.communicate(timeout=180)
    assert (process.returncode, err) == (3, ""), out
    assert stored.items() <= {id: store.raw(id) for id in store.ids()}.items()
    assert failures(store) == {7: "crashed", 10: "crashed"}
    assert out.count(": completed") == 10
    times = Counter(begun.read_text().split())
    assert set(times) == {str(seed) for seed in range(12) if seed not in (7, 10)}
    assert times.total() <= 11, times


@pytest.mark.slow
def test_all_killed_and_the_cluster_restarted(cluster, tmp_path):
    toml = write(tmp_path, 8, pause=0.5)
    process = start(toml, "--scheduler", cluster.address, "--patience", "60s")
    store = Store(tmp_path / "results/small")
    assert soon(lambda: store.ids() or process.poll() is not None, 120)
    cluster.kill()
    before = len(store.ids())
    assert soon(lambda: len(marked(cluster.folder)) == 0, 20)  # no nursery outlives its worker
    cluster.start()
    out, err = process.communicate(timeout=180)
    assert (process.returncode, err) == (0, ""), out
    assert before < len(store.ids()) == 8


@pytest.mark.slow
def test_a_cluster_that_does_not_come_back(cluster, tmp_path):
    toml = write(tmp_path, 8, pause=0.5)
    process = start(toml, "--scheduler", cluster.address, "--patience", "5s")
    store = Store(tmp_path / "results/small")
    assert soon(lambda: store.ids() or process.poll() is not None, 120)
    cluster.kill()
    out, err = process.communicate(timeout=90)
    assert process.returncode == 3
    assert "run the same command again" in out
    assert err == ""
    stored = len(store.ids())
    assert 0 < stored < 8
    _, out, _ = sweep(toml, "-n")
    assert f"{8 - stored} trials to train" in out


def test_a_killed_runner_leaves_no_child_on_the_workers(cluster, tmp_path):
    toml = write(tmp_path, 4, pause=600.0)
    process = start(toml, "--scheduler", cluster.address)
    assert soon(lambda: nurseries(cluster) == 2, 60)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert soon(lambda: nurseries(cluster) == 0, 60)


def nurseries(cluster):
    found = 0
    for pid in marked(cluster.folder):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/cmdline", "rb") as file:
            found += b"bench.runner.nursery" in file.read()
    return found


def test_no_scheduler_at_all(tmp_path):
    begin = time.monotonic()
    code, out, _ = sweep(write(tmp_path, 2), "--scheduler", "tcp://127.0.0.1:9", "--patience", "2s")
    assert code == 3
    assert "no Dask scheduler at tcp://127.0.0.1:9" in out
    assert time.monotonic() - begin < 60
