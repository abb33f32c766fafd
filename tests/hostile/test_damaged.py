"""Archives and declarations that are damaged or missing; folders that were named in any order."""

from __future__ import annotations

import dataclasses
import json
import lzma

import pandas as pd
import pytest

import bench
from bench import merge, report, status
from bench.analysis.frame.sweeps import asks_gradients, read_sweep
from bench.store import Store, StoreError, archive
from tests.analysis.synthetic import result, write

TOML = """# Which?
[sweep]
tasks = ["ring8"]
gradients = 100

[analysis]
baseline = "ns"
success = "mode_drop"
"""


def made(seeds=range(6)):
    return [result("converged", method=m, seed=s) for m in ("ns", "r1") for s in seeds]


@pytest.fixture
def packed(tmp_path):
    """An archive of twelve trials, and nothing else."""
    whole, folder = Store(write(tmp_path / "whole", made())), tmp_path / "packed"
    folder.mkdir()
    archive.write(folder, [whole.raw(id) for id in sorted(whole.ids())])
    return folder


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_of_an_archive_that_was_cut_off_the_trials_before_the_cut_count(packed, share, capsys):
    file = packed / archive.NAME
    content = file.read_bytes()
    kept = content[: int(share * len(content)) - 8]
    file.write_bytes(kept)
    ids = Store(packed).ids()
    assert 0 < len(ids) <= 12
    assert (len(ids) < 12) == (share < 1.0)  # the last bytes are a checksum
    assert status.main([str(packed)]) == 0
    told = f"trials.xz (it was cut off; {len(ids)} trials before that are read)"
    assert told in capsys.readouterr().err
    assert len(bench.load(packed)) == len(ids)
    assert file.read_bytes() == kept


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"hello", "format not supported"),
        (lzma.compress(b"hello\n" * 10), "no line of it is a trial"),
        (lzma.compress(b"\0" * 100_000_000, preset=0), "it unpacks to something else"),
        (lzma.compress(b"x" * 100)[:-10], "it was cut off"),
    ],
)
def test_an_archive_without_a_trial_is_refused(packed, content, reason, capsys):
    (packed / archive.NAME).write_bytes(content)
    assert status.main([str(packed)]) == 2
    err = capsys.readouterr().err
    assert "trials.xz: not an archive of this program" in err
    assert reason in err
    with pytest.raises(StoreError, match="copy it again from where it came"):
        bench.load(packed)


def test_a_loose_result_comes_before_the_archive_and_a_stranger_does_not(packed, tmp_path):
    store = Store(packed)
    id = min(store.ids())
    before = store.read(id)
    (packed / "trials").mkdir()
    (packed / "trials" / f"{id}.json").write_text("")
    assert store.read(id) == before
    assert store.brief(id).status == before.status
    store.create().write(dataclasses.replace(before, seconds=77.0))
    assert store.read(id).seconds == store.brief(id).seconds == 77.0
    assert len(store.ids()) == 12


WRONG = {
    "cut": TOML[:60],
    "latin": TOML.replace("Which", "Wél").encode("latin-1"),
    "other": "[analysis]\nbaseline = 3\n",
    "table": "analysis = 3\n",
    "method": "method = [1]\n",
    "references": "[[reference]]\nvalue = []\n",
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_report_says_what_it_lacks_without_its_sweep(tmp_path, name, capsys):
    folder = write(tmp_path / "x", made((0, 1)))
    content = WRONG[name]
    (folder / "sweep.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read_sweep(folder)
    assert (found.baseline, found.success) == (None, "converged")
    (fault,) = found.faults
    assert f"{folder}/sweep.toml " in fault
    assert "its question, baseline, references" in fault
    assert asks_gradients(folder) is None
    assert report.main([str(folder), "--compare", "r1", "ns"]) == 0
    assert f"bench.report: {fault}\n" in capsys.readouterr().err


def test_what_is_lacking_stands_on_the_page(tmp_path, monkeypatch):
    from bench.analysis.report import sections
    from bench.analysis.report.contents import collect

    folder = write(tmp_path / "x", made((0, 1)))
    (folder / "provenance.json").write_text("[1]")
    texts = [block.text for block in sections.lead(collect([folder]))]
    assert any("sweep.toml cannot be read (No such file" in text for text in texts)
    assert any("provenance.json cannot be read (it is no table)" in text for text in texts)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"overrides": 3, "planned": "x"}', "\x00"])
def test_a_provenance_of_something_else_is_no_traceback(tmp_path, content):
    folder = write(tmp_path / "x", made((0,)), TOML)
    (folder / "provenance.json").write_text(content)
    assert read_sweep(folder).planned is None
    assert status.status(folder)["planned"] is None
    assert asks_gradients(folder) in (None, True)


@pytest.fixture
def two(tmp_path):
    """The same trials on two machines: some crashed on one, one has other curves."""
    good = made(range(3))
    bad = [result("crashed", method=one.trial.method.name, seed=one.trial.seed) for one in good]
    other = dataclasses.replace(good[5], curves={k: v[::-1] for k, v in good[5].curves.items()})
    crashed = [dataclasses.replace(b, trial=g.trial) for b, g in zip(bad, good, strict=True)]
    a = write(tmp_path / "b_first", [*crashed[:4], good[4], other], TOML)
    b = write(
        tmp_path / "a_second", good, TOML.replace('"ns"', '"r1"').replace("mode_drop", "stalled")
    )
    return a, b, good


def test_the_order_of_folders_decides_nothing(two, capsys):
    a, b, good = two
    one, other = bench.load([a, b]), bench.load([b, a])
    pd.testing.assert_frame_equal(one, other)
    assert (one["status"] == "completed").all()
    line = "1 trial is unequal in two folders, the first by name counts"
    assert capsys.readouterr().err.count(line) == 2
    pd.testing.assert_frame_equal(bench.curves([a, b]), bench.curves([b, a]))
    unequal = one.set_index("id").loc[good[5].trial.id]
    assert unequal["sweep"] == str(b)  # a_second comes before b_first
    assert len(bench.load([a, a, str(a)])) == 6  # once, however often it is named


def test_a_merge_agrees_with_the_rule(two, capsys):
    a, b, _ = two
    frame = bench.load([a, b]).drop(columns="sweep")
    assert merge.main([str(a), str(b)]) == 3
    assert "1 trial unequal or damaged" in capsys.readouterr().out
    pd.testing.assert_frame_equal(bench.load(b).drop(columns="sweep"), frame)


def test_a_comparison_does_not_depend_on_the_order_of_folders(two, capsys):
    a, b, _ = two
    said = []
    for folders in ([a, b], [b, a]):
        assert report.main([*map(str, folders), "--compare", "r1", "ns"]) == 0
        said.append(capsys.readouterr())
    assert said[0].out == said[1].out
    for told in said:
        assert "the folders declare more than one baseline (ns, r1)" in told.err
        assert "counts here, r1" in told.err


def test_a_folder_is_not_merged_into_itself_by_another_name(two, tmp_path, capsys):
    a, _, _ = two
    (tmp_path / "link").symlink_to(a)
    assert merge.main([str(a), str(tmp_path / "link")]) == 2
    assert "cannot be merged into itself" in capsys.readouterr().err


CUT = {
    "a curve is shorter": lambda record: record["curves"]["q"].pop(),
    "the steps are shorter": lambda record: record["curves"]["step"].pop(),
    "a signal is longer": lambda record: record["signals"]["loss_d"].append(1.0),
}


@pytest.mark.parametrize("name", CUT)
def test_series_that_do_not_fit_are_said_with_their_file(tmp_path, name, capsys):
    folder = write(tmp_path / "x", made((0, 1)), TOML)
    file = min((folder / "trials").iterdir())
    record = json.loads(file.read_text())
    CUT[name](record)
    file.write_text(json.dumps(record))
    assert report.main([str(folder), "--compare", "r1", "ns"]) == 2
    told = capsys.readouterr().err
    assert f"{file}: not a result of this program (" in told
    assert "remove it, and the sweep trains it again" in told
    assert len(told.splitlines()) <= 3
    file.unlink()
    assert report.main([str(folder), "--compare", "r1", "ns"]) == 0
