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
    store.write_text("sweep.toml", f'of = "{own}"')
    store.write_text("provenance.json", f'{{"of": "{own}"}}')
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
    assert (into.path / "sweep.toml").read_text() == 'of = "theirs"'
    assert (into.path / "provenance.json").read_text() == '{"of": "mine"}'
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


def test_a_file_is_made_beside_its_place_flushed_and_readable_by_all(tmp_path, monkeypatch):
    """Its rename is then within one file system, and others of the machine may look at it."""
    from bench.store import files

    done, replace, fsync = [], os.replace, os.fsync

    def told(source, target):
        done.append(("rename", Path(source).parent, oct(os.stat(source).st_mode & 0o777)))
        replace(source, target)

    def flushed(descriptor):
        done.append("flush")
        fsync(descriptor)

    monkeypatch.setattr(os, "replace", told)
    monkeypatch.setattr(os, "fsync", flushed)
    files.write(tmp_path / "x", b"1")
    assert done == ["flush", ("rename", tmp_path, "0o644"), "flush"]
    done.clear()
    files.write(tmp_path / "x", b"2", durable=False)
    assert done == [("rename", tmp_path, "0o644")]
    assert (tmp_path / "x").read_bytes() == b"2"


def test_an_archive_that_has_changed_is_read_again(tmp_path):
    from bench.store import archive

    first, second = "aa" * 8, "bb" * 8
    lines = [f'{{"schema":1,"id":"{id}"}}'.encode() for id in (first, second)]
    archive.write(tmp_path, lines[:1])
    assert set(archive.read(tmp_path)) == {first}
    archive.write(tmp_path, lines)
    assert set(archive.read(tmp_path)) == {first, second}
    assert archive.read(tmp_path) is archive.read(tmp_path)  # kept while it is the same


def test_a_trial_that_is_nowhere_is_said_to_be(tmp_path):
    store = folder(tmp_path / "x", 1, "")
    with pytest.raises(FileNotFoundError):
        store.raw(result(2).trial.id)
    with pytest.raises(StoreError, match="not a result of this program"):
        store.read(result(2).trial.id)


def test_a_cache_of_another_shape_is_made_again(tmp_path, monkeypatch):
    from bench.store import cache

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for stored in ([1, 2], {"a": 1}, 3, "x", {"b": {}}):
        cache.keep("name", stored)
        found = cache.cached("name", lambda: {"b": {"c": 7}}, lambda kept: kept["b"]["c"])
        assert found == {"b": {"c": 7}}
        assert cache.cached("name", lambda: None, lambda kept: kept["b"]["c"]) == 7


def test_nine_digits_keep_every_float32(tmp_path):
    """And not all of a float64: what is stored is compared as it is stored."""
    store = Store(tmp_path).create()
    values = np.random.default_rng(0).normal(size=200).astype(np.float32) * 1e-3
    made = result(5)
    store.write(Result(made.trial, made.status, {"q": values.astype(float).tolist()}))
    found = np.array(store.read(made.trial.id).curves["q"]).astype(np.float32)
    np.testing.assert_array_equal(found, values)


def test_a_disk_is_full_only_where_the_system_says_so():
    from bench.store.files import StoreError as Wrong

    assert not Wrong("anything").full
    for number, full in ((28, True), (122, True), (13, False), (5, False)):
        told = Wrong.of(Path("x"), OSError(number, "why"))
        assert (str(told), told.full) == ("cannot write x: why", full)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 9, 10, 11, 5000])
def test_the_ends_of_a_file_are_its_first_bytes_and_its_last_two(tmp_path, size):
    from bench.store import files

    content = bytes(i % 251 for i in range(size))
    (tmp_path / "x").write_bytes(content)
    assert files.ends(str(tmp_path / "x"), size=10) == (content[:10], content[-2:])


def test_what_killed_slots_and_writers_have_left_is_tidied(tmp_path):
    store = folder(tmp_path / "x", 1, "mine")
    store.write_now("7", {"slot": "7", "id": "a"})
    store.write_now("8", {"slot": "8", "id": "b"})
    assert [each["id"] for each in store.now()] == ["a", "b"]
    left = [store.path / ".tmp-1", store.path / "trials/.tmp-2", store.path / "running/.tmp-3"]
    for file in left:
        file.write_bytes(b"{")
    store.tidy()
    assert store.now() == []
    assert not [file for file in left if file.exists()]
    assert store.ids() == {result(1).trial.id}
    assert (store.path / "sweep.toml").read_text() == 'of = "mine"'


def test_a_failed_trial_replaces_nothing(tmp_path):
    """Neither one that was trained nor another failure."""
    into, source = Store(tmp_path / "into").create(), Store(tmp_path / "from").create()
    for seed, own, other in ((0, "completed", "crashed"), (1, "timeout", "crashed")):
        into.write(result(seed, Status(own)))
        source.write(result(seed, Status(other)))
    assert merge.main([str(source.path), str(into.path)]) == 0
    assert {r.trial.seed: str(r.status) for r in into} == {0: "completed", 1: "timeout"}
