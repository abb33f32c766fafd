"""What a folder has is not lost: by a merge, by a full disk, or by the order of the writes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bench import merge
from bench.runner.local import keep
from bench.runner.messages import Finished
from bench.store import Store, StoreError
from bench.trial import Method, Result, Status, Trial


def result(seed: int, status: Status = Status.COMPLETED) -> Result:
    trial = Trial("ring8", Method("ns"), seed, 10)
    return Result(trial, status, {"step": [10], "q": [0.5]}, facts={"real": "ring8-abc"})


def folder(path: Path, seed: int, own: str) -> Store:
    """A folder with one trial, and with files of its own, of which `own` is the content."""
    store = Store(path).create()
    store.write(result(seed), {"fake": np.full(2, seed)})
    store.write_log(result(seed).trial.id, own.encode())
    for name in ("sweep.toml", "provenance.json"):
        store.write_text(name, own)
    store.write_plugin("both.py", "d1", own.encode())
    store.write_real("both", {"real": np.array([seed, 7])})
    return store


SHARED = ("sweep.toml", "provenance.json", "plugins/d1-both.py", "real/both.npz")


def test_a_merge_keeps_what_its_target_has(tmp_path):
    into, source = folder(tmp_path / "into", 0, "mine"), folder(tmp_path / "from", 1, "theirs")
    before = {name: (into.path / name).read_bytes() for name in SHARED}
    assert merge.main([str(source.path), str(into.path)]) == 0
    assert {name: (into.path / name).read_bytes() for name in SHARED} == before
    assert into.ids() == {result(0).trial.id, result(1).trial.id}


def test_a_merge_takes_along_what_its_target_lacks(tmp_path):
    into, source = folder(tmp_path / "into", 0, "mine"), folder(tmp_path / "from", 1, "theirs")
    source.write_plugin("more.py", "d2", b"other")
    source.write_real("more", {"real": np.arange(3)})
    (into.path / "sweep.toml").unlink()
    assert merge.main([str(source.path), str(into.path)]) == 0
    assert (into.path / "sweep.toml").read_text() == "theirs"
    assert (into.path / "provenance.json").read_text() == "mine"
    assert into.plugins()["d2"] == (Path("more.py"), b"other")
    np.testing.assert_array_equal(into.real("more")["real"], [0, 1, 2])
    id = result(1).trial.id
    np.testing.assert_array_equal(into.samples(id)["fake"], [1, 1])
    assert (into.path / f"logs/{id}.log").read_text() == "theirs"


def test_a_trial_of_both_keeps_its_samples_and_its_log(tmp_path):
    into, source = folder(tmp_path / "into", 1, "mine"), folder(tmp_path / "from", 1, "theirs")
    source.write_samples(result(1).trial.id, {"fake": np.zeros(2)})
    assert merge.main([str(source.path), str(into.path)]) == 0
    np.testing.assert_array_equal(into.samples(result(1).trial.id)["fake"], [1, 1])
    assert (into.path / f"logs/{result(1).trial.id}.log").read_text() == "mine"


@pytest.fixture
def written(monkeypatch) -> list[str]:
    """The files that were put in place, in their order."""
    names, replace = [], os.replace

    def told(source, target):
        replace(source, target)
        names.append("/".join(Path(target).parts[-2:]))

    monkeypatch.setattr(os, "replace", told)
    return names


ID = result(4).trial.id
ALL = [f"logs/{ID}.log", "real/ring8-abc.npz", f"samples/{ID}.npz", f"trials/{ID}.json"]


def test_a_trial_counts_when_all_of_it_is_there(tmp_path, written):
    """Its JSON is the last: whoever is killed in between has no trial, not half of one."""
    store = Store(tmp_path).create()
    store.write(result(4), {"fake": np.zeros(2)})
    assert written == ALL[2:]
    written.clear()
    arrays = {"fake": np.zeros(2)}, {"real": np.zeros(2)}
    keep(Finished(result(4), *arrays, log=b"said"), store)
    assert written == ALL
    written.clear()
    assert merge.main([str(tmp_path), str(tmp_path / "other")]) == 0
    assert [name for name in written if ID in name] == [ALL[2], ALL[0], ALL[3]]


def test_samples_that_cannot_be_written_leave_no_trial(tmp_path, monkeypatch):
    store, replace = Store(tmp_path).create(), os.replace

    def full(source, target):
        if Path(target).suffix == ".npz":
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StoreError, match=r"cannot write .*npz: No space left") as caught:
        store.write(result(4), {"fake": np.zeros(2)})
    assert caught.value.full
    assert store.ids() == set()
