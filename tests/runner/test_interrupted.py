"""A sweep that is stopped, killed, doubled or without room loses nothing that had finished."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

import bench
from bench.store import Store
from tests import here
from tests.runner.sweeps import marked, soon, start, sweep, write


def kept(store: Store) -> dict[Path, bytes]:
    """Every trial's file. A file that does not parse fails here."""
    files = {file: file.read_bytes() for file in (store.path / "trials").glob("*.json")}
    for content in files.values():
        json.loads(content)
    return files


def killed_again_and_again(folder: Path, times: int) -> None:
    """Kill the runner at random moments, run again; compare with a sweep that was left alone."""
    rng = random.Random(times)
    toml = write(folder, 3 * times, pause=0.1)
    store, before = Store(folder / "results/small"), dict[Path, bytes]()
    for i in range(times):
        process = start(toml, "-j", "2", stdout=subprocess.DEVNULL)
        if i % 3 == 2:  # perhaps before anything is trained
            time.sleep(rng.uniform(0.0, 4.0))
        else:
            soon(lambda before=before: len(store.ids()) > len(before), 60)
            time.sleep(rng.uniform(0.0, 0.7))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert soon(lambda: not marked(folder), 10), "orphans"
        after = kept(store)
        assert before.items() <= after.items()  # none lost, none trained twice
        before = after
    assert len(before) >= min(times, 2)
    code, _, err = sweep(toml, "-j", "1", timeout=300)
    assert (code, err) == (0, "")
    assert before.items() <= kept(store).items()
    assert not list(store.path.rglob(".tmp-*"))
    alone = here.alone(toml, folder / "alone/small")
    assert alone.ids() == store.ids()
    frames = [bench.load(each.path) for each in (store, alone)]
    own = ["sweep", "seconds", "cpu_seconds"]
    pd.testing.assert_frame_equal(*(frame.drop(columns=own) for frame in frames))


def test_killed_at_random_moments(tmp_path):
    killed_again_and_again(tmp_path, 2)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_thirty_random_moments(tmp_path):
    killed_again_and_again(tmp_path, 30)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_sweep_and_says_how_to_go_on(tmp_path, number, code):
    toml = write(tmp_path, 6, pause=0.5)
    process = start(toml, "-j", "2")
    store = Store(tmp_path / "results/small")
    assert soon(store.ids)
    # the terminal sends SIGINT to every process; kill and batch systems mostly to one
    os.killpg(process.pid, number) if number == signal.SIGINT else os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "run the same command again" in out
    assert "next: python -m bench.report" in out
    assert err == ""
    assert 1 <= len(store.ids()) < 6
    assert soon(lambda: not marked(tmp_path), 10)


STUCK = """
from pathlib import Path

from bench.runner.local import LocalPool


def close(self):
    Path("stopping").touch()
    time.sleep(600)


LocalPool.close = close
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_stops_at_once(tmp_path, number, code):
    toml = write(tmp_path, 2, pause=600.0)
    parts = tmp_path / "parts.py"
    parts.write_text(parts.read_text() + STUCK)  # what the first signal begins takes ten minutes
    process = start(toml, "-j", "2")
    store = Store(tmp_path / "results/small")
    assert soon(lambda: len(store.now()) == 2)
    slots = [now["slot"] for now in store.now()]
    os.kill(process.pid, number)
    assert soon((tmp_path / "stopping").exists)
    assert all(int(slot) in marked(tmp_path) for slot in slots)  # still at work
    os.kill(process.pid, number)
    process.communicate(timeout=20)
    assert process.returncode == code
    assert soon(lambda: not marked(tmp_path), 10)


def test_a_signal_while_planning(tmp_path):
    toml = write(tmp_path, 2)
    parts = tmp_path / "parts.py"
    parts.write_text(parts.read_text() + 'open("planning", "w")\ntime.sleep(600)\n')
    process = start(toml)
    assert soon((tmp_path / "planning").exists)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")
    assert not (tmp_path / "results").exists()


def test_two_runners_on_one_folder(tmp_path):
    toml = write(tmp_path, 2, pause=2.0)
    first = start(toml, "-j", "1")
    store = Store(tmp_path / "results/small")
    assert soon(store.now)
    code, out, err = sweep(toml)
    assert code == 2
    assert f"in use by another sweep (process {first.pid} on " in err
    assert out == ""
    assert sweep(toml, "--fresh")[0] == 2
    assert sweep(toml, "-n")[0] == 0  # looking is allowed
    _, out, _ = status(store.path)
    assert f"in use by process {first.pid}" in out
    assert "tiny ns seed 0" in out
    out, _ = first.communicate(timeout=60)
    assert first.returncode == 0
    assert out.count(": completed") == 2
    assert "no sweep is running" in status(store.path)[1]


def status(folder: Path, *options: str) -> tuple[int, str, str]:
    process = start(folder, *options, module="status")
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_a_budget_and_too_many_failures(tmp_path):
    toml = write(tmp_path, 30, pause=0.5, harm={0: "raise", 1: "raise"})
    code, out, _ = sweep(toml, "-j", "1", "--max-failures", "2", "--only", "seed=0..9")
    assert (code, "2 trials failed; run the same command again" in out) == (4, True)
    code, out, _ = sweep(toml, "-j", "1", "--budget", "6s")
    assert (code, "the budget of 6 s is used up" in out) == (4, True)
    assert 2 <= len(Store(tmp_path / "results/small").ids()) < 30


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 120 kB, where mounting one is permitted."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=120k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a file system is not permitted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk(tmp_path, small_disk):
    toml = write(tmp_path, 12)
    code, _, err = sweep(toml, "-j", "2", "--results", str(small_disk))
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "No space left on device; run the same command again" in err
    store = Store(small_disk / "small")
    before = kept(store)
    assert 0 < len(before) < 12
    subprocess.run(["mount", "-o", "remount,size=10m", str(small_disk)], check=True)
    code, _, err = sweep(toml, "-j", "1", "--results", str(small_disk))
    assert (code, err) == (0, "")
    assert before.items() <= kept(store).items()
    assert len(store.ids()) == 12
    assert not list(store.path.rglob(".tmp-*"))
