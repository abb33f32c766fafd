"""A race of real processes that is killed (SIGKILL) again and again decides as one left alone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from bench.store import Store
from bench.store.kept import races
from tests.runner.sweeps import marked, soon, start, sweep

COIN = '''
import time

import numpy as np


def train(run, *, good=5):
    """Gives back the real points it was shown for `good` of ten seeds, and one of them for the
    others."""
    won = (run.seed + 1) * good // 10 > run.seed * good // 10
    rng, seen = np.random.default_rng(run.seed), []
    run.sampler(lambda n: np.concatenate(seen)[rng.integers(len(seen) * len(seen[0]), size=n)])
    for real in run.batches():
        time.sleep(0.005)
        seen[:] = [*seen, real][-8:] if won else [real[:1]]
        run.log(loss_g=0.7, loss_d=1.4)
'''

TOML = """
[sweep]
tasks = ["ring8"]
steps = 40
evaluations = 20

[race]
baseline = "coin1"
looks = [4, 8, 12]
least = 0.8

[[method]]
name = "coin1"
trainer = "coin.py:train"
grid.train.good = 1
[[method]]
name = "coin10"
trainer = "coin.py:train"
grid.train.good = 10
[[method]]
name = "coin2"
trainer = "coin.py:train"
grid.train.good = 2
"""


def write(folder: Path) -> Path:
    folder.mkdir()
    (folder / "coin.py").write_text(COIN)
    (folder / "small.toml").write_text(TOML)
    return folder / "small.toml"


def killed_again_and_again(tmp_path: Path, times: int) -> None:
    alone, toml = write(tmp_path / "alone"), write(tmp_path / "killed")
    code, out, err = sweep(alone, "-j", "2", timeout=600)
    assert (code, err) == (0, ""), out
    expected = races.read(alone.parent / "results/small")
    assert [state.ended for state in expected.states] == ["better", "futile"]
    rng, store = random.Random(times), Store(toml.parent / "results/small")
    for i in range(times):
        process = start(toml, "-j", "2", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if i % 3 < 2:
            before = len(store.ids())
            soon(lambda n=before, of=process: len(store.ids()) > n or of.poll() is not None, 90)
        time.sleep(rng.uniform(0.0, 1.5))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert soon(lambda: not marked(toml.parent), 10), "orphans"
        kept = races.read(store.path)
        if kept:  # a look that was taken stands as it was taken
            for course, whole in zip(kept.courses, expected.courses, strict=True):
                for pair, tables in course.counts.items():
                    assert tables == whole.counts[pair][: len(tables)]
    code, out, _ = sweep(toml, "-j", "2", timeout=600)
    assert code == 0, out
    found = races.read(store.path)
    assert (found.race, found.states) == (expected.race, expected.states)
    assert [c.counts for c in found.courses] == [c.counts for c in expected.courses]
    assert len(store.ids()) == len(Store(alone.parent / "results/small").ids())


def test_a_race_that_is_killed_goes_on(tmp_path):
    killed_again_and_again(tmp_path, 1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_race_that_is_killed_ten_times_goes_on(tmp_path):
    killed_again_and_again(tmp_path, 10)
