"""The one door: whole files or none, no NaN, the same result back."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace

import numpy as np
import pytest

from bench.store import Store, StoreError
from bench.trial import Method, Result, Status, Trial


def result(seed: int = 0, **changes) -> Result:
    trial = Trial("ring8", Method("ns"), seed, 10, {"lr_g": 0.1})
    curves = {"step": [5, 10], "q": [1.0, None]}
    return Result(trial, Status.COMPLETED, curves, facts={"floor": 0.1}, **changes)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "x").create()


def test_what_is_written_is_read(store):
    store.write(result(), {"fake": np.eye(2)})
    assert store.ids() == {result().trial.id}
    assert store.read(result().trial.id) == result()
    assert list(store) == [result()]
    np.testing.assert_array_equal(store.samples(result().trial.id)["fake"], np.eye(2))
    assert store.samples("other") == {}


@pytest.mark.parametrize("number", [1e30, 3.4e38, 1e300, 1e-300, 2**60, 1])
def test_a_setting_of_any_size_is_read(store, number):
    """A sweep may ask for them: what was trained and stored is never called damaged."""
    trial = replace(result().trial, hparams={"lr_g": number}, options={"sigma": number})
    store.write(replace(result(), trial=trial))
    assert store.read(trial.id).trial == trial


def test_no_nan_in_files(store):
    bad = Result(result().trial, Status.DIVERGED, {"q": [1.0, math.nan, math.inf]})
    store.write(bad)
    assert store.read(bad.trial.id).curves == {"q": [1.0, None, None]}


def test_nothing_half_written_is_left_or_read(store, monkeypatch):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(StoreError, match=r"cannot write .*\.json: No space left on device"):
        store.write(result())
    assert store.ids() == set()
    assert list((store.path / "trials").iterdir()) == []


def test_a_file_left_by_a_killed_writer_is_no_result(store):
    (store.path / "trials" / ".tmp-abc.json").write_text('{"sch')
    assert store.ids() == set()


@pytest.mark.parametrize("text", ['{"schema": 1', "[]", '{"schema": 99}', "{}"])
def test_a_damaged_file_is_named(store, text):
    (store.path / "trials" / "abc.json").write_text(text)
    with pytest.raises(StoreError, match=r"abc\.json: not a result"):
        store.read("abc")


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot write .*file"):
        Store(tmp_path / "file" / "x").create()


def test_real_samples_are_written_once(store):
    store.write_real("ring8", {"real": np.zeros(3)})
    store.write_real("ring8", {"real": np.ones(3)})
    np.testing.assert_array_equal(store.real("ring8")["real"], np.zeros(3))


def test_a_trial_s_file_has_the_documented_keys(store):
    store.write(result(error={"type": "X"}))
    record = json.loads((store.path / "trials" / f"{result().trial.id}.json").read_text())
    keys = {"schema", "id", "trial", "status", "error", "curves", "signals", "facts", "seconds"}
    assert set(record) == keys | {"provenance"}
    assert record["id"] == result().trial.id
    assert record["status"] == "completed"


def test_two_folders_are_merged_by_copying(store, tmp_path):
    other = Store(tmp_path / "y").create()
    store.write(result(0))
    other.write(result(1))
    for file in (other.path / "trials").iterdir():
        (store.path / "trials" / file.name).write_bytes(file.read_bytes())
    assert {r.trial.seed for r in store} == {0, 1}


def test_a_brief_says_what_the_whole_file_does(store):
    text = '"},"status":"completed","seconds":0.0,"error":null'  # of another status, to mislead
    stored = [
        result(0, seconds=0.25),
        Result(replace(result(1).trial, options={"path": text}), Status.TIMEOUT, seconds=1e-7),
        Result(replace(result(2).trial, options={"path": "x" * 5000}), Status.DIVERGED, seconds=3),
        Result(result(3).trial, Status.CRASHED, error={"message": text}, seconds=1e22),
    ]
    for each in stored:
        store.write(each)
        assert store.brief(each.trial.id) == (each.status, each.seconds)


@pytest.mark.parametrize("length", [0, 10, 600, -1])
def test_a_file_that_was_cut_off_has_no_brief(store, length):
    store.write(replace(result(), signals={"loss_d": [0.125] * 5000}))
    file = store.path / "trials" / f"{result().trial.id}.json"
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(StoreError, match="not a result"):
        store.brief(result().trial.id)
