"""A packed folder is the folder that it was made from, to every command."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench import curves, load, merge, pack, status
from bench.analysis import frame
from bench.analysis.frame.rows import compared
from bench.store import Store, StoreError, crate
from bench.store.archive import NAME
from bench.store.differences import differences
from tests.analysis.synthetic import result, write

KINDS = ("converged", "mode_drop", "oscillating", "collapsed", "crashed")


@pytest.fixture
def folder(tmp_path):
    made = [result(kind, method=m, seed=i) for i, kind in enumerate(KINDS) for m in ("ns", "r1")]
    folder = write(tmp_path / "x", made, '[sweep]\ntasks = ["ring8"]\n')
    Store(folder).write_log(made[-1].trial.id, b"why")
    return folder


def packed(folder, *options):
    into = folder.parent / "small"
    assert pack.main([str(folder), str(into), *options]) == 0
    return into


def test_the_frame_is_the_same(folder):
    into = packed(folder)
    whole, small = (load(f).drop(columns="sweep") for f in (folder, into))
    pd.testing.assert_frame_equal(whole, small)
    pd.testing.assert_frame_equal(curves(folder), curves(into))
    assert not list(into.glob("trials/*.json"))


def test_it_is_small_and_survives_git_which_keeps_no_empty_folders(folder, capsys):
    into = packed(folder)
    jsons = sum(file.stat().st_size for file in folder.glob("trials/*.json"))
    assert (into / NAME).stat().st_size < jsons / 2
    (into / "trials").rmdir()
    assert status.status(into)["stored"] == 10
    assert len(load(into)) == 10


def test_samples_of_the_best_the_median_and_the_worst_and_logs_of_failures(folder):
    into = packed(folder)
    trials = load(folder)
    kept = {file.stem for file in into.glob("samples/*.npz")}
    for _, group in trials.groupby("method"):
        ranked = group[[(folder / f"samples/{id}.npz").exists() for id in group["id"]]]
        ranked = ranked.sort_values("q_tail", kind="stable")["id"].to_list()
        assert set(ranked) & kept == {ranked[0], ranked[(len(ranked) - 1) // 2], ranked[-1]}
    assert [file.read_bytes() for file in into.glob("logs/*")] == [b"why"]
    assert (into / "sweep.toml").read_text() == (folder / "sweep.toml").read_text()


def test_along_training_points_are_kept_and_images_are_not(folder):
    small, store = packed(folder), Store(folder)
    for shape in ((4, 30, 2), (4, 9, 8, 8, 1)):
        shutil.rmtree(small)
        arrays = {"fake": np.ones(shape[1:]), "step": np.array(5), "steps": np.arange(4)}
        for id in store.ids():
            store.write_samples(id, {**arrays, "snapshots": np.zeros(shape)})
        packed(folder)
        kept = Store(small).samples(next(iter(small.glob("samples/*.npz"))).stem)
        assert np.array_equal(kept["fake"], arrays["fake"])
        assert ("snapshots" in kept) == ("steps" in kept) == (len(shape) == 3)


def test_what_is_dropped_is_gone_and_no_difference(folder):
    into = packed(folder, "--drop", "loss_g, modes_1")
    for whole in Store(folder):
        small = Store(into).read(whole.trial.id)
        assert {"loss_g", "modes_1"}.isdisjoint({*small.curves, *small.signals})
        assert small.curves.keys() | {"modes_1"} >= whole.curves.keys()
        assert differences(small, whole) == differences(whole, small) == []
        if whole.curves:
            changed = small.curves | {"q": [2.0] * len(small.curves["q"])}
            small.curves.update(changed)
            assert "curves q[0]" in differences(small, whole)[0]


def test_rows_stand_for_series(folder):
    into = packed(folder, "--rows")
    whole, small = (load(f).drop(columns="sweep") for f in (folder, into))
    assert set(whole) == set(small)
    pd.testing.assert_frame_equal(whole, small[list(whole)], rtol=1e-8)  # nine digits
    assert all(not result.curves and not result.signals for result in Store(into))
    assert not list(into.glob("samples/*"))
    series = frame.read(into, curves=("q",))
    assert series.along == frame.read(folder).along
    assert series.curves.empty
    twice = into.parent / "twice"
    assert pack.main([str(into), str(twice), "--rows"]) == 0
    assert [r.facts["row"] for r in Store(twice)] == [r.facts["row"] for r in Store(into)]
    for one, other in zip(Store(twice), Store(folder), strict=True):
        assert differences(one, other) == []  # what was left out first is still no difference


@pytest.mark.parametrize(
    ("name", "value"), [("q", 0.1), ("loss_d_var", 3.0), ("rule.swing", None), ("outcome", "lost")]
)
def test_rows_are_compared_with_rows_and_with_series(folder, name, value):
    into = packed(folder, "--rows")
    for whole, small in zip(Store(folder), Store(into), strict=True):
        assert compared(small, whole) == compared(whole, small) == []
        assert differences(small, whole) == differences(whole, small) == []
        if not whole.curves:
            continue
        kept = small.facts["row"]
        other = replace(small, facts={**small.facts, "row": {**kept, name: value}})
        assert compared(other, whole)[0] == f"{name}: {value} stored, {kept[name]} now"
        assert differences(other, small)[0] == f"{name}: {value} stored, {kept[name]} now"
        # a whole result tells what it has measured, and no verdict
        assert bool(differences(other, whole)) == (name == "q")


def test_a_report_of_rows_has_its_tables(folder):
    from bench import report

    into, out = packed(folder, "--rows"), folder.parent / "page"
    for source, place in ((folder, out / "whole"), (into, out / "small")):
        assert report.main([str(source), "-o", str(place), "--formats", "csv"]) == 0
    names = {file.name for file in (out / "whole/tables").glob("*.csv")}
    assert {"outcomes.csv", "ranking.csv"} < names
    for name in names - {"provenance.csv"}:
        whole, small = (pd.read_csv(out / kind / "tables" / name) for kind in ("whole", "small"))
        if "sweep" in whole:
            whole, small = whole.drop(columns="sweep"), small.drop(columns="sweep")
        pd.testing.assert_frame_equal(whole, small[list(whole)], rtol=1e-6)


def test_a_series_that_a_verdict_needs_is_not_dropped(folder, capsys):
    into = folder.parent / "small"
    assert pack.main([str(folder), str(into), "--drop", "q"]) == 2
    assert re.search(
        r"ring8 ns seed 1 \(\w{16}\) is mode_drop, and would be completed without q$",
        capsys.readouterr().err.splitlines()[0],
    )
    assert not into.exists()


def test_bad_requests(folder, capsys):
    into = folder.parent / "small"
    assert pack.main([str(folder), str(into), "--drop", "los_g"]) == 2
    assert 'no trial has the series "los_g" (did you mean "loss_g"?)' in capsys.readouterr().err
    assert pack.main([str(folder.parent / "none"), str(into)]) == 2
    assert "none: no such folder" in capsys.readouterr().err
    assert pack.main([str(folder), str(folder)]) == 2
    assert "holds results already" in capsys.readouterr().err


def test_a_sweep_goes_on_from_it_and_it_merges(folder):
    into = packed(folder)
    more = result("improving", method="new", seed=9)
    Store(into).write(more)
    assert len(load(into)) == 11
    other = folder.parent / "other"
    assert merge.main([str(into), str(other)]) == 0
    assert {r.trial.id: r.curves for r in Store(other)} == {
        r.trial.id: r.curves for r in [*Store(folder), Store(into).read(more.trial.id)]
    }


def test_a_trial_that_was_trained_again_comes_before_the_published_one(folder):
    into = packed(folder)
    old = next(iter(Store(into)))
    Store(into).write(old.__class__(old.trial, old.status, {"step": [1], "q": [0.5]}))
    assert Store(into).read(old.trial.id).curves["q"] == [0.5]
    assert len(Store(into).ids()) == 10


def test_a_broken_archive_is_named(folder):
    into = packed(folder)
    (into / NAME).write_bytes(b"PK")
    with pytest.raises(StoreError, match=r"trials\.xz: not an archive of this program"):
        Store(into).ids()
    shutil.rmtree(into)
    assert Store(into).ids() == set()


def described(folder):
    """Id -> what RO-Crate says of it."""
    text = (folder / crate.NAME).read_text(encoding="utf-8")
    assert not re.search(str(folder.parent), text)  # no place of this machine
    found = json.loads(text)
    assert found["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    entities = {one["@id"]: one for one in found["@graph"]}
    assert len(entities) == len(found["@graph"])
    return entities


def references(value):
    """The ids that an entity refers to."""
    if isinstance(value, dict) and value.keys() == {"@id"}:
        yield value["@id"]
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from references(inner)


def test_it_is_a_research_object_crate(folder, monkeypatch):
    (folder / "sweep.toml").write_text("# Which of them lasts?\n[sweep]\n")
    more = Store(folder).create()
    first = next(iter(more))
    made = {"bench": "0.1.0", "tensorflow": "2.21.0", "commit": "0f3a"}
    more.write(replace(first, provenance=made))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    into = packed(folder, "--license", "CC-BY-4.0", "--creator", "Ann B.", "--creator", "Zoë")
    found = described(into)
    about = found["ro-crate-metadata.json"]
    assert about["about"] == {"@id": "./"}
    assert about["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = found["./"]
    assert (root["@type"], root["name"]) == ("Dataset", "small")
    assert root["description"] == "Which of them lasts?"
    assert root["datePublished"] == "2023-11-14"
    assert found[root["license"]["@id"]]["name"] == "CC-BY-4.0"
    assert [found[one["@id"]]["name"] for one in root["creator"]] == ["Ann B.", "Zoë"]
    assert all("@type" in one for one in found.values())
    inner = {id for one in found.values() for id in references(list(one.values()))}
    assert inner - {"https://w3id.org/ro/crate/1.1"} <= found.keys()
    assert found.keys() - inner == {crate.NAME}  # every other one is named
    program = found[found["#training"]["instrument"]["@id"]]
    assert program["softwareRequirements"] == ["python 3.11", "tensorflow 2.21.0"]
    assert program["description"] == "commit 0f3a"


def test_every_file_of_it_is_described_by_its_content(folder):
    into = packed(folder)
    found = described(into)
    files = {f.relative_to(into).as_posix() for f in into.rglob("[!.]*") if f.is_file()}
    parts = [one["@id"] for one in found["./"]["hasPart"]]
    assert sorted(parts) == sorted(files - {crate.NAME})
    assert "trials.xz" in parts
    for name in parts:
        content = (into / name).read_bytes()
        assert found[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert found[name]["contentSize"] == str(len(content))


def test_nothing_is_made_up_and_it_is_the_same_each_time(folder):
    first = packed(folder)
    text = (first / crate.NAME).read_bytes()
    root = described(first)["./"]
    assert "creator" not in root
    assert described(first)[root["license"]["@id"]]["name"] == "not said"
    shutil.rmtree(first)
    assert (packed(folder) / crate.NAME).read_bytes() == text


def test_a_licence_that_is_none_is_refused(folder, capsys):
    with pytest.raises(SystemExit):
        pack.main([str(folder), str(folder.parent / "small"), "--license", "do what you like"])
    assert "is no SPDX identifier such as CC-BY-4.0" in capsys.readouterr().err
