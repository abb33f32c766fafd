"""replay, merge, status and TensorBoard's files, on results that real sweeps have stored."""

from __future__ import annotations

import json
import os
import re
import struct

import pytest

from bench import merge, replay, status
from bench.store import Store
from bench.sweep import main
from bench.trial import Method, Result, Status, Trial
from tests import here
from tests.runner.sweeps import write


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    done = here.sweep(write(folder, 3), "--tensorboard")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return folder / "results/small"


def test_replay_finds_equal_bits(stored, tmp_path):
    id = min(Store(stored).ids())
    code, out, err = replay_of(stored, id[:8], "--verify")
    assert (code, err) == (0, "")
    assert "equal bit for bit" in out


def test_replay_finds_one_unequal_bit(stored, tmp_path):
    result = next(iter(Store(stored)))
    values = result.signals["loss_d"]
    signals = {**result.signals, "loss_d": [values[0] * (1 + 1.2e-7), *values[1:]]}
    changed = Store(tmp_path / "changed").create()
    changed.write(Result(**{**vars(result), "signals": signals}))
    for digest, (name, source) in Store(stored).plugins().items():
        changed.write_plugin(str(name), digest, source)
    code, out, _ = replay_of(changed.path, result.trial.id, "--verify")
    assert code == 3
    assert "signals loss_d[0]: " in out


def test_submit_trains_some_of_them_again_and_says_what_lacks(stored):
    code, out, err = replay_of(stored, "--trials", "2", "--seed", "5", module="submit")
    assert (code, err) == (3, "")
    lines = out.splitlines()
    assert len([line for line in lines if re.search(r"^trained .*: equal bit for bit$", line)]) == 2
    assert lines[-1] == "verified: 2 trials trained again, equal bit for bit"
    assert "controls    LACKS tiny has no positive control" in out
    assert "files       parts.py" in lines


def replay_of(folder, *options, module="replay"):
    from tests.runner.sweeps import start

    process = start(folder, *options, module=module)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_replay_of_what_is_not_there(stored, capsys):
    assert replay.main([str(stored), "zzz"]) == 2
    assert "no trial zzz; one of 3 is" in capsys.readouterr().err
    with pytest.raises(replay.NoTrial, match="begins 3 ids"):
        replay._find(Store(stored), "")
    with pytest.raises(SystemExit) as end:
        replay.main([str(stored), ""])
    assert (end.value.code, capsys.readouterr().err.count("\n")) == (2, 1)


def test_event_files_hold_the_curves(stored):
    from bench.gan.backend import tf

    for result in Store(stored):
        trial = result.trial
        (file,) = stored.glob(f"tensorboard/tiny.ns.seed{trial.seed}.{trial.id[:8]}/events*")
        events = [tf.compat.v1.Event.FromString(r) for r in records(file)]
        assert events[0].file_version == "brain.Event:2"
        points = [(e.step, {v.tag: v.simple_value for v in e.summary.value}) for e in events[1:]]
        assert [step for step, _ in points] == result.curves["step"]
        for i, (_, values) in enumerate(points):
            assert values["q"] == pytest.approx(result.curves["q"][i], rel=1e-6)
            assert {"loss_g", "loss_d", "modes"} <= set(values)


def records(file):
    """TFRecord: length, its checksum, content, its checksum."""
    data = file.read_bytes()
    while data:
        (size,) = struct.unpack("<Q", data[:8])
        yield data[12 : 12 + size]
        data = data[16 + size :]


def test_status_as_json(stored, capsys):
    assert status.main([str(stored), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["planned"], record["stored"], record["runner"]) == (3, 3, None)
    assert record["statuses"] == {"completed": 3}
    assert status.main([str(stored)]) == 0
    assert ": 3 trials stored, 3 asked for, " in capsys.readouterr().out
    assert status.main([str(stored / "none")]) == 2


def test_the_plan_as_json(stored, capsys):
    toml = str(stored.parent.parent / "small.toml")
    options = ["-n", "--json", "--results", str(stored.parent), "-S", 'sweep.seeds="0..4"']
    assert main([toml, *options]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["trials"], record["stored"], record["todo"]) == (5, 3, 2)
    (share,) = record["shares"]
    assert (share["task"], share["method"], share["todo"]) == ("tiny", "ns", 2)
    assert record["price_from"] == {str(stored): 3}
    spent = [result.facts["phases"] for result in Store(stored)]
    train = sum(each["train"] for each in spent) / 3
    low, high = record["range"]
    assert low < record["seconds"] < high == pytest.approx(1.25 * record["seconds"])
    assert 2 * train < share["seconds"] < 2 * train + 2 * max(r.seconds for r in Store(stored)) + 1
    assert record["detectable"] == []  # one method: nothing to compare
    assert main([toml, "--json"]) == 2


ESCAPE = re.compile("\x1b\\[[0-9;]*m")


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours(stored, monkeypatch, capsys, environment, coloured):
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    status.main([str(stored)])
    out = capsys.readouterr().out
    assert bool(re.search("\x1b\\[[0-9;]*3[0-9]m", out)) is coloured
    assert "\x1b" not in ESCAPE.sub("", out)


def result(seed: int, value: float = 1.0, status: Status = Status.COMPLETED) -> Result:
    return Result(Trial("ring8", Method("ns"), seed, 10), status, {"step": [10], "q": [value]})


def folder(path, *results):
    store = Store(path).create()
    for each in results:
        store.write(each)
    return store


def test_merge(tmp_path, capsys):
    a = folder(tmp_path / "a", result(0), result(1), result(2, status=Status.CRASHED))
    b = folder(tmp_path / "b", result(1), result(2), result(3, status=Status.TIMEOUT))
    assert merge.main([str(a.path), str(b.path)]) == 0
    assert {r.trial.seed: str(r.status) for r in b} == {
        0: "completed",
        1: "completed",
        2: "completed",  # what failed elsewhere replaces nothing
        3: "timeout",
    }
    assert merge.main([str(b.path), str(a.path)]) == 0
    assert {r.trial.seed: str(r.status) for r in a} == {r.trial.seed: str(r.status) for r in b}
    assert "2 trials added" in capsys.readouterr().out


def test_merge_reports_unequal_curves(tmp_path, capsys):
    a, b = folder(tmp_path / "a", result(0, 0.25)), folder(tmp_path / "b", result(0, 0.5))
    assert merge.main([str(a.path), str(b.path)]) == 3
    assert "(ring8 ns seed 0): curves q[0]: 0.5 stored, 0.25 now" in capsys.readouterr().out
    assert next(iter(b)).curves["q"] == [0.5]


def test_merge_five_thousand(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # a minute of waiting for the disk
    a = folder(tmp_path / "a", *(result(seed) for seed in range(3000)))
    b = folder(tmp_path / "b", *(result(seed) for seed in range(2500, 5000)))
    assert merge.main([str(a.path), str(b.path)]) == 0
    assert len(b.ids()) == 5000
    copied = folder(tmp_path / "c")
    for store in (a, b):
        for file in (store.path / "trials").iterdir():
            (copied.path / "trials" / file.name).write_bytes(file.read_bytes())
    assert list(copied) == list(b)


def test_merge_of_nothing(tmp_path, capsys):
    a = folder(tmp_path / "a", result(0))
    assert merge.main([str(a.path), f"{tmp_path}/a/../a"]) == 2
    assert "into itself" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        merge.main([str(a.path)])
    assert merge.main([str(tmp_path / "none"), str(tmp_path / "b")]) == 2
    assert not (tmp_path / "b").exists()
