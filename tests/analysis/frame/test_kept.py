"""What was read of many trials is kept by the content of their files, and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bench
from bench import merge, pack
from bench import report as report_command
from bench.analysis import frame
from bench.analysis.frame import kept, reading
from bench.status import status
from bench.store import Store, archive, listing
from bench.store.encoding import encode
from bench.store.kept import beside
from tests import many

WANTED = {"curves": ("q", "radius"), "signals": ("loss_d",)}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Trials of all kinds: failed ones, some without samples, methods with other parts."""
    return many.make(tmp_path_factory.mktemp("stored") / "many", 60, methods=4, tasks=2, sampled=2)


@pytest.fixture
def folder(stored, tmp_path, monkeypatch):
    monkeypatch.setattr(beside, "LEAST", 20)
    shutil.copytree(stored, tmp_path / "many")
    return tmp_path / "many"


@pytest.fixture
def packed(folder):
    """The same trials in one file."""
    store = Store(folder)
    archive.write(folder, [store.raw(id) for id in sorted(store.ids())])
    shutil.rmtree(folder / "trials")
    return folder


@pytest.fixture
def reads(monkeypatch):
    """How many trials are parsed."""
    counts, plain = [], reading._extracts
    monkeypatch.setattr(reading, "_extracts", lambda f, *a: counts.append(len(f)) or plain(f, *a))
    return counts


def identical(one: frame.Data, other: frame.Data) -> None:
    for name in ("trials", "curves", "signals"):
        a, b = getattr(one, name), getattr(other, name)
        pd.testing.assert_frame_equal(a, b, check_exact=True, check_column_type=True)
        assert a.attrs == b.attrs
        for column in a:
            if a[column].dtype.kind == "f":
                assert a[column].to_numpy().tobytes() == b[column].to_numpy().tobytes(), column
            elif a[column].dtype == object:
                assert list(map(repr, a[column])) == list(map(repr, b[column])), column
    rest = set(one.__dataclass_fields__) - {"trials", "curves", "signals"}
    assert {n: getattr(one, n) for n in rest} == {n: getattr(other, n) for n in rest}


@pytest.mark.parametrize("place", ["folder", "packed"])
def test_the_frame_is_the_same_bit_for_bit(place, request, reads):
    folder = request.getfixturevalue(place)
    first, second = frame.read(folder, **WANTED), frame.read(folder, **WANTED)
    assert reads == [60]
    with beside.used(False):
        third = frame.read(folder, **WANTED)
    assert reads == [60, 60]
    identical(first, second)
    identical(first, third)
    others = frame.read(folder, curves=("modes",))  # they are kept under a name of their own
    assert set(others.curves["metric"]) == {"modes"}
    assert others.signals.empty


def test_an_edited_file_is_never_missed(folder, reads):
    """Not even one of the same size, with the same times, in place."""
    before = bench.load(folder)
    file = folder / "trials" / f"{before['id'][7]}.json"
    stat, text = file.stat(), file.read_text()
    told = str(json.loads(text)["seconds"])
    with open(file, "r+") as stream:
        stream.write(text.replace(f'"seconds":{told}', f'"seconds":{told[:-1]}7', 1))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file.stat().st_size == stat.st_size
    after = bench.load(folder)
    changed = before["id"][before["seconds"] != after["seconds"]]
    assert list(changed) == [before["id"][7]]
    assert reads == [60, 60]


def test_an_edited_archive_is_never_missed(packed):
    before = bench.load(packed)
    lines = [archive.read(packed)[id] for id in sorted(before["id"])]
    stat = (packed / archive.NAME).stat()
    archive.write(packed, lines[:-1])
    os.utime(packed / archive.NAME, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert len(bench.load(packed)) == 59


def test_a_trial_more_or_less_is_seen(folder):
    ids = list(bench.load(folder)["id"])
    (folder / "trials" / f"{ids[3]}.json").unlink()
    assert set(bench.load(folder)["id"]) == {*ids} - {ids[3]}


def test_other_code_reads_anew(folder, reads, monkeypatch):
    bench.load(folder)
    monkeypatch.setattr(kept, "_readers", lambda: "another version")
    bench.load(folder)
    assert reads == [60, 60]


@pytest.mark.parametrize("damage", [b"", b"junk", "cut", "flipped", "folder", "pipe"])
def test_a_damaged_one_is_ignored_and_mended(damage, folder, reads):
    first = frame.read(folder, **WANTED)
    (file,) = (folder / beside.FOLDER).glob("frame-*")
    whole = file.read_bytes()
    file.unlink()
    if damage == "folder":
        file.mkdir()
    elif damage == "pipe":
        os.mkfifo(file)
    else:
        flipped = whole[:900] + bytes([whole[900] ^ 4]) + whole[901:]
        file.write_bytes({"cut": whole[:-9], "flipped": flipped}.get(damage, damage))
    identical(first, frame.read(folder, **WANTED))
    assert reads == [60, 60]
    if damage != "folder":
        assert file.read_bytes() == whole


def test_one_of_another_form_is_ignored(folder, reads):
    """As an old version may have left it, whole by its own digest."""
    first = bench.load(folder)
    (file,) = (folder / beside.FOLDER).glob("frame-*")
    for content in (b"", b"PK", np.arange(3).tobytes()):
        beside.keep(folder, file.name, content)
        pd.testing.assert_frame_equal(first, bench.load(folder))
    assert reads == [60] * 4


@pytest.mark.skipif(os.name != "posix", reason="rights of a file")
def test_a_folder_that_cannot_be_written_is_read(folder, monkeypatch, capsys):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert len(bench.load(folder)) == 60
    monkeypatch.undo()
    monkeypatch.setattr(beside, "LEAST", 20)
    (folder / beside.FOLDER).write_text("a file of that name")
    assert len(bench.load(folder)) == 60
    assert (folder / beside.FOLDER).read_text() == "a file of that name"
    assert capsys.readouterr().err == ""


def test_nothing_of_it_counts_as_a_result(folder, tmp_path, capsys):
    before = status(folder)
    bench.load(folder)
    assert status(folder) == before
    assert listing.strangers(folder) == {}
    assert not any(beside.FOLDER in file.parts for file in Store(folder).shared())
    assert pack.main([str(folder), str(tmp_path / "small")]) == 0
    assert merge.main([str(folder), str(tmp_path / "other")]) == 0
    assert not list(tmp_path.glob("small/.cache")) + list(tmp_path.glob("other/.cache"))
    assert (folder / beside.FOLDER / ".gitignore").read_text() == "*\n"
    assert (folder / beside.FOLDER / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f59")
    assert "not count" not in capsys.readouterr().err


def test_it_is_bounded(folder, monkeypatch):
    for i in range(beside.MOST_FILES + 3):
        beside.keep(folder, f"frame-{i}", bytes(100))
        os.utime(folder / beside.FOLDER / f"frame-{i}", ns=(i, i))
    names = {file.name for file in (folder / beside.FOLDER).glob("frame-*")}
    assert len(names) == beside.MOST_FILES
    assert f"frame-{beside.MOST_FILES + 2}" in names
    monkeypatch.setattr(beside, "MOST_BYTES", 1000)
    beside.keep(folder, "frame-large", bytes(2000))
    assert beside.load(folder, "frame-large") is None
    beside.keep(folder, "frame-last", bytes(600))
    assert sum(f.stat().st_size for f in (folder / beside.FOLDER).glob("frame-*")) <= 1000
    assert beside.load(folder, "frame-last") == bytes(600)


def test_few_trials_are_not_kept(folder, monkeypatch):
    monkeypatch.setattr(beside, "LEAST", 61)
    bench.load(folder)
    assert not (folder / beside.FOLDER).exists()


def test_it_can_be_left_out(folder, tmp_path, reads):
    bench.load(folder, cache=False)
    bench.curves(folder, cache=False)
    told = [str(folder), "--no-cache", "--compare", "ns", "ls"]
    assert report_command.main(told) == 0
    assert not (folder / beside.FOLDER).exists()
    assert report_command.main([told[0], *told[2:]]) == 0
    assert (folder / beside.FOLDER).is_dir()
    assert reads == [60] * 4


def test_two_folders_are_kept_with_the_first_by_name(folder, tmp_path, reads):
    other = tmp_path / "second"
    shutil.copytree(folder, other)
    id = sorted(Store(folder).ids())[0]
    (folder / "trials" / f"{id}.json").unlink()
    first, second = frame.read([other, folder]), frame.read([folder, other])
    assert reads == [60]
    identical(first, second)
    assert set(first.trials.loc[first.trials["id"] == id, "sweep"]) == {str(other)}
    assert not (other / beside.FOLDER).exists()


def test_values_that_are_equal_and_no_copies_stay_apart():
    values = [1, True, 1.0, 0.0, -0.0, "1", None, False, float("nan")]
    different, codes = json.loads(json.dumps(kept._coded(values)))
    assert list(map(repr, [different[i] for i in codes])) == list(map(repr, values))


def test_a_trial_that_was_written_while_it_was_read_is_not_kept_under_its_old_name(folder, reads):
    """The name is that of the bytes that were read."""
    store, plain = Store(folder), reading.contents.names
    id = sorted(store.ids())[0]
    seen = plain(folder, [id])
    result = store.read(id)
    (folder / "trials" / f"{id}.json").write_bytes(encode(result) + b" ")
    ((name, _),) = store.named([id])
    assert [name] != seen
    assert [name] == plain(folder, [id])
