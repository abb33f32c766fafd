"""What `bench.status` tells of a sweep that runs, that was killed, and of trials that failed."""

from __future__ import annotations

import json
import os
import time

import pytest

from bench import status
from bench.runner import Now
from bench.runner.phases import At, Phase
from bench.store import Store, asked, running
from bench.store.lock import lock
from bench.trial import Method, Result, Status, Trial


def trial(seed: int, method: str = "ns") -> Trial:
    return Trial("ring8", Method(method), seed, 5000)


def failed(seed: int, method: str, message: str = "no\nat all", **more) -> Result:
    error = {"type": "ValueError", "message": message, "traceback": "50 lines\n" * 50}
    return Result(trial(seed, method), Status.CRASHED, error=error, seconds=2.0)


@pytest.fixture
def store(tmp_path):
    """Three trials of "ns" that completed, and one of "r1" that crashed and has a log."""
    store = Store(tmp_path / "x").create()
    for seed in range(3):
        store.write(Result(trial(seed), Status.COMPLETED, seconds=10.0))
    crashed = failed(0, "r1")
    store.write(crashed)
    store.write_log(crashed.trial.id, b"printed")
    slots = [
        ("11", trial(7), At(Phase.TRAINING, 1200)),
        ("12", trial(8), At(Phase.COMPILING)),
        ("13", trial(9), At(Phase.WAITING)),
    ]
    for slot, own, at in slots:
        now = Now(slot, own.id, own.label, own.steps, time.time() - 65, at)
        store.write_now(slot, now.record())
    counts = {
        "todo": 12,
        "done": 4,
        "elapsed": 65.0,
        "left": 200.0,
        "ended": {"ns": {"stalled": 3}},
    }
    running.write_sweep(store.path, {"time": time.time() - 20, **counts})
    return store


def told(store, capsys) -> str:
    assert status.main([str(store.path)]) == 0
    return capsys.readouterr().out


def test_a_running_sweep(store, capsys):
    with lock(store.path):
        out = told(store, capsys)
    assert "ring8 ns seed 7  step 1,200 of 5,000  1 min 5 s" in out
    assert "ring8 ns seed 8  compiling            1 min 5 s" in out
    assert "seed 9" not in out
    assert "2 slots" in out
    assert "4/12 trials of this run, 1 min 5 s elapsed, about 3 min left" in out
    assert "as it said" not in out


def test_a_word_that_is_old_is_said_to_be(store, capsys):
    counts = {"todo": 12, "done": 4, "elapsed": 65.0, "left": None, "ended": {}}
    running.write_sweep(store.path, {"time": time.time() - 300, **counts})
    with lock(store.path):
        out = told(store, capsys)
    assert "time left not known yet (as it said 5 min 0 s ago)" in out


def test_a_killed_sweep_is_not_shown_as_running(store, capsys):
    """Its records are still there; its lock is not."""
    out = told(store, capsys)
    assert "no sweep is running" in out
    assert "seed 7" not in out
    assert "left" not in out
    record = status.status(store.path)
    assert (record["runner"], record["running"], record["sweep"]) == (None, [], None)


def test_a_failed_trial_has_its_id_its_message_and_its_log(store, capsys):
    out, id = told(store, capsys), failed(0, "r1").trial.id
    assert f"{id} ring8 r1 seed 0: crashed: ValueError: no\n" in out
    assert f"  log: {store.path}/logs/{id}.log\n" in out
    assert "at all" not in out
    assert out.splitlines()[3].split() == ["method", "completed", "crashed"]
    assert [line.split() for line in out.splitlines()[4:6]] == [["r1", "0", "1"], ["ns", "3", "0"]]


def test_many_failures_and_methods_are_counted_and_json_has_all(store, capsys):
    for i in range(14):
        store.write(failed(i, f"m{i:02}", message=f"number {i}"))
    out = told(store, capsys)
    assert out.count("log: ") == status.SHOWN
    assert "and 5 other trials that failed (--json lists all)" in out
    assert "6 other methods" in out
    assert status.main([str(store.path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert len(record["failures"]) == 15
    assert record["methods"]["m03"] == {"crashed": 1}
    assert record["methods"]["ns"] == {"completed": 3}
    (own,) = (failure for failure in record["failures"] if failure["trial"] == "ring8 m03 seed 3")
    assert own["error"] == "ValueError: number 3"
    assert own["log"].endswith(f"trials/{own['id']}.json")  # nothing was printed


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda file: file.mkdir(), "a directory"),
        (lambda file: file.symlink_to("gone.toml"), "a link to nothing"),
        (os.mkfifo, "a pipe"),
        (lambda file: file.write_bytes(b'a = "\xff"'), "'utf-8' codec can't decode"),
        (lambda file: file.write_text("[sweep\nseeds = 3"), "Expected ']'"),
    ],
    ids=["folder", "broken link", "pipe", "no UTF-8", "no TOML"],
)
def test_a_sweep_that_cannot_be_read_is_said(store, capsys, damage, why):
    store.write_text("sweep.toml", "[sweep]\n")
    asked.write(store.path, "[sweep]\n", [], [], store.ids())
    assert status.status(store.path)["unreadable"] is None
    (store.path / "sweep.toml").unlink()
    assert status.status(store.path)["unreadable"] is None  # without one there is nothing to read
    damage(store.path / "sweep.toml")
    assert status.main([str(store.path)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "sweep.toml cannot be read (" in out
    assert why in out
    assert "make it readable, or copy the file of the sweep there again" in out
    assert "edited since" not in out
    record = status.status(store.path)
    assert record["unreadable"]
    assert (record["stored"], record["edited"]) == (4, False)
